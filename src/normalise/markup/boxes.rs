//! The boxes that dialects of Markdown have for notes and warnings, as the text that they show: `:::info`,
//! `!!! note` and `> [!NOTE]`. Pure.

use std::borrow::Cow;

/// How far the text of `!!! note` is set in.
const INDENT: usize = 4;
/// A longer word is no kind of box.
const LONGEST_KIND: usize = 24;
/// What a box is called where it has no title of its own; a reader sees these words.
const SHOWN: [&str; 8] = [
    "note",
    "tip",
    "info",
    "important",
    "warning",
    "caution",
    "danger",
    "attention",
];

/// The same without the marks of boxes. What stands in code stays.
pub(super) fn without_boxes(markdown: &str) -> Cow<'_, str> {
    let marks = [":::", "!!! ", "???", "[!"];
    if !marks.iter().any(|mark| markdown.contains(mark)) {
        return Cow::Borrowed(markdown);
    }
    let mut walk = Walk {
        written: String::with_capacity(markdown.len() + 16),
        fence: None,
        indented: None,
    };
    let mut lines = markdown.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        walk.line(line, lines.peek().copied());
    }
    Cow::Owned(walk.written)
}

struct Walk<'m> {
    written: String,
    /// What begins and ends the code that is open.
    fence: Option<&'m str>,
    /// How far the text of the box that is open is set in.
    indented: Option<usize>,
}

impl<'m> Walk<'m> {
    fn line(&mut self, line: &'m str, next: Option<&str>) {
        let mut line = line;
        if let Some(depth) = self.indented {
            if line.trim().is_empty() || indent(line) >= depth {
                line = &line[depth.min(indent(line))..];
            } else {
                self.indented = None;
            }
        }
        let text = line.trim();
        if self.is_code(text) {
            self.written.push_str(line);
        } else if let Some(rest) = text.strip_prefix(":::") {
            self.fenced(line, rest.trim_start_matches(':').trim());
        } else if let Some(title) = set_in(text) {
            let depth = indent(line) + INDENT;
            if next.is_some_and(|next| next.trim().is_empty() || indent(next) >= depth) {
                self.indented = Some(depth);
                self.begin("", &title);
            } else {
                self.written.push_str(line);
            }
        } else if let Some((quote, title)) = quoted(line) {
            self.begin(quote, &title);
        } else {
            self.written.push_str(line);
        }
    }

    /// Whether a line is code, or begins or ends it.
    fn is_code(&mut self, text: &'m str) -> bool {
        if let Some(fence) = self.fence {
            let mark = |letter| fence.starts_with(letter);
            if text.starts_with(fence) && text.trim_matches(mark).is_empty() {
                self.fence = None;
            }
            return true;
        }
        let fences = ["```", "~~~"];
        self.fence = fences.into_iter().find(|fence| text.starts_with(fence));
        self.fence.is_some()
    }

    /// The line that begins or ends `:::info`.
    fn fenced(&mut self, line: &str, rest: &str) {
        if rest.is_empty() {
            return self.written.push('\n');
        }
        if rest.starts_with('{') {
            return self.begin("", "");
        }
        let kind = kind(rest);
        let rest = &rest[kind.len()..];
        if kind.is_empty() || !rest.is_empty() && !rest.starts_with([' ', '[', '{']) {
            return self.written.push_str(line);
        }
        let title = rest.split('{').next().unwrap_or_default().trim();
        let title = title.strip_prefix('[').unwrap_or(title);
        let title = title.strip_suffix(']').unwrap_or(title);
        self.begin("", &shown(kind, Some(title)));
    }

    /// What is shown where a box begins. Its own name goes on in the line of its text.
    fn begin(&mut self, quote: &str, title: &str) {
        for part in [quote, "\n", quote, title, "\n"] {
            self.written.push_str(part);
        }
        if !title.is_empty() && !title.ends_with(':') {
            self.written.push_str(quote);
            self.written.push('\n');
        }
    }
}

