//! Links, files and knowledge bases that do not end: what meets them fails alone, in time and within
//! bounds, and everything else goes on.

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::support::{World, faq, serve, until};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, Response};
use futures_util::stream;
use kms_haptik_sync::config::UploadEffect;
use serde_json::json;
use tokio::net::TcpListener;

/// What took minutes, or never ended, ends within this.
const SOON: Duration = Duration::from_secs(20);

#[test]
fn links_that_lead_to_each_other_and_out_of_the_folder_hold_nobody_up() {
    let world = World::new();
    world.export(&faq(&["kb-1"]));
    let export = world.path("export");
    // Two links a floor: 2^34 ways lead to the last one.
    for floor in 0..34 {
        let here = export.join(format!("floor{floor}"));
        fs::create_dir(&here).unwrap();
        for name in ["left", "right"] {
            symlink(format!("../floor{}", floor + 1), here.join(name)).unwrap();
        }
    }
    fs::create_dir(export.join("floor34")).unwrap();
    symlink("/", export.join("everything")).unwrap();
    let began = Instant::now();
    let daemon = world.daemon();
    until("the export is live", || world.live() == faq(&["kb-1"]));
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    // What is new below is seen without waiting for the next look.
    let began = Instant::now();
    world.write(
        "export/floor34/new/more.csv",
        "node_name,question,answer\nkb-2,What is kb-2?|Tell me about kb-2,This is kb-2.<m>Anything else?\n",
    );
    until("the new folder is read", || {
        world.live() == faq(&["kb-1", "kb-2"])
    });
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    daemon.stop().exits(0);
}

#[test]
fn a_pipe_in_place_of_a_file_holds_up_neither_other_bots_nor_the_stop() {
    const OTHERS: usize = 9;
    let names: Vec<String> = (0..OTHERS).map(|number| format!("pipe-{number}")).collect();
    let world = World::with(|settings| {
        for name in &names {
            settings.add_bot(name, UploadEffect::Merge);
        }
    });
    let before = faq(&["kb-1"]);
    world.export(&before);
    for name in &names {
        world.export_for(name, &before);
    }
    let daemon = world.daemon();
    until("all are live", || {
        let live = |name: &String| world.live_of(name) == before;
        world.live() == before && names.iter().all(live)
    });
    // More of them than may read at a time.
    for name in &names {
        let (pipe, file) = (world.path("pipe"), world.path(&format!("{name}/faq.csv")));
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, mode).unwrap();
        fs::rename(pipe, file).unwrap();
    }
    daemon.says("is a named pipe and not a file");
    let after = faq(&["kb-1", "kb-2"]);
    world.export(&after);
    until("the other bot goes on", || world.live() == after);
    until("all of them are told of", || {
        let said = world.run(&["health"]).exits(1).stdout;
        let all_told = names
            .iter()
            .all(|name| said.contains(&format!("{name} is failing")));
        all_told && said.contains("is a named pipe")
    });
    for name in &names {
        assert_eq!(world.live_of(name), before, "nothing of it is gone");
    }
    daemon.stop().exits(0);
}

/// A knowledge base whose answers never end: the body of a token, or the pages. Counts its bytes.
fn endless_kms(sent: &Arc<AtomicU64>) -> String {
    let sent = sent.clone();
    let answer = move |request: Request<Body>| {
        let sent = sent.clone();
        let count = |bytes: usize| sent.fetch_add(bytes as u64, Ordering::Relaxed);
        let body = if request.uri().path() == "/token" {
            let sent = sent.clone();
            Body::from_stream(stream::repeat_with(move || {
                sent.fetch_add(64 << 10, Ordering::Relaxed);
                Ok::<_, std::convert::Infallible>(Bytes::from(vec![b' '; 64 << 10]))
            }))
        } else {
            let query = request.uri().query().unwrap_or_default();
            let page: usize = query
                .strip_prefix("page=")
                .map_or(0, |n| n.parse().unwrap());
            let items: Vec<_> = (0..20)
                .map(|at| json!({"id": page * 20 + at, "title": "How?", "body": "So. ".repeat(2000)}))
                .collect();
            let text = json!(items).to_string();
            count(text.len());
            Body::from(text)
        };
        async move {
            Response::builder()
                .header("content-type", "application/json")
                .body(body)
                .unwrap()
        }
    };
    serve(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().fallback(answer);
        tokio::spawn(async move { axum::serve(listener, app).await });
        format!("http://{address}")
    })
}

#[test]
fn a_knowledge_base_without_an_end_fails_alone_and_within_bounds() {
    let paging = "paging = { mode = 'page' }";
    let limit = "limits = { max_page_bytes = '256KiB' }";
    for (lines, words, most) in [
        (
            vec![
                "auth = { kind = 'oauth2', token_url = 'HERE/token', client_id = 'c', token = { file = 'token' } }",
            ],
            "its answer is longer than 65536 bytes",
            64 << 20,
        ),
        (
            vec![paging, limit],
            "more than 16777216 bytes in one sweep, which is 64 times max_page_bytes",
            64 << 20,
        ),
        (
            vec![paging, "limits = { max_pages = 50 }"],
            "more than max_pages = 50 pages",
            64 << 20,
        ),
    ] {
        let sent = Arc::new(AtomicU64::new(0));
        let address = endless_kms(&sent);
        let lines: Vec<String> = lines
            .iter()
            .map(|line| line.replace("HERE", &address))
            .collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let world = World::with(|settings| {
            settings.feed(&address, &lines);
            settings.add_bot("other", UploadEffect::Merge);
        });
        world.export_for("other", &faq(&["kb-1"]));
        let began = Instant::now();
        let run = world.sync().exits(1).tells(&[words]);
        assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
        assert_eq!(world.live_of("other"), faq(&["kb-1"]), "{words}");
        assert!(world.live().is_empty(), "{words}");
        let sent = sent.load(Ordering::Relaxed);
        assert!(sent < most, "{words}: {sent} bytes");
        assert!(run.peak_kib < 256 << 10, "{words}: {} KiB", run.peak_kib);
    }
}
