//! `resync`: forgets what is live, so that the next sync uploads everything again.

use std::fmt::Write as _;

use serde_json::json;

use crate::cli::Exit;
use crate::cli::bots::acting;
use crate::cli::context::CommandFailure;
use crate::cli::output::count;
use crate::control::{CommandContext, Reply};

pub(crate) async fn perform(
    hands: &CommandContext,
    only: Option<&str>,
) -> Result<Reply, CommandFailure> {
    let store = &hands.engine.runner.store;
    let admitted = acting(hands, only).await?;
    let mut bots = Vec::new();
    let mut text = String::new();
    for (bot, id) in &admitted.bots {
        let doubted = store.doubt_snapshot(*id).await?;
        let name = &bot.domain_name;
        let steps = count(doubted, "step", "steps");
        let _ = writeln!(
            text,
            "{name}: {steps} forgotten; the next sync uploads everything again"
        );
        hands
            .done("resync", name, json!({ "steps": doubted }))
            .await?;
        bots.push(json!({ "domain_name": name, "forgotten": doubted }));
    }
    bots.extend(admitted.as_json());
    text.push_str(&admitted.text());
    Ok(Reply {
        json: json!({ "bots": bots }),
        text,
        exit: admitted.exit(Exit::InSync),
    })
}
