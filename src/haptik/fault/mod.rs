//! What a call that went wrong means for the upload: one total table from what happened to what
//! the caller does next. `docs/FAULTS.md` shows it.

use std::time::Duration;

use http::HeaderMap;

use super::exchange_result::{Call, ExchangeResult};
use super::remedies;
use super::transport::LostKind;
use crate::clock::{Millis, millis_duration, span};
use crate::text::one_line;

/// Characters of Haptik's own words that a fault keeps.
const WORDS_LIMIT: usize = 1000;
/// The longest wait that a server can ask for.
const LONGEST_ASKED: Duration = Duration::from_hours(24);

/// A shorter wait that a server asks for is nothing that people need to know.
const WORTH_TELLING: Duration = Duration::from_mins(2);

/// What the caller does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultClass {
    /// The same call again, after a while; not before `after`, where Haptik said so.
    Retry {
        /// From `Retry-After`.
        after: Option<Duration>,
    },
    /// Haptik may have taken the upload, or no longer knows the task: the same bytes go again
    /// before anything newer.
    InDoubt,
    /// Haptik looked at the upload and will not have it.
    Refused,
    /// A person must act; the steps are not to blame.
    StopAndTell,
}

/// A call that went wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CallFault {
    /// What to do next.
    pub class: FaultClass,
    /// The HTTP status, where an answer came.
    pub status: Option<u16>,
    /// What happened and what to do, one line, with Haptik's own words.
    pub message: String,
    /// Haptik's own words alone, or the technical cause; empty where there are none.
    pub words: String,
}

impl CallFault {
    /// Builds the fault and its message; `words` are Haptik's own or the cause.
    pub(crate) fn new(
        call: Call,
        exchange: ExchangeResult,
        after: Option<Duration>,
        words: &str,
    ) -> Self {
        let words = one_line(words, WORDS_LIMIT);
        let mut class = classify(call, exchange, after);
        let is_about_bot =
            call == Call::Submit && class == FaultClass::Refused && blames_domain_name(&words);
        if is_about_bot {
            class = FaultClass::StopAndTell;
        }
        // By the vendor's documents this is a 403; the user is made, and asks again.
        let is_unknown = matches!(call, Call::Ask | Call::Message)
            && exchange.status() == Some(403)
            && words.to_lowercase().contains("not registered");
        if is_unknown {
            class = FaultClass::Refused;
        }
        let told = if words.is_empty() { "" } else { ": " };
        let said = words.trim_end_matches('.');
        let advice = match call {
            Call::Submit if is_about_bot => DOMAIN_NAME,
            Call::Submit | Call::Status => advice(call, exchange),
            Call::Transfer | Call::Transcript => {
                remedies::remedy(&words).unwrap_or_else(|| remedies::advice(call, exchange))
            }
            Call::Ask | Call::User | Call::Message => remedies::asking(class, exchange),
        };
        Self {
            class,
            status: exchange.status(),
            message: format!("{exchange}{told}{said}{}. {advice}", asked(class)),
            words,
        }
    }

    /// Whether Haptik will not have the token.
    pub fn refuses_credential(&self) -> bool {
        matches!(self.status, Some(401 | 403))
    }
}

/// What to do where Haptik does not know the bot.
const DOMAIN_NAME: &str = "Check domain_name of this bot: it is the bot's name in Haptik, to the letter, in the account of client_id; \
                           staging and production differ";

/// Whether a refusal is about the bot and not about its steps: it names the field, and says that what is in
/// it will not do. Then no step is to blame, and none is looked for.
fn blames_domain_name(words: &str) -> bool {
    let words = words.to_lowercase().replace(['_', '-'], " ");
    let will_not_do = [
        "invalid",
        "not found",
        "not exist",
        "unknown",
        "no such",
        "missing",
        "required",
        "not valid",
        "not allowed",
        "no access",
    ];
    words.contains("domain name") && will_not_do.iter().any(|one| words.contains(one))
}

/// A wait that the server asks for, as a part of the message.
fn asked(class: FaultClass) -> String {
    match class {
        FaultClass::Retry { after: Some(after) } if after >= WORTH_TELLING => {
            format!("; it asks for a pause of {} (Retry-After)", span(after))
        }
        _ => String::new(),
    }
}

