//! Knowledge bases in the documented shape of their vendors, with whatever articles a test wants.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Answer, Call, TOKEN, answer, page, status};

/// What an article is.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    Public,
    Draft,
    Restricted,
    Archived,
    Empty,
}

use Kind::{Archived, Draft, Empty, Public, Restricted};

/// The articles of a knowledge base, and how many it puts on a page.
#[derive(Clone, Copy)]
pub(crate) struct Stock {
    pub(crate) articles: &'static [(usize, Kind)],
    pub(crate) size: usize,
}

/// Three pages.
pub(crate) const THREE: Stock = Stock {
    articles: &[(1, Public), (2, Public), (3, Public)],
    size: 1,
};

/// One of each kind on one page.
pub(crate) const EACH: Stock = Stock {
    articles: &[
        (1, Public),
        (2, Draft),
        (3, Restricted),
        (4, Archived),
        (5, Empty),
    ],
    size: 10,
};

impl Stock {
    fn all(self, make: impl Fn(usize, Kind) -> Value) -> Vec<Value> {
        let all = self.articles.iter().map(|(id, kind)| make(*id, *kind));
        all.filter(|item| !item.is_null()).collect()
    }

    /// What is on the page that begins at this item, and how many there are in all.
    fn page_at(self, at: usize, make: impl Fn(usize, Kind) -> Value) -> (Vec<Value>, usize) {
        let all = self.all(make);
        let total = all.len();
        (all.into_iter().skip(at).take(self.size).collect(), total)
    }

    /// The article of this id.
    fn one(self, id: &str, make: impl Fn(usize, Kind) -> Value) -> Value {
        let mut articles = self.articles.iter();
        let found = articles.find(|(known, _)| known.to_string() == id);
        found.map_or(Value::Null, |(id, kind)| make(*id, *kind))
    }
}

/// The fields of an item that were asked for, with commas between them.
pub(crate) fn only(item: Value, fields: Option<&str>) -> Value {
    let (Some(fields), Value::Object(entries)) = (fields, &item) else {
        return item;
    };
    let asked = entries
        .iter()
        .filter(|(key, _)| fields.split(',').any(|field| field == *key));
    Value::Object(
        asked
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
    )
}

fn html(id: usize, kind: Kind) -> String {
    match kind {
        Empty => String::new(),
        _ => format!("<p>a{id}</p>"),
    }
}

/// docs.ghost.org/content-api: published posts alone, those for members without their whole text. Without
/// `formats` there is no text where `fields` does not name it.
pub(crate) fn ghost(call: &Call, _: &str, stock: Stock) -> Answer {
    if call.asks("key") != Some(TOKEN) {
        let told = "{\"errors\":[{\"message\":\"Unknown Content API Key\",\"type\":\"UnauthorizedError\"}]}";
        return answer(401, "application/json", &[], told.to_owned());
    }
    assert_eq!(call.header("accept-version"), "v5.0");
    let is_short = call.asks("fields").is_some();
    assert_eq!(call.asks("formats"), (!is_short).then_some("html"));
    let post = |id: usize, kind: Kind| match kind {
        Draft | Archived => Value::Null,
        _ => only(
            json!({"id": id.to_string(), "uuid": "u", "slug": "s", "title": format!("q{id}"),
            "html": if kind == Restricted { String::new() } else { html(id, kind) }, "access": kind != Restricted,
            "visibility": if kind == Restricted { "members" } else { "public" }, "updated_at": "2020-01-02T03:04:05.000+00:00",
            "url": format!("https://blog.acme.com/{id}/")}),
            call.asks("fields"),
        ),
    };
    let one = call.path.strip_prefix("/ghost/api/content/posts/").unwrap();
    if let Some(id) = one.strip_suffix('/') {
        return page(&json!({"posts": [stock.one(id, post)]}));
    }
    assert_eq!(call.asks("order"), Some("id asc"));
    let number = call.number_in("page");
    let (posts, total) = stock.page_at((number - 1) * stock.size, post);
    let pages = total.div_ceil(stock.size);
    page(
        &json!({"posts": posts, "meta": {"pagination": {"page": number, "limit": 100, "pages": pages, "total": total,
        "next": (number < pages).then_some(number + 1), "prev": null}}}),
    )
}

