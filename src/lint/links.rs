//! Addresses: whether they can lead anywhere, and whether encrypted. By their form alone; nobody
//! is called.

use reqwest::Url;

use super::rule::Rule;
use super::view::{LintAnswer, View, answer, cut};
use super::{Said, hsl};

pub(super) fn judge(view: &View, said: &mut Vec<Said>) {
    for (field, text) in view.texts() {
        for link in in_text(text) {
            said.extend(verdict(link).map(|(rule, what)| Said::new(rule, &*field, what)));
        }
    }
    for (at, one) in view.answers.iter().enumerate() {
        if let LintAnswer::Hsl(element) = one {
            for link in hsl::links(element) {
                said.extend(verdict(link).map(|(rule, what)| Said::new(rule, answer(at), what)));
            }
        }
    }
}

/// The address, where a text is nothing else.
pub(super) fn alone(text: &str) -> Option<&str> {
    let mut words = text.split_whitespace();
    let only = words.next()?;
    if words.next().is_some() {
        return None;
    }
    let link = in_text(only).next()?;
    // What stands around it may be brackets and a full stop.
    let around = only.len() - link.len();
    (around <= 2).then_some(link)
}

/// What is wrong with an address.
fn verdict(link: &str) -> Option<(Rule, String)> {
    let broken = |why: &str| Some((Rule::BrokenLink, format!("{} {why}", cut(link))));
    let Some((scheme, rest)) = link.split_once(':') else {
        return broken("has no https:// before it");
    };
    let scheme = scheme.to_ascii_lowercase();
    match &*scheme {
        "http" | "https" => {}
        _ if strsim::levenshtein(&scheme, "https") <= 2 => {
            return broken("does not begin with https://");
        }
        // Telephone numbers, mail and apps have addresses of their own.
        _ if !rest.is_empty() => return None,
        _ => return broken("leads nowhere"),
    }
    if !rest.starts_with("//") {
        return broken(&format!("lacks the // after {scheme}:"));
    }
    let url = match Url::parse(link) {
        Ok(url) => url,
        Err(error) => return broken(&format!("is no address: {error}")),
    };
    let host = url.host_str().unwrap_or_default();
    let is_numeric = host.starts_with('[');
    if !is_numeric && !host.trim_matches('.').contains('.') {
        return broken(&format!(
            "names the host {}, which customers cannot reach",
            cut(host)
        ));
    }
    (scheme == "http").then(|| (Rule::InsecureLink, cut(link).into_owned()))
}

/// What is meant as an address of the web in a text.
fn in_text(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| {
        c.is_whitespace() || matches!(c, '<' | '>' | '"' | '|' | '“' | '”' | '«' | '»')
    })
    .filter_map(in_word)
}

fn in_word(word: &str) -> Option<&str> {
    let start = start(word)?;
    let mut link = &word[start..];
    // In [words](address) and (address) the bracket is not part of it, in /a_(b) it is.
    for (open, close) in [('(', ')'), ('[', ']')] {
        if let Some(end) = link.find(close)
            && !link[..end].contains(open)
        {
            link = &link[..end];
        }
    }
    let link = link.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '’', '…', '*', '_']);
    (!link.is_empty()).then_some(link)
}

/// Where an address begins in a word: at its scheme, also where that is misspelled.
fn start(word: &str) -> Option<usize> {
    if let Some(at) = word.find("://") {
        let letters = word[..at].bytes().rev();
        let letters = letters.take_while(u8::is_ascii_alphabetic).count();
        let scheme = word[at - letters..at].to_ascii_lowercase();
        let of_web = strsim::levenshtein(&scheme, "https") <= 2;
        return (letters > 0 && of_web).then_some(at - letters);
    }
    let lower = word.to_ascii_lowercase();
    ["https:", "http:", "https//", "http//"]
        .into_iter()
        .find_map(|head| {
            let at = lower.find(head)?;
            let follows = lower[at + head.len()..].trim_start_matches('/');
            follows.contains('.').then_some(at)
        })
}