/// The table. `after` is what `Retry-After` said.
pub(super) fn classify(
    call: Call,
    exchange: ExchangeResult,
    after: Option<Duration>,
) -> FaultClass {
    const RETRY: FaultClass = FaultClass::Retry { after: None };
    match (exchange, call) {
        (ExchangeResult::Unprepared | ExchangeResult::NotSent(LostKind::Other), _) => {
            FaultClass::StopAndTell
        }
        (ExchangeResult::NotSent(_), _)
        | (
            ExchangeResult::Lost(_)
            | ExchangeResult::Empty
            | ExchangeResult::NotUnderstood
            | ExchangeResult::Missing
            | ExchangeResult::SaidNo,
            Call::Status,
        )
        | (
            ExchangeResult::Lost(_)
            | ExchangeResult::Empty
            | ExchangeResult::NotUnderstood
            | ExchangeResult::Missing,
            Call::Transcript | Call::Ask | Call::User | Call::Message,
        ) => RETRY,
        (
            ExchangeResult::Lost(_)
            | ExchangeResult::Empty
            | ExchangeResult::NotUnderstood
            | ExchangeResult::Missing,
            Call::Submit | Call::Transfer,
        ) => FaultClass::InDoubt,
        (
            ExchangeResult::SaidNo,
            Call::Submit
            | Call::Transfer
            | Call::Transcript
            | Call::Ask
            | Call::User
            | Call::Message,
        ) => FaultClass::Refused,
        (ExchangeResult::Answered(status), call) => answered(call, status.as_u16(), after),
    }
}

fn answered(call: Call, status: u16, after: Option<Duration>) -> FaultClass {
    let acts = matches!(call, Call::Submit | Call::Transfer);
    match status {
        400 | 413 | 422 if call != Call::Status => FaultClass::Refused,
        408 | 409 | 425 | 429 | 503 => FaultClass::Retry { after },
        ..300 | 500.. if acts => FaultClass::InDoubt,
        404 if call == Call::Status => FaultClass::InDoubt,
        500.. => FaultClass::Retry { after },
        ..300 => FaultClass::Retry { after: None },
        300..500 => FaultClass::StopAndTell,
    }
}

/// What `Retry-After` asks for at the time `now`: seconds or an HTTP date (RFC 9110, 10.2.3); a
/// date that has passed is no wait at all, and more than a day counts as a day.
pub fn retry_after(headers: &HeaderMap, now: Millis) -> Option<Duration> {
    let text = headers
        .get(http::header::RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim();
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let asked = if is_number {
        // A number that is too large for us is still a number.
        Duration::from_secs(text.parse().unwrap_or(u64::MAX))
    } else {
        let date = jiff::fmt::rfc2822::parse(text).ok()?;
        millis_duration(date.timestamp().as_millisecond().saturating_sub(now))
    };
    Some(asked.min(LONGEST_ASKED))
}

/// What is done about it and what a person can do, as the second half of a message.
pub(crate) fn advice(call: Call, exchange: ExchangeResult) -> &'static str {
    match classify(call, exchange, None) {
        FaultClass::Retry { .. } => match exchange {
            ExchangeResult::NotSent(LostKind::Dns | LostKind::Connect) => {
                "It is tried again automatically; check base_url and the network if it stays so"
            }
            ExchangeResult::NotSent(LostKind::Tls) => {
                "It is tried again automatically; check base_url, this machine's clock and its CA \
                 certificates if it stays so"
            }
            _ => "It is tried again automatically",
        },
        FaultClass::InDoubt if call == Call::Status => {
            "The task is not known; the same upload goes again before anything newer"
        }
        FaultClass::InDoubt => {
            "Haptik may have taken the upload all the same; the same upload goes again before \
             anything newer"
        }
        FaultClass::Refused if exchange.status() == Some(413) => {
            "The upload is too large for Haptik; lower max_rows_per_upload if it stays so"
        }
        FaultClass::Refused => "Haptik did not take the upload",
        FaultClass::StopAndTell => stop_advice(exchange),
    }
}

pub(super) fn stop_advice(exchange: ExchangeResult) -> &'static str {
    match exchange.status() {
        Some(401) => "Put the right token in place; it is found without a restart",
        Some(403) => {
            "Check client_id and what the token may do; staging and production differ. A token \
             put in place is found without a restart"
        }
        Some(300..=399) => {
            "Redirects are not followed, so that no credential goes to another host; set base_url \
             to the right address"
        }
        Some(404 | 405) => "Check base_url: the FAQ calls are not there",
        Some(_) => "Haptik will not have this kind of call; check base_url and ask Haptik",
        None => "Check base_url, client_id and token in the configuration",
    }
}

#[cfg(test)]
mod tests;
