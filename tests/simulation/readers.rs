//! Readers that hang or die: their bots wait and lose nothing, the others go on.

use std::fmt::Write as _;
use std::time::Duration;

use kms_haptik_sync::intake::Mishap;
use tokio::time::Instant;

use super::run::{World, in_virtual_time};
use super::scenario::{BotPlan, Event, Scenario, moment, pause, random_of};

/// More than may read at a time.
const AFFLICTED: usize = 10;
const BOTS: usize = AFFLICTED + 2;
/// After so many pieces of work the next one is a reading, and has a turn.
pub(crate) const LOOKED_AND_LISTED: u32 = 3;
const EVERY: Duration = Duration::from_mins(10);
/// For so long something happens to readers.
const HOURS: Duration = Duration::from_hours(2);
/// How often it is looked who is in step.
const A_LOOK: Duration = Duration::from_secs(20);
/// What two passes take, with their uploads.
const PASSES: Duration = Duration::from_secs(30);

impl Scenario {
    /// In a third of the seeds, readers hang or die for a while.
    pub(crate) fn afflict_readers(&mut self, random: &mut fastrand::Rng, length: Duration) {
        if random.u8(0..3) > 0 {
            return;
        }
        for _ in 0..random.usize(1..4) {
            let bot = random.usize(0..self.bots.len());
            let mishap = random_of(random, &[Mishap::Hangs, Mishap::Dies]);
            let spared = random.u32(0..6);
            let at = moment(random, length);
            self.put(at, Event::Reader(bot, Some((mishap, spared))));
            self.put(at + 3 * pause(random), Event::Reader(bot, None));
        }
    }
}

impl World {
    /// From now on this happens to whoever reads the source of a bot.
    pub(crate) fn befall(&mut self, bot: usize, mishap: Option<(Mishap, u32)>) {
        let domain_name = &self.config.bots[bot].domain_name;
        self.mishaps[bot] = mishap;
        let mut books = self.books();
        let ledger = books.ledgers.get_mut(domain_name).expect("a bot");
        ledger.is_afflicted = mishap.is_some();
        drop(books);
        if let Some(process) = &self.process {
            process.engine.threads.befall(domain_name, mishap);
        }
    }

    fn edit_all(&mut self, bots: std::ops::Range<usize>) {
        for bot in bots {
            self.bases[bot].add(false);
            self.export(bot);
        }
    }

    /// A new process finds what the one before found.
    pub(crate) fn afflict(&self) {
        let Some(process) = &self.process else { return };
        for (bot, mishap) in self.config.bots.iter().zip(&self.mishaps) {
            let mishap = mishap.map(|(mishap, _)| (mishap, 0));
            process.engine.threads.befall(&bot.domain_name, mishap);
        }
    }
}

fn scenario() -> Scenario {
    let name = |at| format!("bot-{at:02}");
    let bot = |at| BotPlan {
        domain_name: name(at),
        prefix: format!("kb{at:02}-"),
        articles: 3,
        poisoned: 0,
        replaces: at % 2 == 1,
        parts: 2,
        watched: false,
        has_marker: false,
    };
    let mut configuration =
        "[haptik]\nbase_url = \"sandbox\"\ncalls_per_minute = 1000\n".to_owned();
    for at in 0..BOTS {
        let effect = if at % 2 == 1 { "replace" } else { "merge" };
        write!(
            configuration,
            "[[bot]]\ndomain_name = \"{0}\"\nupload_effect = \"{effect}\"\nmax_removal_percent = 100\n\
             max_removals = 100\n[[bot.source]]\nfolder = \"{0}\"\nevery = \"10m\"\n",
            name(at)
        )
        .expect("a string takes everything");
    }
    Scenario {
        bots: (0..BOTS).map(bot).collect(),
        configuration,
        unnamed: false,
        lies: false,
        in_progress: "In Progress",
        task_time: Duration::from_secs(3),
        events: std::collections::BTreeMap::new(),
        approve_at_the_end: false,
        fails_for_a_while: false,
    }
}

