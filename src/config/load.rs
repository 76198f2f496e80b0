//! From a path to a checked configuration.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::document::Document;
use super::problem::{Problems, Report, Reported};
use super::section::ConfigSection;
use super::table::{admin, bot, haptik, lint, notify, source, wake};
use super::tree::{TomlTable, ValueOrigin};
use super::words::{ConfigWord, LogLevel};
use super::{Config, mask, overlay, tree};

/// The variable that names the configuration file.
pub(super) const CONFIG_VARIABLE: &str = "KMS_HAPTIK_SYNC_CONFIG";
/// Where the configuration file is when nobody says otherwise.
pub(super) const DEFAULT_PATH: &str = "/etc/kms-haptik-sync/config.toml";

/// Where it is in a folder to try things out in, when nobody says otherwise and there is none in `/etc`.
pub const LOCAL_PATH: &str = "./kms-haptik-sync.toml";

/// The configuration that the command line names, else the environment.
pub fn named(command_line: Option<PathBuf>) -> Option<PathBuf> {
    let variable = || std::env::var_os(CONFIG_VARIABLE).filter(|value| !value.is_empty());
    command_line.or_else(|| variable().map(PathBuf::from))
}

/// Where the configuration is: what is named, else `/etc`, else this folder.
pub fn locate(command_line: Option<PathBuf>) -> PathBuf {
    named(command_line).unwrap_or_else(|| usual(Path::exists))
}

/// The usual place that is taken; where none is, the first, as the place to put it.
fn usual(is_there: impl Fn(&Path) -> bool) -> PathBuf {
    let places = [DEFAULT_PATH, LOCAL_PATH];
    let found = places.into_iter().find(|place| is_there(Path::new(place)));
    found.unwrap_or(DEFAULT_PATH).into()
}

impl Config {
    /// Reads and checks a configuration file, with the environment (`std::env::vars_os()`) laid
    /// over it.
    pub fn load<K, V>(
        path: &Path,
        environment: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, Problems>
    where
        K: Into<OsString>,
        V: Into<OsString>,
    {
        let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let line = error.as_bytes()[..valid]
                .split(|byte| *byte == b'\n')
                .count();
            let message = format!("the file is not text in UTF-8, from line {line} on");
            Problems::file(path, message, "save it as UTF-8")
        })?;
        Self::parse(&text, path, environment)
    }

    /// Checks the text of a configuration file, with the environment laid over it. Nothing is
    /// read; `path` is what messages name, and relative paths begin in its folder.
    pub fn parse<K, V>(
        text: &str,
        path: &Path,
        environment: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, Problems>
    where
        K: Into<OsString>,
        V: Into<OsString>,
    {
        let (root, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            return Err(not_toml(text, path, &errors));
        }
        let masks = mask::of_tree(text, root.get_ref());
        let report = Report::new(Document::new(path, text, masks));
        let mut table = tree::table(root.get_ref());
        let ignored = overlay::apply(&mut table, environment, &report);
        let outcome = read(&report, table, path);
        let config = report.finish(outcome)?;
        Ok(Self {
            ignored_variables: ignored,
            ..config
        })
    }
}

