//! How fast a feed is asked: the pause between two requests, what the knowledge base says of the
//! quota that is left, and the patience that it asks for.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};

use crate::clock::{Clock, Instant, Millis, instant};
use crate::config::Feed;

/// A quota of which at most this share is left makes slower.
const LOW_SHARE: u64 = 10;
/// Numbers from here on are times since 1970 and not seconds to go.
const LONGEST_WINDOW: u64 = 100_000_000;

/// How fast one sweep may ask.
pub(crate) struct Pace {
    min_interval: Duration,
    max_wait: Duration,
    state: Mutex<PaceState>,
}

struct PaceState {
    next: Instant,
    /// How long was waited because that was asked for, and because it was wise.
    waited: [Duration; 2],
}

/// Why requests are held back.
#[derive(Clone, Copy)]
pub(crate) enum PauseReason {
    /// The knowledge base asked for patience.
    Asked,
    /// Little of the quota is left.
    Wise,
}

/// Waiting any longer would use up `max_wait`.
pub(crate) struct Impatient;

impl Pace {
    pub(crate) fn new(feed: &Feed) -> Self {
        Self {
            min_interval: feed.min_interval,
            max_wait: feed.max_wait,
            state: Mutex::new(PaceState {
                next: instant(),
                waited: [Duration::ZERO; 2],
            }),
        }
    }

    /// Waits until a request may go out.
    pub(crate) async fn wait(&self, clock: &Clock) {
        let wait = {
            let mut state = self.lock();
            let now = instant();
            let at = state.next.max(now);
            state.next = at + self.min_interval;
            at - now
        };
        if !wait.is_zero() {
            clock.sleep(wait).await;
        }
    }

    /// Holds every request back for so long.
    pub(crate) fn hold(&self, wait: Duration, why: PauseReason) -> Result<(), Impatient> {
        // Also keeps the sums below within what can be told of time.
        if wait > self.max_wait {
            return Err(Impatient);
        }
        let mut state = self.lock();
        let now = instant();
        let until = now + wait;
        // Several requests may be told the same at once.
        let longer = until.saturating_duration_since(state.next.max(now));
        let waited = state.waited[why as usize] + longer;
        if waited > self.max_wait {
            return Err(Impatient);
        }
        state.waited[why as usize] = waited;
        state.next = state.next.max(until);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, PaceState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What some say in words where they refuse because too much was asked: Salesforce.
const QUOTA_USED_UP: &[u8] = b"\"REQUEST_LIMIT_EXCEEDED\"";

/// Whether a refusal (403) is because too much was asked, and not because of who asks. It then ends by
/// itself, and other credentials do not help.
pub(crate) fn is_of_quota(headers: &HeaderMap, body: &[u8]) -> bool {
    let says = || {
        body.windows(QUOTA_USED_UP.len())
            .any(|part| part == QUOTA_USED_UP)
    };
    headers.contains_key(RETRY_AFTER) || remaining(headers) == Some(0) || says()
}

fn remaining(headers: &HeaderMap) -> Option<u64> {
    number(
        headers,
        [
            "x-ratelimit-remaining",
            "x-rate-limit-remaining",
            "ratelimit-remaining",
        ],
    )
}

fn number(headers: &HeaderMap, names: [&str; 3]) -> Option<u64> {
    let mut values = names.into_iter().filter_map(|name| headers.get(name));
    let text = values.next()?.to_str().ok()?;
    // The older draft writes `100, 100;w=60`.
    let first = text.split([',', ';', '.']).next()?;
    first.trim().parse::<u64>().ok()
}

/// The pause that the headers of an answer suggest, where little of the quota is left.
pub(crate) fn suggested(headers: &HeaderMap, now: Millis) -> Option<Duration> {
    let number = |names| number(headers, names);
    let remaining = remaining(headers)?;
    let limit = number(["x-ratelimit-limit", "x-rate-limit", "ratelimit-limit"]);
    let low = limit.map_or(5, |limit| limit / LOW_SHARE);
    if remaining > low {
        return None;
    }
    let reset = number(["x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset"]);
    let seconds = match reset {
        None => return Some(Duration::from_secs(1)),
        Some(at) if at >= LONGEST_WINDOW => {
            at.saturating_sub(u64::try_from(now / 1000).unwrap_or_default())
        }
        Some(seconds) => seconds,
    };
    let share = Duration::from_secs(seconds) / u32::try_from(remaining + 1).unwrap_or(u32::MAX);
    (!share.is_zero()).then_some(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_may_be_one_of_quota() {
        let salesforce = "[{\"message\":\"TotalRequests Limit exceeded.\",\"errorCode\":\"REQUEST_LIMIT_EXCEEDED\"}]";
        let denied =
            "[{\"message\":\"You do not have access.\",\"errorCode\":\"API_DISABLED_FOR_ORG\"}]";
        for (header, body, expected) in [
            (None, "", false),
            (None, denied, false),
            (None, salesforce, true),
            (Some(("retry-after", "3600")), "", true),
            (Some(("x-ratelimit-remaining", "0")), denied, true),
            (Some(("x-ratelimit-remaining", "12")), denied, false),
        ] {
            let mut headers = HeaderMap::new();
            headers.extend(header.map(|(name, value): (&'static str, &str)| {
                (
                    reqwest::header::HeaderName::from_static(name),
                    value.parse().unwrap(),
                )
            }));
            let found = is_of_quota(&headers, body.as_bytes());
            assert_eq!(found, expected, "{header:?} {body}");
        }
    }

    #[test]
    fn little_quota_makes_slower() {
        type Case<'a> = (&'a [(&'a str, &'a str)], Option<u64>);
        let cases: [Case; 9] = [
            (&[], None),
            (&[("x-ratelimit-remaining", "40")], None),
            (&[("x-ratelimit-remaining", "5")], Some(1000)),
            (
                &[
                    ("X-Rate-Limit-Remaining", "0"),
                    ("x-rate-limit-reset", "30"),
                ],
                Some(30_000),
            ),
            (
                &[
                    ("ratelimit-remaining", "9"),
                    ("ratelimit-limit", "100, 100;w=60"),
                    ("ratelimit-reset", "60"),
                ],
                Some(6000),
            ),
            (
                &[
                    ("ratelimit-remaining", "11"),
                    ("ratelimit-limit", "100"),
                    ("ratelimit-reset", "60"),
                ],
                None,
            ),
            (
                &[
                    ("x-ratelimit-remaining", "1"),
                    ("x-ratelimit-reset", "1700000010"),
                ],
                Some(5000),
            ),
            (
                &[
                    ("x-ratelimit-remaining", "0"),
                    ("x-ratelimit-reset", "1600000000"),
                ],
                None,
            ),
            (&[("x-ratelimit-remaining", "many")], None),
        ];
        for (lines, expected) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in lines {
                let name: reqwest::header::HeaderName = name.parse().unwrap();
                headers.insert(name, value.parse().unwrap());
            }
            let found = suggested(&headers, 1_700_000_000_000);
            assert_eq!(found, expected.map(Duration::from_millis), "{lines:?}");
        }
    }
}
