//! Reads XML: the elements at the path `items`, or the one kind of element that repeats. Attributes
//! and child elements are the fields of an article.

use super::gathering::Gathering;
use super::item::Items;
use super::json_value::raw;
use super::read::Job;
use super::text::{Problem, Text};
use super::xml_tree::{Element, parse};

/// Reads all items of a file.
pub(super) fn read(text: Text, job: &Job, gathering: &mut Gathering) -> Result<(), Problem> {
    let document = text.whole()?;
    let root = parse(&document)?;
    let items = match &job.folder.items {
        Some(path) => at_path(&root, path)?,
        None => repeated(&root)?,
    };
    let mut reader = Items::new(job);
    for item in items {
        gathering.row(item.line)?;
        reader.take(&raw(&item.to_json())?, item.line, gathering);
    }
    reader.finish(gathering);
    Ok(())
}

fn at_path<'e>(root: &'e Element, path: &str) -> Result<Vec<&'e Element>, Problem> {
    let mut parts = path.split('/').skip(1);
    let mut found = Vec::new();
    if parts.next() == Some(root.name.as_str()) {
        found.push(root);
    }
    for part in parts {
        found = found
            .into_iter()
            .flat_map(|element| &element.children)
            .filter(|child| child.name == part)
            .collect();
    }
    if found.is_empty() {
        return Err(Problem::whole_file(format!(
            "has no element at items = \"{path}\"; {}",
            candidates_text(root)
        )));
    }
    Ok(found)
}

/// The one kind of element with fields of its own, below the root or the only element in it.
fn repeated(root: &Element) -> Result<Vec<&Element>, Problem> {
    let mut parent = root;
    while let [only] = parent.children.as_slice()
        && only.children.iter().any(Element::has_fields)
    {
        parent = only;
    }
    let mut names: Vec<&str> = parent
        .children
        .iter()
        .filter(|child| child.has_fields())
        .map(|child| child.name.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    match names.as_slice() {
        [] if parent.children.is_empty() => Ok(Vec::new()),
        [name] => Ok(parent
            .children
            .iter()
            .filter(|child| child.name == *name)
            .collect()),
        _ => Err(Problem::whole_file(format!(
            "does not show which of its elements are the articles; {}",
            candidates_text(root)
        ))),
    }
}

fn candidates_text(root: &Element) -> String {
    let mut paths = Vec::new();
    let mut open = vec![(format!("/{}", root.name), root)];
    while let Some((path, element)) = open.pop() {
        for child in element.children.iter().filter(|child| child.has_fields()) {
            let path = format!("{path}/{}", child.name);
            if !paths.contains(&path) && paths.len() < 10 {
                paths.push(path.clone());
                open.push((path, child));
            }
        }
    }
    if paths.is_empty() {
        return "there is no element with fields in it".to_owned();
    }
    let lines: Vec<String> = paths
        .iter()
        .map(|path| format!("items = \"{path}\""))
        .collect();
    format!("write one of these to the source: {}", lines.join(", "))
}
