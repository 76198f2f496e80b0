//! Finds what must not be shown of a configuration: the texts of all keys that are not known to be
//! harmless, mistyped ones included. What is wrongly masked costs a little comfort; what is wrongly
//! shown costs a token, so every doubt is masked.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::settings;
use super::settings::SettingKind;

const SECRET_WORDS: &[&str] = &[
    "token",
    "secret",
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "credential",
    "bearer",
    "auth",
    "key",
    "jwt",
];

/// Whether a key could be meant to hold a secret.
pub(super) fn looks_secret(key: &str) -> bool {
    let key = key.to_lowercase();
    let joined: String = key.chars().filter(|c| c.is_alphanumeric()).collect();
    let known = |part: &str| {
        settings::all()
            .flat_map(|setting| setting.key.split('.'))
            .any(|known| known.trim_end_matches("[]") == part && !matches!(part, "token" | "auth"))
    };
    let suspicious = |part: &str| !known(part) && SECRET_WORDS.iter().any(|word| close(part, word));
    !known(&key)
        && (suspicious(&joined)
            || key
                .split(|c: char| !c.is_alphanumeric())
                .any(|part| !part.is_empty() && suspicious(part)))
}

fn close(part: &str, word: &str) -> bool {
    let tolerance = if word.len() < 5 { 1 } else { 2 };
    part.contains(word) || strsim::osa_distance(part, word) <= tolerance
}

/// The stretches to mask in a document that is whole TOML.
pub(super) fn of_tree(text: &str, root: &DeTable<'_>) -> Vec<Range<usize>> {
    let mut masks = of_comments(text);
    collect_table(root, ShownKeys::Words, &mut masks);
    merged(masks)
}

fn collect_table(table: &DeTable<'_>, shown: ShownKeys, masks: &mut Vec<Range<usize>>) {
    for (key, value) in table {
        collect_value(value, shown.below(key.get_ref()), masks);
    }
}

fn collect_value(value: &Spanned<DeValue<'_>>, shown: ShownKeys, masks: &mut Vec<Range<usize>>) {
    let is_shown = match value.get_ref() {
        DeValue::Table(table) => return collect_table(table, shown, masks),
        DeValue::Array(items) => {
            for item in items {
                collect_value(item, shown, masks);
            }
            return;
        }
        DeValue::String(text) => shown.text(text),
        _ => shown != ShownKeys::Nothing,
    };
    if !is_shown {
        masks.push(value.span());
    }
}

/// What may be shown of the values below a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ShownKeys {
    /// What no address with a path, a query or a login stands in.
    Words,
    /// Addresses of hosts, numbers and flags: any text could be a secret.
    Hosts,
    /// The same, and so in everything below: a person chose the keys there, of headers or parameters.
    Entries,
    /// Nothing.
    Nothing,
}

impl ShownKeys {
    /// What is so of a key that stands in a table of which this is so.
    fn below(self, key: &str) -> Self {
        match self {
            Self::Nothing => Self::Nothing,
            _ if looks_secret(key) => Self::Nothing,
            Self::Entries => Self::Entries,
            _ => of_key(key),
        }
    }

    fn text(self, text: &str) -> bool {
        match self {
            Self::Words => is_only_a_host(text) || !text.contains("//"),
            Self::Hosts | Self::Entries => is_only_a_host(text),
            Self::Nothing => false,
        }
    }
}

/// Keys of settings whose text is an address, or what follows one: receivers and knowledge bases
/// take keys there.
const ADDRESSES: &[&str] = &[
    "url",
    "alive_url",
    "feed",
    "path",
    "below",
    "auth_check",
    "proxy",
    "token_url",
];

/// What may be shown of a key by its name alone, in whichever table it stands.
fn of_key(key: &str) -> ShownKeys {
    let settings = || settings::all().filter(|setting| setting.name() == key);
    if settings().any(|setting| matches!(setting.kind, SettingKind::Entries)) {
        ShownKeys::Entries
    } else if settings().next().is_some() && !ADDRESSES.contains(&key) {
        ShownKeys::Words
    } else {
        ShownKeys::Hosts
    }
}

/// A URL may hold a password before `@`, a key in its path and a token in its query.
fn is_only_a_host(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else {
        return false;
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    matches!(scheme, "http" | "https")
        && !rest.is_empty()
        && rest
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte))
}

/// The stretches to mask in a document that is not TOML, where no value can be trusted to end
/// where it seems to.
pub(super) fn of_broken(text: &str) -> Vec<Range<usize>> {
    let mut masks = of_comments(text);
    let mut unfinished = false;
    for (start, line) in lines(text) {
        if unfinished && !line.trim_start().starts_with('[') {
            masks.push(start..start + line.len());
            continue;
        }
        unfinished = false;
        if let Some(from) = hidden_from(line.split('#').next().unwrap_or(line)) {
            masks.push(start + from..start + line.len());
            unfinished = !finished(line[from..].trim());
        }
    }
    merged(masks)
}

