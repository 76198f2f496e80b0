//! Which files of a folder count.

use std::os::unix::fs::symlink;
use std::time::{Duration, SystemTime};

use super::*;
use crate::intake::error::SourceError;
use crate::intake::read_files::{ReadContext, read};
use crate::model::Reach;

const FAQ: &str = "id,question,answer\n1,q,a\n";

#[test]
fn include_exclude_subfolders_and_names_that_never_count() {
    let mut trial = Trial::with(&[
        ("b.csv", FAQ),
        ("A.CSV", FAQ),
        ("deep/er/c.json", "[]"),
        ("old/d.csv", FAQ),
        (".hidden.csv", FAQ),
        (".git/e.csv", FAQ),
        ("~$f.csv", FAQ),
        ("g.csv~", FAQ),
        ("h.csv.part", FAQ),
        ("upload.tmp/i.csv", FAQ),
        ("notes.md", "x"),
    ]);
    assert_eq!(
        trial.names(),
        ["A.CSV", "b.csv", "deep/er/c.json", "old/d.csv"]
    );
    trial.settings().exclude = vec!["old/**".to_owned()];
    trial.settings().include = vec!["*.csv".to_owned(), "old/*.csv".to_owned()];
    assert_eq!(trial.names(), ["A.CSV", "b.csv"]);
}

#[test]
fn a_folder_that_is_not_there_or_is_no_folder() {
    let mut trial = Trial::new();
    let file = trial.write("a.csv", FAQ);
    trial.settings().path = file;
    assert!(matches!(trial.scan(), Err(SourceError::NotAFolder { .. })));
    trial.settings().path = "/nonexistent/export".into();
    let error = trial.scan().unwrap_err();
    assert!(matches!(error, SourceError::Missing { .. }));
    assert!(error.to_string().contains("is it mounted"), "{error}");
}

#[test]
fn a_folder_without_a_file_that_counts() {
    let trial = Trial::new();
    let error = trial.scan().unwrap_err().to_string();
    assert!(error.contains("there are no other files"), "{error}");
    trial.write("report.xlsx", "x");
    trial.write("notes.md", "x");
    let error = trial.scan().unwrap_err().to_string();
    for part in [
        "**/*.{csv",
        "2 other files, such as notes.md",
        "Has the export run",
    ] {
        assert!(error.contains(part), "{part} in {error}");
    }
}

#[test]
fn too_many_files() {
    let mut trial = Trial::with(&[("a.csv", FAQ), ("b.csv", FAQ), ("c.csv", FAQ)]);
    trial.settings().limits.max_files = 2;
    let error = trial.scan().unwrap_err().to_string();
    assert!(error.contains("more than max_files = 2 files"), "{error}");
    trial.settings().read = Read::Newest;
    assert_eq!(trial.names().len(), 1);
}

#[test]
fn only_the_newest_counts_where_every_file_is_complete() {
    let mut trial = Trial::new();
    let now = SystemTime::now();
    for (name, age) in [("b.csv", 10), ("a.csv", 5), ("c.csv", 5), ("d.csv", 99)] {
        let path = trial.write(name, FAQ);
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(now - Duration::from_secs(age)).unwrap();
    }
    trial.settings().read = Read::Newest;
    let scan = trial.scan().unwrap();
    assert_eq!(&*scan.files[0].relative, "c.csv", "the later name of a tie");
    assert_eq!((scan.files.len(), scan.passed_over.len()), (1, 3));
    assert_eq!(trial.articles().len(), 1);
}

#[test]
fn links_are_followed_only_within_the_folder() {
    let outside = Trial::with(&[("secret.csv", FAQ), ("sub/more.csv", FAQ)]);
    let trial = Trial::with(&[("real/a.csv", FAQ)]);
    let root = trial.folder.path();
    let link = |to: &Path, name: &str| symlink(to, root.join(name)).unwrap();
    link(&outside.folder.path().join("secret.csv"), "leaves.csv");
    link(&outside.folder.path().join("sub"), "leaves");
    link(Path::new("../.."), "real/up");
    link(Path::new("real/a.csv"), "same.csv");
    link(root, "real/loop");
    let scan = trial.scan().unwrap();
    let names: Vec<&str> = scan.files.iter().map(|file| &*file.relative).collect();
    assert_eq!(names, ["real/a.csv"], "and a file counts once");
    let mut noted: Vec<&str> = scan.notes.iter().map(|note| &*note.place.file).collect();
    noted.sort_unstable();
    assert_eq!(noted, ["leaves", "leaves.csv", "real/loop", "real/up"]);
    assert_eq!(scan.unreadable, []);
    assert_eq!(trial.read().1.notes.len(), 4);
}

