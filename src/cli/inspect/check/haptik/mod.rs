//! What a credential check tells of the way to Haptik, of the token and of the clock. Pure but for
//! [`checks`], which makes it.

use std::net::SocketAddr;
use std::sync::Arc;

use super::address::{Host, Obstacle, connect, find};
use super::credential_check::{Greeted, NotGreeted, greet};
use super::{Check, CheckVerdict};
use crate::cli::record::Recorder;
use crate::clock::{Clock, Millis, millis_duration, span};
use crate::config::{BaseUrl, Config};
use crate::haptik::{LostKind, Returned, Unanswered};

const DNS: &str = "DNS";
const CONNECTION: &str = "connection";
const TLS: &str = "TLS";
const CREDENTIALS: &str = "credentials";
const CLOCK: &str = "clock";

/// Clocks that differ by less are as good as the same.
const ALIKE: Millis = 30_000;

type HaptikAnswer<'a> = Result<&'a Returned, &'a Unanswered>;

/// The checks, and whether a daemon has a token that Haptik takes.
#[derive(Default)]
pub(crate) struct Looked {
    pub(crate) checks: Vec<Check>,
    pub(crate) daemon_is_let_in: bool,
}

/// Looks the host up, connects, and greets Haptik.
pub(crate) async fn checks(
    config: &Config,
    clock: &Clock,
    recorder: Option<&Arc<Recorder>>,
) -> Looked {
    let nobody = |check| Looked {
        checks: vec![check],
        daemon_is_let_in: false,
    };
    let url = match &config.haptik.base_url {
        BaseUrl::Url(url) => url,
        BaseUrl::Sandbox => {
            let evidence = "the sandbox inside this program; nobody is called";
            return nobody(Check::ok(CONNECTION, evidence));
        }
    };
    let Some(host) = Host::of(url) else {
        return nobody(Check::found(
            CONNECTION,
            CheckVerdict::Wrong,
            format!("{url} names no host"),
            "write base_url as Haptik gave it to you",
        ));
    };
    let found = find(&host).await;
    let reached = match &found {
        Ok(addresses) => connect(&host, addresses).await,
        Err(obstacle) => Err(obstacle.clone()),
    };
    let greeted = if reached.is_ok() || host.proxy.is_some() {
        greet(config, url, clock, recorder).await
    } else {
        Err(NotGreeted::new(
            "there is no way to Haptik",
            "fix that first, and run `check` again",
        ))
    };
    let mut checks = vec![dns(&host, &found)];
    if found.is_ok() || host.proxy.is_some() {
        checks.push(connection(&host, &reached, &greeted));
    }
    checks.extend([
        tls(&host, &greeted),
        credentials(&greeted),
        clocks(&greeted),
    ]);
    Looked {
        checks,
        daemon_is_let_in: greeted.is_ok_and(|greeted| {
            greeted.by_daemon && credentials(&Ok(greeted)).verdict == CheckVerdict::Ok
        }),
    }
}

fn dns(host: &Host, found: &Result<Vec<SocketAddr>, Obstacle>) -> Check {
    let name = &host.name;
    match (found, host.proxy) {
        (Ok(_), _) if host.is_address() => {
            Check::ok(DNS, format!("{name} is an address; nothing is looked up"))
        }
        (Ok(addresses), _) => {
            let addresses: Vec<_> = addresses.iter().map(|at| at.ip().to_string()).collect();
            Check::ok(DNS, format!("{name} is at {}", addresses.join(", ")))
        }
        (Err(obstacle), Some(variable)) => Check::ok(
            DNS,
            format!(
                "{}, but the proxy that {variable} names looks it up",
                obstacle.evidence
            ),
        ),
        (Err(obstacle), None) => Check::found(
            DNS,
            CheckVerdict::Wrong,
            &*obstacle.evidence,
            obstacle.remedy,
        ),
    }
}

fn connection(
    host: &Host,
    reached: &Result<SocketAddr, Obstacle>,
    greeted: &Result<Greeted, NotGreeted>,
) -> Check {
    let lost = answer(greeted).and_then(Result::err).and_then(on_the_way);
    if let Some((words, remedy)) = lost {
        return Check::found(CONNECTION, CheckVerdict::Wrong, words, remedy);
    }
    let through = host
        .proxy
        .map(|variable| format!("the proxy that {variable} names"));
    match (reached, through) {
        (Ok(peer), None) => Check::ok(CONNECTION, format!("{} answers at {peer}", host.name)),
        (_, Some(proxy)) if answer(greeted).is_some() => Check::ok(
            CONNECTION,
            format!("{} is reached through {proxy}", host.name),
        ),
        (Ok(_), Some(proxy)) => Check::ok(CONNECTION, format!("calls go through {proxy}")),
        (Err(obstacle), Some(proxy)) => Check::found(
            CONNECTION,
            CheckVerdict::Warning,
            format!("{}; calls go through {proxy}", obstacle.evidence),
            "if syncs fail too, ask who runs the proxy to let this host through",
        ),
        (Err(obstacle), None) => Check::found(
            CONNECTION,
            CheckVerdict::Wrong,
            &*obstacle.evidence,
            obstacle.remedy,
        ),
    }
}

