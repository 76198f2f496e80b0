//! Portable Text, as Sanity stores it: blocks of spans, and lists as blocks that say so of themselves. Pure.

use std::fmt::Write as _;

use serde_json::Value;

use super::{UnknownNode, escaped};

/// The blocks as HTML.
pub(super) fn html(blocks: &[Value]) -> Result<String, UnknownNode> {
    let (mut html, mut open) = (String::new(), None);
    for block in blocks {
        let kind = block["_type"].as_str().unwrap_or_default();
        let list = block["listItem"].as_str();
        let list = list.map(|list| if list == "number" { "ol" } else { "ul" });
        if open != list {
            let _ = open.map(|list: &str| write!(html, "</{list}>"));
            let _ = list.map(|list| write!(html, "<{list}>"));
            open = list;
        }
        match kind {
            "block" => {
                let style = block["style"].as_str().unwrap_or_default();
                let tag = match (list, style) {
                    (Some(_), _) => "li",
                    (None, "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "blockquote") => style,
                    (None, _) => "p",
                };
                let _ = write!(html, "<{tag}>");
                spans(block, &mut html)?;
                let _ = write!(html, "</{tag}>");
            }
            "image" => {
                let words = block["alt"].as_str().or_else(|| block["caption"].as_str());
                let _ = write!(
                    html,
                    "<img src=\"\" alt=\"{}\">",
                    escaped(words.unwrap_or_default())
                );
            }
            "code" => {
                let code = block["code"].as_str().unwrap_or_default();
                let _ = write!(html, "<pre>{}</pre>", escaped(code));
            }
            _ => return Err(UnknownNode(kind.to_owned())),
        }
    }
    let _ = open.map(|list| write!(html, "</{list}>"));
    Ok(html)
}

fn spans(block: &Value, html: &mut String) -> Result<(), UnknownNode> {
    for span in block["children"].as_array().into_iter().flatten() {
        let Some(text) = span["text"].as_str() else {
            let kind = span["_type"].as_str().unwrap_or_default();
            return Err(UnknownNode(kind.to_owned()));
        };
        let marks = span["marks"].as_array().into_iter().flatten();
        let marks: Vec<&str> = marks.filter_map(Value::as_str).collect();
        let definitions = block["markDefs"].as_array().into_iter().flatten();
        let link = definitions
            .filter(|one| one["_key"].as_str().is_some_and(|key| marks.contains(&key)))
            .find_map(|one| one["href"].as_str());
        let tags: Vec<&str> = marks.iter().filter_map(|mark| tag(mark)).collect();
        let _ = link.map(|link| write!(html, "<a href=\"{}\">", escaped(link)));
        for tag in &tags {
            let _ = write!(html, "<{tag}>");
        }
        html.push_str(&escaped(text).replace('\n', "<br>"));
        for tag in tags.iter().rev() {
            let _ = write!(html, "</{tag}>");
        }
        html.push_str(if link.is_some() { "</a>" } else { "" });
    }
    Ok(())
}

/// The element that a mark is, if text with it does not mean the same.
fn tag(mark: &str) -> Option<&'static str> {
    match mark {
        "strike-through" | "strikethrough" | "strike" => Some("s"),
        "superscript" | "sup" => Some("sup"),
        "subscript" | "sub" => Some("sub"),
        _ => None,
    }
}
