//! A feed that never comes to its end does not hold its bot for ever.

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{Kms, items, page};
use crate::clock::Clock;
use crate::config::SourceKind;
use crate::intake::EarlierReading;
use crate::intake::feed::memory::SweepMemory;
use crate::intake::feed::read_feed;
use crate::spool::SpillConfig;

/// Reads so many pages of ten, one every half an hour. What comes of it, and after how many hours.
async fn read(pages: usize) -> (Result<usize, String>, i64, usize) {
    let kms = Kms::start(move |call, _| {
        let at = call.number_in("page");
        page(&json!({"data": items(at * 10..at * 10 + 10), "pages": pages}))
    })
    .await;
    let source = kms.source(
        "items = \"/data\"\nconcurrency = 1\nmin_interval = \"30m\"\npaging = { mode = \"page\", pages = \"/pages\" }",
    );
    let SourceKind::Feed(feed) = &source.kind else {
        panic!("a feed")
    };
    let clock = Clock::following_tokio(0);
    let (memory, room) = (SweepMemory::default(), SpillConfig::MEMORY);
    let (earlier, stop) = (EarlierReading::default(), CancellationToken::new());
    let read = read_feed(&source, feed, &memory, &earlier, &clock, &stop, &room);
    let outcome = read.await.map(|(articles, _)| articles.all().len());
    let hours = clock.now() / 3_600_000;
    (
        outcome.map_err(|error| error.to_string()),
        hours,
        kms.calls().len(),
    )
}

#[tokio::test(start_paused = true)]
async fn one_that_takes_longer_than_six_hours_fails_and_says_what_to_change() {
    assert_eq!(read(11).await, (Ok(110), 5, 11));
    let (outcome, hours, calls) = read(100).await;
    let told = outcome.unwrap_err();
    for part in [
        "within 6 hours",
        "raise `concurrency`",
        "lower min_interval",
    ] {
        assert!(told.contains(part), "{told}");
    }
    assert_eq!(hours, 6);
    assert!((12..=13).contains(&calls), "{calls}");
}
