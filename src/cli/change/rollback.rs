//! `rollback`: where the bot goes from here.

use serde_json::json;

use super::Told;
use crate::control::{Exit, Pinning};
use crate::text::command_for;

pub(crate) fn told(reply: &Pinning) -> Told {
    let (bot, to) = (&reply.domain_name, reply.to.0);
    Told {
        json: json!({ "domain_name": bot, "pinned_to": to }),
        text: format!(
            "{bot}: the next sync makes it what it was after upload {to}, and keeps it so until `{}`\n",
            command_for("resume", bot, &[])
        ),
        exit: Exit::InSync,
    }
}
