//! Links and images that are more than text: while bubbles are cut, a mark that no input can hold and
//! that takes no room stands for each.

use std::borrow::Cow;

/// Begins a mark. Control characters of the input never get as far as this.
pub(crate) const MARK: char = '\u{2}';
/// The second character of a mark counts from here, in a plane for private use.
const FIRST: u32 = 0xF_0000;
/// More than this in one answer stay text.
const MOST: u32 = 1000;

/// What a mark stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    /// A link, the mark before its first word.
    Link {
        /// Where it leads.
        url: String,
        /// Its words.
        text: String,
    },
    /// An image.
    Image {
        /// Where it is.
        url: String,
        /// What is said in its place.
        text: String,
    },
}

/// Remembers one, and gives its mark while there is room.
pub(crate) fn add(media: &mut Vec<Media>, one: Media) -> Option<String> {
    let number = u32::try_from(media.len()).ok().filter(|n| *n < MOST)?;
    let number = char::from_u32(FIRST + number)?;
    media.push(one);
    Some([MARK, number].iter().collect())
}

/// The text without marks.
pub(crate) fn without_marks(text: &str) -> Cow<'_, str> {
    if !text.contains(MARK) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut parts = text.split(MARK);
    clean.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let mut characters = part.chars();
        characters.next();
        clean.push_str(characters.as_str());
    }
    Cow::Owned(clean)
}

/// What the marks in a text stand for, in their order.
pub(crate) fn marked<'m>(text: &str, media: &'m [Media]) -> Vec<&'m Media> {
    if media.is_empty() {
        return Vec::new();
    }
    let numbers = text.split(MARK).skip(1).filter_map(|part| {
        let number = u32::from(part.chars().next()?).checked_sub(FIRST)?;
        usize::try_from(number).ok()
    });
    numbers.filter_map(|number| media.get(number)).collect()
}
