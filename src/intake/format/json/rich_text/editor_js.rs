//! Editor.js: a list of blocks, each with data of its own. Words within a block are HTML already. Pure.

use std::fmt::Write as _;

use serde_json::Value;

use super::{UnknownNode, escaped};

/// The blocks as HTML.
pub(super) fn html(blocks: &[Value]) -> Result<String, UnknownNode> {
    let mut html = String::new();
    for block in blocks {
        let (kind, data) = (block["type"].as_str().unwrap_or_default(), &block["data"]);
        let text = |name: &str| data[name].as_str().unwrap_or_default();
        let _ = match kind {
            "paragraph" => write!(html, "<p>{}</p>", text("text")),
            "header" => {
                let level = data["level"].as_u64().unwrap_or(2).clamp(1, 6);
                write!(html, "<h{level}>{}</h{level}>", text("text"))
            }
            "list" | "nestedList" | "checklist" => {
                list(data, data["style"] == "ordered", &mut html);
                Ok(())
            }
            "quote" => write!(
                html,
                "<blockquote><p>{}</p><p>{}</p></blockquote>",
                text("text"),
                text("caption")
            ),
            "warning" => write!(
                html,
                "<blockquote><p>{}</p><p>{}</p></blockquote>",
                text("title"),
                text("message")
            ),
            "code" => write!(html, "<pre>{}</pre>", escaped(text("code"))),
            "raw" => write!(html, "{}", text("html")),
            "delimiter" => write!(html, "<hr>"),
            "image" | "simpleImage" => {
                let address = data["file"]["url"].as_str().unwrap_or(text("url"));
                let (address, words) = (escaped(address), escaped(text("caption")));
                write!(html, "<p><img src=\"{address}\" alt=\"{words}\"></p>")
            }
            "table" => {
                table(data, &mut html);
                Ok(())
            }
            _ => return Err(UnknownNode(kind.to_owned())),
        };
    }
    Ok(html)
}

/// The items of a list: texts, or objects with items of their own.
fn list(data: &Value, is_ordered: bool, html: &mut String) {
    let items = data["items"].as_array().map_or(&[][..], Vec::as_slice);
    if items.is_empty() {
        return;
    }
    let tag = if is_ordered { "ol" } else { "ul" };
    let _ = write!(html, "<{tag}>");
    for item in items {
        let texts = [item, &item["content"], &item["text"]];
        let text = texts.into_iter().find_map(Value::as_str);
        let _ = write!(html, "<li>{}", text.unwrap_or_default());
        list(item, is_ordered, html);
        html.push_str("</li>");
    }
    let _ = write!(html, "</{tag}>");
}

fn table(data: &Value, html: &mut String) {
    html.push_str("<table>");
    let rows = data["content"].as_array().into_iter().flatten();
    for (at, row) in rows.enumerate() {
        let is_head = at == 0 && data["withHeadings"] == true;
        let tag = if is_head { "th" } else { "td" };
        html.push_str("<tr>");
        for cell in row.as_array().into_iter().flatten() {
            let _ = write!(html, "<{tag}>{}</{tag}>", cell.as_str().unwrap_or_default());
        }
        html.push_str("</tr>");
    }
    html.push_str("</table>");
}
