//! What changes whenever an article does, as its list has it, and whether an article that came with
//! it may count as it is until it is another one. A time repeats: what was saved once more within the
//! second that it names has the same. No clock of this machine is compared with one of the server. Pure.

use std::time::Duration;

use reqwest::header::{DATE, HeaderMap};

use crate::clock::{Millis, duration_millis};
use crate::intake::feed::items::end_of;

/// By so much a server's clock must have gone on since the time that it names. Far longer than any
/// time is round, and than any zone is off that a time without one may be in.
const LONG_AGO: Duration = Duration::from_hours(24);

/// So long after a time was first seen, what is saved gets another one. Servers that answer for one
/// another have clocks of their own, and copies of what was saved.
const PASSED: Duration = Duration::from_mins(2);

/// When an answer was asked for, and what time it was on the server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    /// Since this machine has started.
    pub(crate) asked: Millis,
    date: Option<Millis>,
}

impl Seen {
    pub(crate) fn of(asked: Millis, headers: &HeaderMap) -> Self {
        let date = headers.get(DATE).and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
        let date = date.map(|date| date.timestamp().as_millisecond());
        Self { asked, date }
    }

    /// Whether whatever is saved after this answer gets another stamp than this one, which was first
    /// seen at that time since this machine has started.
    pub(crate) fn is_final(&self, stamp: &str, first_seen: Millis) -> bool {
        let has_passed = self.asked.saturating_sub(first_seen) >= duration_millis(PASSED);
        has_passed
            || match end_of(stamp) {
                Some(named) => self
                    .date
                    .is_some_and(|date| date.saturating_sub(named) > duration_millis(LONG_AGO)),
                None => !may_be_time(stamp),
            }
    }
}

/// Whether a text may be a time or a day in a form that is not known here, and no version.
fn may_be_time(text: &str) -> bool {
    let is_digit = |c: char| c.is_ascii_digit();
    let words = text.split(|c: char| !c.is_alphanumeric());
    let mut years = words.filter(|word| word.len() == 4 && word.chars().all(is_digit));
    let has_year = years.any(|word| word.starts_with("19") || word.starts_with("20"));
    let is_clock = |part: &str| {
        let around = part.split_once([':', '/']);
        around.is_some_and(|(before, after)| {
            before.ends_with(is_digit) && after.starts_with(is_digit)
        })
    };
    has_year || text.split_whitespace().any(is_clock)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_counts_once_it_cannot_come_again() {
        const MINUTE: Millis = 60_000;
        let date = Some("Fri, 02 Jan 2026 03:04:05 GMT");
        for (stamp, date, since_first, is_final) in [
            // The same second, the same day, and wherever a time without a zone may be.
            ("2026-01-02T03:04:05Z", date, 0, false),
            ("2026-01-01 12:00:00", date, 0, false),
            ("2026-01-01T03:04:04Z", date, 0, true),
            ("1767236644", date, 0, true),
            // Later on this machine, whatever the clocks say.
            ("2026-01-02T03:04:05Z", date, MINUTE, false),
            ("2026-01-02T03:04:05Z", date, 2 * MINUTE, true),
            ("2036-01-02T03:04:05Z", date, 2 * MINUTE, true),
            // Versions.
            ("7", date, 0, true),
            ("draft", date, 0, true),
            ("1.12", date, 0, true),
            ("ka0f2019AbC", date, 0, true),
            ("W/\"0a1b-7:f\"", date, 0, true),
            // What may be a time in other words, or without a time beside it.
            ("2 Jan 2020, 3:04", date, 0, false),
            ("02.01.2020", date, 0, false),
            ("3:04 yesterday", date, 0, false),
            ("1/2/20", date, 0, false),
            ("2020-01-01T00:00:00Z", None, 0, false),
            ("2020-01-01T00:00:00Z", Some("soon"), 0, false),
            ("2020-01-01T00:00:00Z", None, 2 * MINUTE, true),
        ] {
            let mut headers = HeaderMap::new();
            headers.extend(date.map(|date| (DATE, date.parse().unwrap())));
            let seen = Seen::of(1000 + since_first, &headers);
            let found = seen.is_final(stamp, 1000);
            assert_eq!(found, is_final, "{stamp} at {date:?} after {since_first}");
        }
    }
}
