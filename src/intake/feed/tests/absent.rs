//! What a complete sweep lacks is asked for again before it is gone.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::{Answer, Call, Kms, items, page, read_live, status};
use crate::intake::feed::memory::SweepMemory;

const BY_ID: &str = "path = \"/list\"\nitems = \"/data\"\nkeep = { \"/state\" = \"live\" }\n\
    fields = { id = \"/id\", question = \"/title\", answer = \"/body\" }\n\
    [bot.source.by_id]\npath = \"/articles/{article.id}\"\nitem = \"/article\"\ngone = [\"401\"]\n";

fn article(id: usize, state: &str) -> Value {
    json!({"id": id, "title": format!("q{id}"), "body": "a", "state": state})
}

fn asked(kms: &Kms) -> Vec<String> {
    let calls = kms.calls().into_iter().map(|call| call.path);
    calls.filter(|path| path != "/list").collect()
}

fn own(call: &Call) -> usize {
    call.path.rsplit('/').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn each_answer_of_its_own_address() {
    let kms = Kms::start(|call, _| {
        if call.path == "/list" {
            return page(&json!({"data": [article(1, "live"), article(2, "draft")]}));
        }
        let whole = |article: Value| page(&json!({"article": article}));
        match own(call) {
            3 => whole(article(3, "live")),
            4 => status(404, &[]),
            5 => status(410, &[]),
            6 => status(401, &[]),
            7 => whole(article(7, "draft")),
            8 => status(403, &[]),
            9 => status(500, &[]),
            10 => whole(article(11, "live")),
            _ => page(&json!({"article": null})),
        }
    })
    .await;
    let live = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "12"];
    let outcome = kms.read_live(BY_ID, &live).await.unwrap();
    assert_eq!(outcome.ids(), ["1", "3"], "3 slipped past the list");
    let mut alone = outcome.alone.clone();
    alone.sort();
    assert_eq!(alone, ["10", "12", "8", "9"], "nobody knows of them");
    assert_eq!(outcome.rejections.len(), 4, "{:?}", outcome.rejections);
    assert_eq!(outcome.incomplete, None, "and so 2, 4, 5, 6 and 7 are gone");
    let asked = asked(&kms);
    assert!(!asked.contains(&"/articles/2".to_owned()), "it was read");
    assert!(!asked.contains(&"/articles/1".to_owned()));
}

#[tokio::test]
async fn where_nothing_is_lacking_no_call_is_made() {
    let kms =
        Kms::start(|_, _| page(&json!({"data": [article(1, "live"), article(2, "old")]}))).await;
    let outcome = kms.read_live(BY_ID, &["1", "2"]).await.unwrap();
    assert_eq!((outcome.ids(), kms.calls().len()), (vec!["1"], 1));
}

/// Ten pages of a hundred; those from `from` on have been withdrawn.
fn page_of(call: &Call, from: usize) -> Answer {
    let at = call.number_in("page");
    let ids = (at * 100 - 99..=at * 100).filter(|id| *id < from);
    page(&json!({"data": ids.map(|id| article(id, "live")).collect::<Vec<_>>(), "pages": 10}))
}

#[tokio::test]
async fn a_mass_withdrawal_is_one_further_sweep_and_few_are_a_call_each() {
    let paged = BY_ID.replace(
        "[bot.source.by_id]",
        "paging = { mode = \"page\", pages = \"/pages\" }\n[bot.source.by_id]",
    );
    let all: Vec<String> = (1..=1000).map(|id| id.to_string()).collect();
    let live: Vec<&str> = all.iter().map(String::as_str).collect();
    for (from, calls) in [(501, 20), (950, 20), (951, 60), (1000, 11), (1001, 10)] {
        let kms = Kms::start(move |call, _| match call.path.as_str() {
            "/list" => page_of(call, from),
            _ => status(404, &[]),
        })
        .await;
        let (source, memory) = (kms.source(&paged), SweepMemory::default());
        let outcome = read_live(&source, &memory, &live).await.unwrap();
        assert_eq!(outcome.incomplete, None, "{from}");
        assert_eq!(outcome.ids().len(), from - 1, "{from}");
        assert_eq!(kms.calls().len(), calls, "{from}");
        // What was asked for is not asked for again while its removal waits for a person.
        read_live(&source, &memory, &live).await.unwrap();
        assert_eq!(kms.calls().len(), calls + 10, "{from}");
    }
}

