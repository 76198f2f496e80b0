//! Front matter: what stands between two lines of `---` at the beginning of a Markdown or HTML file.

use serde_json::{Map, Value};

use super::yaml;
use crate::config::Folder;
use crate::intake::budget::Budget;
use crate::intake::bytes::{TextProblem, newlines};
use crate::intake::publication::{is_decided, is_telling, withdrawn, withdraws};
use crate::intake::read_files::ReadJob;
use crate::intake::table::{ID, same_name};

/// Whether a text may begin with front matter.
pub(crate) fn begins(head: &str) -> bool {
    head.starts_with("---\n") || head.starts_with("---\r\n")
}

/// Whether plain text follows it. YAML begins with a line of `---` as well, but has no other before
/// plain text.
pub(crate) fn has_text_after(head: &str) -> bool {
    let mut lines = head.lines().skip(1);
    lines.any(|line| line.trim_end() == "---") && lines.any(|line| !line.trim().is_empty())
}

/// What a page says of itself, and the page.
#[derive(Debug)]
pub(crate) struct FrontMatter<'d> {
    pub(crate) fields: Map<String, Value>,
    /// What comes after it.
    pub(crate) body: &'d str,
    /// How it was read, where that is not plain.
    pub(crate) note: Option<String>,
}

/// The front matter, as Jekyll and its like have it between two lines of `---`, or Hugo in TOML between
/// two of `+++`, and the rest.
pub(crate) fn front_matter<'d>(
    document: &'d str,
    job: &ReadJob,
    budget: &mut Budget,
) -> Result<FrontMatter<'d>, TextProblem> {
    split(document, &|name| decides(job, name), budget)
}

/// Whether this field makes the article's id, or says who may read it.
fn decides(job: &ReadJob, name: &str) -> bool {
    let last = |pointer: &String| same_name(pointer.rsplit('/').next().unwrap_or(pointer), name);
    let fields = job.fields.iter();
    ID.iter().any(|usual| same_name(name, usual))
        || fields.clone().any(|fields| fields.id.iter().any(last))
        || fields
            .filter_map(|fields| fields.alternatives.get("id"))
            .any(|more| more.iter().any(last))
        || is_telling(name)
        || is_decided(job.folder, name)
}

fn split<'d>(
    document: &'d str,
    decides: &dyn Fn(&str) -> bool,
    budget: &mut Budget,
) -> Result<FrontMatter<'d>, TextProblem> {
    let without = FrontMatter {
        fields: Map::new(),
        body: document,
        note: None,
    };
    let mut lines = document.split_inclusive('\n');
    let fence = lines.next().map_or("", str::trim_end);
    if !matches!(fence, "---" | "+++") {
        return Ok(without);
    }
    let start = document.find('\n').map_or(document.len(), |end| end + 1);
    let mut end = start;
    for line in lines {
        if line.trim_end() == fence {
            let body = &document[end + line.len()..];
            let text = &document[start..end];
            // It is one article of many, and what it is called may stand in what cannot be read.
            let (fields, note) = fields(fence, text, decides, budget)
                .map_err(|problem| TextProblem::rest(problem.line + 1, problem.reason))?;
            return Ok(FrontMatter { fields, body, note });
        }
        end += line.len();
    }
    // A single line of `---` is a rule.
    Ok(without)
}

/// The fields, and a note if they were read in another way than the language has it.
fn fields(
    fence: &str,
    text: &str,
    decides: &dyn Fn(&str) -> bool,
    budget: &mut Budget,
) -> Result<(Map<String, Value>, Option<String>), TextProblem> {
    if fence == "+++" {
        return Ok((mapping(from_toml(text, budget)?)?, None));
    }
    match yaml::parse(text, budget) {
        Ok(front) => Ok((mapping(front)?, None)),
        Err(problem) => line_by_line(text, decides, budget).ok_or(problem),
    }
}

fn mapping(front: Value) -> Result<Map<String, Value>, TextProblem> {
    match front {
        Value::Object(front) => Ok(front),
        Value::Null => Ok(Map::new()),
        _ => Err(TextProblem::rest(
            0,
            "has front matter that is no mapping; write it as `key: value`",
        )),
    }
}

/// Front matter such as `title: Error: not found`, which is no YAML, and which site generators take by its
/// lines. `None` where what such a line means is uncertain, or decides which article it is or who may read it.
fn line_by_line(
    text: &str,
    decides: &dyn Fn(&str) -> bool,
    budget: &mut Budget,
) -> Option<(Map<String, Value>, Option<String>)> {
    let mut fields = Map::new();
    let mut as_text: Vec<&str> = Vec::new();
    for (name, entry) in entries(text)? {
        let value = match yaml::parse(entry, budget) {
            Ok(Value::Object(mut one)) if one.len() == 1 => one.remove(name)?,
            _ => {
                let text = entry[name.len() + 1..].trim();
                // A quote that is not closed may go on in what follows.
                let opens = |quote| {
                    text.strip_prefix(quote)
                        .is_some_and(|rest| !rest.contains(quote))
                };
                if text.contains('\n') || opens('"') || opens('\'') || decides(name) {
                    return None;
                }
                as_text.push(name);
                Value::String(text.to_owned())
            }
        };
        if fields.insert(name.to_owned(), value).is_some() {
            return None;
        }
    }
    let names: Vec<String> = as_text.iter().map(|name| format!("`{name}`")).collect();
    let note = format!(
        "has front matter that is not valid YAML, because {} has signs in it that need quotes; it is taken as the text of its line",
        names.join(", "),
    );
    (!names.is_empty()).then_some((fields, Some(note)))
}

