//! Reads YAML: a list of articles, or a mapping with the list somewhere in it. `no` and `010` stay
//! the text that they are.

use yaml_serde::Value;

use super::gathering::Gathering;
use super::json;
use super::json_value::raw;
use super::rasa;
use super::read::Job;
use super::text::{Problem, Text};

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
    Ok(())
}

/// A YAML document as the JSON value that says the same.
pub(super) fn parse(document: &str) -> Result<serde_json::Value, Problem> {
    // Into its own value first: that refuses a key that occurs twice.
    let value: Value = yaml_serde::from_str(document).map_err(|error| Problem {
        line: error.location().map_or(0, |place| place.line() as u64),
        reason: format!("is not valid YAML ({error}); mend it there, or export it again"),
    })?;
    json_of(value).map_err(Problem::whole_file)
}

fn json_of(value: Value) -> Result<serde_json::Value, String> {
    Ok(match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(flag) => flag.into(),
        Value::Number(number) => number.to_string().into(),
        Value::String(text) => text.into(),
        Value::Sequence(items) => items
            .into_iter()
            .map(json_of)
            .collect::<Result<Vec<_>, _>>()?
            .into(),
        Value::Mapping(entries) => {
            let mut object = serde_json::Map::new();
            for (key, value) in entries {
                object.insert(key_of(key)?, json_of(value)?);
            }
            object.into()
        }
        Value::Tagged(tagged) => json_of(tagged.value)?,
    })
}

fn key_of(key: Value) -> Result<String, String> {
    match json_of(key)? {
        serde_json::Value::String(key) => Ok(key),
        serde_json::Value::Bool(flag) => Ok(flag.to_string()),
        _ => Err("has a key that is no text; write keys as words".to_owned()),
    }
}
