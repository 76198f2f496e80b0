//! Content that customers should not see is held until a person releases it by name; what was live stays live,
//! and everything else goes on.

use crate::admin::{address, status_of};
use crate::page::{ADMIN_TOKEN, WITH_TOKEN, get};
use crate::page_actions::{SAME_ORIGIN, field, post, signed_in};
use crate::support::{BOT, Run, World, edit, faq, until};
use kms_haptik_sync::config::UploadEffect;
use kms_haptik_sync::config::UploadEffect::{Merge, Replace};
use kms_haptik_sync::sandbox::UploadRule;

/// Two numbers that could be cards.
const CARD: &str = "4539 5787 6362 1486";
const OTHER: &str = "5555 5555 5555 4444";

fn guarded(effect: UploadEffect) -> World {
    let world = World::with(|settings| {
        settings.effect(effect);
        settings.bot("hold_lint = ['card', 'secret']");
    });
    world.export(&faq(&["a", "b"]));
    world.sync().exits(0);
    world
}

/// Nothing that is said has the number in it.
#[track_caller]
fn keeps_it(run: Run) -> Run {
    for number in [CARD, OTHER] {
        assert!(!run.stdout.contains(number), "{}", run.stdout);
        assert!(!run.stderr.contains(number), "{}", run.stderr);
    }
    run
}

fn state_of(world: &World, step: &str) -> (String, String) {
    let steps = keeps_it(world.run(&["steps", BOT, step, "--json"])).json();
    let text = |key: &str| steps[0][key].as_str().unwrap_or_default().to_owned();
    (text("state"), text("reason"))
}

#[test]
fn it_is_held_by_its_content_and_released_by_its_name() {
    for effect in [Merge, Replace] {
        let world = guarded(effect);
        let mut wanted = faq(&["a", "b", "c"]);
        let mut live = faq(&["a", "b"]);
        edit(&mut wanted, "a", "edited");
        edit(&mut live, "a", "edited");
        edit(&mut wanted, "b", &format!("Pay with {CARD}"));
        edit(&mut wanted, "c", &format!("Pay with {CARD}"));
        world.export(&wanted);
        let run = keeps_it(world.sync().exits(3));
        let bot = run.bot();
        assert_eq!(
            (&bot["held_changes"], &bot["changed"]),
            (&2.into(), &1.into())
        );
        assert_eq!(world.live(), live, "{effect:?}");

        // It is no news, it is not forgotten, and nothing goes out for it.
        let tasks = world.tasks().len();
        keeps_it(world.run(&["--sync-now"]).exits(3)).tells(&[
            "2 changes held by hold_lint (card in answer 1)",
            "kms-haptik-sync approve acme_support b c",
        ]);
        assert_eq!(world.tasks().len(), tasks);
        let plan = keeps_it(world.run(&["plan", "--json"]).exits(3)).bot();
        assert_eq!(plan["held_changes"], serde_json::json!(["b", "c"]));
        let status = world.run(&["status", "--json"]).exits(3).bot();
        assert_eq!(
            (
                &status["held_changes"],
                &status["pending"],
                &status["state"]
            ),
            (&2.into(), &0.into(), &"attention".into())
        );
        world.run(&["status"]).tells(&["2 changes held"]);
        let (state, reason) = state_of(&world, "b");
        assert_eq!(state, "pending");
        for part in [
            "its last confirmed version stays live",
            "card in answer 1",
            "`kms-haptik-sync approve acme_support b`",
        ] {
            assert!(reason.contains(part), "{reason}");
        }
        assert!(state_of(&world, "c").1.contains("it is not live"));

        // A release of removals is none of these.
        world
            .run(&["approve", BOT])
            .exits(0)
            .tells(&["2 changes stay held by hold_lint"]);
        world.sync().exits(3);
        assert_eq!(world.live(), live, "{effect:?}");
        world
            .run(&["approve", BOT, "b"])
            .exits(0)
            .tells(&["1 held change released"]);
        assert!(state_of(&world, "b").1.contains("its content was released"));
        world.sync().exits(3);
        live.insert("b".into(), wanted["b"].clone());
        assert_eq!(world.live(), live, "{effect:?}");

        // What was released is that text; what is fixed goes out alone.
        edit(&mut wanted, "b", &format!("Pay with {OTHER}"));
        edit(&mut wanted, "c", "Pay at the till.");
        world.export(&wanted);
        keeps_it(world.sync().exits(3));
        live.insert("c".into(), wanted["c"].clone());
        assert_eq!(world.live(), live, "{effect:?}");
        edit(&mut wanted, "b", "Pay at the till.");
        world.export(&wanted);
        world.sync().exits(0);
        assert_eq!(world.live(), wanted, "{effect:?}");
    }
}

#[test]
fn what_is_live_already_or_chosen_by_a_person_is_not_held() {
    let mut world = World::with(|_| {});
    let mut steps = faq(&["a", "b", "c", "d"]);
    edit(&mut steps, "a", CARD);
    world.export(&steps);
    world.sync().exits(0);
    world.reconfigure(|settings| settings.bot("hold_lint = ['card']"));
    // Nothing new: neither held nor taken away, also where everything goes up again.
    world.sync().exits(0);
    world.run(&["resync", BOT]).exits(0);
    world.sync().exits(0);

    // The same answer under another name is a rename.
    let content = steps.remove("a").unwrap();
    steps.insert("e".into(), content);
    world.export(&steps);
    world.sync().exits(0);
    assert_eq!(world.live(), steps);

    // Going back to what was live then is what somebody wants.
    edit(&mut steps, "e", "Pay at the till.");
    world.export(&steps);
    world.sync().exits(0);
    world.run(&["put-back", BOT, "e", "--to", "3"]).exits(0);
    world.sync().exits(0);
    assert_eq!(world.live()["e"].1, CARD);
    world.run(&["resume", BOT, "e"]).exits(0);
    world.sync().exits(0);
    assert_eq!(world.live(), steps);
    world.run(&["rollback", BOT, "--to", "3"]).exits(0);
    world.sync().exits(3);
    assert_eq!(world.live()["e"].1, CARD);
}

