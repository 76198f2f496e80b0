//! Addresses that people have which are no list of articles: a site's own pages, and where an API begins.

use serde_json::{Value, json};

use super::finds::{Answers, Case, JSON, flat, lead_to_all, number, part, server};
use super::{fresh, init, text};

type Answered = Option<(u16, &'static str, String)>;

const HTML: &str = "text/html; charset=utf-8";

/// A WordPress whose permalinks are plain: its API is a parameter.
fn plain_wordpress(path: &str, query: &str) -> Answered {
    match path {
        "/blog/" => Some((
            200,
            HTML,
            "<html><link rel='https://api.w.org/' href='HERE/blog/index.php?rest_route=/' /></html>".to_owned(),
        )),
        "/blog/index.php" if query.contains("v2%2Fposts") => {
            Some((200, JSON, posts(query).to_string()))
        }
        _ => None,
    }
}

fn posts(query: &str) -> Value {
    let number = number(query, "page").unwrap_or(1);
    let post = |id| json!({"id": id, "status": "publish", "title": {"rendered": format!("Question {id}?")}, "content": {"rendered": "<p>An answer.</p>", "protected": false}, "link": "HERE/x", "modified_gmt": "2026-01-02T03:04:05"});
    Value::from(part((number - 1) * 2, post))
}

/// A list of WordPress that is not the one of its posts.
fn pages_of_wordpress(path: &str, query: &str) -> Answered {
    (path == "/wp-json/wp/v2/pages").then(|| (200, JSON, posts(query).to_string()))
}

/// The site of a Wagtail, whose pages do not say what made them.
fn wagtail(path: &str, query: &str) -> Answered {
    match path {
        "/" => Some((200, HTML, "<!doctype html><title>Acme</title>".to_owned())),
        "/api/v2/pages/" => {
            let from = number(query, "offset").unwrap_or(0);
            let page = |id: usize, kind: &str| json!({"id": id, "title": format!("Question {id}?"), "answer": "<p>An answer.</p>", "meta": {"type": kind}});
            let mut items = part(from, |id| page(id, "faq.FaqPage"));
            let is_all = !query.contains("type=");
            if is_all && from == 0 {
                items.insert(0, page(90, "home.HomePage"));
            }
            let total = 5 + usize::from(is_all);
            let page = json!({"meta": {"total_count": total}, "items": items});
            Some((200, JSON, page.to_string()))
        }
        _ => None,
    }
}

fn drupal(path: &str, query: &str) -> Answered {
    match path {
        "/faq/password" => Some((
            200,
            HTML,
            "<html><meta name=\"Generator\" content=\"Drupal 11 (https://www.drupal.org)\" /><body class=\"path-node page-node-type-faq\"></html>".to_owned(),
        )),
        "/jsonapi" => {
            let index = json!({"jsonapi": {"version": "1.0"}, "data": [], "links": {"node--faq": {"href": "HERE/jsonapi/node/faq"}, "self": {"href": "HERE/jsonapi"}}});
            Some((200, "application/vnd.api+json", index.to_string()))
        }
        "/jsonapi/node/faq" => {
            let from = number(query, "page[offset]").unwrap_or(0);
            let data = part(
                from,
                |id| json!({"type": "node--faq", "id": format!("u{id}"), "attributes": {"status": true, "langcode": "en", "title": format!("Question {id}?"), "body": {"processed": "<p>An answer.</p>"}}}),
            );
            let mut page = json!({"jsonapi": {"version": "1.0"}, "data": data, "links": {}});
            if from + 2 < 5 {
                page["links"]["next"] =
                    json!({"href": format!("HERE/jsonapi/node/faq?page%5Boffset%5D={}", from + 2)});
            }
            Some((200, "application/vnd.api+json", page.to_string()))
        }
        _ => None,
    }
}

/// A service of `OData`, at its root.
fn odata(path: &str, query: &str) -> Answered {
    match path {
        "/odata/" => {
            let sets = json!([{"name": "Users", "kind": "EntitySet", "url": "Users"}, {"name": "Articles", "kind": "EntitySet", "url": "Articles"}]);
            let root = json!({"@odata.context": "HERE/odata/$metadata", "value": sets});
            Some((200, JSON, root.to_string()))
        }
        "/odata/Articles" => {
            let from = number(query, "$skip").unwrap_or(0);
            let mut page = json!({"@odata.context": "HERE/odata/$metadata#Articles", "value": part(from, flat)});
            if from + 2 < 5 {
                page["@odata.nextLink"] = json!(format!("HERE/odata/Articles?$skip={}", from + 2));
            }
            Some((200, JSON, page.to_string()))
        }
        _ => None,
    }
}

/// An API in the manner of Django, at its root.
fn django(path: &str, query: &str) -> Answered {
    match path {
        "/api/" => {
            let root = json!({"users": "HERE/api/users/", "articles": "HERE/api/articles/"});
            Some((200, JSON, root.to_string()))
        }
        "/api/articles/" => {
            let from = number(query, "offset").unwrap_or(0);
            let next = (from + 2 < 5).then(|| format!("HERE/api/articles/?offset={}", from + 2));
            let page =
                json!({"count": 5, "next": next, "previous": null, "results": part(from, flat)});
            Some((200, JSON, page.to_string()))
        }
        _ => None,
    }
}

/// A Strapi, asked where its API begins, which is no list.
fn strapi(path: &str, query: &str) -> Answered {
    if !path.starts_with("/api") {
        return None;
    }
    if path != "/api/faqs" {
        let told = json!({"data": null, "error": {"status": 404, "name": "NotFoundError", "message": "Not Found", "details": {}}});
        return Some((404, JSON, told.to_string()));
    }
    let number = number(query, "pagination[page]").unwrap_or(1);
    let data = part(
        (number - 1) * 2,
        |id| json!({"documentId": format!("doc-{id}"), "question": format!("Question {id}?"), "answer": "An answer.", "publishedAt": "2026-01-02T03:04:05Z"}),
    );
    let page = json!({"data": data, "meta": {"pagination": {"page": number, "pageSize": 2, "pageCount": 3, "total": 5}}});
    Some((200, JSON, page.to_string()))
}

/// A help centre of Zendesk on the host of its owner.
fn zendesk(path: &str, query: &str) -> Answered {
    match path {
        "/hc/en-us/articles/17-Password" => Some((
            200,
            HTML,
            "<html><link rel=\"stylesheet\" href=\"//static.zdassets.com/hc/assets/application.css\"></html>".to_owned(),
        )),
        "/api/v2/help_center/en-us/articles" => {
            let from = number(query, "page[after]").unwrap_or(0);
            let articles = part(
                from,
                |id| json!({"id": id, "draft": false, "title": format!("Question {id}?"), "body": "<p>An answer.</p>", "locale": "en-us", "label_names": [], "user_segment_id": null}),
            );
            let next = format!("HERE/api/v2/help_center/en-us/articles?page[after]={}", from + 2);
            let page = json!({"articles": articles, "meta": {"has_more": from + 2 < 5}, "links": {"next": next}});
            Some((200, JSON, page.to_string()))
        }
        _ => None,
    }
}

/// A page of Confluence Server below a path of its own.
fn confluence(path: &str, query: &str) -> Answered {
    match path {
        "/wiki/display/KB/Password" => Some((
            200,
            HTML,
            "<html><meta name=\"confluence-context-path\" content=\"/wiki\"><meta name=\"confluence-space-key\" content=\"KB\"></html>".to_owned(),
        )),
        "/wiki/rest/api/content" => {
            let from = number(query, "start").unwrap_or(0);
            let results = part(
                from,
                |id| json!({"id": id.to_string(), "status": "current", "space": {"key": "KB"}, "title": format!("Question {id}?"), "body": {"view": {"value": "<p>An answer.</p>"}}, "metadata": {"labels": {"results": []}}}),
            );
            Some((200, JSON, json!({"results": results, "start": from, "size": results.len()}).to_string()))
        }
        _ => None,
    }
}

const CASES: [Case; 10] = [
    (
        "plain wordpress",
        plain_wordpress,
        "/blog/",
        &[],
        "rest_route",
    ),
    (
        "pages of wordpress",
        pages_of_wordpress,
        "/wp-json/wp/v2/pages?per_page=2",
        &[],
        "path = \"/wp-json/wp/v2/pages\"",
    ),
    (
        "the site of a wagtail",
        wagtail,
        "/",
        &["--scope", "faq.FaqPage"],
        "preset = \"wagtail\"",
    ),
    (
        "a page of drupal",
        drupal,
        "/faq/password",
        &[],
        "scope = [\"faq\"]",
    ),
    (
        "the api of drupal",
        drupal,
        "/jsonapi",
        &[],
        "scope = [\"faq\"]",
    ),
    (
        "odata, at its root",
        odata,
        "/odata/",
        &[],
        "/odata/Articles",
    ),
    ("django, at its root", django, "/api/", &[], "/api/articles"),
    (
        "strapi, at its root",
        strapi,
        "/api",
        &["--scope", "faqs"],
        "preset = \"strapi\"",
    ),
    (
        "zendesk on its owner's host",
        zendesk,
        "/hc/en-us/articles/17-Password",
        &[],
        "locale = \"en-us\"",
    ),
    (
        "a page of confluence",
        confluence,
        "/wiki/display/KB/Password",
        &[],
        "scope = [\"KB\"]",
    ),
];

#[test]
fn an_address_that_is_no_list_leads_to_the_articles() {
    lead_to_all(&CASES);
}

/// Lists of which none is surely the one.
fn unclear(path: &str, _: &str) -> Answered {
    let root = json!({"things": "HERE/api/things/", "others": "HERE/api/others/"});
    (path == "/api/").then(|| (200, JSON, root.to_string()))
}

#[test]
fn what_there_is_to_choose_from_is_told_and_nothing_is_chosen() {
    let cases: [(Answers, &str, i32, &str); 2] = [
        (
            wagtail,
            "/",
            2,
            "each page type that was seen there: home.HomePage, faq.FaqPage",
        ),
        (unclear, "/api/", 1, "it names several lists ("),
    ];
    for (answers, path, code, told) in cases {
        let world = fresh();
        let address = server(answers) + path;
        let output = init(&world, &["--yes", "--feed", &address], "");
        let asked = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{asked}");
        assert!(asked.contains(told), "{told} in {asked}");
    }
}
