//! The search for bad steps after a failed task: which rows to try next, who is to blame, and when
//! it is the service that fails and not a step. Pure; it is kept in the store as JSON, so that a
//! restart goes on where it stopped.
//!
//! Haptik runs the rows in order and stops at the first bad one. Where the status names it, one
//! upload a bad step is enough; otherwise the suspects are halved. A name is an accusation and no proof:
//! the step is convicted once the rest has succeeded without it, or once it has failed alone.

mod accused;
mod kept;

pub use accused::{AccusedStep, RefusedSet, refused_set};
pub use kept::KeptSearch;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::sabotage;
use crate::sabotage::Sabotage;

/// Rows of the upload that failed first, by their number in it.
pub type TrialRows = BTreeSet<u32>;

/// Rows that failed alone with no success since: then it is time to ask whether the service works.
const ENOUGH_WITH_CONTROL: usize = 8;
/// The same where nothing is live, so that nobody can be asked: the service is held to fail.
/// Doubled with each search of the same changes.
const ENOUGH_WITHOUT_CONTROL: usize = 4;

/// A search under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, told by its name"
)]
pub struct Isolation {
    /// The upload whose rows are searched.
    pub base: i64,
    /// How many searches before this one came to no end.
    round: u32,
    size: usize,
    untried: TrialRows,
    /// At least one of these is bad.
    suspects: TrialRows,
    /// Named by a status, and left out since.
    accused: Vec<Accused>,
    /// A status has named a step that was not in its upload; from then on none is believed.
    texts_lie: bool,
    /// Nothing else explains a failure. Each is tried alone once more after something has
    /// succeeded: two failures with a success between are no outage of the service.
    blamed: Vec<Blamed>,
    /// A part of the changes has succeeded, or a control.
    service_worked: bool,
    failures: u32,
    // Written out, so that it has to be there.
    #[serde(deserialize_with = "Option::deserialize")]
    text: Option<String>,
    texts_differ: bool,
    service_fails: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Blamed {
    blame: Blame,
    /// Something has succeeded since the failure.
    works: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Accused {
    blame: Blame,
    /// Each failure since has named a step of its own. So if the rest succeeds now, nothing else
    /// explains the failure.
    unbroken: bool,
    /// The rest has succeeded without it.
    proven: bool,
}

/// A row and what Haptik said of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blame {
    /// The row.
    pub row: u32,
    /// Haptik's words.
    pub reason: String,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextTrial {
    /// Upload these rows.
    Try(TrialRows),
    /// Upload a step that is live already: does the service work at all?
    Control,
    /// Quarantine these rows, and ask again.
    Convict(Vec<Blame>),
    /// Nothing single explains the failure; nothing is quarantined, try all again later.
    ServiceFails(String),
    /// Every row is confirmed or convicted.
    Done,
}

/// Whom a status names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// Nobody.
    Nobody,
    /// A row of the upload.
    Row(u32),
    /// A row of the search that this upload did not carry: what it says cannot be true.
    Absent,
}

/// A task that failed.
#[derive(Clone, Copy, Debug)]
pub struct TrialFailure<'a> {
    /// The rows that it carried.
    pub tried: &'a TrialRows,
    /// The row that the status names, if it names one.
    pub named: Named,
    /// Haptik's words.
    pub text: &'a str,
}

impl Isolation {
    /// Begins with an upload of `size` rows that has just failed.
    pub fn begin(
        base: i64,
        size: usize,
        before: Option<&Self>,
        named: Named,
        text: &str,
    ) -> (Self, Option<Blame>) {
        let all: TrialRows = (0..u32::try_from(size).unwrap_or(u32::MAX)).collect();
        let mut isolation = Self {
            base,
            round: before.map_or(0, |before| before.round + 1),
            size,
            untried: all.clone(),
            suspects: TrialRows::new(),
            accused: Vec::new(),
            texts_lie: false,
            blamed: Vec::new(),
            service_worked: false,
            failures: 0,
            text: None,
            texts_differ: false,
            service_fails: false,
        };
        let tried = &all;
        let convicted = isolation.failed(TrialFailure { tried, named, text });
        (isolation, convicted)
    }

