//! `approve`: releases the removals that the last stored plan left open, strikes off steps that a
//! person has removed in Haptik, and lets an empty or incomplete source count. No source is read:
//! what is released is what was told.

mod words;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cli::Exit;
use crate::cli::bots::{acting, acting_on};
use crate::cli::context::{CommandFailure, wanted_bots};
use crate::cli::output::count;
use crate::control::{CommandContext, Reply};
use crate::store::{BotId, OpenRemoval, Release, RemovalKind, Store, StoreError};
use crate::text::few;
use words::{in_words, not_open, which};

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
    /// Held and waiting removals go out.
    #[default]
    Removals,
    /// Manual removals were carried out in Haptik.
    Removed,
    /// An empty export may empty the bot.
    Empty,
    /// The sources are complete as they are, once.
    Incomplete,
}

impl Approval {
    /// Whether it says that a person has removed steps in Haptik.
    fn strikes_off(&self) -> bool {
        self.what == Approved::Removed
    }
}

/// What is open on a bot.
struct OpenOfBot {
    name: String,
    id: BotId,
    plan: i64,
    removals: Vec<OpenRemoval>,
}

/// What is done about it. Pure.
#[derive(Debug, Default, PartialEq, Eq)]
struct Choice {
    release: Release,
    /// Held and waiting removals that stay.
    still_held: Vec<String>,
    /// Of these, those that came after the plan that was named.
    later: Vec<String>,
    /// Manual removals that stay.
    manual: Vec<String>,
}

pub(crate) async fn perform(
    hands: &CommandContext,
    asked: &Approval,
) -> Result<Reply, CommandFailure> {
    if let Some(bot) = &asked.bot {
        if matches!(asked.what, Approved::Empty | Approved::Incomplete) {
            return let_count(hands, bot, asked.what).await;
        }
        if asked.strikes_off() && wanted_bots(&hands.config, Some(bot)).is_err() {
            return strike_off_departed(hands, bot, asked).await;
        }
    }
    let admitted = acting(hands, asked.bot.as_deref()).await?;
    let mut open = Vec::new();
    for (bot, id) in &admitted.bots {
        open.push(look(hands, &bot.domain_name, *id).await?);
    }
    if asked.bot.is_none() {
        open.retain(|open| open.removals.iter().any(|removal| concerns(asked, removal)));
        if open.len() > 1 && !asked.all {
            return Err(CommandFailure::Usage(which(&open, asked)));
        }
    }
    let mut choices = Vec::new();
    for open in &open {
        let choice = choose(open, asked).map_err(CommandFailure::Usage)?;
        choices.push((open, choice));
    }
    let (mut bots, mut text, mut exit) = (Vec::new(), String::new(), Exit::InSync);
    for (open, choice) in &choices {
        carry_out(hands, open, choice, asked).await?;
        bots.push(as_json(open, choice));
        text.push_str(&in_words(open, choice, asked));
        if !choice.later.is_empty() {
            exit = Exit::Attention;
        }
    }
    if choices.is_empty() {
        text.push_str("no bot has anything to release\n");
    }
    bots.extend(admitted.as_json());
    text.push_str(&admitted.text());
    Ok(Reply {
        json: json!({ "bots": bots }),
        text,
        exit: admitted.exit(exit),
    })
}

async fn look(hands: &CommandContext, bot: &str, id: BotId) -> Result<OpenOfBot, StoreError> {
    let store = &hands.engine.runner.store;
    Ok(OpenOfBot {
        name: bot.to_owned(),
        id,
        plan: store.open_plan(id).await?.plan,
        removals: store.open_removals(id).await?,
    })
}

/// Whether a removal is open for this kind of approval.
fn concerns(asked: &Approval, removal: &OpenRemoval) -> bool {
    !removal.released && (removal.kind == RemovalKind::Manual) == asked.strikes_off()
}

