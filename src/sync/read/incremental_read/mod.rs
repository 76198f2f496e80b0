//! Reads the sources of a bot beside its snapshot, and of both only what may be new: rows that were
//! seen before, and whose steps are live as they are, are neither parsed nor looked up.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, OnceLock};

use super::read_sources::{BotReader, SourceReader, read_sources};
use super::source_results::{CacheUpdate, SourceResults};
use super::variants::keep_live;
use crate::clock::Clock;
use crate::config::{Bot, SourceKind};
use crate::intake::{
    CacheView, EarlierReading, FileRead, FileStates, Hasher, LiveIds, RowCache, Stamp,
};
use crate::model::{ArticleKey, LiveStep, StepOverride};
use crate::sabotage;
use crate::sabotage::Sabotage;
use crate::store::{BotId, BotState, Quarantined, SnapshotVersion, Store, StoreError};
use crate::sync::unchanged::unchanged;

/// What the sources say, and what is live.
#[derive(Debug, Default)]
pub(crate) struct IncrementalRead {
    /// What the sources say.
    pub(crate) results: SourceResults,
    /// What is live, in the order of `node_name`, but for the steps counted by `unchanged_steps`.
    pub(crate) snapshot: Vec<LiveStep>,
    /// Steps that are live and that the sources want as they are.
    pub(crate) unchanged_steps: u64,
    /// Refused steps, and names about which nothing is certain. They decide what is in the
    /// snapshot, so the plan must not see them any later than this.
    pub(crate) exceptions: StepExceptions,
    /// What to cache for the next time.
    pub(crate) memory: Option<CacheSession>,
}

/// What stands beside the snapshot.
#[derive(Clone, Debug, Default)]
pub(crate) struct StepExceptions {
    pub(crate) quarantine: BTreeMap<String, Quarantined>,
    pub(crate) uncertain: BTreeMap<String, ArticleKey>,
    pub(crate) overrides: BTreeMap<String, StepOverride>,
}

impl StepExceptions {
    pub(crate) async fn of(store: &Store, id: BotId) -> Result<Self, StoreError> {
        Ok(Self {
            quarantine: store.quarantine(id).await?,
            uncertain: store.uncertain(id).await?,
            overrides: store.overrides(id).await?,
        })
    }
}

/// What is to be known of the reading at the end of the pass.
#[derive(Debug)]
pub(crate) struct CacheSession {
    pub(crate) hasher: Hasher,
    pub(crate) before: Option<Before>,
}

/// What was seen before a reading, and what had moved since.
#[derive(Debug)]
pub(crate) struct Before {
    pub(crate) seen: Arc<RowCache>,
    /// Names that have been added, changed or removed since the rows were cached.
    pub(crate) changed: HashSet<String>,
    /// Until when these are known.
    pub(crate) read_at: SnapshotVersion,
}

impl Before {
    /// `None` where nothing was kept that fits the state.
    async fn load(
        store: &Store,
        bot: &Bot,
        id: BotId,
        clock: &Clock,
    ) -> Result<Option<Self>, StoreError> {
        let (path, fingerprint) = (store.cache_path(id), reader_fingerprint(bot));
        let load = move || {
            let seen = RowCache::load(&path, fingerprint)?;
            let file_states = FileStates::load(&FileStates::path(&path), fingerprint);
            Some((seen, file_states))
        };
        let Some((seen, file_states)) = clock.run_blocking(load).await else {
            return Ok(None);
        };
        // It tells what has changed since the rows, so that the history need not reach back so far.
        let file_states = file_states.filter(|file_states| file_states.since == seen.as_of());
        let known_at = file_states
            .as_ref()
            .map_or(seen.as_of(), |found| found.as_of);
        let read_at = store.as_of(id).await?;
        let Some(mut changed) = store.changed_since(id, known_at).await? else {
            return Ok(None);
        };
        changed.extend(
            file_states
                .into_iter()
                .flat_map(|file_states| file_states.changed),
        );
        Ok(Some(Self {
            seen: Arc::new(seen),
            changed,
            read_at,
        }))
    }
}

/// How often a reading looks again at rows that turn out to have to do with new ones.
const LOOKS: usize = 3;

