//! Cuts a status text into words, and finds in them what tells of a failure. Quoted spans and
//! tokens that look like identifiers are left out: they are names of steps, not Haptik's words.

/// A word of prose, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) text: String,
    /// The sign between it and the word before it, if there was one.
    pub(crate) sign: Option<char>,
}

const FAILURE: [&str; 45] = [
    "error",
    "errors",
    "exception",
    "exceptions",
    "failed",
    "failure",
    "failures",
    "fail",
    "fails",
    "failing",
    "invalid",
    "cannot",
    "unable",
    "traceback",
    "unsuccessful",
    "unsuccessfully",
    "duplicate",
    "duplicates",
    "duplicated",
    "missing",
    "rejected",
    "refused",
    "denied",
    "aborted",
    "abort",
    "revoked",
    "incorrect",
    "malformed",
    "unexpected",
    "expired",
    "timeout",
    "crashed",
    "stopped",
    "terminated",
    "cancelled",
    "canceled",
    "unknown",
    "unsupported",
    "forbidden",
    "wrong",
    "not",
    "must",
    "required",
    "couldn't",
    "can't",
];

/// Words that may stand between "no" and "errors", or "no" and "failed".
const BETWEEN: [&str; 8] = [
    "any",
    "validation",
    "step",
    "steps",
    "node",
    "nodes",
    "row",
    "rows",
];

const NO: [&str; 4] = ["no", "without", "zero", "0"];
const NONE: [&str; 5] = ["0", "none", "nil", "null", "zero"];

/// The words of the text without quoted spans; of a text that is quoted whole, all of them.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut sign = None;
    for token in unquoted(unwrapped(text)).split_whitespace() {
        let mut word = String::new();
        let mut characters = token.chars().peekable();
        while let Some(character) = characters.next() {
            let joins = matches!(character, '-' | '_' | '.' | '@' | '\'' | '’' | '#')
                && !word.is_empty()
                && characters.peek().is_some_and(|next| next.is_alphanumeric());
            if character.is_alphanumeric() || joins {
                let plain = if character == '’' { '\'' } else { character };
                word.extend(plain.to_lowercase());
            } else {
                push(&mut words, &mut word, &mut sign);
                sign = Some(character);
            }
        }
        push(&mut words, &mut word, &mut sign);
    }
    words
}

/// The text without the quotation marks around all of it, if there are any.
pub(crate) fn unwrapped(text: &str) -> &str {
    let text = text.trim();
    let inside = |open: char| {
        let inner = text.strip_prefix(open)?.strip_suffix(closing(open)?)?;
        (!inner.contains(open)).then_some(inner.trim())
    };
    text.chars().next().and_then(inside).unwrap_or(text)
}

fn push(words: &mut Vec<Word>, text: &mut String, sign: &mut Option<char>) {
    if !text.is_empty() {
        words.push(Word {
            text: std::mem::take(text),
            sign: sign.take(),
        });
    }
}

/// The text with every quoted span replaced by a sign. A closing sign that does not come is looked for
/// once.
fn unquoted(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    let mut before = ' ';
    let mut missing: Vec<char> = Vec::new();
    while let Some(character) = rest.chars().next() {
        let after = &rest[character.len_utf8()..];
        let close = closing(character)
            .filter(|close| !before.is_alphanumeric() && !missing.contains(close));
        let end = close.and_then(|close| span_end(after, close));
        if end.is_none() {
            missing.extend(close);
        }
        if let Some(end) = end {
            kept.push_str(" ; ");
            rest = &after[end..];
            before = ' ';
        } else {
            kept.push(character);
            rest = after;
            before = character;
        }
    }
    kept
}

fn closing(opening: char) -> Option<char> {
    Some(match opening {
        '"' => '"',
        '\'' => '\'',
        '`' => '`',
        '“' | '„' => '”',
        '‘' => '’',
        '«' => '»',
        _ => return None,
    })
}

/// Where the quotation ends: after a closing sign that no letter follows.
fn span_end(text: &str, close: char) -> Option<usize> {
    text.char_indices()
        .filter(|(_, character)| *character == close)
        .map(|(at, _)| at + close.len_utf8())
        .find(|end| !text[*end..].starts_with(char::is_alphanumeric))
}

/// The words without those that deny a failure: "no errors", "no steps failed", "errors: 0".
pub(crate) fn without_negations(words: &[Word]) -> Vec<Word> {
    let mut kept: Vec<Word> = Vec::new();
    let mut rest = words;
    while let Some(word) = rest.first() {
        let length = denied_ahead(kept.last(), rest).max(denied_behind(kept.last(), rest));
        if length > 0 {
            rest = &rest[length..];
        } else {
            kept.push(word.clone());
            rest = &rest[1..];
        }
    }
    kept
}

/// "no errors", "without any error", "0 failed": how many words that is, or 0.
fn denied_ahead(before: Option<&Word>, words: &[Word]) -> usize {
    let belongs_to_word_before = before.is_some() && matches!(words[0].sign, Some(':' | '='));
    if belongs_to_word_before || !NO.contains(&words[0].text.as_str()) {
        return 0;
    }
    for (at, word) in words.iter().enumerate().skip(1).take(2) {
        if word.sign.is_some() {
            return 0;
        }
        if tells_failure(&word.text) {
            return at + 1;
        }
        if !BETWEEN.contains(&word.text.as_str()) {
            return 0;
        }
    }
    0
}

/// "errors: 0", "error: none": how many words that is, or 0.
fn denied_behind(before: Option<&Word>, words: &[Word]) -> usize {
    let counted = before.is_some_and(|word| word.text.parse::<u64>().is_ok());
    let [failure, none, ..] = words else { return 0 };
    let closed = words.get(2).is_none_or(|next| next.sign.is_some());
    let denied = !counted
        && tells_failure(&failure.text)
        && matches!(none.sign, Some(':' | '='))
        && NONE.contains(&none.text.as_str())
        && closed;
    if denied { 2 } else { 0 }
}

/// Whether any of the words tells of a failure.
pub(crate) fn is_failure(words: &[Word]) -> bool {
    words.iter().any(|word| tells_failure(&word.text))
}

/// A word of the list, or the name of an exception such as `IntegrityError`.
fn tells_failure(word: &str) -> bool {
    let letters = word.chars().all(|c| c.is_alphabetic() || c == '.');
    FAILURE.contains(&word)
        || word.ends_with("n't")
        || (letters && (word.ends_with("error") || word.ends_with("exception")))
}
