//! What the vendors answer with, in their documented shape. Where each field is documented stands above the
//! function of the same name in `first_vendors`.

use serde_json::{Value, json};

use crate::intake::feed::tests::Call;

fn body(id: usize) -> &'static str {
    if id == 5 { "" } else { "<p>An answer.</p>" }
}

pub(crate) fn zendesk(_: &Call) -> Value {
    let article = |id: usize, draft: bool, segment: Value, segments: Value| {
        json!({"id": id, "html_url": format!("https://acme.zendesk.com/hc/en-us/articles/{id}"), "draft": draft,
            "outdated": false, "title": format!("q{id}"), "locale": "en-us", "user_segment_id": segment,
            "user_segment_ids": segments, "label_names": [], "body": body(id)})
    };
    let mut old_plan = article(6, false, json!(null), json!([]));
    old_plan.as_object_mut().unwrap().remove("user_segment_ids");
    json!({
        // Archived articles are not listed.
        "articles": [
            article(1, false, json!(null), json!([])), article(2, true, json!(null), json!([])),
            article(3, false, json!(77), json!([77])), article(5, false, json!(null), json!([])),
            old_plan, article(7, false, json!(null), json!([77, 78])),
        ],
        "meta": {"has_more": false}, "links": {"next": null},
    })
}

pub(crate) fn wordpress(_: &Call) -> Value {
    let post = |id: usize, status: &str, protected: bool| json!({"id": id, "status": status, "title": {"rendered": format!("q{id}")}, "content": {"rendered": body(id), "protected": protected}});
    // "any" and an editor's credentials show what is behind a password.
    json!([
        post(1, "publish", false),
        post(2, "draft", false),
        post(3, "publish", true),
        post(4, "trash", false),
        post(5, "publish", false),
    ])
}

pub(crate) fn freshdesk(call: &Call) -> Value {
    let article = |id: usize, status: usize| json!({"id": id, "type": 1, "title": format!("q{id}"), "description": body(id), "description_text": "", "status": status, "tags": []});
    // One on a page: the second page of everything is empty.
    if call.number_in("page") > 1 {
        return json!([]);
    }
    match call.path.as_str() {
        "/api/v2/solutions/categories" => json!([{"id": 1}]),
        "/api/v2/solutions/categories/1/folders" => {
            json!([{"id": 11, "visibility": 1}, {"id": 12, "visibility": 3}])
        }
        "/api/v2/solutions/folders/11/articles" => {
            json!([article(1, 2), article(2, 1), article(5, 2)])
        }
        "/api/v2/solutions/folders/12/articles" => json!([article(3, 2)]),
        _ => json!([]),
    }
}

pub(crate) fn salesforce(call: &Call) -> Value {
    let query = call.asks("q").unwrap();
    let record = |id: usize, status: &str, pkb: bool| json!({"Id": format!("ka{id}"), "KnowledgeArticleId": id.to_string(), "Title": format!("q{id}"), "Answer__c": body(id), "Language": "en_US", "PublishStatus": status, "IsVisibleInPkb": pkb});
    let public = [
        record(1, "Online", true),
        record(2, "Draft", true),
        record(4, "Archived", true),
        record(5, "Online", true),
    ];
    let records: Vec<Value> = match query.split_once(" AND ").map(|(_, channel)| channel) {
        Some("IsVisibleInPkb = true") => public.to_vec(),
        Some("IsVisibleInCsp = true") => vec![record(3, "Online", false)],
        Some(other) => panic!("{other}"),
        None => public
            .into_iter()
            .chain([record(3, "Online", false)])
            .collect(),
    };
    let mut records = records;
    records.sort_by_key(|record| record["KnowledgeArticleId"].to_string());
    json!({"totalSize": records.len(), "done": true, "records": records})
}

pub(crate) fn servicenow_article(
    number: &str,
    state: &str,
    base: &str,
    roles: &str,
    text: &str,
) -> Value {
    json!({"sys_id": format!("s{number}"), "number": number, "short_description": format!("q{number}"), "text": text,
        "workflow_state": state, "language": "en", "valid_to": "2100-01-01", "meta": "", "kb_knowledge_base": base,
        "roles": roles, "can_read_user_criteria": "", "cannot_read_user_criteria": "",
        "sys_created_on": "2026-01-02 03:04:05", "sys_updated_on": "2026-01-02 03:04:05"})
}

