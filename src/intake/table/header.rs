//! Finds the header of a table: the first of its rows that names the columns, or the reason to
//! believe that it has none.

use csv::ByteRecord;

use super::mapping::Columns;
use super::shape::Shape;
use super::usual_names::{ANSWERS, IDS, QUESTIONS, same_name};
use super::{NOT_UTF8, QUESTIONS_ARE_IDS, mapping, messages, salesforce, shape};
use crate::config::SourceHolds;
use crate::intake::bytes::TextProblem;
use crate::intake::read_files::ReadJob;
use crate::intake::sections::asks;
use crate::intake::selection as kept;
use crate::intake::selection::Deciding;
use crate::model::Markup;

/// Workbooks that people keep have title and guideline rows above the header, Haptik's own FAQ
/// workbook nine of them.
const SEARCHED: usize = 20;
/// The first columns of an export of `QnA Maker` and of Azure's question answering.
const QNA_MAKER: [&str; 4] = ["Question", "Answer", "Source", "Metadata"];

const WITH_IDS: &str = "has no header row: the first column has ids, and the second one asks in every row, so that the third was read as the answer. If that is right, write to the source:\nheader = false\n[bot.source.fields]\nid = \"column 1\"\nquestion = [\"column 2\"]\nanswer = \"column 3\"";

/// A row that may be the header.
pub(crate) struct Candidate {
    pub(crate) record: ByteRecord,
    pub(crate) line: u64,
}

/// What the columns of a table hold.
pub(crate) struct HeaderLayout {
    pub(crate) names: Vec<String>,
    pub(crate) columns: Columns,
    /// Which of them decide what counts.
    pub(crate) deciding: Deciding,
    /// The line of the header.
    pub(crate) line: u64,
    /// What a person should know about how it was found.
    pub(crate) notes: Vec<String>,
    /// Rows that were read in the search and are articles.
    pub(crate) early: Vec<Candidate>,
    /// Whether the two characters `\n` stand for a new line.
    pub(crate) unescape: bool,
    /// Whether only the rows below the header tell what the columns are, so that a part of the file
    /// would not.
    pub(crate) is_by_shape: bool,
}

impl HeaderLayout {
    /// The names of the columns that an article comes from.
    pub(crate) fn used_names(&self) -> Vec<String> {
        let columns = &self.columns;
        let used = [&columns.id, &columns.question, &columns.answer];
        let used = used.into_iter().flatten();
        used.map(|at| self.names[*at].clone()).collect()
    }
}

/// Looks for the header among the rows that `next` gives.
pub(crate) fn find(
    job: &ReadJob,
    mut next: impl FnMut() -> Result<Option<Candidate>, TextProblem>,
) -> Result<HeaderLayout, TextProblem> {
    if job.folder.header == Some(false) {
        if !kept::all(job.folder) {
            return Err(TextProblem::whole_file(
                "has no header row, so that nothing says which column `keep` and `locale_field` mean; export it with one",
            ));
        }
        if job.fields.is_none() {
            return Ok(headerless(Vec::new(), Vec::new()));
        }
        return without_header(job, next()?);
    }
    let mut passed = Vec::new();
    let mut is_broken = false;
    while passed.len() < SEARCHED {
        let row = match next() {
            Ok(Some(row)) => row,
            // Without its header nothing of the file can be used.
            Err(problem) if passed.is_empty() => {
                return Err(TextProblem::unusable(problem.line, problem.reason));
            }
            Ok(None) => break,
            Err(_) => {
                is_broken = true;
                break;
            }
        };
        match layout(job, &row) {
            Ok(mut layout) => {
                if !passed.is_empty() {
                    layout.notes.insert(0, skipped(&passed));
                }
                return Ok(layout);
            }
            Err(reason) => passed.push((row, reason)),
        }
    }
    let may_guess = job.folder.header.is_none()
        && job.fields.is_none()
        && job.holds == SourceHolds::Articles
        && !is_broken;
    if may_guess && kept::all(job.folder) && is_headerless(&passed) {
        let early = passed.into_iter().map(|(row, _)| row).collect();
        let note = "has no header row: there are two columns, and the first row begins with a question; write header = false to the source if that is right";
        return Ok(headerless(early, vec![note.to_owned()]));
    }
    // Of a part of a file the rows that would tell may be missing.
    if may_guess && kept::all(job.folder) && !job.content.is_part() {
        let rows: Vec<&ByteRecord> = passed.iter().map(|(row, _)| &row.record).collect();
        if shape::are_with_ids(&rows) {
            return Ok(with_ids(passed.into_iter().map(|(row, _)| row).collect()));
        }
        if let Some(shape) = shape::find(&rows) {
            return Ok(by_shape(shape, passed));
        }
        if let (Some(question), Some((first, _))) = (shape::asked_throughout(&rows), passed.first())
        {
            return Err(TextProblem::unusable(
                first.line,
                numbers_needed(question + 1),
            ));
        }
    }
    Err(nowhere(passed))
}

