//! Words about bots that several faces have: the command line and the page say the same.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::bot_status::BotStatus;
use crate::clock::rfc3339;
use crate::model::{AskedStep, CANARY, CanaryFinding, OverrideKind, Stand, StepOverride, Verdict};
use crate::store::{ActionRecord, Pause, UploadRecord};
use crate::text::{command_for, count, one_line, shown};

/// Names on one line.
const SHOWN: usize = 3;
/// Characters of what Haptik says of a canary.
const REASON: usize = 300;

/// How many steps there are of each kind.
pub(crate) fn counts(status: &BotStatus) -> String {
    let mut text = format!(
        "{} live, {} pending, {} quarantined, {} held",
        status.live,
        status.pending.unwrap_or(0),
        status.quarantined,
        count(status.held_removals, "removal", "removals"),
    );
    let mut also = |number: u64, what: &str| {
        if number > 0 {
            let _ = write!(text, ", {number} {what}");
        }
    };
    also(
        status.held_changes,
        if status.held_changes == 1 {
            "change held"
        } else {
            "changes held"
        },
    );
    also(status.waiting_removals, "waiting");
    also(status.manual_removals, "to remove manually");
    also(status.unread, "unread");
    also(status.withdrawn, "withdrawn");
    also(status.put_back, "put back");
    also(status.kept, "kept without an article");
    let asked = &status.verification;
    let verified = asked.verdicts.get(&Verdict::Verified).copied();
    also(verified.unwrap_or(0), "verified by asking the bot");
    also(asked.untrained.len() as u64, "waiting for training");
    also(asked.unanswered.len() as u64, "not answered by the bot yet");
    also(asked.drifted.len() as u64, "no longer answered by the bot");
    if status.rejected > 0 {
        let rejected = count(status.rejected, "row or file", "rows or files");
        let _ = write!(text, ", {rejected} skipped");
    }
    text
}

/// What asking for a step came to; `None` where it was not asked for.
pub(crate) fn asked(step: &AskedStep) -> Option<String> {
    let verdict = step.verdict?;
    let what = match (&step.other, step.stand()) {
        (Some(other), _) => format!("step \"{}\" answers instead", shown(other)),
        (None, Stand::Untrained) => "the bot does not understand it until it is trained".to_owned(),
        (None, _) => verdict.in_words().to_owned(),
    };
    let since = match step.verified_at {
        Some(at) if verdict != Verdict::Verified => format!(", last answered {}", rfc3339(at)),
        _ => String::new(),
    };
    let sent = if step.resent_at.is_some() && verdict != Verdict::Verified {
        ", uploaded once more since"
    } else {
        ""
    };
    Some(format!("{what}{since}{sent}"))
}

/// What the canary of a bot has found, what that means, and what to do.
pub(crate) fn canary(finding: &CanaryFinding, bot: &str) -> String {
    let (resume, resync) = (
        command_for("resume", bot, &[]),
        command_for("resync", bot, &[]),
    );
    match finding {
        CanaryFinding::SecondService => format!(
            "a second service uploads to this bot: the canary names another owner. Customers get the answers of whichever uploads last, and nothing is uploaded once more. Find the other service, which may be an old installation or a test, and switch one of the two off; then run `{resume}` and `{resync}`"
        ),
        CanaryFinding::CopiedState => format!(
            "the canary names an upload that this state does not know. A copy of the state uploads to this bot, or the state was put back from a backup. Nothing is uploaded once more. Switch the copy off; then run `{resume}` and `{resync}`"
        ),
        CanaryFinding::PublishedOver => format!(
            "the bot answers with an older canary: somebody published over it, or went back to an older version. Customers may get old answers, and nothing is uploaded once more. `{resync}` uploads everything again"
        ),
        CanaryFinding::Unanswered { was_answered: true } => format!(
            "the bot no longer answers its canary. Its step was removed or switched off, perhaps by a second service, and nothing is uploaded once more. See in Haptik whether the step \"{CANARY}\" is active; `{resync}` uploads everything again"
        ),
        CanaryFinding::Unanswered {
            was_answered: false,
        } => "the bot does not answer its canary yet. Train the bot in Haptik; this is over as soon as it answers. Until then nothing is uploaded once more".to_owned(),
        CanaryFinding::Refused { reason } => format!(
            "Haptik rejected the canary: {}. All other steps go up without it, and nothing is uploaded once more. It is tried again every day, and at once after `{resume}`; or set haptik.ask.canary = false",
            one_line(reason, REASON)
        ),
        CanaryFinding::LeftBehind => format!(
            "the canary is switched off, and its step \"{CANARY}\" is still on the bot. Remove it manually in Haptik; then run `{resume}`"
        ),
    }
}

