//! Why a sweep does not say what is absent, and the words for it. Pure.

use reqwest::Url;

use super::error::place;
use crate::config::Counter;

/// Why a list that was read to its end may hold more than came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Doubt {
    /// The list.
    pub(crate) place: String,
    /// What did not fit.
    pub(crate) kind: DoubtKind,
}

/// What did not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DoubtKind {
    /// One page told of another number of items than the one before.
    Retold {
        /// As before.
        before: u64,
        /// As now.
        now: u64,
    },
    /// Articles came again on a later page, so others may have slipped past unseen.
    Twice {
        /// How many.
        count: usize,
        /// One of them.
        id: Option<String>,
        /// The pages on which that one came.
        pages: (u64, u64),
    },
    /// Page after page brought nothing new.
    Stalled {
        /// How many in a row.
        pages: u64,
        /// What says that there is more, as a setting.
        setting: &'static str,
    },
    /// The list ended before the number of pages that it told of.
    Pages {
        /// As it told.
        told: u64,
        /// As it was.
        read: u64,
    },
    /// Another number of items came than it told of.
    Count {
        /// As it told.
        told: u64,
        /// As it was.
        found: u64,
        /// The setting that points at that number.
        setting: &'static str,
    },
    /// Only the first page was read, and it says that there are more.
    Cut {
        /// Where it says so.
        at: &'static str,
    },
}

/// The setting behind a counter.
pub(crate) fn setting(counter: &Counter, names: [&'static str; 2]) -> &'static str {
    names[usize::from(counter.pointer.is_none() && counter.header.is_some())]
}

impl Doubt {
    pub(crate) fn of(url: &Url, kind: DoubtKind) -> Self {
        let place = place(url);
        Self { place, kind }
    }

    /// What is said of a source whose list did not fit, and did not when it was read again.
    pub(crate) fn words(&self) -> String {
        format!(
            "{} {}, and so it was when everything was read again. What was read goes out, and no answer of this source is removed until its list is read without this. {}",
            self.place,
            self.cause(),
            self.remedy()
        )
    }

    /// What did not fit.
    pub(crate) fn cause(&self) -> String {
        match &self.kind {
            DoubtKind::Retold { before, now } => {
                format!("told of {before} items on one page and of {now} on the next")
            }
            DoubtKind::Twice { count, id, pages } => {
                let (first, last) = pages;
                let articles = match count {
                    1 => "an article".to_owned(),
                    count => format!("{count} articles"),
                };
                let one = id.as_ref().map_or_else(String::new, |id| format!("{id} "));
                format!("brought {articles} twice ({one}on page {first} and page {last})")
            }
            DoubtKind::Stalled { pages, .. } => {
                format!("says that there is more, and {pages} pages in a row brought nothing new")
            }
            DoubtKind::Pages { told, read } => {
                format!("tells of {told} pages, and ended after {read}")
            }
            DoubtKind::Count { told, found, .. } => {
                format!("tells of {told} items, and {found} different ones came")
            }
            DoubtKind::Cut { at } => format!("says at `{at}` that there are more pages than one"),
        }
    }

    fn remedy(&self) -> String {
        match &self.kind {
            DoubtKind::Retold { .. } => {
                "If it stays so while nobody edits, the number is not one of this list: switch it off with total = \"\" (or total_header = \"\") in [bot.source.paging]".to_owned()
            }
            DoubtKind::Twice { .. } => {
                "If it stays so while nobody edits, the list has no fixed order: sort it by a unique key in `query`, such as the id. Where an article comes once for each language, add the language to `id` in `fields`".to_owned()
            }
            DoubtKind::Stalled { setting, .. } => format!(
                "If that is all there is, switch off what says otherwise with {setting} = \"\" in [bot.source.paging]"
            ),
            DoubtKind::Pages { .. } => {
                "If that is all there is, switch that number off with pages = \"\" (or pages_header = \"\") in [bot.source.paging]".to_owned()
            }
            DoubtKind::Count { setting, .. } => format!(
                "If `{setting}` is always too high or too low, because it counts what this account is not shown, switch it off with {setting} = \"\" in [bot.source.paging]; otherwise sort the list by a unique key in `query`"
            ),
            DoubtKind::Cut { .. } => {
                "Say in [bot.source.paging] how the pages follow each other (docs/FEEDS.md), or, if one page holds everything, next = \"\"".to_owned()
            }
        }
    }
}
