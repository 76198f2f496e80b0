//! Keys, tokens and passwords: those that say by their beginning whose they are, and values of which it is said
//! what they are and that no person would have written.

use super::SensitiveSpan;
use crate::model::Sensitive;

/// How a secret begins, how many characters follow at least, and what it is.
const BEGINNINGS: [(&str, usize, &str); 33] = [
    ("AKIA", 16, "an access key of AWS"),
    ("ASIA", 16, "an access key of AWS"),
    ("ghp_", 36, "a token of GitHub"),
    ("gho_", 36, "a token of GitHub"),
    ("ghu_", 36, "a token of GitHub"),
    ("ghs_", 36, "a token of GitHub"),
    ("ghr_", 36, "a token of GitHub"),
    ("github_pat_", 22, "a token of GitHub"),
    ("glpat-", 20, "a token of GitLab"),
    ("xoxb-", 20, "a token of Slack"),
    ("xoxp-", 20, "a token of Slack"),
    ("xoxa-", 20, "a token of Slack"),
    ("xoxr-", 20, "a token of Slack"),
    ("xoxs-", 20, "a token of Slack"),
    ("xapp-", 20, "a token of Slack"),
    ("sk_live_", 16, "a key of Stripe"),
    ("rk_live_", 16, "a key of Stripe"),
    ("sk_test_", 16, "a key of Stripe"),
    ("whsec_", 24, "a signing secret of a webhook"),
    ("sk-ant-", 20, "a key of Anthropic"),
    ("sk-proj-", 20, "a key of OpenAI"),
    ("sk-", 40, "a key of OpenAI"),
    ("AIza", 35, "a key of Google"),
    ("ya29.", 20, "a token of Google"),
    ("SG.", 40, "a key of SendGrid"),
    ("npm_", 36, "a token of npm"),
    ("pypi-", 40, "a token of PyPI"),
    ("dop_v1_", 40, "a token of DigitalOcean"),
    ("hf_", 30, "a token of Hugging Face"),
    ("shpat_", 32, "a token of Shopify"),
    ("SK", 32, "a key of Twilio"),
    ("AGE-SECRET-KEY-", 40, "a key of age"),
    ("rzp_live_", 14, "a key of Razorpay"),
];
/// Names of values that are secret, without case and signs.
const NAMES: [&str; 11] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "authorization",
    "bearer",
    "credential",
];
/// What stands in the place of a secret.
const PLACEHOLDERS: [&str; 8] = [
    "example",
    "your",
    "xxxx",
    "....",
    "****",
    "changeme",
    "placeholder",
    "dummy",
];
/// In an address.
const WORDS: [&str; 6] = ["password", "pass", "pwd", "secret", "token", "pw"];
/// Shorter words are no keys.
const SHORTEST: usize = 16;
/// So many letters and digits in a row, and so many bits in each, does no person write.
const IN_A_ROW: usize = 12;
const BITS: f64 = 3.0;
/// So many bytes before a value its name may stand, so that a long text costs no more than its length.
const NEAR: usize = 64;

pub(super) fn find(text: &str, found: &mut Vec<SensitiveSpan>) {
    for (start, word) in words(text) {
        by_beginning(start, word, found);
        by_name(text, start, word, found);
    }
    private_keys(text, found);
    in_addresses(text, found);
}

fn span(range: std::ops::Range<usize>, words: &'static str) -> SensitiveSpan {
    SensitiveSpan {
        range,
        kind: Sensitive::Secret,
        words,
    }
}

const fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/' | b'+' | b'=' | b'~')
}

/// The runs of characters of which keys are made that are long enough for one.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = &text.as_bytes()[at..];
            let start = at + rest.iter().position(|byte| is_of_word(*byte))?;
            let rest = &text.as_bytes()[start..];
            let length = rest.iter().take_while(|byte| is_of_word(**byte)).count();
            at = start + length;
            if length >= SHORTEST {
                return Some((start, &text[start..at]));
            }
        }
    })
}

fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    PLACEHOLDERS.iter().any(|word| lower.contains(word))
}

fn by_beginning(start: usize, word: &str, found: &mut Vec<SensitiveSpan>) {
    for (beginning, least, words) in BEGINNINGS {
        let Some(at) = word.find(beginning) else {
            continue;
        };
        let before = word[..at].bytes().next_back();
        let is_within = before.is_some_and(|byte| byte.is_ascii_alphanumeric());
        let value = &word[at..];
        let value = value.trim_end_matches(['.', '=', '/', '~']);
        let rest = &value[beginning.len()..];
        let has_both = rest.bytes().any(|byte| byte.is_ascii_digit())
            && rest.bytes().any(|byte| byte.is_ascii_alphabetic());
        if !is_within && rest.len() >= least && has_both && !is_placeholder(value) {
            found.push(span(start + at..start + at + value.len(), words));
        }
    }
    if let Some(at) = word.find("eyJ")
        && word[at..].split('.').count() >= 3
        && word[at..]
            .split('.')
            .nth(1)
            .is_some_and(|part| part.starts_with("eyJ"))
    {
        found.push(span(start + at..start + word.len(), "a signed token (JWT)"));
    }
}

