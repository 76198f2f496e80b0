//! Two daemons on one database, while everything that can happen to them happens: killed, paused for longer than
//! the lease, cut off from the database, the database restarted. Edits go on all the while. `TAKEOVERS=200` makes it
//! longer, `SEED=7` another run; `POSTGRES_RESTART` is a command that restarts the database.

mod proxy;

use std::collections::HashMap;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::postgres::{Databased, one_at_a_time};
use crate::support::{Faq, Running, edit, faq, until};
use kms_haptik_sync::clock::Millis;
use kms_haptik_sync::sandbox::{TaskRecord, UploadRule};
use proxy::Proxy;
use rustix::process::Signal;

/// Longer than a lease lasts.
const PAUSE: Duration = Duration::from_millis(1600);
/// Calls in any minute.
const BUDGET: usize = 240;

const HOSTS: [&str; 2] = ["one", "two"];

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |text| text.parse().unwrap())
}

/// What happens to whoever works on the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Killed,
    BothKilled,
    Paused,
    Silent,
    Cut,
    Restarted,
}

const EVENTS: [Event; 6] = [
    Event::Killed,
    Event::Paused,
    Event::Silent,
    Event::Cut,
    Event::Restarted,
    Event::BothKilled,
];

/// Two hosts, each with its network.
struct Hosts {
    there: Databased,
    proxies: [Proxy; 2],
    daemons: [Option<Running>; 2],
    random: fastrand::Rng,
    steps: Faq,
    edition: u64,
}

impl Hosts {
    fn new(there: Databased, seed: u64) -> Self {
        let database = there.address();
        let steps = faq(&["a", "b", "c", "d"]);
        there.world.export(&steps);
        let mut this = Self {
            proxies: [Proxy::to(database.clone()), Proxy::to(database)],
            daemons: [None, None],
            random: fastrand::Rng::with_seed(seed),
            there,
            steps,
            edition: 0,
        };
        this.start(0);
        this.daemons[0].as_ref().unwrap().says("ready");
        this.start(1);
        this
    }

    fn start(&mut self, host: usize) {
        let state = self.there.through(self.proxies[host].port);
        let mut command = self.there.on(HOSTS[host], &["run"]);
        command
            .env("KMS_HAPTIK_SYNC__STATE", state)
            .env("KMS_HAPTIK_SYNC__STATE_LEASE", "1s");
        self.daemons[host] = Some(Running::start(&mut command));
    }

    /// As a supervisor does it.
    fn start_who_ended(&mut self) {
        for host in 0..2 {
            let daemon = self.daemons[host].as_mut();
            if daemon.is_none_or(Running::has_ended) {
                self.start(host);
            }
        }
    }

    fn daemon(&self, host: usize) -> &Running {
        self.daemons[host].as_ref().unwrap()
    }

    /// The host whose daemon works on the state.
    fn leader(&self) -> Option<usize> {
        let pid = self.there.leader()?;
        (0..2).find(|host| {
            let daemon = self.daemons[*host].as_ref();
            daemon.is_some_and(|daemon| daemon.pid() == pid)
        })
    }

    /// Edits go on for so long.
    fn edit_for(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while Instant::now() < end {
            self.edition += 1;
            let names: Vec<String> = self.steps.keys().cloned().collect();
            let name = names[self.random.usize(..names.len())].clone();
            edit(&mut self.steps, &name, &format!("edition {}", self.edition));
            self.there.world.export(&self.steps);
            std::thread::sleep(Duration::from_millis(self.random.u64(20..400)));
        }
    }

