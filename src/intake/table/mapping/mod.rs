//! Which column of a delimited file, or which key of a JSON item, holds what: as configured, or
//! recognised by its usual name. Pure.

mod likely;
mod no_pair;
mod told;

use std::collections::HashMap;

use super::usual_names::{
    ANSWERS, IDS, NameSearch, QUESTIONS, RoleNames, is_among, letters, same_name,
};
use crate::config::Fields;
use crate::model::Markup;
pub(crate) use likely::{more_answers, says_correct};
pub(crate) use no_pair::NoPair;
pub(crate) use told::{choices, lacking_id, missing, missing_pair, shown, unclear_answer};

const MORE_QUESTIONS: [&str; 13] = [
    "questions",
    "other_questions",
    "variants",
    "variations",
    "question_variations",
    "similar_questions",
    "paraphrases",
    "utterances",
    "training_phrases",
    "alternate_questions",
    "alternative_questions",
    "rephr",
    "rephrasings",
];
/// Columns of the FAQ format beside the three: the vendor's page lists them, the API has no use for them.
const VENDOR_EXTRAS: [&str; 4] = ["quick_replies", "link_text", "link_button", "link_url"];

/// The columns of one delimited file, by position.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Columns {
    pub(crate) id: Vec<usize>,
    /// Nothing is called an id, so that the first question serves as it.
    pub(crate) question_is_id: bool,
    pub(crate) question: Vec<usize>,
    pub(crate) question_else: Vec<usize>,
    pub(crate) answer: Vec<usize>,
    pub(crate) answer_else: Vec<usize>,
    pub(crate) markup: Markup,
    pub(crate) url: Option<usize>,
    pub(crate) author: Option<usize>,
    pub(crate) quick_replies: Vec<usize>,
    /// Columns of the FAQ format that have no place in an upload.
    pub(crate) vendor_extras: Vec<usize>,
    /// The column that says whether a row is no translation.
    pub(crate) is_master: Option<usize>,
}

/// Finds the columns, or says what is missing and how to configure it.
pub(crate) fn columns(fields: Option<&Fields>, header: &[String]) -> Result<Columns, String> {
    if told::are_side_by_side(header) {
        return Err(told::side_by_side(header));
    }
    let default = Fields::default();
    let fields = fields.unwrap_or(&default);
    let id = match fields.id.as_slice() {
        [] => usual(&IDS, header)?.map(|at| vec![at]),
        names => Some(all_named("id", names, fields, header)?),
    };
    let question = match fields.question.as_slice() {
        [] => usual_questions(header),
        names => all_named("question", names, fields, header),
    };
    let answer = match fields.answer.as_slice() {
        [] => usual_answers(header),
        names => all_named("answer", names, fields, header),
    };
    let (id, question, answer, question_is_id) = match id {
        Some(id) => (id, question?, answer?, false),
        None => match (question, answer) {
            (Ok(question), Ok(answer)) if are_certain(fields, &question, &answer, header) => {
                (question[..1].to_vec(), question, answer, true)
            }
            (question, answer) => {
                let name = |found: Result<Vec<usize>, String>| {
                    let first = found.ok().and_then(|found| found.first().copied());
                    first.map(|at| header[at].as_str())
                };
                let said = told::no_header(header);
                return Err(
                    said.unwrap_or_else(|| missing_pair(name(question), name(answer), header))
                );
            }
        },
    };
    let url = fields
        .url
        .as_ref()
        .map(|name| named("url", name, fields, header));
    // Whoever wrote it decides nothing about the article, so a file may well lack it.
    let author = fields.author.as_ref();
    let author = author.and_then(|name| named("author", name, fields, header).ok());
    let quick_replies = all_named("quick_replies", &fields.quick_replies, fields, header)?;
    let is = |at: usize, name: &str| same_name(&header[at], name);
    let is_faq = matches!(id.as_slice(), [id] if is(*id, "node_name"))
        && is(question[0], "question")
        && (question.len() == 1 || fields.question.is_empty())
        && answer.len() == 1
        && is(answer[0], "answer");
    Ok(Columns {
        id,
        question_is_id,
        question,
        question_else: all_named("question", &fields.question_else, fields, header)?,
        answer,
        answer_else: all_named("answer", &fields.answer_else, fields, header)?,
        markup: if is_faq {
            Markup::Faq
        } else {
            Markup::Variants
        },
        vendor_extras: if is_faq {
            let mut extras = positions(header, |name| {
                VENDOR_EXTRAS.iter().any(|extra| same_name(name, extra))
            });
            extras.retain(|at| !quick_replies.contains(at));
            extras
        } else {
            Vec::new()
        },
        url: url.transpose()?,
        author,
        quick_replies,
        is_master: None,
    })
}

/// Whether a column of this name holds questions beside the first.
pub(crate) fn holds_more_questions(name: &str) -> bool {
    lists_questions(name) || is_numbered(&QUESTIONS, name)
}