/// `api_key=...`, `Password: ...`, `Bearer ...`.
fn by_name(text: &str, start: usize, word: &str, found: &mut Vec<SensitiveSpan>) {
    let inner = word.trim_end_matches('=');
    let (name, at) = match inner.find('=') {
        Some(sign) => (&inner[..sign], sign + 1),
        None => (name_before(&text[..start]), 0),
    };
    let name: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let value = word[at..].trim_end_matches('.');
    if NAMES.iter().any(|known| name.ends_with(known)) && is_random(value) {
        let value = start + at..start + at + value.len();
        found.push(span(value, "a key or a password"));
    }
}

/// The word before a value, where a sign between them says that it is the value's name.
fn name_before(before: &str) -> &str {
    let quotes = [' ', '"', '\'', '`', '*', '\u{a0}'];
    let near =
        (before.len().saturating_sub(NEAR)..=before.len()).find(|at| before.is_char_boundary(*at));
    let before = &before[near.unwrap_or(before.len())..];
    let trimmed = before.trim_end_matches(quotes);
    let named = trimmed.strip_suffix([':', '=']);
    let is_bearer = |text: &str| {
        let tail = text.len().checked_sub(6).and_then(|at| text.get(at..));
        tail.is_some_and(|tail| tail.eq_ignore_ascii_case("bearer"))
    };
    let name = match named {
        Some(named) => named.trim_end_matches(quotes),
        None if is_bearer(trimmed) => trimmed,
        None => return "",
    };
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ' ');
    let start = name.rfind(|c| !is_of_name(c));
    let start = start.map_or(0, |at| {
        at + name[at..].chars().next().map_or(1, char::len_utf8)
    });
    &name[start..]
}

/// Whether no person would have written that: letters and digits without an order.
fn is_random(value: &str) -> bool {
    let runs = value.split(|c: char| !c.is_ascii_alphanumeric());
    let longest = runs.max_by_key(|run| run.len()).unwrap_or_default();
    let has = |is: fn(&u8) -> bool| longest.as_bytes().iter().any(is);
    value.len() >= SHORTEST
        && longest.len() >= IN_A_ROW
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_alphabetic)
        && bits(longest) >= BITS
        && !is_placeholder(value)
}

/// Bits in each character, by how often each stands there.
#[expect(clippy::cast_precision_loss, reason = "words are short")]
fn bits(word: &str) -> f64 {
    let mut counts = [0_usize; 128];
    for byte in word.bytes() {
        counts[usize::from(byte & 127)] += 1;
    }
    let all = word.len() as f64;
    let shares = counts.iter().filter(|count| **count > 0);
    shares
        .map(|count| {
            let share = *count as f64 / all;
            -share * share.log2()
        })
        .sum()
}

fn private_keys(text: &str, found: &mut Vec<SensitiveSpan>) {
    let mut read_to = 0;
    for (start, _) in text.match_indices("-----BEGIN ") {
        if start < read_to {
            continue;
        }
        let rest = &text[start..];
        let head = rest.char_indices().nth(NEAR);
        let head = &rest[..head.map_or(rest.len(), |(end, _)| end)];
        if head.contains("PRIVATE KEY") {
            let end = rest.find("-----END ").map_or(rest.len(), |end| {
                let line = rest[end..].find('\n');
                line.map_or(rest.len(), |line| end + line)
            });
            read_to = start + end;
            found.push(span(start..read_to, "a private key"));
        }
    }
}

/// `https://user:password@host`.
fn in_addresses(text: &str, found: &mut Vec<SensitiveSpan>) {
    for (at, sign) in text.match_indices("://") {
        let start = at + sign.len();
        let rest = &text[start..];
        let ends = |c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '<' | '>');
        let authority = &rest[..rest.find(ends).unwrap_or(rest.len())];
        let Some((user, _)) = authority.rsplit_once('@') else {
            continue;
        };
        let Some((name, password)) = user.split_once(':') else {
            continue;
        };
        let is_word = WORDS.iter().any(|word| word.eq_ignore_ascii_case(password));
        let is_gap = password.is_empty() || password.contains(['{', '$', '*']);
        if !is_word && !is_gap && !is_placeholder(password) {
            let from = start + name.len() + 1;
            found.push(span(
                from..from + password.len(),
                "a password in an address",
            ));
        }
    }
}
