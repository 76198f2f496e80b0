//! A knowledge base that answers over HTTP: pages of JSON, and now and then an error, a page of HTML or
//! an answer that takes its time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::response::{Html, IntoResponse as _, Json, Response};
use serde_json::json;
use tokio::net::TcpListener;

use crate::knowledge::{Articles, answer, lock, name, question};

const PAGE: usize = 50;

/// Lines of its source in the configuration.
pub(crate) const LINES: &str = "name = \"kms\"\nevery = \"3s\"\ntimeout = \"2s\"\nitems = \"/items\"\n\
     paging = { mode = \"page\", total = \"/total\" }\n\
     fields = { id = \"/id\", question = \"/title\", answer = \"/body\" }\n";

/// What it was asked, by all.
#[derive(Clone, Default)]
pub(crate) struct Asked(Arc<AtomicU64>);

impl Asked {
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Serves the articles on loopback, and says where.
pub(crate) async fn serve(articles: Arc<Mutex<Articles>>, asked: Asked) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let app = Router::new().fallback(move |uri: Uri| {
        let articles = articles.clone();
        asked.0.fetch_add(1, Ordering::Relaxed);
        async move { reply(&articles, uri.query().unwrap_or_default()).await }
    });
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}")
}

async fn reply(articles: &Mutex<Articles>, query: &str) -> Response {
    match fastrand::u32(0..200) {
        0..4 => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        4..6 => return Html("<h1>Maintenance</h1>").into_response(),
        6 => tokio::time::sleep(Duration::from_secs(3)).await,
        _ => {}
    }
    let page = query
        .strip_prefix("page=")
        .and_then(|page| page.parse().ok());
    let first = (page.unwrap_or(1_usize).max(1) - 1) * PAGE;
    let articles = lock(articles);
    let items: Vec<_> = articles
        .iter()
        .skip(first)
        .take(PAGE)
        .map(|(at, version)| json!({"id": name(*at), "title": question(*at), "body": answer(*at, *version)}))
        .collect();
    Json(json!({"items": items, "total": articles.len()})).into_response()
}
