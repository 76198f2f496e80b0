//! The HTTP client of a feed: its certificates, its proxy, and how long it waits.

use std::path::Path;

use reqwest::{Certificate, Client, Proxy};

use crate::config::{Auth, Feed};
use crate::haptik::{causes, is_loopback};
use crate::intake::feed::error::FeedError;

/// The client of one sweep. It follows no redirect: where one leads, credentials may not go.
pub(crate) fn client(feed: &Feed) -> Result<Client, FeedError> {
    let failed = |cause| FeedError::Client { cause };
    let mut builder = crate::tls::client_builder()
        .user_agent(concat!("kms-haptik-sync/", env!("CARGO_PKG_VERSION")))
        .timeout(feed.timeout)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never());
    if let Some(file) = &feed.ca_file {
        let certificates =
            certificates(file).map_err(|cause| failed(format!("{}: {cause}", file.display())))?;
        builder = builder.tls_certs_only(certificates);
    } else if feed.address.scheme() == "http" && !needs_tls(feed) {
        // Without this a machine without CA certificates could not even talk to loopback.
        builder = builder.tls_certs_only([]);
    }
    if let Some(proxy) = &feed.proxy {
        let proxy = Proxy::all(proxy.clone()).map_err(|error| failed(causes(&error)))?;
        builder = builder.proxy(proxy);
    } else if is_loopback(feed.address.as_str()) {
        // A proxy has its own loopback, which is not ours.
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| failed(causes(&error)))
}

fn certificates(file: &Path) -> Result<Vec<Certificate>, String> {
    let pem = std::fs::read(file).map_err(|error| error.to_string())?;
    let found = Certificate::from_pem_bundle(&pem).map_err(|error| causes(&error))?;
    if found.is_empty() {
        return Err("there is no certificate in it".to_owned());
    }
    Ok(found)
}

/// Whether something beside the feed itself is reached over TLS.
fn needs_tls(feed: &Feed) -> bool {
    let token_url = match &feed.auth {
        Auth::OAuth2(settings) => Some(&settings.token_url),
        _ => None,
    };
    let mut others = [token_url, feed.proxy.as_ref()].into_iter().flatten();
    others.any(|url| url.scheme() == "https")
}