/// What was lost between here and Haptik, and what to do; `None` where the connection itself is
/// not to blame.
fn on_the_way(lost: &Unanswered) -> Option<(String, &'static str)> {
    let (words, remedy) = match lost.kind {
        LostKind::Tls | LostKind::Other => return None,
        LostKind::Dns => (
            "the host, or the proxy, cannot be found",
            "see that base_url and the proxy are spelled right",
        ),
        LostKind::Connect => (
            "no connection came about",
            "see that this machine may go out to it (firewall, VPN, proxy) and that it is up",
        ),
        LostKind::Timeout => (
            "the connection was taken, but no answer came in time",
            "see what lies in between (firewall, proxy), and ask Haptik whether it is well",
        ),
        LostKind::Reset => (
            "the connection was closed before the answer was complete",
            "see that base_url has the right port, and what lies in between (firewall, proxy)",
        ),
        LostKind::TooLarge => (
            "the answer is far longer than any of Haptik's",
            "see that base_url is the one that Haptik gave you",
        ),
    };
    Some((format!("{words}: {}", lost.cause), remedy))
}

fn tls(host: &Host, greeted: &Result<Greeted, NotGreeted>) -> Check {
    if !host.secure {
        return if host.here {
            Check::ok(TLS, "none is needed: plain http, on this machine")
        } else {
            Check::found(
                TLS,
                CheckVerdict::Warning,
                "plain http: everybody on the way can read the token",
                "write https:// in base_url as soon as the other side can",
            )
        };
    }
    match answer(greeted) {
        Some(Ok(_)) => Check::ok(TLS, format!("the certificate of {} is trusted", host.name)),
        Some(Err(lost)) if lost.kind == LostKind::Tls => {
            let (words, remedy) = of_certificate(&lost.cause);
            Check::found(
                TLS,
                CheckVerdict::Wrong,
                format!("{words} ({})", lost.cause),
                remedy,
            )
        }
        _ => Check::found(
            TLS,
            CheckVerdict::Warning,
            "not seen, because nothing was answered",
            "fix what is wrong here, and run `check` again",
        ),
    }
}

/// What the TLS library means, by the words that it uses.
fn of_certificate(cause: &str) -> (&'static str, &'static str) {
    const MEANINGS: [(&[&str], &str, &str); 6] = [
        (
            &[
                "unknownissuer",
                "unknown issuer",
                "self signed",
                "self-signed",
            ],
            "its certificate comes from an authority that this machine does not know",
            "install ca-certificates; where a proxy opens TLS, put its authority among the system's certificates, or name a file with it in SSL_CERT_FILE",
        ),
        (
            &["not valid yet", "notvalidyet"],
            "its certificate is not valid yet",
            "see that the clock of this machine is right",
        ),
        (
            &["expired"],
            "its certificate has expired",
            "see that the clock of this machine is right; if it is, tell those who run the host",
        ),
        (
            &["not valid for name", "notvalidforname"],
            "its certificate is for another host",
            "see that base_url names the host as Haptik gave it to you",
        ),
        (
            &["revoked"],
            "its certificate was revoked",
            "do not go on; tell those who run the host",
        ),
        (
            &[
                "invalidcontenttype",
                "corrupt message",
                "unexpected eof",
                "unexpectedeof",
            ],
            "what answers there does not speak TLS",
            "see that base_url has the right port, and that no portal or proxy answers in its place",
        ),
    ];
    let lower = cause.to_lowercase();
    MEANINGS
        .into_iter()
        .find(|(words, ..)| words.iter().any(|word| lower.contains(word)))
        .map_or(
            (
                "no trusted TLS connection came about",
                "see base_url, the clock of this machine, and its CA certificates",
            ),
            |(_, meaning, remedy)| (meaning, remedy),
        )
}

