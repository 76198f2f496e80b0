//! Each preset against a server that answers in the documented shape: three pages, credentials,
//! something that must not count, and a call that is asked to wait.

use serde_json::json;

use super::first_vendors::{
    confluence_cloud, confluence_server, document360, freshdesk, guru, helpjuice, hubspot,
    intercom, mediawiki, rss, salesforce, servicenow, wordpress, zendesk,
};
use super::vendors::{THREE, drupal, dynamics, ghost, plone, sheet, strapi, wagtail, zoho};
use super::{Answer, Call, Kms, Outcome, TOKEN, page, read_with, status};
use crate::config::PRESETS;
use crate::intake::feed::memory::SweepMemory;

pub(super) struct Case {
    pub(super) preset: &'static str,
    pub(super) settings: &'static str,
    /// What has to be the value of the header `authorization`.
    authorization: String,
    pub(super) answer: fn(&Call, &str) -> Answer,
}

const BASIC: &str = "auth = { kind = \"basic\", user = \"bot\", token = TOKEN }";

fn as_bot() -> String {
    // printf 'bot:s3cr3t-t0ken' | base64
    "Basic Ym90OnMzY3IzdC10MGtlbg==".to_owned()
}

fn bearer() -> String {
    format!("Bearer {TOKEN}")
}

fn case(
    preset: &'static str,
    settings: &'static str,
    authorization: String,
    answer: fn(&Call, &str) -> Answer,
) -> Case {
    Case {
        preset,
        settings,
        authorization,
        answer,
    }
}

/// In the order of their names.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = cases_up_to_mediawiki();
    cases.extend(cases_from_plone());
    cases
}

fn cases_up_to_mediawiki() -> Vec<Case> {
    vec![
        case(
            "confluence-cloud",
            "scope = [\"11\"]\nauth = { kind = \"basic\", user = \"bot\", token = TOKEN }",
            as_bot(),
            confluence_cloud,
        ),
        case(
            "confluence-server",
            "auth = { kind = \"bearer\", token = TOKEN }\nscope = [\"KB\"]",
            bearer(),
            confluence_server,
        ),
        case(
            "document360",
            "locale = \"en\"\nscope = [\"v1\", \"v2\"]\nauth = { token = TOKEN }",
            String::new(),
            document360,
        ),
        case(
            "drupal-jsonapi",
            "scope = [\"faq\"]\nauth = { kind = \"basic\", user = \"bot\", token = TOKEN }",
            as_bot(),
            |call, here| drupal(call, here, THREE),
        ),
        case(
            "dynamics-365",
            "locale = \"en-us\"\nauth = { token_url = \"HERE/token\", client_id = \"c\", scope = \"s\", token = TOKEN }",
            "Bearer granted".into(),
            |call, here| dynamics(call, here, THREE),
        ),
        case(
            "freshdesk",
            "auth = { token = TOKEN }",
            // printf 's3cr3t-t0ken:X' | base64
            "Basic czNjcjN0LXQwa2VuOlg=".into(),
            freshdesk,
        ),
        case(
            "ghost",
            "auth = { token = TOKEN }",
            String::new(),
            |call, here| ghost(call, here, THREE),
        ),
        case(
            "google-sheets",
            "path = \"/pub\"",
            String::new(),
            |call, here| sheet(call, here, THREE),
        ),
        case(
            "guru",
            "scope = [\"col1\"]\nauth = { user = \"bot\", token = TOKEN }",
            as_bot(),
            guru,
        ),
        case(
            "helpjuice",
            "auth = { token = TOKEN }",
            TOKEN.into(),
            helpjuice,
        ),
        case(
            "hubspot",
            "scope = [\"7\"]\nauth = { token = TOKEN }",
            bearer(),
            hubspot,
        ),
        case("intercom", "auth = { token = TOKEN }", bearer(), intercom),
        case("mediawiki", "scope = [\"FAQ\"]", String::new(), mediawiki),
    ]
}

fn cases_from_plone() -> Vec<Case> {
    vec![
        case(
            "plone",
            "scope = [\"Document\"]",
            String::new(),
            |call, here| plone(call, here, THREE),
        ),
        case("rss", "lists_all = true", String::new(), rss),
        case(
            "salesforce-knowledge",
            "locale = \"en-US\"\nauth = { token_url = \"HERE/token\", client_id = \"c\", token = TOKEN }",
            "Bearer granted".into(),
            salesforce,
        ),
        case(
            "servicenow",
            "scope = [\"kb1\"]\nauth = { kind = \"basic\", user = \"bot\", token = TOKEN }",
            as_bot(),
            servicenow,
        ),
        case(
            "sharepoint-file",
            "path = \"/pub\"\nformat = \"csv\"\nquery = { output = \"csv\", gid = 0 }\nauth = { token_url = \"HERE/token\", client_id = \"c\", token = TOKEN }",
            "Bearer granted".into(),
            |call, here| sheet(call, here, THREE),
        ),
        case(
            "strapi",
            "scope = [\"articles\"]\nlocale = \"en\"\nauth = { kind = \"bearer\", token = TOKEN }",
            bearer(),
            |call, here| strapi(call, here, THREE),
        ),
        case(
            "wagtail",
            "scope = [\"faq.FaqPage\"]",
            String::new(),
            |call, here| wagtail(call, here, THREE),
        ),
        case("wordpress", BASIC, as_bot(), wordpress),
        case("zendesk-guide", BASIC, as_bot(), zendesk),
        case(
            "zoho-desk",
            "locale = \"en\"\nheaders = { orgId = \"7\" }\nauth = { token_url = \"HERE/token\", client_id = \"c\", token = TOKEN, refresh_token = TOKEN }",
            "Zoho-oauthtoken granted".into(),
            |call, here| zoho(call, here, THREE),
        ),
    ]
}

