//! 100,000 messages against 2,000 articles, on one core: `cargo bench --bench coverage`. The messages are made
//! up: half of them are wordings of questions that articles have, a third are typed badly, and the rest asks for
//! what is not there.

use std::time::Instant;

use kms_haptik_sync::coverage::{Messages, cover};
use kms_haptik_sync::model::{ArticleKey, Desired, Place, Step};

const ARTICLES: usize = 2_000;
const MESSAGES: usize = 100_000;

/// A word that can be spoken.
fn word(random: &mut fastrand::Rng) -> String {
    const SYLLABLES: [&str; 20] = [
        "ba", "ke", "li", "mo", "nu", "ra", "se", "ti", "vo", "zu", "pla", "tre", "sko", "den",
        "far", "gil", "hor", "jun", "kam", "pel",
    ];
    (0..random.usize(2..5))
        .map(|_| SYLLABLES[random.usize(..SYLLABLES.len())])
        .collect()
}

fn main() {
    let mut random = fastrand::Rng::with_seed(7);
    let words: Vec<String> = (0..5_000).map(|_| word(&mut random)).collect();
    let openings = ["how do i", "where is", "can i", "what about", "why does my"];
    let question = |random: &mut fastrand::Rng| {
        let words: Vec<&str> = (0..random.usize(2..5))
            .map(|_| words[random.usize(..words.len())].as_str())
            .collect();
        format!(
            "{} {}",
            openings[random.usize(..openings.len())],
            words.join(" ")
        )
    };
    let questions: Vec<String> = (0..ARTICLES).map(|_| question(&mut random)).collect();
    let steps: Vec<Desired> = questions
        .iter()
        .enumerate()
        .map(|(at, question)| Desired {
            key: ArticleKey {
                source: "bench".into(),
                article: at.to_string().into(),
            },
            step: Step {
                node_name: format!("kb-{at}"),
                question: question.clone(),
                answer: "So.".to_owned(),
            },
            place: Place {
                file: "bench".into(),
                line: 1,
            },
        })
        .collect();
    let mut text = String::new();
    for at in 0..MESSAGES {
        let mut message = match at % 6 {
            0..=2 => questions[random.usize(..ARTICLES)].clone() + " please",
            3 | 4 => questions[random.usize(..ARTICLES)].clone(),
            _ => question(&mut random),
        };
        if at % 3 == 0 {
            message.remove(random.usize(..message.len()));
        }
        text.push_str(&message);
        text.push('\n');
    }
    let began = Instant::now();
    let mut messages = Messages::default();
    messages.take(&text);
    let coverage = cover(messages, &steps);
    println!(
        "{MESSAGES} messages, {ARTICLES} articles, {} groups: {:.2} s",
        coverage.groups.len(),
        began.elapsed().as_secs_f64()
    );
}
