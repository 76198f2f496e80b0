//! Holds what operators read and install to the program: every message and alert has its heading in
//! docs/OPERATIONS.md, dashboard and rules ask for metrics that there are, the configurations in the
//! manifests are right, and every test that docs/SECURITY.md names exists.

#![allow(clippy::unwrap_used, reason = "everything here is a test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use kms_haptik_sync::config::Config;
use kms_haptik_sync::model::{FingerprintPart, GuardLimits, HoldReason};

const OPERATIONS: &str = include_str!("../docs/OPERATIONS.md");
const SECURITY: &str = include_str!("../docs/SECURITY.md");
const METRICS: &str = include_str!("../docs/METRICS.md");
const FAULTS: &str = include_str!("../docs/FAULTS.md");
const README: &str = include_str!("../README.md");
const RULES: &str = include_str!("../container/prometheus/rules.yaml");
const DASHBOARD: &str = include_str!("../container/grafana/dashboard.json");

/// Files whose errors people are told.
const ERRORS: [&str; 12] = [
    "src/config/secret.rs",
    "src/sync/binding.rs",
    "src/sync/engine.rs",
    "src/control/command_context.rs",
    "src/daemon/run.rs",
    "src/intake/error.rs",
    "src/intake/feed/error.rs",
    "src/normalise/names.rs",
    "src/haptik/transport.rs",
    "src/spool/mod.rs",
    "src/store/error.rs",
    "src/store/steps/past.rs",
];

/// Files with what is said of single files and lists, which is no error of its own.
const REASONS: [&str; 6] = [
    "src/intake/archive/pages.rs",
    "src/intake/budget.rs",
    "src/intake/feed/doubt.rs",
    "src/intake/article_collector.rs",
    "src/intake/read_files.rs",
    "src/intake/bytes/stream.rs",
];

/// What stands for names and numbers.
const GAP: &str = "…";

fn file(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The messages that docs/OPERATIONS.md quotes.
fn quoted() -> BTreeSet<&'static str> {
    OPERATIONS
        .lines()
        .filter_map(|line| line.strip_prefix("> "))
        .collect()
}

/// What a message says before its remedy, with gaps; `None` where that is no words of its own.
fn cause(message: &str) -> Option<String> {
    let cause = message.split("; ").next().unwrap();
    cause
        .contains(|found: char| found.is_ascii_alphabetic())
        .then(|| cause.to_owned())
}

/// The texts of the `#[error("...")]` of a file.
fn messages(source: &str) -> Vec<String> {
    let texts = source.split("#[error(").skip(1).filter_map(|rest| {
        let rest = rest.trim_start().strip_prefix('"')?;
        let mut text = String::new();
        let mut letters = rest.chars();
        loop {
            match letters.next()? {
                '"' => return Some(text),
                '\\' => match letters.next()? {
                    // The line goes on where its next word begins.
                    '\n' => {
                        let rest = letters.as_str().trim_start().to_owned();
                        let skipped = letters.as_str().len() - rest.len();
                        letters = letters.as_str()[skipped..].chars();
                    }
                    letter => text.push(letter),
                },
                letter => text.push(letter),
            }
        }
    });
    texts.map(|text| with_gaps(&text)).collect()
}

fn with_gaps(text: &str) -> String {
    let mut clean = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        clean.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            clean.push_str(brace);
            rest = after;
        } else {
            clean.push_str(GAP);
            rest = rest.split_once('}').unwrap().1;
        }
    }
    clean + rest
}

/// Whether a quotation is of this message: the same words, as far as it goes.
fn is_quoted(cause: &str) -> bool {
    quoted().iter().any(|quote| {
        let words = quote.trim_end_matches(GAP).trim_end();
        words.len() >= 8 && (cause.starts_with(words) || cause.ends_with(words))
    })
}

#[test]
fn every_error_has_its_heading() {
    let mut known = Vec::new();
    for path in ERRORS {
        let messages = messages(&file(path));
        assert!(!messages.is_empty(), "{path} has no errors");
        known.extend(messages.iter().filter_map(|message| cause(message)));
    }
    known.extend(hold_reasons().iter().filter_map(|words| cause(words)));
    assert!(known.len() > 50, "only {} errors were found", known.len());
    let missing: Vec<_> = known.iter().filter(|cause| !is_quoted(cause)).collect();
    assert!(
        missing.is_empty(),
        "docs/OPERATIONS.md quotes none of these below a heading: {missing:#?}"
    );
    for quote in quoted() {
        let words = quote.trim_end_matches(GAP).trim_end();
        let said = known
            .iter()
            .any(|cause| cause.starts_with(words) || cause.ends_with(words));
        // Made from numbers, so that there is no text of it to be found.
        let counted = quote.starts_with("bad_rows = \"stop\"");
        let reason = REASONS.iter().any(|path| is_written_in(&file(path), words));
        assert!(said || counted || reason, "nobody says {quote:?} any more");
    }
}

/// Whether these words stand in a source file in this order, with anything in the gaps.
fn is_written_in(source: &str, words: &str) -> bool {
    let mut rest = source;
    words.split(GAP).map(str::trim).all(|piece| {
        let found = rest.find(piece);
        rest = found.map_or("", |at| &rest[at + piece.len()..]);
        found.is_some()
    })
}

