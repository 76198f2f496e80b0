//! Each rule with a case in which it fires and ones in which it does not.

mod many_steps;

use std::collections::BTreeSet;

use super::rule::Rule;
use super::*;
use crate::model::{ArticleKey, Reach, Step};

fn step(name: &str, question: &str, answer: &str) -> Desired {
    Desired {
        key: ArticleKey {
            source: "export".into(),
            article: name.into(),
        },
        step: Step {
            node_name: name.to_owned(),
            question: question.to_owned(),
            answer: answer.to_owned(),
        },
        place: Place {
            file: "faq.csv".into(),
            line: 7,
        },
    }
}

fn all_of(desired: &[Desired]) -> Vec<Finding> {
    judge(desired, &[], &Lint::all(Level::Warning))
}

/// The rules that a single step breaks.
fn broken(question: &str, answer: &str) -> BTreeSet<&'static str> {
    let findings = all_of(&[step("kb-1", question, answer)]);
    findings.iter().map(|finding| finding.rule.name()).collect()
}

const TWO: &str = "When is it open?|Opening times";
const SO: &str = "From nine to five.";

#[test]
fn a_good_step_breaks_no_rule() {
    assert_eq!(broken(TWO, SO), BTreeSet::new());
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table of cases")]
fn each_rule_fires_where_it_should_and_nowhere_else() {
    let long = "word ".repeat(41);
    let button = |caption: &str, url: &str| {
        format!(
            r#"{{"text":"So","type":"BUTTON","data":{{"items":[{{"actionable_text":"{caption}","location_required":false,"is_default":0,"uri":"LINK","type":"APP_ACTION","payload":{{"url":"{url}","gogo_message":""}}}}]}}}}"#
        )
    };
    let reply = |caption: &str| {
        format!(
            r#"{{"text":"So","type":"TEXT","data":{{"quick_replies":[{{"actionable_text":"{caption}","is_default":0,"type":"TEXT_ONLY","payload":{{"message":"m"}}}}]}}}}"#
        )
    };
    let image = r#"{"text":"","type":"CAROUSEL","data":{"items":[{"thumbnail":{"image":"https://a.example/i.png","type":"LANDSCAPE"},"actionables":[]}]}}"#;
    let hsl = |text: &str| vec![(TWO.to_owned(), text.to_owned())];
    let answers = |texts: &[&str]| -> Vec<(String, String)> {
        texts
            .iter()
            .map(|text| (TWO.to_owned(), (*text).to_owned()))
            .collect()
    };
    let questions = |texts: &[&str]| -> Vec<(String, String)> {
        texts
            .iter()
            .map(|text| ((*text).to_owned(), SO.to_owned()))
            .collect()
    };
    let fires: [(&str, Vec<(String, String)>); 20] = [
        ("few_variants", questions(&["Only one?"])),
        (
            "question_length",
            questions(&[
                &format!("a|{}", "x".repeat(101)),
                &format!("a|{}", "so ".repeat(21)),
            ]),
        ),
        (
            "answer_length",
            answers(&[
                &"x".repeat(301),
                long.trim(),
                &format!("{}<m>{}", "so ".repeat(30).trim(), "so ".repeat(30).trim()),
            ]),
        ),
        (
            "empty_answer",
            answers(&["...", "Well.<m>\u{200b}!", "\u{a0}"]),
        ),
        (
            "placeholder",
            answers(&["TBD", "Well.<m>Coming soon!", "TODO: ask Ann", "N/A"]),
        ),
        ("escape_sequence", answers(&[r"First.\nSecond."])),
        (
            "link_only",
            answers(&["https://a.example/b", "(https://a.example/b)"]),
        ),
        (
            "hsl",
            [
                hsl(r#"{"text":"So","type":"TEXT","data":[]}"#),
                hsl(r#"{"text":"So","type":"TEXT""}"#),
                hsl(r#"{"text":"So"}"#),
                hsl(r#"{"text":"So","type":"Button","data":{}}"#),
                hsl(r#"{"text":"So","type":"BUTTON","data":{"items":[]}}"#),
                hsl(&button("Go", "")),
                hsl(&reply("")),
                hsl(&image.replace("thumbnail", "picture")),
            ]
            .concat(),
        ),
        (
            "button_length",
            [
                hsl(&button(&"x".repeat(22), "https://a.example")),
                hsl(&reply(&"x".repeat(28))),
            ]
            .concat(),
        ),
        (
            "broken_link",
            [
                answers(&[
                    "See htp://a.example/b",
                    "See https:/a.example",
                    "See https//a.example",
                    "See https://intranet/x",
                    "See http:a.example",
                ]),
                hsl(&button("Go", "a.example/b")),
            ]
            .concat(),
        ),
        (
            "insecure_link",
            [
                answers(&["See [this](http://a.example/b)."]),
                hsl(&button("Go", "http://a.example")),
            ]
            .concat(),
        ),
        (
            "html",
            answers(&[
                "A<br>b",
                "A <a href=\"x\">b</a>",
                "A&nbsp;b",
                "A &#39;b",
                "</P>so",
            ]),
        ),
        (
            "unbalanced_markup",
            answers(&["A **b", "```a", "Hello {{name}", "[a](https://a.example/b"]),
        ),
        (
            "raw_markdown",
            answers(&[
                "Well, **so** it is.",
                "See [a](https://a.example/b).",
                "Run `ls`",
            ]),
        ),
        (
            "generator_mark",
            answers(&[
                "{% include a.html %}",
                "::: tip\nSo.\n:::",
                "[[TOC]] So.",
                "How? {#how}",
                "So. {: .note}",
                "{{< figure src=x >}}",
                "See [[Paying|faq/paying]].",
                "<<list-links filter:x>>",
            ]),
        ),
        (
            "relative_link",
            answers(&[
                "See our page (/hc/articles/1).",
                "See [this](/faq).",
                "See that (../pay.md).",
                "See that (pay.html).",
            ]),
        ),
        ("no_letter", questions(&["???|When?", "123|When?"])),
        (
            "page_name",
            questions(&["faq:paying_by_card|When?", "help/refunds.html|When?"]),
        ),
        (
            "invisible_character",
            answers(&[
                "Pass\u{ad}word",
                "\u{200b}So it is",
                "a\u{202e}b",
                "so\u{200d} it",
                "über\u{200b}öl",
            ]),
        ),
        (
            "mixed_scripts",
            [
                questions(&["My p\u{430}ypal|Paypal"]),
                answers(&["B\u{3bf}nus"]),
            ]
            .concat(),
        ),
    ];
    for (rule, cases) in &fires {
        for (question, answer) in cases {
            let broken = broken(question, answer);
            assert!(
                broken.contains(rule),
                "{rule} of {question:?}, {answer:?}: {broken:?}"
            );
        }
    }
    let quiet = [
        answers(&[
            "Write 2 < 3 and <name> & so on; AT&T.",
            "See https://a.example/wiki/A_(b), or (https://a.example/c).",
            "https://a.example/b has it all.",
            "Call tel:+4912345 or open myapp://start.",
            "Hello {{name}}, so it is {#1}.",
            "5 EUR (/day), and/or (w/o) more.",
            "{so it is}",
            r#"Open C:\new\table, or write "\n" there."#,
            "No.",
            "ไทย\u{200b}ไทย می\u{200c}خواهم 👩\u{200d}🔧 🏴\u{e0067}\u{e0062}\u{e007f}",
            "SIM-карта und 5 kΩ, 300 µm",
            "👍",
            &"x".repeat(300),
            image,
            &button("Go", "https://a.example"),
            &reply("Talk to an agent"),
            r#"{"text":"So","type":"FORM","data":{"anything":1}}"#,
        ]),
        questions(&[&format!("a|{}", "x".repeat(100)), "24/7 help|refunds|Wi-Fi"]),
    ];
    for (question, answer) in quiet.iter().flatten() {
        assert_eq!(
            broken(question, answer),
            BTreeSet::new(),
            "{question:?}, {answer:?}"
        );
    }
}
