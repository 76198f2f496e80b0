use std::collections::BTreeSet;

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{CLIENT_ID, TOKEN, settings};
use crate::haptik::{REMEDIES, remedy, wire};
use crate::sandbox::faults::{Fault, FaultKind, On};
use crate::sandbox::people::People;
use crate::sandbox::rules::UploadRule;
use crate::sandbox::server::Sandbox;

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new(settings());
    let mut people = People::default();
    let mut stranger = people.users["noor"].clone();
    stranger.registered = false;
    people.users.insert("stranger".to_owned(), stranger);
    sandbox.change(UploadRule {
        people: Some(people),
        ..UploadRule::default()
    });
    sandbox
}

async fn send(sandbox: &Sandbox, request: http::request::Builder, body: String) -> (u16, Value) {
    let request = request.body(Body::from(body)).unwrap();
    let response = sandbox.router().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = axum::body::to_bytes(response.into_body(), 1 << 20)
        .await
        .unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

fn words(body: &Value) -> String {
    body["error_message"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

fn authorised(request: http::request::Builder) -> http::request::Builder {
    request
        .header("client-id", CLIENT_ID)
        .header("authorization", format!("Bearer {TOKEN}"))
}

fn transfer() -> Value {
    json!({
        "team_name": "Support", "user_name": "mira", "business_id": 1001, "countdown": 5,
        "receiver": "athena",
    })
}

/// A body in which one value is another; `null` leaves it out.
fn with(name: &str, value: Value) -> String {
    let mut body = transfer();
    body[name] = value;
    body.to_string()
}

async fn refusals_of_headers(sandbox: &Sandbox) -> Vec<String> {
    let bearer = format!("Bearer {TOKEN}");
    let mut said = Vec::new();
    for (client_id, authorization) in [
        (None, Some(bearer.as_str())),
        (Some("other"), Some(bearer.as_str())),
        (Some(CLIENT_ID), Some(TOKEN)),
        (Some(CLIENT_ID), None),
        (Some(CLIENT_ID), Some("Bearer other")),
    ] {
        for mut request in [
            Request::post(wire::TRANSFER_PATH),
            Request::get(wire::TRANSCRIPT_PATH),
        ] {
            if let Some(id) = client_id {
                request = request.header("client-id", id);
            }
            if let Some(value) = authorization {
                request = request.header("authorization", value);
            }
            let (status, body) = send(sandbox, request, transfer().to_string()).await;
            assert!(matches!(status, 401 | 403), "{status} {body}");
            said.push(words(&body));
        }
    }
    said
}

#[tokio::test]
async fn every_documented_error_can_be_provoked_and_has_a_remedy() {
    let sandbox = sandbox();
    let mut said = refusals_of_headers(&sandbox).await;
    for body in [
        with("user_name", Value::Null),
        with("business_id", Value::Null),
        with("team_name", "".into()),
        with("user_name", "nobody".into()),
        with("user_name", "stranger".into()),
        with("business_id", 7.into()),
        with("business_id", 1002.into()),
        with("team_name", "Nobody".into()),
        with("team_name", "Night".into()),
        with("user_name", "noor".into()),
    ] {
        let request = authorised(Request::post(wire::TRANSFER_PATH));
        let (status, answer) = send(&sandbox, request, body).await;
        assert_eq!(status, 400, "{answer}");
        said.push(words(&answer));
    }
    for query in [
        "business_id=x&user_name=mira&conversation_no=1",
        "business_id=1001&user_name=noor&conversation_no=1",
        "pxut=other&conversation_no=1",
        "business_id=1001&conversation_no=1",
        "business_id=1001&user_name=mira&conversation_no=one",
    ] {
        let path = format!("{}?{query}", wire::TRANSCRIPT_PATH);
        let request = authorised(Request::get(path));
        let (status, answer) = send(&sandbox, request, String::new()).await;
        assert_eq!(status, 400, "{answer}");
        said.push(words(&answer));
    }
    sandbox.change(super::with_fault(Fault {
        code: Some(500),
        body: Some(r#"{"error_message": "An unknown error occurred"}"#.to_owned()),
        ..Fault::new(On::Transcript, FaultKind::StatusCode)
    }));
    let request = authorised(Request::get(wire::TRANSCRIPT_PATH));
    let (_, answer) = send(&sandbox, request, String::new()).await;
    said.push(words(&answer));
    assert_eq!(
        sandbox.calls().handed_over,
        [],
        "what is refused is not done"
    );
    let found: BTreeSet<_> = said
        .iter()
        .map(|said| remedy(said).unwrap_or_else(|| panic!("no remedy for {said:?}")))
        .collect();
    let all: BTreeSet<_> = REMEDIES.iter().map(|(_, remedy)| *remedy).collect();
    assert_eq!(found, all);
    let kinds: BTreeSet<_> = said.iter().collect();
    assert_eq!(kinds.len(), REMEDIES.len(), "{kinds:?}");
}
