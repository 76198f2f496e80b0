//! The bytes of a file, which can be read more than once: some formats say what they are only
//! further down.

use std::fs;
use std::io::{self, Read};
use std::path::PathBuf;

use super::text::Problem;

/// Where the bytes of a file are.
#[derive(Clone, Debug)]
pub(super) struct Content(PathBuf);

impl Content {
    /// The content of the file at `path`.
    pub(super) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Its bytes from the beginning.
    pub(super) fn open(&self) -> Result<Box<dyn Read>, Problem> {
        match fs::File::open(&self.0) {
            Ok(file) => Ok(Box::new(file)),
            Err(error) => Err(unopened(&error)),
        }
    }

    /// Its bytes, the first `limit` of them.
    pub(super) fn bytes(&self, limit: u64) -> Result<Vec<u8>, Problem> {
        let mut bytes = Vec::new();
        self.open()?
            .take(limit)
            .read_to_end(&mut bytes)
            .map_err(|error| Problem::reading(0, &error))?;
        Ok(bytes)
    }
}

fn unopened(error: &io::Error) -> Problem {
    Problem::whole_file(match error.kind() {
        io::ErrorKind::NotFound => {
            "vanished after it was listed; it will be looked for again".to_owned()
        }
        _ => format!(
            "cannot be opened ({error}); give the user that this runs as the right to read it"
        ),
    })
}
