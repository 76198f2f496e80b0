//! What customers wrote, from what there is of it: tables that the vendor exports (recommendations, broken
//! messages), transcripts, and plain lines. Liberal: what a file is shows by what stands in it.

use serde_json::Value;

use crate::intake::delimiter_of;

/// What a column with messages is called, without case and signs.
const MESSAGES: [&str; 18] = [
    "message",
    "messages",
    "usermessage",
    "usermessages",
    "usersays",
    "brokenmessage",
    "brokenmessages",
    "messagebody",
    "messagetext",
    "utterance",
    "query",
    "userquery",
    "question",
    "userinput",
    "phrase",
    "sentence",
    "recommendation",
    "text",
];
/// A column that says how often.
const COUNTS: [&str; 8] = [
    "count",
    "messagecount",
    "frequency",
    "occurrences",
    "hits",
    "volume",
    "total",
    "users",
];
/// A column, or a key, that says who wrote.
const SENDERS: [&str; 4] = ["sender", "from", "role", "author"];
/// Who a customer is there.
const CUSTOMERS: [&str; 5] = ["user", "customer", "visitor", "enduser", "human"];
/// The keys under which a transcript has what was said.
const TEXTS: [&str; 3] = ["text", "message", "body"];
/// Rows by which a column of text is found that has no known name.
const LOOKED_AT: usize = 200;

/// Calls `take` with each message, and how often it was written.
pub(super) fn each_message(text: &str, take: &mut dyn FnMut(&str, u64)) {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with(['{', '[']) && of_json(text, take) {
        return;
    }
    let delimiter = delimiter_of(text.as_bytes());
    let mut rows = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes())
        .into_records()
        .filter_map(Result::ok)
        .peekable();
    let first = rows.next_if(|row| ExportColumns::named(row).is_some());
    let mut head = Vec::new();
    let named = first.and_then(|row| ExportColumns::named(&row));
    let columns = named.or_else(|| {
        head.extend(rows.by_ref().take(LOOKED_AT));
        let columns = ExportColumns::by_shape(&head)?;
        // Several columns without a name that is known have a header all the same.
        head.remove(0);
        Some(columns)
    });
    let Some(columns) = columns else {
        return text.lines().for_each(|line| take(line, 1));
    };
    for row in head.into_iter().chain(rows) {
        columns.take(&row, take);
    }
}

/// Letters and digits alone, in lower case.
fn folded(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

fn is_customer(sender: &str) -> bool {
    CUSTOMERS.contains(&&*folded(sender))
}

/// Where in a row what stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ExportColumns {
    message: usize,
    count: Option<usize>,
    sender: Option<usize>,
}

impl ExportColumns {
    /// By the names in a header.
    fn named(header: &csv::StringRecord) -> Option<Self> {
        let names: Vec<String> = header.iter().map(folded).collect();
        let find = |known: &[&str]| {
            known
                .iter()
                .find_map(|known| names.iter().position(|name| name == known))
        };
        Some(Self {
            message: find(&MESSAGES)?,
            count: find(&COUNTS),
            sender: find(&SENDERS),
        })
    }

    /// The column with the most letters, where there are several columns.
    fn by_shape(rows: &[csv::StringRecord]) -> Option<Self> {
        let mut widths: Vec<usize> = rows.iter().map(csv::StringRecord::len).collect();
        widths.sort_unstable();
        let usual = *widths.get(widths.len() / 2)?;
        let has_all = rows.iter().filter(|row| row.len() == usual).count();
        // Sentences with commas in them are no table.
        if usual < 2 || has_all * 10 < rows.len() * 9 {
            return None;
        }
        let letters = |column: usize| {
            let cells = rows.iter().skip(1).filter_map(|row| row.get(column));
            let letters = cells.flat_map(str::chars).filter(|c| c.is_alphabetic());
            letters.count()
        };
        let message = (0..usual).max_by_key(|column| (letters(*column), usize::MAX - column))?;
        Some(Self {
            message,
            count: None,
            sender: None,
        })
    }

    fn take(self, row: &csv::StringRecord, take: &mut dyn FnMut(&str, u64)) {
        let is_meant = self
            .sender
            .and_then(|column| row.get(column))
            .is_none_or(is_customer);
        let count = self.count.and_then(|column| row.get(column));
        let count = count.and_then(|count| count.trim().parse().ok());
        if let (true, Some(message)) = (is_meant, row.get(self.message)) {
            take(message, count.unwrap_or(1));
        }
    }
}

/// A document, or one on each line. `false`: it is no JSON.
fn of_json(text: &str, take: &mut dyn FnMut(&str, u64)) -> bool {
    if let Ok(document) = serde_json::from_str::<Value>(text) {
        said(&document, take);
        return true;
    }
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let is_json = |line: &str| serde_json::from_str::<Value>(line).is_ok();
    if !lines.clone().take(LOOKED_AT).all(is_json) {
        return false;
    }
    for line in lines {
        if let Ok(document) = serde_json::from_str::<Value>(line) {
            said(&document, take);
        }
    }
    true
}

/// What customers said, wherever it stands in a document.
fn said(value: &Value, take: &mut dyn FnMut(&str, u64)) {
    match value {
        Value::String(text) => take(text, 1),
        Value::Array(items) => items.iter().for_each(|item| said(item, take)),
        Value::Object(entries) => {
            let find = |known: &[&str]| {
                let mut texts = known.iter().filter_map(|key| entries.get(*key)?.as_str());
                texts.next()
            };
            match find(&TEXTS) {
                Some(text) if find(&SENDERS).is_none_or(is_customer) => take(text, 1),
                Some(_) => {}
                None => {
                    let below = entries.values().filter(|value| !value.is_string());
                    below.for_each(|value| said(value, take));
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<(String, u64)> {
        let mut found = Vec::new();
        each_message(text, &mut |text, count| {
            found.push((text.to_owned(), count));
        });
        found
    }

    fn once(texts: &[&str]) -> Vec<(String, u64)> {
        texts.iter().map(|text| ((*text).to_owned(), 1)).collect()
    }

    #[test]
    fn tables_lines_and_transcripts_are_told_apart() {
        for (text, expected) in [
            (
                "how do i pay\nwhere is it, then?\n",
                once(&["how do i pay", "where is it, then?"]),
            ),
            ("User Message\nhow, and when?\n", once(&["how"])),
            (
                "\u{feff}id;User says;Count\n1;how;7\n2;\"a;b\";x\n",
                vec![("how".into(), 7), ("a;b".into(), 1)],
            ),
            (
                "nr,wording\n1,how do i pay\n2,where is it\n",
                once(&["how do i pay", "where is it"]),
            ),
            ("message,sender\nhi,user\nhello,Asha\n", once(&["hi"])),
            (
                r#"{"chat_json":[{"text":"hi","sender":"user","message_id":1},{"text":"Hello","sender":"bot"}]}"#,
                once(&["hi"]),
            ),
            (
                "{\"message\":\"a\"}\n{\"message\":\"b\"}\n",
                once(&["a", "b"]),
            ),
            ("[\"a\",\"b\"]", once(&["a", "b"])),
            ("{broken\n", once(&["{broken"])),
            ("", once(&[])),
        ] {
            assert_eq!(all(text), expected, "{text}");
        }
    }
}
