//! Reads a CSV of messages, each with the step that should answer it: every row, or nothing.

use std::io::Read as _;
use std::path::Path;

use crate::control::{CommandFailure, Question};

/// The header.
const HEADER: [&str; 2] = ["message", "step"];
/// A longer file is no list of tests.
const MOST_BYTES: u64 = 4 << 20;

pub(super) fn read(path: &Path) -> Result<Vec<Question>, CommandFailure> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| {
            CommandFailure::Usage(format!("{} cannot be read: {error}", path.display()))
        })?;
    questions(&bytes).map_err(|problem| {
        CommandFailure::Usage(format!("{}{problem}. Nothing was asked", path.display()))
    })
}

/// The questions of a file. A problem begins with its place, ready to stand behind the file's name.
fn questions(bytes: &[u8]) -> Result<Vec<Question>, String> {
    if bytes.len() as u64 > MOST_BYTES {
        return Err(": it has more than 4 MiB; ask with several files".to_owned());
    }
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let mut reader = csv::Reader::from_reader(bytes);
    let told = |error: &csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        format!(":{line}: it is not a UTF-8 CSV: {error}")
    };
    let header = reader.headers().map_err(|error| told(&error))?;
    if *header != HEADER[..] {
        return Err(format!(
            ":1: the header is \"{}\" instead of \"{}\"; an empty step stands for the one that has the message",
            header.iter().collect::<Vec<_>>().join(","),
            HEADER.join(",")
        ));
    }
    let mut questions = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| told(&error))?;
        let cell = |at| record.get(at).unwrap_or_default().trim().to_owned();
        let (message, step) = (cell(0), cell(1));
        if message.is_empty() {
            let line = record.position().map_or(0, csv::Position::line);
            return Err(format!(":{line}: there is no message"));
        }
        questions.push(Question {
            message,
            expected: Some(step).filter(|step| !step.is_empty()),
        });
    }
    if questions.is_empty() {
        return Err(": there is no message below the header".to_owned());
    }
    Ok(questions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_or_nothing() {
        let question = |message: &str, step: Option<&str>| Question {
            message: message.into(),
            expected: step.map(str::to_owned),
        };
        assert_eq!(
            questions("\u{feff}message,step\nWhere?,kb-1\n\"Hi, you\",\n".as_bytes()),
            Ok(vec![
                question("Where?", Some("kb-1")),
                question("Hi, you", None)
            ])
        );
        for (text, words) in [
            (
                "question,answer\na,b\n",
                ":1: the header is \"question,answer\" instead of",
            ),
            ("message,step\n", ": there is no message below the header"),
            ("message,step\na,b\n,c\n", ":3: there is no message"),
            ("message,step\na,b,c\n", ":2: it is not a UTF-8 CSV"),
        ] {
            let problem = questions(text.as_bytes()).unwrap_err();
            assert!(problem.starts_with(words), "{problem}");
        }
    }
}
