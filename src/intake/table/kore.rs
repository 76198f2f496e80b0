//! Reads the knowledge graph of Kore.ai: one CSV with several sections, each below a header of its
//! own. In the section `Faq`, rows without a question of their own add to the question above them
//! (Kore.ai's documentation, "Importing Knowledge Graph").

use csv::ByteRecord;

use super::rows::{DelimitedRow, DelimitedRows};
use super::swallowed::swallowed;
use super::usual_names::same_name;
use super::{NO_ANSWER, is_blank};
use crate::config::NoAnswerPolicy;
use crate::intake::article_collector::ArticleCollector;
use crate::intake::bytes::TextProblem;
use crate::intake::read_files::ReadJob;
use crate::model::{Article, Markup, Place, Reach};
use crate::text::few;

const FAQ: &str = "Faq";
const PRIMARY: &str = "Primary Question";
/// The sections without questions.
const OTHERS: [&str; 8] = [
    "node",
    "nodes",
    "synonym",
    "synonyms",
    "trait",
    "traits",
    "global synonyms",
    "tags",
];
/// What a script, an intent or a channel's own message begins with.
const SYSTEM: &str = "SYS_";
const TEXT: &str = "SYS_TEXT;";

/// Whether a file begins with the header of the section `Faq`.
pub(crate) fn is_it(head: &[u8], delimiter: u8) -> bool {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let mut names = line
        .split(char::from(delimiter))
        .map(|name| name.trim().trim_matches('"'));
    names.next().is_some_and(|first| same_name(first, FAQ))
        && names.any(|name| same_name(name, PRIMARY))
}

/// The columns of the section.
struct KoreLayout {
    id: Option<usize>,
    primary: usize,
    alternate: Option<usize>,
    answer: usize,
    extended: Vec<usize>,
}

/// A question while the rows that add to it are read.
struct OpenSection {
    id: Option<String>,
    questions: Vec<String>,
    /// The first answer that is text, with what extends it.
    answers: Vec<String>,
    /// The answers that are none for a bot of another vendor.
    system: Vec<String>,
    place: Place,
    flaw: Option<String>,
}

struct KoreReader<'a> {
    job: &'a ReadJob<'a>,
    layout: Option<KoreLayout>,
    open: Option<OpenSection>,
    collector: &'a mut ArticleCollector,
}

/// Reads all questions of a file.
pub(crate) fn read(
    mut rows: DelimitedRows,
    delimiter: u8,
    job: &ReadJob,
    collector: &mut ArticleCollector,
) -> Result<(), TextProblem> {
    let mut reader = KoreReader {
        job,
        layout: None,
        open: None,
        collector,
    };
    loop {
        let row = rows.advance()?;
        let (record, line) = (rows.record(), rows.line());
        let flaw = match row {
            DelimitedRow::End => {
                reader.close();
                return Ok(());
            }
            DelimitedRow::Whole if is_blank(record) => continue,
            DelimitedRow::Whole => reader.swallowed(record, line, delimiter),
            DelimitedRow::Flawed(reason) => Some(reason),
            DelimitedRow::CutOff(began) => Some(format!(
                "the file ends inside a quoted cell that began on line {began}; it looks cut off, so export it again"
            )),
        };
        reader.take(record, line, flaw)?;
    }
}

