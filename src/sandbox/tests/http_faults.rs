use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{CSV, TOKEN, client, csv, http_client, serve, settings, with_fault};
use crate::haptik::{Backoff, FaultClass, HttpTransport, TaskId, TaskStatus};
use crate::sandbox::faults::{Fault, FaultKind, On};
use crate::sandbox::rules::UploadRule;
use crate::sandbox::server::Sandbox;

const RETRY: FaultClass = FaultClass::Retry { after: None };

fn fault(kind: FaultKind) -> Fault {
    Fault::new(On::Any, kind)
}

fn with_header(code: u16, name: &str, value: &str) -> Fault {
    Fault {
        headers: [(name.to_owned(), value.to_owned())].into(),
        ..Fault::status_code(On::Any, code)
    }
}

#[tokio::test]
async fn an_upload_is_submitted_and_followed_to_its_end() {
    let sandbox = Sandbox::new(settings());
    let client = http_client(&serve(&sandbox).await);
    sandbox.change(UploadRule {
        task_time: Some(50),
        ..UploadRule::default()
    });
    let task = client.submit("bot", csv(CSV)).await.unwrap();
    let intervals = crate::config::Intervals {
        first: Duration::from_millis(10),
        max: Duration::from_millis(40),
        give_up_after: Duration::from_secs(5),
    };
    let (mut waits, mut random) = (Backoff::new(intervals), fastrand::Rng::with_seed(1));
    let end = loop {
        match client.status(&task).await.unwrap() {
            TaskStatus::InProgress(_) => {}
            end => break end,
        }
        tokio::time::sleep(waits.next(&mut random, None)).await;
    };
    assert!(matches!(end, TaskStatus::Succeeded(_)), "{end:?}");
    let steps = sandbox.steps("bot");
    assert_eq!(steps["kb-1"].questions, ["q", "r"]);
    assert_eq!(steps["kb-1"].answers, ["a", "b"]);
    assert!(steps["kb-2"].active);
}

#[tokio::test]
async fn a_bad_step_fails_its_task_by_name() {
    let sandbox = Sandbox::new(settings());
    let client = http_client(&serve(&sandbox).await);
    sandbox.change(UploadRule {
        bad_steps: Some([("kb-2".to_owned(), "too long".to_owned())].into()),
        ..UploadRule::default()
    });
    let task = client.submit("bot", csv(CSV)).await.unwrap();
    let status = client.status(&task).await.unwrap();
    let expected = "Error: step \"kb-2\" could not be created: too long";
    assert_eq!(status, TaskStatus::Failed(expected.to_owned()));
}

#[tokio::test]
async fn a_wrong_token_or_client_id_stops_and_is_never_told() {
    let sandbox = Sandbox::new(settings());
    let base_url = serve(&sandbox).await;
    let transport = Arc::new(HttpTransport::new(&base_url, Duration::from_secs(5)).unwrap());
    let client = client(transport, &base_url, "another-secret-token");
    let fault = client.submit("bot", csv(CSV)).await.unwrap_err();
    assert_eq!(
        (fault.class, fault.status),
        (FaultClass::StopAndTell, Some(401))
    );
    assert!(!fault.message.contains("another-secret-token"), "{fault}");
    assert!(
        fault.message.contains("the token is missing or not valid"),
        "{fault}"
    );

    let echo = Fault {
        body: Some(format!("{{\"error_message\": \"no such token: {TOKEN}\"}}")),
        ..Fault::status_code(On::Any, 401)
    };
    sandbox.change(with_fault(echo));
    let fault = http_client(&base_url)
        .submit("bot", csv(CSV))
        .await
        .unwrap_err();
    assert!(
        fault.message.contains("no such token: [redacted]"),
        "{fault}"
    );
}

#[tokio::test]
async fn every_fault_is_classed() {
    use FaultClass::{InDoubt, Refused, StopAndTell};
    let table = [
        (fault(FaultKind::DropBefore), InDoubt, RETRY),
        (fault(FaultKind::DropAfter), InDoubt, RETRY),
        (fault(FaultKind::Truncate), InDoubt, RETRY),
        (fault(FaultKind::Empty), InDoubt, RETRY),
        (fault(FaultKind::NotJson), InDoubt, RETRY),
        (fault(FaultKind::Html), InDoubt, RETRY),
        (fault(FaultKind::Huge), InDoubt, RETRY),
        (fault(FaultKind::SuccessFalse), Refused, RETRY),
        (Fault::status_code(On::Any, 400), Refused, StopAndTell),
        (Fault::status_code(On::Any, 401), StopAndTell, StopAndTell),
        (Fault::status_code(On::Any, 403), StopAndTell, StopAndTell),
        (Fault::status_code(On::Any, 404), StopAndTell, InDoubt),
        (Fault::status_code(On::Any, 413), Refused, StopAndTell),
        (Fault::status_code(On::Any, 500), InDoubt, RETRY),
        (Fault::status_code(On::Any, 503), RETRY, RETRY),
    ];
    let sandbox = Sandbox::new(settings());
    let client = http_client(&serve(&sandbox).await);
    let task = client.submit("bot", csv(CSV)).await.unwrap();
    for (fault, submit, status) in table {
        let twice = Fault { times: 2, ..fault };
        sandbox.change(with_fault(twice.clone()));
        let told = client.submit("bot", csv(CSV)).await.unwrap_err();
        assert_eq!(told.class, submit, "{twice:?}: {told}");
        let told = client.status(&task).await.unwrap_err();
        assert_eq!(told.class, status, "{twice:?}: {told}");
    }
    assert!(client.status(&task).await.is_ok());
}

