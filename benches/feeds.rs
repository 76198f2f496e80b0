//! What a sweep over a feed costs: `cargo bench --bench feeds` serves articles in pages of 100, each after
//! 5 ms, and has the program plan from them.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_kms-haptik-sync");
/// So long the knowledge base takes for an answer.
const TAKES: Duration = Duration::from_millis(5);
const ON_PAGE: usize = 100;
const SENTENCE: &str = "Open the settings, choose the account and press the button, and then wait until every device has been told of it. ";

/// A knowledge base that holds its pages ready.
struct KnowledgeBase {
    address: String,
    calls: Arc<AtomicUsize>,
    page_bytes: usize,
}

fn page(number: usize, articles: usize, sentences: usize) -> String {
    let body = SENTENCE.repeat(sentences);
    let mut text = format!("{{\"total\":{articles},\"items\":[");
    for id in (number * ON_PAGE..articles).take(ON_PAGE) {
        let comma = if id % ON_PAGE == 0 { "" } else { "," };
        let _ = write!(
            text,
            "{comma}{{\"id\":{id},\"title\":\"How do I do thing {id}?\",\"body\":\"{body}\"}}"
        );
    }
    text + "]}"
}

impl KnowledgeBase {
    fn start(articles: usize, sentences: usize) -> Self {
        let pages = articles.div_ceil(ON_PAGE);
        let pages = (0..pages).map(|number| page(number, articles, sentences));
        let pages: Arc<[String]> = pages.collect();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("its address"));
        let calls = Arc::new(AtomicUsize::new(0));
        let (page_bytes, counted) = (pages[0].len(), calls.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (pages, calls) = (pages.clone(), counted.clone());
                thread::spawn(move || answer(&stream, &pages, &calls));
            }
        });
        Self {
            address,
            calls,
            page_bytes,
        }
    }
}

/// Answers on one connection for as long as it is asked.
fn answer(mut stream: &TcpStream, pages: &[String], calls: &AtomicUsize) {
    // Else the body waits until the head is acknowledged.
    stream.set_nodelay(true).expect("a connection");
    let mut lines = BufReader::new(stream).lines();
    while let Some(Ok(first)) = lines.next() {
        let number = first.split_once("page=").map_or("1", |(_, rest)| rest);
        let number: String = number.chars().take_while(char::is_ascii_digit).collect();
        let number: usize = number.parse().expect("the number of a page");
        while lines
            .next()
            .is_some_and(|line| line.is_ok_and(|line| !line.is_empty()))
        {}
        calls.fetch_add(1, Ordering::Relaxed);
        thread::sleep(TAKES);
        let body = pages
            .get(number - 1)
            .map_or("{\"items\":[]}", String::as_str);
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let sent = stream.write_all(head.as_bytes());
        if sent
            .and_then(|()| stream.write_all(body.as_bytes()))
            .is_err()
        {
            return;
        }
    }
}

fn main() {
    println!(
        "{:>10}{:>12}{:>8}{:>10}{:>14}{:>10}",
        "articles", "page KB", "calls", "s", "× calls", "MiB"
    );
    for sentences in [4, 40] {
        for articles in [1000, 10_000] {
            show(articles, sentences);
        }
    }
}

fn show(articles: usize, sentences: usize) {
    let feed = KnowledgeBase::start(articles, sentences);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = folder.path().join("config.toml");
    let text = format!(
        "state_dir = \"state\"\n[haptik]\nbase_url = \"sandbox\"\n[[bot]]\ndomain_name = \"bench\"\nupload_effect = \"merge\"\n\
         [[bot.source]]\nfeed = \"{}\"\nitems = \"/items\"\npaging = {{ mode = \"page\", total = \"/total\" }}\n",
        feed.address
    );
    fs::write(&config, text).expect("the configuration");
    let began = Instant::now();
    let (peak_kib, found) = plan(&config);
    let seconds = began.elapsed().as_secs_f64();
    assert_eq!(found, Some(articles), "every article was read");
    let calls = feed.calls.load(Ordering::Relaxed);
    let least = TAKES.as_secs_f64() * f64::from(u32::try_from(calls).expect("a few calls"));
    println!(
        "{articles:>10}{:>12}{calls:>8}{seconds:>10.2}{:>14.2}{:>10}",
        feed.page_bytes / 1000,
        seconds / least,
        peak_kib >> 10
    );
}

/// The most memory that a plan holds, and how many articles it found.
fn plan(config: &Path) -> (u64, Option<usize>) {
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
        thread::sleep(Duration::from_millis(1));
    }
    let text = fs::read_to_string(output.path()).unwrap_or_default();
    let plan: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let added = plan["bots"][0]["add"].as_array().map(Vec::len);
    (peak, added)
}
