//! Lists that end where they do not seem to, that never end, and that tell a wrong number.

use serde_json::{Value, json};

use super::moving::{COUNTED, OFFSET, names, read, removed, slice, sorted};
use super::{Answer, Call, Kms, items, page, page_with, status};

/// A server that gives the last page, in one way or another, for every offset past it.
async fn clamping(last: fn(usize) -> Vec<usize>, total: Option<usize>) -> Kms {
    Kms::start(move |call, _| {
        let from = call.number_in("offset");
        let found = if from < 25 {
            (from + 1..=25).take(10).collect()
        } else {
            last(from)
        };
        page(&json!({"data": items(found), "total": total}))
    })
    .await
}

#[tokio::test]
async fn a_server_that_gives_the_last_page_for_ever_has_an_end() {
    let whole: fn(usize) -> Vec<usize> = |_| (21..=25).collect();
    let window: fn(usize) -> Vec<usize> = |_| (16..=25).collect();
    for last in [whole, window] {
        let kms = clamping(last, None).await;
        let live = names(1..=25);
        let outcome = read(&kms, OFFSET, &live).await;
        assert_eq!(sorted(&outcome), (1..=25).collect::<Vec<_>>());
        assert_eq!(outcome.incomplete, None);
        assert_eq!(kms.calls().len(), 4);
        let outcome = read(&kms, OFFSET, &names(1..=26)).await;
        assert_eq!(removed(&outcome, &names(1..=26)), ["26"]);
    }
    // It promises more than it has.
    let kms = clamping(whole, Some(90)).await;
    let outcome = read(&kms, COUNTED, &names(1..=26)).await;
    assert_eq!(outcome.ids().len(), 25);
    let told = outcome.incomplete.unwrap();
    assert!(
        told.contains("pages in a row brought nothing new") && told.contains("total = "),
        "{told}"
    );
    assert!(kms.calls().len() < 20, "{}", kms.calls().len());
}

#[tokio::test]
async fn a_total_that_is_always_wrong_stops_removals_alone_and_can_be_switched_off() {
    for (told, past) in [(90, 200), (90, 400), (23, 200)] {
        let kms = Kms::start(move |call, _| {
            let found: Vec<usize> = slice(call, &(1..=25).collect::<Vec<_>>());
            match found.len() {
                0 => answer_past(past, told),
                _ => page(&json!({"data": items(found), "total": told})),
            }
        })
        .await;
        let live = names(1..=27);
        let outcome = read(&kms, COUNTED, &live).await;
        assert_eq!(outcome.ids().len(), 25, "additions and changes go on");
        assert_eq!(removed(&outcome, &live), [""; 0], "{told} {past}");
        let words = outcome.incomplete.unwrap();
        for part in [&format!("tells of {told} items, and 25"), "total = \"\""] {
            let stalled = words.contains("pages in a row brought nothing new");
            assert!(words.contains(part) || stalled, "{part} in {words}");
            assert!(words.contains("total"), "{words}");
        }
        assert!(kms.calls().len() <= 14, "{}", kms.calls().len());
        let off = COUNTED.replace("\"/total\"", "\"\"");
        if past == 200 {
            let outcome = read(&kms, &off, &live).await;
            assert_eq!(removed(&outcome, &live), ["26", "27"], "{told} {past}");
        }
    }
}

fn answer_past(past: u16, told: usize) -> Answer {
    match past {
        200 => page(&json!({"data": [], "total": told})),
        past => status(past, &[]),
    }
}

#[tokio::test]
async fn a_total_of_a_preset_can_be_switched_off() {
    let kms = Kms::start(|call, _| {
        let at = call.number_in("page");
        let posts = json!([{"id": at, "status": "publish", "title": {"rendered": "q"}, "content": {"rendered": "a", "protected": false}}]);
        page_with(&posts, &[("x-wp-total", "9"), ("x-wp-totalpages", "2")])
    })
    .await;
    let outcome = kms.read("preset = \"wordpress\"").await.unwrap();
    let told = outcome.incomplete.unwrap();
    assert!(told.contains("total_header = \"\""), "{told}");
    let off = "preset = \"wordpress\"\npaging = { total_header = \"\" }";
    let outcome = kms.read(off).await.unwrap();
    assert_eq!(
        (outcome.ids(), &outcome.incomplete),
        (vec!["1", "2"], &None)
    );
}

