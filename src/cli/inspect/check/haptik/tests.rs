//! What each answer, and each loss of one, makes of the checks.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::*;
use crate::haptik::{Client, CredentialCheck, HttpTransport};

const NOON: Millis = 784_111_777_000;
const NOON_SAID: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

fn host(base_url: &str) -> Host {
    Host {
        proxy: None,
        ..Host::of(base_url).unwrap()
    }
}

#[expect(clippy::unnecessary_wraps, reason = "as the checks take it")]
fn greeted(answer: Result<Returned, Unanswered>) -> Result<Greeted, NotGreeted> {
    Ok(Greeted {
        credential_check: CredentialCheck {
            base_url: "https://haptik.example.com".to_owned(),
            asked_at: NOON,
            ended_at: NOON + 100,
            answer,
        },
        by_daemon: false,
    })
}

fn returned(status: u16, is_own: bool) -> Result<Greeted, NotGreeted> {
    greeted(Ok(Returned {
        status,
        is_own,
        words: "so it says".to_owned(),
        date: None,
        retry_after: None,
    }))
}

fn lost(kind: LostKind, cause: &str) -> Result<Greeted, NotGreeted> {
    greeted(Err(Unanswered {
        kind,
        cause: cause.to_owned(),
    }))
}

fn not_greeted() -> Result<Greeted, NotGreeted> {
    Err(NotGreeted::new("no room", "wait"))
}

#[track_caller]
fn holds(check: &Check, verdict: CheckVerdict, part: &str) {
    assert_eq!(check.verdict, verdict, "{check:?}");
    assert!(check.evidence.contains(part), "{part} in {check:?}");
    assert_eq!(
        check.remedy.is_none(),
        verdict == CheckVerdict::Ok,
        "{check:?}"
    );
}

#[test]
fn every_answer_says_something_of_the_credentials() {
    use CheckVerdict::{Ok, Warning, Wrong};
    for (status, is_own, verdict, part) in [
        (200, true, Ok, "taken: "),
        (400, true, Ok, "taken: "),
        (404, true, Warning, "the path of base_url"),
        (405, true, Warning, "the path of base_url"),
        (404, false, Warning, "not look like an answer of Haptik's"),
        (200, false, Warning, "of Haptik's (200: so it says)"),
        (418, true, Warning, "not look like an answer of Haptik's"),
        (401, true, Wrong, "refuses the token (401: so it says)"),
        (401, false, Wrong, "refuses the token"),
        (403, true, Wrong, "refuses this customer"),
        (302, false, Wrong, "base_url leads elsewhere"),
        (429, true, Warning, "Haptik is busy"),
        (503, false, Warning, "Haptik is busy"),
        (500, true, Warning, "Haptik is not well"),
    ] {
        holds(&credentials(&returned(status, is_own)), verdict, part);
    }
    let mut unknown = returned(404, true);
    if let Result::Ok(Greeted {
        credential_check:
            CredentialCheck {
                answer: Result::Ok(answer),
                ..
            },
        ..
    }) = &mut unknown
    {
        answer.words = "there is no such Task".to_owned();
    }
    holds(
        &credentials(&unknown),
        Ok,
        "Haptik answered 404: there is no",
    );
    holds(&credentials(&not_greeted()), Warning, "not asked: no room");
    let unprepared = lost(LostKind::Other, "no token");
    holds(&credentials(&unprepared), Wrong, "no token");
    let silent = lost(LostKind::Timeout, "");
    holds(&credentials(&silent), Warning, "nothing was answered");
}

fn direct() -> Host {
    host("https://haptik.example.com")
}

fn proxied() -> Host {
    Host {
        proxy: Some("HTTPS_PROXY"),
        ..direct()
    }
}

#[expect(clippy::unnecessary_wraps, reason = "as the checks take it")]
fn reached() -> Result<SocketAddr, Obstacle> {
    Ok("192.0.2.7:443".parse().unwrap())
}

