//! Finds what must not be shown of a configuration: the values of keys that could hold a secret,
//! mistyped ones included. What is wrongly masked costs a little comfort; what is wrongly shown
//! costs a token, so every doubt is masked.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::settings;

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
    collect_table(root, false, &mut masks);
    merged(masks)
}

fn collect_table(table: &DeTable<'_>, secret: bool, masks: &mut Vec<Range<usize>>) {
    for (key, value) in table {
        let secret = secret || looks_secret(key.get_ref());
        collect_value(value, secret, masks);
    }
}

fn collect_value(value: &Spanned<DeValue<'_>>, secret: bool, masks: &mut Vec<Range<usize>>) {
    match value.get_ref() {
        DeValue::Table(table) => collect_table(table, secret, masks),
        DeValue::Array(items) => {
            for item in items {
                collect_value(item, secret, masks);
            }
        }
        DeValue::String(text) if carries_login(text) => masks.push(value.span()),
        _ if secret => masks.push(value.span()),
        _ => {}
    }
}

/// A URL may hold a password before `@` and a token in its query.
fn carries_login(text: &str) -> bool {
    (text.contains("://") || text.contains("//")) && text.contains(['@', '?', '#'])
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
        let from = if carries_login(line) {
            Some(line.find(['=', ':']).map_or(0, |at| at + 1))
        } else {
            secret_from(line.split('#').next().unwrap_or(line))
        };
        if let Some(from) = from {
            masks.push(start + from..start + line.len());
            unfinished = !finished(line[from..].trim());
        }
    }
    merged(masks)
}

/// Where the values begin in a line that has a key that could hold a secret; the end of the line
/// where the value, or the table that the line heads, is yet to come.
fn secret_from(line: &str) -> Option<usize> {
    let in_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
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
                "token = ~\n~\n~\n[x]\na = 1",
            ),
            ("token\n= s3cr3t", "token\n~"),
            ("[secrets]\na = \"s3cr3t", "[secrets]\n~"),
            ("a = 1oo # token = s3cr3t", "a = 1oo #~"),
            ("u = \"https://me:s3cr3t@host", "u =~"),
            ("client_id = acme", "client_id = acme"),
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
