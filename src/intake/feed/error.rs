//! Why a sweep of a feed is not complete. Addresses are shown without their query, which may hold
//! a secret; bodies are never quoted.

use reqwest::{StatusCode, Url};

use crate::config::SecretError;
use crate::text::one_line;

const SHOWN: usize = 200;

/// Why a sweep of a feed is not complete.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The HTTP client cannot be made.
    #[error(
        "the HTTPS client cannot be set up ({cause}); see that ca_file holds certificates in PEM, or install the package ca-certificates"
    )]
    Client {
        /// What is wrong.
        cause: String,
    },
    /// The secret cannot be read.
    #[error("{0}")]
    Secret(#[from] SecretError),
    /// No usable answer came back.
    #[error(
        "{place} did not answer ({cause}); check `feed` and the network, and raise `timeout` if it only needs longer"
    )]
    Lost {
        /// The address.
        place: String,
        /// Why.
        cause: String,
    },
    /// Its certificate is not good.
    #[error(
        "{place} did not answer as it should: its certificate is not trusted ({cause}); name the file with the certificate of its authority in ca_file, and check the name in `feed` and this machine's clock"
    )]
    Untrusted {
        /// The address.
        place: String,
        /// Why.
        cause: String,
    },
    /// The answer has another status than 200.
    #[error("{place} answered {status}; {}", remedy(*status))]
    Status {
        /// The address.
        place: String,
        /// The status.
        status: StatusCode,
    },
    /// It went on asking for patience.
    #[error(
        "{place} still asks for patience ({status}) and max_wait would be used up; poll less often with `every` or min_interval, or raise max_wait"
    )]
    Impatient {
        /// The address.
        place: String,
        /// The status.
        status: StatusCode,
    },
    /// It asked for a longer pause than one sweep waits.
    #[error(
        "{place} answered {status} and asks not to be asked again before {until}, which is longer than max_wait; it is not asked before, and the answers of this source stay as they are. Poll less often with `every` or min_interval if it stays so"
    )]
    Paused {
        /// The address.
        place: String,
        /// The status.
        status: StatusCode,
        /// When it may be asked again.
        until: String,
    },
    /// Access tokens cannot be had.
    #[error(
        "no access token can be had from {place} ({cause}); check client_id, the token that holds the client secret, and scope"
    )]
    Token {
        /// The token endpoint.
        place: String,
        /// Why.
        cause: String,
    },
    /// The page cannot be used.
    #[error("{place} is not a usable page: {cause}")]
    Page {
        /// The address.
        place: String,
        /// What is wrong and what to do.
        cause: String,
    },
    /// The next page cannot be asked for.
    #[error("the page after {place} cannot be asked for: {cause}")]
    Next {
        /// The address.
        place: String,
        /// What is wrong and what to do.
        cause: String,
    },
    /// There is no end to it.
    #[error(
        "more than max_pages = {limit} pages; raise max_pages if there are meant to be so many"
    )]
    TooManyPages {
        /// The limit.
        limit: usize,
    },
    /// There are too many bytes of it.
    #[error(
        "more than {limit} bytes in one sweep, which is {} times max_page_bytes; ask for less with `query` or `scope`, or raise max_page_bytes if there is meant to be so much",
        super::sweep::SWEEP_PAGES
    )]
    TooManyBytes {
        /// The limit.
        limit: u64,
    },
    /// There is too much of it.
    #[error("more than max_rows = {limit} items; raise max_rows if there are meant to be so many")]
    TooManyItems {
        /// The limit.
        limit: usize,
    },
    /// It takes too long.
    #[error(
        "it could not be read to its end within {hours} hours; see why it answers so slowly, raise `concurrency`, or lower min_interval"
    )]
    TooLong {
        /// The limit.
        hours: u64,
    },
    /// The service is to stop.
    #[error("the sweep was broken off, because the service stops")]
    Stopped,
}

crate::text::samples! {
    FeedError {
        Client => [Self::Client { cause: gap() }],
        Secret => [],
        Lost => [Self::Lost { place: gap(), cause: gap() }],
        Untrusted => [Self::Untrusted { place: gap(), cause: gap() }],
        Status => [Self::Status { place: gap(), status: StatusCode::IM_A_TEAPOT }],
        Impatient => [Self::Impatient { place: gap(), status: StatusCode::IM_A_TEAPOT }],
        Paused => [Self::Paused { place: gap(), status: StatusCode::IM_A_TEAPOT, until: gap() }],
        Token => [Self::Token { place: gap(), cause: gap() }],
        Page => [Self::Page { place: gap(), cause: gap() }],
        Next => [Self::Next { place: gap(), cause: gap() }],
        TooManyPages => [Self::TooManyPages { limit: 1 }],
        TooManyBytes => [Self::TooManyBytes { limit: 1 }],
        TooManyItems => [Self::TooManyItems { limit: 1 }],
        TooLong => [Self::TooLong { hours: 6 }],
        Stopped => [Self::Stopped],
    }
}

/// An address as a message shows it.
pub(crate) fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url
        .port()
        .map_or_else(String::new, |port| format!(":{port}"));
    let path = one_line(url.path(), SHOWN);
    format!("{}://{host}{port}{path}", url.scheme())
}

fn remedy(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 | 403 => "check [bot.source.auth] and what that account may read",
        404 | 410 => "check `feed`, `path` and, where there is one, the path of `detail`",
        300..=399 => {
            "redirects of pages are not followed, so that no credential goes to another host; set `feed` and `path` to the right address"
        }
        500..=599 => {
            "it is tried again at the next sweep; see to the knowledge base if it stays so"
        }
        _ => "check `path`, `query` and `paging` against its documentation",
    }
}
