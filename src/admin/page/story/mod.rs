//! The story of one step in plain words: live since when, or waiting and for what, or refused and
//! why, or held, or not known here. Pure.

mod bubbles;
mod causes;
mod facts;
mod readable;
mod step_page;
mod texts;
mod under_way;
mod versions;

use causes::causes;
use facts::Facts;
pub(super) use facts::gather;
pub(super) use step_page::page;
#[cfg(test)]
pub(crate) use tests::upload;
pub(super) use texts::{TextPart, compared};
use under_way::{on_its_way, waits};

use serde::Serialize;

use crate::clock::{Millis, millis_duration, rfc3339, span};
use crate::model::{
    Action, Held, HeldChange, OverrideKind, REMOVAL, Stand, StepOverride, UploadState,
};
use crate::status::{asked, overruled, paused};
use crate::store::{Quarantined, SnapshotStep, UploadRecord};
use crate::text::command_for;

/// The story of one step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Story {
    /// Which sign stands before it.
    sign: &'static str,
    /// What an editor wants to know.
    headline: String,
    /// What happened, in its order.
    moments: Vec<StoryMoment>,
    /// What there is to add.
    sentences: Vec<String>,
    /// What Haptik said.
    haptik_says: Option<String>,
    /// Earlier changes, newest first.
    earlier: Vec<StoryMoment>,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct StoryMoment {
    at: Millis,
    words: String,
    /// How long after the moment before.
    after: Option<String>,
    /// How long everything took until then.
    whole: Option<String>,
}

const UNKNOWN: &str = "unknown";

impl Story {
    fn new(sign: &'static str, headline: &str) -> Self {
        Self {
            sign,
            headline: headline.to_owned(),
            ..Self::default()
        }
    }

    /// Whether there is no story to tell.
    pub(super) fn is_unknown(&self) -> bool {
        self.sign == UNKNOWN
    }

    fn at(&mut self, at: Option<Millis>, words: impl Into<String>) {
        let words = words.into();
        let before = self.moments.last().map(|before| before.at);
        self.moments.extend(at.map(|at| {
            StoryMoment {
                at,
                words,
                after: before
                    .filter(|before| *before <= at)
                    .map(|before| span(millis_duration(at - before))),
                whole: None,
            }
        }));
    }

    fn add(&mut self, sentence: impl Into<String>) {
        self.sentences.push(sentence.into());
    }
}

/// Tells it.
pub(super) fn tell(facts: &Facts) -> Story {
    let mut story = opening(facts);
    if let Some(pinned) = facts.pinned_to {
        story.add(format!(
            "A person took this bot back to what it was after upload {}. The knowledge base waits until somebody runs `{}`.",
            pinned.0,
            command_for("resume", &facts.bot, &[])
        ));
    }
    if let Some(pause) = &facts.paused {
        story.add(format!(
            "Nothing is uploaded to this bot now: it is {}. Why: {}",
            paused(pause),
            pause.reason
        ));
    }
    if let Some(at) = facts.moved_at {
        story.add(format!(
            "The export has changed since {}. What is new in it is read once the upload under way has ended.",
            rfc3339(at)
        ));
    }
    let told = facts.uploads.first().map(|upload| upload.id);
    let is_live = facts.live.is_some() && facts.under_way.is_none();
    story.earlier = facts
        .uploads
        .iter()
        .filter(|upload| upload.state == UploadState::Succeeded)
        .filter(|upload| !(is_live || story.moments.is_empty()) || Some(upload.id) != told)
        .filter_map(|upload| {
            let words = format!("changed by upload {}", upload.id.0);
            upload.settled_at.map(|at| StoryMoment {
                at,
                words,
                after: None,
                whole: None,
            })
        })
        .collect();
    story
}

