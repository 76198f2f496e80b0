//! The answers of the vendors whose presets came first, in the shapes that their documents give.

use serde_json::{Value, json};

use super::vendors::only;
use super::{Answer, Call, TOKEN, answer, page, page_with, status};

/// Which of the three pages is asked for, where the cursor is `after`.
fn at(call: &Call, parameter: &str) -> usize {
    call.asks(parameter)
        .map_or(1, |_| call.number_in(parameter))
}

fn text(number: usize) -> (String, String) {
    (format!("q{number}"), format!("<p>a{number}</p>"))
}

/// developer.zendesk.com, Help Center API, articles: cursor pagination, `user_segment_id`, `user_segment_ids`, `draft`.
pub(super) fn zendesk(call: &Call, here: &str) -> Answer {
    assert_eq!(call.path, "/api/v2/help_center/articles");
    assert_eq!(call.asks("page[size]"), Some("100"));
    let number = at(call, "page[after]");
    let article = |id: usize, draft: bool| {
        let (title, body) = text(id);
        json!({"id": id, "draft": draft, "title": title, "body": body, "locale": "en-us", "label_names": [], "user_segment_id": null})
    };
    let next = format!(
        "{here}{}?page[size]=100&page[after]={}",
        call.path,
        number + 1
    );
    page(&json!({
        "articles": [article(number, false), article(number + 10, true)],
        "meta": {"has_more": number < 3},
        "links": {"next": next},
    }))
}

/// developer.wordpress.org/rest-api/reference/posts, and a real one: `status`, `content.protected`, `X-WP-Total`.
pub(super) fn wordpress(call: &Call, _: &str) -> Answer {
    assert_eq!(call.path, "/wp-json/wp/v2/posts");
    assert_eq!(call.asks("per_page"), Some("100"));
    let number = call.number_in("page");
    if number > 3 {
        return status(400, &[]);
    }
    let (title, body) = text(number);
    let posts = json!([{"id": number, "status": "publish", "title": {"rendered": title}, "content": {"rendered": body, "protected": false}}]);
    let api = "<https://acme.test/wp-json/>; rel=\"https://api.w.org/\"";
    page_with(
        &posts,
        &[("x-wp-total", "3"), ("x-wp-totalpages", "3"), ("link", api)],
    )
}

/// The Table API of ServiceNow, and recorded answers: `result`, `X-Total-Count`, and every value a text. As
/// many articles as are asked for, if that is more than three.
pub(super) fn servicenow(call: &Call, _: &str) -> Answer {
    assert_eq!(call.asks("sysparm_exclude_reference_link"), Some("true"));
    let article = |number: usize| {
        let (title, body) = text(number);
        let article = json!({"sys_id": format!("sys{number}"), "sys_mod_count": "7", "number": number.to_string(), "short_description": title, "text": body, "workflow_state": "published", "language": "en", "kb_knowledge_base": "kb1", "roles": "", "can_read_user_criteria": "", "sys_created_on": "2026-01-02 03:04:05", "sys_updated_on": "2026-01-02 03:04:05"});
        only(article, call.asks("sysparm_fields"))
    };
    let one = call
        .path
        .strip_prefix("/api/now/v2/table/kb_knowledge")
        .unwrap();
    if let Some(id) = one.strip_prefix("/sys") {
        return page(&json!({"result": article(id.parse().unwrap())}));
    }
    assert_eq!(one, "");
    let query = call.asks("sysparm_query").unwrap();
    assert!(query.starts_with("workflow_state=published^kb_knowledge_base=kb1^ORDERBYnumber"));
    let first = call.number_in("sysparm_offset") + 1;
    let size = if call.number_in("sysparm_limit") > 100 {
        3
    } else {
        1
    };
    let articles: Vec<Value> = (first..first + size).map(article).collect();
    page_with(&json!({"result": articles}), &[("x-total-count", "3")])
}

