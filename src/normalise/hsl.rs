//! Recognises HSL, the vendor's JSON for rich responses, which passes through as it is.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;

#[derive(Deserialize)]
struct HslElement<'a> {
    #[serde(borrow, rename = "type")]
    _type: Cow<'a, str>,
    text: Option<IgnoredAny>,
    data: Option<IgnoredAny>,
}

/// The cell without the white space around it, if it is HSL.
pub(crate) fn trimmed(cell: &str) -> Option<&str> {
    let cell = cell.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if !cell.starts_with('{') || !cell.ends_with('}') {
        return None;
    }
    let element: HslElement = serde_json::from_str(cell).ok()?;
    (element.text.is_some() || element.data.is_some()).then_some(cell)
}

/// The same JSON, written so that no separator of answers is in it. A `<` in valid JSON is always
/// within a string.
pub(crate) fn without_separator(hsl: &str) -> String {
    hsl.replace("<m>", "\\u003cm>").replace("<M>", "\\u003cM>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hsl() {
        for (cell, expected) in [
            (r#"{"type":"TEXT","text":"hi"}"#, true),
            (" \n{\"data\": {}, \"type\": \"BUTTON\"}\t", true),
            (
                r#"{"type":"CAROUSEL","data":{"items":[]},"text":"x"}"#,
                true,
            ),
            (r#"{"type":"TEXT"}"#, false),
            (r#"{"text":"hi"}"#, false),
            (r#"{"type":1,"text":"hi"}"#, false),
            (r#"{"type":"TEXT","text":"hi""#, false),
            (r#"[{"type":"TEXT","text":"hi"}]"#, false),
            (r#"{"type":"TEXT","text":"hi"} and more {}"#, false),
            ("{{ greeting }}", false),
        ] {
            assert_eq!(trimmed(cell).is_some(), expected, "{cell}");
        }
    }

    #[test]
    fn a_separator_in_hsl_is_written_another_way_but_means_the_same() {
        let hsl = r#"{"type":"TEXT","text":"a<m>b \\<m> <M>"}"#;
        let written = without_separator(hsl);
        assert!(!written.to_lowercase().contains("<m>"), "{written}");
        let value = |text| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(value(&written), value(hsl));
    }
}
