//! The times that knowledge bases write. Pure.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::clock::Millis;

/// Numbers from here on are milliseconds since 1970, below it seconds.
const FIRST_MILLIS: u64 = 100_000_000_000;

/// The moment from which something counts that is valid from then; `None` where it is no time.
/// Without a zone it is UTC, and a day begins with its first moment.
pub(crate) fn start_of(text: &str) -> Option<Millis> {
    moment(text, Day::Begins)
}

/// The moment after which something is over that is valid until then; `None` where it is no time.
/// Without a zone it is UTC, and a day lasts until its end.
pub(crate) fn end_of(text: &str) -> Option<Millis> {
    moment(text, Day::Ends)
}

/// What is meant by a day without a time.
#[derive(Clone, Copy)]
enum Day {
    Begins,
    Ends,
}

fn moment(text: &str, day: Day) -> Option<Millis> {
    let text = text.trim();
    if let Ok(number) = text.parse::<i64>() {
        let is_millis = number.unsigned_abs() >= FIRST_MILLIS;
        return Some(if is_millis { number } else { number * 1000 });
    }
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(timestamp.as_millisecond());
    }
    // Only a date has no colon, and would else be taken for its first moment.
    let civil = if text.contains(':') {
        text.parse::<DateTime>().ok()?
    } else {
        let date: Date = text.parse().ok()?;
        let date = match day {
            Day::Begins => date,
            Day::Ends => date.checked_add(1.day()).ok()?,
        };
        date.at(0, 0, 0, 0)
    };
    let zoned = civil.to_zoned(TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_time() {
        let moment = Some(1_767_323_045_000);
        let cases = [
            ("2026-01-02T03:04:05Z", moment),
            ("2026-01-02T04:04:05+01:00", moment),
            ("2026-01-02T03:04:05.000+0000", moment),
            ("2026-01-02T03:04:05.000Z", moment),
            ("2026-01-02 03:04:05", moment),
            ("2026-01-02T03:04:05", moment),
            ("1767323045", moment),
            ("1767323045000", moment),
            (" 2026-01-01 ", Some(1_767_312_000_000)),
            ("9999-12-31", None),
            ("-9223372036854775808", Some(i64::MIN)),
            ("soon", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(end_of(text), expected, "{text}");
        }
    }

    #[test]
    fn a_day_begins_with_its_first_moment_and_lasts_until_its_end() {
        let day = 24 * 60 * 60 * 1000;
        let begins = start_of("2026-01-01").unwrap();
        assert_eq!(end_of("2026-01-01"), Some(begins + day));
        let moment = "2026-01-02T03:04:05Z";
        assert_eq!(start_of(moment), end_of(moment));
    }
}