#[tokio::test]
async fn each_reads_three_pages() {
    let known: Vec<&str> = cases().iter().map(|case| case.preset).collect();
    assert_eq!(known, PRESETS, "each preset has its case");
    for case in cases() {
        let (authorization, answer) = (case.authorization.clone(), case.answer);
        let asked_to_wait = std::sync::atomic::AtomicBool::new(false);
        let kms = Kms::start(move |call, here| {
            if call.path == "/token" {
                return page(&json!({"access_token": "granted"}));
            }
            if !authorization.is_empty() && call.header("authorization") != authorization {
                return status(401, &[]);
            }
            if call.path.ends_with("/users/me") {
                return page(&json!({}));
            }
            if !asked_to_wait.swap(true, std::sync::atomic::Ordering::Relaxed) {
                return status(429, &[("retry-after", "0")]);
            }
            answer(call, here)
        })
        .await;
        let settings = format!("preset = \"{}\"\n{}", case.preset, case.settings);
        let (source, memory) = (kms.source(&settings), SweepMemory::default());
        let outcome = read_with(&source, &memory).await;
        let outcome = outcome.unwrap_or_else(|error| panic!("{}: {error}", case.preset));
        let asked = kms.calls().len();
        let again = read_with(&source, &memory).await.unwrap();
        let read = |outcome: &Outcome| (outcome.articles.clone(), outcome.answers.clone());
        assert_eq!(read(&again), read(&outcome), "{}", case.preset);
        for call in &kms.calls()[asked..] {
            let is_one = ["/v2/Articles/", "/api/v1/articles/"];
            let is_one = is_one.iter().any(|path| call.path.starts_with(path));
            assert!(
                !is_one,
                "{}: what did not change is not asked for",
                case.preset
            );
        }
        assert_eq!(
            outcome.articles,
            ["1: q1", "2: q2", "3: q3"],
            "{}",
            case.preset
        );
        assert_eq!(outcome.rejections, [""; 0], "{}", case.preset);
        let lists = match case.preset {
            "google-sheets" | "sharepoint-file" => 1,
            "document360" => 2,
            _ => 3,
        };
        assert!(outcome.pages >= lists, "{}", case.preset);
    }
}

#[tokio::test]
async fn what_is_written_wins_over_the_preset() {
    let kms = Kms::start(|call, _| {
        assert_eq!(
            (call.path.as_str(), call.asks("per_page")),
            ("/faq", Some("5"))
        );
        assert_eq!(call.asks("orderby"), Some("id"));
        page(&json!([{"id": 1, "status": "draft", "title": "t", "acf": {"answer": "a"}, "content": {"protected": false}}]))
    })
    .await;
    let settings = "preset = \"wordpress\"\npath = \"/faq\"\nquery = { per_page = 5 }\nkeep = { \"/status\" = [\"publish\", \"draft\"] }\nfields = { question = \"/title\", answer = \"/acf/answer\" }\npaging = { mode = \"none\" }";
    let outcome = kms.read(settings).await.unwrap();
    assert_eq!(outcome.articles, ["1: t"]);
}

#[tokio::test]
async fn each_fails_where_a_list_goes_on_failing() {
    // Side by side, because each waits a little before it asks again.
    futures_util::future::join_all(cases().into_iter().map(fails_at_the_third_call)).await;
}

async fn fails_at_the_third_call(case: Case) {
    let is_file = matches!(case.preset, "google-sheets" | "sharepoint-file");
    let failing = if is_file { 1 } else { 3 };
    let (answer, calls) = (case.answer, std::sync::Mutex::new(0));
    let kms = Kms::start(move |call, here| {
        if call.path == "/token" {
            return page(&json!({"access_token": "granted"}));
        }
        if call.path.ends_with("/users/me") {
            return page(&json!({}));
        }
        let mut calls = calls.lock().unwrap();
        *calls += 1;
        if *calls >= failing {
            return status(500, &[]);
        }
        answer(call, here)
    })
    .await;
    let settings = format!("preset = \"{}\"\n{}", case.preset, case.settings);
    let error = kms.read(&settings).await.unwrap_err();
    assert!(error.contains("answered 500"), "{}: {error}", case.preset);
}
