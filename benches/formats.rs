//! The memory that a plan takes, by format: `cargo bench --bench formats` makes exports of 10 and 40 MB
//! of what knowledge bases hold and runs the program on each.

use std::fmt::Write as _;
use std::fs;
use std::io::{Cursor, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const PROGRAM: &str = env!("CARGO_BIN_EXE_kms-haptik-sync");
const SIZES: [usize; 2] = [10_000_000, 40_000_000];
const ANSWER: &str = "Open the settings, choose the account and press the button. It takes a minute or two until every device has been told of it; then sign in again. ";

/// What stands before the articles, each of them, and what stands behind them.
type Layout = (&'static str, fn(usize, &mut String), &'static str);

/// The file, and how an article is written in it.
const FORMATS: [(&str, Layout); 8] = [
    ("csv", ("id,question,answer\n", csv, "")),
    ("jsonl", ("", json_line, "")),
    (
        "json",
        (
            "[",
            json,
            "{\"id\":\"last\",\"question\":\"Last?\",\"answer\":\"So.\"}]",
        ),
    ),
    ("yaml", ("", yaml, "")),
    ("xml", ("<articles>", xml, "</articles>")),
    ("html", ("<h1>Help</h1>", html, "")),
    ("md", ("# Help\n", markdown, "")),
    ("properties", ("", properties, "")),
];

fn body() -> String {
    ANSWER.repeat(3)
}

fn csv(at: usize, text: &mut String) {
    let _ = writeln!(text, "kb-{at},How do I do thing {at}?,\"{}\"", body());
}

fn json_line(at: usize, text: &mut String) {
    let _ = writeln!(
        text,
        "{{\"id\":\"kb-{at}\",\"question\":\"How do I do thing {at}?\",\"answer\":\"{}\"}}",
        body()
    );
}

fn json(at: usize, text: &mut String) {
    json_line(at, text);
    text.push(',');
}

fn yaml(at: usize, text: &mut String) {
    let _ = writeln!(
        text,
        "- id: kb-{at}\n  question: How do I do thing {at}?\n  labels: [one, two]\n  answer: |\n    {}",
        body()
    );
}

fn xml(at: usize, text: &mut String) {
    let _ = writeln!(
        text,
        "<article id=\"kb-{at}\"><question>How do I do thing {at}?</question><answer>{}</answer></article>",
        body()
    );
}

fn html(at: usize, text: &mut String) {
    let _ = writeln!(text, "<h2>How do I do thing {at}?</h2><p>{}</p>", body());
}

fn markdown(at: usize, text: &mut String) {
    let _ = writeln!(text, "## How do I do thing {at}?\n\n{}\n", body());
}

fn properties(at: usize, text: &mut String) {
    let _ = writeln!(
        text,
        "faq.{at}.question=How do I do thing {at}?\nfaq.{at}.answer={}",
        body()
    );
}

fn text((begin, each, end): Layout, size: usize) -> String {
    let mut text = String::from(begin);
    let mut at = 0;
    while text.len() < size {
        each(at, &mut text);
        at += 1;
    }
    text + end
}

fn zipped(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        let options = SimpleFileOptions::default();
        writer.start_file(*name, options).expect("a file");
        writer.write_all(text.as_bytes()).expect("memory");
    }
    writer.finish().expect("an archive").into_inner()
}

/// A workbook whose texts are so long altogether.
fn workbook(size: usize) -> Vec<u8> {
    const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let (mut strings, mut sheet) = (
        String::from("<sst>"),
        String::from("<worksheet><sheetData>"),
    );
    let mut shared = 0;
    let mut row = 0;
    let mut add = |cells: [String; 3], strings: &mut String| {
        row += 1;
        let _ = write!(sheet, "<row r=\"{row}\">");
        for (column, cell) in ["A", "B", "C"].iter().zip(cells) {
            let _ = write!(strings, "<si><t>{cell}</t></si>");
            let _ = write!(sheet, "<c r=\"{column}{row}\" t=\"s\"><v>{shared}</v></c>");
            shared += 1;
        }
        sheet.push_str("</row>");
    };
    add(
        ["id", "question", "answer"].map(str::to_owned),
        &mut strings,
    );
    for at in 0.. {
        if strings.len() > size {
            break;
        }
        let cells = [
            format!("kb-{at}"),
            format!("How do I do thing {at}?"),
            format!("{at}: {}", body()),
        ];
        add(cells, &mut strings);
    }
    strings.push_str("</sst>");
    sheet.push_str("</sheetData></worksheet>");
    let root = format!(
        "<Relationships><Relationship Id=\"r\" Type=\"{RELATIONS}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    let book = format!(
        "<workbook xmlns:r=\"{RELATIONS}\"><sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
    );
    let of_book = format!(
        "<Relationships><Relationship Id=\"r1\" Type=\"{RELATIONS}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
    );
    zipped(&[
        ("[Content_Types].xml", "<Types/>"),
        ("_rels/.rels", &root),
        ("xl/workbook.xml", &book),
        ("xl/_rels/workbook.xml.rels", &of_book),
        ("xl/sharedStrings.xml", &strings),
        ("xl/worksheets/sheet1.xml", &sheet),
    ])
}

fn main() {
    println!(
        "{:<14}{:>8}{:>10}{:>10}{:>10}",
        "format", "MB", "articles", "s", "MiB"
    );
    for size in SIZES {
        for (extension, layout) in FORMATS {
            show(extension, size, text(layout, size).as_bytes());
        }
        show("xlsx", size, &workbook(size));
        let csv = text(FORMATS[0].1, size);
        show("zip", size, &zipped(&[("a.csv", &csv)]));
    }
}

fn show(extension: &str, size: usize, bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let export = folder.path().join("export");
    fs::create_dir(&export).expect("a folder");
    fs::write(export.join("a").with_extension(extension), bytes).expect("the export");
    let config = folder.path().join("config.toml");
    let text = "state_dir = \"state\"\n[haptik]\nbase_url = \"sandbox\"\n[[bot]]\ndomain_name = \"bench\"\n\
         upload_effect = \"merge\"\n[[bot.source]]\nfolder = \"export\"\ninclude = [\"*\"]\n";
    fs::write(&config, text).expect("the configuration");
    // So that the export counts as quiet.
    std::thread::sleep(Duration::from_millis(1200));
    let began = Instant::now();
    let (peak_kib, articles) = plan(&config);
    let seconds = began.elapsed().as_secs_f64();
    let megabytes = size / 1_000_000;
    println!(
        "{extension:<14}{megabytes:>8}{articles:>10}{seconds:>10.2}{:>10}",
        peak_kib >> 10
    );
}

/// The most memory that a plan holds, and how many articles it found.
fn plan(config: &Path) -> (u64, String) {
    let output = tempfile::NamedTempFile::new().expect("a temporary file");
    let mut child = Command::new(PROGRAM)
        .args(["plan", "--json", "--config"])
        .arg(config)
        .stdout(Stdio::from(output.reopen().expect("the same file")))
        .stderr(Stdio::null())
        .spawn()
        .expect("the program");
    let mut peak = 0;
    while child.try_wait().expect("our own child").is_none() {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let now = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        peak = peak.max(now.unwrap_or(0));
        std::thread::sleep(Duration::from_millis(1));
    }
    let text = fs::read_to_string(output.path()).unwrap_or_default();
    let plan: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let added = plan["bots"][0]["add"].as_array().map(Vec::len);
    (
        peak,
        added.map_or("refused".to_owned(), |added| added.to_string()),
    )
}