fn read(report: &Report<'_>, table: TomlTable, path: &Path) -> Result<Config, Reported> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().unwrap_or(&path).to_owned();
    let root = ConfigSection::new(report, "", ValueOrigin::Absent, table);
    let state_dir = source::path(&root, "state_dir", &folder);
    let state = super::postgres::state(&root, &folder);
    let haptik = if root.has("haptik") {
        root.table("haptik")
            .and_then(|section| haptik::haptik(&section, &folder))
    } else {
        let hint =
            "add [haptik] with base_url, client_id and token, or base_url = \"sandbox\" alone";
        Err(report.add(&ValueOrigin::Absent, "there is no [haptik]", hint))
    };
    let history = root
        .table("history")
        .and_then(|section| haptik::history(&section));
    let freshness = root
        .table("freshness")
        .and_then(|section| haptik::freshness(&section));
    let freshness = freshness.and_then(|freshness| match &haptik {
        Ok(haptik) => haptik::check_until(&root, freshness, haptik),
        Err(_) => Ok(freshness),
    });
    let log_level = root
        .table("log")
        .and_then(|section| section.word::<LogLevel>("level"));
    let admin = root.optional("admin", |root, key| {
        admin::admin(&root.table(key)?, &folder)
    });
    let wake = root.optional("wake", |root, key| wake::wake(&root.table(key)?, &folder));
    let lint = root.table("lint").and_then(|section| lint::lint(&section));
    let bots = bot::bots(&root, &folder);
    let bots = match (&haptik, bots) {
        (Ok(haptik), Ok(bots)) => bot::channels(&root, haptik, bots),
        (_, bots) => bots,
    };
    let names = bots.as_ref().ok().map(|bots| {
        let names = bots.iter().map(|bot| bot.domain_name.clone());
        names.collect::<Vec<_>>()
    });
    let notify = root.optional("notify", |root, key| {
        notify::notify(&root.table(key)?, &folder, names.as_deref())
    });
    Ok(Config {
        path,
        state_dir: state_dir?,
        state: state?,
        haptik: haptik?,
        bots: bots?,
        history: history?,
        freshness: freshness?,
        log_level: log_level?.word(),
        admin: admin?,
        wake: wake?,
        notify: notify?,
        lint: lint?,
        ignored_variables: Vec::new(),
    })
}

fn unreadable(path: &Path, error: &std::io::Error) -> Problems {
    let remedy = "`kms-haptik-sync init` writes a commented configuration to begin with";
    let places = format!(
        "looked for by --config PATH, else {CONFIG_VARIABLE}, else {DEFAULT_PATH}, else {LOCAL_PATH}\n{remedy}"
    );
    match error.kind() {
        ErrorKind::NotFound => Problems::file(path, "there is no configuration file here", places),
        ErrorKind::PermissionDenied => Problems::file(
            path,
            "the configuration file may not be read by this user",
            "let the user that the service runs as read it, for example with chgrp and chmod g+r",
        ),
        _ => Problems::file(
            path,
            format!("the configuration file cannot be read: {error}"),
            places,
        ),
    }
}

fn not_toml(text: &str, path: &Path, errors: &[toml::de::Error]) -> Problems {
    let report = Report::new(Document::new(path, text, mask::of_broken(text)));
    let add = |error: &toml::de::Error| {
        let origin = error.span().map_or(ValueOrigin::Absent, ValueOrigin::File);
        report.add(&origin, error.message(), syntax_hint(error.message()))
    };
    let reported: Vec<Reported> = errors.iter().map(add).collect();
    match report.finish(reported.into_iter().next().map_or(Ok(()), Err)) {
        Err(problems) => problems,
        Ok(()) => Problems::file(path, "the file is not TOML", syntax_hint("")),
    }
}

fn syntax_hint(message: &str) -> &'static str {
    if message.contains("must be quoted") {
        "write a string: key = \"text\""
    } else if message.contains("duplicate key") {
        "a key or [table] is written once; put what belongs together in one place"
    } else if message.contains("key with no value") {
        "write key = value"
    } else if message.contains("unclosed") {
        "close what was opened"
    } else {
        "this is not TOML; https://toml.io shows how it is written"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_place_that_is_taken_counts() {
        let usual = |there: &[&str]| usual(|path| there.iter().any(|one| Path::new(one) == path));
        assert_eq!(usual(&[DEFAULT_PATH, LOCAL_PATH]), Path::new(DEFAULT_PATH));
        assert_eq!(usual(&[LOCAL_PATH]), Path::new(LOCAL_PATH));
        assert_eq!(usual(&[]), Path::new(DEFAULT_PATH));
    }
}
