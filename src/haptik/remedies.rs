//! What a person does about an error of the conversation calls: by Haptik's own words where they
//! are among the documented ones, else by what happened.

use super::exchange_result::{Call, ExchangeResult};
use super::fault::{FaultClass, classify, stop_advice};
use super::transport::LostKind;

const USER: &str =
    "Check --user-name: it is the name that Haptik gave the user, not the user's own";
const CHANNEL: &str = "Check --business-id: it is the number of the channel where the user writes, \
                       in this account; staging and production differ";
const TOKEN: &str = "Put the right token in place; staging and production differ";
const GROUP: &str = "Give --conversation-no and either --user-name with --business-id, or --pxut";

/// The documented messages, in the order of the vendor's page of April 2023, each with what to do.
/// `*` stands for a name.
pub const REMEDIES: [(&str, &str); 22] = [
    (
        "client_id missing in headers",
        "Set client_id below [haptik] in the configuration",
    ),
    (
        "invalid client_id in headers",
        "Check client_id below [haptik]; staging and production differ",
    ),
    (
        "invalid authorization in headers",
        "Check the token below [haptik]: it is the bare token, without the word Bearer",
    ),
    (
        "token missing in headers",
        "Set token below [haptik] in the configuration",
    ),
    ("invalid token provided", TOKEN),
    (
        "user_name missing in the request",
        "Give the user with --user-name",
    ),
    (
        "business_id missing in the request",
        "Give the channel with --business-id",
    ),
    (
        "team_name missing in the request",
        "Give the team with --team-name",
    ),
    ("invalid user_name", USER),
    ("user is not registered", USER),
    ("invalid business_id provided", CHANNEL),
    (
        "business * is inactive",
        "Switch the channel on in Haptik, or give another with --business-id",
    ),
    (
        "invalid team_name provided",
        "Check --team-name against the Teams page of Agent Chat, to the letter",
    ),
    (
        "team * is inactive",
        "Switch the team on in Agent Chat, or give another with --team-name",
    ),
    (
        "user has not sent a message",
        "Only a chat that the user has begun can be handed over: check --business-id, or wait for \
         the first message",
    ),
    ("Invalid business_id", CHANNEL),
    ("Invalid token", TOKEN),
    (
        "Either the user has not sent a message yet, or the provided user_name-business_id pair is invalid",
        "Check that --user-name writes on the channel of --business-id, or wait for the first \
         message",
    ),
    (
        "Unable to decode pxut-client_id pair",
        "Check that --pxut belongs to client_id below [haptik]; one of the two is of another \
         account",
    ),
    ("Argument group validation: no valid group", GROUP),
    ("Argument group validation: invalid group found", GROUP),
    (
        "An unknown error occurred",
        "Run the command again; if it stays so, ask Haptik's support",
    ),
];

/// What to do about these words of Haptik's; `None` where they are not documented.
pub fn remedy(words: &str) -> Option<&'static str> {
    let words = words.to_lowercase();
    // "invalid token" begins "invalid token provided": the longest that fits is meant.
    REMEDIES
        .iter()
        .filter(|(message, _)| says(&words, &message.to_lowercase()))
        .max_by_key(|(message, _)| message.len())
        .map(|(_, remedy)| *remedy)
}

fn says(words: &str, message: &str) -> bool {
    match message.split_once('*') {
        Some((start, end)) => words
            .strip_prefix(start)
            .is_some_and(|rest| rest.contains(end)),
        None => words.starts_with(message),
    }
}

