//! Feeds against a small server on loopback: every way of paging, every hazard, every preset.

mod absent;
mod anonymous;
mod any_movement;
mod audiences;
mod bounds;
mod changes;
mod choice;
mod credentials;
mod deadline;
mod ends;
mod fan_out;
mod fingerprints;
mod first_vendors;
mod formats;
mod hazards;
mod memory;
mod moving;
mod no_answer;
mod no_articles;
mod pages;
mod polls;
mod presets;
mod redirects;
mod transport;
mod vendors;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::memory::SweepMemory;
use super::read_feed;
use crate::clock::Clock;
use crate::config::{Config, Source, SourceKind};
use crate::intake::error::SourceError;
use crate::intake::reading::{EarlierReading, Reading};
use crate::model::{Article, Reach};
use crate::spool::SpillConfig;

const TOKEN: &str = "s3cr3t-t0ken";

/// One request that the server got.
#[derive(Clone, Debug)]
struct Call {
    /// How many came before it.
    number: usize,
    path: String,
    query: HashMap<String, String>,
    headers: HashMap<String, String>,
    body: String,
}

impl Call {
    fn asks(&self, parameter: &str) -> Option<&str> {
        self.query.get(parameter).map(String::as_str)
    }

    fn number_in(&self, parameter: &str) -> usize {
        let text = self.asks(parameter).unwrap_or_default();
        text.parse()
            .unwrap_or_else(|_| panic!("{parameter} in {self:?}"))
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// A knowledge base on loopback.
struct Kms {
    address: String,
    calls: Arc<Mutex<Vec<Call>>>,
    folder: TempDir,
}

type Answer = Response<Body>;

impl Kms {
    async fn start(answer: impl Fn(&Call, &str) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let calls: Arc<Mutex<Vec<Call>>> = Arc::default();
        let (log, answer, here) = (calls.clone(), Arc::new(answer), address.clone());
        let serve = move |request: Request<Body>| {
            let (log, answer, here) = (log.clone(), answer.clone(), here.clone());
            async move {
                let call = call(&log, request).await;
                log.lock().unwrap().push(call.clone());
                answer(&call, &here)
            }
        };
        let app = Router::new().fallback(serve);
        tokio::spawn(async move { axum::serve(listener, app).await });
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("token"), TOKEN).unwrap();
        Self {
            address,
            calls,
            folder,
        }
    }

    /// The source that these settings describe. `TOKEN` in them is where the token is kept, `HERE`
    /// the address of the server.
    fn source(&self, settings: &str) -> Source {
        let token = self.folder.path().join("token");
        let settings = settings
            .replace("TOKEN", &format!("{{ file = {token:?} }}"))
            .replace("HERE", &self.address);
        let text = format!(
            "[haptik]\nbase_url = \"sandbox\"\n[[bot]]\ndomain_name = \"demo\"\nupload_effect = \"merge\"\n[[bot.source]]\nfeed = \"{}\"\nname = \"kms\"\n{settings}",
            self.address
        );
        let none: [(&str, &str); 0] = [];
        let config = Config::parse(&text, Path::new("/etc/kms/config.toml"), none)
            .unwrap_or_else(|problems| panic!("{problems}"));
        config.bots[0].sources[0].clone()
    }

    async fn read(&self, settings: &str) -> Result<Outcome, String> {
        self.read_live(settings, &[]).await
    }

    /// Where these articles are live.
    async fn read_live(&self, settings: &str, live: &[&str]) -> Result<Outcome, String> {
        let source = self.source(settings);
        let outcome = read_live(&source, &SweepMemory::default(), live).await;
        if let Err(error) = &outcome {
            assert!(!error.contains(TOKEN), "{error}");
        }
        outcome
    }

    fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }
}

