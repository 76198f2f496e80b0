use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::{CallFault, FaultClass, advice, classify, retry_after};
use crate::haptik::exchange_result::{Call, ExchangeResult};
use crate::haptik::transport::LostKind;

const AFTER: Option<Duration> = Some(Duration::from_secs(7));

fn answered(status: u16) -> ExchangeResult {
    ExchangeResult::Answered(StatusCode::from_u16(status).unwrap())
}

/// What happens, how the document calls it, and the class for a submit, for a status call and for asking a bot.
/// `R` is retry, `A` retry that obeys `Retry-After`, `D` in doubt, `N` refused, `S` stop and tell.
fn table() -> Vec<(ExchangeResult, &'static str, char, char, char)> {
    use ExchangeResult::{Empty, Lost, Missing, NotSent, NotUnderstood, SaidNo, Unprepared};
    vec![
        (
            Unprepared,
            "the token cannot be read, or `base_url` is none",
            'S',
            'S',
            'S',
        ),
        (
            NotSent(LostKind::Connect),
            "connect refused, no route",
            'R',
            'R',
            'R',
        ),
        (NotSent(LostKind::Dns), "DNS failure", 'R', 'R', 'R'),
        (NotSent(LostKind::Tls), "TLS failure", 'R', 'R', 'R'),
        (
            NotSent(LostKind::Timeout),
            "timeout before the request was sent",
            'R',
            'R',
            'R',
        ),
        (
            NotSent(LostKind::Reset),
            "closed before the request was sent",
            'R',
            'R',
            'R',
        ),
        (
            NotSent(LostKind::Other),
            "a request that cannot be expressed",
            'S',
            'S',
            'S',
        ),
        (
            Lost(LostKind::Timeout),
            "timeout after the request was sent",
            'D',
            'R',
            'R',
        ),
        (
            Lost(LostKind::Reset),
            "closed or reset before the answer was complete",
            'D',
            'R',
            'R',
        ),
        (
            Lost(LostKind::TooLarge),
            "an answer longer than 1 MiB",
            'D',
            'R',
            'R',
        ),
        (
            Lost(LostKind::Other),
            "an answer lost in any other way",
            'D',
            'R',
            'R',
        ),
        (Empty, "200 with an empty body", 'D', 'R', 'R'),
        (
            NotUnderstood,
            "200 with a body that is cut or not JSON",
            'D',
            'R',
            'R',
        ),
        (Missing, "200 without `task_id` or `status`", 'D', 'R', 'R'),
        (SaidNo, "200 with `\"success\": false`", 'N', 'R', 'N'),
        (answered(302), "3xx", 'S', 'S', 'S'),
        (answered(400), "400", 'N', 'S', 'N'),
        (answered(401), "401", 'S', 'S', 'S'),
        (answered(403), "403", 'S', 'S', 'S'),
        (answered(404), "404", 'S', 'D', 'S'),
        (answered(408), "408", 'A', 'A', 'A'),
        (answered(409), "409", 'A', 'A', 'A'),
        (answered(413), "413", 'N', 'S', 'N'),
        (answered(422), "422", 'N', 'S', 'N'),
        (answered(425), "425", 'A', 'A', 'A'),
        (answered(429), "429", 'A', 'A', 'A'),
        (answered(418), "any other 4xx", 'S', 'S', 'S'),
        (answered(500), "500", 'D', 'A', 'A'),
        (answered(502), "502", 'D', 'A', 'A'),
        (answered(503), "503", 'A', 'A', 'A'),
        (answered(504), "504", 'D', 'A', 'A'),
        (answered(599), "any other 5xx", 'D', 'A', 'A'),
    ]
}

fn class(letter: char) -> FaultClass {
    match letter {
        'R' => FaultClass::Retry { after: None },
        'A' => FaultClass::Retry { after: AFTER },
        'D' => FaultClass::InDoubt,
        'N' => FaultClass::Refused,
        'S' => FaultClass::StopAndTell,
        other => panic!("{other}"),
    }
}

#[test]
fn every_fault_has_its_class() {
    for (exchange, name, submit, status, ask) in table() {
        for call in [Call::Ask, Call::User, Call::Message] {
            assert_eq!(
                classify(call, exchange, AFTER),
                class(ask),
                "{call:?}: {name}"
            );
        }
        assert_eq!(
            classify(Call::Submit, exchange, AFTER),
            class(submit),
            "{name}"
        );
        assert_eq!(
            classify(Call::Status, exchange, AFTER),
            class(status),
            "{name}"
        );
    }
}

#[test]
fn every_status_has_a_class_and_none_blames_the_steps_by_accident() {
    for status in 100..1000 {
        let refused = classify(Call::Submit, answered(status), None) == FaultClass::Refused;
        assert_eq!(refused, matches!(status, 400 | 413 | 422), "{status}");
        assert_ne!(
            classify(Call::Status, answered(status), None),
            FaultClass::Refused
        );
    }
}

