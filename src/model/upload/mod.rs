//! The durable upload as a state machine: its states, what can happen to it, one total table of
//! transitions, and what a restart does with each state. Pure; `docs/ARCHITECTURE.md` draws it.

mod purpose;

pub use purpose::{Purpose, UploadId};

use thiserror::Error;

use crate::clock::Millis;

/// How far an upload has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UploadState {
    /// Its rows are being written to the store. It has not begun, and may never.
    Writing,
    /// Written to the store; nothing has gone out, or what went out surely did not arrive.
    Prepared,
    /// The POST may be on the wire.
    Sent,
    /// Haptik has answered with a `task_id`.
    Accepted,
    /// Whether Haptik has it is not known: the same bytes go again, and it stays in doubt until an
    /// answer arrives.
    InDoubt,
    /// The task ended in Success.
    Succeeded,
    /// Haptik refused the CSV, or the task ended in Error/Exception.
    Failed,
}

/// What happens to an upload that stays under way, with what has to be kept of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UploadEvent {
    /// The POST is about to go out.
    Submit {
        /// Now.
        at: Millis,
    },
    /// The POST surely did not arrive, or Haptik surely did not take it.
    NotTaken {
        /// Why.
        words: String,
    },
    /// The POST's answer was lost.
    AnswerLost {
        /// How.
        words: String,
    },
    /// The POST was answered with a `task_id`.
    TaskGiven {
        /// Haptik's id of the task.
        task_id: String,
        /// Now.
        at: Millis,
    },
    /// Haptik no longer knows the task, or it has not ended within `polling.give_up_after`.
    TaskLost {
        /// Which of the two.
        words: String,
    },
    /// The process was restarted and found the upload in this state.
    Restart,
}

/// What ends an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UploadEnd {
    /// The task ended in Success.
    TaskSucceeded,
    /// The task ended in Error/Exception.
    TaskFailed,
    /// The POST was answered with a refusal of this CSV.
    Refused,
    /// A person took the state to another Haptik (`rebind`), or the CSV cannot be made again: nobody
    /// asks after it any more.
    Dropped,
}

/// What can happen to an upload, for the table of transitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UploadEventKind {
    /// All of it is written down.
    Begin,
    /// See [`UploadEvent::Submit`].
    Submit,
    /// See [`UploadEvent::NotTaken`].
    NotTaken,
    /// See [`UploadEvent::AnswerLost`].
    AnswerLost,
    /// See [`UploadEvent::TaskGiven`].
    TaskGiven,
    /// See [`UploadEnd::Refused`].
    Refused,
    /// See [`UploadEnd::TaskSucceeded`].
    TaskSucceeded,
    /// See [`UploadEnd::TaskFailed`].
    TaskFailed,
    /// See [`UploadEvent::TaskLost`].
    TaskLost,
    /// See [`UploadEvent::Restart`].
    Restart,
    /// See [`UploadEnd::Dropped`].
    Dropped,
}

/// An event that cannot happen in this state: a defect, never a fault of the wire.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "an upload that is {state:?} cannot meet {event:?}; this is a defect in kms-haptik-sync, please report it with the log of the last minutes"
)]
pub struct IllegalTransition {
    /// The state.
    pub state: UploadState,
    /// The event.
    pub event: UploadEventKind,
}

impl UploadState {
    /// Every state, in the order of an upload's life.
    pub const ALL: [Self; 7] = [
        Self::Writing,
        Self::Prepared,
        Self::Sent,
        Self::Accepted,
        Self::InDoubt,
        Self::Succeeded,
        Self::Failed,
    ];

