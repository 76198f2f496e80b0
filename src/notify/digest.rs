//! The mail to an author: which of their articles went live since the last one, and what became of the others. Pure.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::clock::{Millis, rfc3339};
use crate::text::{FEW, Foreign, one_line};

/// Characters of a question, and of why something is as it is.
const QUESTION: usize = 100;
const REASON: usize = 300;

/// What became of an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fate {
    /// It went live.
    Live,
    /// Haptik will not have it.
    Rejected,
    /// It could not be read.
    Skipped,
    /// It, or its removal, is held until a person decides.
    Held,
    /// A person has taken it off the bot, or put an earlier answer back.
    Overruled,
    /// It is live, and the bot does not answer with it.
    NotAnswered,
    /// It is to go live.
    Waiting,
}

impl Fate {
    /// As the first line counts them.
    const fn counted(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Rejected => "rejected",
            Self::Skipped => "skipped",
            Self::Held => "held",
            Self::Overruled => "not as you wrote it",
            Self::NotAnswered => "not answered by the bot",
            Self::Waiting => "waiting",
        }
    }

    /// What stands above them.
    const fn heading(self) -> &'static str {
        match self {
            Self::Live => "Live",
            Self::Rejected => "Rejected by Haptik: change the article",
            Self::Skipped => "Skipped, because they could not be read: change the article",
            Self::Held => "Held until somebody decides",
            Self::Overruled => "Not live as you wrote them, because a person decided so",
            Self::NotAnswered => "Live, but the bot does not answer with them",
            Self::Waiting => "Waiting to go live",
        }
    }
}

/// What became of one article of an author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) bot: String,
    /// The step, or the article where there is none.
    pub(super) name: String,
    /// Its first question, where that is known.
    pub(super) question: Option<String>,
    pub(super) fate: Fate,
    /// Why, or since when; what is cut short or changes automatically is no news.
    pub(super) why: String,
    /// Where to see more.
    pub(super) link: Option<String>,
    /// It is a reason to write.
    pub(super) is_news: bool,
}

impl Entry {
    /// What it is known by when it was told.
    fn mark(&self) -> String {
        let why = match self.fate {
            Fate::Live | Fate::Waiting => "",
            _ => &self.why,
        };
        let fate = self.fate.counted();
        let what = format!("{}\n{}\n{fate}\n{why}", self.bot, self.name);
        format!("{:016x}", xxhash_rust::xxh3::xxh3_64(what.as_bytes()))
    }
}

/// A mail to an author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Digest {
    /// Counts in the first line, and then each article.
    pub(super) words: String,
    /// How many articles.
    pub(super) count: u64,
    /// What is told again only when it changes.
    pub(super) told: Vec<String>,
}

/// What is written to an author; `None`: nothing is new to them.
pub(super) fn digest(entries: &[Entry], told: &[String], since: Millis) -> Option<Digest> {
    let is_new = |entry: &Entry| {
        entry.is_news && (entry.fate == Fate::Live || !told.contains(&entry.mark()))
    };
    if !entries.iter().any(is_new) {
        return None;
    }
    let mut by_fate: BTreeMap<Fate, Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        by_fate.entry(entry.fate).or_default().push(entry);
    }
    let counts = by_fate.iter();
    let counts = counts.map(|(fate, of)| format!("{} {}", of.len(), fate.counted()));
    let mut words = counts.collect::<Vec<_>>().join(", ");
    for (fate, of) in &by_fate {
        let since = match fate {
            Fate::Live => format!(" since {}", rfc3339(since)),
            _ => String::new(),
        };
        let _ = write!(words, "\n\n{}{since}:", fate.heading());
        for entry in of.iter().take(FEW) {
            words.push_str(&line(entry));
        }
        if of.len() > FEW {
            let _ = write!(words, "\n- and {} more", of.len() - FEW);
        }
    }
    let open = entries.iter().filter(|entry| entry.fate != Fate::Live);
    Some(Digest {
        words: Foreign::heard(&words).text,
        count: entries.len() as u64,
        told: open
            .filter(|entry| entry.is_news)
            .map(Entry::mark)
            .collect(),
    })
}

