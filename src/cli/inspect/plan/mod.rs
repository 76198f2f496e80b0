//! `plan`: what a sync would do, as a person reads a diff. Changes nothing and calls nobody.

mod page;
mod step;
mod variants;

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Value, json};

use crate::cli::context::{Context, answer, answer_json};
use crate::cli::output::{NoteList, RejectionList};
use crate::cli::refused::{complain_of, exit_with, refused_json};
use crate::config::{Bot, Config};
use crate::control::{CommandFailure, Exit, readable_bots};
use crate::model::{Action, Reach, Rejection};
use crate::status::pause_json;
use crate::store::{BotId, Store, StoreError};
use crate::sync::Preview;
use page::BotPlan;

#[derive(Debug, clap::Args)]
pub(crate) struct PlanArgs {
    /// Only this bot
    pub(crate) bot: Option<String>,
    /// Show every step, however many there are
    #[arg(long)]
    pub(crate) all: bool,
}

/// Entries of one kind that are shown in full, unless all are asked for.
const SHOWN: usize = 30;

pub(crate) fn plan(context: &Context, wanted: &PlanArgs) -> Result<Exit, CommandFailure> {
    let config = context.config()?;
    context.block_on(async {
        let store = Store::open_for_reading(&config).await?;
        let most = if wanted.all { usize::MAX } else { SHOWN };
        let mut plans = Vec::new();
        let admitted = readable_bots(&store, &config, wanted.bot.as_deref()).await?;
        for bot in &admitted.bots {
            let contents_of = if context.json { 0 } else { most };
            plans.push(plan_of(context, &store, bot, contents_of).await?);
        }
        if context.json {
            let told = plans.iter().map(as_json);
            let refused = refused_json(&admitted.refused).map(BotJson::Refused);
            let bots = told.chain(refused).collect();
            answer_json(&PlansJson { bots })?;
        } else {
            let pages: Result<Vec<_>, _> = plans.iter().map(|plan| plan.page(most)).collect();
            answer(&pages.map_err(StoreError::from)?.join("\n"))?;
        }
        complain_of(&admitted.refused);
        Ok(exit_with(&admitted.refused, exit(&plans)))
    })
}

/// A first look at what a configuration makes of its sources.
pub(crate) struct FirstLook {
    /// The plan as a page.
    pub(crate) page: String,
    /// Whether any article became a step.
    pub(crate) understood: bool,
    /// Whether every source could be read.
    pub(crate) readable: bool,
}

/// What a sync with this configuration would do, with so many steps of each kind.
pub(crate) fn first_look(
    context: &Context,
    config: &Config,
    most: usize,
) -> Result<FirstLook, CommandFailure> {
    context.block_on(async {
        let store = Store::open_for_reading(config).await?;
        let mut look = FirstLook {
            page: String::new(),
            understood: false,
            readable: true,
        };
        for bot in &config.bots {
            let plan = plan_of(context, &store, bot, most).await?;
            look.understood |= !plan.preview.plan.changes.is_empty();
            look.readable &= is_readable(&plan.preview);
            let page = plan.page(most).map_err(StoreError::from)?;
            look.page.push_str(&page);
        }
        Ok(look)
    })
}

/// Whether the sources could be read, even if a file of theirs was not understood.
fn is_readable(preview: &Preview) -> bool {
    let is_unusable = |rejection: &Rejection| rejection.reach == Reach::Unusable;
    let read = preview.errors.is_empty() || preview.rejections.iter().any(is_unusable);
    read && preview.incomplete.is_empty()
}

fn exit(plans: &[BotPlan]) -> Exit {
    let wants_a_person = |plan: &BotPlan| {
        !plan.preview.plan.held.is_empty()
            || !plan.preview.plan.held_changes.is_empty()
            || !plan.preview.plan.manual.is_empty()
            || !plan.refused.is_empty()
            || !plan.preview.rejections.is_empty()
            || !plan.preview.incomplete.is_empty()
            || plan.preview.pinned.is_some()
            || plan.paused.is_some()
    };
    if plans.iter().any(|plan| !plan.preview.errors.is_empty()) {
        Exit::Failed
    } else if plans.iter().any(wants_a_person) {
        Exit::Attention
    } else {
        Exit::InSync
    }
}

