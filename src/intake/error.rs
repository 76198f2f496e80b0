//! Why a source as a whole could not be read. Every message says the cause and the remedy.

use std::path::PathBuf;
use std::sync::Arc;

use super::feed::FeedError;
use crate::model::Rejection;
use crate::spool::SpoolError;

/// A source that could not be read as a whole. Nothing may be concluded from it, least of all that
/// an article is gone.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The folder is not there.
    #[error("the folder {} does not exist; is it mounted, and is the path right?", folder.display())]
    Missing {
        /// The folder of the source.
        folder: PathBuf,
    },
    /// Something else stands where the folder should be.
    #[error("{} is not a folder; `folder` names the folder that the export is written to, `include` the files in it", folder.display())]
    NotAFolder {
        /// The folder of the source.
        folder: PathBuf,
    },
    /// The folder cannot be listed.
    #[error("the folder {} cannot be read ({cause}); give the user that this runs as the right to list it", folder.display())]
    Unreadable {
        /// The folder of the source.
        folder: PathBuf,
        /// What the operating system says.
        cause: String,
    },
    /// A pattern in `include` or `exclude` is not a glob.
    #[error("`{pattern}` is not a glob ({cause}); write it like `**/*.csv`")]
    Pattern {
        /// As the configuration has it.
        pattern: String,
        /// What is wrong with it.
        cause: String,
    },
    /// More files match than are allowed.
    #[error("more than max_files = {limit} files in {} match; narrow `include`, set read = \"newest\" if every file is a complete export, or raise max_files", folder.display())]
    TooManyFiles {
        /// The folder of the source.
        folder: PathBuf,
        /// The limit.
        limit: usize,
    },
    /// The process, or the machine, has as many files open as it may.
    #[error(
        "too many files are open ({cause}); the source could not be read, and none of its files is to blame. Raise the limit (LimitNOFILE in the unit, `ulimit -n`, fs.file-max for the machine). It is read again at the next pass"
    )]
    TooManyOpen {
        /// What the operating system says.
        cause: String,
    },
    /// There is no end to what lies in the folder.
    #[error("more than {limit} files and folders lie in {}, which is 20 times max_files; let `folder` name the folder of the export alone, or raise max_files", folder.display())]
    TooManyEntries {
        /// The folder of the source.
        folder: PathBuf,
        /// The limit.
        limit: usize,
    },
    /// A file system does not answer.
    #[error("{} did not answer within {within}; see that the file system it is on is mounted and that its server answers (`ls` shows it), and mount it again. It is read again as soon as it answers", folder.display())]
    NoAnswer {
        /// The folder of the source.
        folder: PathBuf,
        /// How long was waited, in words.
        within: String,
    },
    /// No file in the folder counts.
    #[error("no file in {} matches {looked_for}; {others}. Has the export run, and is the folder mounted?", folder.display())]
    Empty {
        /// The folder of the source.
        folder: PathBuf,
        /// The patterns.
        looked_for: String,
        /// What is there instead.
        others: String,
    },
    /// A file changed between the scan and the end of the read: scan again.
    #[error("{file} changed while it was being read; it will be read again once it is quiet")]
    Changed {
        /// The file, relative to the folder.
        file: Arc<str>,
    },
    /// The process was asked to stop before the read was complete.
    #[error("the read was stopped half-way; nothing was concluded from it")]
    Stopped,
    /// A defect of the program ended the reading.
    #[error(
        "the reading met a defect of this program ({cause}); nothing was concluded from it. Report it, with the export"
    )]
    Defect {
        /// What the panic says.
        cause: String,
    },
    /// The template of step names cannot be used.
    #[error("the node_name template cannot be used: {cause}")]
    Template {
        /// What is wrong with it.
        cause: String,
    },
    /// A feed could not be read completely.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// What was read cannot be had back.
    #[error(transparent)]
    Lost(#[from] SpoolError),
    /// Of a feed that was not asked since.
    #[error(transparent)]
    Again(Arc<SourceError>),
    /// `bad_rows = "stop"` and something was rejected.
    #[error("{}", stopped(rejections))]
    BadRows {
        /// What was rejected, in the order of place.
        rejections: Vec<Rejection>,
    },
}

crate::text::samples! {
    SourceError {
        Missing => [Self::Missing { folder: gap() }],
        NotAFolder => [Self::NotAFolder { folder: gap() }],
        Unreadable => [Self::Unreadable { folder: gap(), cause: gap() }],
        Pattern => [Self::Pattern { pattern: gap(), cause: gap() }],
        TooManyFiles => [Self::TooManyFiles { folder: gap(), limit: 1 }],
        TooManyOpen => [Self::TooManyOpen { cause: gap() }],
        TooManyEntries => [Self::TooManyEntries { folder: gap(), limit: 1 }],
        NoAnswer => [Self::NoAnswer { folder: gap(), within: gap() }],
        Empty => [Self::Empty { folder: gap(), looked_for: gap(), others: gap() }],
        Changed => [Self::Changed { file: gap() }],
        Stopped => [Self::Stopped],
        Defect => [Self::Defect { cause: gap() }],
        Template => [Self::Template { cause: gap() }],
        Feed => FeedError::samples().into_iter().map(Self::Feed).collect::<Vec<_>>(),
        Lost => [],
        Again => [],
        BadRows => [Self::BadRows { rejections: Vec::new() }],
    }
}

impl SourceError {
    /// Of a panic.
    pub fn defect(panic: &(dyn std::any::Any + Send)) -> Self {
        let text = panic.downcast_ref::<&str>().copied();
        let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        Self::Defect {
            cause: text.unwrap_or("unknown").chars().take(200).collect(),
        }
    }
}

fn stopped(rejections: &[Rejection]) -> String {
    let first = rejections
        .first()
        .map(|first| format!("; the first is {}: {}", first.place, first.reason))
        .unwrap_or_default();
    format!(
        "bad_rows = \"stop\", and {} could not be taken{first}",
        match rejections.len() {
            1 => "1 row or file".to_owned(),
            count => format!("{count} rows or files"),
        }
    )
}