/// Whether the steps of these bots are live as their articles are.
fn is_in_step(world: &World, bots: std::ops::Range<usize>) -> bool {
    bots.into_iter().all(|at| {
        let live = world.sandbox.steps(&world.config.bots[at].domain_name);
        let active = live.iter().filter(|(_, step)| step.active);
        let active: Vec<&String> = active.map(|(name, _)| name).collect();
        active.into_iter().eq(world.bases[at].articles.keys())
    })
}

/// How long all other bots take for an edit while something happens to the readers of most, and what
/// went wrong. `None`: they do not do it as long as it happens.
pub(crate) fn others_go_on(mishap: Mishap, spared: u32) -> (Option<Duration>, Vec<String>) {
    in_virtual_time(async move {
        let mut world = World::of(scenario(), u64::from(spared));
        world.begin();
        let began = Instant::now();
        world.pass_time(began + Duration::from_mins(15)).await;
        let mut wrong = Vec::new();
        if !is_in_step(&world, 0..BOTS) {
            wrong.push("the bots are not in step to begin with".to_owned());
        }
        let happened = Instant::now();
        for bot in 0..AFFLICTED {
            world.befall(bot, Some((mishap, spared)));
        }
        world.edit_all(0..AFFLICTED);
        // Until each of them has met it.
        world.pass_time(happened + 2 * EVERY).await;
        world.edit_all(AFFLICTED..BOTS);
        let (edited, mut left) = (Instant::now(), None);
        while left.is_none() && happened.elapsed() < HOURS {
            world.pass_time(Instant::now() + A_LOOK).await;
            left = is_in_step(&world, AFFLICTED..BOTS).then(|| edited.elapsed());
        }
        world.pass_time(happened + HOURS).await;
        wrong.extend((0..AFFLICTED).filter_map(|at| failed_as_it_is(&world, at, mishap).err()));
        for bot in 0..AFFLICTED {
            world.befall(bot, None);
        }
        world
            .pass_time(Instant::now() + EVERY + EVERY / 5 + PASSES)
            .await;
        if !is_in_step(&world, 0..BOTS) {
            wrong.push("not all bots come back into step".to_owned());
        }
        wrong.extend(world.books().broken.clone());
        (left, wrong)
    })
}

/// A source whose reader hangs or dies has failed for that reason, and has not been read for as long.
/// Nothing of it is gone, and nothing new is there.
fn failed_as_it_is(world: &World, at: usize, mishap: Mishap) -> Result<(), String> {
    let bot = &world.config.bots[at];
    let process = world.process.as_ref().expect("a process");
    let live = process.live_status.of(&bot.domain_name);
    let words = match mishap {
        Mishap::Hangs => "did not answer within",
        Mishap::Dies => "met a defect of this program (a reader dies)",
    };
    let error = live.error().unwrap_or_default();
    if !error.contains(words) {
        return Err(format!("{}: {error:?}", bot.domain_name));
    }
    let last = process.engine.last_readings.of(bot, &bot.sources[0]);
    let age = world.clock.point().since(&last.expect("a reading"));
    if age + EVERY < HOURS {
        return Err(format!("{}: was read {age:?} ago", bot.domain_name));
    }
    let live = world.sandbox.steps(&bot.domain_name);
    let live = live.values().filter(|step| step.active).count();
    if live + 1 != world.bases[at].articles.len() {
        return Err(format!("{}: {live} steps are live", bot.domain_name));
    }
    Ok(())
}

#[test]
fn a_reader_that_hangs_or_dies_stops_its_own_bot_alone() {
    // By how much was spared before, it is met while looking, listing or reading.
    for spared in 0..=LOOKED_AND_LISTED {
        for mishap in [Mishap::Hangs, Mishap::Dies] {
            let of = format!("{mishap:?} after {spared}");
            let (left, wrong) = others_go_on(mishap, spared);
            assert!(wrong.is_empty(), "{of}: {wrong:#?}");
            let left = left.unwrap_or_else(|| panic!("{of}: the others wait"));
            let bound = EVERY + EVERY / 5 + PASSES + A_LOOK;
            assert!(left <= bound, "{of}: the others wait for {left:?}");
        }
    }
}
