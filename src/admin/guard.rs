//! Who may ask. On loopback the request must name this machine as its host, so that no web page
//! can reach in through a name of its own; where there is a token, it must be given.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::config::{Admin, Listen, SecretSource};

/// The one page that says nothing about the bots, for probes that cannot give a token.
const OPEN: &str = "/healthz";

/// Lets a request through, or says why not.
pub(super) async fn guard(
    State(admin): State<Arc<Admin>>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = match refusal(&admin, request.uri(), request.headers()) {
        None => next.run(request).await,
        Some((status, words)) => {
            let mut response = (status, format!("{words}\n")).into_response();
            if status == StatusCode::UNAUTHORIZED {
                let bearer = HeaderValue::from_static("Bearer");
                response
                    .headers_mut()
                    .insert(header::WWW_AUTHENTICATE, bearer);
            }
            response
        }
    };
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
    ] {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

fn refusal(admin: &Admin, uri: &Uri, headers: &HeaderMap) -> Option<(StatusCode, &'static str)> {
    if let Listen::Tcp(address) = &admin.listen
        && address.ip().is_loopback()
        && !names_this_machine(uri, headers)
    {
        return Some((
            StatusCode::FORBIDDEN,
            "this listener is for this machine; ask for it as 127.0.0.1, [::1] or localhost",
        ));
    }
    let token = admin.token.as_ref().filter(|_| uri.path() != OPEN)?;
    match check(token, headers) {
        Ok(true) => None,
        Ok(false) => Some((
            StatusCode::UNAUTHORIZED,
            "send the token of [admin] as `Authorization: Bearer ...`",
        )),
        Err(()) => Some((
            StatusCode::SERVICE_UNAVAILABLE,
            "the token of [admin] cannot be read; the log says why",
        )),
    }
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

/// Whether the right token is given. It is compared by digest, which takes the same time for each.
fn check(token: &SecretSource, headers: &HeaderMap) -> Result<bool, ()> {
    let token = token.read().map_err(|error| {
        tracing::error!("the admin listener refuses everybody: {error}");
    })?;
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    Ok(given.is_some_and(|given| {
        blake3::hash(given.as_bytes()) == blake3::hash(token.expose().as_bytes())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(listen: &str, token: bool, uri: &str, given: &[(&str, &str)]) -> Option<u16> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        std::fs::write(&file, "s3cr3t\n").unwrap();
        let admin = Admin {
            listen: Listen::Tcp(listen.parse().unwrap()),
            token: token.then_some(SecretSource::File(file)),
        };
        let mut headers = HeaderMap::new();
        for (name, value) in given {
            let name: axum::http::HeaderName = name.parse().unwrap();
            headers.append(name, value.parse().unwrap());
        }
        refusal(&admin, &uri.parse().unwrap(), &headers).map(|(status, _)| status.as_u16())
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
            (Some("Bearer s3cr3t"), "/metrics", None),
            (Some("bearer s3cr3t"), "/metrics", None),
            (Some("Bearer s3cr3"), "/metrics", Some(401)),
            (Some("Bearer s3cr3tt"), "/metrics", Some(401)),
            (Some("Bearer "), "/metrics", Some(401)),
            (Some("s3cr3t"), "/metrics", Some(401)),
            (Some("Basic s3cr3t"), "/metrics", Some(401)),
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
        let admin = Admin {
            listen: Listen::Unix("/nowhere".into()),
            token: Some(SecretSource::File("/nowhere/token".into())),
        };
        let refused = refusal(&admin, &Uri::from_static("/metrics"), &HeaderMap::new());
        assert_eq!(refused.unwrap().0, StatusCode::SERVICE_UNAVAILABLE);
    }
}
