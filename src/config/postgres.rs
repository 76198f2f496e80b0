//! Reads `state` and `state_password`: the database that the state is in, where that is no file.

use std::path::Path;

use reqwest::Url;

use super::Config;
use super::problem::Reported;
use super::secret::SecretSource;
use super::section::ConfigSection;
use super::table::haptik::is_loopback;
use super::token;

const EXAMPLE: &str = "for example state = \"postgres://kms@db.example.com/kms\"";

/// What may follow the `?`. Whatever else libpq knows would be left aside without a word.
const PARAMETERS: [&str; 4] = ["host", "options", "sslmode", "sslrootcert"];

/// A database of PostgreSQL that holds the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostgresState {
    /// Where it is, without a password.
    pub url: String,
    /// Where the password is kept; without one the database asks for none.
    pub password: Option<SecretSource>,
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

impl PostgresState {
    fn parsed(&self) -> Option<Url> {
        Url::parse(&self.url).ok()
    }

    /// Where it is, in words for people: user, host, port and database.
    pub fn place(&self) -> String {
        let end = self.url.find('?').unwrap_or(self.url.len());
        self.url[..end].to_owned()
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
    if !root.has("state") {
        return match password? {
            None => Ok(None),
            Some(_) => Err(root.wrong(
                "state_password",
                "`state_password` is for a database, and there is no `state`",
                EXAMPLE,
            )),
        };
    }
    let url = root.text("state").and_then(|text| checked(root, &text));
    Ok(Some(PostgresState {
        url: url?,
        password: password?,
    }))
}

fn checked(root: &ConfigSection<'_, '_>, text: &str) -> Result<String, Reported> {
    let wrong = |message: &str, hint: &str| Err(root.wrong("state", message, hint));
    let url = match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "postgres" | "postgresql") => url,
        _ => return wrong("`state` must begin with postgres://", EXAMPLE),
    };
    if url.password().is_some() || parameter(&url, "password").is_some() {
        let hint = "take it out, and say where it is kept: state_password = { env = \"KMS_DATABASE_PASSWORD\" }";
        return wrong("`state` must not hold a password", hint);
    }
    if url.path().trim_matches('/').is_empty() {
        return wrong("`state` does not name a database", EXAMPLE);
    }
    let mut known = url.query_pairs();
    if known.any(|(key, _)| !PARAMETERS.contains(&&*key)) {
        let hint = "after the ? only host, options, sslmode and sslrootcert are known";
        return wrong("`state` has a parameter that is not known", hint);
    }
    let verified = |mode: String| matches!(&*mode, "verify-full" | "verify-ca");
    if !is_local(&url) && !parameter(&url, "sslmode").is_none_or(verified) {
        let hint = "leave sslmode out, or write sslmode=verify-full; sslrootcert=/path names an authority of your own";
        return wrong(
            "`state` would send everything to a database that does not prove who it is",
            hint,
        );
    }
    Ok(text.to_owned())
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
