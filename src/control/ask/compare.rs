//! Finds among the live steps of a bot those that should answer messages, and those whose answers replies
//! are: each list of them is gone through once, however many messages there are.

use super::Question;
use crate::model::{BotReply, Step, says};
use crate::store::{BotId, Store, StoreError};

/// What should answer a message.
#[derive(Debug, Default)]
pub(super) struct Meant {
    /// The expected step, or the first that has this message.
    pub(super) step: Option<Step>,
    /// All that have it.
    pub(super) all: Vec<Step>,
}

/// What each message should find.
pub(super) async fn meant(
    store: &Store,
    id: BotId,
    questions: &[Question],
) -> Result<Vec<Meant>, StoreError> {
    let mut found: Vec<Meant> = questions.iter().map(|_| Meant::default()).collect();
    each_live(store, id, |step| {
        for (question, meant) in questions.iter().zip(&mut found) {
            let has_it = step
                .questions()
                .any(|known| is_same(known, &question.message));
            let is_meant = match &question.expected {
                Some(expected) => step.node_name == *expected,
                None => has_it && meant.step.is_none(),
            };
            if is_meant {
                meant.step = Some(step.clone());
            }
            if has_it {
                meant.all.push(step.clone());
            }
        }
    })
    .await?;
    Ok(found)
}

/// The step whose answer each reply is.
pub(super) async fn answering(
    store: &Store,
    id: BotId,
    replies: &[Option<BotReply>],
) -> Result<Vec<Option<Step>>, StoreError> {
    let mut found: Vec<Option<Step>> = vec![None; replies.len()];
    each_live(store, id, |step| {
        for (reply, answering) in replies.iter().zip(&mut found) {
            let is_it = |reply: &BotReply| answering.is_none() && says(reply, step);
            if reply.as_ref().is_some_and(is_it) {
                *answering = Some(step.clone());
            }
        }
    })
    .await?;
    Ok(found)
}

async fn each_live(
    store: &Store,
    id: BotId,
    mut look: impl FnMut(&Step),
) -> Result<(), StoreError> {
    let mut after: Option<String> = None;
    loop {
        let page = store.live_page(id, after.as_deref()).await?;
        page.iter().for_each(&mut look);
        match page.last() {
            Some(last) => after = Some(last.node_name.clone()),
            None => return Ok(()),
        }
    }
}

/// What a step says, for people.
pub(super) fn bubbles(step: &Step) -> Vec<String> {
    BotReply::of_texts(step.answers())
        .texts()
        .into_iter()
        .map(str::to_owned)
        .collect()
}

fn is_same(known: &str, message: &str) -> bool {
    known.trim().to_lowercase() == message.trim().to_lowercase()
}
