//! Who may do what on the page: people with tokens of their own, each with a role; and what they do there
//! comes out as on the command line.

use std::fmt::Write as _;

use crate::admin::{address, status_of};
use crate::page::{get, header};
use crate::page_actions::{SAME_ORIGIN, field, post};
use crate::support::{BOT, World, edit, faq, until};

const PEOPLE: [&str; 4] = ["reader", "editor", "approver", "operator"];

/// A daemon with a user of each role, whose token is in a file of the role's name.
fn with_people() -> World {
    let mut users = String::new();
    for role in PEOPLE {
        let _ = writeln!(
            users,
            "[[admin.user]]\nname = 'the {role}'\nrole = '{role}'\ntoken = {{ file = '{role}-token' }}"
        );
    }
    let world = World::with(|settings| {
        settings.tables(&format!("[admin]\nlisten = '127.0.0.1:0'\n{users}"));
    });
    for role in PEOPLE {
        world.write(&format!("{role}-token"), format!("token-of-the-{role}"));
    }
    world
}

/// Signs somebody in: the headers of their forms.
fn signed_in_as(address: &str, role: &str) -> String {
    let form = format!("who=somebody+else&token=token-of-the-{role}&next=/");
    let answer = post(address, "/sign-in", SAME_ORIGIN, &form);
    assert_eq!(status_of(&answer), 303, "{answer}");
    let cookie = header(&answer, "set-cookie").unwrap();
    format!(
        "{SAME_ORIGIN}Cookie: {}\r\n",
        cookie.split(';').next().unwrap()
    )
}

#[test]
fn each_role_may_do_what_it_may_and_no_more() {
    let world = with_people();
    world.export(&faq(&["a", "b", "c"]));
    let daemon = world.daemon();
    let address = address(&daemon);
    assert_eq!(status_of(&get(&address, "/", "")), 401, "nobody is let in");
    until("the first sync", || world.is_in_sync());
    let mut wanted = faq(&["a", "b", "c"]);
    let first = wanted["a"].1.clone();
    edit(&mut wanted, "a", "Another text.");
    world.export(&wanted);
    until("the second", || {
        world.live()["a"].1 == "Another text." && world.is_in_sync()
    });
    // In this order, each finds what it needs; what a role may not do changes nothing.
    for (action, more, least) in [
        ("sync", "", 1),
        ("put-back", "&step=a&upload=1", 1),
        ("withdraw", "&step=b&reason=wrong", 2),
        ("follow", "&step=b", 2),
        ("pause", "&reason=work&lasts=1h", 2),
        ("resume", "", 2),
        ("rollback", "&upload=1", 3),
        ("follow-sources", "", 3),
    ] {
        for (rank, role) in PEOPLE.iter().enumerate() {
            let mine = signed_in_as(&address, role);
            let page = get(&address, "/", &mine);
            let named = format!("Signed in as <bdi>the {role}</bdi>");
            assert!(page.contains(&named), "{page}");
            if rank < least {
                let key = if rank == 0 {
                    "0".to_owned()
                } else {
                    field(&page, "form_key")
                };
                let form = format!("form_key={key}{more}");
                let answer = post(&address, &format!("/bots/{BOT}/{action}"), &mine, &form);
                assert_eq!(status_of(&answer), 403, "{role} {action}: {answer}");
            }
        }
        let role = PEOPLE[least];
        let mine = signed_in_as(&address, role);
        let key = field(&get(&address, "/", &mine), "form_key");
        let form = format!("form_key={key}{more}");
        let answer = post(&address, &format!("/bots/{BOT}/{action}"), &mine, &form);
        assert_eq!(status_of(&answer), 303, "{role} {action}: {answer}");
        let next = format!("/?did={action}");
        assert_eq!(header(&answer, "location"), Some(next.as_str()));
        assert!(get(&address, &next, &mine).contains("role=\"status\""));
    }
    until("it says what it said first", || {
        world.live()["a"].1 == first
    });
    until("what was withdrawn follows its article again", || {
        world.live().contains_key("b")
    });
    let actions = world
        .run(&["history", "--actions", "--json"])
        .exits(0)
        .json();
    let who: Vec<_> = actions
        .as_array()
        .unwrap()
        .iter()
        .map(|action| {
            (
                action["what"].as_str().unwrap(),
                action["who"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        who,
        [
            ("resume", "the operator (page)"),
            ("rollback", "the operator (page)"),
            ("resume", "the approver (page)"),
            ("pause", "the approver (page)"),
            ("resume", "the approver (page)"),
            ("withdraw", "the approver (page)"),
            ("put_back", "the editor (page)"),
            ("sync", "the editor (page)"),
        ]
    );
    let run = daemon.stop().exits(0);
    assert!(!run.stderr.contains("token-of-the"), "{}", run.stderr);
}

#[test]
fn an_editor_finds_last_weeks_words_and_puts_them_back() {
    let world = with_people();
    let mut wanted = faq(&["a", "b"]);
    world.export(&wanted);
    let daemon = world.daemon();
    let address = address(&daemon);
    until("the first sync", || world.is_in_sync());
    let first = wanted["a"].1.clone();
    edit(&mut wanted, "a", "What nobody wanted to say.");
    world.export(&wanted);
    until("the second", || {
        world.live()["a"].1 == "What nobody wanted to say."
    });
    let mine = signed_in_as(&address, "editor");
    let story = "/steps/acme_support/a";
    until("the versions", || {
        get(&address, story, &mine).contains("changed by")
    });
    let page = get(&address, story, &mine);
    for words in [
        "Live, as the knowledge base has it. As read at ",
        "<del>",
        "Put this back…",
        "upload 2",
        "class=\"bubble\"",
    ] {
        assert!(page.contains(words), "{words} in {page}");
    }
    assert!(!page.contains("Withdraw…"), "an editor may not");
    let form = format!(
        "form_key={}&step=a&upload=1&reason=the+old+one+was+right&next={story}",
        field(&page, "form_key")
    );
    let answer = post(&address, "/bots/acme_support/put-back", &mine, &form);
    assert_eq!(
        header(&answer, "location"),
        Some("/steps/acme_support/a?did=put-back")
    );
    until("it is back", || world.live()["a"].1 == first);
    until("the page says so", || {
        get(&address, story, &mine).contains("Live, in an earlier version that was put back.")
    });
    assert!(get(&address, story, &mine).contains("the old one was right"));
    daemon.stop().exits(0);
}
