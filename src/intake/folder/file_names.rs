//! Which names in a folder count: the globs of the configuration, less what is hidden or temporary.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::config::Folder;
use crate::intake::error::SourceError;

const TEMPORARY_ENDINGS: [&str; 5] = ["~", ".tmp", ".part", ".swp", ".crdownload"];

/// The globs of a folder.
pub(crate) struct FileFilter {
    include: Arc<GlobSet>,
    exclude: Arc<GlobSet>,
    marker: Option<Arc<GlobSet>>,
}

/// What was built before: building costs more than a pass over a small folder, and a thousand bots
/// mostly have the same patterns.
static BUILT: LazyLock<Mutex<HashMap<Vec<String>, Arc<GlobSet>>>> = LazyLock::new(Mutex::default);

impl FileFilter {
    pub(crate) fn new(folder: &Folder) -> Result<Self, SourceError> {
        Ok(Self {
            include: globs(&folder.include)?,
            exclude: globs(&folder.exclude)?,
            marker: folder
                .complete_when
                .as_slice()
                .first()
                .map(|glob| globs(std::slice::from_ref(glob)))
                .transpose()?,
        })
    }

    /// Whether the file of this relative path says that the export is complete.
    pub(crate) fn is_marker(&self, relative: &str) -> bool {
        let marker = self.marker.as_ref();
        marker.is_some_and(|marker| marker.is_match(relative))
    }

    /// Whether the file of this relative path counts.
    pub(crate) fn file(&self, relative: &str) -> bool {
        self.include.is_match(relative) && !self.exclude.is_match(relative)
    }

    /// Whether `exclude` names the file of this relative path.
    pub(crate) fn excluded(&self, relative: &str) -> bool {
        self.exclude.is_match(relative)
    }

    /// Whether everything below this folder is excluded.
    pub(crate) fn excluded_folder(&self, relative: &str) -> bool {
        self.exclude.is_match(relative) || self.exclude.is_match(format!("{relative}/file"))
    }
}

/// Whether a file or folder of this name is never looked at: hidden, temporary, or a file
/// system's own.
pub(crate) fn passed_over(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.starts_with(['.', '~'])
        || lower == "lost+found"
        || TEMPORARY_ENDINGS
            .iter()
            .any(|ending| lower.ends_with(ending))
}

fn globs(patterns: &[String]) -> Result<Arc<GlobSet>, SourceError> {
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = built.get(patterns) {
        return Ok(known.clone());
    }
    let globs = Arc::new(build(patterns)?);
    built.insert(patterns.to_vec(), globs.clone());
    Ok(globs)
}

fn build(patterns: &[String]) -> Result<GlobSet, SourceError> {
    let mut builder = GlobSetBuilder::new();
    for pattern in patterns {
        builder.add(glob(pattern)?);
    }
    builder.build().map_err(|error| SourceError::Pattern {
        pattern: patterns.join(", "),
        cause: error.kind().to_string(),
    })
}

// Exports from Windows come as EXPORT.CSV, so case does not matter.
fn glob(pattern: &str) -> Result<globset::Glob, SourceError> {
    GlobBuilder::new(pattern)
        .literal_separator(true)
        .case_insensitive(true)
        .build()
        .map_err(|error| SourceError::Pattern {
            pattern: pattern.to_owned(),
            cause: error.kind().to_string(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_and_temporary_names_are_passed_over() {
        for name in [
            ".faq.csv",
            ".git",
            "~$faq.csv",
            "~faq.csv",
            "faq.csv~",
            "faq.csv.tmp",
            "faq.csv.PART",
            "faq.csv.swp",
            "faq.csv.crdownload",
            "lost+found",
        ] {
            assert!(passed_over(name), "{name}");
        }
        for name in ["faq.csv", "a~b.csv", "tmp.csv", "part", "a.tmp.csv"] {
            assert!(!passed_over(name), "{name}");
        }
    }

    #[test]
    fn a_broken_glob_is_named() {
        let error = glob("a/[b").unwrap_err().to_string();
        assert!(error.contains("`a/[b` is not a glob"), "{error}");
        assert!(glob("**/*.{csv,json}").is_ok());
    }
}
