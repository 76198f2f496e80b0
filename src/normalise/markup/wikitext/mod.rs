//! The commoner part of MediaWiki's markup, by way of HTML, which it may hold anyway. Templates,
//! footnotes, files and categories are dropped, since only the wiki itself could fill them in.

mod inline;
mod namespaces;
mod verbatim;

use std::fmt::Write as _;

use inline::{cells, has_caption, inline};

/// What a page of a wiki says.
pub(crate) struct WikiText {
    pub(crate) html: String,
    /// Whether something of it was dropped that readers of the wiki see.
    pub(crate) is_partial: bool,
}

/// Templates that show nothing: they sort a page, or name it.
const SILENT: [&str; 4] = ["DEFAULTSORT:", "DEFAULTSORTKEY:", "DISPLAYTITLE:", "#seo:"];

/// The same as HTML.
pub(crate) fn to_html(wikitext: &str) -> Result<WikiText, String> {
    let protected = verbatim::protected(wikitext);
    let (text, has_template) = without_templates(&protected.text).ok_or_else(|| {
        "opens a template with `{{` that never ends, so it is unclear where its text goes on; fix its markup".to_owned()
    })?;
    let mut page = WikiPage {
        html: String::with_capacity(text.len() * 5 / 4),
        lists: String::new(),
    };
    for line in text.lines() {
        page.line(line.trim_end());
    }
    page.set_lists("");
    Ok(WikiText {
        html: page.html,
        is_partial: protected.has_dropped || has_template || has_caption(&text),
    })
}

/// Drops `{{templates}}` and `{{{parameters}}}`, also within each other. Whether any of them would have
/// shown something.
fn without_templates(text: &str) -> Option<(String, bool)> {
    let mut has_shown = false;
    let mut kept = String::with_capacity(text.len());
    // How many braces each opened with.
    let mut open: Vec<usize> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, found) = rest.split_at(at);
        if open.is_empty() {
            kept.push_str(before);
        }
        let count = |brace: u8| found.bytes().take(3).take_while(|b| *b == brace).count();
        let (opening, closing) = (count(b'{'), count(b'}'));
        let length = match open.last() {
            _ if opening >= 2 => {
                let inside = found[opening..].trim_start();
                has_shown |= open.is_empty() && !SILENT.iter().any(|word| inside.starts_with(word));
                open.push(opening);
                opening
            }
            Some(braces) if closing >= 2 => {
                let length = closing.min(*braces);
                open.pop();
                length
            }
            Some(_) => 1,
            None => {
                kept.push_str(&found[..1]);
                1
            }
        };
        rest = &found[length..];
    }
    kept.push_str(rest);
    open.is_empty().then_some((kept, has_shown))
}

struct WikiPage {
    html: String,
    /// The marks of the lists that are open, such as `*#`.
    lists: String,
}

impl WikiPage {
    fn line(&mut self, line: &str) {
        let length = line
            .bytes()
            .take_while(|b| matches!(b, b'*' | b'#'))
            .count();
        let (marks, text) = line.split_at(length);
        let continued = text.starts_with([':', ';']);
        if !marks.is_empty() {
            self.set_lists(marks);
            self.html.push_str(if continued { "<br>" } else { "<li>" });
            self.html
                .push_str(&inline(text.trim_start_matches([':', ';'])));
            return;
        }
        self.set_lists("");
        if let Some((level, title)) = heading(line) {
            let _ = write!(self.html, "<h{level}>{}</h{level}>", inline(title));
        } else if line.trim().is_empty() || line.starts_with("----") {
            self.html.push_str("<p>");
        } else if !self.table_line(line.trim_start()) && !is_switch(line) {
            let text = line.trim_start_matches([':', ';']);
            let begun = if continued { "<p>" } else { "" };
            self.html.push_str(begun);
            self.html.push_str(&inline(text));
            self.html.push('\n');
        }
    }

    /// Closes and opens lists until those of these marks are open.
    fn set_lists(&mut self, marks: &str) {
        let pairs = self.lists.bytes().zip(marks.bytes());
        let common = pairs.take_while(|(open, wanted)| open == wanted).count();
        for mark in self.lists.split_off(common).bytes().rev() {
            self.html
                .push_str(if mark == b'#' { "</ol>" } else { "</ul>" });
        }
        for mark in marks[common..].bytes() {
            self.html
                .push_str(if mark == b'#' { "<ol>" } else { "<ul>" });
        }
        marks.clone_into(&mut self.lists);
    }

    /// Takes the line if it belongs to a table.
    fn table_line(&mut self, line: &str) -> bool {
        if line.starts_with("{|") {
            self.html.push_str("<table>");
        } else if line.starts_with("|}") {
            self.html.push_str("</table>");
        } else if line.starts_with("|-") {
            self.html.push_str("<tr>");
        } else if let Some(caption) = line.strip_prefix("|+") {
            self.html.push_str("<caption>");
            self.html.push_str(&inline(caption));
            self.html.push_str("</caption>");
        } else if let Some(row) = line.strip_prefix('|') {
            cells(row, "||", "td", &mut self.html);
        } else if let Some(row) = line.strip_prefix('!') {
            cells(row, "!!", "th", &mut self.html);
        } else {
            return false;
        }
        true
    }
}

fn heading(line: &str) -> Option<(usize, &str)> {
    let line = line.trim();
    let marks = |c: &u8| *c == b'=';
    let level = line.bytes().take_while(marks).count();
    let level = level
        .min(line.bytes().rev().take_while(marks).count())
        .min(6);
    let title = line.get(level..line.len().checked_sub(level)?)?.trim();
    (level > 0 && !title.is_empty()).then_some((level, title))
}

/// `__TOC__` and the like.
fn is_switch(line: &str) -> bool {
    let name = line.trim().strip_prefix("__");
    let name = name.and_then(|name| name.strip_suffix("__"));
    name.is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_uppercase()))
}
