//! Reads `token = { env = ... }`: where a secret is kept, never the secret itself.

use std::path::Path;

use super::problem::Reported;
use super::secret::SecretSource;
use super::section::ConfigSection;
use super::tree::{Node, TomlValue};

/// Longer than any name that a person gives to a variable, shorter than most tokens.
const LONGEST_NAME: usize = 64;

/// Reads the `token` of a table, if it has one.
pub(super) fn read(
    section: &ConfigSection<'_, '_>,
    folder: &Path,
) -> Result<Option<SecretSource>, Reported> {
    read_as(section, "token", folder)
}

/// The same, where it is called otherwise.
pub(super) fn read_as(
    section: &ConfigSection<'_, '_>,
    key: &str,
    folder: &Path,
) -> Result<Option<SecretSource>, Reported> {
    match section.given(key) {
        None => Ok(None),
        Some(Node {
            value: TomlValue::Table(_),
            ..
        }) => source(&section.table(key)?, folder).map(Some),
        Some(_) => Err(section.wrong(
            key,
            "a token does not belong in the file",
            forms(section, key),
        )),
    }
}

/// Reports that the token is missing.
pub(super) fn missing(section: &ConfigSection<'_, '_>) -> Reported {
    missing_as(section, "token")
}

/// The same, where it is called otherwise.
pub(super) fn missing_as(section: &ConfigSection<'_, '_>, key: &str) -> Reported {
    section.missing_because(key, "", forms(section, key))
}

fn forms(section: &ConfigSection<'_, '_>, name: &str) -> String {
    let forms = [
        ("env", "an environment variable"),
        ("file", "a file"),
        ("credential", "a systemd credential"),
    ];
    let line = |(form, words): (&str, &str)| {
        let key = format!("{}.{form}", section.below(name));
        let example = super::settings::find(&key).map_or("", |setting| setting.example());
        format!("{name} = {{ {form} = {example} }}  ({words})")
    };
    format!("say where it is kept:\n{}", forms.map(line).join("\n"))
}

/// Reads where a secret is kept.
pub(super) fn source(
    section: &ConfigSection<'_, '_>,
    folder: &Path,
) -> Result<SecretSource, Reported> {
    let given = ["env", "file", "credential"].map(|form| section.has(form).then_some(form));
    let mut given = given.into_iter().flatten();
    let Some(form) = given.next() else {
        let hint = "give one of env, file and credential";
        return Err(section.report.add(
            &section.origin,
            "`token` does not say where it is kept",
            hint,
        ));
    };
    if let Some(second) = given.next() {
        let message = format!("`token` names two places, `{form}` and `{second}`");
        let hint = "keep one of env, file and credential";
        return Err(section.wrong(second, message, hint));
    }
    let text = section.text(form)?;
    match form {
        "env" if !is_variable(&text) => Err(section.wrong(
            form,
            "`env` is not the name of an environment variable",
            "write the variable's name, such as HAPTIK_TOKEN, and never the token itself",
        )),
        "env" => Ok(SecretSource::Env(text)),
        "file" => super::table::path(section, form, folder).map(SecretSource::File),
        _ if text.contains(['/', '\0']) || text.starts_with('.') => Err(section.wrong(
            form,
            "`credential` is not the name of a systemd credential",
            "write the name that LoadCredential= gives it, without a path",
        )),
        _ => Ok(SecretSource::Credential(text)),
    }
}

/// Strict, so that a token that was pasted here is found before any message could name it.
fn is_variable(text: &str) -> bool {
    text.len() <= LONGEST_NAME
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
