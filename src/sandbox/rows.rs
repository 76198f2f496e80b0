//! Reads an uploaded file as strictly as a real server would, into rows that the steps are then
//! made of without copying.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::haptik::CSV_HEADER;

/// One row of an upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SandboxRow {
    pub(super) name: Box<str>,
    pub(super) question: Box<str>,
    pub(super) answer: Box<str>,
}

impl SandboxRow {
    pub(super) fn is_blank(&self) -> bool {
        self.question.is_empty() && self.answer.is_empty()
    }
}

/// The rows, or why the file is refused, in the words of an `error_message`.
pub(super) fn read(file: &[u8]) -> Result<Vec<SandboxRow>, String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(file);
    let mut record = csv::StringRecord::new();
    let header = reader.read_record(&mut record).map_err(|e| told(&e))?;
    if !header || record.iter().ne(CSV_HEADER) {
        let header = CSV_HEADER.join(",");
        return Err(format!("the header row must be exactly {header}"));
    }
    let mut rows = Vec::new();
    while reader.read_record(&mut record).map_err(|e| told(&e))? {
        let line = record.position().map_or(0, csv::Position::line);
        rows.push(row(&record).map_err(|problem| format!("line {line}: {problem}"))?);
    }
    unique(&rows)?;
    Ok(rows)
}

fn row(record: &csv::StringRecord) -> Result<SandboxRow, String> {
    let (Some(name), Some(question), Some(answer), 3) =
        (record.get(0), record.get(1), record.get(2), record.len())
    else {
        return Err(format!("{} cells instead of 3", record.len()));
    };
    if name.trim().is_empty() {
        return Err("node_name is empty".to_owned());
    }
    if question.is_empty() != answer.is_empty() {
        let empty = if answer.is_empty() {
            "answer"
        } else {
            "question"
        };
        return Err(format!("{empty} of \"{name}\" is empty"));
    }
    Ok(SandboxRow {
        name: name.into(),
        question: question.into(),
        answer: answer.into(),
    })
}

fn unique(rows: &[SandboxRow]) -> Result<(), String> {
    let mut names = HashSet::with_capacity(rows.len());
    match rows.iter().find(|row| !names.insert(&*row.name)) {
        Some(row) => Err(format!("node_name \"{}\" is not unique", row.name)),
        None => Ok(()),
    }
}

fn told(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { pos, .. } => {
            let line = pos.as_ref().map_or(0, csv::Position::line);
            format!("line {line}: the file is not UTF-8")
        }
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn good_files_are_read() {
        let table: [(&[u8], usize); 5] = [
            (b"node_name,question,answer\n", 0),
            (b"node_name,question,answer\nkb-1,q,a\n", 1),
            (
                b"node_name,question,answer\r\nkb-1,q|r,\"a<m>b, \"\"c\"\"\r\nd\"\r\nkb-2,,\r\n",
                2,
            ),
            (b"\"node_name\",question,answer\nkb-1,q,a", 1),
            ("node_name,question,answer\nñ,q,ä\n".as_bytes(), 1),
        ];
        for (file, count) in table {
            assert_eq!(read(file).map(|rows| rows.len()), Ok(count));
        }
    }

    #[test]
    fn bad_files_are_refused_with_the_reason() {
        let table: [(&[u8], &str); 11] = [
            (b"", "the header row must be exactly"),
            (
                b"name,question,answer\nkb-1,q,a\n",
                "the header row must be exactly",
            ),
            (
                b"node_name;question;answer\n",
                "the header row must be exactly",
            ),
            (
                b"node_name,question,answer,x\n",
                "the header row must be exactly",
            ),
            (
                b"node_name,question, answer\n",
                "the header row must be exactly",
            ),
            (
                b"node_name,question,answer\nkb-1,q\n",
                "line 2: 2 cells instead of 3",
            ),
            (
                b"node_name,question,answer\nkb-1,q,a,b\n",
                "line 2: 4 cells instead of 3",
            ),
            (
                b"node_name,question,answer\n ,q,a\n",
                "line 2: node_name is empty",
            ),
            (
                b"node_name,question,answer\nkb-1,q,\n",
                "line 2: answer of \"kb-1\" is empty",
            ),
            (
                b"node_name,question,answer\nx,q,a\nx,r,b\n",
                "node_name \"x\" is not unique",
            ),
            (
                b"node_name,question,answer\nx,q,\xff\n",
                "line 2: the file is not UTF-8",
            ),
        ];
        for (file, reason) in table {
            let refusal = read(file).unwrap_err();
            assert!(refusal.starts_with(reason), "{refusal}");
        }
    }
}
