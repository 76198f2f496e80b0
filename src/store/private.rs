//! The state holds articles before they are public, and whoever may write it can have anything
//! uploaded. So its folder and its files are for the user of the service alone.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::Path;

const FOLDER: u32 = 0o700;
const FILE: u32 = 0o600;
/// What the group and all others may do.
const OTHERS: u32 = 0o077;
/// What stands in a state folder; with anything else in it, it is not only ours to close.
const OURS: [&str; 5] = ["admin.sock", "control.sock", "lock", "sandbox.json", "seen"];
/// How the names of the state file begin, of what SQLite keeps beside it, and of its backups.
const STATE: &str = "state.";

/// Makes the folder where there is none, and closes one that holds nothing but a state.
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    if !folder.is_dir() {
        return DirBuilder::new()
            .recursive(true)
            .mode(FOLDER)
            .create(folder);
    }
    let is_ours = |name: &str| OURS.contains(&name) || name.starts_with(STATE);
    let data = fs::metadata(folder)?;
    let is_own = data.uid() == rustix::process::geteuid().as_raw();
    if is_own && data.mode() & OTHERS != 0 && names_in(folder)?.iter().all(|name| is_ours(name)) {
        fs::set_permissions(folder, Permissions::from_mode(FOLDER))?;
    }
    Ok(())
}

/// Opens a file of the state to be written, and makes it where there is none.
pub(crate) fn open_file(path: &Path) -> io::Result<File> {
    let file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(FILE)
        .open(path)?;
    close_file(path, &file)?;
    Ok(file)
}

/// Whether other users may look into a state folder.
pub(crate) fn is_open_to_others(folder: &Path) -> bool {
    fs::metadata(folder).is_ok_and(|data| data.mode() & OTHERS != 0)
}

fn close_file(path: &Path, file: &File) -> io::Result<()> {
    let data = file.metadata()?;
    let is_own = data.uid() == rustix::process::geteuid().as_raw();
    if is_own && data.mode() & OTHERS != 0 {
        fs::set_permissions(path, Permissions::from_mode(FILE))?;
    }
    Ok(())
}

fn names_in(folder: &Path) -> io::Result<Vec<String>> {
    fs::read_dir(folder)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    fn open(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_state_is_closed_to_others_and_what_is_not_ours_stays_as_it_is() {
        let place = tempfile::tempdir().unwrap();
        let state = place.path().join("var/state");
        make_folder(&state).unwrap();
        open_file(&state.join("lock")).unwrap();
        assert_eq!((mode(&state), mode(&state.join("lock"))), (0o700, 0o600));
        assert!(!is_open_to_others(&state));

        open(&state, 0o755);
        open(&state.join("lock"), 0o644);
        assert!(is_open_to_others(&state));
        make_folder(&state).unwrap();
        open_file(&state.join("lock")).unwrap();
        assert_eq!((mode(&state), mode(&state.join("lock"))), (0o700, 0o600));

        // A folder that others use as well, such as /tmp.
        fs::write(state.join("letter.txt"), "").unwrap();
        open(&state, 0o777);
        make_folder(&state).unwrap();
        assert_eq!(mode(&state), 0o777);
    }
}