/// Every reason for which a removal is held, as it is told.
fn hold_reasons() -> Vec<String> {
    let reasons = [
        HoldReason::TooMany {
            removals: 7001,
            live: 7002,
            limits: GuardLimits {
                max_removals: 7003,
                max_removal_percent: 74,
            },
        },
        HoldReason::Configuration {
            parts: vec![FingerprintPart::NodeName],
        },
        HoldReason::Configuration {
            parts: vec![FingerprintPart::Unknown],
        },
        HoldReason::ByHand,
    ];
    for reason in &reasons {
        // A reason that is added here is missing above and in the document.
        match reason {
            HoldReason::TooMany { .. } | HoldReason::Configuration { .. } | HoldReason::ByHand => {}
        }
    }
    let gaps = |text: String| {
        let numbers = (7001..7009).map(|number: u32| number.to_string());
        numbers
            .chain(["74".to_owned(), FingerprintPart::NodeName.in_words()])
            .fold(text, |text, number| text.replace(&number, GAP))
    };
    reasons
        .iter()
        .map(|reason| gaps(reason.to_string()))
        .collect()
}

#[test]
fn every_answer_of_haptik_has_its_heading() {
    let rows: Vec<_> = FAULTS
        .lines()
        .filter_map(|line| line.strip_prefix("| "))
        .filter_map(|line| line.split(" | ").next())
        .filter(|cell| !cell.starts_with("---") && *cell != "what happens")
        .collect();
    assert!(rows.len() > 25);
    for row in rows {
        let row = format!("**{row}**");
        assert!(OPERATIONS.contains(&row), "{row}");
    }
}

#[test]
fn every_exit_code_has_its_heading() {
    let (_, table) = README.split_once("| exit code | meaning |").unwrap();
    let codes = table
        .lines()
        .skip(2)
        .map_while(|line| line.strip_prefix("| ")?.split(' ').next());
    let mut found = 0;
    for code in codes {
        let heading = format!("### Exit code {code}");
        assert!(OPERATIONS.lines().any(|line| line == heading), "{heading}");
        found += 1;
    }
    assert_eq!(found, 4);
}

#[test]
fn every_alert_has_its_heading_and_leads_to_it() {
    let rules: serde_json::Value = yaml_serde::from_str(RULES).unwrap();
    let rules = rules["groups"][0]["rules"].as_array().unwrap();
    let mut alerts = BTreeSet::new();
    for rule in rules {
        let alert = rule["alert"].as_str().unwrap();
        let says = &rule["annotations"];
        assert!(says["summary"].is_string() && says["description"].is_string());
        let anchor = format!("docs/OPERATIONS.md#{}", alert.to_lowercase());
        assert_eq!(says["runbook"], anchor.as_str(), "{alert}");
        alerts.insert(format!("### {alert}"));
    }
    let headings: BTreeSet<_> = OPERATIONS
        .lines()
        .filter(|line| line.starts_with("### KmsHaptikSync"))
        .map(str::to_owned)
        .collect();
    assert_eq!(alerts, headings);
}

/// The names of metrics in a text.
fn metrics(text: &str) -> BTreeSet<&str> {
    let parts = text.split(|found: char| !found.is_ascii_lowercase() && found != '_');
    parts
        .filter(|part| part.starts_with("kms_haptik_sync_"))
        .map(|part| part.strip_suffix("_bucket").unwrap_or(part))
        .collect()
}

#[test]
fn rules_and_dashboard_ask_for_metrics_that_there_are() {
    let (_, table) = METRICS.split_once("<!-- metrics:").unwrap();
    let (table, _) = table.split_once("<!-- end of metrics").unwrap();
    let known = metrics(table);
    assert!(known.len() > 15);
    let asked = metrics(RULES);
    assert!(asked.is_subset(&known), "{:?}", asked.difference(&known));
    assert_eq!(metrics(DASHBOARD), known, "the dashboard shows them all");
    serde_json::from_str::<serde_json::Value>(DASHBOARD).unwrap();
}

/// Every text with the name of the configuration in what a manifest holds.
fn configurations(value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) if text.contains("[[bot]]") => found.push(text.clone()),
        serde_json::Value::Array(items) => {
            for item in items {
                configurations(item, found);
            }
        }
        serde_json::Value::Object(items) => {
            for item in items.values() {
                configurations(item, found);
            }
        }
        _ => {}
    }
}

#[test]
fn the_configurations_of_the_manifests_are_right() {
    for path in [
        "container/compose.yaml",
        "container/kubernetes/sidecar.yaml",
        "container/kubernetes/standalone.yaml",
    ] {
        let text = file(path);
        let mut found = Vec::new();
        for document in text.split("\n---\n") {
            configurations(&yaml_serde::from_str(document).unwrap(), &mut found);
        }
        assert_eq!(found.len(), 1, "{path}");
        let nothing = Vec::<(String, String)>::new();
        if let Err(problems) = Config::parse(&found[0], Path::new(path), nothing) {
            panic!("{problems}");
        }
    }
}

/// The Rust files below a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn what_shows_that_a_defence_holds_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    sources(&root.join("src"), &mut paths);
    sources(&root.join("tests"), &mut paths);
    let code: String = paths
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    let (_, table) = SECURITY
        .split_once("| threat | defence | shown by |")
        .unwrap();
    let mut tests = 0;
    for name in table.split('`').skip(1).step_by(2) {
        if name.contains('/') {
            assert!(root.join(name).exists(), "{name}");
        } else if name.matches('_').count() >= 2 {
            assert!(code.contains(&format!("fn {name}(")), "{name}");
            tests += 1;
        }
    }
    assert!(tests > 15, "only {tests} tests are named");
}

#[test]
fn gaps_stand_for_what_is_filled_in() {
    let source = "#[error(\n    \"a {x} is {}, \\\n  not {{ b }}; fix \\\"it\\\"\"\n)]";
    let messages = messages(source);
    assert_eq!(messages, ["a … is …, not { b }; fix \"it\""]);
    assert_eq!(cause(&messages[0]).unwrap(), "a … is …, not { b }");
    assert_eq!(cause("…: …"), None);
}
