//! Goes through an XML document from its beginning to its end, without holding more of it than one
//! article. Entities that the document itself defines are not expanded, so that none can grow without
//! bound.

use std::io::Read;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use serde_json::{Map, Value};

use super::markup::{self, XmlMarks};
use crate::intake::budget::{Budget, Exceeded};
use crate::intake::bytes::{Stream, TextProblem, broken_off};

const MAX_DEPTH: usize = 100;
const MAX_ATTRIBUTES: usize = 1000;
/// What an element and an attribute take besides their text, as elements and as JSON.
const NODE: usize = 300;

/// One element, with what is in it.
#[derive(Debug, Default)]
pub(crate) struct XmlElement {
    pub(crate) name: String,
    pub(crate) line: u64,
    pub(super) children: Vec<XmlElement>,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) text: String,
    /// Where it stands in the text of the element that it is in.
    pub(super) at: usize,
}

impl XmlElement {
    fn has_fields(&self) -> bool {
        !self.children.is_empty() || !self.attributes.is_empty()
    }

    /// The names of its fields, in the order in which they stand.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        let attributes = self.attributes.iter().map(|(name, _)| name.as_str());
        attributes.chain(self.children.iter().map(|child| child.name.as_str()))
    }

    /// Its text, or an object of its attributes and children; what repeats becomes an array.
    pub(crate) fn to_json(&self, marks: XmlMarks) -> Value {
        if !self.has_fields() {
            return Value::String(markup::text(self, marks));
        }
        let mut object = Map::new();
        for (name, value) in &self.attributes {
            add(&mut object, name, Value::String(value.clone()));
        }
        for child in &self.children {
            let html = markup::html(child).filter(|_| marks != XmlMarks::Fields);
            let value = html.map_or_else(|| child.to_json(marks), Value::String);
            add(&mut object, &child.name, value);
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

/// What is done with what is met on the way.
pub(crate) trait XmlPath {
    /// What counts the memory.
    fn budget(&mut self) -> &mut Budget;

    /// An element begins; its name is the last of the path. `true`: it is wanted by [`Self::element`].
    fn begins(&mut self, path: &[String], has_attributes: bool) -> Result<bool, TextProblem>;

    /// An element that was wanted has ended.
    fn element(&mut self, element: &XmlElement) -> Result<(), TextProblem>;

    /// An element ends, whether it was wanted or not, but for those within one that was.
    fn ends(&mut self, path: &[String]) -> Result<(), TextProblem>;
}

/// Goes all the way.
pub(crate) fn follow_way(
    text: Box<dyn Read + '_>,
    max_row_bytes: usize,
    way: &mut dyn XmlPath,
) -> Result<(), TextProblem> {
    let stream = Stream::new(text, max_row_bytes);
    let progress = stream.progress();
    let mut reader = Reader::from_reader(stream);
    let mut walk = XmlWalk {
        way,
        path: Vec::new(),
        open: Vec::new(),
        held: 0,
        is_begun: false,
    };
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        progress.begin();
        let line = progress.line();
        let event = reader
            .read_event_into(&mut buffer)
            .map_err(|error| match &error {
                quick_xml::Error::Io(error) => broken_off(&progress, error),
                _ => invalid(line, &error),
            })?;
        match event {
            Event::Start(start) => walk.start(&start, line)?,
            Event::Empty(start) => {
                walk.start(&start, line)?;
                walk.end(line)?;
            }
            Event::End(_) => walk.end(line)?,
            Event::Text(text) => walk.text(&text.xml_content(XmlVersion::Implicit1_0))?,
            Event::CData(text) => walk.text(&text.xml_content(XmlVersion::Implicit1_0))?,
            Event::GeneralRef(name) => match name.resolve_char_ref() {
                Ok(Some(letter)) => walk.text(letter.encode_utf8(&mut [0; 4]))?,
                _ => walk.text(&entity(&name))?,
            },
            Event::Eof if walk.is_begun && walk.path.is_empty() => return Ok(()),
            Event::Eof => {
                return Err(TextProblem::unusable(
                    line,
                    "ends before its elements are closed; it looks cut off, so export it again",
                ));
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
}

fn invalid(line: u64, cause: &dyn std::fmt::Display) -> TextProblem {
    let reason = format!("is not valid XML ({cause}); fix it there, or export it again");
    TextProblem::unusable(line, reason)
}

struct XmlWalk<'w> {
    way: &'w mut dyn XmlPath,
    /// The names of the elements that are open.
    path: Vec<String>,
    /// The innermost of them, from the one that is wanted on.
    open: Vec<XmlElement>,
    /// What is counted of them.
    held: usize,
    is_begun: bool,
}

impl XmlWalk<'_> {
    fn start(&mut self, start: &BytesStart, line: u64) -> Result<(), TextProblem> {
        if self.path.len() == MAX_DEPTH {
            return Err(invalid(line, &"more than 100 elements within each other"));
        }
        if self.path.is_empty() && std::mem::replace(&mut self.is_begun, true) {
            return Err(invalid(line, &"more than one outermost element"));
        }
        self.path.push(start.name().as_ref().to_owned());
        // The library compares each of them with those before it.
        let attributes = start.attributes().with_checks(false).count();
        if attributes > MAX_ATTRIBUTES {
            return Err(invalid(line, &"more than 1000 attributes of one element"));
        }
        if self.open.is_empty() {
            let has_attributes = attributes > 0;
            if !self.way.begins(&self.path, has_attributes)? {
                return check(start, line);
            }
        }
        let element = element(start, line).map_err(|error| invalid(line, &error))?;
        let attributes = element.attributes.iter();
        let attributes = attributes.map(|(name, value)| NODE + name.len() + value.len());
        self.take(NODE + attributes.sum::<usize>(), line)?;
        self.open.push(element);
        Ok(())
    }

    fn end(&mut self, line: u64) -> Result<(), TextProblem> {
        let Some(closed) = self.open.pop() else {
            if self.path.is_empty() {
                return Err(invalid(line, &"an element is closed that was never opened"));
            }
            self.way.ends(&self.path)?;
            self.path.pop();
            return Ok(());
        };
        if let Some(parent) = self.open.last_mut() {
            parent.children.push(XmlElement {
                at: parent.text.len(),
                ..closed
            });
            self.path.pop();
            return Ok(());
        }
        let outcome = self.way.element(&closed);
        self.way.budget().trim_memory(self.held);
        self.held = 0;
        outcome?;
        self.way.ends(&self.path)?;
        self.path.pop();
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), TextProblem> {
        let Some(last) = self.open.last_mut() else {
            return Ok(());
        };
        last.text.push_str(text);
        let line = last.line;
        // Once as text, and once as JSON.
        self.take(text.len() * 2, line)
    }

    fn take(&mut self, bytes: usize, line: u64) -> Result<(), TextProblem> {
        self.held += bytes;
        let taken = self.way.budget().take(bytes);
        taken.map_err(|Exceeded| Exceeded::at(line))
    }
}

/// What is wrong with an element that is not wanted counts as well.
fn check(start: &BytesStart, line: u64) -> Result<(), TextProblem> {
    for attribute in start.attributes() {
        attribute.map_err(|error| invalid(line, &error))?;
    }
    Ok(())
}

fn element(start: &BytesStart, line: u64) -> Result<XmlElement, quick_xml::Error> {
    let mut element = XmlElement {
        name: start.name().as_ref().to_owned(),
        line,
        ..XmlElement::default()
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
