//! `rebind`: what was forgotten of a bot, and what is left where it was.

use std::fmt::Write as _;

use serde_json::json;

use super::Told;
use crate::control::{Exit, Rebound};
use crate::text::{command_for, count};

pub(crate) fn told(reply: &Rebound) -> Told {
    let forgotten = &reply.forgotten;
    Told {
        json: json!({
            "domain_name": reply.domain_name,
            "from": reply.from,
            "to": reply.to,
            "forgotten": forgotten.live,
            "quarantined": forgotten.quarantined,
            "uncertain": forgotten.uncertain,
            "approvals": forgotten.approvals,
            "open_removals": forgotten.open_removals,
            "dropped_upload": forgotten.dropped.map(|upload| upload.0),
            "pinned_to": forgotten.pinned_to.map(|upload| upload.0),
        }),
        text: in_words(reply),
        exit: Exit::InSync,
    }
}

fn in_words(reply: &Rebound) -> String {
    let (bot, forgotten) = (&reply.domain_name, &reply.forgotten);
    let many = |number, one, several| (number > 0).then(|| count(number, one, several));
    let parts = [
        Some(count(forgotten.live, "live step", "live steps")),
        many(
            forgotten.quarantined,
            "step in quarantine",
            "steps in quarantine",
        ),
        many(forgotten.uncertain, "uncertain step", "uncertain steps"),
        many(forgotten.open_removals, "open removal", "open removals"),
        many(forgotten.approvals, "approval", "approvals"),
        forgotten
            .pinned_to
            .map(|upload| format!("the rollback to upload {}", upload.0)),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    let mut text = format!(
        "{bot}: taken from {} to {}\n  forgotten: {}\n",
        reply.from,
        reply.to,
        parts.join(", ")
    );
    if let Some(upload) = forgotten.dropped {
        let _ = writeln!(
            text,
            "  upload {} was under way and is dropped; {} may still carry it out",
            upload.0, reply.from.haptik
        );
    }
    let _ = writeln!(
        text,
        "  What {} holds of this bot stays there as it is. The next sync uploads everything to {}; `{}` shows it",
        reply.from.haptik,
        reply.to.haptik,
        command_for("plan", bot, &[])
    );
    text
}
