//! Who may ask. On loopback the request must name this machine as its host, so that no web page
//! can reach in through a name of its own; where there is a token, it must be given, or the cookie
//! of somebody who has signed in with it. What changes something must come from the page itself.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::guesses::{Guesses, Peer};
use super::identity::{Identities, Identity};
use super::page;
use super::page::PageState;
use super::proxy::{Named, ProxySessions, named};
use super::sessions::{Session, Sessions};
use crate::clock::instant;
use crate::config::{Admin, Listen, Secret};

/// Pages that say nothing about the bots: for probes that cannot give a token, and for signing in.
const OPEN: [&str; 5] = ["/healthz", "/page.css", "/page.js", "/sign-in", "/sign-out"];

/// What an address is told that sent too many wrong tokens.
const TOO_MANY_GUESSES: (StatusCode, &str) = (
    StatusCode::TOO_MANY_REQUESTS,
    "too many wrong tokens were sent from this address; wait a minute",
);

/// Tells which state a daemon works on, so that nobody takes one for another.
pub(super) const INSTANCE: HeaderName = HeaderName::from_static("x-kms-haptik-sync-state");

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// What the listener asks for, and who has given it.
#[derive(Debug)]
pub(super) struct Access {
    /// The configuration.
    pub(super) admin: Admin,
    /// Who has signed in.
    pub(super) sessions: Sessions,
    /// Whom a trusted proxy has named.
    pub(super) proxy: ProxySessions,
    /// Who sent wrong tokens.
    pub(super) guesses: Guesses,
}

/// Who asks, for the pages to know.
#[derive(Clone, Debug)]
pub(super) struct Visitor(pub(super) Option<Session>);

/// Who asks with a token in the header: a program. What it changes needs a role, as for people.
#[derive(Clone, Debug)]
pub(super) struct Caller(pub(super) Option<Identity>);

impl Access {
    /// Who gave a right token in the header.
    fn caller(&self, headers: &HeaderMap) -> Option<Identity> {
        self.identities().of(given(headers)?).cloned()
    }

    /// Everybody who has a token.
    pub(super) fn identities(&self) -> Identities {
        Identities::read(&self.admin)
    }

    /// Who asks: whom the proxy names, or else who has signed in. Where a proxy is to say it, no cookie does.
    fn visitor(&self, headers: &HeaderMap) -> Result<Option<Session>, Refused> {
        match named(&self.admin, headers) {
            Named::NotAsked => Ok(self.sessions.of(headers, || self.identities())),
            Named::User(user) => self.proxy.of(user).map(Some).map_err(|error| {
                tracing::error!("nobody can be let in: the system gives no random bytes ({error})");
                let words = "the system gives no random bytes; the log says more";
                (StatusCode::SERVICE_UNAVAILABLE, words.into())
            }),
            Named::Nobody if headers.contains_key(header::AUTHORIZATION) => Ok(None),
            Named::Nobody => {
                let header = self.admin.identity_header.as_deref().unwrap_or_default();
                let words = format!(
                    "the proxy does not say who asks: it must send their name in the header {header}. Programs send a token of [admin] as `Authorization: Bearer ...`"
                );
                Err((StatusCode::FORBIDDEN, words.into()))
            }
            Named::Refused(why) => Err((StatusCode::FORBIDDEN, why.into())),
        }
    }
}

