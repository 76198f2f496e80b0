//! Each kind with cases in which it is found, and ones in which it is not. What looks like a secret is put
//! together here, so that no scanner takes this file for one that holds any.

use super::*;

fn step(question: &str, answer: &str) -> Step {
    Step {
        node_name: "kb-1".into(),
        question: question.into(),
        answer: answer.into(),
    }
}

fn found(text: &str) -> Vec<Sensitive> {
    spans(text).iter().map(|span| span.kind).collect()
}

/// Letters and digits without an order.
fn random(many: usize) -> String {
    "k7Gq2ZpX9vT4mRb8WcY3nLd6HsJ5fAu1eQo0"
        .chars()
        .cycle()
        .take(many)
        .collect()
}

#[test]
fn secrets_are_found_by_their_beginning_or_by_their_name() {
    let (twenty, forty) = (random(20), random(40));
    let upper = random(16).to_uppercase();
    for text in [
        format!("Use AK{}{upper} for it.", "IA"),
        format!("token gh{}{forty}", "p_"),
        format!("gl{}{twenty}.", "pat-"),
        format!("(xo{}{twenty})", "xb-"),
        format!("STRIPE=sk_{}_{twenty}", "live"),
        format!("AI{}{}", "za", random(35)),
        format!("eyJ{twenty}.eyJ{twenty}.{forty}"),
        format!("api_key = {twenty}"),
        format!("api_key={twenty}"),
        format!("\"client_secret\": \"{forty}\""),
        format!("Password: {twenty}"),
        format!("Authorization: Bearer {forty}"),
        format!("https://admin:{}@kb.example.com/x", random(8)),
        format!("-----BEGIN {} KEY-----\nabc\n-----END KEY-----", "PRIVATE"),
    ] {
        assert_eq!(found(&text), [Sensitive::Secret], "{text}");
    }
    for text in [
        "Your password must have at least 12 characters.".to_owned(),
        "password: documentation-page-overview".to_owned(),
        format!("api_key={}", "your-api-key-goes-here-1234567890"),
        format!("AK{}IOSFODNN7EXAMPLE", "IA"),
        "https://user:password@kb.example.com".to_owned(),
        "https://user:{password}@kb.example.com".to_owned(),
        format!("Order number {twenty}"),
        "The token expires: internationalisation2024".to_owned(),
        "sk-1 and ghp_ are beginnings".to_owned(),
        "https://kb.example.com/articles/360001234567-How-do-I-reset".to_owned(),
        "Größe: übergröße".to_owned(),
    ] {
        assert_eq!(found(&text), [], "{text}");
    }
}

#[test]
fn cards_have_a_network_a_form_and_a_check_digit() {
    for text in [
        "4539578763621486",
        "Pay with 4539 5787 6362 1486.",
        "4539-5787-6362-1486",
        "3782 822463 10005",
        "call 080 4539 5787 6362 1486 now",
        "5555555555554444",
    ] {
        assert_eq!(found(text), [Sensitive::Card], "{text}");
    }
    for text in [
        "4539578763621487",
        "1234567890123456",
        "4539 5787-6362 1486",
        "a4539578763621486",
        "0000 0000 0000 0000",
        "from 2024-01-01 to 2024-12-31",
        "+91 98765 43210",
    ] {
        assert_eq!(found(text), [], "{text}");
    }
}

#[test]
fn national_ids_have_a_check_digit() {
    for text in [
        "2345 6789 0124",
        "Aadhaar: 234567890124",
        "आधार 234567890124",
        "12345678Z",
        "X1234567L",
        "RSSMRA85T10A562S",
        "529.982.247-25",
        "PESEL 44051401359",
        "11010519491231002X",
    ] {
        assert_eq!(found(text), [Sensitive::NationalId], "{text}");
    }
    for text in [
        "2345 6789 0123",
        "1345 6789 0124",
        "call 234567890124",
        "12345678A",
        "RSSMRA85T10A562X",
        "111.111.111-11",
        "529.982.247-26",
        "Order 44051401359",
        "110105194912310021",
    ] {
        assert_eq!(found(text), [], "{text}");
    }
}