    /// The name in the store, in JSON and in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Writing => "writing",
            Self::Prepared => "prepared",
            Self::Sent => "sent",
            Self::Accepted => "accepted",
            Self::InDoubt => "in_doubt",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }

    /// The state of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether nothing more will happen to it.
    pub const fn settled(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }

    /// The total table of transitions.
    pub const fn after(self, event: UploadEventKind) -> Result<Self, IllegalTransition> {
        use UploadEventKind as E;
        use UploadState as S;
        let next = match (self, event) {
            // Nobody takes it up again: it is swept away.
            (S::Writing, E::Restart) => S::Writing,
            (S::Writing, E::Begin) | (S::Prepared, E::Restart) | (S::Sent, E::NotTaken) => {
                S::Prepared
            }
            (S::Prepared, E::Submit) => S::Sent,
            (S::Sent, E::AnswerLost | E::Restart)
            | (S::InDoubt, E::Submit | E::NotTaken | E::AnswerLost | E::Restart)
            | (S::Accepted, E::TaskLost) => S::InDoubt,
            (S::Sent | S::InDoubt, E::TaskGiven) | (S::Accepted, E::Restart) => S::Accepted,
            (S::Accepted, E::TaskSucceeded) | (S::Succeeded, E::Restart) => S::Succeeded,
            (S::Sent | S::InDoubt, E::Refused)
            | (S::Accepted, E::TaskFailed)
            | (S::Prepared | S::Sent | S::Accepted | S::InDoubt, E::Dropped)
            | (S::Failed, E::Restart) => S::Failed,
            (
                S::Prepared | S::Sent | S::Accepted | S::InDoubt | S::Succeeded | S::Failed,
                E::Begin,
            )
            | (S::Prepared, E::NotTaken | E::AnswerLost | E::TaskGiven | E::Refused)
            | (S::Sent, E::Submit)
            | (S::Accepted, E::Submit | E::NotTaken | E::AnswerLost | E::TaskGiven | E::Refused)
            | (
                S::Prepared | S::Sent | S::InDoubt,
                E::TaskSucceeded | E::TaskFailed | E::TaskLost,
            )
            | (
                S::Writing | S::Succeeded | S::Failed,
                E::Submit
                | E::NotTaken
                | E::AnswerLost
                | E::TaskGiven
                | E::Refused
                | E::TaskSucceeded
                | E::TaskFailed
                | E::TaskLost
                | E::Dropped,
            ) => return Err(IllegalTransition { state: self, event }),
        };
        Ok(next)
    }
}

impl UploadEvent {
    /// Its place in the table of transitions.
    pub const fn kind(&self) -> UploadEventKind {
        match self {
            Self::Submit { .. } => UploadEventKind::Submit,
            Self::NotTaken { .. } => UploadEventKind::NotTaken,
            Self::AnswerLost { .. } => UploadEventKind::AnswerLost,
            Self::TaskGiven { .. } => UploadEventKind::TaskGiven,
            Self::TaskLost { .. } => UploadEventKind::TaskLost,
            Self::Restart => UploadEventKind::Restart,
        }
    }
}

impl UploadEnd {
    /// Its place in the table of transitions.
    pub const fn kind(self) -> UploadEventKind {
        match self {
            Self::TaskSucceeded => UploadEventKind::TaskSucceeded,
            Self::TaskFailed => UploadEventKind::TaskFailed,
            Self::Refused => UploadEventKind::Refused,
            Self::Dropped => UploadEventKind::Dropped,
        }
    }
}

impl UploadEventKind {
    /// Every event.
    pub const ALL: [Self; 11] = [
        Self::Begin,
        Self::Submit,
        Self::NotTaken,
        Self::AnswerLost,
        Self::TaskGiven,
        Self::Refused,
        Self::TaskSucceeded,
        Self::TaskFailed,
        Self::TaskLost,
        Self::Restart,
        Self::Dropped,
    ];

    /// The name in the diagram and in the log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Begin => "begin",
            Self::Submit => "submit",
            Self::NotTaken => "not taken",
            Self::AnswerLost => "answer lost",
            Self::TaskGiven => "task given",
            Self::Refused => "refused",
            Self::TaskSucceeded => "task succeeded",
            Self::TaskFailed => "task failed",
            Self::TaskLost => "task lost",
            Self::Restart => "restart",
            Self::Dropped => "dropped",
        }
    }
}

#[cfg(test)]
mod tests;
