//! What the readers of pages share: the questions of a page are items with usual names, which have from
//! the page what decides whether it counts, and where it is.

use std::ops::Range;

use serde_json::{Map, Value};

use super::json::Items;
use crate::config::Fields;
use crate::intake::read_files::ReadJob;
use crate::intake::sections::{Heading, asks};
use crate::intake::table::{ANSWERS, QUESTIONS, same_name};
use crate::model::{Article, Markup};

/// What is said where a page's own text has nothing that it could be asked for by.
pub(crate) const NO_TITLE: &str = "has text of its own beside its questions and no title, so the file's name stands in as its question; give the page a heading above that text";

/// What is said where there is nothing below a heading, and no text of the page's own that it could go with.
pub(crate) const BARE_HEADING: &str = "has a heading with nothing below it, which is on no step; write what belongs there, or take the heading out";

/// What is said of a table whose rows are questions.
pub(crate) const QUESTION_TABLE: &str = "has a table of questions and answers, which stays a table in one answer; make each of the questions a heading, or export the table as CSV, if each is to be a step";

/// What is said of an answer in which more questions stand with their answers.
const QUESTIONS_WITHIN: &str = "has questions with their answers within its answer (`Q:` and `A:`), which stay one answer; give each question an article of its own if each is to be a step";

/// What is said of an article with as many answers as questions.
const AS_MANY: &str = "has as many answers as questions, which were read as ways to ask one question and as parts of its one answer; if each question has an answer of its own, let the export write each pair as an article";

/// Whether the rows of a table are questions and their answers: two cells each, the first of which asks, below
/// a header or not.
pub(crate) fn are_questions(rows: &[Vec<String>]) -> bool {
    let is_pair =
        |row: &Vec<String>| matches!(row.as_slice(), [_, answer] if !answer.trim().is_empty());
    let begins = |row: &&Vec<String>| asks(&row[0]);
    if !rows.iter().all(is_pair) {
        return false;
    }
    let asking = rows.iter().filter(begins).count();
    asking >= 2 && rows.iter().skip(1).all(|row| asks(&row[0]))
}

/// The names by which the questions of a page are read.
pub(crate) struct PageFields {
    fields: Option<Fields>,
    /// Fields of the page that its questions have too.
    shared: Vec<String>,
}

impl PageFields {
    /// What is configured for the source of a page.
    pub(crate) fn of(job: &ReadJob) -> Self {
        // Where id, question and answer are, a page says without settings.
        let fields = job.fields.map(|fields| Fields {
            url: fields.url.clone(),
            author: fields.author.clone(),
            quick_replies: fields.quick_replies.clone(),
            ..Fields::default()
        });
        let filter = &job.folder.filter;
        let mut shared: Vec<String> = Vec::new();
        shared.extend(filter.keep.iter().map(|keep| keep.pointer.clone()));
        shared.extend(filter.locale.iter().map(|locale| locale.pointer.clone()));
        if let Some(fields) = &fields {
            shared.extend(fields.url.clone());
            shared.extend(fields.author.clone());
            shared.extend(fields.quick_replies.iter().cloned());
        }
        Self { fields, shared }
    }

    /// What the questions have from the front matter of their page.
    pub(crate) fn shared(&self, front: &Map<String, Value>) -> Map<String, Value> {
        let is_shared = |key: &String| {
            self.shared.iter().any(|name| {
                let name = name.strip_prefix('/').unwrap_or(name);
                same_name(name.split('/').next().unwrap_or(name), key)
            })
        };
        let shared = front.iter().filter(|(key, _)| is_shared(key));
        shared
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }

    /// Takes the questions of a page.
    pub(crate) fn items<'a>(&'a self, job: &'a ReadJob) -> Items<'a> {
        Items::new(job).with_fields(self.fields.as_ref())
    }
}

