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
    /// A person said that these steps are live, because they were made by hand. It was never sent.
    Import,
    /// A person said that these steps were removed by hand. It was never sent.
    RemovedByHand,
}

impl Purpose {
    const ALL: [Self; 6] = [
        Self::Change,
        Self::Trial,
        Self::Control,
        Self::Recovery,
        Self::Import,
        Self::RemovedByHand,
    ];

    /// Whether it was never sent: a person said what is live.
    pub const fn is_by_hand(self) -> bool {
        matches!(self, Self::Import | Self::RemovedByHand)
    }

    /// The name in the store and in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Trial => "trial",
            Self::Control => "control",
            Self::Recovery => "recovery",
            Self::Import => "import",
            Self::RemovedByHand => "removed_by_hand",
        }
    }

    /// The purpose of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.name() == name)
    }
}

/// An upload's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct UploadId(pub i64);
