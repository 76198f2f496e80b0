//! Software that names no API: a page of it, and what it answers where its articles are.

use serde_json::{Value, json};

use super::finds::{JSON, flat, number, part};

/// A page of Plone, which names no API: it is told by its generator, and the folder of the page is read.
pub(super) fn plone(path: &str, query: &str) -> Option<(u16, &'static str, String)> {
    match path {
        "/help/faq/password" => Some((
            200,
            "text/html",
            "<head><meta name=\"generator\" content=\"Plone - https://plone.org/\"></head><body data-portal-url=\"HERE/help\">".to_owned(),
        )),
        "/help/++api++/faq/password" => {
            let page = json!({"@components": {}, "@id": "HERE/help/faq/password", "@type": "Document", "UID": "u1", "is_folderish": false});
            Some((200, JSON, page.to_string()))
        }
        "/help/++api++/faq/@search" => {
            let from = number(query, "b_start").unwrap_or(0);
            let items = part(
                from,
                |id| json!({"@type": "Document", "UID": format!("u{id}"), "title": format!("Question {id}?"), "review_state": "published",
                    "effective": "2026-01-02T03:04:05+00:00", "expires": null, "text": {"data": format!("<p>Answer {id}.</p>")}}),
            );
            let mut page = json!({"items": items, "items_total": 5});
            if from + 2 < 5 {
                page["batching"] = json!({"next": format!("HERE/help/++api++/faq/@search?b_start={}", from + 2)});
            }
            Some((200, JSON, page.to_string()))
        }
        _ => None,
    }
}

/// A page of `DokuWiki`, whose usual feed has the last changes, deleted pages among them.
pub(super) fn dokuwiki(path: &str, query: &str) -> Option<(u16, &'static str, String)> {
    let entry = |name: &str| {
        format!(
            "<item><title>{name}</title><link>HERE/doku.php?id={name}</link><description>&lt;p&gt;Answer of {name}.</description></item>"
        )
    };
    match path {
        "/doku.php" => Some((
            200,
            "text/html",
            "<head><meta name=\"generator\" content=\"DokuWiki\"/><link rel=\"alternate\" type=\"application/rss+xml\" href=\"/feed.php\"/><script>/*<![CDATA[*/var NS='faq';var JSINFO = {};/*!]]>*/</script></head>".to_owned(),
        )),
        "/feed.php" => {
            let lists = query.contains("mode=list&") && query.contains("ns=faq&");
            let names = if lists { &["faq:a", "faq:b", "faq:c", "faq:d", "faq:e"][..] } else { &["faq:a - removed"] };
            let entries: String = names.iter().map(|name| entry(name)).collect();
            Some((200, "application/xml", format!("<?xml version=\"1.0\"?><rss version=\"2.0\"><channel>{entries}</channel></rss>")))
        }
        _ => None,
    }
}

/// A collection of Directus, as an account that edits sees it.
pub(super) fn with_a_draft(path: &str, _: &str) -> Option<(u16, &'static str, String)> {
    let mut data: Vec<Value> = (1..=5).map(flat).collect();
    for item in &mut data {
        item["status"] = json!("published");
    }
    let mut draft = flat(6);
    draft["status"] = json!("draft");
    data.push(draft);
    (path == "/items/faqs").then(|| (200, JSON, json!({"data": data}).to_string()))
}
