//! Puts together what the plan judges absences by: what the readings say of files, and what the store
//! remembers of them. Notes down what the next reading has to know of this one.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::source_results::SourceResults;
use crate::clock::{Millis, TimePoint, millis_duration};
use crate::config::Bot;
use crate::intake::{FolderReading, ReadFile};
use crate::model::{Absence, DepartedSteps, FileId, Marker, Rejection, stored_path};
use crate::plan::{Evidence, FolderState, Judge, MarkerState, Presence};
use crate::store::{BotId, BotState, NotedFile, Store, StoreError, StoredFile, StoredFiles};
use crate::sync::plan_preview::Preview;

/// What is remembered of a bot's absences.
#[derive(Clone, Debug, Default)]
pub(crate) struct Remembered {
    /// The files that hold live steps.
    pub(crate) files: StoredFiles,
    /// Steps whose removal is open.
    pub(crate) absences: BTreeMap<String, Absence>,
    /// The markers of `complete_when` at the reading before.
    pub(crate) markers: BTreeMap<String, Option<Marker>>,
    /// What left within the time that the guard remembers.
    pub(crate) departed: DepartedSteps,
}

impl Remembered {
    pub(crate) async fn of(store: &Store, id: BotId, now: &TimePoint) -> Result<Self, StoreError> {
        Ok(Self {
            files: store.source_files(id).await?,
            absences: store.absences(id).await?,
            markers: store.markers(id).await?,
            departed: store.departed(id, now).await?,
        })
    }

    /// The numbers of the files by source and path.
    pub(crate) fn numbers(&self) -> HashMap<(Arc<str>, Arc<str>), FileId> {
        let files = self.files.iter();
        files.map(|(at, file)| (at.clone(), file.id)).collect()
    }
}

/// By what the absences of a bot are judged.
pub(crate) fn judge(
    bot: &Bot,
    state: &BotState,
    results: &SourceResults,
    remembered: &Remembered,
    now: TimePoint,
) -> Judge {
    let mut evidence = rejected(&results.rejections);
    for (source, folder) in &results.folders {
        let found = evidence.entry(source.clone()).or_default();
        let state = folder_state(bot, source, folder, remembered, now.wall);
        found.folder = Some(state);
    }
    Judge {
        sources: results.sources.clone(),
        evidence,
        removals_after: bot.removals_after,
        incomplete_approved: state.incomplete_approved,
        now,
    }
}

fn rejected(rejections: &[Rejection]) -> BTreeMap<String, Evidence> {
    let mut evidence: BTreeMap<String, Evidence> = BTreeMap::new();
    for rejection in rejections {
        if let Some(id) = &rejection.id {
            let found = evidence.entry(rejection.source.clone()).or_default();
            let reason = format!("{}: {}", rejection.place, rejection.reason);
            found.rejected.insert(id.clone(), reason.into());
        }
    }
    evidence
}

fn folder_state(
    bot: &Bot,
    source: &str,
    folder: &FolderReading,
    remembered: &Remembered,
    now: Millis,
) -> FolderState {
    let of_source = remembered.files.iter();
    let of_source = of_source.filter(|((of, _), _)| &**of == source);
    let found = FoundFile::of(folder);
    let files = of_source
        .map(|((_, path), file)| (file.id, presence(bot, path, file, &found, now)))
        .collect();
    let newest = folder.files.iter().map(|file| file.modified).max();
    let marker = folder.marker.map(|marker| MarkerState {
        now: marker,
        is_current: marker.is_some_and(|marker| newest.is_none_or(|file| marker.modified >= file)),
        before: remembered.markers.get(source).copied(),
    });
    FolderState {
        files,
        marker,
        newest: folder.newest,
        is_any_open: !folder.open.is_empty(),
    }
}

/// The files of a reading by the paths that they are stored under; of several, the first.
struct FoundFile<'a> {
    folder: &'a FolderReading,
    open: HashMap<Arc<str>, &'a Arc<str>>,
    read: HashMap<Arc<str>, &'a ReadFile>,
}