/// A table of which somebody said that it has no header: the columns have numbers, which `fields` may name.
fn without_header(job: &ReadJob, first: Option<Candidate>) -> Result<HeaderLayout, TextProblem> {
    let width = first.as_ref().map_or(2, |row| row.record.len());
    let early: Vec<Candidate> = first.into_iter().collect();
    let names = numbered(width);
    let columns = mapping::columns(job.fields, &names).map_err(TextProblem::whole_file)?;
    Ok(HeaderLayout {
        names,
        columns,
        ..headerless(early, Vec::new())
    })
}

/// Why a table is not read that surely has questions, and no header.
fn numbers_needed(question: usize) -> String {
    format!(
        "has no header row, as it seems, because column {question} asks in its first row, too. Say by its number which column is which; without an id the question is the id:\nheader = false\n[bot.source.fields]\nid = \"column ...\"\nquestion = [\"column {question}\"]\nanswer = \"column ...\""
    )
}

fn numbered(width: usize) -> Vec<String> {
    (1..=width)
        .map(|number| format!("column {number}"))
        .collect()
}

/// A table without a header whose rows are an id, a question and an answer.
fn with_ids(early: Vec<Candidate>) -> HeaderLayout {
    HeaderLayout {
        names: numbered(3),
        columns: Columns {
            id: vec![0],
            question_is_id: false,
            question: vec![1],
            answer: vec![2],
            ..questions_are_ids()
        },
        is_by_shape: true,
        ..headerless(early, vec![WITH_IDS.to_owned()])
    }
}

fn by_shape(shape: Shape, passed: Vec<(Candidate, String)>) -> HeaderLayout {
    let mut rows = passed.into_iter().map(|(row, _)| row);
    let header = rows.next();
    let line = header.as_ref().map_or(0, |header| header.line);
    let names: Vec<String> = header.map_or(Vec::new(), |header| {
        let cells = header.record.iter().map(String::from_utf8_lossy);
        cells.map(|cell| cell.trim().to_owned()).collect()
    });
    let (question, answer) = (&names[shape.question], &names[shape.answer]);
    let note = format!(
        "has no question with a usual name, but what stands below `{question}` ends with a question mark: it was read as the question, and `{answer}` as the answer. If that is right, write to the source:\n[bot.source.fields]\nquestion = [{question:?}]\nanswer = {answer:?}"
    );
    let id = mapping::usual(&IDS, &names).ok().flatten();
    let mut notes = vec![note];
    if id.is_none() {
        notes.push(QUESTIONS_ARE_IDS.to_owned());
    }
    HeaderLayout {
        columns: Columns {
            id: vec![id.unwrap_or(shape.question)],
            question_is_id: id.is_none(),
            question: vec![shape.question],
            answer: vec![shape.answer],
            ..questions_are_ids()
        },
        names,
        line,
        notes,
        early: rows.collect(),
        is_by_shape: true,
        ..headerless(Vec::new(), Vec::new())
    }
}

/// Whether a file begins with the header of a `QnA Maker` export: such a file has no quoting, and
/// the two characters `\n` where a line ends. As seen in a real export and in Microsoft's
/// description of the import format.
pub(crate) fn is_qna_maker(head: &[u8]) -> bool {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let names: Vec<String> = line.trim().split('\t').map(str::to_owned).collect();
    starts_as_qna_maker(&names) || is_short_qna_maker(&names)
}

fn layout(job: &ReadJob, row: &Candidate) -> Result<HeaderLayout, String> {
    let names = row.record.iter().map(|cell| {
        let name = std::str::from_utf8(cell).map_err(|_| NOT_UTF8.to_owned())?;
        Ok(name.trim().to_owned())
    });
    let mut names = names.collect::<Result<Vec<String>, String>>()?;
    // Spreadsheets write a delimiter for every column that once had something in it.
    while names.len() > 1 && names.last().is_some_and(String::is_empty) {
        names.pop();
    }
    let from_qna_maker = job.fields.is_none() && starts_as_qna_maker(&names);
    let columns = match job.holds {
        SourceHolds::Messages => messages::columns(job.fields, &names),
        SourceHolds::Articles => salesforce::columns(job.fields, &names)
            .unwrap_or_else(|| mapping::columns(job.fields, &names)),
    };
    let mut columns = columns?;
    if from_qna_maker {
        columns.markup = Markup::Plain;
    }
    Ok(HeaderLayout {
        notes: notes(job, &columns, &names),
        deciding: Deciding::find(job.folder, &names)?,
        names,
        columns,
        line: row.line,
        early: Vec::new(),
        unescape: false,
        is_by_shape: false,
    })
}

