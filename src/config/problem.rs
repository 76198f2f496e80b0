//! What is wrong with a configuration: every problem with its place, the line, and a hint.

use std::cell::RefCell;
use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};

use anstyle::{AnsiColor, Style};

use super::document::{Document, Excerpt};
use super::tree::ValueOrigin;

/// Every problem of a configuration, in the order of the file.
#[derive(Clone, Debug)]
pub struct Problems(Vec<ConfigProblem>);

/// One problem.
#[derive(Clone, Debug)]
pub struct ConfigProblem {
    /// Where.
    pub place: ProblemPlace,
    /// What is wrong.
    pub message: String,
    /// What to do, in one line or a few.
    pub hint: String,
    excerpt: Option<Excerpt>,
}

/// Where a problem is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProblemPlace {
    /// The file as a whole.
    File(PathBuf),
    /// A place in it.
    Position {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
    },
    /// An environment variable.
    Variable(String),
}

impl fmt::Display for ProblemPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProblemPlace::File(file) => write!(f, "{}", file.display()),
            ProblemPlace::Position { file, line, column } => {
                write!(f, "{}:{line}:{column}", file.display())
            }
            ProblemPlace::Variable(name) => f.write_str(name),
        }
    }
}

impl Problems {
    /// A single problem of the file as a whole.
    pub(super) fn file(path: &Path, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self(vec![ConfigProblem {
            place: ProblemPlace::File(path.to_owned()),
            message: message.into(),
            hint: hint.into(),
            excerpt: None,
        }])
    }

    /// The problems in the order of the file, then those of the environment.
    pub fn iter(&self) -> std::slice::Iter<'_, ConfigProblem> {
        self.0.iter()
    }

    /// All of them as text, with colours or plain.
    pub fn render(&self, color: bool) -> String {
        let mut text = String::new();
        for problem in self {
            problem.render(color, &mut text);
            text.push('\n');
        }
        let count = self.0.len();
        let _ = write!(text, "{count} problem{}", if count == 1 { "" } else { "s" });
        text
    }
}

impl<'p> IntoIterator for &'p Problems {
    type Item = &'p ConfigProblem;
    type IntoIter = std::slice::Iter<'p, ConfigProblem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Problems {}

impl ConfigProblem {
    fn render(&self, color: bool, text: &mut String) {
        let paint = |style: Style| if color { style } else { Style::new() };
        let bold = paint(Style::new().bold());
        let red = paint(AnsiColor::Red.on_default().bold());
        let cyan = paint(AnsiColor::Cyan.on_default());
        let _ = writeln!(text, "{bold}{}: {}{bold:#}", self.place, self.message);
        let mut margin = 1;
        if let Some(excerpt) = &self.excerpt {
            let number = excerpt.number.to_string();
            margin = number.len();
            let indent = " ".repeat(excerpt.caret.start);
            let caret = "^".repeat(excerpt.caret.len());
            let line = excerpt.line.trim_end();
            let _ = writeln!(text, "  {number} | {line}");
            let _ = writeln!(text, "  {:margin$} | {indent}{red}{caret}{red:#}", "");
        }
        for line in self.hint.lines() {
            let _ = writeln!(text, "  {:margin$} {cyan}= {line}{cyan:#}", "");
        }
    }
}

/// A problem has been reported; there is no value to go on with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reported(());

/// Collects the problems while the configuration is read.
pub(super) struct Report<'t> {
    document: Document<'t>,
    problems: RefCell<Vec<ConfigProblem>>,
}

impl<'t> Report<'t> {
    /// An empty report over a document.
    pub(super) fn new(document: Document<'t>) -> Self {
        Self {
            document,
            problems: RefCell::default(),
        }
    }

    /// Reports a problem.
    pub(super) fn add(
        &self,
        origin: &ValueOrigin,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Reported {
        let excerpt = match origin {
            ValueOrigin::File(piece) => Some(self.document.excerpt(piece)),
            ValueOrigin::Variable(_) | ValueOrigin::Absent => None,
        };
        let file = self.document.path.to_owned();
        let place = match (origin, &excerpt) {
            (ValueOrigin::Variable(name), _) => ProblemPlace::Variable(name.clone()),
            (_, Some(excerpt)) => ProblemPlace::Position {
                file,
                line: excerpt.number,
                column: excerpt.column,
            },
            (_, None) => ProblemPlace::File(file),
        };
        self.problems.borrow_mut().push(ConfigProblem {
            place,
            message: message.into(),
            hint: hint.into(),
            excerpt,
        });
        Reported(())
    }

    /// Where something stands, for a hint about another place.
    pub(super) fn whereabouts(&self, origin: &ValueOrigin) -> String {
        match origin {
            ValueOrigin::File(piece) => format!("line {}", self.document.line(piece.start)),
            ValueOrigin::Variable(name) => name.clone(),
            ValueOrigin::Absent => "the default".into(),
        }
    }

    /// What was read, unless anything was reported.
    pub(super) fn finish<T>(self, outcome: Result<T, Reported>) -> Result<T, Problems> {
        let mut problems = self.problems.into_inner();
        problems.sort_by(|left, right| left.place.cmp(&right.place));
        match outcome {
            Ok(value) if problems.is_empty() => Ok(value),
            Ok(_) | Err(Reported(())) => Err(Problems(problems)),
        }
    }
}
