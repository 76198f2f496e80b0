//! Caches what a pass has read, for the next reading. After a small change only the small file is
//! written; the rows wait until enough has changed.

use std::borrow::Cow;
use std::collections::HashSet;
use std::io;
use std::path::Path;

use super::incremental_read::{CacheSession, Notes, reader_fingerprint};
use super::source_results::CacheUpdate;
use crate::clock::Clock;
use crate::config::Bot;
use crate::intake::{
    Contents, FileRead, FileStates, Live, ReadMissedRows, Rebuild, RowCache, cache_state, rebuild,
};
use crate::model::LiveStep;
use crate::spool::SpoolError;
use crate::store::{BotId, SnapshotVersion, Store, StoreError};

/// Keeps what was seen, for the next reading. What goes wrong here costs only time.
pub(crate) async fn keep(
    store: &Store,
    bot: &Bot,
    id: BotId,
    clock: &Clock,
    notes: Notes,
) -> Result<(), StoreError> {
    let Some(memory) = notes.memory else {
        return Ok(());
    };
    // Asked before the rest: what changes in between counts as changed the next time, too.
    let as_of = store.as_of(id).await?;
    let not_noted_down = |error: &dyn std::fmt::Display| {
        tracing::debug!(
            bot = bot.domain_name,
            "what was read could not be cached, so more is read again next time: {error}"
        );
    };
    let state = match SavedState::after(store, id, &memory, &notes.fresh).await {
        Ok(Some(state)) => state,
        Ok(None) => return Ok(()),
        Err(StoreError::Spool(error)) => {
            not_noted_down(&error);
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let (path, reader) = (store.cache_path(id), reader_fingerprint(bot));
    let left = Left {
        memory,
        files: notes.files,
        fresh: notes.fresh,
        state,
        as_of,
        reader,
    };
    let saved = clock.run_blocking(move || left.save(&path)).await;
    if let Err(error) = saved {
        not_noted_down(&error);
    }
    Ok(())
}

/// What the state says of the rows that were parsed, and of the names that have changed.
struct SavedState {
    changed: HashSet<String>,
    live: Live,
    contents: Contents,
}

impl SavedState {
    /// `None` where the state cannot be compared with what it was before the reading.
    async fn after(
        store: &Store,
        id: BotId,
        memory: &CacheSession,
        fresh: &Vec<CacheUpdate>,
    ) -> Result<Option<Self>, StoreError> {
        let (mut live, mut contents) = (Live::default(), Vec::new());
        let article =
            |known: &LiveStep| memory.hasher.article(&known.key.source, &known.key.article);
        let mut note = |known: &LiveStep| {
            live.push(&known.node_name, article(known));
            contents.push((article(known), known.digest));
        };
        let Some(before) = &memory.before else {
            store.each_known(id, |known| note(&known)).await?;
            return Ok(Some(Self {
                changed: HashSet::new(),
                live,
                contents: contents.into_iter().collect(),
            }));
        };
        let Some(mut changed) = store.changed_since(id, before.read_at).await? else {
            return Ok(None);
        };
        changed.extend(before.changed.iter().cloned());
        let names: Vec<&str> = changed.iter().map(String::as_str).collect();
        store.known(id, &names).await?.iter().for_each(note);
        let mut articles = HashSet::new();
        fresh.each(&mut |row| {
            articles.insert(row.article);
        })?;
        let behind = before.seen.positions_of_articles(&articles);
        let behind: Vec<&str> = behind
            .iter()
            .map(|at| before.seen.names().get(*at as usize))
            .filter(|name| !changed.contains(*name))
            .collect();
        let behind = store.known(id, &behind).await?;
        contents.extend(behind.iter().map(|known| (article(known), known.digest)));
        Ok(Some(Self {
            changed,
            live,
            contents: contents.into_iter().collect(),
        }))
    }
}

/// What a pass has left.
struct Left {
    memory: CacheSession,
    files: Vec<FileRead>,
    fresh: Vec<CacheUpdate>,
    state: SavedState,
    as_of: SnapshotVersion,
    reader: u64,
}

impl Left {
    fn renewal(&self) -> Rebuild<'_> {
        Rebuild {
            before: self.before(),
            hasher: &self.memory.hasher,
            reader: self.reader,
            as_of: self.as_of,
            changed: &self.state.changed,
            live: Cow::Borrowed(&self.state.live),
            files: &self.files,
            fresh: &self.fresh,
            contents: &self.state.contents,
        }
    }

    fn before(&self) -> Option<&RowCache> {
        self.memory.before.as_ref().map(|before| &*before.seen)
    }

    fn save(self, rows: &Path) -> io::Result<()> {
        let (path, reader) = (FileStates::path(rows), self.reader);
        if let Some(file_states) = self.file_states().map_err(io::Error::other)? {
            drop(self);
            return file_states.save(&path, reader);
        }
        let mut left = self;
        let live = std::mem::take(&mut left.state.live);
        let Some(seen) = rebuild(Rebuild {
            live: Cow::Owned(live),
            ..left.renewal()
        }) else {
            return Ok(());
        };
        drop(left);
        seen.save(rows)?;
        seen.file_states().save(&path, reader)
    }

    /// What is to be written where the cached rows stay as they are.
    fn file_states(&self) -> Result<Option<FileStates>, SpoolError> {
        let Some(before) = self.before() else {
            return Ok(None);
        };
        let renewal = self.renewal();
        let state = cache_state(before, &renewal)?;
        debug_assert!(
            state.agrees_with(rebuild(renewal.clone()).as_ref()),
            "{state:?}"
        );
        let stays = !state.has_outgrown_the_notes();
        Ok(stays.then(|| state.into_file_states(before, &renewal)))
    }
}
