//! `resync`: what is uploaded again.

use serde_json::json;

use super::Told;
use crate::cli::refused::{exit_with, refused_json, refused_text};
use crate::control::{Exit, Resynced};
use crate::text::count;

pub(crate) fn told(reply: &Resynced) -> Told {
    let lines = reply.bots.iter().map(|bot| {
        let steps = count(bot.forgotten, "step", "steps");
        format!(
            "{}: {steps} forgotten; the next sync uploads everything again\n",
            bot.domain_name
        )
    });
    let mut text: String = lines.collect();
    text.push_str(&refused_text(&reply.refused));
    let bots = reply
        .bots
        .iter()
        .map(|bot| json!({ "domain_name": bot.domain_name, "forgotten": bot.forgotten }));
    let bots: Vec<_> = bots.chain(refused_json(&reply.refused)).collect();
    Told {
        json: json!({ "bots": bots }),
        text,
        exit: exit_with(&reply.refused, Exit::InSync),
    }
}
