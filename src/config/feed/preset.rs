//! Presets: what a knowledge base usually needs, as the configuration would say it. They lie under
//! what a person writes, key by key.

use toml::de::DeTable;

use super::super::tree::{self, Entry, Node, Origin, Table, Value};

macro_rules! presets {
    ($($name:literal),* $(,)?) => {
        /// The names of the presets.
        pub const PRESETS: &[&str] = &[$($name),*];

        const TEXTS: &[&str] = &[$(include_str!(concat!("../../../config/presets/", $name, ".toml"))),*];
    };
}

presets![
    "confluence-cloud",
    "confluence-server",
    "document360",
    "freshdesk",
    "guru",
    "helpjuice",
    "hubspot",
    "intercom",
    "mediawiki",
    "rss",
    "salesforce-knowledge",
    "servicenow",
    "usu",
    "wordpress",
    "zendesk-guide",
];

/// The text of a preset, to be read, or pasted below `[[bot.source]]` and changed.
pub fn preset(name: &str) -> Option<&'static str> {
    let at = PRESETS.iter().position(|known| *known == name)?;
    TEXTS.get(at).copied()
}

/// A preset as it stands in a configuration file, under the head of a source, to be changed.
pub fn pasted(name: &str) -> Option<String> {
    let tables = ["query", "paging", "auth", "fields", "detail", "keep"];
    let line = |line: &str| {
        for table in tables {
            if line == format!("[{table}]") {
                return format!("[bot.source.{table}]");
            }
        }
        line.replace("[[parents]]", "[[bot.source.parents]]")
    };
    let lines: Vec<String> = preset(name)?.lines().map(line).collect();
    Some(lines.join("\n") + "\n")
}

/// Lays the preset of a source, if it names one, under what a person wrote.
pub(super) fn lay_under(table: &mut Table) {
    let Some(Value::Text(name)) = table.get("preset").map(|entry| &entry.node.value) else {
        return;
    };
    let Some(text) = preset(name) else { return };
    let parsed = DeTable::parse(text).unwrap_or_else(|error| unreachable!("{name}: {error}"));
    fill(table, &tree::table(parsed.get_ref()));
}

fn fill(table: &mut Table, under: &Table) {
    for (key, entry) in under {
        match (table.get_mut(key), &entry.node.value) {
            (None, _) => {
                table.insert(key.clone(), unwritten(entry));
            }
            (Some(given), Value::Table(under)) => {
                if let Value::Table(given) = &mut given.node.value
                    && !differs(given, under)
                {
                    fill(given, under);
                }
            }
            _ => {}
        }
    }
}

/// Another way of paging, or of making oneself known, has no use for the rest of the preset's.
fn differs(given: &Table, under: &Table) -> bool {
    ["mode", "kind"].iter().any(|key| {
        let text = |table: &Table| match table.get(*key).map(|entry| &entry.node.value) {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        };
        text(given).is_some_and(|given| Some(given) != text(under))
    })
}

/// The positions in the preset's text mean nothing in the file.
fn unwritten(entry: &Entry) -> Entry {
    Entry {
        key: Origin::Absent,
        node: unwritten_node(&entry.node),
    }
}

fn unwritten_node(node: &Node) -> Node {
    let value = match &node.value {
        Value::Table(table) => Value::Table(
            table
                .iter()
                .map(|(key, entry)| (key.clone(), unwritten(entry)))
                .collect(),
        ),
        Value::List(items) => Value::List(items.iter().map(unwritten_node).collect()),
        other => other.clone(),
    };
    Node {
        origin: Origin::Absent,
        value,
    }
}
