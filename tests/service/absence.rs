//! Absence is believed only when it is confirmed: files that vanish and come back, exports that are
//! exchanged slice by slice, writers that pause, and markers that say that an export is complete.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use crate::support::{BOT, Faq, TOKEN, World, csv, faq, until, within};
use kms_haptik_sync::config::UploadEffect::{Merge, Replace};
use kms_haptik_sync::sandbox::{Fault, FaultKind, On};
use serde_json::Value;

/// The names of the articles of one of many files.
fn names_of(file: usize, each: usize) -> Vec<String> {
    (0..each).map(|at| format!("kb-{file}-{at}")).collect()
}

fn articles_of(file: usize, each: usize) -> Faq {
    let names = names_of(file, each);
    faq(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

/// A bot whose articles stand in so many files of so many articles, all of them live.
fn in_files(files: usize, each: usize, removals_after: &str) -> World {
    let world = World::with(|settings| {
        settings.bot(&format!("removals_after = '{removals_after}'"));
        settings.source("settle = '20ms'");
    });
    for file in 0..files {
        write(&world, file, each);
    }
    world.sync().exits(0);
    assert_eq!(world.live().len(), files * each);
    world
}

fn write(world: &World, file: usize, each: usize) {
    let steps = articles_of(file, each);
    world.write(&format!("export/cat-{file}.csv"), csv(&steps));
}

fn remove(world: &World, file: usize) {
    fs::remove_file(world.path(&format!("export/cat-{file}.csv"))).unwrap();
}

fn status(world: &World) -> Value {
    world.run(&["status", "--json"]).bot()
}

#[test]
fn files_that_are_deleted_one_after_the_other_do_not_empty_a_bot() {
    let world = in_files(30, 2, "5s");
    let daemon = world.daemon();
    for file in 10..30 {
        remove(&world, file);
        sleep(Duration::from_millis(50));
    }
    until("the removals are held", || {
        status(&world)["held_removals"].as_u64() == Some(40)
    });
    assert_eq!(world.live().len(), 60, "nothing has left");
    let words = world.run(&["status"]).stdout;
    assert!(words.contains("40"), "{words}");
    daemon.stop().exits(0);
}

#[test]
fn slices_within_the_limits_leave_and_the_guard_remembers_them() {
    let world = in_files(20, 2, "0s");
    let mut left = 40;
    for file in 0..6 {
        remove(&world, file);
        world.sync();
        world.sync();
        left = world.live().len();
    }
    // Eight of forty are 20 percent; the ninth would be more.
    assert_eq!(left, 32);
    let run = world.sync().exits(3);
    assert_eq!(run.bot()["held_removals"], 4);
    // What comes back is taken off.
    for file in 0..2 {
        write(&world, file, 2);
    }
    assert_eq!(world.sync().exits(0).bot()["removed"], 4);
    assert_eq!(world.live().len(), 32);
}

#[test]
fn a_file_that_is_away_for_a_moment_takes_nothing_with_it() {
    let world = in_files(10, 3, "30s");
    let before = world.live();
    let tasks = world.tasks().len();
    let daemon = world.daemon();
    fs::rename(world.path("export/cat-3.csv"), world.path("cat-3.csv")).unwrap();
    until("it is missed", || status(&world)["waiting_removals"] == 3);
    assert_eq!(
        status(&world)["held_removals"],
        0,
        "nobody has to approve it"
    );
    fs::rename(world.path("cat-3.csv"), world.path("export/cat-3.csv")).unwrap();
    until("it is back", || status(&world)["waiting_removals"] == 0);
    assert_eq!((world.live(), world.tasks().len()), (before, tasks));
    daemon.stop().exits(0);
}

#[test]
fn files_that_are_exchanged_by_delete_pause_and_copy_lose_nothing() {
    for effect in [Merge, Replace] {
        let world = World::with(|settings| {
            settings.effect(effect);
            settings.bot("removals_after = '30s'");
            settings.source("settle = '20ms'");
        });
        for file in 0..2 {
            write(&world, file, 4);
        }
        world.sync().exits(0);
        let daemon = world.daemon();
        let mut least = usize::MAX;
        for file in 0..2 {
            remove(&world, file);
            for _ in 0..20 {
                sleep(Duration::from_millis(20));
                least = least.min(world.live().len());
            }
            let mut steps = articles_of(file, 4);
            steps.extend(faq(&[&format!("new-{file}")]));
            fs::write(world.path(&format!("export/cat-{file}.csv")), csv(&steps)).unwrap();
        }
        until("the new articles are live", || world.live().len() == 10);
        assert_eq!(least, 8, "{effect:?}: an answer was away");
        daemon.stop().exits(0);
    }
}

#[test]
fn a_file_that_stays_away_takes_its_articles_with_it_in_the_end() {
    let world = in_files(10, 2, "400ms");
    let daemon = world.daemon();
    remove(&world, 7);
    until("they are gone", || world.live().len() == 18);
    daemon.stop().exits(0);
}

#[test]
fn runs_that_happen_once_keep_the_time_between_them() {
    let world = in_files(10, 2, "700ms");
    remove(&world, 7);
    let bot = world.sync().exits(0).bot();
    assert_eq!(
        (&bot["waiting_removals"], &bot["removed"]),
        (&2.into(), &0.into())
    );
    let plan = world.run(&["plan", "--json"]).exits(0).bot();
    assert_eq!(plan["waiting_removals"], serde_json::json!(names_of(7, 2)));
    world.run(&["plan"]).exits(0).tells(&[
        "2 removals waiting",
        "cat-7.csv is not there",
        "removals_after",
    ]);
    sleep(Duration::from_millis(800));
    assert_eq!(world.sync().exits(0).bot()["removed"], 2);
    assert_eq!(world.live().len(), 18);
}

#[test]
fn a_person_ends_the_wait() {
    let world = in_files(10, 2, "1h");
    remove(&world, 7);
    world.sync().exits(0);
    world
        .run(&["approve", BOT])
        .exits(0)
        .tells(&["kb-7-0", "kb-7-1"]);
    assert_eq!(world.sync().exits(0).bot()["removed"], 2);
}

#[test]
fn a_file_with_another_name_is_no_news() {
    let world = in_files(3, 2, "1h");
    let calls = world.calls();
    fs::rename(world.path("export/cat-1.csv"), world.path("export/dog.csv")).unwrap();
    let bot = world.sync().exits(0).bot();
    assert_eq!(
        (&bot["unchanged"], &bot["waiting_removals"]),
        (&6.into(), &0.into())
    );
    // From now on they are dog.csv's: a row that leaves it is a row, and no file that vanished.
    let mut steps = articles_of(1, 2);
    steps.remove("kb-1-0");
    world.write("export/dog.csv", csv(&steps));
    assert_eq!(world.calls(), calls);
    assert_eq!(world.sync().exits(0).bot()["removed"], 1);
}

#[test]
fn an_export_that_is_replaced_by_something_else_is_held() {
    let world = World::synced(Merge, &faq(&["a", "b", "c", "d", "e"]));
    world.export(&faq(&["unrelated"]));
    let bot = world.sync().exits(3).bot();
    assert_eq!(
        (&bot["held_removals"], &bot["added"]),
        (&5.into(), &1.into())
    );
    world.run(&["--sync-now"]).exits(3).tells(&["at most half"]);
    assert_eq!(world.live().len(), 6);
}

#[test]
fn ids_that_all_turn_take_no_answer_twice() {
    let table = |id: fn(usize) -> String| {
        let row = |at| format!("{},What is {at}?,This is {at}.\n", id(at));
        let rows: Vec<String> = (1..=10).map(row).collect();
        format!("id,question,answer\n{}", rows.concat())
    };
    let world = World::new();
    world.write("export/faq.csv", table(|at| at.to_string()));
    world.sync().exits(0);
    world.write("export/faq.csv", table(|at| format!("{at}.0")));
    let bot = world.sync().exits(3).bot();
    assert_eq!(
        (&bot["held_removals"], &bot["added"]),
        (&10.into(), &0.into())
    );
    assert_eq!(world.live().len(), 10, "each answer once");
    world.run(&["approve", BOT]).exits(0);
    let bot = world.sync().exits(0).bot();
    assert_eq!((&bot["added"], &bot["removed"]), (&10.into(), &10.into()));
    assert!(world.live().contains_key("7.0") && world.live().len() == 10);
}

#[test]
fn a_row_counts_at_once_only_where_no_writer_can_be_in_the_middle() {
    let world = World::with(|settings| settings.bot("removals_after = '700ms'"));
    world.export(&faq(&["a", "b", "c", "d"]));
    world.sync().exits(0);
    // Written in place: nobody knows whether the writer goes on.
    fs::write(
        world.path("export/faq.csv"),
        csv(&faq(&["a", "b", "c", "x"])),
    )
    .unwrap();
    let bot = world.sync().exits(0).bot();
    assert_eq!(
        (&bot["waiting_removals"], &bot["added"]),
        (&1.into(), &1.into())
    );
    sleep(Duration::from_millis(800));
    assert_eq!(world.sync().exits(0).bot()["removed"], 1);
    // Renamed into place: it is whole.
    world.export(&faq(&["a", "b", "x"]));
    assert_eq!(world.sync().exits(0).bot()["removed"], 1);
}

#[test]
fn what_was_once_beyond_doubt_stays_so_when_the_upload_fails() {
    let world = World::with(|settings| settings.bot("removals_after = '1h'"));
    world.export(&faq(&["a", "b", "c"]));
    world.sync().exits(0);
    world.export(&faq(&["a", "b"]));
    world.fault(Fault {
        times: 1_000_000,
        ..Fault::new(On::Submit, FaultKind::DropBefore)
    });
    world.sync().exits(1);
    world.heal();
    // The file is the same by now, and young.
    assert_eq!(world.sync().exits(0).bot()["removed"], 1);
}

#[test]
fn a_writer_that_pauses_with_the_file_open_costs_no_answer() {
    let world = World::with(|settings| {
        settings.source("settle = '50ms'");
        settings.source("every = '300ms'");
        settings.bot("removals_after = '1h'");
    });
    let steps = faq(&["a", "b", "c", "d", "e", "f"]);
    world.export(&steps);
    let daemon = world.daemon();
    until("the first sync", || world.live() == steps);

    let mut whole = steps.clone();
    whole.extend(faq(&["g"]));
    let text = String::from_utf8(csv(&whole)).unwrap();
    let third_row = text.match_indices('\n').nth(2).unwrap().0 + 1;
    let mut file = File::create(world.path("export/faq.csv")).unwrap();
    file.write_all(&text.as_bytes()[..third_row]).unwrap();
    file.flush().unwrap();
    until("it is told", || {
        status(&world)["unread"]
            .as_u64()
            .is_some_and(|unread| unread > 0)
    });
    sleep(Duration::from_millis(1500));
    assert_eq!(world.live(), steps, "the last complete reading stands");
    assert_eq!(status(&world)["held_removals"], 0);
    let steps_json = world.run(&["steps", "--json"]).json().to_string();
    assert!(
        steps_json.contains("faq.csv is open for writing"),
        "{steps_json}"
    );
    file.write_all(&text.as_bytes()[third_row..]).unwrap();
    drop(file);
    until("the rest is there", || world.live() == whole);
    assert_eq!(status(&world)["unread"], 0);
    // A row that is gone now is gone at once: the watcher saw the file closed.
    fs::write(world.path("export/faq.csv"), csv(&steps)).unwrap();
    assert!(within(Duration::from_secs(20), || world.live() == steps));
    daemon.stop().exits(0);
}

#[test]
fn a_file_that_stays_open_needs_attention_in_the_end() {
    let world = World::with(|settings| {
        settings.source("settle = '20ms'");
        settings.source("every = '200ms'");
        settings.tables("[freshness]\nmax_age = '1s'");
    });
    world.export(&faq(&["a", "b"]));
    let daemon = world.daemon();
    until("the first sync", || world.live().len() == 2);
    let mut file = OpenOptions::new()
        .append(true)
        .open(world.path("export/faq.csv"))
        .unwrap();
    file.write_all(b"c,What").unwrap();
    daemon.says("faq.csv has been open for writing for longer than freshness.max_age");
    drop(file);
    daemon.stop().exits(0);
}

#[test]
fn a_marker_lets_removals_go_at_once_and_until_it_is_written_they_wait() {
    let world = World::with(|settings| {
        settings.bot("removals_after = '1h'");
        settings.source("complete_when = '_SUCCESS'");
        settings.source("include = ['**/*']");
    });
    for file in 0..5 {
        write(&world, file, 2);
    }
    world.write("export/_SUCCESS", "");
    world.sync().exits(0);
    assert_eq!(world.live().len(), 10, "the marker itself is no export");
    // The next export is under way: a row less, a file less, an article more.
    world.write("export/cat-0.csv", csv(&articles_of(0, 1)));
    remove(&world, 1);
    write(&world, 7, 1);
    let bot = world.sync().exits(0).bot();
    assert_eq!(
        (&bot["waiting_removals"], &bot["added"]),
        (&3.into(), &1.into())
    );
    // An older marker that is merely renewed in name says nothing of the newer files.
    age(&world.path("export/_SUCCESS"));
    assert_eq!(world.sync().exits(0).bot()["removed"], 0);
    world.write("export/_SUCCESS", "");
    assert_eq!(world.sync().exits(0).bot()["removed"], 3);
    assert_eq!(world.live().len(), 8);
}

fn age(path: &Path) {
    let file = File::options().write(true).open(path).unwrap();
    let then = std::time::SystemTime::now() - Duration::from_hours(1);
    file.set_modified(then).unwrap();
}

#[test]
fn a_torn_row_hides_others_and_an_empty_answer_only_itself() {
    let world = World::with(|settings| settings.bot("max_removals = 100"));
    world.export(&faq(&["a", "b", "c", "d", "e", "f", "g", "h"]));
    world.sync().exits(0);
    let header = "node_name,question,answer\n";
    let row = |name: &str| {
        format!("{name},What is {name}?|Tell me about {name},This is {name}.<m>Anything else?\n")
    };
    let rows = |names: &[&str]| names.iter().map(|name| row(name)).collect::<String>();
    // c has no answer; a and b are gone.
    let text = format!(
        "{header}{}c,What is c?,\n",
        rows(&["d", "e", "f", "g", "h"])
    );
    world.write("export/faq.csv", text);
    let bot = world.sync().exits(3).bot();
    assert_eq!(
        (&bot["removed"], &bot["held_removals"]),
        (&2.into(), &0.into())
    );
    assert!(world.live().contains_key("c"), "left as it is");
    // A cut row: who knows what stood behind it.
    let text = format!("{header}{}g,\"What is", rows(&["d", "e", "f"]));
    world.write("export/faq.csv", text);
    let bot = world.sync().exits(3).bot();
    assert_eq!(bot["removed"], 0);
    assert!(bot["unread"].as_u64().unwrap() >= 2, "{bot}");
    // A person says that this is all there is.
    world.run(&["approve", BOT, "--incomplete"]).exits(0);
    let bot = world.sync().bot();
    assert_eq!(bot["removed"], 2, "c and h: {bot}");
    assert!(world.live().contains_key("g"), "not the torn row itself");
}

#[test]
fn a_source_that_cannot_be_read_is_told_once_and_its_steps_stay() {
    let world = World::with(|settings| settings.source("every = '200ms'"));
    let names: Vec<String> = (0..40).map(|at| format!("kb-{at}")).collect();
    let steps = faq(&names.iter().map(String::as_str).collect::<Vec<_>>());
    world.export(&steps);
    world.sync().exits(0);
    fs::rename(world.path("export"), world.path("away")).unwrap();
    let daemon = world.start(&["run"]);
    until("it is failing", || status(&world)["state"] == "failing");
    assert_eq!(status(&world)["unread"], 40);
    assert_eq!(status(&world)["held_removals"], 0);
    sleep(Duration::from_millis(700));
    fs::rename(world.path("away"), world.path("export")).unwrap();
    until("it is read again", || status(&world)["state"] == "in_sync");
    let lines = daemon.stop().exits(0).stderr;
    let about = lines.lines().filter(|line| line.contains("kb-")).count();
    assert_eq!(about, 0, "no line for a step:\n{lines}");
    assert_eq!(world.live(), steps);
}

#[test]
fn an_upload_that_was_never_sent_gives_way_to_what_is_true_now() {
    let world = World::new();
    world.export(&faq(&["a"]));
    // Refused before anything was taken: nothing can have arrived.
    world.write("token", "wrong");
    world.sync().exits(1);
    world.write("token", TOKEN);
    world.export(&faq(&["b"]));
    world.sync().exits(0);
    let all: Vec<String> = world
        .tasks()
        .iter()
        .map(|task| format!("{task:?}"))
        .collect();
    assert_eq!(all.len(), 1, "the old text went out: {all:?}");
    assert_eq!(world.live(), faq(&["b"]));
}
