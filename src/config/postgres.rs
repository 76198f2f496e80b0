//! Reads `state` and `state_password`: the database that the state is in, where that is no file.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use reqwest::Url;

use super::Config;
use super::problem::Reported;
use super::secret::SecretSource;
use super::section::ConfigSection;
use super::table::haptik::is_loopback;
use super::token;

const EXAMPLE: &str = "for example state = \"postgres://kms@db.example.com/kms\"";

/// The default of `state_lease`, for what has no configuration.
const LEASE: Duration = Duration::from_secs(10);

const SHORTEST_LEASE: Duration = Duration::from_secs(1);

/// What may follow the `?`. Whatever else libpq knows would be left aside without a word.
const PARAMETERS: [&str; 4] = ["host", "options", "sslmode", "sslrootcert"];

/// A database of PostgreSQL that holds the state.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresState {
    /// Where it is. A configuration holds no password here; a command line may.
    pub url: String,
    /// Where the password is kept; without one the database asks for none.
    pub password: Option<SecretSource>,
    /// How long who works on it may be silent before another one takes over.
    pub lease: Duration,
}

impl Config {
    /// Where the state is, in words for people.
    pub fn state_place(&self) -> String {
        let folder = || self.state_dir.display().to_string();
        self.state
            .as_ref()
            .map_or_else(folder, PostgresState::place)
    }
}

impl fmt::Debug for PostgresState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresState")
            .field("url", &self.place())
            .field("password", &self.password)
            .field("lease", &self.lease)
            .finish()
    }
}

impl PostgresState {
    /// One that a command line names, or what is wrong with it and what to write. It may hold its password;
    /// else it is kept at `password`, if it has any.
    pub fn named(text: &str, password: Option<SecretSource>) -> Result<Self, String> {
        let url = database(text).map_err(|(problem, hint)| format!("it {problem}; {hint}"))?;
        Ok(Self {
            password: password.filter(|_| url.password().is_none()),
            url: text.to_owned(),
            lease: LEASE,
        })
    }

    fn parsed(&self) -> Option<Url> {
        Url::parse(&self.url).ok()
    }

    /// Where it is, in words for people: user, host, port and database.
    pub fn place(&self) -> String {
        let end = self.url.find('?').unwrap_or(self.url.len());
        let place = &self.url[..end];
        match self.parsed() {
            Some(mut url) if url.password().is_some() => {
                url.set_query(None);
                // It has a host, as there is something before it.
                let _ = url.set_password(None);
                url.into()
            }
            _ => place.to_owned(),
        }
    }

    /// Whether its address holds its password.
    pub fn holds_password(&self) -> bool {
        self.parsed().is_some_and(|url| url.password().is_some())
    }

    /// Whether it is reached without leaving this machine.
    pub fn is_local(&self) -> bool {
        self.parsed().is_some_and(|url| is_local(&url))
    }

    /// Whether the address says how it proves who it is.
    pub fn says_sslmode(&self) -> bool {
        self.parsed()
            .is_some_and(|url| parameter(&url, "sslmode").is_some())
    }
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    let mut pairs = url.query_pairs();
    let found = pairs.find(|(key, _)| key == name);
    found.map(|(_, value)| value.into_owned())
}

fn is_local(url: &Url) -> bool {
    match parameter(url, "host") {
        Some(host) => host.starts_with('/'),
        None => is_loopback(url),
    }
}

/// Reads `state` and `state_password`.
pub(super) fn state(
    root: &ConfigSection<'_, '_>,
    folder: &Path,
) -> Result<Option<PostgresState>, Reported> {
    let password = token::read_as(root, "state_password", folder);
    let lease = root.duration("state_lease");
    if !root.has("state") {
        let mut alone = ["state_password", "state_lease"].into_iter();
        password?;
        return match alone.find(|key| root.has(key)) {
            None => Ok(None),
            Some(key) => {
                let problem = format!("`{key}` is for a database, and there is no `state`");
                Err(root.wrong(key, problem, EXAMPLE))
            }
        };
    }
    let url = root.text("state").and_then(|text| checked(root, &text));
    let lease = lease.and_then(|lease| {
        if lease < SHORTEST_LEASE {
            let problem = "`state_lease` is shorter than 1 s";
            let hint = "a database takes its time, too; leave it out, or write for example state_lease = \"10s\"";
            return Err(root.wrong("state_lease", problem, hint));
        }
        Ok(lease)
    });
    Ok(Some(PostgresState {
        url: url?,
        password: password?,
        lease: lease?,
    }))
}

fn checked(root: &ConfigSection<'_, '_>, text: &str) -> Result<String, Reported> {
    let wrong = |problem: &str, hint: &str| root.wrong("state", format!("`state` {problem}"), hint);
    let url = Url::parse(text);
    let has_password = |url: &Url| url.password().is_some() || parameter(url, "password").is_some();
    if is_postgres(text) && url.is_ok_and(|url| has_password(&url)) {
        let hint = "take it out, and say where it is kept: state_password = { env = \"KMS_DATABASE_PASSWORD\" }";
        return Err(wrong("must not hold a password", hint));
    }
    match database(text) {
        Ok(_) => Ok(text.to_owned()),
        Err((problem, hint)) => Err(wrong(problem, hint)),
    }
}

