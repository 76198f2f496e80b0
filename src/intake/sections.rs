//! What pages with a heading for each question have in common, in Markdown and in HTML. Pure.

/// A heading of a page.
#[derive(Debug)]
pub(crate) struct Heading {
    /// 1 is the highest.
    pub(crate) level: usize,
    pub(crate) text: String,
    /// Where it begins.
    pub(crate) start: usize,
    /// Where what it heads begins.
    pub(crate) end: usize,
}

/// The level whose headings are questions: at least two of them, and at least half of those on
/// that level, end with a question mark. Pages with other headings are articles with chapters.
pub(crate) fn asking_level(headings: &[Heading]) -> Option<usize> {
    (1..=6).find(|level| {
        let on_level = headings.iter().filter(|heading| heading.level == *level);
        let (asking, all) = on_level.fold((0, 0), |(asking, all), heading| {
            (asking + usize::from(asks(&heading.text)), all + 1)
        });
        asking >= 2 && asking * 2 >= all
    })
}

/// Whether a text ends with a question mark, of whatever script.
pub(crate) fn asks(text: &str) -> bool {
    text.trim_end()
        .ends_with(['?', '\u{ff1f}', '\u{61f}', '\u{37e}'])
}

/// A heading as the last part of an address, as GitHub makes it.
pub(crate) fn slug(text: &str) -> String {
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join("-")
}

/// A file's path without its extension: what the article in it is known by.
pub(crate) fn stem(file: &str) -> &str {
    let name = file.rsplit('/').next().unwrap_or(file);
    match name.rfind('.') {
        Some(dot) if dot > 0 => &file[..file.len() - name.len() + dot],
        _ => file,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_and_stems() {
        assert_eq!(slug("How do I pay, by `card`?"), "how-do-i-pay-by-card");
        assert_eq!(slug("Größe?"), "größe");
        assert_eq!(stem("a.b/how-to.pay.md"), "a.b/how-to.pay");
        assert_eq!(stem("a.b/.md"), "a.b/.md");
    }

    #[test]
    fn chapters_are_no_questions() {
        let headings = |texts: &[(usize, &str)]| {
            let heading = |(level, text): &(usize, &str)| Heading {
                level: *level,
                text: (*text).to_owned(),
                start: 0,
                end: 0,
            };
            texts.iter().map(heading).collect::<Vec<_>>()
        };
        let page = headings(&[(1, "FAQ"), (2, "How?"), (2, "Why?"), (3, "More")]);
        assert_eq!(asking_level(&page), Some(2));
        let article = headings(&[(1, "How?"), (2, "By card"), (2, "What if?"), (2, "Cash")]);
        assert_eq!(asking_level(&article), None);
    }
}
