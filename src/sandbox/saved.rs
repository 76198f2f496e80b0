//! Keeps a sandbox's steps and tasks in a JSON file, replaced as a whole, so that an embedded
//! sandbox is after a restart what it was before.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::world::{SandboxStep, Task, World};

const FORMAT: u32 = 1;

/// The sandbox's file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// It cannot be read.
    #[error(
        "the sandbox's file {path} cannot be read: {cause}. Fix it, or move it away to begin with an empty sandbox"
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// It cannot be written.
    #[error("the sandbox's file {path} cannot be written: {cause}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
}

#[derive(Deserialize)]
struct Saved {
    format: u32,
    bots: BTreeMap<String, BTreeMap<Box<str>, SandboxStep>>,
    tasks: VecDeque<Task>,
}

#[derive(Serialize)]
struct Saving<'w> {
    format: u32,
    bots: &'w BTreeMap<String, BTreeMap<Box<str>, SandboxStep>>,
    tasks: &'w VecDeque<Task>,
}

/// Reads the file into the world; a file that is not there leaves it as it is.
pub(super) fn load(world: &mut World, path: &Path) -> Result<(), SaveError> {
    let unreadable = |cause: String| SaveError::Read {
        path: path.to_owned(),
        cause,
    };
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unreadable(error.to_string())),
    };
    let saved: Saved = serde_json::from_reader(BufReader::with_capacity(1 << 16, file))
        .map_err(|error| unreadable(error.to_string()))?;
    if saved.format != FORMAT {
        let cause = format!("its format is {} instead of {FORMAT}", saved.format);
        return Err(unreadable(cause));
    }
    world.bots = saved.bots;
    world.tasks = saved.tasks;
    Ok(())
}

/// Replaces the file with the world as it is.
pub(super) fn save(world: &World, path: &Path) -> Result<(), SaveError> {
    write(world, path).map_err(|error| SaveError::Write {
        path: path.to_owned(),
        cause: error.to_string(),
    })
}

fn write(world: &World, path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    let mut writer = BufWriter::with_capacity(1 << 16, &mut file);
    let saving = Saving {
        format: FORMAT,
        bots: &world.bots,
        tasks: &world.tasks,
    };
    serde_json::to_writer(&mut writer, &saving)?;
    writer.flush()?;
    drop(writer);
    file.persist(path)?;
    Ok(())
}
