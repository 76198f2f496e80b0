//! What each feature of the markups becomes.

mod features;
mod hidden;
mod wiki;

use std::time::{Duration, Instant};

use super::*;
use crate::normalise::bubbles;

fn written(markup: &str, body: Body) -> String {
    let blocks = super::blocks(markup, body, &Rich::default())
        .unwrap()
        .unwrap();
    let bubbles = bubbles::of_blocks(&blocks, 0).into_iter();
    bubbles
        .map(|bubble| bubble.text)
        .collect::<Vec<_>>()
        .join("<m>")
}

#[track_caller]
fn check(body: Body, cases: &[(&str, &str)]) {
    for (markup, expected) in cases {
        assert_eq!(written(markup, body), *expected, "{markup}");
    }
}

#[test]
fn bombs_are_rejected_or_quick() {
    let count = 20_000;
    let bombs = [
        (Body::Html, "<div>".repeat(100_000) + "x"),
        (Body::Html, "<b><i><font>".repeat(count) + "x"),
        (Body::Html, "<ul><li>".repeat(count)),
        (Body::Html, "<table><tr><td>".repeat(count)),
        (Body::Html, "<div hidden>".repeat(count)),
        (Body::Html, "<a href=x>y".repeat(count)),
        (Body::Html, "</div>".repeat(count)),
        (Body::Html, format!("<p{}>x</p>", " a".repeat(count))),
        (
            Body::Html,
            (0..count).fold("<p".to_owned(), |tag, n| format!("{tag} a{n}=''")) + ">x",
        ),
        (Body::Html, "<".repeat(count)),
        (Body::Html, "&".repeat(count)),
        (Body::Html, "<!--".repeat(count)),
        (Body::Markdown, ">".repeat(count)),
        (Body::Markdown, "- ".repeat(count)),
        (Body::Markdown, "[".repeat(count)),
        (Body::Markdown, "*a_ ".repeat(count)),
        (Body::Markdown, "`".repeat(count)),
        (Body::Wikitext, "[[".repeat(count)),
        (Body::Wikitext, "[[File:".repeat(count)),
        (Body::Wikitext, "{{".repeat(count)),
        (Body::Wikitext, "*".repeat(count)),
        (Body::Wikitext, "<ref>".repeat(count)),
    ];
    for (body, bomb) in bombs {
        let began = Instant::now();
        let blocks = super::blocks(&bomb, body, &Rich::default());
        let bubbles = blocks.map(|blocks| bubbles::of_blocks(&blocks.unwrap(), 300));
        // Far more than is needed, for machines under load.
        let took = began.elapsed();
        let start: String = bomb.chars().take(12).collect();
        assert!(took < Duration::from_secs(20), "{start}: {took:?}");
        drop(bubbles);
    }
}

#[test]
fn a_limit_that_is_exceeded_is_said() {
    let deep = "<ul><li>".repeat(65);
    let large = format!("<p>{}</p>", "x".repeat(MAX_BYTES));
    for (html, part) in [(deep, "64 deep"), (large, "4 MiB")] {
        let error = super::blocks(&html, Body::Html, &Rich::default()).unwrap_err();
        assert!(error.contains(part), "{error}");
    }
    let error = super::blocks("a {{b", Body::Wikitext, &Rich::default()).unwrap_err();
    assert!(error.contains("never ends"), "{error}");
}
