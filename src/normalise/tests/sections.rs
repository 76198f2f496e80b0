//! `split = "headings"`: which steps an article becomes, and that their ids stay.

use super::*;

const SPLIT: Presentation = Presentation {
    body: Body::Auto,
    split: Split::Headings,
    ..DEFAULT
};

/// Id, questions and answer of each step.
fn steps(questions: &[&str], answers: &[&str]) -> Vec<[String; 3]> {
    let steps = all(&article(Markup::Plain, questions, answers), &SPLIT).unwrap();
    let parts = |step: Normalised| [step.article, step.step.question, step.step.answer];
    steps.into_iter().map(parts).collect()
}

#[test]
fn headings_begin_steps() {
    type Case<'a> = (&'a [&'a str], &'a [&'a str], &'a [[&'a str; 3]]);
    let cases: &[Case] = &[
        (
            &["Refunds"],
            &["<p>Ask us.</p>"],
            &[["42", "Refunds", "Ask us."]],
        ),
        (
            &["Refunds"],
            &["No markup"],
            &[["42", "Refunds", "No markup"]],
        ),
        (
            &["Refunds", "Money back"],
            &[
                "<p>Ask us.</p><h2>How long?</h2><p>A week.</p><p>Or two.</p><h3>How &amp; <a href='x:y'>why</a>|</h3>So.",
            ],
            &[
                ["42", "Refunds|Money back", "Ask us."],
                [
                    "42#how-long",
                    "How long?|Refunds: How long?",
                    "A week.\n\nOr two.",
                ],
                [
                    "42#how-why-x-y",
                    "How & why (x:y)｜|Refunds: How & why (x:y)｜",
                    "So.",
                ],
            ],
        ),
        // A heading that repeats the title, one above other headings, one with nothing below it.
        (
            &["Refunds"],
            &[
                "<h1>refunds</h1>Ask us.<h2>More</h2><h3>When?</h3>Now.<h3>When?</h3>Later.<h2>End</h2>",
            ],
            &[
                ["42", "Refunds", "Ask us."],
                ["42#when", "When?|Refunds: When?|More: When?", "Now."],
                ["42#when-2", "When?|Refunds: When?", "Later."],
            ],
        ),
        // No text of its own.
        (
            &["Refunds"],
            &["<h2>How?</h2>So."],
            &[["42#how", "How?|Refunds: How?", "So."]],
        ),
        // What follows in another field belongs to the last heading.
        (
            &["Refunds"],
            &["<h2>How?</h2>So.", "And so."],
            &[["42#how", "How?|Refunds: How?", "So.<m>And so."]],
        ),
    ];
    for (questions, answers, expected) in cases {
        assert_eq!(steps(questions, answers), *expected, "{answers:?}");
    }
}

#[test]
fn a_heading_that_is_on_no_step_is_told() {
    let notes = |html: &str| {
        let article = article(Markup::Plain, &["Refunds"], &[html]);
        let steps = all(&article, &SPLIT).unwrap().into_iter();
        steps.map(|step| step.notes.len()).sum::<usize>()
    };
    assert_eq!(notes("<h2>How?</h2>So.<h2>End</h2>"), 1);
    assert_eq!(notes("<h2>More</h2><h3>How?</h3>So."), 0);
}

#[test]
fn sections_of_one_slug_and_long_ones_are_steps_of_their_own() {
    let html = "<h2>C</h2>One.<h2>C++</h2>Two.<h2>C#</h2>Three.";
    let ids: Vec<String> = steps(&["Refunds"], &[html])
        .into_iter()
        .map(|[id, ..]| id)
        .collect();
    assert_eq!(ids, ["42#c", "42#c-2", "42#c-3"]);
    let long = Article {
        id: "x".repeat(250),
        ..article(
            Markup::Plain,
            &["q"],
            &["<h2>How?</h2>So.<h2>Why?</h2>Because."],
        )
    };
    let steps = all(&long, &SPLIT).unwrap();
    assert_ne!(steps[0].step.node_name, steps[1].step.node_name);
}

#[test]
fn an_id_stays_with_its_heading() {
    let ids = |html: &str| -> Vec<String> {
        let steps = steps(&["Refunds"], &[html]);
        steps.into_iter().map(|[id, ..]| id).collect()
    };
    let (a, b) = ("<h2>How?</h2><p>So.</p>", "<h2>Why?</h2><p>Because.</p>");
    assert_eq!(ids(&format!("{a}{b}")), ["42#how", "42#why"]);
    assert_eq!(ids(&format!("{b}{a}")), ["42#why", "42#how"]);
    assert_eq!(ids(&a.replace("So.", "Otherwise.")), ["42#how"]);
}

#[test]
fn headings_of_every_markup_count_but_not_in_the_faq_format() {
    for (body, answer) in [
        (Body::Markdown, "Intro\n\n## How?\n\nSo."),
        (Body::Wikitext, "Intro\n\n== How? ==\nSo."),
        (Body::Html, "Intro<h2>How?</h2>So."),
    ] {
        let presentation = Presentation { body, ..SPLIT };
        let found = all(&article(Markup::Plain, &["q"], &[answer]), &presentation).unwrap();
        assert_eq!(found.len(), 2, "{answer}");
    }
    let faq = article(Markup::Faq, &["q"], &["Intro<h2>How?</h2>So."]);
    assert_eq!(all(&faq, &SPLIT).unwrap().len(), 1);
}

#[test]
fn an_article_of_headings_alone_has_no_answer() {
    let empty = article(Markup::Plain, &["q"], &["<h2>How?</h2><h2>Why?</h2>"]);
    let rejection = all(&empty, &SPLIT).unwrap_err();
    assert!(rejection.reason.contains("no answer"), "{rejection:?}");
}

#[test]
fn every_section_is_presented_like_an_answer() {
    let mut presentation = SPLIT;
    presentation.rich.buttons = true;
    let html = "<a href='https://a.example'>One</a><h2>B</h2><a href='https://b.example'>Two</a>";
    let found = all(&article(Markup::Plain, &["q"], &[html]), &presentation).unwrap();
    let has = |at: usize, part: &str| found[at].step.answer.contains(part);
    assert!(has(0, "a.example") && !has(0, "b.example"));
    assert!(has(1, "b.example") && !has(1, "a.example"));
}
