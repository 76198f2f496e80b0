//! Files as they are filtered and cached; whether a reading with the cache gives the plan of one without it is
//! tested in `sync/read/incremental_read`.

use std::borrow::Cow;
use std::collections::HashSet;
use std::io::Write as _;

use proptest::prelude::*;

use super::rebuild::{Contents, Live, MissedRow, Rebuild, rebuild};
use super::row_filter::{FilteredRows, filter_rows, on_two_cores_above};
use super::splitter::RowEnds;
use super::*;
use crate::model::Digest;

const CSV: RowEnds = RowEnds::Delimited { delimiter: b',' };

fn as_of() -> SnapshotVersion {
    serde_json::from_str(r#"{"mark":7,"upload":3}"#).unwrap()
}

/// A file in which every row but the header has been seen.
fn seen(rows: &[String]) -> CacheView {
    let hasher = Hasher::new(5);
    let names: Vec<String> = (0..rows.len()).map(|at| format!("step {at:05}")).collect();
    let live = live(&hasher, names.iter().map(String::as_str));
    let mut file = FileRead::new("kms", &"a.csv".into());
    file.header = 1;
    file.rows = rows.len();
    file.clean = true;
    let fresh: Vec<MissedRow> = (rows.iter().zip(&names))
        .map(|(row, name)| MissedRow {
            file: 0,
            digest: hasher.row(row.as_bytes()),
            article: hasher.article("kms", name),
            content: Digest([1; 16]),
        })
        .collect();
    let contents = fresh.iter().map(|row| (row.article, row.content)).collect();
    let seen = rebuild(Rebuild {
        before: None,
        hasher: &hasher,
        reader: 9,
        as_of: as_of(),
        changed: &HashSet::new(),
        live: Cow::Borrowed(&live),
        files: &[file],
        fresh: &fresh,
        contents: &contents,
    })
    .unwrap();
    let invalidated = vec![false; seen.names().len()];
    CacheView {
        seen: Arc::new(seen),
        invalidated: Arc::new(invalidated),
    }
}

fn live<'n>(hasher: &Hasher, names: impl IntoIterator<Item = &'n str>) -> Live {
    let mut live = Live::default();
    for name in names {
        live.push(name, hasher.article("kms", name));
    }
    live
}

fn on_disk(text: &[u8]) -> std::fs::File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(text).unwrap();
    file
}

fn row(at: usize) -> String {
    let quoted = match at % 3 {
        0 => "plain".to_owned(),
        1 => "\"two\nlines, and a comma\"".to_owned(),
        _ => "\"a \"\"quote\"\"\r\n\"".to_owned(),
    };
    format!("id {at},{quoted}")
}

fn sieved(sight: &CacheView, text: &str, large: u64) -> FilteredRows {
    let file = sight.seen.file("kms", "a.csv").unwrap();
    on_two_cores_above(large, &on_disk(text.as_bytes()), CSV, sight, file, 1 << 20)
        .unwrap()
        .unwrap()
}

/// What every sieving has to keep to: what passes and what is covered are the file, and lines are
/// those of the file.
fn check(text: &str, old: &[String], sieved: &FilteredRows) {
    let passed = String::from_utf8(sieved.text.clone()).unwrap();
    let rows = |text: &str| {
        let (mut rows, mut at, mut line) = (Vec::new(), 0, 1);
        while at < text.len() {
            let end = CSV.end(&text.as_bytes()[at..]).unwrap_or(text.len() - at);
            let row = &text[at..at + end];
            rows.push((line, row.trim_matches(['\r', '\n']).to_owned()));
            line += row.matches('\n').count() as u64;
            at += end;
        }
        rows.retain(|(_, row)| !row.is_empty());
        rows
    };
    let all = rows(text);
    let mut covered = sieved.covered.iter().map(|at| &old[*at as usize]);
    let mut passed = rows(&passed).into_iter().zip(&sieved.passed).peekable();
    let mut count = 0;
    for (line, row) in &all {
        let next = passed.next_if(|((_, text), (_, before))| text == row && *before == count);
        if let Some(((at, _), _)) = next {
            assert_eq!(sieved.line(at), *line, "{row}");
        } else {
            assert_eq!(covered.next(), Some(row));
            count += 1;
        }
    }
    assert_eq!((covered.next(), passed.next()), (None, None));
}

#[test]
fn only_new_rows_pass() {
    let old: Vec<String> = (0..200).map(row).collect();
    let sight = seen(&old);
    let mut now = vec!["id,answer".to_owned()];
    now.extend((0..200).filter(|at| *at != 50).map(row));
    now[100] = "id 100,\"changed\non two lines\"".to_owned();
    now.insert(150, "id 900,new".to_owned());
    for large in [0, 1 << 30] {
        for line_end in ["\n", "\r\n"] {
            let text = now.join(line_end);
            let sieved = sieved(&sight, &text, large);
            check(&text, &old, &sieved);
            assert_eq!(sieved.passed.len(), 3, "the header and two rows");
            assert_eq!(sieved.covered.len(), 198);
        }
    }
}

#[test]
fn another_order_is_found_again() {
    let old: Vec<String> = (0..500).map(row).collect();
    let sight = seen(&old);
    let now: Vec<String> = (0..500).rev().map(row).collect();
    let text = format!("id,answer\n{}\n", now.join("\n"));
    let sieved = sieved(&sight, &text, 1 << 30);
    check(&text, &old, &sieved);
    assert!(sieved.passed.len() < 100, "{}", sieved.passed.len());
}

