//! The daemon killed with SIGKILL, again and again, at any moment, while the export changes: in the
//! end the bot holds what the export holds, and it was never worse on the way. `KILLS=200` makes
//! it longer, `SEED=7` another run.

use std::time::Duration;

use crate::support::{Faq, World, faq, until};
use kms_haptik_sync::config::UploadEffect;
use kms_haptik_sync::config::UploadEffect::{Merge, Replace};
use kms_haptik_sync::sandbox::{TaskRecord, UploadRule};

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |text| text.parse().unwrap())
}

/// A few edits, additions and removals; the steps `core-..` always stay.
fn edit(steps: &mut Faq, random: &mut fastrand::Rng, count: u64) {
    for _ in 0..random.usize(1..4) {
        let name = format!("kb-{}", random.u8(0..12));
        match random.u8(0..4) {
            0 => drop(steps.remove(&name)),
            _ => drop(steps.insert(
                name.clone(),
                (
                    format!("What of {name}?"),
                    format!("edition {count} {}", random.u16(..)),
                ),
            )),
        }
    }
    let core = format!("core-{}", random.u8(0..4));
    steps.get_mut(&core).unwrap().1 = format!("edition {count}");
}

fn kills(effect: UploadEffect, kills: u64, seed: u64) {
    println!("{effect:?}: KILLS={kills} SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let world = World::with(|settings| {
        settings.effect(effect);
        settings.bot("max_removals = 1000");
        settings.bot("max_rows_per_upload = 3");
    });
    let core = ["core-0", "core-1", "core-2", "core-3"];
    let mut steps = faq(&core);
    world.export(&steps);
    world.sync().exits(0);
    for kill in 0..kills {
        // Some tasks outlive the process that submitted them.
        world.sandbox.change(UploadRule {
            task_time: Some(random.i64(0..400)),
            ..UploadRule::default()
        });
        let daemon = world.start(&["run"]);
        std::thread::sleep(Duration::from_millis(random.u64(0..60)));
        edit(&mut steps, &mut random, kill);
        world.export(&steps);
        std::thread::sleep(Duration::from_millis(random.u64(0..120)));
        daemon.kill();
        let live = world.live();
        for name in core {
            assert!(live.contains_key(name), "{name} was lost at kill {kill}");
        }
    }
    let daemon = world.daemon();
    until("the bot holds what the export holds", || {
        world.live() == steps
    });
    daemon.stop().exits(0);
    world.sync().exits(0);
    assert_eq!(world.live(), steps);
    let calls = world.calls();
    world.sync().exits(0);
    assert_eq!(world.calls(), calls, "the snapshot is behind the bot");
    one_at_a_time(&world.tasks());
}

/// Two tasks at once are the same upload, sent again because its answer was lost.
fn one_at_a_time(tasks: &[TaskRecord]) {
    for (at, task) in tasks.iter().enumerate() {
        let under_way =
            |other: &&TaskRecord| other.ended_at.is_none_or(|end| end > task.started_at);
        for other in tasks[..at].iter().filter(under_way) {
            assert_eq!(
                other.content, task.content,
                "{other:?} and {task:?} at once"
            );
        }
    }
}

#[test]
fn killed_where_uploads_merge() {
    kills(Merge, number("KILLS", 30) / 2, number("SEED", 1));
}

#[test]
fn killed_where_uploads_replace() {
    kills(Replace, number("KILLS", 30) / 2, number("SEED", 2));
}
