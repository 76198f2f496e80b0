//! Characters that cannot be seen, and words that are put together from two scripts.

use unicode_script::{Script, UnicodeScript};

use super::rule::Rule;
use super::view::{View, quoted};
use super::{Said, mojibake};

/// Greek letters that look like Latin ones; others stand beside Latin letters for good reasons (kΩ).
const LOOK_LATIN: &str = "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαικνορτυχ";

pub(super) fn judge(view: &View, said: &mut Vec<Said>) {
    for (field, text) in view.texts() {
        if text.is_ascii() {
            continue;
        }
        if let Some(what) = invisible(text) {
            said.push(Said::new(Rule::InvisibleCharacter, &*field, what));
        }
        if let Some(what) = mojibake::found(text) {
            said.push(Said::new(Rule::Mojibake, &*field, what));
        }
        if let Some(what) = mixed(text) {
            said.push(Said::new(Rule::MixedScripts, field, what));
        }
    }
}

/// The first character that cannot be seen and serves no script.
fn invisible(text: &str) -> Option<String> {
    let mut before = None;
    let mut characters = text.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        let after = characters.peek().map(|(_, next)| *next);
        if let Some(name) = name(c)
            && !serves(c, before, after)
        {
            let word = text[..at].rsplit(char::is_whitespace).next();
            let word = word.unwrap_or_default();
            let place = if word.is_empty() {
                format!("in {}", quoted(&text[at + c.len_utf8()..]))
            } else {
                format!("after {}", quoted(word))
            };
            return Some(format!("U+{:04X} ({name}) {place}", u32::from(c)));
        }
        before = Some(c);
    }
    None
}

const fn name(c: char) -> Option<&'static str> {
    Some(match c {
        '\u{ad}' => "soft hyphen",
        '\u{180e}' => "Mongolian vowel separator",
        '\u{200b}' => "zero width space",
        '\u{200c}' => "zero width non-joiner",
        '\u{200d}' => "zero width joiner",
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => "direction override or isolate",
        '\u{2060}'..='\u{2064}' => "word joiner or invisible operator",
        '\u{feff}' => "byte order mark",
        '\u{e0000}'..='\u{e007f}' => "tag character",
        _ => return None,
    })
}

/// Joiners and zero width spaces shape emoji and several scripts; tags make flags.
fn serves(c: char, before: Option<char>, after: Option<char>) -> bool {
    let shaped = |c: Option<char>| c.is_some_and(|c| !c.is_ascii() && !c.is_whitespace());
    match c {
        '\u{200b}'..='\u{200d}' => shaped(before) && shaped(after) && !is_latin(before),
        '\u{180e}' => before.is_some_and(|c| c.script() == Script::Mongolian),
        '\u{e0000}'..='\u{e007f}' => {
            matches!(before, Some('\u{1f3f4}' | '\u{e0000}'..='\u{e007f}'))
        }
        _ => false,
    }
}

fn is_latin(c: Option<char>) -> bool {
    c.is_some_and(|c| c.script() == Script::Latin)
}

/// The first word with letters of two scripts that look alike.
fn mixed(text: &str) -> Option<String> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    words.filter(|word| !word.is_ascii()).find_map(|word| {
        let has = |script| word.chars().any(|c| c.script() == script);
        if !has(Script::Latin) {
            return None;
        }
        let greek = || word.chars().filter(|c| c.script() == Script::Greek);
        let other = if has(Script::Cyrillic) {
            "Cyrillic"
        } else if has(Script::Greek) && greek().all(|c| LOOK_LATIN.contains(c)) {
            "Greek"
        } else {
            return None;
        };
        Some(format!("{} has Latin and {other} letters", quoted(word)))
    })
}
