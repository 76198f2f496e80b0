//! What is odd about a text, as it is where bytes were read in the wrong encoding. Pure.

/// Characters that text in the languages of western Europe has beyond ASCII.
const WESTERN: &str =
    "äöüÄÖÜßéèêëàâáãåçñìíîïòóôõøùúûÿæœÉÈÊËÀÂÁÃÅÇÑÌÍÎÏÒÓÔÕØÙÚÛÆŒ€£¿¡«»„“”‘’‚–—…·°ºª§™®©\u{a0}";

/// How many characters beyond ASCII there are, and how many of them are odd.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Oddities {
    pub(crate) all: usize,
    odd: usize,
    western: usize,
}

impl Oddities {
    pub(crate) fn add(&mut self, other: &Self) {
        self.all += other.all;
        self.odd += other.odd;
        self.western += other.western;
    }

    /// Whether it reads like text: next to nothing is odd.
    pub(crate) fn is_plausible(&self) -> bool {
        self.odd * 25 <= self.all
    }

    /// Whether it has nothing but what languages of western Europe have.
    pub(crate) fn is_western(&self) -> bool {
        self.western == self.all
    }
}

/// Counts them.
pub(crate) fn oddities(text: &str) -> Oddities {
    let mut found = Oddities::default();
    let mut before = ' ';
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        if !c.is_ascii() {
            let behind = characters.peek().copied().unwrap_or(' ');
            found.all += 1;
            found.odd += usize::from(is_odd(before, c, behind));
            found.western += usize::from(WESTERN.contains(c));
        }
        before = c;
    }
    found
}

/// Whether a character does not fit between those beside it.
fn is_odd(before: char, c: char, behind: char) -> bool {
    let is_control = ('\u{80}'..='\u{9f}').contains(&c) || c == '\u{fffd}';
    let joins = matches!(c, '’' | '\'' | '–' | '—' | '·' | '\u{ad}' | '…' | '\u{a0}');
    let is_sign_in_a_word = !c.is_alphanumeric() && !joins && is_latin(before) && is_latin(behind);
    let is_capital_in_a_word = c.is_uppercase() && before.is_lowercase();
    let of = |other: char| script(other).zip(script(c)).is_some_and(|(a, b)| a != b);
    is_control || is_sign_in_a_word || is_capital_in_a_word || of(before) || of(behind)
}

fn is_latin(c: char) -> bool {
    script(c) == Some(Alphabet::Latin)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Alphabet {
    Latin,
    Greek,
    Cyrillic,
    Hebrew,
    Arabic,
    Thai,
}

/// The script of a letter, if it is one of those that no word mixes.
fn script(c: char) -> Option<Alphabet> {
    Some(match c {
        _ if !c.is_alphabetic() => return None,
        'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' => Alphabet::Latin,
        '\u{370}'..='\u{3ff}' => Alphabet::Greek,
        '\u{400}'..='\u{52f}' => Alphabet::Cyrillic,
        '\u{590}'..='\u{5ff}' => Alphabet::Hebrew,
        '\u{600}'..='\u{6ff}' => Alphabet::Arabic,
        '\u{e00}'..='\u{e7f}' => Alphabet::Thai,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_in_the_wrong_encoding_is_odd() {
        for (text, expected) in [
            ("Größe für Männer, 5 €", 0),
            ("l’hôtel – déjà", 0),
            ("Вы можете", 0),
            // German of the old Macintosh and of DOS, and Russian, read as text of the west.
            ("Gršs§e", 1),
            ("cafŽ", 1),
            ("h„tte", 1),
            ("f\u{81}r", 1),
            ("GrцЯe", 2),
        ] {
            assert_eq!(oddities(text).odd, expected, "{text}");
        }
    }

    #[test]
    fn letters_of_the_east_are_not_western() {
        assert!(oddities("Größe, café, mañana").is_western());
        assert!(!oddities("zapłacić").is_western());
    }
}
