//! Brings what was seen up to date after a pass: which rows have come and gone, and which steps are
//! live now.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::missed_rows::ReadMissedRows;
use super::names::NameList;
use super::prefilter::Prefilter;
use super::{CachedFile, CachedSource, FileRead, Hasher, RowCache};
use crate::model::{Digest, RowDigest};
use crate::spool::SpoolError;
use crate::store::SnapshotVersion;

/// A row that was parsed, and the one step that came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissedRow {
    /// The file, as a position in what the reading says of its files.
    pub file: usize,
    /// The row.
    pub digest: RowDigest,
    /// The digest of the article's key.
    pub article: u64,
    /// The content of the step.
    pub content: Digest,
}

/// Steps that are live, in the order of their names.
#[derive(Clone, Debug, Default)]
pub struct Live {
    names: NameList,
    articles: Vec<u64>,
    is_too_long: bool,
}

impl Live {
    /// Puts one at the end, with the digest of its article's key.
    pub fn push(&mut self, name: &str, article: u64) {
        if self.names.push(name) {
            self.articles.push(article);
        } else {
            self.is_too_long = true;
        }
    }

    fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.names.iter().zip(self.articles())
    }

    /// The digests of their articles' keys.
    pub(crate) fn articles(&self) -> impl Iterator<Item = u64> {
        self.articles.iter().copied()
    }

    /// How many there are; `None` where there were too many.
    pub(crate) fn len(&self) -> Option<usize> {
        (!self.is_too_long).then_some(self.names.len())
    }
}

/// What is live of articles: for the digest of an article's key, the content of its step.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    sorted: Vec<(u64, Digest)>,
    /// Where those begin that share their first bits. The digests are random, so it is a few each, and one is found
    /// with two looks into memory instead of twenty.
    shelves: Vec<u32>,
    /// By so many bits the others are left out.
    shift: u32,
}

/// About so many contents share a shelf.
const ON_A_SHELF: usize = 8;

fn first_bits(digest: u64, shift: u32) -> usize {
    // There are fewer shelves than contents in memory.
    usize::try_from(digest >> shift).unwrap_or(usize::MAX - 1)
}

impl FromIterator<(u64, Digest)> for Contents {
    fn from_iter<T: IntoIterator<Item = (u64, Digest)>>(contents: T) -> Self {
        let mut sorted: Vec<_> = contents.into_iter().collect();
        sorted.sort_unstable_by_key(|(article, _)| *article);
        let count = (sorted.len() / ON_A_SHELF).next_power_of_two().max(2);
        let shift = u64::BITS - count.trailing_zeros();
        let mut shelves = Vec::with_capacity(count + 1);
        for (at, (article, _)) in (0..).zip(&sorted) {
            let nth = first_bits(*article, shift);
            shelves.resize(shelves.len().max(nth + 1), at);
        }
        shelves.resize(count + 1, u32::try_from(sorted.len()).unwrap_or(u32::MAX));
        Self {
            sorted,
            shelves,
            shift,
        }
    }
}

impl Contents {
    /// Of one article, and where it stands among them.
    fn find(&self, article: u64) -> Option<(usize, Digest)> {
        let nth = first_bits(article, self.shift);
        let from = *self.shelves.get(nth)? as usize;
        let to = *self.shelves.get(nth + 1)? as usize;
        let on_it = &self.sorted[from..to];
        let found = on_it.binary_search_by_key(&article, |(of, _)| *of).ok()?;
        Some((from + found, on_it[found].1))
    }

    /// Of one article.
    pub fn get(&self, article: u64) -> Option<Digest> {
        self.find(article).map(|(_, content)| content)
    }

    fn len(&self) -> usize {
        self.sorted.len()
    }

    fn articles(&self) -> impl Iterator<Item = u64> {
        self.sorted.iter().map(|(article, _)| *article)
    }
}

/// What a reading and the state say after a pass.
#[derive(Clone, Debug)]
pub struct Rebuild<'a> {
    /// What was seen before, where it served the reading.
    pub before: Option<&'a RowCache>,
    /// The digests are those of this hasher.
    pub hasher: &'a Hasher,
    /// The program and the configuration.
    pub reader: u64,
    /// When the rest is true.
    pub as_of: SnapshotVersion,
    /// Names that were added, changed or removed since `before`; all, where there is none.
    pub changed: &'a HashSet<String>,
    /// What is live under these names.
    pub live: Cow<'a, Live>,
    /// How the files were read.
    pub files: &'a [FileRead],
    /// Rows that were parsed.
    pub fresh: &'a dyn ReadMissedRows,
    /// What is live of the articles behind them.
    pub contents: &'a Contents,
}

/// What was seen, as of now. `None` where that does not fit into a file, or cannot be told any more.
pub fn rebuild(mut renewal: Rebuild) -> Option<RowCache> {
    let live = std::mem::take(&mut renewal.live);
    if live.is_too_long {
        return None;
    }
    let (names, articles, moved) = match renewal.before {
        None => {
            let Live {
                names, articles, ..
            } = live.into_owned();
            (names, articles, Vec::new())
        }
        Some(before) => live_names(before, &live, renewal.changed)?,
    };
    let fresh = fresh_rows(&renewal, &articles).ok()?;
    let mut files: Vec<CachedFile> = (renewal.files.iter().zip(fresh))
        .map(|(read, fresh)| file(renewal.before, read, &moved, fresh))
        .collect();
    files.sort_by(|a, b| a.about.place().cmp(&b.about.place()));
    Some(RowCache {
        seed: renewal.hasher.seed,
        reader: renewal.reader,
        as_of: renewal.as_of,
        names,
        articles,
        files,
    })
}