/// mediawiki.org/wiki/API:Query, and a real one: `continue`, `batchcomplete`. Without texts all are on one page.
pub(super) fn mediawiki(call: &Call, _: &str) -> Answer {
    assert_eq!(
        (call.path.as_str(), call.asks("format")),
        ("/api.php", Some("json"))
    );
    let has_texts = call.asks("prop").unwrap().contains("revisions");
    assert_eq!(call.asks("rvslots"), has_texts.then_some("main"));
    let found = |number: usize| {
        let (title, body) = text(number);
        let mut found = json!({"pageid": number, "title": title, "lastrevid": 100 + number});
        if has_texts {
            found["revisions"] = json!([{"slots": {"main": {"content": body}}}]);
        }
        found
    };
    if call.asks("pageids").is_some() {
        let pages = [found(call.number_in("pageids"))];
        return page(&json!({"batchcomplete": true, "query": {"pages": pages}}));
    }
    assert_eq!(call.asks("gcmtitle"), Some("Category:FAQ"));
    let number = at(call, "gcmcontinue");
    let last = if has_texts { number } else { 3 };
    let pages: Vec<Value> = (number..=last).map(found).collect();
    let mut answer = json!({"query": {"pages": pages}});
    if last < 3 {
        answer["continue"] =
            json!({"gcmcontinue": (last + 1).to_string(), "continue": "gcmcontinue||"});
    } else {
        answer["batchcomplete"] = json!(true);
    }
    page(&answer)
}

/// developer.atlassian.com/cloud/confluence/rest/v2, pages, and recorded answers: `spaceId`, `status`, `_links.next` (relative).
pub(super) fn confluence_cloud(call: &Call, here: &str) -> Answer {
    let one = call.path.strip_prefix("/wiki/api/v2/pages").unwrap();
    let number = match one.strip_prefix('/') {
        Some(id) => id.parse().unwrap(),
        None => at(call, "cursor"),
    };
    let (title, body) = text(number);
    let form = call.asks("body-format");
    let body = match form {
        Some(form) => json!({form: {"representation": form, "value": body}}),
        None => json!({}),
    };
    let found = json!({"id": number.to_string(), "status": "current", "spaceId": "11", "title": title, "version": {"number": 4}, "body": body});
    if !one.is_empty() {
        return page(&found);
    }
    if number == 1 {
        assert_eq!(call.asks("space-id"), Some("11"));
    }
    let form = form.map_or_else(String::new, |form| format!("body-format={form}&"));
    let next = format!("/wiki/api/v2/pages?{form}cursor={}", number + 1);
    let links = match number {
        3 => json!({"base": format!("{here}/wiki")}),
        _ => json!({"base": format!("{here}/wiki"), "next": next}),
    };
    page(&json!({"results": [found], "_links": links}))
}

/// Confluence Data Center, REST API, `content`: `start`, `limit`, `size`, and what `expand` adds.
pub(super) fn confluence_server(call: &Call, _: &str) -> Answer {
    assert_eq!(call.path, "/rest/api/content");
    assert_eq!(
        (call.asks("spaceKey"), call.asks("type")),
        (Some("KB"), Some("page"))
    );
    let start = call.number_in("start");
    let (title, body) = text(start + 1);
    let found = json!({"id": (start + 1).to_string(), "status": "current", "space": {"key": "KB"}, "title": title, "body": {"view": {"value": body}}});
    let found = if start < 3 { vec![found] } else { vec![] };
    page(&json!({"results": found, "start": start, "limit": 50, "size": found.len()}))
}

