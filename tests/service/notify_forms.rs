//! Messages in each form, against a receiver that takes nothing but what the form's own documents allow; whom
//! they go to; and the events that need attention beside refused steps.

mod receivers;

use crate::support::{BOT, World, edit, faq, until};
use kms_haptik_sync::sandbox::UploadRule;
pub(crate) use receivers::mail_server;
use receivers::{Receivers, text};
use rustix::process::Signal;
use serde_json::Value;

fn world(notify: &str) -> World {
    World::with(|settings| {
        settings.tables(&format!(
            "[admin]\nlisten = 'unix:admin.sock'\npublic_url = 'https://kms.acme.com'\n{notify}"
        ));
    })
}

pub(crate) fn refuse(world: &World, name: &str, reason: &str) {
    world.sandbox.change(UploadRule {
        bad_steps: Some([(name.to_owned(), reason.to_owned())].into()),
        ..UploadRule::default()
    });
}

#[test]
fn each_form_is_as_its_receiver_takes_it() {
    let (receivers, (port, mails)) = (Receivers::default(), mail_server());
    let address = receivers.open();
    let forms = ["json", "slack", "teams", "text"].map(|form| {
        format!(
            "[[notify.receiver]]\nname = '{form}'\nurl = '{address}/{form}'\nformat = '{form}'\n"
        )
    });
    let notify = format!(
        "[notify]\ninstallation = 'acme production'\n{}\
         [[notify.receiver]]\nurl = 'smtp://127.0.0.1:{port}'\nformat = 'email'\nfrom = 'kms@acme.com'\nto = ['ops@acme.com']\n",
        forms.concat()
    );
    let world = world(&notify);
    world.export(&faq(&["a", "b"]));
    refuse(
        &world,
        "b",
        "no <!channel>, no [link](https://evil.example)",
    );
    world.sync().exits(3);

    let json = receivers.of("json").pop().unwrap();
    for (key, expected) in [
        ("bot", BOT),
        ("event", "quarantined"),
        ("severity", "warning"),
        ("installation", "acme production"),
        ("title", "acme_support: 1 step rejected by Haptik"),
        ("link", "https://kms.acme.com/steps/acme_support/b"),
    ] {
        assert_eq!(json[key], expected, "{json:#}");
    }
    assert_eq!((&json["count"], &json["names"]), (&1.into(), &["b"].into()));
    assert!(
        text(&json["text"]).contains("\"b\" (it is not live; Haptik says: "),
        "{json:#}"
    );

    let slack = receivers.of("slack").pop().unwrap();
    let words = text(&slack["blocks"][1]["text"]["text"]);
    assert!(words.contains("no &lt;!channel&gt;, no [link]"), "{words}");
    let teams = receivers.of("teams").pop().unwrap();
    let words = &teams["attachments"][0]["content"]["body"][1]["inlines"][0]["text"];
    assert!(
        text(words).contains("no <!channel>, no [link](https://evil.example)"),
        "{words}"
    );
    assert_eq!(receivers.of("text").len(), 1);

    let mails = mails.lock().unwrap();
    let [mail] = &mails[..] else {
        panic!("{mails:?}");
    };
    for line in [
        "MAIL FROM:<kms@acme.com>",
        "RCPT TO:<ops@acme.com>",
        "Subject: acme_support: 1 step rejected by Haptik",
        "Installation: acme production",
        "https://kms.acme.com/steps/acme_support/b",
    ] {
        assert!(
            mail.lines().any(|found| found.trim_end() == line),
            "{line} in\n{mail}"
        );
    }
}

#[test]
fn a_message_goes_to_whom_it_concerns() {
    let receivers = Receivers::default();
    let address = receivers.open();
    let mut world = World::with(|settings| {
        settings.add_bot("second", kms_haptik_sync::config::UploadEffect::Merge);
    });
    world.reconfigure(|settings| {
        let receiver = |name: &str, lines: &str| {
            format!("[[notify.receiver]]\nname = '{name}'\nurl = '{address}/{name}'\n{lines}\n")
        };
        settings.tables(&format!(
            "{}{}{}",
            receiver("second", "bots = ['second']"),
            receiver("rows", "events = ['rejected']"),
            receiver("all", ""),
        ));
    });
    world.write(
        "export/faq.csv",
        "node_name,question,answer\na,q,\nb,q,yes\n",
    );
    world.export_for("second", &faq(&["x"]));
    refuse(&world, "x", "no");
    world.sync().exits(3);
    assert_eq!(receivers.events("second"), ["quarantined begun"]);
    assert_eq!(receivers.events("rows"), ["rejected begun"]);
    assert_eq!(receivers.of("all").len(), 2);
    let row = receivers.of("rows").pop().unwrap();
    assert!(text(&row["text"]).contains("faq.csv:2"), "{row:#}");
    assert_eq!(row["names"], serde_json::json!(["a"]));
}