#[test]
fn a_user_who_was_not_made_is_no_wrong_token() {
    for (call, words, class) in [
        (Call::Message, "user is not registered", FaultClass::Refused),
        (Call::Ask, "User is not registered.", FaultClass::Refused),
        (
            Call::Ask,
            "invalid client_id in headers",
            FaultClass::StopAndTell,
        ),
        (Call::Ask, "", FaultClass::StopAndTell),
        (
            Call::Submit,
            "user is not registered",
            FaultClass::StopAndTell,
        ),
    ] {
        let fault = CallFault::new(call, answered(403), None, words);
        assert_eq!(fault.class, class, "{call:?} {words}");
        let is_about_user = fault.message.contains("Check business_id and user");
        assert_eq!(
            is_about_user,
            class == FaultClass::Refused,
            "{}",
            fault.message
        );
    }
}

#[test]
fn a_message_is_one_bounded_line_with_words_and_advice() {
    let words = format!("no\r\n\u{1b}[31m{}", "x".repeat(5000));
    let fault = CallFault::new(Call::Submit, answered(401), None, &words);
    assert!(
        fault
            .message
            .starts_with("Haptik answered 401 Unauthorized: no [31mxxx")
    );
    assert!(
        fault
            .message
            .ends_with("Put the right token in place; it is found without a restart")
    );
    assert!(!fault.message.contains(char::is_control));
    assert!(fault.message.chars().count() < 1200);
    assert_eq!(fault.status, Some(401));
}

#[test]
fn retry_after_comes_as_seconds_or_as_a_date() {
    // 2026-11-22 08:00:00 UTC.
    let now = 1_795_334_400_000;
    let table = [
        ("0", Some(0)),
        ("120", Some(120)),
        (" 7 ", Some(7)),
        ("Sun, 22 Nov 2026 08:00:30 GMT", Some(30)),
        ("Sun, 22 Nov 2026 09:00:00 GMT", Some(3600)),
        ("Sun, 22 Nov 2026 07:00:00 GMT", Some(0)),
        ("Sun, 22 Nov 2026 10:00:30 +0200", Some(30)),
        ("86401", Some(86_400)),
        ("18446744073709551616", Some(86_400)),
        ("999999999999999999999999999999", Some(86_400)),
        ("Sun, 22 Nov 2099 08:00:00 GMT", Some(86_400)),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
    ];
    for (text, seconds) in table {
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static(text));
        let expected = seconds.map(Duration::from_secs);
        assert_eq!(retry_after(&headers, now), expected, "{text:?}");
    }
    assert_eq!(retry_after(&HeaderMap::new(), now), None);
}

#[test]
fn a_long_wait_that_a_server_asks_for_is_told() {
    for (seconds, told) in [
        (0, ""),
        (119, ""),
        (86_400, "; it asks for a pause of 24 h (Retry-After)"),
    ] {
        let after = Some(Duration::from_secs(seconds));
        let fault = CallFault::new(Call::Submit, answered(429), after, "slow down");
        let expected = format!(
            "Haptik answered 429 Too Many Requests: slow down{told}. It is tried again automatically"
        );
        assert_eq!(fault.message, expected);
    }
}

#[test]
fn the_document_shows_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/FAULTS.md");
    let document = document();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &document).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(written, document, "accept with UPDATE_DOCS=1 cargo test");
}

fn document() -> String {
    let mut text = String::from(
        "# What goes wrong on the wire, and what is done about it\n\n\
         Written from the table in `src/haptik/fault/mod.rs`; a test compares the two.\n\n\
         - **retry**: the same call again, at growing intervals; *obeys Retry-After* where Haptik \
         said when.\n\
         - **in doubt**: Haptik may have acted, or no longer knows the task. The same bytes go \
         again, and nothing newer before they are confirmed.\n\
         - **refused**: Haptik rejected the upload; the bad step is searched for.\n\
         - **stop and tell**: uploads of the bot stop, nothing is lost, and a message says what to \
         do. No step is blamed. It goes on automatically when the cause is fixed.\n\n\
         The three calls that ask a bot what it answers (`[haptik.ask]`) hold nothing up: *retry* is another \
         question later, and after *stop and tell* uploads go on.\n\n\
         | what happens | submitting an upload | asking for a task's status | asking a bot | what the message \
         advises (submit) |\n| --- | --- | --- | --- | --- |\n",
    );
    for (exchange, name, submit, status, ask) in table() {
        let advice = advice(Call::Submit, exchange);
        let (submit, status, ask) = (label(submit), label(status), label(ask));
        writeln!(text, "| {name} | {submit} | {status} | {ask} | {advice} |").unwrap();
    }
    text
}

fn label(letter: char) -> &'static str {
    match class(letter) {
        FaultClass::Retry { after: None } => "retry",
        FaultClass::Retry { after: Some(_) } => "retry, obeys Retry-After",
        FaultClass::InDoubt => "in doubt",
        FaultClass::Refused => "refused",
        FaultClass::StopAndTell => "stop and tell",
    }
}
