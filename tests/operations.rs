//! Holds what operators read and install to the program: every alert has its heading in docs/OPERATIONS.md
//! (and every message, by `src/tests.rs`), dashboard and rules ask for metrics that there are, the configurations in the
//! manifests are right, and every test that docs/SECURITY.md names exists.

#![allow(clippy::unwrap_used, reason = "everything here is a test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use kms_haptik_sync::config::Config;

const OPERATIONS: &str = include_str!("../docs/OPERATIONS.md");
const SECURITY: &str = include_str!("../docs/SECURITY.md");
const METRICS: &str = include_str!("../docs/METRICS.md");
const FAULTS: &str = include_str!("../docs/FAULTS.md");
const README: &str = include_str!("../README.md");
const RULES: &str = include_str!("../container/prometheus/rules.yaml");
const DASHBOARD: &str = include_str!("../container/grafana/dashboard.json");

fn file(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
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
        let anchor = format!(
            "https://docs.example.com/kms-haptik-sync/OPERATIONS.html#{}",
            alert.to_lowercase()
        );
        assert_eq!(says["runbook_url"], anchor.as_str(), "{alert}");
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
        "container/compose-postgres.yaml",
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

fn documents(path: &str) -> Vec<serde_json::Value> {
    let text = file(path);
    let documents = text.split("\n---\n");
    documents
        .map(|document| yaml_serde::from_str(document).unwrap())
        .collect()
}

fn named(one: &serde_json::Value) -> (String, String) {
    let kind = one["kind"].as_str().unwrap().to_owned();
    (kind, one["metadata"]["name"].as_str().unwrap().to_owned())
}

#[test]
fn what_the_kustomizations_name_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let base = documents("container/kubernetes/kustomization.yaml").remove(0);
    assert_eq!(base["resources"], serde_json::json!(["standalone.yaml"]));
    let of_base = documents("container/kubernetes/standalone.yaml");
    for folder in [
        "container/kubernetes-production",
        "container/kubernetes-two-replicas",
    ] {
        is_an_overlay(root, folder, &of_base);
    }
}

fn is_an_overlay(root: &Path, folder: &str, of_base: &[serde_json::Value]) {
    let known: BTreeSet<_> = of_base.iter().map(named).collect();
    let production = documents(&format!("{folder}/kustomization.yaml")).remove(0);
    for resource in production["resources"].as_array().unwrap() {
        let at = root.join(folder).join(resource.as_str().unwrap());
        let is_there = at.is_file() || at.join("kustomization.yaml").is_file();
        assert!(is_there, "{resource}");
    }
    let pod = of_base.iter().find(|one| one["kind"] == "Deployment");
    let image = &pod.unwrap()["spec"]["template"]["spec"]["containers"][0]["image"];
    let image = image.as_str().unwrap().split_once(':').unwrap().0;
    assert_eq!(production["images"][0]["name"], image);
    let generator = &production["configMapGenerator"][0];
    let file = format!("{folder}/{}", generator["files"][0].as_str().unwrap());
    assert!(file.ends_with("/config.toml"), "what the program looks for");
    let nothing = Vec::<(String, String)>::new();
    if let Err(problems) = Config::parse(&self::file(&file), Path::new(&file), nothing) {
        panic!("{problems}");
    }
    let mut is_mounted = false;
    for patch in production["patches"].as_array().unwrap() {
        let patch: serde_json::Value =
            yaml_serde::from_str(patch["patch"].as_str().unwrap()).unwrap();
        assert!(known.contains(&named(&patch)), "{patch}");
        let volume = &patch["spec"]["template"]["spec"]["volumes"][0];
        is_mounted |=
            volume["configMap"]["name"] == generator["name"] && volume["name"] == "config";
    }
    assert!(is_mounted, "the pod has the generated configuration");
}

#[test]
fn who_scrapes_finds_the_port_the_token_and_the_job_of_the_rules() {
    let standalone = documents("container/kubernetes/standalone.yaml");
    let of_kind = |kind: &str| standalone.iter().find(|one| one["kind"] == kind).unwrap();
    let pod = &of_kind("Deployment")["spec"]["template"];
    let [service, monitor] = &documents("container/kubernetes/service-monitor.yaml")[..] else {
        panic!("a service and a monitor");
    };
    assert_eq!(monitor["kind"], "ServiceMonitor");
    let endpoint = &monitor["spec"]["endpoints"][0];
    let port = &service["spec"]["ports"][0];
    assert_eq!(endpoint["port"], port["name"]);
    let exposed = &pod["spec"]["containers"][0]["ports"][0];
    assert_eq!(port["targetPort"], exposed["name"]);
    assert_eq!(port["port"], exposed["containerPort"]);
    let labels = &service["metadata"]["labels"];
    assert_eq!(&service["spec"]["selector"], &pod["metadata"]["labels"]);
    assert_eq!(&monitor["spec"]["selector"]["matchLabels"], labels);
    let secret = &endpoint["authorization"]["credentials"];
    assert_eq!(secret["name"], of_kind("Secret")["metadata"]["name"]);
    let key = secret["key"].as_str().unwrap();
    assert!(of_kind("Secret")["stringData"][key].is_string());

    let scrape = documents("container/prometheus/prometheus.yaml").remove(0);
    let job = scrape["scrape_configs"][0]["job_name"].as_str().unwrap();
    assert!(RULES.contains(&format!("up{{job=\"{job}\"}}")));
    let label = monitor["spec"]["jobLabel"].as_str().unwrap();
    assert_eq!(labels[label], job);
    let rules = scrape["rule_files"][0].as_str().unwrap();
    assert!(file(&format!("container/prometheus/{rules}")) == RULES);
}
