//! `pause`: nothing is uploaded to a bot for a while. Its sources are read and planned all the same.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::clock::{duration_millis, rfc3339};
use crate::control::bots::acting_on;
use crate::control::command_context::CommandContext;
use crate::control::failure::CommandFailure;
use crate::store::Pause;
use crate::text::one_line;

/// Characters of a reason.
const REASON: usize = 300;

/// What came of a `pause`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Paused {
    /// The bot.
    pub(crate) domain_name: String,
    /// The pause.
    pub(crate) pause: Pause,
    /// A task that Haptik works on already is waited for.
    pub(crate) task_id: Option<String>,
}

/// A reason as it is kept: one line, and not longer than a sentence or two.
pub(crate) fn longest_reason(reason: &str) -> String {
    one_line(reason, REASON)
}

pub(in crate::control) async fn pause(
    context: &CommandContext,
    bot: &str,
    lasts: Option<Duration>,
    reason: &str,
) -> Result<Paused, CommandFailure> {
    let store = &context.engine.runner.store;
    let reason = longest_reason(reason);
    if reason.is_empty() {
        return Err(CommandFailure::Usage(
            "say why with --reason, so that whoever looks next knows what the bot waits for"
                .to_owned(),
        ));
    }
    let id = acting_on(context, bot).await?;
    let now = context.engine.runner.clock.now();
    let pause = Pause {
        since: now,
        until: lasts.map(|lasts| now + duration_millis(lasts)),
        who: context.who.to_string(),
        reason,
    };
    let details = json!({ "reason": pause.reason, "until": pause.until.map(rfc3339) });
    let action = context.action("pause", Some(bot), details);
    store.pause(id, Some(&pause), &action).await?;
    tracing::info!(bot, who = pause.who, "paused: {}", pause.reason);
    context.replan(bot);
    let under_way = store.under_way(id).await?;
    Ok(Paused {
        domain_name: bot.to_owned(),
        pause,
        task_id: under_way.and_then(|upload| upload.task_id),
    })
}
