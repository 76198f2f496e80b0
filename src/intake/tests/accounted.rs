//! What a reader of a source sees is on a step, or in a note: no word of the corpus is lost in silence.
//! The words of a file are told here without any of the readers, so that these cannot agree with
//! themselves.

use std::collections::HashMap;
use std::fmt::Write as _;

use scraper::{Html, Node};
use serde_json::Value;

use super::*;
use crate::model::Reach;
use crate::normalise::{NameTemplate, normalise};

/// Words that are on no step and in no note, by file, and why that is right.
const LEFT: &str = "src/intake/tests/left_words.txt";

#[test]
fn every_word_of_the_corpus_is_on_a_step_or_in_a_note() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/intake");
    let mut found = String::new();
    let (mut files, mut letters) = (0, 0);
    for entry in walkdir::WalkDir::new(&root)
        .min_depth(2)
        .sort_by_file_name()
    {
        let path = entry.unwrap().into_path();
        let is_golden = path.extension().is_some_and(|ending| ending == "expected");
        let Some(text) = (!is_golden).then(|| text_of(&path)).flatten() else {
            continue;
        };
        files += 1;
        let left = left(&path, &text);
        if !left.is_empty() {
            letters += left.iter().map(|word| word.chars().count()).sum::<usize>();
            let name = path.strip_prefix(&root).unwrap().display();
            let _ = writeln!(found, "{name}: {}", left.join(" "));
        }
    }
    assert!(files > 100, "only {files} files of text");
    let (mut known, mut reason) = (String::new(), "");
    let left = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(LEFT)).unwrap();
    for line in left.lines() {
        if let Some(why) = line.strip_prefix("# ") {
            reason = why;
        } else {
            known.push_str(line);
            known.push('\n');
        }
        assert!(!reason.is_empty(), "{line} has no reason");
    }
    let mut lines: Vec<&str> = known.lines().collect();
    lines.sort_unstable();
    let mut all: Vec<&str> = found.lines().collect();
    all.sort_unstable();
    assert_eq!(
        all.join("\n"),
        lines.join("\n"),
        "{letters} letters are on no step and in no note; each line in left_words.txt needs a reason"
    );
}

/// The text of a file, if a person can read it as it is.
fn text_of(path: &Path) -> Option<String> {
    let bytes = fs::read(path).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    (!text.contains('\0') && !text.starts_with("PK")).then_some(text)
}

/// The words of a file that neither a step nor a note has.
fn left(path: &Path, text: &str) -> Vec<String> {
    let mut trial = Trial::new();
    let name = path.file_name().unwrap().to_str().unwrap();
    trial.settings().include = vec![name.to_owned()];
    trial.write(name, fs::read(path).unwrap());
    let (articles, reading) = trial.read();
    let names = NameTemplate::new("{{ id }}").unwrap();
    let mut told = HashMap::new();
    let mut first = u64::MAX;
    let mut lines: HashSet<u64> = HashSet::new();
    let mut whole_file = false;
    let mut said: Vec<Rejection> = Vec::new();
    for article in &articles {
        first = first.min(article.place.line);
        match normalise(article, "help", &trial.source.presentation, &names) {
            Ok(steps) => {
                for step in steps {
                    count(&mut told, &article.id);
                    count(&mut told, &step.step.question);
                    count(&mut told, &step.step.answer);
                    said.extend(step.notes);
                }
            }
            Err(rejection) => said.push(rejection),
        }
    }
    whole_file |= reading.rejections.iter().any(|found| found.place.line == 0);
    for found in reading.rejections.iter().chain(&reading.notes).chain(&said) {
        count(&mut told, &found.reason);
        count(&mut told, found.id.as_deref().unwrap_or_default());
        lines.insert(found.place.line);
    }
    for found in &reading.rejections {
        // A file that breaks off, or that is no export, is told of as a whole.
        whole_file |= found.reach != Reach::Alone;
        first = first.min(found.place.line);
    }
    if whole_file {
        return Vec::new();
    }
    let is_table = name
        .rsplit_once('.')
        .is_some_and(|(_, ending)| matches!(ending, "csv" | "tsv" | "txt" | "xls"));
    let mut left = Vec::new();
    for (line, content) in (1..).zip(seen(name, text).lines()) {
        let is_header = is_table && line < first;
        if is_header || lines.contains(&line) {
            continue;
        }
        for word in words(content) {
            match told.get_mut(&word) {
                Some(times) if *times > 0 => *times -= 1,
                _ => left.push(word),
            }
        }
    }
    left
}

