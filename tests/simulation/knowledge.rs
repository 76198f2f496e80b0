//! The knowledge base of one bot: what its editors mean, and in which files of its export that stands.

use std::collections::{BTreeMap, BTreeSet};

/// Text that Haptik refuses.
pub(crate) const POISON: &str = "POISON";

/// Question and answer as the FAQ CSV carries them.
pub(crate) type Content = (String, String);

/// One article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Article {
    version: u32,
    /// What it is about. It stays when the article gets another id.
    title: String,
    pub(crate) poison: bool,
    /// Its content was there before, so that an older upload may bring it back.
    pub(crate) reverted: bool,
}

/// What is wrong with the export at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Damage {
    /// A file holds no articles.
    Empty,
    /// It breaks off in the middle of an article.
    Truncated,
    /// Some rows cannot be read.
    Garbage,
    /// The folder is not there.
    Gone,
}

/// What becomes of one file of the export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PartState {
    /// Each export writes it.
    There,
    /// It was deleted, and no export writes it until it returns.
    Deleted,
    /// It was moved out of the folder, and comes back as it was.
    Parked,
    /// Somebody has it open, and has written so many of its rows.
    Open(usize),
}

/// One file of the export.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// Relative to the folder.
    pub(crate) path: String,
    pub(crate) state: PartState,
    /// Times that it was given another name.
    pub(crate) renames: u32,
}

impl Part {
    fn new(number: usize) -> Self {
        Self {
            path: Self::named(number, 0),
            state: PartState::There,
            renames: 0,
        }
    }

    /// Every second one stands in a folder of its own.
    pub(crate) fn named(number: usize, renames: u32) -> String {
        let folder = if number % 2 == 1 { "below/" } else { "" };
        format!("{folder}part-{number}-{renames}.csv")
    }
}

/// A file as an export writes it.
#[derive(Debug)]
pub(crate) struct Rendered {
    pub(crate) csv: String,
    /// The articles that can be read in it.
    pub(crate) names: BTreeSet<String>,
    /// What is not read in it may be there all the same.
    pub(crate) hides: bool,
}

/// The knowledge base of one bot.
#[derive(Debug)]
pub(crate) struct Knowledge {
    pub(crate) articles: BTreeMap<String, Article>,
    /// What is wrong with the export, and in which of its files.
    pub(crate) damage: Option<(Damage, usize)>,
    pub(crate) parts: Vec<Part>,
    prefix: String,
    versions: u32,
    next: u32,
    former: BTreeMap<String, Article>,
    /// Articles that were moved to another file.
    moved: BTreeMap<String, usize>,
}

impl Knowledge {
    pub(crate) fn new(prefix: String, articles: u32, parts: usize) -> Self {
        let mut knowledge = Self {
            articles: BTreeMap::new(),
            damage: None,
            parts: (0..parts).map(Part::new).collect(),
            prefix,
            versions: 0,
            next: 0,
            former: BTreeMap::new(),
            moved: BTreeMap::new(),
        };
        for _ in 0..articles {
            knowledge.add(false);
        }
        knowledge
    }

    pub(crate) fn content(article: &Article) -> Content {
        let (version, title) = (article.version, &article.title);
        let poison = if article.poison { POISON } else { "fine" };
        (
            format!("What of {title}?|Tell me about {title}, version {version}"),
            format!("The \"answer\" of {title}, version {version}: {poison}"),
        )
    }

    pub(crate) fn add(&mut self, poison: bool) {
        let name = self.new_name();
        self.put(name, poison);
    }

    fn new_name(&mut self) -> String {
        let name = format!("{}{}", self.prefix, self.next);
        self.next += 1;
        name
    }

