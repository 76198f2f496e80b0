//! The page for people over real HTTP: what it says, that content from outside stays content, and
//! that nobody but a person who signed in on it can do anything.

use crate::admin::{self, OPEN, address, body, status_of};
use crate::page_actions::signed_in;
use crate::support::{BOT, Faq, Running, World, edit, faq, until};
use kms_haptik_sync::sandbox::UploadRule;

pub(crate) const ADMIN_TOKEN: &str = "adm-77-never-to-be-seen";
pub(crate) const WITH_TOKEN: &str =
    "[admin]\nlisten = '127.0.0.1:0'\ntoken = { file = 'admin-token' }";
const SCRIPT: &str = "<script>alert('x')</script><img src=x onerror=\"alert(1)\">";
const TEN: [&str; 10] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];

/// A world where a person is wanted: three removals are held.
pub(crate) fn held(admin: &str) -> World {
    let world = World::with(|settings| {
        settings.tables(admin);
        settings.bot("max_removals = 2");
    });
    world.write("admin-token", ADMIN_TOKEN);
    world.export(&faq(&TEN));
    world.sync().exits(0);
    world.export(&faq(&TEN[3..]));
    world
}

/// Steps that Haptik refuses.
pub(crate) fn refuse(world: &World, steps: &[(&str, &str)]) {
    let bad = steps.iter();
    world.sandbox.change(UploadRule {
        bad_steps: Some(
            bad.map(|(name, why)| ((*name).into(), (*why).into()))
                .collect(),
        ),
        ..UploadRule::default()
    });
}

/// An answer as a person reads it: in a page, slashes are escaped too.
pub(crate) fn get(address: &str, path: &str, headers: &str) -> String {
    admin::get(address, path, headers).replace("&#x2f;", "/")
}

pub(crate) fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let (head, _) = answer.split_once("\r\n\r\n").unwrap();
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

pub(crate) fn until_held(daemon: &Running, headers: &str) -> String {
    let address = address(daemon);
    until("removals are held", || {
        get(&address, "/", headers).contains("Held removals")
    });
    address
}

#[test]
fn an_operator_sees_how_the_bots_are_doing() {
    let world = held(OPEN);
    refuse(&world, &[("new", "Length of answer is too long")]);
    let mut wanted = faq(&TEN[3..]);
    wanted.extend(faq(&["new"]));
    world.export(&wanted);
    let daemon = world.daemon();
    let address = until_held(&daemon, "");
    until("the refusal", || {
        get(&address, "/", "").contains("Length of answer is too long")
    });
    let counts = "10 live, 0 pending, 1 quarantined, 3 removals held";
    until("the end of the pass", || {
        get(&address, "/", "").contains(counts)
    });
    let page = get(&address, "/", "");
    for words in [
        "acme_support",
        "<strong>Needs attention</strong>",
        "3 of 10 live steps would have been removed within 24 hours",
        "<a href=\"/steps/acme_support/a\">",
        "kms-haptik-sync approve acme_support",
        "Rejected by Haptik",
        "role=\"img\"",
    ] {
        assert!(page.contains(words), "{words} in {page}");
    }
    assert!(
        !page.contains("<form method=\"post\" action=\"/bots"),
        "no button without a token"
    );
    daemon.stop().exits(0);
}

