//! Trees of nodes: `ProseMirror` and `TipTap`, Slate, Lexical, Contentful and Strapi. They differ in what their nodes are
//! called, and in where an address stands. Pure.

use std::fmt::Write as _;

use serde_json::Value;

use super::{UnknownNode, escaped};

/// Nodes that are nothing but what is in them.
const TRANSPARENT: [&str; 8] = [
    "doc",
    "document",
    "root",
    "fragment",
    "lic",
    "listitemtext",
    "listitemchild",
    "tablebody",
];

/// The nodes as HTML.
pub(super) fn html(nodes: &[Value]) -> Result<String, UnknownNode> {
    let mut html = String::new();
    all(nodes, &mut html)?;
    Ok(html)
}

fn all(nodes: &[Value], html: &mut String) -> Result<(), UnknownNode> {
    nodes.iter().try_for_each(|one| node(one, html))
}

fn node(node: &Value, html: &mut String) -> Result<(), UnknownNode> {
    let kind = ["nodeType", "type"]
        .iter()
        .find_map(|key| node[key].as_str());
    let name = kind.unwrap_or_default();
    let children = ["content", "children"]
        .iter()
        .find_map(|key| node[key].as_array());
    let children = children.map_or(&[][..], Vec::as_slice);
    // Slate's texts are of no kind.
    if let Some(text) = node["text"].as_str().or_else(|| node["value"].as_str())
        && (kind.is_none() || name == "text" || children.is_empty() && name.ends_with("text"))
    {
        words(text, node, html);
        return Ok(());
    }
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = plain.to_ascii_lowercase();
    let inner = |html: &mut String| all(children, html);
    if let Some(tag) = tag(&plain, node) {
        let _ = write!(html, "<{tag}>");
        inner(html)?;
        if !matches!(tag.as_str(), "br" | "hr") {
            let _ = write!(html, "</{tag}>");
        }
        return Ok(());
    }
    match plain.as_str() {
        "link" | "hyperlink" | "autolink" | "a" => {
            let _ = write!(
                html,
                "<a href=\"{}\">",
                escaped(address(node).unwrap_or_default())
            );
            inner(html)?;
            html.push_str("</a>");
        }
        "image" | "img" => image(node, html),
        "tab" => html.push(' '),
        _ if TRANSPARENT.contains(&plain.as_str()) => inner(html)?,
        _ => return Err(UnknownNode(name.to_owned())),
    }
    Ok(())
}

/// The element of HTML that a node is.
fn tag(kind: &str, node: &Value) -> Option<String> {
    let level = node["attrs"]["level"]
        .as_u64()
        .or_else(|| node["level"].as_u64());
    let own = node["tag"]
        .as_str()
        .filter(|tag| tag.len() == 2 && tag.starts_with('h'));
    let is_ordered = node["listType"] == "number" || node["format"] == "ordered";
    let tag = match kind {
        "paragraph" | "p" => "p",
        "heading" => {
            return Some(own.map_or_else(
                || format!("h{}", level.unwrap_or(3).clamp(1, 6)),
                str::to_owned,
            ));
        }
        "heading1" | "headingone" | "h1" => "h1",
        "heading2" | "headingtwo" | "h2" => "h2",
        "heading3" | "headingthree" | "h3" => "h3",
        "heading4" | "headingfour" | "h4" => "h4",
        "heading5" | "headingfive" | "h5" => "h5",
        "heading6" | "headingsix" | "h6" => "h6",
        "list" if is_ordered => "ol",
        "bulletlist" | "unorderedlist" | "bulletedlist" | "ul" | "list" | "tasklist"
        | "checklist" => "ul",
        "orderedlist" | "numberedlist" | "ol" => "ol",
        "listitem" | "li" | "taskitem" => "li",
        "blockquote" | "quote" => "blockquote",
        "codeblock" | "code" | "pre" => "pre",
        "hardbreak" | "linebreak" | "br" => "br",
        "horizontalrule" | "hr" | "divider" => "hr",
        "table" => "table",
        "tablerow" | "tr" => "tr",
        "tablecell" | "td" => "td",
        "tableheader" | "tableheadercell" | "th" => "th",
        _ => return None,
    };
    Some(tag.to_owned())
}

/// A text with what is marked in it: what is struck out or raised does not mean the same.
fn words(text: &str, node: &Value, html: &mut String) {
    /// The bits of Lexical.
    const BITS: [(u64, &str); 3] = [(4, "strikethrough"), (32, "subscript"), (64, "superscript")];
    let marks = node["marks"].as_array().map_or(&[][..], Vec::as_slice);
    let bits = node["format"].as_u64().unwrap_or_default();
    let has = |names: &[&str]| {
        let is_one = |kind: &Value| kind.as_str().is_some_and(|kind| names.contains(&kind));
        // Atlassian's documents have one mark for both.
        let of_both = |mark: &Value| mark["type"] == "subsup" && is_one(&mark["attrs"]["type"]);
        marks
            .iter()
            .any(|mark| is_one(&mark["type"]) || of_both(mark))
            || names.iter().any(|name| node[name] == true)
            || BITS
                .iter()
                .any(|(bit, name)| bits & bit != 0 && names.contains(name))
    };
    let mut tags = Vec::new();
    for (names, tag) in [
        (&["strike", "strikethrough", "strikeThrough", "s"][..], "s"),
        (&["subscript", "sub"], "sub"),
        (&["superscript", "sup"], "sup"),
    ] {
        if has(names) {
            tags.push(tag);
        }
    }
    let link = marks.iter().find(|mark| mark["type"] == "link");
    let link = link.and_then(address);
    if let Some(link) = link {
        let _ = write!(html, "<a href=\"{}\">", escaped(link));
    }
    for tag in &tags {
        let _ = write!(html, "<{tag}>");
    }
    html.push_str(&escaped(text).replace('\n', "<br>"));
    for tag in tags.iter().rev() {
        let _ = write!(html, "</{tag}>");
    }
    if link.is_some() {
        html.push_str("</a>");
    }
}

/// Where a link leads.
fn address(node: &Value) -> Option<&str> {
    let found = [
        &node["attrs"]["href"],
        &node["url"],
        &node["href"],
        &node["data"]["uri"],
        &node["data"]["url"],
        &node["fields"]["url"],
    ];
    found.into_iter().find_map(Value::as_str)
}

fn image(node: &Value, html: &mut String) {
    let first = |places: [&Value; 4]| {
        let found = places.into_iter().find_map(Value::as_str);
        escaped(found.unwrap_or_default())
    };
    let (attributes, inner) = (&node["attrs"], &node["image"]);
    let _ = write!(
        html,
        "<img src=\"{}\" alt=\"{}\">",
        first([
            &attributes["src"],
            &node["src"],
            &node["url"],
            &inner["url"]
        ]),
        first([
            &attributes["alt"],
            &node["alt"],
            &node["altText"],
            &inner["alternativeText"]
        ])
    );
}
