//! What programs ask over HTTP below `/v1`: as it is described, and only for whom it may be.

use serde_json::Value;

use crate::admin::{OPEN, address, body, exchange, get, status_of};
use crate::support::{BOT, World, edit, faq, until};

const WITH_USERS: &str = "[admin]\nlisten = '127.0.0.1:0'\n\
    [[admin.user]]\nname = 'dashboard'\nrole = 'reader'\ntoken = { file = 'reader-token' }\n\
    [[admin.user]]\nname = 'pipeline'\nrole = 'approver'\ntoken = { file = 'approver-token' }\n";

fn json(answer: &str) -> Value {
    serde_json::from_str(body(answer)).unwrap_or_else(|_| panic!("no JSON: {answer}"))
}

fn post(address: &str, path: &str, headers: &str, wish: &str) -> String {
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n{headers}\r\n{wish}",
        wish.len()
    );
    exchange(address, request.as_bytes())
}

/// Whether a value is as a schema says, as far as this description goes.
fn check(value: &Value, schema: &Value, all: &Value, place: &str) {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap();
        return check(value, &all["components"]["schemas"][name], all, place);
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        kind => kind.as_str().into_iter().collect(),
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    assert!(kinds.contains(&kind), "{place}: {value} is not {kinds:?}");
    if let Some(words) = schema["enum"].as_array() {
        assert!(
            words.contains(value),
            "{place}: {value} is not one of {words:?}"
        );
    }
    for item in value.as_array().into_iter().flatten() {
        check(item, &schema["items"], all, place);
    }
    let Some(properties) = schema["properties"].as_object() else {
        return;
    };
    let Some(object) = value.as_object() else {
        return;
    };
    let names = |object: &serde_json::Map<String, Value>| {
        let mut names: Vec<String> = object.keys().cloned().collect();
        names.sort();
        names
    };
    assert_eq!(names(object), names(properties), "{place}");
    for (name, value) in object {
        check(value, &properties[name], all, &format!("{place}.{name}"));
    }
}

