//! `probe`: every kind of bot that the sandbox can play, with a person who looks at what the bot
//! really answers; and every way to break off, after which it is known what is left.

mod asks;

use std::io::{BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, ChildStderr, ChildStdin, Stdio};

use crate::support::{BOT, Faq, Run, TOKEN, World, faq, until};
use kms_haptik_sync::config::UploadEffect;
use kms_haptik_sync::config::UploadEffect::{Merge, Replace};
use kms_haptik_sync::sandbox::{AnswerRule, BlankRow, Fault, FaultKind, On, UploadRule, Wording};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

const FIRST: &str = "kms_haptik_sync_probe_1";
const SECOND: &str = "kms_haptik_sync_probe_2";
const CONSENT: &str = "go on: ";
const LOOK: &str = "(yes or no): ";

/// A probe with a person before it.
struct Probing {
    child: Child,
    input: Option<ChildStdin>,
    said: BufReader<ChildStderr>,
    heard: String,
}

impl Probing {
    fn start(world: &World, arguments: &[&str]) -> Self {
        let arguments = [&["probe"], arguments].concat();
        let mut child = world
            .command(&arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            input: child.stdin.take(),
            said: BufReader::new(child.stderr.take().unwrap()),
            child,
            heard: String::new(),
        }
    }

    /// Listens until it says one of these, and tells which and what came before; `None`: it ended.
    fn hears<'w>(&mut self, words: &[&'w str]) -> Option<(&'w str, String)> {
        let mut now = Vec::new();
        loop {
            let mut byte = [0];
            if self.said.read(&mut byte).unwrap() == 0 {
                self.heard.push_str(&String::from_utf8(now).unwrap());
                return None;
            }
            now.push(byte[0]);
            if let Some(word) = words.iter().find(|word| now.ends_with(word.as_bytes())) {
                let now = String::from_utf8(now).unwrap();
                self.heard.push_str(&now);
                return Some((word, now));
            }
        }
    }

    #[track_caller]
    fn must_hear(&mut self, words: &str) {
        let heard = self.hears(&[words]);
        assert!(heard.is_some(), "never said {words:?}:\n{}", self.heard);
    }

    fn types(&mut self, line: &str) {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).unwrap();
        kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
    }

    /// Nobody answers any more.
    fn end(mut self) -> Run {
        drop(self.input.take());
        while self.hears(&[]).is_some() {}
        let output = self.child.wait_with_output().unwrap();
        Run {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: self.heard,
            peak_kib: 0,
        }
    }
}

/// Runs a probe with a person who agrees, and answers truly.
fn probe(world: &World, bot: &str, more: &[&str]) -> Run {
    let mut probing = Probing::start(world, &[&[bot], more].concat());
    while let Some((asked, words)) = probing.hears(&[CONSENT, LOOK]) {
        if asked == CONSENT {
            probing.types(bot);
            continue;
        }
        let expected = words.rsplit(" answer: ").next().unwrap();
        let expected = expected.split('\n').next().unwrap();
        let mut live = world.live_of(bot).into_values();
        let answers = live.any(|(_, answer)| answer == expected);
        probing.types(if answers { "yes" } else { "no" });
    }
    probing.end()
}

fn world(effect: UploadEffect, blank_row: BlankRow) -> World {
    let world = World::with(|settings| settings.effect(effect));
    world.sandbox.change(UploadRule {
        blank_row: Some(blank_row),
        ..UploadRule::default()
    });
    world
}

/// One whose uploads merge and whose blank rows remove.
fn usual() -> World {
    world(Merge, BlankRow::Removes)
}

fn names(live: &Faq) -> Vec<&str> {
    live.keys().map(String::as_str).collect()
}