/// That a bot is paused, by whom and until when.
pub(crate) fn paused(pause: &Pause) -> String {
    let until = match pause.until {
        Some(until) => format!("until {}", rfc3339(until)),
        None => "until somebody resumes it".to_owned(),
    };
    format!("paused by {} {until}", pause.who)
}

/// An upload in a document, with the first names that it changed.
pub(crate) fn upload_json(bot: &str, upload: &UploadRecord, names: &[String]) -> serde_json::Value {
    json!({
        "domain_name": bot,
        "upload": upload.id.0,
        "purpose": upload.purpose.name(),
        "state": upload.state.name(),
        "rows": upload.rows,
        "added": upload.counts.added,
        "changed": upload.counts.changed,
        "removed": upload.counts.removed,
        "names": names,
        "task_id": upload.task_id,
        "submissions": upload.submissions,
        "prepared": rfc3339(upload.prepared_at),
        "accepted": upload.accepted_at.map(rfc3339),
        "settled": upload.settled_at.map(rfc3339),
        "message": upload.message,
    })
}

/// What a person has said of a step, and who it was.
pub(crate) fn overruled(spoken: &StepOverride) -> String {
    let who = &spoken.who;
    match &spoken.put_back {
        None if spoken.kind() == OverrideKind::Kept => {
            format!("kept by {who}, although its article is gone, until it is back")
        }
        None => format!("withdrawn by {who}, until its article is changed"),
        Some((_, upload)) => format!(
            "put back by {who} to what upload {} brought, until its article is changed",
            upload.0
        ),
    }
}

/// What came of it, in a few words.
pub(crate) fn details(action: &ActionRecord) -> String {
    let Some(details) = action.details.as_object() else {
        return String::new();
    };
    let parts = details.iter().filter_map(|(key, value)| part(key, value));
    parts.collect::<Vec<_>>().join("; ")
}

/// One of its details; `None` where it says nothing.
fn part(key: &str, value: &Value) -> Option<String> {
    let key = key.replace('_', " ");
    match value {
        Value::Array(names) if names.is_empty() => None,
        Value::Array(names) => {
            let first: Vec<_> = names.iter().take(SHOWN).filter_map(Value::as_str).collect();
            let more = if names.len() > SHOWN { ", …" } else { "" };
            Some(format!(
                "{key} {} ({}{more})",
                names.len(),
                first.join(", ")
            ))
        }
        Value::String(text) if text.is_empty() => None,
        Value::Bool(true) => Some(key),
        Value::Null | Value::Bool(false) => None,
        Value::String(text) => Some(format!("{key} {text}")),
        other => Some(format!("{key} {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_short() {
        let action = |details| ActionRecord {
            at: 0,
            who: "root".into(),
            what: "approve".into(),
            domain_name: None,
            plan: Some(7),
            details,
        };
        for (given, expected) in [
            (
                json!({ "released": ["a", "b"], "struck_off": [] }),
                "released 2 (a, b)",
            ),
            (
                json!({ "released": ["a", "b", "c", "d"], "struck_off": ["x"] }),
                "released 4 (a, b, c, …); struck off 1 (x)",
            ),
            (json!({ "empty": true, "incomplete": false }), "empty"),
            (json!({ "upload": 5 }), "upload 5"),
            (
                json!({ "haptik": "sandbox", "dropped_upload": null }),
                "haptik sandbox",
            ),
            (json!({}), ""),
        ] {
            assert_eq!(details(&action(given)), expected);
        }
    }
}