/// What to do about what happened, whatever Haptik said about it.
pub(super) fn advice(call: Call, exchange: ExchangeResult) -> &'static str {
    match (classify(call, exchange, None), exchange) {
        (_, ExchangeResult::Lost(LostKind::TooLarge)) if call == Call::Transcript => {
            "Ask for fewer messages with --limit"
        }
        (FaultClass::Retry { .. }, ExchangeResult::NotSent(LostKind::Tls)) => {
            "Check base_url, this machine's clock and its CA certificates, and run it again"
        }
        (FaultClass::Retry { .. }, ExchangeResult::NotSent(_)) => {
            "Check base_url and the network, and run it again"
        }
        (FaultClass::Retry { .. }, _) => "Nothing was changed; run it again after a while",
        (FaultClass::InDoubt, _) => {
            "The chat may have been handed over all the same: look into Agent Chat before you run \
             it again"
        }
        (FaultClass::Refused, _) => "Check what was given on the command line",
        (FaultClass::StopAndTell, _) => match exchange.status() {
            Some(404 | 405) => "Check base_url: the conversation calls are not there",
            _ => stop_advice(exchange),
        },
    }
}

/// The same about asking a bot, which nothing waits for.
pub(super) fn asking(class: FaultClass, exchange: ExchangeResult) -> &'static str {
    match class {
        FaultClass::Retry { .. } | FaultClass::InDoubt => {
            "The bot is asked again later; uploads go on"
        }
        FaultClass::Refused => {
            "Check business_id and user below [haptik.ask]; the bot is asked again later, and uploads go on"
        }
        FaultClass::StopAndTell => match exchange.status() {
            Some(404 | 405) => {
                "Check the paths below [haptik.ask]: there is no such call; uploads go on"
            }
            _ => stop_advice(exchange),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use http::StatusCode;

    use super::*;
    use crate::haptik::fault::CallFault;

    #[test]
    fn every_documented_message_has_its_own_remedy() {
        for (message, expected) in REMEDIES {
            let said = message.replace('*', "\"42\"");
            for said in [said.clone(), format!("{said}."), said.to_uppercase()] {
                assert_eq!(remedy(&said), Some(expected), "{said}");
            }
            for call in [Call::Transfer, Call::Transcript] {
                let exchange = ExchangeResult::Answered(StatusCode::BAD_REQUEST);
                let fault = CallFault::new(call, exchange, None, &said);
                assert!(fault.message.ends_with(expected), "{}", fault.message);
            }
        }
        let messages: BTreeSet<_> = REMEDIES.iter().map(|(message, _)| message).collect();
        assert_eq!(messages.len(), REMEDIES.len());
        assert_eq!(remedy("something else"), None);
        assert_eq!(remedy("team is inactive"), None);
    }

    #[test]
    fn the_document_lists_them() {
        let document = include_str!("../../docs/CONVERSATIONS.md");
        for (message, remedy) in REMEDIES {
            let line = format!("| {} | {remedy} |", message.replace('*', "…"));
            assert!(document.lines().any(|found| found == line), "{line}");
        }
    }

    #[test]
    fn a_lost_transfer_is_in_doubt_and_a_lost_transcript_is_not() {
        let answered = |code| ExchangeResult::Answered(StatusCode::from_u16(code).unwrap());
        let lost = ExchangeResult::Lost(LostKind::Timeout);
        let table = [
            (lost, "in doubt", "retry"),
            (ExchangeResult::Empty, "in doubt", "retry"),
            (ExchangeResult::Missing, "in doubt", "retry"),
            (ExchangeResult::SaidNo, "refused", "refused"),
            (ExchangeResult::NotSent(LostKind::Connect), "retry", "retry"),
            (answered(400), "refused", "refused"),
            (answered(401), "stop", "stop"),
            (answered(403), "stop", "stop"),
            (answered(404), "stop", "stop"),
            (answered(429), "retry", "retry"),
            (answered(500), "in doubt", "retry"),
            (answered(503), "retry", "retry"),
        ];
        for (exchange, transfer, transcript) in table {
            for (call, expected) in [(Call::Transfer, transfer), (Call::Transcript, transcript)] {
                let class = match classify(call, exchange, None) {
                    FaultClass::Retry { .. } => "retry",
                    FaultClass::InDoubt => "in doubt",
                    FaultClass::Refused => "refused",
                    FaultClass::StopAndTell => "stop",
                };
                assert_eq!(class, expected, "{call:?} {exchange:?}");
                assert!(!advice(call, exchange).contains("by itself"));
            }
        }
    }
}
