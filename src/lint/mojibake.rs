//! Text in UTF-8 that somebody read as windows-1252 before it came here.

use encoding_rs::WINDOWS_1252;

/// The first such run of characters, and what it was.
pub(super) fn found(text: &str) -> Option<String> {
    let runs = text.split(|c: char| c.is_ascii());
    let mut repaired = runs.filter_map(|run| Some((run, repaired(run)?)));
    repaired
        .next()
        .map(|(run, was)| format!("`{run}`, which was `{was}`"))
}

/// What a run of characters beyond ASCII was, if all of it was written in two or three characters each.
fn repaired(run: &str) -> Option<String> {
    let (bytes, _, is_lossy) = WINDOWS_1252.encode(run);
    let is_candidate = run.chars().nth(1).is_some() && !is_lossy;
    let text = is_candidate.then(|| std::str::from_utf8(&bytes).ok())??;
    // A capital before a closing quotation mark, as in «CAFÉ», is what it is.
    let is_quoted = run.chars().nth(1) == Some('»') && text.chars().count() == 1;
    (!is_quoted && text.chars().all(is_usual)).then(|| text.to_owned())
}

/// Whether languages have such a character.
const fn is_usual(c: char) -> bool {
    matches!(c,
        '\u{a0}'..='\u{17f}'
        | '\u{370}'..='\u{3ff}'
        | '\u{400}'..='\u{45f}'
        | '\u{2010}'..='\u{203a}'
        | '\u{20ac}'
        | '\u{2122}'
        | '\u{3000}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{ff00}'..='\u{ffef}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_repaired_is_told() {
        for (text, expected) in [
            ("GrÃ¶ÃŸe", Some("`Ã¶ÃŸ`, which was `öß`")),
            ("itâ€™s", Some("`â€™`, which was `’`")),
            ("5 â‚¬", Some("`â‚¬`, which was `€`")),
            ("Ð¾Ñ‚Ð²ÐµÑ‚", Some("`Ð¾Ñ‚Ð²ÐµÑ‚`, which was `ответ`")),
            ("Größe, «CAFÉ», SÃO, «IRMÃ»", None),
            ("éè", None),
            ("plain", None),
        ] {
            assert_eq!(found(text).as_deref(), expected, "{text}");
        }
    }
}
