//! A message as it goes over the wire: JSON for machines, or the form that Slack and Teams take; and
//! its signature. Pure.

use crate::clock::{Millis, rfc3339};
use crate::config::{NotifyFormat, Secret};
use crate::model::{Message, News};
use crate::text::Foreign;
use std::fmt::Write as _;

use ring::hmac;
use serde_json::json;

/// The header that carries the signature.
pub(super) const SIGNATURE: &str = "kms-haptik-sync-signature";

impl Message {
    pub(super) fn new(bot: &str, news: &News, at: Millis) -> Self {
        Self {
            id: 0,
            bot: bot.to_owned(),
            kind: news.kind.name().to_owned(),
            is_over: news.is_over,
            since: news.since,
            words: Foreign::heard(&news.words).text,
            at,
            attempts: 0,
        }
    }

    /// The body of the request.
    pub(super) fn body(&self, format: NotifyFormat) -> String {
        match format {
            NotifyFormat::Json => json!({
                "id": self.id,
                "at": rfc3339(self.at),
                "bot": self.bot,
                "event": self.kind,
                "state": if self.is_over { "over" } else { "begun" },
                "since": rfc3339(self.since),
                "text": self.words,
            }),
            NotifyFormat::Text => json!({ "text": format!("{}: {}", self.bot, self.words) }),
        }
        .to_string()
    }
}

/// The signature of a body: `t=SECONDS,v1=HEX`, where HEX is the HMAC-SHA256 of `SECONDS.BODY`. The
/// time is in it, so that nobody can send an old message again.
pub(super) fn signature(secret: &Secret, body: &str, at: Millis) -> String {
    let seconds = at.div_euclid(1000);
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    let tag = hmac::sign(&key, format!("{seconds}.{body}").as_bytes());
    let mut signed = format!("t={seconds},v1=");
    for byte in tag.as_ref() {
        let _ = write!(signed, "{byte:02x}");
    }
    signed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Message {
        Message {
            id: 7,
            bot: "acme".into(),
            kind: "held".into(),
            is_over: false,
            since: 1_780_000_000_000,
            words: "6 removals are held".into(),
            at: 1_780_000_060_000,
            attempts: 0,
        }
    }

    #[test]
    fn both_forms() {
        assert_eq!(
            message().body(NotifyFormat::Json),
            r#"{"id":7,"at":"2026-05-28T20:27:40Z","bot":"acme","event":"held","state":"begun","since":"2026-05-28T20:26:40Z","text":"6 removals are held"}"#
        );
        assert_eq!(
            message().body(NotifyFormat::Text),
            r#"{"text":"acme: 6 removals are held"}"#
        );
    }

    #[test]
    fn what_is_told_has_a_bound() {
        let news = |words: String| News {
            kind: crate::model::CauseKind::Failing,
            is_over: false,
            since: 0,
            words,
        };
        for sign in ["x", "\u{1}", "é"] {
            let message = Message::new("acme", &news(sign.repeat(1 << 20)), 0);
            assert!(message.words.len() <= crate::text::FOREIGN_LIMIT);
            assert!(message.words.ends_with(" bytes in all]"));
            assert!(message.body(NotifyFormat::Json).len() < 32 << 10);
        }
    }

    #[test]
    fn the_signature_is_that_of_openssl() {
        // printf '1780000060.{"text":"hello"}' | openssl dgst -sha256 -hmac s3cret
        assert_eq!(
            signature(
                &Secret::new("s3cret"),
                r#"{"text":"hello"}"#,
                1_780_000_060_999
            ),
            "t=1780000060,v1=4cc59adcca00f2e1446a36bb4c8d6092a35461b1740e20c01468d92be55822ad"
        );
    }
}
