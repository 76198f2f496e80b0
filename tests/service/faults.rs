//! The fault table of `docs/FAULTS.md` over real HTTP: what the service does while a fault lasts,
//! that no step leaves the bot for it, and that one sync after its end makes everything right.

use crate::support::{Faq, World, edit, faq, side_by_side};
use kms_haptik_sync::config::UploadEffect;
use kms_haptik_sync::config::UploadEffect::{Merge, Replace};
use kms_haptik_sync::sandbox::{Fault, FaultKind, On};
use serde_json::Value;

/// The four ways in which a fault is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Retry,
    InDoubt,
    Refused,
    Stop,
}
use Class::{InDoubt, Refused, Retry, Stop};

fn kind(kind: FaultKind) -> Fault {
    Fault::new(On::Any, kind)
}

fn code(code: u16) -> Fault {
    Fault::status_code(On::Any, code)
}

fn redirect() -> Fault {
    Fault {
        headers: [(
            "location".to_owned(),
            "https://elsewhere.example/?k=hidden".to_owned(),
        )]
        .into(),
        ..code(302)
    }
}

fn slow(processed: bool) -> Fault {
    Fault {
        ms: 800,
        processed: Some(processed),
        ..kind(FaultKind::Slow)
    }
}

fn html(code: u16) -> Fault {
    Fault {
        code: Some(code),
        ..kind(FaultKind::Html)
    }
}

