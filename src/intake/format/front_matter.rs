//! Front matter: what stands between two lines of `---` at the beginning of a Markdown or HTML file.

use serde_json::{Map, Value};

use super::yaml;
use crate::config::Folder;
use crate::intake::budget::Budget;
use crate::intake::bytes::{TextProblem, newlines};
use crate::intake::publication::{is_decided, withdrawn, withdraws};

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

/// The front matter, as Jekyll and its like have it between two lines of `---`, or Hugo in TOML between
/// two of `+++`, and the rest.
pub(crate) fn front_matter<'d>(
    document: &'d str,
    budget: &mut Budget,
) -> Result<(Map<String, Value>, &'d str), TextProblem> {
    let mut lines = document.split_inclusive('\n');
    let fence = lines.next().map_or("", str::trim_end);
    if !matches!(fence, "---" | "+++") {
        return Ok((Map::new(), document));
    }
    let start = document.find('\n').map_or(document.len(), |end| end + 1);
    let mut end = start;
    for line in lines {
        if line.trim_end() == fence {
            let rest = &document[end + line.len()..];
            let text = &document[start..end];
            let front = if fence == "---" {
                yaml::parse(text, budget)
            } else {
                from_toml(text, budget)
            };
            // It is one article of many, and what it is called may stand in what cannot be read.
            let front =
                front.map_err(|problem| TextProblem::rest(problem.line + 1, problem.reason));
            return match front? {
                Value::Object(front) => Ok((front, rest)),
                Value::Null => Ok((Map::new(), rest)),
                _ => Err(TextProblem::rest(
                    1,
                    "has front matter that is no mapping; write it as `key: value`",
                )),
            };
        }
        end += line.len();
    }
    // A single line of `---` is a rule.
    Ok((Map::new(), document))
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