#[test]
fn a_link_to_an_export_that_is_gone_is_not_an_empty_export() {
    let trial = Trial::with(&[("a.csv", FAQ)]);
    symlink("gone.csv", trial.folder.path().join("today.csv")).unwrap();
    symlink("gone", trial.folder.path().join("unrelated")).unwrap();
    let (ids, rejections) = trial.outcome();
    assert_eq!(ids, ["1"]);
    assert_one(&rejections, &["today.csv -: cannot be read"]);
    assert_eq!(trial.read().1.notes.len(), 1);
}

#[test]
fn a_file_that_changes_after_the_scan_asks_for_another() {
    let trial = Trial::with(&[("a.csv", FAQ)]);
    let before = trial.scan().unwrap();
    let path = trial.write("a.csv", format!("{FAQ}2,q,a\n"));
    let mut none = |_| panic!("nothing may be yielded");
    let error = read(
        &trial.source,
        trial.folder(),
        &before,
        ReadContext::NONE,
        &mut none,
    )
    .unwrap_err();
    assert!(matches!(error, SourceError::Changed { .. }), "{error}");
    fs::remove_file(path).unwrap();
    let reading = read(
        &trial.source,
        trial.folder(),
        &before,
        ReadContext::NONE,
        &mut none,
    )
    .unwrap();
    assert!(reading.rejections[0].reason.contains("vanished"));
}

/// Folders of which each has two links to the next: 2^n ways lead to the last one.
fn tower(trial: &Trial, floors: usize) {
    let root = trial.folder.path();
    for floor in 0..floors {
        let here = root.join(format!("floor{floor}"));
        fs::create_dir(&here).unwrap();
        for name in ["left", "right"] {
            symlink(format!("../floor{}", floor + 1), here.join(name)).unwrap();
        }
    }
    let last = format!("floor{floors}");
    trial.write(&format!("{last}/a.csv"), FAQ);
}

#[test]
fn links_that_lead_to_each_other_end_and_cost_no_more_than_their_number() {
    let visited = |floors| {
        let trial = Trial::new();
        tower(&trial, floors);
        let scan = trial.scan().unwrap();
        let names: Vec<&str> = scan.files.iter().map(|file| &*file.relative).collect();
        assert_eq!(names.len(), 1, "{names:?}");
        assert_eq!(trial.articles().len(), 1);
        scan.folders.len()
    };
    let (some, twice) = (visited(17), visited(34));
    assert!(twice <= some * 2 + 20, "{some} folders, then {twice}");
}

#[test]
fn a_file_is_found_by_the_name_of_a_link_that_counts() {
    let mut trial = Trial::with(&[("releases/5/a.csv", FAQ)]);
    symlink("releases/5", trial.folder.path().join("current")).unwrap();
    trial.settings().include = vec!["current/**".to_owned()];
    assert_eq!(trial.names(), ["current/a.csv"]);
    trial.settings().include = vec!["releases/**".to_owned()];
    assert_eq!(trial.names(), ["releases/5/a.csv"]);
    trial.settings().include = vec!["**/*.csv".to_owned()];
    assert_eq!(trial.names(), ["current/a.csv"]);
}

#[test]
fn what_stands_in_place_of_a_file_and_is_none_makes_the_source_fail() {
    let trial = Trial::with(&[("a.csv", FAQ), ("b.csv", FAQ)]);
    let before = trial.scan().unwrap();
    let pipe = trial.folder.path().join("b.csv");
    fs::remove_file(&pipe).unwrap();
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, mode).unwrap();
    let (ids, rejections) = trial.outcome();
    assert_eq!(ids, ["1"]);
    assert_one(&rejections, &["b.csv -: is a named pipe and not a file"]);
    assert_eq!(trial.scan().unwrap().unreadable[0].reach, Reach::Unusable);
    // After the scan that still found a file.
    let reading = read(
        &trial.source,
        trial.folder(),
        &before,
        ReadContext::NONE,
        &mut |_| {},
    );
    let reading = reading.unwrap();
    let reasons: Vec<&str> = reading
        .rejections
        .iter()
        .map(|found| &*found.reason)
        .collect();
    assert!(reasons[0].contains("is a named pipe"), "{reasons:?}");
}

#[test]
fn a_folder_without_an_end_is_not_listed_to_its_end() {
    let mut trial = Trial::with(&[("a.csv", FAQ)]);
    for number in 0..30 {
        trial.write(&format!("{number}.log"), "x");
    }
    trial.settings().limits.max_files = 1;
    let error = trial.scan().unwrap_err().to_string();
    assert!(error.contains("more than 20 files and folders"), "{error}");
    trial.settings().limits.max_files = 2;
    assert_eq!(trial.names(), ["a.csv"]);
}
