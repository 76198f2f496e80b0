//! Traces: what a collector is told of a sync, and what it is not told.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;

use crate::support::{Running, TOKEN, World, faq, serve};

type Told = Arc<Mutex<Vec<u8>>>;

/// A collector, and where it listens.
fn collector() -> (Told, String) {
    let told = Told::default();
    let hear = |State(told): State<Told>, body: Bytes| async move {
        told.lock().unwrap().extend_from_slice(&body);
    };
    let router = Router::new()
        .route("/v1/traces", post(hear))
        .with_state(told.clone());
    let address = serve(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async { axum::serve(listener, router).await });
        address
    });
    (told, format!("http://{address}"))
}

#[test]
fn a_collector_is_told_of_each_stage_and_of_no_content() {
    let world = World::new();
    world.export(&faq(&["a"]));
    let (told, address) = collector();
    let mut command = world.command(&["--sync-now", "--log-level", "error"]);
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", &address);
    let run = Running::start(&mut command).wait().exits(0);
    assert_eq!(run.stderr, "");

    let told = told.lock().unwrap();
    let holds = |text: &str| told.windows(text.len()).any(|part| part == text.as_bytes());
    let stages = [
        "pass",
        "read and plan",
        "deliver",
        "submit",
        "poll",
        "settle",
    ];
    for name in stages.into_iter().chain(["kms-haptik-sync", "upload"]) {
        assert!(holds(name), "{name:?} is not told");
    }
    for secret in [TOKEN, "This is a.", "What is a?"] {
        assert!(!holds(secret), "{secret:?} is told");
    }
}

#[test]
fn nobody_who_listens_is_no_reason_to_fail() {
    let world = World::new();
    world.export(&faq(&["a"]));
    let mut command = world.command(&["--sync-now"]);
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9");
    Running::start(&mut command).wait().exits(0);
    assert_eq!(world.live().len(), 1);
}