/// developer.salesforce.com, REST API, query, and `KnowledgeArticleVersion`: `nextRecordsUrl`, `done`, `IsVisibleInPkb`.
pub(super) fn salesforce(call: &Call, _: &str) -> Answer {
    let number = match call.path.as_str() {
        "/services/data/v60.0/query" => {
            let query = call.asks("q").unwrap();
            assert!(query.starts_with("SELECT KnowledgeArticleId, Title"));
            assert!(query.ends_with("AND IsVisibleInPkb = true"), "{query}");
            1
        }
        "/services/data/v60.0/query/01g-2" => 2,
        _ => 3,
    };
    let record = |id: usize, language: &str| {
        let (title, body) = text(id);
        json!({"Id": format!("ka{id}"), "KnowledgeArticleId": id.to_string(), "Title": title, "Answer__c": body, "Language": language, "PublishStatus": "Online", "IsVisibleInPkb": true})
    };
    let mut answer = json!({
        "totalSize": 6,
        "done": number == 3,
        "records": [record(number, "en_US"), record(number, "de")],
    });
    if number < 3 {
        answer["nextRecordsUrl"] = json!(format!("/services/data/v60.0/query/01g-{}", number + 1));
    }
    page(&answer)
}

/// developer.getguru.com, search for cards, and recorded answers: `Link` with the relation `next-page`, `shareStatus`.
pub(super) fn guru(call: &Call, here: &str) -> Answer {
    let number = at(call, "token");
    let (title, body) = text(number);
    let cards = json!([{"id": number.to_string(), "preferredPhrase": title, "content": body, "shareStatus": "PUBLIC", "collection": {"id": "col1", "name": "Support"}}]);
    let next = format!(
        "<{here}/api/v1/search/query?token={}>; rel=\"next-page\"",
        number + 1
    );
    let links = [("link", next.as_str())];
    page_with(&cards, if number < 3 { &links } else { &[] })
}

/// hitchhikers.yext.com, the connector to Helpjuice's API V3: `answer.body`, `accessibility`, `meta.total_pages`.
pub(super) fn helpjuice(call: &Call, _: &str) -> Answer {
    let number = call.number_in("page");
    let (title, body) = text(number);
    let article = |id: usize, published: bool| json!({"id": id, "name": title, "answer": {"body": body}, "published": published, "accessibility": 1});
    page(&json!({
        "articles": [article(number, true), article(number + 10, false)],
        "meta": {"current": number, "limit": 25, "total_pages": 3, "total_count": 6},
    }))
}

/// developers.intercom.com, articles, and recorded answers: `pages.total_pages`, `state`, `parent_ids`.
pub(super) fn intercom(call: &Call, _: &str) -> Answer {
    assert_eq!(call.header("intercom-version"), "2.11");
    let number = call.number_in("page");
    let (title, body) = text(number);
    let article = |id: usize, state: &str| -> Value {
        json!({"id": id.to_string(), "title": title, "body": body, "state": state, "default_locale": "en", "parent_ids": [4]})
    };
    page(&json!({
        "data": [article(number, "published"), article(number + 10, "draft")],
        "total_count": 6,
        "pages": {"page": number, "total_pages": 3},
    }))
}

/// developers.freshdesk.com/api, solutions: `visibility`, `status`, pages by number.
/// Two categories; a folder in the first with a subfolder in it, and one that is for agents alone.
pub(super) fn freshdesk(call: &Call, _: &str) -> Answer {
    assert_eq!(call.asks("per_page"), Some("100"));
    let article = |id: usize, status: usize| {
        let (title, body) = text(id);
        json!({"id": id, "title": title, "description": body, "status": status, "tags": ["pw"]})
    };
    let folder = |id: usize, visibility: usize| json!({"id": id, "visibility": visibility});
    let all = match call.path.as_str() {
        "/api/v2/solutions/categories" => vec![json!({"id": 1}), json!({"id": 2})],
        "/api/v2/solutions/categories/1/folders" => vec![folder(11, 1), folder(12, 3)],
        "/api/v2/solutions/categories/2/folders" => vec![folder(21, 1)],
        "/api/v2/solutions/folders/11/subfolders" => vec![folder(111, 1)],
        "/api/v2/solutions/folders/11/articles" => vec![article(1, 2), article(7, 1)],
        "/api/v2/solutions/folders/111/articles" => vec![article(2, 2)],
        "/api/v2/solutions/folders/21/articles" => vec![article(3, 2)],
        "/api/v2/solutions/folders/21/subfolders" | "/api/v2/solutions/folders/111/subfolders" => {
            vec![]
        }
        other => panic!("{other}"),
    };
    // One on a page, so that every list has an end to be found.
    let on_page = all.into_iter().skip(call.number_in("page") - 1).take(1);
    page(&on_page.collect())
}