/// Whether a column of this name holds several questions in a cell.
pub(crate) fn lists_questions(name: &str) -> bool {
    MORE_QUESTIONS.iter().any(|more| same_name(name, more))
}

/// Whether a name is one of a role that says it surely, with a number behind.
fn is_numbered(names: &RoleNames, name: &str) -> bool {
    let stem = name.trim().trim_end_matches(|c: char| c.is_ascii_digit());
    stem.len() < name.trim().len() && names.is_certain(stem)
}

/// The position of a column that decides which rows count.
pub(crate) fn column(name: &str, header: &[String]) -> Result<usize, String> {
    find(name, header)?.ok_or_else(|| {
        format!(
            "has no column `{name}`, which decides what counts; found {}. Correct `keep` or `locale_field`, or let the knowledge base export that column",
            shown(header)
        )
    })
}

/// The position of a configured column: written exactly so, or else alike; where there is none, of the
/// first of those that may stand for it.
fn named(role: &str, name: &str, fields: &Fields, header: &[String]) -> Result<usize, String> {
    let names: Vec<&str> = fields.names_of(name).collect();
    for name in &names {
        if let Some(found) = find(name, header)? {
            return Ok(found);
        }
    }
    Err(missing(role, &names, header))
}

fn find(name: &str, header: &[String]) -> Result<Option<usize>, String> {
    let exact = positions(header, |column| column == name.trim());
    let found = if exact.is_empty() {
        positions(header, |column| same_name(column, name))
    } else {
        exact
    };
    one(name, &found)
}

/// The positions of configured columns.
pub(crate) fn all_named(
    role: &str,
    names: &[String],
    fields: &Fields,
    header: &[String],
) -> Result<Vec<usize>, String> {
    let names = names.iter();
    names
        .map(|name| named(role, name, fields, header))
        .collect()
}

/// Without ids, columns that may hold anything are not enough to make articles of a table: one of the
/// two has to be called a question or an answer, or to be named in the configuration.
fn are_certain(fields: &Fields, question: &[usize], answer: &[usize], header: &[String]) -> bool {
    !fields.question.is_empty()
        || !fields.answer.is_empty()
        || question.iter().any(|at| QUESTIONS.is_certain(&header[*at]))
        || answer.iter().any(|at| ANSWERS.is_certain(&header[*at]))
}

