//! Durations and sizes as people write them: a whole number and a unit.

use std::time::Duration;

/// The forms of a duration, for messages.
pub(super) const FORMS: &str = "\"250ms\", \"2s\", \"5m\", \"6h\" or \"7d\"";

/// The longest duration that is taken: ten years, so that no sum of waits can overflow a clock.
pub(super) const LONGEST: Duration = Duration::from_hours(10 * 365 * 24);

/// Why a duration was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadDuration {
    /// Not a whole number and a unit.
    Form,
    /// More than [`LONGEST`].
    TooLong,
}

/// Reads `250ms`, `2s`, `5m`, `6h`, `7d`.
pub(super) fn duration(text: &str) -> Result<Duration, BadDuration> {
    let (number, unit) = split(text).ok_or(BadDuration::Form)?;
    let milliseconds: u64 = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(BadDuration::Form),
    };
    let duration = number
        .and_then(|number| number.checked_mul(milliseconds))
        .map(Duration::from_millis);
    duration
        .filter(|duration| *duration <= LONGEST)
        .ok_or(BadDuration::TooLong)
}

/// Writes a duration in the largest unit that takes it whole.
pub(super) fn show(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    let units = [
        (86_400_000, "d"),
        (3_600_000, "h"),
        (60_000, "m"),
        (1000, "s"),
    ];
    for (size, unit) in units {
        if milliseconds > 0 && milliseconds.is_multiple_of(size) {
            return format!("{}{unit}", milliseconds / size);
        }
    }
    format!("{milliseconds}ms")
}

/// Reads `4096`, `64KiB`, `512MiB`, `1GiB`, the decimal units too.
pub(super) fn size(text: &str) -> Option<u64> {
    let (number, unit) = split(text)?;
    let bytes = match unit.trim_start() {
        "" | "B" => 1,
        "kB" | "KB" => 1000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    number?.checked_mul(bytes)
}

/// The digits, as a number unless there are too many, and what follows them.
fn split(text: &str) -> Option<(Option<u64>, &str)> {
    let end = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    if digits.is_empty() {
        return None;
    }
    Some((digits.parse().ok(), unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let cases = [
            ("250ms", Ok(Duration::from_millis(250))),
            ("2s", Ok(Duration::from_secs(2))),
            ("5m", Ok(Duration::from_mins(5))),
            ("6h", Ok(Duration::from_hours(6))),
            ("7d", Ok(Duration::from_hours(7 * 24))),
            ("0s", Ok(Duration::ZERO)),
            ("1.5s", Err(BadDuration::Form)),
            ("-1s", Err(BadDuration::Form)),
            ("30", Err(BadDuration::Form)),
            ("1w", Err(BadDuration::Form)),
            ("5 m", Err(BadDuration::Form)),
            ("5M", Err(BadDuration::Form)),
            ("", Err(BadDuration::Form)),
            ("4000d", Err(BadDuration::TooLong)),
            ("99999999999999999999999d", Err(BadDuration::TooLong)),
        ];
        for (text, expected) in cases {
            assert_eq!(duration(text), expected, "{text}");
            if let Ok(read) = expected
                && !read.is_zero()
            {
                assert_eq!(show(read), text);
            }
        }
    }

    #[test]
    fn sizes() {
        assert_eq!(size("4096"), Some(4096));
        assert_eq!(size("512MiB"), Some(512 << 20));
        assert_eq!(size("1 GiB"), Some(1 << 30));
        assert_eq!(size("2MB"), Some(2_000_000));
        assert_eq!(size("1TiB"), None);
        assert_eq!(size("99999999999999999999"), None);
        assert_eq!(size("99999999999999999GiB"), None);
    }
}
