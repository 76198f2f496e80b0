//! Reads a FAQ CSV of steps that are live: every row, or nothing.

use std::collections::HashMap;
use std::path::Path;

use crate::control::CommandFailure;
use crate::model::{ANSWER_SEPARATOR, HEADER, QUESTION_SEPARATOR, Step};

pub(crate) fn read(path: &Path) -> Result<Vec<Step>, CommandFailure> {
    let bytes = std::fs::read(path).map_err(|error| {
        CommandFailure::Usage(format!("{} cannot be read: {error}", path.display()))
    })?;
    steps(&bytes).map_err(|problem| {
        CommandFailure::Usage(format!(
            "{}{problem}. Nothing was taken over",
            path.display()
        ))
    })
}

/// The steps of a file. A problem begins with its place, ready to stand behind the file's name.
fn steps(bytes: &[u8]) -> Result<Vec<Step>, String> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let mut reader = csv::Reader::from_reader(bytes);
    let header = reader.headers().map_err(|error| told(&error))?;
    if *header != HEADER[..] {
        return Err(format!(
            ":1: the header is \"{}\" instead of \"{}\"; save it as a UTF-8 CSV with just these columns",
            header.iter().collect::<Vec<_>>().join(","),
            HEADER.join(",")
        ));
    }
    let mut steps = Vec::new();
    let mut lines: HashMap<String, u64> = HashMap::new();
    for record in reader.records() {
        let record = record.map_err(|error| told(&error))?;
        let line = record.position().map_or(0, csv::Position::line);
        let step = step(&record).map_err(|problem| format!(":{line}: {problem}"))?;
        if let Some(other) = lines.insert(step.node_name.clone(), line) {
            return Err(format!(
                ":{line}: the name \"{}\" stands in line {other} as well; a name is unique within the bot",
                step.node_name
            ));
        }
        steps.push(step);
    }
    if steps.is_empty() {
        return Err(": there is no step below the header".to_owned());
    }
    Ok(steps)
}

fn step(record: &csv::StringRecord) -> Result<Step, String> {
    let cell = |at| record.get(at).unwrap_or_default();
    let parts = |text: &str, separator: &str| {
        let parts = text.split(separator).map(str::trim);
        let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
        parts.join(separator)
    };
    let step = Step {
        node_name: cell(0).trim().to_owned(),
        question: parts(cell(1), &QUESTION_SEPARATOR.to_string()),
        answer: parts(cell(2), ANSWER_SEPARATOR),
    };
    for (name, value) in HEADER
        .iter()
        .zip([&step.node_name, &step.question, &step.answer])
    {
        if value.is_empty() {
            return Err(format!("{name} is empty; fill it in, or leave the row out"));
        }
    }
    Ok(step)
}

fn told(error: &csv::Error) -> String {
    let place = error
        .position()
        .map(|position| format!(":{}", position.line()));
    let place = place.unwrap_or_default();
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => format!("{place}: it is not UTF-8; save it as UTF-8"),
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!(
            "{place}: {len} cells instead of {expected_len}; is a quotation mark or a comma out of place?"
        ),
        _ => format!("{place}: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_taken_or_the_problem_has_its_line() {
        let read = steps("\u{feff}node_name,question,answer\na, q | r |,x<m> y \n".as_bytes());
        let expected = Step {
            node_name: "a".to_owned(),
            question: "q|r".to_owned(),
            answer: "x<m>y".to_owned(),
        };
        assert_eq!(read, Ok(vec![expected]));
        let table: [(&[u8], &str); 8] = [
            (b"", ":1: the header is \"\""),
            (b"node_name,question\na,b\n", ":1: the header"),
            (b"node_name,question,answer\n", "no step"),
            (
                b"node_name,question,answer\n,q,a\n",
                ":2: node_name is empty",
            ),
            (
                b"node_name,question,answer\nn, | ,a\n",
                ":2: question is empty",
            ),
            (b"node_name,question,answer\nn,q,\n", ":2: answer is empty"),
            (
                b"node_name,question,answer\nn,q,a\nm,q,a\nn,q,a\n",
                ":4: the name \"n\" stands in line 2",
            ),
            (b"node_name,question,answer\nn,q,\xff\n", "UTF-8"),
        ];
        for (bytes, told) in table {
            let problem = steps(bytes).unwrap_err();
            assert!(problem.contains(told), "{problem}");
        }
        let cells = steps(b"node_name,question,answer\nn,q,a,b\n").unwrap_err();
        assert!(cells.contains(":2: 4 cells instead of 3"), "{cells}");
    }
}
