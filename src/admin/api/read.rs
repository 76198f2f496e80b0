//! What programs read. No source is read for it: it is what the state and the last plan say.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Refusal;
use crate::admin::page::PageState;
use crate::clock::rfc3339;
use crate::config::Bot;
use crate::status::{step_states, upload_json};

/// Entries of one answer at the most.
const MOST: usize = 1000;
/// Uploads of one answer at the most.
const UPLOADS: usize = 200;
/// Names of the steps that an upload changed.
const NAMES: u32 = 1000;

type Answer = Result<Json<Value>, Refusal>;

/// Which part of a list.
#[derive(Debug, Deserialize)]
pub(super) struct Part {
    /// What comes after this name.
    #[serde(default)]
    after: String,
    limit: Option<usize>,
}

/// What is asked for, of at most so many entries.
fn part(asked: Result<Query<Part>, QueryRejection>, most: usize) -> Result<Part, Refusal> {
    let Query(part) = asked.map_err(|wrong| Refusal::new(wrong.status(), wrong.body_text()))?;
    if part.limit.is_some_and(|limit| !(1..=most).contains(&limit)) {
        let words = format!("`limit` is a number from 1 to {most}");
        return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, words));
    }
    Ok(part)
}

/// The bot of this name, unless its state speaks of another Haptik.
async fn told<'s>(page_state: &'s PageState, name: &str) -> Result<&'s Bot, Refusal> {
    let bot = page_state.bot(name).ok_or_else(|| Refusal::no_bot(name))?;
    match page_state.status_reader.refused(&bot.domain_name).await? {
        Some(why) => Err(Refusal::new(StatusCode::CONFLICT, why)),
        None => Ok(bot),
    }
}

/// Every bot, as `status --json` has it.
pub(super) async fn bots(State(page_state): State<Arc<PageState>>) -> Answer {
    let bots = page_state.status_reader.bots().await?;
    let bots: Vec<_> = bots.iter().map(|(status, _)| status.as_json()).collect();
    Ok(Json(json!({ "bots": bots })))
}

/// One bot.
pub(super) async fn bot(
    State(page_state): State<Arc<PageState>>,
    Path(bot): Path<String>,
) -> Answer {
    let bot = page_state.bot(&bot).ok_or_else(|| Refusal::no_bot(&bot))?;
    let (status, _) = page_state.status_reader.bot(bot).await?;
    Ok(Json(status.as_json()))
}

/// The steps of a bot with their states, in the order of their names.
pub(super) async fn steps(
    State(page_state): State<Arc<PageState>>,
    Path(bot): Path<String>,
    asked: Result<Query<Part>, QueryRejection>,
) -> Answer {
    let bot = told(&page_state, &bot).await?;
    let part = part(asked, MOST)?;
    let mut found = step_states(&page_state.status_reader.store, bot).await?;
    let (as_of, moved_at) = (found.planned_at.map(rfc3339), found.moved_at.map(rfc3339));
    let mut rest = std::mem::take(&mut found.states)
        .into_iter()
        .filter(|(name, _)| part.after.is_empty() || *name > part.after);
    let steps: Vec<_> = rest
        .by_ref()
        .take(part.limit.unwrap_or(MOST))
        .map(|(name, (state, reason))| {
            let (verification, verified_at) = found.verification(&name);
            json!({
                "node_name": name,
                "state": state,
                "reason": reason,
                "verification": verification,
                "verified_at": verified_at.map(rfc3339),
            })
        })
        .collect();
    let last = steps.last().map(|last| last["node_name"].clone());
    let next = rest.next().and(last);
    Ok(Json(
        json!({ "as_of": as_of, "moved_at": moved_at, "steps": steps, "next": next }),
    ))
}

/// What the last plan of a bot left open.
pub(super) async fn plan(
    State(page_state): State<Arc<PageState>>,
    Path(bot): Path<String>,
) -> Answer {
    let bot = told(&page_state, &bot).await?;
    let (status, live) = page_state.status_reader.bot(bot).await?;
    let plan = live.last_plan.unwrap_or_default();
    let waiting: Vec<_> = plan
        .waiting
        .iter()
        .map(|(name, waiting)| {
            json!({ "node_name": name, "action": waiting.action.name(), "since": rfc3339(waiting.since) })
        })
        .collect();
    let held: Vec<_> = plan
        .held
        .iter()
        .map(|held| {
            json!({
                "node_name": held.node_name,
                "renamed_to": held.renamed_to,
                "reason": held.reason.to_string(),
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
    let rejected: Vec<_> = plan
        .rejections
        .iter()
        .map(|one| {
            json!({
                "source": one.source,
                "place": one.place.to_string(),
                "id": one.id,
                "reason": one.reason,
            })
        })
        .collect();
    Ok(Json(json!({
        "plan": status.plan,
        "as_of": status.planned_at.map(rfc3339),
        "waiting": waiting,
        "held_removals": held,
        "held_changes": held_changes,
        "manual_removals": plan.manual,
        "rejected": rejected,
        "errors": plan.errors,
    })))
}

/// The last uploads of a bot, as `history --json` has them.
pub(super) async fn history(
    State(page_state): State<Arc<PageState>>,
    Path(bot): Path<String>,
    asked: Result<Query<Part>, QueryRejection>,
) -> Answer {
    let bot = told(&page_state, &bot).await?;
    let store = &page_state.status_reader.store;
    let limit = part(asked, UPLOADS)?.limit.unwrap_or(20);
    let limit = u32::try_from(limit).unwrap_or(u32::MAX);
    let uploads = match store.find_bot(&bot.domain_name).await? {
        Some(id) => store.history(id, limit).await?,
        None => Vec::new(),
    };
    let mut told = Vec::with_capacity(uploads.len());
    for upload in uploads {
        let names = store.changed_by(upload.id, NAMES).await?;
        told.push(upload_json(&bot.domain_name, &upload, &names));
    }
    Ok(Json(json!({ "uploads": told })))
}
