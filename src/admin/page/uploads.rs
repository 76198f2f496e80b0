//! One upload: what it changed, how it ended, and in which words of Haptik.

use serde::Serialize;

use super::PageState;
use super::chart::ending;
use super::find::{StepLink, first_message};
use crate::clock::Millis;
use crate::config::Bot;
use crate::model::{Action, UploadId, UploadState};
use crate::store::{StoreError, UploadRow};

/// Rows that are listed.
const LISTED: u32 = 500;

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

/// An upload of this bot; `None` where there is none of this number.
pub(super) async fn view(
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
