//! Lays the environment over the file: `KMS_HAPTIK_SYNC__BOT__0__DOMAIN_NAME` sets
//! `domain_name` of the first bot. A value is read as its setting wants it.

use std::ffi::OsString;

use super::problem::Report;
use super::settings::{PREFIX, Setting, SettingKind};
use super::tree::{Node, TomlEntry, TomlTable, TomlValue, ValueOrigin};
use super::{mask, settings};

/// One step of the way to a setting.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum PathStep {
    Key(&'static str),
    Position(usize),
}

/// A variable that sets nothing, and probably was to: one underscore stands where two should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoredVariable {
    /// Its name.
    pub name: String,
    /// The name that would set something.
    pub meant: String,
}

/// A variable that belongs to a setting.
struct Override {
    way: Vec<PathStep>,
    setting: &'static Setting,
    name: String,
    value: String,
}

/// Lays the variables over a tree; those with other names are left alone. Names those that look like a setting
/// and are none.
pub(super) fn apply<K, V>(
    root: &mut TomlTable,
    environment: impl IntoIterator<Item = (K, V)>,
    report: &Report<'_>,
) -> Vec<IgnoredVariable>
where
    K: Into<OsString>,
    V: Into<OsString>,
{
    let mut ignored = Vec::new();
    let mut overrides: Vec<Override> = Vec::new();
    for (name, value) in environment {
        let name = name.into();
        ignored.extend(name.to_str().and_then(almost));
        overrides.extend(recognise(name, value.into(), report));
    }
    // Positions in their own order, so that each list grows by one entry at a time.
    overrides.sort_by(|left, right| left.way.cmp(&right.way));
    for item in &overrides {
        let origin = ValueOrigin::Variable(item.name.clone());
        if let Some(value) = typed(item, &origin, report) {
            let node = Node {
                origin: origin.clone(),
                value,
            };
            insert(root, &item.way, node, &origin, report);
        }
    }
    ignored.sort_by(|left, right| left.name.cmp(&right.name));
    ignored
}

/// A variable that is a setting's but for its underscores. What Kubernetes names after a service of this name,
/// such as `KMS_HAPTIK_SYNC_PORT_9464_TCP_ADDR`, is none.
fn almost(name: &str) -> Option<IgnoredVariable> {
    let is_own = name.starts_with(PREFIX.trim_end_matches('_')) && !name.starts_with(PREFIX);
    if !is_own {
        return None;
    }
    let is_number =
        |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts = |name: &str| {
        let parts = name.split('_').filter(|part| !part.is_empty());
        parts
            .map(|part| {
                if is_number(&part) {
                    "0".to_owned()
                } else {
                    part.to_owned()
                }
            })
            .collect::<Vec<_>>()
    };
    let written = parts(name);
    let setting =
        settings::all().find(|setting| parts(&settings::variable(setting.key, &[])) == written)?;
    let positions: Vec<&str> = name.split('_').filter(is_number).collect();
    Some(IgnoredVariable {
        name: name.to_owned(),
        meant: settings::variable(setting.key, &positions),
    })
}

fn recognise(name: OsString, value: OsString, report: &Report<'_>) -> Option<Override> {
    let name = name.into_string().ok()?;
    let rest = name.strip_prefix(PREFIX)?;
    let parts: Vec<&str> = rest.split("__").collect();
    let found = settings::all().find_map(|setting| Some((setting, way(setting, &parts)?)));
    let origin = ValueOrigin::Variable(name.clone());
    let Some((setting, way)) = found else {
        unknown(&name, &parts, &origin, report);
        return None;
    };
    let Ok(value) = value.into_string() else {
        let hint = "set it to text in UTF-8";
        report.add(&origin, "the value is not UTF-8", hint);
        return None;
    };
    Some(Override {
        way,
        setting,
        name,
        value,
    })
}

/// The way to a setting, if the parts of a name lead there.
fn way(setting: &'static Setting, parts: &[&str]) -> Option<Vec<PathStep>> {
    let mut parts = parts.iter();
    let mut way = Vec::new();
    for key in setting.key.split('.') {
        let plain = key.trim_end_matches("[]");
        if *parts.next()? != plain.to_uppercase() {
            return None;
        }
        way.push(PathStep::Key(plain));
        if key.ends_with("[]") {
            way.push(PathStep::Position(parts.next()?.parse().ok()?));
        }
    }
    match (parts.next(), setting.kind) {
        (None, SettingKind::Texts { .. } | SettingKind::Entries) => None,
        (None, _) => Some(way),
        (Some(position), SettingKind::Texts { .. } | SettingKind::TextOrTexts)
            if parts.next().is_none() =>
        {
            way.push(PathStep::Position(position.parse().ok()?));
            Some(way)
        }
        _ => None,
    }
}

