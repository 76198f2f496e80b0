//! An answer whose article is gone can be kept: it stays live, counts for no guard, and follows its article again once
//! that is back.

use crate::admin::{address, status_of};
use crate::page::{ADMIN_TOKEN, WITH_TOKEN, get, held};
use crate::page_actions::{SAME_ORIGIN, field, post, signed_in};
use crate::support::{BOT, World, edit, faq, until};
use kms_haptik_sync::config::UploadEffect::{Merge, Replace};
use serde_json::Value;

const EIGHT: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

fn bot(world: &World, exit: i32) -> Value {
    world.run(&["status", "--json"]).exits(exit).bot()
}

#[test]
fn what_is_kept_stays_through_uploads_and_leaves_when_somebody_lets_it_go() {
    for effect in [Merge, Replace] {
        let world = World::synced(effect, &faq(&EIGHT));
        // Six of eight: held.
        let mut wanted = faq(&["a", "b"]);
        world.export(&wanted);
        world.sync().exits(3);
        assert_eq!(world.live().len(), 8);
        let told = world
            .run(&["keep", BOT, "c", "d", "--reason", "still asked for"])
            .exits(0);
        told.tells(&[
            "2 steps stay on the bot although the article is gone, until it is back",
            "kms-haptik-sync approve acme_support c",
        ]);
        // A release of the others is none of these, and no guard counts them.
        world
            .run(&["approve", BOT])
            .exits(0)
            .tells(&["4 removals released"]);
        edit(&mut wanted, "a", "edited");
        world.export(&wanted);
        world.sync().exits(0);
        let mut live = faq(&["a", "b", "c", "d"]);
        edit(&mut live, "a", "edited");
        assert_eq!(world.live(), live, "{effect:?}");
        for _ in 0..2 {
            world.sync().exits(0);
            assert_eq!(world.live(), live, "{effect:?}: it stays");
        }
        let plan = world.run(&["plan", "--json"]).exits(0).bot();
        assert_eq!(plan["kept"], serde_json::json!(["c", "d"]), "{effect:?}");
        world
            .run(&["plan"])
            .exits(0)
            .tells(&["2 steps kept by a person", "approve acme_support c d"]);
        let status = bot(&world, 0);
        for (key, expected) in [("kept", 2), ("held_removals", 0), ("pending", 0)] {
            assert_eq!(status[key], expected, "{effect:?}: {key}");
        }
        assert_eq!(status["state"], "in_sync");
        let steps = world.run(&["steps", BOT, "c", "--json"]).exits(0).json();
        assert_eq!(steps[0]["state"], "live");
        let reason = steps[0]["reason"].as_str().unwrap();
        for part in [
            "kept by ",
            " since 2",
            "until it is back",
            "; still asked for",
        ] {
            assert!(reason.contains(part), "{part} in {reason}");
        }

        world
            .run(&["approve", BOT, "c"])
            .exits(0)
            .tells(&["1 removal released"]);
        world.sync().exits(0);
        live.remove("c");
        assert_eq!(world.live(), live, "{effect:?}");
        assert_eq!(bot(&world, 0)["kept"], 1);
        let actions = world
            .run(&["history", "--actions", "--json"])
            .exits(0)
            .json();
        assert_eq!(actions[0]["what"], "approve");
        assert_eq!(actions[2]["what"], "keep");
        assert_eq!(actions[2]["details"]["kept"], serde_json::json!(["c", "d"]));
    }
}

#[test]
fn a_kept_step_follows_its_article_once_that_is_back() {
    let world = World::synced(Merge, &faq(&EIGHT));
    world.export(&faq(&["a", "b"]));
    world.sync().exits(3);
    let six = ["keep", BOT, "c", "d", "e", "f", "g", "h"];
    world.run(&six).exits(0);
    world.sync().exits(0);

    // As it was, in another text, and under another name: each is the article again.
    let mut wanted = faq(&["a", "b", "c", "d", "i"]);
    edit(&mut wanted, "d", "edited");
    wanted.insert("i".into(), faq(&["e"])["e"].clone());
    world.export(&wanted);
    world.sync().exits(0);
    let mut live = wanted.clone();
    live.extend(faq(&["f", "g", "h"]));
    assert_eq!(world.live(), live);
    assert_eq!(bot(&world, 0)["kept"], 3);
    let actions = world
        .run(&["history", "--actions", "--json"])
        .exits(0)
        .json();
    assert_eq!(actions[0]["who"], "the knowledge base");
    assert_eq!(
        actions[0]["details"]["back"],
        serde_json::json!(["c", "d", "e"])
    );

    // Nobody keeps it: it is judged as any other that is gone.
    let told = world.run(&["resume", BOT, "f"]).exits(0);
    told.tells(&["\"f\" is kept no more"]);
    world.sync().exits(0);
    let status = bot(&world, 0);
    assert_eq!(
        (&status["kept"], &status["waiting_removals"]),
        (&2.into(), &1.into())
    );
    world.run(&["approve", BOT]).exits(0);
    world.sync().exits(0);
    live.remove("f");
    assert_eq!(world.live(), live, "the others are none of it");

    // A person may also take it off, and then it is not kept.
    world.run(&["withdraw", BOT, "g"]).exits(0);
    world.sync().exits(0);
    live.remove("g");
    assert_eq!(world.live(), live);
    let status = bot(&world, 0);
    assert_eq!(
        (&status["kept"], &status["withdrawn"]),
        (&1.into(), &1.into())
    );
}