async fn call(log: &Mutex<Vec<Call>>, request: Request<Body>) -> Call {
    let (parts, body) = request.into_parts();
    // A proxy is told the whole address.
    let uri = match parts.uri.host() {
        Some(_) => parts.uri.to_string(),
        None => format!("http://x{}", parts.uri),
    };
    let url = reqwest::Url::parse(&uri).unwrap();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    Call {
        number: log.lock().unwrap().len(),
        path: url.path().to_owned(),
        query: url.query_pairs().into_owned().collect(),
        headers: parts
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect(),
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

/// What a complete sweep came to.
#[derive(Debug)]
struct Outcome {
    /// `id: question`.
    articles: Vec<String>,
    answers: Vec<String>,
    rejections: Vec<String>,
    /// The ids of those that say nothing of the rest.
    alone: Vec<String>,
    incomplete: Option<String>,
    pages: usize,
}

impl Outcome {
    fn ids(&self) -> Vec<&str> {
        let id = |article: &'_ String| article.find(": ");
        self.articles
            .iter()
            .map(|article| &article[..id(article).unwrap()])
            .collect()
    }
}

async fn read(source: &Source) -> Result<Outcome, String> {
    read_with(source, &SweepMemory::default()).await
}

async fn articles(source: &Source) -> Result<(Vec<Article>, Reading), SourceError> {
    articles_with(source, &SweepMemory::default(), &[]).await
}

async fn articles_with(
    source: &Source,
    memory: &SweepMemory,
    live: &[&str],
) -> Result<(Vec<Article>, Reading), SourceError> {
    let SourceKind::Feed(feed) = &source.kind else {
        panic!("a feed")
    };
    let stop = CancellationToken::new();
    let room = SpillConfig::beyond(&std::env::temp_dir(), 0);
    let earlier = EarlierReading {
        live: live.iter().map(|id| (*id).into()).collect(),
        ..EarlierReading::default()
    };
    let (shelf, reading) = read_feed(
        source,
        feed,
        memory,
        &earlier,
        &Clock::system(),
        &stop,
        &room,
    )
    .await?;
    Ok((shelf.all(), reading))
}

async fn read_with(source: &Source, memory: &SweepMemory) -> Result<Outcome, String> {
    read_live(source, memory, &[]).await
}

async fn read_live(
    source: &Source,
    memory: &SweepMemory,
    live: &[&str],
) -> Result<Outcome, String> {
    let (articles, reading) = articles_with(source, memory, live)
        .await
        .map_err(|error| error.to_string())?;
    Ok(Outcome {
        articles: articles
            .iter()
            .map(|article| format!("{}: {}", article.id, article.questions.join("|")))
            .collect(),
        answers: articles
            .iter()
            .map(|article| article.answers.join("|"))
            .collect(),
        rejections: reading
            .rejections
            .iter()
            .map(|rejection| format!("{}: {}", rejection.place, rejection.reason))
            .collect(),
        alone: reading
            .rejections
            .iter()
            .filter(|rejection| rejection.reach == Reach::Alone)
            .map(|rejection| rejection.id.clone().unwrap_or_default())
            .collect(),
        incomplete: reading.incomplete,
        pages: reading.files,
    })
}

fn page(body: &Value) -> Answer {
    page_with(body, &[])
}

fn page_with(body: &Value, headers: &[(&str, &str)]) -> Answer {
    answer(200, "application/json", headers, body.to_string())
}

fn status(status: u16, headers: &[(&str, &str)]) -> Answer {
    answer(status, "application/json", headers, "{}".to_owned())
}

fn answer(status: u16, kind: &str, headers: &[(&str, &str)], body: String) -> Answer {
    let mut answer = Response::builder()
        .status(status)
        .header("content-type", kind);
    for (name, value) in headers {
        answer = answer.header(*name, *value);
    }
    answer.body(Body::from(body)).unwrap()
}

/// Articles of these numbers, in the form that is recognised without `fields`.
fn items(numbers: impl IntoIterator<Item = usize>) -> Value {
    numbers
        .into_iter()
        .map(|number| json!({"id": number, "title": format!("q{number}"), "body": "a"}))
        .collect()
}
