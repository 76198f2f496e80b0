//! Exports as they should not be. Whatever is wrong with one, a person is told what and where and
//! what to do, no step leaves the bot, and a fixed export goes through.

use std::fs;
use std::io::Write as _;

use crate::support::{Faq, Run, Settings, World, edit, faq, side_by_side};
use kms_haptik_sync::config::UploadEffect::{Merge, Replace};
use serde_json::Value;

const HEADER: &str = "id,question,answer\n";

struct Case {
    name: &'static str,
    settings: fn(&mut Settings),
    spoil: fn(&World),
    code: i32,
    tells: &'static [&'static str],
    /// Where the first rejection is, if there is one.
    place: Option<(&'static str, u64)>,
}

fn export(world: &World, bytes: impl AsRef<[u8]>) {
    world.write("export/faq.csv", bytes);
}

const NOTHING: Case = Case {
    name: "",
    settings: |_| {},
    spoil: |_| {},
    code: 3,
    tells: &[],
    place: None,
};

const CASES: [Case; 18] = [
    Case {
        name: "an empty folder",
        spoil: |world| fs::remove_file(world.path("export/faq.csv")).unwrap(),
        code: 1,
        tells: &[
            "no file in",
            "there are no other files",
            "Has the export run",
            "approve acme_support --empty",
        ],
        ..NOTHING
    },
    Case {
        name: "an export of another kind",
        spoil: |world| {
            fs::rename(world.path("export/faq.csv"), world.path("export/faq.docx")).unwrap();
        },
        code: 1,
        tells: &["no file in", "the only other file is faq.docx", "include ="],
        ..NOTHING
    },
    Case {
        name: "an empty file",
        spoil: |world| export(world, ""),
        code: 1,
        tells: &["faq.csv", "is empty", "this one probably failed"],
        place: Some(("faq.csv", 0)),
        ..NOTHING
    },
    Case {
        name: "a header alone",
        spoil: |world| export(world, HEADER),
        code: 1,
        tells: &[
            "holds no articles",
            "removes nothing",
            "approve acme_support --empty",
        ],
        ..NOTHING
    },
    Case {
        name: "a file cut in mid-quote",
        spoil: |world| export(world, format!("{HEADER}a,q,a\nb,\"q\",\"an answer that br")),
        tells: &["began on line 3", "looks cut off", "export it again"],
        place: Some(("faq.csv", 3)),
        ..NOTHING
    },
    Case {
        name: "a workbook under a .csv name",
        spoil: |world| {
            let workbook = [&b"PK\x03\x04\x14\0\x06\0"[..], &[7, 0].repeat(500)];
            export(world, workbook.concat());
        },
        code: 1,
        tells: &[
            "faq.csv",
            "looks like a workbook but cannot be unpacked",
            "export it as CSV",
        ],
        place: Some(("faq.csv", 0)),
        ..NOTHING
    },
    Case {
        name: "binary under a .csv name",
        spoil: |world| export(world, [0x7f, b'E', 0, 0, 0xff, 0, 0, 3].repeat(500)),
        code: 1,
        tells: &["faq.csv", "is not text", "export it again as CSV"],
        place: Some(("faq.csv", 0)),
        ..NOTHING
    },
    Case {
        name: "an error page in place of the export",
        spoil: |world| {
            let page = "<!DOCTYPE html><html><body>Please log in</body></html>";
            export(world, page);
        },
        code: 1,
        tells: &["faq.csv", "is an HTML page", "run the export again"],
        place: Some(("faq.csv", 0)),
        ..NOTHING
    },
    Case {
        name: "a missing mapped column",
        settings: |settings| {
            settings
                .source("fields = { id = 'node_name', question = 'question', answer = 'answer' }");
        },
        spoil: |world| export(world, "node_name,question,anwser\na,q,a\n"),
        code: 1,
        tells: &["`answer`", "`anwser`"],
        place: Some(("faq.csv", 1)),
    },
    Case {
        name: "columns with names that say nothing",
        spoil: |world| export(world, "nr,name,notiz\na,q,a\n"),
        code: 1,
        tells: &["`nr`", "fields"],
        place: Some(("faq.csv", 1)),
        ..NOTHING
    },
    Case {
        name: "duplicate columns",
        spoil: |world| export(world, "id,question,answer,answer\na,q,a,b\n"),
        code: 1,
        tells: &["`answer`", "columns 3 and 4"],
        place: Some(("faq.csv", 1)),
        ..NOTHING
    },
    Case {
        name: "duplicate ids in one file",
        spoil: |world| export(world, format!("{HEADER}a,q,one\nb,q,a\nc,q,a\na,q,two\n")),
        tells: &["faq.csv:2", "faq.csv:5", "a"],
        ..NOTHING
    },
    Case {
        name: "duplicate ids in two files",
        spoil: |world| world.write("export/more.csv", format!("{HEADER}a,q,another\n")),
        tells: &["faq.csv:2", "more.csv:2"],
        ..NOTHING
    },
    Case {
        name: "one name for two articles",
        settings: |settings| settings.bot("node_name = '{{ title }}'"),
        spoil: |world| export(world, format!("{HEADER}1,Same,a\n2,Same,b\n")),
        tells: &["faq.csv:2", "faq.csv:3", "Same"],
        ..NOTHING
    },
    Case {
        name: "a cell too few",
        spoil: |world| export(world, format!("{HEADER}a,q\nb,q,a\n")),
        tells: &["2 cells where the header has 3", "missing quote"],
        place: Some(("faq.csv", 2)),
        ..NOTHING
    },
    Case {
        name: "JSON cut off",
        spoil: |world| {
            fs::remove_file(world.path("export/faq.csv")).unwrap();
            world.write(
                "export/kb.json",
                "[{\"id\":1,\"question\":\"q\",\"answer\":\"a\"},\n{\"id\":2",
            );
        },
        code: 1,
        tells: &["kb.json", "cut off"],
        ..NOTHING
    },
    Case {
        name: "a folder that vanished",
        spoil: |world| fs::rename(world.path("export"), world.path("gone")).unwrap(),
        code: 1,
        tells: &["export does not exist", "is it mounted"],
        ..NOTHING
    },
    Case {
        name: "bad_rows = stop",
        settings: |settings| settings.source("bad_rows = 'stop'"),
        spoil: |world| export(world, format!("{HEADER}a,q,changed\nb,q,\n")),
        code: 1,
        tells: &["bad_rows = \"stop\"", "faq.csv:3", "has no answer"],
        ..NOTHING
    },
];

