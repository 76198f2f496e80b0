//! How keys tell which article they belong to, and what of it they hold: by their usual ends, or by the
//! patterns that the configuration gives, such as `{n}_title`. Pure.

use std::borrow::Cow;

use crate::config::Fields;
use crate::intake::table::{ANSWER, QUESTION, holds_more_questions, same_name};

/// The patterns of a source.
#[derive(Default)]
pub(crate) struct KeyPatterns<'f> {
    configured: Vec<KeyPattern<'f>>,
    /// Under which names an article then has what the keys hold.
    names: Option<Fields>,
}

/// What stands before and after the id in a key, and which field that key holds.
struct KeyPattern<'f> {
    before: &'f str,
    after: &'f str,
    field: String,
}

impl<'f> KeyPatterns<'f> {
    /// Those that are configured, or why they say nothing of keys.
    pub(crate) fn of(fields: Option<&'f Fields>) -> Result<Self, String> {
        let Some(fields) = fields else {
            return Ok(Self::default());
        };
        for (name, given) in [
            ("id", !fields.id.is_empty()),
            ("question_else", !fields.question_else.is_empty()),
            ("answer_else", !fields.answer_else.is_empty()),
            ("url", fields.url.is_some()),
            ("author", fields.author.is_some()),
            ("quick_replies", !fields.quick_replies.is_empty()),
        ] {
            if given {
                return Err(format!(
                    "is a file of keys and values, where `{name}` in [bot.source.fields] has no meaning: the id is what stands for {{n}} in `question` and `answer`; take `{name}` out"
                ));
            }
        }
        let mut configured = Vec::new();
        let mut of_role = |role: &str, names: &'f [String]| {
            if names.is_empty() {
                return Err(not_a_pattern(role, role));
            }
            let mut used = Vec::new();
            for (number, name) in (1..).zip(names) {
                let field = format!("{role}_{number}");
                for name in fields.names_of(name) {
                    let (before, after) = around(name).ok_or_else(|| not_a_pattern(role, name))?;
                    configured.push(KeyPattern {
                        before,
                        after,
                        field: field.clone(),
                    });
                }
                used.push(field);
            }
            Ok(used)
        };
        let names = Fields {
            id: vec!["id".to_owned()],
            question: of_role("question", &fields.question)?,
            answer: of_role("answer", &fields.answer)?,
            ..Fields::default()
        };
        Ok(Self {
            configured,
            names: Some(names),
        })
    }

    /// The names of the fields, where they are not the usual ones.
    pub(crate) fn names(&self) -> Option<&Fields> {
        self.names.as_ref()
    }

    /// The id in a key, and the field that it holds; `None` for other settings.
    pub(crate) fn parts<'k>(&self, key: &'k str) -> Option<(&'k str, Cow<'k, str>)> {
        if !self.configured.is_empty() {
            return self.configured.iter().find_map(|pattern| {
                let id = key.strip_prefix(pattern.before)?;
                let id = id.strip_suffix(pattern.after)?;
                (!id.is_empty()).then(|| (id, Cow::Owned(pattern.field.clone())))
            });
        }
        let (id, field) = key
            .rsplit_once('.')
            .filter(|(_, field)| is_field(field))
            .or_else(|| numbered(key))?;
        Some((id, Cow::Borrowed(field)))
    }
}

/// `1_title` and `faq-1-answer`. Without a number such keys mostly are the labels of an application.
fn numbered(key: &str) -> Option<(&str, &str)> {
    let (id, field) = key.rsplit_once(['_', '-'])?;
    let has_number = id.contains(|letter: char| letter.is_ascii_digit());
    (has_number && is_field(field)).then_some((id, field))
}

fn is_field(name: &str) -> bool {
    // A letter mostly is one of several choices.
    let usual = QUESTION.iter().chain(&ANSWER);
    let mut usual = usual.filter(|usual| usual.len() > 1);
    usual.any(|usual| same_name(usual, name)) || holds_more_questions(name)
}

/// What stands around the one placeholder of a pattern.
fn around(pattern: &str) -> Option<(&str, &str)> {
    let (before, rest) = pattern.split_once('{')?;
    let (_, after) = rest.split_once('}')?;
    let is_bare = before.is_empty() && after.is_empty();
    (!is_bare && !after.contains('{')).then_some((before, after))
}

fn not_a_pattern(role: &str, name: &str) -> String {
    format!(
        "is a file of keys and values, and `{name}` in [bot.source.fields] does not say which key belongs to which article; write a pattern, for example {role} = \"{{n}}_{name}\""
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_tell_their_article_by_themselves_or_by_a_pattern() {
        let configured = Fields {
            question: vec!["q{n}".to_owned(), "faq.{n}.also".to_owned()],
            answer: vec!["a{n}".to_owned()],
            alternatives: [("a{n}".to_owned(), vec!["reply_{n}".to_owned()])].into(),
            ..Fields::default()
        };
        for (fields, key, expected) in [
            (None, "faq.1.question", Some(("faq.1", "question"))),
            (None, "help.Title", Some(("help", "Title"))),
            (None, "1_title", Some(("1", "title"))),
            (None, "faq-12-answer", Some(("faq-12", "answer"))),
            (None, "page_title", None),
            (None, "faq.1.color", None),
            (Some(&configured), "q7", Some(("7", "question_1"))),
            (Some(&configured), "faq.7.also", Some(("7", "question_2"))),
            (Some(&configured), "a7", Some(("7", "answer_1"))),
            (Some(&configured), "reply_7", Some(("7", "answer_1"))),
            (Some(&configured), "faq.7.question", None),
            (Some(&configured), "q", None),
        ] {
            let patterns = KeyPatterns::of(fields).unwrap_or_else(|error| panic!("{error}"));
            let found = patterns.parts(key);
            let found = found.as_ref().map(|(id, field)| (*id, &**field));
            assert_eq!(found, expected, "{key}");
        }
    }

    #[test]
    fn what_says_nothing_of_keys_is_an_error() {
        let id = Fields {
            id: vec!["nr".to_owned()],
            ..Fields::default()
        };
        let both = |question: &str, answer: &str| Fields {
            question: vec![question.to_owned()],
            answer: vec![answer.to_owned()],
            ..Fields::default()
        };
        let half = Fields {
            question: vec!["{n}_q".to_owned()],
            ..Fields::default()
        };
        let (plain, only) = (both("{n}_q", "text"), both("{n}", "{n}_a"));
        for (fields, part) in [
            (id, "`id` in [bot.source.fields] has no meaning"),
            (plain, "answer = \"{n}_text\""),
            (only, "write a pattern"),
            (half, "answer = \"{n}_answer\""),
        ] {
            let error = KeyPatterns::of(Some(&fields)).err().unwrap();
            assert!(error.contains(part), "{error}");
        }
    }
}
