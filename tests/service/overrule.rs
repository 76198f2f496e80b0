//! What people say that comes before the sources: a bot is paused, an answer is withdrawn or put back, until
//! the article is changed or somebody resumes it.

use crate::support::{BOT, World, edit, faq, until};

fn world() -> World {
    let world = World::with(|_| {});
    world.export(&faq(&["a", "b", "c"]));
    world.sync().exits(0);
    world
}

#[test]
fn a_withdrawn_answer_stays_out_until_its_article_is_changed() {
    let world = world();
    let told = world
        .run(&["withdraw", BOT, "b", "--reason", "the price is wrong"])
        .exits(0);
    assert!(
        told.stdout.contains("leaves the bot with the next sync"),
        "{}",
        told.stdout
    );
    world.sync().exits(0);
    assert!(!world.live().contains_key("b"));
    for _ in 0..2 {
        world.sync().exits(0);
        assert_eq!(world.live().len(), 2, "it does not come back");
    }
    let steps = world.run(&["steps", BOT, "b"]).exits(0);
    for words in [
        "withdrawn",
        "the price is wrong",
        "until its article is changed",
    ] {
        assert!(steps.stdout.contains(words), "{words} in {}", steps.stdout);
    }
    let status = world.run(&["status", "--json"]).exits(0).json();
    assert_eq!(status["bots"][0]["withdrawn"], 1);
    assert_eq!(status["bots"][0]["state"], "in_sync");

    let mut wanted = faq(&["a", "b", "c"]);
    edit(&mut wanted, "b", "Now it is right.");
    world.export(&wanted);
    world.sync().exits(0);
    assert_eq!(world.live()["b"].1, "Now it is right.");
    let actions = world
        .run(&["history", "--actions", "--json"])
        .exits(0)
        .json();
    assert_eq!(actions[0]["who"], "the knowledge base");
    assert_eq!(actions[0]["what"], "resume");
    assert_eq!(actions[1]["what"], "withdraw");
}

#[test]
fn an_earlier_version_is_put_back_until_the_article_is_changed() {
    let world = world();
    let mut wanted = faq(&["a", "b", "c"]);
    let first = wanted["b"].1.clone();
    edit(&mut wanted, "b", "Worse.");
    world.export(&wanted);
    world.sync().exits(0);
    world.run(&["put-back", BOT, "b", "--to", "1"]).exits(0);
    world.sync().exits(0);
    assert_eq!(world.live()["b"].1, first);
    world.sync().exits(0);
    assert_eq!(world.live()["b"].1, first, "it stays");
    let told = world.run(&["put-back", BOT, "b", "--to", "2"]).exits(2);
    assert!(
        told.stderr.contains("nothing to put back"),
        "{}",
        told.stderr
    );

    world.run(&["resume", BOT, "b"]).exits(0);
    world.sync().exits(0);
    assert_eq!(world.live()["b"].1, "Worse.");
    world.run(&["put-back", BOT, "b", "--to", "1"]).exits(0);
    edit(&mut wanted, "b", "Better.");
    world.export(&wanted);
    world.sync().exits(0);
    assert_eq!(world.live()["b"].1, "Better.");
    assert_eq!(
        world.run(&["status", "--json"]).exits(0).json()["bots"][0]["put_back"],
        0
    );
}

#[test]
fn a_withdrawn_answer_stays_out_through_a_rollback_and_a_new_configuration() {
    let mut world = world();
    world.run(&["withdraw", BOT, "b"]).exits(0);
    world.sync().exits(0);
    world.run(&["rollback", BOT, "--to", "1"]).exits(0);
    world.sync().exits(3);
    assert!(!world.live().contains_key("b"));
    world.run(&["resume", BOT]).exits(0);
    world.reconfigure(|settings| {
        settings.bot("node_name = \"{{ id }}\"\nanswer = { read_more = \"More\" }");
    });
    world.sync();
    assert!(!world.live().contains_key("b"), "{:?}", world.live());
}

#[test]
fn what_cannot_be_meant_is_refused_with_what_can() {
    let world = world();
    for (words, told) in [
        (
            &["withdraw", BOT, "nothing"][..],
            "no step \"nothing\" is live or waits to be",
        ),
        (&["put-back", BOT, "a", "--to", "77"], "nothing to put back"),
        (&["resume", BOT], "neither paused nor rolled back"),
        (&["resume", BOT, "a"], "neither withdrawn nor put back"),
        (&["pause", BOT, "--reason", " "], "say why with --reason"),
    ] {
        let run = world.run(words).exits(2);
        assert!(run.stderr.contains(told), "{words:?}: {}", run.stderr);
    }
}

#[test]
fn a_paused_bot_is_read_and_planned_and_nothing_goes_out() {
    let world = world();
    let told = world
        .run(&["pause", BOT, "--reason", "new flow for returns"])
        .exits(0);
    assert!(
        told.stdout.contains("nothing is uploaded"),
        "{}",
        told.stdout
    );
    world.export(&faq(&["a", "b", "c", "d"]));
    let run = world.sync().exits(3);
    assert!(
        run.stdout.contains("new flow for returns"),
        "{}",
        run.stdout
    );
    assert_eq!(world.live().len(), 3);
    let status = world.run(&["status", "--json"]).exits(3).json();
    let bot = &status["bots"][0];
    assert_eq!(
        (&bot["pending"], &bot["state"]),
        (&1.into(), &"attention".into())
    );
    assert_eq!(bot["paused"]["reason"], "new flow for returns");
    world.run(&["resume", BOT]).exits(0);
    world.sync().exits(0);
    assert_eq!(world.live().len(), 4);
}

#[test]
fn a_pause_ends_when_its_time_is_over() {
    let world = world();
    let daemon = world.daemon();
    world
        .run(&["pause", BOT, "--for", "3s", "--reason", "a moment"])
        .exits(0);
    world.export(&faq(&["a", "b", "c", "d"]));
    until("it is planned", || {
        let status = world.run(&["status", "--json"]).json();
        status["bots"][0]["pending"] == 1
    });
    assert_eq!(world.live().len(), 3, "nothing goes out");
    until("the pause is over", || world.live().len() == 4);
    let run = daemon.stop().exits(0);
    assert!(run.stderr.contains("the pause is over"), "{}", run.stderr);
}
