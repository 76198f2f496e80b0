//! Numbers of cards, and national id numbers that have a check digit. What any long number would be by chance
//! counts only beside its name, or in the form in which people write it.

use super::SensitiveSpan;
use crate::model::Sensitive;
use crate::text::check_digits::{luhn, verhoeff, weighted};

/// Groups of one number at the most.
const GROUPS: usize = 24;
/// So many bytes before a number its name may stand.
const NEAR: usize = 40;

/// Digits, and what stands between them.
struct DigitGroup {
    start: usize,
    end: usize,
    /// The sign before it; `None` at the beginning.
    after: Option<u8>,
}

pub(super) fn find(text: &str, found: &mut Vec<SensitiveSpan>) {
    if text.bytes().filter(u8::is_ascii_digit).take(7).count() < 7 {
        return;
    }
    for groups in sequences(text) {
        let number = DigitSequence { text, groups };
        number.cards(found);
        number.national_ids(found);
    }
    words(text, found);
}

/// Groups of digits with single signs between them.
fn sequences(text: &str) -> Vec<Vec<DigitGroup>> {
    let bytes = text.as_bytes();
    let (mut all, mut at) = (Vec::<Vec<DigitGroup>>::new(), 0);
    while let Some(next) = bytes[at..].iter().position(u8::is_ascii_digit) {
        let start = at + next;
        let length = bytes[start..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit());
        let end = start + length.count();
        let sign = (next == 1).then(|| bytes[at]);
        let after = sign.filter(|sign| matches!(sign, b' ' | b'-' | b'.'));
        let group = DigitGroup { start, end, after };
        match all.last_mut() {
            Some(groups) if after.is_some() && at > 0 && groups.len() < GROUPS => {
                groups.push(group);
            }
            _ => all.push(vec![DigitGroup {
                after: None,
                ..group
            }]),
        }
        at = end;
    }
    all
}

struct DigitSequence<'t> {
    text: &'t str,
    groups: Vec<DigitGroup>,
}

impl DigitSequence<'_> {
    /// The lengths of some groups, if one sign stands between all of them and none of a word beside them.
    fn shape(&self, groups: &[DigitGroup], signs: &[u8]) -> Option<Vec<usize>> {
        let (first, last) = (groups.first()?, groups.last()?);
        let sign = groups.get(1).and_then(|group| group.after);
        let is_same = groups[1..].iter().all(|group| group.after == sign);
        let is_known = sign.is_none_or(|sign| signs.contains(&sign));
        let is_apart = !is_of_word(self.text[..first.start].chars().next_back())
            && !is_of_word(self.text[last.end..].chars().next());
        (is_same && is_known && is_apart)
            .then(|| groups.iter().map(|group| group.end - group.start).collect())
    }

    fn digits(&self, groups: &[DigitGroup]) -> Vec<u8> {
        let bytes = groups
            .iter()
            .flat_map(|group| self.text.as_bytes()[group.start..group.end].iter());
        bytes.map(|byte| byte - b'0').collect()
    }

    /// Whether one of these words stands shortly before it.
    fn is_named(&self, names: &[&str]) -> bool {
        let start = self.groups[0].start;
        let near = (start.saturating_sub(NEAR)..=start).find(|at| self.text.is_char_boundary(*at));
        let before = self.text[near.unwrap_or(start)..start].to_lowercase();
        names.iter().any(|name| before.contains(name))
    }

    fn cards(&self, found: &mut Vec<SensitiveSpan>) {
        for from in 0..self.groups.len() {
            for to in from + 1..=self.groups.len().min(from + 5) {
                let groups = &self.groups[from..to];
                let Some(shape) = self.shape(groups, b" -") else {
                    continue;
                };
                let is_card_shape = matches!(
                    shape[..],
                    [13..=19] | [4, 4, 4, 4] | [4, 4, 4, 4, 1..=3] | [4, 6, 4 | 5]
                );
                if is_card_shape && is_card(&self.digits(groups)) {
                    push(found, groups, Sensitive::Card, "the number of a card");
                }
            }
        }
    }

    fn national_ids(&self, found: &mut Vec<SensitiveSpan>) {
        let groups = &self.groups[..];
        let signs: Vec<Option<u8>> = groups.iter().map(|group| group.after).collect();
        let digits = self.digits(groups);
        let dots = [None, Some(b'.'), Some(b'.'), Some(b'-')];
        if signs == dots && lengths(groups) == [3, 3, 3, 2] && is_cpf(&digits) {
            push(found, groups, Sensitive::NationalId, "a Brazilian CPF");
        }
        let Some(shape) = self.shape(groups, b" -") else {
            return;
        };
        let is_aadhaar = |digits: &[u8]| digits[0] >= 2 && verhoeff(digits);
        let words = match shape[..] {
            [4, 4, 4] if is_aadhaar(&digits) => "an Aadhaar number",
            [12] if is_aadhaar(&digits) && self.is_named(&["aadhaar", "aadhar", "आधार"]) => {
                "an Aadhaar number"
            }
            [11] if self.is_named(&["pesel"]) && is_pesel(&digits) => "a Polish PESEL",
            [18] if is_chinese(&digits[..17], Some(digits[17])) => "a Chinese id number",
            _ => return,
        };
        push(found, groups, Sensitive::NationalId, words);
    }
}

