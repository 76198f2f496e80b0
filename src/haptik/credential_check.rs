//! Greets Haptik: one look-up of a task that nobody made. Whatever comes back tells whether the
//! token is taken and what time it is there; nothing is uploaded and nothing changes.

use std::time::Duration;

use http::header;
use serde::{Deserialize, Serialize};

use super::client::{Client, NoTaskId, without};
use super::exchange_result::{Call, ExchangeResult};
use super::fault::retry_after;
use super::transport::LostKind;
use super::wire;
use crate::clock::Millis;
use crate::text::one_line;

/// No task has this id.
const NOBODYS_TASK: &str = "00000000-0000-0000-0000-000000000000";
/// Characters of Haptik's own words that are kept.
const WORDS_LIMIT: usize = 300;
/// No date is longer.
const DATE_LIMIT: usize = 64;

/// A credential check and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialCheck {
    /// Where Haptik was looked for.
    pub base_url: String,
    /// Our time when it went out.
    pub asked_at: Millis,
    /// Our time when it was over.
    pub ended_at: Millis,
    /// What came back.
    pub answer: Result<Returned, Unanswered>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returned {
    /// Its status.
    pub status: u16,
    /// Whether its body has the shape of Haptik's own answers.
    pub is_own: bool,
    /// Haptik's own words, on one line and without the token.
    pub words: String,
    /// Its `Date`.
    pub date: Option<String>,
    /// Its `Retry-After`.
    pub retry_after: Option<Duration>,
}

/// No answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unanswered {
    /// In which way.
    pub kind: LostKind,
    /// The technical cause, without the token.
    pub cause: String,
}

/// What this call is in metrics.
const CHECK: &str = "check";

impl Client {
    /// One call that asks after a task that nobody made.
    pub async fn greet(&self) -> CredentialCheck {
        let asked_at = self.now();
        let answer = self.greeted().await.map_err(|lost| Unanswered {
            kind: match lost.exchange {
                ExchangeResult::NotSent(kind) | ExchangeResult::Lost(kind) => kind,
                _ => LostKind::Other,
            },
            cause: lost.cause,
        });
        CredentialCheck {
            base_url: self.base().to_owned(),
            asked_at,
            ended_at: self.now(),
            answer,
        }
    }

    async fn greeted(&self) -> Result<Returned, NoTaskId> {
        let url = self
            .url(Call::Status, wire::STATUS_PATH, &[NOBODYS_TASK, ""])
            .map_err(|fault| NoTaskId::unprepared(fault.words))?;
        let (token, answer) = self.carry(CHECK, self.get(url)).await?;
        let words = without(&wire::own_words(&answer.body), token.as_ref());
        let date = answer.headers.get(header::DATE);
        let date = date.filter(|date| date.len() <= DATE_LIMIT);
        Ok(Returned {
            status: answer.status.as_u16(),
            is_own: wire::is_own(&answer.body),
            words: one_line(&words, WORDS_LIMIT),
            date: date.and_then(|date| Some(date.to_str().ok()?.to_owned())),
            retry_after: retry_after(&answer.headers, self.now()),
        })
    }
}
