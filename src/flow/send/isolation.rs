//! The search for bad steps after a failed task: which rows to try next, who is to blame, and when
//! it is the service that fails and not a step. Pure; it is kept in the store as JSON, so that a
//! restart goes on where it stopped.
//!
//! Haptik runs the rows in order and stops at the first bad one. Where the status names it, one
//! upload a bad step is enough; otherwise the suspects are halved.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Rows of the upload that failed first, by their number in it.
pub type Rows = BTreeSet<u32>;

/// Blamed rows, without one change that succeeded, after which the search stops and the service
/// is held to fail. Doubled with each search of the same changes.
const BLAMED_WITHOUT_CONTROL: usize = 4;
const BLAMED_WITH_CONTROL: usize = 8;

/// A search under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Isolation {
    /// The upload whose rows are searched.
    pub base: i64,
    /// How many searches before this one came to no end.
    round: u32,
    size: usize,
    untried: Rows,
    /// Ran before a row that was named; not yet confirmed.
    ran: Rows,
    /// At least one of these is bad.
    suspects: Rows,
    /// Failed alone; convicted once the service has proved that it works.
    blamed: Vec<Blame>,
    /// A part of the changes has succeeded.
    change_succeeded: bool,
    /// Something has succeeded since the last failure.
    works: bool,
    controlled: bool,
    failures: u32,
    text: Option<String>,
    texts_differ: bool,
    service_fails: bool,
}

/// A row and what Haptik said of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blame {
    /// The row.
    pub row: u32,
    /// Haptik's words.
    pub reason: String,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Upload these rows.
    Try(Rows),
    /// Upload a step that is live already: does the service work at all?
    Control,
    /// Quarantine these rows, and ask again.
    Convict(Vec<Blame>),
    /// Nothing single explains the failure; nothing is quarantined, try all again later.
    ServiceFails(String),
    /// Every row is confirmed or convicted.
    Done,
}

/// A task that failed.
#[derive(Clone, Copy, Debug)]
pub struct Failure<'a> {
    /// The rows that it carried.
    pub tried: &'a Rows,
    /// The row that the status names, if it names one.
    pub named: Option<u32>,
    /// Haptik's words.
    pub text: &'a str,
    /// Whether rows were executed at all (a CSV refused at the door was not).
    pub executed: bool,
}

impl Isolation {
    /// Begins with an upload of `size` rows that has just failed.
    pub fn begin(
        base: i64,
        size: usize,
        before: Option<&Self>,
        named: Option<u32>,
        text: &str,
        executed: bool,
    ) -> (Self, Option<Blame>) {
        let all: Rows = (0..u32::try_from(size).unwrap_or(u32::MAX)).collect();
        let mut isolation = Self {
            base,
            round: before.map_or(0, |before| before.round + 1),
            size,
            untried: all.clone(),
            ran: Rows::new(),
            suspects: Rows::new(),
            blamed: Vec::new(),
            change_succeeded: false,
            works: false,
            controlled: false,
            failures: 0,
            text: None,
            texts_differ: false,
            service_fails: false,
        };
        let convicted = isolation.failed(Failure {
            tried: &all,
            named,
            text,
            executed,
        });
        (isolation, convicted)
    }

    /// Whether the search ended in the verdict that the service fails.
    pub fn service_fails(&self) -> bool {
        self.service_fails
    }

    /// What to do next. `control` tells whether there is a live step to send as a control.
    pub fn next(&mut self, control: bool) -> Next {
        if self.hopeless(control) {
            self.service_fails = true;
            return Next::ServiceFails(self.text.clone().unwrap_or_default());
        }
        if control && self.failures >= 2 && !self.controlled && !self.change_succeeded {
            return Next::Control;
        }
        if !self.suspects.is_empty() {
            return Next::Try(self.half());
        }
        let rest: Rows = self.ran.union(&self.untried).copied().collect();
        if !rest.is_empty() {
            return Next::Try(rest);
        }
        self.last_word(control)
    }

