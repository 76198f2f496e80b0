//! What a poll in which nothing changed asks of each preset's knowledge base: the table of docs/FEEDS.md.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::to_bytes;
use futures_util::FutureExt as _;

use super::presets::{Case, cases};
use super::{Answer, Call, Kms, page, read_with};
use crate::intake::feed::memory::SweepMemory;

const BEGIN: &str = "<!-- polls -->\n";
const END: &str = "<!-- /polls -->";

/// By what the lists are told how many articles a page may have.
const SIZES: [&str; 8] = [
    "limit",
    "per_page",
    "page[size]",
    "page[limit]",
    "pagination[pageSize]",
    "gcmlimit",
    "b_size",
    "sysparm_limit",
];

/// What one sweep asked.
struct Asked {
    /// How many articles a page may have, where that is asked for.
    size: Option<String>,
    /// For lists and articles.
    calls: usize,
    /// Of these, those that were answered with the text of an article.
    texts: usize,
    /// For a token, or whether the credentials are good.
    besides: usize,
}

fn is_besides(call: &Call) -> bool {
    call.path == "/token" || call.path.ends_with("/users/me")
}

fn size(call: &Call) -> Option<String> {
    let asked = SIZES.iter().find_map(|parameter| call.asks(parameter));
    let preferred = call.header("prefer").split_once("maxpagesize=");
    asked.or(preferred.map(|(_, size)| size)).map(str::to_owned)
}

/// Counts the answer, if it holds the text of an article.
fn counted(answer: Answer, texts: &AtomicUsize) -> Answer {
    let (parts, body) = answer.into_parts();
    let body = to_bytes(body, 1 << 20).now_or_never().unwrap().unwrap();
    let text = String::from_utf8_lossy(&body);
    let has_text = ["<p>a", "&lt;p>a", "An answer."]
        .iter()
        .any(|part| text.contains(part));
    texts.fetch_add(usize::from(has_text), Ordering::Relaxed);
    Answer::from_parts(parts, body.into())
}

/// The first sweep of a preset, and one in which nothing has changed.
async fn sweeps(case: &Case) -> [Asked; 2] {
    let texts = Arc::new(AtomicUsize::new(0));
    let (seen, answer) = (texts.clone(), case.answer);
    let kms = Kms::start(move |call, here| match call.path.as_str() {
        "/token" => page(&serde_json::json!({"access_token": "granted"})),
        path if path.ends_with("/users/me") => page(&serde_json::json!({})),
        _ => counted(answer(call, here), &seen),
    })
    .await;
    let settings = format!("preset = \"{}\"\n{}", case.preset, case.settings);
    let (source, memory) = (kms.source(&settings), SweepMemory::default());
    let sweep = async || {
        let before = kms.calls().len();
        texts.store(0, Ordering::Relaxed);
        read_with(&source, &memory).await.unwrap();
        let calls = kms.calls();
        let (besides, asked): (Vec<&Call>, Vec<&Call>) =
            calls[before..].iter().partition(|call| is_besides(call));
        Asked {
            size: asked.iter().find_map(|call| size(call)),
            calls: asked.len(),
            texts: texts.load(Ordering::Relaxed),
            besides: besides.len(),
        }
    };
    [sweep().await, sweep().await]
}

async fn rendered() -> String {
    let mut text = "\n| preset | articles on a page | first sweep: calls | texts | unchanged: calls | texts | besides, each time |\n| --- | --- | --- | --- | --- | --- | --- |\n".to_owned();
    for case in cases() {
        let [first, again] = sweeps(&case).await;
        let size = match (&first.size, &again.size) {
            (Some(first), Some(again)) if first != again => {
                format!("{first}, {again} without texts")
            }
            (Some(size), _) => size.clone(),
            (None, _) => String::new(),
        };
        let besides = match again.besides {
            0 => String::new(),
            calls => calls.to_string(),
        };
        let _ = writeln!(
            text,
            "| `{}` | {size} | {} | {} | {} | {} | {besides} |",
            case.preset, first.calls, first.texts, again.calls, again.texts
        );
    }
    text.push('\n');
    text
}

#[tokio::test]
async fn the_document_has_the_calls_of_each_preset() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/FEEDS.md");
    let document = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = document.split_once(BEGIN).expect("the marker of the polls");
    let (_, after) = rest.split_once(END).expect("the marker of their end");
    let wanted = format!("{before}{BEGIN}{}{END}{after}", rendered().await);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, wanted).unwrap();
        return;
    }
    assert!(
        document == wanted,
        "docs/FEEDS.md does not match what is asked; accept with `UPDATE_DOCS=1 cargo test --lib polls`"
    );
}