fn count(told: &mut HashMap<String, usize>, text: &str) {
    for word in words(text) {
        *told.entry(word).or_default() += 1;
    }
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// What of a file its reader sees, line by line where lines mean something.
fn seen(name: &str, text: &str) -> String {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending {
        "html" | "htm" => shown(text),
        "json" | "jsonl" | "ndjson" => leaves(text),
        "xml" => without_tags(&text.replace("<![CDATA[", "").replace("]]>", "")),
        "properties" => text.lines().map(setting).collect::<Vec<_>>().join("\n"),
        "md" | "mdx" | "yaml" | "yml" | "" => {
            let lines = text.lines().map(without_key);
            without_tags(&without_addresses(&lines.collect::<Vec<_>>().join("\n")))
        }
        // Where cells have no quotes, two characters stand for the end of a line.
        "tsv" => without_tags(&without_addresses(&text.replace("\\n", " "))),
        _ => without_tags(&without_addresses(text)),
    }
}

/// The value of a setting, as far as its escapes matter here.
fn setting(line: &str) -> String {
    if line.starts_with(['#', '!']) {
        return String::new();
    }
    let mut rest = without_key(line);
    let mut out = String::new();
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let code = rest
            .get(at + 2..at + 6)
            .filter(|_| rest[at + 1..].starts_with('u'));
        let letter = code.and_then(|code| u32::from_str_radix(code, 16).ok());
        out.push(letter.and_then(char::from_u32).unwrap_or(' '));
        let length = if code.is_some() { 6 } else { 2 };
        rest = rest.get(at + length..).unwrap_or_default();
    }
    out + rest
}

/// The text of a page without what a browser does not show.
fn shown(text: &str) -> String {
    const HIDDEN: [&str; 8] = [
        "script", "style", "template", "head", "nav", "footer", "noscript", "button",
    ];
    let page = Html::parse_document(text);
    let texts = page.tree.root().descendants().filter_map(|node| {
        let Node::Text(text) = node.value() else {
            return None;
        };
        let is_hidden = node.ancestors().any(|above| match above.value() {
            Node::Element(element) => HIDDEN.contains(&element.name()),
            _ => false,
        });
        (!is_hidden).then(|| text.to_string())
    });
    texts.collect::<Vec<_>>().join(" ").replace('\n', " ")
}

/// The values of a JSON document, or of each of its lines.
fn leaves(text: &str) -> String {
    let mut texts = Vec::new();
    let documents = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    for document in documents {
        let mut waiting = vec![document.unwrap_or_default()];
        while let Some(value) = waiting.pop() {
            match value {
                Value::Array(items) => waiting.extend(items),
                Value::Object(map) => waiting.extend(map.into_iter().map(|(_, value)| value)),
                Value::String(text) => texts.push(text.replace('\n', " ")),
                Value::Number(number) => texts.push(number.to_string()),
                _ => {}
            }
        }
    }
    let all = texts.join(" ");
    without_tags(&without_addresses(&all))
}

/// A line of settings without the name of the setting.
fn without_key(line: &str) -> &str {
    let bare = line.trim_start_matches([' ', '-']);
    let end = bare.find([':', '=']).unwrap_or(0);
    let key = bare[..end].trim_end();
    let is_key = !key.is_empty() && !key.contains([' ', '#', '(', '[', '<']);
    if is_key { &bare[end + 1..] } else { line }
}

/// Where a link leads is not what is read of it.
fn without_addresses(text: &str) -> String {
    let mut rest = text;
    let mut out = String::new();
    while let Some(at) = rest.find("](") {
        out.push_str(&rest[..at]);
        let after = &rest[at + 2..];
        rest = after.find(')').map_or("", |end| &after[end + 1..]);
    }
    out + rest
}

fn without_tags(text: &str) -> String {
    let mut rest = text;
    let mut out = String::new();
    while let Some(at) = rest.find(['<', '&']) {
        out.push_str(&rest[..at]);
        let found = &rest[at..];
        let is_tag = found[1..].starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c));
        let end = match found.as_bytes()[0] {
            b'<' => found.find('>').filter(|_| is_tag),
            _ => found[1..]
                .find(';')
                .filter(|end| *end < 8)
                .map(|end| end + 1),
        };
        out.push(' ');
        rest = &found[end.map_or(1, |end| end + 1)..];
    }
    out + rest
}