    /// Every row has been tried. With one change, or with errors that tell the rows apart, the
    /// rows explain the failure even where nothing live can serve as a control.
    fn last_word(&mut self, control: bool) -> Next {
        if self.blamed.is_empty() {
            Next::Done
        } else if self.works || (!control && (self.size == 1 || self.texts_differ)) {
            Next::Convict(self.convict())
        } else if control {
            Next::Control
        } else {
            self.service_fails = true;
            Next::ServiceFails(self.text.clone().unwrap_or_default())
        }
    }

    fn hopeless(&self, control: bool) -> bool {
        let enough = if control {
            BLAMED_WITH_CONTROL
        } else {
            BLAMED_WITHOUT_CONTROL
        } << self.round.min(16);
        self.service_fails
            || (!self.change_succeeded && !self.texts_differ && self.blamed.len() >= enough)
    }

    /// Half of the suspects, from the other end in every second search.
    fn half(&self) -> Rows {
        let half = self.suspects.len().div_ceil(2);
        let mut rows: Rows = if self.round.is_multiple_of(2) {
            self.suspects.iter().take(half).copied().collect()
        } else {
            self.suspects.iter().rev().take(half).copied().collect()
        };
        rows.extend(&self.ran);
        rows
    }

    /// A task over these rows ended in Success. Gives the rows that are bad beyond doubt.
    pub fn succeeded(&mut self, tried: &Rows) -> Vec<Blame> {
        for rows in [&mut self.untried, &mut self.ran, &mut self.suspects] {
            rows.retain(|row| !tried.contains(row));
        }
        self.change_succeeded = true;
        self.works = true;
        // A suspect that is left over is tried alone: what failed may have been the service.
        self.convict()
    }

    /// A control, or a recovery, ended in Success.
    pub fn control_succeeded(&mut self) {
        self.works = true;
        self.controlled = true;
    }

    /// A control, or a recovery, failed: the service does.
    pub fn control_failed(&mut self, text: &str) {
        self.text = Some(text.to_owned());
        self.service_fails = true;
    }

    /// A task failed. Gives the row that the status names, which is bad beyond doubt.
    pub fn failed(&mut self, failure: Failure<'_>) -> Option<Blame> {
        self.works = false;
        if let Some(row) = failure.named {
            return Some(self.named(row, failure));
        }
        self.failures += 1;
        let before = self.text.replace(failure.text.to_owned());
        self.texts_differ |= before.is_some_and(|before| before != failure.text);
        let suspects: Rows = failure.tried.difference(&self.ran).copied().collect();
        let suspects = if suspects.is_empty() {
            self.ran.clear();
            failure.tried.clone()
        } else {
            suspects
        };
        let cleared: Vec<u32> = self.suspects.difference(&suspects).copied().collect();
        self.untried.extend(cleared);
        self.untried.retain(|row| !suspects.contains(row));
        self.suspects = suspects;
        if self.suspects.len() == 1 {
            self.blame_the_suspect();
        }
        None
    }

    fn named(&mut self, row: u32, failure: Failure<'_>) -> Blame {
        let loose: Rows = self
            .suspects
            .union(&self.untried)
            .chain(failure.tried)
            .copied()
            .filter(|other| *other != row)
            .collect();
        self.suspects.clear();
        self.ran.remove(&row);
        if failure.executed {
            self.ran
                .extend(failure.tried.iter().filter(|other| **other < row));
        }
        self.untried = loose.difference(&self.ran).copied().collect();
        Blame {
            row,
            reason: failure.text.to_owned(),
        }
    }

    fn blame_the_suspect(&mut self) {
        let reason = self.text.clone().unwrap_or_default();
        let suspects = std::mem::take(&mut self.suspects);
        self.blamed.extend(suspects.into_iter().map(|row| Blame {
            row,
            reason: reason.clone(),
        }));
    }

    fn convict(&mut self) -> Vec<Blame> {
        std::mem::take(&mut self.blamed)
    }
}