fn unknown(name: &str, parts: &[&str], origin: &ValueOrigin, report: &Report<'_>) {
    let positions: Vec<&str> = parts
        .iter()
        .copied()
        .filter(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
        .collect();
    let names: Vec<String> = settings::all()
        .map(|setting| match setting.kind {
            SettingKind::Texts { .. } => settings::variable(setting.key, &positions) + "__0",
            _ => settings::variable(setting.key, &positions),
        })
        .collect();
    let below: Vec<&String> = names
        .iter()
        .filter(|known| {
            known
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with("__"))
        })
        .collect();
    if !below.is_empty() && parts.last().is_some_and(|part| mask::looks_secret(part)) {
        let hint = format!(
            "name the place where it is kept: set {}",
            settings::one_of(&below)
        );
        report.add(origin, "a token does not belong in the configuration", hint);
    } else if let Some(first) = below.first() {
        let hint = format!("set one value at a time, for example {first}");
        report.add(origin, "this is a table or a list", hint);
    } else {
        let hint = settings::nearest(name, &names).map_or_else(
            || "docs/CONFIGURATION.md lists every setting".to_owned(),
            |nearest| format!("did you mean `{nearest}`?"),
        );
        report.add(origin, "no setting has this name", hint);
    }
}

/// The value in the type that the setting wants; the readers check the rest.
fn typed(item: &Override, origin: &ValueOrigin, report: &Report<'_>) -> Option<TomlValue> {
    let text = item.value.trim();
    let read = match item.setting.kind {
        SettingKind::Number { .. } => text.parse().ok().map(TomlValue::Number),
        SettingKind::Flag => text.parse().ok().map(TomlValue::Flag),
        _ => Some(TomlValue::Text(item.value.clone())),
    };
    if read.is_none() {
        let words = item.setting.kind.words();
        let hint = format!("for example {}={}", item.name, item.setting.example());
        report.add(origin, format!("the value must be {words}"), hint);
    }
    read
}

/// Puts a node at the end of a way, making tables and list entries as it goes. Where the file
/// has something else than a table on the way, the reader of that table will say so.
fn insert(
    table: &mut TomlTable,
    way: &[PathStep],
    node: Node,
    origin: &ValueOrigin,
    report: &Report<'_>,
) {
    let [PathStep::Key(key), rest @ ..] = way else {
        return;
    };
    if let ([], "env" | "file" | "credential") = (rest, *key) {
        // A place of a secret that the environment names takes over from one that the file names.
        table.retain(|_, entry| matches!(entry.node.origin, ValueOrigin::Variable(_)));
    }
    let empty = match rest {
        [] => node.value.clone(),
        [PathStep::Key(_), ..] => TomlValue::Table(TomlTable::new()),
        [PathStep::Position(_), ..] => TomlValue::List(Vec::new()),
    };
    let entry = table.entry((*key).to_owned()).or_insert_with(|| TomlEntry {
        key: origin.clone(),
        node: Node {
            origin: origin.clone(),
            value: empty,
        },
    });
    match (rest, &mut entry.node.value) {
        ([], _) => entry.node = node,
        ([PathStep::Key(_), ..], TomlValue::Table(inner)) => {
            insert(inner, rest, node, origin, report);
        }
        ([PathStep::Position(at), rest @ ..], TomlValue::List(items)) => {
            insert_in_list(items, *at, rest, node, origin, report);
        }
        ([PathStep::Position(at), rest @ ..], one @ TomlValue::Text(_)) => {
            let first = Node {
                origin: entry.node.origin.clone(),
                value: one.clone(),
            };
            let mut items = vec![first];
            insert_in_list(&mut items, *at, rest, node, origin, report);
            *one = TomlValue::List(items);
        }
        _ => {}
    }
}

fn insert_in_list(
    items: &mut Vec<Node>,
    at: usize,
    rest: &[PathStep],
    node: Node,
    origin: &ValueOrigin,
    report: &Report<'_>,
) {
    if at > items.len() {
        let message = format!("there is no entry {} for {at} to follow", at - 1);
        let hint = format!("positions begin at 0; the next free one is {}", items.len());
        report.add(origin, message, hint);
        return;
    }
    if at == items.len() {
        items.push(Node {
            origin: origin.clone(),
            value: TomlValue::Table(TomlTable::new()),
        });
    }
    if rest.is_empty() {
        items[at] = node;
    } else if let TomlValue::Table(inner) = &mut items[at].value {
        insert(inner, rest, node, origin, report);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_underscore_in_place_of_two_is_found_and_names_of_services_are_not() {
        for (name, meant) in [
            (
                "KMS_HAPTIK_SYNC_HAPTIK_CLIENT_ID",
                Some("KMS_HAPTIK_SYNC__HAPTIK__CLIENT_ID"),
            ),
            (
                "KMS_HAPTIK_SYNC_STATE_DIR",
                Some("KMS_HAPTIK_SYNC__STATE_DIR"),
            ),
            (
                "KMS_HAPTIK_SYNC_BOT_3_DOMAIN_NAME",
                Some("KMS_HAPTIK_SYNC__BOT__3__DOMAIN_NAME"),
            ),
            ("KMS_HAPTIK_SYNC__HAPTIK__CLIENT_ID", None),
            ("KMS_HAPTIK_SYNC_CONFIG", None),
            ("KMS_HAPTIK_SYNC_LOG", None),
            ("KMS_HAPTIK_SYNC_SERVICE_HOST", None),
            ("KMS_HAPTIK_SYNC_SERVICE_PORT_ADMIN", None),
            ("KMS_HAPTIK_SYNC_PORT", None),
            ("KMS_HAPTIK_SYNC_PORT_9464_TCP_ADDR", None),
            ("HAPTIK_CLIENT_ID", None),
        ] {
            let found = almost(name).map(|found| found.meant);
            assert_eq!(found.as_deref(), meant, "{name}");
        }
    }
}