fn opening(facts: &Facts) -> Story {
    if let Some((change, upload)) = &facts.under_way {
        return on_its_way(facts, change, upload);
    }
    if let Some(spoken) = &facts.spoken {
        return overruled_story(facts, spoken);
    }
    if let Some(refusal) = &facts.refusal {
        return refused(facts, refusal);
    }
    if let Some(held) = &facts.held {
        return held_back(facts, held);
    }
    if let Some(held) = &facts.held_change {
        return change_held_back(facts, held);
    }
    if facts.by_hand {
        return by_hand(facts);
    }
    if facts.still_waiting().is_some() {
        return waits(facts);
    }
    if let Some(reason) = &facts.waiting_removal {
        return absent(facts, reason);
    }
    if let Some(live) = &facts.live {
        return is_live(facts, live);
    }
    if facts.rejection.is_some() {
        let mut story = Story::new(
            "attention",
            "Not live: its article could not be read from the knowledge base.",
        );
        not_taken(facts, &mut story);
        return story;
    }
    match facts.uploads.first() {
        Some(upload) if upload.state == UploadState::Succeeded => gone(facts, upload),
        _ => {
            let mut story = Story::new(UNKNOWN, "No step of this name is known here.");
            story.add(
                "Its article may not have been exported yet, or the step may have another name.",
            );
            story
        }
    }
}

fn overruled_story(facts: &Facts, spoken: &StepOverride) -> Story {
    let is_there = match &spoken.put_back {
        None => facts.live.is_none() != (spoken.kind() == OverrideKind::Kept),
        Some((step, _)) => {
            let live = facts.live.as_ref();
            live.is_some_and(|live| live.step.digest() == step.digest())
        }
    };
    let (sign, headline) = match (spoken.kind(), is_there) {
        (OverrideKind::Withdrawn, true) => ("gone", "Not live: it was withdrawn."),
        (OverrideKind::Withdrawn, false) => (
            "syncing",
            "Still live. It was withdrawn, and leaves the bot with the next upload.",
        ),
        (OverrideKind::Kept, true) => (
            "attention",
            "Live. The knowledge base no longer has it, and somebody keeps it on the bot.",
        ),
        (OverrideKind::Kept, false) => ("gone", "Not live any more."),
        (OverrideKind::PutBack, true) => (
            "attention",
            "Live, in an earlier version that was put back.",
        ),
        (OverrideKind::PutBack, false) => (
            "syncing",
            "An earlier version was put back, and goes live with the next upload.",
        ),
    };
    let mut story = Story::new(sign, headline);
    story.at(Some(spoken.since), overruled(spoken));
    if !spoken.reason.is_empty() {
        story.add(format!("Why: {}", spoken.reason));
    }
    if facts.by_hand {
        story.add("A person must remove it in Haptik.");
    }
    story
}

fn refused(facts: &Facts, refusal: &Quarantined) -> Story {
    let is_removal = refusal.digest == REMOVAL;
    let mut story = Story::new(
        "failing",
        match (is_removal, facts.live.is_some()) {
            (true, _) => "Haptik rejected its removal. It is still live.",
            (false, true) => "Haptik rejected the new text. The earlier one stays live.",
            (false, false) => "Not live: Haptik rejected it.",
        },
    );
    story.at(Some(refusal.since), "rejected");
    story.haptik_says = Some(refusal.reason.clone());
    if !is_removal {
        story.add(format!(
            "Change the article in the knowledge base, and it is tried again automatically. An operator can also run `{}`.",
            command_for("retry", &facts.bot, &[])
        ));
    }
    let newer = facts.still_waiting();
    if newer.is_some_and(|waiting| waiting.digest != refusal.digest) {
        story.add("The article has changed since; the new text is tried next.");
    }
    story
}

fn held_back(facts: &Facts, held: &Held) -> Story {
    let headline = match &held.renamed_to {
        Some(name) => format!("Still live. It would become “{name}”, and that is held back."),
        None => "Still live. The knowledge base no longer has it, and its removal is held back."
            .to_owned(),
    };
    let mut story = Story::new("attention", &headline);
    confirmed(facts, &mut story);
    story.add(format!("Why: {}.", held.reason));
    story
}

fn change_held_back(facts: &Facts, held: &HeldChange) -> Story {
    let mut story = Story::new(
        "attention",
        match held.action {
            Action::Add => "Not live: its text holds something that customers should not see.",
            Action::Change | Action::Remove => {
                "The earlier text stays live: the new one holds something that customers should not see."
            }
        },
    );
    confirmed(facts, &mut story);
    story.add(format!("Why: {}.", held.reason(&facts.bot)));
    if held.shown.is_some() {
        story.add("Keys and numbers in the text below are shown as •••.");
    }
    story
}

