use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{CLIENT_ID, TOKEN, settings};
use crate::config::UploadEffect;
use crate::haptik::wire;
use crate::sandbox::server::Sandbox;
use crate::sandbox::settings::SandboxSettings;

const BOUNDARY: &str = "edge";

async fn send(sandbox: &Sandbox, request: http::request::Builder, body: String) -> (u16, Value) {
    let request = request.body(Body::from(body)).unwrap();
    let response = sandbox.router().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = axum::body::to_bytes(response.into_body(), 1 << 20)
        .await
        .unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

fn submit() -> http::request::Builder {
    Request::post(wire::SUBMIT_PATH)
        .header("Client-ID", CLIENT_ID)
        .header("authorization", format!("Bearer {TOKEN}"))
        .header(
            "content-type",
            format!("multipart/form-data; boundary={BOUNDARY}"),
        )
}

fn part(disposition: &str, content: &str) -> String {
    format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{content}\r\n")
}

fn form(parts: &[String]) -> String {
    format!("{}--{BOUNDARY}--\r\n", parts.concat())
}

fn bot() -> String {
    part("name=\"domain_name\"", "bot")
}

fn file(content: &str) -> String {
    part("name=\"csv_file\"; filename=\"faq.csv\"", content)
}

const ROWS: &str = "node_name,question,answer\nkb-1,q,a\n";

#[tokio::test]
async fn a_form_must_be_just_right() {
    let sandbox = Sandbox::new(settings());
    let table = [
        (form(&[bot(), file(ROWS)]), 200, ""),
        (form(&[file(ROWS), bot()]), 200, ""),
        (form(&[bot()]), 400, "csv_file is missing"),
        (form(&[file(ROWS)]), 400, "domain_name is missing"),
        (
            form(&[part("name=\"domain_name\"", " "), file(ROWS)]),
            400,
            "domain_name is missing",
        ),
        (
            form(&[bot(), part("name=\"csv_file\"", ROWS)]),
            400,
            "csv_file must be a file, with a file name",
        ),
        (
            form(&[bot(), bot(), file(ROWS)]),
            400,
            "the field \"domain_name\" comes twice",
        ),
        (
            form(&[bot(), file(ROWS), part("name=\"x\"", "y")]),
            400,
            "there is no field \"x\"",
        ),
        (
            form(&[bot(), file("name\nx\n")]),
            400,
            "the header row must be exactly node_name,question,answer",
        ),
        (
            form(&[bot(), file("node_name,question,answer\n")]),
            400,
            "csv_file has no rows",
        ),
        (bot(), 400, ""),
        (String::new(), 400, ""),
    ];
    for (body, status, words) in table {
        let (answered, said) = send(&sandbox, submit(), body.clone()).await;
        assert_eq!(answered, status, "{body}: {said}");
        if !words.is_empty() {
            assert_eq!(said, wire::error_message(words), "{body}");
        }
    }
    assert_eq!(sandbox.calls().tasks.len(), 2);
}

#[tokio::test]
async fn who_calls_and_how_must_be_right() {
    let sandbox = Sandbox::new(settings());
    let bearer = format!("Bearer {TOKEN}");
    let table = [
        (None, Some(CLIENT_ID), 401),
        (Some("Bearer x"), Some(CLIENT_ID), 401),
        (Some(TOKEN), Some(CLIENT_ID), 401),
        (Some(bearer.as_str()), None, 403),
        (Some(bearer.as_str()), Some("x"), 403),
        (Some(bearer.as_str()), Some(CLIENT_ID), 404),
    ];
    for (token, client_id, status) in table {
        let mut request = Request::get(format!("{}x/", wire::STATUS_PATH));
        if let Some(token) = token {
            request = request.header("Authorization", token);
        }
        if let Some(client_id) = client_id {
            request = request.header(wire::CLIENT_ID, client_id);
        }
        let (answered, said) = send(&sandbox, request, String::new()).await;
        assert_eq!(answered, status, "{said}");
        assert!(said["error_message"].is_string(), "{said}");
    }
    let json = submit().header("content-type", "application/json");
    assert_eq!(send(&sandbox, json, "{}".to_owned()).await.0, 400);
    let get = submit().method("GET");
    assert_eq!(send(&sandbox, get, String::new()).await.0, 405);
    let nowhere = Request::get("/mogambo_api/");
    assert_eq!(send(&sandbox, nowhere, String::new()).await.0, 404);
}

#[tokio::test]
async fn where_uploads_replace_a_file_without_rows_empties_the_bot() {
    let sandbox = Sandbox::new(SandboxSettings {
        effects: [("bot".to_owned(), UploadEffect::Replace)].into(),
        ..settings()
    });
    for content in [ROWS, "node_name,question,answer\n"] {
        let (status, said) = send(&sandbox, submit(), form(&[bot(), file(content)])).await;
        assert_eq!(status, 200, "{said}");
    }
    assert!(!sandbox.steps("bot")["kb-1"].active);
}

#[tokio::test]
async fn its_own_pages_show_and_change_it() {
    let sandbox = Sandbox::new(settings());
    send(&sandbox, submit(), form(&[bot(), file(ROWS)])).await;
    let get = |path: &str| Request::get(path.to_owned());
    let (_, steps) = send(
        &sandbox,
        get("/sandbox/steps?domain_name=bot"),
        String::new(),
    )
    .await;
    assert_eq!(
        steps,
        json!({"kb-1": {"questions": ["q"], "answers": ["a"], "active": true}})
    );
    let (status, steps) = send(&sandbox, get("/sandbox/steps?domain_name=x"), String::new()).await;
    assert_eq!((status, steps), (200, json!({})));
    let (_, calls) = send(&sandbox, get("/sandbox/calls"), String::new()).await;
    assert_eq!(
        (&calls["count"], &calls["tasks"][0]["rows"]),
        (&json!(1), &json!(1))
    );

    let change = || Request::post("/sandbox/faults").header("content-type", "application/json");
    let faults = json!({
        "bad_steps": {"kb-1": "no"}, "unnamed": true, "task_time": 0, "never_ending": false,
        "wording": {"failed_unnamed": "Exception: REASON"}, "token": "",
        "faults": [{"on": "submit", "kind": "status_code", "code": 429, "headers": {"retry-after": "3"}}],
    });
    assert_eq!(send(&sandbox, change(), faults.to_string()).await.0, 204);
    let answers = [
        send(&sandbox, submit(), form(&[bot(), file(ROWS)])).await.0,
        send(&sandbox, submit(), form(&[bot(), file(ROWS)])).await.0,
    ];
    assert_eq!(answers, [429, 200]);
    let status = sandbox.calls().tasks[1].status.clone();
    assert_eq!(status.as_deref(), Some("Exception: no"));
    for wrong in ["{", r#"{"bad_step": {}}"#, r#"{"faults": [{"kind": "x"}]}"#] {
        let (status, said) = send(&sandbox, change(), wrong.to_owned()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{said}");
    }
}