    /// Gives an article new content; one that was removed comes back.
    pub(crate) fn put(&mut self, name: String, poison: bool) {
        self.versions += 1;
        let known = self.articles.get(&name);
        let article = Article {
            version: self.versions,
            title: known.map_or_else(|| name.clone(), |known| known.title.clone()),
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

    /// An article is again what it was.
    pub(crate) fn put_back(&mut self, name: String, article: Article) {
        let reverted = true;
        self.articles.insert(
            name,
            Article {
                reverted,
                ..article
            },
        );
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.articles.remove(name);
    }

    /// Gives an article another id; its content stays.
    pub(crate) fn rename(&mut self, name: &str) {
        if self.articles.get(name).is_none_or(|article| article.poison) {
            return;
        }
        let part = self.part_of(name);
        if let Some(article) = self.articles.remove(name) {
            let renamed = self.new_name();
            self.moved.insert(renamed.clone(), part);
            self.articles.insert(renamed, article);
        }
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.articles.keys().cloned().collect()
    }

    pub(crate) fn poisoned(&self) -> BTreeSet<String> {
        let poisoned = self.articles.iter().filter(|(_, article)| article.poison);
        poisoned.map(|(name, _)| name.clone()).collect()
    }

    /// The number of the file that an article stands in.
    pub(crate) fn part_of(&self, name: &str) -> usize {
        let of_number = || {
            let number = name.rsplit('-').next().and_then(|end| end.parse().ok());
            number.unwrap_or(0_usize) % self.parts.len()
        };
        self.moved.get(name).copied().unwrap_or_else(of_number)
    }

    /// The articles of one file.
    pub(crate) fn names_in(&self, part: usize) -> Vec<String> {
        let names = self.articles.keys();
        let of_part = names.filter(|name| self.part_of(name) == part);
        of_part.cloned().collect()
    }

    /// Moves an article to another file.
    pub(crate) fn move_to(&mut self, name: String, part: usize) {
        self.moved.insert(name, part);
    }

    /// Whether the folder is there.
    pub(crate) fn has_folder(&self) -> bool {
        self.damage.is_none_or(|(damage, _)| damage != Damage::Gone)
    }

    /// A file as it is written now; `None`: it holds nothing, and is not written.
    pub(crate) fn render(&self, part: usize, random: &mut fastrand::Rng) -> Option<Rendered> {
        let names = self.names_in(part);
        let is_only = self.articles.is_empty() && part == 0;
        if names.is_empty() && !is_only {
            return None;
        }
        let damage = self.damage.filter(|(_, of)| *of == part);
        let damage = damage.map(|(damage, _)| damage);
        let mut rendered = Rendered {
            csv: String::from("\"id\",\"question\",\"answer\"\n"),
            names: BTreeSet::new(),
            hides: damage.is_some() || names.is_empty(),
        };
        if damage == Some(Damage::Empty) {
            return Some(rendered);
        }
        let cut = (damage == Some(Damage::Truncated)).then(|| random.usize(0..names.len().max(1)));
        let rows = match self.parts[part].state {
            PartState::Open(rows) => rows,
            _ => names.len(),
        };
        for (at, name) in names.iter().take(rows).enumerate() {
            let row = self.row(name);
            if cut == Some(at) {
                rendered.csv.push_str(&row[..row.len() - 10]);
                return Some(rendered);
            }
            if damage == Some(Damage::Garbage) && random.u8(0..4) == 0 {
                let garbage = format!("\"{name}\"\n");
                rendered.csv.push_str(&garbage);
                continue;
            }
            rendered.csv.push_str(&row);
            rendered.csv.push('\n');
            rendered.names.insert(name.clone());
        }
        if damage == Some(Damage::Garbage) {
            let row = "\"a row\",\"with\",\"too\",\"many\",\"cells\"\n";
            rendered.csv.push_str(row);
        }
        Some(rendered)
    }

    fn row(&self, name: &str) -> String {
        let (question, answer) = Self::content(&self.articles[name]);
        let answer = answer.replace('"', "\"\"");
        [name, &question, &answer]
            .map(|cell| format!("\"{cell}\""))
            .join(",")
    }
}
