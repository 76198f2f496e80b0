//! Exports that would need more memory than there is, through the whole program in a process of its
//! own: it ends within its bounds, says what to do, and the other sources go on.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, prlimit};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::support::{Running, World, one_a_processor};

/// What the unit and the container give.
const LIMIT: u64 = 256 << 20;
/// Of the processor, unoptimised. Whoever takes longer is killed.
const SOON: Duration = Duration::from_secs(20);

/// No more than an honest export has; unoptimised, ten megabytes of YAML take as many seconds.
const SIZE: usize = 4 << 20;

struct Case {
    file: &'static str,
    bytes: Vec<u8>,
    /// Part of what is said of it; the workbook can be read.
    says: &'static str,
}

fn case(file: &'static str, says: &'static str, bytes: impl Into<Vec<u8>>) -> Case {
    let bytes = bytes.into();
    Case { file, bytes, says }
}

fn objects() -> String {
    format!("[{}{{}}]", "{},".repeat(10 * (1 << 20) / 3))
}

/// 72 KB of elements that are opened again in each paragraph.
fn open_elements() -> String {
    let mut page = String::from("<h1>How?</h1>");
    for number in 0..400 {
        let _ = write!(page, "<b id={number}><p>x");
    }
    page + &"<p>x".repeat(17_000)
}

/// 65 KB: as many names for a list as the list has entries.
fn aliases() -> String {
    format!(
        "- &a [{}x]\n{}",
        "x,".repeat(16_000),
        "- *a\n".repeat(6_500)
    )
}

/// Lists of ten lists each, seven deep.
fn lists_of_lists() -> String {
    let mut text = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for floor in 1..7 {
        let below = format!("*a{},", floor - 1).repeat(10);
        let _ = writeln!(text, "a{floor}: &a{floor} [{below}]");
    }
    text
}

fn packed(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        let options = SimpleFileOptions::default();
        writer.start_file(*name, options).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// 3,000 rows with a cell in the last column that there can be.
fn far_cells() -> Vec<u8> {
    const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let mut sheet = String::from("<worksheet><sheetData>");
    let mut row = |row: usize, cells: [&str; 4]| {
        let _ = write!(sheet, "<row r=\"{row}\">");
        for (column, text) in ["A", "B", "C", "XFD"].iter().zip(cells) {
            let cell = format!("<c r=\"{column}{row}\" t=\"inlineStr\">");
            let _ = write!(sheet, "{cell}<is><t>{text}</t></is></c>");
        }
        sheet += "</row>";
    };
    row(1, ["id", "question", "answer", "far"]);
    for at in 2..=3000 {
        row(at, [&at.to_string(), "How?", "So.", "x"]);
    }
    sheet += "</sheetData></worksheet>";
    let related = |kind: &str, id: &str, target: &str| {
        format!(
            "<Relationships><Relationship Id=\"{id}\" Type=\"{RELATIONS}/{kind}\" Target=\"{target}\"/></Relationships>"
        )
    };
    let book = format!(
        "<workbook xmlns:r=\"{RELATIONS}\"><sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
    );
    packed(&[
        ("[Content_Types].xml", "<Types/>"),
        (
            "_rels/.rels",
            &related("officeDocument", "r", "xl/workbook.xml"),
        ),
        ("xl/workbook.xml", &book),
        (
            "xl/_rels/workbook.xml.rels",
            &related("worksheet", "r1", "worksheets/sheet1.xml"),
        ),
        ("xl/worksheets/sheet1.xml", &sheet),
    ])
}

/// One page of a megabyte, which 3,000 rows name as their answer.
fn named_often() -> Vec<u8> {
    let mut rows = String::from("id,question,answer\n");
    for row in 0..3000 {
        let _ = writeln!(rows, "{row},How?,data/a.html");
    }
    let page = "<p>long</p>".repeat(90_000);
    packed(&[("a.csv", &rows), ("data/a.html", &page)])
}

fn cases() -> Vec<Case> {
    let skipped = "rows were skipped by then";
    let memory = "of memory to be read";
    let repeated = "its aliases repeat too much";
    vec![
        case("objects.json", skipped, objects()),
        case("scalars.yaml", skipped, "- a\n".repeat(SIZE / 4)),
        case("nested.yaml", "recursion limit", "- ".repeat(32_000)),
        case("aliases.yaml", repeated, aliases()),
        case("lists.yaml", repeated, lists_of_lists()),
        case(
            "elements.xml",
            "which of its elements are the articles",
            format!("<a>{}</a>", "<b/>".repeat(SIZE / 4)),
        ),
        case(
            "items.xml",
            skipped,
            format!("<a>{}</a>", "<b c=''/>".repeat(SIZE / 9)),
        ),
        case("open.html", memory, open_elements()),
        case("far.xlsx", "2970 more to add", far_cells()),
        case("often.zip", "name each page once", named_often()),
    ]
}

fn limit(plan: &Running, resource: Resource, most: u64) {
    let limit = Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    let pid = i32::try_from(plan.pid()).ok().and_then(Pid::from_raw);
    prlimit(pid, resource, limit).unwrap();
}

#[test]
fn no_export_takes_more_memory_than_there_is() {
    one_a_processor(cases(), |Case { file, bytes, says }| {
        let world = World::with(|settings| settings.source("include = ['*']"));
        world.write(&format!("export/{file}"), &bytes);
        world.write("export/good.csv", "id,question,answer\n1,How?,So.\n");
        let began = Instant::now();
        let plan = world.start(&["plan"]);
        // Of memory, what it may write to: a harder limit than what it may hold.
        limit(&plan, Resource::Data, LIMIT);
        limit(&plan, Resource::Cpu, SOON.as_secs());
        let run = plan.wait();
        let time = began.elapsed();
        let said = format!("{}{}", run.stdout, run.stderr);
        let start: String = said.chars().take(2000).collect();
        println!(
            "{file}: {} KiB, {} MiB, {time:.1?}",
            bytes.len() >> 10,
            run.peak_kib >> 10
        );
        assert!(run.code.is_some(), "{file}: {start}");
        assert!(said.contains(says), "{file}: {start}");
        assert!(
            run.peak_kib < LIMIT >> 10,
            "{file}: {} MiB",
            run.peak_kib >> 10
        );
    });
}

#[test]
fn many_rejected_rows_fit_into_a_sync() {
    let world = World::new();
    let mut rows = String::from("id,question,answer\n1,How?,So.\n");
    for row in 0..100_000 {
        let _ = writeln!(rows, "kb-{row},How do I do thing {row}?,");
    }
    world.write("export/faq.csv", rows);
    let run = world.sync().exits(3);
    assert!(run.peak_kib < LIMIT >> 10, "{} MiB", run.peak_kib >> 10);
    let bot = run.bot();
    assert_eq!(bot["rejected"].as_array().unwrap().len(), 1000);
    assert_eq!(bot["more_rejected"], 99_000);
    let plan = world.run(&["plan", "--json"]).exits(3);
    assert!(plan.peak_kib < LIMIT >> 10, "{} MiB", plan.peak_kib >> 10);
    assert_eq!(plan.bot()["rejected"].as_array().unwrap().len(), 100_000);
    let told = world.run(&["export"]).exits(3).stderr;
    assert_eq!(told.lines().count(), 11, "{told}");
    assert!(told.contains("99990 more rows or files"), "{told}");
}
