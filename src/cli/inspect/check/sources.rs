//! Whether a source can be read completely, and how it was understood.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use tokio::task::{JoinError, spawn_blocking};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::authors::{AuthorCount, authors};
use super::state::StateEvidence;
use super::{Check, CheckVerdict, audience};
use crate::cli::output::{rejection, same_reasons};
use crate::clock::{Clock, Millis, rfc3339};
use crate::config::{Bot, Folder, Notify, Source, SourceHolds, SourceKind};
use crate::intake::folder::scan;
use crate::intake::{
    EarlierReading, MAY_BE_FIRST, NoAnswer, ReadContext, Reading, Recognised, Scan, SourceError,
    SweepMemory, read, read_feed, time_to_list, time_to_read,
};
use crate::lint::PageFurniture;
use crate::model::{Article, Markup, Reach, Rejection};
use crate::normalise::{NameTemplate, normalise, user_messages};
use crate::spool::SpillConfig;
use crate::text::{command_for, count, cut};

/// Rejected rows that are shown; `plan` has the rest.
const SHOWN: usize = 3;
const QUESTION: usize = 60;
const FURNITURE: &str = "If it belongs to the page and not to the articles, take it out of the template that the export uses";

/// What a read came to.
#[derive(Default)]
struct SourceFinding {
    files: usize,
    newest: Option<Millis>,
    articles: usize,
    /// Rows, or items of a feed, whether they count or not.
    rows: usize,
    first: Option<Article>,
    /// Articles without an address.
    without_url: usize,
    /// Who wrote them.
    authors: AuthorCount,
    notes: Vec<Rejection>,
    /// What most answers begin or end with.
    furniture: Vec<String>,
    /// In the order of [`Markup`]: FAQ, variants, plain.
    markups: [bool; 3],
    rejections: Vec<Rejection>,
    /// Why it could not be read whole, where no rejection says so.
    incomplete: Option<String>,
    recognised: Vec<Recognised>,
    /// The files that do not count because of how they end, and the line that takes them in.
    left_aside: Option<String>,
}

/// What a source comes to, and of a feed also who may read that.
pub(crate) async fn source(
    bot: &Bot,
    source: &Source,
    state: StateEvidence,
    notify: Option<&Notify>,
    clock: &Clock,
) -> Vec<Check> {
    let name = format!("source {}/{}", bot.domain_name, source.name);
    let found = match looked(bot, source).await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => return vec![unread(name, source, &error, state)],
        Err(error) => {
            return vec![Check::found(
                name,
                CheckVerdict::Wrong,
                format!("the read broke off: {error}"),
                "please report this as a bug",
            )];
        }
    };
    let mut checks = vec![judge(name, &bot.domain_name, source, &found, state)];
    checks.extend(authors(bot, source, &found.authors, notify));
    if let SourceKind::Feed(feed) = &source.kind {
        let met = audience::AudienceCount {
            items: found.rows as u64,
            articles: found.articles as u64,
        };
        checks.push(audience::audience(bot, source, feed, met, clock).await);
    }
    checks
}

/// Why there is nothing to judge.
fn unread(name: String, source: &Source, error: &SourceError, state: StateEvidence) -> Check {
    match error {
        SourceError::Empty { .. } if state.empty_approved => {
            Check::ok(name, "empty, and a person has approved that")
        }
        SourceError::Empty { .. } if state.is_new => waiting(name, source, &error.to_string()),
        SourceError::Changed { .. } => {
            Check::from_message(name, CheckVerdict::Warning, &error.to_string())
        }
        _ => Check::from_message(name, CheckVerdict::Wrong, &error.to_string()),
    }
}

/// A source that has never held anything.
fn waiting(name: String, source: &Source, evidence: &str) -> Check {
    let (told, remedy) = match source.kind {
        SourceKind::Folder(_) => (
            "waiting for its first export",
            "let the knowledge base write its export; the first sync reads it",
        ),
        // It answers, so that nobody has to wait for anything.
        SourceKind::Feed(_) => (
            "answers, but with no article that counts",
            "see whether its address, `scope`, `locale` and `keep` are those of the articles, and whether this account may see them",
        ),
    };
    Check::found(
        name,
        CheckVerdict::Warning,
        format!("{told}: {evidence}"),
        remedy,
    )
}

