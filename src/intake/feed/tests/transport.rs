//! What lies between us and a knowledge base: TLS, a proxy, secrets in headers, and quotas.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use rcgen::{CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::server::TlsStream;

use super::{Kms, TOKEN, items, page, page_with, status};
use crate::config::SourceKind;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::new([]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

struct Tls {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl axum::serve::Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            // Who does not trust us is gone, and the next one may come.
            if let Ok((stream, address)) = self.listener.accept().await
                && let Ok(stream) = self.acceptor.accept(stream).await
            {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

/// A knowledge base over HTTPS, with a certificate of this authority for this name.
async fn over_tls(authority: &Authority, name: &str) -> String {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new([name.to_owned()]).unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::Pkcs8(key.serialize_der().into()),
        )
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://{}", listener.local_addr().unwrap());
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let app = Router::new().fallback(|| async { page(&items([1])) });
    tokio::spawn(async move { axum::serve(Tls { listener, acceptor }, app).await });
    address
}

#[tokio::test]
async fn certificates_of_an_own_authority() {
    let kms = Kms::start(|_, _| page(&items([7]))).await;
    let (ours, another) = (authority("ours"), authority("another"));
    let ca_file = kms.folder.path().join("ca.pem");
    let good = over_tls(&ours, "127.0.0.1").await;
    let misnamed = over_tls(&ours, "kms.acme.com").await;
    for (trusted, address, told) in [
        (&ours, &good, None),
        (&another, &good, Some("UnknownIssuer")),
        (&ours, &misnamed, Some("not valid for name")),
    ] {
        std::fs::write(&ca_file, trusted.pem()).unwrap();
        let mut source = kms.source(&format!("ca_file = {ca_file:?}"));
        let SourceKind::Feed(feed) = &mut source.kind else {
            panic!("a feed")
        };
        feed.address = address.parse().unwrap();
        match (super::read(&source).await, told) {
            (Ok(outcome), None) => assert_eq!(outcome.ids(), ["1"]),
            (Err(error), Some(told)) => {
                for part in [told, "is not trusted", "ca_file"] {
                    assert!(error.contains(part), "{part} in {error}");
                }
            }
            (outcome, told) => panic!("{outcome:?}, not {told:?}"),
        }
    }
}

#[tokio::test]
async fn every_request_goes_through_the_proxy() {
    let proxy = Kms::start(|call, _| {
        assert_eq!(call.header("host"), "kms.test");
        let at = call.number_in("page");
        page(&if at < 3 { items([at]) } else { items([]) })
    })
    .await;
    let mut source = proxy.source("proxy = \"HERE\"\npaging = { mode = \"page\" }");
    let SourceKind::Feed(feed) = &mut source.kind else {
        panic!("a feed")
    };
    feed.address = "http://kms.test/".parse().unwrap();
    let outcome = super::read(&source).await.unwrap();
    assert_eq!(outcome.ids(), ["1", "2"]);
    assert_eq!(proxy.calls().len(), 3);
}

#[tokio::test]
async fn the_value_of_a_header_may_be_kept_elsewhere() {
    let kms = Kms::start(|call, _| {
        let known = call.header("x-api-key") == TOKEN && call.header("x-tenant") == "acme";
        if known {
            page(&items([1]))
        } else {
            status(403, &[])
        }
    })
    .await;
    let settings = "headers = { X-Tenant = \"acme\", X-Api-Key = TOKEN }";
    assert_eq!(kms.read(settings).await.unwrap().ids(), ["1"]);
    let error = kms
        .read("headers = { X-Api-Key = { file = \"/nowhere/key\" } }")
        .await
        .unwrap_err();
    assert!(error.contains("/nowhere/key does not exist"), "{error}");
}

/// A server that closes connections, each time after it has read the request, before it answers one.
async fn closing(times: usize) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        for number in 0.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            if number < times {
                continue;
            }
            let body = items([1]).to_string();
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    address
}

#[tokio::test]
async fn a_connection_that_was_closed_costs_no_sweep_unless_it_is_closed_again_and_again() {
    let kms = Kms::start(|_, _| status(500, &[])).await;
    for (times, expected) in [(2, Ok(1)), (3, Err("did not answer"))] {
        let mut source = kms.source("");
        let SourceKind::Feed(feed) = &mut source.kind else {
            panic!("a feed")
        };
        feed.address = closing(times).await.parse().unwrap();
        match (super::read(&source).await, expected) {
            (Ok(outcome), Ok(expected)) => assert_eq!(outcome.ids().len(), expected),
            (Err(error), Err(told)) => assert!(error.contains(told), "{error}"),
            (outcome, _) => panic!("{times}: {outcome:?}"),
        }
    }
}

#[tokio::test]
async fn a_server_that_fails_for_a_moment_costs_no_sweep() {
    for (status_of, times, expected) in [(500, 2, 1), (502, 2, 1), (504, 3, 0), (403, 1, 0)] {
        let kms = Kms::start(move |call, _| {
            if call.number < times {
                status(status_of, &[])
            } else {
                page(&items([1]))
            }
        })
        .await;
        let read = kms.read("").await.map_or(0, |outcome| outcome.ids().len());
        assert_eq!(read, expected, "{status_of}, {times} times");
        assert!(kms.calls().len() <= 3, "{status_of}");
    }
}

#[tokio::test]
async fn a_pause_that_is_longer_than_one_sweep_waits_holds_for_the_next_ones() {
    let kms = Kms::start(|_, _| status(429, &[("retry-after", "600")])).await;
    let source = kms.source("max_wait = \"1s\"");
    let memory = crate::intake::feed::memory::SweepMemory::default();
    let told = super::read_with(&source, &memory).await.unwrap_err();
    for part in ["429", "not to be asked again before 20", "max_wait"] {
        assert!(told.contains(part), "{part} in {told}");
    }
    // In the same words, so that it is told once.
    assert_eq!(super::read_with(&source, &memory).await.unwrap_err(), told);
    memory.forget_absent();
    assert_eq!(super::read_with(&source, &memory).await.unwrap_err(), told);
    assert_eq!(kms.calls().len(), 1);
    // It is of that address alone, and not of what somebody else there asks for.
    let other = Kms::start(|_, _| page(&items([1]))).await;
    let outcome = super::read_with(&other.source(""), &memory).await.unwrap();
    assert_eq!(outcome.ids(), ["1"]);
    let kms = Kms::start(|call, _| match call.number {
        0 => status(503, &[("retry-after", "1")]),
        _ => page(&items([1])),
    })
    .await;
    let (source, memory) = (
        kms.source("max_wait = \"0s\""),
        crate::intake::feed::memory::SweepMemory::default(),
    );
    assert!(super::read_with(&source, &memory).await.is_err());
    assert!(super::read_with(&source, &memory).await.is_err());
    assert_eq!(kms.calls().len(), 1);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let outcome = super::read_with(&source, &memory).await.unwrap();
    assert_eq!(outcome.ids(), ["1"]);
}

#[tokio::test]
async fn patience_may_be_asked_for_until_a_date() {
    let kms = Kms::start(|call, _| match call.number {
        0 => {
            let soon = SystemTime::now() + Duration::from_secs(1);
            let soon = jiff::Timestamp::try_from(soon).unwrap();
            let date = soon.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
            status(429, &[("retry-after", &date)])
        }
        1 => status(503, &[("retry-after", "Thu, 01 Jan 2026 00:00:00 GMT")]),
        _ => page(&items([1])),
    })
    .await;
    assert_eq!(kms.read("").await.unwrap().ids(), ["1"]);
    assert_eq!(kms.calls().len(), 3);
    // The number is more seconds than time has.
    for never in ["Thu, 01 Jan 2099 00:00:00 GMT", "18446744073709551615"] {
        let kms = Kms::start(move |_, _| status(429, &[("retry-after", never)])).await;
        let error = kms.read("").await.unwrap_err();
        assert!(error.contains("max_wait"), "{error}");
    }
}

#[tokio::test]
async fn little_quota_slows_down_and_never_fails_a_sweep() {
    let kms = Kms::start(|call, _| {
        let at = call.number_in("page");
        // An hour is far more than `max_wait`, and 1 second is not.
        let reset = if at == 1 { "1" } else { "3600" };
        let quota = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset)];
        page_with(&if at < 3 { items([at]) } else { items([]) }, &quota)
    })
    .await;
    let began = std::time::Instant::now();
    let outcome = kms
        .read("paging = { mode = \"page\" }\nmax_wait = \"5s\"")
        .await;
    assert_eq!(outcome.unwrap().ids(), ["1", "2"]);
    assert!(began.elapsed() >= Duration::from_secs(1));
}
