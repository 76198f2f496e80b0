//! Reads `[bot.source.paging]`: how the pages of a feed follow each other.

use reqwest::header::HeaderName;

use crate::config::problem::Reported;
use crate::config::section::ConfigSection;
use crate::config::table::source::pointer;
use crate::config::tree::TomlValue;
use crate::config::{ConfigWord, config_words};

/// `[bot.source.paging]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedPaging {
    /// How the next page is found.
    pub mode: PagingMode,
    /// Where a page tells the number of items on all pages.
    pub total: Counter,
    /// What else a page tells of further pages.
    pub signs: Signs,
}

/// What a page tells of further pages, where the mode itself does not go by it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signs {
    /// The pointer to the next page's address, or whatever stands there while there is one.
    pub next: Option<String>,
    /// The pointer to what is false on the last page.
    pub more: Option<String>,
    /// Where a page tells the number of pages.
    pub pages: Counter,
    /// Whether the usual places are not looked at: `next` was given as empty.
    pub none_usual: bool,
}

/// How the next page is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PagingMode {
    /// There is one page.
    None,
    /// A `Link` header (RFC 8288) with this relation.
    LinkHeader {
        /// The relation.
        rel: String,
    },
    /// A URL in the page, absolute or relative.
    NextUrl {
        /// The pointer to it.
        next: String,
        /// The pointer to what is false on the last page.
        more: Option<String>,
    },
    /// A value in the page that becomes a query parameter.
    Cursor {
        /// The pointer to it.
        next: String,
        /// The pointer to what is false on the last page.
        more: Option<String>,
        /// The parameter.
        parameter: String,
    },
    /// An object in the page whose entries all become query parameters.
    MergeObject {
        /// The pointer to it.
        next: String,
        /// The pointer to what is there once the items of an answer are whole.
        complete: Option<String>,
    },
    /// Pages are counted.
    Page {
        /// The parameter.
        parameter: String,
        /// The first page.
        start: u64,
        /// Where a page tells the number of pages.
        pages: Counter,
    },
    /// Items are counted.
    Offset {
        /// The parameter.
        parameter: String,
        /// The first item.
        start: u64,
    },
}

/// Where a page tells a number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counter {
    /// A pointer into the page.
    pub pointer: Option<String>,
    /// A header.
    pub header: Option<HeaderName>,
}

/// The ways in which pages follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PagingWord {
    None,
    LinkHeader,
    NextUrl,
    Cursor,
    MergeObject,
    Page,
    Offset,
}

config_words!(PagingWord {
    "none" => None,
    "link_header" => LinkHeader,
    "next_url" => NextUrl,
    "cursor" => Cursor,
    "merge_object" => MergeObject,
    "page" => Page,
    "offset" => Offset,
});

impl PagingWord {
    /// The keys that have a meaning with it.
    const fn keys(self) -> &'static [&'static str] {
        match self {
            Self::None => &[],
            Self::LinkHeader => &["rel", "pages", "pages_header"],
            Self::NextUrl => &["next", "more", "pages", "pages_header"],
            Self::Cursor => &["next", "more", "parameter", "pages", "pages_header"],
            Self::MergeObject => &["next", "complete", "pages", "pages_header"],
            Self::Page | Self::Offset => &[
                "parameter",
                "start",
                "next",
                "more",
                "pages",
                "pages_header",
            ],
        }
    }
}

/// Reads how the pages follow each other.
pub(crate) fn paging(section: &ConfigSection<'_, '_>) -> Result<FeedPaging, Reported> {
    let word = section.word("mode");
    let mode = word.and_then(|word| mode(section, word));
    let total = counter(section, "total", "total_header");
    let signs = word.and_then(|word| signs(section, word));
    Ok(FeedPaging {
        mode: mode?,
        total: total?,
        signs: signs?,
    })
}

