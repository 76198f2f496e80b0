//! `resync`: forgets what is live, so that the next sync uploads everything again.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::bots::acting;
use super::command_context::CommandContext;
use super::failure::CommandFailure;
use crate::sync::Refused;

/// What came of a `resync`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Resynced {
    /// The bots that are uploaded again.
    pub(crate) bots: Vec<ResyncedBot>,
    /// Those whose state speaks of another Haptik.
    pub(crate) refused: Vec<Refused>,
}

/// A bot that is uploaded again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ResyncedBot {
    /// The bot.
    pub(crate) domain_name: String,
    /// Steps that are in doubt now.
    pub(crate) forgotten: u64,
}

pub(super) async fn resync(
    context: &CommandContext,
    only: Option<&str>,
) -> Result<Resynced, CommandFailure> {
    let store = &context.engine.runner.store;
    let admitted = acting(context, only).await?;
    let mut bots = Vec::new();
    for (bot, id) in &admitted.bots {
        let forgotten = store.doubt_snapshot(*id).await?;
        let name = &bot.domain_name;
        context
            .done("resync", name, json!({ "steps": forgotten }))
            .await?;
        bots.push(ResyncedBot {
            domain_name: name.clone(),
            forgotten,
        });
    }
    Ok(Resynced {
        bots,
        refused: admitted.refused,
    })
}
