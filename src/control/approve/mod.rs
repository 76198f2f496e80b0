//! `approve`: releases the removals that the last stored plan left open, and the changes that it held, strikes off steps that a
//! person has removed in Haptik, and lets an empty or incomplete source count. No source is read:
//! what is released is what was told.

mod not_done;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::bots::{acting, acting_on, wanted_bots};
use super::command_context::CommandContext;
use super::failure::CommandFailure;
use crate::model::{Digest, OverrideKind};
use crate::store::{BotId, OpenChange, OpenRemoval, Release, RemovalKind, Store, StoreError};
use crate::sync::Refused;
use crate::text::{count, few};
use not_done::{not_open, which};

/// What a person approves.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Approval {
    /// Only of this bot.
    pub(crate) bot: Option<String>,
    /// Only these steps.
    pub(crate) steps: Vec<String>,
    /// Only what this plan, or one before it, had open.
    pub(crate) plan: Option<i64>,
    /// What it is about.
    pub(crate) what: Approved,
    /// Of every bot.
    pub(crate) all: bool,
}

/// What an approval is about; it is never broader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Approved {
    /// Held and waiting removals go out; held changes that are named, too.
    #[default]
    Removals,
    /// Manual removals were carried out in Haptik.
    Removed,
    /// Of the named steps, whatever is still open: a list that somebody had before their eyes.
    Listed,
    /// An empty export may empty the bot.
    Empty,
    /// The sources are complete as they are, once.
    Incomplete,
}

impl Approval {
    /// Whether it says that a person has removed steps in Haptik.
    pub(crate) fn strikes_off(&self) -> bool {
        self.what == Approved::Removed
    }

    /// Whether a removal is open for it.
    fn concerns(&self, removal: &OpenRemoval) -> bool {
        let is_manual = removal.kind == RemovalKind::Manual;
        !removal.released
            && match self.what {
                Approved::Listed => true,
                Approved::Removed => is_manual,
                Approved::Removals | Approved::Empty | Approved::Incomplete => !is_manual,
            }
    }

    /// Whether it lets changes go out. These are never meant without their name.
    fn releases(&self, named: &BTreeSet<&str>, open: &OpenChange) -> bool {
        !open.released
            && matches!(self.what, Approved::Removals | Approved::Listed)
            && named.contains(open.change.node_name.as_str())
    }

    /// Whether a step that a person has kept is let go after all. It is never meant without its name.
    fn lets_go(&self, named: &BTreeSet<&str>, kept: &str) -> bool {
        matches!(self.what, Approved::Removals | Approved::Listed) && named.contains(kept)
    }

    /// Whether a step is meant. A list is never taken for all there are.
    fn names(&self, named: &BTreeSet<&str>, step: &str) -> bool {
        (named.is_empty() && self.what != Approved::Listed) || named.contains(step)
    }
}

/// What came of an approval.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ApproveReply {
    /// Removals were released, or struck off.
    Released {
        /// The bots.
        bots: Vec<ReleasedBot>,
        /// Those whose state speaks of another Haptik.
        refused: Vec<Refused>,
    },
    /// A bot's sources count as they are.
    Counts {
        /// The bot.
        domain_name: String,
        /// The number of its last plan.
        plan: i64,
        /// Held and waiting removals that stay.
        still_held: Vec<String>,
        /// Also where they are empty; else where they are incomplete, once.
        empty: bool,
    },
}

impl ApproveReply {
    /// How many removals were released or struck off.
    pub(crate) fn done(&self) -> usize {
        match self {
            Self::Released { bots, .. } => {
                let done = bots
                    .iter()
                    .map(|bot| bot.released.len() + bot.changes.len() + bot.struck_off.len());
                done.sum()
            }
            Self::Counts { .. } => 0,
        }
    }
}

/// What was released of a bot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReleasedBot {
    /// The bot.
    pub(crate) domain_name: String,
    /// The number of its last plan.
    pub(crate) plan: i64,
    /// Removals that go out.
    pub(crate) released: Vec<String>,
    /// Held changes that go out.
    pub(crate) changes: Vec<String>,
    /// Held changes that stay.
    pub(crate) held_changes: Vec<String>,
    /// Steps that are struck off.
    pub(crate) struck_off: Vec<String>,
    /// Held and waiting removals that stay.
    pub(crate) still_held: Vec<String>,
    /// Of these, those that came after the plan that was named.
    pub(crate) later: Vec<String>,
    /// Manual removals that stay.
    pub(crate) manual: Vec<String>,
}

/// What is open on a bot.
struct OpenOfBot {
    name: String,
    id: BotId,
    plan: i64,
    removals: Vec<OpenRemoval>,
    changes: Vec<OpenChange>,
    /// Steps that a person has kept although their articles are gone.
    kept: Vec<String>,
}

