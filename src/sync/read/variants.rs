//! User messages that are kept beside the articles: each is added to the step of its article. Where some
//! of them could not be read, those that are live stay.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::source_results::{SourceRead, SourceResults};
use crate::config::Source;
use crate::intake::SourceError;
use crate::model::{ArticleKey, LiveStep, Place, Reach, Rejection};
use crate::normalise::with_messages;
use crate::plan::SourceState;
use crate::store::{BotId, Store, StoreError};

/// Bytes of messages that are held while the articles are read.
const MOST_BYTES: usize = 32 << 20;
/// What a message takes besides its text.
const MESSAGE: usize = 160;
/// Live steps whose content is looked at at a time.
const BATCH: usize = 500;

const STAYS: &str = "User messages from it that are live stay until it can be read";
const NOTHING: &str = "it holds no user messages; take its [[bot.variants]] out of the configuration if that is meant";
const TOO_MANY: &str =
    "there are more than 32 MiB of user messages; leave out those that customers do not write";
const OPEN: &str = "somebody is writing it";
const NOBODY: &str =
    "is an id that no article has, and no step is called so: correct it, or delete the row";

/// The messages of one row.
#[derive(Clone, Debug)]
pub(crate) struct VariantRow {
    /// The article's id, or the step's name.
    pub(crate) id: String,
    pub(crate) messages: Vec<String>,
    pub(crate) place: Place,
}

/// The messages of all rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Variants {
    rows: BTreeMap<String, Vec<(String, VariantRow)>>,
    bytes: usize,
    /// Which of the live messages may be some that could not be read.
    unread: Unread,
}

/// The articles whose live messages stay.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unread {
    all: bool,
    ids: HashSet<String>,
}

impl Unread {
    /// Whether everything was read.
    pub(crate) fn is_nothing(&self) -> bool {
        !self.all && self.ids.is_empty()
    }

    fn holds(&self, key: &ArticleKey, name: &str) -> bool {
        self.all || self.ids.contains(key.article.as_str()) || self.ids.contains(name)
    }
}

impl SourceResults {
    /// Takes in what one source of messages came to.
    pub(crate) fn add_messages(
        &mut self,
        source: &Source,
        outcome: Result<SourceRead, SourceError>,
    ) {
        let failed = |reason: String| SourceState::Failed {
            reason: format!("{}. {STAYS}", reason.trim_end_matches('.')),
        };
        let state = match outcome {
            Ok(read) => self.take_messages(source, read).map_err(failed),
            Err(error) => Err(failed(error.to_string())),
        };
        self.variants.unread.all |= state != Ok(SourceState::Complete);
        let state = state.unwrap_or_else(|failed| failed);
        self.sources.insert(source.name.clone(), state);
    }

    fn take_messages(&mut self, source: &Source, read: SourceRead) -> Result<SourceState, String> {
        let folder = read.reading.folder;
        let is_open = folder.as_ref().is_some_and(|found| !found.open.is_empty());
        if let Some(folder) = folder {
            self.folders.insert(source.name.clone(), folder);
        }
        self.notes.extend(read.reading.notes);
        self.notes.extend(read.notes);
        let rejections = [read.reading.rejections, read.rejections].concat();
        let worst = rejections.iter().max_by_key(|found| found.reach).cloned();
        let unread = rejections.iter().filter_map(|found| found.id.clone());
        self.variants.unread.ids.extend(unread);
        self.rejections.extend(rejections);
        let is_empty = read.variants.is_empty();
        for row in read.variants {
            let bytes: usize = row.messages.iter().map(|text| text.len() + MESSAGE).sum();
            self.variants.bytes += bytes;
            if self.variants.bytes > MOST_BYTES {
                return Err(TOO_MANY.to_owned());
            }
            let rows = self.variants.rows.entry(row.id.clone()).or_default();
            rows.push((source.name.clone(), row));
        }
        let told = |found: Rejection| format!("{}: {}", found.place, found.reason);
        match (worst, read.reading.incomplete) {
            (Some(found), _) if found.reach == Reach::Unusable => Err(told(found)),
            _ if is_open => Ok(SourceState::Incomplete {
                reason: OPEN.to_owned(),
            }),
            _ if is_empty => Err(NOTHING.to_owned()),
            (_, Some(reason)) => Ok(SourceState::Incomplete { reason }),
            (Some(found), None) if found.reach == Reach::Rest => Ok(SourceState::Incomplete {
                reason: told(found),
            }),
            _ => Ok(SourceState::Complete),
        }
    }

