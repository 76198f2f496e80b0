//! From the address that a person has to a source that is read to its end.

use std::fs;

use axum::Router;
use axum::extract::Request;
use axum::http::{Response, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::software::{dokuwiki, plone, with_a_draft};
use super::{command, fresh, init, text};
use crate::support::serve;

/// What answers to a path and its query; with `HERE` for the address.
pub(super) type Answers = fn(&str, &str) -> Option<(u16, &'static str, String)>;

pub(super) fn server(answers: Answers) -> String {
    serve(async move {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = format!("http://{}", listener.local_addr().unwrap());
        let address = here.clone();
        let app = Router::new().fallback(move |request: Request| {
            let here = here.clone();
            async move {
                let query = request.uri().query().unwrap_or_default();
                let found = answers(request.uri().path(), query);
                let (status, kind, body) = found.unwrap_or((404, "text/html", "<p>no".to_owned()));
                let status = StatusCode::from_u16(status).unwrap();
                let is_away = status.is_redirection();
                let mut answer = Response::builder()
                    .status(status)
                    .header("content-type", kind);
                if is_away {
                    answer = answer.header("location", body.as_str());
                }
                if request.uri().path().contains("/wp/v2/") || query.contains("v2%2Fposts") {
                    let api = format!("<{here}/wp-json/>; rel=\"https://api.w.org/\"");
                    answer = answer.header("link", api);
                    let api = format!("<{here}/wp-json/>; rel=\"https://api.w.org/\"");
                    answer = answer.header("link", api);
                    let api = format!("<{here}/wp-json/>; rel=\"https://api.w.org/\"");
                    answer = answer.header("link", api);
                    answer = answer.header("x-wp-total", 5);
                    answer = answer.header("x-wp-totalpages", 3);
                }
                answer.body(body.replace("HERE", &here)).unwrap()
            }
        });
        tokio::spawn(async move { axum::serve(listener, app).await });
        address
    })
}

pub(super) const JSON: &str = "application/json";

pub(super) fn number(query: &str, parameter: &str) -> Option<usize> {
    let url = reqwest::Url::parse(&format!("http://x/?{query}")).unwrap();
    let mut pairs = url.query_pairs();
    pairs
        .find(|(name, _)| name == parameter)
        .map(|(_, value)| value.parse().unwrap())
}

/// Five articles, two on a page that begins here.
pub(super) fn part(from: usize, make: impl Fn(usize) -> Value) -> Vec<Value> {
    (from..5.min(from + 2)).map(|at| make(at + 1)).collect()
}

pub(super) fn flat(id: usize) -> Value {
    json!({"id": id, "title": format!("Question {id}?"), "body": format!("Answer {id}.")})
}

fn mediawiki(path: &str, query: &str) -> Option<(u16, &'static str, String)> {
    match path {
        "/" => Some((301, "text/html", "/wiki/Main_Page".to_owned())),
        "/wiki/Main_Page" => Some((
            200,
            "text/html",
            "<html><link rel=\"EditURI\" type=\"application/rsd+xml\" href=\"HERE/w/api.php?action=rsd\"></html>".to_owned(),
        )),
        "/w/api.php" => {
            let from = number(query, "gcmcontinue").unwrap_or(0);
            let pages = part(from, |id| json!({"pageid": id, "title": format!("Question {id}?"), "revisions": [{"slots": {"main": {"content": format!("Answer {id}.")}}}]}));
            let mut page = json!({"batchcomplete": true, "query": {"pages": pages}});
            if from + 2 < 5 {
                page["continue"] = json!({"gcmcontinue": (from + 2).to_string(), "continue": "gcmcontinue||"});
            }
            Some((200, JSON, page.to_string()))
        }
        _ => None,
    }
}

fn wagtail(path: &str, query: &str) -> Option<(u16, &'static str, String)> {
    if path != "/api/v2/pages/" {
        return None;
    }
    let from = number(query, "offset").unwrap_or(0);
    let items = part(
        from,
        |id| json!({"id": id, "title": format!("Question {id}?"), "answer": format!("<p>Answer {id}.</p>"), "meta": {"type": "faq.FaqPage", "detail_url": "http://localhost/x"}}),
    );
    let page = json!({"meta": {"total_count": 5}, "items": items});
    Some((200, JSON, page.to_string()))
}

fn strapi(path: &str, query: &str) -> Option<(u16, &'static str, String)> {
    if path == "/api/faqs/doc-1" {
        let one = json!({"data": {"id": 101, "documentId": "doc-1", "locale": "de"}, "meta": {}});
        return Some((200, JSON, one.to_string()));
    }
    if query == "refused" {
        let told = json!({"data": null, "error": {"status": 403, "name": "ForbiddenError", "message": "Forbidden", "details": {}}});
        return Some((403, JSON, told.to_string()));
    }
    if path != "/api/faqs" {
        return None;
    }
    let number = number(query, "pagination[page]").unwrap_or(1);
    let data = part(
        (number - 1) * 2,
        |id| json!({"id": 100 + id, "documentId": format!("doc-{id}"), "question": format!("Question {id}?"), "answer": format!("Answer {id}."), "publishedAt": "2026-01-02T03:04:05Z"}),
    );
    let page = json!({"data": data, "meta": {"pagination": {"page": number, "pageSize": 2, "pageCount": 3, "total": 5}}});
    Some((200, JSON, page.to_string()))
}

/// A post of a WordPress below a folder, whose page names the API.
fn wordpress(path: &str, query: &str) -> Option<(u16, &'static str, String)> {
    match path {
        "/blog/2026/05/a-post/" => Some((
            200,
            "text/html",
            "<html><link rel='https://api.w.org/' href='HERE/blog/wp-json/' /></html>".to_owned(),
        )),
        "/blog/wp-json/" => {
            let index =
                json!({"name": "Acme", "namespaces": ["oembed/1.0", "wp/v2"], "routes": {}});
            Some((200, JSON, index.to_string()))
        }
        "/blog/wp-json/wp/v2/posts" => {
            let number = number(query, "page").unwrap_or(1);
            if number > 3 {
                let told = json!({"code": "rest_post_invalid_page_number"});
                return Some((400, JSON, told.to_string()));
            }
            let posts = part((number - 1) * 2, |id| {
                json!({"id": id, "status": "publish", "title": {"rendered": format!("Question {id}?")},
                    "content": {"rendered": format!("<p>Answer {id}.</p>"), "protected": false}, "link": "HERE/x", "modified_gmt": "2026-01-02T03:04:05"})
            });
            Some((200, JSON, json!(posts).to_string()))
        }
        _ => None,
    }
}

/// A Ghost, which answers to who has a key of its Content API.
fn ghost(path: &str, query: &str) -> Option<(u16, &'static str, String)> {
    match path {
        "/a-post/" => Some((
            200,
            "text/html",
            "<html><meta name=\"generator\" content=\"Ghost 5.82\"></html>".to_owned(),
        )),
        "/ghost/api/content/posts/" if !query.contains("key=the-key") => {
            let told = json!({"errors": [{"message": "Authorization failed", "type": "UnauthorizedError"}]});
            Some((403, JSON, told.to_string()))
        }
        "/ghost/api/content/posts/" => {
            let number = number(query, "page").unwrap_or(1);
            let posts = part(
                (number - 1) * 2,
                |id| json!({"id": format!("g{id}"), "title": format!("Question {id}?"), "html": format!("<p>Answer {id}.</p>"), "visibility": "public"}),
            );
            let page = json!({"posts": posts, "meta": {"pagination": {"page": number, "limit": 2, "pages": 3, "total": 5}}});
            Some((200, JSON, page.to_string()))
        }
        _ => None,
    }
}

fn json_api(path: &str, query: &str) -> Option<(u16, &'static str, String)> {
    if path != "/faqs" {
        return None;
    }
    let from = number(query, "page[offset]").unwrap_or(0);
    let data = part(
        from,
        |id| json!({"type": "faq", "id": id.to_string(), "attributes": {"title": format!("Question {id}?"), "body": {"processed": format!("<p>Answer {id}.</p>")}}}),
    );
    let mut page = json!({"data": data, "links": {}});
    if from + 2 < 5 {
        page["links"]["next"] = json!({"href": format!("HERE/faqs?page%5Boffset%5D={}", from + 2)});
    }
    Some((200, "application/vnd.api+json", page.to_string()))
}

fn odata(path: &str, query: &str) -> Option<(u16, &'static str, String)> {
    if path != "/odata/Articles" {
        return None;
    }
    let from = number(query, "$skip").unwrap_or(0);
    let mut page = json!({"@odata.context": "HERE/odata/$metadata", "value": part(from, flat)});
    if from + 2 < 5 {
        page["@odata.nextLink"] = json!(format!("HERE/odata/Articles?$skip={}", from + 2));
    }
    Some((200, JSON, page.to_string()))
}

/// Spring counts pages from 0, and names no next one.
fn spring(path: &str, query: &str) -> Option<(u16, &'static str, String)> {
    if path != "/api/articles" {
        return None;
    }
    let number = number(query, "page").unwrap_or(0);
    let page = json!({"content": part(number * 2, flat), "page": {"size": 2, "number": number, "totalElements": 5, "totalPages": 3}});
    Some((200, JSON, page.to_string()))
}

/// Nothing but a total, behind a description of the API.
fn described(path: &str, query: &str) -> Option<(u16, &'static str, String)> {
    match path {
        "/docs" => Some((200, "text/html", "<link rel=service-desc href=/openapi.json>".to_owned())),
        "/openapi.json" => Some((
            200,
            JSON,
            json!({"openapi": "3.1.0", "paths": {"/users": {"get": {}}, "/kb/articles": {"get": {}}}}).to_string(),
        )),
        "/kb/articles" => {
            let from = number(query, "skip").unwrap_or(0);
            let page = json!({"result": {"rows": part(from, flat), "found": {"total": 5}}});
            Some((200, JSON, page.to_string()))
        }
        _ => None,
    }
}

/// A name, the server, an address of it, flags, and what is written.
pub(super) type Case = (
    &'static str,
    Answers,
    &'static str,
    &'static [&'static str],
    &'static str,
);

const CASES: [Case; 14] = [
    (
        "mediawiki",
        mediawiki,
        "/",
        &["--scope", "FAQ"],
        "preset = \"mediawiki\"",
    ),
    (
        "wagtail",
        wagtail,
        "/api/v2/pages/?type=faq.FaqPage",
        &[],
        "scope = [\"faq.FaqPage\"]",
    ),
    (
        "strapi",
        strapi,
        "/api/faqs?populate=*",
        &[],
        "scope = [\"faqs\"]",
    ),
    (
        "strapi, one entry in German",
        strapi,
        "/api/faqs/doc-1?locale=de",
        &[],
        "locale = \"de\"",
    ),
    (
        "strapi, a list that is refused",
        strapi,
        "/api/faqs?refused",
        &[],
        "scope = [\"faqs\"]",
    ),
    (
        "plone",
        plone,
        "/help/faq/password",
        &[],
        "scope = [\"Document\"]",
    ),
    (
        "dokuwiki",
        dokuwiki,
        "/doku.php?id=faq:a",
        &["--lists-all"],
        "\"ns\" = \"faq\"",
    ),
    (
        "directus",
        with_a_draft,
        "/items/faqs",
        &[],
        "keep = { \"/status\" = \"published\" }",
    ),
    (
        "wordpress",
        wordpress,
        "/blog/2026/05/a-post/",
        &[],
        "preset = \"wordpress\"",
    ),
    (
        "json:api",
        json_api,
        "/faqs",
        &[],
        "/attributes/body/processed",
    ),
    ("odata", odata, "/odata/Articles", &[], "/@odata.nextLink"),
    ("spring", spring, "/api/articles", &[], "start = 0"),
    ("openapi", described, "/docs", &[], "parameter = \"skip\""),
    (
        "spring, page 2",
        spring,
        "/api/articles?page=1&size=2",
        &[],
        "query = { \"size\" = \"2\" }",
    ),
];

#[test]
fn any_address_of_a_knowledge_base_leads_to_all_of_its_articles() {
    lead_to_all(&CASES);
}

/// Each leads to five articles, and none of them to another reading of them.
pub(super) fn lead_to_all(cases: &[Case]) {
    for (name, answers, path, flags, expected) in cases {
        let world = fresh();
        let address = server(*answers) + path;
        let output = init(
            &world,
            &[&["--yes", "--feed", &address][..], *flags].concat(),
            "",
        );
        let (said, asked) = (text(&output.stdout), text(&output.stderr));
        let written = fs::read_to_string(world.path("config.toml")).unwrap_or_default();
        assert_eq!(
            output.status.code(),
            Some(0),
            "{name}: {said}{asked}{written}"
        );
        assert!(written.contains(*expected), "{name}: {written}");
        assert_eq!(world.sync().exits(0).bot()["added"], 5, "{name}: {written}");
        assert_eq!(world.sync().exits(0).bot()["unchanged"], 5, "{name}");
    }
}

#[test]
fn a_ghost_needs_its_key_and_no_line_to_be_edited() {
    let world = fresh();
    let address = server(ghost) + "/a-post/";
    let output = command(&world, &["--yes", "--feed", &address])
        .env("KMS_TOKEN", "the-key")
        .output()
        .unwrap();
    let (said, asked) = (text(&output.stdout), text(&output.stderr));
    let written = fs::read_to_string(world.path("config.toml")).unwrap_or_default();
    assert_eq!(output.status.code(), Some(0), "{said}{asked}{written}");
    assert!(written.contains("preset = \"ghost\""), "{written}");
    assert!(!written.contains("the-key"), "{written}");
    assert!(said.contains("5 to add"), "{said}");
}

/// Twenty of many, and nothing says how to get at the others.
fn round(path: &str, _: &str) -> Option<(u16, &'static str, String)> {
    let items: Vec<Value> = (1..=20).map(flat).collect();
    let page = json!({"items": items, "info": {"found": 57}});
    (path == "/list").then(|| (200, JSON, page.to_string()))
}

#[test]
fn a_round_page_beside_a_larger_number_is_a_warning() {
    let world = fresh();
    let address = server(round) + "/list?api_key=s3cr3t";
    let output = init(&world, &["--yes", "--feed", &address], "");
    let asked = text(&output.stderr);
    assert!(
        asked.contains("the page holds 20 articles, and there is 57 at `/info/found`"),
        "{asked}"
    );
    let written = fs::read_to_string(world.path("config.toml")).unwrap();
    assert!(written.contains("57 at `/info/found`"), "{written}");
    assert!(
        !written.contains("s3cr3t") && !asked.contains("s3cr3t"),
        "{written}{asked}"
    );
    assert!(
        asked.contains("the parameter api_key of the address may be a secret"),
        "{asked}"
    );
}