/// docs.wagtail.org: live pages that are not private; its addresses are those of its Site record.
pub(crate) fn wagtail(call: &Call, _: &str, stock: Stock) -> Answer {
    assert_eq!(call.path, "/api/v2/pages/");
    assert_eq!(
        (call.asks("type"), call.asks("order")),
        (Some("faq.FaqPage"), Some("id"))
    );
    if call.number_in("limit") > 20 {
        return answer(
            400,
            "application/json",
            &[],
            "{\"message\":\"limit cannot be higher than 20\"}".to_owned(),
        );
    }
    let (items, total) = stock.page_at(call.number_in("offset"), |id, kind| match kind {
        Public | Empty => json!({"id": id, "title": format!("q{id}"), "answer": html(id, kind), "meta": {"type": "faq.FaqPage",
            "detail_url": format!("http://localhost/api/v2/pages/{id}/"), "html_url": "http://localhost/q", "slug": "q",
            "locale": "en", "first_published_at": "2026-01-02T03:04:05Z"}}),
        _ => Value::Null,
    });
    page(&json!({"meta": {"total_count": total}, "items": items}))
}

/// docs.strapi.io/cms/api/rest: 100 entries a page at the most, flat since version 5. `id` and `documentId`
/// come with any `fields`.
pub(crate) fn strapi(call: &Call, _: &str, stock: Stock) -> Answer {
    if call.header("authorization") != format!("Bearer {TOKEN}") {
        let told = json!({"data": null, "error": {"status": 403, "name": "ForbiddenError", "message": "Forbidden", "details": {}}});
        return answer(403, "application/json", &[], told.to_string());
    }
    assert_eq!(
        (call.asks("locale"), call.asks("status")),
        (Some("en"), Some("published"))
    );
    let fields = (0..3).filter_map(|at| call.asks(&format!("fields[{at}]")));
    let fields = fields.chain(["id"]).collect::<Vec<_>>().join(",");
    let fields = call.asks("fields[0]").map(|_| fields.as_str());
    let entry = |id: usize, kind: Kind| match kind {
        Restricted | Archived => Value::Null,
        _ => only(
            json!({"id": 1000 + id, "documentId": id.to_string(), "title": format!("q{id}"), "answer": html(id, kind), "locale": "en",
            "createdAt": "2020-01-02T03:04:05.000Z", "updatedAt": "2020-01-02T03:04:05.000Z", "publishedAt": if kind == Draft { Value::Null } else { json!("2020-01-02T03:04:05.000Z") }}),
            fields,
        ),
    };
    if let Some(id) = call.path.strip_prefix("/api/articles/") {
        return page(&json!({"data": stock.one(id, entry), "meta": {}}));
    }
    assert_eq!(call.path, "/api/articles");
    let number = call.number_in("pagination[page]");
    let (data, total) = stock.page_at((number - 1) * stock.size, entry);
    page(
        &json!({"data": data, "meta": {"pagination": {"page": number, "pageSize": stock.size,
        "pageCount": total.div_ceil(stock.size), "total": total}}}),
    )
}

