//! Pages made of blocks, as Plone's Volto has them: an object of blocks, and their order in `blocks_layout`.
//! They become HTML. Shapes as in the tests of plone.restapi and in public code that shows such pages. Pure.

use std::fmt::Write as _;

use serde_json::Value;
use serde_json::value::RawValue;

use super::draft;
use super::escaped;
use crate::intake::format::json::value::follow_through_null;

/// Blocks that show other pages, or nothing that can be read.
const WITHOUT_TEXT: [&str; 11] = [
    "title",
    "toc",
    "separator",
    "divider",
    "spacer",
    "listing",
    "search",
    "maps",
    "video",
    "leadimage",
    "form",
];
/// Elements of a text that have the names of HTML.
const ELEMENTS: [&str; 28] = [
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "ul",
    "ol",
    "li",
    "blockquote",
    "pre",
    "strong",
    "b",
    "em",
    "i",
    "u",
    "s",
    "del",
    "sub",
    "sup",
    "code",
    "table",
    "thead",
    "tbody",
    "tr",
    "td",
    "th",
];

/// The blocks in a field as HTML, if it has any: the field beside it says in which order they stand.
pub(crate) fn in_field(
    item: &RawValue,
    name: &str,
    value: &RawValue,
) -> Result<Option<String>, String> {
    if !name.starts_with('/') || !value.get().starts_with('{') {
        return Ok(None);
    }
    let Some(layout) = follow_through_null(item, &format!("{name}_layout"))? else {
        return Ok(None);
    };
    let parsed = |raw: &RawValue| serde_json::from_str::<Value>(raw.get()).unwrap_or_default();
    let description = follow_through_null(item, "/description")?.map(parsed);
    let page = BlockPage {
        description: description.as_ref().and_then(Value::as_str),
    };
    let mut html = String::new();
    page.blocks(&parsed(value), &parsed(layout), &mut html)
        .map_err(|kind| {
            format!(
                "has a block of the type `{kind}` in `{name}`, of which nothing is read; write its text in blocks of text, or leave the page out with `keep`"
            )
        })?;
    Ok(Some(html))
}

/// What a page says besides its blocks.
struct BlockPage<'p> {
    description: Option<&'p str>,
}

impl BlockPage<'_> {
    /// Writes the blocks in their order. The error is the type of a block that nobody knows.
    fn blocks(&self, blocks: &Value, layout: &Value, html: &mut String) -> Result<(), String> {
        let order = layout["items"].as_array().into_iter().flatten();
        let order = order.filter_map(Value::as_str);
        for block in order.filter_map(|id| blocks.get(id)) {
            self.block(block, html)?;
        }
        Ok(())
    }

    fn block(&self, block: &Value, html: &mut String) -> Result<(), String> {
        let kind = block["@type"].as_str().unwrap_or_default();
        if let Some(nodes) = block["value"].as_array() {
            for node in nodes {
                paragraph(node, html);
            }
            return Ok(());
        }
        for holder in [block, &block["data"]] {
            if holder["blocks"].is_object() {
                let title = holder["title"].as_str().filter(|title| !title.is_empty());
                if let Some(title) = title {
                    let _ = write!(html, "<h3>{}</h3>", escaped(title));
                }
                return self.blocks(&holder["blocks"], &holder["blocks_layout"], html);
            }
        }
        match kind {
            "description" => {
                let description = self.description.filter(|text| !text.trim().is_empty());
                let _ = description.map(|text| write!(html, "<p>{}</p>", escaped(text)));
            }
            "text" => draft::html(&block["text"], html),
            "html" => html.push_str(block["html"].as_str().unwrap_or_default()),
            "image" => image(block, html),
            "table" | "slateTable" => table(&block["table"], html),
            _ if block["plaintext"].is_string() => {
                let text = block["plaintext"].as_str().unwrap_or_default();
                let _ = write!(html, "<p>{}</p>", escaped(text));
            }
            _ if WITHOUT_TEXT.contains(&kind) => {}
            _ => return Err(kind.to_owned()),
        }
        Ok(())
    }
}

/// A node of a text that stands for itself.
fn paragraph(node: &Value, html: &mut String) {
    let is_element = node["type"]
        .as_str()
        .is_some_and(|kind| ELEMENTS.contains(&kind));
    if is_element {
        return element(node, html);
    }
    html.push_str("<p>");
    element(node, html);
    html.push_str("</p>");
}