#[test]
fn what_waits_can_be_kept_and_what_is_there_cannot() {
    let mut world = World::synced(Merge, &faq(&EIGHT));
    world.reconfigure(|settings| settings.bot("removals_after = '1h'"));
    world.write(
        "export/other.csv",
        "node_name,question,answer\nx,What?,That.\n",
    );
    world.sync().exits(0);
    std::fs::remove_file(world.path("export/other.csv")).unwrap();
    world.sync().exits(0);
    assert_eq!(bot(&world, 0)["waiting_removals"], 1);
    world.run(&["keep", BOT, "x"]).exits(0);
    world.sync().exits(0);
    let status = bot(&world, 0);
    assert_eq!(
        (&status["waiting_removals"], &status["kept"]),
        (&0.into(), &1.into())
    );
    world.run(&["keep", BOT, "x"]).exits(0);

    world.run(&["withdraw", BOT, "a"]).exits(0);
    for (words, told) in [
        (&["keep", BOT, "x", "b"][..], "no removal of \"b\" is held"),
        (&["keep", BOT, "nothing"], "there is nothing to keep"),
        (&["keep", BOT, "a"], "was withdrawn by a person"),
        (&["put-back", BOT, "x", "--to", "2"], "is kept as it is"),
    ] {
        world.run(words).exits(2).tells(&[told]);
    }
    assert_eq!(world.live().len(), 9);
}

#[test]
fn on_the_page_a_person_keeps_what_they_tick() {
    let world = held(WITH_TOKEN);
    let daemon = world.daemon();
    let address = address(&daemon);
    let cookie = signed_in(&address);
    until("removals are held", || {
        get(&address, "/", &cookie).contains("Held removals")
    });
    let page = get(&address, "/", &cookie);
    assert!(
        page.contains("formaction=\"/bots/acme_support/keep\""),
        "{page}"
    );
    let form = format!(
        "form_key={}&approval={}&choose=1&next=/",
        field(&page, "form_key"),
        field(&page, "approval")
    );
    let mine = format!("{SAME_ORIGIN}{cookie}");
    let path = "/bots/acme_support/keep";
    assert_eq!(
        status_of(&post(&address, path, &mine, &form)),
        409,
        "nothing is ticked"
    );
    assert_eq!(
        status_of(&post(
            &address,
            path,
            SAME_ORIGIN,
            &format!("{form}&step=a")
        )),
        401
    );
    let kept = post(&address, path, &mine, &format!("{form}&step=a&step=b"));
    assert_eq!(status_of(&kept), 303, "{kept}");
    // The third alone is no more than the guard lets pass.
    until("it is in sync", || {
        get(&address, "/", &cookie).contains("<strong>In sync</strong>")
    });
    assert_eq!(world.live().len(), 9);
    assert!(!world.live().contains_key("c"));
    let page = get(&address, "/", &cookie);
    for words in [
        "kept by Ada Lovelace (page), although its article is gone, until it is back</bdi> <span class=\"quiet\">since ",
        "kept 2 (a, b)",
    ] {
        assert!(page.contains(words), "{words} in {page}");
    }
    let step = get(&address, "/steps/acme_support/a", &cookie);
    for words in [
        "somebody keeps it on the bot",
        "The knowledge base no longer has this.",
        "Keep it no more",
    ] {
        assert!(step.contains(words), "{words} in {step}");
    }
    // The API does the same for programs.
    let request = "{\"steps\":[\"a\"],\"reason\":\"by a program\"}";
    let bearer =
        format!("Authorization: Bearer {ADMIN_TOKEN}\r\nContent-Type: application/json\r\n");
    let head = format!(
        "POST /v1/bots/acme_support/keep HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{bearer}Content-Length: {}\r\n\r\n{request}",
        request.len()
    );
    let answer = crate::admin::exchange(&address, head.as_bytes());
    assert_eq!(status_of(&answer), 200, "{answer}");
    assert!(get(&address, "/", &cookie).contains("kept by the token of [admin] (api)"));
    daemon.stop().exits(0);
}
