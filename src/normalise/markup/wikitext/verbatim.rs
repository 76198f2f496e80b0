//! Parts of wikitext in which nothing is markup, and parts that are never shown.

use std::fmt::Write as _;

enum Fate {
    Dropped,
    /// Kept as text.
    Text,
    /// Kept as text with its line breaks.
    Lines,
}

/// An element, and what becomes of what stands in it.
const ELEMENTS: [(&str, Fate); 7] = [
    ("nowiki", Fate::Text),
    ("pre", Fate::Lines),
    ("syntaxhighlight", Fate::Lines),
    ("source", Fate::Lines),
    ("ref", Fate::Dropped),
    ("gallery", Fate::Dropped),
    ("templatedata", Fate::Dropped),
];

/// A text in which whatever could be markup is markup.
pub(crate) struct ProtectedText {
    pub(crate) text: String,
    /// Whether words were dropped that readers of the wiki see.
    pub(crate) has_dropped: bool,
}

/// The text without comments and footnotes, and with entities for all markup in verbatim parts.
pub(crate) fn protected(wikitext: &str) -> ProtectedText {
    let mut has_dropped = false;
    let mut kept = String::with_capacity(wikitext.len());
    // An end that was not found once is not looked for again.
    let mut endless = [false; ELEMENTS.len()];
    let mut rest = wikitext;
    while let Some(at) = rest.find('<') {
        kept.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let element = (0..ELEMENTS.len()).find(|index| opens(rest, ELEMENTS[*index].0));
        if let Some(index) = element.filter(|index| !endless[*index]) {
            if let Some((inside, length)) = part(rest, ELEMENTS[index].0) {
                let (name, fate) = &ELEMENTS[index];
                let is_shown = *name != "templatedata" && !inside.trim().is_empty();
                has_dropped |= matches!(fate, Fate::Dropped) && is_shown;
                keep(inside, fate, &mut kept);
                rest = &rest[length..];
                continue;
            }
            endless[index] = true;
        }
        kept.push('<');
        rest = &rest[1..];
    }
    let text = kept + rest;
    ProtectedText { text, has_dropped }
}

fn opens(text: &str, name: &str) -> bool {
    let after = text[1..].strip_prefix(name);
    after.is_some_and(|after| after.starts_with(['>', '/', ' ', '\n']))
}

/// What stands in the element that a text begins with, and the length of the whole.
fn part<'a>(text: &'a str, name: &str) -> Option<(&'a str, usize)> {
    let begin = text.find('>')? + 1;
    if text[..begin].ends_with("/>") {
        return Some(("", begin));
    }
    let end = format!("</{name}>");
    let length = text[begin..].find(&end)?;
    Some((&text[begin..begin + length], begin + length + end.len()))
}

fn keep(inside: &str, fate: &Fate, kept: &mut String) {
    if let Fate::Dropped = fate {
        return;
    }
    let lines = matches!(fate, Fate::Lines);
    kept.push_str(if lines { "<pre>" } else { "" });
    for character in inside.chars() {
        // Entities stay what they are, in verbatim text too.
        if character == '\n' && lines
            || character.is_ascii_punctuation() && !"&;#".contains(character)
        {
            let _ = write!(kept, "&#{};", u32::from(character));
        } else {
            kept.push(character);
        }
    }
    kept.push_str(if lines { "</pre>" } else { "" });
}
