//! Sweeps that ask for what changed alone: they read what a whole one would, and fewer texts.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::memory::files;
use super::{Call, Kms, Outcome, page, read_live, read_with, status};
use crate::clock::Clock;
use crate::intake::feed::memory::SweepMemory;

const SETTINGS: &str = "path = \"/list\"\nitems = \"/items\"\nquery = { texts = \"yes\" }\nfields = { id = \"/id\", question = \"/title\", answer = \"/text\" }\npaging = { mode = \"page\", total = \"/total\" }\nchanges = { query = { texts = \"\", short = \"yes\" }, path = \"/one/{item.id}\", item = \"/article\", unchanged = \"/at\" }";

const LONG_AGO: &str = "2020-01-02T03:04:05Z";

/// How the knowledge base gets the list without texts wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Wrong {
    #[default]
    Nothing,
    Refused,
    NoStamps,
    Moves,
    Empty,
    NoTexts,
}

/// What the knowledge base holds: when it was changed, and its text, by id.
#[derive(Default)]
struct Shelf {
    articles: BTreeMap<usize, (String, String)>,
    wrong: Wrong,
}

type Shared = Arc<Mutex<Shelf>>;

fn answered(shelf: &Shelf, call: &Call) -> super::Answer {
    let whole = |(id, (at, text)): (&usize, &(String, String))| json!({"id": id, "title": format!("q{id}"), "at": at, "text": text});
    if let Some(id) = call.path.strip_prefix("/one/") {
        let id: usize = id.parse().unwrap();
        return match shelf.articles.get_key_value(&id) {
            Some(_) if shelf.wrong == Wrong::NoTexts => status(500, &[]),
            Some(article) => page(&json!({"article": whole(article)})),
            None => status(404, &[]),
        };
    }
    let is_short = call.asks("short").is_some();
    assert_eq!(call.asks("texts").is_none(), is_short, "{call:?}");
    let wrong = if is_short {
        shelf.wrong
    } else {
        Wrong::Nothing
    };
    let from = (call.number_in("page") - 1) * 2;
    let listed = shelf.articles.iter().skip(from).take(2).map(whole);
    let mut items: Vec<Value> = listed.collect();
    let mut total = shelf.articles.len();
    for item in items.iter_mut().filter(|_| is_short) {
        item.as_object_mut().unwrap().remove("text");
        if wrong == Wrong::NoStamps {
            item.as_object_mut().unwrap().remove("at");
        }
    }
    match wrong {
        Wrong::Refused => return status(400, &[]),
        Wrong::Moves => total += from,
        Wrong::Empty => (items, total) = (Vec::new(), 0),
        _ => {}
    }
    page(&json!({"items": items, "total": total}))
}

async fn serving(ids: impl IntoIterator<Item = usize>) -> (Kms, Shared) {
    let shelf = Shared::default();
    let article = |id| (id, (LONG_AGO.to_owned(), format!("a{id}")));
    shelf.lock().unwrap().articles = ids.into_iter().map(article).collect();
    let served = shelf.clone();
    let kms = Kms::start(move |call, _| answered(&served.lock().unwrap(), call)).await;
    (kms, shelf)
}

fn change(shelf: &Shared, id: usize, at: &str, text: &str) {
    let article = (at.to_owned(), text.to_owned());
    shelf.lock().unwrap().articles.insert(id, article);
}

/// Reads it, and sees that it is what a sweep without a memory reads. Which calls that took: pages with
/// texts, pages without, articles.
async fn poll(kms: &Kms, memory: &SweepMemory) -> [usize; 3] {
    let source = kms.source(SETTINGS);
    let before = kms.calls().len();
    let outcome = read_with(&source, memory).await.unwrap();
    let calls = kms.calls();
    let whole = read_with(&source, &SweepMemory::default()).await.unwrap();
    let read = |outcome: Outcome| (outcome.articles, outcome.answers, outcome.rejections);
    assert_eq!(read(outcome), read(whole));
    let count = |is: fn(&&Call) -> bool| calls[before..].iter().filter(is).count();
    [
        count(|call| call.asks("texts").is_some()),
        count(|call| call.asks("short").is_some()),
        count(|call| call.path.starts_with("/one/")),
    ]
}

#[tokio::test]
async fn texts_are_asked_for_where_they_changed() {
    let (kms, shelf) = serving(1..=6).await;
    let memory = SweepMemory::default();
    assert_eq!(poll(&kms, &memory).await, [3, 0, 0]);
    assert_eq!(poll(&kms, &memory).await, [0, 3, 0]);
    change(&shelf, 4, "2020-05-06T07:08:09Z", "another one");
    change(&shelf, 7, LONG_AGO, "a new one");
    assert_eq!(poll(&kms, &memory).await, [0, 4, 2]);
    assert_eq!(poll(&kms, &memory).await, [0, 4, 0]);
}

