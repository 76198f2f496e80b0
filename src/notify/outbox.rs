//! What one receiver has not taken yet goes to it, oldest first. One receiver that takes nothing holds up no other.

use std::collections::BTreeSet;
use std::time::Duration;

use super::letter::{Letter, Sender};
use super::transport::{PostProblem, http, send};
use crate::clock::{Clock, duration_millis, span};
use crate::config::{Config, DigestSettings, Receiver};
use crate::haptik::{HttpTransport, TransportError};
use crate::model::{CauseKind, Message};
use crate::store::{Store, StoreError};

/// The first wait after a message was not taken; it doubles up to the longest.
const FIRST_WAIT: Duration = Duration::from_secs(15);
const LONGEST_WAIT: Duration = Duration::from_hours(1);
/// A message that nobody took for so long is news no more.
const GIVE_UP_AFTER: Duration = Duration::from_hours(72);

/// Sends what is kept for one receiver.
pub(super) struct Outbox {
    receiver: Receiver,
    http: Option<HttpTransport>,
    /// Messages that it will not have, by number.
    refused: BTreeSet<i64>,
    /// How often it has taken nothing since it last took something.
    failed: u32,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Posted {
    Taken,
    GivenUp,
    /// The receiver will not have it, now or later. Others may be welcome.
    Refused,
    /// The receiver takes nothing at present.
    NotTaken,
}

/// What an outbox sends with.
#[derive(Clone, Copy)]
pub(super) struct Means<'a> {
    pub(super) store: &'a Store,
    pub(super) clock: &'a Clock,
    pub(super) sender: &'a Sender,
}

