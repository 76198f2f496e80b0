//! What is found only where steps are held against each other, and what very many or very long ones cost.

use super::*;

#[test]
fn steps_are_held_against_each_other() {
    let steps = [
        step("kb-1", "How do I reset my password?|Password forgotten", SO),
        step("kb-2", "password FORGOTTEN!|Where is my order 17?", SO),
        step(
            "kb-3",
            "How can I reset my password?|Where is my order 18?",
            SO,
        ),
        step("kb-4", "Something else|something else!", SO),
    ];
    let findings = all_of(&steps);
    let told: Vec<_> = findings
        .iter()
        .map(|finding| {
            let name = |at: &Option<FindingAt>| at.as_ref().and_then(|at| at.node_name.clone());
            (
                finding.rule.name(),
                name(&finding.at).unwrap(),
                &*finding.field,
                &*finding.what,
                name(&finding.other).unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (
                "same_question",
                "kb-2".to_owned(),
                "question 1",
                "\"password FORGOTTEN!\" is a user message of both",
                "kb-1".to_owned()
            ),
            (
                "near_duplicate",
                "kb-3".to_owned(),
                "question 1",
                "\"How can I reset my password?\" is 70 % like \"How do I reset my password?\"",
                "kb-1".to_owned()
            ),
        ]
    );
}

#[test]
fn what_most_pages_end_with_is_one_finding_of_their_source() {
    let many: Vec<Desired> = (0..6)
        .map(|at| {
            let answer = format!("Number {at}.<m>Was this helpful?");
            step(&format!("kb-{at}"), TWO, &answer)
        })
        .collect();
    let found = all_of(&many);
    let found: Vec<_> = found
        .iter()
        .filter(|one| one.rule == Rule::PageFurniture)
        .map(|one| (one.at.is_none(), one.what.as_str()))
        .collect();
    assert_eq!(
        found,
        [(
            true,
            "source export: 6 of 6 answers end with the same line: \"Was this helpful?\""
        )]
    );
}

#[test]
fn a_language_is_foreign_only_where_the_others_have_one_in_common() {
    let english = "You can return any item within thirty days of delivery, as long as it has not been used and the packaging is complete.";
    let german = "Sie können jeden Artikel innerhalb von dreißig Tagen nach der Lieferung zurückgeben, solange er unbenutzt und vollständig verpackt ist.";
    let foreign = |texts: &[&str]| -> Vec<Option<String>> {
        let steps: Vec<_> = texts
            .iter()
            .enumerate()
            .map(|(at, text)| step(&at.to_string(), "a?|b?", text))
            .collect();
        all_of(&steps)
            .into_iter()
            .filter(|finding| finding.rule == Rule::OtherLanguage)
            .map(|finding| finding.at.unwrap().node_name)
            .collect()
    };
    assert_eq!(
        foreign(&[english, english, english, german, english]),
        [Some("3".to_owned())]
    );
    assert_eq!(foreign(&[english, english, "Kurz.", english, english]), []);
    assert_eq!(foreign(&[english, german, english, german, english]), []);
    assert_eq!(foreign(&[english, german]), []);
}

#[test]
fn a_bot_can_be_too_large() {
    let messages = |many: usize| {
        let messages: Vec<String> = (0..many).map(|at| format!("{at}")).collect();
        let findings = all_of(&[step("kb-1", &messages.join("|"), SO)]);
        findings
            .iter()
            .any(|finding| finding.rule == Rule::BotSize && finding.at.is_none())
    };
    assert!(messages(251));
    assert!(!messages(250));
}

#[test]
fn what_could_not_become_a_step_is_a_finding_too_and_rules_can_be_off() {
    let rejection = Rejection {
        source: "export".to_owned(),
        place: Place {
            file: "faq.csv".into(),
            line: 3,
        },
        id: None,
        reason: "has no answer".to_owned(),
        reach: Reach::Rest,
    };
    let rejections = [rejection];
    let found = judge(&[], &rejections, &Lint::all(Level::Error));
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].rule, found[0].level, &*found[0].what),
        (Rule::NotTaken, Level::Error, "has no answer")
    );
    assert_eq!(judge(&[], &rejections, &Lint::all(Level::Off)), []);
    assert_eq!(
        judge(
            &[step("kb-1", "One?", "A<br>b")],
            &rejections,
            &Lint::all(Level::Off)
        ),
        []
    );
}