/// Thirty articles, ten on a page, of which nobody is shown those from 11 to 20.
fn with_a_hole(call: &Call, told: impl Fn(usize) -> Value) -> Answer {
    let from = call.number_in("offset");
    let shown = (from + 1..=30)
        .take(10)
        .filter(|id| !(11..=20).contains(id));
    let mut body = told(from);
    body["data"] = items(shown.collect::<Vec<_>>());
    page(&body)
}

#[tokio::test]
async fn an_empty_page_in_the_middle_is_no_end() {
    type Told = fn(usize) -> Value;
    let cases: [(&str, &str, Told); 6] = [
        ("total", "total = \"/t\"", |_| json!({"t": 20})),
        ("more", "more = \"/m\"", |from| json!({"m": from < 20})),
        ("next", "next = \"/n\"", |from| match from {
            20.. => json!({}),
            from => json!({"n": format!("?offset={}", from + 10)}),
        }),
        ("pages", "pages = \"/p\"", |_| json!({"p": 3})),
        ("usual next", "", |from| match from {
            20.. => json!({"_links": {}}),
            from => json!({"_links": {"next": format!("?offset={}", from + 10)}}),
        }),
        ("usual more", "", |from| json!({"hasMore": from < 20})),
    ];
    let shown: Vec<usize> = (1..=10).chain(21..=30).collect();
    for (name, setting, told) in cases {
        let kms = Kms::start(move |call, _| with_a_hole(call, told)).await;
        let settings = format!("items = \"/data\"\npaging = {{ mode = \"offset\", {setting} }}");
        let settings = settings.replace(", }", " }");
        let live = names(shown.clone());
        let outcome = read(&kms, &settings, &live).await;
        assert_eq!(sorted(&outcome), shown, "{name}");
        assert_eq!(outcome.incomplete, None, "{name}");
        assert!(kms.calls().len() <= 4, "{name}");
    }
    // Where nothing says so, one looks past it before anything is gone.
    let kms = Kms::start(|call, _| with_a_hole(call, |_| json!({}))).await;
    let live = names(shown.iter().copied().chain([40]));
    let outcome = read(&kms, OFFSET, &live).await;
    assert_eq!(removed(&outcome, &live), ["40"]);
    assert_eq!(sorted(&outcome), shown);
}

#[tokio::test]
async fn a_page_that_comes_short_because_of_who_asks_is_followed_as_it_says() {
    // ServiceNow and Confluence count what they leave out: 7 of each ten are shown.
    let kms = Kms::start(|call, here| {
        let from = call.number_in("offset");
        let shown = (from + 1..=30)
            .take(10)
            .filter(|id| id % 10 < 7 && id % 10 > 0);
        let next = format!("<{here}/?offset={}>; rel=\"next\"", from + 10);
        let links = [("link", next.as_str())];
        let body = json!({"data": items(shown.collect::<Vec<_>>())});
        page_with(&body, &links[..usize::from(from < 20)])
    })
    .await;
    let outcome = read(&kms, OFFSET, &[]).await;
    assert_eq!((outcome.ids().len(), outcome.incomplete), (18, None));
    assert!(kms.calls().len() <= 4);
}

#[tokio::test]
async fn a_list_that_promises_more_for_ever_has_an_end() {
    let kms = Kms::start(|call, _| {
        let found = if call.number_in("page") == 1 {
            items([1])
        } else {
            items([])
        };
        page(&json!({"data": found, "has_more": true}))
    })
    .await;
    let settings = "items = \"/data\"\npaging = { mode = \"page\" }";
    let outcome = read(&kms, settings, &names(1..=2)).await;
    assert_eq!(outcome.ids(), ["1"]);
    let told = outcome.incomplete.unwrap();
    assert!(told.contains("next = \"\""), "{told}");
    assert!(kms.calls().len() < 220, "{}", kms.calls().len());
    let off = "items = \"/data\"\npaging = { mode = \"page\", next = \"\" }";
    let outcome = read(&kms, off, &names([1])).await;
    assert_eq!(outcome.incomplete, None);
}

#[tokio::test]
async fn a_list_that_is_read_as_one_page_and_has_more_is_not_complete() {
    let kms = Kms::start(|_, _| page(&json!({"data": items([1]), "next": "?page=2"}))).await;
    let outcome = read(&kms, "items = \"/data\"", &names(1..=2)).await;
    assert_eq!(outcome.ids(), ["1"]);
    let told = outcome.incomplete.unwrap();
    assert!(told.contains("says at `/next`"), "{told}");
    let off = "items = \"/data\"\npaging = { next = \"\" }";
    assert_eq!(read(&kms, off, &names([1])).await.incomplete, None);
}