fn by_hand(facts: &Facts) -> Story {
    let mut story = Story::new(
        "attention",
        "Still live. The knowledge base no longer has it, and a person must remove it in Haptik.",
    );
    confirmed(facts, &mut story);
    story.add(format!(
        "Once that is done, an operator says so with `{}`.",
        command_for("approve", &facts.bot, &["--removed"])
    ));
    story
}

/// It is off the bot: since when, why, and who released it.
fn gone(facts: &Facts, upload: &UploadRecord) -> Story {
    let mut story = Story::new("gone", "Not live any more: it was taken away.");
    story.at(upload.sent_at, format!("sent (upload {})", upload.id.0));
    story.at(
        upload.settled_at,
        format!("taken away by upload {}", upload.id.0),
    );
    let causes = causes(&facts.versions, &facts.actions, &facts.name);
    let is_last = facts.versions.first().map(|last| last.upload) == Some(upload.id);
    let cause = causes.into_iter().next().flatten().filter(|_| is_last);
    match cause {
        Some(cause) => {
            story.add(format!("Why: {}, {}.", cause.words, rfc3339(cause.at)));
            if !cause.reason.is_empty() {
                story.add(format!("What they said: {}", cause.reason));
            }
        }
        None => {
            story.add(
                "Why: its article was no longer in the knowledge base, or no longer published.",
            );
        }
    }
    story
}

fn absent(facts: &Facts, reason: &str) -> Story {
    let headline = "Still live. The knowledge base no longer has it, and its removal waits.";
    let mut story = Story::new("syncing", headline);
    confirmed(facts, &mut story);
    story.add(format!("Why: {reason}."));
    story
}

/// What the bot says in place of it, where it was asked twice.
fn contradiction(facts: &Facts) -> Option<String> {
    let step = facts.asked.as_ref()?;
    (step.stand() != Stand::Fine).then(|| asked(step)).flatten()
}

fn is_live(facts: &Facts, live: &SnapshotStep) -> Story {
    let mut story = if facts.rejection.is_some() || facts.unread.is_some() {
        Story::new(
            "attention",
            "Live, as last read. Its article in the knowledge base cannot be read now.",
        )
    } else if facts.pinned_to.is_some() {
        Story::new(
            "attention",
            "Live, in the version that a person went back to.",
        )
    } else if facts.looked && facts.moved_at.is_some() {
        Story::new(
            "in_sync",
            "Live. There may be something newer in the knowledge base.",
        )
    } else if facts.looked {
        let read_at = facts.read_at.map(rfc3339);
        let read_at = read_at.map_or_else(String::new, |at| format!(" As read at {at}."));
        let (sign, but) = match contradiction(facts) {
            Some(words) => ("attention", format!(", but {words}")),
            None => ("in_sync", String::new()),
        };
        let headline = format!("Live, as the knowledge base has it{but}.{read_at}");
        Story::new(sign, &headline)
    } else {
        Story::new(
            "in_sync",
            "Live. The knowledge base has not been read completely lately, so there may be something newer.",
        )
    };
    confirmed(facts, &mut story);
    if story.moments.is_empty() {
        story.at(Some(live.confirmed_at), "known to be live");
    }
    not_taken(facts, &mut story);
    story
}

/// When the upload that is live was seen, sent and confirmed.
fn confirmed(facts: &Facts, story: &mut Story) {
    let Some(live) = &facts.live else { return };
    let succeeded = facts.uploads.iter();
    let upload = succeeded
        .clone()
        .find(|upload| upload.settled_at == Some(live.confirmed_at));
    let Some(upload) = upload else { return };
    story.at(Some(upload.prepared_at), "seen in the knowledge base");
    story.at(upload.sent_at, format!("uploaded (upload {})", upload.id.0));
    story.at(Some(live.confirmed_at), "confirmed live by Haptik");
    if let Some(last) = story.moments.last_mut() {
        let whole = millis_duration((live.confirmed_at - upload.prepared_at).max(0));
        last.whole = Some(format!("live {} after it was seen", span(whole)));
    }
}

fn not_taken(facts: &Facts, story: &mut Story) {
    match (&facts.rejection, &facts.unread) {
        (Some(rejection), _) => story.add(format!("{}: {}", rejection.place, rejection.reason)),
        (None, Some(reason)) => story.add(format!("Why: {reason}.")),
        (None, None) => {}
    }
}

#[cfg(test)]
pub(super) mod tests;