/// A server whose filter on the knowledge base is not understood: `keep` still holds.
pub(crate) fn servicenow(call: &Call) -> Value {
    assert_eq!(call.asks("sysparm_exclude_reference_link"), Some("true"));
    if call.asks("sysparm_offset") != Some("0") {
        return json!({"result": []});
    }
    let mut for_staff = servicenow_article("6", "published", "kb1", "", body(6));
    for_staff["can_read_user_criteria"] = json!("staff");
    json!({"result": [
        servicenow_article("1", "published", "kb1", "", body(1)),
        servicenow_article("2", "draft", "kb1", "", body(2)),
        servicenow_article("3", "published", "kb1", "itil", body(3)),
        servicenow_article("4", "retired", "kb1", "", body(4)),
        servicenow_article("5", "published", "kb1", "", body(5)),
        for_staff,
        servicenow_article("7", "published", "it", "", body(7)),
        // The role of everybody, also of who has not signed in.
        servicenow_article("8", "published", "kb1", "public", body(8)),
        servicenow_article("9", "published", "kb1", "public,itil", body(9)),
    ]})
}

/// Page 3 is in a space for the staff.
pub(crate) fn confluence_cloud(call: &Call) -> Value {
    let found = |id: usize, space: &str, status: &str| json!({"id": id.to_string(), "status": status, "title": format!("q{id}"), "spaceId": space, "body": {"storage": {"representation": "storage", "value": body(id)}}});
    let all = [
        found(1, "11", "current"),
        found(2, "11", "draft"),
        found(3, "12", "current"),
        found(4, "11", "archived"),
        found(5, "11", "current"),
    ];
    let wanted = call.asks("space-id");
    let all = all.into_iter();
    let results: Vec<_> = all
        .filter(|found| wanted.is_none_or(|space| found["spaceId"] == space))
        .collect();
    json!({"results": results, "_links": {"base": "https://acme.atlassian.net/wiki"}})
}

pub(crate) fn confluence_server(call: &Call) -> Value {
    assert!(call.asks("expand").unwrap().contains("space"));
    let found = |id: usize, space: &str, status: &str| json!({"id": id.to_string(), "type": "page", "status": status, "title": format!("q{id}"), "space": {"key": space}, "body": {"view": {"value": body(id)}}});
    if call.asks("start") != Some("0") && call.number_in("start") > 0 {
        return json!({"results": []});
    }
    let all = [
        found(1, "KB", "current"),
        found(2, "KB", "draft"),
        found(3, "HR", "current"),
        found(4, "KB", "archived"),
        found(5, "KB", "current"),
    ];
    let wanted = call.asks("spaceKey");
    let all = all.into_iter();
    let results: Vec<_> = all
        .filter(|found| wanted.is_none_or(|space| found["space"]["key"] == space))
        .collect();
    json!({"results": results})
}

pub(crate) fn hubspot(call: &Call) -> Value {
    assert_eq!(call.asks("includeBody"), Some("true"));
    let article = |id: usize, state: &str, access: &str, base: &str, archived: bool| json!({"id": id.to_string(), "title": format!("q{id}"), "body": body(id), "language": "en", "state": state, "accessType": access, "knowledgeBaseId": base, "archivedInDashboard": archived});
    json!({"total": 6, "results": [
        article(1, "PUBLISHED", "PUBLIC", "7", false),
        article(2, "DRAFT", "PUBLIC", "7", false),
        article(3, "PUBLISHED", "SSO_LOGIN", "7", false),
        article(4, "PUBLISHED", "PUBLIC", "7", true),
        article(5, "PUBLISHED", "PUBLIC", "7", false),
        article(6, "PUBLISHED", "PUBLIC", "8", false),
    ]})
}

pub(crate) fn helpjuice(_: &Call) -> Value {
    let article = |id: usize, published: bool, accessibility: usize| json!({"id": id, "name": format!("q{id}"), "codename": "q", "answer": {"body": body(id)}, "published": published, "accessibility": accessibility});
    // Archived articles are not listed.
    json!({
        "articles": [article(1, true, 1), article(2, false, 1), article(3, true, 0), article(5, true, 1)],
        "meta": {"current": 1, "limit": 1000, "total_pages": 1, "total_count": 4},
    })
}

