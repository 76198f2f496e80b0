//! Text of Draft.js, as older editors store it: lines with a type each, and links by their place. It becomes
//! HTML. Pure.

use std::fmt::Write as _;

use serde_json::Value;

use super::escaped;

/// Writes such a text.
pub(super) fn html(text: &Value, html: &mut String) {
    let mut open: Option<&str> = None;
    for line in text["blocks"].as_array().into_iter().flatten() {
        let (list, tag) = match line["type"].as_str().unwrap_or_default() {
            "unordered-list-item" => (Some("ul"), "li"),
            "ordered-list-item" => (Some("ol"), "li"),
            "header-one" => (None, "h1"),
            "header-two" => (None, "h2"),
            "header-three" => (None, "h3"),
            "header-four" | "header-five" | "header-six" => (None, "h4"),
            "blockquote" => (None, "blockquote"),
            "code-block" => (None, "pre"),
            _ => (None, "p"),
        };
        if open != list {
            let _ = open.map(|list| write!(html, "</{list}>"));
            let _ = list.map(|list| write!(html, "<{list}>"));
            open = list;
        }
        let words = with_links(line, &text["entityMap"]);
        let _ = write!(html, "<{tag}>{words}</{tag}>");
    }
    let _ = open.map(|list| write!(html, "</{list}>"));
}

/// The words of a line, those that are links as such. Places count in units of UTF-16.
fn with_links(line: &Value, entities: &Value) -> String {
    let units: Vec<u16> = line["text"]
        .as_str()
        .unwrap_or_default()
        .encode_utf16()
        .collect();
    let number = |range: &Value, name: &str| {
        usize::try_from(range[name].as_u64().unwrap_or_default()).unwrap_or(usize::MAX)
    };
    let ranges = line["entityRanges"].as_array().into_iter().flatten();
    let links = ranges.filter_map(|range| {
        let data = &entities[range["key"].to_string().trim_matches('"')]["data"];
        let address = data["url"].as_str().or_else(|| data["href"].as_str())?;
        let start = number(range, "offset");
        Some((
            start,
            start.saturating_add(number(range, "length")),
            address,
        ))
    });
    let mut links: Vec<(usize, usize, &str)> = links.collect();
    links.sort_unstable();
    let part = |from: usize, to: usize| {
        let to = to.min(units.len());
        escaped(&String::from_utf16_lossy(&units[from.min(to)..to])).replace('\n', "<br>")
    };
    let (mut html, mut at) = (String::new(), 0);
    for (start, end, address) in links {
        if start < at {
            continue;
        }
        let _ = write!(
            html,
            "{}<a href=\"{}\">{}</a>",
            part(at, start),
            escaped(address),
            part(start, end)
        );
        at = end;
    }
    html + &part(at, units.len())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lines_become_paragraphs_and_lists_with_their_links() {
        let line = |kind: &str, text: &str| json!({"type": kind, "text": text, "entityRanges": []});
        let linked = json!({"type": "unstyled", "text": "😀 See here & so",
            "entityRanges": [{"offset": 7, "length": 4, "key": 0}]});
        let text = json!({
            "blocks": [
                line("header-two", "Paying"),
                linked,
                line("ordered-list-item", "one"),
                line("ordered-list-item", "two"),
                line("unstyled", "end"),
            ],
            "entityMap": {"0": {"type": "LINK", "data": {"url": "https://a.example"}}},
        });
        let mut found = String::new();
        html(&text, &mut found);
        assert_eq!(
            found,
            "<h2>Paying</h2><p>😀 See <a href=\"https://a.example\">here</a> &amp; so</p>\
             <ol><li>one</li><li>two</li></ol><p>end</p>"
        );
    }
}
