//! What goes wrong on the wire: chosen by the seed, call by call, as long as the weather is bad.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, StatusCode, header};
use kms_haptik_sync::haptik::{Answer, Lost, LostKind};

/// One thing that goes wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Nobody listens.
    Refused,
    /// The connection breaks before the request is read.
    ResetBefore,
    /// Nothing comes back, and nothing was done.
    TimeoutBefore,
    /// Everything is done, and the answer is lost.
    AnswerLost,
    /// Everything is done, and nothing comes back.
    TimeoutAfter,
    /// Everything is done, and the answer breaks off.
    Truncated,
    /// Everything is done, and the answer is empty.
    Empty,
    /// Everything is done, and a page of a gateway comes back.
    HtmlAfter,
    /// A gateway's page with status 502, and nothing was done.
    BadGateway,
    /// Status 500, and everything was done.
    ServerErrorAfter,
    /// Status 503.
    Unavailable,
    /// Status 429 with `Retry-After`.
    TooMany,
    /// Status 401.
    Unauthorised,
    /// The id of the task is lost.
    Forget,
}

impl Trouble {
    pub(crate) const ALL: [Self; 14] = [
        Self::Refused,
        Self::ResetBefore,
        Self::TimeoutBefore,
        Self::AnswerLost,
        Self::TimeoutAfter,
        Self::Truncated,
        Self::Empty,
        Self::HtmlAfter,
        Self::BadGateway,
        Self::ServerErrorAfter,
        Self::Unavailable,
        Self::TooMany,
        Self::Unauthorised,
        Self::Forget,
    ];

    /// Whether Haptik does what it was asked for all the same.
    pub(crate) fn is_after(self) -> bool {
        matches!(
            self,
            Self::AnswerLost
                | Self::TimeoutAfter
                | Self::Truncated
                | Self::Empty
                | Self::HtmlAfter
                | Self::ServerErrorAfter
                | Self::Forget
        )
    }

    /// Whether the client waits in vain.
    pub(crate) fn is_silence(self) -> bool {
        matches!(self, Self::TimeoutBefore | Self::TimeoutAfter)
    }

    /// What the client gets instead of the answer.
    pub(crate) fn outcome(self, answer: Option<Answer>) -> Result<Answer, Lost> {
        match self {
            Self::Refused => Err(lost(false, LostKind::Connect)),
            Self::ResetBefore | Self::AnswerLost => Err(lost(true, LostKind::Reset)),
            Self::TimeoutBefore | Self::TimeoutAfter => Err(lost(true, LostKind::Timeout)),
            Self::Truncated => Ok(half(answer)),
            Self::Empty => Ok(says(StatusCode::OK, "")),
            Self::HtmlAfter => Ok(says(StatusCode::OK, "<html><title>Hello</title></html>")),
            Self::BadGateway => Ok(says(StatusCode::BAD_GATEWAY, "<html></html>")),
            Self::ServerErrorAfter => Ok(says(StatusCode::INTERNAL_SERVER_ERROR, "{}")),
            Self::Unavailable => Ok(says(StatusCode::SERVICE_UNAVAILABLE, "")),
            Self::TooMany => {
                let mut answer = says(StatusCode::TOO_MANY_REQUESTS, "");
                let wait = HeaderValue::from_static("17");
                answer.headers.insert(header::RETRY_AFTER, wait);
                Ok(answer)
            }
            Self::Unauthorised => Ok(says(
                StatusCode::UNAUTHORIZED,
                "{\"error_message\": \"no such token\"}",
            )),
            Self::Forget => answer.ok_or_else(|| lost(true, LostKind::Reset)),
        }
    }
}

fn says(status: StatusCode, body: &'static str) -> Answer {
    Answer {
        status,
        headers: HeaderMap::new(),
        body: body.into(),
    }
}

fn half(answer: Option<Answer>) -> Answer {
    let mut answer = answer.unwrap_or_else(|| says(StatusCode::OK, ""));
    answer.body.truncate(answer.body.len() / 2);
    answer
}

fn lost(sent: bool, kind: LostKind) -> Lost {
    Lost {
        sent,
        cause: "the weather".to_owned(),
        kind,
    }
}

/// The weather of a run.
#[derive(Debug)]
pub(crate) struct Weather {
    random: fastrand::Rng,
    /// Of a hundred calls, so many go wrong.
    pub(crate) chance: u32,
    pub(crate) troubles: Vec<Trouble>,
}

impl Weather {
    pub(crate) fn new(random: fastrand::Rng) -> Self {
        Self {
            random,
            chance: 0,
            troubles: Vec::new(),
        }
    }

    pub(crate) fn clear(&mut self) {
        self.chance = 0;
    }

    /// What goes wrong with the next call.
    pub(crate) fn next(&mut self) -> Option<Trouble> {
        let bad = self.chance > 0 && self.random.u32(0..100) < self.chance;
        bad.then(|| self.troubles[self.random.usize(0..self.troubles.len())])
    }

    /// How long a request, or an answer, is on its way.
    pub(crate) fn way(&mut self) -> Duration {
        Duration::from_millis(self.random.u64(1..400))
    }
}
