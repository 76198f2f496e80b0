use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::call_limiter::CallLimiter;
use super::progress::silent;
use super::upload_runner::{TaskOutcome, UploadRunner};
use crate::clock::Clock;
use crate::config::{BaseUrl, Intervals, UploadEffect};
use crate::haptik::Client;
use crate::model::{Action, ArticleKey, Change, Purpose, Step, UploadEvent, UploadState};
use crate::sandbox::{InProcess, Sandbox, SandboxSettings};
use crate::store::{Store, UploadRecord};
use crate::{config, sandbox};

fn runner(store: Store, sandbox: &Sandbox) -> UploadRunner {
    let clock = Clock::system();
    let intervals = Intervals {
        first: Duration::from_millis(1),
        max: Duration::from_millis(5),
        give_up_after: Duration::from_secs(5),
    };
    let transport = Arc::new(InProcess::new(sandbox, Duration::from_secs(5)));
    let base_url = InProcess::base_url().to_owned();
    let client = Client::new(transport, base_url, "acme".into(), None, clock.clone());
    UploadRunner {
        client: Arc::new(client.unwrap()),
        call_limiter: CallLimiter::new(store.clone(), clock.clone(), 1000),
        store,
        clock,
        haptik: config::Haptik {
            base_url: BaseUrl::Sandbox,
            client_id: "acme".into(),
            token: None,
            calls_per_minute: 1000,
            ask: None,
            request_timeout: Duration::from_secs(5),
            retry: intervals,
            polling: intervals,
        },
        random: Arc::new(Mutex::new(fastrand::Rng::with_seed(1))),
        tell: silent(),
        troubles: crate::telemetry::OncePerCause::default(),
        stop: CancellationToken::new(),
    }
}

/// An upload of one step.
async fn prepared(store: &Store) -> UploadRecord {
    let bot = store.bot("acme").await.unwrap();
    let change = Change {
        action: Action::Add,
        key: ArticleKey {
            source: "export".into(),
            article: "a".into(),
        },
        step: Step {
            node_name: "a".into(),
            question: "a?".into(),
            answer: "a!".into(),
        },
        line: 0,
    };
    let (rows, effect) = ([(0, change)], UploadEffect::Merge);
    let prepared = store.prepare(bot, Purpose::Change, effect, &rows, 1);
    prepared.await.unwrap()
}

#[tokio::test]
async fn a_delivery_that_broke_off_in_mid_call_is_taken_up_in_the_same_process() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let sandbox = Sandbox::new(SandboxSettings::new("acme", UploadEffect::Merge));
    let runner = runner(store.clone(), &sandbox);
    let mut record = prepared(&store).await;
    store
        .advance(&mut record, UploadEvent::Submit { at: 1 })
        .await
        .unwrap();
    assert_eq!(record.state, UploadState::Sent);
    let end = runner.deliver("acme", &mut record).await.unwrap();
    assert!(matches!(end, TaskOutcome::Succeeded { .. }), "{end:?}");
    assert_eq!(record.submissions, 2);
    assert!(sandbox.steps("acme")["a"].active);
}

#[tokio::test]
async fn a_task_that_an_earlier_process_may_have_asked_for_has_no_known_time() {
    let sandbox = Sandbox::new(SandboxSettings::new("acme", UploadEffect::Merge));
    sandbox.change(sandbox::UploadRule {
        task_time: Some(0),
        ..sandbox::UploadRule::default()
    });
    let hour = 3_600_000;
    for (age, is_known) in [(0, true), (hour * 3 / 2, true), (3 * hour, false)] {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let mut runner = runner(store.clone(), &sandbox);
        runner.haptik.polling.first = Duration::from_hours(1);
        runner.haptik.polling.max = Duration::from_hours(1);
        runner.haptik.polling.give_up_after = Duration::from_hours(9);
        let mut record = prepared(&store).await;
        let soon = Duration::from_millis(500);
        let waiting = tokio::time::timeout(soon, runner.deliver("acme", &mut record));
        assert!(waiting.await.is_err(), "it was asked too soon");
        assert_eq!(record.state, UploadState::Accepted);
        let accepted = record.accepted_at.unwrap() - age;
        record.accepted_at = Some(accepted);
        if age == 0 {
            runner.haptik.polling.first = Duration::from_millis(700);
        }
        let end = runner.deliver("acme", &mut record).await.unwrap();
        assert!(matches!(end, TaskOutcome::Succeeded { .. }), "{end:?}");
        assert_eq!(record.asked_at.is_some(), is_known, "{age}");
    }
}
