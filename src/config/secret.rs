//! Secrets and where they come from. A secret never shows in debug output, and is read afresh
//! each time, so that a token replaced on disk is found without a restart.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use rustix::io::Errno;

/// No token is this long; a file that is was named by mistake.
const MOST_BYTES: u64 = 64 * 1024;

const CREDENTIALS_DIRECTORY: &str = "CREDENTIALS_DIRECTORY";

/// Where a secret is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// An environment variable of this name.
    Env(String),
    /// A file; white space at its end does not count.
    File(PathBuf),
    /// A systemd credential of this name, below `$CREDENTIALS_DIRECTORY`.
    Credential(String),
}

/// A secret value. `Debug` prints `[redacted]`; there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// Why a secret could not be read, and what to do. It never holds the secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The variable is not there.
    #[error("{place} is not set; set it to the token, or change `token` in the configuration")]
    NotSet {
        /// The variable.
        place: String,
    },
    /// `$CREDENTIALS_DIRECTORY` is not there.
    #[error(
        "the systemd credential {name} cannot be found, because CREDENTIALS_DIRECTORY is not set; \
         start the service with systemd and LoadCredential={name}:/path/to/token, \
         or use `token = {{ file = ... }}`"
    )]
    NoCredentials {
        /// The credential.
        name: String,
    },
    /// There is no such file.
    #[error(
        "{place} does not exist; write the token into it, or change `token` in the configuration"
    )]
    NoFile {
        /// The file.
        place: String,
    },
    /// The file must not be read.
    #[error("{place} may not be read by this user; let the user that the service runs as read it")]
    Forbidden {
        /// The file.
        place: String,
    },
    /// The process, or the machine, has as many files open as it may.
    #[error(
        "{place} was not opened, because too many files are open; raise the limit (LimitNOFILE in the unit, \
         `ulimit -n`, fs.file-max for the machine)"
    )]
    TooManyOpen {
        /// The file.
        place: String,
    },
    /// The file cannot be read for another reason.
    #[error("{place} cannot be read; see that it is a plain file on a healthy disk")]
    Unreadable {
        /// The file.
        place: String,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// There is nothing in it.
    #[error("{place} is empty; write the token into it")]
    Empty {
        /// The variable or file.
        place: String,
    },
    /// Something in it cannot travel in a header.
    #[error(
        "{place} holds a line break, white space or special characters inside the token; \
         write the token alone into it, without `Bearer`"
    )]
    NotAToken {
        /// The variable or file.
        place: String,
    },
    /// It is too short for a listener that other hosts reach.
    #[error(
        "{place} holds a token of fewer than 16 characters, which other hosts could guess; \
         write a longer one into it, such as `openssl rand -hex 32` prints"
    )]
    Guessable {
        /// The variable or file.
        place: String,
    },
    /// It is far too large.
    #[error("{place} is larger than 64 KiB, which no token is; see that it is the right one")]
    TooLarge {
        /// The variable or file.
        place: String,
    },
}

crate::text::samples! {
    SecretError {
        NotSet => [Self::NotSet { place: gap() }],
        NoCredentials => [Self::NoCredentials { name: gap() }],
        NoFile => [Self::NoFile { place: gap() }],
        Forbidden => [Self::Forbidden { place: gap() }],
        TooManyOpen => [Self::TooManyOpen { place: gap() }],
        Unreadable => [Self::Unreadable { place: gap(), source: io_gap() }],
        Empty => [Self::Empty { place: gap() }],
        NotAToken => [Self::NotAToken { place: gap() }],
        Guessable => [Self::Guessable { place: gap() }],
        TooLarge => [Self::TooLarge { place: gap() }],
    }
}

impl SecretSource {
    /// Reads the secret as it is now.
    pub fn read(&self) -> Result<Secret, SecretError> {
        self.read_with(&|name| std::env::var_os(name))
    }

    /// Reads a key of several lines as it is now.
    pub fn read_lines(&self) -> Result<Secret, SecretError> {
        let (place, variable) = (self.to_string(), |name: &str| std::env::var_os(name));
        let bytes = self.bytes(&place, &variable)?;
        let text = bounded(&bytes, &place)?;
        match std::str::from_utf8(text) {
            Ok(text) => Ok(Secret::new(text)),
            Err(_) => Err(SecretError::NotAToken { place }),
        }
    }

    fn read_with(
        &self,
        variable: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<Secret, SecretError> {
        let place = self.to_string();
        checked(&self.bytes(&place, variable)?, place)
    }

    fn bytes(
        &self,
        place: &str,
        variable: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<Vec<u8>, SecretError> {
        let place = place.to_owned();
        match self {
            SecretSource::Env(name) => match variable(name) {
                Some(value) => Ok(value.into_encoded_bytes()),
                None => Err(SecretError::NotSet { place }),
            },
            SecretSource::File(path) => read_file(path, &place),
            SecretSource::Credential(name) => match variable(CREDENTIALS_DIRECTORY) {
                Some(folder) => read_file(&Path::new(&folder).join(name), &place),
                None => Err(SecretError::NoCredentials { name: name.clone() }),
            },
        }
    }
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // A name in small letters could be a token that was pasted in the wrong place.
            SecretSource::Env(name) if name.contains(|c: char| c.is_ascii_lowercase()) => {
                f.write_str("the environment variable that `token` names")
            }
            SecretSource::Env(name) => write!(f, "the environment variable {name}"),
            SecretSource::File(path) => write!(f, "the file {}", path.display()),
            SecretSource::Credential(name) => write!(f, "the systemd credential {name}"),
        }
    }
}

