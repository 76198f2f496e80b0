//! Reads a JSON document: an array of articles, or an object with the array somewhere in it.

use serde_json::value::RawValue;

use super::gathering::Gathering;
use super::item::Items;
use super::json_lines;
use super::json_value::{Json, follow};
use super::read::Job;
use super::text::{Problem, Text, newlines};

const MAX_DEPTH: usize = 4;

/// Reads all items of a file.
pub(super) fn read(text: Text, job: &Job, gathering: &mut Gathering) -> Result<(), Problem> {
    let document = text.whole()?;
    if is_json_lines(&document) {
        return json_lines::read_lines(document.as_bytes(), job, gathering);
    }
    let root: &RawValue = serde_json::from_str(&document).map_err(|error| invalid(&error))?;
    let items = items(root, job.folder.items.as_deref())?;
    let mut reader = Items::new(job);
    let (mut line, mut counted) = (1, 0);
    for item in items {
        let offset = item.get().as_ptr() as usize - document.as_ptr() as usize;
        line += newlines(&document.as_bytes()[counted..offset]);
        counted = offset;
        gathering.row(line)?;
        reader.take(item, line, gathering);
    }
    Ok(())
}

/// Whether more follows on the lines after a first whole object.
fn is_json_lines(document: &str) -> bool {
    let mut values = serde_json::Deserializer::from_str(document).into_iter::<&RawValue>();
    let first_is_object = matches!(values.next(), Some(Ok(first)) if first.get().starts_with('{'));
    first_is_object
        && document[values.byte_offset()..]
            .trim_start_matches([' ', '\t', '\r'])
            .strip_prefix('\n')
            .is_some_and(|rest| !rest.trim().is_empty())
}

fn invalid(error: &serde_json::Error) -> Problem {
    let remedy = if error.is_eof() {
        "it looks cut off, so export it again"
    } else {
        "mend it there, or export it again"
    };
    Problem {
        line: error.line() as u64,
        reason: format!("is not valid JSON ({error}); {remedy}"),
    }
}

/// The articles in a document: where the pointer leads, or else in the one list there is.
pub(super) fn items<'a>(
    root: &'a RawValue,
    pointer: Option<&str>,
) -> Result<Vec<&'a RawValue>, Problem> {
    let found = match pointer {
        Some(pointer) => at_pointer(root, pointer),
        None => match Json::parse(root) {
            Ok(Json::Array(items)) => Ok(items),
            Ok(_) => the_only_array(root),
            Err(reason) => Err(reason),
        },
    };
    found.map_err(Problem::whole_file)
}

fn at_pointer<'a>(root: &'a RawValue, pointer: &str) -> Result<Vec<&'a RawValue>, String> {
    match follow(root, pointer)?.map(Json::parse).transpose()? {
        Some(Json::Array(items)) => Ok(items),
        Some(_) => Err(format!(
            "has no array at items = \"{pointer}\" but something else; {}",
            candidates_text(root)?
        )),
        None => Err(format!(
            "has nothing at items = \"{pointer}\"; {}",
            candidates_text(root)?
        )),
    }
}

fn the_only_array(root: &RawValue) -> Result<Vec<&RawValue>, String> {
    let found = candidates(root)?;
    let (filled, empty): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|(_, items)| !items.is_empty());
    let likeliest = if filled.is_empty() { empty } else { filled };
    match <[_; 1]>::try_from(likeliest) {
        Ok([(_, items)]) => Ok(items),
        Err(_) => Err(format!(
            "is an object, and it is unclear which array in it holds the articles; {}",
            candidates_text(root)?
        )),
    }
}

fn candidates_text(root: &RawValue) -> Result<String, String> {
    let found = candidates(root)?;
    let lines: Vec<String> = found
        .iter()
        .map(|(pointer, items)| format!("items = \"{pointer}\" ({} objects)", items.len()))
        .collect();
    Ok(if lines.is_empty() {
        "there is no array of objects in it".to_owned()
    } else {
        format!("write one of these to the source: {}", lines.join(", "))
    })
}

/// The arrays of objects in the objects of a document, and the pointers to them.
fn candidates(root: &RawValue) -> Result<Vec<(String, Vec<&RawValue>)>, String> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), root)];
    while let Some((pointer, raw)) = open.pop() {
        match Json::parse(raw)? {
            Json::Array(items) if items.iter().all(|item| item.get().starts_with('{')) => {
                found.push((pointer, items));
            }
            Json::Object(object) if pointer.matches('/').count() < MAX_DEPTH => {
                // Last in, first out: turned round, so that the order of the document comes out.
                for (key, value) in object.0.iter().rev() {
                    let key = key.replace('~', "~0").replace('/', "~1");
                    open.push((format!("{pointer}/{key}"), value));
                }
            }
            _ => {}
        }
    }
    Ok(found)
}
