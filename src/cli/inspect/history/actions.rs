//! `history --actions`: who did what, newest first. It is told whatever Haptik is configured: it
//! speaks of people, not of a bot.

use serde_json::{Value, json};

use crate::cli::Exit;
use crate::cli::args::HistoryArgs;
use crate::cli::context::{CommandFailure, Context, answer, answer_json, wanted_bots};
use crate::cli::output::aligned;
use crate::clock::rfc3339;
use crate::config::Config;
use crate::store::{ActionRecord, Store};
use crate::text::{shown, shown_lines};

/// Names on one line.
const SHOWN: usize = 3;

pub(crate) async fn actions(
    context: &Context,
    config: &Config,
    store: &Store,
    wanted: &HistoryArgs,
) -> Result<Exit, CommandFailure> {
    let only = wanted.bot.as_deref();
    wanted_bots(config, only)?;
    let actions = store.actions(only, wanted.limit).await?;
    if context.json {
        let actions: Vec<_> = actions.iter().map(as_json).collect();
        answer_json(&actions.into())?;
    } else if actions.is_empty() {
        answer("nobody did anything yet\n")?;
    } else {
        let rows: Vec<_> = actions.iter().map(cells).collect();
        answer(&aligned(&rows))?;
    }
    Ok(Exit::InSync)
}

fn as_json(action: &ActionRecord) -> Value {
    json!({
        "at": rfc3339(action.at),
        "who": action.who,
        "what": action.what,
        "domain_name": action.domain_name,
        "plan": action.plan,
        "details": action.details,
    })
}

fn cells(action: &ActionRecord) -> Vec<String> {
    let bot = action.domain_name.as_deref().unwrap_or_default();
    vec![
        rfc3339(action.at),
        shown(&action.who).into_owned(),
        shown(&action.what).into_owned(),
        shown(bot).into_owned(),
        action
            .plan
            .map_or_else(String::new, |plan| format!("plan {plan}")),
        shown_lines(&details(action), 4),
    ]
}

/// What came of it, in a few words; also on the page for people.
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
