//! An XML document as a tree of elements with their lines. Entities that the document itself
//! defines are not expanded, so that none can grow without bound.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use serde_json::{Map, Value};

use super::text::{Problem, newlines};

const MAX_DEPTH: usize = 100;

/// One element.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) line: u64,
    pub(super) children: Vec<Element>,
    attributes: Vec<(String, String)>,
    text: String,
}

impl Element {
    /// Whether it can be an article.
    pub(super) fn has_fields(&self) -> bool {
        !self.children.is_empty() || !self.attributes.is_empty()
    }

    /// Its text, or an object of its attributes and children; what repeats becomes an array.
    pub(super) fn to_json(&self) -> Value {
        if !self.has_fields() {
            return Value::String(self.text.trim().to_owned());
        }
        let mut object = Map::new();
        for (name, value) in &self.attributes {
            add(&mut object, name, Value::String(value.clone()));
        }
        for child in &self.children {
            add(&mut object, &child.name, child.to_json());
        }
        if !self.text.trim().is_empty() {
            add(
                &mut object,
                "text",
                Value::String(self.text.trim().to_owned()),
            );
        }
        Value::Object(object)
    }
}

fn add(object: &mut Map<String, Value>, name: &str, value: Value) {
    match object.get_mut(name) {
        None => drop(object.insert(name.to_owned(), value)),
        Some(Value::Array(values)) => values.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
    }
}

/// Reads a document.
pub(super) fn parse(document: &str) -> Result<Element, Problem> {
    let mut reader = Reader::from_str(document);
    let mut open: Vec<Element> = vec![Element::default()];
    let (mut line, mut counted) = (1, 0);
    loop {
        let before = usize::try_from(reader.buffer_position()).unwrap_or(counted);
        line += newlines(document.as_bytes().get(counted..before).unwrap_or_default());
        counted = before;
        let invalid = |cause: &dyn std::fmt::Display| {
            let reason = format!("is not valid XML ({cause}); fix it there, or export it again");
            Problem::unusable(line, reason)
        };
        let event = reader.read_event().map_err(|error| invalid(&error))?;
        let depth = open.len();
        let Some(last) = open.last_mut() else {
            return Err(invalid(&"an element is closed that was never opened"));
        };
        match event {
            Event::Start(start) if depth <= MAX_DEPTH => {
                open.push(element(&start, line).map_err(|error| invalid(&error))?);
            }
            Event::Start(_) => return Err(invalid(&"more than 100 elements within each other")),
            Event::Empty(start) => {
                let element = element(&start, line).map_err(|error| invalid(&error))?;
                last.children.push(element);
            }
            Event::End(_) => close(&mut open),
            Event::Text(text) => last
                .text
                .push_str(&text.xml_content(XmlVersion::Implicit1_0)),
            Event::CData(text) => last
                .text
                .push_str(&text.xml_content(XmlVersion::Implicit1_0)),
            Event::GeneralRef(name) => match name.resolve_char_ref() {
                Ok(Some(letter)) => last.text.push(letter),
                _ => last.text.push_str(&entity(&name)),
            },
            Event::Eof => return whole(open, line),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
}

fn element(start: &BytesStart, line: u64) -> Result<Element, quick_xml::Error> {
    let mut element = Element {
        name: start.name().as_ref().to_owned(),
        line,
        ..Element::default()
    };
    for attribute in start.attributes() {
        let attribute = attribute?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0)?;
        let name = attribute.key.as_ref().to_owned();
        element.attributes.push((name, value.into_owned()));
    }
    Ok(element)
}

/// What XML does not know is most likely from HTML, and stays as it is written.
fn entity(name: &str) -> String {
    quick_xml::escape::resolve_predefined_entity(name)
        .map_or_else(|| format!("&{name};"), str::to_owned)
}

fn close(open: &mut Vec<Element>) {
    if let Some(closed) = open.pop()
        && let Some(parent) = open.last_mut()
    {
        parent.children.push(closed);
    }
}

fn whole(mut open: Vec<Element>, line: u64) -> Result<Element, Problem> {
    let unfinished = open.len() > 1;
    let root = open.pop().and_then(|mut document| document.children.pop());
    match root {
        Some(root) if !unfinished => Ok(root),
        _ => Err(Problem::unusable(
            line,
            "ends before its elements are closed; it looks cut off, so export it again",
        )),
    }
}
