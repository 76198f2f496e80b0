//! `import`: takes over steps that were made by hand, so that the first plan shows what would
//! become of them.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::bots::{acting_on, one_bot};
use super::command_context::CommandContext;
use super::failure::CommandFailure;
use crate::model::{CANARY, Step};
use crate::store::Imported;

/// What came of an `import`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TakenOver {
    /// The bot.
    pub(crate) domain_name: String,
    /// Steps that joined the snapshot.
    pub(crate) imported: u64,
    /// Steps that were known to be live.
    pub(crate) already_live: u64,
}

/// `steps`: name, question and answer of each.
pub(super) async fn import(
    context: &CommandContext,
    bot: &str,
    steps: &[(String, String, String)],
) -> Result<TakenOver, CommandFailure> {
    let runner = &context.engine.runner;
    let bot = &one_bot(&context.config, Some(bot))?.domain_name;
    let steps: Vec<Step> = steps
        .iter()
        // The canary is nobody's answer, and comes and goes with its setting.
        .filter(|(node_name, ..)| node_name != CANARY)
        .map(|(node_name, question, answer)| Step {
            node_name: node_name.clone(),
            question: question.clone(),
            answer: answer.clone(),
        })
        .collect();
    let id = acting_on(context, bot).await?;
    let now = runner.clock.now();
    let Imported::Joined(imported) = runner.store.import(id, &steps, now).await? else {
        return Err(CommandFailure::System(format!(
            "an upload to {bot} is under way; let it come to its end (`kms-haptik-sync --sync-now` waits for that), and import again"
        )));
    };
    let already_live = steps.len() as u64 - imported;
    let details = json!({ "steps": imported, "already_live": already_live });
    context.done("import", bot, details).await?;
    Ok(TakenOver {
        domain_name: bot.clone(),
        imported,
        already_live,
    })
}