/// 6.docs.plone.org/plone.restapi, as Plone 6.2 answers an account that edits: dates decide nothing there.
pub(crate) fn plone(call: &Call, here: &str, stock: Stock) -> Answer {
    assert_eq!(call.path, "/@search");
    assert_eq!(
        (call.asks("sort_on"), call.asks("fullobjects")),
        (Some("path"), Some("1"))
    );
    let at = call.number_in("b_start");
    let item = |id: usize, kind: Kind, effective: &str| {
        let state = match kind {
            Public | Empty | Archived => "published",
            Draft => "private",
            Restricted => "internally_published",
        };
        // What has expired stays published: an account that edits is shown it, and visitors are not.
        let expires = (kind == Archived).then_some("2025-01-01T00:00:00+00:00");
        // Every other page is made of blocks (Volto), and has no text.
        let is_of_blocks = id.is_multiple_of(2) && kind != Empty;
        let text = (kind != Empty && !is_of_blocks).then(
            || json!({"content-type": "text/html", "data": html(id, kind), "encoding": "utf8"}),
        );
        let blocks = is_of_blocks.then(
            || json!({"t": {"@type": "title"}, "b": {"@type": "html", "html": html(id, kind)}}),
        );
        let layout = is_of_blocks.then(|| json!({"items": ["t", "b"]}));
        json!({"@id": format!("{here}/faq/q{id}"), "@type": "Document", "UID": id.to_string(), "id": format!("q{id}"),
            "title": format!("q{id}"), "review_state": state, "effective": effective, "expires": expires, "text": text,
            "blocks": blocks, "blocks_layout": layout})
    };
    let (mut items, mut total) =
        stock.page_at(at, |id, kind| item(id, kind, "2026-01-02T03:04:05+00:00"));
    // One that is published already, for later.
    if stock.size > 1 {
        items.push(item(9, Public, "2999-01-01T00:00:00+00:00"));
        total += 1;
    }
    let mut whole = json!({"@id": format!("{here}/@search"), "items": items, "items_total": total});
    if at + stock.size < total {
        whole["batching"] = json!({"@id": format!("{here}/@search?b_start={at}"), "next": format!("{here}/@search?b_start={}", at + stock.size)});
    }
    page(&whole)
}

/// drupal.org, core module JSON:API: 50 nodes a page, and what may not be seen is only counted.
pub(crate) fn drupal(call: &Call, here: &str, stock: Stock) -> Answer {
    assert_eq!(call.path, "/jsonapi/node/faq");
    assert_eq!(call.header("accept"), "application/vnd.api+json");
    let at = call
        .asks("page[offset]")
        .map_or(0, |_| call.number_in("page[offset]"));
    let (data, total) = stock.page_at(at, |id, kind| match kind {
        Restricted | Archived => Value::Null,
        _ => json!({"type": "node--faq", "id": id.to_string(), "attributes": {"drupal_internal__nid": id, "langcode": "en",
            "status": kind != Draft, "title": format!("q{id}"), "body": {"value": html(id, kind), "format": "basic_html", "processed": html(id, kind), "summary": ""}}}),
    });
    let mut links = json!({"self": {"href": format!("{here}{}", call.path)}});
    if at + stock.size < total {
        links["next"] = json!({"href": format!("{here}{}?page%5Boffset%5D={}&page%5Blimit%5D=50", call.path, at + stock.size)});
    }
    let body = json!({"jsonapi": {"version": "1.0"}, "data": data, "links": links});
    answer(200, "application/vnd.api+json", &[], body.to_string())
}