#[test]
fn a_blind_step_passes_and_a_row_without_an_end_too() {
    let old: Vec<String> = (0..9).map(row).collect();
    let mut sight = seen(&old);
    Arc::make_mut(&mut sight.invalidated)[4] = true;
    let text = format!("id,answer\n{}\nid 90,\"never closed", old.join("\n"));
    let sieved = sieved(&sight, &text, 1 << 30);
    check(&text, &old, &sieved);
    assert_eq!(sieved.passed.len(), 3);
}

#[test]
fn a_row_above_the_limit_is_for_the_reader_of_the_whole() {
    let sight = seen(&[row(1)]);
    let file = sight.seen.file("kms", "a.csv").unwrap();
    let text = format!("id,answer\n1,\"{}", "x".repeat(5 << 20));
    let found = filter_rows(&on_disk(text.as_bytes()), CSV, &sight, file, 1 << 20).unwrap();
    assert_eq!(found, None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn nothing_gets_lost(
        kept in prop::collection::vec(0_usize..60, 0..120),
        large in prop::sample::select(vec![0_u64, 1 << 30]),
    ) {
        let old: Vec<String> = (0..40).map(row).collect();
        let sight = seen(&old);
        let rows: Vec<String> = kept.iter().map(|at| row(*at)).collect();
        let text = format!("id,answer\n{}", rows.join("\n"));
        let file = sight.seen.file("kms", "a.csv").unwrap();
        let disk = on_disk(text.as_bytes());
        if let Some(sieved) = on_two_cores_above(large, &disk, CSV, &sight, file, 1 << 20).unwrap() {
            check(&text, &old, &sieved);
        }
    }
}

#[test]
fn what_was_seen_is_kept_and_damage_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seen/1");
    let sight = seen(&(0..20).map(row).collect::<Vec<_>>());
    sight.seen.save(&path).unwrap();
    assert_eq!(RowCache::load(&path, 9).as_ref(), Some(&*sight.seen));
    assert_eq!(RowCache::load(&path, 8), None, "read in another way");
    let whole = std::fs::read(&path).unwrap();
    for at in [0, 40, whole.len() / 2, whole.len() - 1] {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        std::fs::write(&path, &damaged).unwrap();
        assert_eq!(RowCache::load(&path, 9), None, "byte {at}");
    }
    for length in [0, 7, 8, whole.len() - 1] {
        std::fs::write(&path, &whole[..length]).unwrap();
        assert_eq!(RowCache::load(&path, 9), None, "{length} bytes");
    }
    std::fs::remove_file(&path).unwrap();
    assert_eq!(RowCache::load(&path, 9), None);
}

#[test]
fn it_is_brought_up_to_date() {
    let old: Vec<String> = (0..10).map(row).collect();
    let sight = seen(&old);
    let hasher = sight.seen.hasher();
    // Step 3 changed, step 5 went away, "step 00005a" is new.
    let text = "id,answer\nnew row\n";
    let mut read = FileRead::new("kms", &"a.csv".into());
    (read.header, read.rows, read.clean) = (1, 10, true);
    read.covered = vec![0, 1, 2, 4, 6, 7, 8, 9];
    read.passed = vec![(hasher.row(b"3 new"), 3), (hasher.row(text.as_bytes()), 4)];
    let fresh: Vec<MissedRow> = [
        ("step 00003", b"3 new".as_slice()),
        ("step 00005a", text.as_bytes()),
    ]
    .iter()
    .map(|(name, row)| MissedRow {
        file: 0,
        digest: hasher.row(row),
        article: hasher.article("kms", name),
        content: Digest([2; 16]),
    })
    .collect();
    let changed: HashSet<String> = ["step 00003", "step 00005", "step 00005a"]
        .map(str::to_owned)
        .into();
    let live = live(&hasher, ["step 00003", "step 00005a"]);
    let contents: Contents = fresh.iter().map(|row| (row.article, row.content)).collect();
    let mut renewal = Rebuild {
        before: Some(&sight.seen),
        hasher: &hasher,
        reader: 9,
        as_of: as_of(),
        changed: &changed,
        live: Cow::Borrowed(&live),
        files: &[read],
        fresh: &fresh,
        contents: &contents,
    };
    let now = rebuild(renewal.clone()).unwrap();
    let names: Vec<&str> = now.names().iter().collect();
    assert_eq!(names.len(), 10);
    assert_eq!(names[5], "step 00005a");
    let file = now.file("kms", "a.csv").unwrap();
    assert_eq!(file.steps, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(file.digests[3], hasher.row(b"3 new"));
    assert!(file.about.whole);
    // Were the change of step 3 not live, its row would have to be read again.
    let other = [(0, 1), (1, 2)].map(|(row, content)| (fresh[row].article, Digest([content; 16])));
    let other = Contents::from_iter(other);
    renewal.contents = &other;
    let now = rebuild(renewal.clone()).unwrap();
    let file = now.file("kms", "a.csv").unwrap();
    assert_eq!(file.steps, [0, 1, 2, 4, 5, 6, 7, 8, 9]);
    assert!(!file.about.whole);
}
