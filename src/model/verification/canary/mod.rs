//! The canary: a step of this program's own on a bot. Its answer says who uploaded last, so that two services
//! on one bot find each other, and repairs stop before they take turns. Pure: a clock is passed in.

use std::time::Duration;

use super::asked::{AskReason, STEADY, next_question};
use super::bubbles::BotReply;
use crate::clock::{Millis, duration_millis};
use crate::model::step::Step;
use crate::sabotage;
use crate::sabotage::Sabotage;

/// Its name, the same in every installation: two services have to write the same step.
pub const CANARY: &str = "kms-haptik-sync-canary";
/// Its only user message; no customer says so.
pub const CANARY_MESSAGE: &str = "kms-haptik-sync canary qx7 vz3";
/// What its answer begins with, before the owner and the revision.
const SAYS: &str = "kms-haptik-sync canary of";
const REVISION: &str = "upload";
/// A contradiction counts once it was heard so often: replies can be late.
const BELIEVED: u32 = 2;
/// It is asked for so often at the most.
const OFTEN: Duration = Duration::from_hours(1);
/// A canary that Haptik has refused is tried again after this.
const TRIED_AGAIN: Duration = Duration::from_hours(24);
/// Of the questions of a day, one in so many may be for it.
const SHARE: u32 = 4;

/// What the configuration wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CanaryWish {
    /// The bot has a canary.
    Present,
    /// It has none.
    Absent,
    /// It has none, and a person removes the one that is there.
    AbsentByHand,
}

impl CanaryWish {
    /// The name in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Absent => "absent",
            Self::AbsentByHand => "absent_by_hand",
        }
    }

    /// The wish of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Present, Self::Absent, Self::AbsentByHand]
            .into_iter()
            .find(|wish| wish.name() == name)
    }
}

/// What the bot answers to the canary's message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CanaryReading {
    /// What was uploaded last.
    Own,
    /// What somebody else uploaded.
    Other,
    /// What was uploaded before that.
    Older,
    /// What this state has not uploaded yet.
    Newer,
    /// Something else.
    Missing,
}

impl CanaryReading {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Own,
        Self::Other,
        Self::Older,
        Self::Newer,
        Self::Missing,
    ];

    /// The name in the store and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Other => "other",
            Self::Older => "older",
            Self::Newer => "newer",
            Self::Missing => "missing",
        }
    }

    /// The reading of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reading| reading.name() == name)
    }

    /// Whether somebody else uploads to the bot. Repairs stop then until a person says that it is over: it
    /// would read right after each upload of one's own.
    const fn is_of_another_service(self) -> bool {
        matches!(self, Self::Other | Self::Newer)
    }
}

/// What is to be uploaded for the canary alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CanaryErrand {
    /// It is put on the bot.
    Put,
    /// It is taken off the bot.
    Remove,
}

impl CanaryErrand {
    /// The name in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Put => "put",
            Self::Remove => "remove",
        }
    }

    /// The errand of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Put, Self::Remove]
            .into_iter()
            .find(|errand| errand.name() == name)
    }
}

/// What there is to say of a canary, if anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CanaryFinding {
    /// Another service uploads to the bot.
    SecondService,
    /// A copy of this state uploads to the bot, or this state was put back from a backup.
    CopiedState,
    /// An older version of the bot is live.
    PublishedOver,
    /// The bot does not answer it. `was_answered`: it did before.
    Unanswered {
        /// Whether it was answered before.
        was_answered: bool,
    },
    /// Haptik has refused it.
    Refused {
        /// Haptik's words.
        reason: String,
    },
    /// It is switched off, and a person has to remove its step.
    LeftBehind,
}

impl CanaryFinding {
    /// The name in JSON.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::SecondService => "second_service",
            Self::CopiedState => "copied_state",
            Self::PublishedOver => "published_over",
            Self::Unanswered { .. } => "unanswered",
            Self::Refused { .. } => "refused",
            Self::LeftBehind => "left_behind",
        }
    }
}

/// What is kept of the canary of a bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canary {
    /// Who uploads.
    pub owner: String,
    /// What the configuration wants.
    pub wish: CanaryWish,
    /// The upload with which it was put on the bot.
    pub revision: Option<i64>,
    /// When Haptik confirmed that.
    pub confirmed_at: Option<Millis>,
    /// The last upload that carried it; `None`: it is surely not on the bot.
    pub tried: Option<i64>,
    /// Haptik's words when it was refused alone.
    pub refused: Option<String>,
    /// When that was.
    pub refused_at: Option<Millis>,
    /// What the bot answered last.
    pub reading: Option<CanaryReading>,
    /// When it was asked.
    pub at: Option<Millis>,
    /// When it last answered as it should.
    pub verified_at: Option<Millis>,
    /// Contradictions one after the other.
    pub contradictions: u32,
    /// When it is asked for next; `None`: when its turn comes.
    pub next_at: Option<Millis>,
    /// Since when nothing is uploaded once more.
    pub stopped_at: Option<Millis>,
    /// Why.
    pub stopped_by: Option<CanaryReading>,
}

/// The step that a canary is in this upload.
pub fn canary_step(owner: &str, revision: i64, errand: CanaryErrand) -> Step {
    let (question, answer) = match errand {
        CanaryErrand::Put => (
            CANARY_MESSAGE.to_owned(),
            format!("{SAYS} {owner} {REVISION} {revision}"),
        ),
        CanaryErrand::Remove => (String::new(), String::new()),
    };
    Step {
        node_name: CANARY.into(),
        question,
        answer,
    }
}

