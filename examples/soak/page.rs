//! An operator's page that stays open, as the page's script keeps it: it waits for events and loads the
//! page again with each. Beside it ask Prometheus and the probes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::{Client, Response};

const SCRAPE: Duration = Duration::from_secs(15);
const PROBE: Duration = Duration::from_secs(5);

/// How often the page was loaded.
#[derive(Clone, Default)]
pub(crate) struct Loaded(Arc<AtomicU64>);

impl Loaded {
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Keeps the page at this address open until the runtime ends.
pub(crate) fn open(address: &str, loaded: &Loaded) {
    let client = kms_haptik_sync::tls::client_builder()
        .no_proxy()
        .build()
        .expect("a client");
    for (path, pause) in [
        ("/metrics", SCRAPE),
        ("/readyz", PROBE),
        ("/healthz", PROBE),
        ("/steps?q=Answer", SCRAPE),
        ("/status.json", SCRAPE),
    ] {
        let (client, url) = (client.clone(), format!("{address}{path}"));
        tokio::spawn(async move {
            loop {
                let _ = read(client.get(&url).send().await).await;
                tokio::time::sleep(pause).await;
            }
        });
    }
    let (address, loaded) = (address.to_owned(), loaded.clone());
    tokio::spawn(async move {
        loop {
            let _ = follow_along(&client, &address, &loaded).await;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
}

async fn follow_along(client: &Client, address: &str, loaded: &Loaded) -> reqwest::Result<()> {
    let mut events = client.get(format!("{address}/events")).send().await?;
    while let Some(event) = events.chunk().await? {
        if event.starts_with(b"event: mark") {
            read(client.get(address).send().await).await?;
            loaded.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    Ok(())
}

async fn read(answer: reqwest::Result<Response>) -> reqwest::Result<()> {
    answer?.error_for_status()?.bytes().await.map(drop)
}
