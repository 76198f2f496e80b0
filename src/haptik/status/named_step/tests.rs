use super::named_step;

fn find<'a>(text: &str, names: &[&'a str]) -> Option<&'a str> {
    named_step(text, names.iter().copied())
}

/// A text, our names, and the one that the text names.
type Case<'a> = (&'a str, &'a [&'a str], Option<&'a str>);

fn check(table: &[Case]) {
    let wrong: Vec<String> = table
        .iter()
        .filter(|(text, names, expected)| find(text, names) != *expected)
        .map(|(text, names, _)| format!("{text:?} gave {:?}", find(text, names)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_whole_text_is_the_name() {
    check(&[
        ("kb-1", &["kb-1", "kb-2"], Some("kb-1")),
        ("error", &["error", "x"], Some("error")),
    ]);
}

#[test]
fn a_quoted_name_beats_prose() {
    check(&[
        (
            "Error: step \"kb-1\" could not be created",
            &["kb-1", "kb-12"],
            Some("kb-1"),
        ),
        ("Error: step 'kb-1' failed", &["kb-1"], Some("kb-1")),
        ("Error: step `kb-1` failed", &["kb-1"], Some("kb-1")),
        ("Error: step “kb-1” failed", &["kb-1"], Some("kb-1")),
        ("Fehler: Schritt „kb-1“ fehlt", &["kb-1"], Some("kb-1")),
        ("Erreur : étape «kb-1»", &["kb-1"], Some("kb-1")),
        (r#"{\"node_name\": \"kb-1\"}"#, &["kb-1"], Some("kb-1")),
        ("{\"node_name\":\"kb-1\"}", &["kb-1"], Some("kb-1")),
        ("step &quot;kb-1&quot; failed", &["kb-1"], Some("kb-1")),
        ("KeyError: u'kb-1'", &["kb-1"], Some("kb-1")),
        ("step \"step\" failed", &["step", "x"], Some("step")),
        ("step \"7\" failed", &["7"], Some("7")),
        (
            "step \"O'Brien\" failed",
            &["O'Brien", "Brien", "O"],
            Some("O'Brien"),
        ),
        (
            "step \"He said \"no\" twice\" failed",
            &["He said \"no\" twice", "no"],
            Some("He said \"no\" twice"),
        ),
        (
            "step \"kb-1\" failed, kb-2 did not",
            &["kb-1", "kb-2"],
            Some("kb-1"),
        ),
        ("step \"kb-1\" repeats \"kb-2\"", &["kb-1", "kb-2"], None),
        (
            "step \"kb-1\" failed: \"kb-1\"",
            &["kb-1", "kb-2"],
            Some("kb-1"),
        ),
    ]);
}

#[test]
fn in_prose_a_name_stands_by_itself() {
    check(&[
        (
            "Error in step kb-1: too long",
            &["kb-1", "kb-12", "kb"],
            Some("kb-1"),
        ),
        (
            "Error in step kb-12: too long",
            &["kb-1", "kb-12"],
            Some("kb-12"),
        ),
        ("Error in step kb-12: too long", &["kb-1", "kb"], None),
        ("Error in step kb-1.", &["kb-1"], Some("kb-1")),
        ("Error (kb-1)", &["kb-1"], Some("kb-1")),
        ("node_name=kb-1", &["kb-1"], Some("kb-1")),
        ("Error in faq-old", &["faq-old", "faq"], Some("faq-old")),
        ("Error in pay-old", &["pay", "old"], None),
        ("Error in pay--old", &["pay", "old", "pay-"], None),
        ("Error in v1.2", &["v1", "v1.2"], Some("v1.2")),
        ("Error in v1.2", &["v1", "2"], None),
        ("Error in Q&A", &["Q"], None),
        (
            "Error in What now?",
            &["What now?", "What"],
            Some("What now?"),
        ),
        (
            "reset password mobile failed",
            &["reset password", "reset password mobile"],
            Some("reset password mobile"),
        ),
        (
            "reset password failed",
            &["reset password", "reset password mobile"],
            Some("reset password"),
        ),
        (
            "step größe could not be created",
            &["größe", "gr", "e"],
            Some("größe"),
        ),
        ("step cafe\u{301} failed", &["cafe"], None),
        ("ステップ 返品 のエラー", &["返品", "返"], Some("返品")),
        ("kb-1 or kb-2 failed", &["kb-1", "kb-2"], None),
        ("a b c failed", &["a b", "b c"], None),
        ("kb-1 failed after kb-1 old", &["kb-1", "kb-1 old"], None),
    ]);
}

#[test]
fn words_of_the_service_and_numbers_of_rows_are_no_names() {
    check(&[
        ("Error: step could not be created", &["step", "Error"], None),
        (
            "Error: step kb-1 could not be created",
            &["step", "kb-1"],
            Some("kb-1"),
        ),
        ("Error in row 7", &["7"], None),
        ("Error in row 7 of step 9", &["7", "9"], Some("9")),
        (
            "Error at line 12, step 360012345",
            &["12", "360012345"],
            Some("360012345"),
        ),
    ]);
}

#[test]
fn a_part_of_a_quotation_is_a_name_only_in_a_message() {
    check(&[
        (
            "step \"reset password now\" failed",
            &["reset password"],
            None,
        ),
        (
            "question \"how to reset password\" is too long",
            &["reset password"],
            None,
        ),
        (
            "Exception('step kb-1 could not be created',)",
            &["kb-1"],
            Some("kb-1"),
        ),
        (
            "the step's answer doesn't fit: kb-1",
            &["kb-1"],
            Some("kb-1"),
        ),
    ]);
}

#[test]
fn nothing_is_found_in_nothing() {
    check(&[
        ("", &["kb-1"], None),
        ("kb-1", &[], None),
        ("kb-1", &[""], None),
        ("KB-1 failed", &["kb-1"], None),
    ]);
}

#[test]
fn every_name_of_many_is_found_and_no_other() {
    let names: Vec<String> = (0..20_000).map(|n| format!("kb-{n}")).collect();
    for n in [0, 1, 19, 199, 1_999, 19_999] {
        for text in [
            format!("Error: step \"kb-{n}\" could not be created"),
            format!("error while creating kb-{n}, 3 left"),
        ] {
            let found = named_step(&text, names.iter().map(String::as_str));
            assert_eq!(found, Some(format!("kb-{n}").as_str()), "{text}");
        }
    }
}

#[test]
fn where_all_begins_like_another_the_longest_has_to_swallow_them_all() {
    check(&[
        ("x y z w", &["x y", "x", "y z w"], None),
        ("x y z w", &["x y", "y z w"], Some("y z w")),
        ("a a a a b", &["a a", "a", "a a a a b"], Some("a a a a b")),
        ("a a a a b", &["a a", "a"], None),
    ]);
}

#[test]
fn a_long_text_of_repeated_words_is_searched_in_time() {
    let text = "kb kb-7 a ".repeat(200_000);
    let names: Vec<String> = (0..5_000).map(|n| format!("kb-{n}x")).collect();
    assert_eq!(named_step(&text, names.iter().map(String::as_str)), None);
    // Marks that do not close, runs that join, and names that stand everywhere, each inside the next.
    for piece in [
        ".'a", "'a ", "\"", "\\\"", "&quot;a", "-", "._", "a ", "a error ", "7 ",
    ] {
        let text = piece.repeat(40_000);
        let nested: Vec<&str> = (1..2_000).map(|words| &text[..words]).collect();
        let _ = named_step(&text, nested.iter().copied());
    }
}