#[test]
fn one_that_takes_nothing_holds_up_no_other() {
    let receivers = Receivers::default();
    let address = receivers.open();
    let world = world(&format!(
        "[[notify.receiver]]\nname = 'nobody'\nurl = '{address}/nobody'\n[[notify.receiver]]\nname = 'json'\nurl = '{address}/json'\n"
    ));
    world.export(&faq(&["a", "b"]));
    refuse(&world, "b", "no");
    world.sync().exits(3);
    assert_eq!(receivers.events("json"), ["quarantined begun"]);
    world.run(&["notify", "test"]).exits(1).tells(&[
        "nobody: did not take the message: HTTP 404",
        "json: took the message",
    ]);
    let test = receivers.of("json").pop().unwrap();
    assert_eq!(test["event"], "test");
    world.run(&["notify", "test", "json"]).exits(0);
    let told = world
        .run(&["notify", "test", "json", "--json"])
        .exits(0)
        .json();
    assert_eq!(told["receivers"][0]["taken"], true);
    world
        .run(&["notify", "test", "ops"])
        .exits(2)
        .tells(&["there is no receiver \"ops\"; configured: nobody, json"]);
    World::new()
        .run(&["notify", "test"])
        .exits(2)
        .tells(&["nobody is told anything"]);
}

#[test]
fn what_needs_attention_is_told_and_when_it_is_over() {
    let receivers = Receivers::default();
    let address = receivers.open();
    let world = World::with(|settings| {
        settings.bot("removals = 'manual'");
        settings.bot("max_removals = 100");
        settings.tables(&format!("[notify]\nurl = '{address}/json'\n"));
    });
    let told = |begun: &[&str], over: &[&str]| {
        let mut told = receivers.events("json");
        told.sort();
        let begun = begun.iter().map(|event| format!("{event} begun"));
        let mut expected: Vec<String> = begun
            .chain(over.iter().map(|event| format!("{event} over")))
            .collect();
        expected.sort();
        assert_eq!(told, expected);
        receivers.taken().clear();
    };
    world.export(&faq(&["a", "b", "c"]));
    world.sync().exits(0);
    told(&[], &[]);
    world.export(&faq(&["a", "b"]));
    world.sync().exits(3);
    told(&["manual"], &[]);
    world.run(&["approve", BOT, "--removed"]).exits(0);
    world.sync().exits(0);
    told(&[], &["manual"]);

    world.write("export/more.csv", b"PK\x03\x04 no archive");
    world.sync();
    // At once, and not as a failure that lasts as well.
    told(&["unusable"], &[]);
    world.write("export/more.csv", "node_name,question,answer\nd,q,yes\n");
    world.sync().exits(0);
    told(&[], &["unusable"]);

    world.run(&["rollback", BOT, "--to", "1"]).exits(0);
    world.sync().exits(3);
    told(&["pinned", "manual"], &[]);
    world.run(&["resume", BOT]).exits(0);
    world.sync();
    assert!(receivers.events("json").contains(&"pinned over".to_owned()));
}

#[test]
fn a_reload_that_failed_is_told_and_when_one_succeeds() {
    let receivers = Receivers::default();
    let address = receivers.open();
    let notify = format!("[notify]\nurl = '{address}/json'\n");
    let mut world = World::with(|settings| settings.tables(&notify));
    world.export(&faq(&["a"]));
    let daemon = world.daemon();
    let sound = std::fs::read_to_string(world.path("config.toml")).unwrap();
    world.write("config.toml", sound.replace("'acme'", "''"));
    daemon.signal(Signal::HUP);
    until("it is told", || {
        receivers.events("json") == ["reload_failed begun"]
    });
    let told = receivers.of("json").pop().unwrap();
    assert_eq!(
        (&told["bot"], &told["severity"]),
        (&Value::Null, &"error".into())
    );
    assert!(
        text(&told["text"]).contains("`client_id` is empty"),
        "{told:#}"
    );
    world.reconfigure(|_| {});
    daemon.signal(Signal::HUP);
    until("it is over", || receivers.events("json").len() == 2);
    assert_eq!(receivers.events("json")[1], "reload_failed over");
    daemon.stop();
}

#[test]
fn edits_of_a_refused_step_tell_nothing_new() {
    let receivers = Receivers::default();
    let address = receivers.open();
    let world = World::with(|settings| {
        settings.tables(&format!("[notify]\nurl = '{address}/json'\n"));
    });
    refuse(&world, "b", "no");
    let mut steps = faq(&["a", "b"]);
    world.export(&steps);
    let daemon = world.daemon();
    until("it is told", || !receivers.of("json").is_empty());
    for answer in ["one", "two", "three"] {
        let before = world.tasks().len();
        edit(&mut steps, "b", answer);
        world.export(&steps);
        until("it was tried again", || world.tasks().len() > before);
    }
    edit(&mut steps, "a", "live");
    world.export(&steps);
    until("all is done", || world.live()["a"].1 == "live");
    daemon.stop();
    assert_eq!(receivers.events("json"), ["quarantined begun"]);
}

#[test]
fn signs_of_life_follow_passes_and_not_too_closely() {
    let receivers = Receivers::default();
    let address = receivers.open();
    let world = World::with(|settings| {
        settings.tables(&format!("[notify]\nalive_url = '{address}/alive'\n"));
    });
    let mut steps = faq(&["a"]);
    world.export(&steps);
    let daemon = world.daemon();
    until("there is a sign", || receivers.of("alive").len() == 1);
    for answer in ["one", "two", "three"] {
        edit(&mut steps, "a", answer);
        world.export(&steps);
        until("it is live", || world.live()["a"].1 == answer);
    }
    daemon.stop();
    assert_eq!(receivers.of("alive").len(), 1);

    // A pass in which a source was not read does not count.
    receivers.taken().clear();
    std::fs::rename(world.path("export"), world.path("away")).unwrap();
    world.sync().exits(1);
    assert_eq!(receivers.of("alive").len(), 0);
}
