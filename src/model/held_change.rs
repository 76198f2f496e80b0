//! An addition or a change that is held for what its content holds: what stands in it, in words that
//! never quote it, and the command that releases it.

use serde::{Deserialize, Serialize};

use super::article::ArticleKey;
use super::plan::Action;
use super::step::{Digest, Step};
use crate::text::command_for;

/// What content may hold that no customer should see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sensitive {
    /// A key, a token or a password.
    Secret,
    /// The number of a payment card.
    Card,
    /// A national id number.
    NationalId,
    /// An address that only a private network knows.
    PrivateAddress,
    /// A note in place of an answer.
    Placeholder,
}

impl Sensitive {
    /// All of them, in the order of the rules.
    pub const ALL: [Self; 5] = [
        Self::Secret,
        Self::Card,
        Self::NationalId,
        Self::PrivateAddress,
        Self::Placeholder,
    ];

    /// The name of its rule.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Card => "card",
            Self::NationalId => "national_id",
            Self::PrivateAddress => "private_address",
            Self::Placeholder => "placeholder",
        }
    }
}

/// An addition or a change that a rule of `hold_lint` stopped. A person releases it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldChange {
    /// The step.
    pub node_name: String,
    /// Whether it is new.
    pub action: Action,
    /// The article behind it.
    pub key: ArticleKey,
    /// The content that is held.
    pub digest: Digest,
    /// The rules and where they found something, such as `secret in answer 1`.
    pub found: String,
    /// The content for whoever decides, without its secrets and numbers; `None`: it is not at hand, because it
    /// would be too much to keep, or because this was read back from the state.
    pub shown: Option<Step>,
}

impl HeldChange {
    /// The cause, and both ways out.
    pub fn reason(&self, bot: &str) -> String {
        let release = command_for("approve", bot, &[&self.node_name]);
        format!(
            "held by hold_lint ({}); take it out of the article, or, if customers may see it, run `{release}`",
            self.found
        )
    }

    /// What customers get meanwhile.
    pub const fn meanwhile(&self) -> &'static str {
        match self.action {
            Action::Add => "new in the source; it is not live",
            Action::Change | Action::Remove => {
                "changed in the source; its last confirmed version stays live"
            }
        }
    }
}
