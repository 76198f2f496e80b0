//! The shortest look: where every file is the one that was seen, and neither the state nor the
//! configuration has moved since, nothing is read and nothing is compared. Where nothing else is open
//! either, that is the whole pass.

use std::collections::HashMap;
use std::fs;

use super::configuration::bot_fingerprint;
use super::plan_preview::{Preview, preview_at_rest};
use super::read::{
    ArticleCounts, BotReader, IncrementalRead, Sequence, SourceResults, reader_fingerprint, work_of,
};
use crate::config::{Bot, Folder, SourceHolds, SourceKind};
use crate::intake::folder::scan;
use crate::intake::{CachedSource, FileStates, Scan, Stamp, Work, time_to_list};
use crate::plan::SourceState;
use crate::store::{BotId, KeptPast, SnapshotVersion, Store, StoreError};

/// The reading of sources that have not changed; `None` where somebody has to look.
pub(crate) async fn unchanged(
    store: &Store,
    bot: &Bot,
    id: BotId,
    reader: &BotReader<'_>,
) -> Result<Option<IncrementalRead>, StoreError> {
    let Some(same) = Same::look(store, bot, id, reader).await else {
        return Ok(None);
    };
    let is_as_it_was = store.is_as_it_was(id, same.as_of).await?;
    Ok(is_as_it_was.then(|| same.incremental(bot, reader)))
}

/// What a whole pass would find, where there is nothing for it to do but to let something of the past go, if it says
/// so; `None` where there may be.
pub(crate) async fn at_rest(
    store: &Store,
    bot: &Bot,
    id: BotId,
    reader: &BotReader<'_>,
    kept: KeptPast,
) -> Result<Option<(Preview, bool)>, StoreError> {
    let Some(same) = Same::look(store, bot, id, reader).await else {
        return Ok(None);
    };
    let accepted = bot_fingerprint(bot);
    let rest = store.what_rests(id, same.as_of, &accepted, kept).await?;
    if !rest.is_at_rest {
        return Ok(None);
    }
    let preview = preview_at_rest(bot, same.incremental(bot, reader))?;
    Ok(Some((preview, rest.has_old)))
}

/// Every file is the one that was seen.
struct Same {
    /// What the state was then.
    as_of: SnapshotVersion,
    /// So many steps were live, each as its one article wanted it.
    steps: usize,
    scans: Vec<Scan>,
    /// The files that were renamed into place before this look.
    before: Sequence,
}

impl Same {
    async fn look(store: &Store, bot: &Bot, id: BotId, reader: &BotReader<'_>) -> Option<Self> {
        let folders = folders(bot)?;
        let (path, fingerprint) = (store.cache_path(id), reader_fingerprint(bot));
        // Where one hangs, whoever reads the sources says so.
        let mut sources = bot.sources.iter();
        if sources.any(|source| reader.threads.hangs(&work_of(bot, source))) {
            return None;
        }
        let within = folders.iter().map(|(_, folder)| time_to_list(folder)).sum();
        let before = reader.renamed.now();
        let look = move || {
            let file_states = FileStates::load(&FileStates::path(&path), fingerprint)?;
            let settled = file_states.settled?;
            let scans = scans_of_the_same(&folders, &settled.files)?;
            Some(Self {
                as_of: file_states.as_of,
                steps: settled.steps,
                scans,
                before,
            })
        };
        let work = Work::Rest(bot.domain_name.clone());
        let looked = reader.threads.run(reader.clock, work, within, look);
        tokio::select! {
            biased;
            looked = looked => looked.ok()?,
            () = reader.stop.cancelled() => None,
        }
    }

    fn incremental(self, bot: &Bot, reader: &BotReader<'_>) -> IncrementalRead {
        for scan in &self.scans {
            reader.renamed.forget(scan, self.before);
        }
        let now = reader.clock.point();
        for source in &bot.sources {
            let completed = reader.last_readings;
            completed.completed(bot, source, now.clone());
        }
        as_it_was(bot, self.steps)
    }
}

/// The folders by the names of their sources, if all sources are folders of articles.
fn folders(bot: &Bot) -> Option<Vec<(String, Folder)>> {
    let folder = |source: &crate::config::Source| match (&source.kind, source.holds) {
        (SourceKind::Folder(folder), SourceHolds::Articles) => {
            Some((source.name.clone(), folder.clone()))
        }
        // No rows are cached where user messages are kept beside them.
        (SourceKind::Folder(_), SourceHolds::Messages) | (SourceKind::Feed(_), _) => None,
    };
    bot.sources.iter().map(folder).collect()
}

/// Scans all folders, if they hold these files and no others, each of them the same.
fn scans_of_the_same(folders: &[(String, Folder)], files: &[CachedSource]) -> Option<Vec<Scan>> {
    let known: HashMap<(&str, &str), &CachedSource> = files
        .iter()
        .map(|about| ((about.source.as_str(), about.relative.as_str()), about))
        .collect();
    let mut found = 0;
    let mut scans = Vec::new();
    for (source, folder) in folders {
        let scan = scan(folder).ok()?;
        let speaks = !scan.unreadable.is_empty() || !scan.notes.is_empty();
        if speaks || scan.files.is_empty() {
            return None;
        }
        for file in &scan.files {
            let about = known.get(&(source.as_str(), &*file.relative))?;
            let stamp = Stamp::of(&fs::metadata(&file.path).ok()?);
            if about.stamp != Some(stamp) {
                return None;
            }
        }
        found += scan.files.len();
        scans.push(scan);
    }
    (found == files.len()).then_some(scans)
}

/// `steps`: each of them is live as its one article wants it.
fn as_it_was(bot: &Bot, steps: usize) -> IncrementalRead {
    let complete = |source: &crate::config::Source| (source.name.clone(), SourceState::Complete);
    IncrementalRead {
        results: SourceResults {
            fingerprint: bot_fingerprint(bot),
            sources: bot.sources.iter().map(complete).collect(),
            articles: ArticleCounts {
                all: steps as u64,
                ..ArticleCounts::default()
            },
            ..SourceResults::default()
        },
        unchanged_steps: steps as u64,
        ..IncrementalRead::default()
    }
}