#[test]
fn every_kind_of_bot_is_recognised_and_left_clean_where_that_can_be() {
    let table: [(_, _, &str, &[&str]); 5] = [
        (
            Merge,
            BlankRow::Removes,
            "\"merge\"\nremovals = \"blank-row\"\n",
            &[],
        ),
        (
            Merge,
            BlankRow::Ignored,
            "\"merge\"\nremovals = \"manual\"\n",
            &[FIRST, SECOND],
        ),
        (
            Merge,
            BlankRow::Error,
            "\"merge\"\nremovals = \"manual\"\n",
            &[FIRST, SECOND],
        ),
        (Replace, BlankRow::Error, "\"replace\"\n", &[]),
        (Replace, BlankRow::Removes, "\"replace\"\n", &[]),
    ];
    for (effect, blank_row, lines, left) in table {
        let world = world(effect, blank_row);
        let run = probe(&world, BOT, &[]).exits(if left.is_empty() { 0 } else { 3 });
        let lines = format!("[[bot]]\ndomain_name = \"{BOT}\"\nupload_effect = {lines}");
        assert!(run.stdout.contains(&lines), "{}{}", run.stderr, run.stdout);
        assert!(!run.stdout.contains("removals") || effect == Merge);
        assert_eq!(names(&world.live()), left);
        for name in left {
            assert!(run.stdout.contains(name), "{}", run.stdout);
        }
        assert!(world.tasks().len() <= 4, "{:?}", world.tasks());
        let (before, _) = run.stderr.split_once("Uploading").unwrap();
        assert!(before.contains("Danger: every other step of acme_support may go."));
        assert!(!before.contains("look twice"));
    }
}

#[test]
fn a_bot_that_is_not_in_the_configuration_can_be_probed_and_the_answer_is_json_too() {
    let world = usual();
    let run = probe(&world, "acme_staging", &["--json"]).exits(0);
    run.tells(&["does not have this bot: look twice"]);
    let run = probe(&world, "acme_staging", &["--json"]).exits(0);
    let found = run.json();
    assert_eq!(
        (
            &found["domain_name"],
            &found["upload_effect"],
            &found["removals"]
        ),
        (&"acme_staging".into(), &"merge".into(), &"blank-row".into())
    );
    assert_eq!(found["task_seconds"].as_array().unwrap().len(), 4);
    assert_eq!(found["left_to_remove"], serde_json::json!([]));
}

#[test]
fn a_bot_with_live_steps_is_left_alone() {
    let steps = faq(&["a", "b"]);
    for effect in [Merge, Replace] {
        let world = World::synced(effect, &steps);
        let calls = world.calls();
        let run = probe(&world, BOT, &[]).exits(2);
        run.tells(&["has 2 steps live", "staging"]);
        assert_eq!((world.calls(), world.live()), (calls, steps.clone()));
    }
}

#[test]
fn without_consent_nothing_is_uploaded() {
    let world = usual();
    for typed in ["yes\n", "acme\n", ""] {
        let mut probing = Probing::start(&world, &[BOT]);
        probing.must_hear(CONSENT);
        write!(probing.input.as_mut().unwrap(), "{typed}").unwrap();
        probing.end().exits(2).tells(&["nothing was uploaded"]);
    }
    let mut probing = Probing::start(&world, &[BOT]);
    probing.must_hear(CONSENT);
    probing.signal(Signal::INT);
    probing.must_hear("nothing was uploaded");
    probing.end().exits(2);
    assert_eq!(world.calls(), 0);
    world.run(&["probe"]).exits(2);
}

#[test]
fn a_bot_that_does_not_answer_teaches_nothing() {
    let world = usual();
    let mut probing = Probing::start(&world, &[BOT]);
    probing.must_hear(CONSENT);
    probing.types(BOT);
    probing.must_hear(LOOK);
    probing.types("perhaps");
    probing.must_hear("write yes or no");
    probing.must_hear(LOOK);
    probing.types("no");
    let run = probing.end().exits(3);
    run.tells(&["nothing is found out", FIRST, SECOND]);
    assert_eq!(world.live(), Faq::new(), "blank rows went up all the same");
}

#[test]
fn it_cleans_up_where_a_person_stops_it_or_goes_away() {
    for (blank_row, left) in [
        (BlankRow::Removes, &[][..]),
        (BlankRow::Ignored, &[FIRST, SECOND]),
    ] {
        for signal in [Some(Signal::INT), Some(Signal::TERM), None] {
            let world = world(Merge, blank_row);
            let mut probing = Probing::start(&world, &[BOT]);
            probing.must_hear(CONSENT);
            probing.types(BOT);
            probing.must_hear(LOOK);
            if let Some(signal) = signal {
                probing.signal(signal);
                probing.must_hear("Taking the throw-away steps away");
            }
            let run = probing.end().exits(1);
            run.tells(&["nothing is found out", "still answers to", FIRST, SECOND]);
            assert_eq!(names(&world.live()), left);
            assert_eq!(world.tasks().len(), 2);
        }
    }
}

