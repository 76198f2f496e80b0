//! `withdraw` and `put-back`: one answer leaves the bot now, or says again what it said after an earlier
//! upload. Either holds until the article is changed.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::pause::longest_reason;
use crate::control::bots::acting_on;
use crate::control::command_context::CommandContext;
use crate::control::failure::CommandFailure;
use crate::model::{ArticleKey, Digest, OverrideKind, REMOVAL, Step, StepOverride, UploadId};
use crate::store::{BotId, Store};
use crate::text::{command_for, count, one_line};

/// Versions of a step that can be put back.
const VERSIONS: u32 = 50;

/// What somebody wants one step to say.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct OverrideRequest {
    /// The bot.
    pub(crate) bot: String,
    /// The step, by its name.
    pub(crate) step: String,
    /// The upload whose words it is to say again; `None`: it is withdrawn.
    pub(crate) put_back: Option<i64>,
    /// Why.
    pub(crate) reason: String,
}

/// What came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Overruled {
    /// The bot.
    pub(crate) domain_name: String,
    /// The step.
    pub(crate) node_name: String,
    /// The upload whose words it says again; `None`: it is withdrawn.
    pub(crate) put_back: Option<UploadId>,
    /// Nothing is uploaded while the bot is paused.
    pub(crate) is_paused: bool,
    /// A person has to remove it in Haptik.
    pub(crate) is_manual: bool,
}

/// The step, as far as the state and the last plan know it.
struct Target {
    key: ArticleKey,
    /// What its article said when it was last read.
    of: Digest,
}

pub(in crate::control) async fn overrule(
    context: &CommandContext,
    wanted: &OverrideRequest,
) -> Result<Overruled, CommandFailure> {
    let store = &context.engine.runner.store;
    let (bot, step) = (&*wanted.bot, &*wanted.step);
    let id = acting_on(context, bot).await?;
    let target = target(context, store, id, wanted).await?;
    let put_back = match wanted.put_back {
        Some(upload) => Some(earlier(store, id, wanted, upload, target.of).await?),
        None => None,
    };
    let upload = put_back.as_ref().map(|(_, upload)| *upload);
    let spoken = StepOverride {
        key: target.key,
        of: target.of,
        put_back,
        since: context.engine.runner.clock.now(),
        who: context.who.to_string(),
        reason: longest_reason(&wanted.reason),
    };
    let what = if upload.is_some() {
        "put_back"
    } else {
        "withdraw"
    };
    let details =
        json!({ "step": step, "upload": upload.map(|upload| upload.0), "reason": spoken.reason });
    let action = context.action(what, Some(bot), details);
    store.override_step(id, step, &spoken, &action).await?;
    tracing::info!(bot, who = action.who, "{what}: \"{}\"", one_line(step, 80));
    context.replan(bot);
    let config = context
        .config
        .bots
        .iter()
        .find(|one| one.domain_name == bot);
    Ok(Overruled {
        domain_name: bot.to_owned(),
        node_name: step.to_owned(),
        put_back: upload,
        is_paused: store.bot_state(id).await?.pause.is_some(),
        is_manual: upload.is_none() && config.is_some_and(crate::config::Bot::removes_by_hand),
    })
}

/// What is live under the name, waits to be, or is held.
async fn target(
    context: &CommandContext,
    store: &Store,
    id: BotId,
    wanted: &OverrideRequest,
) -> Result<Target, CommandFailure> {
    let (bot, step) = (&*wanted.bot, &*wanted.step);
    let live = store.known(id, &[step]).await?.into_iter().next();
    let plan = context.live_status.of(bot).last_plan;
    let waiting = plan
        .as_ref()
        .and_then(|plan| plan.waiting.get(step))
        .cloned();
    let refused = store.refusal_of(id, step).await?;
    let held = store.held_changes(id).await?.into_iter();
    let mut held = held.map(|open| open.change);
    let held = held.find(|held| held.node_name == *step);
    let before = store.overrides(id).await?.remove(step);
    let nothing = || {
        CommandFailure::Usage(format!(
            "{bot}: no step \"{}\" is live or waits to be; `{}` lists the steps",
            one_line(step, 80),
            command_for("steps", bot, &[])
        ))
    };
    let (kept, before) = match before {
        Some(before) if before.kind() == OverrideKind::Kept => (true, None),
        before => (false, before),
    };
    if kept && wanted.put_back.is_some() {
        return Err(is_kept(wanted));
    }
    if let Some(before) = before {
        // What its article says is known from then; it would be over otherwise.
        let (key, of) = (before.key, before.of);
        return Ok(Target { key, of });
    }
    let live = live.map(|live| (live.key, live.digest));
    let waiting = waiting.map(|waiting| (waiting.key, waiting.digest));
    let refused = refused.map(|refused| (refused.key, refused.digest));
    let held = held.map(|held| (held.key, held.digest));
    let said = [held, waiting, refused].into_iter().flatten();
    let said = said.filter(|(_, digest)| *digest != REMOVAL);
    let (key, of) = said.chain(live).next().ok_or_else(nothing)?;
    Ok(Target { key, of })
}

/// An earlier version holds until the article is changed, and here is none.
fn is_kept(wanted: &OverrideRequest) -> CommandFailure {
    CommandFailure::Usage(format!(
        "{}: the article of \"{}\" is gone, and the step is kept as it is; an earlier version can be put back once the article is there again",
        wanted.bot,
        one_line(&wanted.step, 80)
    ))
}

/// What the step said after an upload.
async fn earlier(
    store: &Store,
    id: BotId,
    wanted: &OverrideRequest,
    upload: i64,
    of: Digest,
) -> Result<(Step, UploadId), CommandFailure> {
    let (bot, step) = (&*wanted.bot, &*wanted.step);
    let versions = store.versions_of(id, step, VERSIONS).await?;
    let found = versions
        .iter()
        .filter(|version| version.upload.0 <= upload)
        .max_by_key(|version| version.upload);
    let Some(version) = found else {
        let kept: Vec<String> = versions
            .iter()
            .map(|one| one.upload.0.to_string())
            .collect();
        let kept = if kept.is_empty() {
            "no version of it is kept".to_owned()
        } else {
            format!(
                "{} kept, of the uploads {}",
                count(kept.len() as u64, "version is", "versions are"),
                kept.join(", ")
            )
        };
        return Err(CommandFailure::Usage(format!(
            "{bot}: nothing is kept of what \"{}\" said after upload {upload}; {kept}",
            one_line(step, 80)
        )));
    };
    let Some(said) = &version.step else {
        return Err(CommandFailure::Usage(format!(
            "{bot}: \"{}\" was not live after upload {upload}; to take it off the bot, run `{}`",
            one_line(step, 80),
            command_for("withdraw", bot, &[step])
        )));
    };
    if said.digest() == of {
        return Err(CommandFailure::Usage(format!(
            "{bot}: that is what the article of \"{}\" says now, so there is nothing to put back",
            one_line(step, 80)
        )));
    }
    Ok((said.clone(), version.upload))
}
