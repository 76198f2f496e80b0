use serde_json::json;

use super::*;

fn shown(value: &Value) -> Option<Result<String, UnknownNode>> {
    html(&serde_json::from_str::<Box<RawValue>>(&value.to_string()).unwrap())
}

/// What each of these is, without the element around all of it.
fn is(value: &Value, expected: &str) {
    let found = shown(value).unwrap_or_else(|| panic!("{value}"));
    assert_eq!(found, Ok(format!("<div>{expected}</div>")), "{value}");
}

#[test]
fn trees_of_nodes() {
    let link = json!({"type": "text", "text": "here", "marks": [{"type": "link", "attrs": {"href": "https://a.example"}}]});
    let old = json!({"type": "text", "text": "5", "marks": [{"type": "strike"}]});
    is(
        &json!({"type": "doc", "content": [
            {"type": "heading", "attrs": {"level": 2}, "content": [{"type": "text", "text": "Fees"}]},
            {"type": "paragraph", "content": [{"type": "text", "text": "a < b "}, link, {"type": "hardBreak"}, old]},
            {"type": "bulletList", "content": [{"type": "listItem", "content": [
                {"type": "paragraph", "content": [{"type": "text", "text": "one"}]}]}]},
        ]}),
        "<h2>Fees</h2><p>a &lt; b <a href=\"https://a.example\">here</a><br><s>5</s></p><ul><li><p>one</p></li></ul>",
    );
    is(
        &json!([{"type": "paragraph", "children": [{"text": "Ask "}, {"type": "link", "url": "/x", "children": [{"text": "us", "bold": true}]}]},
                {"type": "list", "format": "ordered", "children": [{"type": "list-item", "children": [{"type": "text", "text": "one"}]}]}]),
        "<p>Ask <a href=\"/x\">us</a></p><ol><li>one</li></ol>",
    );
    is(
        &json!({"nodeType": "document", "data": {}, "content": [{"nodeType": "paragraph", "data": {}, "content": [
            {"nodeType": "text", "value": "See ", "marks": [], "data": {}},
            {"nodeType": "hyperlink", "data": {"uri": "https://b.example"}, "content": [{"nodeType": "text", "value": "it", "marks": []}]}]}]}),
        "<p>See <a href=\"https://b.example\">it</a></p>",
    );
    is(
        &json!({"root": {"type": "root", "children": [{"type": "paragraph", "children": [
            {"type": "text", "text": "H", "format": 0}, {"type": "text", "text": "2", "format": 32}]}]}}),
        "<p>H<sub>2</sub></p>",
    );
}

#[test]
fn blocks_and_lines() {
    let span = |text: &str, marks: &[&str]| json!({"_type": "span", "text": text, "marks": marks});
    is(
        &json!([
            {"_type": "block", "style": "normal", "markDefs": [{"_key": "k", "_type": "link", "href": "/a"}],
             "children": [span("Go ", &[]), span("there", &["k", "strong"])]},
            {"_type": "block", "listItem": "bullet", "children": [span("one", &[])]},
            {"_type": "block", "listItem": "number", "children": [span("two", &[])]},
        ]),
        "<p>Go <a href=\"/a\">there</a></p><ul><li>one</li></ul><ol><li>two</li></ol>",
    );
    is(
        &json!({"ops": [{"insert": "Title"}, {"attributes": {"header": 1}, "insert": "\n"},
            {"insert": "Say "}, {"attributes": {"link": "/b"}, "insert": "so"}, {"insert": " now\none"},
            {"attributes": {"list": "bullet"}, "insert": "\n"}, {"insert": "end\n"}]}),
        "<h1>Title</h1><p>Say <a href=\"/b\">so</a> now</p><ul><li>one</li></ul><p>end</p>",
    );
    is(
        &json!({"time": 1, "blocks": [{"type": "header", "data": {"text": "Fees", "level": 3}},
            {"type": "paragraph", "data": {"text": "From <b>5</b>"}},
            {"type": "list", "data": {"style": "unordered", "items": ["one", {"content": "two", "items": []}]}},
            {"type": "table", "data": {"withHeadings": true, "content": [["A"], ["1"]]}}]}),
        "<h3>Fees</h3><p>From <b>5</b></p><ul><li>one</li><li>two</li></ul><table><tr><th>A</th></tr><tr><td>1</td></tr></table>",
    );
    is(
        &json!({"entityMap": {}, "blocks": [{"key": "a", "text": "So.", "type": "unstyled", "data": {}, "entityRanges": []}]}),
        "<p>So.</p>",
    );
}

#[test]
fn marks_without_which_a_text_means_something_else() {
    let marked = |mark: &Value| json!({"type": "text", "text": "2", "marks": [mark]});
    let above = json!({"type": "subsup", "attrs": {"type": "sup"}});
    let below = json!({"type": "subsup", "attrs": {"type": "sub"}});
    is(
        &json!({"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [marked(&above), marked(&below)]}]}),
        "<p><sup>2</sup><sub>2</sub></p>",
    );
    let span = |marks: &[&str]| json!({"_type": "span", "text": "2", "marks": marks});
    is(
        &json!([{"_type": "block", "children": [span(&["sup"]), span(&["sub", "strong"]), span(&["strike-through", "superscript"])]}]),
        "<p><sup>2</sup><sub>2</sub><s><sup>2</sup></s></p>",
    );
}

#[test]
fn an_unknown_node_is_told_and_other_values_are_none() {
    let unknown = [
        json!({"type": "doc", "content": [{"type": "videoEmbed"}]}),
        json!({"ops": [{"insert": {"formula": "x"}}]}),
        json!({"blocks": [{"type": "embed", "data": {}}]}),
        json!([{"_type": "callToAction"}]),
    ];
    for (value, kind) in unknown
        .iter()
        .zip(["videoEmbed", "formula", "embed", "callToAction"])
    {
        let found = shown(value).unwrap_or_else(|| panic!("{value}"));
        let reason = found.unwrap_err().reason("answer");
        assert!(reason.contains(&format!("`{kind}`")), "{reason}");
    }
    for value in [
        json!({"type": "text", "text": "x"}),
        json!([{"type": "a"}]),
        json!({"blocks": []}),
        json!(["x"]),
        json!({"en": "x"}),
    ] {
        assert_eq!(shown(&value), None, "{value}");
    }
    assert_eq!(html_of_text("{\"type\": so}"), None);
    assert_eq!(html_of_text("[note] See {x}"), None);
    let stored = "{\"ops\":[{\"insert\":\"So.\\n\"}]}";
    assert_eq!(
        html_of_text(stored),
        Some(Ok("<div><p>So.</p></div>".to_owned()))
    );
}
