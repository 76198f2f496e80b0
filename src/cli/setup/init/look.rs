//! Looks once at an address, without credentials, to see what answers there.

use std::time::Duration;

use reqwest::header::LINK;
use reqwest::{StatusCode, Url};

use super::recognise::{FeedShape, UrlAnswer, by_answer, by_host};
use crate::haptik::{causes, is_loopback};

const PATIENCE: Duration = Duration::from_secs(15);
/// A page that is longer says nothing more of what it is.
const LONGEST: usize = 16 << 20;

/// What a look came to.
pub(crate) struct UrlLook {
    pub(crate) shape: FeedShape,
    /// Why there was nothing to see.
    pub(crate) problem: Option<String>,
}

impl UrlLook {
    fn nothing(problem: String) -> Self {
        Self {
            shape: FeedShape::Unknown,
            problem: Some(problem),
        }
    }
}

/// Asks nobody where the host already says whose it is.
pub(crate) async fn look(address: &str) -> UrlLook {
    let Ok(url) = Url::parse(address) else {
        return UrlLook::nothing("it is not a URL".to_owned());
    };
    if let Some(preset) = by_host(&url) {
        return UrlLook {
            shape: FeedShape::Preset(preset),
            problem: None,
        };
    }
    match asked(&url).await {
        Ok(answer) => {
            let shape = by_answer(&url, &answer);
            let problem = problem(answer.status).filter(|_| shape == FeedShape::Unknown);
            UrlLook { shape, problem }
        }
        Err(error) => UrlLook::nothing(causes(&error.without_url())),
    }
}

/// What a status says against an answer, and what to do.
fn problem(status: StatusCode) -> Option<String> {
    let remedy = match status {
        _ if status.is_success() => return None,
        _ if status.is_redirection() => "; give the address that it leads to",
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            "; say who reads it with --feed-user and --feed-token-env, or later with `auth` in the file"
        }
        _ => "",
    };
    Some(format!("it answers {status}{remedy}"))
}

async fn asked(url: &Url) -> Result<UrlAnswer, reqwest::Error> {
    let mut builder = crate::tls::client_builder()
        .user_agent(concat!("kms-haptik-sync/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE);
    if is_loopback(url.as_str()) {
        builder = builder.no_proxy();
    }
    if url.scheme() == "http" {
        // A machine without CA certificates must get along here, too.
        builder = builder.tls_certs_only([]);
    }
    let mut response = builder.build()?.get(url.clone()).send().await?;
    let links = response.headers().get_all(LINK).iter();
    let mut answer = UrlAnswer {
        status: response.status(),
        links: links
            .filter_map(|link| Some(link.to_str().ok()?.to_owned()))
            .collect(),
        body: Vec::new(),
    };
    while let Some(chunk) = response.chunk().await? {
        answer.body.extend_from_slice(&chunk);
        if answer.body.len() > LONGEST {
            break;
        }
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_answer_says_what_to_do() {
        for (status, expected) in [
            (200, None),
            (206, None),
            (301, Some("the address that it leads to")),
            (401, Some("it answers 401 Unauthorized; say who")),
            (403, Some("--feed-token-env")),
            (404, Some("it answers 404 Not Found")),
            (500, Some("it answers 500")),
        ] {
            let found = problem(StatusCode::from_u16(status).unwrap());
            let holds = match (&found, expected) {
                (Some(found), Some(part)) => found.contains(part),
                (found, part) => found.is_none() && part.is_none(),
            };
            assert!(holds, "{status}: {found:?}");
        }
    }
}
