//! `history`: the past uploads.

use std::fmt::Write as _;

use serde_json::json;

use super::Exit;
use super::args::WantedHistory;
use super::context::{Context, Failure, answer, answer_json, wanted_bots};
use super::view::{count, span};
use crate::clock::{millis_duration, rfc3339};
use crate::store::{Store, UploadRecord};

pub(super) fn history(context: &Context, wanted: &WantedHistory) -> Result<Exit, Failure> {
    let config = context.config()?;
    context.block_on(async {
        let store = Store::open_to_read(&config.state_dir).await?;
        let mut json = Vec::new();
        let mut text = String::new();
        for bot in wanted_bots(&config, wanted.bot.as_deref())? {
            let uploads = match store.find_bot(&bot.domain_name).await? {
                Some(id) => store.history(id, wanted.limit).await?,
                None => Vec::new(),
            };
            if uploads.is_empty() {
                let _ = writeln!(text, "{}: no uploads yet", bot.domain_name);
            }
            for upload in uploads {
                text.push_str(&in_words(&bot.domain_name, &upload));
                json.push(as_json(&bot.domain_name, &upload));
            }
        }
        if context.json {
            answer_json(&json.into());
        } else {
            answer(&text);
        }
        Ok(Exit::InSync)
    })
}

fn in_words(bot: &str, upload: &UploadRecord) -> String {
    let (added, changed, removed) = upload.counts;
    let took = match (upload.accepted_at, upload.settled_at) {
        (Some(from), Some(to)) => format!(" in {}", span(millis_duration(to - from))),
        _ => String::new(),
    };
    let words = upload
        .message
        .as_deref()
        .map(|words| format!(": {words}"))
        .unwrap_or_default();
    format!(
        "{} {bot} upload {} ({}): {}, {added} added, {changed} changed, {removed} removed; {}{took}{words}\n",
        rfc3339(upload.prepared_at),
        upload.id.0,
        upload.purpose.name(),
        count(upload.rows, "row", "rows"),
        upload.state.name(),
    )
}

fn as_json(bot: &str, upload: &UploadRecord) -> serde_json::Value {
    let (added, changed, removed) = upload.counts;
    json!({
        "domain_name": bot,
        "upload": upload.id.0,
        "purpose": upload.purpose.name(),
        "state": upload.state.name(),
        "rows": upload.rows,
        "added": added,
        "changed": changed,
        "removed": removed,
        "task_id": upload.task_id,
        "submissions": upload.submissions,
        "prepared": rfc3339(upload.prepared_at),
        "accepted": upload.accepted_at.map(rfc3339),
        "settled": upload.settled_at.map(rfc3339),
        "message": upload.message,
    })
}