    fn happens(&mut self, event: Event) {
        // Some tasks outlive the process that submitted them.
        self.there.world.sandbox.change(UploadRule {
            task_time: Some(self.random.i64(0..600)),
            ..UploadRule::default()
        });
        let before = Duration::from_millis(self.random.u64(0..500));
        self.edit_for(before);
        let leader = self.leader().unwrap_or(0);
        match event {
            Event::Killed => drop(self.daemons[leader].take().map(Running::kill)),
            Event::BothKilled => {
                for daemon in &mut self.daemons {
                    drop(daemon.take().map(Running::kill));
                }
            }
            Event::Paused => self.daemon(leader).signal(Signal::STOP),
            Event::Silent => self.proxies[leader].silence(),
            Event::Cut => self.proxies[leader].cut(),
            Event::Restarted => self.restart(),
        }
        self.edit_for(PAUSE);
        match event {
            Event::Paused => self.daemon(leader).signal(Signal::CONT),
            Event::Silent | Event::Cut => self.proxies[leader].heal(),
            Event::Killed | Event::BothKilled | Event::Restarted => {}
        }
        self.start_who_ended();
    }

    fn restart(&self) {
        if let Ok(command) = std::env::var("POSTGRES_RESTART") {
            let done = Command::new("sh").args(["-c", &command]).output();
            let done = done.unwrap();
            assert!(done.status.success(), "{done:?}");
            return;
        }
        for proxy in &self.proxies {
            proxy.cut();
        }
        std::thread::sleep(Duration::from_millis(300));
        for proxy in &self.proxies {
            proxy.heal();
        }
    }

    /// The bot holds what the export holds, whoever brought it there.
    fn comes_to_rest(&mut self, round: u64, event: Event) {
        let what = format!("round {round} ({event:?}) comes to rest");
        until(&what, || {
            self.start_who_ended();
            self.there.holds(&self.steps)
        });
    }
}

/// Nothing is sent again after something newer: an upload comes back only as the repeat of the last one.
fn nothing_older_after_newer(tasks: &[TaskRecord]) {
    let mut last: HashMap<&str, usize> = HashMap::new();
    let mut order = Vec::new();
    for task in tasks {
        if order.last() != Some(&&task.content) {
            order.push(&task.content);
        }
    }
    for (at, content) in order.iter().enumerate() {
        let before = last.insert(content, at);
        assert_eq!(
            before, None,
            "an older upload came after a newer one: {order:?}"
        );
    }
}

fn within_budget(calls: &[Millis]) {
    for (at, call) in calls.iter().enumerate() {
        let window = calls[at..]
            .iter()
            .take_while(|later| **later < call + 60_000);
        let count = window.count();
        assert!(count <= BUDGET, "{count} calls in a minute");
    }
}

#[test]
fn two_daemons_lose_nothing_and_never_send_at_once() {
    let there = Databased::with(
        "two_daemons_lose_nothing_and_never_send_at_once",
        |settings| {
            for line in [
                "request_timeout = '400ms'".to_owned(),
                format!("calls_per_minute = {BUDGET}"),
                "polling = { first = '100ms', max = '400ms', give_up_after = '20s' }".to_owned(),
            ] {
                settings.haptik(&line);
            }
        },
    );
    let Some(there) = there else { return };
    let (rounds, seed) = (number("TAKEOVERS", 3), number("SEED", 1));
    println!("TAKEOVERS={rounds} SEED={seed}");
    let mut hosts = Hosts::new(there, seed);
    let begun = Instant::now();
    for round in 0..rounds {
        // Each of them before any comes again.
        let event = EVENTS[usize::try_from((round + seed - 1) % 6).unwrap()];
        hosts.happens(event);
        hosts.comes_to_rest(round, event);
        println!("round {round}: {event:?}, {:?}", begun.elapsed());
        one_at_a_time(&hosts.there.world.tasks());
    }
    let tasks = hosts.there.world.tasks();
    one_at_a_time(&tasks);
    nothing_older_after_newer(&tasks);
    let calls = hosts.there.world.sandbox.calls();
    let times: Vec<Millis> = calls.calls.iter().map(|call| call.at).collect();
    assert_eq!(times.len() as u64, calls.count, "the log of calls is whole");
    within_budget(&times);
}