#[tokio::test]
async fn a_lost_answer_tells_nothing_of_whether_the_upload_was_taken() {
    let sandbox = Sandbox::new(settings());
    let client = http_client(&serve(&sandbox).await);
    for (kind, tasks) in [(FaultKind::DropBefore, 0), (FaultKind::DropAfter, 1)] {
        sandbox.change(with_fault(fault(kind)));
        let told = client.submit("bot", csv(CSV)).await.unwrap_err();
        assert_eq!(
            (told.class, told.status),
            (FaultClass::InDoubt, None),
            "{told}"
        );
        assert_eq!(sandbox.calls().tasks.len(), tasks, "{kind:?}");
    }
}

#[tokio::test]
async fn a_forgotten_task_is_in_doubt() {
    let sandbox = Sandbox::new(settings());
    let client = http_client(&serve(&sandbox).await);
    sandbox.change(with_fault(Fault::new(On::Submit, FaultKind::ForgetTask)));
    let task = client.submit("bot", csv(CSV)).await.unwrap();
    let told = client.status(&task).await.unwrap_err();
    assert_eq!((told.class, told.status), (FaultClass::InDoubt, Some(404)));
    let task = client.submit("bot", csv(CSV)).await.unwrap();
    sandbox.change(with_fault(Fault::new(On::Status, FaultKind::ForgetTask)));
    for _ in 0..2 {
        let told = client.status(&task).await.unwrap_err();
        assert_eq!(told.status, Some(404));
    }
}

#[tokio::test]
async fn retry_after_is_read_in_both_forms() {
    let sandbox = Sandbox::new(settings());
    let client = http_client(&serve(&sandbox).await);
    let in_an_hour = jiff::Timestamp::now() + Duration::from_hours(1);
    let date = jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&in_an_hour)
        .unwrap();
    for (value, at_least, at_most) in [("17", 17, 17), (date.as_str(), 3_590, 3_600)] {
        sandbox.change(with_fault(with_header(429, "retry-after", value)));
        let told = client.submit("bot", csv(CSV)).await.unwrap_err();
        let FaultClass::Retry { after: Some(after) } = told.class else {
            panic!("{told:?}");
        };
        assert!((at_least..=at_most).contains(&after.as_secs()), "{after:?}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_its_path_is_not_told() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = format!(
        "http://{}/there?key=hidden",
        elsewhere.local_addr().unwrap()
    );
    let sandbox = Sandbox::new(settings());
    let client = http_client(&serve(&sandbox).await);
    for code in [301, 302, 307, 308] {
        sandbox.change(with_fault(with_header(code, "location", &target)));
        let told = client.submit("bot", csv(CSV)).await.unwrap_err();
        assert_eq!(told.class, FaultClass::StopAndTell);
        assert!(told.message.contains("it points to 127.0.0.1"), "{told}");
        assert!(!told.message.contains("hidden"), "{told}");
    }
    let called = tokio::time::timeout(Duration::from_millis(50), elsewhere.accept()).await;
    assert!(called.is_err(), "somebody called the other host");
}

#[tokio::test]
async fn a_slow_answer_is_in_doubt_once_the_call_has_timed_out() {
    let sandbox = Sandbox::new(settings());
    let base_url = serve(&sandbox).await;
    let transport = HttpTransport::new(&base_url, Duration::from_millis(200)).unwrap();
    let client = client(Arc::new(transport), &base_url, TOKEN);
    let slow = Fault {
        ms: 60_000,
        ..Fault::new(On::Submit, FaultKind::Slow)
    };
    sandbox.change(with_fault(slow));
    let told = client.submit("bot", csv(CSV)).await.unwrap_err();
    assert_eq!(told.class, FaultClass::InDoubt, "{told}");
    assert!(told.message.contains("did not answer in time"), "{told}");
    assert_eq!(sandbox.calls().tasks.len(), 1);
}

#[tokio::test]
async fn what_never_reached_haptik_is_tried_again() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refused = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let no_tls = format!("https://{}", plain.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = plain.accept().await {
            let _ = stream.read(&mut [0; 512]).await;
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let table = [
        (refused.as_str(), "no connection to Haptik"),
        (no_tls.as_str(), "no trusted TLS connection"),
        ("http://haptik.invalid", "could not be resolved"),
    ];
    for (base_url, words) in table {
        let told = http_client(base_url)
            .submit("bot", csv(CSV))
            .await
            .unwrap_err();
        assert_eq!(told.class, RETRY, "{told}");
        assert!(told.message.contains(words), "{told}");
        assert!(!told.message.contains(TOKEN), "{told}");
    }
}

#[tokio::test]
async fn an_upload_has_a_known_length_and_a_task_id_stays_in_its_segment() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}/prefix/", listener.local_addr().unwrap());
    let heard = tokio::spawn(async move {
        let mut heard = Vec::new();
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut bytes = vec![0; 64 * 1024];
            let length = stream.read(&mut bytes).await.unwrap();
            heard.push(String::from_utf8_lossy(&bytes[..length]).to_lowercase());
        }
        heard
    });
    let client = http_client(&base_url);
    let _ = client.submit("bot", csv(CSV)).await;
    let _ = client
        .status(&TaskId::new("../../x?y#z/%41").unwrap())
        .await;
    let heard = heard.await.unwrap();
    assert!(
        heard[0].starts_with("post /prefix/mogambo_api/nodes/faq/create/ http/1.1"),
        "{}",
        heard[0]
    );
    assert!(heard[0].contains("content-length: "), "{}", heard[0]);
    assert!(!heard[0].contains("chunked"), "{}", heard[0]);
    let path = "get /prefix/mogambo_api/nodes/faq/create/status/..%2f..%2fx%3fy%23z%2f%2541/ http";
    assert!(heard[1].starts_with(path), "{}", heard[1]);
}