fn line(entry: &Entry) -> String {
    let name = one_line(&entry.name, QUESTION);
    let what = match &entry.question {
        Some(question) => format!("{} ({name}, {})", one_line(question, QUESTION), entry.bot),
        None => format!("{name} ({})", entry.bot),
    };
    let why = one_line(&entry.why, REASON);
    let mut line = format!("\n- {what}: {why}");
    if let Some(link) = &entry.link {
        let _ = write!(line, "\n  {link}");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, fate: Fate, why: &str) -> Entry {
        Entry {
            bot: "acme".into(),
            name: name.into(),
            question: Some(format!("How {name}?\nReally?")),
            fate,
            why: why.into(),
            link: None,
            is_news: true,
        }
    }

    #[test]
    fn an_author_reads_counts_and_then_each_article() {
        let mut skipped = entry("kb-3", Fate::Skipped, "has no answer");
        skipped.question = None;
        let mut live = entry("kb-1", Fate::Live, "since 2026-05-28T20:27:40Z");
        live.link = Some("https://kms.acme.com/steps/acme/kb-1".into());
        let entries = [entry("kb-2", Fate::Rejected, "too long"), live, skipped];
        let digest = digest(&entries, &[], 1_780_000_000_000).unwrap();
        assert_eq!(
            digest.words,
            "1 live, 1 rejected, 1 skipped

Live since 2026-05-28T20:26:40Z:
- How kb-1? Really? (kb-1, acme): since 2026-05-28T20:27:40Z
  https://kms.acme.com/steps/acme/kb-1

Rejected by Haptik: change the article:
- How kb-2? Really? (kb-2, acme): too long

Skipped, because they could not be read: change the article:
- kb-3 (acme): has no answer"
        );
        assert_eq!((digest.count, digest.told.len()), (3, 2));
    }

    #[test]
    fn what_was_told_is_told_again_only_when_it_changes_or_beside_news() {
        let rejected = entry("kb-2", Fate::Rejected, "too long");
        let entries = [rejected.clone()];
        let told = digest(&entries, &[], 0).unwrap().told;
        assert_eq!(digest(&entries, &told, 0), None, "it was told");
        let live = [rejected.clone(), entry("kb-1", Fate::Live, "now")];
        let again = digest(&live, &told, 0).unwrap();
        assert!(again.words.starts_with("1 live, 1 rejected\n"), "{again:?}");
        assert!(
            digest(&live, &again.told, 0).is_some(),
            "live is of this time alone"
        );
        let changed = [entry("kb-2", Fate::Rejected, "too short")];
        assert!(digest(&changed, &told, 0).is_some());
        assert_eq!(digest(&[], &told, 0), None);
        let mut waiting = entry("kb-4", Fate::Waiting, "soon");
        waiting.is_news = false;
        assert_eq!(digest(std::slice::from_ref(&waiting), &[], 0), None);
        let beside = digest(&[waiting, entry("kb-1", Fate::Live, "now")], &[], 0);
        assert!(beside.unwrap().words.starts_with("1 live, 1 waiting\n"));
    }

    #[test]
    fn a_long_list_ends_with_a_count_and_the_whole_has_a_bound() {
        let entries: Vec<Entry> = (0..500)
            .map(|at| entry(&format!("kb-{at:03}"), Fate::Skipped, &"x".repeat(5000)))
            .collect();
        let digest = digest(&entries, &[], 0).unwrap();
        assert!(digest.words.starts_with("500 skipped\n"));
        assert!(digest.words.len() <= crate::text::FOREIGN_LIMIT);
        let short: Vec<Entry> = (0..12)
            .map(|at| entry(&format!("kb-{at}"), Fate::Live, "now"))
            .collect();
        let words = super::digest(&short, &[], 0).unwrap().words;
        assert!(words.ends_with("\n- and 2 more"), "{words}");
    }
}
