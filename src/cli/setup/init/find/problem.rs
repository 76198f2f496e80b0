//! Why there is nothing to see at an address, and what to try. Pure.

use reqwest::{StatusCode, Url};

/// Why nothing answers, and what to try where it speaks no TLS.
pub(crate) fn no_answer(url: &Url, causes: &str) -> String {
    let is_plain = ["handshake eof", "InvalidContentType"]
        .iter()
        .any(|sign| causes.contains(sign));
    if url.scheme() == "https" && is_plain {
        return format!(
            "{causes}; nothing speaks TLS there: does it answer at http:// or at another port?"
        );
    }
    causes.to_owned()
}

/// Why an address of a vendor is not the one that is read.
pub(crate) fn unfit(preset: &str, url: &Url) -> Option<String> {
    let is_edited = preset == "google-sheets" && url.path().contains("/edit");
    is_edited.then(|| {
        "it is the address of a sheet that is edited; publish it as CSV (File, Share, Publish to the web) and give the address that is shown then".to_owned()
    })
}

/// What a status says against an answer, and what to do.
pub(crate) fn problem(status: StatusCode) -> Option<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_no_tls_is_spoken_another_address_is_tried() {
        let cause = "client error (Connect): tls handshake eof";
        for (address, cause, is_told) in [
            ("https://kb.acme.com", cause, true),
            (
                "https://kb.acme.com",
                "received corrupt message of type InvalidContentType",
                true,
            ),
            ("https://kb.acme.com", "connection refused", false),
            ("http://kb.acme.com", cause, false),
        ] {
            let told = no_answer(&address.parse().unwrap(), cause);
            assert!(told.starts_with(cause), "{told}");
            assert_eq!(told.contains("another port"), is_told, "{told}");
        }
    }

    #[test]
    fn a_sheet_is_read_where_it_is_published() {
        for (path, is_told) in [("d/1AbC/edit#gid=0", true), ("d/e/2PACX-x/pub", false)] {
            let url = format!("https://docs.google.com/spreadsheets/{path}");
            let told = unfit("google-sheets", &url.parse().unwrap());
            assert_eq!(told.is_some(), is_told, "{path}");
        }
    }

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
