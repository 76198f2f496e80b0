//! Why a state in PostgreSQL cannot be used, in words that say what to do.

use std::path::PathBuf;

use thiserror::Error;

use crate::config::SecretError;

/// Why the database could not be reached, read or written, and what to do.
#[derive(Debug, Error)]
pub enum DatabaseError {
    /// Nobody answers, or no more.
    #[error(
        "the database of the state cannot be reached ({cause}): {place}; nothing is lost, and the sync goes on automatically when it answers. Check that it runs, and that this machine may reach it"
    )]
    Away {
        /// Where it is.
        place: String,
        /// Why.
        cause: String,
    },
    /// What answers cannot prove who it is.
    #[error(
        "the database of the state cannot prove who it is ({cause}): {place}; if it has a certificate of an authority of your own, name its file in `state` with ?sslrootcert=/path"
    )]
    Untrusted {
        /// Where it is.
        place: String,
        /// Why.
        cause: String,
    },
    /// It does not know the user, or the password is wrong.
    #[error(
        "the database of the state does not let this user in ({cause}): {place}; check the user in `state`, and the password where `state_password` says that it is kept"
    )]
    Refused {
        /// Where it is.
        place: String,
        /// What it says.
        cause: String,
    },
    /// It has no such database.
    #[error(
        "there is no such database ({cause}): {place}; create it and give it to the user of `state`, for example with createdb --owner USER NAME"
    )]
    Missing {
        /// Where it should be.
        place: String,
        /// What it says.
        cause: String,
    },
    /// The user may not do what is needed.
    #[error(
        "the user of `state` may not do what is needed ({cause}): {place}; make it the owner of the database"
    )]
    Forbidden {
        /// Where it is.
        place: String,
        /// What it says.
        cause: String,
    },
    /// It only reads.
    #[error(
        "the database of the state is read-only at present: {place}; is it a replica? Point `state` at the primary; nothing is lost, and the sync goes on automatically when it can write"
    )]
    ReadOnly {
        /// Where it is.
        place: String,
    },
    /// It has no connection left.
    #[error(
        "the database of the state takes no more connections ({cause}): {place}; each process needs a few. Let the user have more, or raise max_connections; nothing is lost, and the sync goes on automatically"
    )]
    Crowded {
        /// Where it is.
        place: String,
        /// What it says.
        cause: String,
    },
    /// It has not done in time what was asked.
    #[error(
        "the database of the state is too slow ({cause}): {place}; see what it is busy with, or what holds a lock (pg_stat_activity). Nothing is lost, and it is tried again automatically"
    )]
    Slow {
        /// Where it is.
        place: String,
        /// What it says.
        cause: String,
    },
    /// A pooler answers in its place.
    #[error(
        "what answers is not PostgreSQL itself but a pooler such as PgBouncer ({cause}): {place}; name the address of the database in `state`. A pooler gives a session to several processes, and who may write is a matter of the session"
    )]
    Pooled {
        /// Where it is.
        place: String,
        /// What it says.
        cause: String,
    },
    /// It has no room left.
    #[error(
        "the database of the state has no room left ({cause}): {place}; free some, and the sync goes on from where it was"
    )]
    Full {
        /// Where it is.
        place: String,
        /// What it says.
        cause: String,
    },
    /// Its tables are of something else.
    #[error(
        "the database holds tables of something else, and was left as it is: {place}; give the state a database of its own"
    )]
    Foreign {
        /// Where it is.
        place: String,
    },
    /// A newer version has written it.
    #[error(
        "the state was written by a newer version of kms-haptik-sync (it knows migration {version}, this one does not): {place}; install that version again"
    )]
    Newer {
        /// Where it is.
        place: String,
        /// The migration that is not known here.
        version: i64,
    },
    /// An older version has written it, and this command does not write.
    #[error(
        "the state was written by an older version of kms-haptik-sync: {place}; start the daemon or run `--sync-now` once, so that it is brought up to date"
    )]
    Older {
        /// Where it is.
        place: String,
    },
    /// It knows nothing, and something here does.
    #[error(
        "the database of the state knows of no bot, and {left} is of an earlier life of this service: {place}; restore a backup of the database. If it was emptied on purpose, delete {left} as well: then nothing is known of what is live, everything is uploaded afresh, and where uploads replace, live steps whose articles are gone by now go without being held"
    )]
    Emptied {
        /// Where it is.
        place: String,
        /// What is here.
        left: PathBuf,
    },
    /// What stands in it cannot be read back.
    #[error(
        "what stands in the database of the state cannot be read ({cause}): {place}; restore a backup of the database, or give the state an empty one: then everything is uploaded afresh, which is safe for the bot"
    )]
    Damaged {
        /// Where it is.
        place: String,
        /// What is wrong.
        cause: String,
    },
    /// Another process works on it.
    #[error(
        "{holder} works on this state since {since}: {place}; run the command there, or stop that process first"
    )]
    Held {
        /// Where it is.
        place: String,
        /// The process and its machine.
        holder: String,
        /// Since when.
        since: String,
    },
    /// Another process works on it by now.
    #[error(
        "another process works on this state by now, and this one has written nothing more: {place}; a daemon stands by from now on, and a command is to be run again"
    )]
    Deposed {
        /// Where it is.
        place: String,
    },
    /// The lease may have run out in the middle of an upload.
    #[error(
        "this process did not renew its hold on the state in time: {place}; the end of the upload was not sent, because another process may have taken over. The upload is sent again automatically, by the process that works on the state then"
    )]
    Overslept {
        /// Where it is.
        place: String,
    },
    /// A text that it cannot store.
    #[error(
        "PostgreSQL cannot store this ({cause}): {place}; take the character out where the text comes from"
    )]
    Unstorable {
        /// Where it is.
        place: String,
        /// What it is.
        cause: String,
    },
    /// This program cannot.
    #[error(
        "this program was built without PostgreSQL; take one of the packages, or build it with --features postgres"
    )]
    NotBuiltIn,
    /// Where the password is kept, nothing usable is.
    #[error(transparent)]
    Password(#[from] SecretError),
    /// Anything else.
    #[error("the database of the state: {cause}: {place}")]
    Other {
        /// Where it is.
        place: String,
        /// What it says.
        cause: String,
    },
}