/// An approval is never broader than what was told: only what is open, only what is named.
fn choose(open: &OpenOfBot, asked: &Approval) -> Result<Choice, String> {
    let named: BTreeSet<&str> = asked.steps.iter().map(String::as_str).collect();
    let candidates: Vec<&OpenRemoval> = open
        .removals
        .iter()
        .filter(|removal| concerns(asked, removal))
        .collect();
    let is_open = |name: &&&str| !candidates.iter().any(|removal| removal.node_name == **name);
    let wrong: Vec<&str> = named.iter().filter(is_open).copied().collect();
    if !wrong.is_empty() {
        return Err(not_open(open, &wrong, &candidates, asked));
    }
    if let Some(plan) = asked.plan.filter(|plan| *plan > open.plan) {
        return Err(format!(
            "{}: there is no plan {plan}; the last one is plan {}. Nothing was done",
            open.name, open.plan
        ));
    }
    let mut choice = Choice::default();
    for removal in &open.removals {
        let name = removal.node_name.clone();
        let is_named = named.is_empty() || named.contains(name.as_str());
        let is_later = asked.plan.is_some_and(|plan| removal.plan > plan);
        match (concerns(asked, removal), removal.kind) {
            (true, _) if is_named && is_later => {
                choice.later.push(name.clone());
                choice.still_held.push(name);
            }
            (true, RemovalKind::Manual) if is_named => choice.release.struck_off.push(name),
            (true, _) if is_named => choice.release.released.push(name),
            (_, RemovalKind::Manual) => choice.manual.push(name),
            _ if !removal.released => choice.still_held.push(name),
            _ => {}
        }
    }
    Ok(choice)
}

async fn carry_out(
    hands: &CommandContext,
    open: &OpenOfBot,
    choice: &Choice,
    asked: &Approval,
) -> Result<(), StoreError> {
    let release = &choice.release;
    if release.released.is_empty() && release.struck_off.is_empty() {
        return Ok(());
    }
    let details = json!({
        "released": release.released,
        "struck_off": release.struck_off,
    });
    let mut action = hands.action("approve", Some(&open.name), details);
    action.plan = Some(asked.plan.unwrap_or(open.plan));
    let store = &hands.engine.runner.store;
    store.release(open.id, release, &action).await?;
    tracing::info!(
        bot = open.name,
        who = action.who,
        plan = action.plan,
        released = few(&release.released),
        struck_off = few(&release.struck_off),
        "approve: {} released {} and struck off {}",
        action.who,
        count(release.released.len() as u64, "removal", "removals"),
        count(release.struck_off.len() as u64, "step", "steps")
    );
    hands.wake(&open.name);
    Ok(())
}

/// An empty export may empty the bot, or its sources count as they are; nothing else is released.
async fn let_count(
    hands: &CommandContext,
    bot: &str,
    what: Approved,
) -> Result<Reply, CommandFailure> {
    let store = &hands.engine.runner.store;
    let id = acting_on(hands, bot).await?;
    let empty = what == Approved::Empty;
    let text = if empty {
        store.approve_empty(id, true).await?;
        "an empty export may empty this bot now"
    } else {
        store.approve_incomplete(id, true).await?;
        "the next sync takes its sources for complete as they are, once"
    };
    let details = json!({ "empty": empty, "incomplete": !empty });
    hands.done("approve", bot, details).await?;
    let open = look(hands, bot, id).await?;
    let still_held: Vec<_> = open
        .removals
        .iter()
        .filter(|removal| !removal.released && removal.kind != RemovalKind::Manual)
        .map(|removal| &removal.node_name)
        .collect();
    Ok(Reply {
        json: json!({ "bots": [{
            "domain_name": bot,
            "released": [],
            "still_held": still_held,
            "struck_off": [],
            "plan": open.plan,
            "empty": empty,
            "incomplete": !empty,
        }] }),
        text: format!("{bot}: {text}\n"),
        exit: Exit::InSync,
    })
}

/// A bot that left the configuration: a person has removed its steps in Haptik.
async fn strike_off_departed(
    hands: &CommandContext,
    bot: &str,
    asked: &Approval,
) -> Result<Reply, CommandFailure> {
    let store = &hands.engine.runner.store;
    let Some(id) = store.find_bot(bot).await? else {
        return Err(match wanted_bots(&hands.config, Some(bot)) {
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
    };
    let choice = choose(&open, asked).map_err(CommandFailure::Usage)?;
    carry_out(hands, &open, &choice, asked).await?;
    Ok(Reply {
        json: json!({ "bots": [as_json(&open, &choice)] }),
        text: in_words(&open, &choice, asked),
        exit: Exit::InSync,
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

fn as_json(open: &OpenOfBot, choice: &Choice) -> Value {
    json!({
        "domain_name": open.name,
        "released": choice.release.released,
        "still_held": choice.still_held,
        "struck_off": choice.release.struck_off,
        "plan": open.plan,
    })
}

#[cfg(test)]
mod tests;