/// A fault, what it means when submitting and when asking for a status, and words of the message.
type Row = (Fault, Class, Class, &'static str);

fn table() -> Vec<Row> {
    use FaultKind::{DropAfter, DropBefore, Empty, Huge, NotJson, SuccessFalse, Truncate};
    let lost = "was closed before the answer was complete";
    vec![
        (slow(true), InDoubt, Retry, "did not answer in time"),
        (slow(false), InDoubt, Retry, "did not answer in time"),
        (kind(DropBefore), InDoubt, Retry, lost),
        (kind(DropAfter), InDoubt, Retry, lost),
        (kind(Truncate), InDoubt, Retry, lost),
        (kind(Huge), InDoubt, Retry, "far too long and was cut off"),
        (kind(Empty), InDoubt, Retry, "answered with nothing"),
        (
            kind(NotJson),
            InDoubt,
            Retry,
            "not the JSON that was to come",
        ),
        (kind(SuccessFalse), Refused, Retry, "something is not right"),
        (redirect(), Stop, Stop, "Redirects are not followed"),
        (code(400), Refused, Stop, "400"),
        (code(401), Stop, Stop, "Put the right token in place"),
        (
            code(403),
            Stop,
            Stop,
            "Check client_id and what the token may do",
        ),
        (code(404), Stop, InDoubt, "404"),
        (code(413), Refused, Stop, "413"),
        (code(429), Retry, Retry, "429"),
        (html(500), InDoubt, Retry, "500"),
        (html(502), InDoubt, Retry, "502"),
        (html(503), Retry, Retry, "503"),
        (html(504), InDoubt, Retry, "504"),
    ]
}

/// Every kind of change at once.
fn edited() -> Faq {
    let mut steps = faq(&["a", "b", "d", "e"]);
    edit(&mut steps, "a", "edited");
    steps
}

/// A bot with changes to upload; calls are given up after `patience`.
fn world(effect: UploadEffect, fault: &Fault, patience: &str) -> World {
    let mut world = World::synced(effect, &faq(&["a", "b", "c"]));
    world.reconfigure(|settings| {
        settings.haptik(&format!(
            "retry = {{ first = '5ms', max = '20ms', give_up_after = '{patience}' }}"
        ));
        if fault.kind == FaultKind::Slow {
            settings.haptik("request_timeout = '300ms'");
        }
    });
    world.export(&edited());
    world
}

/// The fault for as long as it is not healed.
fn lasting(world: &World, on: On, fault: &Fault) {
    let times = 100_000;
    world.fault(Fault {
        on,
        times,
        ..fault.clone()
    });
}

fn in_flight(world: &World) -> Value {
    world.run(&["status", "--json"]).bot()["in_flight"].clone()
}

fn count(world: &World, call: &str) -> usize {
    let calls = world.sandbox.calls().calls;
    calls.iter().filter(|made| made.call == call).count()
}

/// What every fault has in common.
fn fails(world: &World, fault: &Fault, words: &str) {
    let run = world.sync();
    assert_eq!(run.code, Some(1), "{fault:?}: {run:?}");
    let run = run.tells(&[words]);
    assert!(!run.stdout.contains("hidden"), "{}", run.stdout);
    assert_eq!(run.bot()["quarantined"], 0, "{fault:?} is no step's fault");
    let live = world.live();
    for name in ["a", "b"] {
        assert!(live.contains_key(name), "{fault:?} took {name} away");
    }
    assert_eq!(
        world.run(&["status", "--json"]).exits(1).bot()["state"],
        "failing"
    );
}

fn converges(world: &World, fault: &Fault) {
    world.heal();
    let run = world.sync();
    assert_eq!(run.code, Some(0), "after {fault:?}: {run:?}");
    assert_eq!(world.live(), edited(), "after {fault:?}");
    let before = world.calls();
    world.sync().exits(0);
    assert_eq!(world.calls(), before, "after {fault:?}");
}

fn while_submitting(effect: UploadEffect) {
    side_by_side(table(), |(fault, class, _, words)| {
        let world = world(effect, &fault, "1s");
        lasting(&world, On::Submit, &fault);
        let before = count(&world, "submit");
        fails(&world, &fault, words);
        let submits = count(&world, "submit") - before;
        let kept = in_flight(&world)["state"].clone();
        match class {
            Retry => assert_eq!((kept, submits > 1), ("prepared".into(), true), "{fault:?}"),
            InDoubt => assert_eq!((kept, submits > 1), ("in_doubt".into(), true), "{fault:?}"),
            Stop => assert_eq!((kept, submits), ("prepared".into(), 1), "{fault:?}"),
            Refused => assert_eq!(kept, Value::Null, "{fault:?}"),
        }
        converges(&world, &fault);
    });
}

#[test]
fn faults_of_submitting_where_uploads_merge() {
    while_submitting(Merge);
}

#[test]
fn faults_of_submitting_where_uploads_replace() {
    while_submitting(Replace);
}

#[test]
fn faults_of_asking_for_a_status() {
    side_by_side(table(), |(fault, _, class, words)| {
        let world = world(Replace, &fault, "1s");
        lasting(&world, On::Status, &fault);
        let before = count(&world, "status");
        fails(&world, &fault, words);
        let polls = count(&world, "status") - before;
        let kept = in_flight(&world);
        let tasks = world.tasks().len();
        match class {
            Retry => assert_eq!((&kept["state"], polls > 1), (&"accepted".into(), true)),
            Stop => assert_eq!((&kept["state"], polls), (&"accepted".into(), 1)),
            InDoubt => assert_eq!((&kept["state"], tasks), (&"in_doubt".into(), 3)),
            Refused => unreachable!("a status is never refused"),
        }
        converges(&world, &fault);
        if class != InDoubt {
            assert_eq!(
                world.tasks().len(),
                tasks,
                "{fault:?}: it was uploaded again"
            );
        }
    });
}

#[test]
fn a_fault_that_passes_is_not_even_noticed() {
    for effect in [Merge, Replace] {
        side_by_side(table(), |(fault, submit, status, _)| {
            for (on, class) in [(On::Submit, submit), (On::Status, status)] {
                if matches!(class, Stop | Refused) {
                    continue;
                }
                let world = world(effect, &fault, "30s");
                world.fault(Fault {
                    on,
                    ..fault.clone()
                });
                let run = world.sync();
                assert_eq!(run.code, Some(0), "{on:?} {fault:?}: {run:?}");
                assert_eq!(world.live(), edited(), "{on:?} {fault:?}");
                same_upload_until_confirmed(&world);
            }
        });
    }
}

/// A repeat is the upload before it once more, never something newer beside it.
fn same_upload_until_confirmed(world: &World) {
    let tasks = world.tasks();
    for pair in tasks[1..].windows(2) {
        assert_eq!(pair[0].content, pair[1].content, "{pair:?}");
    }
}

#[test]
fn one_refusal_that_passes_blames_no_step() {
    for effect in [Merge, Replace] {
        for fault in [kind(FaultKind::SuccessFalse), code(400)] {
            let world = world(effect, &fault, "30s");
            world.fault(Fault {
                on: On::Submit,
                ..fault.clone()
            });
            let run = world.sync();
            assert_eq!(run.code, Some(0), "{fault:?}: {run:?}");
            assert_eq!(world.live(), edited());
        }
    }
}

#[test]
fn what_haptik_asks_to_wait_is_waited() {
    let cases = [On::Submit, On::Status].map(|on| [(on, false), (on, true)]);
    side_by_side(cases.concat(), |(on, as_date)| {
        let world = world(Merge, &code(429), "30s");
        let value = if as_date { soon() } else { "1".to_owned() };
        world.fault(Fault {
            on,
            headers: [("retry-after".to_owned(), value.clone())].into(),
            ..code(429)
        });
        world.sync().exits(0);
        let calls = world.sandbox.calls().calls;
        let waits = calls[2..].windows(2).map(|pair| pair[1].at - pair[0].at);
        assert!(waits.max() >= Some(900), "{value} {on:?}: {calls:?}");
        assert_eq!(world.live(), edited());
    });
}

/// A date two to three seconds away, as HTTP writes it.
fn soon() -> String {
    let soon = jiff::Timestamp::now() + std::time::Duration::from_secs(3);
    jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&soon)
        .unwrap()
}

#[test]
fn giving_up_is_not_a_way_around_what_haptik_asks_for() {
    let world = world(Merge, &code(429), "1500ms");
    lasting(
        &world,
        On::Submit,
        &Fault {
            headers: [("retry-after".to_owned(), "3600".to_owned())].into(),
            ..code(429)
        },
    );
    let before = count(&world, "submit");
    let daemon = world.daemon();
    std::thread::sleep(std::time::Duration::from_secs(4));
    let submits = count(&world, "submit") - before;
    assert!(
        (1..=4).contains(&submits),
        "{submits} calls in four seconds"
    );
    daemon.stop().exits(0);
}
