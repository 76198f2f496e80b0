//! Files of a source as a person in this folder would name them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::config::{Bot, SourceKind};
use crate::lint::FindingAt;

/// Where the sources of a bot lie.
pub(crate) struct ShownPlaces {
    folders: BTreeMap<String, PathBuf>,
    here: PathBuf,
}

impl ShownPlaces {
    pub(crate) fn of(bot: &Bot) -> Self {
        let sources = bot.sources.iter();
        let folders = sources.filter_map(|source| match &source.kind {
            SourceKind::Folder(folder) => Some((source.name.clone(), folder.path.clone())),
            SourceKind::Feed(_) => None,
        });
        Self {
            folders: folders.collect(),
            here: std::env::current_dir().unwrap_or_default(),
        }
    }

    /// The same, seen from another folder.
    #[cfg(test)]
    pub(crate) fn below(here: &Path, other: &Self) -> Self {
        Self {
            folders: other.folders.clone(),
            here: here.to_owned(),
        }
    }

    /// The file: from here if it lies below, else its whole path; of a feed, what its pages are
    /// called.
    pub(crate) fn file(&self, at: &FindingAt) -> String {
        let file = &*at.place.file;
        let Some(folder) = self.folders.get(&at.source) else {
            return file.to_owned();
        };
        let path = folder.join(file);
        let path = path.strip_prefix(&self.here).map_or(&*path, |below| below);
        tidy(path).to_string_lossy().into_owned()
    }

    /// The file and the line.
    pub(crate) fn line(&self, at: &FindingAt) -> String {
        match at.place.line {
            0 => self.file(at),
            line => format!("{}:{line}", self.file(at)),
        }
    }
}

/// Without `.` in the middle.
fn tidy(path: &Path) -> PathBuf {
    path.components().collect()
}