impl OpenOfBot {
    /// The contents of these steps that are held.
    fn contents_of(&self, names: &[String]) -> Vec<(String, Digest)> {
        let changes = self.changes.iter().map(|open| &open.change);
        changes
            .filter(|change| names.contains(&change.node_name))
            .map(|change| (change.node_name.clone(), change.digest))
            .collect()
    }
}

/// Whoever asks: the command line here or beside a daemon, or the page.
pub(crate) async fn approve(
    context: &CommandContext,
    asked: &Approval,
) -> Result<ApproveReply, CommandFailure> {
    if let Some(bot) = &asked.bot {
        if matches!(asked.what, Approved::Empty | Approved::Incomplete) {
            return let_count(context, bot, asked.what).await;
        }
        if asked.strikes_off() && wanted_bots(&context.config, Some(bot)).is_err() {
            return strike_off_departed(context, bot, asked).await;
        }
    }
    let admitted = acting(context, asked.bot.as_deref()).await?;
    let mut open = Vec::new();
    for (bot, id) in &admitted.bots {
        open.push(look(context, &bot.domain_name, *id).await?);
    }
    if asked.bot.is_none() {
        open.retain(|open| open.removals.iter().any(|removal| asked.concerns(removal)));
        if open.len() > 1 && !asked.all {
            return Err(CommandFailure::Usage(which(&open, asked)));
        }
    }
    let mut choices = Vec::new();
    for open in &open {
        let choice = choose(open, asked).map_err(CommandFailure::Usage)?;
        choices.push((open, choice));
    }
    let mut bots = Vec::new();
    for (open, choice) in choices {
        carry_out(context, open, &choice, asked).await?;
        bots.push(choice);
    }
    Ok(ApproveReply::Released {
        bots,
        refused: admitted.refused,
    })
}

async fn look(context: &CommandContext, bot: &str, id: BotId) -> Result<OpenOfBot, StoreError> {
    let store = &context.engine.runner.store;
    let overrides = store.overrides(id).await?.into_iter();
    let kept = overrides.filter(|(_, spoken)| spoken.kind() == OverrideKind::Kept);
    Ok(OpenOfBot {
        name: bot.to_owned(),
        id,
        kept: kept.map(|(name, _)| name).collect(),
        plan: store.open_plan(id).await?.plan,
        removals: store.open_removals(id).await?,
        changes: store.held_changes(id).await?,
    })
}

/// An approval is never broader than what was told: only what is open, only what is named. Pure.
fn choose(open: &OpenOfBot, asked: &Approval) -> Result<ReleasedBot, String> {
    let named: BTreeSet<&str> = asked.steps.iter().map(String::as_str).collect();
    let candidates: Vec<&OpenRemoval> = open
        .removals
        .iter()
        .filter(|removal| asked.concerns(removal))
        .collect();
    let has_change = |name: &str| {
        let mut changes = open.changes.iter();
        changes.any(|open| open.change.node_name == name && asked.releases(&named, open))
    };
    let is_kept = |name: &str| asked.lets_go(&named, name) && open.kept.iter().any(|it| it == name);
    let is_not_open = |name: &&&str| {
        let mut removals = candidates.iter();
        !has_change(name) && !is_kept(name) && !removals.any(|removal| removal.node_name == **name)
    };
    let wrong: Vec<&str> = named.iter().filter(is_not_open).copied().collect();
    // Somebody else may have released a part of a list a moment ago.
    if !wrong.is_empty() && asked.what != Approved::Listed {
        return Err(not_open(open, &wrong, &candidates, asked));
    }
    if let Some(plan) = asked.plan.filter(|plan| *plan > open.plan) {
        return Err(format!(
            "{}: there is no plan {plan}; the last one is plan {}. Nothing was done",
            open.name, open.plan
        ));
    }
    let mut choice = ReleasedBot {
        domain_name: open.name.clone(),
        plan: open.plan,
        ..ReleasedBot::default()
    };
    for removal in &open.removals {
        let name = removal.node_name.clone();
        let is_named = asked.names(&named, &name);
        let is_later = asked.plan.is_some_and(|plan| removal.plan > plan);
        match (asked.concerns(removal), removal.kind) {
            (true, _) if is_named && is_later => {
                choice.later.push(name.clone());
                choice.still_held.push(name);
            }
            (true, RemovalKind::Manual) if is_named => choice.struck_off.push(name),
            (true, _) if is_named => choice.released.push(name),
            (_, RemovalKind::Manual) => choice.manual.push(name),
            _ if !removal.released => choice.still_held.push(name),
            _ => {}
        }
    }
    let kept = open.kept.iter().filter(|name| is_kept(name));
    choice.released.extend(kept.cloned());
    for change in open.changes.iter().filter(|change| !change.released) {
        let name = change.change.node_name.clone();
        let is_later = asked.plan.is_some_and(|plan| change.plan > plan);
        if !asked.releases(&named, change) {
            choice.held_changes.push(name);
        } else if is_later {
            choice.later.push(name.clone());
            choice.held_changes.push(name);
        } else {
            choice.changes.push(name);
        }
    }
    Ok(choice)
}

