//! What became of a step and by whom, as its page tells it: released, withdrawn, put back, rolled back with its bot, or
//! gone with its article. And the steps of a bot by their states.

use crate::admin::{address, status_of};
use crate::page::{WITH_TOKEN, get, held};
use crate::page_actions::{SAME_ORIGIN, field, post, signed_in};
use crate::support::{BOT, World, edit, faq, until};

const STORY: &str = "/steps/acme_support";

#[test]
fn a_removed_step_keeps_its_last_text_and_says_who_released_it() {
    let world = held(WITH_TOKEN);
    let daemon = world.daemon();
    let address = address(&daemon);
    let cookie = signed_in(&address);
    let mine = format!("{SAME_ORIGIN}{cookie}");
    let bot = "/bots/acme_support";
    until("removals are held", || {
        get(&address, bot, &cookie).contains("Held removals")
    });
    let page = get(&address, bot, &cookie);
    // What takes answers away is asked for twice, also without scripts.
    let asked = page.split_once("Release 3 removals…</summary>").unwrap().1;
    let asked = asked.split_once("</details>").unwrap().0;
    assert!(
        asked.contains("leave the bot") && asked.contains("type=\"submit\""),
        "{asked}"
    );
    let form = format!(
        "form_key={}&approval={}&choose=1&step=a&step=b&next={bot}",
        field(&page, "form_key"),
        field(&page, "approval")
    );
    let done = post(&address, &format!("{bot}/approve"), &mine, &form);
    assert_eq!(status_of(&done), 303, "{done}");
    until("they are gone", || !world.live().contains_key("a"));
    until("the page says so", || {
        get(&address, &format!("{STORY}/a"), &cookie).contains("Not live any more")
    });
    let page = get(&address, &format!("{STORY}/a"), &cookie);
    for words in [
        "What is a?</h1>",
        "What it said last",
        "This is a.",
        "Why: its removal was released by Ada Lovelace (page), <time",
        "removed by <span>upload 2</span>",
    ] {
        assert!(page.contains(words), "{words} in {page}");
    }
    daemon.stop().exits(0);
}

#[test]
fn versions_say_who_they_come_from() {
    let world = World::with(|settings| settings.tables(WITH_TOKEN));
    world.write("admin-token", crate::page::ADMIN_TOKEN);
    let mut wanted = faq(&["a", "b", "c", "d"]);
    world.export(&wanted);
    world.sync().exits(0);
    edit(&mut wanted, "a", "Another text.");
    world.export(&wanted);
    world.sync().exits(0);
    let run = |words: &[&str]| world.run(words).exits(0);
    run(&[
        "put-back",
        BOT,
        "a",
        "--to",
        "1",
        "--reason",
        "it was right",
    ]);
    run(&["withdraw", BOT, "b", "--reason", "the price is wrong"]);
    world.sync();
    run(&["resume", BOT, "a"]);
    run(&["resume", BOT, "b"]);
    wanted.remove("c");
    world.export(&wanted);
    world.sync().exits(0);
    run(&["rollback", BOT, "--to", "1"]);
    world.sync();
    run(&["resume", BOT]);
    world.sync().exits(0);
    let daemon = world.daemon();
    let address = address(&daemon);
    let cookie = signed_in(&address);
    let causes = |step: &str| -> Vec<String> {
        let page = get(&address, &format!("{STORY}/{step}"), &cookie);
        let versions = page.split("<details class=\"version\"").skip(1);
        let cause = |version: &str| {
            let summary = version.split_once("</summary>").unwrap().0.to_owned();
            let cause = summary.split_once(" · <bdi>");
            cause.map_or_else(String::new, |(_, cause)| {
                cause.split_once("</bdi>").unwrap().0.to_owned()
            })
        };
        versions.map(cause).collect()
    };
    let of = |who: &str| {
        let actions = run(&["history", "--actions", "--json"]).json();
        who.replace("USER", actions[0]["who"].as_str().unwrap())
    };
    let (followed, rolled) = (
        of("it follows its article again, as USER said"),
        of("the bot was rolled back to upload 1 by USER"),
    );
    let resumed = of("the bot follows its sources again, as USER said");
    until("the versions", || causes("a").len() == 6);
    assert_eq!(
        causes("a"),
        [
            resumed.as_str(),
            &rolled,
            &followed,
            &of("put back by USER to what upload 1 brought"),
            "",
            ""
        ]
    );
    assert_eq!(
        causes("b"),
        [&*followed, &of("withdrawn by USER"), ""],
        "the rollback changed nothing of it"
    );
    // It waits until it is certain that its article is gone.
    assert_eq!(causes("c"), [rolled.as_str(), "", ""]);
    assert_eq!(causes("d"), [""]);
    let page = get(&address, &format!("{STORY}/b"), &cookie);
    assert!(
        page.contains("because: <bdi>the price is wrong</bdi>"),
        "{page}"
    );
    daemon.stop().exits(0);
}