/// A heading, or what stands in the place of one.
pub(crate) fn heading(level: usize, text: String, place: Range<usize>) -> Heading {
    Heading {
        level,
        mark: question_mark(&text).unwrap_or(0),
        text,
        start: place.start,
        end: place.end,
    }
}

/// How long the mark of a question at the beginning of a text is: `Q:`, `Q1.`, `Frage 2:`. A letter that
/// may be another one's needs a question behind it.
pub(crate) fn question_mark(text: &str) -> Option<usize> {
    let (word, length) = mark(text)?;
    let is_letter = matches!(word, "F" | "P" | "D" | "V" | "В" | "问" | "問") && asks(text);
    let counts = is_letter || QUESTIONS.is_certain_field(word);
    (counts && length < text.len()).then_some(length)
}

/// How long the mark of an answer at the beginning of a text is.
pub(crate) fn answer_mark(text: &str) -> Option<usize> {
    let (word, length) = mark(text)?;
    let is_letter = matches!(word, "R" | "О" | "答");
    (is_letter || ANSWERS.is_certain_field(word)).then_some(length)
}

/// The word of a mark, and how long the mark is with its number, colon and space.
fn mark(text: &str) -> Option<(&str, usize)> {
    let end = text.find(|c: char| !c.is_alphabetic())?;
    let (word, rest) = text.split_at(end);
    let rest = rest.trim_start_matches(|c: char| c == ' ' || c.is_ascii_digit());
    let is_short = word.chars().count() == 1;
    let behind = rest
        .strip_prefix([':', '：'])
        .or_else(|| rest.strip_prefix(['.', ')']).filter(|_| is_short))?;
    let behind = behind.trim_start();
    (!word.is_empty()).then_some((word, text.len() - behind.len()))
}

/// Takes the marks off a question and its answer that both have one: `Q: How?` and `A: So.`. Tells where an
/// answer holds more questions, which a reader of the source takes for steps of their own.
pub(crate) fn without_own_marks(article: &mut Article) -> Option<String> {
    let (asked, answered) = (article.questions.len(), article.answers.len());
    if asked > 1 && asked == answered && article.questions.iter().all(|question| asks(question)) {
        return Some(AS_MANY.to_owned());
    }
    let texts = (article.questions.first_mut(), article.answers.first_mut());
    let (Some(question), Some(answer), false) = (texts.0, texts.1, article.markup == Markup::Faq)
    else {
        return None;
    };
    // A letter with a point may be one of several choices.
    let says = answer_mark(answer).filter(|length| answer[..*length].contains([':', '：']));
    if let (Some(asks), Some(says)) = (question_mark(question), says) {
        question.drain(..asks);
        answer.drain(..says);
    }
    let mut lines = answer.lines().skip_while(|line| !is_marked_question(line));
    let has_questions = lines.next().is_some_and(|line| {
        let says_within = line.split_whitespace().skip(1).any(|word| word == "A:");
        says_within || lines.any(|line| answer_mark(line).is_some())
    });
    has_questions.then(|| QUESTIONS_WITHIN.to_owned())
}