impl Outbox {
    pub(super) fn new(receiver: Receiver) -> Result<Self, TransportError> {
        let is_mail = receiver.mail.is_some();
        let http = (!is_mail).then(|| http(&receiver.url)).transpose()?;
        Ok(Self {
            receiver,
            http,
            refused: BTreeSet::new(),
            failed: 0,
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.receiver.name
    }

    /// What authors are written, where it is for them.
    pub(super) fn digest(&self) -> Option<&DigestSettings> {
        self.receiver.mail.as_ref()?.digest.as_ref()
    }

    /// Whether it is told of this bot, whatever it is.
    pub(super) fn has_bot(&self, bot: &str) -> bool {
        let bots = &self.receiver.bots;
        bots.is_empty() || bots.iter().any(|one| one == bot)
    }

    /// Whether it is told of this; `None`: of the service.
    pub(super) fn is_told(&self, bot: Option<&str>, kind: CauseKind) -> bool {
        let Receiver { bots, events, .. } = &self.receiver;
        if self.digest().is_some() {
            return false;
        }
        let of_bot = bots.is_empty() || bot.is_some_and(|bot| bots.iter().any(|one| one == bot));
        of_bot && (events.is_empty() || events.contains(&kind))
    }

    /// Posts what is due, oldest first. A message that the receiver will not have holds up no other one; it
    /// is given up once the receiver has taken another, which shows that it is about that message.
    pub(super) async fn post_what_is_due(&mut self, means: Means<'_>) -> Result<(), StoreError> {
        let (mut after, mut some_taken) = (0, false);
        while let Some((message, due)) = means
            .store
            .message_after(&self.receiver.name, after)
            .await?
        {
            after = message.id;
            let is_refused = self.refused.contains(&message.id);
            if due > means.clock.now() {
                if is_refused {
                    continue;
                }
                break;
            }
            match self.post(message, means).await? {
                Posted::Taken => some_taken = true,
                Posted::GivenUp | Posted::Refused => {}
                Posted::NotTaken => break,
            }
        }
        if some_taken {
            self.give_refused_up(means).await?;
        }
        Ok(())
    }

    /// Each goes once more: the receiver may have been at fault, and may be fixed.
    async fn give_refused_up(&mut self, means: Means<'_>) -> Result<(), StoreError> {
        for id in self.refused.clone() {
            let next = means
                .store
                .message_after(&self.receiver.name, id - 1)
                .await?;
            let Some((message, _)) = next.filter(|(message, _)| message.id == id) else {
                self.refused.remove(&id);
                continue;
            };
            let (bot, words) = (message.bot.clone(), in_log(&message).to_owned());
            if self.post(message, means).await? == Posted::Refused {
                tracing::error!(
                    bot,
                    "the receiver {} takes other messages and refuses this one for good, so it is given up: {words}",
                    self.name()
                );
                self.end(id, means).await?;
            }
        }
        Ok(())
    }

    async fn end(&mut self, id: i64, means: Means<'_>) -> Result<(), StoreError> {
        self.refused.remove(&id);
        means.store.end_message(id).await
    }

    async fn post(&mut self, message: Message, means: Means<'_>) -> Result<Posted, StoreError> {
        let now = means.clock.now();
        let letter = Letter {
            message: &message,
            sender: means.sender,
        };
        let sent = send(&self.receiver, self.http.as_ref(), letter, now).await;
        self.say(sent.as_ref().err());
        let Err(problem) = sent else {
            self.end(message.id, means).await?;
            return Ok(Posted::Taken);
        };
        if now - message.at > duration_millis(GIVE_UP_AFTER) {
            tracing::error!(
                bot = message.bot,
                "the receiver {} did not take this message for {}, and it is given up ({problem}): {}",
                self.name(),
                span(GIVE_UP_AFTER),
                in_log(&message)
            );
            self.end(message.id, means).await?;
            return Ok(Posted::GivenUp);
        }
        let wait = FIRST_WAIT
            .saturating_mul(1 << message.attempts.min(10))
            .min(LONGEST_WAIT);
        let due = now + duration_millis(wait);
        means.store.postpone_message(message.id, due).await?;
        Ok(if problem.is_for_good() {
            self.refused.insert(message.id);
            Posted::Refused
        } else {
            self.refused.remove(&message.id);
            Posted::NotTaken
        })
    }

    /// One line when it begins to take nothing, and one when it takes something again.
    fn say(&mut self, problem: Option<&PostProblem>) {
        match (problem, self.failed) {
            (Some(problem), 0) => {
                tracing::warn!(
                    "the receiver {} did not take a message ({problem}); it is kept and goes again",
                    self.name()
                );
                self.failed = 1;
            }
            (Some(_), _) => self.failed += 1,
            (None, 0) => {}
            (None, failed) => {
                tracing::info!(
                    "the receiver {} takes messages again, after {failed} failed attempts",
                    self.name()
                );
                self.failed = 0;
            }
        }
    }
}

/// A message as the log has it: what authors are written is about what they wrote.
fn in_log(message: &Message) -> &str {
    match message.recipient {
        Some(_) => "a mail to an author",
        None => &message.words,
    }
}

/// What came of a test message to one receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// The receiver.
    pub receiver: String,
    /// Why it did not take the message.
    pub problem: Option<String>,
}

/// Sends a test message to every receiver, or to that of one name. Nothing of it is kept.
pub async fn try_receivers(
    config: &Config,
    clock: &Clock,
    only: Option<&str>,
) -> Result<Vec<Tried>, TransportError> {
    let sender = Sender::of(config);
    let receivers = config.notify.iter().flat_map(|notify| &notify.receivers);
    let mut tried = Vec::new();
    for receiver in receivers.filter(|one| only.is_none_or(|only| only == one.name)) {
        let outbox = Outbox::new(receiver.clone())?;
        let message = Message::test(&receiver.name, clock.now());
        let letter = Letter {
            message: &message,
            sender: &sender,
        };
        let sent = send(receiver, outbox.http.as_ref(), letter, clock.now()).await;
        tried.push(Tried {
            receiver: receiver.name.clone(),
            problem: sent.err().map(|problem| problem.to_string()),
        });
    }
    Ok(tried)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::NotifyFormat;

    #[test]
    fn who_is_told_of_what() {
        let outbox = |bots: &[&str], events: &[CauseKind]| {
            Outbox::new(Receiver {
                name: "one".into(),
                url: "http://127.0.0.1:9".into(),
                format: NotifyFormat::Json,
                token: None,
                mail: None,
                bots: bots.iter().map(|bot| (*bot).to_owned()).collect(),
                events: events.to_vec(),
            })
            .unwrap()
        };
        let held = CauseKind::Held;
        for (bots, events, bot, kind, expected) in [
            (&[][..], &[][..], Some("a"), held, true),
            (&[], &[], None, CauseKind::ReloadFailed, true),
            (&["a"], &[], Some("a"), held, true),
            (&["a"], &[], Some("b"), held, false),
            // Whoever looks after some bots is not told of the service.
            (&["a"], &[], None, CauseKind::ReloadFailed, false),
            (&["a"], &[held], Some("a"), held, true),
            (&[], &[held], Some("a"), CauseKind::Stale, false),
        ] {
            let is_told = outbox(bots, events).is_told(bot, kind);
            assert_eq!(is_told, expected, "{bots:?} {events:?} {bot:?} {kind:?}");
        }
    }
}
