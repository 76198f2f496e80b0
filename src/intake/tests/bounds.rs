//! What a reading holds grows no faster than what it reads, whatever that is; what would need too much
//! is refused, and says what to do.

use std::fmt::Write as _;
use std::io::Cursor;
use std::io::Write as _;
use std::time::Duration;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::intake::budget::most_during;
use crate::intake::read_files::{IsLive, ReadContext, read};
use crate::model::{Article, Reach};
use crate::tests::processor_time;

/// A file of a size that grows with the number.
type Make = fn(usize) -> Vec<u8>;

fn repeated(begin: &str, each: &str, end: &str, count: usize) -> Vec<u8> {
    format!("{begin}{}{end}", each.repeat(count)).into_bytes()
}

fn numbered(begin: &str, each: &str, end: &str, count: usize) -> Vec<u8> {
    let one = |at| each.replace('#', &format!("{at}"));
    format!("{begin}{}{end}", (0..count).map(one).collect::<String>()).into_bytes()
}

/// A workbook of these rows, each with its cells.
fn workbook(rows: impl Iterator<Item = Vec<(String, String)>>) -> Vec<u8> {
    let mut sheet = String::from("<worksheet><sheetData>");
    for (row, cells) in (1..).zip(rows) {
        let _ = write!(sheet, "<row r=\"{row}\">");
        for (column, text) in cells {
            let cell = format!("<c r=\"{column}{row}\" t=\"inlineStr\">");
            let _ = write!(sheet, "{cell}<is><t>{text}</t></is></c>");
        }
        sheet += "</row>";
    }
    sheet += "</sheetData></worksheet>";
    let parts = [
        ("[Content_Types].xml", "<Types/>"),
        (
            "_rels/.rels",
            "<Relationships><Relationship Id=\"r\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>",
        ),
        (
            "xl/workbook.xml",
            "<workbook xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>",
        ),
        (
            "xl/_rels/workbook.xml.rels",
            "<Relationships><Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>",
        ),
        ("xl/worksheets/sheet1.xml", &sheet),
    ];
    archive(&parts)
}

