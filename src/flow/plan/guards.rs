//! The guards: when a removal is held back, and the words that say why and what releases it.

use std::fmt;

use super::fingerprint::Part;
use crate::sabotage::{self, Sabotage};

/// The configured limits of removals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Percent of the live steps.
    pub max_removal_percent: u8,
    /// Steps.
    pub max_removals: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_removal_percent: 20,
            max_removals: 5,
        }
    }
}

impl Limits {
    /// Whether this many removals of this many live steps are too many to be meant.
    pub fn exceeded(self, removals: u64, live: u64) -> bool {
        !sabotage::is(Sabotage::GuardOff)
            && removals > self.max_removals
            && removals.saturating_mul(100) > live.saturating_mul(self.max_removal_percent.into())
    }
}

/// Why a removal is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HoldReason {
    /// More removals than the limits allow.
    TooMany {
        /// Removals in this plan.
        removals: u64,
        /// Live steps.
        live: u64,
        /// The limits.
        limits: Limits,
    },
    /// The configuration changed, and with it the steps.
    Configuration {
        /// What changed.
        parts: Vec<Part>,
    },
    /// It was made by hand, and no source has it.
    ByHand,
    /// Rows of its source were rejected.
    Incomplete {
        /// The source.
        source: String,
        /// How many rows.
        rejected: usize,
    },
    /// Its source could not be read.
    SourceFailed {
        /// The source.
        source: String,
        /// Why.
        reason: String,
    },
}

impl HoldReason {
    /// Whether `approve` releases it; otherwise it releases itself when the source is whole again.
    pub const fn approvable(&self) -> bool {
        matches!(
            self,
            Self::TooMany { .. } | Self::Configuration { .. } | Self::ByHand
        )
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
                "{removals} removals of {live} live steps are more than max_removals = {} and max_removal_percent = {}; \
                 if they are meant, run `kms-haptik-sync approve`",
                limits.max_removals, limits.max_removal_percent
            ),
            Self::Configuration { parts } if parts.contains(&Part::Unknown) => f.write_str(
                "the configuration of the last sync, which is kept with the state, could not be read, so any of it may have changed \
                 and would take this step away; if that is meant, run `kms-haptik-sync approve`",
            ),
            Self::Configuration { parts } => write!(
                f,
                "the configuration changed ({}) and would take this step away; if that is meant, run `kms-haptik-sync approve`",
                parts.iter().map(Part::in_words).collect::<Vec<_>>().join(", ")
            ),
            Self::ByHand => f.write_str(
                "made by hand, and no source has it; if it may go, run `kms-haptik-sync approve`",
            ),
            Self::Incomplete { source, rejected } => write!(
                f,
                "{rejected} {} of source \"{source}\" could not be read, so what is absent may only be unread; mend {} and the removal goes on by itself",
                if *rejected == 1 { "row" } else { "rows" },
                if *rejected == 1 { "it" } else { "them" },
            ),
            Self::SourceFailed { source, reason } => {
                write!(f, "source \"{source}\" could not be read: {reason}")
            }
        }
    }
}
