//! Where sentences end, by the rules of Unicode (UAX #29). The library looks each character up; in Latin text
//! only a few places can be an end, and only their surroundings are given to it.

use unicode_segmentation::UnicodeSegmentation;

/// Where sentences begin after others. In plain Latin text only those that a blank stands before: nothing is
/// cut elsewhere.
pub(crate) fn sentence_starts(text: &str) -> Vec<usize> {
    if text.chars().all(is_plain) {
        return possible_starts(text)
            .filter(|(end, start)| is_start(text, *end, *start))
            .map(|(_, start)| start)
            .collect();
    }
    let all = text.split_sentence_bound_indices();
    all.map(|(start, _)| start).collect()
}

/// What ends no sentence but for the full stop, the exclamation and the question mark, and belongs to no
/// character beside it.
fn is_plain(character: char) -> bool {
    matches!(character, ' '..='~' | '\u{c0}'..='\u{17f}' | '–' | '—') || closes(character)
}

/// Quotes and brackets, which may stand between a full stop and the blank after it.
fn closes(character: char) -> bool {
    matches!(
        character,
        '"' | '\'' | '(' | ')' | '[' | ']' | '{' | '}' | '‘' | '’' | '“' | '”'
    )
}

/// Where a full stop or the like, what closes quotes and brackets, and blanks are over; each with the place of
/// that full stop.
fn possible_starts(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let ends = memchr::memchr3_iter(b'.', b'!', b'?', text.as_bytes());
    ends.filter_map(|end| {
        let closed = text[end + 1..].trim_start_matches(closes);
        let next = closed.trim_start_matches(' ');
        let is_possible = next.len() < closed.len() && !next.is_empty();
        is_possible.then_some((end, text.len() - next.len()))
    })
}

/// Whether the library begins a sentence there. What comes before the full stop has no say in it, and what
/// comes after the next letter or full stop neither.
fn is_start(text: &str, end: usize, start: usize) -> bool {
    let decides = |character: char| character.is_alphabetic() || ".!?".contains(character);
    let next = text[start..].find(decides).map(|at| start + at);
    // The one that decides is looked at with it.
    let until = next.map_or(text.len(), |at| text.ceil_char_boundary(at + 1));
    let mut starts = text[end..until].split_sentence_bound_indices();
    starts.any(|(at, _)| end + at == start)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sentences_end_where_unicode_says() {
        for (text, expected) in [
            ("", &[][..]),
            ("One. Two.", &[5]),
            ("One. two.", &[]),
            ("Is it? Yes! It is.", &[7, 12]),
            ("He said \"No.\" (Really.) And left.", &[14, 24]),
            ("At 9.30 a.m. we open.", &[]),
            ("See www.acme.example. Now.", &[22]),
            ("Wait... What?", &[8]),
            ("One. 2 more. 3.", &[13]),
            ("Größe. Farbe. über alles.", &[9]),
            ("Er sagt: “Nein.” Und geht.", &[21]),
            ("Good. 好。", &[0, 6]),
            ("好。好。", &[0, 6]),
            ("No end", &[]),
        ] {
            assert_eq!(sentence_starts(text), expected, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn latin_text_is_cut_as_the_library_cuts_it(text in "[aBéÉßſ×1 .?!\"'’“”)(\\[,:;/–—~-]{0,40}") {
            let all = text.split_sentence_bound_indices().map(|(start, _)| start);
            let after_blanks: Vec<usize> = all.filter(|start| text[..*start].ends_with(' ')).collect();
            prop_assert_eq!(sentence_starts(&text), after_blanks);
        }
    }
}