#[test]
fn answers_are_as_they_are_described() {
    let world = World::with(|settings| {
        settings.tables(OPEN);
        settings.bot("max_removals = 1");
    });
    let mut wanted = faq(&["a", "b", "c", "d", "e"]);
    world.export(&wanted);
    world.sync().exits(0);
    wanted.remove("a");
    wanted.remove("b");
    world.export(&wanted);
    let daemon = world.daemon();
    let address = address(&daemon);
    let described = json(&get(&address, "/v1/openapi.json", ""));
    until("two removals are held", || {
        json(&get(&address, "/v1/bots", ""))["bots"][0]["held_removals"] == 2
    });
    for path in [
        "/v1/bots",
        "/v1/bots/{bot}",
        "/v1/bots/{bot}/steps",
        "/v1/bots/{bot}/plan",
        "/v1/bots/{bot}/history",
    ] {
        let answer = get(&address, &path.replace("{bot}", BOT), "");
        assert_eq!(status_of(&answer), 200, "{answer}");
        let schema = &described["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
            ["schema"];
        check(&json(&answer), schema, &described, path);
        let nobody = path.replace("{bot}", "nobody");
        if nobody != path {
            let answer = get(&address, &nobody, "");
            assert_eq!(status_of(&answer), 404);
            check(
                &json(&answer),
                &described["components"]["schemas"]["Error"],
                &described,
                path,
            );
        }
    }
    let first = json(&get(&address, &format!("/v1/bots/{BOT}/steps?limit=2"), ""));
    assert_eq!(
        (&first["steps"][1]["node_name"], &first["next"]),
        (&"b".into(), &"b".into())
    );
    let second = json(&get(
        &address,
        &format!("/v1/bots/{BOT}/steps?limit=9&after=b"),
        "",
    ));
    assert_eq!(second["steps"].as_array().unwrap().len(), 3);
    assert_eq!(second["next"], Value::Null);
    let closed = post(&address, &format!("/v1/bots/{BOT}/approve"), "", "{}");
    assert_eq!(
        status_of(&closed),
        403,
        "without a token nothing is changed: {closed}"
    );
    daemon.stop().exits(0);
}

#[test]
fn a_program_does_what_its_role_allows() {
    let world = World::with(|settings| settings.tables(WITH_USERS));
    world.write("reader-token", "token-of-the-dashboard");
    world.write("approver-token", "token-of-the-pipeline");
    let mut wanted = faq(&["a", "b"]);
    world.export(&wanted);
    let daemon = world.daemon();
    let address = address(&daemon);
    until("the first sync", || world.is_in_sync());
    let reader = "Authorization: Bearer token-of-the-dashboard\r\n";
    let approver = "Authorization: Bearer token-of-the-pipeline\r\n";
    let withdraw = format!("/v1/bots/{BOT}/withdraw");
    for (headers, path, wish, status) in [
        ("", "/v1/bots", "", 401),
        (reader, withdraw.as_str(), "{\"step\":\"b\"}", 403),
        (approver, &withdraw, "{}", 422),
        (approver, &withdraw, "{\"stp\":\"b\"}", 422),
        (approver, &withdraw, "{", 400),
        (approver, &withdraw, "{\"step\":\"nothing\"}", 409),
        (approver, &withdraw, "{\"step\":\"b\\u0000\"}", 409),
        (
            approver,
            "/v1/bots/nobody/withdraw",
            "{\"step\":\"b\"}",
            404,
        ),
        (
            approver,
            "/v1/bots/acme_support/forget",
            "{\"step\":\"b\"}",
            404,
        ),
        (
            approver,
            "/v1/bots/acme_support/rollback",
            "{\"upload\":1}",
            403,
        ),
        (
            approver,
            "/v1/bots/acme_support/ask",
            "{\"messages\":[{\"message\":\"What is a?\"}]}",
            409,
        ),
        (
            approver,
            &withdraw,
            "{\"step\":\"b\",\"reason\":\"wrong\"}",
            200,
        ),
    ] {
        let answer = if wish.is_empty() {
            get(&address, path, headers)
        } else {
            post(&address, path, headers, wish)
        };
        assert_eq!(status_of(&answer), status, "{path} {wish}: {answer}");
        if wish.contains("u0000") {
            assert!(answer.contains("NUL"), "{answer}");
        }
    }
    until("it is gone", || !world.live().contains_key("b"));
    until("it is told", || {
        let steps = json(&get(&address, &format!("/v1/bots/{BOT}/steps"), reader));
        steps["steps"][1]["state"] == "withdrawn"
    });
    edit(&mut wanted, "a", "Newer.");
    world.export(&wanted);
    assert_eq!(
        status_of(&post(
            &address,
            &format!("/v1/bots/{BOT}/sync"),
            approver,
            ""
        )),
        200
    );
    until("it is synced", || {
        world.live()["a"].1 == "Newer." && world.is_in_sync()
    });
    let actions = world
        .run(&["history", "--actions", "--json"])
        .exits(0)
        .json();
    assert_eq!(actions[0]["who"], "pipeline (api)");
    daemon.stop().exits(0);
}

#[test]
fn a_program_asks_a_bot_within_its_role_and_the_budget() {
    let world = World::with(|settings| {
        settings.tables(&WITH_USERS.replace("role = 'approver'", "role = 'editor'"));
        settings.haptik(
            "ask = { mode = 'webhook', business_id = 1001, calls_per_day = 3, quiet = '00:00-23:59', \
             fallback = ['did not understand'] }",
        );
    });
    world.write("reader-token", "token-of-the-dashboard");
    world.write("approver-token", "token-of-the-pipeline");
    world.export(&faq(&["a", "b"]));
    let daemon = world.daemon();
    let address = address(&daemon);
    until("the first sync", || world.is_in_sync());
    let reader = "Authorization: Bearer token-of-the-dashboard\r\n";
    let editor = "Authorization: Bearer token-of-the-pipeline\r\n";
    let path = format!("/v1/bots/{BOT}/ask");
    let one = r#"{"messages":[{"message":"What is a?"}]}"#;
    for (headers, wish, status) in [
        ("", one, 401),
        (reader, one, 403),
        (editor, "", 422),
        (editor, r#"{"messages":[]}"#, 422),
        (editor, r#"{"messages":[{"message":" "}]}"#, 422),
        (editor, r#"{"messages":[{"text":"What is a?"}]}"#, 422),
    ] {
        let answer = post(&address, &path, headers, wish);
        assert_eq!(status_of(&answer), status, "{wish}: {answer}");
    }
    let described = json(&get(&address, "/v1/openapi.json", reader));
    let schema = &described["components"]["schemas"]["Answers"];
    let two = r#"{"messages":[{"message":"What is a?"},{"message":"What is a?","step":"b"}]}"#;
    for (wish, as_expected, verdict) in [(two, 1, "other_step"), (one, 1, "verified")] {
        let answer = post(&address, &path, editor, wish);
        assert_eq!(status_of(&answer), 200, "{answer}");
        let answers = json(&answer);
        check(&answers, schema, &described, &path);
        assert_eq!(answers["as_expected"], as_expected, "{answers}");
        let last = answers["answers"].as_array().unwrap().last().unwrap();
        assert_eq!(
            (&last["verdict"], &last["step"]),
            (&verdict.into(), &"a".into())
        );
    }
    let answer = post(&address, &path, editor, one);
    assert_eq!(status_of(&answer), 503, "{answer}");
    check(
        &json(&answer),
        &described["components"]["schemas"]["Error"],
        &described,
        &path,
    );
    assert!(answer.contains("are used up for now"), "{answer}");
    daemon.stop().exits(0);
}
