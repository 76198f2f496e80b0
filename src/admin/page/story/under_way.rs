//! The story of a step whose change is on its way to Haptik, or waits to be. Pure.

use super::Story;
use super::facts::Facts;
use crate::clock::span;
use crate::model::{Action, Change, Purpose, UploadState};
use crate::store::UploadRecord;

pub(super) fn on_its_way(facts: &Facts, change: &Change, upload: &UploadRecord) -> Story {
    let is_sent = !matches!(upload.state, UploadState::Writing | UploadState::Prepared);
    let mut story = Story::new(
        if facts.error.is_some() && !is_sent {
            "failing"
        } else {
            "syncing"
        },
        match (upload.purpose, change.action) {
            (Purpose::Control, _) => {
                "Live. It goes up once more as it is, to find out whether Haptik takes anything at all."
            }
            (Purpose::Recovery, Action::Remove) => {
                "Haptik named it when it rejected the bot's last good set. The set goes up without it, to learn whether it is to blame."
            }
            (Purpose::Recovery, _) => "The bot is being made whole again, and this step with it.",
            (_, Action::Add) if is_sent => "Not live yet. It is on its way to Haptik.",
            (_, Action::Add) => "Not live yet. It has not been sent to Haptik.",
            (_, Action::Change) if is_sent => {
                "The new text is not live yet. It is on its way to Haptik; until then the earlier one answers."
            }
            (_, Action::Change) => {
                "The new text is not live yet, and has not been sent to Haptik; until then the earlier one answers."
            }
            (_, Action::Remove) => "It is being taken away.",
        },
    );
    story.at(Some(upload.prepared_at), "seen in the knowledge base");
    match upload.state {
        UploadState::Writing | UploadState::Prepared => story.add(match &facts.error {
            // Haptik surely has nothing of it: it said so, or nobody answered.
            Some(error) if upload.submissions > 0 => {
                format!("Haptik has not accepted upload {}: {error}", upload.id.0)
            }
            Some(error) => format!("It was not sent yet: {error}"),
            None => format!("It was not sent yet (upload {}).", upload.id.0),
        }),
        UploadState::Sent | UploadState::InDoubt => {
            story.at(upload.sent_at, format!("sent (upload {})", upload.id.0));
        }
        UploadState::Accepted | UploadState::Succeeded | UploadState::Failed => {
            story.at(upload.sent_at, format!("sent (upload {})", upload.id.0));
            story.at(
                upload.accepted_at,
                "accepted by Haptik, which is working on it",
            );
        }
    }
    if upload.state == UploadState::InDoubt {
        story.add("Haptik's answer was lost on the way, so the same upload goes out again.");
    }
    if let Some(usual) = facts.usual {
        let usual = span(usual);
        story.add(format!(
            "Haptik usually takes {usual} for an upload of this bot."
        ));
    }
    story
}

pub(super) fn waits(facts: &Facts) -> Story {
    let waiting = facts.still_waiting();
    let action = waiting.map_or(Action::Change, |waiting| waiting.action);
    let mut story = Story::new(
        "syncing",
        match action {
            Action::Add => "Not live yet. It was seen in the knowledge base and waits.",
            Action::Change => {
                "The new text is not live yet and waits; until then the earlier one answers."
            }
            Action::Remove => {
                "Still live. The knowledge base no longer has it, and its removal waits."
            }
        },
    );
    story.at(
        waiting.map(|waiting| waiting.since),
        "seen in the knowledge base",
    );
    match (&facts.error, &facts.busy_with) {
        (Some(error), _) => {
            story.sign = "failing";
            story.add(format!("It waits because the sync is failing: {error}"));
        }
        (None, Some(upload)) => story.add(format!(
            "It waits for upload {}, which is under way; nothing newer goes out before that has ended.",
            upload.id.0
        )),
        (None, None) => story.add("It goes out with the next upload."),
    }
    story
}