#[track_caller]
fn rejected_at(run: &Run, name: &str, place: (&str, u64)) {
    let first: &Value = &run.bot()["rejected"][0];
    let found = (
        first["file"].as_str().unwrap(),
        first["line"].as_u64().unwrap(),
    );
    assert_eq!(found, place, "{name}: {first}");
}

fn names(steps: Faq) -> Vec<String> {
    steps.into_keys().collect()
}

#[test]
fn a_bad_export_takes_no_step_away() {
    side_by_side(Vec::from(CASES), |case| {
        for effect in [Merge, Replace] {
            let mut world = World::synced(effect, &faq(&["a", "b", "c"]));
            world.reconfigure(case.settings);
            world.sync().exits(0);
            (case.spoil)(&world);
            let run = world.sync();
            assert_eq!(run.code, Some(case.code), "{}: {run:?}", case.name);
            if let Some(place) = case.place {
                rejected_at(&run, case.name, place);
            }
            let _ = run.tells(case.tells);
            // What a person reads says as much as what a script reads.
            world
                .run(&["--sync-now"])
                .exits(case.code)
                .tells(case.tells);
            let live = names(world.live());
            for name in ["a", "b", "c"] {
                assert!(
                    live.iter().any(|live| live == name),
                    "{}: {live:?}",
                    case.name
                );
            }
            fix(&world, case.name);
        }
    });
}

#[track_caller]
fn fix(world: &World, name: &str) {
    let _ = fs::remove_dir_all(world.path("export"));
    let mut steps = faq(&["a", "b", "c"]);
    edit(&mut steps, "c", "fixed");
    world.export(&steps);
    let run = world.sync();
    assert_eq!(run.code, Some(0), "after {name}: {run:?}");
    assert_eq!(world.live(), steps, "after {name}");
}

#[test]
fn a_cell_of_200_megabytes_costs_its_row_and_no_memory() {
    let world = World::synced(Merge, &faq(&["a", "b", "c"]));
    let mut file = fs::File::create(world.path("export/faq.csv")).unwrap();
    write!(
        file,
        "node_name,question,answer\na,\"What is a?\",\"This is new\"\nb,q,\""
    )
    .unwrap();
    let megabyte = vec![b'x'; 1 << 20];
    for _ in 0..200 {
        file.write_all(&megabyte).unwrap();
    }
    write!(file, "\"\nc,q,a\n").unwrap();
    drop(file);
    let run = world
        .sync()
        .exits(3)
        .tells(&["is a closing quote missing", "raise max_row_bytes"]);
    assert!(
        (1..100 * 1024).contains(&run.peak_kib),
        "it took {} KiB",
        run.peak_kib
    );
    rejected_at(&run, "a long cell", ("faq.csv", 3));
    assert_eq!(names(world.live()), ["a", "b", "c"]);
    assert_eq!(
        world.live()["a"].1,
        "This is new",
        "what was read well goes on"
    );
}