/// What the mode itself does not go by.
fn signs(section: &ConfigSection<'_, '_>, word: PagingWord) -> Result<Signs, Reported> {
    // Only where pages or items are counted are these signs; else they are the way itself.
    let sign = |key| match word {
        PagingWord::Page | PagingWord::Offset => unless_off(section, key),
        PagingWord::None
        | PagingWord::LinkHeader
        | PagingWord::NextUrl
        | PagingWord::Cursor
        | PagingWord::MergeObject => Ok(None),
    };
    let next = sign("next");
    let more = sign("more");
    let pages = match word {
        PagingWord::None | PagingWord::Page => Ok(Counter::default()),
        PagingWord::LinkHeader
        | PagingWord::NextUrl
        | PagingWord::Cursor
        | PagingWord::MergeObject
        | PagingWord::Offset => counter(section, "pages", "pages_header"),
    };
    Ok(Signs {
        next: next?,
        more: more?,
        pages: pages?,
        none_usual: is_off(section, "next"),
    })
}

/// `""` switches off what a preset has.
fn is_off(section: &ConfigSection<'_, '_>, key: &str) -> bool {
    let given = section.given(key);
    given.is_some_and(|node| matches!(&node.value, TomlValue::Text(text) if text.is_empty()))
}

fn unless_off(section: &ConfigSection<'_, '_>, key: &str) -> Result<Option<String>, Reported> {
    if is_off(section, key) {
        return Ok(None);
    }
    section.optional(key, pointer)
}

fn mode(section: &ConfigSection<'_, '_>, word: PagingWord) -> Result<PagingMode, Reported> {
    let one_page = word == PagingWord::None;
    let is_taken = |key: &&str| {
        // One page may say of a preset that nothing in it is a next one.
        word.keys().contains(key) || (one_page && *key == "next" && is_off(section, "next"))
    };
    let words = PagingWord::WORDS.iter();
    let words = words.filter_map(|word| PagingWord::from_word(word));
    let all = words.flat_map(|word| word.keys().iter().copied());
    for key in all.filter(|key| !is_taken(key)) {
        if section.has(key) {
            let message = format!("`{key}` has no meaning with mode = {:?}", word.word());
            return Err(section.wrong(key, message, format!("take `{key}` out")));
        }
    }
    let more = || unless_off(section, "more");
    let parameter = |usual: &str| {
        let given = section.optional("parameter", ConfigSection::text)?;
        Ok(given.unwrap_or_else(|| usual.to_owned()))
    };
    let start = |usual| {
        Ok(section
            .optional("start", ConfigSection::number)?
            .unwrap_or(usual))
    };
    Ok(match word {
        PagingWord::None => PagingMode::None,
        PagingWord::LinkHeader => PagingMode::LinkHeader {
            rel: section.text("rel")?,
        },
        PagingWord::NextUrl => PagingMode::NextUrl {
            next: pointer(section, "next")?,
            more: more()?,
        },
        PagingWord::Cursor => PagingMode::Cursor {
            next: pointer(section, "next")?,
            more: more()?,
            parameter: parameter("cursor")?,
        },
        PagingWord::MergeObject => PagingMode::MergeObject {
            next: pointer(section, "next")?,
            complete: unless_off(section, "complete")?,
        },
        PagingWord::Page => PagingMode::Page {
            parameter: parameter("page")?,
            start: start(1)?,
            pages: counter(section, "pages", "pages_header")?,
        },
        PagingWord::Offset => PagingMode::Offset {
            parameter: parameter("offset")?,
            start: start(0)?,
        },
    })
}

fn counter(
    section: &ConfigSection<'_, '_>,
    in_page: &str,
    header: &str,
) -> Result<Counter, Reported> {
    let found = unless_off(section, in_page);
    let header = if is_off(section, header) {
        Ok(None)
    } else {
        section.optional(header, header_name)
    };
    Ok(Counter {
        pointer: found?,
        header: header?,
    })
}

/// The name of a header.
pub(crate) fn header_name(
    section: &ConfigSection<'_, '_>,
    key: &str,
) -> Result<HeaderName, Reported> {
    let text = section.text(key)?;
    text.parse().map_err(|_| {
        let message = format!("`{key}` is not the name of a header");
        section.wrong(key, message, "for example \"X-Total-Count\"")
    })
}

#[cfg(test)]
mod tests {
    use super::PagingWord;
    use crate::config::{ConfigWord as _, settings};

    #[test]
    fn every_key_of_a_mode_is_a_setting() {
        let words = PagingWord::WORDS.iter();
        for word in words.filter_map(|word| PagingWord::from_word(word)) {
            for key in word.keys() {
                let name = format!("bot[].source[].paging.{key}");
                assert!(settings::find(&name).is_some(), "{name} is no setting");
            }
        }
    }
}
