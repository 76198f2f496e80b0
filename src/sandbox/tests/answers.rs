//! What the bots of a sandbox answer, and what they are told to do instead.

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{CLIENT_ID, TOKEN, settings};
use crate::config::{AskPaths, UploadEffect};
use crate::model::BotReply;
use crate::sandbox::answers::AnswerRule;
use crate::sandbox::rules::UploadRule;
use crate::sandbox::server::Sandbox;

async fn post(sandbox: &Sandbox, path: &str, body: Value) -> (u16, Value) {
    let request = Request::post(path)
        .header("client-id", CLIENT_ID)
        .header("authorization", format!("Bearer {TOKEN}"))
        .body(Body::from(body.to_string()))
        .unwrap();
    let response = sandbox.router().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = axum::body::to_bytes(response.into_body(), 1 << 20)
        .await
        .unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

/// What the bot says; its refusal where it says nothing.
async fn said(sandbox: &Sandbox, message: &str) -> String {
    let body = json!({
        "user": { "auth_id": "tester" }, "message_body": message, "message_type": 0, "business_id": 1001,
    });
    let (status, answer) = post(sandbox, &AskPaths::default().webhook, body).await;
    if status == 200 {
        BotReply::of_json(&answer).texts().join(" ")
    } else {
        answer["error_message"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }
}

fn upload(sandbox: &Sandbox, rows: &[(&str, &str, &str)]) {
    let rows = rows.iter().map(
        |(name, question, answer)| crate::sandbox::rows::SandboxRow {
            name: (*name).into(),
            question: (*question).into(),
            answer: (*answer).into(),
        },
    );
    let (mut world, now) = sandbox.answering();
    world.accept("acme".into(), UploadEffect::Merge, rows.collect(), now);
}

fn change(sandbox: &Sandbox, change: impl FnOnce(&mut UploadRule)) {
    let mut rule = UploadRule::default();
    change(&mut rule);
    sandbox.change(rule);
}

#[tokio::test]
async fn a_message_finds_the_step_that_has_it_to_the_letter() {
    let sandbox = Sandbox::new(settings());
    upload(
        &sandbox,
        &[("kb-1", "Where?|Which place?", "Here.<m>There.")],
    );
    for (message, answer) in [
        ("Where?", "Here. There."),
        (" which PLACE? ", "Here. There."),
        ("Where", "Sorry, I did not understand that."),
    ] {
        assert_eq!(said(&sandbox, message).await, answer, "{message}");
    }
}

#[tokio::test]
async fn new_messages_are_understood_once_the_bot_is_trained() {
    let sandbox = Sandbox::new(settings());
    upload(&sandbox, &[("kb-1", "Where?", "Here.")]);
    assert_eq!(said(&sandbox, "Where?").await, "Here.");
    change(&sandbox, |rule| {
        rule.answers = Some(AnswerRule {
            training: true,
            ..AnswerRule::default()
        });
    });
    upload(
        &sandbox,
        &[
            ("kb-1", "Which place?", "There."),
            ("kb-2", "When?", "Soon."),
        ],
    );
    assert_eq!(
        said(&sandbox, "Where?").await,
        "There.",
        "what it was trained for"
    );
    for message in ["Which place?", "When?"] {
        let answer = said(&sandbox, message).await;
        assert!(answer.contains("did not understand"), "{message}: {answer}");
    }
    change(&sandbox, |rule| rule.train = true);
    assert_eq!(said(&sandbox, "Which place?").await, "There.");
    assert_eq!(said(&sandbox, "When?").await, "Soon.");

    change(&sandbox, |rule| rule.publish_old = vec!["kb-1".into()]);
    assert_eq!(said(&sandbox, "Where?").await, "Here.");
}

#[tokio::test]
async fn others_may_answer_first_and_users_may_have_to_exist() {
    let sandbox = Sandbox::new(settings());
    upload(&sandbox, &[("kb-1", "Where?", "Here.")]);
    change(&sandbox, |rule| {
        rule.answers = Some(AnswerRule {
            ahead: [("where?".to_owned(), "Buy now!".to_owned())].into(),
            users_must_exist: true,
            ..AnswerRule::default()
        });
    });
    assert_eq!(said(&sandbox, "Where?").await, "user is not registered");
    let made = post(
        &sandbox,
        &AskPaths::default().user,
        json!({ "auth_id": "tester" }),
    )
    .await;
    assert_eq!(made.0, 200);
    assert_eq!(said(&sandbox, "Where?").await, "Buy now!");
    let nobody = post(
        &sandbox,
        &AskPaths::default().message,
        json!({ "message_body": "x" }),
    )
    .await;
    assert_eq!(nobody.0, 400);
}
