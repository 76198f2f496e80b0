//! Reads a JSON document: an array of articles, or an object with the array somewhere in it.

use serde_json::value::RawValue;

use super::gathering::Gathering;
use super::item::Items;
use super::json_lines;
use super::json_value::{Json, follow};
use super::layouts;
use super::read::Job;
use super::text::{Problem, Text, newlines};
use crate::list::few;

const MAX_DEPTH: usize = 4;

/// Reads all items of a file.
pub(super) fn read(text: Text, job: &Job, gathering: &mut Gathering) -> Result<(), Problem> {
    let document = text.whole()?;
    if is_json_lines(&document) {
        return json_lines::read_lines(document.as_bytes(), job, gathering);
    }
    let root: &RawValue = serde_json::from_str(&document).map_err(|error| invalid(&error))?;
    let found = items(root, job)?;
    let mut reader = reader(&found, job, gathering);
    let (mut line, mut counted) = (1, 0);
    for item in &found.items {
        let offset = item.origin.get().as_ptr() as usize - document.as_ptr() as usize;
        line += newlines(&document.as_bytes()[counted..offset]);
        counted = offset;
        gathering.row(line)?;
        reader.take(item.as_object(), line, gathering);
    }
    reader.finish(gathering);
    Ok(())
}

/// What turns the items into articles; says so where questions serve as ids.
pub(super) fn reader<'j>(
    found: &layouts::Items,
    job: &'j Job,
    gathering: &mut Gathering,
) -> Items<'j> {
    let reader = Items::new(job);
    if !found.questions_are_ids {
        return reader;
    }
    let note = "has a layout without ids, so that each question is the id of its article: a question that is changed is a new article";
    gathering.note(job.place(0), note.to_owned());
    reader.with_questions_as_ids()
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
        "fix it there, or export it again"
    };
    let reason = format!("is not valid JSON ({error}); {remedy}");
    Problem::unusable(error.line() as u64, reason)
}

/// The articles in a document: where the pointer leads, or else where a known layout has them, or in
/// the one list there is.
pub(super) fn items<'a>(root: &'a RawValue, job: &Job) -> Result<layouts::Items<'a>, Problem> {
    let found = match job.folder.items.as_deref() {
        Some(pointer) => at_pointer(root, pointer).map(layouts::Items::plain),
        None => recognised(root),
    };
    found.map_err(Problem::whole_file)
}

fn recognised(root: &RawValue) -> Result<layouts::Items<'_>, String> {
    let value = Json::parse(root)?;
    if let Some(found) = layouts::find(root, &value) {
        return Ok(found);
    }
    Ok(layouts::Items::plain(match value {
        Json::Array(items) => items,
        _ => the_only_array(root)?,
    }))
}

fn at_pointer<'a>(root: &'a RawValue, pointer: &str) -> Result<Vec<&'a RawValue>, String> {
    if let Some((lists, rest)) = pointer.split_once("/*") {
        return in_each(root, pointer, lists, rest);
    }
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

/// The items below `/*`, which stands for every key of an object or every entry of an array.
fn in_each<'a>(
    root: &'a RawValue,
    pointer: &str,
    lists: &str,
    rest: &str,
) -> Result<Vec<&'a RawValue>, String> {
    let each = match follow(root, lists)?.map(Json::parse).transpose()? {
        Some(Json::Array(items)) => items,
        Some(Json::Object(object)) => object.0.into_iter().map(|(_, value)| value).collect(),
        _ => Vec::new(),
    };
    let mut all = Vec::new();
    for value in each {
        match follow(value, rest)?.map(Json::parse).transpose()? {
            Some(Json::Array(items)) => all.extend(items),
            Some(_) => {
                return Err(format!(
                    "has something that is no array at items = \"{pointer}\"; {}",
                    candidates_text(root)?
                ));
            }
            None => {}
        }
    }
    if all.is_empty() {
        return Err(format!(
            "has nothing at items = \"{pointer}\"; {}",
            candidates_text(root)?
        ));
    }
    Ok(all)
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
    let in_root = found
        .iter()
        .all(|(pointer, _)| pointer.matches('/').count() == 1);
    Ok(match lines.len() {
        0 => "there is no array of objects in it".to_owned(),
        1 => format!("write this to the source: {}", lines[0]),
        _ if in_root => format!(
            "write one of these to the source: {}, or items = \"/*\" for all of them",
            few(&lines)
        ),
        _ => format!("write one of these to the source: {}", few(&lines)),
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
