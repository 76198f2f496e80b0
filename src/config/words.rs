//! The words that settings take, each with the value that it stands for. The table of settings, the
//! reader and the suggestions follow from it; a value without a word does not compile.

use super::{
    AskMode, Audience, BadRows, FreshUntil, Level, NoAnswerPolicy, NotifyFormat, Read, Removals,
    Repair, Role, Split, UploadEffect,
};
use crate::model::{Body, Sensitive};

/// A value that the configuration writes as one word of several.
pub trait ConfigWord: Copy + 'static {
    /// Every word, in the order of the reference.
    const WORDS: &'static [&'static str];

    /// The value of a word.
    fn from_word(word: &str) -> Option<Self>;

    /// The word of a value; the first of them where it has several.
    fn word(self) -> &'static str;
}

/// Gives an enum its words. `also` are further words of values that have one.
macro_rules! config_words {
    ($type:ty { $($word:literal => $value:ident),+ $(,)? } $(also { $($other:literal => $same:ident),+ $(,)? })?) => {
        impl $crate::config::ConfigWord for $type {
            const WORDS: &'static [&'static str] = &[$($word,)+ $($($other,)+)?];

            fn from_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$value),)+
                    $($($other => Some(Self::$same),)+)?
                    _ => None,
                }
            }

            fn word(self) -> &'static str {
                match self {
                    $(Self::$value => $word,)+
                }
            }
        }
    };
}
pub(crate) use config_words;

/// One list of words after another, of `N` words in all.
pub(crate) const fn joined_words<const N: usize>(
    first: &[&'static str],
    second: &[&'static str],
) -> [&'static str; N] {
    assert!(first.len() + second.len() == N, "a list of another length");
    let mut words = [""; N];
    let mut at = 0;
    while at < N {
        words[at] = if at < first.len() {
            first[at]
        } else {
            second[at - first.len()]
        };
        at += 1;
    }
    words
}

config_words!(UploadEffect { "merge" => Merge, "replace" => Replace });
config_words!(Removals { "blank-row" => BlankRow, "manual" => Manual });
config_words!(Audience { "public" => Public, "any" => Any });
config_words!(Read { "all" => All, "newest" => Newest });
config_words!(BadRows { "skip" => Skip, "stop" => Stop });
config_words!(NoAnswerPolicy { "unpublished" => Unpublished, "reject" => Reject });
config_words!(Split { "none" => None, "headings" => Headings });
config_words!(Role {
    "reader" => Reader,
    "editor" => Editor,
    "approver" => Approver,
    "operator" => Operator,
});
config_words!(NotifyFormat {
    "json" => Json,
    "text" => Text,
    "slack" => Slack,
    "teams" => Teams,
    "email" => Email,
});
config_words!(Body {
    "auto" => Auto,
    "text" => Text,
    "html" => Html,
    "markdown" => Markdown,
    "wikitext" => Wikitext,
});
config_words!(AskMode {
    "off" => Off,
    "webhook" => Webhook,
    "conversation" => Conversation,
});
config_words!(Repair { "tell" => Tell, "resend" => Resend });
config_words!(FreshUntil { "confirmed" => Confirmed, "verified" => Verified });
config_words!(Sensitive {
    "secret" => Secret,
    "card" => Card,
    "national_id" => NationalId,
    "private_address" => PrivateAddress,
    "placeholder" => Placeholder,
});
config_words!(Level {
    "error" => Error,
    "warning" => Warning,
    "note" => Note,
    "off" => Off,
});

/// How links are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkStyle {
    /// As text, with the address after them.
    Text,
    /// As buttons.
    Buttons,
}
config_words!(LinkStyle { "text" => Text, "buttons" => Buttons });

/// How images are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ImageStyle {
    /// By the words in their place.
    Text,
    /// As carousels.
    Carousel,
}
config_words!(ImageStyle { "text" => Text, "carousel" => Carousel });

/// What separates columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delimiter {
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// A tab.
    Tab,
    /// `|`
    Pipe,
}
config_words!(Delimiter { "," => Comma, ";" => Semicolon, "\t" => Tab, "|" => Pipe } also {
    "comma" => Comma,
    "semicolon" => Semicolon,
    "tab" => Tab,
    "pipe" => Pipe,
});

impl Delimiter {
    /// The byte in the file.
    pub(crate) const fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Pipe => b'|',
        }
    }
}

/// How much the daemon logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogLevel {
    /// What failed.
    Error,
    /// What wants attention.
    Warn,
    /// What happened.
    Info,
    /// How it was done.
    Debug,
    /// Everything.
    Trace,
}
config_words!(LogLevel {
    "error" => Error,
    "warn" => Warn,
    "info" => Info,
    "debug" => Debug,
    "trace" => Trace,
});

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use super::*;
    use crate::config::{AuthKind, FormatWord, PagingWord};

    fn check<T: ConfigWord + PartialEq + Debug>() {
        for (at, word) in T::WORDS.iter().enumerate() {
            assert!(!T::WORDS[..at].contains(word), "{word} twice");
            let value = T::from_word(word).expect(word);
            assert_eq!(T::from_word(value.word()), Some(value), "{word}");
        }
        assert_eq!(T::from_word("no such word"), None);
    }

    #[test]
    fn every_word_is_read_and_said_again() {
        check::<UploadEffect>();
        check::<Removals>();
        check::<Audience>();
        check::<Read>();
        check::<BadRows>();
        check::<NoAnswerPolicy>();
        check::<Split>();
        check::<NotifyFormat>();
        check::<Body>();
        check::<Level>();
        check::<Sensitive>();
        check::<LinkStyle>();
        check::<ImageStyle>();
        check::<Delimiter>();
        check::<LogLevel>();
        check::<AuthKind>();
        check::<PagingWord>();
        check::<FormatWord>();
    }

    #[test]
    fn forms_of_messages_are_explained() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/NOTIFICATIONS.md");
        let document = std::fs::read_to_string(path).unwrap();
        for word in NotifyFormat::WORDS {
            assert!(document.contains(&format!("\n**`{word}`**")), "{word}");
        }
    }

    #[test]
    fn ways_of_paging_and_of_auth_are_explained() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/FEEDS.md");
        let document = std::fs::read_to_string(path).unwrap();
        let rows: Vec<&str> = document
            .lines()
            .filter(|line| line.starts_with('|'))
            .collect();
        // Without credentials nothing is sent.
        let auth = AuthKind::WORDS.iter().filter(|word| **word != "none");
        for word in PagingWord::WORDS.iter().chain(auth) {
            let named = format!("`{word}`");
            let is_row = |row: &&str| {
                row.split('|')
                    .nth(1)
                    .is_some_and(|cell| cell.contains(&named))
            };
            assert!(rows.iter().any(is_row), "{word}");
        }
    }
}