/// The owner and the revision that a reply names.
fn named(reply: &BotReply) -> Option<(String, i64)> {
    reply.texts().into_iter().find_map(|text| {
        let (_, said) = text.split_once(SAYS)?;
        let mut words = said.split_whitespace();
        let (owner, revision) = (words.next()?, words.nth(1)?);
        Some((owner.to_owned(), revision.parse().ok()?))
    })
}

impl Canary {
    /// What has to be uploaded for it, if it goes alone.
    pub fn errand(&self, now: Millis) -> Option<CanaryErrand> {
        let rests = |at: Millis| now < at + duration_millis(TRIED_AGAIN);
        if self.refused_at.is_some_and(rests) {
            return None;
        }
        match self.wish {
            CanaryWish::Present => self.revision.is_none().then_some(CanaryErrand::Put),
            CanaryWish::Absent => self.tried.map(|_| CanaryErrand::Remove),
            CanaryWish::AbsentByHand => None,
        }
    }

    /// Whether it goes along with changes of the knowledge base. Not once it was refused: it must not make
    /// them fail.
    pub fn rides_along(&self) -> bool {
        self.wish == CanaryWish::Present && self.refused_at.is_none()
    }

    /// When it is asked for next; `None`: not at all.
    pub fn due_at(&self, first: Duration, every: Duration) -> Option<Millis> {
        let confirmed_at = self.confirmed_at.filter(|_| self.revision.is_some())?;
        if self.wish != CanaryWish::Present {
            return None;
        }
        match self.at {
            Some(at) if at >= confirmed_at => {
                Some(self.next_at.unwrap_or(at + duration_millis(every)))
            }
            _ => Some(confirmed_at + duration_millis(first)),
        }
    }

    /// What a reply says of the canary. An upload that failed may have carried a newer one to the bot.
    pub fn reading_of(&self, reply: &BotReply) -> CanaryReading {
        if sabotage::is(Sabotage::CanaryIgnored) {
            return CanaryReading::Own;
        }
        let Some((owner, revision)) = named(reply) else {
            return CanaryReading::Missing;
        };
        let newest = self.tried.max(self.revision);
        if owner != self.owner {
            CanaryReading::Other
        } else if self.revision.is_some_and(|own| revision < own) {
            CanaryReading::Older
        } else if newest.is_none_or(|newest| revision > newest) {
            CanaryReading::Newer
        } else {
            CanaryReading::Own
        }
    }

    /// After a reply. `first`: how long after Success it is asked for, by which the waits grow.
    #[must_use]
    pub fn heard(mut self, reading: CanaryReading, now: Millis, first: Duration) -> Self {
        self.at = Some(now);
        let is_another = self.reading != Some(reading);
        self.reading = Some(reading);
        if reading == CanaryReading::Own {
            self.verified_at = Some(now);
            self.contradictions = 0;
            self.next_at = None;
            return self;
        }
        let reason = if self.verified_at.is_some() {
            AskReason::Sweep
        } else {
            AskReason::Change
        };
        let before = if is_another { 0 } else { self.contradictions };
        self.next_at = Some(now + duration_millis(next_question(reason, before, first)));
        self.contradictions = before.saturating_add(1);
        if self.contradictions >= BELIEVED
            && reading.is_of_another_service()
            && self.stopped_at.is_none()
        {
            (self.stopped_at, self.stopped_by) = (Some(now), Some(reading));
        }
        self
    }

    /// A person says that what was found is dealt with: the canary is put on the bot once more, and asked for; or
    /// its step was removed by hand.
    #[must_use]
    pub fn resumed(self) -> Self {
        let is_wanted = self.wish == CanaryWish::Present;
        Self {
            revision: None,
            confirmed_at: None,
            tried: self.tried.filter(|_| is_wanted),
            refused: None,
            refused_at: None,
            reading: None,
            at: None,
            contradictions: 0,
            next_at: None,
            stopped_at: None,
            stopped_by: None,
            ..self
        }
    }

    /// What there is to say of it.
    pub fn finding(&self) -> Option<CanaryFinding> {
        match self.wish {
            // Of its own accord it goes with the next pass, unless Haptik refuses that.
            CanaryWish::Absent if self.refused_at.is_none() => return None,
            CanaryWish::Absent | CanaryWish::AbsentByHand => {
                return self.tried.map(|_| CanaryFinding::LeftBehind);
            }
            CanaryWish::Present => {}
        }
        if self.stopped_at.is_some() {
            return Some(match self.stopped_by {
                Some(CanaryReading::Newer) => CanaryFinding::CopiedState,
                _ => CanaryFinding::SecondService,
            });
        }
        if let Some(reason) = &self.refused {
            return Some(CanaryFinding::Refused {
                reason: reason.clone(),
            });
        }
        if self.contradictions < BELIEVED {
            return None;
        }
        match self.reading? {
            CanaryReading::Older => Some(CanaryFinding::PublishedOver),
            CanaryReading::Missing => Some(CanaryFinding::Unanswered {
                was_answered: self.verified_at.is_some(),
            }),
            CanaryReading::Own | CanaryReading::Other | CanaryReading::Newer => None,
        }
    }

    /// Whether steps may be uploaded once more: the last upload is still what the bot answers with.
    pub fn allows_repairs(&self) -> bool {
        self.wish != CanaryWish::Present
            || (self.stopped_at.is_none()
                && self.revision.is_some()
                && self.reading == Some(CanaryReading::Own))
    }
}

/// How long from one question for a canary to the next: an hour, but no longer than a sweep, and for no more
/// than a quarter of the questions of a day.
pub fn canary_interval(sweep: Duration, questions_per_day: u32) -> Duration {
    let room = STEADY / (questions_per_day / SHARE).max(1);
    OFTEN.min(sweep).max(room)
}

#[cfg(test)]
mod tests;
