use std::sync::Arc;
use std::time::Duration;

use super::{CSV, TOKEN, client, csv, settings, with_fault};
use crate::clock::Clock;
use crate::haptik::{Client, FaultClass, TaskStatus};
use crate::sandbox::faults::{Fault, FaultKind, On};
use crate::sandbox::in_process::InProcess;
use crate::sandbox::rules::UploadRule;
use crate::sandbox::server::Sandbox;
use crate::sandbox::settings::SandboxSettings;

fn in_process(sandbox: &Sandbox) -> Client {
    let transport = InProcess::new(sandbox, Duration::from_secs(30));
    client(Arc::new(transport), InProcess::base_url(), TOKEN)
}

#[tokio::test(start_paused = true)]
async fn hours_pass_in_an_instant() {
    let sandbox = Sandbox::new(SandboxSettings {
        task_time: Duration::from_hours(5),
        clock: Clock::following_tokio(0),
        ..settings()
    });
    let client = in_process(&sandbox);
    let task = client.submit("bot", csv(CSV)).await.unwrap();
    tokio::time::sleep(Duration::from_hours(5) - Duration::from_millis(5)).await;
    let status = client.status(&task).await.unwrap();
    assert!(matches!(status, TaskStatus::InProgress(_)), "{status:?}");
    tokio::time::sleep(Duration::from_millis(10)).await;
    let status = client.status(&task).await.unwrap();
    assert!(matches!(status, TaskStatus::Succeeded(_)), "{status:?}");
    let calls = sandbox.calls();
    assert_eq!((calls.count, calls.calls[0].call), (3, "submit"));
    assert_eq!(calls.tasks[0].ended_at, Some(5 * 3_600_000));
}

#[tokio::test(start_paused = true)]
async fn the_faults_are_the_same_without_a_network() {
    let sandbox = Sandbox::new(SandboxSettings {
        clock: Clock::following_tokio(0),
        ..settings()
    });
    let client = in_process(&sandbox);
    let table = [
        (FaultKind::DropBefore, 0),
        (FaultKind::DropAfter, 1),
        (FaultKind::Truncate, 1),
        (FaultKind::Empty, 1),
        (FaultKind::NotJson, 1),
        (FaultKind::Huge, 1),
        (FaultKind::Html, 0),
        (FaultKind::Slow, 1),
    ];
    for (kind, taken) in table {
        let before = sandbox.calls().tasks.len();
        let fault = Fault {
            ms: 60_000,
            ..Fault::new(On::Submit, kind)
        };
        sandbox.change(with_fault(fault));
        let told = client.submit("bot", csv(CSV)).await.unwrap_err();
        assert_eq!(told.class, FaultClass::InDoubt, "{kind:?}: {told}");
        assert_eq!(sandbox.calls().tasks.len() - before, taken, "{kind:?}");
    }
}

#[tokio::test]
async fn a_token_replaced_while_running_is_found() {
    let sandbox = Sandbox::new(settings());
    let client = in_process(&sandbox);
    sandbox.change(UploadRule {
        token: Some("new".to_owned()),
        ..UploadRule::default()
    });
    let told = client.submit("bot", csv(CSV)).await.unwrap_err();
    assert_eq!(told.status, Some(401));
    sandbox.change(UploadRule {
        token: Some(TOKEN.to_owned()),
        ..UploadRule::default()
    });
    assert!(client.submit("bot", csv(CSV)).await.is_ok());
}

#[tokio::test]
async fn a_token_that_cannot_be_read_stops_the_line_without_a_call() {
    struct Unreadable;
    impl crate::haptik::Credentials for Unreadable {
        fn token(&self) -> Result<crate::config::Secret, String> {
            Err("the token file /run/token is not there".to_owned())
        }
    }
    let sandbox = Sandbox::new(settings());
    let transport = Arc::new(InProcess::new(&sandbox, Duration::from_secs(30)));
    let client = Client::new(
        transport,
        InProcess::base_url().to_owned(),
        super::CLIENT_ID.to_owned(),
        Some(Arc::new(Unreadable)),
        Clock::system(),
    )
    .unwrap();
    let told = client.submit("bot", csv(CSV)).await.unwrap_err();
    assert_eq!(told.class, FaultClass::StopAndTell);
    assert!(told.message.contains("/run/token is not there"), "{told}");
    assert_eq!(sandbox.calls().count, 0);
}
