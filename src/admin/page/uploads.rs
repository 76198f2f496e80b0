//! The uploads of a bot, a page at a time; and one of them: what it changed, how it ended, and in which words of
//! Haptik.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Extension, Path, Query, State};
use axum::http::StatusCode;
use serde::Serialize;

use super::chart::ending;
use super::find::{StepLink, first_message};
use super::{PageAnswer, PageState, SEARCH, no_bot, untold};
use crate::admin::guard::Visitor;
use crate::clock::Millis;
use crate::config::Bot;
use crate::model::{Action, UploadId, UploadState};
use crate::store::{StoreError, UploadRecord, UploadRow};
use crate::text::one_line;

/// Rows that are listed.
const LISTED: u32 = 500;
/// Uploads of one page of the list.
const UPLOADS: u32 = 50;

/// An upload in a list.
#[derive(Debug, Serialize)]
pub(super) struct UploadView {
    id: i64,
    prepared_at: Millis,
    rows: u64,
    counts: String,
    ending: &'static str,
    whole: Option<Millis>,
    task: Option<Millis>,
    message: Option<String>,
}

impl UploadView {
    pub(super) fn of(upload: &UploadRecord) -> Self {
        let settled = upload.settled_at;
        let since = |from: Millis| settled.map(|at| (at - from).max(0));
        Self {
            id: upload.id.0,
            prepared_at: upload.prepared_at,
            rows: upload.rows,
            counts: upload.counts.to_string(),
            ending: ending(upload),
            whole: since(upload.prepared_at),
            task: upload.accepted_at.and_then(since),
            message: upload.message.clone(),
        }
    }
}

/// A page of the uploads of a bot.
#[derive(Debug, Serialize)]
struct UploadList {
    bot: String,
    uploads: Vec<UploadView>,
    /// The next page is what came before this upload.
    next: Option<i64>,
    is_first: bool,
}

/// An upload.
#[derive(Debug, Serialize)]
pub(super) struct UploadPage {
    bot: String,
    id: i64,
    purpose: &'static str,
    ending: &'static str,
    task_id: Option<String>,
    message: Option<String>,
    rows: u64,
    counts: String,
    prepared_at: Millis,
    sent_at: Option<Millis>,
    accepted_at: Option<Millis>,
    settled_at: Option<Millis>,
    /// From being seen to the end.
    whole: Option<Millis>,
    changes: Vec<ChangeView>,
    /// Changes that are not listed, or whose content is no longer kept.
    more: u64,
    /// A person can take the bot back to what it was after it.
    is_way_back: bool,
}

#[derive(Debug, Serialize)]
struct ChangeView {
    link: StepLink,
    action: &'static str,
    question: String,
}

/// A page of the uploads of a bot, newest first.
pub(super) async fn uploads_page(
    State(page_state): State<Arc<PageState>>,
    Extension(visitor): Extension<Visitor>,
    Path(bot): Path<String>,
    Query(asked): Query<HashMap<String, String>>,
) -> PageAnswer {
    let Some(bot) = page_state.bot(&bot) else {
        return Ok(no_bot(&page_state, &visitor, &bot));
    };
    if let Some(refusal) = untold(&page_state, &visitor, bot).await? {
        return Ok(refusal);
    }
    let before = asked
        .get("before")
        .and_then(|before| before.parse::<i64>().ok());
    let list = list(&page_state, bot, before).await?;
    Ok(page_state.page(&visitor, StatusCode::OK, "uploads.html", list))
}

/// What came before an upload, as far as it is for editors.
async fn list(
    page_state: &PageState,
    bot: &Bot,
    before: Option<i64>,
) -> Result<UploadList, StoreError> {
    let (store, name) = (&page_state.status_reader.store, &bot.domain_name);
    let mut uploads = match store.find_bot(name).await? {
        Some(id) => {
            let before = UploadId(before.unwrap_or(i64::MAX));
            store.history_before(id, before, UPLOADS).await?
        }
        None => Vec::new(),
    };
    let is_full = uploads.len() == UPLOADS as usize;
    let next = uploads.last().filter(|_| is_full).map(|last| last.id.0);
    uploads.retain(|upload| upload.purpose.is_for_editors());
    Ok(UploadList {
        bot: name.clone(),
        uploads: uploads.iter().map(UploadView::of).collect(),
        next,
        is_first: before.is_none(),
    })
}

/// The page of an upload.
pub(super) async fn upload_page(
    State(page_state): State<Arc<PageState>>,
    Extension(visitor): Extension<Visitor>,
    Path((bot, upload)): Path<(String, String)>,
) -> PageAnswer {
    let Some(bot) = page_state.bot(&bot) else {
        return Ok(no_bot(&page_state, &visitor, &bot));
    };
    if let Some(refusal) = untold(&page_state, &visitor, bot).await? {
        return Ok(refusal);
    }
    let found = match upload.parse() {
        Ok(upload) => view(&page_state, bot, upload).await?,
        Err(_) => None,
    };
    let Some(view) = found else {
        let words = format!(
            "No upload “{}” of this bot is kept.",
            one_line(&upload, SEARCH)
        );
        return Ok(page_state.say(&visitor, StatusCode::NOT_FOUND, "Nothing is here", &words));
    };
    Ok(page_state.page(&visitor, StatusCode::OK, "upload.html", view))
}

/// An upload of this bot; `None` where there is none of this number.
async fn view(
    page_state: &PageState,
    bot: &Bot,
    upload: i64,
) -> Result<Option<UploadPage>, StoreError> {
    let (store, name) = (&page_state.status_reader.store, &bot.domain_name);
    let Some(id) = store.find_bot(name).await? else {
        return Ok(None);
    };
    let Some(record) = store.upload_of(id, UploadId(upload)).await? else {
        return Ok(None);
    };
    let rows = store.rows_of(record.id, LISTED).await?;
    let is_way_back = store.check_way_back(id, name, record.id).await.is_ok();
    let changes: Vec<_> = rows.iter().map(|row| change(name, row)).collect();
    Ok(Some(UploadPage {
        bot: name.clone(),
        id: record.id.0,
        purpose: record.purpose.name(),
        ending: ending(&record),
        more: record.counts.total().saturating_sub(changes.len() as u64),
        changes,
        counts: record.counts.to_string(),
        rows: record.rows,
        whole: record.settled_at.map(|at| (at - record.prepared_at).max(0)),
        prepared_at: record.prepared_at,
        sent_at: record.sent_at,
        accepted_at: record.accepted_at,
        settled_at: record.settled_at,
        is_way_back: is_way_back && record.state == UploadState::Succeeded,
        task_id: record.task_id,
        message: record.message,
    }))
}

fn change(bot: &str, row: &UploadRow) -> ChangeView {
    ChangeView {
        link: StepLink::new(bot, &row.node_name),
        action: match row.action {
            Action::Add => "new",
            Action::Change => "changed",
            Action::Remove => "removed",
        },
        question: first_message(&row.question),
    }
}