/// Reads the source, off the runtime's threads.
async fn looked(
    bot: &Bot,
    source: &Source,
) -> Result<Result<SourceFinding, SourceError>, JoinError> {
    let template = bot.node_name.clone();
    let wanted = source.clone();
    match &source.kind {
        SourceKind::Folder(folder) => {
            let (listed, path) = (folder.clone(), folder.path.clone());
            let scanned = in_time(&path, time_to_list(folder), move || scan(&listed));
            let scan = match scanned.await? {
                Ok(scan) => scan,
                Err(error) => return Ok(Err(error)),
            };
            let folder = folder.clone();
            in_time(&path, time_to_read(&scan.files), move || {
                let found = look(&wanted, &template, |sink| {
                    read(&wanted, &folder, &scan, ReadContext::NONE, sink)
                })?;
                Ok(SourceFinding {
                    newest: scan.files.iter().map(|file| file.modified).max(),
                    left_aside: left_aside(&folder, &scan),
                    ..found
                })
            })
            .await
        }
        SourceKind::Feed(feed) => {
            let stop = CancellationToken::new();
            let (clock, memory) = (Clock::system(), SweepMemory::default());
            match read_feed(
                source,
                feed,
                &memory,
                &EarlierReading::default(),
                &clock,
                &stop,
                &SpillConfig::MEMORY,
            )
            .await
            {
                Err(error) => Ok(Err(error)),
                Ok((articles, reading)) => {
                    spawn_blocking(move || {
                        look(&wanted, &template, |sink| {
                            articles.each(sink)?;
                            Ok(reading)
                        })
                    })
                    .await
                }
            }
        }
    }
}

/// What of a folder is left aside, and what to write if some of it could be read.
fn left_aside(folder: &Folder, scan: &Scan) -> Option<String> {
    if scan.left_aside.is_empty() {
        return None;
    }
    let counted: Vec<&str> = scan.files.iter().map(|file| &*file.relative).collect();
    let words = scan.left_aside.in_words();
    let remedy = scan
        .left_aside
        .line(folder, &counted)
        .map_or_else(String::new, |line| {
            let what = scan
                .left_aside
                .readable()
                .map(|(ending, _)| format!(".{ending}"));
            let what: Vec<String> = what.collect();
            format!(
                "; to read {} too, write `{line}` to the source",
                what.join(", ")
            )
        });
    Some(format!("left aside by their endings: {words}{remedy}"))
}

/// Waits for a file system, but not for ever. The thread that hangs ends with the process.
async fn in_time<T: Send + 'static>(
    folder: &Path,
    within: Duration,
    job: impl FnOnce() -> Result<T, SourceError> + Send + 'static,
) -> Result<Result<T, SourceError>, JoinError> {
    match timeout(within, spawn_blocking(job)).await {
        Ok(outcome) => outcome,
        Err(_) => Ok(Err(NoAnswer { within }.from(folder))),
    }
}

/// Takes what a read yields, keeping only what there is to tell.
fn look(
    source: &Source,
    template: &str,
    read: impl FnOnce(&mut dyn FnMut(Article)) -> Result<Reading, SourceError>,
) -> Result<SourceFinding, SourceError> {
    let names = NameTemplate::new(template).map_err(|error| SourceError::Template {
        cause: error.to_string(),
    })?;
    let mut found = SourceFinding::default();
    let (mut unfit, mut furniture) = (Vec::new(), PageFurniture::default());
    let reading = read(&mut |article| {
        found.markups[article.markup as usize] = true;
        found.without_url += usize::from(article.url.is_none());
        found.authors.add(&article);
        if found.first.is_none() {
            found.first = Some(article.clone());
        }
        if source.holds == SourceHolds::Messages {
            unfit.extend(user_messages(&article, &source.name, &source.presentation).err());
            return;
        }
        match normalise(&article, &source.name, &source.presentation, &names) {
            Ok(steps) => steps.iter().for_each(|step| furniture.see(&step.step)),
            Err(rejection) => unfit.push(rejection),
        }
    })?;
    found.furniture = furniture.told();
    found.files = reading.files;
    found.articles = reading.articles - unfit.len();
    found.rows = reading.rows;
    found.recognised = reading.recognised;
    found.notes = reading.notes;
    found.incomplete = reading.incomplete;
    found.rejections = reading.rejections;
    found.rejections.append(&mut unfit);
    found.rejections.sort();
    Ok(found)
}

