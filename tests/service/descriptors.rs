//! A process that may open no more files: neither rows nor files are blamed for it, nothing of the bot
//! is lost, and it goes on once it may again.

use std::collections::BTreeSet;
use std::fs;

use rustix::process::{Pid, Resource, Rlimit, prlimit};

use crate::support::{Running, World, faq, until};

/// Lets the daemon open so many files more.
fn allow(daemon: &Running, more: usize) {
    let open = fs::read_dir(format!("/proc/{}/fd", daemon.pid())).unwrap();
    let open: BTreeSet<u64> = open
        .map(|entry| {
            entry
                .unwrap()
                .file_name()
                .to_str()
                .unwrap()
                .parse()
                .unwrap()
        })
        .collect();
    let mut free = (0..).filter(|number| !open.contains(number));
    let limit = Rlimit {
        current: free.nth(more),
        maximum: Some(4096),
    };
    let pid = i32::try_from(daemon.pid()).ok().and_then(Pid::from_raw);
    prlimit(pid, Resource::Nofile, limit).unwrap();
}

#[test]
fn too_many_open_files_are_blamed_on_the_limit() {
    let world = World::new();
    let mut names = vec!["kb-0"];
    world.export(&faq(&names));
    let daemon = world.daemon();
    let is_at_rest = || {
        let said = daemon.stderr();
        said.lines()
            .last()
            .is_some_and(|line| line.contains("in sync: "))
    };
    until("the first sync", is_at_rest);
    let told = |daemon: &Running| daemon.stderr().matches("too many files are open").count();
    // None: the folder is not looked into. One or two: a file is not opened, or what is read of it not kept.
    for (more, name) in [(0, "kb-1"), (1, "kb-2"), (2, "kb-3")] {
        let before = told(&daemon);
        allow(&daemon, more);
        names.push(name);
        world.export(&faq(&names));
        let is_live = || world.live() == faq(&names);
        until("it is told, or enough", || {
            told(&daemon) > before || is_live()
        });
        allow(&daemon, 1000);
        until("it goes on", || is_live() && is_at_rest());
    }
    let said = daemon.stop().exits(0).stderr;
    assert!(said.contains("ulimit -n"), "{said}");
    assert!(said.contains("none of its files is to blame"), "{said}");
    for blamed in ["skipped in source", "healthy disk"] {
        assert!(!said.contains(blamed), "{said}");
    }
}