/// From where on a line is hidden: from the value of a key that is not known to be harmless.
fn hidden_from(line: &str) -> Option<usize> {
    if let Some(from) = secret_from(line) {
        return Some(from);
    }
    let is_header = line.trim().starts_with('[') && line.trim().ends_with(']');
    let Some(equals) = line.find(['=', ':']) else {
        let mut words = line
            .split(|c: char| !in_word(c))
            .filter(|word| !word.is_empty());
        let is_shown = is_header
            || words
                .next()
                .is_none_or(|key| of_key(key) == ShownKeys::Words);
        return (!is_shown).then_some(0);
    };
    let key = line[..equals].trim_matches(|c: char| !in_word(c));
    let keys = || {
        key.split('.')
            .map(|part| part.trim_matches(|c: char| !in_word(c)))
    };
    let shown = keys().fold(ShownKeys::Words, ShownKeys::below);
    // More keys may follow in a table within the line, with values of their own.
    let value = &line[equals + 1..];
    let is_shown = shown == ShownKeys::Words && !value.contains(['=', '{']) && shown.text(value);
    (!is_shown).then_some(equals + 1)
}

fn in_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}

/// Where the values begin in a line that has a key that could hold a secret; the end of the line
/// where the value, or the table that the line heads, is yet to come.
fn secret_from(line: &str) -> Option<usize> {
    let mut start = 0;
    let mut suspicious = None;
    for piece in line.split_inclusive(|c| !in_word(c)) {
        let word = piece.trim_end_matches(|c| !in_word(c));
        if !word.is_empty() && looks_secret(word) {
            suspicious.get_or_insert(start + word.len());
        }
        start += piece.len();
    }
    let word_end = suspicious?;
    let first_value = line.find(['=', ':']).unwrap_or(line.len());
    let rest = &line[word_end.min(first_value)..];
    let value = rest.trim_start_matches(['"', '\'', ']']);
    let value = value.trim_start_matches([' ', '\t', '=', ':']);
    Some(line.len() - value.len())
}

/// Whether a value that has to be masked surely ends on its own line.
fn finished(value: &str) -> bool {
    let closed_by = |quote: &str| {
        !value.starts_with(&quote.repeat(3)) && value.len() > 1 && value[1..].contains(quote)
    };
    match value.chars().next() {
        None | Some('[') => false,
        Some('"') => closed_by("\""),
        Some('\'') => closed_by("'"),
        Some('{') => value.contains('}'),
        Some(_) => true,
    }
}

/// A comment may hold a setting that somebody switched off.
fn of_comments(text: &str) -> Vec<Range<usize>> {
    let mut masks = Vec::new();
    for (start, line) in lines(text) {
        let Some(hash) = line.find('#') else { continue };
        let mut words = line[hash..].split(|c: char| !c.is_alphanumeric() && c != '_');
        if words.any(|word| !word.is_empty() && looks_secret(word)) {
            masks.push(start + hash + 1..start + line.len());
        }
    }
    masks
}

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_inclusive('\n').scan(0, |next, line| {
        let start = *next;
        *next += line.len();
        Some((start, line.trim_end_matches(['\n', '\r'])))
    })
}

fn merged(mut masks: Vec<Range<usize>>) -> Vec<Range<usize>> {
    masks.retain(|mask| !mask.is_empty());
    masks.sort_by_key(|mask| mask.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    for mask in masks {
        match merged.last_mut() {
            Some(last) if mask.start <= last.end => last.end = last.end.max(mask.end),
            _ => merged.push(mask),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_could_hold_a_secret() {
        for key in [
            "token",
            "tokn",
            "toekn",
            "Token",
            "haptik_token",
            "apikey",
            "api_key",
            "kye",
            "passwrd",
            "client-secret",
            "authorization",
            "credentials",
            "bearer",
        ] {
            assert!(looks_secret(key), "{key}");
        }
        for setting in settings::all() {
            let name = setting.name();
            assert!(!looks_secret(name), "{name}");
        }
        assert!(!looks_secret("folders"));
        assert!(!looks_secret("pollling"));
    }

    #[test]
    fn broken_lines() {
        let cases = [
            ("token = s3cr3t", "token = ~"),
            ("token: s3cr3t", "token: ~"),
            ("token \"s3cr3t\"", "token ~"),
            ("haptik.token = \"s3cr3t", "haptik.token = ~"),
            ("\"token\" = s3cr3t", "\"token\" = ~"),
            ("x = { tokn = \"s3cr3t\"", "x = ~"),
            ("token =\n\"s3cr3t\"", "token =\n~"),
            (
                "token = \"\"\"\ns3cr3t==\nmore\n[x]\na = 1",
                "token = ~\n~\n~\n[x]\na =~",
            ),
            ("token\n= s3cr3t", "token\n~"),
            ("[secrets]\na = \"s3cr3t", "[secrets]\n~"),
            ("settle = 1oo # token = s3cr3t", "settle = 1oo #~"),
            ("u = \"https://me:q7x9@host", "u =~"),
            ("feed = \"https://host/q7x9", "feed =~"),
            ("urll = q7x9", "urll =~"),
            ("notify = { url = q7x9", "notify =~"),
            ("client_id = https://host/q7x9", "client_id =~"),
            ("query.name = q7x9", "query.name =~"),
            ("q7x9", "~"),
            ("client_id = acme", "client_id = acme"),
            ("[[bot.source]]\nsettle = 2s", "[[bot.source]]\nsettle = 2s"),
            ("polling 3", "~"),
            ("settle", "settle"),
        ];
        for (text, expected) in cases {
            let mut shown = text.to_owned();
            for mask in of_broken(text).into_iter().rev() {
                shown.replace_range(mask, "~");
            }
            assert_eq!(shown, expected);
        }
    }
}
