//! Whole folders through the stage: every kind of file, and every kind of trap.

mod accounted;
mod archives;
mod beside;
mod bounds;
mod conflicts;
mod copies;
mod corpus;
mod empty;
mod encodings;
mod files;
mod folders;
mod format_table;
mod formats;
mod garbage;
mod growth;
mod kept;
mod no_answer;
mod order;
mod pages;
mod publication;
mod reach;
mod swallowed;
mod tables;

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use super::error::SourceError;
use super::folder::{Scan, scan};
use super::read_files::{IsLive, ReadContext, read};
use super::reading::{EarlierReading, Reading};
use super::reading_fingerprint::source_digests;
use crate::config::{
    BadRows, ConfiguredEncoding, Fields, Folder, NoAnswerPolicy, Presentation, Read, Rich, Source,
    SourceHolds, SourceKind, SourceLimits, Split,
};
use crate::model::{Article, Body, FileFormat, Rejection};
use crate::spool::SpillConfig;

/// A folder source on a temporary folder, and what reading it came to.
struct Trial {
    folder: TempDir,
    source: Source,
    /// What the readings before came to.
    earlier: EarlierReading,
    /// The ids of what is live; without any, nobody is asked.
    live: HashSet<String>,
}

impl Trial {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let source = source(folder.path());
        Self {
            folder,
            source,
            earlier: EarlierReading::default(),
            live: HashSet::new(),
        }
    }

    /// With files of these names and contents.
    fn with(files: &[(&str, &str)]) -> Self {
        let trial = Self::new();
        for (name, content) in files {
            trial.write(name, content);
        }
        trial
    }

    /// With one file out of `tests/fixtures/intake`.
    fn fixture(name: &str) -> Self {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/intake");
        let trial = Self::new();
        trial.write(name, fs::read(from.join(name)).unwrap());
        trial
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// Where these files held what is live.
    fn held(mut self, files: &[&str]) -> Self {
        self.earlier.held = files.iter().map(|file| Arc::from(*file)).collect();
        self
    }

    /// Where articles of these ids are live.
    fn live(mut self, ids: &[&str]) -> Self {
        self.live = ids.iter().map(|id| (*id).to_owned()).collect();
        self
    }

    /// What was rejected as `place id reach`, and what was noted as `place id: text`.
    fn reaches(&self) -> (Vec<String>, Vec<String>) {
        let (_, reading) = self.read();
        let said = |one: &Rejection| {
            let id = one.id.as_deref().unwrap_or("-");
            format!("{} {id}", one.place)
        };
        let rejections = reading.rejections.iter();
        let notes = reading.notes.iter();
        (
            rejections
                .map(|one| format!("{} {:?}", said(one), one.reach))
                .collect(),
            notes
                .map(|one| format!("{}: {}", said(one), one.reason))
                .collect(),
        )
    }

    fn settings(&mut self) -> &mut Folder {
        let SourceKind::Folder(folder) = &mut self.source.kind else {
            panic!("a folder")
        };
        folder
    }

    fn fields(mut self, id: Option<&str>, question: &[&str], answer: &[&str]) -> Self {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        self.source.fields = Some(Fields {
            id: id.map(str::to_owned).into_iter().collect(),
            question: owned(question),
            answer: owned(answer),
            ..Fields::default()
        });
        self
    }

    fn folder(&self) -> &Folder {
        let SourceKind::Folder(folder) = &self.source.kind else {
            panic!("a folder")
        };
        folder
    }

    fn scan(&self) -> Result<Scan, SourceError> {
        scan(self.folder())
    }

    /// The relative paths that count.
    fn names(&self) -> Vec<String> {
        let files = self.scan().unwrap().files;
        files.iter().map(|file| file.relative.to_string()).collect()
    }

    fn try_read(&self) -> Result<(Vec<Article>, Reading), SourceError> {
        let mut articles = Vec::new();
        let scan = self.scan()?;
        let is_live = |id: &str| self.live.contains(id);
        let glance = ReadContext {
            room: &SpillConfig::beyond(&std::env::temp_dir(), 0),
            earlier: Some(&self.earlier),
            live: (!self.live.is_empty()).then_some(IsLive(&is_live)),
            ..ReadContext::NONE
        };
        let reading = read(&self.source, self.folder(), &scan, glance, &mut |article| {
            articles.push(article);
        })?;
        Ok((articles, reading))
    }

    fn read(&self) -> (Vec<Article>, Reading) {
        self.try_read().unwrap()
    }

    /// Reads what must be faultless.
    fn articles(&self) -> Vec<Article> {
        let (articles, reading) = self.read();
        assert_eq!(reading.rejections, []);
        assert_eq!(reading.articles, articles.len());
        articles
    }

    /// The ids that were taken, and what was rejected as `place id: reason`.
    fn outcome(&self) -> (Vec<String>, Vec<String>) {
        let (articles, reading) = self.read();
        let rejection = |rejection: &Rejection| {
            assert_eq!(rejection.source, "help");
            format!(
                "{} {}: {}",
                rejection.place,
                rejection.id.as_deref().unwrap_or("-"),
                rejection.reason
            )
        };
        (
            articles.into_iter().map(|article| article.id).collect(),
            reading.rejections.iter().map(rejection).collect(),
        )
    }
}

