//! What a person can do on the page, and that nobody else can: signing in, releasing held removals, and
//! forms that another site, another session or nobody sent.

use crate::admin::{address, exchange, status_of};
use crate::page::{ADMIN_TOKEN, WITH_TOKEN, get, header, held, until_held};
use crate::support::{BOT, until};

/// What a browser says of a form that the page itself sent.
pub(crate) const SAME_ORIGIN: &str = "Origin: http://localhost\r\nSec-Fetch-Site: same-origin\r\n";

pub(crate) fn post(address: &str, path: &str, headers: &str, form: &str) -> String {
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n{headers}\r\n{form}",
        form.len()
    );
    exchange(address, request.as_bytes())
}

/// Signs in: the header with the cookie.
#[track_caller]
pub(crate) fn signed_in(address: &str) -> String {
    let form = format!("who=Ada+Lovelace&token={ADMIN_TOKEN}&next=/");
    let answer = post(address, "/sign-in", SAME_ORIGIN, &form);
    assert_eq!(status_of(&answer), 303, "{answer}");
    let cookie = header(&answer, "set-cookie").unwrap();
    assert!(!cookie.contains(ADMIN_TOKEN), "{cookie}");
    for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    format!("Cookie: {}\r\n", cookie.split(';').next().unwrap())
}

/// The value of a hidden field.
pub(crate) fn field(page: &str, name: &str) -> String {
    let (_, rest) = page
        .split_once(&format!("name=\"{name}\" value=\""))
        .unwrap_or_else(|| panic!("no {name} in {page}"));
    rest.split('"').next().unwrap().to_owned()
}

#[test]
fn who_does_not_know_the_token_sees_nothing_and_is_asked_for_it() {
    let world = held(WITH_TOKEN);
    let daemon = world.daemon();
    let bearer = format!("Authorization: Bearer {ADMIN_TOKEN}\r\n");
    let address = until_held(&daemon, &bearer);

    let closed = get(&address, "/", "");
    assert_eq!(status_of(&closed), 401);
    assert!(
        closed.contains("name=\"token\"") && !closed.contains(BOT),
        "{closed}"
    );
    let from_the_kms = get(
        &address,
        "/steps/acme_support/a",
        "Sec-Fetch-Site: cross-site\r\n",
    );
    assert_eq!(
        header(&from_the_kms, "refresh"),
        Some("0; url=/steps/acme_support/a")
    );

    let wrong = post(
        &address,
        "/sign-in",
        SAME_ORIGIN,
        "who=Eve&token=adm-78&next=/",
    );
    assert_eq!(status_of(&wrong), 403);
    assert!(header(&wrong, "set-cookie").is_none() && wrong.contains("That is not the token."));
    let nobody = format!("who=+&token={ADMIN_TOKEN}&next=/");
    assert_eq!(
        status_of(&post(&address, "/sign-in", SAME_ORIGIN, &nobody)),
        400
    );
    let run = daemon.stop().exits(0);
    assert!(run.stderr.contains("wrong token"), "{}", run.stderr);
    assert!(!run.stderr.contains("never-to-be-seen"));
}

#[test]
fn a_person_who_signed_in_releases_what_they_saw() {
    let world = held(WITH_TOKEN);
    let daemon = world.daemon();
    let bearer = format!("Authorization: Bearer {ADMIN_TOKEN}\r\n");
    let address = until_held(&daemon, &bearer);
    let cookie = signed_in(&address);
    let page = get(&address, "/", &cookie);
    assert!(
        page.contains("Release 3 removals") && page.contains("Ada Lovelace"),
        "{page}"
    );
    let form = format!(
        "form_key={}&approval={}",
        field(&page, "form_key"),
        field(&page, "approval")
    );
    let path = "/bots/acme_support/approve";
    let mine = format!("{SAME_ORIGIN}{cookie}");
    let (other_key, other_list) = (
        form.replace("form_key=", "form_key=0"),
        form.replace("approval=", "approval=0"),
    );
    let cross_site =
        format!("Origin: https://evil.example\r\nSec-Fetch-Site: cross-site\r\n{cookie}");
    let foreign = format!("Origin: https://evil.example\r\n{cookie}");
    for (headers, form, status, why) in [
        (
            cross_site.as_str(),
            form.as_str(),
            403,
            "another site sent it",
        ),
        (&foreign, &form, 403, "another origin sent it"),
        (&cookie, &form, 403, "nobody says who sent it"),
        (&mine, &other_key, 403, "another session's form"),
        (&mine, &other_list, 409, "another list was seen"),
        (SAME_ORIGIN, &form, 401, "nobody signed in"),
        (&format!("{SAME_ORIGIN}{bearer}"), &form, 403, "no session"),
    ] {
        assert_eq!(
            status_of(&post(&address, path, headers, form)),
            status,
            "{why}"
        );
    }
    assert_eq!(
        status_of(&get(&address, path, &cookie)),
        405,
        "looking changes nothing"
    );
    assert_eq!(
        status_of(&post(&address, "/bots/nobody/approve", &mine, &form)),
        404
    );
    let long = format!("form_key={}", "x".repeat(20_000));
    let answer = post(&address, "/bots/acme_support/approve", &mine, &long);
    assert_eq!(status_of(&answer), 413, "{answer}");
    assert_eq!(world.live().len(), 10, "nothing was released");

    let done = post(&address, path, &mine, &form);
    assert_eq!(
        (status_of(&done), header(&done, "location")),
        (303, Some("/?done=3"))
    );
    until("they are gone", || world.live().len() == 7);
    until("the page is content", || {
        get(&address, "/", &cookie).contains("<strong>In sync</strong>")
    });

    let page = get(&address, "/", &cookie);
    let activity = page.split_once("Activity").unwrap().1;
    for words in ["Ada Lovelace (page)", "approve", "released 3 (a, b, c)"] {
        assert!(activity.contains(words), "{words} in {activity}");
    }

    assert_eq!(status_of(&post(&address, "/sign-out", &mine, "")), 303);
    assert_eq!(
        status_of(&get(&address, "/", &cookie)),
        401,
        "the session has ended"
    );
    let run = daemon.stop().exits(0);
    for words in ["Ada Lovelace (page) released 3 removals", "a, b, c"] {
        assert!(run.stderr.contains(words), "{words} in {}", run.stderr);
    }
    assert!(!run.stderr.contains("never-to-be-seen"));
    let actions = world
        .run(&["history", "--actions", "--json"])
        .exits(0)
        .json();
    assert_eq!(actions[0]["who"], "Ada Lovelace (page)");
    assert_eq!(actions[0]["plan"], 1);
}

#[test]
fn a_new_token_ends_all_sessions() {
    let world = held(WITH_TOKEN);
    let daemon = world.daemon();
    let address = address(&daemon);
    let cookie = signed_in(&address);
    assert_eq!(status_of(&get(&address, "/", &cookie)), 200);
    world.write("admin-token", "another");
    assert_eq!(status_of(&get(&address, "/", &cookie)), 401);
    daemon.stop().exits(0);
}