/// A node with all that is in it.
fn element(node: &Value, html: &mut String) {
    if let Some(text) = node["text"].as_str() {
        html.push_str(&escaped(text).replace('\n', "<br>"));
        return;
    }
    let kind = node["type"].as_str().unwrap_or_default();
    let tag = ELEMENTS.contains(&kind).then_some(kind);
    let address = address(&node["data"]).filter(|_| matches!(kind, "a" | "link"));
    let _ = match (tag, &address) {
        (Some(tag), _) => write!(html, "<{tag}>"),
        (None, Some(address)) => write!(html, "<a href=\"{}\">", escaped(address)),
        (None, None) => Ok(()),
    };
    let children = node["children"].as_array().into_iter().flatten();
    for child in children {
        element(child, html);
    }
    let _ = match (tag, address) {
        (Some(tag), _) => write!(html, "</{tag}>"),
        (None, Some(_)) => write!(html, "</a>"),
        (None, None) => Ok(()),
    };
}

/// Where a link leads.
fn address(data: &Value) -> Option<&str> {
    let link = &data["link"];
    let found = [
        &data["url"],
        &link["internal"]["internal_link"][0]["@id"],
        &link["external"]["external_link"],
    ];
    found.into_iter().find_map(Value::as_str)
}

fn image(block: &Value, html: &mut String) {
    let text = |name: &str| escaped(block[name].as_str().unwrap_or_default());
    let _ = write!(
        html,
        "<p><img src=\"{}\" alt=\"{}\"></p>",
        text("url"),
        text("alt")
    );
}

fn table(table: &Value, html: &mut String) {
    html.push_str("<table>");
    for row in table["rows"].as_array().into_iter().flatten() {
        html.push_str("<tr>");
        for cell in row["cells"].as_array().into_iter().flatten() {
            let tag = if cell["type"] == "header" { "th" } else { "td" };
            let _ = write!(html, "<{tag}>");
            match &cell["value"] {
                Value::Array(nodes) => {
                    for node in nodes {
                        element(node, html);
                    }
                }
                value => draft::html(value, html),
            }
            let _ = write!(html, "</{tag}>");
        }
        html.push_str("</tr>");
    }
    html.push_str("</table>");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(item: &Value) -> Result<Option<String>, String> {
        let item: Box<RawValue> = serde_json::from_str(&item.to_string()).unwrap();
        let value = follow_through_null(&item, "/blocks").unwrap().unwrap();
        in_field(&item, "/blocks", value)
    }

    fn text(kind: &str, children: &Value) -> Value {
        json!({"@type": "slate", "plaintext": "x", "value": [{"type": kind, "children": children}]})
    }

    #[test]
    fn blocks_become_html_in_the_order_of_their_layout() {
        let link = json!({"type": "link", "data": {"url": "https://a.example/b"}, "children": [{"text": "here"}]});
        let bold = json!({"type": "strong", "children": [{"text": "a < b"}]});
        let item = json!({
            "description": "In short.",
            "blocks": {
                "z": {"@type": "title"},
                "d": {"@type": "description"},
                "a": text("p", &json!([{"text": "See "}, link, {"text": " or "}, bold])),
                "l": text("ul", &json!([{"type": "li", "children": [{"text": "one"}]}])),
                "g": {"@type": "gridBlock", "blocks": {"i": text("p", &json!([{"text": "within"}]))},
                      "blocks_layout": {"items": ["i"]}},
                "h": {"@type": "html", "html": "<p>raw</p>"},
                "t": {"@type": "slateTable", "table": {"rows": [{"cells": [
                    {"type": "header", "value": [{"type": "p", "children": [{"text": "Fee"}]}]}]}]}},
                "n": {"@type": "listing"},
                "unused": {"@type": "unknown"},
            },
            "blocks_layout": {"items": ["z", "d", "l", "a", "g", "h", "t", "n", "gone"]},
        });
        assert_eq!(
            shown(&item).unwrap().unwrap(),
            "<p>In short.</p><ul><li>one</li></ul><p>See <a href=\"https://a.example/b\">here</a> or \
             <strong>a &lt; b</strong></p><p>within</p><p>raw</p>\
             <table><tr><th><p>Fee</p></th></tr></table>"
        );
    }

    #[test]
    fn a_block_that_nobody_knows_is_told() {
        let item =
            json!({"blocks": {"a": {"@type": "mystery"}}, "blocks_layout": {"items": ["a"]}});
        let error = shown(&item).unwrap_err();
        assert!(error.contains("`mystery`"), "{error}");
        assert_eq!(shown(&json!({"blocks": {"a": {}}})), Ok(None));
    }
}