fn source(path: &Path) -> Source {
    Source {
        name: "help".to_owned(),
        kind: SourceKind::Folder(Folder {
            path: path.to_owned(),
            include: vec!["**/*.{csv,tsv,txt,json,jsonl}".to_owned()],
            exclude: Vec::new(),
            read: Read::All,
            settle: Duration::from_secs(1),
            complete_when: None,
            items: None,
            delimiter: None,
            format: None,
            encoding: None,
            sheet: Vec::new(),
            header: None,
            filter: Box::default(),
            limits: SourceLimits {
                max_files: 10,
                max_file_bytes: 1 << 30,
                max_row_bytes: 1 << 20,
                max_rows: 1000,
            },
        }),
        fields: None,
        presentation: Presentation {
            body: Body::Auto,
            bubble_max_chars: 300,
            split: Split::None,
            rich: Rich::default(),
            no_answer: NoAnswerPolicy::Reject,
        },
        bad_rows: BadRows::Skip,
        every: Duration::from_mins(15),
        schedule: None,
        holds: SourceHolds::Articles,
    }
}

/// Asserts that there is one rejection, and that it has these parts.
#[track_caller]
fn assert_one(rejections: &[String], parts: &[&str]) {
    assert_eq!(rejections.len(), 1, "{rejections:#?}");
    for part in parts {
        assert!(rejections[0].contains(part), "{part} in {}", rejections[0]);
    }
}

/// The digests in which two sources differ.
pub(crate) fn differing(now: &Source, before: &Source) -> Vec<&'static str> {
    let (now, before) = (source_digests(now), source_digests(before));
    let parts = [
        ("place", now.place != before.place),
        ("filter", now.filter != before.filter),
        ("mapping", now.mapping != before.mapping),
    ];
    let differing = parts.into_iter().filter(|(_, differs)| *differs);
    differing.map(|(part, _)| part).collect()
}

/// A change of the configuration.
type Edit = fn(&mut Source, &mut Folder);

#[test]
fn the_digests_say_which_part_changed() {
    let base = source(Path::new("/kms"));
    assert_eq!(differing(&base.clone(), &base), [""; 0]);
    let changed = |change: fn(&mut Source, &mut Folder)| {
        let mut source = base.clone();
        let SourceKind::Folder(mut folder) = source.kind.clone() else {
            panic!("a folder")
        };
        change(&mut source, &mut folder);
        source.kind = SourceKind::Folder(folder);
        differing(&source, &base).join(", ")
    };
    let edits: [(&str, Edit); 18] = [
        ("", |_, folder| folder.settle = Duration::ZERO),
        ("", |_, folder| folder.limits.max_rows = 1),
        ("place", |_, folder| folder.path = "/x".into()),
        ("filter", |_, folder| folder.read = Read::Newest),
        ("filter", |_, folder| folder.items = Some("/a".to_owned())),
        ("filter", |_, folder| folder.delimiter = Some(b';')),
        ("filter", |_, folder| folder.format = Some(FileFormat::Tsv)),
        ("filter", |_, folder| {
            folder.encoding = Some(ConfiguredEncoding::Utf16);
        }),
        ("filter", |_, folder| folder.sheet = vec!["FAQ".to_owned()]),
        ("filter", |_, folder| folder.header = Some(false)),
        ("filter", |_, folder| {
            folder.exclude = std::mem::take(&mut folder.include);
        }),
        ("mapping", |source, _| {
            source.fields = Some(Fields::default());
        }),
        ("mapping", |source, _| {
            source.fields = Some(Fields {
                id: vec!["nr".to_owned()],
                ..Fields::default()
            });
        }),
        ("mapping", |source, _| source.presentation.body = Body::Html),
        ("mapping", |source, _| {
            source.presentation.split = Split::Headings;
        }),
        ("mapping", |source, _| {
            source.presentation.bubble_max_chars = 0;
        }),
        ("", |source, _| source.presentation.rich.buttons = true),
        ("filter, mapping", |source, folder| {
            source.presentation.body = Body::Html;
            folder.read = Read::Newest;
        }),
    ];
    for (number, (parts, edit)) in edits.into_iter().enumerate() {
        assert_eq!(changed(edit), parts, "edit {number}");
    }
}
