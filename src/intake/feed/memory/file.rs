//! What is remembered of a feed, in a file beside the state. It saves calls and decides nothing: where
//! it is missing, damaged, of another configuration or of another version, everything is asked for.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, SET_COOKIE};
use reqwest::{StatusCode, Url};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{
    Aged, KeptAnswers, KeptDetail, KeptPage, MOST_BYTES, MOST_BYTES_OF_ALL, MostBytes, Pause,
    SweepMemory,
};
use crate::clock::{Clock, Millis};
use crate::config::{Config, Source, SourceKind};
use crate::store::FEEDS;

/// Of what the files hold, and how.
const VERSION: &str = concat!("2 ", env!("CARGO_PKG_VERSION"));

/// Where the memories of all feeds are kept.
#[derive(Clone, Debug)]
pub struct FeedFiles {
    folder: PathBuf,
    /// The bytes that one feed may have.
    share: usize,
}

/// What a file holds.
#[derive(Serialize, Deserialize)]
struct FileContent {
    /// The version, and the configuration of the source.
    of: String,
    pause: Option<PauseEntry>,
    whole: Option<Millis>,
    pages: Vec<PageEntry>,
    details: Vec<DetailEntry>,
}

#[derive(Serialize, Deserialize)]
struct PauseEntry {
    feed: Url,
    until: i64,
    place: String,
    status: u16,
}

#[derive(Serialize, Deserialize)]
struct PageEntry {
    url: Url,
    headers: Vec<(String, String)>,
    body: String,
}

#[derive(Serialize, Deserialize)]
struct DetailEntry {
    url: Url,
    unchanged: String,
    item: Box<RawValue>,
}

impl FeedFiles {
    /// Beside the state of a configuration. What belongs to none of its feeds is taken away.
    pub fn of(config: &Config) -> Self {
        let all = config.bots.iter().flat_map(|bot| &bot.sources);
        let feeds = all.filter(|source| matches!(source.kind, SourceKind::Feed(_)));
        let files = Self {
            folder: config.state_dir.join(FEEDS),
            share: MOST_BYTES.min(MOST_BYTES_OF_ALL / feeds.count().max(1)),
        };
        let sources = config.bots.iter().flat_map(|bot| {
            let sources = bot.sources.iter();
            sources.map(|source| files.path(&bot.domain_name, &source.name))
        });
        let known: HashSet<PathBuf> = sources.collect();
        for entry in fs::read_dir(&files.folder).into_iter().flatten().flatten() {
            if !known.contains(&entry.path()) {
                let _ = fs::remove_file(entry.path());
            }
        }
        files
    }

    fn path(&self, bot: &str, source: &str) -> PathBuf {
        let name = blake3::hash(format!("{bot}\0{source}").as_bytes());
        self.folder.join(name.to_hex().as_str())
    }

    /// What is remembered of a feed.
    pub fn load(&self, bot: &str, source: &Source, clock: &Clock) -> SweepMemory {
        let content = read(&self.path(bot, &source.name));
        let content = content.filter(|content| content.of == mark(source));
        let mut kept = content.map_or_else(KeptAnswers::default, |content| taken(content, clock));
        if kept.bytes > self.share {
            // There are more feeds than there were.
            kept = KeptAnswers {
                pause: kept.pause,
                ..KeptAnswers::default()
            };
        }
        kept.most = MostBytes(self.share);
        SweepMemory(Arc::new(std::sync::Mutex::new(kept)))
    }

    /// Writes down what is remembered, where it is other than what is written there.
    pub fn save(&self, bot: &str, source: &Source, memory: &SweepMemory) -> io::Result<()> {
        let path = self.path(bot, &source.name);
        let mut kept = memory.lock();
        // The file also says that there has been a state here.
        if !kept.is_changed && path.exists() {
            return Ok(());
        }
        let content = content(&kept, mark(source));
        kept.is_changed = false;
        drop(kept);
        let written = write(&self.folder, &path, &content);
        if written.is_err() {
            memory.lock().is_changed = true;
        }
        written
    }
}

/// Another configuration may be shown other articles.
fn mark(source: &Source) -> String {
    let source = blake3::hash(format!("{source:?}").as_bytes());
    format!("{VERSION} {}", source.to_hex())
}

fn content(kept: &KeptAnswers, of: String) -> FileContent {
    let page = |(url, page): (&Url, &Aged<KeptPage>)| {
        let headers = page.value.headers.iter();
        let headers = headers.filter(|(name, _)| **name != SET_COOKIE);
        let text = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
        Some(PageEntry {
            url: url.clone(),
            headers: headers
                .filter_map(|(name, value)| Some((name.to_string(), text(value)?)))
                .collect(),
            // What is no text is asked for again.
            body: std::str::from_utf8(&page.value.body).ok()?.to_owned(),
        })
    };
    let detail = |(url, detail): (&Url, &Aged<KeptDetail>)| DetailEntry {
        url: url.clone(),
        unchanged: detail.value.unchanged.clone(),
        item: (*detail.value.item).to_owned(),
    };
    let is_final = |(_, detail): &(&Url, &Aged<KeptDetail>)| detail.value.is_final;
    FileContent {
        of,
        pause: kept.pause.as_ref().map(|pause| PauseEntry {
            feed: pause.feed.clone(),
            until: pause.until_time,
            place: pause.place.clone(),
            status: pause.status.as_u16(),
        }),
        pages: kept.pages.iter().filter_map(page).collect(),
        whole: kept.whole,
        // The others are asked for again.
        details: kept.details.iter().filter(is_final).map(detail).collect(),
    }
}

fn taken(content: FileContent, clock: &Clock) -> KeptAnswers {
    let mut kept = KeptAnswers::default();
    for PageEntry { url, headers, body } in content.pages {
        let headers = headers.iter().filter_map(|(name, value)| {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            Some((name, HeaderValue::from_str(value).ok()?))
        });
        let headers: HeaderMap = headers.collect();
        kept.bytes += super::cost(&url, body.len());
        let body = Bytes::from(body);
        let value = KeptPage { headers, body };
        kept.pages.insert(url, Aged { sweep: 0, value });
    }
    for entry in content.details {
        kept.bytes += super::cost(&entry.url, entry.item.get().len());
        let value = KeptDetail {
            unchanged: entry.unchanged,
            item: entry.item.into(),
            first_seen: 0,
            is_final: true,
        };
        kept.details.insert(entry.url, Aged { sweep: 0, value });
    }
    kept.whole = content.whole;
    kept.pause = content.pause.and_then(|pause| {
        // By the clock of this machine since its start, which nobody sets.
        let left = pause.until.saturating_sub(clock.now());
        Some(Pause {
            feed: pause.feed,
            until: clock
                .uptime()
                .saturating_add(left.min(super::LONGEST_PAUSE_MILLIS)),
            place: pause.place,
            status: StatusCode::from_u16(pause.status).ok()?,
            until_time: pause.until,
        })
    });
    kept
}

/// The content of a file that is whole.
fn read(path: &Path) -> Option<FileContent> {
    let text = fs::read_to_string(path).ok()?;
    let (digest, body) = text.split_once('\n')?;
    let is_whole = blake3::hash(body.as_bytes()).to_hex().as_str() == digest;
    is_whole.then(|| serde_json::from_str(body).ok()).flatten()
}

/// Replaces the file as a whole. Only its owner may read it, as the state beside it.
fn write(folder: &Path, path: &Path, content: &FileContent) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let body = serde_json::to_string(content)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    writeln!(file, "{}", blake3::hash(body.as_bytes()).to_hex())?;
    file.write_all(body.as_bytes())?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
