//! From HTML to bubbles, on one core: `cargo bench --bench bubbles`. The bodies are those of the tests;
//! the best of five rounds counts, so that other work on the machine matters less.

use std::path::Path;
use std::time::Instant;

use kms_haptik_sync::config::{NoAnswerPolicy, Presentation, Rich, Split};
use kms_haptik_sync::model::{Article, Body, Markup, Place};
use kms_haptik_sync::normalise::{NameTemplate, normalise};

const BODIES: [&str; 6] = [
    "wordpress",
    "zendesk",
    "confluence",
    "servicenow",
    "mediawiki",
    "languages",
];
/// What one round converts.
const ROUND: usize = 4_000_000;

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bodies");
    println!("{:<14}{:>8}{:>10}", "body", "bytes", "MB/s");
    let mut all = String::new();
    for name in BODIES {
        let html = std::fs::read_to_string(folder.join(name).with_extension("html"));
        let html = html.expect("the corpus of the tests");
        all.push_str(&html);
        show(name, html);
    }
    show("all", all);
}

fn show(name: &str, html: String) {
    let bytes = html.len();
    println!("{name:<14}{bytes:>8}{:>10.1}", megabytes_per_second(html));
}

#[allow(clippy::cast_precision_loss)]
fn megabytes_per_second(html: String) -> f64 {
    let presentation = Presentation {
        body: Body::Html,
        bubble_max_chars: 300,
        split: Split::None,
        rich: Rich::default(),
        no_answer: NoAnswerPolicy::Reject,
    };
    let names = NameTemplate::new("{{ id }}").expect("a template");
    let times = ROUND / html.len();
    let megabytes = (times * html.len()) as f64 / 1e6;
    let article = Article {
        row: None,
        body: None,
        id: "1".to_owned(),
        questions: vec!["How?".to_owned()],
        answers: vec![html],
        markup: Markup::Plain,
        url: None,
        author: None,
        quick_replies: Vec::new(),
        place: Place {
            file: "bench".into(),
            line: 1,
        },
    };
    let round = || {
        let began = Instant::now();
        for _ in 0..times {
            let steps = normalise(&article, "bench", &presentation, &names);
            std::hint::black_box(steps.expect("an article"));
        }
        megabytes / began.elapsed().as_secs_f64()
    };
    (0..5).map(|_| round()).fold(0.0, f64::max)
}
