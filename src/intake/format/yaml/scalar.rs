//! What a scalar of YAML says (YAML 1.2, "Core Schema"). Numbers are text here: they are ids and
//! answers, and nobody calculates with them. Pure.

use std::borrow::Cow;

use granit_parser::{ScalarStyle, Tag};

/// A scalar.
#[derive(Debug, PartialEq)]
pub(crate) enum Scalar<'a> {
    Null,
    Flag(bool),
    Text(Cow<'a, str>),
}

/// Reads a scalar, or says why it is not what its tag says.
pub(crate) fn scalar<'a>(
    text: &'a str,
    style: ScalarStyle,
    tag: Option<&Tag>,
) -> Result<Scalar<'a>, String> {
    let is = |kind: &str| tag.is_some_and(|tag| tag.is_yaml_core_schema_tag(kind));
    let wrong = |kind: &str| format!("`{text}` is no {kind}, though its tag says so");
    if is("bool") {
        return flag(text).map(Scalar::Flag).ok_or_else(|| wrong("boolean"));
    }
    if is("null") {
        let is_null = text.is_empty() || is_null(text);
        return is_null.then_some(Scalar::Null).ok_or_else(|| wrong("null"));
    }
    if is("int") || is("float") {
        let number = whole(text).or_else(|| float(text));
        return number
            .map(|number| Scalar::Text(number.into()))
            .ok_or_else(|| wrong("number"));
    }
    let is_own = tag.is_none_or(Tag::is_custom);
    Ok(if style == ScalarStyle::Plain && is_own {
        plain(text)
    } else {
        Scalar::Text(text.into())
    })
}

fn plain(text: &str) -> Scalar<'_> {
    if text.is_empty() || is_null(text) {
        return Scalar::Null;
    }
    if let Some(flag) = flag(text) {
        return Scalar::Flag(flag);
    }
    let may_be_number =
        text.starts_with(|first: char| matches!(first, '0'..='9' | '+' | '-' | '.'));
    let number = may_be_number
        .then(|| whole(text).or_else(|| float(text)))
        .flatten();
    Scalar::Text(number.map_or(Cow::Borrowed(text), Cow::Owned))
}

fn is_null(text: &str) -> bool {
    matches!(text, "null" | "Null" | "NULL" | "~")
}

fn flag(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// Digits after a zero are text, such as the id `007`.
fn is_only_digits(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn whole(text: &str) -> Option<String> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = digits
            .strip_prefix(prefix)
            .filter(|digits| !is_signed(digits))
            && let Ok(number) = u128::from_str_radix(digits, radix)
        {
            return Some(format!("{sign}{number}"));
        }
    }
    if is_signed(digits) || is_only_digits(text) {
        return None;
    }
    let number: u128 = digits.parse().ok()?;
    Some(format!("{sign}{number}"))
}

fn is_signed(digits: &str) -> bool {
    digits.starts_with(['+', '-'])
}

fn float(text: &str) -> Option<String> {
    let unsigned = text
        .strip_prefix('+')
        .filter(|rest| !is_signed(rest))
        .unwrap_or(text);
    match (unsigned, text) {
        (".inf" | ".Inf" | ".INF", _) => return Some(".inf".to_owned()),
        (_, "-.inf" | "-.Inf" | "-.INF") => return Some("-.inf".to_owned()),
        (_, ".nan" | ".NaN" | ".NAN") => return Some(".nan".to_owned()),
        _ if is_only_digits(text) => return None,
        _ => {}
    }
    let number: f64 = unsigned.parse().ok()?;
    serde_json::Number::from_f64(number).map(|number| number.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_are_what_they_say() {
        for text in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(plain(text), Scalar::Null, "{text}");
        }
        for (text, expected) in [("true", true), ("True", true), ("FALSE", false)] {
            assert_eq!(plain(text), Scalar::Flag(expected), "{text}");
        }
        for (text, expected) in [
            ("no", "no"),
            ("nUll", "nUll"),
            ("010", "010"),
            ("-010", "-010"),
            ("0", "0"),
            ("+7", "7"),
            ("-7", "-7"),
            ("0x1F", "31"),
            ("-0x1F", "-31"),
            ("0o17", "15"),
            ("0b11", "3"),
            ("0x+1", "0x+1"),
            ("++1", "++1"),
            ("1.10", "1.1"),
            ("1e3", "1000.0"),
            ("1e999", "1e999"),
            (".5", "0.5"),
            ("-.inf", "-.inf"),
            (".NaN", ".nan"),
            ("infinity", "infinity"),
            ("1_000", "1_000"),
            ("2024-01-01", "2024-01-01"),
            (
                "340282366920938463463374607431768211455",
                "340282366920938463463374607431768211455",
            ),
        ] {
            assert_eq!(plain(text), Scalar::Text(expected.into()), "{text}");
        }
    }
}