fn read_file(path: &Path, place: &str) -> Result<Vec<u8>, SecretError> {
    let place = place.to_owned();
    let mut bytes = Vec::new();
    let outcome =
        File::open(path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes));
    match outcome {
        Ok(_) => Ok(bytes),
        Err(error) => Err(unread(error, place)),
    }
}

/// What it means that the file was not read.
fn unread(error: io::Error, place: String) -> SecretError {
    match error.kind() {
        ErrorKind::NotFound => SecretError::NoFile { place },
        ErrorKind::PermissionDenied => SecretError::Forbidden { place },
        _ if matches!(
            Errno::from_io_error(&error),
            Some(Errno::MFILE | Errno::NFILE)
        ) =>
        {
            SecretError::TooManyOpen { place }
        }
        _ => SecretError::Unreadable {
            place,
            source: error,
        },
    }
}

fn bounded<'b>(bytes: &'b [u8], place: &str) -> Result<&'b [u8], SecretError> {
    let place = place.to_owned();
    if bytes.len() as u64 > MOST_BYTES {
        return Err(SecretError::TooLarge { place });
    }
    match bytes.trim_ascii_end() {
        [] => Err(SecretError::Empty { place }),
        bytes => Ok(bytes),
    }
}

fn checked(bytes: &[u8], place: String) -> Result<Secret, SecretError> {
    let bytes = bounded(bytes, &place)?;
    match std::str::from_utf8(bytes) {
        Ok(text) if bytes.iter().all(u8::is_ascii_graphic) => Ok(Secret::new(text)),
        _ => Err(SecretError::NotAToken { place }),
    }
}

impl Secret {
    /// Wraps a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(source: &SecretSource, value: Option<&str>) -> Result<Secret, SecretError> {
        source.read_with(&|_| value.map(OsString::from))
    }

    #[test]
    fn variables() {
        let source = SecretSource::Env("HAPTIK_TOKEN".into());
        let cases = [
            (Some("t0ken\n"), Ok("t0ken")),
            (
                None,
                Err(
                    "the environment variable HAPTIK_TOKEN is not set; set it to the token, or change `token` in the configuration",
                ),
            ),
            (
                Some(" \n"),
                Err("the environment variable HAPTIK_TOKEN is empty; write the token into it"),
            ),
            (
                Some("s3c\nr3t"),
                Err(
                    "the environment variable HAPTIK_TOKEN holds a line break, white space or special characters inside the token; write the token alone into it, without `Bearer`",
                ),
            ),
        ];
        for (value, expected) in cases {
            let outcome = read(&source, value).map_err(|error| error.to_string());
            let outcome = outcome.as_ref().map(Secret::expose).map_err(String::as_str);
            assert_eq!(outcome, expected);
        }
        let pasted = read(&SecretSource::Env("s3cr3t".into()), None);
        assert!(!pasted.unwrap_err().to_string().contains("s3cr3t"));
    }

    #[test]
    fn files_are_read_afresh() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("haptik-token");
        let source = SecretSource::File(file.clone());
        assert!(matches!(source.read(), Err(SecretError::NoFile { .. })));
        for token in ["first", "second"] {
            std::fs::write(&file, format!("{token}\r\n")).unwrap();
            assert_eq!(source.read().unwrap().expose(), token);
        }
        let whole = SecretSource::File(folder.path().to_owned());
        assert!(matches!(whole.read(), Err(SecretError::Unreadable { .. })));
        std::fs::write(&file, "x".repeat(70_000)).unwrap();
        assert!(matches!(source.read(), Err(SecretError::TooLarge { .. })));
    }

    #[test]
    fn a_file_is_not_blamed_for_too_many_open_ones() {
        for errno in [Errno::MFILE, Errno::NFILE] {
            let said = unread(errno.into(), "the file token".to_owned()).to_string();
            assert!(
                said.contains("too many files are open; raise the limit"),
                "{said}"
            );
        }
        let said = unread(Errno::IO.into(), "the file token".to_owned()).to_string();
        assert!(said.contains("healthy disk"), "{said}");
    }

    #[test]
    fn credentials() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("haptik-token"), "t0ken").unwrap();
        let source = SecretSource::Credential("haptik-token".into());
        let found = read(&source, folder.path().to_str());
        assert_eq!(found.unwrap().expose(), "t0ken");
        let outcome = read(&source, None);
        assert!(matches!(outcome, Err(SecretError::NoCredentials { .. })));
    }

    #[test]
    fn debug_output_is_redacted() {
        assert_eq!(format!("{:?}", Secret::new("s3cr3t")), "[redacted]");
    }
}
