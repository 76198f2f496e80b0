//! Steps of a plan, byte for byte.

use super::*;
use crate::model::ArticleKey;

fn content(question: &str, answer: &str) -> Step {
    Step {
        node_name: "kb-1".into(),
        question: question.into(),
        answer: answer.into(),
    }
}

fn change(action: Action, step: Step) -> Change {
    Change {
        action,
        key: ArticleKey {
            source: "faq".into(),
            article: "1".into(),
        },
        step,
        line: 2,
    }
}

fn coloured(change: &Change, live: Option<&Step>) -> String {
    let place = (change.action != Action::Remove).then(|| Place {
        file: "faq.csv".into(),
        line: change.line.into(),
    });
    step(change, place.as_ref(), live)
}

fn plain(change: &Change, live: Option<&Step>) -> String {
    anstream::adapter::strip_str(&coloured(change, live)).to_string()
}

#[test]
fn what_comes_and_what_goes_is_shown_whole() {
    let long = format!("first\nsecond\n{}\nfourth\nfifth", "x".repeat(205));
    let (questions, answers) = ("How?|Why\u{1b}[31m?", format!("{long}<m>Bye"));
    let body = format!(
        "    question  How?
    question  Why\\u{{1b}}[31m?
    answer    first
              second
              {}… (5 more characters)
              … (2 more lines)
    answer    Bye
",
        "x".repeat(200)
    );
    let step = content(questions, &answers);
    let added = plain(&change(Action::Add, step.clone()), None);
    assert_eq!(added, format!("+ kb-1  faq.csv:2\n{body}"));
    let gone = change(Action::Remove, content("", ""));
    assert_eq!(plain(&gone, Some(&step)), format!("- kb-1\n{body}"));
    assert_eq!(
        plain(&gone, None),
        "- kb-1\n    left over from an upload that failed; its content is not known\n"
    );
}

#[test]
fn many_variants_are_counted() {
    let questions: Vec<_> = (0..13).map(|number| format!("q{number}")).collect();
    let added = change(Action::Add, content(&questions.join("|"), "a"));
    let text = plain(&added, None);
    assert!(
        text.contains("    question  q9\n    question  … and 3 more questions\n    answer    a\n"),
        "{text}"
    );
}

#[test]
fn what_changes_is_shown_word_by_word() {
    let long = "word ".repeat(40);
    let cases = [
        (
            content("How?", "Within 14 days."),
            content("How?", "Within 30 days."),
            "    answer    Within [-14-]{+30+} days.\n".to_owned(),
        ),
        (
            content("How?|Old one|What is it?", "a"),
            content("New|What was it?|How?", "a"),
            "    question  [-Old one-]\n    question  {+New+}\n    question  What [-is-]{+was+} it?\n"
                .to_owned(),
        ),
        (
            content("q", &format!("{long}one {long}two {long}")),
            content("q", &format!("{long}1 {long}2 {long}")),
            format!(
                "    answer    …{0}[-one-]{{+1+}}{1}…{0}[-two-]{{+2+}}{1}…\n",
                "word ".repeat(12),
                " word".repeat(12)
            ),
        ),
        (
            content("q", "Hello<m>Bye"),
            content("q", "Bye<m>Hello"),
            "    the answers change their order\n".to_owned(),
        ),
        (
            content("a|b", "Hello"),
            content("b|a", "Hello"),
            "    the same content again: after a failed upload it is not certain what is live\n"
                .to_owned(),
        ),
        (
            content("q", "{\"type\": \"TEXT\",\n \"text\": \"one two\"}"),
            content("q", "{\"type\":\"TEXT\",\"text\":\"one three\"}"),
            "    answer    {\"type\":\"TEXT\",\"text\":\"one [-two-]{+three+}\"}\n".to_owned(),
        ),
        (
            content("q", "{\"type\": \"TEXT\", \"text\": \"one\"}"),
            content("q", "{\"type\":\"TEXT\",\"text\":\"one\"}"),
            "    answer    (the same JSON, written another way)\n".to_owned(),
        ),
        (
            content("q", "see this:\nold\u{9b}"),
            content("q", "see this:\nnew"),
            "    answer    see this:\n              [-old\\u{9b}-]{+new+}\n".to_owned(),
        ),
    ];
    for (live, wanted, expected) in cases {
        let text = plain(&change(Action::Change, wanted), Some(&live));
        assert_eq!(text, format!("~ kb-1  faq.csv:2\n{expected}"));
    }
}

#[test]
fn colours_go_with_the_signs() {
    let changed = change(Action::Change, content("q", "Within 30 days."));
    assert_eq!(
        coloured(&changed, Some(&content("q", "Within 14 days."))),
        "\u{1b}[33m~\u{1b}[0m \u{1b}[1mkb-1\u{1b}[0m\u{1b}[2m  faq.csv:2\u{1b}[0m\n\
         \u{1b}[2m    answer    \u{1b}[0mWithin \u{1b}[31m[-14-]\u{1b}[0m\u{1b}[32m{+30+}\u{1b}[0m days.\n"
    );
}