/// What is to be told of columns that were recognised.
fn notes(job: &ReadJob, columns: &Columns, names: &[String]) -> Vec<String> {
    let mut notes = Vec::new();
    let is_named = job.fields.is_some_and(|fields| !fields.answer.is_empty());
    let more = mapping::more_answers(names, &[&*columns.answer, &columns.question].concat());
    if let (false, Some(answer), [other, ..]) = (is_named, columns.answer.first(), &*more) {
        let answer = &names[*answer];
        notes.push(format!(
            "has the column `{other}`, too, which is on no step; if it belongs to the answer, write answer = [\"{answer}\", \"{other}\"] to [bot.source.fields]"
        ));
    }
    let question = columns.question.first().map(|at| &names[*at]);
    let answer = columns.answer.first().map(|at| &names[*at]);
    if let (Some(question), Some(answer)) = (question, answer)
        && (QUESTIONS.is_foreign(question) || ANSWERS.is_foreign(answer))
    {
        notes.push(format!(
            "has its questions in the column `{question}` and its answers in `{answer}`, by their names"
        ));
    }
    if columns.question_is_id {
        notes.push(QUESTIONS_ARE_IDS.to_owned());
    }
    if let [_, _, ..] = columns.answer.as_slice() {
        let names = columns.answer.iter().map(|at| format!("`{}`", names[*at]));
        let names: Vec<String> = names.collect();
        notes.push(format!(
            "has answers in {}: they are sent one after the other",
            names.join(", ")
        ));
    }
    notes
}

/// The form for import has no `QnaId`.
fn starts_as_qna_maker(names: &[String]) -> bool {
    names.len() >= QNA_MAKER.len()
        && names
            .iter()
            .zip(QNA_MAKER)
            .all(|(name, wanted)| same_name(name, wanted))
}

/// The form that Microsoft's description gives for files with tabs.
fn is_short_qna_maker(names: &[String]) -> bool {
    let are = |wanted: [&str; 3]| {
        names.len() == wanted.len()
            && names
                .iter()
                .zip(wanted)
                .all(|(name, wanted)| same_name(name, wanted))
    };
    are(["Question", "Answer", "Metadata"]) || are(["Question", "Answer", "Source"])
}

fn headerless(early: Vec<Candidate>, notes: Vec<String>) -> HeaderLayout {
    HeaderLayout {
        names: numbered(2),
        columns: questions_are_ids(),
        deciding: Deciding::default(),
        line: 0,
        notes,
        early,
        unescape: false,
        is_by_shape: false,
    }
}

fn questions_are_ids() -> Columns {
    Columns {
        question_else: Vec::new(),
        answer_else: Vec::new(),
        id: vec![0],
        question_is_id: true,
        question: vec![0],
        answer: vec![1],
        markup: Markup::Plain,
        vendor_extras: Vec::new(),
        url: None,
        author: None,
        quick_replies: Vec::new(),
        is_master: None,
    }
}

/// As Dialogflow takes it: question and answer, and no header (its reference of `KnowledgeType`).
fn is_headerless(rows: &[(Candidate, String)]) -> bool {
    let asks = |cell: &[u8]| asks(&String::from_utf8_lossy(cell));
    rows.iter().all(|(row, _)| row.record.len() == 2)
        && rows
            .first()
            .and_then(|(row, _)| row.record.get(0))
            .is_some_and(asks)
}

fn skipped(passed: &[(Candidate, String)]) -> String {
    format!(
        "is the header row; {} above it {} passed over",
        match passed.len() {
            1 => "the row".to_owned(),
            count => format!("the {count} rows"),
        },
        if passed.len() == 1 { "was" } else { "were" }
    )
}

/// Says it of the row that is likeliest meant as the header: the fullest, and of such the first.
fn nowhere(passed: Vec<(Candidate, String)>) -> TextProblem {
    let filled = |row: &Candidate| {
        let cells = row.record.iter();
        cells.filter(|cell| !cell.trim_ascii().is_empty()).count()
    };
    let likeliest = passed
        .into_iter()
        .rev()
        .max_by_key(|(row, _)| filled(row))
        .map(|(row, reason)| TextProblem::unusable(row.line, reason));
    likeliest.unwrap_or_else(|| TextProblem::whole_file("has no header row; export it again"))
}
