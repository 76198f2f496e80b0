//! Whether a bot answers a message as it should: what came back held against the step, what it said
//! before, and the other steps. Pure.

mod asked;
mod bubbles;
mod canary;
mod verify;

use serde::{Deserialize, Serialize};

pub use asked::{
    AskMessage, AskReason, AskedStep, STEADY, Stand, message_for, next_question, resends,
    sweep_interval,
};
pub use bubbles::{BotReply, Bubble};
pub use canary::{
    CANARY, CANARY_MESSAGE, Canary, CanaryErrand, CanaryFinding, CanaryReading, CanaryWish,
    canary_interval, canary_step,
};
pub use verify::{Finding, ReplyWords, hands_over, says, verify};

/// What asking a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The bot answers as the step says.
    Verified,
    /// The bot answers as the step said before.
    OldVersion,
    /// Something else answers: another step, or another part of the bot.
    OtherStep,
    /// The bot does not understand the message.
    NotUnderstood,
    /// The bot hands the chat over to people.
    Agent,
}

impl Verdict {
    /// All of them, in the order of the metrics.
    pub const ALL: [Self; 5] = [
        Self::Verified,
        Self::OldVersion,
        Self::OtherStep,
        Self::NotUnderstood,
        Self::Agent,
    ];

    /// The name in JSON, metrics and the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::OldVersion => "old_version",
            Self::OtherStep => "other_step",
            Self::NotUnderstood => "not_understood",
            Self::Agent => "agent",
        }
    }

    /// The verdict of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.name() == name)
    }

    /// What it means, in a few words.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Verified => "the bot answers it",
            Self::OldVersion => "the bot answers with an earlier version",
            Self::OtherStep => "something else answers",
            Self::NotUnderstood => "the bot does not understand it",
            Self::Agent => "the bot hands the chat over to an agent",
        }
    }
}
