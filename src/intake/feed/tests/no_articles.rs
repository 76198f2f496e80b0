//! What vendors answer in place of articles, each as its documents have it: a list in which nothing is,
//! a request for patience, and a refusal.

use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join_all;
use serde_json::json;

use super::presets::{Case, cases};
use super::{Answer, Call, Kms, answer, page};
use crate::config::PRESETS;

/// Status, headers and body.
#[derive(Clone, Copy)]
struct Sent(u16, &'static [(&'static str, &'static str)], &'static str);

struct Vendor {
    preset: &'static str,
    empty: Sent,
    limit: Sent,
    refusal: Sent,
    /// What is said of the refusal.
    told: &'static str,
}

#[rustfmt::skip]
const VENDORS: [Vendor; 23] = [
    // developer.atlassian.com/cloud/confluence: REST API v2, rate limiting.
    Vendor {
        preset: "confluence-cloud",
        empty: Sent(200, &[], r#"{"results":[],"_links":{"base":"https://acme.atlassian.net/wiki"}}"#),
        limit: Sent(429, &[("retry-after", "0"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "2026-01-02T03:04Z")], r#"{"message":"Rate limit exceeded"}"#),
        refusal: Sent(401, &[], r#"{"errors":[{"status":401,"code":"UNAUTHORIZED","title":"Unauthorized","detail":null}]}"#),
        told: "check [bot.source.auth]",
    },
    // Confluence Data Center: REST API, improving instance stability with rate limiting.
    Vendor {
        preset: "confluence-server",
        empty: Sent(200, &[], r#"{"results":[],"start":0,"limit":50,"size":0,"_links":{"base":"https://wiki.acme.com"}}"#),
        limit: Sent(429, &[("retry-after", "0"), ("x-ratelimit-limit", "10"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-interval-seconds", "1")], ""),
        refusal: Sent(403, &[], r#"{"statusCode":403,"data":{"authorized":false},"message":"not permitted to use Confluence","reason":"Forbidden"}"#),
        told: "check [bot.source.auth]",
    },
    // apidocs.document360.com; a wrong token is answered with 401 and no body.
    Vendor {
        preset: "document360",
        empty: Sent(200, &[], r#"{"data":[],"success":true,"errors":[],"warnings":[],"information":[]}"#),
        limit: Sent(429, &[("retry-after", "0")], r#"{"success":false,"errors":[{"error_code":"429"}]}"#),
        refusal: Sent(401, &[], ""),
        told: "check [bot.source.auth]",
    },
    // jsonapi.org (errors); Drupal in maintenance answers 503.
    Vendor {
        preset: "drupal-jsonapi",
        empty: Sent(200, &[], r#"{"jsonapi":{"version":"1.0"},"data":[],"links":{"self":{"href":"x"}}}"#),
        limit: Sent(503, &[("retry-after", "0")], r#"{"message":"The site is under maintenance."}"#),
        refusal: Sent(403, &[], r#"{"jsonapi":{"version":"1.0"},"errors":[{"title":"Forbidden","status":"403","detail":"The permission is required."}]}"#),
        told: "check [bot.source.auth]",
    },
    // learn.microsoft.com: Dataverse, service protection API limits.
    Vendor {
        preset: "dynamics-365",
        empty: Sent(200, &[], r#"{"@odata.context":"https://acme.crm.dynamics.com/api/data/v9.2/$metadata#knowledgearticles","value":[]}"#),
        limit: Sent(429, &[("retry-after", "0"), ("x-ms-ratelimit-burst-remaining-xrm-requests", "0")], r#"{"error":{"code":"0x80072322","message":"Number of requests exceeded the limit of 6000."}}"#),
        refusal: Sent(403, &[], r#"{"error":{"code":"0x80040220","message":"Principal user is missing prvReadKnowledgeArticle privilege"}}"#),
        told: "check [bot.source.auth]",
    },
    // developers.freshdesk.com/api: rate limit, errors.
    Vendor {
        preset: "freshdesk",
        empty: Sent(200, &[], "[]"),
        limit: Sent(429, &[("retry-after", "0"), ("x-ratelimit-total", "50"), ("x-ratelimit-remaining", "0")], r#"{"message":"You have exceeded the limit of requests per hour"}"#),
        refusal: Sent(401, &[], r#"{"code":"invalid_credentials","message":"You have to be logged in to perform this action."}"#),
        told: "check [bot.source.auth]",
    },
    // docs.ghost.org/content-api: errors, pagination.
    Vendor {
        preset: "ghost",
        empty: Sent(200, &[], r#"{"posts":[],"meta":{"pagination":{"page":1,"limit":100,"pages":1,"total":0,"next":null,"prev":null}}}"#),
        limit: Sent(429, &[], r#"{"errors":[{"message":"Too many requests.","type":"TooManyRequestsError"}]}"#),
        refusal: Sent(401, &[], r#"{"errors":[{"message":"Unknown Content API Key","type":"UnauthorizedError"}]}"#),
        told: "check [bot.source.auth]",
    },
    // a sheet that holds its headings; one that is not published leads to a sign-in.
    Vendor {
        preset: "google-sheets",
        empty: Sent(200, &[("content-type", "text/csv")], "id,question,answer\n"),
        limit: Sent(429, &[("content-type", "text/html")], "<html>Too many requests</html>"),
        refusal: Sent(200, &[("content-type", "text/html")], "<html>Sign in</html>"),
        told: "is it a login page?",
    },
    // developer.getguru.com: 204 where there are no cards. The rest is not documented.
    Vendor {
        preset: "guru",
        empty: Sent(204, &[], ""),
        limit: Sent(429, &[], ""),
        refusal: Sent(401, &[], ""),
        told: "check [bot.source.auth]",
    },
    // Not documented: as its other pages have it.
    Vendor {
        preset: "helpjuice",
        empty: Sent(200, &[], r#"{"articles":[],"meta":{"current":1,"limit":1000,"total_pages":0,"total_count":0}}"#),
        limit: Sent(429, &[], "Retry later"),
        refusal: Sent(401, &[], r#"{"error":"Invalid API key"}"#),
        told: "check [bot.source.auth]",
    },
    // developers.hubspot.com: usage guidelines, error handling. No Retry-After.
    Vendor {
        preset: "hubspot",
        empty: Sent(200, &[], r#"{"total":0,"results":[]}"#),
        limit: Sent(429, &[("x-hubspot-ratelimit-interval-milliseconds", "10000")], r#"{"status":"error","errorType":"RATE_LIMIT","policyName":"TEN_SECONDLY_ROLLING","message":"You have reached your ten_secondly_rolling limit."}"#),
        refusal: Sent(403, &[], r#"{"status":"error","category":"MISSING_SCOPES","message":"The scope needed for this API call is not present."}"#),
        told: "check [bot.source.auth]",
    },
    // developers.intercom.com: rate limiting, error codes. The time of the reset, and no Retry-After.
    Vendor {
        preset: "intercom",
        empty: Sent(200, &[], r#"{"type":"list","data":[],"total_count":0,"pages":{"type":"pages","page":1,"per_page":250,"total_pages":0}}"#),
        limit: Sent(429, &[("x-ratelimit-limit", "1000"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1700000000")], r#"{"type":"error.list","errors":[{"code":"rate_limit_exceeded"}]}"#),
        refusal: Sent(401, &[], r#"{"type":"error.list","errors":[{"code":"unauthorized","message":"Access Token Invalid"}]}"#),
        told: "check [bot.source.auth]",
    },
    // mediawiki.org/wiki/API:Errors_and_warnings, and a wiki of version 1.43.
    Vendor {
        preset: "mediawiki",
        empty: Sent(200, &[], r#"{"batchcomplete":true}"#),
        limit: Sent(429, &[("retry-after", "0"), ("content-type", "text/html")], "<html>Too many requests</html>"),
        refusal: Sent(200, &[("mediawiki-api-error", "readapidenied")], r#"{"error":{"code":"readapidenied","info":"You need read permission to use this module."}}"#),
        told: "its `error` says",
    },
    // 6.docs.plone.org/plone.restapi: searching, error handling.
    Vendor {
        preset: "plone",
        empty: Sent(200, &[], r#"{"@id":"https://www.acme.com/@search","items":[],"items_total":0}"#),
        limit: Sent(503, &[("retry-after", "0")], r#"{"message":"maintenance","type":"ServiceUnavailable"}"#),
        refusal: Sent(401, &[], r#"{"message":"You are not authorized to access this resource.","type":"Unauthorized"}"#),
        told: "check [bot.source.auth]",
    },
    // a channel without items.
    Vendor {
        preset: "rss",
        empty: Sent(200, &[("content-type", "application/rss+xml")], r#"<rss version="2.0"><channel><title>t</title><link>https://acme.test</link><description>d</description></channel></rss>"#),
        limit: Sent(503, &[("retry-after", "0")], ""),
        refusal: Sent(404, &[("content-type", "text/html")], "<html>Not found</html>"),
        told: "check `feed`",
    },
    // developer.salesforce.com: REST API, status codes and error responses. A limit is a 403.
    Vendor {
        preset: "salesforce-knowledge",
        empty: Sent(200, &[], r#"{"totalSize":0,"done":true,"records":[]}"#),
        limit: Sent(403, &[("sforce-limit-info", "api-usage=15000/15000")], r#"[{"message":"TotalRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]"#),
        refusal: Sent(400, &[], r#"[{"message":"No such column on entity","errorCode":"INVALID_FIELD"}]"#),
        told: "check `path`, `query`",
    },
    // Table API, version 2 (KB0551763); inbound REST API rate limiting.
    Vendor {
        preset: "servicenow",
        empty: Sent(200, &[("x-total-count", "0")], r#"{"result":[]}"#),
        limit: Sent(429, &[("retry-after", "0"), ("x-ratelimit-limit", "500")], r#"{"error":{"message":"Rate limit exceeded","detail":"Max requests per hour"},"status":"failure"}"#),
        refusal: Sent(401, &[], r#"{"error":{"message":"User Not Authenticated","detail":"Required to provide Auth information"},"status":"failure"}"#),
        told: "check [bot.source.auth]",
    },
    // learn.microsoft.com/graph: throttling, errors.
    Vendor {
        preset: "sharepoint-file",
        empty: Sent(200, &[("content-type", "text/csv")], "id,question,answer\n"),
        limit: Sent(429, &[("retry-after", "0")], r#"{"error":{"code":"TooManyRequests","message":"Please retry again later."}}"#),
        refusal: Sent(404, &[], r#"{"error":{"code":"itemNotFound","message":"The resource could not be found."}}"#),
        told: "check `feed`",
    },
    // docs.strapi.io/cms/api/rest: pagination, errors.
    Vendor {
        preset: "strapi",
        empty: Sent(200, &[], r#"{"data":[],"meta":{"pagination":{"page":1,"pageSize":100,"pageCount":0,"total":0}}}"#),
        limit: Sent(429, &[], r#"{"data":null,"error":{"status":429,"name":"RateLimitError","message":"Too many requests","details":{}}}"#),
        refusal: Sent(403, &[], r#"{"data":null,"error":{"status":403,"name":"ForbiddenError","message":"Forbidden","details":{}}}"#),
        told: "check [bot.source.auth]",
    },
    // docs.wagtail.org: API v2, and a real one.
    Vendor {
        preset: "wagtail",
        empty: Sent(200, &[], r#"{"meta":{"total_count":0},"items":[]}"#),
        limit: Sent(503, &[("retry-after", "0")], ""),
        refusal: Sent(400, &[], r#"{"message":"type doesn't exist"}"#),
        told: "check `path`, `query`",
    },
    // developer.wordpress.org/rest-api, and a real one.
    Vendor {
        preset: "wordpress",
        empty: Sent(200, &[("x-wp-total", "0"), ("x-wp-totalpages", "0")], "[]"),
        limit: Sent(503, &[("retry-after", "0"), ("content-type", "text/html")], "<html>Briefly unavailable for scheduled maintenance.</html>"),
        refusal: Sent(401, &[], r#"{"code":"rest_forbidden","message":"Sorry, you are not allowed to do that.","data":{"status":401}}"#),
        told: "check [bot.source.auth]",
    },
    // developer.zendesk.com: rate limits, errors.
    Vendor {
        preset: "zendesk-guide",
        empty: Sent(200, &[], r#"{"articles":[],"meta":{"has_more":false,"after_cursor":null,"before_cursor":null},"links":{"prev":null,"next":null}}"#),
        limit: Sent(429, &[("retry-after", "0"), ("x-rate-limit", "700"), ("x-rate-limit-remaining", "0")], "Number of allowed API requests per minute exceeded"),
        refusal: Sent(401, &[], r#"{"error":"Couldn't authenticate you"}"#),
        told: "check [bot.source.auth]",
    },
    // desk.zoho.com/DeskAPIDocument: errors, and 204 past the end. The code of its limit is assumed.
    Vendor {
        preset: "zoho-desk",
        empty: Sent(204, &[], ""),
        limit: Sent(429, &[], r#"{"errorCode":"THRESHOLD_EXCEEDED","message":"You have exceeded the limit."}"#),
        refusal: Sent(401, &[], r#"{"errorCode":"INVALID_OAUTH","message":"The OAuth Token you provided is invalid."}"#),
        told: "check [bot.source.auth]",
    },
];

impl Sent {
    fn answer(self) -> Answer {
        let Self(status, headers, body) = self;
        let is_kind = |header: &&(&str, &str)| header.0 == "content-type";
        let kind = headers.iter().find(is_kind);
        let kind = kind.map_or("application/json", |(_, kind)| kind);
        let headers = headers.iter().filter(|header| !is_kind(header));
        let headers: Vec<_> = headers.copied().collect();
        answer(status, kind, &headers, body.to_owned())
    }
}

/// A server that answers whoever asks for articles as it is told.
async fn served(
    case: &Case,
    answered: impl Fn(&Call, &str) -> Answer + Send + Sync + 'static,
) -> (Kms, String) {
    let kms = Kms::start(move |call, here| match call.path.as_str() {
        "/token" => page(&json!({"access_token": "granted"})),
        path if path.ends_with("/users/me") => page(&json!({})),
        _ => answered(call, here),
    })
    .await;
    let settings = format!("preset = \"{}\"\n{}", case.preset, case.settings);
    (kms, settings)
}

fn each() -> impl Iterator<Item = (Case, &'static Vendor)> {
    let known: Vec<&str> = VENDORS.iter().map(|vendor| vendor.preset).collect();
    assert_eq!(known, PRESETS, "each preset has its answers");
    cases().into_iter().zip(&VENDORS)
}

#[tokio::test]
async fn an_empty_list_is_one_and_no_failure() {
    for (case, vendor) in each() {
        let (kms, settings) = served(&case, |_, _| vendor.empty.answer()).await;
        let outcome = kms.read(&settings).await;
        let outcome = outcome.unwrap_or_else(|error| panic!("{}: {error}", case.preset));
        assert_eq!(outcome.articles, [""; 0], "{}", case.preset);
        assert_eq!(outcome.rejections, [""; 0], "{}", case.preset);
        assert_eq!(outcome.incomplete, None, "{}", case.preset);
    }
}

#[tokio::test]
async fn who_asks_for_patience_is_given_it() {
    // Side by side, because some do not say for how long.
    join_all(each().map(|(case, vendor)| waits(case, vendor))).await;
}

async fn waits(case: Case, vendor: &'static Vendor) {
    let (articles, is_told) = (case.answer, AtomicBool::new(false));
    let (kms, settings) = served(&case, move |call, here| {
        if is_told.swap(true, Ordering::Relaxed) {
            articles(call, here)
        } else {
            vendor.limit.answer()
        }
    })
    .await;
    let outcome = kms.read(&settings).await;
    let outcome = outcome.unwrap_or_else(|error| panic!("{}: {error}", case.preset));
    assert_eq!(outcome.ids(), ["1", "2", "3"], "{}", case.preset);
    // Once it never ends, it is said as what it is.
    let (kms, settings) = served(&case, |_, _| vendor.limit.answer()).await;
    let patience = format!("max_wait = \"250ms\"\n{settings}");
    let error = kms.read(&patience).await.unwrap_err();
    assert!(error.contains("max_wait"), "{}: {error}", case.preset);
    assert!(!error.contains("[bot.source.auth]"), "{error}");
}

#[tokio::test]
async fn a_refusal_says_what_to_look_at_and_is_not_quoted() {
    for (case, vendor) in each() {
        let (kms, settings) = served(&case, |_, _| vendor.refusal.answer()).await;
        let error = kms.read(&settings).await.unwrap_err();
        assert!(error.contains(vendor.told), "{}: {error}", case.preset);
        let words = vendor.refusal.2.split('"');
        for prose in words.filter(|words| words.contains(' ')) {
            assert!(!error.contains(prose), "{}: {error}", case.preset);
        }
    }
}

/// A category that is empty, or that nobody has made, takes nothing from the others, and is told.
#[tokio::test]
async fn an_empty_list_beside_others_is_told() {
    let case = cases().into_iter().find(|case| case.preset == "mediawiki");
    let articles = case.unwrap().answer;
    let kms = Kms::start(move |call, here| match call.asks("gcmtitle") {
        Some("Category:Hlep") => page(&json!({"batchcomplete": true})),
        _ => articles(call, here),
    })
    .await;
    let source = kms.source("preset = \"mediawiki\"\nscope = [\"FAQ\", \"Hlep\"]");
    let (found, reading) = super::articles(&source).await.unwrap();
    assert_eq!(found.len(), 3);
    let notes = reading.notes.iter();
    let notes: Vec<_> = notes
        .map(|note| format!("{}: {}", note.place, note.reason))
        .collect();
    let [note] = &notes[..] else {
        panic!("{notes:?}")
    };
    assert!(note.starts_with("Category:Hlep: has no articles"), "{note}");
}

/// A large wiki looks for a while and then answers with what it has, which may be nothing.
#[tokio::test]
async fn a_batch_without_pages_is_no_end() {
    let kms = Kms::start(|call, _| {
        let goes_on = |from: &str| json!({"batchcomplete": true, "continue": {"gapcontinue": from, "continue": "gapcontinue||"}});
        let pages = |id: usize| json!({"pages": [{"pageid": id, "title": format!("q{id}"), "revisions": [{"slots": {"main": {"content": "An answer."}}}]}]});
        page(&match call.asks("gapcontinue") {
            None => {
                let mut first = goes_on("2");
                first["query"] = pages(1);
                first
            }
            Some("2") => goes_on("3"),
            _ => json!({"batchcomplete": true, "query": pages(2)}),
        })
    })
    .await;
    let settings = "preset = \"mediawiki\"\nscope = [\"*\"]";
    let outcome = kms.read_live(settings, &["1", "2"]).await.unwrap();
    assert_eq!(outcome.ids(), ["1", "2"]);
    assert_eq!(outcome.incomplete, None);
}