    /// Whether it speaks only of rows that its base has.
    pub(crate) fn fits_its_base(&self) -> bool {
        let blamed = self.blamed.iter().map(|blamed| &blamed.blame.row);
        let accused = self.accused.iter().map(|accused| &accused.blame.row);
        let sets = [&self.untried, &self.suspects];
        let mut rows = sets.into_iter().flatten().chain(blamed).chain(accused);
        rows.all(|row| (*row as usize) < self.size)
    }

    /// How many searches before this one came to no end.
    pub fn round(&self) -> u32 {
        self.round
    }

    /// Whether the search ended in the verdict that the service fails.
    pub fn service_fails(&self) -> bool {
        self.service_fails
    }

    /// What to do next. `control` tells whether there is a live step to send as a control.
    pub fn next(&mut self, control: bool) -> NextTrial {
        let proven = self.accused.extract_if(.., |accused| accused.proven);
        let proven: Vec<Blame> = proven.map(|accused| accused.blame).collect();
        if !proven.is_empty() {
            return NextTrial::Convict(proven);
        }
        if self.service_fails || (!control && self.hopeless()) {
            return self.give_up();
        }
        if control && self.wants_control() {
            return NextTrial::Control;
        }
        if !self.suspects.is_empty() {
            return NextTrial::Try(self.half());
        }
        if !self.untried.is_empty() {
            return NextTrial::Try(self.untried.clone());
        }
        if let Some(accused) = self.accused.first() {
            // All that has failed so far may have failed whatever was in it.
            if control && !self.service_worked {
                return NextTrial::Control;
            }
            return NextTrial::Try(TrialRows::from([accused.blame.row]));
        }
        if let Some(blamed) = self.blamed.iter().find(|blamed| blamed.works) {
            return NextTrial::Try(TrialRows::from([blamed.blame.row]));
        }
        self.last_word(control)
    }

    /// Every row has been tried. With one change, or with errors that tell the rows apart, the
    /// rows explain the failure even where nothing live can serve as a control.
    fn last_word(&mut self, control: bool) -> NextTrial {
        if self.blamed.is_empty() {
            NextTrial::Done
        } else if control {
            NextTrial::Control
        } else if self.size == 1 || self.texts_differ {
            let blamed = std::mem::take(&mut self.blamed);
            NextTrial::Convict(blamed.into_iter().map(|blamed| blamed.blame).collect())
        } else {
            self.give_up()
        }
    }

    fn give_up(&mut self) -> NextTrial {
        self.service_fails = true;
        NextTrial::ServiceFails(self.text.clone().unwrap_or_default())
    }

    /// Where nothing is live, nothing has ever succeeded.
    fn hopeless(&self) -> bool {
        let enough = ENOUGH_WITHOUT_CONTROL << self.round.min(16);
        !self.service_worked && !self.texts_differ && self.blamed.len() >= enough
    }

    fn wants_control(&self) -> bool {
        let in_doubt = self.blamed.iter().filter(|blamed| !blamed.works).count();
        in_doubt >= ENOUGH_WITH_CONTROL || (self.failures >= 2 && !self.service_worked)
    }

    /// Half of the suspects, from the other end in every second search.
    fn half(&self) -> TrialRows {
        let half = self.suspects.len().div_ceil(2);
        if self.round.is_multiple_of(2) {
            self.suspects.iter().take(half).copied().collect()
        } else {
            self.suspects.iter().rev().take(half).copied().collect()
        }
    }

    /// A task over these rows ended in Success.
    pub fn succeeded(&mut self, tried: &TrialRows) {
        for rows in [&mut self.untried, &mut self.suspects] {
            rows.retain(|row| !tried.contains(row));
        }
        self.accused
            .retain(|accused| !tried.contains(&accused.blame.row));
        if self.untried.is_empty() && self.suspects.is_empty() {
            for accused in &mut self.accused {
                accused.proven |= accused.unbroken;
            }
        }
        self.blamed
            .retain(|blamed| !tried.contains(&blamed.blame.row));
        if self.suspects.len() == 1 {
            self.blame_the_suspect();
        }
        self.service_works();
    }

