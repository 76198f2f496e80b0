//! By what an upload is known, and what it is for.

use serde::{Deserialize, Serialize};

/// What an upload is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It carries a plan, or a part of one.
    Change,
    /// It tries a part of an upload that failed, in search of the bad steps.
    Trial,
    /// It carries a step that is live already, to learn whether the service works at all.
    Control,
    /// It makes a bot whole again after a failed task, where uploads replace.
    Recovery,
    /// It carries the canary alone.
    Canary,
    /// A person said that these steps are live, because they were made by hand. It was never sent.
    Import,
    /// A person said that these steps were removed by hand. It was never sent.
    RemovedByHand,
}

impl Purpose {
    const ALL: [Self; 7] = [
        Self::Change,
        Self::Trial,
        // Before the control under whose name it is stored.
        Self::Canary,
        Self::Control,
        Self::Recovery,
        Self::Import,
        Self::RemovedByHand,
    ];

    /// Whether it was never sent: a person said what is live.
    pub const fn is_by_hand(self) -> bool {
        matches!(self, Self::Import | Self::RemovedByHand)
    }

    /// Whether lists for editors have it: it was sent, and may carry steps of theirs.
    pub const fn is_for_editors(self) -> bool {
        !self.is_by_hand() && !matches!(self, Self::Canary)
    }

    /// The name in the store. What carries the canary alone is a control there that does something to the canary,
    /// since the names in the store are fixed.
    pub const fn stored(self) -> &'static str {
        match self {
            Self::Canary => Self::Control.name(),
            other => other.name(),
        }
    }

    /// The name in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Trial => "trial",
            Self::Control => "control",
            Self::Recovery => "recovery",
            Self::Canary => "canary",
            Self::Import => "import",
            Self::RemovedByHand => "removed_by_hand",
        }
    }

    /// The purpose of this name in the store; `has_canary`: the upload does something to the canary.
    pub fn from_stored(name: &str, has_canary: bool) -> Option<Self> {
        let is_it = |purpose: &Self| purpose.stored() == name;
        let mut possible = Self::ALL.into_iter().filter(is_it);
        possible.find(|purpose| has_canary || *purpose != Self::Canary)
    }
}

/// An upload's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct UploadId(pub i64);
