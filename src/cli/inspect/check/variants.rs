//! Whether user messages beside the articles find their articles, which only all sources together tell.

use super::{Check, CheckVerdict};
use crate::clock::Clock;
use crate::config::{Bot, SourceHolds};
use crate::model::Rejection;
use crate::sync::content;
use crate::text::{FEW, count, first};

/// What is to be said of the messages of a bot, if it has any.
pub(crate) async fn variants(bot: &Bot, clock: &Clock) -> Option<Check> {
    if !bot.has_variants() {
        return None;
    }
    let read = content(bot, clock).await;
    let is_message = |note: &&Rejection| {
        let mut sources = bot.sources.iter();
        let source = sources.find(|source| source.name == note.source);
        source.is_some_and(|source| source.holds == SourceHolds::Messages) && note.id.is_some()
    };
    let notes: Vec<&Rejection> = read.notes.iter().filter(is_message).collect();
    let name = format!("user messages {}", bot.domain_name);
    if notes.is_empty() {
        return Some(Check::ok(
            name,
            "each is for an article or step that there is",
        ));
    }
    let told = notes.iter().map(|note| {
        let id = note.id.as_deref().unwrap_or_default();
        format!("\n{} {id}: {}", note.place, note.reason)
    });
    let evidence = format!(
        "{} to look at:{}",
        count(notes.len() as u64, "row", "rows"),
        first(told, notes.len(), FEW)
    );
    let remedy = "correct the ids in that file; the other rows are sent";
    Some(Check::found(name, CheckVerdict::Warning, evidence, remedy))
}
