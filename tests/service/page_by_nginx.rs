//! A real nginx in front of the dashboard, with the configuration of docs/PAGE.md as it stands there: it asks a
//! service that knows people, and names them to the unix socket in place of what the browser says.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command};

use crate::admin::{exchange, status_of};
use crate::page_actions::{SAME_ORIGIN, field};
use crate::support::{World, faq, until};

/// The program. `.ci/run` unpacks it.
const PROGRAM: &str = "NGINX";
const PAGE: &str = include_str!("../../docs/PAGE.md");

/// An nginx that ends with its test.
struct Nginx(Child);

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What stands in the documents, on a port of this test and without TLS, which is the same for every service.
fn configuration(folder: &Path, port: u16, who_knows: u16) -> String {
    let (_, rest) = PAGE.split_once("```nginx\n").unwrap();
    let (server, _) = rest.split_once("```").unwrap();
    let mut server = server.to_owned();
    let socket = folder.join("admin.sock").display().to_string();
    for (from, to) in [
        ("listen 443 ssl;", format!("listen 127.0.0.1:{port};")),
        ("127.0.0.1:4180", format!("127.0.0.1:{who_knows}")),
        ("/run/kms-haptik-sync/admin.sock", socket),
    ] {
        assert!(server.contains(from), "{from} in {server}");
        server = server.replace(from, &to);
    }
    let mut temporary = String::new();
    for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
        let _ = writeln!(temporary, "{kind}_temp_path nginx/{kind};");
    }
    format!(
        "daemon off;\nmaster_process off;\npid nginx.pid;\nerror_log stderr;\nevents {{}}\nhttp {{\n\
         access_log off;\n{temporary}{server}}}\n"
    )
}

/// Answers as oauth2-proxy does with `set_xauthrequest`: whoever has a session is named, others have to sign in.
fn who_knows_people() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(stream) = stream else { return };
            std::thread::spawn(move || answer(&stream));
        }
    });
    port
}

fn answer(mut stream: &TcpStream) {
    let lines = BufReader::new(stream).lines().map_while(Result::ok);
    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let session = head
        .iter()
        .find_map(|line| line.strip_prefix("Cookie: session="));
    let is_question = head[0].starts_with("GET /oauth2/auth ");
    let said = match session {
        _ if !is_question => "200 OK\r\nContent-Length: 7\r\n\r\nsign in".to_owned(),
        None => "401 Unauthorized\r\nContent-Length: 0\r\n\r\n".to_owned(),
        Some(who) => {
            format!("202 Accepted\r\nX-Auth-Request-Email: {who}\r\nContent-Length: 0\r\n\r\n")
        }
    };
    let said = format!(
        "HTTP/1.1 {}",
        said.replacen("\r\n", "\r\nConnection: close\r\n", 1)
    );
    let _ = stream.write_all(said.as_bytes());
}

/// A port that nobody listens on.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn world() -> World {
    let world = World::with(|settings| {
        settings.tables(
            "[admin]\nlisten = 'unix:admin.sock'\nidentity_header = 'X-Forwarded-User'\n\
             public_url = 'https://sync.example.com'\n\
             [[admin.user]]\nname = 'anna@example.com'\nrole = 'approver'",
        );
        settings.bot("max_removals = 2");
    });
    world.export(&faq(&["a", "b", "c", "d", "e"]));
    world.sync().exits(0);
    world.export(&faq(&["d", "e"]));
    world
}

#[test]
fn a_real_proxy_says_who_asks_whatever_the_browser_says() {
    let Some(program) = std::env::var_os(PROGRAM) else {
        println!(
            "SKIPPED: {PROGRAM} does not name nginx (packaging/from-debian target/nginx nginx)"
        );
        return;
    };
    let world = world();
    let daemon = world.daemon();
    daemon.says("the admin listener is at unix:");
    let port = free_port();
    world.write(
        "nginx.conf",
        configuration(&world.path(""), port, who_knows_people()),
    );
    world.write("nginx/here", "");
    let started = Command::new(program)
        // It takes this variable for the numbers of sockets.
        .env_remove(PROGRAM)
        .arg("-p")
        .arg(world.path(""))
        .args(["-c", "nginx.conf", "-e", "stderr"])
        .spawn();
    let _nginx = Nginx(started.unwrap());
    let address = format!("127.0.0.1:{port}");
    until("nginx listens", || TcpStream::connect(&address).is_ok());
    let get = |headers: &str| {
        let request = format!(
            "GET / HTTP/1.1\r\nHost: sync.example.com\r\nConnection: close\r\n{headers}\r\n"
        );
        exchange(&address, request.as_bytes()).replace("&#x2f;", "/")
    };

    // Nobody is let through without a session; who has one is who they are, whatever they claim.
    let anna = "Cookie: session=anna@example.com\r\n";
    let eve = "Cookie: session=eve@example.com\r\n";
    let claim = "X-Forwarded-User: anna@example.com\r\n";
    until("removals are held", || {
        get(anna).contains("Release 3 removals")
    });
    assert!(get(anna).contains("You are <bdi>anna@example.com</bdi>"));
    let nobody = get(claim);
    assert!(nobody.ends_with("sign in"), "{nobody}");
    for headers in [eve.to_owned(), format!("{eve}{claim}")] {
        let answer = get(&headers);
        assert_eq!(status_of(&answer), 403, "{answer}");
        assert!(answer.contains("eve@example.com"), "{answer}");
    }

    // A form goes through it, with the name of its sender.
    let page = get(&format!("{anna}{claim}"));
    let form = format!(
        "form_key={}&approval={}&choose=1&step=a",
        field(&page, "form_key"),
        field(&page, "approval")
    );
    let request = format!(
        "POST /bots/acme_support/approve HTTP/1.1\r\nHost: sync.example.com\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n{SAME_ORIGIN}{anna}\r\n{form}",
        form.len()
    );
    let done = exchange(&address, request.as_bytes());
    assert_eq!(status_of(&done), 303, "{done}");
    until("it is gone", || !world.live().contains_key("a"));
    let actions = world
        .run(&["history", "--actions", "--json"])
        .exits(0)
        .json();
    assert_eq!(actions[0]["who"], "anna@example.com (page)");
    daemon.stop().exits(0);
}