#[test]
fn a_held_step_can_be_withdrawn_and_its_hold_ends_with_its_rule() {
    let mut world = guarded(Merge);
    let mut steps = faq(&["a", "b"]);
    edit(&mut steps, "b", CARD);
    world.export(&steps);
    world.sync().exits(3);
    world.run(&["withdraw", BOT, "b"]).exits(0);
    world.sync().exits(0);
    assert_eq!(world.live(), faq(&["a"]));
    world.sync().exits(0);
    assert_eq!(world.live(), faq(&["a"]), "it stays withdrawn");
    world.run(&["resume", BOT, "b"]).exits(0);
    let bot = world.sync().exits(3).bot();
    assert_eq!(bot["held_changes"], 1);
    world.reconfigure(|settings| settings.bot("hold_lint = ['secret']"));
    world.sync().exits(0);
    assert_eq!(world.live(), steps);
    world.reconfigure(|settings| settings.bot("hold_lint = ['cards']"));
    world.run(&["plan"]).exits(2).tells(&[
        "no change can be held by the rule \"cards\"",
        "did you mean \"card\"?",
    ]);
}

#[test]
fn on_the_page_a_person_releases_what_they_tick() {
    let mut world = guarded(Merge);
    world.reconfigure(|settings| settings.tables(WITH_TOKEN));
    world.write("admin-token", ADMIN_TOKEN);
    let mut steps = faq(&["a", "b", "c"]);
    let answer = format!("Pay with {CARD} at the till.");
    edit(&mut steps, "b", &answer);
    edit(&mut steps, "c", &answer);
    world.export(&steps);
    let daemon = world.daemon();
    let address = address(&daemon);
    let cookie = signed_in(&address);
    until("changes are held", || {
        get(&address, "/", &cookie).contains("Held changes")
    });
    let page = get(&address, "/", &cookie);
    // What is asked, and what would go live: what is new in it is marked, and the number is not shown.
    for words in [
        "card in answer 1",
        "its last confirmed version stays live",
        "What is b?",
        "What is c?",
        "The text that would go live",
        "<ins>Pay with ••• at the till.</ins>",
        ">Pay with ••• at the till.</p>",
    ] {
        assert!(page.contains(words), "{words} in {page}");
    }
    let step = get(&address, "/steps/acme_support/b", &cookie);
    for words in [
        "The earlier text stays live",
        "Keys and numbers in the text below are shown as •••.",
        "Pay with ••• at the till.",
    ] {
        assert!(step.contains(words), "{words} in {step}");
    }
    assert!(!page.contains(CARD) && !step.contains(CARD));
    let bearer = format!("Authorization: Bearer {ADMIN_TOKEN}\r\n");
    let list = get(&address, "/v1/bots/acme_support/plan", &bearer);
    assert!(list.contains("\"held_changes\":[{"), "{list}");

    let form = format!(
        "form_key={}&approval={}&choose=changes",
        field(&page, "form_key"),
        field(&page, "approval")
    );
    let mine = format!("{SAME_ORIGIN}{cookie}");
    let path = "/bots/acme_support/approve";
    // Nothing is ticked; another content was seen.
    assert_eq!(status_of(&post(&address, path, &mine, &form)), 409);
    let other = format!("{}&step=b", form.replace("approval=", "approval=0"));
    assert_eq!(status_of(&post(&address, path, &mine, &other)), 409);
    let released = post(&address, path, &mine, &format!("{form}&step=b"));
    assert_eq!(status_of(&released), 303, "{released}");
    until("it is live", || world.live()["b"].1 == answer);
    assert!(!world.live().contains_key("c"));
    let run = daemon.stop().exits(0);
    assert!(!run.stderr.contains(CARD), "{}", run.stderr);
}

#[test]
fn the_last_good_content_of_a_held_step_is_sent_again_where_the_bot_lost_it() {
    for effect in [Merge, Replace] {
        let world = World::with(|settings| {
            settings.effect(effect);
            settings.bot("hold_lint = ['card']");
            settings.haptik(
                "ask = { mode = 'webhook', business_id = 1001, first = '10ms', sweep = '1s', calls_per_day = 100000, \
                 fallback = ['did not understand'], repair = 'resend' }",
            );
        });
        let mut steps = faq(&["a", "b"]);
        world.export(&steps);
        world.sync().exits(0);
        edit(&mut steps, "b", "The till takes cards.");
        world.export(&steps);
        world.sync().exits(0);
        let live = steps.clone();
        edit(&mut steps, "b", CARD);
        world.export(&steps);
        world.sync().exits(3);
        let uploads = world.tasks().len();
        let daemon = world.daemon();
        until("both are verified", || {
            let status = world.run(&["status", "--json"]).bot();
            status["verification"]["verified"] == 2
        });
        world.sandbox.change(UploadRule {
            publish_old: vec!["b".into()],
            ..UploadRule::default()
        });
        until("the last good content is sent again", || {
            world.tasks().len() > uploads
        });
        until("it is live", || world.live() == live);
        let status = world.run(&["status", "--json"]).bot();
        assert_eq!(status["held_changes"], 1, "{effect:?}");
        keeps_it(daemon.stop().exits(0));
        assert_eq!(world.tasks().len(), uploads + 1, "{effect:?}");
    }
}