crate::text::samples! {
    DatabaseError {
        Away => [Self::Away { place: gap(), cause: gap() }],
        Untrusted => [Self::Untrusted { place: gap(), cause: gap() }],
        Refused => [Self::Refused { place: gap(), cause: gap() }],
        Missing => [Self::Missing { place: gap(), cause: gap() }],
        Forbidden => [Self::Forbidden { place: gap(), cause: gap() }],
        ReadOnly => [Self::ReadOnly { place: gap() }],
        Crowded => [Self::Crowded { place: gap(), cause: gap() }],
        Slow => [Self::Slow { place: gap(), cause: gap() }],
        Pooled => [Self::Pooled { place: gap(), cause: gap() }],
        Full => [Self::Full { place: gap(), cause: gap() }],
        Foreign => [Self::Foreign { place: gap() }],
        Newer => [Self::Newer { place: gap(), version: 1 }],
        Older => [Self::Older { place: gap() }],
        Emptied => [Self::Emptied { place: gap(), left: gap() }],
        Damaged => [Self::Damaged { place: gap(), cause: gap() }],
        Held => [Self::Held { place: gap(), holder: gap(), since: gap() }],
        Deposed => [Self::Deposed { place: gap() }],
        Overslept => [Self::Overslept { place: gap() }],
        Unstorable => [Self::Unstorable { place: gap(), cause: gap() }],
        NotBuiltIn => [Self::NotBuiltIn],
        Password => [],
        Other => [Self::Other { place: gap(), cause: gap() }],
    }
}

/// Whether a handshake has ended because of the certificate of the other side.
fn is_of_certificate(error: &std::io::Error) -> bool {
    let within = error.get_ref().and_then(|error| error.downcast_ref());
    matches!(within, Some(rustls::Error::InvalidCertificate(_)))
}

/// What an error of the database means that a person can do something about.
pub(in crate::store) fn describe(place: &str, error: &sqlx::Error) -> DatabaseError {
    let place = place.to_owned();
    let Some(told) = error.as_database_error() else {
        let cause = error.to_string();
        return match error {
            sqlx::Error::Tls(_) => DatabaseError::Untrusted { place, cause },
            sqlx::Error::Io(error) if is_of_certificate(error) => {
                let cause = error.to_string();
                DatabaseError::Untrusted { place, cause }
            }
            sqlx::Error::Encode(cause) => DatabaseError::Unstorable {
                place,
                cause: cause.to_string(),
            },
            sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
                DatabaseError::Away { place, cause }
            }
            _ => DatabaseError::Other { place, cause },
        };
    };
    let cause = told.message().to_owned();
    let code = told.code().unwrap_or_default();
    match &*code {
        "28P01" | "28000" => DatabaseError::Refused { place, cause },
        "3D000" | "3F000" => DatabaseError::Missing { place, cause },
        "42501" => DatabaseError::Forbidden { place, cause },
        "25006" => DatabaseError::ReadOnly { place },
        "KM001" => DatabaseError::Deposed { place },
        "53300" => DatabaseError::Crowded { place, cause },
        "57014" | "55P03" | "40001" | "40P01" => DatabaseError::Slow { place, cause },
        "08P01" if cause.contains("startup parameter") => DatabaseError::Pooled { place, cause },
        // This process was silent for too long in the middle of a piece of work.
        "25P03" => DatabaseError::Away { place, cause },
        code if code.starts_with("53") => DatabaseError::Full { place, cause },
        code if code.starts_with("08") || code.starts_with("57P") => {
            DatabaseError::Away { place, cause }
        }
        _ => DatabaseError::Other { place, cause },
    }
}
