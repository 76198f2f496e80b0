//! Whether an item counts: its state and its locale. Pure.

use serde_json::value::RawValue;

use super::super::json_value::{Json, follow};
use crate::config::Feed;

/// Whether an item counts. Where that cannot be told, it is no removal but an item to mend.
pub(super) fn counts(feed: &Feed, item: &RawValue) -> Result<bool, String> {
    for keep in &feed.keep {
        let value = text_at(item, &keep.pointer, "keep")?;
        if !keep.values.contains(&value) {
            return Ok(false);
        }
    }
    match &feed.locale {
        None => Ok(true),
        Some(locale) => {
            let value = text_at(item, &locale.pointer, "locale_field")?;
            Ok(same_locale(&value, &locale.wanted))
        }
    }
}

fn text_at(item: &RawValue, pointer: &str, key: &str) -> Result<String, String> {
    match follow(item, pointer)?.map(Json::parse).transpose()? {
        Some(Json::Text(text)) => Ok(text),
        Some(Json::Null) => Ok("null".to_owned()),
        Some(Json::Array(_) | Json::Object(_)) => Err(format!(
            "has an array or object at `{pointer}`, so that it is unclear whether it counts; point `{key}` at a text, number or flag"
        )),
        None => Err(format!(
            "has nothing at `{pointer}`, so that it is unclear whether it counts; correct `{key}`, or let the knowledge base send that field"
        )),
    }
}

/// `en-us`, `en_US` and `en-US` are one locale.
pub(in super::super) fn same_locale(a: &str, b: &str) -> bool {
    let letters = |locale| {
        str::chars(locale)
            .map(|letter| if letter == '_' { '-' } else { letter })
            .flat_map(char::to_lowercase)
    };
    letters(a.trim()).eq(letters(b.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locales() {
        let cases = [
            ("en-us", "en_US", true),
            ("en-US", "en-us", true),
            ("en", "en-us", false),
            ("de", "en", false),
        ];
        for (a, b, expected) in cases {
            assert_eq!(same_locale(a, b), expected, "{a} {b}");
        }
    }
}
