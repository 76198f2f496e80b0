//! Lists that move while they are read.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::{Call, Kms, Outcome, items, page, read_live};
use crate::intake::feed::memory::SweepMemory;

pub(crate) const OFFSET: &str = "fields = { id = \"/id\", question = \"/title\", answer = \"/body\" }\nitems = \"/data\"\npaging = { mode = \"offset\" }";
pub(crate) const COUNTED: &str =
    "items = \"/data\"\npaging = { mode = \"offset\", total = \"/total\" }";

pub(crate) fn names(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    numbers
        .into_iter()
        .map(|number| number.to_string())
        .collect()
}

pub(crate) async fn read(kms: &Kms, settings: &str, live: &[String]) -> Outcome {
    let live: Vec<&str> = live.iter().map(String::as_str).collect();
    kms.read_live(settings, &live).await.unwrap()
}

/// What the bot would lose: what is live, and neither read nor rejected, in a reading that counts.
pub(crate) fn removed(outcome: &Outcome, live: &[String]) -> Vec<String> {
    if outcome.incomplete.is_some() {
        return Vec::new();
    }
    let there = outcome.ids();
    let is_gone = |id: &&String| {
        let id = id.as_str();
        !there.contains(&id) && !outcome.alone.iter().any(|alone| alone == id)
    };
    live.iter().filter(is_gone).cloned().collect()
}

pub(crate) fn sorted(outcome: &Outcome) -> Vec<usize> {
    let ids = outcome.ids().into_iter();
    let mut ids: Vec<usize> = ids.map(|id| id.parse().unwrap()).collect();
    ids.sort_unstable();
    ids
}

/// A slice of a list, by `offset`, ten on a page.
pub(crate) fn slice(call: &Call, all: &[usize]) -> Vec<usize> {
    let from = call.number_in("offset");
    all.iter().copied().skip(from).take(10).collect()
}

#[tokio::test]
async fn one_unpublished_and_one_published_between_two_pages_with_the_same_total() {
    let kms = Kms::start(|call, _| {
        // 31 comes to the end, and what was 11 slips to the first page, which was read already.
        let all: Vec<usize> = match call.number {
            0 => (1..=30).collect(),
            _ => (1..=31).filter(|id| *id != 3).collect(),
        };
        page(&json!({"data": items(slice(call, &all)), "total": all.len()}))
    })
    .await;
    let live = names(1..=30);
    let outcome = read(&kms, COUNTED, &live).await;
    assert_eq!(removed(&outcome, &live), [""; 0], "3 was still met");
    assert!(sorted(&outcome).contains(&11) && sorted(&outcome).contains(&31));
    let outcome = read(&kms, COUNTED, &live).await;
    assert_eq!(removed(&outcome, &live), ["3"]);
}