/// A release of nothing changes nothing, leaves no trace and wakes nobody.
async fn carry_out(
    context: &CommandContext,
    open: &OpenOfBot,
    choice: &ReleasedBot,
    asked: &Approval,
) -> Result<(), StoreError> {
    let release = Release {
        released: choice.released.clone(),
        changes: open.contents_of(&choice.changes),
        struck_off: choice.struck_off.clone(),
    };
    if choice.released.is_empty() && choice.changes.is_empty() && choice.struck_off.is_empty() {
        return Ok(());
    }
    let bot = &choice.domain_name;
    let details = json!({
        "released": release.released,
        "changes": choice.changes,
        "struck_off": release.struck_off,
    });
    let mut action = context.action("approve", Some(bot), details);
    action.plan = Some(asked.plan.unwrap_or(choice.plan));
    let store = &context.engine.runner.store;
    store.release(open.id, &release, &action).await?;
    tracing::info!(
        bot,
        who = action.who,
        plan = action.plan,
        released = few(&release.released),
        changes = few(&choice.changes),
        struck_off = few(&release.struck_off),
        "approve: {} released {} and {}, and struck off {}",
        action.who,
        count(release.released.len() as u64, "removal", "removals"),
        count(choice.changes.len() as u64, "held change", "held changes"),
        count(release.struck_off.len() as u64, "step", "steps")
    );
    context.replan(bot);
    Ok(())
}

/// An empty export may empty the bot, or its sources count as they are; nothing else is released.
async fn let_count(
    context: &CommandContext,
    bot: &str,
    what: Approved,
) -> Result<ApproveReply, CommandFailure> {
    let store = &context.engine.runner.store;
    let id = acting_on(context, bot).await?;
    let empty = what == Approved::Empty;
    if empty {
        store.approve_empty(id, true).await?;
    } else {
        store.approve_incomplete(id, true).await?;
    }
    let details = json!({ "empty": empty, "incomplete": !empty });
    context.done("approve", bot, details).await?;
    let open = look(context, bot, id).await?;
    let still_held = open
        .removals
        .into_iter()
        .filter(|removal| !removal.released && removal.kind != RemovalKind::Manual)
        .map(|removal| removal.node_name);
    Ok(ApproveReply::Counts {
        domain_name: bot.to_owned(),
        plan: open.plan,
        still_held: still_held.collect(),
        empty,
    })
}

/// A bot that left the configuration: a person has removed its steps in Haptik.
async fn strike_off_departed(
    context: &CommandContext,
    bot: &str,
    asked: &Approval,
) -> Result<ApproveReply, CommandFailure> {
    let store = &context.engine.runner.store;
    let Some(id) = store.find_bot(bot).await? else {
        return Err(match wanted_bots(&context.config, Some(bot)) {
            Err(failure) => failure,
            Ok(_) => CommandFailure::Usage(format!("there is no bot \"{bot}\"")),
        });
    };
    if let Some(upload) = store.under_way(id).await? {
        return Err(CommandFailure::System(format!(
            "{bot}: upload {} is not finished; put the bot back into the configuration and run `kms-haptik-sync sync` first",
            upload.id.0
        )));
    }
    let open = OpenOfBot {
        name: bot.to_owned(),
        id,
        plan: store.open_plan(id).await?.plan,
        removals: live_as_manual(store, id).await?,
        changes: Vec::new(),
        kept: Vec::new(),
    };
    let choice = choose(&open, asked).map_err(CommandFailure::Usage)?;
    carry_out(context, &open, &choice, asked).await?;
    Ok(ApproveReply::Released {
        bots: vec![choice],
        refused: Vec::new(),
    })
}

async fn live_as_manual(store: &Store, id: BotId) -> Result<Vec<OpenRemoval>, StoreError> {
    let live = store.snapshot(id).await?.into_iter();
    Ok(live
        .map(|known| OpenRemoval {
            node_name: known.node_name.into(),
            kind: RemovalKind::Manual,
            reason: String::new(),
            plan: 0,
            released: false,
        })
        .collect())
}

#[cfg(test)]
mod tests;
