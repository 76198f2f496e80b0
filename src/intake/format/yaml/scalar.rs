//! What a scalar of YAML says (YAML 1.2, "Core Schema"). Numbers are the text that stands there: they
//! are ids, versions and prices, and nobody calculates with them. Pure.

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
        let number = is_number(text).then(|| Scalar::Text(text.into()));
        return number.ok_or_else(|| wrong("number"));
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
    match text {
        "true" => Scalar::Flag(true),
        "false" => Scalar::Flag(false),
        text => Scalar::Text(text.into()),
    }
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

/// Whether it is a number in any of the ways to write one.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let of_another_base = [("0x", 16), ("0o", 8), ("0b", 2)]
        .iter()
        .any(|(prefix, radix)| {
            let digits = digits.strip_prefix(prefix).unwrap_or_default();
            !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(*radix))
        });
    let is_word = matches!(digits, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN");
    let is_decimal = digits.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && digits.parse::<f64>().is_ok();
    of_another_base || is_word || is_decimal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_are_what_they_say() {
        for text in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(plain(text), Scalar::Null, "{text}");
        }
        assert_eq!(plain("true"), Scalar::Flag(true));
        assert_eq!(plain("false"), Scalar::Flag(false));
        for text in [
            "True",
            "FALSE",
            "no",
            "nUll",
            "010",
            "-010",
            "0",
            "+7",
            "-7",
            "0x1F",
            "0o17",
            "1.10",
            "1.50",
            "1e3",
            "31053272e0",
            "1e999",
            ".5",
            "-.inf",
            "infinity",
            "1_000",
            "2024-01-01",
        ] {
            assert_eq!(plain(text), Scalar::Text(text.into()), "{text}");
        }
    }

    #[test]
    fn a_tag_for_numbers_is_on_a_number() {
        for text in [
            "1", "-1.50", "+7", "0x1F", "-0b11", ".5", "1e3", "-.inf", ".NaN",
        ] {
            assert!(is_number(text), "{text}");
        }
        for text in ["", "x", "++1", "0x", "0x+1", "infinity", "1_000", "."] {
            assert!(!is_number(text), "{text}");
        }
    }
}
