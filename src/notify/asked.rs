//! What stands against a bot that was asked what it answers, in words. Pure.

use super::causes::{CauseContext, about_one, listed, many};
use super::letter::NAME;
use crate::clock::rfc3339;
use crate::model::{Cause, Verdict};
use crate::status::canary as in_words;
use crate::text::{FEW, command_for, one_line};

/// What a message tells of each, and not only by name.
const TOLD: usize = 3;

pub(super) fn untrained(context: &CauseContext<'_>) -> Option<Cause> {
    let names = &context.verification.untrained;
    let first = names.iter().take(TOLD).map(|name| one_line(name, NAME));
    about(names.iter(), |count| {
        format!(
            "{} for training: {}. Haptik has confirmed {}, and the bot does not understand the new user messages. Train the bot in Haptik; this is over as soon as it understands one",
            many(count, "change waits", "changes wait"),
            listed(&first.collect::<Vec<_>>(), count),
            if count == 1 { "it" } else { "them" },
        )
    })
}

pub(super) fn unanswered(context: &CauseContext<'_>) -> Option<Cause> {
    let steps = &context.verification.unanswered;
    about(steps.iter().map(|(name, _)| name), |count| {
        format!(
            "{} confirmed by Haptik, and the bot does not say so: {}. Check whether an older version was published over it, or whether another step has the same user message; `{}` says what the bot answers",
            many(count, "change is", "changes are"),
            told(steps),
            command_for("ask", context.bot, &["\"MESSAGE\""]),
        )
    })
}

pub(super) fn drifted(context: &CauseContext<'_>) -> Option<Cause> {
    let steps = &context.verification.drifted;
    about(steps.iter().map(|(name, _)| name), |count| {
        format!(
            "{} should be live, and the bot no longer answers {}: {}. Customers get something else. Somebody may have edited the bot, published from staging or gone back to an older version; `{}` uploads everything again",
            many(count, "step", "steps"),
            if count == 1 { "it" } else { "them" },
            told(steps),
            command_for("resync", context.bot, &[]),
        )
    })
}

pub(super) fn agent(context: &CauseContext<'_>) -> Option<Cause> {
    let until = context.verification.not_before?;
    (until > context.now).then(|| {
        about_one(format!(
            "when it was asked for a step, the bot handed the chat to an agent. Nothing is asked of it until {}, so that no agent is called again. Add what the bot said then to haptik.ask.hand_over, or ask on a channel without agents",
            rfc3339(until)
        ))
    })
}

pub(super) fn canary(context: &CauseContext<'_>) -> Option<Cause> {
    let finding = context.verification.canary.as_ref()?;
    Some(about_one(in_words(finding, context.bot)))
}

fn about<'n>(
    names: impl Iterator<Item = &'n String> + Clone,
    words: impl FnOnce(u64) -> String,
) -> Option<Cause> {
    let count = names.clone().count() as u64;
    (count > 0).then(|| Cause {
        count,
        names: names.take(FEW).cloned().collect(),
        words: words(count),
    })
}

fn told(steps: &[(String, Verdict)]) -> String {
    let first = steps
        .iter()
        .take(TOLD)
        .map(|(name, verdict)| format!("\"{}\" ({})", one_line(name, NAME), verdict.in_words()));
    listed(&first.collect::<Vec<_>>(), steps.len() as u64)
}