/// Whether it is meant to be an address of PostgreSQL.
pub fn is_postgres(text: &str) -> bool {
    let scheme = text.split(':').next().unwrap_or_default();
    text.len() > scheme.len()
        && ["postgres", "postgresql"]
            .iter()
            .any(|known| scheme.eq_ignore_ascii_case(known))
}

/// The address of a database, or what is wrong with it and what to write.
fn database(text: &str) -> Result<Url, (&'static str, &'static str)> {
    let url = match Url::parse(text) {
        Ok(url) if is_postgres(text) => url,
        _ => return Err(("must begin with postgres://", EXAMPLE)),
    };
    if url.path().trim_matches('/').is_empty() {
        return Err(("does not name a database", EXAMPLE));
    }
    let mut known = url.query_pairs();
    if known.any(|(key, _)| !PARAMETERS.contains(&&*key)) {
        let hint = "after the ? only host, options, sslmode and sslrootcert are known";
        return Err(("has a parameter that is not known", hint));
    }
    let verified = |mode: String| matches!(&*mode, "verify-full" | "verify-ca");
    if !is_local(&url) && !parameter(&url, "sslmode").is_none_or(verified) {
        let hint = "leave sslmode out, or write sslmode=verify-full; sslrootcert=/path names an authority of your own";
        return Err((
            "would send everything to a database that does not prove who it is",
            hint,
        ));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn read(lines: &str) -> Result<Option<PostgresState>, String> {
        let text = format!(
            "{lines}\n[haptik]\nbase_url = 'sandbox'\n[[bot]]\ndomain_name = 'acme'\nupload_effect = 'merge'\n\
             [[bot.source]]\nfolder = 'export'\n"
        );
        let none: [(&str, &str); 0] = [];
        Config::parse(&text, Path::new("/etc/kms/config.toml"), none)
            .map(|config| config.state)
            .map_err(|problems| problems.to_string())
    }

    #[test]
    fn a_database_is_read_with_where_its_password_is_kept() {
        assert_eq!(read("state_dir = 'state'"), Ok(None));
        let state = read(
            "state = 'postgres://kms@db.example.com:6432/kms?sslrootcert=/ca.pem'\n\
             state_password = { env = 'KMS_PASSWORD' }",
        );
        let state = state.unwrap().unwrap();
        assert_eq!(
            state.password,
            Some(SecretSource::Env("KMS_PASSWORD".into()))
        );
        assert_eq!(state.place(), "postgres://kms@db.example.com:6432/kms");
        assert_eq!(state.lease, LEASE);
        assert!(!state.is_local() && !state.says_sslmode());
        for local in [
            "postgres://kms@127.0.0.1/kms?sslmode=disable",
            "postgresql://kms@localhost/kms",
            "postgres:///kms?host=/var/run/postgresql",
        ] {
            let state = read(&format!("state = '{local}'")).unwrap().unwrap();
            assert!(state.is_local(), "{local}");
        }
    }

    #[test]
    fn a_command_line_may_hold_a_password_and_nothing_shows_it() {
        let kept = || Some(SecretSource::Env("KMS_PASSWORD".into()));
        let url = "postgres://kms:s3cr%40t@db.example.com:6432/kms?sslrootcert=/ca.pem";
        let given = PostgresState::named(url, kept()).unwrap();
        assert_eq!((&*given.url, &given.password), (url, &None));
        assert_eq!(given.place(), "postgres://kms@db.example.com:6432/kms");
        assert!(!format!("{given:?}").contains("s3cr"), "{given:?}");
        let without = PostgresState::named("postgres://kms@db.example.com/kms", kept());
        assert_eq!(without.unwrap().password, kept());
        for (url, said) in [
            (
                "postgres://me:s3cr3t@db.example.com",
                "does not name a database",
            ),
            (
                "postgres://me:s3cr3t@db/kms?sslmode=require",
                "does not prove who it is",
            ),
            (
                "postgres://db/kms?password=s3cr3t",
                "a parameter that is not known",
            ),
        ] {
            let told = PostgresState::named(url, None).unwrap_err();
            assert!(told.contains(said) && !told.contains("s3cr3t"), "{told}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (lines, said) in [
            ("state = 'mysql://db/kms'", "must begin with postgres://"),
            ("state = 'kms.db'", "must begin with postgres://"),
            (
                "state = 'postgres://me:s3cr3t@db/kms'",
                "must not hold a password",
            ),
            (
                "state = 'postgres://db/kms?password=s3cr3t'",
                "must not hold a password",
            ),
            (
                "state = 'postgres://db.example.com'",
                "does not name a database",
            ),
            (
                "state = 'postgres://db/kms?ssl=off'",
                "a parameter that is not known",
            ),
            (
                "state = 'postgres://db/kms?sslmode=require'",
                "does not prove who it is",
            ),
            ("state_password = { env = 'A' }", "there is no `state`"),
            ("state_lease = '20s'", "there is no `state`"),
            (
                "state = 'postgres://db/kms'\nstate_lease = '999ms'",
                "shorter than 1 s",
            ),
            (
                "state = 'postgres://db/kms'\nstate_password = 's3cr3t'",
                "does not belong in the file",
            ),
        ] {
            let told = read(lines).unwrap_err();
            assert!(told.contains(said), "{lines}\n{told}");
            assert!(!told.contains("s3cr3t"), "{told}");
        }
    }
}
