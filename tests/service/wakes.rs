//! A knowledge base says that it has news: it is read at once, once for however many times it says so.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use tokio::sync::Semaphore;

use crate::support::{BOT, World, serve, until};

const TOKEN: &str = "0123456789abcdef-wake";

/// A knowledge base that counts its readings and lets through as many as are allowed.
struct Gated {
    address: String,
    begun: Arc<AtomicUsize>,
    gate: Arc<Semaphore>,
}

fn gated() -> Gated {
    let (begun, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(1)));
    let (count, hold) = (begun.clone(), gate.clone());
    let address = serve(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().fallback(move || {
            let (count, hold) = (count.clone(), hold.clone());
            async move {
                let number = count.fetch_add(1, Ordering::SeqCst) + 1;
                hold.acquire().await.unwrap().forget();
                let body = format!(
                    "[{{\"id\": 1, \"title\": \"How often?\", \"body\": \"{number} times.\"}}]"
                );
                ([("content-type", "application/json")], body)
            }
        });
        tokio::spawn(async move { axum::serve(listener, app).await });
        format!("http://{address}")
    });
    Gated {
        address,
        begun,
        gate,
    }
}

fn free_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
    free.unwrap().port()
}

fn world(kms: &Gated, port: u16) -> World {
    let world = World::with(|settings| {
        settings.feed(&kms.address, &["every = '1h'"]);
        settings.tables(&format!(
            "[wake]\nlisten = '127.0.0.1:{port}'\ntoken = {{ file = 'wake-token' }}"
        ));
    });
    world.write("wake-token", TOKEN);
    world
}

/// Sends a wake, and gives the status and what was said.
fn post(connection: &mut TcpStream, path: &str, token: &str) -> (u16, String) {
    let body = "{\"event\": \"<script>\"}";
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: kms\r\nauthorization: Bearer {token}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    connection.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let mut part = [0; 4096];
    loop {
        let read = connection.read(&mut part).unwrap();
        answer.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&answer).into_owned();
        let length = text.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.parse::<usize>().ok())?
        });
        if let Some((head, rest)) = text.split_once("\r\n\r\n")
            && rest.len() >= length.unwrap_or(0)
        {
            let status = head.split(' ').nth(1).unwrap().parse().unwrap();
            return (status, rest.to_owned());
        }
        assert!(read > 0, "{text}");
    }
}

#[test]
fn thousands_of_wakes_are_two_readings() {
    let (kms, port) = (gated(), free_port());
    let world = world(&kms, port);
    let daemon = world.daemon();
    let live = || world.live().get("1").map(|step| step.1.clone());
    until("the first sync", || live().is_some());
    until("it listens", || {
        TcpStream::connect(("127.0.0.1", port)).is_ok()
    });
    let mut connection = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let path = format!("/wake/{BOT}");
    assert_eq!(post(&mut connection, &path, TOKEN).0, 202);
    until("the second reading", || {
        kms.begun.load(Ordering::SeqCst) == 2
    });
    // It is still being read.
    for number in 0..2000 {
        let path = if number % 2 == 0 {
            path.clone()
        } else {
            format!("{path}/kms")
        };
        assert_eq!(post(&mut connection, &path, TOKEN).0, 202);
    }
    kms.gate.add_permits(10);
    until("one more reading", || live().as_deref() == Some("3 times."));
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(kms.begun.load(Ordering::SeqCst), 3);
    daemon.stop().exits(0);
}

#[test]
fn a_wake_needs_the_token_and_a_bot_and_the_listener_serves_nothing_else() {
    let (kms, port) = (gated(), free_port());
    kms.gate.add_permits(10);
    let world = world(&kms, port);
    let daemon = world.daemon();
    until("the first sync", || !world.live().is_empty());
    until("it listens", || {
        TcpStream::connect(("127.0.0.1", port)).is_ok()
    });
    let ask = |path: &str, token: &str| {
        let mut connection = TcpStream::connect(("127.0.0.1", port)).unwrap();
        post(&mut connection, path, token)
    };
    let path = format!("/wake/{BOT}");
    let (status, said) = ask(&path, "wrong");
    assert_eq!(status, 401);
    assert!(said.contains("token of [wake]"), "{said}");
    assert_eq!(ask("/wake/nobody", TOKEN).0, 404);
    assert_eq!(ask(&format!("{path}/nothing"), TOKEN).0, 404);
    for other in ["/", "/metrics", "/healthz", "/status.json"] {
        assert_eq!(ask(other, TOKEN).0, 404, "{other}");
    }
    for _ in 0..9 {
        ask(&path, "wrong");
    }
    assert_eq!(ask(&path, TOKEN).0, 429, "after ten wrong tokens");
    assert_eq!(kms.begun.load(Ordering::SeqCst), 1);
    let run = daemon.stop().exits(0);
    assert!(
        !run.stderr.contains(TOKEN) && !run.stderr.contains("<script>"),
        "{}",
        run.stderr
    );
}
