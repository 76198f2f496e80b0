//! Each preset against a server that answers in the documented shape: three pages, credentials,
//! something that must not count, and a call that is asked to wait.

use serde_json::{Value, json};

use super::vendors::{THREE, drupal, dynamics, ghost, only, plone, sheet, strapi, wagtail, zoho};
use super::{Answer, Call, Kms, Outcome, TOKEN, answer, page, page_with, read_with, status};
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

/// Which of the three pages is asked for, where the cursor is `after`.
fn at(call: &Call, parameter: &str) -> usize {
    call.asks(parameter)
        .map_or(1, |_| call.number_in(parameter))
}

fn text(number: usize) -> (String, String) {
    (format!("q{number}"), format!("<p>a{number}</p>"))
}

fn zendesk(call: &Call, here: &str) -> Answer {
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

fn wordpress(call: &Call, _: &str) -> Answer {
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

/// As many articles as are asked for, if that is more than three.
fn servicenow(call: &Call, _: &str) -> Answer {
    assert_eq!(call.asks("sysparm_exclude_reference_link"), Some("true"));
    let article = |number: usize| {
        let (title, body) = text(number);
        let article = json!({"sys_id": format!("sys{number}"), "sys_mod_count": "7", "number": number.to_string(), "short_description": title, "text": body, "workflow_state": "published", "language": "en", "kb_knowledge_base": "kb1", "roles": "", "can_read_user_criteria": "", "sys_created_on": "2026-01-02 03:04:05", "sys_updated_on": "2026-01-02 03:04:05"});
        only(article, call.asks("sysparm_fields"))
    };
    let one = call
        .path
        .strip_prefix("/api/now/table/kb_knowledge")
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

/// Without texts all are on one page.
fn mediawiki(call: &Call, _: &str) -> Answer {
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

fn confluence_cloud(call: &Call, here: &str) -> Answer {
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

fn confluence_server(call: &Call, _: &str) -> Answer {
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

fn salesforce(call: &Call, _: &str) -> Answer {
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

fn guru(call: &Call, here: &str) -> Answer {
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

fn helpjuice(call: &Call, _: &str) -> Answer {
    let number = call.number_in("page");
    let (title, body) = text(number);
    let article = |id: usize, published: bool| json!({"id": id, "name": title, "answer": {"body": body}, "published": published, "accessibility": 1});
    page(&json!({
        "articles": [article(number, true), article(number + 10, false)],
        "meta": {"current": number, "limit": 25, "total_pages": 3, "total_count": 6},
    }))
}

fn intercom(call: &Call, _: &str) -> Answer {
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

/// Two categories; a folder in the first with a subfolder in it, and one that is for agents alone.
fn freshdesk(call: &Call, _: &str) -> Answer {
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

fn document360(call: &Call, _: &str) -> Answer {
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

fn hubspot(call: &Call, _: &str) -> Answer {
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

fn rss(call: &Call, here: &str) -> Answer {
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
