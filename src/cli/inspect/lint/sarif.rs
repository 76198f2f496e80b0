//! The findings as SARIF 2.1.0, which code hosts and editors show beside the line.

use reqwest::Url;
use serde_json::{Value, json};

use super::Judged;
use crate::config::{Level, Lint};
use crate::lint::{Finding, FindingAt, Rule};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

pub(crate) fn sarif(judged: &[Judged], levels: &Lint) -> Value {
    let rules: Vec<Value> = Rule::ALL.into_iter().map(|of| rule(of, levels)).collect();
    let results: Vec<Value> = judged
        .iter()
        .flat_map(|judged| judged.findings.iter().map(|one| result(one, judged)))
        .collect();
    let notifications: Vec<Value> = judged
        .iter()
        .flat_map(|judged| &judged.errors)
        .map(|error| json!({ "level": "error", "message": { "text": error } }))
        .collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": env!("CARGO_PKG_NAME"),
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "invocations": [{
                "executionSuccessful": notifications.is_empty(),
                "toolExecutionNotifications": notifications,
            }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(rule: Rule, levels: &Lint) -> Value {
    let level = levels.of(rule.name());
    json!({
        "id": rule.name(),
        "shortDescription": { "text": rule.why() },
        "help": { "text": rule.suggestion() },
        "defaultConfiguration": { "enabled": level > Level::Off, "level": word(level) },
    })
}

/// SARIF calls that which is not looked at `none`.
fn word(level: Level) -> &'static str {
    match level {
        Level::Off => "none",
        level => level.name(),
    }
}

fn result(finding: &Finding, judged: &Judged) -> Value {
    let index = Rule::ALL.iter().position(|rule| *rule == finding.rule);
    let field = match &*finding.field {
        "" => String::new(),
        field => format!("{field}: "),
    };
    let at = finding.at.iter();
    let others = finding.other.iter();
    json!({
        "ruleId": finding.rule.name(),
        "ruleIndex": index,
        "level": word(finding.level),
        "message": { "text": format!("{field}{}. {}", finding.what, finding.rule.suggestion()) },
        "locations": at.map(|at| location(at, judged)).collect::<Vec<_>>(),
        "relatedLocations": others.map(|at| related(at, judged)).collect::<Vec<_>>(),
    })
}

fn related(at: &FindingAt, judged: &Judged) -> Value {
    let mut location = location(at, judged);
    let name = at.node_name.as_deref().unwrap_or_default();
    location["message"] = json!({ "text": format!("the other step: {name}") });
    location
}

fn location(at: &FindingAt, judged: &Judged) -> Value {
    let mut physical = json!({ "artifactLocation": { "uri": uri(&judged.places.file(at)) } });
    if at.place.line > 0 {
        physical["region"] = json!({ "startLine": at.place.line });
    }
    let mut location = json!({ "physicalLocation": physical });
    if let Some(name) = at.node_name.as_ref().or(at.article.as_ref()) {
        location["logicalLocations"] = json!([{ "name": name, "kind": "object" }]);
    }
    location
}

/// A path as a reference that keeps to the form of a URI.
fn uri(path: &str) -> String {
    let known = Url::parse(path).is_ok_and(|url| url.has_host());
    if known {
        return path.to_owned();
    }
    // A file URL knows how a path is written in a URI; what it puts before is taken away again.
    let rooted = std::path::Path::new("/").join(path);
    match Url::from_file_path(&rooted) {
        Ok(url) if path.starts_with('/') => url.to_string(),
        Ok(url) => url.path().trim_start_matches('/').replace(':', "%3A"),
        Err(()) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_are_written_as_references() {
        for (path, expected) in [
            ("export/faq.csv", "export/faq.csv"),
            ("my export/ä:1.csv", "my%20export/%C3%A4%3A1.csv"),
            ("/srv/a b.csv", "file:///srv/a%20b.csv"),
            ("https://kb.example/a?b=1", "https://kb.example/a?b=1"),
        ] {
            assert_eq!(uri(path), expected);
        }
    }
}
