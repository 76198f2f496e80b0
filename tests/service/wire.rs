//! Faults that keep a call from reaching Haptik at all, and credentials that are fixed while the
//! daemon runs.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use crate::support::{BOT, TOKEN, World, faq, serve, until, within};
use kms_haptik_sync::sandbox::{Fault, On, UploadRule};
use tokio::net::TcpSocket;

/// A port that is taken and on which nobody listens.
fn nobody_listens() -> (TcpSocket, String) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(loopback()).unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    (socket, url)
}

/// A server whose queue is full: connecting takes for ever.
fn nobody_accepts() -> (impl Sized, String) {
    let listener = serve(async {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(loopback()).unwrap();
        socket.listen(1).unwrap()
    });
    let address = listener.local_addr().unwrap();
    let waiting: Vec<_> = (0..4)
        .map(|_| TcpStream::connect_timeout(&address, Duration::from_millis(50)))
        .collect();
    ((listener, waiting), format!("http://{address}"))
}

/// A server that hears a request and says something else.
fn says(words: &'static [u8]) -> String {
    let listener = TcpListener::bind(loopback()).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(words);
        }
    });
    address.to_string()
}

fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

#[test]
fn what_never_arrives_changes_nothing_and_goes_out_later() {
    let (_socket, refused) = nobody_listens();
    let (_queue, full) = nobody_accepts();
    let plain = says(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    let cases = [
        (refused, "no connection to Haptik", "prepared"),
        (
            "https://haptik.invalid".to_owned(),
            "could not be resolved",
            "prepared",
        ),
        (
            format!("https://{plain}"),
            "no trusted TLS connection",
            "prepared",
        ),
        (full, "connecting to Haptik took too long", "prepared"),
        (
            format!(
                "http://{}",
                says(b"HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n{\"succ")
            ),
            "closed before the answer was complete",
            "in_doubt",
        ),
        (
            format!("http://{}", says(b"SSH-2.0-OpenSSH_9.6\r\n")),
            "the same upload goes again",
            "in_doubt",
        ),
    ];
    for (url, words, kept) in cases {
        let steps = faq(&["a", "b", "c"]);
        let mut world = World::new();
        let right = format!("base_url = '{}'", world.url);
        world.export(&steps);
        world.reconfigure(|settings| {
            settings.haptik(&format!("base_url = '{url}'"));
            settings.haptik("request_timeout = '1500ms'");
        });
        let run = world.sync();
        assert_eq!(run.code, Some(1), "{url}: {run:?}");
        let run = run.tells(&[words]);
        assert_eq!(run.bot()["quarantined"], 0);
        let told = match kept {
            "prepared" => "not_sent",
            kept => kept,
        };
        assert_eq!(run.bot()["uploads"][0]["outcome"], told, "{url}");
        let status = world.run(&["status", "--json"]).exits(1).bot();
        assert_eq!(status["in_flight"]["state"], kept, "{url}");
        assert_eq!(world.live(), faq(&[]), "{url}");
        world.reconfigure(|settings| settings.haptik(&right));
        if kept == "in_doubt" {
            // What may have arrived at one Haptik never goes to another.
            world.sync().exits(2).tells(&["rebind acme_support"]);
            world.run(&["rebind", "acme_support"]).exits(0);
        }
        world.sync().exits(0);
        assert_eq!(world.live(), steps, "{url}");
    }
}

#[test]
fn a_redirect_takes_no_credentials_elsewhere() {
    let world = World::new();
    let elsewhere = World::new();
    world.export(&faq(&["a"]));
    world.fault(Fault {
        times: 10,
        headers: [("location".to_owned(), format!("{}/x", elsewhere.url))].into(),
        ..Fault::status_code(On::Any, 307)
    });
    world
        .sync()
        .exits(1)
        .tells(&["307", "it points to 127.0.0.1", "set base_url"]);
    assert_eq!((world.calls(), elsewhere.calls()), (1, 0));
}

#[test]
fn a_token_that_is_replaced_on_disk_is_found_without_a_restart() {
    let mut steps = faq(&["a", "b"]);
    let world = World::new();
    world.export(&steps);
    let daemon = world.daemon();
    until("the first sync", || world.live() == steps);
    let new = "tok-the-next-one";
    world.sandbox.change(UploadRule {
        token: Some(new.to_owned()),
        ..UploadRule::default()
    });
    steps.extend(faq(&["c"]));
    world.export(&steps);
    daemon.says("Put the right token in place");
    assert_eq!(world.live(), faq(&["a", "b"]));
    let status = || world.run(&["status", "--json"]).bot();
    until("status says so", || status()["state"] == "failing");
    assert_eq!(status()["quarantined"], 0);

    world.write("token", new);
    assert!(
        within(Duration::from_secs(5), || world.live() == steps),
        "the token was not found:\n{}",
        daemon.stderr()
    );
    daemon.says("recovered");
    until("it is in sync", || status()["state"] == "in_sync");
    let run = daemon.stop().exits(0);
    let told = run.stderr.matches("Put the right token in place").count();
    assert_eq!(told, 1, "one cause is told once:\n{}", run.stderr);
    assert!(run.stderr.contains(BOT));
    assert!(!run.stderr.contains(new) && !run.stderr.contains(TOKEN));
}
