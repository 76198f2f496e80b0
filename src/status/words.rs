//! Words about bots that several faces have: the command line and the page say the same.

use std::fmt::Write as _;

use serde_json::Value;

use super::bot_status::BotStatus;
use crate::store::ActionRecord;
use crate::text::count;

/// Names on one line.
const SHOWN: usize = 3;

/// How many steps there are of each kind.
pub(crate) fn counts(status: &BotStatus) -> String {
    let mut text = format!(
        "{} live, {} pending, {} quarantined, {} held",
        status.live,
        status.pending.unwrap_or(0),
        status.quarantined,
        count(status.held_removals, "removal", "removals"),
    );
    let mut also = |number: u64, what: &str| {
        if number > 0 {
            let _ = write!(text, ", {number} {what}");
        }
    };
    also(status.waiting_removals, "waiting");
    also(status.manual_removals, "to remove manually");
    also(status.unread, "unread");
    if status.rejected > 0 {
        let rejected = count(status.rejected, "row or file", "rows or files");
        let _ = write!(text, ", {rejected} skipped");
    }
    text
}

/// What came of it, in a few words.
pub(crate) fn details(action: &ActionRecord) -> String {
    let Some(details) = action.details.as_object() else {
        return String::new();
    };
    let parts = details.iter().filter_map(|(key, value)| part(key, value));
    parts.collect::<Vec<_>>().join("; ")
}

/// One of its details; `None` where it says nothing.
fn part(key: &str, value: &Value) -> Option<String> {
    let key = key.replace('_', " ");
    match value {
        Value::Array(names) if names.is_empty() => None,
        Value::Array(names) => {
            let first: Vec<_> = names.iter().take(SHOWN).filter_map(Value::as_str).collect();
            let more = if names.len() > SHOWN { ", …" } else { "" };
            Some(format!(
                "{key} {} ({}{more})",
                names.len(),
                first.join(", ")
            ))
        }
        Value::Bool(true) => Some(key),
        Value::Null | Value::Bool(false) => None,
        Value::String(text) => Some(format!("{key} {text}")),
        other => Some(format!("{key} {other}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn details_are_short() {
        let action = |details| ActionRecord {
            at: 0,
            who: "root".into(),
            what: "approve".into(),
            domain_name: None,
            plan: Some(7),
            details,
        };
        for (given, expected) in [
            (
                json!({ "released": ["a", "b"], "struck_off": [] }),
                "released 2 (a, b)",
            ),
            (
                json!({ "released": ["a", "b", "c", "d"], "struck_off": ["x"] }),
                "released 4 (a, b, c, …); struck off 1 (x)",
            ),
            (json!({ "empty": true, "incomplete": false }), "empty"),
            (json!({ "upload": 5 }), "upload 5"),
            (
                json!({ "haptik": "sandbox", "dropped_upload": null }),
                "haptik sandbox",
            ),
            (json!({}), ""),
        ] {
            assert_eq!(details(&action(given)), expected);
        }
    }
}