/// `github.com/zoho/zohodesk-oas`, `v1.0/Article.json`: a list without text, and 204 past its end. The text is
/// that of a version, which may be a draft.
pub(crate) fn zoho(call: &Call, _: &str, stock: Stock) -> Answer {
    if call.path == "/token" {
        let form = "grant_type=refresh_token&refresh_token=s3cr3t-t0ken&client_id=c&client_secret=s3cr3t-t0ken";
        assert_eq!(call.body, form);
        return page(
            &json!({"access_token": "granted", "api_domain": "https://www.zohoapis.com", "token_type": "Bearer", "expires_in": 3600}),
        );
    }
    assert_eq!(call.header("orgid"), "7");
    if call.header("authorization") != "Zoho-oauthtoken granted" {
        return answer(401, "application/json", &[], "{\"errorCode\":\"INVALID_OAUTH\",\"message\":\"The OAuth Token you provided is invalid.\"}".to_owned());
    }
    let article = |id: usize, kind: Kind| {
        json!({"id": id.to_string(), "title": format!("q{id}"), "locale": "en", "modifiedTime": 1_592_999_203_000_u64, "latestVersion": "2.1", "latestPublishedVersion": "2.0", "isTrashed": false,
            "permission": if kind == Restricted { "AGENTS" } else { "ALL" }, "tags": [], "categoryId": "4",
            "status": match kind { Draft => "Draft", Archived => "Unpublished", _ => "Published" }, "webUrl": "https://help.acme.com/q"})
    };
    if let Some(id) = call.path.strip_prefix("/api/v1/articles/") {
        return page(&stock.one(id, |id, kind| {
            let mut whole = article(id, kind);
            let is_published = call.asks("version") == Some("2.0");
            whole["answer"] = json!(if is_published {
                html(id, kind)
            } else {
                "draft".to_owned()
            });
            whole
        }));
    }
    assert_eq!(call.path, "/api/v1/articles");
    let (data, _) = stock.page_at(call.number_in("from") - 1, article);
    if data.is_empty() {
        return status(204, &[]);
    }
    page(&json!({"data": data}))
}

/// learn.microsoft.com, the Dataverse Web API: `OData` with an absolute next link, which goes on with the
/// same fields. The primary key comes with any `$select`.
pub(crate) fn dynamics(call: &Call, here: &str, stock: Stock) -> Answer {
    assert_eq!(call.header("prefer"), "odata.maxpagesize=100");
    assert_eq!(call.asks("$expand"), Some("languagelocaleid($select=code)"));
    let fields = call.asks("$select").unwrap();
    let all = format!("{fields},knowledgearticleid,languagelocaleid");
    let article = |id: usize, kind: Kind| {
        only(
            json!({"@odata.etag": "W/\"1\"", "knowledgearticleid": format!("guid-{id}"), "articlepublicnumber": id.to_string(), "title": format!("q{id}"),
            "content": html(id, kind), "statecode": match kind { Draft => 0, Archived => 5, _ => 3 }, "isrootarticle": false, "versionnumber": 1_829_384,
            "isinternal": kind == Restricted, "expirationdate": null, "languagelocaleid": {"code": "en-us"}}),
            Some(&all),
        )
    };
    let list = "/api/data/v9.2/knowledgearticles";
    let one = call.path.strip_prefix(list).unwrap();
    if let Some(id) = one.strip_prefix("(guid-") {
        return page(&stock.one(id.trim_end_matches(')'), article));
    }
    assert_eq!(one, "");
    let at = call
        .asks("$skiptoken")
        .map_or(0, |_| call.number_in("$skiptoken"));
    let (value, total) = stock.page_at(at, article);
    let mut body = json!({"@odata.context": format!("{here}/api/data/v9.2/$metadata#knowledgearticles"), "value": value});
    if at + stock.size < total {
        body["@odata.nextLink"] = json!(format!(
            "{here}{list}?$select={fields}&$expand=languagelocaleid($select=code)&$skiptoken={}",
            at + stock.size
        ));
    }
    answer(
        200,
        "application/json; odata.metadata=minimal",
        &[],
        body.to_string(),
    )
}

/// A file that lies on another host, by an address that is good for a while.
pub(crate) fn sheet(call: &Call, _: &str, stock: Stock) -> Answer {
    let mut text = "id,question,answer\n".to_owned();
    for (id, kind) in stock
        .articles
        .iter()
        .filter(|(_, kind)| matches!(kind, Public | Empty))
    {
        let body = if *kind == Empty { "" } else { "An answer." };
        let _ = writeln!(text, "{id},q{id},{body}");
    }
    assert!(call.path.ends_with("/pub"), "{}", call.path);
    assert_eq!(
        (call.asks("output"), call.asks("gid")),
        (Some("csv"), Some("0"))
    );
    answer(200, "text/csv; charset=utf-8", &[], text)
}
