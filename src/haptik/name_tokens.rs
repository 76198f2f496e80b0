//! Where in a text a name begins and ends: quotation marks, and the edges of tokens in prose.

/// Signs that hold an identifier together: `kb-1`, `v1.2`, `Q&A`, `a/b`.
const CONNECTORS: &str = "-_./#@+:'’&";

/// Opening and closing marks, as they come in prose, JSON inside JSON, and HTML.
const MARKS: [(&str, &str); 12] = [
    ("\"", "\""),
    ("'", "'"),
    ("`", "`"),
    ("“", "”"),
    ("„", "“"),
    ("‘", "’"),
    ("«", "»"),
    ("‹", "›"),
    ("\\\"", "\\\""),
    ("\\'", "\\'"),
    ("&quot;", "&quot;"),
    ("&#39;", "&#39;"),
];

/// Words with which a service reports about steps: a quotation that holds one of them is a
/// message, not a name.
const REPORT: [&str; 16] = [
    "cannot",
    "column",
    "could",
    "create",
    "created",
    "error",
    "exception",
    "failed",
    "failure",
    "invalid",
    "missing",
    "node",
    "node_name",
    "row",
    "step",
    "steps",
];

/// Further words that every report may hold. A name of nothing but such words is not taken from
/// prose.
const COMMON: [&str; 21] = [
    "a", "an", "and", "answer", "be", "been", "bot", "csv", "faq", "file", "for", "in", "is",
    "name", "no", "not", "of", "question", "the", "to", "value",
];

/// Words before a short number that make it a name; "row 7" and "line 7" do not.
const INTRODUCERS: [&str; 8] = [
    "step",
    "node",
    "node_name",
    "name",
    "faq",
    "id",
    "article",
    "article_id",
];
const SHORT_NUMBER: usize = 5;

/// The quotations of a text.
pub(super) struct Quotes<'t> {
    text: &'t str,
    /// Start and end of what stands between marks, sorted by start.
    spans: Vec<(usize, usize)>,
}

impl<'t> Quotes<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let mut spans = Vec::new();
        let mut at = 0;
        while let Some(character) = text[at..].chars().next() {
            let span = if alphanumeric_before(text, at) {
                None
            } else {
                span_at(text, at)
            };
            if let Some((start, end, next)) = span {
                spans.push((start, end));
                at = next;
            } else {
                at += character.len_utf8();
            }
        }
        Self { text, spans }
    }

    /// Whether a mark opens right before `at`.
    pub(super) fn open_before(text: &str, at: usize) -> bool {
        MARKS.iter().any(|(open, _)| text[..at].ends_with(open))
    }

    /// Whether exactly this stands between a pair of marks.
    pub(super) fn enclose(&self, start: usize, end: usize) -> bool {
        let before = &self.text[..start];
        let after = &self.text[end..];
        MARKS
            .iter()
            .any(|(open, close)| before.ends_with(open) && after.starts_with(close))
    }

    /// Whether this is only a part of something quoted that is not itself a message: the name of
    /// another step, or the wording of a question.
    pub(super) fn hide(&self, start: usize, end: usize) -> bool {
        let after = self.spans.partition_point(|(open, _)| *open <= start);
        let Some((open, close)) = after.checked_sub(1).map(|at| self.spans[at]) else {
            return false;
        };
        let around = [
            &self.text[open..start.max(open)],
            &self.text[end.min(close)..close],
        ];
        end <= close
            && !around
                .iter()
                .any(|text| words(text).any(|word| is_one_of(&REPORT, word)))
    }
}

/// The quotation whose mark begins at `at`: its inside, and where to go on.
fn span_at(text: &str, at: usize) -> Option<(usize, usize, usize)> {
    MARKS
        .iter()
        .filter(|(open, _)| text[at..].starts_with(open))
        .find_map(|(open, close)| {
            let start = at + open.len();
            let (end, _) = text[start..]
                .match_indices(close)
                .find(|(end, _)| !alphanumeric_after(text, start + end + close.len()))?;
            Some((start, start + end, start + end + close.len()))
        })
}

/// Whether a token can begin or end at `at`: what stands on one side does not belong to the other.
pub(super) fn is_boundary(text: &str, at: usize) -> bool {
    !joined(text, at)
}

/// Whether letters or digits on both sides of `at` are held together, directly or by connectors.
fn joined(text: &str, at: usize) -> bool {
    let connector = |c: &char| CONNECTORS.contains(*c);
    let left = text[..at].chars().rev().find(|c| !connector(c));
    let right = text[at..].chars().find(|c| !connector(c));
    left.is_some_and(in_word) && right.is_some_and(in_word)
}

/// Letters, digits, and the marks that combine with a letter before them.
fn in_word(c: char) -> bool {
    c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c)
}

fn alphanumeric_before(text: &str, at: usize) -> bool {
    text[..at].chars().next_back().is_some_and(in_word)
}

fn alphanumeric_after(text: &str, at: usize) -> bool {
    text[at..].chars().next().is_some_and(in_word)
}

/// Whether a name that stands in prose is meant as a name there.
pub(super) fn plausible_in_prose(text: &str, start: usize, end: usize) -> bool {
    let name = &text[start..end];
    if name.len() <= SHORT_NUMBER && name.bytes().all(|byte| byte.is_ascii_digit()) {
        let before = words(&text[..start]).last();
        return before.is_some_and(|word| is_one_of(&INTRODUCERS, word));
    }
    let mut words = words(name).peekable();
    words.peek().is_some()
        && !words.all(|word| is_one_of(&REPORT, word) || is_one_of(&COMMON, word))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(in_word(c) || c == '_'))
        .filter(|word| !word.is_empty())
}

fn is_one_of(list: &[&str], word: &str) -> bool {
    list.contains(&word.to_lowercase().as_str())
}
