//! A parsed number format: its sections, and what each of them is made of. Pure.

use std::iter::Peekable;
use std::str::Chars;

/// One part of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FormatPart {
    /// What stands there as it is.
    Text(String),
    /// `0`, `#` or `?`.
    Digit(char),
    Point,
    Comma,
    Percent,
    Exponent,
    /// A letter of a date or time, and how many of it.
    Date(char, usize),
    /// A time that does not restart after a day, an hour or a minute.
    Elapsed(char, usize),
    AmPm,
    /// Names of months and days are English.
    English,
    /// What a cell with text says.
    Cell,
}

impl FormatPart {
    pub(crate) fn is_digit(&self) -> bool {
        matches!(self, Self::Digit(_))
    }
}

/// What is shown of a value of one sign.
pub(crate) struct FormatSection(pub(crate) Vec<FormatPart>);

impl FormatSection {
    /// Whether it shows a date or a time.
    pub(crate) fn is_date(&self) -> bool {
        let mut parts = self.0.iter();
        parts.any(|part| matches!(part, FormatPart::Date(..) | FormatPart::Elapsed(..)))
    }

    /// By how many places the point moves to the right: percents, and commas behind the last digit.
    pub(crate) fn shift(&self) -> i32 {
        let percents = self.0.iter().filter(|part| **part == FormatPart::Percent);
        let behind = self.0.iter().rev();
        let behind = behind.skip_while(|part| !part.is_digit() && **part != FormatPart::Comma);
        let commas = behind.take_while(|part| **part == FormatPart::Comma);
        let count = |parts: usize| i32::try_from(parts).unwrap_or_default();
        2 * count(percents.count()) - 3 * count(commas.count())
    }

    /// Whether a comma stands between two of these digits.
    pub(crate) fn groups(parts: &[FormatPart]) -> bool {
        let first = parts.iter().position(FormatPart::is_digit);
        let last = parts.iter().rposition(FormatPart::is_digit);
        first
            .zip(last)
            .is_some_and(|(first, last)| parts[first..last].contains(&FormatPart::Comma))
    }
}

/// The sections of a code; `None` where something in it is not understood.
pub(crate) fn sections(code: &str) -> Option<Vec<FormatSection>> {
    let mut reader = CodeReader {
        rest: code.chars().peekable(),
        sections: vec![FormatSection(Vec::new())],
    };
    while let Some(next) = reader.rest.next() {
        reader.take(next)?;
    }
    // One of them may be for texts. A first one that is empty hides everything.
    let is_for_texts = |section: &FormatSection| section.0.contains(&FormatPart::Cell);
    if is_for_texts(&reader.sections[0]) {
        return None;
    }
    reader.sections.retain(|section| !is_for_texts(section));
    reader.sections.truncate(3);
    let says_something = |section: &FormatSection| !section.0.is_empty();
    says_something(&reader.sections[0]).then_some(reader.sections)
}

const COLOURS: [&str; 8] = [
    "black", "blue", "cyan", "green", "magenta", "red", "white", "yellow",
];

struct CodeReader<'a> {
    rest: Peekable<Chars<'a>>,
    sections: Vec<FormatSection>,
}

impl CodeReader<'_> {
    fn take(&mut self, next: char) -> Option<()> {
        match next {
            ';' => self.sections.push(FormatSection(Vec::new())),
            '"' => {
                let text = self.until('"')?;
                self.push(FormatPart::Text(text));
            }
            '\\' | '!' => {
                let literal = self.rest.next()?;
                self.push(FormatPart::Text(literal.into()));
            }
            // Room as wide as the next character, or filled up with it.
            '_' | '*' => {
                self.rest.next();
            }
            '[' => {
                let inside = self.until(']')?;
                self.bracket(&inside)?;
            }
            '0' | '#' | '?' => self.push(FormatPart::Digit(next)),
            '.' => self.push(FormatPart::Point),
            ',' => self.push(FormatPart::Comma),
            '%' => self.push(FormatPart::Percent),
            'E' if matches!(self.rest.peek(), Some('+' | '-')) => self.push(FormatPart::Exponent),
            'A' | 'a' if self.am_pm(next) => self.push(FormatPart::AmPm),
            'y' | 'Y' | 'm' | 'M' | 'd' | 'D' | 'h' | 'H' | 's' | 'S' => {
                let letter = next.to_ascii_lowercase();
                let same = |c: &char| c.to_ascii_lowercase() == letter;
                let mut count = 1;
                while self.rest.next_if(same).is_some() {
                    count += 1;
                }
                self.push(FormatPart::Date(letter, count));
            }
            // A fraction, or a letter with a meaning of its own (General, text, eras).
            '/' if self.has_digits() => return None,
            '@' => self.push(FormatPart::Cell),
            letter if letter.is_ascii_alphabetic() => return None,
            literal => self.push(FormatPart::Text(literal.into())),
        }
        Some(())
    }

    fn push(&mut self, part: FormatPart) {
        if let Some(section) = self.sections.last_mut() {
            section.0.push(part);
        }
    }

    fn has_digits(&self) -> bool {
        let section = self.sections.last();
        section.is_some_and(|section| section.0.iter().any(FormatPart::is_digit))
    }

    fn until(&mut self, end: char) -> Option<String> {
        let mut text = String::new();
        loop {
            match self.rest.next()? {
                found if found == end => return Some(text),
                other => text.push(other),
            }
        }
    }

    fn am_pm(&mut self, first: char) -> bool {
        for words in ["M/PM", "/P"] {
            let mut ahead = self.rest.clone();
            let is_it = words.chars().all(|wanted| {
                ahead
                    .next()
                    .is_some_and(|c| c.eq_ignore_ascii_case(&wanted))
            });
            if is_it && first.eq_ignore_ascii_case(&'a') {
                self.rest = ahead;
                return true;
            }
        }
        false
    }

    /// A colour, a currency with a language, a language, or a time that runs on.
    fn bracket(&mut self, inside: &str) -> Option<()> {
        let lower = inside.to_ascii_lowercase();
        let letter = lower.chars().next()?;
        if matches!(letter, 'h' | 'm' | 's') && lower.chars().all(|c| c == letter) {
            self.push(FormatPart::Elapsed(letter, lower.len()));
            return Some(());
        }
        if let Some(currency) = inside.strip_prefix('$') {
            let (symbol, language) = currency.split_once('-').unwrap_or((currency, ""));
            return self.language(symbol, &language.to_ascii_lowercase());
        }
        let is_colour = COLOURS.contains(&&*lower) || lower.starts_with("color");
        // What else there is decides by conditions, or changes the digits.
        is_colour.then_some(())
    }

    fn language(&mut self, symbol: &str, language: &str) -> Option<()> {
        // The system's own date or time, and digits or calendars of other kinds.
        if language.starts_with(['f', 'x']) && language.len() > 3 || language.len() > 5 {
            return None;
        }
        if matches!(language, "409" | "809" | "c09" | "1009" | "en-us" | "en-gb") {
            self.push(FormatPart::English);
        }
        if !symbol.is_empty() {
            self.push(FormatPart::Text(symbol.to_owned()));
        }
        Some(())
    }
}
