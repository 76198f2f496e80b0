//! `history`: the past uploads, and what people did.

pub(crate) mod actions;

use std::fmt::Write as _;

use crate::cli::context::{Context, answer, answer_json};
use crate::cli::output::{state, table, time, wrapped};
use crate::cli::refused::{complain_of, exit_with};
use crate::clock::{millis_duration, span};
use crate::control::{CommandFailure, Exit, readable_bots};
use crate::status::upload_json;
use crate::store::{Store, UploadRecord};
use crate::text::{count, shown_lines};

#[derive(Debug, clap::Args)]
pub(crate) struct HistoryArgs {
    /// Only this bot
    pub(crate) bot: Option<String>,
    /// How many uploads of each bot, or how many actions
    #[arg(long, default_value_t = 20)]
    pub(crate) limit: u32,
    /// What people did, and who, in place of the uploads
    #[arg(long)]
    pub(crate) actions: bool,
}

/// Names of changed steps in the answer for one upload at the most.
const NAMES: u32 = 1000;
/// Names of changed steps on one line.
const SHOWN: usize = 3;

pub(crate) fn history(context: &Context, wanted: &HistoryArgs) -> Result<Exit, CommandFailure> {
    let config = context.config()?;
    context.block_on(async {
        let store = Store::open_for_reading(&config).await?;
        if wanted.actions {
            return actions::actions(context, &config, &store, wanted).await;
        }
        let admitted = readable_bots(&store, &config, wanted.bot.as_deref()).await?;
        let mut json = Vec::new();
        let mut rows = Vec::new();
        let mut without = String::new();
        for bot in &admitted.bots {
            let uploads = match store.find_bot(&bot.domain_name).await? {
                Some(id) => store.history(id, wanted.limit).await?,
                None => Vec::new(),
            };
            if uploads.is_empty() {
                let _ = writeln!(without, "{}: no uploads yet", bot.domain_name);
            }
            for upload in uploads {
                let names = store.changed_by(upload.id, NAMES).await?;
                rows.push(cells(&bot.domain_name, &upload, &names));
                json.push(upload_json(&bot.domain_name, &upload, &names));
            }
        }
        if context.json {
            answer_json(&json)?;
        } else {
            let uploads = table(&["WHEN", "BOT", "UPLOAD", "RESULT", "WHAT"], &rows);
            answer(&format!("{uploads}{}", wrapped(&without)))?;
        }
        complain_of(&admitted.refused);
        Ok(exit_with(&admitted.refused, Exit::InSync))
    })
}

/// Its line, cell by cell, and Haptik's words.
fn cells(bot: &str, upload: &UploadRecord, names: &[String]) -> Vec<String> {
    let took = match (upload.accepted_at, upload.settled_at) {
        (Some(from), Some(to)) => format!(" in {}", span(millis_duration(to - from))),
        _ => String::new(),
    };
    let words = upload.message.as_deref().unwrap_or_default();
    vec![
        time(upload.prepared_at),
        bot.to_owned(),
        format!("upload {} ({})", upload.id.0, upload.purpose.name()),
        format!("{}{took}", state(upload.state.name())),
        format!(
            "{} {}{}: {}",
            count(upload.rows, "row", "rows"),
            upload.counts,
            some(names),
            shown_lines(words, 4)
        ),
    ]
}

/// The first names, on a line that has room for three.
fn some(names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let more = if names.len() > SHOWN { ", …" } else { "" };
    let shown: Vec<_> = names
        .iter()
        .take(SHOWN)
        .map(|name| shown_lines(name, 1))
        .collect();
    format!(" ({}{more})", shown.join(", "))
}
