//! `demo`: the whole story in a minute, without configuration, network or account. A sample
//! export, a sandbox Haptik on loopback, and the same passes that the daemon makes.

mod installation;
mod output;
mod scenes;

use std::time::Duration;

use crate::cli::context::{Context, answer, answer_json};
use crate::cli::output::progress_line;
use crate::clock::instant;
use crate::control::{CommandFailure, Exit};
use crate::sync::Outcome;
use installation::DemoInstallation;
use output::{DemoNarrator, as_json, closing, ending, opening, title};
use scenes::{SCENES, Scene};

#[cfg(test)]
mod tests;

/// How long the sandbox takes for a task: long enough that one sees the waiting.
const TASK_TIME: Duration = Duration::from_secs(1);

pub(crate) fn demo(context: &Context) -> Result<Exit, CommandFailure> {
    let folder = tempfile::Builder::new()
        .prefix("kms-haptik-sync-demo-")
        .tempdir()
        .map_err(|error| {
            CommandFailure::System(format!("no temporary folder can be made: {error}"))
        })?
        .keep();
    context.block_on(async {
        let installation = DemoInstallation::set(&folder, TASK_TIME).await?;
        let say = |text: String| {
            if context.json { Ok(()) } else { answer(&text) }
        };
        say(opening(&installation))?;
        let mut story = Vec::new();
        for (number, scene) in (1..).zip(SCENES) {
            say(title(number, scene))?;
            let told = play(&installation, scene).await?;
            say(ending(&told))?;
            story.push(told);
        }
        if context.json {
            answer_json(&as_json(&installation, &story))?;
        }
        say(closing(&installation))?;
        let failed = story
            .iter()
            .any(|told| told.report.outcome == Outcome::Failed);
        Ok(if failed { Exit::Failed } else { Exit::InSync })
    })
}

/// Plays one scene: the export changes, one sync follows, and the bot is asked before and after.
async fn play(
    installation: &DemoInstallation,
    scene: &Scene,
) -> Result<DemoNarrator, CommandFailure> {
    let before: Vec<_> = scene.asks.iter().map(|ask| installation.ask(ask)).collect();
    for edit in scene.edits {
        installation.edit(edit)?;
    }
    let calls = installation.calls();
    let progress = progress_line();
    let began = instant();
    let report = installation.sync(progress.tell()).await;
    let took = began.elapsed();
    progress.clear();
    let asked = scene.asks.iter().zip(before);
    let calls = installation.calls() - calls;
    let learned = match scene.learns {
        None => None,
        Some((message, name)) => {
            let untrained = installation.verdict(message, name).await?;
            installation.train();
            Some((
                message,
                untrained,
                installation.verdict(message, name).await?,
            ))
        }
    };
    Ok(DemoNarrator {
        title: scene.title,
        report: report?,
        took,
        calls,
        learned,
        live: installation.live(),
        answers: asked
            .map(|(ask, before)| (*ask, before, installation.ask(ask)))
            .collect(),
    })
}