/// The client d361api 2.2.7, made from the `OpenAPI` of Document360: `data`, `success`, `status`, `hidden`, `is_public`.
pub(super) fn document360(call: &Call, _: &str) -> Answer {
    if call.header("api_token") != TOKEN {
        return status(401, &[]);
    }
    let data = |data: Value| page(&json!({"data": data, "success": true, "errors": []}));
    let entry = |id: usize, status: usize, hidden: bool, language: &str| json!({"id": id.to_string(), "title": format!("q{id}"), "status": status, "hidden": hidden, "language_code": language, "modified_at": "2020-01-02T03:04:05Z"});
    match call.path.as_str() {
        "/v2/ProjectVersions" => {
            data(json!([{"id": "v1", "is_public": true}, {"id": "v2", "is_public": true}]))
        }
        "/v2/ProjectVersions/v1/articles" => data(json!([
            entry(1, 3, false, "en"),
            entry(7, 0, false, "en"),
            entry(8, 3, true, "en"),
            entry(9, 3, false, "de"),
        ])),
        "/v2/ProjectVersions/v2/articles" => {
            data(json!([entry(2, 3, false, "en"), entry(3, 3, false, "en")]))
        }
        path => {
            let number = path.strip_prefix("/v2/Articles/").unwrap();
            let number: usize = number.strip_suffix("/en").unwrap().parse().unwrap();
            assert!(
                number < 4,
                "{number} does not count, and need not be asked for"
            );
            assert_eq!(call.asks("isPublished"), Some("true"));
            let (title, body) = text(number);
            data(
                json!({"id": number.to_string(), "title": title, "content": null, "html_content": body, "status": 3, "hidden": false, "is_fall_back_content": false}),
            )
        }
    }
}

/// developers.hubspot.com, knowledge base articles (beta): `paging.next.after`, `includeBody`, `accessType`.
pub(super) fn hubspot(call: &Call, _: &str) -> Answer {
    assert_eq!(call.path, "/cms/knowledge-base/2027-03-beta/articles");
    let number = at(call, "after");
    let article = |id: usize, state: &str| {
        let (title, body) = text(id);
        json!({"id": id.to_string(), "title": title, "body": body, "state": state, "language": "en", "knowledgeBaseId": "7", "accessType": "PUBLIC", "archivedInDashboard": false})
    };
    let mut answer = json!({
        "total": 6,
        "results": [article(number, "PUBLISHED"), article(number + 10, "DRAFT")],
    });
    if number < 3 {
        answer["paging"] = json!({"next": {"after": (number + 1).to_string()}});
    }
    page(&answer)
}

/// RFC 4287 (Atom), and RFC 5005 for the parts that follow each other.
pub(super) fn rss(call: &Call, here: &str) -> Answer {
    let number = at(call, "p");
    let (title, body) = text(number);
    let next = match number {
        3 => String::new(),
        _ => format!("<link rel=\"next\" href=\"{here}/?p={}\"/>", number + 1),
    };
    let body = body.replace('<', "&lt;");
    let feed = format!(
        "<?xml version=\"1.0\"?><feed xmlns=\"http://www.w3.org/2005/Atom\"><id>f</id><title>t</title><updated>2026-01-02T03:04:05Z</updated>{next}<entry><id>{number}</id><title>{title}</title><updated>2026-01-02T03:04:05Z</updated><content type=\"html\">{body}</content></entry></feed>"
    );
    answer(200, "application/atom+xml", &[], feed)
}
