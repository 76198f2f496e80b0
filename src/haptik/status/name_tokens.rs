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

/// Where in a text names can stand. It is made in one walk over the text; each question is then a
/// look-up.
pub(crate) struct Tokens<'t> {
    text: &'t str,
    /// For each byte whether a token can begin or end there: what stands on one side does not belong to
    /// the other.
    boundaries: Vec<bool>,
    /// Start and end of what stands between marks, sorted by start.
    quotes: Vec<(usize, usize)>,
    /// Start and end of each word.
    words: Vec<(usize, usize)>,
    /// Of the words, those of a report.
    reports: Vec<(usize, usize)>,
}

impl<'t> Tokens<'t> {
    pub(crate) fn of(text: &'t str) -> Self {
        let words: Vec<(usize, usize)> = words(text)
            .map(|word| {
                let start = word.as_ptr().addr() - text.as_ptr().addr();
                (start, start + word.len())
            })
            .collect();
        let is_report = |(start, end): &(usize, usize)| is_one_of(&REPORT, &text[*start..*end]);
        Self {
            text,
            boundaries: boundaries(text),
            quotes: quotes(text),
            reports: words.iter().copied().filter(is_report).collect(),
            words,
        }
    }

    /// Whether a token can begin or end at `at`.
    pub(crate) fn is_boundary(&self, at: usize) -> bool {
        self.boundaries[at]
    }

    /// Whether a mark opens right before `at`.
    pub(crate) fn open_before(&self, at: usize) -> bool {
        MARKS
            .iter()
            .any(|(open, _)| self.text[..at].ends_with(open))
    }

    /// Whether exactly this stands between a pair of marks.
    pub(crate) fn enclose(&self, start: usize, end: usize) -> bool {
        let before = &self.text[..start];
        let after = &self.text[end..];
        MARKS
            .iter()
            .any(|(open, close)| before.ends_with(open) && after.starts_with(close))
    }

    /// Whether this is only a part of something quoted that is not itself a message: the name of
    /// another step, or the wording of a question.
    pub(crate) fn hide(&self, start: usize, end: usize) -> bool {
        let after = self.quotes.partition_point(|(open, _)| *open <= start);
        let Some((open, close)) = after.checked_sub(1).map(|at| self.quotes[at]) else {
            return false;
        };
        end <= close && !self.reports_in(open, start) && !self.reports_in(end, close)
    }

    /// Whether a word of a report stands between these places.
    fn reports_in(&self, start: usize, end: usize) -> bool {
        let first = self.reports.partition_point(|(word, _)| *word < start);
        self.reports
            .get(first)
            .is_some_and(|(_, word)| *word <= end)
    }

    /// Whether a name that stands in prose is meant as a name there.
    pub(crate) fn plausible_in_prose(&self, start: usize, end: usize) -> bool {
        let name = &self.text[start..end];
        if is_short_number(name) {
            let before = self.words.partition_point(|(_, word)| *word <= start);
            let word = before.checked_sub(1).map(|at| self.words[at]);
            return word
                .is_some_and(|(start, end)| is_one_of(&INTRODUCERS, &self.text[start..end]));
        }
        let mut words = words(name).peekable();
        words.peek().is_some()
            && !words.all(|word| is_one_of(&REPORT, word) || is_one_of(&COMMON, word))
    }
}

fn is_short_number(name: &str) -> bool {
    name.len() <= SHORT_NUMBER && name.bytes().all(|byte| byte.is_ascii_digit())
}

fn quotes(text: &str) -> Vec<(usize, usize)> {
    let mut spans = Vec::new();
    // A closing mark that does not come is looked for once.
    let mut missing = [false; MARKS.len()];
    let mut at = 0;
    while let Some(character) = text[at..].chars().next() {
        let span = if alphanumeric_before(text, at) {
            None
        } else {
            span_at(text, at, &mut missing)
        };
        if let Some((start, end, next)) = span {
            spans.push((start, end));
            at = next;
        } else {
            at += character.len_utf8();
        }
    }
    spans
}

/// The quotation whose mark begins at `at`: its inside, and where to go on.
fn span_at(
    text: &str,
    at: usize,
    missing: &mut [bool; MARKS.len()],
) -> Option<(usize, usize, usize)> {
    MARKS
        .iter()
        .zip(missing)
        .filter(|((open, _), missing)| !**missing && text[at..].starts_with(open))
        .find_map(|((open, close), missing)| {
            let start = at + open.len();
            let found = text[start..]
                .match_indices(close)
                .find(|(end, _)| !alphanumeric_after(text, start + end + close.len()));
            *missing = found.is_none();
            let (end, _) = found?;
            Some((start, start + end, start + end + close.len()))
        })
}

/// Where no letters or digits on both sides are held together, directly or by connectors.
fn boundaries(text: &str) -> Vec<bool> {
    let connects = |c: char| CONNECTORS.contains(c);
    let mut boundaries = vec![true; text.len() + 1];
    let mut left = false;
    for (at, character) in text.char_indices() {
        boundaries[at] = !left;
        if !connects(character) {
            left = in_word(character);
        }
    }
    boundaries[text.len()] = true;
    let mut right = false;
    for (at, character) in text.char_indices().rev() {
        if !connects(character) {
            right = in_word(character);
        }
        boundaries[at] |= !right;
    }
    boundaries
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

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(in_word(c) || c == '_'))
        .filter(|word| !word.is_empty())
}

fn is_one_of(list: &[&str], word: &str) -> bool {
    list.contains(&word.to_lowercase().as_str())
}
