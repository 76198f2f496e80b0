//! `retry`: takes refused steps out of quarantine, so that the next sync tries them again.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::bots::acting;
use super::command_context::CommandContext;
use super::failure::CommandFailure;
use crate::sync::Refused;
use crate::text::few_shown;

/// What came of a `retry`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Retried {
    /// The bots of which steps were released.
    pub(crate) bots: Vec<RetriedBot>,
    /// Those whose state speaks of another Haptik.
    pub(crate) refused: Vec<Refused>,
}

/// A bot whose steps are tried again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RetriedBot {
    /// The bot.
    pub(crate) domain_name: String,
    /// Steps that left the quarantine.
    pub(crate) released: u64,
}

pub(super) async fn retry(
    context: &CommandContext,
    only: Option<&str>,
    steps: &[String],
) -> Result<Retried, CommandFailure> {
    let store = &context.engine.runner.store;
    let admitted = acting(context, only).await?;
    let mut bots = Vec::new();
    for (bot, id) in &admitted.bots {
        let name = &bot.domain_name;
        let refused: Vec<String> = store.quarantine(*id).await?.into_keys().collect();
        check_named(name, steps, &refused)?;
        let wanted = if steps.is_empty() { &refused } else { steps };
        if wanted.is_empty() {
            continue;
        }
        let released = store.release_quarantine(*id, Some(wanted)).await?;
        context
            .done("retry", name, json!({ "steps": wanted }))
            .await?;
        bots.push(RetriedBot {
            domain_name: name.clone(),
            released,
        });
    }
    if bots.is_empty() {
        let names: Vec<_> = admitted
            .bots
            .iter()
            .map(|(bot, _)| &*bot.domain_name)
            .collect();
        return Err(CommandFailure::Usage(format!(
            "{}: nothing is in quarantine, so there is nothing to retry",
            few_shown(&names)
        )));
    }
    Ok(Retried {
        bots,
        refused: admitted.refused,
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
        refused => few_shown(refused),
    };
    Err(CommandFailure::Usage(format!(
        "{bot}: not in quarantine: {}; nothing was done. In quarantine: {there}",
        few_shown(&wrong)
    )))
}
