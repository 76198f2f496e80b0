//! The three calls that ask a bot what it answers. The vendor's public documents tell of them, and no
//! tenant was seen: so their paths, and where the reply stands, come from the configuration.

use http::header;
use serde_json::{Value, json};

use super::client::{Client, Exchange};
use super::exchange_result::{Call, ExchangeResult};
use super::fault::CallFault;
use super::wire;
use crate::config::{AskPaths, Secret};

/// Who asks, and where.
#[derive(Clone, Copy, Debug)]
pub struct Channel<'a> {
    /// Where the calls are.
    pub paths: &'a AskPaths,
    /// The user who asks.
    pub user: &'a str,
    /// The channel of the bot.
    pub business_id: u64,
}

impl Client {
    /// Asks a bot; its reply, as it came.
    pub async fn ask(&self, channel: Channel<'_>, message: &str) -> Result<Value, CallFault> {
        let body = said(channel, message);
        let exchange = self
            .asking(Call::Ask, &channel.paths.webhook, &body, message)
            .await?;
        value(&exchange)
    }

    /// Makes the user who asks.
    pub async fn make_user(&self, channel: Channel<'_>) -> Result<(), CallFault> {
        let body = json!({ "auth_id": channel.user, "business_id": channel.business_id });
        self.asking(Call::User, &channel.paths.user, &body, "")
            .await
            .map(drop)
    }

    /// Says something to a bot; the number of the message.
    pub async fn say(&self, channel: Channel<'_>, message: &str) -> Result<Value, CallFault> {
        let body = said(channel, message);
        let exchange = self
            .asking(Call::Message, &channel.paths.message, &body, message)
            .await?;
        let answer = value(&exchange)?;
        let places = ["/message_id", "/body/message_id"];
        let number = places.iter().find_map(|place| answer.pointer(place));
        number
            .filter(|number| number.is_string() || number.is_number())
            .cloned()
            .ok_or_else(|| exchange.fault(ExchangeResult::Missing))
    }

    /// What is asked may come back in an error, and is not to be told.
    async fn asking(
        &self,
        call: Call,
        path: &str,
        body: &Value,
        message: &str,
    ) -> Result<Exchange, CallFault> {
        let request = self
            .post(self.url(call, path, &[])?)
            .header(header::CONTENT_TYPE, wire::JSON)
            .body(body.to_string());
        let exchange = self
            .call_with(call, request, Some(Secret::new(message)))
            .await?;
        if exchange.success() == Some(false) {
            return Err(exchange.fault(ExchangeResult::SaidNo));
        }
        Ok(exchange)
    }
}

fn said(channel: Channel<'_>, message: &str) -> Value {
    json!({
        "user": { "auth_id": channel.user },
        "message_body": message,
        "message_type": 0,
        "business_id": channel.business_id,
    })
}

fn value(exchange: &Exchange) -> Result<Value, CallFault> {
    serde_json::from_slice(exchange.body())
        .map_err(|_| exchange.fault(ExchangeResult::NotUnderstood))
}
