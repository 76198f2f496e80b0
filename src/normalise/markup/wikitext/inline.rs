//! What stands within a line of wikitext: emphasis, links, cells.

use std::fmt::Write as _;

use super::namespaces::{is_file, is_unshown};

/// Brackets without an end that are looked at in one line. More are no links but noise.
const PATIENCE: usize = 32;

/// A line as HTML.
pub(crate) fn inline(line: &str) -> String {
    let mut html = String::with_capacity(line.len());
    let mut rest = line;
    let mut failures = 0;
    while let Some(at) = rest.find(['\'', '[']) {
        html.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with('\'') {
            let length = rest.bytes().take_while(|byte| *byte == b'\'').count();
            // Four are an apostrophe and bold, more than five too.
            let apostrophes = match length {
                1 | 4 => 1,
                length => length.saturating_sub(5),
            };
            html.extend(std::iter::repeat_n('\'', apostrophes));
            rest = &rest[length..];
            continue;
        }
        let found = if failures < PATIENCE {
            link(rest)
        } else {
            None
        };
        if let Some((written, length)) = found {
            html.push_str(&written);
            rest = &rest[length..];
        } else {
            failures += 1;
            html.push('[');
            rest = &rest[1..];
        }
    }
    html + rest
}

/// The link that a text begins with, as HTML, and its length in wikitext.
fn link(text: &str) -> Option<(String, usize)> {
    if let Some(inside) = text.strip_prefix("[[") {
        let length = closing(inside)?;
        return Some((internal(&inside[..length]), length + 4));
    }
    let end = text.find(']')?;
    let inside = &text[1..end];
    let (url, label) = inside
        .split_once(char::is_whitespace)
        .unwrap_or((inside, ""));
    let leads = ["http://", "https://", "mailto:", "tel:", "ftp://", "//"];
    if !leads.iter().any(|lead| url.starts_with(lead)) {
        return None;
    }
    let label = match label.trim() {
        "" => url.to_owned(),
        label => plain(label),
    };
    let url = url.replace('"', "%22");
    Some((format!("<a href=\"{url}\">{label}</a>"), end + 1))
}

/// Where the `]]` stands that belongs to a `[[` before the text. Captions hold links.
fn closing(text: &str) -> Option<usize> {
    let mut open = 1;
    let mut at = 0;
    while let Some(found) = text[at..].find(['[', ']']) {
        at += found;
        if text[at..].starts_with("]]") {
            open -= 1;
            if open == 0 {
                return Some(at);
            }
            at += 2;
        } else if text[at..].starts_with("[[") {
            open += 1;
            at += 2;
        } else {
            at += 1;
        }
    }
    None
}

/// A link within the wiki: its text. Only the wiki knows the address.
fn internal(inside: &str) -> String {
    if inside
        .split_once(':')
        .is_some_and(|(space, _)| is_unshown(space))
    {
        return String::new();
    }
    let (target, label) = inside.split_once('|').unwrap_or((inside, ""));
    match label.trim() {
        "" => plain(target.trim().trim_start_matches(':')),
        label => plain(label),
    }
}

/// Whether a picture in a text has words below it.
pub(crate) fn has_caption(text: &str) -> bool {
    let (mut rest, mut failures) = (text, 0);
    while failures < PATIENCE
        && let Some(at) = rest.find("[[")
    {
        let inside = &rest[at + 2..];
        let Some(length) = closing(inside) else {
            (rest, failures) = (inside, failures + 1);
            continue;
        };
        if is_captioned(&inside[..length]) {
            return true;
        }
        rest = &inside[length..];
    }
    false
}

/// What is no setting of a picture, such as `thumb` or `alt=...`, has a space in it.
fn is_captioned(inside: &str) -> bool {
    let picture = inside.split_once(':').filter(|(space, _)| is_file(space));
    picture.is_some_and(|(_, rest)| {
        let mut parts = rest.split('|').skip(1).map(str::trim);
        parts.any(|part| part.contains(' ') && !part.contains('='))
    })
}

fn plain(label: &str) -> String {
    label.replace("'''", "").replace("''", "")
}

/// The cells of a line of a table, each with its tag. Of the
/// attributes before a single bar, those stay that say in how many places it stands.
pub(crate) fn cells(row: &str, separator: &str, tag: &str, html: &mut String) {
    for cell in row.split(separator) {
        let (attributes, text) = match cell.split_once('|') {
            Some((attributes, text)) if attributes.contains('=') && !attributes.contains('[') => {
                (attributes, text)
            }
            _ => ("", cell),
        };
        let _ = write!(html, "<{tag}");
        for name in ["colspan", "rowspan"] {
            if let Some(count) = span(attributes, name) {
                let _ = write!(html, " {name}={count}");
            }
        }
        let _ = write!(html, ">{}", inline(text));
    }
}

/// In how many columns or rows a cell stands, where its attributes say so.
fn span(attributes: &str, name: &str) -> Option<u32> {
    let (_, after) = attributes.split_once(name)?;
    let value = after.trim_start().strip_prefix('=')?;
    let value = value.trim_start().trim_start_matches(['"', '\'']);
    let end = value.find(|c: char| !c.is_ascii_digit());
    value[..end.unwrap_or(value.len())].parse().ok()
}