impl KoreReader<'_> {
    fn take(
        &mut self,
        record: &ByteRecord,
        line: u64,
        flaw: Option<String>,
    ) -> Result<(), TextProblem> {
        let first = text(record, 0);
        if record.iter().any(|cell| same_name(&lossy(cell), PRIMARY)) {
            self.close();
            self.layout =
                Some(layout(record).map_err(|reason| TextProblem::unusable(line, reason))?);
            return Ok(());
        }
        if OTHERS
            .iter()
            .any(|other| first.to_lowercase().starts_with(other))
        {
            self.close();
            self.layout = None;
        }
        let Some(layout) = &self.layout else {
            return Ok(());
        };
        let id = layout
            .id
            .map(|at| text(record, at))
            .filter(|id| !id.is_empty());
        let primary = text(record, layout.primary);
        let begins = id.is_some() || !primary.is_empty();
        if begins || self.open.is_none() {
            let place = self.job.place(line);
            self.close();
            self.collector.row(line)?;
            self.open = Some(OpenSection {
                id,
                questions: Vec::new(),
                answers: Vec::new(),
                system: Vec::new(),
                place,
                flaw: None,
            });
        }
        self.add(record, flaw);
        Ok(())
    }

    /// Adds what a row says to the question that is open.
    fn add(&mut self, record: &ByteRecord, flaw: Option<String>) {
        let (Some(open), Some(layout)) = (&mut self.open, &self.layout) else {
            return;
        };
        if let Some(flaw) = flaw.or_else(|| not_utf8(record)) {
            open.flaw.get_or_insert(flaw);
            return;
        }
        let questions = [Some(layout.primary), layout.alternate];
        let questions = questions.into_iter().flatten().map(|at| text(record, at));
        open.questions
            .extend(questions.filter(|question| !question.is_empty()));
        let answer = text(record, layout.answer);
        let answer = answer.strip_prefix(TEXT).map_or(&*answer, str::trim);
        if answer.starts_with(SYSTEM) {
            let end = answer.find([';', ' ']).unwrap_or(answer.len());
            open.system.push(answer[..end].to_owned());
        } else if !answer.is_empty() && open.answers.is_empty() {
            let extended = layout.extended.iter().map(|at| text(record, *at));
            let extended = extended.filter(|text| !text.is_empty() && !text.starts_with(SYSTEM));
            open.answers.push(answer.to_owned());
            open.answers.extend(extended);
        }
    }

    /// Why a row that seems whole is to be rejected: one of its cells has rows of the section in it.
    fn swallowed(&self, record: &ByteRecord, line: u64, delimiter: u8) -> Option<String> {
        let (is_live, layout) = (self.job.glance.live?, self.layout.as_ref()?);
        let is_row = |record: &ByteRecord| {
            let ids = [layout.id, Some(layout.primary)];
            let mut ids = ids.into_iter().flatten().map(|at| text(record, at));
            ids.find(|id| !id.is_empty()).filter(|id| (is_live.0)(id))
        };
        swallowed(record, line, delimiter, record.len(), is_row)
    }

    /// Hands over the question that is open, or says why it is none.
    fn close(&mut self) {
        let Some(open) = self.open.take() else {
            return;
        };
        let id = open.id.clone().or_else(|| open.questions.first().cloned());
        if let Some(flaw) = open.flaw {
            self.collector.reject(open.place, id, flaw);
            return;
        }
        let lacks_answer = open.answers.is_empty() && open.system.is_empty();
        let reason = match &id {
            None => Some(format!(
                "has neither `Que ID` nor `{PRIMARY}`; fill them in"
            )),
            Some(_) if open.questions.is_empty() => Some(format!(
                "has no question (`{PRIMARY}` is empty); fill it in"
            )),
            Some(_) if lacks_answer => {
                Some("has no answer (`Answer` is empty); fill it in, or leave it out".to_owned())
            }
            _ => None,
        };
        if lacks_answer && id.is_some() && self.job.no_answer == NoAnswerPolicy::Unpublished {
            let text = NO_ANSWER.to_owned();
            self.collector.note_about(open.place, id, text);
            return;
        }
        if let Some(reason) = reason {
            self.collector
                .reject_as(Reach::Alone, open.place, id, reason);
            return;
        }
        if open.answers.is_empty() {
            let text = format!(
                "was passed over: its answer is no text but {}, which only Kore.ai can carry out",
                few(&open.system)
            );
            self.collector.note(open.place, text);
            return;
        }
        self.collector.article(Article {
            id: id.unwrap_or_default(),
            questions: open.questions,
            answers: open.answers,
            markup: Markup::Plain,
            url: None,
            author: None,
            quick_replies: Vec::new(),
            body: None,
            place: open.place,
            row: None,
        });
    }
}

fn layout(header: &ByteRecord) -> Result<KoreLayout, String> {
    let names: Vec<String> = header
        .iter()
        .map(|cell| lossy(cell).trim().to_owned())
        .collect();
    let at = |wanted: &str| names.iter().position(|name| same_name(name, wanted));
    let extended = |name: &str| name.to_lowercase().starts_with("extended answer");
    Ok(KoreLayout {
        id: at("Que ID"),
        primary: at(PRIMARY).unwrap_or_default(),
        alternate: at("Alternate Question"),
        answer: at("Answer").ok_or("has no column `Answer`; export the knowledge graph again")?,
        extended: (0..names.len())
            .filter(|at| extended(&names[*at]))
            .collect(),
    })
}

fn lossy(cell: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(cell)
}

fn text(record: &ByteRecord, at: usize) -> String {
    lossy(record.get(at).unwrap_or_default()).trim().to_owned()
}

fn not_utf8(record: &ByteRecord) -> Option<String> {
    let bad = record.iter().any(|cell| std::str::from_utf8(cell).is_err());
    bad.then(|| super::NOT_UTF8.to_owned())
}
