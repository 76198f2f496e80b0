//! Reads YAML: a list of articles, or a mapping with the list somewhere in it. `no` and `010` stay
//! the text that they are.

use std::cell::Cell;

use serde::de::DeserializeSeed;

use super::gathering::Gathering;
use super::json;
use super::json_value::raw;
use super::rasa;
use super::read::Job;
use super::text::{Problem, Text};
use super::yaml_value::Bounded;

/// An anchor may be repeated, but not to many times the length of the document.
const ROOM_FACTOR: usize = 16;
const ROOM: usize = 1 << 20;
const MAX_OPEN: usize = 1000;

/// Reads all items of a file. YAML does not say where a value stood, so that the item's number
/// stands in for the line.
pub(super) fn read(text: Text, job: &Job, gathering: &mut Gathering) -> Result<(), Problem> {
    let value = parse(&text.whole()?)?;
    if job.folder.items.is_none() && rasa::is_it(&value) {
        return rasa::read(&value, job, gathering);
    }
    let root = raw(&value)?;
    let found = json::items(&root, job)?;
    let mut reader = json::reader(&found, job, gathering);
    for (number, item) in (1..).zip(&found.items) {
        gathering.row(number)?;
        reader.take(item.as_object(), number, gathering);
    }
    reader.finish(gathering);
    Ok(())
}

/// A YAML document as the JSON value that says the same.
pub(super) fn parse(document: &str) -> Result<serde_json::Value, Problem> {
    let invalid = |line, cause: &dyn std::fmt::Display| {
        let reason = format!("is not valid YAML ({cause}); fix it there, or export it again");
        Problem::unusable(line, reason)
    };
    if let Some(line) = too_deep(document) {
        return Err(invalid(
            line,
            &"lists more than 1000 deep within each other",
        ));
    }
    let room = Cell::new(document.len().saturating_mul(ROOM_FACTOR).max(ROOM));
    Bounded::new(&room)
        .deserialize(yaml_serde::Deserializer::from_str(document))
        .map_err(|error| invalid(error.location().map_or(0, |at| at.line() as u64), &error))
}

/// The line on which more brackets are open than any text has: the library looks at all of them for
/// each word that follows.
fn too_deep(document: &str) -> Option<u64> {
    let mut open = 0_usize;
    for (line, text) in (1..).zip(document.lines()) {
        for byte in text.bytes() {
            match byte {
                b'[' | b'{' => open += 1,
                b']' | b'}' => open = open.saturating_sub(1),
                _ => {}
            }
            if open > MAX_OPEN {
                return Some(line);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_what_they_say() {
        let document =
            "id: 010\nyes: no\nversion: 1.10\nlist: [1, ~, true, !x y]\n7: &a {b: c}\ncopy: *a\n";
        let expected = serde_json::json!({
            "id": "010", "yes": "no", "version": "1.1", "list": ["1", null, true, "y"],
            "7": {"b": "c"}, "copy": {"b": "c"},
        });
        assert_eq!(parse(document).unwrap(), expected);
        assert_eq!(parse("").unwrap(), serde_json::Value::Null);
    }

    #[test]
    fn bombs_are_refused() {
        let long = vec!["x"; 5000].join(",");
        let aliases = vec!["*a"; 2000].join(",");
        let deep = "[".repeat(100_000);
        for (document, part) in [
            (
                format!("a: &a [{long}]\nb: [{aliases}]\n"),
                "repeat too much",
            ),
            (format!("a: 1\nb: {deep}"), "1000 deep"),
            ("a: 1\na: 2\n".to_owned(), "`a` occurs twice"),
            ("? [a]\n: 1\n".to_owned(), "keys as words"),
        ] {
            let problem = parse(&document).unwrap_err();
            assert!(problem.reason.contains(part), "{problem:?}");
        }
    }
}