    /// Adds the messages to the steps of their articles, and tells of those that belong to none.
    pub(crate) fn merge_messages(&mut self) {
        if self.variants.rows.is_empty() {
            return;
        }
        let rows = &self.variants.rows;
        let mut met: BTreeSet<&str> = BTreeSet::new();
        for wanted in &mut self.desired {
            let names = [wanted.key.article.as_str(), wanted.step.node_name.as_str()];
            let found = names.iter().filter_map(|name| rows.get_key_value(*name));
            let found: BTreeMap<&String, _> = found.collect();
            met.extend(found.keys().map(|id| id.as_str()));
            let messages = found.values().copied().flatten();
            let messages = messages
                .flat_map(|(_, row)| &row.messages)
                .map(String::as_str);
            if found.is_empty() {
                continue;
            }
            // What the spool has lost is missed by the plan, too, which fails with it.
            let step = wanted.step.step().ok();
            if let Some(step) = step.and_then(|step| with_messages(&step, messages)) {
                wanted.step = wanted.step.with_content(step);
            }
        }
        // The article of a row that was rejected is there all the same.
        met.extend(
            self.rejections
                .iter()
                .filter_map(|found| found.id.as_deref()),
        );
        let strangers = rows.iter().filter(|(id, _)| !met.contains(id.as_str()));
        let notes = strangers.flat_map(|(_, rows)| rows).map(stranger);
        let notes: Vec<Rejection> = notes.collect();
        // Where a source could not be read, nobody knows what it has.
        let failed = |state: &SourceState| matches!(state, SourceState::Failed { .. });
        if !self.sources.values().any(failed) {
            self.notes.extend(notes);
        }
    }
}

fn stranger((source, row): &(String, VariantRow)) -> Rejection {
    Rejection {
        source: source.clone(),
        place: row.place.clone(),
        id: Some(row.id.clone()),
        reason: NOBODY.to_owned(),
        reach: Reach::Alone,
    }
}

/// Leaves the live messages on their steps that may be among those that could not be read.
pub(crate) async fn keep_live(
    store: &Store,
    id: BotId,
    results: &mut SourceResults,
    snapshot: &[LiveStep],
) -> Result<(), StoreError> {
    let unread = std::mem::take(&mut results.variants.unread);
    if unread.is_nothing() {
        return Ok(());
    }
    let live: HashMap<&ArticleKey, &LiveStep> =
        snapshot.iter().map(|live| (&live.key, live)).collect();
    let differs = results
        .desired
        .iter()
        .enumerate()
        .filter_map(|(at, wanted)| {
            let live = live.get(&wanted.key)?;
            let is_meant = unread.holds(&wanted.key, &wanted.step.node_name);
            let differs = live.digest != wanted.step.digest();
            (is_meant && differs).then(|| (at, live.node_name.to_string()))
        });
    let differs: Vec<(usize, String)> = differs.collect();
    for batch in differs.chunks(BATCH) {
        let names: Vec<String> = batch.iter().map(|(_, name)| name.clone()).collect();
        let contents = store.contents(id, &names).await?;
        for (at, name) in batch {
            let Some(live) = contents.get(name) else {
                continue;
            };
            let step = &mut results.desired[*at].step;
            let merged = with_messages(&step.step()?, live.step.questions());
            if let Some(merged) = merged {
                *step = step.with_content(merged);
            }
        }
    }
    Ok(())
}
