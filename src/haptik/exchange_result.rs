//! Everything that can come of a call besides the answer that was hoped for, as plain values.

use std::fmt;

use http::StatusCode;

use super::transport::{Lost, LostKind};

/// The calls: two of the FAQ API, two about conversations, and three that ask a bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// Hands in an upload: Haptik may act on it even when its answer is lost.
    Submit,
    /// Asks how far a task is: changes nothing and can be asked again.
    Status,
    /// Hands a chat over: Haptik may act on it even when its answer is lost.
    Transfer,
    /// Fetches what was said: changes nothing and can be asked again.
    Transcript,
    /// Asks a bot and hears its reply: nothing is lost where it is asked again.
    Ask,
    /// Makes the user who asks: one who is there already does no harm.
    User,
    /// Says something to a bot; its reply stands in the conversation.
    Message,
}

impl Call {
    /// The name in metrics.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Status => "status",
            Self::Transfer => "transfer",
            Self::Transcript => "transcript",
            Self::Ask => "ask",
            Self::User => "user",
            Self::Message => "message",
        }
    }
}

/// What came of a call that did not bring what it was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExchangeResult {
    /// The request could not be put together: no token, a base URL that is none.
    Unprepared,
    /// The request certainly did not reach Haptik.
    NotSent(LostKind),
    /// The request may have reached Haptik; its answer did not come, or not whole.
    Lost(LostKind),
    /// Status 200 and no body.
    Empty,
    /// Status 200 and a body that is not the JSON that was to come.
    NotUnderstood,
    /// Status 200 and JSON without what was asked for, such as the `task_id`.
    Missing,
    /// Status 200 and `"success": false`.
    SaidNo,
    /// Any other status.
    Answered(StatusCode),
}

impl ExchangeResult {
    /// How the loss of an answer counts.
    pub(crate) fn of(lost: &Lost) -> Self {
        if lost.sent {
            Self::Lost(lost.kind)
        } else {
            Self::NotSent(lost.kind)
        }
    }

    /// The status of the answer, where there was one.
    pub(crate) fn status(self) -> Option<u16> {
        match self {
            Self::Unprepared | Self::NotSent(_) | Self::Lost(_) => None,
            Self::Empty | Self::NotUnderstood | Self::Missing | Self::SaidNo => Some(200),
            Self::Answered(status) => Some(status.as_u16()),
        }
    }
}

/// What happened, as the first half of a message.
impl fmt::Display for ExchangeResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unprepared => f.write_str("the call to Haptik could not be prepared"),
            Self::NotSent(kind) => f.write_str(not_sent(*kind)),
            Self::Lost(kind) => f.write_str(lost(*kind)),
            Self::Empty => f.write_str("Haptik answered with nothing"),
            Self::NotUnderstood => {
                f.write_str("Haptik's answer is not the JSON that was to come, or is cut off")
            }
            Self::Missing => f.write_str("Haptik's answer lacks what was asked for"),
            Self::SaidNo => f.write_str("Haptik answered with \"success\": false"),
            Self::Answered(status) => write!(f, "Haptik answered {status}"),
        }
    }
}

fn not_sent(kind: LostKind) -> &'static str {
    match kind {
        LostKind::Connect => "no connection to Haptik",
        LostKind::Dns => "the name of Haptik's host could not be resolved",
        LostKind::Tls => "no trusted TLS connection to Haptik",
        LostKind::Timeout => "connecting to Haptik took too long",
        LostKind::Reset => "the connection to Haptik was closed before anything was sent",
        LostKind::TooLarge | LostKind::Other => "the request to Haptik could not be sent",
    }
}

fn lost(kind: LostKind) -> &'static str {
    match kind {
        LostKind::Timeout => "Haptik did not answer in time",
        LostKind::TooLarge => "Haptik's answer was far too long and was cut off",
        LostKind::Reset => "the connection to Haptik was closed before the answer was complete",
        LostKind::Connect | LostKind::Dns | LostKind::Tls | LostKind::Other => {
            "the answer of Haptik was lost"
        }
    }
}