#[test]
fn a_stop_waits_for_the_upload_under_way_and_a_second_one_does_not() {
    let world = usual();
    let never_ending = |never_ending| {
        world.sandbox.change(UploadRule {
            never_ending: Some(never_ending),
            ..UploadRule::default()
        });
    };
    never_ending(true);
    let begin = || {
        let tasks = world.tasks().len();
        let mut probing = Probing::start(&world, &[BOT]);
        probing.must_hear(CONSENT);
        probing.types(BOT);
        until("its first task", || world.tasks().len() > tasks);
        probing.signal(Signal::TERM);
        probing.must_hear("Stopping.");
        probing
    };
    let probing = begin();
    never_ending(false);
    probing.end().exits(1).tells(&["was stopped"]);
    assert_eq!(world.tasks().len(), 2);
    assert_eq!(world.live(), Faq::new());

    never_ending(true);
    let probing = begin();
    probing.signal(Signal::TERM);
    let run = probing.end().exits(1);
    run.tells(&["may still hold kms_haptik_sync_probe_1 and"]);
    assert_eq!(world.tasks().len(), 3, "nothing more was uploaded");
}

#[test]
fn calls_that_fail_are_repeated_and_then_it_says_what_is_left() {
    let fault = |kind, on, times| Fault {
        times,
        ..Fault::new(on, kind)
    };
    let world = usual();
    world.fault(fault(FaultKind::DropAfter, On::Submit, 1));
    world.fault(fault(FaultKind::Html, On::Status, 2));
    probe(&world, BOT, &[]).exits(0);
    assert_eq!(world.live(), Faq::new());

    world.fault(fault(FaultKind::ForgetTask, On::Status, 1));
    world.sandbox.change(UploadRule {
        task_time: Some(60),
        wording: Some(Wording {
            in_progress: "Patience!".to_owned(),
            ..Wording::default()
        }),
        ..UploadRule::default()
    });
    let tasks = world.tasks().len();
    let run = probe(&world, BOT, &[]).exits(0);
    run.tells(&["Haptik says \"Patience!\", which is not understood"]);
    assert_eq!(world.tasks().len(), tasks + 5, "a lost task is repeated");

    world.fault(fault(FaultKind::Html, On::Status, 100_000));
    let run = probe(&world, BOT, &[]).exits(1);
    run.tells(&["502", "may still hold"]);
    world.heal();
    probe(&world, BOT, &[]).exits(0);
    assert_eq!(world.live(), Faq::new(), "the next one takes it away");
}

#[test]
fn a_wrong_token_stops_it_before_anything_is_left() {
    let world = usual();
    world.sandbox.change(UploadRule {
        token: Some("another".to_owned()),
        ..UploadRule::default()
    });
    let run = probe(&world, BOT, &[]).exits(1);
    assert!(run.stderr.contains("401"), "{}", run.stderr);
    assert!(!run.stderr.contains("may still hold"), "{}", run.stderr);
    assert_eq!(world.calls(), 1);
}

#[test]
fn two_plain_steps_that_are_refused_are_said_to_be() {
    let world = usual();
    world.sandbox.change(UploadRule {
        bad_steps: Some([(SECOND.to_owned(), "too odd".to_owned())].into()),
        ..UploadRule::default()
    });
    let run = probe(&world, BOT, &[]).exits(1);
    run.tells(&["too odd", "still answers to"]);
    assert_eq!(world.live(), Faq::new());
}

#[test]
fn it_shares_the_state_and_the_call_budget() {
    let mut world = usual();
    world.export(&faq(&["a"]));
    let daemon = world.daemon();
    world
        .run(&["probe", "acme_staging"])
        .exits(1)
        .tells(&["works on the state", "stop it first"]);
    daemon.stop().exits(0);

    let calls = world.calls();
    probe(&world, "acme_staging", &[]).exits(0);
    let made = u32::try_from(world.calls() - calls).unwrap();
    world.reconfigure(|settings| settings.haptik(&format!("calls_per_minute = {made}")));
    let calls = world.calls();
    let mut probing = Probing::start(&world, &["acme_staging"]);
    probing.must_hear(CONSENT);
    probing.types("acme_staging");
    probing.must_hear("Uploading");
    probing.signal(Signal::INT);
    probing.must_hear("stopped while it waited for Haptik");
    probing.end().exits(1);
    assert_eq!(world.calls(), calls, "the minute's calls are spent");
}
