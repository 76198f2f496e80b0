//! The guards: when a removal is held back, and the words that say why and what releases it.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::configuration_fingerprint::FingerprintPart;
use crate::sabotage;
use crate::sabotage::Sabotage;
use crate::text::approve;

/// The configured limits of removals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GuardLimits {
    /// Percent of the live steps.
    pub max_removal_percent: u8,
    /// Steps.
    pub max_removals: u64,
}

impl Default for GuardLimits {
    fn default() -> Self {
        Self {
            max_removal_percent: 20,
            max_removals: 5,
        }
    }
}

impl GuardLimits {
    /// Whether this many removals of this many live steps are too many to be meant. Few pass whatever
    /// their share, but more than half of a bot only where the configuration allows half.
    pub fn exceeded(self, removals: u64, live: u64) -> bool {
        let more_than =
            |percent: u8| removals.saturating_mul(100) > live.saturating_mul(percent.into());
        let many = removals > self.max_removals && more_than(self.max_removal_percent);
        let most = self.max_removal_percent < HALF && more_than(HALF);
        !sabotage::is(Sabotage::GuardOff) && (many || most)
    }
}

/// Percent.
const HALF: u8 = 50;

/// What left within the time that the guard remembers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DepartedSteps {
    /// Steps that were removed without anybody having released that, and are not back.
    pub steps: BTreeSet<String>,
    /// The largest number of steps that were live.
    pub most_live: u64,
}

/// How long the guard remembers what left.
pub const GUARD_REMEMBERS: Duration = Duration::from_hours(24);

/// Why a removal is held. A person releases it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldReason {
    /// More removals than the limits allow.
    TooMany {
        /// Removals: those of the last 24 hours, and those that are absent now.
        removals: u64,
        /// The largest number of live steps in that time.
        live: u64,
        /// The limits.
        limits: GuardLimits,
    },
    /// The configuration changed, and with it the steps.
    Configuration {
        /// What changed.
        parts: Vec<FingerprintPart>,
    },
    /// It was made by hand, and no source has it.
    ByHand,
}

impl HoldReason {
    /// The cause, with the command that releases it.
    pub fn with_remedy(&self, bot: &str, plan: Option<u64>) -> String {
        format!("{self}; if that is meant, run `{}`", approve(bot, plan))
    }
}

impl fmt::Display for HoldReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooMany {
                removals,
                live,
                limits,
            } => write!(
                f,
                "{removals} of {live} live steps would have been removed within 24 hours (limits: max_removals = {}, max_removal_percent = {}, and at most half)",
                limits.max_removals, limits.max_removal_percent
            ),
            Self::Configuration { parts } if parts.contains(&FingerprintPart::Unknown) => f.write_str(
                "the configuration of the last sync, which is kept with the state, could not be read, so any of it may have changed \
                 and would take this step away; if that is meant, run `kms-haptik-sync approve`",
            ),
            Self::Configuration { parts } => write!(
                f,
                "the configuration changed ({}) and would remove this step",
                parts
                    .iter()
                    .map(FingerprintPart::in_words)
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
            Self::ByHand => f.write_str("made by hand, and no source has it"),
        }
    }
}