#[test]
fn an_editor_is_told_the_story_of_a_step() {
    let world = World::with(|settings| settings.tables(OPEN));
    let mut steps = faq(&["refund policy/eu", "shipping"]);
    edit(&mut steps, "shipping", "It takes 14 days.");
    world.export(&steps);
    let daemon = world.daemon();
    let address = address(&daemon);
    until("the first sync", || world.live().len() == 2);
    let story = "/steps/acme_support/refund%20policy%2Feu";
    until("it is told", || {
        get(&address, story, "").contains("Live, as the knowledge base has it. As read at ")
    });
    for words in [
        "seen in the knowledge base",
        "uploaded (upload 1)",
        "confirmed live by Haptik",
        " after it was seen",
        "This is refund policy/eu.",
    ] {
        assert!(get(&address, story, "").contains(words), "{words}");
    }

    for found in ["refund", "REFUND+policy", "Tell+me+about+refund"] {
        let answer = get(&address, &format!("/steps?q={found}"), "");
        assert_eq!(header(&answer, "location"), Some(story), "{answer}");
    }
    let both = get(&address, "/?q=What+is", "");
    assert!(both.contains("shipping") && both.contains("refund policy/eu"));
    assert!(get(&address, "/steps?q=100%25_", "").contains("Nothing live or waiting"));

    let unknown = get(&address, "/steps/acme_support/shiping", "");
    assert_eq!(status_of(&unknown), 404);
    assert!(unknown.contains("Did you mean") && unknown.contains("/steps/acme_support/shipping"));
    for path in ["/steps/nobody/a", "/steps/nobody", "/steps/%3Cb%3E/a"] {
        let answer = get(&address, path, "");
        assert_eq!(status_of(&answer), 404, "{path}");
        assert!(
            answer.contains("There is no bot") && answer.contains(BOT),
            "{answer}"
        );
        assert!(!answer.contains("<b>"));
    }

    refuse(&world, &[("shipping", "Length of answer is too long")]);
    edit(&mut steps, "shipping", "It takes 30 days.");
    world.export(&steps);
    let told = || get(&address, "/steps/acme_support/shipping", "");
    until("the refusal", || {
        told().contains("Haptik rejected the new text. The earlier one stays live.")
    });
    until("both texts", || told().contains("<ins>30</ins>"));
    let page = told();
    for words in [
        "It takes <del>14</del> days.",
        "It takes <ins>30</ins> days.",
        "Length of answer is too long",
    ] {
        assert!(page.contains(words), "{words} in {page}");
    }

    world.heal();
    world.sandbox.change(UploadRule {
        never_ending: Some(true),
        bad_steps: Some(std::collections::BTreeMap::default()),
        ..UploadRule::default()
    });
    edit(&mut steps, "shipping", "It takes 3 weeks.");
    world.export(&steps);
    until("it is on its way", || {
        told().contains("until then the earlier one answers")
    });
    assert!(told().contains("<ins>3 weeks</ins>"));

    world.heal();
    steps.remove("refund policy/eu");
    world.export(&steps);
    until("it is told that it is gone", || {
        get(&address, story, "").contains("Not live any more: it was taken away.")
    });
    let gone = get(&address, story, "");
    for words in [
        "Why: its article was no longer in the knowledge base, or no longer published.",
        "What it said last",
        "This is refund policy/eu.",
    ] {
        assert!(gone.contains(words), "{words} in {gone}");
    }
    daemon.stop().exits(0);
}

#[test]
fn content_from_outside_stays_content() {
    let world = World::with(|settings| settings.tables(OPEN));
    let name = format!("x{SCRIPT}");
    let mut steps = Faq::new();
    let text = format!("Why {SCRIPT}?");
    steps.insert(name.clone(), (text.clone(), text.clone()));
    steps.insert("bad".into(), ("Bad?".into(), "Bad.".into()));
    refuse(&world, &[("bad", SCRIPT)]);
    world.export(&steps);
    let daemon = world.daemon();
    let address = address(&daemon);
    until("the refusal", || {
        get(&address, "/", "").contains("Rejected by Haptik")
    });
    until("the step", || {
        get(&address, "/steps?q=Why", "").contains("location: /steps/acme_support/x")
    });
    let found = get(&address, "/steps?q=Why", "");
    let story = header(&found, "location").unwrap();
    for path in [
        "/",
        story,
        "/steps?q=%3Cscript%3Ealert('x')%3C/script%3E",
        "/steps/acme_support/bad",
        "/steps/%3Cscript%3Ealert('x')%3C/script%3E/a",
    ] {
        let answer = get(&address, path, "");
        assert!(
            answer.contains("&lt;script&gt;") || answer.contains("location:"),
            "{path}: {answer}"
        );
        assert!(
            !answer.contains("<script>") && !answer.contains("<img"),
            "{path}: {answer}"
        );
    }
    daemon.stop().exits(0);
}

