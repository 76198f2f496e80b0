//! What a person writes beside a preset wins over it, but for what decides who may read an article
//! and where it belongs: that would silently undo `audience` and `scope`.

use super::{About, holds_place, parent_in, table_in, text};
use crate::config::problem::{Report, Reported};
use crate::config::table::feed::preset;
use crate::config::tree::{Entry, Node, Origin, Table, Value};

const ANY: &str = "or write audience = \"any\" if what only some readers may see is to go live";

/// Why a condition of the preset has to stand.
#[derive(Clone, Copy)]
enum Why {
    Audience,
    Scope,
}

/// Nothing that says who may read an article is written otherwise.
pub(crate) fn audience(
    report: &Report<'_>,
    table: &mut Table,
    under: &Table,
    about: &About,
) -> Result<(), Reported> {
    let mut under = under.clone();
    let mut outcome = Ok(());
    if let Some(keep) = table_in(&mut under, "keep") {
        keep.retain(|pointer, _| about.public.contains(pointer));
        outcome = kept(report, table, keep, Why::Audience).and(outcome);
    }
    for parent in &about.parents {
        let Some(keep) =
            parent_in(&mut under, &parent.name).and_then(|found| table_in(found, "keep"))
        else {
            continue;
        };
        keep.retain(|pointer, _| parent.public.contains(pointer));
        outcome = above(report, table, &parent.name, keep, Why::Audience).and(outcome);
    }
    outcome
}

/// Nothing that says where an article belongs is written otherwise, and every place that is filled
/// in with `scope` is still there. `under` has the conditions with what was named.
pub(crate) fn scope(
    report: &Report<'_>,
    table: &mut Table,
    under: &Table,
    name: &str,
) -> Result<(), Reported> {
    let (raw, _) = preset::parsed(name);
    let mut outcome = places(report, table, &raw);
    let mut under = under.clone();
    let placed = |raw: Option<&Table>| {
        let raw = raw.cloned().unwrap_or_default();
        move |pointer: &String, _: &mut Entry| {
            raw.get(pointer)
                .is_some_and(|entry| holds_place(&entry.node))
        }
    };
    if let Some(keep) = table_in(&mut under, "keep") {
        keep.retain(placed(inside(&raw, "keep")));
        outcome = kept(report, table, keep, Why::Scope).and(outcome);
    }
    for (name, raw) in parents(&raw) {
        let Some(keep) = parent_in(&mut under, name).and_then(|found| table_in(found, "keep"))
        else {
            continue;
        };
        keep.retain(placed(inside(raw, "keep")));
        outcome = above(report, table, name, keep, Why::Scope).and(outcome);
    }
    outcome
}

/// The texts that have such a place in the preset, and were written without it.
fn places(report: &Report<'_>, table: &Table, raw: &Table) -> Result<(), Reported> {
    let mut outcome = Ok(());
    let mut compare = |key: &str, given: Option<&Entry>, preset: Option<&Entry>| {
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

fn inside<'t>(table: &'t Table, key: &str) -> Option<&'t Table> {
    match &table.get(key)?.node.value {
        Value::Table(table) => Some(table),
        _ => None,
    }
}

/// The lists above the articles, with their names.
fn parents(table: &Table) -> Vec<(&str, &Table)> {
    let Some(Value::List(parents)) = table.get("parents").map(|entry| &entry.node.value) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for parent in parents {
        if let Value::Table(table) = &parent.value
            && let Some(name) = text(table, "name")
        {
            found.push((name, table));
        }
    }
    found
}

fn is_lost(given: &Entry, preset: &Entry) -> bool {
    holds_place(&preset.node) && !holds_place(&given.node)
}

fn lost(report: &Report<'_>, key: &str, given: &Entry, preset: &Entry) -> Reported {
    let message =
        format!("`{key}` is written here without {{scope.id}}, so `scope` would not hold");
    let hint = match &preset.node.value {
        Value::Text(text) => format!("write {{scope.id}} in it as the preset does: {text}"),
        _ => "write {scope.id} in it as the preset does".to_owned(),
    };
    report.add(&given.node.origin, message, hint)
}

/// The conditions of the preset against those that a person wrote.
fn kept(report: &Report<'_>, table: &mut Table, must: &Table, why: Why) -> Result<(), Reported> {
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
    table: &mut Table,
    name: &str,
    must: &Table,
    why: Why,
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
            origin: Origin::Absent,
            value: Value::Table(Table::new()),
        };
        parent.insert(
            "keep".to_owned(),
            Entry {
                key: Origin::Absent,
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

fn nameless(report: &Report<'_>, origin: &Origin, name: &str, must: &Table, why: Why) -> Reported {
    let pointers: Vec<&str> = must.keys().map(String::as_str).collect();
    let pointers = pointers.join("`, `");
    let (says, hint) = match why {
        Why::Audience => (
            "says who may read an article",
            format!("give that list its name, {ANY}"),
        ),
        Why::Scope => ("`scope` decides", "give that list its name".to_owned()),
    };
    let message = format!("`parents` has no list named \"{name}\", whose `{pointers}` {says}");
    report.add(origin, message, hint)
}

fn otherwise(report: &Report<'_>, pointer: &str, given: &Entry, why: Why) -> Reported {
    let (decides, hint) = match why {
        Why::Audience => (
            "audience = \"public\" goes by",
            format!("take it out, {ANY}"),
        ),
        Why::Scope => (
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
        (Value::Text(a), Value::Text(b)) => a == b,
        (Value::Number(a), Value::Number(b)) => a == b,
        (Value::Flag(a), Value::Flag(b)) => a == b,
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Table(a), Value::Table(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| same(&a.node, &b.node)))
        }
        _ => false,
    }
}
