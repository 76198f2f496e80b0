//! Searches for counterexamples to the product's promises: the real daemon, the real store and the
//! sandbox in virtual time, with everything going wrong that a seed can think of.
//!
//! `SIM_SEEDS=2000` runs that many seeds (`SIM_FROM=5000` others, `SIM_ALL=1` past the first failure), `SIM_SEED=7` replays one and tells its story.

mod absence;
mod asking;
mod bounds;
mod events;
mod exports;
mod keeping;
mod knowledge;
mod leaving;
mod ledger;
mod looks;
mod loops;
mod many;
mod process;
mod readers;
mod rest;
mod rotting;
mod run;
mod scenario;
mod story;
mod supervision;
mod weather;
mod wire;

use many::{first_broken, number};
use run::Outcome;

/// Seeds in a plain `cargo test`.
const SEEDS: u64 = 100;

#[test]
fn promises_are_kept() {
    kept("promises_are_kept", run::run, without_log);
}

/// Beside the rest, since what comes between a task and an answer takes hours and days.
#[test]
fn promises_of_asking_are_kept() {
    kept(
        "promises_of_asking_are_kept",
        asking::run,
        asking_without_log,
    );
}

fn asking_without_log(seed: u64) -> Outcome {
    asking::run(seed, false)
}

fn without_log(seed: u64) -> Outcome {
    run::run(seed, false)
}

/// Runs the seeds of a test, or replays one with the daemon's log.
fn kept(test: &str, replay: fn(u64, bool) -> Outcome, run: fn(u64) -> Outcome) {
    if let Some(seed) = number("SIM_SEED") {
        let outcome = replay(seed, true);
        println!("{}", outcome.story);
        assert!(outcome.broken.is_empty(), "{:#?}", outcome.broken);
        return;
    }
    let from = number("SIM_FROM").unwrap_or(0);
    let seeds = from..from + number("SIM_SEEDS").unwrap_or(SEEDS);
    if let Some((seed, outcome)) = first_broken(seeds, &|| (), run) {
        println!("{}", outcome.story);
        panic!(
            "seed {seed} breaks a promise: {:#?}\nreplay it with its log: \
             SIM_SEED={seed} cargo test --test simulation {test} -- --nocapture",
            outcome.broken
        );
    }
}

/// A simulation that never fails proves nothing.
#[cfg(feature = "sabotage")]
#[test]
#[ignore = "it tries many broken products, for minutes and with many seeds; .ci/run does"]
fn mutations_are_caught() {
    use kms_haptik_sync::sabotage::{Sabotage, choose};
    let only = std::env::var("SIM_SABOTAGE").ok();
    let mut missed = Vec::new();
    for sabotage in Sabotage::ALL {
        if only
            .as_ref()
            .is_some_and(|only| *only != format!("{sabotage:?}"))
        {
            continue;
        }
        choose(Some(sabotage));
        let noticed = noticed_alone(sabotage);
        choose(None);
        if let Some(noticed) = noticed {
            println!("{sabotage:?}: {noticed}");
            continue;
        }
        let prepare = || choose(Some(sabotage));
        let known = known_seed(sabotage)
            .and_then(|seed| first_broken(seed..seed + 1, &prepare, without_log));
        let seeds = 0..number("SIM_SEEDS").unwrap_or(1000);
        match known.or_else(|| first_broken(seeds, &prepare, without_log)) {
            Some((seed, outcome)) => {
                println!("{sabotage:?}: seed {seed}: {}", outcome.broken[0]);
            }
            None => missed.push(sabotage),
        }
    }
    assert!(missed.is_empty(), "nothing noticed {missed:?}");
}

/// A seed that notices what hardly one of them does. Once it does no more, the others are tried, and the
/// one that does is to stand here.
#[cfg(feature = "sabotage")]
fn known_seed(sabotage: kms_haptik_sync::sabotage::Sabotage) -> Option<u64> {
    use kms_haptik_sync::sabotage::Sabotage;
    match sabotage {
        Sabotage::TokenBlamesSteps => Some(341),
        Sabotage::UncertainForgotten => Some(234),
        Sabotage::LostIsSuccess => Some(42),
        Sabotage::GuardForgets => Some(81),
        Sabotage::YoungIsWhole => Some(43),
        Sabotage::RenamesApart => Some(54),
        Sabotage::FingerprintDefaulted => Some(99),
        _ => None,
    }
}

/// What is noticed where nothing else goes wrong, of what hardly a seed brings about.
#[cfg(feature = "sabotage")]
fn noticed_alone(sabotage: kms_haptik_sync::sabotage::Sabotage) -> Option<String> {
    use kms_haptik_sync::intake::Mishap;
    use kms_haptik_sync::sabotage::{Sabotage, choose};
    match sabotage {
        Sabotage::WaitingUncounted => {
            let is_noticed = leaving::one_by_one() > 0;
            is_noticed.then(|| "files that vanish one by one leave unnoticed".to_owned())
        }
        Sabotage::KeepIgnored => {
            let is_noticed = !keeping::stay_and_leave().0;
            is_noticed.then(|| "answers leave although a person keeps them".to_owned())
        }
        Sabotage::KeepSticks => {
            let is_noticed = !keeping::stay_and_leave().1;
            is_noticed.then(|| "answers stay for ever that a person once kept".to_owned())
        }
        Sabotage::DeadlineOff => readers::others_go_on(Mishap::Hangs, readers::LOOKED_AND_LISTED)
            .0
            .is_none()
            .then(|| "readers that hang have all the turns".to_owned()),
        Sabotage::CanaryIgnored => {
            let is_noticed = !asking::services::both_stop_and_tell();
            is_noticed.then(|| "two services on one bot do not find each other".to_owned())
        }
        Sabotage::AlwaysVerified
        | Sabotage::OldIsVerified
        | Sabotage::DriftIgnored
        | Sabotage::ResendLoop
        | Sabotage::AsksUncounted
        | Sabotage::AgentForgotten => {
            let prepare = || choose(Some(sabotage));
            let (seed, outcome) = first_broken(0..SEEDS, &prepare, asking_without_log)?;
            Some(format!("seed {seed} of asking: {}", outcome.broken[0]))
        }
        _ => None,
    }
}

#[test]
fn a_seed_gives_the_same_run_each_time() {
    let mut stories = std::collections::BTreeSet::new();
    for seed in 0..12 {
        let first = run::run(seed, false).story;
        let second = run::run(seed, false).story;
        if first != second {
            let differ = first.lines().zip(second.lines()).find(|(a, b)| a != b);
            panic!("seed {seed}: {differ:#?}");
        }
        stories.insert(first);
    }
    assert_eq!(stories.len(), 12, "different seeds, different runs");
}