#[tokio::test]
async fn four_deletions_on_the_first_page_without_a_total() {
    let kms = Kms::start(|call, _| {
        let gone = if call.number == 0 { 0 } else { 4 };
        let all: Vec<usize> = (1..=30).filter(|id| *id > gone).collect();
        page(&json!({"data": items(slice(call, &all))}))
    })
    .await;
    let live = names(1..=30);
    let outcome = read(&kms, OFFSET, &live).await;
    assert_eq!(removed(&outcome, &live), [""; 0], "least of all 11 to 14");
    assert_eq!(sorted(&outcome), (1..=30).collect::<Vec<_>>());
    let outcome = read(&kms, OFFSET, &live).await;
    assert_eq!(removed(&outcome, &live), names(1..=4));
    assert_eq!(sorted(&outcome), (5..=30).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_rename_that_moves_a_page_forward() {
    // MediaWiki: continuation is by sort key, and the page "z" was renamed to "b".
    let titles = |renamed: bool| -> Vec<(&'static str, usize)> {
        let mut all = vec![("a", 1), ("c", 2), ("e", 3), ("g", 4), ("z", 5)];
        if renamed {
            all[4].0 = "b";
        }
        all.sort_unstable();
        all
    };
    let kms = Kms::start(move |call, _| {
        let all = titles(call.number > 0);
        let from = call.asks("from").unwrap_or_default();
        let found: Vec<_> = all.iter().filter(|(title, _)| *title >= from).collect();
        let listed: Value = found
            .iter()
            .take(2)
            .map(|(title, id)| json!({"id": id, "title": title, "body": "a"}))
            .collect();
        let mut body = json!({"data": listed});
        if let Some((title, _)) = found.get(2) {
            body["continue"] = json!({"from": title});
        }
        page(&body)
    })
    .await;
    let live = names(1..=5);
    let settings = "items = \"/data\"\npaging = { mode = \"merge_object\", next = \"/continue\" }";
    let outcome = read(&kms, settings, &live).await;
    assert_eq!(removed(&outcome, &live), [""; 0], "{outcome:?}");
    assert!(outcome.articles.contains(&"5: b".to_owned()), "{outcome:?}");
    assert_eq!(kms.calls().len(), 2 + 3, "one further sweep");
}

#[tokio::test]
async fn an_unstable_sort_removes_nothing_and_lets_changes_out() {
    // 79 items, of which 75 differ: four come again, and four never.
    let kms = Kms::start(|call, _| {
        let sweep = call.number / 9;
        let mut all: Vec<usize> = (1..=79).collect();
        for at in 0..4 {
            all[40 + at] = 1 + at + 4 * sweep;
        }
        page(&json!({"data": items(slice(call, &all)), "total": 79}))
    })
    .await;
    let live = names(1..=80);
    let outcome = read(&kms, COUNTED, &live).await;
    assert_eq!(removed(&outcome, &live), [""; 0]);
    assert_eq!(outcome.ids().len(), 75);
    let told = outcome.incomplete.unwrap();
    for part in [
        "brought 4 articles twice (5 on page 1 and page 5)",
        "sort it by a unique key in `query`",
        "nothing",
    ] {
        let part = if part == "nothing" {
            "no answer of this source is removed"
        } else {
            part
        };
        assert!(told.contains(part), "{part} in {told}");
    }
    assert_eq!(kms.calls().len(), 2 * 9, "read again once");
}

#[tokio::test]
async fn an_item_without_a_total_that_comes_twice_has_everything_read_again() {
    let kms = Kms::start(|call, _| {
        // One is published at the front while the first page is read.
        let first = usize::from(call.number == 0);
        let all: Vec<usize> = (first..=25).collect();
        page(&json!({"data": items(slice(call, &all))}))
    })
    .await;
    let live = names(1..=25);
    let outcome = read(&kms, OFFSET, &live).await;
    assert_eq!(outcome.incomplete, None);
    assert_eq!(sorted(&outcome), (0..=25).collect::<Vec<_>>());
    assert_eq!(kms.calls().len(), 2 * 4);
}

#[tokio::test]
async fn a_view_counter_makes_no_other_article() {
    let counted = |settings: &'static str, moved: bool| async move {
        let kms = Kms::start(move |call, _| {
            let all: Vec<usize> = if moved && call.number > 0 {
                (0..=25).collect()
            } else {
                (1..=25).collect()
            };
            let found: Value = slice(call, &all)
                .into_iter()
                .map(|id| json!({"id": id, "title": "q", "body": "a", "views": call.number}))
                .collect();
            page(&json!({"data": found, "total": 25 + usize::from(moved)}))
        })
        .await;
        let outcome = read(&kms, settings, &names(1..=25)).await;
        (outcome, kms.calls().len())
    };
    let (outcome, calls) = counted(COUNTED, false).await;
    assert_eq!((outcome.incomplete, calls), (None, 3));
    // By its digest, 10 on the first and the second page would be two.
    let (outcome, calls) = counted(COUNTED, true).await;
    assert_eq!((outcome.incomplete, calls), (None, 4 + 3));
    assert_eq!(outcome.articles.len(), 26);
    assert_eq!(outcome.rejections, [""; 0]);
}

#[tokio::test]
async fn of_two_versions_of_a_list_that_moved_the_later_counts() {
    // Sorted by the last change, and 1 is edited in each sweep between the first page and the second,
    // which is another one each time.
    let kms = Kms::start(|call, _| {
        let (sweep, at) = (call.number / 2, call.number_in("page"));
        let edited = 1 + sweep;
        let body = |id: usize| {
            if at == 2 && id == edited {
                "new"
            } else {
                "old"
            }
        };
        let ids = if at == 1 {
            vec![1, 2, 3]
        } else {
            vec![edited, 4]
        };
        let found: Value = ids
            .into_iter()
            .map(|id| json!({"id": id, "title": format!("q{id}"), "body": body(id)}))
            .collect();
        page(&json!({"data": found, "pages": 2}))
    })
    .await;
    let settings = "items = \"/data\"\npaging = { mode = \"page\", pages = \"/pages\" }";
    let outcome = read(&kms, settings, &names(1..=4)).await;
    assert_eq!(outcome.rejections, [""; 0]);
    assert_eq!(sorted(&outcome), [1, 2, 3, 4]);
    let at = outcome.ids().iter().position(|id| *id == "2").unwrap();
    assert_eq!(outcome.answers[at], "new");
    assert!(
        outcome
            .incomplete
            .unwrap()
            .contains("(2 on page 1 and page 2)")
    );
}

#[tokio::test]
async fn two_languages_under_one_id_stay_a_conflict() {
    let kms = Kms::start(|call, _| {
        let (language, body) = if call.number_in("page") == 1 {
            ("en", "yes")
        } else {
            ("de", "ja")
        };
        let article = |id: usize| json!({"id": id, "title": "q", "body": body, "lang": language});
        let own = if language == "en" { 2 } else { 3 };
        page(&json!({"data": [article(1), article(own)], "pages": 2}))
    })
    .await;
    let settings = "items = \"/data\"\npaging = { mode = \"page\", pages = \"/pages\" }";
    let outcome = read(&kms, settings, &names(1..=3)).await;
    assert_eq!(sorted(&outcome), [2, 3]);
    assert_eq!(outcome.alone, ["1", "1"]);
    assert!(
        outcome
            .incomplete
            .unwrap()
            .contains("add the language to `id`")
    );
    // Where the locale chooses, the other language is no second version.
    let chosen = format!("{settings}\nlocale = \"en\"\nlocale_field = \"/lang\"");
    let outcome = read(&kms, &chosen, &names(1..=2)).await;
    assert_eq!((sorted(&outcome), outcome.incomplete), (vec![1, 2], None));
}

#[tokio::test]
async fn two_lists_may_have_one_article_and_a_page_may_be_repeated_whole() {
    let kms = Kms::start(|call, _| match call.path.as_str() {
        "/folders" => page(&json!([{"id": "a"}, {"id": "b"}])),
        "/a" => page(&items([1, 2])),
        _ => page(&items([2, 3])),
    })
    .await;
    let settings =
        "path = \"/{folder.id}\"\n[[bot.source.parents]]\nname = \"folder\"\npath = \"/folders\"";
    let outcome = read(&kms, settings, &names(1..=3)).await;
    assert_eq!(
        (sorted(&outcome), outcome.incomplete),
        (vec![1, 2, 3], None)
    );
    assert_eq!(kms.calls().len(), 3);
}

#[tokio::test]
async fn after_two_quiet_sweeps_everything_is_true() {
    // Quiet, moving, quiet: with one memory, as the service reads.
    let shelf: Arc<Mutex<(Vec<usize>, Vec<usize>)>> = Arc::default();
    let shared = shelf.clone();
    let kms = Kms::start(move |call, _| {
        let mut shelf = shared.lock().unwrap();
        let answer = slice(call, &shelf.0);
        shelf.0 = shelf.1.clone();
        page(&json!({"data": items(answer), "total": 25}))
    })
    .await;
    let (source, memory) = (kms.source(COUNTED), SweepMemory::default());
    *shelf.lock().unwrap() = ((1..=25).collect(), (1..=25).collect());
    let first = read_live(&source, &memory, &[]).await.unwrap();
    let live: Vec<String> = first.ids().iter().map(|id| (*id).to_owned()).collect();
    let ids: Vec<&str> = live.iter().map(String::as_str).collect();
    // After the first page, four are unpublished on it and four published at the end.
    shelf.lock().unwrap().1 = (5..=29).collect();
    let moved = read_live(&source, &memory, &ids).await.unwrap();
    assert_eq!(removed(&moved, &live), [""; 0]);
    assert_eq!(sorted(&moved), (1..=29).collect::<Vec<_>>());
    let last = read_live(&source, &memory, &ids).await.unwrap();
    assert_eq!(removed(&last, &live), names(1..=4));
    assert_eq!(sorted(&last), (5..=29).collect::<Vec<_>>());
}
