//! Keys that a table should not have, and what was probably meant.

use crate::config::problem::{Report, Reported};
use crate::config::tree::{TomlTable, ValueOrigin};
use crate::config::{mask, settings};

/// Reports the keys that no setting has, and returns those that were meant instead.
pub(super) fn reject_unknown(
    report: &Report<'_>,
    pattern: &str,
    table: &TomlTable,
) -> Vec<(String, Reported)> {
    let known = settings::keys_of(pattern);
    let mut mistyped = Vec::new();
    for (key, entry) in table {
        // What the environment sets has been matched with the settings already.
        if known.contains(&key.as_str()) || !matches!(entry.key, ValueOrigin::File(_)) {
            continue;
        }
        let place = settings::place(pattern);
        let message = format!("unknown key `{}` {place}", key.escape_debug());
        let meant = meant(key, &known);
        let hint = match &meant {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => elsewhere(key).unwrap_or_else(|| format!("known here: {}", known.join(", "))),
        };
        let reported = report.add(&entry.key, message, hint);
        mistyped.extend(meant.map(|meant| (meant, reported)));
    }
    mistyped
}

/// The key of this table that a person probably meant.
fn meant(key: &str, known: &[&str]) -> Option<String> {
    if elsewhere(key).is_some() {
        return None;
    }
    let token = || (mask::looks_secret(key) && known.contains(&"token")).then(|| "token".into());
    settings::nearest(key, known).or_else(token)
}

/// Where a key belongs that another table has.
fn elsewhere(key: &str) -> Option<String> {
    let setting = settings::all().find(|setting| setting.name() == key)?;
    let place = settings::place(setting.table());
    let above = setting.table().is_empty();
    let above = if above {
        ", above the first [table]"
    } else {
        ""
    };
    Some(format!("`{key}` belongs {place}{above}"))
}
