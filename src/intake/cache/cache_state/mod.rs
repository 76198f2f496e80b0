//! What a rebuilt cache would say after a pass, from the rows that it parsed and those that it did not: so that not all
//! rows are cached again because a few of them moved.

use std::collections::{HashMap, HashSet};

use super::file_states::{FileStates, Settled};
use super::rebuild::{MissedRow, Rebuild, about};
use super::{CachedSource, FileRead, RowCache};
use crate::model::RowDigest;
use crate::spool::SpoolError;

/// So few rows are parsed again in no time.
const FEW: usize = 8;
/// Of so many cached rows, one may be out of date.
const SHARE: usize = 100;

/// Where everything stands after a pass that made use of the notes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheState {
    /// Rows that are cached.
    pub(crate) noted: usize,
    /// Rows that were parsed and could be cached.
    pub(crate) gained: usize,
    /// Names that have changed since the rows were cached.
    pub(crate) changed: usize,
    /// Noted rows that came in another order.
    pub(crate) displaced: usize,
    /// What a rebuilt cache would say of the files and steps.
    pub(crate) settled: Option<Settled>,
}

impl CacheState {
    /// Whether the next reading would have so much to do again that caching all rows again is
    /// worth it.
    pub fn has_outgrown_the_notes(&self) -> bool {
        let again = self.gained.max(self.changed).max(self.displaced);
        again > FEW.max(self.noted / SHARE)
    }

    /// Whether it promises no more than a rebuilt cache would.
    pub fn agrees_with(&self, anew: Option<&RowCache>) -> bool {
        self.settled.is_none() || self.settled == anew.and_then(RowCache::settled)
    }

    /// What can be told of it at a glance; the rows stay as they were cached.
    pub fn into_file_states(self, before: &RowCache, renewal: &Rebuild) -> FileStates {
        let mut changed: Vec<String> = renewal.changed.iter().cloned().collect();
        changed.sort_unstable();
        FileStates {
            as_of: renewal.as_of,
            since: before.as_of,
            changed,
            settled: self.settled,
        }
    }
}

/// Where everything stands now. `before` is what the reading made use of.
pub fn cache_state(before: &RowCache, renewal: &Rebuild) -> Result<CacheState, SpoolError> {
    let mut tally = Tally::of(before, renewal)?;
    let mut noted: Vec<Vec<MissedRow>> = vec![Vec::new(); renewal.files.len()];
    renewal.fresh.each(&mut |row| {
        if tally.is_noted(&row) {
            noted[row.file].push(row);
        }
    })?;
    let gained = noted.iter().map(Vec::len).sum();
    let files: Vec<CachedSource> = (renewal.files.iter().zip(&noted))
        .map(|(read, noted)| {
            let rows = tally.count(read, noted);
            about(read, rows)
        })
        .collect();
    Ok(CacheState {
        noted: before.rows(),
        gained,
        changed: renewal.changed.len(),
        displaced: tally.displaced,
        settled: tally.settled(files),
    })
}

/// The rows of a pass, and the steps that they stand for.
struct Tally<'a> {
    before: &'a RowCache,
    renewal: &'a Rebuild<'a>,
    /// Steps of before that have changed since, by position.
    changed: HashSet<u32>,
    /// For each article of a row that was parsed: how many live steps it has.
    live: HashMap<u64, usize>,
    /// Those of its steps that have not changed, by position.
    behind: Vec<u32>,
    /// Steps of before that a row was met for.
    met: Vec<bool>,
    /// Articles that a row was parsed for.
    apart: HashSet<u64>,
    rows: usize,
    displaced: usize,
    /// A step was met twice.
    twice: bool,
}

impl<'a> Tally<'a> {
    fn of(before: &'a RowCache, renewal: &'a Rebuild) -> Result<Self, SpoolError> {
        let find = |name: &String| before.names.find(name);
        let changed: HashSet<u32> = (renewal.changed.iter().filter_map(find))
            .filter_map(|at| u32::try_from(at).ok())
            .collect();
        let mut articles = HashSet::new();
        renewal.fresh.each(&mut |row| {
            articles.insert(row.article);
        })?;
        let mut behind = before.positions_of_articles(&articles);
        behind.retain(|at| !changed.contains(at));
        let mut live = HashMap::new();
        let of_behind = behind.iter().map(|at| before.articles[*at as usize]);
        for article in renewal.live.articles().chain(of_behind) {
            *live.entry(article).or_default() += 1;
        }
        Ok(Self {
            before,
            renewal,
            changed,
            live,
            behind,
            met: vec![false; before.names.len()],
            apart: HashSet::new(),
            rows: 0,
            displaced: 0,
            twice: false,
        })
    }

    /// Whether a row that was parsed is that of a step that is live as it is.
    fn is_noted(&self, row: &MissedRow) -> bool {
        self.live.get(&row.article) == Some(&1)
            && self.renewal.contents.get(row.article) == Some(row.content)
    }

    /// How many rows of a file the cache would hold. `noted`: those among them that were parsed.
    fn count(&mut self, read: &FileRead, noted: &[MissedRow]) -> usize {
        let before = self.rows;
        match self.before.file(&read.source, &read.relative) {
            Some(seen) if !read.covered.is_empty() => {
                let mut last = 0;
                for at in &read.covered {
                    self.displaced += usize::from(*at < last);
                    last = *at;
                    self.cover(seen.steps[*at as usize]);
                }
                let noted: HashMap<RowDigest, u64> =
                    noted.iter().map(|row| (row.digest, row.article)).collect();
                let passed = read.passed.iter();
                for article in passed.filter_map(|(digest, _)| noted.get(digest)) {
                    self.take_apart(*article);
                }
            }
            _ => noted.iter().for_each(|row| self.take_apart(row.article)),
        }
        self.rows - before
    }

    fn cover(&mut self, step: u32) {
        self.rows += 1;
        self.twice |= std::mem::replace(&mut self.met[step as usize], true);
    }

    fn take_apart(&mut self, article: u64) {
        self.rows += 1;
        self.twice |= !self.apart.insert(article);
    }

    /// The files and the steps, if each row is that of another step and no live step is without one.
    fn settled(self, mut files: Vec<CachedSource>) -> Option<Settled> {
        let stayed = self.before.names.len() - self.changed.len();
        let live = stayed + self.renewal.live.len()?;
        // What a cached row says of a step that has changed since is not what is live.
        let is_met = |at: &u32| self.met[*at as usize];
        // A row that was parsed may be that of a step that a cached row was met for.
        let again = |at: &u32| is_met(at) && self.apart.contains(&self.article(*at));
        let is_one_to_one = self.rows == live
            && !self.twice
            && !self.changed.iter().any(is_met)
            && !self.behind.iter().any(again);
        files.sort_by(|a, b| a.place().cmp(&b.place()));
        is_one_to_one.then(|| Settled::new(live, files)).flatten()
    }

    fn article(&self, at: u32) -> u64 {
        self.before.articles[at as usize]
    }
}

#[cfg(test)]
mod tests;
