//! What commands answer with `--json` has the shape that `schema` prints, and no key that it does not describe.

use crate::support::{BOT, World, faq};
use kms_haptik_sync::sandbox::UploadRule;
use serde_json::Value;

/// Checks a value against a schema: the keywords that docs/schema uses.
fn check(schema: &Value, value: &Value, path: &str) {
    let is = |kind: &str| match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "null" => value.is_null(),
        other => panic!("{path}: a type {other}"),
    };
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().map(|kind| kind.as_str().unwrap()).collect(),
        other => panic!("{path}: the type {other}"),
    };
    assert!(
        kinds.into_iter().any(is),
        "{path}: {value} is not {}",
        schema["type"]
    );
    if let (Some(words), Some(text)) = (schema["enum"].as_array(), value.as_str()) {
        assert!(words.iter().any(|word| word == text), "{path}: {text}");
    }
    if let (Some("date-time"), Some(text)) = (schema["format"].as_str(), value.as_str()) {
        text.parse::<jiff::Timestamp>().unwrap();
    }
    for item in value.as_array().into_iter().flatten() {
        check(&schema["items"], item, &format!("{path}[]"));
    }
    if let Some(entries) = value.as_object() {
        for key in schema["required"].as_array().unwrap() {
            assert!(
                entries.contains_key(key.as_str().unwrap()),
                "{path} has no {key}"
            );
        }
        for (key, value) in entries {
            let described = &schema["properties"][key];
            assert!(described.is_object(), "{path}.{key} is described nowhere");
            check(described, value, &format!("{path}.{key}"));
        }
    }
}

#[test]
fn each_document_is_as_its_schema_says() {
    let world = World::with(|settings| settings.bot("max_removals = 1"));
    let names = ["a", "b", "c", "d", "e"];
    world.export(&faq(&names));
    world.sync().exits(0);
    world.sandbox.change(UploadRule {
        bad_steps: Some([("bad".to_owned(), "too long".to_owned())].into()),
        ..UploadRule::default()
    });
    // Two removals that are held, a refused step, a row that is skipped and a file that cannot be read.
    world.export(&faq(&["a", "b", "c", "bad"]));
    world.write(
        "export/rows.csv",
        "node_name,question,answer\nx,,\ny,q,<m>\n",
    );
    let schema = |name: &str| world.run(&["schema", name]).exits(0).json();
    let synced = world.sync().json();
    assert_eq!(synced["bots"][0]["quarantined"], 1, "{synced:#}");
    check(&schema("sync"), &synced, "sync");
    for name in ["plan", "status", "steps", "history", "check"] {
        let document = world.run(&[name, "--json"]).json();
        check(&schema(name), &document, name);
    }
    let steps = world.run(&["steps", BOT, "--json"]).json();
    assert!(
        steps
            .as_array()
            .unwrap()
            .iter()
            .any(|step| step["state"] == "held_removal")
    );
}

#[test]
#[should_panic(expected = "status.bots[].state: well")]
fn a_word_that_the_schema_does_not_have_is_found() {
    let world = World::new();
    world.export(&faq(&["a"]));
    let mut document = world.run(&["status", "--json"]).json();
    document["bots"][0]["state"] = "well".into();
    let schema = world.run(&["schema", "status"]).json();
    check(&schema, &document, "status");
}
