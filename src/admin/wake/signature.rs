//! Whether a wake comes from who knows the token: it brings it, or it is signed with it, as GitHub,
//! Confluence and Zendesk sign. Pure.

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use ring::hmac;

use crate::admin::guard;
use crate::clock::Millis;
use crate::config::Secret;

/// A signed time that is further away is of an old message that somebody sends again.
const AWAY: Millis = 5 * 60 * 1000;

/// Whether the token is there, or a signature made with it.
pub(super) fn is_good(headers: &HeaderMap, body: &[u8], token: &Secret, now: Millis) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(given) = text("authorization") {
        let bearer = given.strip_prefix("Bearer ");
        return bearer.is_some_and(|given| guard::is(token, given));
    }
    let key = hmac::Key::new(hmac::HMAC_SHA256, token.expose().as_bytes());
    // GitHub: https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries; Confluence
    // and Jira call the header by its older name: https://developer.atlassian.com/cloud/confluence/modules/webhook/
    let hub = text("x-hub-signature-256").or_else(|| text("x-hub-signature"));
    if let Some(given) = hub {
        let given = given.strip_prefix("sha256=").and_then(unhex);
        return given.is_some_and(|given| hmac::verify(&key, body, &given).is_ok());
    }
    // Zendesk: https://developer.zendesk.com/documentation/webhooks/verifying/
    let zendesk = text("x-zendesk-webhook-signature");
    let time = text("x-zendesk-webhook-signature-timestamp");
    if let (Some(given), Some(time)) = (zendesk, time) {
        let at: Option<Timestamp> = time.parse().ok();
        let is_fresh = at.is_some_and(|at| (at.as_millisecond() - now).abs() <= AWAY);
        let given = STANDARD.decode(given).unwrap_or_default();
        let signed = [time.as_bytes(), body].concat();
        return is_fresh && hmac::verify(&key, &signed, &given).is_ok();
    }
    false
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    let byte = |pair: &[u8]| {
        let pair = std::str::from_utf8(pair)
            .ok()
            .filter(|pair| pair.len() == 2)?;
        u8::from_str_radix(pair, 16).ok()
    };
    digits.map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-05-28T20:27:40Z
    const NOW: Millis = 1_780_000_060_000;
    const BODY: &[u8] = br#"{"event":"page_updated"}"#;

    #[test]
    fn every_way_to_show_that_one_knows_the_token() {
        let token = Secret::new("0123456789abcdef");
        // printf '{"event":"page_updated"}' | openssl dgst -sha256 -hmac 0123456789abcdef
        let hex = "d8eb660274cd8b616c60ba3432aada638f64cd1da4379e25458f0f567bfb17b2";
        // printf '2026-05-28T20:27:00Z{"event":"page_updated"}' | openssl dgst -sha256 -hmac 0123456789abcdef -binary | base64
        let based = "y0BocFcOomHZMyCZ8Q6d5K8puFPVpZ2bZHHysjO4qZE=";
        let hub = format!("sha256={hex}");
        let (time, old) = ("2026-05-28T20:27:00Z", "2026-05-28T20:20:00Z");
        let zendesk = "x-zendesk-webhook-signature";
        let stamp = "x-zendesk-webhook-signature-timestamp";
        let cases: [(&[(&str, &str)], bool); 10] = [
            (&[("authorization", "Bearer 0123456789abcdef")], true),
            (&[("authorization", "Bearer 0123456789abcdeX")], false),
            (&[("authorization", "0123456789abcdef")], false),
            (&[("x-hub-signature-256", &hub)], true),
            (&[("x-hub-signature", &hub)], true),
            (&[("x-hub-signature-256", "sha256=00")], false),
            (&[(zendesk, based), (stamp, time)], true),
            (&[(zendesk, based), (stamp, old)], false),
            (&[(zendesk, based)], false),
            (&[], false),
        ];
        for (lines, expected) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in lines {
                let name: axum::http::HeaderName = name.parse().unwrap();
                headers.insert(name, value.parse().unwrap());
            }
            assert_eq!(is_good(&headers, BODY, &token, NOW), expected, "{lines:?}");
            assert!(!is_good(&headers, b"other", &token, NOW) || lines[0].0 == "authorization");
        }
    }
}