/// The position of the column with a usual name of this role.
pub(crate) fn usual(names: &'static RoleNames, header: &[String]) -> Result<Option<usize>, String> {
    for search in names.searches() {
        let found = match search {
            NameSearch::Ranked(names) => ranked(names, header)?,
            NameSearch::Equal(names) => {
                one_of(&positions(header, |name| is_among(names, name)), header)?
            }
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

fn ranked(names: &[&str], header: &[String]) -> Result<Option<usize>, String> {
    for name in names {
        let found = positions(header, |column| same_name(column, name));
        if let Some(position) = one(name, &found)? {
            return Ok(Some(position));
        }
    }
    Ok(None)
}

fn usual_questions(header: &[String]) -> Result<Vec<usize>, String> {
    let mut found: Vec<usize> = usual(&QUESTIONS, header)?.into_iter().collect();
    let mut met: HashMap<String, usize> = HashMap::new();
    for position in positions(header, holds_more_questions) {
        let name = &header[position];
        if let Some(first) = met.insert(letters(name).collect(), position) {
            one(&header[first], &[first, position])?;
        }
        found.push(position);
    }
    if found.is_empty() {
        Err(missing("question", QUESTIONS.english, header))
    } else {
        Ok(found)
    }
}

/// The answer, and what is numbered as more of it. Where a column says which of them is correct, they are
/// the choices of a quiz.
fn usual_answers(header: &[String]) -> Result<Vec<usize>, String> {
    let found = usual(&ANSWERS, header)?;
    if let Some(at) = found
        && let Some(rival) = ANSWERS.rival(&header[at], header)
    {
        return Err(unclear_answer(&header[at], rival));
    }
    let mut all: Vec<usize> = found.into_iter().collect();
    all.extend(positions(header, |name| is_numbered(&ANSWERS, name)));
    let is_quiz = all.len() > 1 && says_correct(header).is_some();
    if all.is_empty() || is_quiz {
        return Err(missing("answer", ANSWERS.english, header));
    }
    Ok(all)
}

/// Where the columns with such names are. A sheet may have thousands that have none.
pub(crate) fn positions(header: &[String], wanted: impl Fn(&str) -> bool) -> Vec<usize> {
    let named = header.iter().enumerate();
    named
        .filter(|(_, name)| !name.is_empty() && wanted(name))
        .map(|(at, _)| at)
        .collect()
}

fn one(name: &str, found: &[usize]) -> Result<Option<usize>, String> {
    match found {
        [] => Ok(None),
        [position] => Ok(Some(*position)),
        [first, second, ..] => Err(format!(
            "has the column `{name}` more than once (columns {} and {}), and it is unclear which counts; rename or delete one of them",
            first + 1,
            second + 1
        )),
    }
}

/// The one column of those whose names say the same in different languages.
fn one_of(found: &[usize], header: &[String]) -> Result<Option<usize>, String> {
    match found {
        [] => Ok(None),
        [position] => Ok(Some(*position)),
        [first, second, ..] => Err(format!(
            "has both `{}` and `{}`, and it is unclear which counts; name the columns of one language in [bot.source.fields]",
            header[*first], header[*second]
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn fields(id: Option<&str>, question: &[&str], answer: &[&str]) -> Fields {
        Fields {
            id: id.map(str::to_owned).into_iter().collect(),
            question: header(question),
            answer: header(answer),
            ..Fields::default()
        }
    }

    #[test]
    fn usual_names_are_recognised() {
        type Case<'a> = (&'a [&'a str], usize, &'a [usize], usize, Markup);
        let cases: [Case; 8] = [
            (
                &["node_name", "question", "answer"],
                0,
                &[1],
                2,
                Markup::Faq,
            ),
            (
                &["answer", "Question", "Node Name"],
                2,
                &[1],
                0,
                Markup::Faq,
            ),
            (&["id", "title", "body"], 0, &[1], 2, Markup::Variants),
            (
                &["ArticleID", "QUESTION", "content"],
                0,
                &[1],
                2,
                Markup::Variants,
            ),
            (
                &["slug", "number", "title", "text", "body"],
                1,
                &[2],
                4,
                Markup::Variants,
            ),
            (
                &["key", "question_1", "question 2", "answer"],
                0,
                &[1, 2],
                3,
                Markup::Variants,
            ),
            (
                &["id", "question", "other-questions", "answer"],
                0,
                &[1, 2],
                3,
                Markup::Variants,
            ),
            (&["id", "questions", "answer"], 0, &[1], 2, Markup::Variants),
        ];
        for (names, id, question, answer, markup) in cases {
            let found = columns(None, &header(names)).unwrap();
            assert_eq!(found.id, [id], "{names:?}");
            assert_eq!(found.question, question, "{names:?}");
            assert_eq!(found.answer, [answer], "{names:?}");
            assert_eq!(found.markup, markup, "{names:?}");
        }
    }

    #[test]
    fn configured_names_win_and_only_the_formats_own_columns_are_faq() {
        let header = header(&["node_name", "question", "answer", "nr", "title", "link_url"]);
        let mapped = |fields: Fields| columns(Some(&fields), &header).unwrap();
        let found = mapped(fields(Some("nr"), &["title", "question"], &["answer"]));
        assert_eq!((found.id, found.question), (vec![3], vec![4, 1]));
        assert_eq!(found.markup, Markup::Variants);
        let own = mapped(fields(Some("node_name"), &["question"], &["answer"]));
        assert_eq!(own.markup, Markup::Faq);
        assert_eq!(own.vendor_extras, [5]);
        let partly = mapped(fields(Some("nr"), &[], &[]));
        assert_eq!(partly.markup, Markup::Variants);
        assert_eq!(partly.question, [1]);
    }

    #[test]
    fn a_missing_column_names_what_there_is_and_what_to_write() {
        let configured = fields(Some("artikel_id"), &[], &[]);
        let header = header(&["article_id", "title", "body"]);
        let error = columns(Some(&configured), &header).unwrap_err();
        for part in [
            "`artikel_id`",
            "`article_id`, `title`, `body`",
            "Did you mean `article_id`?",
            "[bot.source.fields]\nid = \"article_id\"",
        ] {
            assert!(error.contains(part), "{part} in {error}");
        }
        let error = columns(None, &self::header(&["id", "x", "answer"])).unwrap_err();
        assert!(error.contains("question = [\"...\"]"), "{error}");
        let garbage = self::header(&["\u{1f}ý".repeat(10_000).as_str(); 100]);
        let error = columns(None, &garbage).unwrap_err();
        assert!(
            error.contains("and 90 more") && error.len() < 10_000,
            "{error}"
        );
    }

    #[test]
    fn two_tables_side_by_side_are_told_as_such() {
        let beside = header(&["question", "answer", "", "question", "answer"]);
        let error = columns(None, &beside).unwrap_err();
        assert!(error.contains("two tables side by side"), "{error}");
        let twice = header(&["question", "answer", "question"]);
        let error = columns(None, &twice).unwrap_err();
        assert!(!error.contains("side by side"), "{error}");
    }

    #[test]
    fn a_used_column_that_occurs_twice_is_an_error_with_both_positions() {
        let twice = header(&["id", "title", "body", "x", "x", "Title"]);
        let error = columns(None, &twice).unwrap_err();
        assert!(error.contains("columns 2 and 6"), "{error}");
        let configured = fields(None, &["title"], &[]);
        assert!(
            columns(Some(&configured), &twice).is_ok(),
            "exact name decides"
        );
        let configured = fields(Some("x"), &["title"], &[]);
        let error = columns(Some(&configured), &twice).unwrap_err();
        assert!(error.contains("columns 4 and 5"), "{error}");
    }
}