    /// A control, or a recovery, ended in Success.
    pub fn control_succeeded(&mut self) {
        self.service_works();
    }

    fn service_works(&mut self) {
        self.service_worked = true;
        for blamed in &mut self.blamed {
            blamed.works = true;
        }
    }

    /// A control, or a recovery, failed: the service does.
    pub fn control_failed(&mut self, text: &str) {
        self.text = Some(text.to_owned());
        self.service_fails = true;
    }

    /// A task failed. Gives the row that is bad beyond doubt: it has failed alone, named or once more.
    pub fn failed(&mut self, failure: TrialFailure<'_>) -> Option<Blame> {
        if sabotage::is(Sabotage::ServiceBlamesSteps)
            && let Some(row) = failure.tried.first()
        {
            self.set_aside(*row, failure.tried);
            return Some(blame(*row, failure.text));
        }
        self.disprove(failure);
        match failure.named {
            Named::Row(row) if !self.texts_lie => {
                self.set_aside(row, failure.tried);
                let blame = blame(row, failure.text);
                if failure.tried.len() == 1 {
                    return Some(blame);
                }
                self.accused.push(Accused {
                    blame,
                    unbroken: true,
                    proven: false,
                });
                None
            }
            _ => self.failed_unnamed(failure),
        }
    }

    /// The words that accused a row come again without it, or a row is named that was not there.
    fn disprove(&mut self, failure: TrialFailure<'_>) {
        let again = |accused: &Accused| {
            accused.blame.reason == failure.text && !failure.tried.contains(&accused.blame.row)
        };
        self.texts_lie |= failure.named == Named::Absent || self.accused.iter().any(again);
        if self.texts_lie {
            let released = self.accused.drain(..);
            self.untried
                .extend(released.map(|accused| accused.blame.row));
        }
    }

    fn failed_unnamed(&mut self, failure: TrialFailure<'_>) -> Option<Blame> {
        self.failures += 1;
        let before = self.text.replace(failure.text.to_owned());
        self.texts_differ |= before.is_some_and(|before| before != failure.text);
        self.accused
            .retain(|accused| !failure.tried.contains(&accused.blame.row));
        for accused in &mut self.accused {
            accused.unbroken = false;
        }
        if let Some(at) = self.tried_alone(failure.tried) {
            return Some(self.blamed.remove(at).blame);
        }
        let cleared = self.suspects.difference(failure.tried).copied();
        self.untried.extend(cleared);
        self.untried.retain(|row| !failure.tried.contains(row));
        self.suspects.clone_from(failure.tried);
        if self.suspects.len() == 1 {
            self.blame_the_suspect();
        }
        None
    }

    fn tried_alone(&self, tried: &TrialRows) -> Option<usize> {
        let alone = tried.first().filter(|_| tried.len() == 1)?;
        let is_it = |blamed: &Blamed| blamed.blame.row == *alone && blamed.works;
        self.blamed.iter().position(is_it)
    }

    /// Leaves a row out; all others that are not confirmed go up next.
    fn set_aside(&mut self, row: u32, tried: &TrialRows) {
        let suspects = std::mem::take(&mut self.suspects);
        self.untried.extend(suspects.iter().chain(tried));
        self.untried.remove(&row);
        self.blamed.retain(|blamed| blamed.blame.row != row);
        self.accused.retain(|accused| accused.blame.row != row);
        let apart: TrialRows = self.apart().collect();
        self.untried.retain(|row| !apart.contains(row));
    }

    /// The rows that are tried alone, if at all.
    fn apart(&self) -> impl Iterator<Item = u32> {
        let blamed = self.blamed.iter().map(|blamed| blamed.blame.row);
        blamed.chain(self.accused.iter().map(|accused| accused.blame.row))
    }

    fn blame_the_suspect(&mut self) {
        let reason = self.text.clone().unwrap_or_default();
        let suspects = std::mem::take(&mut self.suspects);
        self.blamed.extend(suspects.into_iter().map(|row| Blamed {
            blame: Blame {
                row,
                reason: reason.clone(),
            },
            works: false,
        }));
    }
}

fn blame(row: u32, text: &str) -> Blame {
    Blame {
        row,
        reason: text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
