//! The call budget as a pure decision: a sliding window over the times of the calls made.

use crate::clock::Millis;

/// How long a call counts. The vendor advises about 100 calls a minute at most; the extra second
/// is for calls that arrive closer together than they were made.
pub const WINDOW: Millis = 61_000;

/// What a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallKind {
    /// Handing over a CSV.
    Submit,
    /// Asking how a task is doing.
    Status,
    /// Handing a chat over, or fetching one.
    Conversation,
}

impl CallKind {
    /// The name in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Status => "status",
            Self::Conversation => "conversation",
        }
    }

    /// Calls of this kind fit while fewer than this many were made in the window. A tenth is kept
    /// for submissions, so that nothing else starves them.
    fn share(self, calls_per_minute: u32) -> usize {
        let kept = match self {
            Self::Submit => 0,
            Self::Status | Self::Conversation if calls_per_minute < 2 => 0,
            Self::Status | Self::Conversation => (calls_per_minute / 10).max(1),
        };
        (calls_per_minute - kept) as usize
    }
}

/// How long to wait before a call of this kind; `None`: it may go now. `calls` are the times of
/// the calls in the window, oldest first.
pub fn wait_for(
    calls: &[Millis],
    kind: CallKind,
    calls_per_minute: u32,
    now: Millis,
) -> Option<Millis> {
    let share = kind.share(calls_per_minute);
    if calls.len() < share {
        return None;
    }
    let leaves_first = calls[calls.len() - share];
    Some((leaves_first + WINDOW - now).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_never_holds_more_than_the_limit() {
        let cases = [
            (vec![], CallKind::Submit, 3, 0, None),
            (vec![0, 1], CallKind::Submit, 3, 2, None),
            (vec![0, 1, 2], CallKind::Submit, 3, 2, Some(WINDOW - 2)),
            (vec![0, 1, 2], CallKind::Submit, 2, 2, Some(WINDOW - 1)),
            (vec![0, 1], CallKind::Status, 3, 2, Some(WINDOW - 2)),
            (vec![0], CallKind::Status, 3, 2, None),
            (vec![0, 1], CallKind::Conversation, 3, 2, Some(WINDOW - 2)),
            (vec![0], CallKind::Conversation, 3, 2, None),
            (vec![], CallKind::Status, 1, 2, None),
            (vec![5], CallKind::Status, 1, 5, Some(WINDOW)),
        ];
        for (calls, kind, limit, now, expected) in cases {
            assert_eq!(
                wait_for(&calls, kind, limit, now),
                expected,
                "{calls:?} {kind:?} of {limit} at {now}"
            );
        }
    }
}
