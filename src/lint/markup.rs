//! Markup that a customer would see: tags and entities of HTML, and signs that are opened and not
//! closed.

use super::Said;
use super::rule::Rule;
use super::view::{View, cut, quoted};
use crate::text::markup_signs::is_element;

/// Elements that say little about whether a text is HTML, but are leftovers where they stand.
const FURTHER: [&str; 11] = [
    "br", "button", "form", "hr", "img", "input", "script", "tbody", "th", "thead", "video",
];

pub(super) fn judge(view: &View, said: &mut Vec<Said>) {
    for (field, text) in view.texts() {
        if let Some(seen) = tag(text).or_else(|| entity(text)) {
            let what = format!("{} in {}", cut(seen), quoted(text));
            said.push(Said::new(Rule::Html, &*field, what));
        }
        if let Some(open) = unbalanced(text) {
            let what = format!("{open} is not closed in {}", quoted(text));
            said.push(Said::new(Rule::UnbalancedMarkup, field, what));
        }
    }
}

/// The first tag.
fn tag(text: &str) -> Option<&str> {
    // Behind the last `>` nothing is closed, and so that none is looked for twice, the next one is kept.
    let mut closings = text.match_indices('>').map(|(at, _)| at).peekable();
    text.match_indices('<').find_map(|(at, _)| {
        let rest = &text[at + 1..];
        let name = rest.strip_prefix('/').unwrap_or(rest);
        let end = name.find(|c: char| !c.is_ascii_alphanumeric())?;
        let from = text.len() - name.len() + end;
        while closings.next_if(|closing| *closing < from).is_some() {}
        let closed = closings.peek()? - from;
        let name_is = |further: &&str| further.eq_ignore_ascii_case(&name[..end]);
        // Others, such as `<name>`, may well be meant as text.
        let known = is_element(&name[..end]) || FURTHER.iter().any(name_is);
        // Behind the name stands nothing, a slash, or attributes.
        let parted = name[end..].starts_with(['>', '/', ' ', '\n', '\t']);
        (known && parted).then(|| &text[at..=from + closed])
    })
}

/// The first entity.
fn entity(text: &str) -> Option<&str> {
    text.match_indices('&').find_map(|(at, _)| {
        let rest = &text[at + 1..];
        // A name has at most ten letters, so nothing is looked for beyond.
        let near = &rest.as_bytes()[..rest.len().min(11)];
        let end = near.iter().position(|byte| *byte == b';');
        let end = end.filter(|end| *end >= 2)?;
        let name = &rest[..end];
        let numeric = name.strip_prefix('#').is_some_and(|number| {
            let hexadecimal = number.strip_prefix(['x', 'X']);
            match hexadecimal {
                Some(digits) => !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit()),
                None => number.bytes().all(|b| b.is_ascii_digit()),
            }
        });
        let named = name.bytes().all(|b| b.is_ascii_alphabetic());
        (numeric || named).then(|| &text[at..at + end + 2])
    })
}

/// The first sign that is opened and not closed.
fn unbalanced(text: &str) -> Option<&'static str> {
    for sign in ["```", "**"] {
        if text.matches(sign).count() % 2 == 1 {
            return Some(sign);
        }
    }
    let opened = text.matches("{{").count();
    if opened != text.matches("}}").count() {
        return Some("{{");
    }
    let link = text.rfind("](")?;
    let after = &text[link..];
    (!after.contains(')')).then_some("[…](")
}
