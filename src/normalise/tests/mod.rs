//! Whole articles through the stage, and properties that hold for any text.

mod presentation;
mod rich;
mod scripts;
mod sections;

use proptest::prelude::*;

use super::names::NameTemplate;
use super::*;
use crate::model::Step;

fn article(markup: Markup, questions: &[&str], answers: &[&str]) -> Article {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    Article {
        row: None,
        id: "42".to_owned(),
        questions: owned(questions),
        answers: owned(answers),
        markup,
        url: None,
        author: None,
        quick_replies: Vec::new(),
        body: None,
        place: Place {
            file: "faq.csv".into(),
            line: 7,
        },
    }
}

const DEFAULT: Presentation = Presentation {
    body: Body::Auto,
    bubble_max_chars: 300,
    split: Split::None,
    rich: Rich {
        buttons: false,
        carousels: false,
        read_more: None,
        link_base: None,
    },
    no_answer: NoAnswerPolicy::Reject,
};

fn all(article: &Article, presentation: &Presentation) -> Result<Vec<Normalised>, Rejection> {
    let names = NameTemplate::new("{{ id }}").unwrap();
    normalise(article, "help", presentation, &names)
}

fn presented(article: &Article, presentation: &Presentation) -> Result<Normalised, Rejection> {
    let mut steps = all(article, presentation)?;
    assert_eq!(steps.len(), 1);
    Ok(steps.remove(0))
}

fn normalised(article: &Article) -> Result<Normalised, Rejection> {
    presented(article, &DEFAULT)
}

fn cells(article: &Article) -> (String, String) {
    let step = normalised(article).unwrap().step;
    (step.question, step.answer)
}

#[test]
fn separators_mean_what_the_markup_says() {
    let questions = &["a|b | a|| c", "d"];
    let answers = &["x<m> y <m><M>", "z|z"];
    let cases = [
        (Markup::Faq, "a|b|c|d", "x<m>y<m><M><m>z|z"),
        (Markup::Variants, "a|b|c|d", "x‹m› y ‹m›‹M›<m>z|z"),
        (Markup::Plain, "a｜b ｜ a｜｜ c|d", "x‹m› y ‹m›‹M›<m>z|z"),
    ];
    for (markup, question, answer) in cases {
        assert_eq!(
            cells(&article(markup, questions, answers)),
            (question.to_owned(), answer.to_owned()),
            "{markup:?}"
        );
    }
}

#[test]
fn a_separator_that_cleaning_brings_to_light_separates() {
    let hidden = article(Markup::Faq, &["q"], &["x <\u{0}m> y"]);
    assert_eq!(cells(&hidden).1, "x<m>y");
    let hidden = article(Markup::Plain, &["q"], &["x <\u{0}m> y"]);
    assert_eq!(cells(&hidden).1, "x ‹m› y");
}

#[test]
fn what_was_neutralised_is_said_with_its_place() {
    let notes = |markup| {
        normalised(&article(markup, &["a|b|c"], &["<m>"]))
            .unwrap()
            .notes
    };
    let plain = notes(Markup::Plain);
    assert_eq!(plain.len(), 2);
    assert_eq!(plain[0].place.to_string(), "faq.csv:7");
    assert_eq!(plain[0].id.as_deref(), Some("42"));
    assert!(plain[0].reason.contains("(2 times)"), "{}", plain[0].reason);
    assert!(
        plain[1].reason.contains("`‹m›` (once)"),
        "{}",
        plain[1].reason
    );
    assert_eq!(notes(Markup::Variants).len(), 1);
}

#[test]
fn what_nobody_has_filled_in_is_said() {
    let notes = |markup, answer| {
        let notes = normalised(&article(markup, &["q"], &[answer]))
            .unwrap()
            .notes;
        notes
            .into_iter()
            .map(|note| note.reason)
            .collect::<Vec<_>>()
    };
    assert_eq!(notes(Markup::Plain, "Call {{ site.phone }}."), [TEMPLATE]);
    assert!(notes(Markup::Plain, "Call us.").is_empty());
    assert!(notes(Markup::Faq, "Dear {{name}}").is_empty());
}

#[test]
fn what_only_the_wiki_can_show_is_said() {
    let presentation = Presentation {
        body: Body::Wikitext,
        ..DEFAULT
    };
    for (answer, is_told) in [
        ("Costs {{price|20}} EUR.", true),
        ("20 EUR<ref>In all countries.</ref>.", true),
        ("20 EUR<ref name=\"a\" />.", false),
        (
            "20 EUR, as <nowiki>{{price}}</nowiki> says. <!-- {{old}} -->",
            false,
        ),
    ] {
        let step = presented(&article(Markup::Plain, &["q"], &[answer]), &presentation).unwrap();
        let notes = step.notes.iter();
        let told = notes.filter(|note| note.reason.contains("only its wiki can show"));
        assert_eq!(told.count(), usize::from(is_told), "{answer}");
    }
}