fn archive(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn honest_workbook(count: usize) -> Vec<u8> {
    let row = |cells: [String; 3]| {
        let columns = ["A", "B", "C"].map(str::to_owned);
        columns.into_iter().zip(cells).collect()
    };
    let header = row(["id", "question", "answer"].map(str::to_owned));
    let rows = (0..count).map(|at| row([format!("kb-{at}"), "How?".into(), "So. ".repeat(20)]));
    workbook(std::iter::once(header).chain(rows))
}

fn far_cells(count: usize) -> Vec<u8> {
    let row = |text: &str| {
        vec![
            ("A".to_owned(), text.to_owned()),
            ("XFD".to_owned(), "x".to_owned()),
        ]
    };
    workbook((0..count).map(|_| row("x")))
}

/// Each format as it is, and as somebody would make it who means harm.
const FILES: [(&str, &str, Make); 27] = [
    ("honest", "a.json", |n| {
        numbered(
            "[",
            "{\"id\":#,\"question\":\"How?\",\"answer\":\"So.\"},",
            "{\"id\":\"z\",\"question\":\"How?\",\"answer\":\"So.\"}]",
            n,
        )
    }),
    ("empty objects", "a.json", |n| {
        repeated("[", "{},", "{}]", 10 * n)
    }),
    ("lists", "a.json", |n| {
        numbered("{", "\"a#\":[],", "\"z\":[]}", 4 * n)
    }),
    ("keys", "a.json", |n| {
        numbered("{", "\"a#\":1,", "\"z\":1}", 4 * n)
    }),
    ("lists in lists", "a.json", |n| {
        repeated("", "[", "", 40 * n)
    }),
    ("one long entry", "a.json", |n| {
        repeated("[[", "{},", "{}]]", 10 * n)
    }),
    ("keys of an entry", "a.jsonl", |n| {
        numbered("{", "\"a#\":1,", "\"id\":1}", 2 * n)
    }),
    ("honest", "a.yaml", |n| {
        numbered("", "- id: #\n  question: How?\n  answer: So.\n", "", n)
    }),
    ("scalars", "a.yaml", |n| repeated("", "- a\n", "", 4 * n)),
    ("keys", "a.yaml", |n| numbered("", "a#: 1\n", "", 4 * n)),
    ("lists in lists", "a.yaml", |n| {
        repeated("", "- ", "", 20 * n)
    }),
    ("brackets", "a.yaml", |n| repeated("a: ", "[", "", 20 * n)),
    ("anchors", "a.yaml", |n| {
        numbered("", "- &a# x\n", "", 4 * n)
    }),
    ("aliases", "a.yaml", |n| {
        let list = format!("- &a [{}]\n", "x,".repeat(n));
        repeated(&list, "- *a\n", "", n)
    }),
    ("honest", "a.xml", |n| {
        numbered(
            "<a>",
            "<b id='#'><question>How?</question><answer>So.</answer></b>",
            "</a>",
            n,
        )
    }),
    ("empty elements", "a.xml", |n| {
        repeated("<a>", "<b/>", "</a>", 10 * n)
    }),
    ("elements in one", "a.xml", |n| {
        repeated("<a><b id='1'>", "<c/>", "</b></a>", 10 * n)
    }),
    ("attributes", "a.xml", |n| {
        numbered("<a><b ", " a#=''", "/></a>", n)
    }),
    ("honest", "a.html", |n| {
        numbered("", "<h2>How is #?</h2><p>So.</p>", "", n)
    }),
    ("open elements", "a.html", |n| {
        numbered("<h1>a?</h1>", "<b id=#><p>x", "", n)
    }),
    ("deep elements", "a.html", |n| {
        repeated("<h1>a?</h1>", "<div></x>", "", n)
    }),
    ("questions in questions", "a.html", |n| {
        let each =
            "<div itemtype='schema.org/Question'><div itemprop=acceptedAnswer><div itemprop=text>x";
        repeated("", each, "", n)
    }),
    ("honest", "a.md", |n| {
        numbered("", "How is #?\n---\nSo.\n\n", "", n / 4)
    }),
    ("marks", "a.md", |n| repeated("# a\n", "*a", "", 10 * n)),
    ("groups", "a.properties", |n| {
        numbered("", "a#.q=\n", "", 2 * n)
    }),
    ("honest", "a.xlsx", honest_workbook),
    ("far cells", "a.xlsx", far_cells),
];

fn trial(name: &str, bytes: &[u8]) -> Trial {
    let mut trial = Trial::new();
    let settings = trial.settings();
    settings.include = vec!["*".to_owned()];
    settings.limits = SourceLimits {
        max_files: 10,
        max_file_bytes: 1 << 30,
        max_row_bytes: 1 << 20,
        max_rows: 2_000_000,
    };
    trial.write(name, bytes);
    trial
}

/// What reading a file costs.
#[derive(Debug)]
struct Cost {
    /// By the budget's own count.
    counted: usize,
    /// What was really allocated at the most, by this thread.
    peak: usize,
    /// Time of the processor that this thread took.
    time: Duration,
    /// Whether the file needed too much.
    is_refused: bool,
}

fn cost(name: &str, bytes: &[u8]) -> Cost {
    let trial = trial(name, bytes);
    let began = processor_time();
    let mut outcome = None;
    let allocated = allocation_counter::measure(|| outcome = Some(most_during(|| trial.read())));
    let time = processor_time().saturating_sub(began);
    let (counted, (_, reading)) = outcome.unwrap();
    let mut reasons = reading.rejections.iter().map(|one| &one.reason);
    Cost {
        counted,
        peak: usize::try_from(allocated.bytes_max).unwrap(),
        time,
        is_refused: reasons.any(|reason| reason.contains("of memory")),
    }
}

#[test]
fn cost_grows_no_faster_than_the_file() {
    const BASE: usize = 500;
    for (what, name, make) in FILES {
        let cost = |times: usize| cost(name, &make(BASE * times));
        let once = cost(1);
        for times in [2, 4, 8] {
            let now = cost(times);
            let linear = |once: usize| once * times * 5 / 4 + 100_000;
            // At eight times the size, what grows with the square takes four times as much as this allows.
            let slow = once.time * u32::try_from(times).unwrap() * 2 + Duration::from_millis(20);
            assert!(now.time < slow, "{what}, {name}: {now:?}, once {once:?}");
            assert!(
                now.counted <= linear(once.counted) && now.peak <= linear(once.peak)
                    || now.is_refused,
                "{what}, {name}, {times} times: {now:?}, once {once:?}"
            );
        }
    }
}

#[test]
fn honest_files_hold_little_and_all_of_them_is_read() {
    const COUNT: usize = 4000;
    for &(_, name, make) in FILES.iter().filter(|(what, ..)| *what == "honest") {
        let bytes = make(COUNT);
        let trial = trial(name, &bytes);
        let (held, articles) = most_during(|| trial.articles());
        assert!(articles.len() >= COUNT / 4, "{name}: {}", articles.len());
        // A page is held as a tree, and a workbook is packed.
        let bound = match name {
            "a.html" | "a.xlsx" => 100,
            _ => 30,
        };
        assert!(
            held < bytes.len() * bound,
            "{name}: {held} of {}",
            bytes.len()
        );
    }
}

#[test]
fn what_needs_too_much_is_refused_with_a_remedy() {
    let cases: [(&str, &str, usize, Make); 4] = [
        ("lists", "a.json", 300_000, |n| {
            numbered("{", "\"a#\":[],", "\"z\":[]}", 4 * n)
        }),
        ("open elements", "a.html", 10_000, |n| {
            let mut page = numbered("<h1>a?</h1>", "<b id=#><p>x", "", 400);
            page.extend("<p>x".repeat(n).bytes());
            page
        }),
        ("elements in one", "a.xml", 40_000, |n| {
            repeated("<a><b id='1'>", "<c/>", "</b></a>", 10 * n)
        }),
        ("marks", "a.md", 200_000, |n| {
            repeated("# a\n", "*a", "", 10 * n)
        }),
    ];
    for (what, name, count, make) in cases {
        let (articles, rejections) = trial(name, &make(count)).outcome();
        assert_eq!(articles, [""; 0], "{what}");
        assert_one(&rejections, &[name, "of memory to be read", "JSON Lines"]);
    }
}

#[test]
fn a_file_without_a_good_row_ends_the_reading_before_it_fills_the_memory() {
    let bytes = repeated("[", "{},", "{}]", 400_000);
    let (_, reading) = trial("a.json", &bytes).read();
    let last = reading
        .rejections
        .iter()
        .max_by_key(|one| one.reach)
        .unwrap();
    assert_eq!(last.reach, Reach::Unusable);
    assert!(
        last.reason.contains("rows were skipped by then"),
        "{last:?}"
    );
    assert!(reading.rejections.len() < 250_000);
}

#[test]
fn a_page_that_many_rows_name_is_not_copied_without_end() {
    let page = "<p>long</p>".repeat(90_000);
    let mut rows = String::from("id,question,answer\n");
    for row in 0..300 {
        let _ = writeln!(rows, "{row},How?,data/a.html");
    }
    let bytes = archive(&[("a.csv", &rows), ("data/a.html", &page)]);
    let (articles, rejections) = trial("a.zip", &bytes).outcome();
    assert!((8..60).contains(&articles.len()), "{}", articles.len());
    assert_eq!(articles.len() + rejections.len(), 300);
    assert!(
        rejections[0].contains("name each page once"),
        "{rejections:?}"
    );
}

#[test]
fn a_defect_costs_the_file_that_meets_it() {
    let trial = Trial::with(&[
        (
            "bad.csv",
            "id,question,answer\n1,How?,\"So:\n2,Why?,Because\n\"\n",
        ),
        ("good.csv", "id,question,answer\n3,When?,Now.\n"),
    ]);
    let is_live = |_: &str| -> bool { panic!("a defect") };
    let glance = ReadContext {
        live: Some(IsLive(&is_live)),
        ..ReadContext::NONE
    };
    let mut ids = Vec::new();
    let scan = trial.scan().unwrap();
    let mut take = |article: Article| ids.push(article.id);
    let reading = read(&trial.source, trial.folder(), &scan, glance, &mut take).unwrap();
    assert_eq!(ids, ["3"]);
    let [rejection] = reading.rejections.as_slice() else {
        panic!("{:?}", reading.rejections);
    };
    assert_eq!(&*rejection.place.file, "bad.csv");
    assert_eq!(rejection.reach, Reach::Unusable);
    assert!(rejection.reason.contains("Report it, with the file"));
}
