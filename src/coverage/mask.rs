//! Takes personal data out of what customers wrote: addresses of mail, numbers of phones and cards, ids and
//! other long numbers. Names of people are beyond it.

use crate::lint::spans;
use crate::model::Sensitive;

/// Digits in a row that name somebody or something.
const LONG: usize = 6;
/// Digits of a phone number at the least.
const PHONE: usize = 7;

/// The text with a word in place of each of them.
pub(crate) fn masked(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut at = 0;
    for span in spans(text) {
        let word = match span.kind {
            Sensitive::Secret => "[secret]",
            Sensitive::Card => "[card]",
            Sensitive::NationalId => "[id]",
            Sensitive::PrivateAddress | Sensitive::Placeholder => continue,
        };
        clean.push_str(&text[at..span.range.start]);
        clean.push_str(word);
        at = span.range.end;
    }
    clean.push_str(&text[at..]);
    let words: Vec<String> = clean.split_whitespace().map(word).collect();
    numbers(&words.join(" "))
}

/// A word without a mail address, and without what an address of the web asks for.
fn word(word: &str) -> String {
    let is_web = word.contains("://");
    if let (true, Some((address, _))) = (is_web, word.split_once('?')) {
        return address.to_owned();
    }
    let is_mail = |word: &str| {
        let host = word.split_once('@').map(|(_, host)| host);
        host.is_some_and(|host| host.trim_end_matches('.').contains('.'))
    };
    if !is_web && is_mail(word) {
        return "[mail]".to_owned();
    }
    word.to_owned()
}

/// What stands between the digits of a phone number.
const fn is_between(c: char) -> bool {
    matches!(c, ' ' | '-' | '.' | '(' | ')' | '/')
}

/// Long numbers, and phone numbers with what stands in them.
fn numbers(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_numeric()) {
        let before = &rest[..start];
        let length = length(&rest[start..]);
        let number = &rest[start..start + length];
        let digits = number.chars().filter(|c| c.is_numeric()).count();
        let is_parted = number.contains(is_between);
        let is_phone = digits >= PHONE && (is_parted || before.ends_with('+'));
        clean.push_str(before);
        clean.push_str(match (is_phone, digits >= LONG && !is_parted) {
            (true, _) => "[phone]",
            (false, true) => "[number]",
            (false, false) => number,
        });
        rest = &rest[start + length..];
    }
    clean.push_str(rest);
    clean
}

/// How far digits with single signs between them go.
fn length(text: &str) -> usize {
    let (mut end, mut signs) = (0, 0);
    for (at, c) in text.char_indices() {
        if c.is_numeric() {
            (end, signs) = (at + c.len_utf8(), 0);
        } else if is_between(c) && signs < 2 {
            signs += 1;
        } else {
            break;
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_data_is_taken_out_and_the_rest_stays() {
        for (text, expected) in [
            ("mail me at a.b@acme.co.uk, ok", "mail me at [mail] ok"),
            ("call +49 170 1234567 now", "call +[phone] now"),
            ("call (080) 4123-4567", "call ([phone]"),
            ("order 123456789?", "order [number]?"),
            ("AB12345678", "AB[number]"),
            ("pay 4539 5787 6362 1486", "pay [card]"),
            ("2345 6789 0124", "[id]"),
            (
                "https://a.example/x?mail=b@c.example",
                "https://a.example/x",
            ),
            ("type 1200 in 3 days", "type 1200 in 3 days"),
            ("  two   words ", "two words"),
            ("९८७६५४३२१०", "[number]"),
            ("", ""),
        ] {
            assert_eq!(masked(text), expected);
        }
    }
}