fn blocked() -> Result<SocketAddr, Obstacle> {
    Err(Obstacle::new("it takes no connection", "open it"))
}

#[test]
fn what_is_lost_on_the_way_is_the_connections_fault() {
    use CheckVerdict::{Ok, Wrong};
    for (kind, verdict, part) in [
        (LostKind::Tls, Ok, "answers at 192.0.2.7:443"),
        (LostKind::Other, Ok, "answers at"),
        (LostKind::Timeout, Wrong, "no answer came in time: why"),
        (LostKind::Reset, Wrong, "was closed before"),
        (LostKind::Dns, Wrong, "cannot be found"),
        (LostKind::Connect, Wrong, "no connection"),
        (LostKind::TooLarge, Wrong, "far longer"),
    ] {
        let check = connection(&direct(), &reached(), &lost(kind, "why"));
        holds(&check, verdict, part);
    }
    let check = connection(&direct(), &reached(), &returned(401, true));
    holds(&check, Ok, "answers at 192.0.2.7:443");
    let check = connection(&direct(), &reached(), &not_greeted());
    holds(&check, Ok, "answers at 192.0.2.7:443");
    let check = connection(&direct(), &blocked(), &not_greeted());
    holds(&check, Wrong, "takes no connection");
}

#[test]
fn through_a_proxy_only_the_answer_counts() {
    use CheckVerdict::{Ok, Warning, Wrong};
    let found = |reached, greeted| connection(&proxied(), &reached, &greeted);
    let check = found(blocked(), returned(404, true));
    holds(&check, Ok, "through the proxy that HTTPS_PROXY names");
    let check = found(reached(), returned(404, true));
    holds(&check, Ok, "is reached through the proxy");
    let check = found(reached(), not_greeted());
    holds(&check, Ok, "calls go through the proxy");
    let check = found(blocked(), not_greeted());
    holds(&check, Warning, "takes no connection; calls go through");
    let check = found(blocked(), lost(LostKind::Connect, "x"));
    holds(&check, Wrong, "no connection");
}

#[test]
fn names_that_cannot_be_found_are_wrong_unless_a_proxy_finds_them() {
    let there = Ok(vec!["192.0.2.7:443".parse().unwrap()]);
    let nowhere = Err(Obstacle::new("it cannot be found", "see the spelling"));
    let (named, proxied) = (direct(), proxied());
    holds(
        &dns(&named, &there),
        CheckVerdict::Ok,
        "haptik.example.com is at 192.0.2.7",
    );
    holds(
        &dns(&named, &nowhere),
        CheckVerdict::Wrong,
        "cannot be found",
    );
    holds(
        &dns(&proxied, &nowhere),
        CheckVerdict::Ok,
        "HTTPS_PROXY names looks it up",
    );
    let address = host("https://192.0.2.7");
    holds(&dns(&address, &there), CheckVerdict::Ok, "is an address");
}

#[test]
fn the_cause_of_a_failed_handshake_is_told_in_plain_words() {
    let secure = direct();
    for (cause, part) in [
        ("invalid peer certificate: UnknownIssuer", "does not know"),
        ("certificate expired: verification time 5", "has expired"),
        (
            "invalid peer certificate: certificate not valid yet: 5",
            "not valid yet",
        ),
        ("certificate not valid for name \"a\"", "for another host"),
        (
            "received corrupt message of type InvalidContentType",
            "does not speak TLS",
        ),
        ("tls handshake eof: unexpected EOF", "does not speak TLS"),
        ("something new", "no trusted TLS connection"),
    ] {
        let check = tls(&secure, &lost(LostKind::Tls, cause));
        holds(&check, CheckVerdict::Wrong, part);
        assert!(check.evidence.contains(cause), "{check:?}");
    }
    holds(
        &tls(&secure, &returned(401, true)),
        CheckVerdict::Ok,
        "is trusted",
    );
    holds(
        &tls(&secure, &not_greeted()),
        CheckVerdict::Warning,
        "not seen",
    );
    let here = host("http://127.0.0.1:9");
    holds(
        &tls(&here, &returned(404, true)),
        CheckVerdict::Ok,
        "on this machine",
    );
    let open = host("http://haptik.example.com");
    holds(
        &tls(&open, &returned(404, true)),
        CheckVerdict::Warning,
        "read the token",
    );
}

