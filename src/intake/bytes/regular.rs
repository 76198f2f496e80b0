//! Opens the files of a source: regular ones only, and never waiting. The open of a named pipe waits
//! for somebody at its other end, and the first read of a device may wait for ever.

use std::fs::{File, FileType, OpenOptions};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::Path;

use super::text::Unsuitable;

/// Opens a file to read it, if it is a regular one.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY)
        .open(path)
        // Nobody can open a socket by its path, and the system's words for it help nobody.
        .map_err(|error| match std::fs::metadata(path) {
            Ok(found) if found.file_type().is_socket() => {
                Unsuitable::io(no_file(found.file_type()))
            }
            _ => error,
        })?;
    let kind = file.metadata()?.file_type();
    if kind.is_file() {
        Ok(file)
    } else {
        Err(Unsuitable::io(no_file(kind)))
    }
}

/// What stands in place of a file, and what to do.
pub(crate) fn no_file(kind: FileType) -> String {
    let found = if kind.is_fifo() {
        "a named pipe"
    } else if kind.is_socket() {
        "a socket"
    } else if kind.is_dir() {
        "a folder"
    } else {
        "a device"
    };
    format!(
        "is {found} and not a file, so it is not read; put the export there as a file, or exclude this name"
    )
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn only_regular_files_are_read_and_nothing_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("file"), "x").unwrap();
        assert!(open(&at("file")).is_ok());
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mkfifoat(rustix::fs::CWD, at("pipe"), mode).unwrap();
        let _socket = UnixListener::bind(at("socket")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", at("device")).unwrap();
        for (name, words) in [
            ("pipe", "is a named pipe and not a file"),
            ("socket", "is a socket and not a file"),
            ("device", "is a device and not a file"),
            (".", "is a folder and not a file"),
        ] {
            let error = open(&at(name)).unwrap_err().to_string();
            assert!(error.contains(words), "{name}: {error}");
        }
    }
}