/// Surveys a bot that has been seen before.
pub(crate) async fn incremental_read(
    store: &Store,
    bot: &Bot,
    id: BotId,
    state: &BotState,
    reader: &BotReader<'_>,
) -> Result<IncrementalRead, StoreError> {
    let in_folders = |bot: &Bot| {
        let mut sources = bot.sources.iter();
        sources.any(|source| matches!(source.kind, SourceKind::Folder(_)))
    };
    let known = SourceReader {
        earlier: Arc::new(earlier_readings(store, bot, id, state).await?),
        snapshot: Some((store.clone(), id)),
        ..SourceReader::default()
    };
    // What a row becomes depends on more than the row where user messages are kept beside it.
    if state.pinned_to.is_some() || !in_folders(bot) || bot.has_variants() {
        let eyes = known;
        let mut results = read_sources(bot, reader, &eyes).await;
        let snapshot = store.snapshot(id).await?;
        keep_live(store, id, &mut results, &snapshot).await?;
        return Ok(IncrementalRead {
            results,
            snapshot,
            exceptions: StepExceptions::of(store, id).await?,
            ..IncrementalRead::default()
        });
    }
    if let Some(incremental) = unchanged(store, bot, id, reader).await? {
        return Ok(incremental);
    }
    if let Some(mut look) = ReadRequest::begin(store, bot, id, reader.clock).await? {
        for _ in 0..LOOKS {
            let SourceReader { hasher, sight, .. } = look.eyes();
            let eyes = SourceReader {
                hasher,
                sight,
                ..known.clone()
            };
            let results = read_sources(bot, reader, &eyes).await;
            let (covered, again) = look.judge(&results);
            if again.is_empty() {
                return look.finish(store, id, results, &covered).await;
            }
            look.blind_to(&again);
        }
    }
    let hasher = Hasher::new(fastrand::u64(..));
    let eyes = SourceReader {
        hasher: Some(hasher.clone()),
        ..known
    };
    let mut results = read_sources(bot, reader, &eyes).await;
    // Without anything that was seen before, there is nothing that they could have to do with.
    results.ids = Vec::new();
    Ok(IncrementalRead {
        results,
        snapshot: store.snapshot(id).await?,
        unchanged_steps: 0,
        exceptions: StepExceptions::of(store, id).await?,
        memory: Some(CacheSession {
            hasher,
            before: None,
        }),
    })
}

/// What the readings before came to, by source. Where a person lets an empty export empty the bot, no
/// file counts as one that held articles.
async fn earlier_readings(
    store: &Store,
    bot: &Bot,
    id: BotId,
    state: &BotState,
) -> Result<BTreeMap<Arc<str>, EarlierReading>, StoreError> {
    let mut earlier: BTreeMap<Arc<str>, EarlierReading> = BTreeMap::new();
    for (source, live) in live_of_feeds(store, bot, id).await? {
        earlier.entry(source).or_default().live = live;
    }
    for ((source, path), file) in store.source_files(id).await? {
        let of_source = earlier.entry(source).or_default();
        if file.is_utf8 == Some(true) {
            of_source.utf8.insert(path.clone());
        }
        if file.held && !state.empty_approved {
            of_source.held.insert(path);
        }
    }
    for (source, body) in store.body_decisions(id).await? {
        earlier.entry(source.into()).or_default().body = Some(body);
    }
    Ok(earlier)
}

/// The ids of the live articles of each feed: what a sweep must not take for absent too soon.
async fn live_of_feeds(
    store: &Store,
    bot: &Bot,
    id: BotId,
) -> Result<BTreeMap<Arc<str>, LiveIds>, StoreError> {
    let feeds = bot.sources.iter();
    let feeds = feeds.filter(|source| matches!(source.kind, SourceKind::Feed(_)));
    let mut live: BTreeMap<Arc<str>, LiveIds> = feeds
        .map(|source| (source.name.as_str().into(), LiveIds::new()))
        .collect();
    if !live.is_empty() {
        let take = |known: LiveStep| {
            if let Some(ids) = live.get_mut(&known.key.source) {
                ids.insert(known.key.article);
            }
        };
        store.each_known(id, take).await?;
    }
    Ok(live)
}

/// A look at the sources with what was seen before in mind.
struct ReadRequest {
    before: Before,
    invalidated: Vec<bool>,
    /// Names that have come since, or that the bot may hold.
    further: Vec<String>,
    exceptions: StepExceptions,
}

impl ReadRequest {
    async fn begin(
        store: &Store,
        bot: &Bot,
        id: BotId,
        clock: &Clock,
    ) -> Result<Option<Self>, StoreError> {
        let Some(before) = Before::load(store, bot, id, clock).await? else {
            return Ok(None);
        };
        let exceptions = StepExceptions::of(store, id).await?;
        let mut names: HashSet<&String> = before.changed.iter().collect();
        names.extend(exceptions.uncertain.keys());
        names.extend(exceptions.quarantine.keys());
        names.extend(exceptions.overrides.keys());
        if sabotage::is(Sabotage::SeenIsLive) {
            names.clear();
        }
        let seen = &before.seen;
        let mut invalidated = vec![false; seen.names().len()];
        let mut further = Vec::new();
        for name in names {
            match seen.names().find(name) {
                Some(at) => invalidated[at] = true,
                None => further.push(name.clone()),
            }
        }
        // With little to go by, reading everything is the shorter way.
        let dark = invalidated.iter().filter(|is_blind| **is_blind).count() + further.len();
        let serves = seen.rows() > 0 && dark * 2 <= seen.names().len();
        Ok(serves.then_some(Self {
            before,
            invalidated,
            further,
            exceptions,
        }))
    }

