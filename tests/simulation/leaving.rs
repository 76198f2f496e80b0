//! When what really went leaves, through the whole daemon and without any other fault: not before its
//! absence is confirmed, and within `removals_after`, an `every` and two passes.

use std::time::Duration;

use tokio::time::Instant;

use super::run::{World, in_virtual_time};
use super::scenario::{BotPlan, Scenario};

const REMOVALS_AFTER: Duration = Duration::from_mins(2);
const EVERY: Duration = Duration::from_mins(10);
/// What two passes take, with their uploads.
const PASSES: Duration = Duration::from_secs(30);

/// How articles go.
#[derive(Clone, Copy, Debug)]
enum Goes {
    /// With their file.
    File,
    /// Their rows, in a file that is written in place.
    Rows,
    /// Their rows, as long as a writer has the file open.
    RowsOfAnOpenFile,
}

pub(crate) fn scenario(watched: bool) -> Scenario {
    Scenario {
        bots: vec![BotPlan {
            domain_name: "bot".to_owned(),
            prefix: "kb-".to_owned(),
            articles: 12,
            poisoned: 0,
            replaces: false,
            parts: 3,
            watched,
            has_marker: false,
        }],
        configuration: "[haptik]\nbase_url = \"sandbox\"\n[[bot]]\ndomain_name = \"bot\"\n\
             upload_effect = \"merge\"\nmax_removals = 8\n\
             [[bot.source]]\nfolder = \"bot\"\nevery = \"10m\"\n"
            .to_owned(),
        unnamed: false,
        lies: false,
        in_progress: "In Progress",
        task_time: Duration::from_secs(3),
        events: std::collections::BTreeMap::new(),
        approve_at_the_end: false,
        fails_for_a_while: false,
    }
}

/// After how long they have left; `None`: within an hour, they have not.
fn leaves_after(goes: Goes, watched: bool, woken: bool) -> Option<Duration> {
    in_virtual_time(async move {
        let mut world = World::of(scenario(watched), 7);
        world.begin();
        let began = Instant::now();
        world.pass_time(began + Duration::from_mins(65)).await;
        let went = Instant::now();
        match goes {
            Goes::File => world.vanish(0, &[0], false),
            Goes::Rows => {
                world.open(0, 0, 1);
                world.bases[0].names_in(0)[1..]
                    .iter()
                    .for_each(|name| world.bases[0].remove(name));
                world.close(0, 0);
            }
            Goes::RowsOfAnOpenFile => world.open(0, 0, 1),
        }
        if let (true, Some(process)) = (woken, &world.process) {
            process.wakes[0].notify_one();
        }
        while went.elapsed() < Duration::from_hours(1) {
            world
                .pass_time(Instant::now() + Duration::from_secs(1))
                .await;
            let steps = world.sandbox.steps("bot");
            if !steps.get("kb-9").is_some_and(|step| step.active) {
                assert!(!world.is_broken(), "{:#?}", world.books().broken);
                return Some(went.elapsed());
            }
        }
        assert!(!world.is_broken(), "{:#?}", world.books().broken);
        None
    })
}

/// How many steps are gone of two files that vanish one after the other, each within the limits and
/// both together not.
pub(crate) fn one_by_one() -> usize {
    in_virtual_time(async {
        let mut world = World::of(scenario(true), 7);
        world.begin();
        world
            .pass_time(Instant::now() + Duration::from_mins(65))
            .await;
        let before = active_steps(&world);
        for part in [0, 1] {
            world.vanish(0, &[part], false);
            world.process.as_ref().expect("a process").wakes[0].notify_one();
            world
                .pass_time(Instant::now() + Duration::from_mins(1))
                .await;
        }
        // Until the first is confirmed, and the second is not.
        world
            .pass_time(Instant::now() + Duration::from_secs(45))
            .await;
        before - active_steps(&world)
    })
}

pub(crate) fn active_steps(world: &World) -> usize {
    let steps = world.sandbox.steps("bot");
    steps.values().filter(|step| step.active).count()
}

#[test]
fn files_that_vanish_one_by_one_are_counted_together() {
    assert_eq!(one_by_one(), 0);
}

#[test]
fn what_really_went_leaves_in_time_and_not_before() {
    let zero = Duration::ZERO;
    for (goes, watched, waits) in [
        (Goes::File, true, Some(REMOVALS_AFTER)),
        (Goes::File, false, Some(REMOVALS_AFTER)),
        (Goes::Rows, true, Some(zero)),
        (Goes::Rows, false, Some(REMOVALS_AFTER)),
        (Goes::RowsOfAnOpenFile, true, None),
        (Goes::RowsOfAnOpenFile, false, Some(REMOVALS_AFTER)),
    ] {
        for woken in [true, false] {
            let of = format!("{goes:?}, watched: {watched}, woken: {woken}");
            let left = leaves_after(goes, watched, woken);
            let Some((waits, left)) = waits.zip(left) else {
                assert_eq!(left, waits, "{of}");
                continue;
            };
            let until = if woken { zero } else { EVERY + EVERY / 5 };
            assert!(left >= waits, "{of}: after {left:?} already");
            assert!(left <= waits + until + PASSES, "{of}: after {left:?} only");
        }
    }
}
