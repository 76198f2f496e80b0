//! How often a feed is asked.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::clock::Clock;
use crate::config::Config;
use crate::plan::SourceState;
use crate::sync::read::read_sources::{BotReader, SourceReader, read_sources};
use crate::sync::read::source_results::SourceResults;
use crate::sync::read::wait_until_quiet::Renamed;

/// A feed that answers well twice and then no more, and how often it was asked.
async fn feed() -> (Bot, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let text = format!(
        "[haptik]\nbase_url = \"sandbox\"\n[[bot]]\ndomain_name = \"demo\"\nupload_effect = \"merge\"\n[[bot.source]]\nname = \"kms\"\nfeed = \"http://{}\"",
        listener.local_addr().unwrap()
    );
    let none: [(&str, &str); 0] = [];
    let config = Config::parse(&text, "/c.toml".as_ref(), none).unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let serve = move || {
        let before = count.fetch_add(1, Ordering::Relaxed);
        async move {
            if before < 2 {
                r#"[{"id": 1, "question": "q", "answer": "a"}]"#.into_response()
            } else {
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    };
    let json = axum::middleware::map_response(|mut answer: axum::response::Response| async {
        let json = axum::http::HeaderValue::from_static("application/json");
        answer.headers_mut().insert("content-type", json);
        answer
    });
    let app = Router::new().fallback(serve).layer(json);
    tokio::spawn(async move { axum::serve(listener, app).await });
    (config.bots[0].clone(), asked)
}

async fn look(bot: &Bot, readings: &FeedResults) -> SourceResults {
    look_at(bot, readings, &Clock::system()).await
}

async fn look_at(bot: &Bot, readings: &FeedResults, clock: &Clock) -> SourceResults {
    let (tell, stop) = (crate::sync::send::silent(), CancellationToken::new());
    let renamed = Renamed::default();
    let reader = BotReader {
        clock,
        tell: &tell,
        renamed: &renamed,
        writers: &crate::intake::Writers::default(),
        readings,
        threads: &crate::intake::SourceThreads::default(),
        last_readings: &crate::sync::read::last_readings::LastReadings::default(),
        stop: &stop,
        room: &crate::spool::SpillConfig::MEMORY,
        permit: &crate::sync::read::read_permits::ReadPermits::default().permit(),
    };
    read_sources(bot, &reader, &SourceReader::default()).await
}

#[tokio::test]
async fn a_feed_is_asked_at_its_own_interval() {
    let (mut bot, asked) = feed().await;
    let readings = FeedResults::default();
    for _ in 0..3 {
        let results = look(&bot, &readings).await;
        assert_eq!(results.sources["kms"], SourceState::Complete);
        assert_eq!(results.desired.len(), 1);
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }
    readings.forget("another");
    readings.forget("demo");
    look(&bot, &readings).await;
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    bot.sources[0].every = Duration::from_millis(1);
    tokio::time::sleep(Duration::from_millis(2)).await;
    let results = look(&bot, &readings).await;
    assert_eq!(
        asked.load(Ordering::Relaxed),
        2 + 3,
        "a server that fails is asked thrice"
    );
    let SourceState::Failed { reason } = &results.sources["kms"] else {
        panic!("{:?}", results.sources)
    };
    assert!(reason.contains("answered 500"), "{reason}");
    assert_eq!(results.desired.len(), 0);
}

#[tokio::test]
async fn news_has_a_feed_asked_once_however_often_it_was_told() {
    let (bot, asked) = feed().await;
    let readings = FeedResults::default();
    look(&bot, &readings).await;
    for _ in 0..10_000 {
        readings.wake(&bot, Some("kms"));
    }
    readings.wake(&bot, Some("another"));
    for _ in 0..2 {
        look(&bot, &readings).await;
        assert_eq!(asked.load(Ordering::Relaxed), 2);
    }
    // What was told while it was read may be newer than what was read.
    let clock = Clock::system();
    let began = (clock.now(), readings.news(&bot, &bot.sources[0]));
    let last = readings.last(&bot, &bot.sources[0], &clock);
    readings.wake(&bot, None);
    let read = last.unwrap().unwrap();
    readings.keep(&bot, &bot.sources[0], began, &read);
    assert!(readings.last(&bot, &bot.sources[0], &clock).is_none());
}

#[tokio::test]
async fn who_plans_again_asks_no_feed_and_hears_what_was_read_last() {
    let (mut bot, asked) = feed().await;
    let readings = FeedResults::default();
    look(&bot, &readings.of_any_age()).await;
    assert_eq!(asked.load(Ordering::Relaxed), 1, "nothing was read before");
    bot.sources[0].every = Duration::from_millis(1);
    tokio::time::sleep(Duration::from_millis(2)).await;
    let results = look(&bot, &readings.of_any_age()).await;
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    assert_eq!(results.desired.len(), 1);
    look(&bot, &readings).await;
    // Sooner than this the reading before would count.
    tokio::time::sleep(Duration::from_millis(2)).await;
    let failed = look(&bot, &readings).await;
    let before = asked.load(Ordering::Relaxed);
    // That it works now is not known, so it is not said.
    let again = look(&bot, &readings.of_any_age()).await;
    assert_eq!(asked.load(Ordering::Relaxed), before);
    assert_eq!(again.sources, failed.sources);
    assert!(again.has_failed("kms"));
}

/// A bot whose feeds are asked so.
fn asked(settings: &[&str]) -> Bot {
    let mut text = "[haptik]\nbase_url = \"sandbox\"\n[[bot]]\ndomain_name = \"demo\"\nupload_effect = \"merge\"\n".to_owned();
    for (number, settings) in settings.iter().enumerate() {
        let port = 1 + number;
        text += "[[bot.source]]\n";
        writeln!(text, "feed = \"http://127.0.0.1:{port}\"\n{settings}").unwrap();
    }
    let none: [(&str, &str); 0] = [];
    let config = Config::parse(&text, "/c.toml".as_ref(), none).unwrap();
    config.bots[0].clone()
}

fn millis(time: &str) -> Millis {
    time.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

const EVERY_TWO_HOURS: &str = "schedule = \"0 */2 * * *\"";

#[tokio::test]
async fn a_feed_is_asked_at_the_times_of_its_schedule() {
    let (mut bot, asked_times) = feed().await;
    bot.sources[0].schedule = asked(&[EVERY_TWO_HOURS]).sources[0].schedule.clone();
    bot.sources[0].every = Duration::from_millis(1);
    let (readings, clock) = (
        FeedResults::default(),
        Clock::following_tokio(millis("2026-01-02T03:04:05Z")),
    );
    for (later, expected) in [(0, 1), (10, 1), (40, 1), (10, 2), (10, 2)] {
        clock.jump(later * 60_000);
        look_at(&bot, &readings, &clock).await;
        assert_eq!(asked_times.load(Ordering::Relaxed), expected, "{later}");
    }
}

#[test]
fn a_line_rests_until_the_first_of_its_sources_is_due() {
    let mut random = fastrand::Rng::with_seed(7);
    let now = millis("2026-01-02T03:04:05Z");
    let cases: [(&[&str], u64, u64); 4] = [
        (&[EVERY_TWO_HOURS], 3355, 3386),
        (&[EVERY_TWO_HOURS, "every = \"10m\""], 540, 661),
        (&[EVERY_TWO_HOURS, "every = \"6h\""], 3355, 3386),
        (&["schedule = \"0 0 1 1 *\""], 86_400, 86_401),
    ];
    for (settings, from, to) in cases {
        let bot = asked(settings);
        for _ in 0..20 {
            let rest = rest(&bot, now, &mut random).as_secs();
            assert!((from..to).contains(&rest), "{settings:?}: {rest}");
        }
    }
}

#[test]
fn chance_stays_within_its_bounds() {
    let mut random = fastrand::Rng::with_seed(7);
    let all: Vec<Duration> = (0..100)
        .map(|_| spread(Duration::from_secs(100), &mut random))
        .collect();
    assert!(all.iter().all(|wait| (90..=110).contains(&wait.as_secs())));
    assert!(all.iter().any(|wait| wait.as_secs() < 95));
    assert!(all.iter().any(|wait| wait.as_secs() > 105));
}
