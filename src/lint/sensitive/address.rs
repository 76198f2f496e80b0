//! Addresses that only a private network knows: those of RFC 1918, and hosts below `.local` and `.internal`.

use super::SensitiveSpan;
use crate::model::Sensitive;

const ENDS: [&str; 2] = [".local", ".internal"];

pub(super) fn find(text: &str, found: &mut Vec<SensitiveSpan>) {
    let mut at = 0;
    for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))) {
        let start = at;
        at += word.len()
            + text[at + word.len()..]
                .chars()
                .next()
                .map_or(0, char::len_utf8);
        let trimmed = word.trim_end_matches('.');
        let words = if is_private(trimmed) {
            "an address of a private network"
        } else if is_host(trimmed) {
            "a host of a private network"
        } else {
            continue;
        };
        found.push(SensitiveSpan {
            range: start..start + trimmed.len(),
            kind: Sensitive::PrivateAddress,
            words,
        });
    }
}

fn is_private(word: &str) -> bool {
    if !word.starts_with('1') {
        return false;
    }
    let parts: Option<Vec<u8>> = word.split('.').map(|part| part.parse().ok()).collect();
    match parts.as_deref() {
        Some([10, _, _, _] | [192, 168, _, _]) => true,
        Some([172, second, _, _]) => (16..32).contains(second),
        _ => false,
    }
}

fn is_host(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    ENDS.iter().any(|end| {
        lower
            .strip_suffix(end)
            .is_some_and(|host| host.ends_with(|c: char| c.is_ascii_alphanumeric()))
    })
}
