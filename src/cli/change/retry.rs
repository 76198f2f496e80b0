//! `retry`: takes refused steps out of quarantine, so that the next sync tries them again.

use std::fmt::Write as _;

use serde_json::json;

use crate::cli::Exit;
use crate::cli::bots::acting;
use crate::cli::context::CommandFailure;
use crate::cli::output::{count, few};
use crate::control::{CommandContext, Reply};

pub(crate) async fn perform(
    hands: &CommandContext,
    only: Option<&str>,
    steps: &[String],
) -> Result<Reply, CommandFailure> {
    let store = &hands.engine.runner.store;
    let admitted = acting(hands, only).await?;
    let mut bots = Vec::new();
    let mut text = String::new();
    for (bot, id) in &admitted.bots {
        let name = &bot.domain_name;
        let refused: Vec<String> = store.quarantine(*id).await?.into_keys().collect();
        check_named(name, steps, &refused)?;
        let wanted = if steps.is_empty() { &refused } else { steps };
        if wanted.is_empty() {
            continue;
        }
        let released = store.release_quarantine(*id, Some(wanted)).await?;
        let what = count(released, "step", "steps");
        let _ = writeln!(
            text,
            "{name}: {what} out of quarantine; the next sync tries again"
        );
        hands
            .done("retry", name, json!({ "steps": wanted }))
            .await?;
        bots.push(json!({ "domain_name": name, "released": released }));
    }
    if bots.is_empty() {
        let names: Vec<_> = admitted
            .bots
            .iter()
            .map(|(bot, _)| &*bot.domain_name)
            .collect();
        return Err(CommandFailure::Usage(format!(
            "{}: nothing is in quarantine, so there is nothing to retry",
            few(&names)
        )));
    }
    bots.extend(admitted.as_json());
    text.push_str(&admitted.text());
    Ok(Reply {
        json: json!({ "bots": bots }),
        text,
        exit: admitted.exit(Exit::InSync),
    })
}

fn check_named(bot: &str, steps: &[String], refused: &[String]) -> Result<(), CommandFailure> {
    let wrong: Vec<&String> = steps
        .iter()
        .filter(|step| !refused.contains(step))
        .collect();
    if wrong.is_empty() {
        return Ok(());
    }
    let there = match refused {
        [] => "nothing is".to_owned(),
        refused => few(refused),
    };
    Err(CommandFailure::Usage(format!(
        "{bot}: not in quarantine: {}; nothing was done. In quarantine: {there}",
        few(&wrong)
    )))
}