/// The entries at the beginning of lines, each with its name and the lines that go on with it.
fn entries(text: &str) -> Option<Vec<(&str, &str)>> {
    let mut entries: Vec<(&str, usize, usize)> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        let is_name = |name: &str| {
            let mut letters = name.chars();
            letters.next().is_some_and(char::is_alphabetic)
                && letters.all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-'))
        };
        match line.split_once(':') {
            Some((name, rest)) if is_name(name) && rest.starts_with(char::is_whitespace) => {
                entries.push((name, at, end));
            }
            _ if line.trim().is_empty() || line.starts_with('#') => {}
            _ => entries.last_mut()?.2 = end,
        }
        at = end;
    }
    let parts = entries.into_iter();
    Some(
        parts
            .map(|(name, start, end)| (name, &text[start..end]))
            .collect(),
    )
}

/// What a value of TOML takes besides its text.
const TOML: usize = 8;

fn from_toml(text: &str, budget: &mut Budget) -> Result<Value, TextProblem> {
    budget.take(text.len().saturating_mul(TOML))?;
    let table = text.parse::<toml::Table>().map_err(|error| {
        let before = error.span().map_or("", |span| &text[..span.start]);
        let line = 1 + newlines(before.as_bytes());
        let reason = format!("has front matter that is no TOML: {}", error.message());
        TextProblem::rest(line, reason)
    })?;
    Ok(of_toml(toml::Value::Table(table)))
}

/// Numbers and dates are text, as in YAML.
fn of_toml(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Boolean(flag) => Value::Bool(flag),
        toml::Value::Array(items) => items.into_iter().map(of_toml).collect(),
        toml::Value::Table(table) => {
            let entries = table.into_iter();
            Value::Object(entries.map(|(key, value)| (key, of_toml(value))).collect())
        }
        toml::Value::Integer(number) => Value::String(number.to_string()),
        toml::Value::Float(number) => Value::String(number.to_string()),
        toml::Value::Datetime(time) => Value::String(time.to_string()),
    }
}

/// Why a page with this front matter is not published, if it says so.
pub(crate) fn withdrawn_page(front: &Map<String, Value>, folder: &Folder) -> Option<String> {
    front.iter().find_map(|(name, value)| {
        let value = match value {
            Value::Bool(flag) => flag.to_string(),
            Value::String(text) => text.clone(),
            _ => return None,
        };
        let is_out = withdraws(name, &value) && !is_decided(folder, name);
        is_out.then(|| withdrawn(name, &value))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(front: &str) -> Result<(Value, bool), u64> {
        let document = format!("---\n{front}---\nText.\n");
        let decides = |name: &str| name == "id" || is_telling(name);
        let found = split(&document, &decides, &mut Budget::default());
        found
            .map(|found| (Value::Object(found.fields), found.note.is_some()))
            .map_err(|problem| problem.line)
    }

    #[test]
    fn a_line_that_is_no_yaml_is_its_text() {
        for (front, expected) in [
            (
                "title: Error: not found\nid: a\n",
                json!({"title": "Error: not found", "id": "a"}),
            ),
            (
                "id: a\ntitle: [SDK] Track users\ntags: [x, y]\n",
                json!({"id": "a", "title": "[SDK] Track users", "tags": ["x", "y"]}),
            ),
            (
                "title: \"Quoted\" and not\ntags:\n  - x\n# made by hand\n\nid: a\n",
                json!({"title": "\"Quoted\" and not", "tags": ["x"], "id": "a"}),
            ),
            (
                "title: 50% off: @all\r\ntags:\r\n  - x\r\n",
                json!({"title": "50% off: @all", "tags": ["x"]}),
            ),
        ] {
            assert_eq!(read(front), Ok((expected, true)), "{front}");
        }
    }

    #[test]
    fn what_is_uncertain_stays_an_error() {
        for front in [
            "draft: yes: no\n",
            "id: [7\n",
            "title: a: b\nstatus: [draft] not yet\n",
            "title: a\ntitle: b\n",
            "title: a: b\ntitle: c\n",
            "title: a: b\n  c: d\n",
            "a: b: c\n- d\n",
            "no entry\ntitle: a: b\n",
            "title: 'a\n",
        ] {
            assert!(read(front).is_err(), "{front}");
        }
    }

    #[test]
    fn what_is_yaml_is_read_as_yaml() {
        for front in ["title: a\n", "title: 'a: b'\ntags: [x]\n", "# nothing\n"] {
            assert_eq!(read(front).map(|found| found.1), Ok(false), "{front}");
        }
    }
}
