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
    /// Asking a bot what it answers.
    Ask,
}

impl CallKind {
    /// The name in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Status => "status",
            Self::Conversation => "conversation",
            Self::Ask => "ask",
        }
    }

    /// Calls of this kind fit while fewer than this many were made in the window. A tenth is kept
    /// for submissions, so that nothing else starves them.
    fn share(self, calls_per_minute: u32) -> usize {
        let kept = match self {
            Self::Submit => 0,
            Self::Status | Self::Conversation | Self::Ask if calls_per_minute < 2 => 0,
            Self::Status | Self::Conversation => (calls_per_minute / 10).max(1),
            // Half is kept for what has to go out.
            Self::Ask => calls_per_minute.div_ceil(2),
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

/// How long a question counts for the budget of a day.
pub const DAY: Millis = 24 * 3_600_000;

/// How long to wait before another call that asks a bot; `None`: the day has room for it. `asked` are the
/// times of those within the last day, oldest first.
pub fn wait_for_day(asked: &[Millis], calls_per_day: u32, now: Millis) -> Option<Millis> {
    let most = calls_per_day as usize;
    if asked.len() < most {
        return None;
    }
    // Without room at all, it is as if the day had just been filled.
    let leaves_first = asked.get(asked.len() - most).copied().unwrap_or(now);
    Some((leaves_first + DAY - now).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_never_holds_more_than_its_budget() {
        for (asked, most, now, expected) in [
            (vec![], 2, 5, None),
            (vec![1], 2, 5, None),
            (vec![1, 3], 2, 5, Some(DAY - 4)),
            (vec![1, 3, 4], 2, 5, Some(DAY - 2)),
            (vec![], 0, 5, Some(DAY)),
        ] {
            assert_eq!(
                wait_for_day(&asked, most, now),
                expected,
                "{asked:?} of {most}"
            );
        }
    }

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
            (vec![0], CallKind::Ask, 4, 2, None),
            (vec![0, 1], CallKind::Ask, 4, 2, Some(WINDOW - 2)),
            (vec![], CallKind::Ask, 1, 2, None),
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
