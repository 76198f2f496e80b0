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
        let words = Line::of(line, &text["entityMap"]).html();
        let _ = write!(html, "<{tag}>{words}</{tag}>");
    }
    let _ = open.map(|list| write!(html, "</{list}>"));
}

/// The words of a line, with what its editor says of some of them. Places count in units of UTF-16.
struct Line<'l> {
    units: Vec<u16>,
    /// Where links begin and end, and where they lead.
    links: Vec<(usize, usize, &'l str)>,
    /// Where words begin and end that do not mean the same without their look, and the element for it.
    looks: Vec<(usize, usize, &'static str)>,
}

impl<'l> Line<'l> {
    fn of(line: &'l Value, entities: &'l Value) -> Self {
        let number = |range: &Value, name: &str| {
            usize::try_from(range[name].as_u64().unwrap_or_default()).unwrap_or(usize::MAX)
        };
        let place = |range: &Value| {
            let start = number(range, "offset");
            (start, start.saturating_add(number(range, "length")))
        };
        let ranges = |name: &str| line[name].as_array().into_iter().flatten();
        let links = ranges("entityRanges").filter_map(|range| {
            let data = &entities[range["key"].to_string().trim_matches('"')]["data"];
            let address = data["url"].as_str().or_else(|| data["href"].as_str())?;
            let (start, end) = place(range);
            Some((start, end, address))
        });
        let looks = ranges("inlineStyleRanges").filter_map(|range| {
            let tag = match range["style"].as_str()? {
                "STRIKETHROUGH" => "s",
                "SUPERSCRIPT" => "sup",
                "SUBSCRIPT" => "sub",
                _ => return None,
            };
            let (start, end) = place(range);
            Some((start, end, tag))
        });
        let mut links: Vec<(usize, usize, &str)> = links.collect();
        links.sort_unstable();
        let text = line["text"].as_str().unwrap_or_default();
        Self {
            units: text.encode_utf16().collect(),
            links,
            looks: looks.collect(),
        }
    }

    fn html(&self) -> String {
        let (mut html, mut at) = (String::new(), 0);
        for (start, end, address) in &self.links {
            if *start < at {
                continue;
            }
            html.push_str(&self.part(at, *start));
            let _ = write!(
                html,
                "<a href=\"{}\">{}</a>",
                escaped(address),
                self.part(*start, *end)
            );
            at = *end;
        }
        html + &self.part(at, self.units.len())
    }

    /// A part of the line, cut where a look begins or ends.
    fn part(&self, from: usize, to: usize) -> String {
        let to = to.min(self.units.len());
        let from = from.min(to);
        let mut cuts = vec![from, to];
        let places = self.looks.iter().flat_map(|(start, end, _)| [*start, *end]);
        cuts.extend(places.filter(|place| (from..to).contains(place)));
        cuts.sort_unstable();
        let mut html = String::new();
        for cut in cuts.windows(2) {
            let text = String::from_utf16_lossy(&self.units[cut[0]..cut[1]]);
            let text = escaped(&text).replace('\n', "<br>");
            let is_in =
                |(start, end, _): &&(usize, usize, &str)| *start <= cut[0] && cut[1] <= *end;
            let tags: Vec<&str> = self.looks.iter().filter(is_in).map(|look| look.2).collect();
            match tags.as_slice() {
                _ if text.is_empty() => {}
                [] => html.push_str(&text),
                tags => {
                    let opened = tags.iter().map(|tag| format!("<{tag}>"));
                    let closed = tags.iter().rev().map(|tag| format!("</{tag}>"));
                    html.extend(opened.chain([text]).chain(closed));
                }
            }
        }
        html
    }
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

    #[test]
    fn what_is_raised_or_struck_out_is_marked_as_such() {
        let text = json!({
            "blocks": [{"type": "unstyled", "text": "10 old m5", "entityRanges": [
                    {"offset": 0, "length": 2, "key": 0}],
                "inlineStyleRanges": [
                    {"offset": 1, "length": 1, "style": "SUPERSCRIPT"},
                    {"offset": 3, "length": 3, "style": "STRIKETHROUGH"},
                    {"offset": 0, "length": 9, "style": "BOLD"},
                    {"offset": 8, "length": 90, "style": "SUBSCRIPT"}]}],
            "entityMap": {"0": {"type": "LINK", "data": {"url": "/a"}}},
        });
        let mut found = String::new();
        html(&text, &mut found);
        assert_eq!(
            found,
            "<p><a href=\"/a\">1<sup>0</sup></a> <s>old</s> m<sub>5</sub></p>"
        );
    }
}