#[test]
fn hsl_passes_untouched() {
    let hsl = "{\"type\":\"TEXT\",  \"text\":\"a | Cafe\u{301} \u{a0} b\"}";
    for markup in [Markup::Faq, Markup::Variants, Markup::Plain] {
        let (_, answer) = cells(&article(markup, &["q"], &[&format!("\n {hsl} "), "text"]));
        assert_eq!(answer, format!("{hsl}<m>text"));
    }
    let both = format!("{hsl}<m>{hsl}");
    assert_eq!(cells(&article(Markup::Faq, &["q"], &[&both])).1, both);
    let within = r#"{"type":"TEXT","text":"a<m>b"}"#;
    let written = r#"{"type":"TEXT","text":"a\u003cm>b"}"#;
    assert_eq!(cells(&article(Markup::Plain, &["q"], &[within])).1, written);
}

#[test]
fn a_step_needs_a_question_and_an_answer() {
    for (questions, answers, part) in [
        (&[" | \u{200b}|\u{0}"][..], &["a"][..], "no question"),
        (&[], &["a"], "no question"),
        (&["q"], &["<m> <m>\u{feff}"], "no answer"),
        (&["q"], &[], "no answer"),
    ] {
        let rejection = normalised(&article(Markup::Faq, questions, answers)).unwrap_err();
        assert!(rejection.reason.contains(part), "{}", rejection.reason);
        assert_eq!(rejection.place.line, 7);
        assert_eq!(rejection.source, "help");
    }
    let long = Article {
        row: None,
        id: "x".repeat(256),
        ..article(Markup::Plain, &["q"], &["a"])
    };
    let name = normalised(&long).unwrap().step.node_name;
    assert!(name.starts_with("xxx") && name.len() < 256, "{name}");
}

#[test]
fn the_digest_tells_content_apart_but_not_order() {
    let digest = |question: &str, answer: &str| {
        Step {
            node_name: "n".to_owned(),
            question: question.to_owned(),
            answer: answer.to_owned(),
        }
        .digest()
    };
    assert_eq!(digest("a|b|c", "x"), digest("c|a|b", "x"));
    assert_ne!(digest("a|b", "x"), digest("a|c", "x"));
    assert_ne!(digest("a|b", "x"), digest("ab", "x"));
    assert_ne!(digest("a", "x<m>y"), digest("a", "y<m>x"));
    assert_ne!(digest("a", "x"), digest("x", "a"));
}

fn any_text() -> impl Strategy<Value = String> {
    // Pieces that matter to this stage, thick enough to meet each other.
    let piece = prop_oneof![
        Just("<m>".to_owned()),
        Just("<".to_owned()),
        Just("m>".to_owned()),
        Just("|".to_owned()),
        Just(" ".to_owned()),
        Just("\r\n".to_owned()),
        Just("\n\n\n".to_owned()),
        Just("\u{0}".to_owned()),
        Just("\u{338}".to_owned()),
        Just("e\u{301}".to_owned()),
        Just("\u{a0}".to_owned()),
        Just("\u{200d}".to_owned()),
        Just(r#"{"type":"TEXT","text":"  <m> | "}"#.to_owned()),
        any::<char>().prop_map(String::from),
        "[a-z]{1,4}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn any_markup() -> impl Strategy<Value = Markup> {
    prop_oneof![
        Just(Markup::Faq),
        Just(Markup::Variants),
        Just(Markup::Plain)
    ]
}

fn any_article() -> impl Strategy<Value = Article> {
    let texts = || prop::collection::vec(any_text(), 0..4);
    (any_markup(), texts(), texts()).prop_map(|(markup, questions, answers)| Article {
        questions,
        answers,
        ..article(markup, &[], &[])
    })
}

proptest! {
    #[test]
    fn a_steps_own_cells_give_the_same_step(article in any_article()) {
        if let Ok(first) = normalised(&article) {
            let again = Article {
                row: None,
                questions: vec![first.step.question.clone()],
                answers: vec![first.step.answer.clone()],
                ..self::article(Markup::Faq, &[], &[])
            };
            let second = normalised(&again).unwrap();
            prop_assert_eq!(&second.step, &first.step);
            prop_assert!(second.notes.is_empty());
        }
    }

    #[test]
    fn plain_text_is_never_split(question in any_text(), answer in any_text()) {
        let whole = Presentation { body: Body::Text, bubble_max_chars: 0, ..DEFAULT };
        if let Ok(found) = presented(&article(Markup::Plain, &[&question], &[&answer]), &whole) {
            prop_assert_eq!(found.step.questions().count(), 1);
            prop_assert_eq!(found.step.answers().count(), 1);
        }
    }

    #[test]
    fn the_order_of_questions_is_no_content(article in any_article(), turn in 0_usize..4) {
        let mut turned = article.clone();
        if !turned.questions.is_empty() {
            let by = turn % turned.questions.len();
            turned.questions.rotate_left(by);
        }
        let digest = |article: &Article| normalised(article).map(|found| found.step.digest()).ok();
        prop_assert_eq!(digest(&turned), digest(&article));
    }
}

#[test]
fn texts_stand_once_however_many_there_are() {
    for count in [0, 1, FEW, FEW + 1] {
        let texts: Vec<String> = (0..count).map(|number| number.to_string()).collect();
        assert_eq!(each_once(texts.clone()), texts);
        let twice: Vec<String> = texts.iter().chain(&texts).cloned().collect();
        assert_eq!(each_once(twice), texts);
    }
}