/// The plan of a bot, with the live content of at most so many steps of each kind.
async fn plan_of(
    context: &Context,
    store: &Store,
    bot: &Bot,
    contents_of: usize,
) -> Result<BotPlan, CommandFailure> {
    let preview = context.preview(store, bot).await?;
    let mut plan = BotPlan {
        domain_name: bot.domain_name.clone(),
        effect: bot.upload_effect,
        max_rows: bot.max_rows_per_upload,
        live: preview.live,
        preview,
        contents: HashMap::new(),
        refused: Vec::new(),
        under_way: None,
        paused: None,
        needs_recovery: false,
    };
    if let Some(id) = store.find_bot(&bot.domain_name).await? {
        fill_in(&mut plan, store, id, contents_of).await?;
    }
    Ok(plan)
}

async fn fill_in(
    plan: &mut BotPlan,
    store: &Store,
    id: BotId,
    contents_of: usize,
) -> Result<(), CommandFailure> {
    let names: Vec<String> = [Action::Change, Action::Remove]
        .into_iter()
        .flat_map(|action| plan.preview.plan.of(action).take(contents_of))
        .map(|change| change.step.node_name.to_string())
        .collect();
    plan.contents = match store.contents(id, &names).await {
        // It is not worth a comparison; the sync says so and reads the step from its source.
        Err(StoreError::Rotten { .. }) => HashMap::new(),
        contents => contents?,
    };
    plan.under_way = store.under_way(id).await?;
    let state = store.bot_state(id).await?;
    plan.needs_recovery = state.needs_recovery;
    plan.paused = state.pause;
    let mut refusals = store.quarantine(id).await?;
    plan.refused = plan
        .preview
        .plan
        .quarantined
        .iter()
        .filter_map(|name| refusals.remove_entry(name))
        .map(|(name, refused)| (name, refused.reason))
        .collect();
    Ok(())
}

#[derive(Serialize)]
struct PlansJson<'a> {
    bots: Vec<BotJson<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum BotJson<'a> {
    Plan {
        #[serde(flatten)]
        plan: Value,
        rejected: RejectionList<'a>,
        notes: NoteList<'a>,
    },
    Refused(Value),
}

fn as_json(bot: &BotPlan) -> BotJson<'_> {
    let plan = &bot.preview.plan;
    let names = |action| -> Vec<&str> {
        let changes = plan.of(action);
        changes
            .map(|change| change.step.node_name.as_str())
            .collect()
    };
    let held: Vec<_> = plan
        .held
        .iter()
        .map(|held| {
            json!({
                "node_name": held.node_name,
                "renamed_to": held.renamed_to,
                "reason": held.reason.to_string(),
                "approvable": true,
            })
        })
        .collect();
    let held_changes: Vec<_> = plan
        .held_changes
        .iter()
        .map(|held| {
            json!({
                "node_name": held.node_name,
                "action": held.action.name(),
                "reason": held.reason(&bot.domain_name),
            })
        })
        .collect();
    let quarantined: Vec<_> = bot
        .refused
        .iter()
        .map(|(name, reason)| json!({ "node_name": name, "reason": reason }))
        .collect();
    let told = json!({
        "domain_name": bot.domain_name,
        "add": names(Action::Add),
        "change": names(Action::Change),
        "remove": names(Action::Remove),
        "held_removals": plan.held.iter().map(|held| &held.node_name).collect::<Vec<_>>(),
        "held_changes": plan.held_changes.iter().map(|held| &held.node_name).collect::<Vec<_>>(),
        "waiting_removals": plan.waiting.iter().map(|waiting| &waiting.node_name).collect::<Vec<_>>(),
        "unread": plan.unread.len(),
        "plan": bot.preview.number,
        "unchanged": plan.unchanged,
        "held": held,
        "held_change_reasons": held_changes,
        "manual_removals": plan.manual,
        "kept": plan.kept,
        "switches_off_steps_made_by_hand": bot.switches_off_by_hand(),
        "quarantined": quarantined,
        "errors": bot.preview.errors,
        "incomplete": bot.preview.incomplete,
        "pinned_to": bot.preview.pinned.map(|pinned| pinned.to.0),
        "paused": bot.paused.as_ref().map(pause_json),
    });
    BotJson::Plan {
        plan: told,
        rejected: RejectionList(&bot.preview.rejections),
        notes: NoteList(&bot.preview.notes),
    }
}
