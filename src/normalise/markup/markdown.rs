//! Markdown by way of HTML, which it may hold anyway.

use pulldown_cmark::{Event, Options, Parser, html};

use super::boxes::without_boxes;

/// Blocks within each other. What each line means is looked up through all of them.
const MAX_DEPTH: usize = 100;

/// The same as HTML.
///
/// `lines`: a line break in a paragraph is one, as people mean it in a field of an export.
pub(crate) fn to_html(markdown: &str, lines: bool) -> Result<String, String> {
    if markdown.lines().any(opens_too_much) {
        return Err(format!(
            "begins a line with more than {MAX_DEPTH} quote or list marks; fix its markup"
        ));
    }
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut written = String::with_capacity(markdown.len() * 3 / 2);
    let markdown = without_boxes(markdown);
    let events = Parser::new_ext(&markdown, options).map(|event| match event {
        Event::SoftBreak if lines => Event::HardBreak,
        event => event,
    });
    html::push_html(&mut written, events);
    Ok(written)
}

fn opens_too_much(line: &str) -> bool {
    let marks = |c: &char| matches!(c, '>' | '-' | '+' | '*' | ' ' | '\t');
    let marks = line.chars().take_while(marks);
    marks.filter(|c| !c.is_whitespace()).count() > MAX_DEPTH && !is_rule(line)
}

/// A line of nothing but one mark is a rule, or the underline of a heading.
fn is_rule(line: &str) -> bool {
    let line = line.trim();
    matches!(line.as_bytes().first(), Some(b'-' | b'*'))
        && line
            .bytes()
            .all(|byte| Some(&byte) == line.as_bytes().first())
}
