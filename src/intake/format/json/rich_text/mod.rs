//! Texts as the editors of content management systems store them: trees of nodes, lines with attributes or lists of
//! blocks, in place of a text with markup. They become HTML; a node that nobody knows is told by its name. Pure.

mod draft;
mod editor_js;
mod nodes;
mod plone;
mod portable;
mod quill;

use serde_json::Value;
use serde_json::value::RawValue;

pub(crate) use plone::in_field;

use crate::model::{Article, Markup};

/// What is longer is no text that a person wrote in an editor.
const LONGEST: usize = 4 << 20;

/// Keys of which all of them have one: what has none costs no more than the look for them.
const KEYS: [&str; 5] = [
    "\"type\"",
    "\"nodeType\"",
    "\"ops\"",
    "\"blocks\"",
    "\"_type\"",
];

/// The kind of a node of which nothing is read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UnknownNode(String);

impl UnknownNode {
    /// What is said of an article with such a node.
    pub(crate) fn reason(&self, name: &str) -> String {
        format!(
            "has a node of the kind `{}` in `{name}`, the text of an editor, of which nothing is read; write its text in paragraphs there, or let the export write HTML",
            self.0
        )
    }
}

/// What a value is as HTML, if it is such a text. It is empty where there is nothing to read.
pub(crate) fn html(value: &RawValue) -> Option<Result<String, UnknownNode>> {
    let text = value.get();
    if text.len() > LONGEST || !KEYS.iter().any(|key| text.contains(key)) {
        return None;
    }
    let value: Value = serde_json::from_str(text).ok()?;
    let body = body(&value)?;
    Some(body.map(|body| {
        if body.is_empty() {
            body
        } else {
            format!("<div>{body}</div>")
        }
    }))
}

/// The same, for a text that holds such a value, as databases store it.
fn html_of_text(text: &str) -> Option<Result<String, UnknownNode>> {
    let text = text.trim();
    let is_within = |open, close| text.starts_with(open) && text.ends_with(close);
    if !is_within('{', '}') && !is_within('[', ']') {
        return None;
    }
    html(serde_json::from_str(text).ok()?)
}

/// Puts HTML in place of what an editor stores, where a field has that as text.
pub(crate) fn read_stored(article: &mut Article) -> Result<(), UnknownNode> {
    if article.markup != Markup::Faq {
        for answer in &mut article.answers {
            if let Some(html) = html_of_text(answer) {
                *answer = html?;
            }
        }
    }
    Ok(())
}

fn body(value: &Value) -> Option<Result<String, UnknownNode>> {
    let is_filled = |list: &&Vec<Value>| !list.is_empty();
    let is_of = |list: &[Value], key: &str| list.iter().all(|entry| entry[key].is_string());
    if let Some(list) = value.as_array().filter(is_filled) {
        if is_of(list, "_type") {
            return Some(portable::html(list));
        }
        let are_nodes = is_of(list, "type") && list.iter().any(|node| node["children"].is_array());
        return are_nodes.then(|| nodes::html(list));
    }
    let is_root = |key: &str, name: &str| value[key] == name;
    if let Some(list) = value["content"].as_array()
        && (is_root("type", "doc") || is_root("nodeType", "document"))
    {
        return Some(nodes::html(list));
    }
    if let Some(list) = value["root"]["children"].as_array() {
        return Some(nodes::html(list));
    }
    if let Some(list) = value["ops"].as_array() {
        let are_inserts = list.iter().all(|op| !op["insert"].is_null());
        return are_inserts.then(|| quill::html(list));
    }
    let list = value["blocks"].as_array()?;
    if !list.is_empty() && is_of(list, "type") && list.iter().all(|block| block["data"].is_object())
    {
        let is_draft = list.iter().all(|block| block["text"].is_string());
        if !is_draft {
            return Some(editor_js::html(list));
        }
    }
    if value["entityMap"].is_object() || value["entityMap"].is_array() {
        let mut html = String::new();
        draft::html(value, &mut html);
        return Some(Ok(html));
    }
    None
}

/// Text as HTML has it.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('"', "&quot;")
}

#[cfg(test)]
mod tests;
