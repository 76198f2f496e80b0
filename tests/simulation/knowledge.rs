//! The knowledge base of one bot and the export that the daemon reads: what its editors mean, and
//! what becomes of it on the way to the folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use kms_haptik_sync::clock::Clock;

/// Text that Haptik refuses.
pub(crate) const POISON: &str = "POISON";

/// Question and answer as the FAQ CSV carries them.
pub(crate) type Content = (String, String);

/// One article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Article {
    version: u32,
    pub(crate) poison: bool,
    /// Its content was there before, so that an older upload may bring it back.
    pub(crate) reverted: bool,
}

/// What is wrong with the export at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Damage {
    /// It holds no articles.
    Empty,
    /// It breaks off in the middle of an article.
    Truncated,
    /// Some rows cannot be read.
    Garbage,
    /// The folder is not there.
    Gone,
}

/// The knowledge base of one bot.
#[derive(Debug)]
pub(crate) struct Knowledge {
    pub(crate) articles: BTreeMap<String, Article>,
    pub(crate) damage: Option<Damage>,
    prefix: String,
    folder: PathBuf,
    versions: u32,
    next: u32,
    former: BTreeMap<String, Article>,
}

impl Knowledge {
    pub(crate) fn new(prefix: String, folder: PathBuf, articles: u32) -> Self {
        let mut knowledge = Self {
            articles: BTreeMap::new(),
            damage: None,
            prefix,
            folder,
            versions: 0,
            next: 0,
            former: BTreeMap::new(),
        };
        for _ in 0..articles {
            knowledge.add(false);
        }
        knowledge
    }

    pub(crate) fn content(name: &str, article: &Article) -> Content {
        let version = article.version;
        let poison = if article.poison { POISON } else { "fine" };
        (
            format!("What of {name}?|Tell me about {name}, version {version}"),
            format!("The \"answer\" of {name}, version {version}: {poison}"),
        )
    }

    pub(crate) fn add(&mut self, poison: bool) {
        let name = format!("{}{}", self.prefix, self.next);
        self.next += 1;
        self.put(name, poison);
    }

    /// Gives an article new content; one that was removed comes back.
    pub(crate) fn put(&mut self, name: String, poison: bool) {
        self.versions += 1;
        let article = Article {
            version: self.versions,
            poison,
            reverted: false,
        };
        if let Some(former) = self.articles.insert(name.clone(), article) {
            self.former.insert(name, former);
        }
    }

    /// Takes back the last edit of an article.
    pub(crate) fn revert(&mut self, name: &str) {
        if let (Some(former), Some(now)) = (self.former.get(name), self.articles.get_mut(name)) {
            *now = Article {
                reverted: true,
                ..former.clone()
            };
        }
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.articles.remove(name);
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.articles.keys().cloned().collect()
    }

    pub(crate) fn poisoned(&self) -> BTreeSet<String> {
        let poisoned = self.articles.iter().filter(|(_, article)| article.poison);
        poisoned.map(|(name, _)| name.clone()).collect()
    }

    /// Writes the export, with its damage.
    pub(crate) fn export(&self, clock: &Clock, random: &mut fastrand::Rng) {
        if self.damage == Some(Damage::Gone) {
            // Where the folder is not there, there is nothing to remove either.
            std::fs::remove_dir_all(&self.folder).ok();
            return;
        }
        std::fs::create_dir_all(&self.folder).expect("a folder");
        let path = self.folder.join("export.csv");
        std::fs::write(&path, self.csv(random)).expect("an export");
        let now = u64::try_from(clock.now()).expect("after 1970");
        let file = std::fs::File::options().write(true).open(&path);
        file.and_then(|file| file.set_modified(UNIX_EPOCH + Duration::from_millis(now)))
            .expect("a time");
    }

    fn csv(&self, random: &mut fastrand::Rng) -> String {
        let mut csv = String::from("\"id\",\"question\",\"answer\"\n");
        if self.damage == Some(Damage::Empty) {
            return csv;
        }
        let cut = (self.damage == Some(Damage::Truncated))
            .then(|| random.usize(0..self.articles.len().max(1)));
        for (at, (name, article)) in self.articles.iter().enumerate() {
            let (question, answer) = Self::content(name, article);
            let answer = answer.replace('"', "\"\"");
            let row = [name.as_str(), &question, &answer].map(|cell| format!("\"{cell}\""));
            if cut == Some(at) {
                let row = row.join(",");
                csv.push_str(&row[..row.len() - answer.len() / 2]);
                return csv;
            }
            let unreadable = self.damage == Some(Damage::Garbage) && random.u8(0..4) == 0;
            csv.push_str(&row[..if unreadable { 1 } else { 3 }].join(","));
            csv.push('\n');
        }
        if self.damage == Some(Damage::Garbage) {
            csv.push_str("\"a row\",\"with\",\"too\",\"many\",\"cells\"\n");
        }
        csv
    }
}
