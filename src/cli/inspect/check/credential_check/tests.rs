//! How long a credential check waits for whom.

use std::path::Path;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderMap, StatusCode};
use tokio::net::UnixListener;

use super::*;
use crate::haptik::{Answer, Lost, Transport, error_message};

const BASE_URL: &str = "https://haptik.example.com";

/// A Haptik that answers after this.
struct Slow(Duration);

impl Transport for Slow {
    fn call(&self, _: reqwest::Request) -> BoxFuture<'_, Result<Answer, Lost>> {
        Box::pin(async {
            tokio::time::sleep(self.0).await;
            Ok(Answer {
                status: StatusCode::NOT_FOUND,
                headers: HeaderMap::new(),
                body: Bytes::from(error_message("there is no such task").to_string()),
            })
        })
    }
}

async fn greeted(place: &Path, haptik: Slow) -> Result<Greeted, NotGreeted> {
    let text = format!(
        "state_dir = \"state\"\n[haptik]\nbase_url = \"{BASE_URL}\"\nclient_id = \"acme\"\n\
         token = {{ env = \"HAPTIK_TOKEN\" }}\n[[bot]]\ndomain_name = \"acme\"\n\
         upload_effect = \"merge\"\nremovals = \"blank-row\"\n[[bot.source]]\nfolder = \"export\"\n",
    );
    let file = place.join("config.toml");
    let config = Config::parse(&text, &file, std::iter::empty::<(&str, &str)>()).unwrap();
    let clock = Clock::system();
    let client = Client::new(
        Arc::new(haptik),
        BASE_URL.to_owned(),
        "acme".to_owned(),
        None,
        clock.clone(),
    );
    greet_by(&config, BASE_URL, &clock, Ok(Arc::new(client.unwrap()))).await
}

#[tokio::test(start_paused = true)]
async fn a_haptik_that_is_fast_enough_for_syncs_is_fast_enough() {
    let place = tempfile::tempdir().unwrap();
    let haptik = Slow(PATIENCE + Duration::from_secs(5));
    let greeted = greeted(place.path(), haptik).await.unwrap();
    assert_eq!(greeted.credential_check.answer.unwrap().status, 404);
}

#[tokio::test(start_paused = true)]
async fn a_daemon_that_is_busy_says_nothing_against_haptik() {
    let place = tempfile::tempdir().unwrap();
    let state_dir = place.path().join("state");
    let _lock = Lock::take(&state_dir).unwrap();
    std::fs::write(state_dir.join("state.db"), "").unwrap();
    let _deaf = UnixListener::bind(state_dir.join("control.sock")).unwrap();
    let not = greeted(place.path(), Slow(Duration::ZERO))
        .await
        .unwrap_err();
    assert!(not.evidence.starts_with("the daemon is busy"), "{not:?}");
}
