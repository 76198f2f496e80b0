use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Courier, End, Gate, silent};
use crate::clock::Clock;
use crate::config::{self, BaseUrl, Intervals, UploadEffect};
use crate::flow::normalise::Step;
use crate::flow::plan::{Action, ArticleKey, Change};
use crate::flow::render::Purpose;
use crate::haptik::Client;
use crate::sandbox::{InProcess, Sandbox, SandboxSettings};
use crate::store::Store;
use crate::upload::{Event, State};

fn courier(store: Store, sandbox: &Sandbox) -> Courier {
    let clock = Clock::system();
    let intervals = Intervals {
        first: Duration::from_millis(1),
        max: Duration::from_millis(5),
        give_up_after: Duration::from_secs(5),
    };
    let transport = Arc::new(InProcess::new(sandbox, Duration::from_secs(5)));
    let base_url = InProcess::base_url().to_owned();
    let client = Client::new(transport, base_url, "acme".into(), None, clock.clone());
    Courier {
        client: Arc::new(client.unwrap()),
        gate: Gate::new(store.clone(), clock.clone(), 1000),
        store,
        clock,
        haptik: config::Haptik {
            base_url: BaseUrl::Sandbox,
            client_id: "acme".into(),
            token: None,
            calls_per_minute: 1000,
            request_timeout: Duration::from_secs(5),
            retry: intervals,
            polling: intervals,
        },
        random: Arc::new(Mutex::new(fastrand::Rng::with_seed(1))),
        tell: silent(),
        stop: CancellationToken::new(),
    }
}

#[tokio::test]
async fn a_delivery_that_broke_off_in_mid_call_is_taken_up_in_the_same_process() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let sandbox = Sandbox::new(SandboxSettings::new("acme", UploadEffect::Merge));
    let courier = courier(store.clone(), &sandbox);
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
    let effect = UploadEffect::Merge;
    let mut record = store
        .prepare(bot, Purpose::Change, effect, &[(0, change)], 1)
        .await
        .unwrap();
    store
        .advance(&mut record, Event::Submit, 1, None, None)
        .await
        .unwrap();
    assert_eq!(record.state, State::Sent);
    let end = courier.deliver("acme", &mut record).await.unwrap();
    assert!(matches!(end, End::Succeeded { .. }), "{end:?}");
    assert_eq!(record.submissions, 2);
    assert!(sandbox.steps("acme")["a"].active);
}
