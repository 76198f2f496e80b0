use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::*;
use crate::clock::Clock;
use crate::config::Config;
use crate::status::LiveStatus;
use crate::sync::{Engine, silent};

const BEGIN: &str = "<!-- metrics: rendered from what is served -->\n";
const END: &str = "<!-- end of metrics -->";

/// A service that has nothing to tell yet, with a bot whose name needs escaping.
async fn served(folder: &Path) -> String {
    let text = "[haptik]\nbase_url = 'sandbox'\n[notify]\nurl = 'http://127.0.0.1:9'\n[[bot]]\ndomain_name = 'a\"b'\nupload_effect = 'merge'\n\
                [[bot.source]]\nfolder = 'export'\n";
    let path = folder.join("config.toml");
    let config = Config::parse(text, &path, Vec::<(String, String)>::new()).unwrap();
    let config = Arc::new(config);
    let stop = CancellationToken::new();
    let engine = Engine::open(&config, Clock::system(), silent(), stop)
        .await
        .unwrap();
    let live_status = LiveStatus::default();
    live_status.take_up("a\"b", Some(1));
    live_status.counters.begin_source("a\"b", "export");
    let began = crate::clock::TimePoint {
        wall: 2_000_500,
        ..engine.runner.clock.point()
    };
    engine.last_readings.follow(&config.bots[0], &began);
    let store = &engine.runner.store;
    store.bot("a\"b").await.unwrap();
    store
        .record_success("a\"b", crate::store::Success::WHOLE, 1_000_500)
        .await
        .unwrap();
    let status_reader = StatusReader::new(config, &engine, live_status)
        .apart()
        .await
        .unwrap();
    super::text(&status_reader).await.unwrap()
}

/// The names of the labels of a sample, without that of a bucket.
fn labels(sample: &str) -> Vec<&str> {
    let (_, inside) = sample.split_once('{').unwrap_or_default();
    let mut parts: Vec<&str> = inside.split("=\"").collect();
    parts.pop();
    let names = parts.into_iter().filter_map(|part| part.rsplit(',').next());
    names.filter(|name| *name != "le").collect()
}

/// The metrics by name, as one row each of a table.
fn rendered(text: &str) -> String {
    let mut rows =
        String::from("\n| metric | type | labels | meaning |\n| --- | --- | --- | --- |\n");
    for line in text.lines().filter_map(|line| line.strip_prefix("# HELP ")) {
        let (name, help) = line.split_once(' ').unwrap();
        let kind = text
            .lines()
            .find_map(|line| line.strip_prefix(&format!("# TYPE {name} ")))
            .unwrap();
        let sample = text
            .lines()
            .find(|line| {
                line.starts_with(&format!("{name}{{")) || line.starts_with(&format!("{name}_"))
            })
            .unwrap_or_default();
        let labels = labels(sample);
        let total = if kind == "counter" { "_total" } else { "" };
        let _ = writeln!(
            rows,
            "| `{name}{total}` | {kind} | {} | {help} |",
            labels.join(", ")
        );
    }
    rows.push('\n');
    rows
}

#[tokio::test]
async fn the_document_lists_what_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let served = rendered(&served(folder.path()).await);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/METRICS.md");
    let document = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = document
        .split_once(BEGIN)
        .expect("the marker of the metrics");
    let (_, after) = rest.split_once(END).expect("the marker of their end");
    let wanted = format!("{before}{BEGIN}{served}{END}{after}");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, wanted).unwrap();
        return;
    }
    assert_eq!(
        document, wanted,
        "accept with `UPDATE_DOCS=1 cargo test --lib admin::`"
    );
}

#[tokio::test]
async fn values_are_those_of_the_state() {
    let folder = tempfile::tempdir().unwrap();
    let text = served(folder.path()).await;
    for line in [
        "kms_haptik_sync_steps{bot=\"a\\\"b\",state=\"live\"} 0",
        "kms_haptik_sync_last_success_timestamp_seconds{bot=\"a\\\"b\"} 1000.5",
        "kms_haptik_sync_last_in_sync_timestamp_seconds{bot=\"a\\\"b\"} 1000.5",
        "kms_haptik_sync_paused{bot=\"a\\\"b\"} 0",
        "kms_haptik_sync_uploads_total{bot=\"a\\\"b\",outcome=\"failed\"} 0",
        "kms_haptik_sync_task_duration_seconds_count{bot=\"a\\\"b\"} 0",
        "kms_haptik_sync_calls_left 100",
        "kms_haptik_sync_config_last_reload_successful 1",
        "kms_haptik_sync_undelivered_messages{receiver=\"notify.url\"} 0",
        "kms_haptik_sync_source_failing{bot=\"a\\\"b\",source=\"export\"} 0",
        "kms_haptik_sync_source_errors_total{bot=\"a\\\"b\",source=\"export\"} 0",
        "kms_haptik_sync_source_last_read_timestamp_seconds{bot=\"a\\\"b\",source=\"export\"} 2000.5",
        "kms_haptik_sync_source_read_interval_seconds{bot=\"a\\\"b\",source=\"export\"} 300.0",
        "kms_haptik_sync_freshness_max_age_seconds 3600.0",
        // A change has waited since 1970.
        "kms_haptik_sync_ready 0",
    ] {
        assert!(
            text.lines().any(|served| served == line),
            "{line} in\n{text}"
        );
    }
    assert!(text.ends_with("# EOF\n"));
    for name in [
        "process_resident_memory_bytes",
        "process_cpu_seconds_total",
        "process_start_time_seconds",
    ] {
        let value = text
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{name} ")));
        let value: f64 = value.expect(name).parse().unwrap();
        assert!(value > 0.0, "{name} {value}");
    }
}
