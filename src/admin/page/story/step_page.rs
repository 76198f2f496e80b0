//! All that the page of one step shows: its story, its texts side by side and as bubbles, its versions, and
//! what a person can do with it. Pure.

use serde::Serialize;

use super::Story;
use super::bubbles::{BubbleView, bubbles};
use super::facts::{DesiredNow, Facts};
use super::texts::{Texts, texts};
use super::versions::{VersionView, versions};
use crate::clock::rfc3339;
use crate::model::{OverrideKind, Step};
use crate::status::asked;

/// Characters of a title.
const TITLE: usize = 160;

/// The page.
#[derive(Debug, Serialize)]
pub(in crate::admin::page) struct StepPage {
    bot: String,
    name: String,
    /// Its first user message, or its name where no message is known.
    title: String,
    story: Story,
    /// What the bot answered when it was asked for it.
    asked: Option<String>,
    texts: Option<Texts>,
    live_bubbles: Vec<BubbleView>,
    wanted_bubbles: Vec<BubbleView>,
    versions: Vec<VersionView>,
    /// What it said before it was taken away.
    last: Option<LastText>,
    /// It follows its article, and could be taken off the bot.
    can_withdraw: bool,
    /// A person has spoken of it: `withdrawn`, `put_back` or `kept`.
    spoken: Option<&'static str>,
    can_retry: bool,
    /// A person can release its `removal` or its `change`; or its removal is `waiting`.
    held: Option<&'static str>,
}

/// What a step said that is not live any more.
#[derive(Debug, Serialize)]
struct LastText {
    /// Its user messages.
    questions: Vec<String>,
    bubbles: Vec<BubbleView>,
}

/// What is shown of these facts.
pub(in crate::admin::page) fn page(facts: &Facts, name: &str, story: Story) -> StepPage {
    let live = facts.live.as_ref().map(|live| &live.step);
    let wanted = match facts.wanted() {
        DesiredNow::Text(step) => Some(step),
        DesiredNow::AsLive => live,
        DesiredNow::Gone | DesiredNow::NotKept => None,
    };
    let kept = facts
        .versions
        .iter()
        .find_map(|version| version.step.as_ref());
    let spoken = facts.spoken.as_ref();
    // Of a step with an override, and of one that is held, what the article says is known by its digest alone.
    let held_change = facts.held_change.as_ref();
    let article = spoken
        .map(|spoken| spoken.of)
        .or_else(|| held_change.map(|held| held.digest))
        .or_else(|| wanted.map(Step::digest));
    StepPage {
        bot: facts.bot.clone(),
        name: name.to_owned(),
        title: title(wanted.or(live).or(kept), name),
        asked: facts.asked.as_ref().and_then(|step| {
            let at = step.at.map(rfc3339).unwrap_or_default();
            Some(format!("Asked at {at}: {}.", asked(step)?))
        }),
        texts: texts(facts),
        live_bubbles: live.map(bubbles).unwrap_or_default(),
        wanted_bubbles: match facts.wanted() {
            DesiredNow::Text(step) => bubbles(step),
            _ => Vec::new(),
        },
        versions: versions(facts, article),
        last: last(facts),
        can_withdraw: (live.is_some()
            || facts.held_change.is_some()
            || facts.still_waiting().is_some())
            && spoken.is_none_or(|spoken| spoken.kind() != OverrideKind::Withdrawn),
        spoken: spoken.map(|spoken| spoken.kind().name()),
        can_retry: facts.refusal.is_some(),
        held: held(facts),
        story,
    }
}

/// `None` where something is live, or is wanted and shown for that.
fn last(facts: &Facts) -> Option<LastText> {
    if facts.live.is_some() || matches!(facts.wanted(), DesiredNow::Text(_)) {
        return None;
    }
    let mut versions = facts.versions.iter();
    let step = versions.find_map(|version| version.step.as_ref())?;
    Some(LastText {
        questions: step.questions().map(str::to_owned).collect(),
        bubbles: bubbles(step),
    })
}

fn held(facts: &Facts) -> Option<&'static str> {
    if facts.held.is_some() || facts.by_hand {
        return Some("removal");
    }
    if facts.waiting_removal.is_some() {
        return Some("waiting");
    }
    facts.held_change.as_ref().map(|_| "change")
}

fn title(step: Option<&Step>, name: &str) -> String {
    let first = step.and_then(|step| {
        step.questions()
            .map(str::trim)
            .find(|text| !text.is_empty())
    });
    first.unwrap_or(name).chars().take(TITLE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_is_what_customers_ask() {
        let step = |question: &str| Step {
            node_name: "kb-1".into(),
            question: question.into(),
            answer: "x".into(),
        };
        for (question, expected) in [("When?|How?", "When?"), (" | How?", "How?"), ("", "kb-1")] {
            assert_eq!(title(Some(&step(question)), "kb-1"), expected);
        }
        assert_eq!(title(None, "kb-1"), "kb-1");
    }
}