fn lengths(groups: &[DigitGroup]) -> Vec<usize> {
    groups.iter().map(|group| group.end - group.start).collect()
}

fn push(
    found: &mut Vec<SensitiveSpan>,
    groups: &[DigitGroup],
    kind: Sensitive,
    words: &'static str,
) {
    if let (Some(first), Some(last)) = (groups.first(), groups.last()) {
        found.push(SensitiveSpan {
            range: first.start..last.end,
            kind,
            words,
        });
    }
}

fn is_of_word(c: Option<char>) -> bool {
    c.is_some_and(|c| c.is_alphanumeric() || c == '_')
}

/// Whether a network of cards gives such numbers, and the check digit fits.
fn is_card(digits: &[u8]) -> bool {
    let first = |many: usize| {
        digits
            .iter()
            .take(many)
            .fold(0_u32, |number, digit| number * 10 + u32::from(*digit))
    };
    let is_known = match digits.len() {
        13 | 19 => first(1) == 4 || first(2) == 62,
        14 => matches!(first(3), 300..=305) || matches!(first(2), 36 | 38),
        15 => matches!(first(2), 34 | 37),
        16 => {
            first(1) == 4
                || matches!(first(2), 51..=55 | 60 | 62 | 65 | 81 | 82)
                || matches!(first(3), 644..=649)
                || matches!(first(4), 2221..=2720 | 3528..=3589)
        }
        _ => false,
    };
    is_known && luhn(digits)
}

fn is_cpf(digits: &[u8]) -> bool {
    let check = |many: usize| {
        let weights: Vec<u32> = (2..).take(many).collect();
        let weights: Vec<u32> = weights.into_iter().rev().collect();
        let rest = weighted(&digits[..many], &weights) * 10 % 11 % 10;
        rest == u32::from(digits[many])
    };
    let is_one_digit = digits.iter().all(|digit| *digit == digits[0]);
    !is_one_digit && check(9) && check(10)
}

fn is_pesel(digits: &[u8]) -> bool {
    weighted(digits, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]).is_multiple_of(10)
}

/// `last`: the check digit; `None` is X.
fn is_chinese(digits: &[u8], last: Option<u8>) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let [month, day] = [10, 12].map(|at| digits[at] * 10 + digits[at + 1]);
    let is_date = matches!(digits[6..8], [1, 9] | [2, 0])
        && (1..=12).contains(&month)
        && (1..=31).contains(&day);
    let check = (12 - weighted(digits, &WEIGHTS) % 11) % 11;
    is_date && last.map_or(10, u32::from) == check
}

/// Those that have letters in them.
fn words(text: &str, found: &mut Vec<SensitiveSpan>) {
    let mut at = 0;
    for word in text.split(|c: char| !c.is_ascii_alphanumeric()) {
        let start = at;
        // Every sign that is none of a word is told by its own length.
        at += word.len()
            + text[at + word.len()..]
                .chars()
                .next()
                .map_or(0, char::len_utf8);
        let words = match word.len() {
            9 if is_spanish(word) => "a Spanish DNI or NIE",
            16 if is_italian(word) => "an Italian codice fiscale",
            18 if is_chinese_word(word) => "a Chinese id number",
            _ => continue,
        };
        found.push(SensitiveSpan {
            range: start..start + word.len(),
            kind: Sensitive::NationalId,
            words,
        });
    }
}

fn is_spanish(word: &str) -> bool {
    const LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";
    let (body, letter) = word.split_at(8);
    let body = match body.as_bytes()[0] {
        b'X' => format!("0{}", &body[1..]),
        b'Y' => format!("1{}", &body[1..]),
        b'Z' => format!("2{}", &body[1..]),
        _ => body.to_owned(),
    };
    let number: Option<usize> = body.parse().ok();
    number.is_some_and(|number| letter.as_bytes()[0] == LETTERS[number % LETTERS.len()])
}

fn is_italian(word: &str) -> bool {
    /// What a digit or letter counts at an odd place.
    const ODD: [u32; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    let bytes = word.as_bytes();
    let shape: String = bytes
        .iter()
        .map(|byte| if byte.is_ascii_digit() { '0' } else { 'A' })
        .collect();
    let is_upper = !bytes.iter().any(u8::is_ascii_lowercase);
    if shape != "AAAAAA00A00A000A" || !is_upper {
        return false;
    }
    let value = |byte: u8| {
        u32::from(if byte.is_ascii_digit() {
            byte - b'0'
        } else {
            byte - b'A'
        })
    };
    let sum: u32 = bytes[..15]
        .iter()
        .enumerate()
        .map(|(at, byte)| match at % 2 {
            0 => ODD[value(*byte) as usize],
            _ => value(*byte),
        })
        .sum();
    sum % 26 == value(bytes[15])
}

fn is_chinese_word(word: &str) -> bool {
    let (body, last) = word.split_at(17);
    let digits: Vec<u8> = body
        .bytes()
        .filter(u8::is_ascii_digit)
        .map(|byte| byte - b'0')
        .collect();
    last.eq_ignore_ascii_case("x") && digits.len() == 17 && is_chinese(&digits, None)
}
