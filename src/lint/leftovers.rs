//! What is left of the place that an article comes from: marks of site generators, signs of Markdown,
//! and links that lead somewhere only from within it.

use super::Said;
use super::rule::Rule;
use super::view::{LintAnswer, View, answer, cut, question, quoted};
use crate::text::escape_sequences::{EscapeSigns, escape_signs};
use crate::text::markup_signs::markdown_signs;

/// How marks of site generators begin, and how they end.
const MARKS: [(&str, &str); 11] = [
    ("{%", "%}"),
    ("{{<", ">}}"),
    ("{{%", "%}}"),
    ("{{ site.", "}}"),
    ("{{site.", "}}"),
    ("{:", "}"),
    ("{#", "}"),
    ("[[toc", "]]"),
    ("@[toc", "]"),
    // Links and macros of wikis.
    ("[[", "]]"),
    ("<<", ">>"),
];
/// How lines of site generators begin.
const LINES: [&str; 4] = [":::", "!!! ", "??? ", "[TOC]"];

pub(super) fn judge(view: &View, said: &mut Vec<Said>) {
    for (at, text) in view.questions.iter().enumerate() {
        if !text.chars().any(char::is_alphabetic) {
            let what = format!("{} has no letter", quoted(text));
            said.push(Said::new(Rule::NoLetter, question(at), what));
        }
        if is_page_name(text) {
            let what = format!("{} is no sentence", quoted(text));
            said.push(Said::new(Rule::PageName, question(at), what));
        }
    }
    for (field, text) in view.texts() {
        if let Some(mark) = generator_mark(text) {
            let what = format!("{} in {}", cut(mark), quoted(text));
            said.push(Said::new(Rule::GeneratorMark, field, what));
        }
    }
    for (at, one) in view.answers.iter().enumerate() {
        let LintAnswer::Text(text) = one else {
            continue;
        };
        if markdown_signs(text).marks {
            let what = format!("signs of Markdown in {}", quoted(text));
            said.push(Said::new(Rule::RawMarkdown, answer(at), what));
        }
        if escape_signs(text) == EscapeSigns::Certain {
            let what = format!("`\\n` in {}", quoted(text));
            said.push(Said::new(Rule::EscapeSequence, answer(at), what));
        }
        if let Some(link) = relative_link(text) {
            let what = format!("{} in {}", cut(link), quoted(text));
            said.push(Said::new(Rule::RelativeLink, answer(at), what));
        }
    }
}

/// The first mark of a site generator.
fn generator_mark(text: &str) -> Option<&str> {
    let lower = text.to_ascii_lowercase();
    let within = MARKS.iter().find_map(|(open, close)| {
        let start = lower.find(open)?;
        let inside = &lower[start + open.len()..];
        let length = inside.find(close)?;
        // `{#` and `{:` begin other things too, but a name follows in a heading's mark.
        let is_name = |c: char| c.is_ascii_alphabetic() || matches!(c, '.' | '#' | ' ');
        let is_mark = open.len() > 2 || *open == "{%" || inside.starts_with(is_name);
        // An answer may show a list within a list, or speak of quotation marks.
        let is_wiki = matches!(*open, "[[" | "<<");
        let is_mark = is_mark && (!is_wiki || inside[..length].contains(['|', ' ', '/']));
        is_mark.then(|| &text[start..start + open.len() + length + close.len()])
    });
    within.or_else(|| {
        let mut lines = text.lines().map(str::trim);
        lines.find(|line| LINES.iter().any(|mark| line.starts_with(mark)))
    })
}

/// Whether a user message is what a wiki calls a page, or a system a file: `faq:paying_by_card`.
fn is_page_name(text: &str) -> bool {
    let is_divided = |c: char| matches!(c, '_' | ':' | '/');
    let parts: Vec<&str> = text.split(is_divided).collect();
    let is_part = |part: &&str| {
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
        part.len() > 1 && part.chars().all(is_plain)
    };
    let has_word = parts
        .iter()
        .any(|part| part.contains(|c: char| c.is_ascii_lowercase()));
    parts.len() > 1 && has_word && parts.iter().all(is_part)
}

/// The first address that leads somewhere only from within its site.
fn relative_link(text: &str) -> Option<&str> {
    text.match_indices('(').find_map(|(at, _)| {
        let inside = &text[at + 1..];
        let inside = &inside[..inside.find([')', '(', ' ', '\n'])?];
        let is_closed = text[at + 1 + inside.len()..].starts_with(')');
        let is_markup = text[..at].ends_with(']');
        let is_path = inside.starts_with("./")
            || inside.starts_with("../")
            || inside.starts_with('/') && inside[1..].contains(['/', '.'])
            || inside.starts_with('/') && is_markup
            || [".md", ".mdx", ".html", ".htm"]
                .iter()
                .any(|end| inside.ends_with(end) && !inside.contains(':'));
        let has_letter = inside.chars().any(char::is_alphabetic);
        (is_closed && is_path && has_letter && !inside.starts_with("//")).then_some(inside)
    })
}