/// Rows of one file, and the steps that they stand for.
struct MissedStep {
    digests: Vec<RowDigest>,
    steps: Vec<u32>,
}

/// By file, those of the rows that were parsed whose one step is live as they say. `articles` are
/// those behind the names.
fn fresh_rows(renewal: &Rebuild, articles: &[u64]) -> Result<Vec<MissedStep>, SpoolError> {
    let contents = renewal.contents;
    let few = Prefilter::of(contents.articles());
    let mut positions: Vec<Option<u32>> = vec![None; contents.len()];
    let mut twice = HashSet::new();
    for (at, article) in (0..).zip(articles) {
        if few.may_hold(*article)
            && let Some((nth, _)) = contents.find(*article)
            && positions[nth].replace(at).is_some()
        {
            twice.insert(*article);
        }
    }
    let room = |read: &FileRead| {
        let rows = read.rows.saturating_sub(read.covered.len());
        MissedStep {
            digests: Vec::with_capacity(rows),
            steps: Vec::with_capacity(rows),
        }
    };
    let mut files: Vec<MissedStep> = renewal.files.iter().map(room).collect();
    renewal.fresh.each(&mut |row| {
        let found = contents.find(row.article);
        let live = found.filter(|(_, content)| *content == row.content);
        let position = live.and_then(|(nth, _)| positions[nth]);
        if let Some(step) = position.filter(|_| !twice.contains(&row.article)) {
            files[row.file].digests.push(row.digest);
            files[row.file].steps.push(step);
        }
    })?;
    Ok(files)
}

/// The names that are live, the articles behind them, and where each name of before is now.
fn live_names(
    before: &RowCache,
    live: &Live,
    changed: &HashSet<String>,
) -> Option<(NameList, Vec<u64>, Vec<Option<u32>>)> {
    let (mut names, mut articles, mut moved) = (NameList::default(), Vec::new(), Vec::new());
    let mut live = live.iter().peekable();
    let mut changed: Vec<&str> = changed.iter().map(String::as_str).collect();
    changed.sort_unstable();
    let mut changed = changed.into_iter().peekable();
    let mut take = |name: &str, article: u64| {
        articles.push(article);
        names.push(name).then_some(())
    };
    let mut count = 0;
    for (name, article) in before.names.iter().zip(&before.articles) {
        while let Some((new, article)) = live.next_if(|(live, _)| *live < name) {
            take(new, article)?;
            count += 1;
        }
        let known = live.next_if(|(live, _)| *live == name);
        while changed.next_if(|changed| *changed < name).is_some() {}
        let now = match known {
            Some((_, article)) => Some(article),
            None if changed.peek() == Some(&name) => None,
            None => Some(*article),
        };
        // A step that changed is live with content that its old rows do not give.
        let same = known.is_none() && now.is_some();
        moved.push(same.then_some(count));
        if let Some(article) = now {
            take(name, article)?;
            count += 1;
        }
    }
    for (name, article) in live {
        take(name, article)?;
    }
    Some((names, articles, moved))
}

/// `fresh`: the rows that were parsed, in their order.
fn file(
    before: Option<&RowCache>,
    read: &FileRead,
    moved: &[Option<u32>],
    fresh: MissedStep,
) -> CachedFile {
    let seen = before.and_then(|before| before.file(&read.source, &read.relative));
    let MissedStep { digests, steps } = match seen {
        Some(seen) if !read.covered.is_empty() => among_the_seen(seen, read, moved, &fresh),
        _ => fresh,
    };
    CachedFile {
        about: about(read, digests.len()),
        digests,
        steps,
    }
}

/// What is kept about a file of which so many rows are cached.
pub(crate) fn about(read: &FileRead, rows: usize) -> CachedSource {
    CachedSource {
        source: read.source.clone(),
        relative: read.relative.to_string(),
        stamp: read.stamp,
        whole: read.clean && rows == read.rows,
        header: read.header,
        notes: read.notes.clone(),
    }
}

/// Rows that had been seen and rows that were parsed, as they stand in the file.
fn among_the_seen(
    seen: &CachedFile,
    read: &FileRead,
    moved: &[Option<u32>],
    fresh: &MissedStep,
) -> MissedStep {
    let mut all = MissedStep {
        digests: Vec::with_capacity(read.rows),
        steps: Vec::with_capacity(read.rows),
    };
    let mut add = |digest: RowDigest, step: Option<u32>| {
        if let Some(step) = step {
            all.digests.push(digest);
            all.steps.push(step);
        }
    };
    let digests = fresh.digests.iter().copied();
    let fresh: HashMap<RowDigest, u32> = digests.zip(fresh.steps.iter().copied()).collect();
    let mut passed = read.passed.iter().peekable();
    for (count, at) in (0..).zip(&read.covered) {
        while let Some((digest, _)) = passed.next_if(|(_, before)| *before <= count) {
            add(*digest, fresh.get(digest).copied());
        }
        let at = *at as usize;
        add(seen.digests[at], moved[seen.steps[at] as usize]);
    }
    for (digest, _) in passed {
        add(*digest, fresh.get(digest).copied());
    }
    all
}

impl FileRead {
    /// What is said of a file before it is read.
    pub fn new(source: &str, relative: &Arc<str>) -> Self {
        Self {
            source: source.to_owned(),
            relative: relative.clone(),
            stamp: None,
            header: 0,
            rows: 0,
            clean: false,
            notes: Vec::new(),
            covered: Vec::new(),
            passed: Vec::new(),
        }
    }
}
