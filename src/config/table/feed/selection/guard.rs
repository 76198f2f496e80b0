//! What a person writes beside a preset wins over it, but for what decides who may read an article
//! and where it belongs: that would silently undo `audience` and `scope`.

use super::{PresetSelection, holds_place, parent_in, table_in, text};
use crate::config::preset;
use crate::config::problem::{Report, Reported};
use crate::config::tree::{Node, TomlEntry, TomlTable, TomlValue, ValueOrigin};

const ANY: &str = "or write audience = \"any\" if what only some readers may see is to go live";

/// Why a condition of the preset has to stand.
#[derive(Clone, Copy)]
enum GuardReason {
    Audience,
    Scope,
}

/// Nothing that says who may read an article is written otherwise.
pub(crate) fn audience(
    report: &Report<'_>,
    table: &mut TomlTable,
    under: &TomlTable,
    about: &PresetSelection,
) -> Result<(), Reported> {
    let mut under = under.clone();
    let mut outcome = Ok(());
    if let Some(keep) = table_in(&mut under, "keep") {
        keep.retain(|pointer, _| about.public.contains(pointer));
        outcome = kept(report, table, keep, GuardReason::Audience).and(outcome);
    }
    for parent in &about.parents {
        let Some(keep) =
            parent_in(&mut under, &parent.name).and_then(|found| table_in(found, "keep"))
        else {
            continue;
        };
        keep.retain(|pointer, _| parent.public.contains(pointer));
        outcome = above(report, table, &parent.name, keep, GuardReason::Audience).and(outcome);
    }
    outcome
}

/// Nothing that says where an article belongs is written otherwise, and every place that is filled
/// in with `scope` is still there. `under` has the conditions with what was named.
pub(crate) fn scope(
    report: &Report<'_>,
    table: &mut TomlTable,
    under: &TomlTable,
    name: &str,
) -> Result<(), Reported> {
    let (raw, _) = preset::parsed(name);
    let mut outcome = places(report, table, &raw);
    let mut under = under.clone();
    let placed = |raw: Option<&TomlTable>| {
        let raw = raw.cloned().unwrap_or_default();
        move |pointer: &String, _: &mut TomlEntry| {
            raw.get(pointer)
                .is_some_and(|entry| holds_place(&entry.node))
        }
    };
    if let Some(keep) = table_in(&mut under, "keep") {
        keep.retain(placed(inside(&raw, "keep")));
        outcome = kept(report, table, keep, GuardReason::Scope).and(outcome);
    }
    for (name, raw) in parents(&raw) {
        let Some(keep) = parent_in(&mut under, name).and_then(|found| table_in(found, "keep"))
        else {
            continue;
        };
        keep.retain(placed(inside(raw, "keep")));
        outcome = above(report, table, name, keep, GuardReason::Scope).and(outcome);
    }
    outcome
}

/// The texts that have such a place in the preset, and were written without it.
fn places(report: &Report<'_>, table: &TomlTable, raw: &TomlTable) -> Result<(), Reported> {
    let mut outcome = Ok(());
    let mut compare = |key: &str, given: Option<&TomlEntry>, preset: Option<&TomlEntry>| {
        let both = given.zip(preset);
        if let Some((given, preset)) = both.filter(|(given, preset)| is_lost(given, preset)) {
            outcome = Err(lost(report, key, given, preset));
        }
    };
    compare("path", table.get("path"), raw.get("path"));
    if let (Some(given), Some(preset)) = (inside(table, "query"), inside(raw, "query")) {
        for (key, entry) in preset {
            compare(&format!("query.{key}"), given.get(key), Some(entry));
        }
    }
    outcome
}

fn inside<'t>(table: &'t TomlTable, key: &str) -> Option<&'t TomlTable> {
    match &table.get(key)?.node.value {
        TomlValue::Table(table) => Some(table),
        _ => None,
    }
}

/// The lists above the articles, with their names.
fn parents(table: &TomlTable) -> Vec<(&str, &TomlTable)> {
    let Some(TomlValue::List(parents)) = table.get("parents").map(|entry| &entry.node.value) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for parent in parents {
        if let TomlValue::Table(table) = &parent.value
            && let Some(name) = text(table, "name")
        {
            found.push((name, table));
        }
    }
    found
}