/// Why a request is not let through.
type Refused = (StatusCode, Cow<'static, str>);

/// Lets a request through, or says why not.
pub(super) async fn guard(
    State(page_state): State<Arc<PageState>>,
    mut request: Request,
    next: Next,
) -> Response {
    let (uri, headers) = (request.uri(), request.headers());
    let (session, unknown) = match page_state.access.visitor(headers) {
        Ok(session) => (session, None),
        Err(_) if OPEN.contains(&uri.path()) => (None, None),
        Err(refused) => (None, Some(refused)),
    };
    let peer = request.extensions().get().copied().unwrap_or(Peer::Socket);
    let refused = unknown.or_else(|| {
        let refused = refusal(&page_state.access, peer, uri, headers, session.is_some());
        refused.map(|(status, words)| (status, words.into()))
    });
    let refused = refused.or_else(|| {
        let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
        (changes && page::is_form(uri.path()) && !comes_from_the_page(headers)).then_some((
            StatusCode::FORBIDDEN,
            "this was sent by another web page; open the page of kms-haptik-sync itself and do it there".into(),
        ))
    });
    let mut response = match refused {
        None => {
            let caller = page_state.access.caller(request.headers());
            request.extensions_mut().insert(Caller(caller));
            request.extensions_mut().insert(Visitor(session));
            next.run(request).await
        }
        Some((status, words)) => {
            let is_person = *request.method() == Method::GET && page::is_for_people(uri.path());
            let can_sign_in = is_person && page_state.access.admin.has_sign_in();
            let mut response = if status == StatusCode::UNAUTHORIZED && can_sign_in {
                page::ask_to_sign_in(&page_state, uri, headers)
            } else {
                (status, format!("{words}\n")).into_response()
            };
            if status == StatusCode::UNAUTHORIZED {
                let bearer = HeaderValue::from_static("Bearer");
                response
                    .headers_mut()
                    .insert(header::WWW_AUTHENTICATE, bearer);
            }
            response
        }
    };
    if let Ok(value) = HeaderValue::from_str(&page_state.instance) {
        response.headers_mut().insert(INSTANCE, value);
    }
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // `no-referrer` would also take the origin out of the page's own forms.
        (header::REFERRER_POLICY, "same-origin"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ] {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

fn refusal(
    access: &Access,
    peer: Peer,
    uri: &Uri,
    headers: &HeaderMap,
    signed_in: bool,
) -> Option<(StatusCode, &'static str)> {
    if let Listen::Tcp(address) = &access.admin.listen
        && address.ip().is_loopback()
        && !names_this_machine(uri, headers)
    {
        return Some((
            StatusCode::FORBIDDEN,
            "this listener is for this machine; ask for it as 127.0.0.1, [::1] or localhost",
        ));
    }
    if signed_in || OPEN.contains(&uri.path()) {
        return None;
    }
    if access.admin.is_open() {
        return None;
    }
    let identities = access.identities();
    if identities.are_unreadable() {
        return Some((
            StatusCode::SERVICE_UNAVAILABLE,
            "the token of [admin] cannot be read; the log says why",
        ));
    }
    let now = instant().into_std();
    match given(headers) {
        Some(_) if access.guesses.refuses(peer, now) => Some(TOO_MANY_GUESSES),
        Some(given) if identities.of(given).is_some() => None,
        given => {
            if given.is_some() {
                access.guesses.wrong(peer, now);
            }
            Some((
                StatusCode::UNAUTHORIZED,
                "send the token of [admin] as `Authorization: Bearer ...`",
            ))
        }
    }
}

/// Whether a form was sent by the page itself: the browser says so, and no page can make it lie.
fn comes_from_the_page(headers: &HeaderMap) -> bool {
    let told = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if headers.contains_key("sec-fetch-site") {
        return told("sec-fetch-site") == Some("same-origin");
    }
    let origin = told("origin").and_then(|origin| origin.split_once("://"));
    origin.is_some_and(|(_, host)| told("host") == Some(host))
}

/// A request may name a host in two places, and both count.
fn names_this_machine(uri: &Uri, headers: &HeaderMap) -> bool {
    let hosts: Vec<_> = headers.get_all(header::HOST).iter().collect();
    let [host] = hosts.as_slice() else {
        return false;
    };
    let host = host.to_str().unwrap_or_default();
    is_loopback(host) && uri.authority().is_none_or(|it| is_loopback(it.as_str()))
}

fn is_loopback(authority: &str) -> bool {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    let address: Result<IpAddr, _> = bare.parse();
    address.map_or(bare.eq_ignore_ascii_case("localhost"), |address| {
        address.is_loopback()
    })
}

/// The token that is given.
fn given(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
}

/// Whether this is the token. It is compared by digest, which takes the same time for each.
pub(super) fn is(token: &Secret, given: &str) -> bool {
    blake3::hash(given.as_bytes()) == blake3::hash(token.expose().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SecretSource;

    const TOKEN: &str = "s3cr3t-s3cr3t-s3cr3t";

    fn access(admin: Admin) -> Access {
        Access {
            admin,
            sessions: Sessions::default(),
            proxy: ProxySessions::default(),
            guesses: Guesses::of("admin"),
        }
    }

    fn asked(listen: &str, token: bool, uri: &str, given: &[(&str, &str)]) -> Option<u16> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        std::fs::write(&file, format!("{TOKEN}\n")).unwrap();
        let access = access(Admin {
            listen: Listen::Tcp(listen.parse().unwrap()),
            token: token.then_some(SecretSource::File(file)),
            users: Vec::new(),
            public_url: None,
            identity_header: None,
        });
        let mut headers = HeaderMap::new();
        for (name, value) in given {
            let name: axum::http::HeaderName = name.parse().unwrap();
            headers.append(name, value.parse().unwrap());
        }
        let uri = uri.parse().unwrap();
        refusal(&access, Peer::Socket, &uri, &headers, false).map(|(status, _)| status.as_u16())
    }

    #[test]
    fn on_loopback_only_this_machine_is_named() {
        let table: [(&[&str], &str, Option<u16>); 11] = [
            (&["127.0.0.1:9464"], "/readyz", None),
            (&["localhost"], "/readyz", None),
            (&["LOCALHOST:9464"], "/readyz", None),
            (&["[::1]:9464"], "/readyz", None),
            (&["evil.example"], "/readyz", Some(403)),
            (&["evil.example"], "/healthz", Some(403)),
            (&["127.0.0.1.evil.example:9464"], "/readyz", Some(403)),
            (&["localhost:9464@evil.example"], "/readyz", Some(403)),
            (&["localhost", "evil.example"], "/readyz", Some(403)),
            (&["localhost"], "http://evil.example/readyz", Some(403)),
            (&[], "/readyz", Some(403)),
        ];
        for (hosts, uri, expected) in table {
            let given: Vec<_> = hosts.iter().map(|host| ("host", *host)).collect();
            assert_eq!(
                asked("127.0.0.1:0", false, uri, &given),
                expected,
                "{hosts:?} {uri}"
            );
        }
    }

    #[test]
    fn a_token_is_asked_for_where_there_is_one() {
        let table = [
            (None, "/metrics", Some(401)),
            (Some("Bearer s3cr3t-s3cr3t-s3cr3t"), "/metrics", None),
            (Some("bearer s3cr3t-s3cr3t-s3cr3t"), "/metrics", None),
            (Some("Bearer s3cr3t-s3cr3t-s3cr3"), "/metrics", Some(401)),
            (Some("Bearer s3cr3t-s3cr3t-s3cr3tt"), "/metrics", Some(401)),
            (Some("Bearer "), "/metrics", Some(401)),
            (Some("s3cr3t-s3cr3t-s3cr3t"), "/metrics", Some(401)),
            (Some("Basic s3cr3t-s3cr3t-s3cr3t"), "/metrics", Some(401)),
            (None, "/healthz", None),
            (None, "/healthz/../metrics", Some(401)),
        ];
        for (given, uri, expected) in table {
            let mut headers = vec![("host", "sync.internal:9464")];
            headers.extend(given.map(|value| ("authorization", value)));
            assert_eq!(
                asked("0.0.0.0:9464", true, uri, &headers),
                expected,
                "{given:?} {uri}"
            );
        }
    }

    #[test]
    fn a_token_that_cannot_be_read_lets_nobody_in() {
        let access = access(Admin {
            listen: Listen::Unix("/nowhere".into()),
            token: Some(SecretSource::File("/nowhere/token".into())),
            users: Vec::new(),
            public_url: None,
            identity_header: None,
        });
        let refused = refusal(
            &access,
            Peer::Socket,
            &Uri::from_static("/metrics"),
            &HeaderMap::new(),
            false,
        );
        assert_eq!(refused.unwrap().0, StatusCode::SERVICE_UNAVAILABLE);
    }

    #[test]
    fn forms_count_only_where_the_browser_says_that_the_page_sent_them() {
        let table: [(&[(&str, &str)], bool); 9] = [
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "none")], false),
            (&[("origin", "http://localhost:9464")], true),
            (&[("origin", "http://localhost:1")], false),
            (&[("origin", "null")], false),
            (&[], false),
            (
                &[
                    ("sec-fetch-site", "cross-site"),
                    ("origin", "http://localhost:9464"),
                ],
                false,
            ),
        ];
        for (given, expected) in table {
            let mut headers = HeaderMap::new();
            headers.insert("host", HeaderValue::from_static("localhost:9464"));
            for (name, value) in given {
                headers.insert(*name, HeaderValue::from_static(value));
            }
            assert_eq!(comes_from_the_page(&headers), expected, "{given:?}");
        }
    }

    #[test]
    fn a_token_that_other_hosts_could_guess_lets_nobody_in() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("localhost"));
        for (listen, token, expected) in [
            ("0.0.0.0:9464", "fifteen-letters", Some(503)),
            ("0.0.0.0:9464", "sixteen--letters", None),
            ("127.0.0.1:9464", "x", None),
        ] {
            std::fs::write(&file, token).unwrap();
            let access = access(Admin {
                listen: Listen::Tcp(listen.parse().unwrap()),
                token: Some(SecretSource::File(file.clone())),
                users: Vec::new(),
                public_url: None,
                identity_header: None,
            });
            let bearer = format!("Bearer {token}").parse().unwrap();
            headers.insert("authorization", bearer);
            let uri = Uri::from_static("/metrics");
            let refused = refusal(&access, Peer::Socket, &uri, &headers, false);
            let status = refused.map(|(status, _)| status.as_u16());
            assert_eq!(status, expected, "{listen} {token}");
        }
    }

    #[test]
    fn after_many_wrong_tokens_even_the_right_one_has_to_wait() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        std::fs::write(&file, TOKEN).unwrap();
        let access = access(Admin {
            listen: Listen::Unix("/nowhere".into()),
            token: Some(SecretSource::File(file)),
            users: Vec::new(),
            public_url: None,
            identity_header: None,
        });
        let mut headers = HeaderMap::new();
        let mut ask = |peer: &str, token: &str, signed_in| {
            let bearer = format!("Bearer {token}").parse().unwrap();
            headers.insert("authorization", bearer);
            let peer = Peer::of(peer.parse().unwrap());
            let uri = Uri::from_static("/metrics");
            let refused = refusal(&access, peer, &uri, &headers, signed_in);
            refused.map(|(status, _)| status.as_u16())
        };
        for guess in 0..10 {
            assert_eq!(ask("10.0.0.7", &guess.to_string(), false), Some(401));
        }
        assert_eq!(ask("10.0.0.7", "11", false), Some(429));
        assert_eq!(ask("10.0.0.7", TOKEN, false), Some(429));
        assert_eq!(ask("10.0.0.7", TOKEN, true), None);
        assert_eq!(ask("10.0.0.8", TOKEN, false), None);
    }
}
