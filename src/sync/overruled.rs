//! What people have said that comes before the sources: a bot is paused, so that it is read and planned
//! and nothing is uploaded; and when what they have said of single steps is over.

use std::collections::BTreeSet;

use serde_json::json;

use super::engine::Engine;
use super::plan_preview::Preview;
use crate::config::Bot;
use crate::model::{Action, OverrideKind, Plan, UploadState};
use crate::sabotage;
use crate::sabotage::Sabotage;
use crate::store::{ActionRecord, BotId, Pause, Store, StoreError, UploadRecord};
use crate::text::few;

/// Who ends a pause whose time is over, in the list of what was done.
const NOBODY: &str = "the time it was set for";

/// The pause that is in force. One that is over ends here, and the list of what was done says so.
pub(super) async fn in_force(
    engine: &Engine,
    bot: &Bot,
    id: BotId,
    pause: Option<Pause>,
) -> Result<Option<Pause>, StoreError> {
    let now = engine.runner.clock.now();
    let Some(pause) = pause else { return Ok(None) };
    if !pause.is_over(now) {
        return Ok(Some(pause));
    }
    let name = &bot.domain_name;
    let action = ActionRecord {
        at: now,
        who: NOBODY.to_owned(),
        what: "resume".to_owned(),
        domain_name: Some(name.clone()),
        plan: None,
        details: json!({ "paused_by": pause.who, "reason": pause.reason }),
    };
    engine.runner.store.pause(id, None, &action).await?;
    tracing::info!(
        bot = name,
        "the pause is over ({} had paused it: {}); changes go out again",
        pause.who,
        pause.reason
    );
    Ok(None)
}

/// Whether an upload under way goes on nevertheless: Haptik works on it, and only has to be asked.
pub(super) fn only_asks(record: &UploadRecord) -> bool {
    record.state == UploadState::Accepted
}

/// Leaves out what a person has said to keep while the plan was made: a reading may take long, and whoever was told
/// that an answer stays must not see it leave. To be asked for after the plan is stored, which is when a step that
/// leaves can no longer be kept.
pub(super) async fn spare_kept(
    store: &Store,
    id: BotId,
    plan: &mut Plan,
) -> Result<(), StoreError> {
    let open = plan.manual.len() + plan.held.len() + plan.waiting.len();
    if plan.count(Action::Remove) + open == 0 || sabotage::is(Sabotage::KeepIgnored) {
        return Ok(());
    }
    let overrides = store.overrides(id).await?;
    let mut kept: BTreeSet<&str> = overrides
        .iter()
        .filter(|(_, spoken)| spoken.kind() == OverrideKind::Kept)
        .map(|(name, _)| name.as_str())
        .collect();
    for over in &plan.kept_over {
        kept.remove(over.as_str());
    }
    plan.spare(&kept);
    Ok(())
}

/// What a person has said of a step is over once its article was changed; that it is kept, once its article is back.
pub(super) async fn settle_overrides(
    engine: &Engine,
    bot: &Bot,
    id: BotId,
    plan: &Plan,
) -> Result<(), StoreError> {
    let store = &engine.runner.store;
    if !plan.overrides_renewed.is_empty() {
        let renewed = &plan.overrides_renewed;
        store.renew_overrides(id, renewed).await?;
    }
    for (over, key, what) in [
        (&plan.overrides_over, "changed", "were changed"),
        (
            &plan.kept_over,
            "back",
            "are back, or nothing of them is live any more",
        ),
    ] {
        if over.is_empty() {
            continue;
        }
        let action = ActionRecord {
            at: engine.runner.clock.now(),
            who: "the knowledge base".to_owned(),
            what: "resume".to_owned(),
            domain_name: Some(bot.domain_name.clone()),
            plan: None,
            details: json!({ key: over }),
        };
        store.end_overrides(id, over, &action).await?;
        tracing::info!(
            bot = bot.domain_name,
            "the articles of {} {what}, so they are followed again",
            few(over)
        );
    }
    Ok(())
}

/// An approval is for the removal that a person saw. Once its article is back, it is over.
pub(super) async fn withdraw_approvals(
    store: &Store,
    id: BotId,
    preview: &Preview,
) -> Result<(), StoreError> {
    if preview.pinned.is_some() {
        return Ok(());
    }
    let mut over = store.approvals(id).await?;
    for change in preview.plan.of(Action::Remove) {
        over.remove(change.step.node_name.as_str());
    }
    for held in &preview.plan.held {
        over.remove(&held.node_name);
    }
    for waiting in &preview.plan.waiting {
        over.remove(&waiting.node_name);
    }
    for unread in &preview.plan.unread {
        over.remove(unread.node_name.as_str());
    }
    let over: Vec<String> = over.into_iter().collect();
    store.withdraw_approvals(id, &over).await
}