/// Workspace v2 is for the staff.
pub(crate) fn document360(call: &Call) -> Value {
    let data = |data: Value| json!({"data": data, "success": true, "errors": [], "warnings": []});
    let entry = |id: usize, status: usize, hidden: bool| json!({"id": id.to_string(), "title": format!("q{id}"), "status": status, "hidden": hidden, "language_code": "en", "modified_at": "2026-01-02T03:04:05Z"});
    match call.path.as_str() {
        "/v2/ProjectVersions" => data(json!([
            {"id": "v1", "version_code_name": "Docs", "is_public": true},
            {"id": "v2", "version_code_name": "Staff", "is_public": false},
        ])),
        "/v2/ProjectVersions/v1/articles" => data(json!([
            entry(1, 3, false),
            entry(2, 0, false),
            entry(4, 3, true),
            entry(5, 3, false),
            entry(6, 3, false),
        ])),
        "/v2/ProjectVersions/v2/articles" => data(json!([entry(3, 3, false)])),
        path => {
            let id = path
                .trim_start_matches("/v2/Articles/")
                .trim_end_matches("/en");
            let id: usize = id.parse().unwrap();
            data(
                json!({"id": id.to_string(), "title": format!("q{id}"), "content": null, "html_content": body(id), "status": 3, "hidden": false, "is_fall_back_content": id == 6}),
            )
        }
    }
}

/// Drafts are not listed.
pub(crate) fn guru(_: &Call) -> Value {
    let card = |id: usize, share: &str, collection: &str, archived: bool| json!({"id": id.to_string(), "preferredPhrase": format!("q{id}"), "content": body(id), "shareStatus": share, "verificationState": "TRUSTED", "archived": archived, "collection": {"id": collection, "name": "Support"}, "tags": []});
    let mut unarchived = card(1, "PUBLIC", "col1", false);
    unarchived.as_object_mut().unwrap().remove("archived");
    json!([
        unarchived,
        card(3, "TEAM", "col1", false),
        card(4, "PUBLIC", "col1", true),
        card(5, "PUBLIC", "col1", false),
        card(6, "TEAM", "col2", false),
    ])
}

pub(crate) fn intercom(_: &Call) -> Value {
    let article = |id: usize, state: &str, parents: Value| json!({"type": "article", "id": id.to_string(), "title": format!("q{id}"), "body": body(id), "state": state, "parent_ids": parents});
    // Archived articles are not listed.
    json!({
        "type": "list",
        "data": [
            article(1, "published", json!([4])),
            article(2, "draft", json!([4])),
            article(3, "published", json!([])),
            article(5, "published", json!([4])),
        ],
        "total_count": 4,
        "pages": {"type": "pages", "page": 1, "per_page": 250, "total_pages": 1},
    })
}

/// A wiki has no drafts, and no restricted or archived pages; it has redirects.
pub(crate) fn mediawiki(call: &Call) -> Value {
    let found = |id: usize| json!({"pageid": id, "ns": 0, "title": format!("q{id}"), "pagelanguage": "en", "revisions": [{"timestamp": "2026-01-02T03:04:05Z", "slots": {"main": {"contentmodel": "wikitext", "content": if id == 5 { "" } else { "An answer." }}}}]});
    let mut redirect = found(4);
    redirect["redirect"] = json!(true);
    let faq = [found(1), redirect, found(5)];
    let pages: Vec<Value> = match (call.asks("generator"), call.asks("gcmtitle")) {
        (Some("categorymembers"), Some("Category:FAQ" | "category:FAQ")) => faq.to_vec(),
        (Some("categorymembers"), Some("Category:Help")) => vec![found(6)],
        (Some("allpages"), None) => faq.into_iter().chain([found(6)]).collect(),
        other => panic!("{other:?}"),
    };
    json!({"batchcomplete": true, "query": {"pages": pages}})
}

pub(crate) const RSS: &str = "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>t</title><link>https://acme.test</link><description>d</description><item><guid>1</guid><title>q1</title><description>An answer.</description></item><item><guid>5</guid><title>q5</title></item></channel></rss>";
