//! Whether an item counts: by its state, its locale, its labels and the time. Pure.

use serde_json::value::RawValue;

use super::super::json_value::{Json, follow};
use super::labels::labels;
use super::time::end_of;
use crate::clock::Millis;
use crate::config::{Feed, Keep};

/// What of an item counts.
pub(super) struct Counted {
    /// Whether it has a place for labels at all, where labels matter.
    pub(super) labelled: bool,
    /// Whether it is in another locale, and says nothing of the same article in ours.
    pub(super) elsewhere: bool,
    /// `None` where it does not count; else its labels, where they are questions too.
    pub(super) questions: Option<Vec<String>>,
}

/// Whether an item counts. Where that cannot be told, it is no removal but an item to mend.
pub(super) fn counts(feed: &Feed, item: &RawValue, now: Millis) -> Result<Counted, String> {
    let mut counted = Counted {
        labelled: true,
        elsewhere: false,
        questions: None,
    };
    let found = match &feed.labels {
        Some(wanted) => labels(item, &wanted.pointer)?,
        None => Some(Vec::new()),
    };
    counted.labelled = found.is_some();
    let found = found.unwrap_or_default();
    if !in_state(&feed.keep, item)? {
        counted.elsewhere = in_locale(feed, item).is_ok_and(|ours| !ours);
        return Ok(counted);
    }
    if !in_locale(feed, item)? {
        counted.elsewhere = true;
        return Ok(counted);
    }
    if is_over(feed, item, now)? {
        return Ok(counted);
    }
    if let Some(wanted) = &feed.labels {
        let any = |names: &[String]| {
            let same = |name: &String| found.iter().any(|one| same_label(one, name));
            names.iter().any(same)
        };
        if any(&wanted.without) || !(wanted.with.is_empty() || any(&wanted.with)) {
            return Ok(counted);
        }
    }
    let as_questions = feed
        .labels
        .as_ref()
        .is_some_and(|labels| labels.as_questions);
    counted.questions = Some(if as_questions { found } else { Vec::new() });
    Ok(counted)
}

/// Whether an item has one of the wanted values everywhere.
pub(super) fn in_state(keep: &[Keep], item: &RawValue) -> Result<bool, String> {
    for keep in keep {
        let value = text_at(item, &keep.pointer, "keep")?;
        if !keep.values.contains(&value) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether the list says already that an item does not count, so that it need not be asked for.
pub(super) fn surely_out(feed: &Feed, item: &RawValue) -> bool {
    let differs = |keep: &Keep| {
        text_at(item, &keep.pointer, "keep").is_ok_and(|value| !keep.values.contains(&value))
    };
    let elsewhere = || {
        feed.locale.as_ref().is_some_and(|locale| {
            text_at(item, &locale.pointer, "locale_field")
                .is_ok_and(|value| !same_locale(&value, &locale.wanted))
        })
    };
    feed.keep.iter().any(differs) || elsewhere()
}

fn in_locale(feed: &Feed, item: &RawValue) -> Result<bool, String> {
    match &feed.locale {
        None => Ok(true),
        Some(locale) => {
            let value = text_at(item, &locale.pointer, "locale_field")?;
            Ok(same_locale(&value, &locale.wanted))
        }
    }
}

fn is_over(feed: &Feed, item: &RawValue, now: Millis) -> Result<bool, String> {
    let Some(pointer) = &feed.valid_to else {
        return Ok(false);
    };
    let text = match follow(item, pointer)?.map(Json::parse).transpose()? {
        None | Some(Json::Null) => return Ok(false),
        Some(Json::Text(text)) if text.trim().is_empty() => return Ok(false),
        Some(Json::Text(text)) => end_of(&text),
        Some(Json::Array(_) | Json::Object(_)) => None,
    };
    match text {
        Some(end) => Ok(end <= now),
        None => Err(format!(
            "has something at valid_to = \"{pointer}\" that is no time, such as 2026-01-31 or 2026-01-31T12:00:00Z; correct it, or `valid_to`"
        )),
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

fn same_label(a: &str, b: &str) -> bool {
    a.trim().to_lowercase() == b.trim().to_lowercase()
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