#[test]
fn a_clock_is_held_against_a_date_of_whole_seconds() {
    for (asked_at, ended_at, expected) in [
        (NOON, NOON + 50, Some(0)),
        (NOON + 900, NOON + 1500, Some(0)),
        (NOON - 5000, NOON + 5000, Some(0)),
        (NOON + 999, NOON + 1000, Some(0)),
        (NOON + 1000, NOON + 1001, Some(1)),
        (NOON - 100, NOON - 1, Some(-1)),
        (NOON + 3_600_999, NOON + 3_601_000, Some(3_600_000)),
        (NOON - 61_000, NOON - 60_000, Some(-60_000)),
    ] {
        assert_eq!(ahead(NOON_SAID, asked_at, ended_at), expected);
    }
    for other in ["", "yesterday", "784111777"] {
        assert_eq!(ahead(other, NOON, NOON), None, "{other}");
    }
}

#[test]
fn a_clock_that_is_far_off_wants_a_person() {
    let said = |date: Option<&str>, asked_at| {
        let mut greeted = returned(404, true).unwrap();
        greeted.credential_check.asked_at = asked_at;
        greeted.credential_check.ended_at = asked_at;
        if let Ok(returned) = &mut greeted.credential_check.answer {
            returned.date = date.map(str::to_owned);
        }
        clocks(&Ok(greeted))
    };
    for (date, asked_at, verdict, part) in [
        (Some(NOON_SAID), NOON, CheckVerdict::Ok, "as Haptik's"),
        (
            Some(NOON_SAID),
            NOON + 30_999,
            CheckVerdict::Ok,
            "as Haptik's",
        ),
        (
            Some(NOON_SAID),
            NOON + 31_000,
            CheckVerdict::Warning,
            "30 s ahead of Haptik's",
        ),
        (
            Some(NOON_SAID),
            NOON - 7_200_000,
            CheckVerdict::Warning,
            "2 h behind Haptik's",
        ),
        (Some("soon"), NOON, CheckVerdict::Ok, "does not say"),
        (None, NOON, CheckVerdict::Ok, "does not say"),
    ] {
        holds(&said(date, asked_at), verdict, part);
    }
    holds(
        &clocks(&not_greeted()),
        CheckVerdict::Ok,
        "nothing to compare",
    );
    holds(
        &clocks(&lost(LostKind::Tls, "x")),
        CheckVerdict::Ok,
        "nothing to compare",
    );
}

#[tokio::test]
async fn a_certificate_of_nobody_is_told_in_plain_words() {
    let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(signed.signing_key.serialize_der().into());
    let certificate = vec![signed.cert.der().clone()];
    let server = ServerConfig::builder().with_no_client_auth();
    let server = server.with_single_cert(certificate, key).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        // It fails: that is what is tested.
        let _ = TlsAcceptor::from(Arc::new(server)).accept(stream).await;
    });
    let url = format!("https://localhost:{port}");
    let transport = HttpTransport::new(&url, Duration::from_secs(20)).unwrap();
    let (transport, clock) = (Arc::new(transport), Clock::system());
    let client = Client::new(transport, url.clone(), "acme".to_owned(), None, clock).unwrap();
    let greeted = Ok(Greeted {
        credential_check: client.greet().await,
        by_daemon: false,
    });
    let check = tls(&host(&url), &greeted);
    holds(
        &check,
        CheckVerdict::Wrong,
        "an authority that this machine does not know",
    );
}