#[tokio::test]
async fn what_is_withdrawn_goes_with_the_same_poll() {
    let (kms, shelf) = serving(1..=6).await;
    let (source, memory) = (kms.source(SETTINGS), SweepMemory::default());
    let live = ["1", "2", "3", "4", "5", "6"];
    read_live(&source, &memory, &live).await.unwrap();
    shelf.lock().unwrap().articles.remove(&2);
    let outcome = read_live(&source, &memory, &live).await.unwrap();
    assert_eq!(outcome.ids(), ["1", "3", "4", "5", "6"]);
    assert_eq!(outcome.incomplete, None);
    assert!(kms.calls()[3].asks("short").is_some(), "it was looked for");
}

#[tokio::test]
async fn an_article_that_changes_twice_within_a_second_is_seen_to() {
    let (kms, shelf) = serving(1..=6).await;
    let memory = SweepMemory::default();
    poll(&kms, &memory).await;
    let now = jiff::Timestamp::now().to_string();
    for text in ["first", "second", "third"] {
        change(&shelf, 3, &now, text);
        assert_eq!(poll(&kms, &memory).await, [0, 3, 1], "{text}");
    }
    // Also where the first sweep brought it.
    let memory = SweepMemory::default();
    poll(&kms, &memory).await;
    change(&shelf, 3, &now, "fourth");
    assert_eq!(poll(&kms, &memory).await, [0, 3, 1]);
}

#[tokio::test]
async fn where_much_has_changed_the_list_is_read_with_its_texts() {
    for (changed, calls) in [(50, [0, 30, 50]), (51, [30, 26, 0])] {
        let (kms, shelf) = serving(1..=60).await;
        let memory = SweepMemory::default();
        poll(&kms, &memory).await;
        for id in 1..=changed {
            change(&shelf, id, "2020-05-06T07:08:09Z", "another one");
        }
        let found = poll(&kms, &memory).await;
        // Before too many are known to have changed, some were asked for.
        assert_eq!(found[..2], calls[..2], "{changed} changed");
        assert!(found[2] <= 50, "{changed} changed: {found:?}");
        assert_eq!(poll(&kms, &memory).await, [0, 30, 0], "{changed} changed");
    }
}

#[tokio::test]
async fn whatever_is_wrong_with_the_list_without_texts_the_other_is_read() {
    use Wrong::{Empty, Moves, NoStamps, NoTexts, Refused};
    for wrong in [Refused, NoStamps, Moves, Empty, NoTexts] {
        let (kms, shelf) = serving(1..=6).await;
        let memory = SweepMemory::default();
        poll(&kms, &memory).await;
        change(&shelf, 3, "2020-05-06T07:08:09Z", "another one");
        shelf.lock().unwrap().wrong = wrong;
        if wrong == NoTexts {
            let source = kms.source(SETTINGS);
            let outcome = read_with(&source, &memory).await.unwrap();
            assert_eq!(outcome.ids(), ["1", "2", "3", "4", "5", "6"]);
            assert_eq!(outcome.answers[2], "another one");
            continue;
        }
        let calls = poll(&kms, &memory).await;
        assert!(calls[1] > 0, "{wrong:?} was met: {calls:?}");
    }
}

#[tokio::test]
async fn what_is_known_is_known_to_the_next_process() {
    let (kms, shelf) = serving(1..=6).await;
    let (clock, known) = (Clock::system(), files(&kms));
    let source = kms.source(SETTINGS);
    let now = jiff::Timestamp::now().to_string();
    change(&shelf, 3, &now, "just now");
    for calls in [[3, 0, 0], [0, 3, 1], [0, 3, 1]] {
        let memory = known.load("demo", &source, &clock);
        assert_eq!(poll(&kms, &memory).await, calls);
        known.save("demo", &source, &memory).unwrap();
    }
}

#[tokio::test]
async fn what_does_not_fit_is_read_each_time() {
    let (kms, shelf) = serving(1..=6).await;
    let memory = SweepMemory::of_at_most(4000);
    poll(&kms, &memory).await;
    assert_eq!(poll(&kms, &memory).await, [0, 3, 0]);
    change(&shelf, 3, LONG_AGO, &"x".repeat(4000));
    // It has the stamp of before, and is found by the daily sweep.
    memory.note_whole(0);
    assert_eq!(poll(&kms, &memory).await, [3, 0, 0]);
    assert_eq!(poll(&kms, &memory).await, [3, 0, 0]);
}