#[tokio::test]
async fn what_is_in_either_sweep_is_there() {
    let kms = Kms::start(|call, _| match call.number {
        0 => page(&items([1, 2])),
        _ => page(&items([1, 3])),
    })
    .await;
    let (source, memory) = (kms.source(""), SweepMemory::default());
    let live = ["1", "2", "3", "4"];
    let outcome = read_live(&source, &memory, &live).await.unwrap();
    let mut ids = outcome.ids();
    ids.sort_unstable();
    assert_eq!((ids, &outcome.incomplete), (vec!["1", "2", "3"], &None));
    assert_eq!(kms.calls().len(), 2);
    // 2 has not been asked for again yet, and 4 has.
    let outcome = read_live(&source, &memory, &live).await.unwrap();
    assert_eq!(
        (outcome.ids(), &outcome.incomplete),
        (vec!["1", "3"], &None)
    );
    assert_eq!(kms.calls().len(), 4);
    read_live(&source, &memory, &live).await.unwrap();
    assert_eq!(kms.calls().len(), 5);
    // What nobody has yet, and only the first sweep met, does not go live.
    let kms = Kms::start(|call, _| page(&items([1, 2 + call.number]))).await;
    let outcome = kms.read_live("", &["1", "9"]).await.unwrap();
    assert_eq!(outcome.ids(), ["1", "3"]);
}

#[tokio::test]
async fn a_further_sweep_that_fails_or_moves_leaves_it_open() {
    type Then = fn(&Call) -> Answer;
    let fails: Then = |_| status(403, &[]);
    let moves: Then = |call| match call.number_in("offset") {
        0 => page(&items([1, 2])),
        2 => page(&items([2, 4])),
        _ => page(&items([])),
    };
    for (then, told) in [(fails, "answered 403"), (moves, "brought an article twice")] {
        let kms = Kms::start(move |call, _| match call.number {
            0 => page(&items([1, 2])),
            1 => page(&items([])),
            _ => then(call),
        })
        .await;
        let settings = "paging = { mode = \"offset\" }";
        let outcome = kms.read_live(settings, &["1", "2", "3"]).await.unwrap();
        assert!(outcome.ids().starts_with(&["1", "2"]), "{told}");
        let words = outcome.incomplete.unwrap();
        for part in [
            told,
            "1 live articles",
            "no answer of this source is removed",
            "(3)",
        ] {
            assert!(words.contains(part), "{part} in {words}");
        }
    }
}

const DETAIL: &str = "path = \"/list\"\nfields = { id = \"/id\", question = \"/title\", answer = \"/body\" }\n\
    [bot.source.detail]\npath = \"/articles/{item.id}\"\n";

#[tokio::test]
async fn the_address_of_a_text_says_that_an_article_is_gone_and_the_list_that_it_is_there() {
    // 2 is deleted, 3 slipped past the first sweep, and 4 went to a folder for agents.
    let lists = Arc::new(Mutex::new(0));
    let kms = Kms::start(move |call, _| {
        if call.path == "/list" {
            let mut lists = lists.lock().unwrap();
            *lists += 1;
            return page(&if *lists == 1 {
                items([1])
            } else {
                items([1, 3])
            });
        }
        match own(call) {
            2 => status(404, &[]),
            id => page(&json!({"title": format!("q{id}"), "body": "whole"})),
        }
    })
    .await;
    let outcome = kms.read_live(DETAIL, &["1", "2", "3", "4"]).await.unwrap();
    assert_eq!(
        (outcome.ids(), &outcome.incomplete),
        (vec!["1", "3"], &None)
    );
    let kms = Kms::start(|call, _| match call.path.as_str() {
        "/list" => page(&items([1])),
        "/articles/1" => page(&json!({"body": "whole"})),
        _ => status(404, &[]),
    })
    .await;
    let outcome = kms.read_live(DETAIL, &["1", "2"]).await.unwrap();
    assert_eq!((outcome.ids(), &outcome.incomplete), (vec!["1"], &None));
    assert_eq!(kms.calls().len(), 3, "no further sweep");
}