#[test]
fn a_strict_policy_is_kept_by_the_pages_themselves() {
    let world = held(WITH_TOKEN);
    let daemon = world.daemon();
    let bearer = format!("Authorization: Bearer {ADMIN_TOKEN}\r\n");
    let address = until_held(&daemon, &bearer);
    let cookie = signed_in(&address);
    for path in [
        "/",
        "/steps",
        "/steps/acme_support/a",
        "/steps/acme_support/nothing",
        "/steps/nobody/a",
        "/sign-in",
    ] {
        let answer = get(&address, path, &cookie);
        let policy = header(&answer, "content-security-policy").unwrap();
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(header(&answer, "x-content-type-options"), Some("nosniff"));
        assert_eq!(header(&answer, "cache-control"), Some("no-store"));
        assert_eq!(header(&answer, "referrer-policy"), Some("same-origin"));
        let page = body(&answer);
        assert!(page.contains("<html lang=\"en\">"), "{path}: {page}");
        assert!(
            !page.contains(" style=") && !page.contains("<style"),
            "{path}"
        );
        assert_eq!(page.matches("<script").count(), 1, "{path}");
        assert!(
            page.contains("<script src=\"/page.js\" defer></script>"),
            "{path}"
        );
        assert!(
            !page.contains(" on") || !page.contains("=\"javascript:"),
            "{path}"
        );
        assert!(
            !page.contains("http://") && !page.contains("https://"),
            "nothing from elsewhere: {path}"
        );
    }
    for (path, kind) in [("/page.css", "text/css"), ("/page.js", "text/javascript")] {
        let answer = get(&address, path, "");
        assert!(
            header(&answer, "content-type").unwrap().starts_with(kind),
            "{answer}"
        );
    }
    daemon.stop().exits(0);
}

#[test]
fn paths_lead_nowhere_else() {
    let world = World::with(|settings| settings.tables(OPEN));
    world.export(&faq(&["a"]));
    let daemon = world.daemon();
    let address = address(&daemon);
    for path in [
        "/steps/../../etc/passwd",
        "/steps/acme_support/../../../../etc/passwd",
        "/steps/acme_support/..%2f..%2f..%2fetc%2fpasswd",
        "/steps/acme_support/%00",
        "/steps/acme_support/%ff",
        "/steps/%2e%2e/token",
        "/page.css/../../token",
        "/bots/%2e%2e",
        "/bots/acme_support/uploads/..%2f..%2ftoken",
        "/sign-in",
    ] {
        let answer = get(&address, path, "");
        assert!((400..405).contains(&status_of(&answer)), "{path}: {answer}");
        assert!(
            !answer.contains("root:") && !answer.contains("never-to-be-seen"),
            "{path}: {answer}"
        );
    }
    daemon.stop().exits(0);
}

#[test]
fn an_open_page_learns_that_there_is_something_new() {
    use std::io::{BufRead as _, BufReader, Write as _};

    let world = World::with(|settings| settings.tables(OPEN));
    world.export(&faq(&["a"]));
    let daemon = world.daemon();
    let address = address(&daemon);
    until("the first sync", || {
        get(&address, "/", "").contains("<strong>In sync</strong>")
    });
    let mut stream = std::net::TcpStream::connect(&address).unwrap();
    stream
        .set_read_timeout(Some(crate::support::DEADLINE))
        .unwrap();
    stream
        .write_all(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    let mut mark = || lines.find(|line| line.starts_with("data: ")).unwrap();
    let first = mark();
    world.export(&faq(&["a", "b"]));
    assert_ne!(mark(), first);
    // Somebody who follows along does not hold up a stop.
    daemon.stop().exits(0);
}
