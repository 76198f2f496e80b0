//! A trusted proxy says who asks: on a unix socket, by a header that names a user, and never else.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;

use crate::admin::{body, status_of};
use crate::page::header;
use crate::page_actions::{SAME_ORIGIN, field};
use crate::support::{BOT, World, faq, until};

const TOKEN: &str = "token-of-the-program";

/// A daemon behind a proxy: Anna approves, Ben reads, and a program has a token.
fn world() -> World {
    let world = World::with(|settings| {
        settings.tables(
            "[admin]\nlisten = 'unix:admin.sock'\nidentity_header = 'X-Forwarded-User'\n\
             [[admin.user]]\nname = 'anna@example.com'\nrole = 'approver'\n\
             [[admin.user]]\nname = 'Jörg'\nrole = 'reader'\n\
             [[admin.user]]\nname = 'a program'\nrole = 'editor'\ntoken = { file = 'program-token' }",
        );
        settings.bot("max_removals = 2");
    });
    world.write("program-token", TOKEN);
    world.export(&faq(&["a", "b", "c", "d", "e"]));
    world.sync().exits(0);
    world.export(&faq(&["d", "e"]));
    world
}

fn exchange(world: &World, request: &str) -> String {
    let mut stream = UnixStream::connect(world.path("admin.sock")).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.replace("&#x2f;", "/")
}

fn get(world: &World, path: &str, headers: &str) -> String {
    exchange(
        world,
        &format!(
            "GET {path} HTTP/1.1\r\nHost: sync.example.com\r\nConnection: close\r\n{headers}\r\n"
        ),
    )
}

fn post(world: &World, path: &str, headers: &str, kind: &str, sent: &str) -> String {
    exchange(
        world,
        &format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: {kind}\r\n\
             Content-Length: {}\r\n{headers}\r\n{sent}",
            sent.len()
        ),
    )
}

const FORM: &str = "application/x-www-form-urlencoded";
const ANNA: &str = "X-Forwarded-User: anna@example.com\r\n";
const JOERG: &str = "X-Forwarded-User: Jörg\r\n";

#[test]
fn who_the_proxy_names_is_let_in_and_nobody_else() {
    let world = world();
    let daemon = world.daemon();
    daemon.says("the admin listener is at unix:");
    let mode = std::fs::metadata(world.path("admin.sock")).unwrap();
    assert_eq!(mode.permissions().mode() & 0o777, 0o660);
    until("removals are held", || {
        get(&world, "/", ANNA).contains("Held removals")
    });
    let page = get(&world, "/", ANNA);
    for words in ["You are <bdi>anna@example.com</bdi>", "Release 3 removals"] {
        assert!(page.contains(words), "{words} in {page}");
    }
    assert!(!page.contains("Sign out") && !page.contains("Sign in"));
    let page = get(&world, "/", JOERG);
    assert!(page.contains("An approver can release them"), "{page}");

    let twice = format!("{ANNA}{ANNA}");
    let other = format!("{JOERG}x-forwarded-user: anna@example.com\r\n");
    let bearer = format!("Authorization: Bearer {TOKEN}\r\n");
    let both = format!("X-Forwarded-User: eve\r\n{bearer}");
    for (headers, status, told) in [
        ("", 403, "the proxy does not say who asks"),
        ("X-Forwarded-User:\r\n", 403, "x-forwarded-user"),
        (
            "X-Forwarded-User: eve\r\n",
            403,
            "the proxy says that you are \"eve\"",
        ),
        (
            "X-Forwarded-User: anna@example.com, eve\r\n",
            403,
            "nobody of this name",
        ),
        (
            "X-Forwarded-User: ANNA@example.com\r\n",
            403,
            "nobody of this name",
        ),
        (
            "X_Forwarded_User: anna@example.com\r\n",
            403,
            "does not say who asks",
        ),
        (&twice, 403, "came 2 times"),
        (&other, 403, "came 2 times"),
        (&both, 403, "nobody of this name"),
        ("Authorization: Bearer wrong\r\n", 401, "send the token"),
        (&bearer, 200, BOT),
    ] {
        for path in ["/", "/readyz", "/v1/bots", "/events"] {
            // What is let in at `/events` goes on for as long as one listens, and the others say other words.
            if status == 200 && path != "/" {
                continue;
            }
            let answer = get(&world, path, headers);
            assert_eq!(status_of(&answer), status, "{headers:?} {path}: {answer}");
            assert!(
                status == 401 || answer.contains(told),
                "{headers:?}: {answer}"
            );
            assert!(status == 200 || !body(&answer).contains(BOT), "{answer}");
        }
    }
    // Probes may ask for a sign of life, and the command of this machine for more.
    assert_eq!(status_of(&get(&world, "/healthz", "")), 200);
    let health = world.run(&["health"]);
    assert_eq!(health.stdout, "ready\n", "{}", health.stderr);
    // Nobody signs in here, whatever they know.
    let form = format!("who=Eve&token={TOKEN}&next=/");
    let answer = post(&world, "/sign-in", SAME_ORIGIN, FORM, &form);
    assert_eq!(status_of(&answer), 404, "{answer}");
    assert!(header(&answer, "set-cookie").is_none() && answer.contains("Sign in there"));
    daemon.stop().exits(0);
}

