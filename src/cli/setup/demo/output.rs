//! The words of the story: short, plain, and coloured on a terminal only.

use std::fmt::Write as _;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use serde_json::json;

use super::installation::DemoInstallation;
use super::scenes::Scene;
use crate::model::Verdict;
use crate::sync::{PassReport, UploadOutcome};
use crate::text::count;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Yellow.on_default();

/// The bot's answer where it has no step for a message.
const NO_STEP: &str = "(no step answers this)";

/// A scene that was played.
pub(crate) struct DemoNarrator {
    pub(crate) title: &'static str,
    pub(crate) report: PassReport,
    pub(crate) took: Duration,
    /// Calls to Haptik.
    pub(crate) calls: u64,
    /// Steps with which the bot answers now.
    pub(crate) live: usize,
    /// The messages, with the answer before and after.
    pub(crate) answers: Vec<(&'static str, Option<String>, Option<String>)>,
    /// A new message, and what came of asking it before and after training.
    pub(crate) learned: Option<(&'static str, Verdict, Verdict)>,
}

/// What stands before the first scene.
pub(crate) fn opening(installation: &DemoInstallation) -> String {
    format!(
        "{BOLD}A knowledge base, a chatbot, and what keeps them in step{BOLD:#}\n\n\
         The help centre of Larkfield Mobile exports its articles into\n  {}\n\
         A sandbox Haptik listens on http://{} and takes a second for each upload.\n",
        installation.folder.join("export").display(),
        installation.address,
    )
}

/// What stands before a scene is played.
pub(crate) fn title(number: usize, scene: &Scene) -> String {
    format!(
        "\n{BOLD}{number}. {}{BOLD:#}\n   {}\n",
        scene.title, scene.what
    )
}

/// What came of a scene.
pub(crate) fn ending(told: &DemoNarrator) -> String {
    let mut text = format!(
        "   {}; {} live {DIM}({} to Haptik, {:.1} s){DIM:#}\n",
        counts(&told.report),
        count(told.live as u64, "step", "steps"),
        count(told.calls, "call", "calls"),
        told.took.as_secs_f64(),
    );
    for upload in &told.report.uploads {
        let style = if upload.outcome == UploadOutcome::Succeeded {
            GOOD
        } else {
            BAD
        };
        let _ = writeln!(
            text,
            "   upload of {}: {style}{}{style:#}",
            count(upload.rows, "row", "rows"),
            upload.message.as_deref().unwrap_or(upload.outcome.name()),
        );
    }
    for (name, _) in &told.report.quarantined {
        let _ = writeln!(
            text,
            "   {BAD}{name} is in quarantine{BAD:#} until its content changes, or until `retry`"
        );
    }
    if let Some(held) = told.report.held.first() {
        let _ = writeln!(text, "   {BAD}held{BAD:#}: {}", held.reason);
    }
    if let Some(waiting) = told.report.waiting.first() {
        let _ = writeln!(text, "   waiting: {}", waiting.reason);
    }
    if let Some(error) = &told.report.error {
        let _ = writeln!(text, "   {BAD}{error}{BAD:#}");
    }
    for (message, before, now) in &told.answers {
        let _ = writeln!(text, "   \"{message}\"");
        let words = |answer: &Option<String>| answer.clone().unwrap_or_else(|| NO_STEP.to_owned());
        if before == now {
            let _ = writeln!(text, "      still  {}", words(now));
        } else {
            let _ = writeln!(text, "      {DIM}before {}{DIM:#}", words(before));
            let _ = writeln!(text, "      {GOOD}now    {}{GOOD:#}", words(now));
        }
    }
    if let Some((message, before, after)) = told.learned {
        let _ = writeln!(text, "   \"{message}\"");
        let _ = writeln!(
            text,
            "      {BAD}asked           {}{BAD:#}",
            before.in_words()
        );
        let _ = writeln!(
            text,
            "      {GOOD}after training  {}{GOOD:#}",
            after.in_words()
        );
    }
    text
}

fn counts(report: &PassReport) -> String {
    let numbers = [
        (report.added, "added"),
        (report.changed, "changed"),
        (report.removed, "removed"),
        (report.quarantined.len() as u64, "refused"),
        (report.held.len() as u64, "removals held"),
        (report.waiting.len() as u64, "removals waiting"),
    ];
    let said: Vec<_> = numbers
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{number} {word}"))
        .collect();
    if said.is_empty() {
        "nothing to do".to_owned()
    } else {
        said.join(", ")
    }
}

/// What stands after the last scene.
pub(crate) fn closing(installation: &DemoInstallation) -> String {
    let program = std::env::args()
        .next()
        .unwrap_or_else(|| "kms-haptik-sync".to_owned());
    let config = installation.folder.join("config.toml");
    format!(
        "\n{BOLD}Go on from here{BOLD:#}\n   \
         The export, the configuration and the sandbox's steps are kept. Change the export, then:\n\n   \
         export KMS_HAPTIK_SYNC_CONFIG={}\n   \
         {program} plan          # what a sync would do\n   \
         {program} --sync-now    # do it\n   \
         {program} status        # how the bot is doing; also: steps, history\n   \
         {program}               # the daemon: watch the folder, until Ctrl-C\n",
        config.display(),
    )
}

/// The story as one document.
pub(crate) fn as_json(
    installation: &DemoInstallation,
    story: &[DemoNarrator],
) -> serde_json::Value {
    let scenes: Vec<_> = story
        .iter()
        .map(|told| {
            let answers: Vec<_> = told
                .answers
                .iter()
                .map(|(message, before, now)| json!({ "message": message, "before": before, "now": now }))
                .collect();
            json!({
                "title": told.title,
                "outcome": told.report.outcome.name(),
                "added": told.report.added,
                "changed": told.report.changed,
                "removed": told.report.removed,
                "quarantined": told.report.quarantined.len(),
                "held_removals": told.report.held.len(),
                "waiting_removals": told.report.waiting.len(),
                "calls": told.calls,
                "live": told.live,
                "answers": answers,
                "learned": told.learned.map(|(message, before, after)| json!({
                    "message": message,
                    "before_training": before.name(),
                    "after_training": after.name(),
                })),
            })
        })
        .collect();
    json!({ "folder": installation.folder, "scenes": scenes })
}