/// A line that begins with the mark of a question and asks.
fn is_marked_question(line: &str) -> bool {
    let is_likely = line
        .bytes()
        .take(24)
        .any(|byte| matches!(byte, b':' | b'.' | b')' | 0xef));
    is_likely && question_mark(line).is_some() && line.contains(['?', '？', '؟'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Place;

    fn article(question: &str, answer: &str) -> Article {
        Article {
            id: "1".to_owned(),
            questions: vec![question.to_owned()],
            answers: vec![answer.to_owned()],
            markup: Markup::Plain,
            url: None,
            author: None,
            quick_replies: Vec::new(),
            body: None,
            place: Place {
                file: "a.csv".into(),
                line: 1,
            },
            row: None,
        }
    }

    #[test]
    fn tables_of_questions_have_two_columns_of_which_the_first_asks() {
        let table = |text: &str| -> Vec<Vec<String>> {
            let rows = text.split(';').map(|row| row.split('|'));
            rows.map(|row| row.map(str::to_owned).collect()).collect()
        };
        for (text, expected) in [
            ("How?|So.;Why?|Because.", true),
            ("Question|Answer;How?|So.;Why?|Because.", true),
            ("Question|Answer;How?|So.", false),
            ("How?|So.;Why|Because.;When?|Now.", false),
            ("How?|So.|x;Why?|Because.|y", false),
            ("How?|So.;Why?|", false),
            ("Country|Price;France|5", false),
        ] {
            assert_eq!(are_questions(&table(text)), expected, "{text}");
        }
    }

    #[test]
    fn marks_of_cells_go_where_question_and_answer_have_one() {
        for (question, answer, expected, is_told) in [
            ("Q: Why?", "A: So.", ("Why?", "So."), false),
            (
                "Frage: Warum?",
                "Antwort: Darum.",
                ("Warum?", "Darum."),
                false,
            ),
            ("Q: Why?", "So.", ("Q: Why?", "So."), false),
            ("Q1. Which?", "A. Paris", ("Q1. Which?", "A. Paris"), false),
            ("Why?", "A: So.", ("Why?", "A: So."), false),
            (
                "Paying",
                "Q: How?\nA: So.",
                ("Paying", "Q: How?\nA: So."),
                true,
            ),
            (
                "Paying",
                "See Q: How? A: So.",
                ("Paying", "See Q: How? A: So."),
                false,
            ),
            (
                "Paying",
                "Q: How? A: So.",
                ("Paying", "Q: How? A: So."),
                true,
            ),
            ("Paying", "Q: How?\nSo.", ("Paying", "Q: How?\nSo."), false),
            (
                "Q: a",
                "A: b\nQ: How?\nA: So.",
                ("a", "b\nQ: How?\nA: So."),
                true,
            ),
        ] {
            let mut found = article(question, answer);
            let told = without_own_marks(&mut found);
            assert_eq!((&*found.questions[0], &*found.answers[0]), expected);
            assert_eq!(told.is_some(), is_told, "{answer}");
        }
    }

    #[test]
    fn as_many_answers_as_questions_are_told() {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        for (questions, answers, is_told) in [
            (&["How?", "Why?"][..], &["So.", "Thus."][..], true),
            (&["How?", "Why?"], &["So."], false),
            (&["How?"], &["So."], false),
            (&["How?", "why"], &["So.", "Thus."], false),
        ] {
            let mut found = article("", "");
            (found.questions, found.answers) = (texts(questions), texts(answers));
            assert_eq!(
                without_own_marks(&mut found).is_some(),
                is_told,
                "{questions:?}"
            );
        }
    }

    #[test]
    fn marks_say_what_is_a_question_and_are_no_part_of_it() {
        for (text, question, asks) in [
            ("Q: How long?", "How long?", true),
            ("Q1. Parcels abroad", "Parcels abroad", true),
            ("Question 2: Parcels", "Parcels", true),
            ("Frage: Wie lange?", "Wie lange?", true),
            ("F: Wie lange?", "Wie lange?", true),
            ("问：多久？", "多久？", true),
            ("F: drives", "F: drives", false),
            ("Q", "Q", false),
            ("Q:", "Q:", false),
            ("Quick. Easy", "Quick. Easy", false),
            ("Why not: a question?", "Why not: a question?", true),
        ] {
            let heading = heading(1, text.to_owned(), 0..0);
            assert_eq!((heading.question(), heading.asks()), (question, asks));
        }
        let without = |text: &'static str| answer_mark(text).map(|mark| &text[mark..]);
        assert_eq!(without("A: Two days."), Some("Two days."));
        assert_eq!(without("Antwort: Zwei."), Some("Zwei."));
        assert_eq!(without("A day."), None);
        assert_eq!(without("All: of it"), None);
    }
}
