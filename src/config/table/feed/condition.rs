//! Reads `keep` of a feed: what must stand at a pointer for an item to count.

use super::read::scalar;
use super::{Condition, Missing, Test};
use crate::config::problem::Reported;
use crate::config::section::ConfigSection;
use crate::config::tree::{Node, TomlTable, TomlValue};

const KEYS: [&str; 3] = ["not", "empty", "missing"];

/// Reads the conditions of `keep`.
pub(crate) fn keep(section: &ConfigSection<'_, '_>) -> Result<Vec<Condition>, Reported> {
    let entries = section.entries("keep")?;
    let mut conditions = Vec::new();
    let mut outcome = Ok(());
    for (pointer, node) in entries {
        match condition(&pointer, &node) {
            Some(condition) => conditions.push(condition),
            None => outcome = Err(unusable(section, &node)),
        }
    }
    outcome.map(|()| conditions)
}

fn unusable(section: &ConfigSection<'_, '_>, node: &Node) -> Reported {
    let (message, hint) = if matches!(node.value, TomlValue::Table(_)) {
        (
            "this is no condition of `keep`",
            "write { empty = true } or { empty = false }, or { not = \"draft\" }; with missing = true beside it, an item without that field counts too",
        )
    } else {
        (
            "`keep` must hold JSON pointers, and the values that count",
            "for example keep = { \"/status\" = [\"published\", \"live\"] }",
        )
    };
    section.report.add(&node.origin, message, hint)
}

fn condition(pointer: &str, node: &Node) -> Option<Condition> {
    let (test, missing) = match &node.value {
        TomlValue::Table(table) => (test(table)?, missing(table)?),
        _ => (Test::Is(values(node)?), Missing::Unclear),
    };
    pointer.starts_with('/').then(|| Condition {
        pointer: pointer.to_owned(),
        test,
        missing,
    })
}

/// One value, or several.
fn values(node: &Node) -> Option<Vec<String>> {
    let values: Vec<String> = match &node.value {
        TomlValue::List(items) => items.iter().map(scalar).collect::<Option<_>>()?,
        _ => vec![scalar(node)?],
    };
    (!values.is_empty()).then_some(values)
}

fn test(table: &TomlTable) -> Option<Test> {
    if table.keys().any(|key| !KEYS.contains(&key.as_str())) {
        return None;
    }
    let at = |key: &str| table.get(key).map(|entry| &entry.node);
    match (at("not"), at("empty")) {
        (Some(node), None) => Some(Test::Not(values(node)?)),
        (
            None,
            Some(Node {
                value: TomlValue::Flag(empty),
                ..
            }),
        ) => Some(Test::Empty(*empty)),
        _ => None,
    }
}

fn missing(table: &TomlTable) -> Option<Missing> {
    match table.get("missing").map(|entry| &entry.node.value) {
        None => Some(Missing::Unclear),
        Some(TomlValue::Flag(counts)) => Some(if *counts {
            Missing::Counts
        } else {
            Missing::Unclear
        }),
        Some(TomlValue::Text(other)) if other.starts_with('/') => {
            Some(Missing::CountsBeside(other.clone()))
        }
        Some(_) => None,
    }
}