    fn eyes(&self) -> SourceReader {
        SourceReader {
            hasher: Some(self.before.seen.hasher()),
            sight: Some(CacheView {
                seen: self.before.seen.clone(),
                invalidated: Arc::new(self.invalidated.clone()),
            }),
            ..SourceReader::default()
        }
    }

    fn blind_to(&mut self, again: &[u32]) {
        for at in again {
            self.invalidated[*at as usize] = true;
        }
    }

    /// Which steps are covered by rows that have been seen, and which of those have to do with
    /// rows that have not: these have to be parsed after all.
    fn judge(&self, results: &SourceResults) -> (Vec<bool>, Vec<u32>) {
        let seen = &self.before.seen;
        let (hasher, names) = (seen.hasher(), seen.names());
        let mut covered = vec![false; names.len()];
        let mut again = Vec::new();
        for read in &results.files {
            let Some(file) = seen.file(&read.source, &read.relative) else {
                continue;
            };
            for step in file.steps_of(&read.covered) {
                if std::mem::replace(&mut covered[step as usize], true) {
                    again.push(step);
                }
            }
        }
        let rejected = results.rejections.iter().filter_map(|rejection| {
            let id = rejection.id.as_ref()?;
            Some(hasher.article(&rejection.source, id))
        });
        let articles: HashSet<u64> = results
            .desired
            .iter()
            .map(|desired| hasher.article(&desired.key.source, &desired.key.article))
            .chain(results.ids.iter().copied())
            .chain(rejected)
            .collect();
        again.extend(seen.positions_of_articles(&articles));
        let wanted = results.desired.iter();
        let taken = wanted.filter_map(|desired| names.find(&desired.step.node_name));
        again.extend(taken.filter_map(|at| u32::try_from(at).ok()));
        again.retain(|at| covered[*at as usize]);
        (covered, again)
    }

    async fn finish(
        self,
        store: &Store,
        id: BotId,
        results: SourceResults,
        covered: &[bool],
    ) -> Result<IncrementalRead, StoreError> {
        let names = self.before.seen.names();
        let uncovered = (0..names.len()).filter(|at| !covered[*at]);
        let mut wanted: Vec<&str> = uncovered.map(|at| names.get(at)).collect();
        wanted.extend(self.further.iter().map(String::as_str));
        let snapshot = if wanted.len() * 4 > names.len() {
            let mut all = store.snapshot(id).await?;
            all.retain(|known| names.find(&known.node_name).is_none_or(|at| !covered[at]));
            all
        } else {
            store.known(id, &wanted).await?
        };
        Ok(IncrementalRead {
            results,
            snapshot,
            unchanged_steps: covered.iter().filter(|covered| **covered).count() as u64,
            exceptions: self.exceptions,
            memory: Some(CacheSession {
                hasher: self.before.seen.hasher(),
                before: Some(self.before),
            }),
        })
    }
}

/// What is cached of a reading until its pass is over.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) memory: Option<CacheSession>,
    pub(crate) files: Vec<FileRead>,
    pub(crate) fresh: Vec<CacheUpdate>,
}

impl IncrementalRead {
    /// Takes out what the end of the pass needs.
    pub(crate) fn notes(&mut self) -> Notes {
        Notes {
            // A source that holds nothing has to be told of each time.
            memory: self.memory.take().filter(|_| self.results.empty.is_empty()),
            files: std::mem::take(&mut self.results.files),
            fresh: std::mem::take(&mut self.results.fresh),
        }
    }
}

/// What decides how a row becomes a step: the whole configuration of the sources, and the program.
pub(crate) fn reader_fingerprint(bot: &Bot) -> u64 {
    static PROGRAM: OnceLock<String> = OnceLock::new();
    let program = PROGRAM.get_or_init(|| {
        let stamp = std::env::current_exe()
            .and_then(std::fs::metadata)
            .map(|data| Stamp::of(&data));
        format!("{} {stamp:?}", env!("CARGO_PKG_VERSION"))
    });
    let read = format!("{program} {} {:?}", bot.node_name, bot.sources);
    xxhash_rust::xxh3::xxh3_64(read.as_bytes())
}

#[cfg(test)]
mod tests;
