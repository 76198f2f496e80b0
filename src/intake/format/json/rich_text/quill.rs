//! Quill's Delta: inserts one after the other, in which the end of a line says what the line is. Pure.

use std::fmt::Write as _;

use serde_json::Value;

use super::{UnknownNode, escaped};

/// The inserts as HTML.
pub(super) fn html(inserts: &[Value]) -> Result<String, UnknownNode> {
    let mut lines = QuillLines::default();
    for insert in inserts {
        let attributes = &insert["attributes"];
        let Some(text) = insert["insert"].as_str() else {
            lines.embed(&insert["insert"])?;
            continue;
        };
        let mut parts = text.split('\n');
        lines.words(parts.next().unwrap_or_default(), attributes);
        for part in parts {
            lines.end(attributes);
            lines.words(part, attributes);
        }
    }
    lines.end(&Value::Null);
    lines.close();
    Ok(lines.html)
}

#[derive(Default)]
struct QuillLines {
    html: String,
    line: String,
    list: Option<&'static str>,
}

impl QuillLines {
    fn words(&mut self, text: &str, attributes: &Value) {
        if text.is_empty() {
            return;
        }
        let raised = match attributes["script"].as_str() {
            Some("sub") => Some("sub"),
            Some("super") => Some("sup"),
            _ => None,
        };
        let struck = (attributes["strike"] == true).then_some("s");
        let link = attributes["link"].as_str();
        let _ = link.map(|link| write!(self.line, "<a href=\"{}\">", escaped(link)));
        for tag in [raised, struck].into_iter().flatten() {
            let _ = write!(self.line, "<{tag}>");
        }
        self.line.push_str(&escaped(text));
        for tag in [struck, raised].into_iter().flatten() {
            let _ = write!(self.line, "</{tag}>");
        }
        self.line.push_str(if link.is_some() { "</a>" } else { "" });
    }

    fn embed(&mut self, insert: &Value) -> Result<(), UnknownNode> {
        if let Some(address) = insert["image"].as_str() {
            // A picture within the text has no address that leads anywhere.
            let address = if address.starts_with("data:") {
                ""
            } else {
                address
            };
            let _ = write!(self.line, "<img src=\"{}\">", escaped(address));
            return Ok(());
        }
        if insert["divider"].is_boolean() {
            return Ok(());
        }
        let kind = insert.as_object().and_then(|kinds| kinds.keys().next());
        Err(UnknownNode(kind.map_or("?", String::as_str).to_owned()))
    }

    /// Ends a line that these attributes say something of.
    fn end(&mut self, attributes: &Value) {
        let list = match attributes["list"].as_str() {
            Some("ordered") => Some("ol"),
            Some(_) => Some("ul"),
            None => None,
        };
        if self.list != list {
            self.close();
            let _ = list.map(|list| write!(self.html, "<{list}>"));
            self.list = list;
        }
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            return;
        }
        let tag = match attributes["header"].as_u64() {
            _ if list.is_some() => "li",
            Some(1) => "h1",
            Some(2) => "h2",
            Some(_) => "h3",
            None if attributes["blockquote"] == true => "blockquote",
            None if attributes["code-block"].is_boolean() => "pre",
            None => "p",
        };
        let _ = write!(self.html, "<{tag}>{line}</{tag}>");
    }

    fn close(&mut self) {
        let _ = self.list.take().map(|list| write!(self.html, "</{list}>"));
    }
}
