//! Reads Java-style properties whose keys pair up: `faq.1.question = ...` and `faq.1.answer = ...`, or
//! as `fields` says.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::json::{Items, raw};
use super::key_patterns::KeyPatterns;
use crate::intake::article_collector::ArticleCollector;
use crate::intake::bytes::{TextProblem, newlines};
use crate::intake::format_readers::FormatReader;
use crate::intake::read_files::ReadJob;
use crate::model::Reach;

/// A key and its value.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PropertyPair {
    pub(crate) key: String,
    pub(crate) value: String,
    line: u64,
}

struct Group {
    fields: Map<String, Value>,
    line: u64,
    flaw: Option<(u64, String)>,
}

/// What a pair takes besides its text, and what a group does.
const PAIR: usize = 160;
const GROUP: usize = 360;

const NOTHING: &str = "has no keys such as `faq.1.question` and `faq.1.answer`; if they are called otherwise, write to the source, for example:\n[bot.source.fields]\nquestion = \"{n}_title\"\nanswer = \"{n}_text\"\nLeave it out with `exclude` if it holds no articles";

/// Java-style properties whose keys pair up.
pub(crate) const PROPERTIES: FormatReader = FormatReader::new(read);

/// Reads the articles of a file. Keys that are neither question nor answer are other settings.
fn read(job: &ReadJob, collector: &mut ArticleCollector) -> Result<(), TextProblem> {
    let patterns = KeyPatterns::of(job.fields).map_err(TextProblem::whole_file)?;
    let text = job.text(collector)?;
    let mut groups: Vec<(String, Group)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let text = text.whole(collector.budget())?;
    let lines = usize::try_from(newlines(text.as_bytes())).unwrap_or(usize::MAX);
    // Each pair once by itself, and once in its group.
    let bytes = text.len().saturating_mul(2);
    collector
        .budget()
        .take(bytes.saturating_add(lines.saturating_mul(PAIR)))?;
    for pair in pairs(&text) {
        let Some((id, field)) = patterns.parts(&pair.key) else {
            continue;
        };
        if !places.contains_key(id) {
            collector.budget().take(GROUP)?;
        }
        let at = *places.entry(id.to_owned()).or_insert_with(|| {
            let mut fields = Map::new();
            fields.insert("id".to_owned(), id.into());
            let line = pair.line;
            let group = Group {
                fields,
                line,
                flaw: None,
            };
            groups.push((id.to_owned(), group));
            groups.len() - 1
        });
        let group = &mut groups[at].1;
        let before = group.fields.insert(field.into_owned(), pair.value.into());
        if before.is_some() {
            let reason = format!(
                "has the key `{}` a second time, and it is unclear which counts; delete the one that is out of date",
                pair.key
            );
            group.flaw.get_or_insert((pair.line, reason));
        }
    }
    if groups.is_empty() {
        return Err(TextProblem::whole_file(NOTHING));
    }
    let mut items = Items::new(job).with_fields(patterns.names());
    for (id, group) in groups {
        collector.row(group.line)?;
        if let Some((line, reason)) = group.flaw {
            let id = Some(id.trim().to_owned()).filter(|id| !id.is_empty());
            collector.reject_as(Reach::Alone, job.place(line), id, reason);
            continue;
        }
        items.take(&raw(&Value::Object(group.fields))?, group.line, collector);
    }
    Ok(())
}

/// The pairs of a file in their order, as `java.util.Properties` reads them.
pub(crate) fn pairs(text: &str) -> Vec<PropertyPair> {
    let mut pairs = Vec::new();
    let mut lines = (1..).zip(text.lines());
    while let Some((line, first)) = lines.next() {
        let first = first.trim_start();
        if first.is_empty() || first.starts_with(['#', '!']) {
            continue;
        }
        let mut whole = first.to_owned();
        let mut last = first;
        while goes_on(last) {
            whole.pop();
            match lines.next() {
                Some((_, next)) => {
                    last = next.trim_start();
                    whole.push_str(last);
                }
                None => break,
            }
        }
        let (key, value) = split(&whole);
        pairs.push(PropertyPair {
            key: unescaped(key),
            value: unescaped(value),
            line,
        });
    }
    pairs
}

/// Whether a line ends with an odd number of backslashes.
fn goes_on(line: &str) -> bool {
    (line.len() - line.trim_end_matches('\\').len()) % 2 == 1
}

fn split(line: &str) -> (&str, &str) {
    let mut escaped = false;
    for (at, letter) in line.char_indices() {
        if !escaped && (matches!(letter, '=' | ':') || letter.is_whitespace()) {
            let rest = line[at..].trim_start();
            let rest = rest.strip_prefix(['=', ':']).unwrap_or(rest);
            return (&line[..at], rest.trim_start());
        }
        escaped = !escaped && letter == '\\';
    }
    (line, "")
}

fn unescaped(text: &str) -> String {
    // In UTF-16, because a character beyond it is written as two escapes.
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut letters = text.chars();
    let mut buffer = [0; 2];
    while let Some(letter) = letters.next() {
        let letter = match (letter, letter == '\\') {
            (_, true) => match letters.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some('f') => '\u{c}',
                Some('u') => {
                    let digits = letters.as_str().get(..4);
                    if let Some(unit) = digits.and_then(|four| u16::from_str_radix(four, 16).ok()) {
                        units.push(unit);
                        letters.nth(3);
                        continue;
                    }
                    'u'
                }
                Some(other) => other,
                None => break,
            },
            (letter, false) => letter,
        };
        units.extend_from_slice(letter.encode_utf16(&mut buffer));
    }
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_as_java_reads_them() {
        let text = "# comment\n! too\n\n a.b = c d \nkey\\ 1:\\u0041\\uD83D\\uDE00\\n\\t\\=\nlong = one \\\n   two\\\\\nbare\nspaced value\nodd=\\uZZ\\\n";
        let found: Vec<(String, String, u64)> = pairs(text)
            .into_iter()
            .map(|pair| (pair.key, pair.value, pair.line))
            .collect();
        let expected = [
            ("a.b", "c d ", 4),
            ("key 1", "A😀\n\t=", 5),
            ("long", "one two\\", 6),
            ("bare", "", 8),
            ("spaced", "value", 9),
            ("odd", "uZZ", 10),
        ];
        let expected = expected.map(|(key, value, line)| (key.to_owned(), value.to_owned(), line));
        assert_eq!(found, expected);
    }
}