fn is_lost(given: &TomlEntry, preset: &TomlEntry) -> bool {
    holds_place(&preset.node) && !holds_place(&given.node)
}

fn lost(report: &Report<'_>, key: &str, given: &TomlEntry, preset: &TomlEntry) -> Reported {
    let message =
        format!("`{key}` is written here without {{scope.id}}, so `scope` would not hold");
    let hint = match &preset.node.value {
        TomlValue::Text(text) => format!("write {{scope.id}} in it as the preset does: {text}"),
        _ => "write {scope.id} in it as the preset does".to_owned(),
    };
    report.add(&given.node.origin, message, hint)
}

/// The conditions of the preset against those that a person wrote.
fn kept(
    report: &Report<'_>,
    table: &mut TomlTable,
    must: &TomlTable,
    why: GuardReason,
) -> Result<(), Reported> {
    let mut outcome = Ok(());
    if let Some(given) = table_in(table, "keep") {
        for (pointer, preset) in must {
            if let Some(given) = given.get(pointer)
                && !same(&given.node, &preset.node)
            {
                outcome = Err(otherwise(report, pointer, given, why));
            }
        }
    }
    outcome
}

/// The same for a list above the articles. Whoever writes `parents` writes all of them, and so the
/// conditions are put where they belong.
fn above(
    report: &Report<'_>,
    table: &mut TomlTable,
    name: &str,
    must: &TomlTable,
    why: GuardReason,
) -> Result<(), Reported> {
    let Some(origin) = table.get("parents").map(|entry| entry.node.origin.clone()) else {
        return Ok(());
    };
    if must.is_empty() {
        return Ok(());
    }
    let Some(parent) = parent_in(table, name) else {
        return Err(nameless(report, &origin, name, must, why));
    };
    kept(report, parent, must, why)?;
    if !parent.contains_key("keep") {
        let node = Node {
            origin: ValueOrigin::Absent,
            value: TomlValue::Table(TomlTable::new()),
        };
        parent.insert(
            "keep".to_owned(),
            TomlEntry {
                key: ValueOrigin::Absent,
                node,
            },
        );
    }
    if let Some(keep) = table_in(parent, "keep") {
        for (pointer, preset) in must {
            keep.entry(pointer.clone())
                .or_insert_with(|| preset.clone());
        }
    }
    Ok(())
}

fn nameless(
    report: &Report<'_>,
    origin: &ValueOrigin,
    name: &str,
    must: &TomlTable,
    why: GuardReason,
) -> Reported {
    let pointers: Vec<&str> = must.keys().map(String::as_str).collect();
    let pointers = pointers.join("`, `");
    let (says, hint) = match why {
        GuardReason::Audience => (
            "says who may read an article",
            format!("give that list its name, {ANY}"),
        ),
        GuardReason::Scope => ("`scope` decides", "give that list its name".to_owned()),
    };
    let message = format!("`parents` has no list named \"{name}\", whose `{pointers}` {says}");
    report.add(origin, message, hint)
}

fn otherwise(report: &Report<'_>, pointer: &str, given: &TomlEntry, why: GuardReason) -> Reported {
    let (decides, hint) = match why {
        GuardReason::Audience => (
            "audience = \"public\" goes by",
            format!("take it out, {ANY}"),
        ),
        GuardReason::Scope => (
            "`scope` decides",
            "take it out, and name what is wanted in `scope`".to_owned(),
        ),
    };
    let message = format!("`keep` has another \"{pointer}\" than the preset, which {decides}");
    report.add(&given.node.origin, message, hint)
}

/// Whether two parts say the same, wherever they stand.
fn same(a: &Node, b: &Node) -> bool {
    match (&a.value, &b.value) {
        (TomlValue::Text(a), TomlValue::Text(b)) => a == b,
        (TomlValue::Number(a), TomlValue::Number(b)) => a == b,
        (TomlValue::Flag(a), TomlValue::Flag(b)) => a == b,
        (TomlValue::List(a), TomlValue::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (TomlValue::Table(a), TomlValue::Table(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| same(&a.node, &b.node)))
        }
        _ => false,
    }
}