#[test]
fn what_somebody_does_has_their_name_and_needs_their_own_form() {
    let world = world();
    let daemon = world.daemon();
    daemon.says("the admin listener is at unix:");
    until("removals are held", || {
        get(&world, "/", ANNA).contains("Held removals")
    });
    let page = get(&world, "/", ANNA);
    let form = format!(
        "form_key={}&approval={}&choose=1&step=a",
        field(&page, "form_key"),
        field(&page, "approval")
    );
    let path = "/bots/acme_support/approve";
    let mine = format!("{SAME_ORIGIN}{ANNA}");
    let foreign = format!("Origin: https://evil.example\r\nSec-Fetch-Site: cross-site\r\n{ANNA}");
    let his = format!("{SAME_ORIGIN}{JOERG}");
    let keyless = form.replace("form_key=", "form_key=0");
    for (headers, form, status, why) in [
        (&foreign, &form, 403, "another site sent it"),
        (&ANNA.to_owned(), &form, 403, "nobody says who sent it"),
        (&mine, &keyless, 403, "no key"),
        (&his, &form, 403, "the key of somebody else"),
        (&SAME_ORIGIN.to_owned(), &form, 403, "nobody is named"),
    ] {
        let answer = post(&world, path, headers, FORM, form);
        assert_eq!(status_of(&answer), status, "{why}: {answer}");
    }
    // A page of another site can have a browser send this, with the name that the proxy adds.
    let api = "/v1/bots/acme_support/approve";
    let json = "application/json";
    for sent in ["", "{\"steps\":[\"a\"]}"] {
        let answer = post(&world, api, ANNA, json, sent);
        assert_eq!(status_of(&answer), 403, "{answer}");
    }
    assert_eq!(world.live().len(), 5, "nothing was released");

    let done = post(&world, path, &mine, FORM, &form);
    assert_eq!(status_of(&done), 303, "{done}");
    until("it is gone", || !world.live().contains_key("a"));
    let actions = world
        .run(&["history", "--actions", "--json"])
        .exits(0)
        .json();
    assert_eq!(actions[0]["who"], "anna@example.com (page)");
    assert_eq!(actions[0]["what"], "approve");
    daemon.stop().exits(0);
}

#[test]
fn the_header_is_refused_where_anybody_could_write_it() {
    let mut world = World::new();
    for (tables, told) in [
        (
            "[admin]\nlisten = '127.0.0.1:0'\nidentity_header = 'X-Forwarded-User'\n[[admin.user]]\nname = 'anna'",
            &["needs a unix socket", "listen = \"unix:admin.sock\""][..],
        ),
        (
            "[admin]\nlisten = 'unix:admin.sock'\nidentity_header = 'X-Forwarded-User'",
            &["lets nobody in", "[[admin.user]]"],
        ),
        (
            "[admin]\nlisten = 'unix:admin.sock'\nidentity_header = 'Cookie'\n[[admin.user]]\nname = 'anna'",
            &["says something else"],
        ),
        (
            "[admin]\nlisten = 'unix:admin.sock'\nidentity_header = 'a b'\n[[admin.user]]\nname = 'anna'",
            &["is not the name of a header"],
        ),
        (
            "[admin]\nlisten = 'unix:admin.sock'\n[[admin.user]]\nname = 'anna'",
            &["say where it is kept"],
        ),
    ] {
        world.reconfigure(|settings| settings.tables(tables));
        world.run(&["plan"]).exits(2).tells(told);
    }
}
