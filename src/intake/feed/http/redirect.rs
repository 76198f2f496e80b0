//! Where a file has moved to. Stores of files answer with an address that is good for a while, mostly
//! on another host, and which needs no credentials: it never gets any.

use reqwest::Url;
use reqwest::header::{HeaderMap, LOCATION};

use crate::config::{Feed, FeedFormat};
use crate::haptik::is_loopback;
use crate::intake::feed::error::{FeedError, place};

/// So often a file may be sent on.
const MOST_HOPS: usize = 5;

/// The way to one answer.
pub(crate) struct Way {
    feed: Url,
    here: Url,
    is_file: bool,
    allows_plain_http: bool,
    /// Whether it has led to another host. From there it never comes back to where credentials go.
    left: bool,
    hops: usize,
}

impl Way {
    pub(crate) fn new(feed: &Feed, url: &Url) -> Self {
        Self {
            feed: feed.address.clone(),
            here: url.clone(),
            is_file: matches!(feed.format, FeedFormat::File(_)),
            allows_plain_http: feed.address.scheme() == "http",
            left: false,
            hops: 0,
        }
    }

    /// The address that is asked now.
    pub(crate) fn here(&self) -> &Url {
        &self.here
    }

    /// The same, where it is no longer the feed's own.
    pub(crate) fn elsewhere(&self) -> Option<&Url> {
        self.left.then_some(&self.here)
    }

    /// Whether redirects are followed at all: a page that moves is another page.
    pub(crate) fn is_followed(&self) -> bool {
        self.is_file
    }

    /// Goes on to where an answer leads.
    pub(crate) fn follow(&mut self, headers: &HeaderMap) -> Result<(), FeedError> {
        let target = headers.get(LOCATION).and_then(|to| to.to_str().ok());
        let next = target.and_then(|target| self.here.join(target).ok());
        let Some(next) = next else {
            return Err(self.failed("it leads nowhere; check `feed` and `path`"));
        };
        self.hops += 1;
        if self.hops > MOST_HOPS {
            return Err(self.failed(
                "it leads on and on; check `feed` and `path`, and whether it asks for a login",
            ));
        }
        let is_safe = match next.scheme() {
            "https" => true,
            "http" => self.allows_plain_http || is_loopback(next.as_str()),
            _ => false,
        };
        if !is_safe {
            return Err(self.failed(
                "it leads to an address without https; give the address that it should lead to",
            ));
        }
        self.left |= next.origin() != self.feed.origin();
        self.here = next;
        Ok(())
    }

    fn failed(&self, cause: &str) -> FeedError {
        FeedError::Page {
            place: place(&self.here),
            cause: cause.to_owned(),
        }
    }
}