#[test]
fn every_rule_has_a_setting_of_its_name() {
    let settings: BTreeSet<_> = Lint::rules().collect();
    let rules: BTreeSet<_> = Rule::ALL.into_iter().map(Rule::name).collect();
    assert_eq!(settings, rules);
    let mut ordered = Rule::ALL;
    ordered.sort();
    assert_eq!(ordered, Rule::ALL, "findings are told in this order");
}

#[test]
fn many_steps_are_judged_in_their_order_and_each_once() {
    let many: Vec<Desired> = (0..2 * SHARE + 7)
        .map(|at| step(&format!("kb-{at}"), TWO, "http://a.example"))
        .collect();
    let findings = all_of(&many);
    let named = |rule: Rule| -> Vec<String> {
        let findings = findings.iter().filter(|finding| finding.rule == rule);
        let names = findings.filter_map(|finding| finding.at.as_ref()?.node_name.clone());
        names.collect()
    };
    let all: Vec<String> = many
        .iter()
        .map(|entry| entry.step.node_name.clone())
        .collect();
    assert_eq!(named(Rule::LinkOnly), all);
    assert_eq!(named(Rule::InsecureLink), all);
}

#[test]
fn messages_that_differ_in_a_number_alone_are_not_alike() {
    let few = [
        step("kb-1", "How do I reset the router of type 1200?", SO),
        step("kb-2", "How do I reset the router of type 3400?", SO),
        step("kb-3", "How can I reset the router of type 3400?", SO),
    ];
    let findings = all_of(&few);
    let near: Vec<_> = findings
        .iter()
        .filter(|finding| finding.rule == Rule::NearDuplicate)
        .filter_map(|finding| finding.at.as_ref()?.article.as_deref())
        .collect();
    assert_eq!(near, ["kb-3"]);
}

#[test]
fn signs_without_an_end_take_no_longer_than_other_text() {
    let began = crate::tests::processor_time();
    for signs in [
        "&",
        "&#",
        "&a",
        "<",
        "<a ",
        "</a ",
        "<a <",
        "](",
        "{{",
        "https://a ",
    ] {
        for end in ["", ";", ">"] {
            let answer = signs.repeat(400_000 / signs.len()) + end;
            let findings = all_of(&[step("kb-1", TWO, &answer)]);
            let longest = findings.iter().map(|one| one.what.len()).max();
            assert!(longest.is_none_or(|longest| longest < 1000), "{signs}");
        }
    }
    let took = crate::tests::processor_time().saturating_sub(began);
    assert!(took.as_secs() < 60, "{took:?}");
}

#[test]
fn the_first_tag_or_entity_is_found_wherever_it_stands() {
    for (text, found) in [
        ("> a <b>bold</b>", "<b>"),
        ("a < b and <a href='x'>", "<a href='x'>"),
        ("<unclosed <br/>", "<br/>"),
        ("& & &amp; &lt;", "&amp;"),
        ("&toolongtobeone; &#x20;", "&#x20;"),
        ("ü&ü &uuml;", "&uuml;"),
    ] {
        let findings = all_of(&[step("kb-1", TWO, text)]);
        let html = findings.iter().find(|one| one.rule == Rule::Html);
        let what = &html.unwrap_or_else(|| panic!("{text}")).what;
        assert!(what.starts_with(&format!("{found} in ")), "{text}: {what}");
    }
}