#[tokio::test]
async fn what_is_known_not_to_count_is_gone_without_a_call_and_another_language_says_nothing() {
    let settings = "fields = { id = \"/id\", question = \"/title\", answer = \"/body\" }\nlocale = \"en\"\nlocale_field = \"/lang\"\n\
        keep = { \"/draft\" = false }\nlabels = \"/tags\"\nwith_labels = [\"faq\"]\nvalid_to = \"/to\"";
    let item = |id: usize, draft: bool, lang: &str, tag: &str, to: &str| json!({"id": id, "title": "q", "body": "a", "draft": draft, "lang": lang, "tags": [tag], "to": to});
    let answer = move |more: bool| {
        let mut all = vec![
            item(1, false, "en", "faq", ""),
            item(2, true, "en", "faq", ""),
            item(3, false, "en", "other", ""),
            item(4, false, "en", "faq", "2020-01-01"),
        ];
        if more {
            all.push(item(5, false, "de", "faq", ""));
        }
        page(&json!(all))
    };
    let kms = Kms::start(move |_, _| answer(false)).await;
    let outcome = kms
        .read_live(settings, &["1", "2", "3", "4"])
        .await
        .unwrap();
    assert_eq!((outcome.ids(), kms.calls().len()), (vec!["1"], 1));
    let kms = Kms::start(move |_, _| answer(true)).await;
    let outcome = kms.read_live(settings, &["1", "5"]).await.unwrap();
    assert_eq!((outcome.ids(), kms.calls().len()), (vec!["1"], 2));
}

#[tokio::test]
async fn a_section_is_there_where_its_article_is_and_a_file_is_complete_by_itself() {
    let kms = Kms::start(|_, _| page(&items([1]))).await;
    let split = "split = \"headings\"\nbody = \"html\"";
    kms.read_live(split, &["1", "1#how"]).await.unwrap();
    assert_eq!(kms.calls().len(), 1);
    kms.read_live(split, &["1", "2#how"]).await.unwrap();
    assert_eq!(kms.calls().len(), 3);
    let csv = "id,question,answer\n1,q,a\n";
    let kms = Kms::start(move |_, _| super::answer(200, "text/csv", &[], csv.to_owned())).await;
    let outcome = kms
        .read_live("format = \"csv\"", &["1", "2"])
        .await
        .unwrap();
    assert_eq!((outcome.ids(), &outcome.incomplete), (vec!["1"], &None));
    assert_eq!(kms.calls().len(), 1);
}

#[tokio::test]
async fn by_what_presets_ask_for_one_article() {
    let kms = Kms::start(|_, _| status(404, &[])).await;
    let path = |settings: &str| {
        let source = kms.source(settings);
        let crate::config::SourceKind::Feed(feed) = source.kind else {
            panic!("a feed")
        };
        feed.by_id.map(|by_id| by_id.path.to_string())
    };
    let token = "auth = { token = TOKEN }";
    for (settings, expected) in [
        (
            "preset = \"wordpress\"",
            Some(
                "/wp-json/wp/v2/posts/{article.id}?_fields=id,title,content,status,link,modified_gmt",
            ),
        ),
        (
            "preset = \"zendesk-guide\"\nlocale = \"de\"",
            Some("/api/v2/help_center/de/articles/{article.id}"),
        ),
        (
            &format!("preset = \"intercom\"\n{token}"),
            Some("/articles/{article.id}"),
        ),
        // Another list, of which the address knows nothing.
        ("preset = \"wordpress\"\nquery = { categories = 5 }", None),
        (
            "preset = \"zendesk-guide\"\npath = \"/api/v2/help_center/sections/7/articles\"",
            None,
        ),
        (
            "preset = \"zendesk-guide\"\nfields = { id = [\"/id\", \"/locale\"] }",
            None,
        ),
        ("preset = \"mediawiki\"\nscope = [\"FAQ\"]", None),
    ] {
        assert_eq!(path(settings).as_deref(), expected, "{settings}");
    }
}

#[tokio::test]
async fn a_draft_of_wordpress_is_gone_by_one_call() {
    // Anonymous: a draft and what is in the trash are 401 there (rest_forbidden).
    let kms = Kms::start(|call, _| {
        let post = |id: usize| json!({"id": id, "status": "publish", "title": {"rendered": "q"}, "content": {"rendered": "a", "protected": false}});
        match call.path.as_str() {
            "/wp-json/wp/v2/posts" => super::page_with(&json!([post(1)]), &[("x-wp-total", "1"), ("x-wp-totalpages", "1")]),
            "/wp-json/wp/v2/posts/2" => status(401, &[]),
            "/wp-json/wp/v2/posts/3" => status(404, &[]),
            _ => page(&post(4)),
        }
    })
    .await;
    let live = ["1", "2", "3", "4"];
    let outcome = kms
        .read_live("preset = \"wordpress\"", &live)
        .await
        .unwrap();
    assert_eq!(outcome.ids(), ["1", "4"]);
    assert_eq!((outcome.rejections, outcome.incomplete), (vec![], None));
    assert_eq!(kms.calls().len(), 4);
}
