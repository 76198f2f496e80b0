//! What the knowledge base of a bot holds: articles and the version of each, how they are exported,
//! and what must be live at last.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kms_haptik_sync::config::UploadEffect;

/// How the articles get to the daemon.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Way {
    /// One file, renamed into place.
    File,
    /// Several files, which get other names and move to other folders.
    Files,
    Feed,
}

pub(crate) struct Bot {
    pub(crate) name: &'static str,
    pub(crate) effect: UploadEffect,
    pub(crate) way: Way,
}

pub(crate) const BOTS: [Bot; 2] = [
    Bot {
        name: "soak_merge",
        effect: UploadEffect::Merge,
        way: Way::File,
    },
    Bot {
        name: "soak_replace",
        effect: UploadEffect::Replace,
        way: Way::File,
    },
];

/// They come along where it is measured.
pub(crate) const MORE: [Bot; 2] = [
    Bot {
        name: "soak_files",
        effect: UploadEffect::Merge,
        way: Way::Files,
    },
    Bot {
        name: "soak_feed",
        effect: UploadEffect::Merge,
        way: Way::Feed,
    },
];

/// Versions by the number of an article.
pub(crate) type Articles = BTreeMap<u32, u32>;

const FEWEST: usize = 6;
const PARTS: u32 = 10;

pub(crate) struct Knowledge {
    way: Way,
    folder: PathBuf,
    articles: Arc<Mutex<Articles>>,
    /// Where the parts of an export lie.
    parts: Vec<PathBuf>,
    next: u32,
    most: usize,
}

impl Knowledge {
    /// With so many articles, and at most twice as many later on.
    pub(crate) fn new(way: Way, folder: PathBuf, count: u32) -> Self {
        let parts = (0..PARTS).map(|part| format!("part-{part}.csv").into());
        let knowledge = Self {
            way,
            folder,
            articles: Arc::new(Mutex::new((0..count).map(|at| (at, 0)).collect())),
            parts: parts.collect(),
            next: count,
            most: 2 * count as usize,
        };
        knowledge.export();
        knowledge
    }

    /// The same articles, for whoever serves them.
    pub(crate) fn shared(&self) -> Arc<Mutex<Articles>> {
        self.articles.clone()
    }

    /// A change that an editor makes.
    pub(crate) fn edit(&mut self, random: &mut fastrand::Rng) {
        let mut articles = lock(&self.articles);
        let version = random.u32(0..1_000_000);
        let known = articles.keys().nth(random.usize(0..articles.len()));
        let known = known.copied().unwrap_or(0);
        match random.u32(0..10) {
            0..6 => {
                articles.insert(known, version);
            }
            6..8 if articles.len() < self.most => {
                articles.insert(self.next, version);
                self.next += 1;
            }
            _ if articles.len() >= FEWEST => {
                articles.remove(&known);
            }
            _ => {}
        }
    }

    /// A number that an article has, or had.
    pub(crate) fn any(&self, random: &mut fastrand::Rng) -> u32 {
        let articles = lock(&self.articles);
        let last = articles.keys().next_back().copied().unwrap_or(0);
        random.u32(0..=last)
    }

    /// Writes it the way a careful KMS does: beside it, then renamed into place.
    pub(crate) fn export(&self) {
        let articles = lock(&self.articles);
        match self.way {
            Way::File => write(&self.folder.join("export.csv"), articles.iter()),
            Way::Files => {
                for (number, part) in (0..).zip(&self.parts) {
                    let own = articles.iter().filter(|(at, _)| *at % PARTS == number);
                    write(&self.folder.join(part), own);
                }
            }
            Way::Feed => {}
        }
    }

    /// Gives a part another name, mostly in another folder.
    pub(crate) fn rename(&mut self, random: &mut fastrand::Rng) {
        if self.way != Way::Files {
            return;
        }
        let part = random.usize(0..self.parts.len());
        let name = format!(
            "folder-{}/part-{part}-{}.csv",
            random.u8(0..20),
            random.u8(..)
        );
        let to = self.folder.join(&name);
        let from = self.folder.join(&self.parts[part]);
        std::fs::create_dir_all(to.parent().unwrap_or(&self.folder)).expect("a folder");
        std::fs::rename(&from, to).expect("the export");
        self.parts[part] = name.into();
        if let Some(left) = from.parent().filter(|left| *left != self.folder) {
            // Only where it is empty.
            let _ = std::fs::remove_dir(left);
        }
    }

    /// The answers that must be live, by the name of the step.
    pub(crate) fn wanted(&self) -> BTreeMap<String, String> {
        let articles = lock(&self.articles);
        let step = |(article, version): (&u32, &u32)| (name(*article), answer(*article, *version));
        articles.iter().map(step).collect()
    }
}

pub(crate) fn lock(articles: &Mutex<Articles>) -> MutexGuard<'_, Articles> {
    articles.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn name(article: u32) -> String {
    format!("kb-{article}")
}

pub(crate) fn question(article: u32) -> String {
    format!("Question {article}?")
}

pub(crate) fn answer(article: u32, version: u32) -> String {
    format!("Answer {article} in version {version}")
}

fn write<'a>(path: &Path, articles: impl Iterator<Item = (&'a u32, &'a u32)>) {
    let mut text = String::from("id,title,body\n");
    for (article, version) in articles {
        let (name, question) = (name(*article), question(*article));
        let _ = writeln!(text, "{name},{question},{}", answer(*article, *version));
    }
    let beside = path.with_extension("csv.part");
    std::fs::write(&beside, text).expect("the export");
    std::fs::rename(&beside, path).expect("the export");
}
