//! `history --actions`: who did what, newest first. It is told whatever Haptik is configured: it
//! speaks of people, not of a bot.

use serde_json::{Value, json};

use super::HistoryArgs;
use crate::cli::context::{Context, answer, answer_json};
use crate::cli::output::{table, time};
use crate::clock::rfc3339;
use crate::config::Config;
use crate::control::{CommandFailure, Exit, wanted_bots};
use crate::status::details;
use crate::store::{ActionRecord, Store};
use crate::text::{shown, shown_lines};

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
        answer_json(&actions)?;
    } else if actions.is_empty() {
        answer("nobody did anything yet\n")?;
    } else {
        let rows: Vec<_> = actions.iter().map(cells).collect();
        answer(&table(
            &["WHEN", "WHO", "WHAT", "BOT", "PLAN", "DETAILS"],
            &rows,
        ))?;
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
        time(action.at),
        shown(&action.who).into_owned(),
        shown(&action.what).into_owned(),
        shown(bot).into_owned(),
        action
            .plan
            .map_or_else(String::new, |plan| format!("plan {plan}")),
        shown_lines(&details(action), 4),
    ]
}
