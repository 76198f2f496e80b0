//! What the targets share: a source that is one file with the bytes that the fuzzer gives, read
//! and normalised as the daemon does it.

use std::cell::RefCell;
use std::fs;
use std::path::Path;
use std::time::Duration;

use kms_haptik_sync::config::{BadRows, Filter, Folder, NoAnswerPolicy, Presentation, Read, Rich, Source, SourceHolds, SourceKind, SourceLimits, Split};
use kms_haptik_sync::model::{Article, Body, FileFormat};
use kms_haptik_sync::intake::{ReadContext, Reading, read};
use kms_haptik_sync::intake::folder::scan;
use kms_haptik_sync::normalise::{NameTemplate, Normalised, normalise, user_messages};
use tempfile::TempDir;

/// How answers are shown.
pub const PRESENTATION: Presentation = Presentation {
    body: Body::Auto,
    bubble_max_chars: 300,
    split: Split::None,
    rich: Rich {
        buttons: false,
        carousels: false,
        read_more: None,
        link_base: None,
    },
    no_answer: NoAnswerPolicy::Reject,
};

thread_local! {
    // In memory where the system has it: a file is written for every input.
    static FOLDER: TempDir = match tempfile::tempdir_in("/dev/shm") {
        Ok(folder) => folder,
        Err(_) => tempfile::tempdir().expect("a temporary folder"),
    };
    static TEMPLATE: RefCell<NameTemplate> =
        RefCell::new(NameTemplate::new("{{ id }}").expect("a template"));
}

/// Reads one file of this name and format, and normalises what it yields.
pub fn take(name: &str, format: Option<FileFormat>, bytes: &[u8]) -> (Vec<Article>, Reading) {
    let (articles, reading) = read_file(name, format, SourceHolds::Articles, bytes);
    for article in &articles {
        assert!(!article.id.is_empty(), "an article without id");
        let _ = normalised(article.clone());
    }
    (articles, reading)
}

/// Reads one file as user messages beside the articles.
pub fn take_messages(name: &str, bytes: &[u8]) {
    let (rows, _) = read_file(name, None, SourceHolds::Messages, bytes);
    for row in &rows {
        assert!(!row.id.is_empty(), "a message for nobody");
        if let Ok((messages, _)) = user_messages(row, "fuzz", &PRESENTATION) {
            assert!(messages.iter().all(|message| !message.contains('|')), "two in one");
        }
    }
}

fn read_file(
    name: &str,
    format: Option<FileFormat>,
    holds: SourceHolds,
    bytes: &[u8],
) -> (Vec<Article>, Reading) {
    FOLDER.with(|folder| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("write into the temporary folder");
        let outcome = read_folder(folder.path(), format, holds);
        fs::remove_file(&path).expect("remove from the temporary folder");
        outcome
    })
}

fn read_folder(
    path: &Path,
    format: Option<FileFormat>,
    holds: SourceHolds,
) -> (Vec<Article>, Reading) {
    let source = Source {
        holds,
        ..source(path, format)
    };
    let SourceKind::Folder(folder) = &source.kind else {
        unreachable!("a folder");
    };
    let scan = scan(folder).expect("one file in the folder");
    let mut articles = Vec::new();
    let mut take = |article| articles.push(article);
    let reading = read(&source, folder, &scan, ReadContext::NONE, &mut take)
        .expect("a file that nobody touches");
    assert_eq!(reading.articles, articles.len());
    (articles, reading)
}

/// The article as a step, where it can be one.
pub fn normalised(article: Article) -> Option<Normalised> {
    let steps = TEMPLATE
        .with_borrow(|template| normalise(&article, "fuzz", &PRESENTATION, template))
        .ok()?;
    steps.into_iter().next()
}

/// A source on a folder, with limits that keep an input from being slow by its size alone.
pub fn source(path: &Path, format: Option<FileFormat>) -> Source {
    Source {
        name: "fuzz".to_owned(),
        kind: SourceKind::Folder(Folder {
            path: path.to_owned(),
            include: vec!["**".to_owned()],
            exclude: Vec::new(),
            read: Read::All,
            settle: Duration::ZERO,
            complete_when: None,
            items: None,
            delimiter: None,
            format,
            encoding: None,
            sheet: Vec::new(),
            header: None,
            filter: Box::new(Filter::default()),
            limits: SourceLimits {
                max_files: 100,
                max_file_bytes: 4 << 20,
                max_row_bytes: 1 << 20,
                max_rows: 10_000,
            },
        }),
        fields: None,
        presentation: PRESENTATION,
        bad_rows: BadRows::Skip,
        every: Duration::from_secs(900),
        schedule: None,
        holds: SourceHolds::Articles,
    }
}