impl<'a> FoundFile<'a> {
    fn of(folder: &'a FolderReading) -> Self {
        let path = |relative: &Arc<str>| stored_path(relative, folder.newest);
        let open = folder.open.iter().rev().map(|open| &open.relative);
        let read = folder.files.iter().rev();
        Self {
            folder,
            open: open.map(|relative| (path(relative), relative)).collect(),
            read: read.map(|file| (path(&file.relative), file)).collect(),
        }
    }
}

/// What a reading says of a file that held live steps at the one before.
fn presence(
    bot: &Bot,
    path: &Arc<str>,
    before: &StoredFile,
    found: &FoundFile<'_>,
    now: Millis,
) -> Presence {
    let folder = found.folder;
    if let Some(open) = found.open.get(path) {
        return Presence::Open((*open).clone());
    }
    let Some(read) = found.read.get(path) else {
        let is_there = folder.passed_over.contains(path);
        return if is_there {
            Presence::Read
        } else {
            Presence::Gone(path.clone())
        };
    };
    // The newest file went away, and an older one counts again.
    if folder.newest && read.modified < before.modified {
        return Presence::Gone("which was the newest".into());
    }
    let age = millis_duration(now.saturating_sub(read.modified));
    let is_whole = read.closed || read.inode != before.inode || age >= bot.removals_after;
    if is_whole {
        Presence::Read
    } else {
        Presence::Young(bot.removals_after.saturating_sub(age))
    }
}

/// Notes down what this reading says of files, for the next one. What a plan still goes by stays.
pub(crate) async fn note(
    store: &Store,
    id: BotId,
    preview: &Preview,
    remembered: &Remembered,
) -> Result<(), StoreError> {
    let Preview {
        folders,
        bodies,
        holding,
        plan,
        ..
    } = preview;
    let mut read = Vec::new();
    let mut gone = Vec::new();
    let mut markers = BTreeMap::new();
    for (source, folder) in folders {
        let name: Arc<str> = source.as_str().into();
        let now: HashMap<Arc<str>, &ReadFile> = folder
            .files
            .iter()
            .map(|file| (stored_path(&file.relative, folder.newest), file))
            .collect();
        for (path, file) in &now {
            let before = remembered.files.get(&(name.clone(), path.clone()));
            let held = holding
                .get(source)
                .is_some_and(|files| files.contains(path));
            // What was read again tells; what was not is as it was.
            let is_utf8 = file.is_utf8.or(before.and_then(|before| before.is_utf8));
            let noted = (file.inode, file.modified, held, is_utf8);
            // That it is another file than then counts as soon as its source can be believed.
            if before.is_some_and(|before| plan.files_of_unread.contains(&before.id)) {
                continue;
            }
            let stored = |file: &StoredFile| (file.inode, file.modified, file.held, file.is_utf8);
            if before.is_none_or(|before| stored(before) != noted) {
                read.push(NotedFile {
                    source: name.clone(),
                    path: path.clone(),
                    inode: file.inode,
                    modified: file.modified,
                    held,
                    is_utf8,
                });
            }
        }
        let open: HashSet<&Arc<str>> = folder.open.iter().map(|open| &open.relative).collect();
        let is_there = |path: &Arc<str>| {
            now.contains_key(path) || open.contains(path) || folder.passed_over.contains(path)
        };
        let of_source = remembered.files.iter();
        let of_source = of_source.filter(|((of, path), _)| *of == name && !is_there(path));
        // It may be the one that they were in.
        let of_source = of_source.filter(|_| !plan.is_a_file_unknown);
        let unused = of_source.filter(|(_, file)| !plan.files_of_absent.contains(&file.id));
        gone.extend(unused.map(|(_, file)| file.id));
        if let Some(marker) = folder.marker
            && remembered.markers.get(source) != Some(&marker)
        {
            markers.insert(source.clone(), marker);
        }
    }
    store.note_files(id, &read, &gone).await?;
    store.note_body_decisions(id, bodies).await?;
    store.note_markers(id, &markers).await
}
