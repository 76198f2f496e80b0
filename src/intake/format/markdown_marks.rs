//! What stands in a page of Markdown and is no part of the article: lines that import components, and properties
//! of a page of Notion. They become blank, so that all places stay. And tables of questions. Pure.

use std::borrow::Cow;

use super::page::are_questions;
use crate::intake::folder::ending;

/// A page with components (MDX, by its name or by those in it) without the lines that import them, which no reader
/// sees: they become blank, so that all places stay.
pub(crate) fn without_imports<'b>(name: &str, body: &'b str) -> Cow<'b, str> {
    let has_component = |(at, _): (usize, &str)| {
        let next = body.as_bytes().get(at + 1);
        next.is_some_and(u8::is_ascii_uppercase)
    };
    let is_named = ending(name) == "mdx";
    let has_imports = body.contains("import ") || is_named && body.contains("export ");
    if !has_imports || !is_named && !body.match_indices('<').any(has_component) {
        return Cow::Borrowed(body);
    }
    let mut fence = None;
    let lines = body.split_inclusive('\n').map(|line| {
        let start = line.trim_start();
        let marks = ["```", "~~~"].into_iter();
        let mut marks = marks.filter(|mark| start.starts_with(mark));
        if let Some(mark) = marks.next()
            && fence.is_none_or(|open| open == mark)
        {
            fence = if fence.is_some() { None } else { Some(mark) };
        }
        let is_program = |line: &str| is_import(line) || is_named && is_export(line);
        if fence.is_none() && is_program(line.trim_end()) {
            let end = line.len() - line.trim_end().len();
            return Cow::Owned(" ".repeat(line.len() - end) + &line[line.len() - end..]);
        }
        Cow::Borrowed(line)
    });
    Cow::Owned(lines.collect())
}

/// `import Tabs from '@theme/Tabs';`, as a program has it.
fn is_import(line: &str) -> bool {
    let Some(rest) = line.strip_prefix("import ") else {
        return false;
    };
    let rest = rest.trim_end_matches(';');
    let from = rest.rsplit_once(" from ").map_or(rest, |(_, from)| from);
    let from = from.trim();
    let is_quoted =
        |quote: char| from.len() > 2 && from.starts_with(quote) && from.ends_with(quote);
    is_quoted('"') || is_quoted('\'')
}

/// `export const toc = [];`, on one line.
fn is_export(line: &str) -> bool {
    const WHAT: [&str; 4] = ["const ", "let ", "var ", "default "];
    let rest = line.strip_prefix("export ");
    rest.is_some_and(|rest| WHAT.iter().any(|what| rest.starts_with(what)) && line.ends_with(';'))
}

/// A page of Notion without the properties of its table, which its export writes below the title; and what they
/// say. Such a page has the number of it at the end of its name.
pub(crate) fn without_properties<'b>(name: &str, body: &'b str) -> (Cow<'b, str>, Option<String>) {
    let number = name.rsplit_once(' ').map_or("", |(_, number)| number);
    let is_of_notion = number.len() == 32 && number.bytes().all(|c| c.is_ascii_hexdigit());
    let text = body.trim_start();
    let title = text.split_inclusive('\n').next().unwrap_or_default();
    if !is_of_notion || !title.starts_with("# ") {
        return (Cow::Borrowed(body), None);
    }
    let below = &text[title.len()..];
    let start = body.len() - below.trim_start().len();
    let end = body[start..]
        .find("\n\n")
        .map_or(body.len(), |end| start + end);
    let properties = &body[start..end];
    if !properties.lines().all(is_property) {
        return (Cow::Borrowed(body), None);
    }
    let blank = |line: &str| " ".repeat(line.len());
    let blank: Vec<String> = properties.split('\n').map(blank).collect();
    let said: Vec<&str> = properties.lines().map(str::trim).collect();
    let body = [&body[..start], &blank.join("\n"), &body[end..]].concat();
    (Cow::Owned(body), Some(said.join("; ")))
}

/// `Status: Published`
fn is_property(line: &str) -> bool {
    let name = line.split_once(": ").map_or("", |(name, _)| name);
    let is_word = |c: char| c.is_alphanumeric() || c == ' ';
    (1..=40).contains(&name.len()) && name.chars().all(is_word)
}

/// So many rows show what a table is.
const ROWS: usize = 50;

/// Whether a page has a table whose rows are questions and their answers.
pub(crate) fn has_question_table(body: &str) -> bool {
    let mut lines = body.lines().peekable();
    while let Some(line) = lines.next() {
        let is_ruled = lines.peek().is_some_and(|next| is_rule(next));
        if !is_ruled || !line.contains('|') {
            continue;
        }
        lines.next();
        let mut rows = vec![cells(line)];
        while rows.len() < ROWS
            && let Some(row) = lines.next_if(|row| row.contains('|'))
        {
            rows.push(cells(row));
        }
        if are_questions(&rows) {
            return true;
        }
    }
    false
}

/// `| --- | :-- |`, which stands below the header of a table.
fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.contains('|') && line.contains('-') && line.chars().all(|c| "|-: ".contains(c))
}

fn cells(row: &str) -> Vec<String> {
    let row = row.trim();
    let row = row.strip_prefix('|').unwrap_or(row);
    let row = row.strip_suffix('|').unwrap_or(row);
    row.split('|').map(|cell| cell.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_questions_are_found() {
        for (body, expected) in [
            (
                "Text.\n\n| Question | Answer |\n| --- | :-- |\n| How? | So. |\n| Why? | Because. |\n",
                true,
            ),
            ("How? | So.\n--- | ---\nWhy? | Because.\n", true),
            (
                "| Country | Price |\n| --- | --- |\n| Why? | 5 |\n| How? | 6 |\n| France | 7 |\n",
                false,
            ),
            ("| How? | So. |\n| Why? | Because. |\n", false),
            ("---\n\nHow?\n", false),
        ] {
            assert_eq!(has_question_table(body), expected, "{body}");
        }
    }

    #[test]
    fn only_pages_with_components_have_imports() {
        let page = "import A from './a';\n\n<A/>\n\n```js\nimport b from 'b';\n```\nimport goods from abroad\n";
        let blank = page.replacen("import A from './a';", &" ".repeat(20), 1);
        assert_eq!(without_imports("a.md", page), blank);
        let text = "import A from './a';\nexport const b = 1;\n\nexport all; Text.";
        assert_eq!(without_imports("a.md", text), text);
        let blank = [&" ".repeat(20), "\n", &" ".repeat(19), &text[40..]].concat();
        assert_eq!(without_imports("a.mdx", text), blank);
    }

    #[test]
    fn properties_are_left_out_of_the_pages_of_notion_alone() {
        let name = "help/How long 1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d";
        let page = "# How long?\n\nStatus: Live\nLast edited: 2026\n\nTwo days.\n";
        let (body, said) = without_properties(name, page);
        assert_eq!(body.len(), page.len());
        assert_eq!(body.split_whitespace().count(), 5);
        assert_eq!(said.as_deref(), Some("Status: Live; Last edited: 2026"));
        assert_eq!(
            without_properties("help/How long", page),
            (Cow::Borrowed(page), None)
        );
        let text = "# How long?\n\nStatus: Live\nTwo days.\n";
        assert_eq!(without_properties(name, text), (Cow::Borrowed(text), None));
    }
}
