//! The faults that a sandbox can be told to commit at its next calls, as data.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::haptik::Call;

/// A fault for one or more of the next API calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The calls that it waits for.
    #[serde(default)]
    pub on: On,
    /// What goes wrong.
    pub kind: FaultKind,
    /// How often; 1 unless told.
    #[serde(default = "once")]
    pub times: u32,
    /// `status_code`: the status, 500 unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<u16>,
    /// `status_code`, `html`, `not_json`, `success_false`: the body, or Haptik's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// `status_code`: headers of the answer, such as `retry-after` and `location`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// `slow`: how long the answer waits, in milliseconds.
    #[serde(default)]
    pub ms: u64,
    /// Whether the call has its effect all the same; each kind has its own default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processed: Option<bool>,
}

/// The calls that a fault waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum On {
    /// Uploads.
    Submit,
    /// Questions for a task's status.
    Status,
    /// Chats that are handed over.
    Transfer,
    /// Conversations that are fetched.
    Transcript,
    /// Questions to a bot.
    Ask,
    /// Users that are made.
    User,
    /// Messages to a bot.
    Message,
    /// All of them.
    #[default]
    Any,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// An answer with `code`, `headers` and `body`; nothing is done.
    StatusCode,
    /// The connection is closed, and nothing is done.
    DropBefore,
    /// Everything is done, and the connection is closed without an answer.
    DropAfter,
    /// Everything is done, and the answer breaks off in the middle.
    Truncate,
    /// Everything is done, and the answer of status 200 has no body.
    Empty,
    /// A gateway's HTML page with status `code` (502 unless told); nothing is done.
    Html,
    /// Everything is done at once, and the answer comes `ms` later. With `processed: false` the
    /// work, too, begins `ms` later.
    Slow,
    /// Everything is done, and the answer of status 200 is not JSON.
    NotJson,
    /// An answer of status 200 that says no; nothing is done.
    SuccessFalse,
    /// The task is carried out in its time, and its id is not known any more.
    ForgetTask,
    /// Everything is done, and the answer is a gigabyte long.
    Huge,
}

impl Fault {
    /// A fault of this kind at the next call.
    pub fn new(on: On, kind: FaultKind) -> Self {
        Self {
            on,
            kind,
            times: 1,
            code: None,
            body: None,
            headers: BTreeMap::new(),
            ms: 0,
            processed: None,
        }
    }

    /// An answer with this status at the next call.
    pub fn status_code(on: On, code: u16) -> Self {
        Self {
            code: Some(code),
            ..Self::new(on, FaultKind::StatusCode)
        }
    }

    /// Whether the call has its effect.
    pub(super) fn is_processed(&self) -> bool {
        self.processed.unwrap_or(!matches!(
            self.kind,
            FaultKind::StatusCode
                | FaultKind::DropBefore
                | FaultKind::Html
                | FaultKind::SuccessFalse
        ))
    }

    fn concerns(&self, call: Call) -> bool {
        match self.on {
            On::Any => true,
            On::Submit => call == Call::Submit,
            On::Status => call == Call::Status,
            On::Transfer => call == Call::Transfer,
            On::Transcript => call == Call::Transcript,
            On::Ask => call == Call::Ask,
            On::User => call == Call::User,
            On::Message => call == Call::Message,
        }
    }
}

/// The next fault for this call, taken from those that wait.
pub(super) fn take(waiting: &mut VecDeque<Fault>, call: Call) -> Option<Fault> {
    waiting.retain(|fault| fault.times > 0);
    let at = waiting.iter().position(|fault| fault.concerns(call))?;
    waiting[at].times -= 1;
    let fault = waiting[at].clone();
    waiting.retain(|fault| fault.times > 0);
    Some(fault)
}

fn once() -> u32 {
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_wait_for_their_call_and_come_in_order() {
        let mut waiting: VecDeque<Fault> = [
            Fault::new(On::Status, FaultKind::Empty),
            Fault {
                times: 2,
                ..Fault::new(On::Submit, FaultKind::Html)
            },
            Fault::new(On::Any, FaultKind::Huge),
        ]
        .into();
        let mut next = |call| take(&mut waiting, call).map(|fault| fault.kind);
        assert_eq!(next(Call::Submit), Some(FaultKind::Html));
        assert_eq!(next(Call::Submit), Some(FaultKind::Html));
        assert_eq!(next(Call::Submit), Some(FaultKind::Huge));
        assert_eq!(next(Call::Submit), None);
        assert_eq!(next(Call::Status), Some(FaultKind::Empty));
        assert_eq!(next(Call::Status), None);
    }
}
