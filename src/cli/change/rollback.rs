//! `rollback` and `resume`: where the bot goes from here.

use serde_json::json;

use super::Told;
use crate::control::{Exit, Pinning};
use crate::text::command_for;

pub(crate) fn told(reply: &Pinning) -> Told {
    let bot = &reply.domain_name;
    let to = reply.to.map(|upload| upload.0);
    Told {
        json: json!({ "domain_name": bot, "pinned_to": to }),
        text: match to {
            Some(to) => format!(
                "{bot}: the next sync makes it what it was after upload {to}, and keeps it so until `{}`\n",
                command_for("resume", bot, &[])
            ),
            None => format!("{bot}: follows its sources again from the next sync on\n"),
        },
        exit: Exit::InSync,
    }
}
