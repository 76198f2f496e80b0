use super::*;
use crate::intake::format::json::document::{DocumentEnd, follow_way};

/// What the entries are, in how many places, and whether questions are ids.
type Expected = (ArticleEntries, usize, bool);

fn found(document: &str, pointer: Option<&str>) -> Result<Expected, String> {
    let mut budget = Budget::default();
    let mut survey = JsonSurvey::new(pointer, None, &mut budget);
    let end = follow_way(Box::new(document.as_bytes()), 1000, &mut survey);
    assert_eq!(end, Ok(DocumentEnd::Whole), "{document}");
    let found = survey.found()?;
    Ok((found.entries, found.places.len(), found.questions_are_ids))
}

#[test]
fn each_layout_and_what_only_looks_like_it() {
    use ArticleEntries::{Answers, Articles, Groups, Pairs};
    let cases: [(&str, Option<Expected>); 23] = [
        (r#"{"How?":"So.","When?":"Now."}"#, Some((Answers, 1, true))),
        (
            r#"{"faq":{"How?":"So.","When?":"Now."}}"#,
            Some((Answers, 1, true)),
        ),
        (r#"{"title":"t","When?":"Now."}"#, None),
        (
            r#"{"a":{"b":[["q","a"],["r","b","c"]]}}"#,
            Some((Pairs, 1, true)),
        ),
        (
            r#"{"x":{"all":[{"of":[{"question":"q","answer":"a"}]},{"of":[]}]}}"#,
            Some((Groups, 1, true)),
        ),
        (
            r#"{"a":[{"id":1},{"id":2},{"id":3},"stray"]}"#,
            Some((Articles, 1, false)),
        ),
        (
            r#"[{"question":"q","answer":"a"},{"question":"r","answer":"b"}]"#,
            Some((Articles, 1, true)),
        ),
        (
            r#"{"faq":[{"Frage":"q","Antwort":"a"}]}"#,
            Some((Articles, 1, true)),
        ),
        (
            r#"[{"question":"q","answer":"a"},{"id":1,"question":"r","answer":"b"}]"#,
            Some((Articles, 1, false)),
        ),
        (
            r#"[{"title":"t","description":"d"}]"#,
            Some((Articles, 1, false)),
        ),
        (
            r#"{"Assets":{"Synonyms":[{"a":1}],"Qnas":[{"Id":1}]}}"#,
            Some((Articles, 1, false)),
        ),
        (
            r#"{"faqs":{"faqs":[{"question":"q"}]}}"#,
            Some((Articles, 1, true)),
        ),
        (r#"[["q","a"],["r","b"]]"#, Some((Pairs, 1, true))),
        (
            r#"{"x":[["q","a"]],"y":[["r","b"]],"z":["t"]}"#,
            Some((Pairs, 2, true)),
        ),
        (r#"[["q","a"],["one"]]"#, Some((Pairs, 1, true))),
        (
            r#"{"a":[{"id":1}],"b":[["x","y"]]}"#,
            Some((Articles, 1, false)),
        ),
        ("[[1,2]]", Some((Articles, 1, false))),
        (
            r#"[{"title":"t","questions":[{"question":"q","answer":"a"}]}]"#,
            Some((Groups, 1, true)),
        ),
        (
            r#"[{"section":[{"question":"q","response":"a"},{"question":"r","response":"b"}]}]"#,
            Some((Groups, 1, true)),
        ),
        // An article whose variants are objects is no group.
        (
            r#"[{"id":1,"answer":"x","more":[{"question":"q","answer":"a"}]}]"#,
            Some((Articles, 1, false)),
        ),
        (
            r#"[{"a":[{"question":"q","answer":"a"}]},{"title":"empty"}]"#,
            Some((Articles, 1, false)),
        ),
        (
            r#"[{"id":1,"question":"q","answer":"a"}]"#,
            Some((Articles, 1, false)),
        ),
        (r#"{"a":[{"id":1}],"b":[{"id":2}]}"#, None),
    ];
    for (document, expected) in cases {
        assert_eq!(found(document, None).ok(), expected, "{document}");
    }
}

#[test]
fn questions_and_answers_apart_from_each_other() {
    use ArticleEntries::{Answers, Columns, Numbered, SideBySide};
    let cases: [(&str, Option<Expected>); 8] = [
        (
            r#"{"How?":["So."],"When?":["Now."]}"#,
            Some((Answers, 1, true)),
        ),
        (r#"{"hours":["Nine."],"fees":["None."]}"#, None),
        (
            r#"[{"q":["a","b"],"a":["c","d"]},{"q":["e","f","g"],"a":["h","i","j"]}]"#,
            Some((SideBySide, 1, true)),
        ),
        (
            r#"{"questions":["q","r"],"answers":["a","b"]}"#,
            Some((Columns, 2, true)),
        ),
        (
            r#"{"x":{"question":{"0":"q","1":"r"},"answer":{"0":"a","1":"b"}}}"#,
            Some((Columns, 2, true)),
        ),
        (r#"{"questions":["q","r"],"answers":["a"]}"#, None),
        (
            r#"{"faq":{"title":"t","q1":"q","a1":"a","q2":"r","a2":"b"}}"#,
            Some((Numbered, 1, false)),
        ),
        (r#"{"q1":"q","a1":"a","q2":"r"}"#, None),
    ];
    for (document, expected) in cases {
        assert_eq!(found(document, None).ok(), expected, "{document}");
    }
    let texts = r#"{"faq":{"hours":"Nine.","fees":["None."]}}"#;
    assert!(
        found(texts, None)
            .unwrap_err()
            .contains("items = \"/faq/*\"")
    );
    assert_eq!(found(texts, Some("/faq/*")), Ok((Answers, 1, true)));
}

#[test]
fn of_several_lists_those_count_that_ask_if_nothing_sets_them_apart() {
    use ArticleEntries::{Articles, Intents, Keyed, SchemaQuestions};
    let cases: [(&str, Option<Expected>); 8] = [
        (
            r#"{"faq":{"t":"FAQ","x":{"q":"q","a":"a"},"y":{"q":"r","a":"b"}}}"#,
            Some((Keyed, 1, false)),
        ),
        (
            r#"{"en":{"question":"q","answer":"a"},"de":{"question":"r","answer":"b"}}"#,
            None,
        ),
        (
            r#"{"authors":[{"id":1}],"faq":[{"question":"q","answer":"a"}]}"#,
            Some((Articles, 1, true)),
        ),
        (
            r#"{"shop":[{"q":"q","a":"a"}],"pay":[{"q":"r","a":"b"}],"tags":[{"id":1}]}"#,
            Some((Articles, 2, true)),
        ),
        (
            r#"{"en":[{"q":"q","a":"a"}],"de":[{"q":"r","a":"b"}]}"#,
            None,
        ),
        (
            r#"{"live":[{"q":"q","a":"a"}],"drafts":[{"q":"r","a":"b"}]}"#,
            None,
        ),
        (
            r#"{"intents":[{"tag":"t","patterns":["q"],"responses":["a","b"]}]}"#,
            Some((Intents, 1, false)),
        ),
        (
            r#"{"mainEntity":[{"@type":"Question","name":"q","acceptedAnswer":{"text":"a"}}]}"#,
            Some((SchemaQuestions, 1, true)),
        ),
    ];
    for (document, expected) in cases {
        assert_eq!(found(document, None).ok(), expected, "{document}");
    }
}

#[test]
fn questions_that_are_written_otherwise_than_those_that_are_read_are_told() {
    for (document, place) in [
        (
            r#"{"faq":{"one":[["q?","a"]],"more":{"Why?":"So.","Who?":"Me."}}}"#,
            Some("/faq/more/*"),
        ),
        (
            r#"{"faq":[{"question":"q","answer":"a"}],"x/y":[["q","a"],["r","b"]]}"#,
            Some("/x~1y"),
        ),
        (
            r#"{"faq":[{"id":1}],"more":[{"of":[{"question":"q","answer":"a"}]}]}"#,
            None,
        ),
        (r#"{"Why?":"So.","Who?":"Me."}"#, None),
        (
            r#"{"title":"t","faq":[{"question":"q","answer":"a"}]}"#,
            None,
        ),
    ] {
        let mut budget = Budget::default();
        let mut survey = JsonSurvey::new(None, None, &mut budget);
        follow_way(Box::new(document.as_bytes()), 1000, &mut survey).unwrap();
        let told = survey.found().unwrap().told;
        match place {
            Some(place) => {
                let line = format!("items = \"{place}\"");
                assert!(told.iter().any(|told| told.contains(&line)), "{told:?}");
            }
            None => assert!(
                !told.iter().any(|told| told.contains("no step")),
                "{told:?}"
            ),
        }
    }
}

#[test]
fn pointers_lead_somewhere_or_it_is_an_error() {
    let document = r#"[{"a/b":{"c":[{}]},"d":null,"e":[]},{"a/b":{"c":[{},{}]}}]"#;
    for (pointer, expected) in [
        ("/0/a~1b/c", Ok(())),
        ("/*/a~1b/c", Ok(())),
        ("/0/e", Ok(())),
        ("/0/d", Err("but something else")),
        ("/*/d", Err("something that is no array")),
        ("/*/e", Err("has nothing at")),
        ("/2/e", Err("has nothing at")),
    ] {
        match (found(document, Some(pointer)), expected) {
            (Ok(found), Ok(())) => assert_eq!(found, (ArticleEntries::Articles, 1, false)),
            (Err(why), Err(part)) => assert!(why.contains(part), "{pointer}: {why}"),
            (found, _) => panic!("{pointer}: {found:?}"),
        }
    }
    let twice = r#"{"a":[{"x":1}],"b":{"x":1,"x":2}}"#;
    assert!(found(twice, None).unwrap_err().contains("`x` occurs twice"));
    assert!(found(twice, Some("/a")).is_ok());
}
