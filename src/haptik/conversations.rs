//! The two conversation calls: hand a chat over to agents, and fetch what was said. What the calls
//! would refuse is refused by the types: a countdown out of range, half a group of parameters.

use std::fmt;

use http::header;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::client::Client;
use super::exchange_result::{Call, ExchangeResult};
use super::fault::CallFault;
use super::wire;
use crate::config::Secret;

/// A chat to hand over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// The team whose agents get it.
    pub team_name: String,
    /// Haptik's name of the user.
    pub user_name: String,
    /// The channel where the user writes.
    pub business_id: u64,
    /// When it moves to the team's queue.
    pub countdown: Countdown,
}

/// Seconds until a chat moves to the queue: 5 to 10.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Countdown(u8);

impl Countdown {
    /// What Haptik takes where nobody says anything.
    pub const DEFAULT: Self = Self(10);
}

impl TryFrom<u8> for Countdown {
    type Error = String;

    fn try_from(seconds: u8) -> Result<Self, String> {
        if (5..=10).contains(&seconds) {
            Ok(Self(seconds))
        } else {
            Err(format!("{seconds} is not in 5 to 10 seconds"))
        }
    }
}

impl From<Countdown> for u8 {
    fn from(countdown: Countdown) -> Self {
        countdown.0
    }
}

/// A conversation to fetch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TranscriptQuery {
    /// Its number among the user's.
    pub conversation_no: u64,
    /// The user.
    pub whose: Whose,
    /// Messages at the most.
    pub limit: Option<u64>,
    /// The form in which Haptik sends it.
    pub form: TransferForm,
}

/// Whose conversation: one of Haptik's two groups of parameters, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Whose {
    /// A user that Haptik knows by name.
    User {
        /// Haptik's name of the user.
        user_name: String,
        /// The channel where the user writes.
        business_id: u64,
    },
    /// A user known by a token.
    Token(UserToken),
}

/// A packed user token (`pxut`). It opens a user's conversations, so it is never shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserToken(pub String);

impl fmt::Debug for UserToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// The form of a transcript.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TransferForm {
    /// Message by message.
    Json,
    /// As Haptik writes it.
    Text,
}

/// What was said, in the shape of the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Transcript {
    /// Message by message.
    Messages {
        /// The messages, oldest first.
        chat_json: Vec<ChatMessage>,
    },
    /// As Haptik writes it: a line for each message.
    Text {
        /// The lines.
        chat_text: String,
    },
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatMessage {
    /// What was said.
    pub text: String,
    /// `bot`, `user`, or the name of an agent.
    pub sender: String,
    /// Haptik's number of it.
    #[serde(default)]
    pub message_id: Value,
    /// When, as Haptik writes it: `06/22/20 07:24:25 AM UTC`.
    #[serde(default)]
    pub timestamp: String,
}

impl Client {
    /// Hands a chat over to a team.
    pub async fn transfer(&self, transfer: &Transfer) -> Result<(), CallFault> {
        let call = Call::Transfer;
        let url = self.url(call, wire::TRANSFER_PATH, &[])?;
        let body = wire::transfer(transfer);
        let request = self
            .post(url)
            .header(header::CONTENT_TYPE, wire::JSON)
            .body(body.to_string());
        let exchange = self.call(call, request).await?;
        match exchange.success() {
            Some(true) => Ok(()),
            Some(false) => Err(exchange.fault(ExchangeResult::SaidNo)),
            None => Err(exchange.fault(ExchangeResult::Missing)),
        }
    }

    /// Fetches what was said.
    pub async fn transcript(&self, wanted: &TranscriptQuery) -> Result<Transcript, CallFault> {
        let call = Call::Transcript;
        let mut url = self.url(call, wire::TRANSCRIPT_PATH, &[])?;
        url.query_pairs_mut().extend_pairs(wire::query(wanted));
        let request = self.get(url).header(header::CONTENT_TYPE, wire::JSON);
        let secret = match &wanted.whose {
            Whose::Token(UserToken(token)) => Some(Secret::new(token)),
            Whose::User { .. } => None,
        };
        let exchange = self.call_with(call, request, secret).await?;
        if exchange.success() == Some(false) {
            return Err(exchange.fault(ExchangeResult::SaidNo));
        }
        serde_json::from_slice(exchange.body()).map_err(|_| exchange.fault(ExchangeResult::Missing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_countdown_is_five_to_ten_seconds() {
        for seconds in 0..=u8::MAX {
            let taken = Countdown::try_from(seconds).is_ok();
            assert_eq!(taken, (5..=10).contains(&seconds), "{seconds}");
            let handed_over = serde_json::from_str::<Countdown>(&seconds.to_string()).is_ok();
            assert_eq!(handed_over, taken, "{seconds}");
        }
    }

    #[test]
    fn a_user_token_is_not_shown() {
        let whose = Whose::Token(UserToken("tw389ysgd".to_owned()));
        assert!(!format!("{whose:?}").contains("tw389ysgd"));
    }
}
