//! What a pass came to, for people and for `--json`.

use serde::{Deserialize, Serialize};

use super::plan_preview::Pinned;
use crate::intake::OpenFile;
use crate::model::{Held, Rejection, Unread, UploadState, Waiting};
use crate::store::{Pause, Success, UploadRecord};

/// Rejections that a report keeps of one bot.
const REJECTIONS: usize = 10_000;

/// How a pass over one bot ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Everything that should be live is.
    InSync,
    /// Done, but something needs attention.
    Attention,
    /// Not done; the state is kept and the next pass goes on.
    Failed,
}

impl Outcome {
    /// All of them, the best first.
    pub const ALL: [Self; 3] = [Self::InSync, Self::Attention, Self::Failed];

    /// The name in JSON and in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InSync => "in_sync",
            Self::Attention => "attention",
            Self::Failed => "failed",
        }
    }
}

/// How far an upload of a pass has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UploadOutcome {
    /// Haptik has carried it out.
    Succeeded,
    /// Haptik has refused it.
    Failed,
    /// It may have arrived.
    InDoubt,
    /// It surely has not gone out.
    NotSent,
}

impl UploadOutcome {
    /// Those after which nothing more happens.
    pub const FINISHED: [Self; 2] = [Self::Succeeded, Self::Failed];

    /// The name in JSON and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::InDoubt => "in_doubt",
            Self::NotSent => "not_sent",
        }
    }
}

impl From<UploadState> for UploadOutcome {
    fn from(state: UploadState) -> Self {
        match state {
            UploadState::Succeeded => Self::Succeeded,
            UploadState::Failed => Self::Failed,
            UploadState::Writing | UploadState::Prepared => Self::NotSent,
            UploadState::Sent | UploadState::Accepted | UploadState::InDoubt => Self::InDoubt,
        }
    }
}

/// One upload of a pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadReport {
    /// Haptik's id of the task, if it came that far.
    pub task_id: Option<String>,
    /// Rows of the CSV.
    pub rows: u64,
    /// How far it came.
    pub outcome: UploadOutcome,
    /// Haptik's words.
    pub message: Option<String>,
}

impl From<&UploadRecord> for UploadReport {
    fn from(record: &UploadRecord) -> Self {
        Self {
            task_id: record.task_id.clone(),
            rows: record.rows,
            outcome: record.state.into(),
            message: record.message.clone(),
        }
    }
}

/// What a pass over one bot came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, told by its name"
)]
pub struct PassReport {
    /// The bot.
    pub domain_name: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Steps that were added, changed and removed, confirmed by Haptik.
    pub added: u64,
    /// See `added`.
    pub changed: u64,
    /// See `added`.
    pub removed: u64,
    /// Steps that were as they should be.
    pub unchanged: u64,
    /// Refused steps.
    pub quarantined: Vec<(String, String)>,
    /// The number of the stored plan.
    pub plan: Option<u64>,
    /// Held removals.
    pub held: Vec<Held>,
    /// Additions and changes that are held, each with the rules and where they found something.
    pub held_changes: Vec<(String, String)>,
    /// Removals that wait until their absence is confirmed.
    pub waiting: Vec<Waiting>,
    /// Live steps of which the sources could not tell.
    pub unread: Vec<Unread>,
    /// Sources that could not be read whole, for another reason than their rows, each with why.
    pub incomplete: Vec<String>,
    /// Files that were not read because somebody is writing them.
    pub open_files: Vec<OpenFile>,
    /// Of these, those that have been open for longer than a change may wait.
    pub open_too_long: Vec<String>,
    /// Removals that a person must carry out.
    pub manual: Vec<String>,
    /// What was not taken from the sources.
    pub rejections: Vec<Rejection>,
    /// Further ones that are not kept while uploads are under way.
    pub more_rejected: u64,
    /// Where the bot is pinned to what it was after an upload.
    pub pinned: Option<Pinned>,
    /// Where a person has paused the bot: nothing was uploaded.
    pub paused: Option<Pause>,
    /// Changes that wait until the pause is over.
    pub pending: u64,
    /// In `replace`, with nothing known to be live: the first upload switches off every step that
    /// was made by hand.
    pub switches_off_by_hand: bool,
    /// Haptik has refused the canary.
    pub canary_refused: bool,
    /// The uploads, in order.
    pub uploads: Vec<UploadReport>,
    /// Why it failed, and what to do.
    pub error: Option<String>,
    /// Sources that could not be read, by name.
    pub failed_sources: Vec<String>,
    /// It stopped before its end.
    pub halted: bool,
    /// It failed for good until a person fixes something, most likely the credentials.
    pub stopped: bool,
    /// Haptik will not have the token.
    pub credential_refused: bool,
    /// Its state speaks of another Haptik, and nothing was done.
    pub refused: bool,
    /// Somebody asked the process to stop: nothing is wrong with the bot.
    pub was_stopped: bool,
}

impl PassReport {
    /// A report on which nothing has happened yet.
    pub fn new(domain_name: &str) -> Self {
        Self {
            domain_name: domain_name.to_owned(),
            outcome: Outcome::InSync,
            added: 0,
            changed: 0,
            removed: 0,
            unchanged: 0,
            quarantined: Vec::new(),
            plan: None,
            held: Vec::new(),
            held_changes: Vec::new(),
            waiting: Vec::new(),
            unread: Vec::new(),
            incomplete: Vec::new(),
            open_files: Vec::new(),
            open_too_long: Vec::new(),
            manual: Vec::new(),
            rejections: Vec::new(),
            more_rejected: 0,
            pinned: None,
            paused: None,
            pending: 0,
            switches_off_by_hand: false,
            uploads: Vec::new(),
            canary_refused: false,
            error: None,
            failed_sources: Vec::new(),
            halted: false,
            stopped: false,
            credential_refused: false,
            refused: false,
            was_stopped: false,
        }
    }

    /// Keeps what was not taken, as much of it as people look at: a pass may take hours, and there may be
    /// many bots.
    pub(super) fn keep_rejections(&mut self, mut rejections: Vec<Rejection>) {
        let more = rejections.len().saturating_sub(REJECTIONS);
        rejections.truncate(REJECTIONS);
        rejections.shrink_to_fit();
        (self.rejections, self.more_rejected) = (rejections, more as u64);
    }

    /// What there is to be kept of a pass that did not fail.
    pub fn success(&self) -> Success {
        let is_hidden = |unread: &Unread| !unread.is_rejected;
        Success {
            every_source_was_read: self.incomplete.is_empty() && self.pending == 0,
            nothing_is_open: self.outcome == Outcome::InSync
                && self.waiting.is_empty()
                && !self.unread.iter().any(is_hidden),
        }
    }

    /// The outcome that the rest of the report adds up to.
    pub fn conclude(&mut self) {
        let wants_a_person = !self.quarantined.is_empty()
            || !self.held.is_empty()
            || !self.held_changes.is_empty()
            || !self.manual.is_empty()
            || self.pinned.is_some()
            || self.paused.is_some()
            || !self.open_too_long.is_empty()
            || !self.incomplete.is_empty()
            || !self.rejections.is_empty()
            || self.canary_refused;
        self.outcome = if self.error.is_some() {
            Outcome::Failed
        } else if wants_a_person {
            Outcome::Attention
        } else {
            Outcome::InSync
        };
    }
}
