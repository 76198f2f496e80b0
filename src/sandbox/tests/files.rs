use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{CSV, TOKEN, client, csv, settings};
use crate::haptik::{Client, FaultClass, TaskStatus};
use crate::sandbox::in_process::InProcess;
use crate::sandbox::rules::UploadRule;
use crate::sandbox::server::Sandbox;
use crate::sandbox::settings::SandboxSettings;

fn kept(path: &std::path::Path) -> (Sandbox, Client) {
    let sandbox = Sandbox::new(SandboxSettings {
        path: Some(path.to_owned()),
        ..settings()
    });
    let transport = Arc::new(InProcess::new(&sandbox, Duration::from_secs(30)));
    let client = client(transport, InProcess::base_url(), TOKEN);
    (sandbox, client)
}

#[tokio::test]
async fn steps_and_tasks_outlive_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/sandbox.json");
    let (sandbox, client) = kept(&path);
    let first = client.submit("bot", csv(CSV)).await.unwrap();
    client.status(&first).await.unwrap();
    sandbox.change(UploadRule {
        task_time: Some(300),
        ..UploadRule::default()
    });
    let later = "node_name,question,answer\nkb-3,q,a\n";
    let second = client.submit("bot", csv(later)).await.unwrap();
    drop((sandbox, client));

    let (sandbox, client) = kept(&path);
    let status = client.status(&first).await.unwrap();
    assert!(matches!(status, TaskStatus::Succeeded(_)), "{status:?}");
    assert_eq!(sandbox.steps("bot").len(), 2);
    tokio::time::sleep(Duration::from_millis(320)).await;
    let status = client.status(&second).await.unwrap();
    assert!(matches!(status, TaskStatus::Succeeded(_)), "{status:?}");
    assert_eq!(sandbox.steps("bot").len(), 3);
    let third = client.submit("bot", csv(CSV)).await.unwrap();
    assert!(third != first && third != second);
}

#[tokio::test]
async fn a_damaged_file_is_told_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.json");
    for content in ["{", r#"{"format": 9, "bots": {}, "tasks": []}"#] {
        std::fs::write(&path, content).unwrap();
        let (_, client) = kept(&path);
        let told = client.submit("bot", csv(CSV)).await.unwrap_err();
        assert!(matches!(told.class, FaultClass::Retry { .. }), "{told}");
        assert!(told.message.contains("cannot be read"), "{told}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), content);
    }
}

/// Not a benchmark: only the order of magnitude, for anyone who changes the way of the data.
#[tokio::test]
async fn a_large_upload_is_taken_in_one_go() {
    use std::fmt::Write as _;
    let mut file = String::from("node_name,question,answer\n");
    for n in 0..100_000 {
        writeln!(file, "kb-{n},how to {n}|what about {n},\"answer, {n}\"").unwrap();
    }
    let sandbox = Sandbox::new(settings());
    let transport = Arc::new(InProcess::new(&sandbox, Duration::from_secs(30)));
    let client = client(transport, InProcess::base_url(), TOKEN);
    let began = Instant::now();
    let task = client.submit("bot", csv(&file)).await.unwrap();
    client.status(&task).await.unwrap();
    println!("{} bytes in {:?}", file.len(), began.elapsed());
    assert_eq!(sandbox.steps("bot").len(), 100_000);
}