fn judge(
    name: String,
    domain_name: &str,
    source: &Source,
    found: &SourceFinding,
    state: StateEvidence,
) -> Check {
    let (file, files) = match source.kind {
        SourceKind::Folder(_) => ("file", "files"),
        SourceKind::Feed(_) => ("page", "pages"),
    };
    let mut evidence = format!(
        "{} in {}",
        match source.holds {
            SourceHolds::Articles => count(found.articles as u64, "article", "articles"),
            SourceHolds::Messages => {
                let rows = found.articles as u64;
                count(rows, "row of user messages", "rows of user messages")
            }
        },
        count(found.files as u64, file, files),
    );
    if let Some(newest) = found.newest {
        let _ = write!(evidence, ", last written {}", rfc3339(newest));
    }
    if let Some(why) = &found.incomplete {
        let _ = write!(evidence, "; {why}");
        let remedy = "until it is read completely, nothing from this source is removed";
        return Check::found(name, CheckVerdict::Wrong, evidence, remedy);
    }
    if !found.rejections.is_empty() {
        let _ = write!(evidence, "; {} rejected", found.rejections.len());
        let groups = same_reasons(&found.rejections);
        for same in groups.iter().take(SHOWN) {
            let _ = write!(evidence, "\n{}", rejection(same[0], 0));
            if same.len() > 1 {
                let _ = write!(evidence, " (and {} more like it)", same.len() - 1);
            }
        }
        let unseen: usize = groups.iter().skip(SHOWN).map(Vec::len).sum();
        if unseen > 0 {
            let _ = write!(evidence, "\n… and {unseen} more");
        }
        recognised(&mut evidence, &found.recognised);
        let (verdict, remedy) = rejected(&found.rejections);
        return Check::found(name, verdict, evidence, remedy);
    }
    if found.articles == 0 && state.is_new && !state.empty_approved {
        recognised(&mut evidence, &found.recognised);
        return waiting(name, source, &evidence);
    }
    if found.articles == 0 && !state.empty_approved {
        recognised(&mut evidence, &found.recognised);
        let remedy = format!(
            "see that the export has run; if this bot is meant to have no steps from it, run `{}`",
            command_for("approve", domain_name, &["--empty"])
        );
        return Check::found(name, CheckVerdict::Wrong, evidence, remedy);
    }
    understanding(&mut evidence, source, found);
    let is_doubtful = |note: &Rejection| note.reason.starts_with(MAY_BE_FIRST);
    if found.notes.iter().any(is_doubtful) {
        let remedy = "see in the knowledge base how many articles there are before the first sync";
        return Check::found(name, CheckVerdict::Warning, evidence, remedy);
    }
    Check::ok(name, evidence)
}

/// What it means that something was rejected.
fn rejected(rejections: &[Rejection]) -> (CheckVerdict, &'static str) {
    match rejections.iter().map(|found| found.reach).max() {
        Some(Reach::Unusable) => (
            CheckVerdict::Wrong,
            "fix these in the export; until then the source is failing, and nothing from it is removed (`plan` lists them all)",
        ),
        Some(Reach::Rest) => (
            CheckVerdict::Warning,
            "fix these in the export; until then nothing from this source is removed (`plan` lists them all)",
        ),
        Some(Reach::Alone) | None => (
            CheckVerdict::Warning,
            "fix these in the export; until then these articles stay as they are on the bot (`plan` lists them all)",
        ),
    }
}

/// What the files were taken for, and why, those that have it in common on one line.
fn recognised(evidence: &mut String, all: &[Recognised]) {
    for kind in all {
        let shown = kind.first.join(", ");
        let _ = write!(
            evidence,
            "\nread as {}, {}: {shown}",
            kind.format, kind.reason
        );
        let more = kind.files - kind.first.len();
        if more > 0 {
            let _ = write!(evidence, " and {more} more");
        }
    }
}

/// How the files were understood, with the first article as an example.
fn understanding(evidence: &mut String, source: &Source, found: &SourceFinding) {
    let fields = match &source.fields {
        Some(_) => "fields as configured",
        None => "fields recognised by their usual names",
    };
    let _ = write!(evidence, ", {fields}");
    if let Some(url) = source
        .fields
        .as_ref()
        .and_then(|fields| fields.url.as_ref())
        && found.without_url > 0
    {
        let _ = write!(
            evidence,
            "; {} without anything in {url}",
            found.without_url
        );
    }
    let meanings = [
        (
            Markup::Faq,
            "FAQ format: `|` separates questions, `<m>` answers",
        ),
        (Markup::Variants, "`|` separates questions"),
        (Markup::Plain, "`|` and `<m>` are plain text"),
    ];
    for (markup, meaning) in meanings {
        if found.markups[markup as usize] {
            let _ = write!(evidence, "; {meaning}");
        }
    }
    recognised(evidence, &found.recognised);
    if let Some(left_aside) = &found.left_aside {
        let _ = write!(evidence, "\n{left_aside}");
    }
    for note in found.notes.iter().take(SHOWN) {
        let _ = write!(evidence, "\n{}: {}", note.place, note.reason);
    }
    let more = found.notes.len().saturating_sub(SHOWN);
    if more > 0 {
        let notes = count(more as u64, "more note", "more notes");
        let _ = write!(evidence, "\n{notes}, which `plan` shows");
    }
    for line in &found.furniture {
        let _ = write!(evidence, "\n{line}. {FURNITURE}");
    }
    if let Some(first) = &found.first {
        let question = first.questions.first().and_then(|cell| cell.lines().next());
        let _ = write!(
            evidence,
            "\nthe first: id {}, question {}",
            first.id,
            cut(question.unwrap_or_default(), QUESTION)
        );
    }
}