#[test]
fn private_networks_are_found_by_address_and_by_host() {
    for text in [
        "Open 192.168.1.1.",
        "10.0.0.7:8080",
        "ssh admin@172.16.4.5",
        "http://kb.local/x",
        "wiki.corp.INTERNAL",
    ] {
        assert_eq!(found(text), [Sensitive::PrivateAddress], "{text}");
    }
    for text in [
        "8.8.8.8",
        "172.32.0.1",
        "version 10.2.3",
        "10.2.3.4.5",
        "the local shop",
        "localhost.example.com",
        ".local",
        "kb.locals",
    ] {
        assert_eq!(found(text), [], "{text}");
    }
}

#[test]
fn what_is_said_never_quotes_it() {
    let secret = format!("gh{}{}", "p_", random(40));
    let text = format!("Wie? Mit {secret} geht es 4539 5787 6362 1486 é");
    assert_eq!(masked(&text), "Wie? Mit ••• geht es ••• é");
    assert_eq!(masked("nothing here"), "nothing here");
    let broken = step(&format!("http://kb.example/{secret}"), &text);
    let mut said = Vec::new();
    judge(&broken, &mut said);
    let told: Vec<_> = said
        .iter()
        .map(|said| (said.rule.name(), &*said.field))
        .collect();
    assert_eq!(
        told,
        [
            ("secret", "question 1"),
            ("secret", "answer 1"),
            ("card", "answer 1")
        ]
    );
    assert!(
        said.iter().all(|said| !said.what.contains(&secret)),
        "{said:?}"
    );
}

#[test]
fn a_step_is_held_by_the_rules_that_hold() {
    let answer = format!("Fine.<m>Call 10.0.0.7 with gh{}{}", "p_", random(40));
    let step = step("How?", &answer);
    let all = Sensitive::ALL;
    for (kinds, expected) in [
        (
            &all[..],
            Some("secret in answer 2, private_address in answer 2"),
        ),
        (&[Sensitive::Secret], Some("secret in answer 2")),
        (&[Sensitive::Card], None),
        (&[], None),
    ] {
        let held = holds(&step, kinds).map(|found| {
            let mut parts: Vec<&str> = found.split(", ").collect();
            parts.sort_by_key(|part| part.starts_with("private"));
            parts.join(", ")
        });
        assert_eq!(held.as_deref(), expected);
    }
}

#[test]
fn a_note_in_place_of_an_answer_is_held_where_that_is_asked_for() {
    let step = step("How?", "Fine.<m>Coming soon!");
    let held = |kinds: &[Sensitive]| holds(&step, kinds);
    assert_eq!(
        held(&[Sensitive::Placeholder]).as_deref(),
        Some("placeholder in answer 2")
    );
    assert_eq!(held(&[Sensitive::Secret]), None);
    // It is no secret: people see which note it is.
    assert_eq!(without_secrets(&step), step);
}

#[test]
fn what_is_written_in_another_way_in_json_is_found() {
    let secret = format!("gh{}{}", "p_", random(40)).replace('k', "\\u006b");
    let element = format!(r#"{{"type":"TEXT","text":"Use {secret}","data":{{}}}}"#);
    assert_eq!(
        holds(&step("How?", &element), &[Sensitive::Secret]).as_deref(),
        Some("secret in answer 1")
    );
}

#[test]
fn whoever_decides_sees_the_step_without_them() {
    let secret = format!("gh{}{}", "p_", random(40));
    let spelled = secret.replace('k', "\\u006b");
    let element = format!(r#"{{"type":"TEXT","text":"Use {spelled}","data":{{}}}}"#);
    let held = step(
        &format!("How?|With {secret}?"),
        &format!("Use {secret} at 10.0.0.7<m>{element}"),
    );
    let shown = without_secrets(&held);
    assert_eq!(shown.question, "How?|With •••?");
    let answers: Vec<&str> = shown.answers().collect();
    assert_eq!(answers[0], "Use ••• at 10.0.0.7");
    let drawn: Value = serde_json::from_str(answers[1]).unwrap();
    assert_eq!(drawn["text"], "Use •••");
    // What holds none of them stays as it is written.
    let fine = step("How?", r#"{"text":"a\nb","type":"TEXT"}"#);
    assert_eq!(without_secrets(&fine), fine);
}