/// What a reader sees of a box's kind and title.
fn shown(kind: &str, title: Option<&str>) -> String {
    match title {
        Some(title) if !title.is_empty() => title.to_owned(),
        _ if SHOWN.iter().any(|known| known.eq_ignore_ascii_case(kind)) => {
            let (first, rest) = kind.split_at(1);
            format!("{}{}:", first.to_uppercase(), rest.to_lowercase())
        }
        _ => String::new(),
    }
}

/// What `!!! note "Title"`, or `???` in place of it, shows.
fn set_in(text: &str) -> Option<String> {
    let rest = text.strip_prefix("!!! ").or_else(|| {
        let rest = text.strip_prefix("???")?;
        rest.strip_prefix('+').unwrap_or(rest).strip_prefix(' ')
    })?;
    let rest = rest.trim();
    let kind = kind(rest);
    let title = rest[kind.len()..].trim();
    match title.strip_prefix('"').map(|title| title.strip_suffix('"')) {
        _ if kind.is_empty() => None,
        // An empty title means that none is shown.
        Some(Some("")) => Some(String::new()),
        Some(Some(title)) => Some(title.to_owned()),
        None if title.is_empty() => Some(shown(kind, None)),
        _ => None,
    }
}

/// The marks of the quote, and what `> [!NOTE] Title` shows.
fn quoted(line: &str) -> Option<(&str, String)> {
    let text = line.trim_start_matches([' ', '\t', '>']);
    let quote = &line[..line.len() - text.len()];
    let (kind, title) = text.strip_prefix("[!")?.split_once(']')?;
    let title = title.strip_prefix(['+', '-']).unwrap_or(title);
    let is_kind = !kind.is_empty() && self::kind(kind).len() == kind.len();
    let is_title = title.trim().is_empty() || title.starts_with(' ');
    (quote.contains('>') && is_kind && is_title).then(|| (quote, shown(kind, Some(title.trim()))))
}

/// The word for a kind of box at the beginning of a text.
fn kind(text: &str) -> &str {
    let is_letter = |letter: &char| letter.is_ascii_alphabetic() || matches!(letter, '-' | '_');
    let length = text.chars().take_while(is_letter).count();
    &text[..if length <= LONGEST_KIND { length } else { 0 }]
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_become_what_they_show() {
        for (written, shown) in [
            (":::info\nCall.\n:::\n", "\nInfo:\nCall.\n\n"),
            (
                "::: tip Opening hours\nNine.\n:::",
                "\nOpening hours\n\nNine.\n\n",
            ),
            (":::note[At home]\nX", "\nAt home\n\nX"),
            ("::::columns\nX\n::::\n", "\n\nX\n\n"),
            (":::{.left}\nX\n:::\n", "\n\nX\n\n"),
            (
                "!!! note\n    Nine.\n\n    Ten.\nX",
                "\nNote:\nNine.\n\nTen.\nX",
            ),
            ("??? tip \"How?\"\n\n    So.\n", "\nHow?\n\n\nSo.\n"),
            ("!!! note \"\"\n    X\n", "\n\nX\n"),
            ("> [!WARNING]\n> Hot.\n", "> \n> Warning:\n> Hot.\n"),
            ("> [!faq]- Is it?\n> Yes.", "> \n> Is it?\n> \n> Yes."),
        ] {
            assert_eq!(without_boxes(written), shown, "{written}");
        }
    }

    #[test]
    fn what_only_looks_like_a_box_stays() {
        for text in [
            "```\n:::info\n!!! note\n    x\n```\n",
            "!!! Call us !!!",
            "!!! note\nNot set in.",
            "Is it [!important] here?",
            "::: 50 % :::",
            "[!NOTE] outside of a quote",
            "> [!\"] is an operator",
            "???",
        ] {
            assert_eq!(without_boxes(text), text);
        }
    }
}