fn credentials(greeted: &Result<Greeted, NotGreeted>) -> Check {
    let found = |verdict, evidence: String, remedy: &str| {
        Check::found(CREDENTIALS, verdict, evidence, remedy)
    };
    let returned = match greeted
        .as_ref()
        .map(|greeted| &greeted.credential_check.answer)
    {
        Err(not) => {
            let evidence = format!("not asked: {}", not.evidence);
            return found(CheckVerdict::Warning, evidence, &not.remedy);
        }
        Ok(Err(lost)) if lost.kind == LostKind::Other => {
            return found(
                CheckVerdict::Wrong,
                format!("the call could not be made: {}", lost.cause),
                "see token and client_id in the configuration",
            );
        }
        Ok(Err(_)) => {
            return found(
                CheckVerdict::Warning,
                "not told, because nothing was answered".to_owned(),
                "fix what is wrong above, and run `check` again",
            );
        }
        Ok(Ok(returned)) => returned,
    };
    let said = said(returned);
    match (returned.status, returned.is_own) {
        (401, _) => found(
            CheckVerdict::Wrong,
            format!("Haptik refuses the token ({said})"),
            "put the right token in place; a running service finds it without a restart",
        ),
        (403, _) => found(
            CheckVerdict::Wrong,
            format!("Haptik refuses this customer or what the token may do ({said})"),
            "see client_id, and ask Haptik what the token may do; staging and production differ",
        ),
        (300..400, _) => found(
            CheckVerdict::Wrong,
            format!("base_url leads elsewhere ({said})"),
            "set base_url to the right address; redirects are not followed, so that no token goes to another host",
        ),
        (408 | 425 | 429 | 503, _) => found(
            CheckVerdict::Warning,
            format!("not told, because Haptik is busy ({said})"),
            "run `check` again in a while",
        ),
        (404 | 405 | 410, true) if is_of_something_else(returned) => found(
            CheckVerdict::Warning,
            format!(
                "not told: this may be about the path of base_url, and not about a task ({said})"
            ),
            "see that base_url is the one that Haptik gave you, with its path and nothing after it",
        ),
        (200 | 400 | 404 | 405 | 409 | 410 | 422, true) => Check::ok(
            CREDENTIALS,
            format!("taken: asked for a task that nobody made, Haptik answered {said}"),
        ),
        (500.., _) => found(
            CheckVerdict::Warning,
            format!("not told, because Haptik is not well ({said})"),
            "run `check` again in a while; if it stays so, ask Haptik",
        ),
        _ => found(
            CheckVerdict::Warning,
            format!("not told: this does not look like an answer of Haptik's ({said})"),
            "see that base_url is the one that Haptik gave you, with its path, and that no gateway, portal or proxy answers in its place",
        ),
    }
}

/// Whether an answer says something, and nothing of the task that was asked for: it may be about a path that is not
/// there.
fn is_of_something_else(returned: &Returned) -> bool {
    !returned.words.is_empty() && !returned.words.to_lowercase().contains("task")
}

fn said(returned: &Returned) -> String {
    match &*returned.words {
        "" => returned.status.to_string(),
        words => format!("{}: {words}", returned.status),
    }
}

fn clocks(greeted: &Result<Greeted, NotGreeted>) -> Check {
    let (credential_check, returned) = match greeted {
        Ok(greeted) => match &greeted.credential_check.answer {
            Ok(returned) => (&greeted.credential_check, returned),
            Err(_) => return Check::ok(CLOCK, "nothing to compare it with"),
        },
        Err(_) => return Check::ok(CLOCK, "nothing to compare it with"),
    };
    let date = returned.date.as_deref();
    match date.and_then(|date| ahead(date, credential_check.asked_at, credential_check.ended_at)) {
        None => Check::ok(CLOCK, "Haptik's answer does not say what time it is"),
        Some(by) if by.abs() <= ALIKE => Check::ok(CLOCK, "as Haptik's"),
        Some(by) => Check::found(
            CLOCK,
            CheckVerdict::Warning,
            format!(
                "this machine's is {} {} Haptik's",
                span(millis_duration(by.abs())),
                if by > 0 { "ahead of" } else { "behind" },
            ),
            "let a time service set it, for example with `timedatectl set-ntp true`; certificates, schedules and the times in messages depend on it",
        ),
    }
}

/// By how much our clock is ahead of one that said `date`, to the second, between two of our times;
/// negative: behind. `None`: that is no date.
fn ahead(date: &str, asked_at: Millis, ended_at: Millis) -> Option<Millis> {
    let theirs = jiff::fmt::rfc2822::parse(date).ok()?;
    let from = theirs.timestamp().as_millisecond();
    let to = from.saturating_add(999);
    Some(if asked_at > to {
        asked_at - to
    } else if ended_at < from {
        ended_at - from
    } else {
        0
    })
}

/// What came back, where anything went out.
fn answer(greeted: &Result<Greeted, NotGreeted>) -> Option<HaptikAnswer<'_>> {
    let greeted = greeted.as_ref().ok()?;
    Some(greeted.credential_check.answer.as_ref())
}

#[cfg(test)]
mod tests;
