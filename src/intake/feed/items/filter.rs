//! Whether an item counts: by its state, its locale, its labels and the time. Pure.

use serde_json::value::RawValue;

use super::labels::{ItemLabels, labels};
use super::time::{end_of, start_of};
use crate::clock::Millis;
use crate::config::{Condition, Feed, Missing, Test};
use crate::intake::format::{Json, follow};

/// What of an item counts.
pub(crate) struct Counted {
    /// Whether it has a place for labels at all, where labels matter.
    pub(crate) labelled: bool,
    /// Whether it is in another locale, and says nothing of the same article in ours.
    pub(crate) elsewhere: bool,
    /// `None` where it does not count; else its labels, where they are questions too.
    pub(crate) questions: Option<Vec<String>>,
}

/// Whether an item counts. Where that cannot be told, it is no removal but an item to fix.
pub(crate) fn counts(feed: &Feed, item: &RawValue, now: Millis) -> Result<Counted, String> {
    let mut counted = Counted {
        labelled: true,
        elsewhere: false,
        questions: None,
    };
    let found = match &feed.labels {
        Some(wanted) => labels(item, &wanted.pointer)?,
        None => Some(ItemLabels::default()),
    };
    counted.labelled = found.is_some();
    let found = found.unwrap_or_default();
    // One that need not be asked for has not all of its fields.
    if surely_out(feed, item) || !in_state(&feed.keep, item)? {
        counted.elsewhere = in_locale(feed, item).is_ok_and(|ours| !ours);
        return Ok(counted);
    }
    if !in_locale(feed, item)? {
        counted.elsewhere = true;
        return Ok(counted);
    }
    if !is_valid(feed, item, now)? {
        return Ok(counted);
    }
    if let Some(wanted) = &feed.labels {
        if let Some(reason) = found.unclear(wanted.with.iter().chain(&wanted.without)) {
            return Err(reason);
        }
        let any = |names: &[String]| {
            let same = |name: &String| found.names.iter().any(|one| same_label(one, name));
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
    counted.questions = Some(if as_questions {
        found.names
    } else {
        Vec::new()
    });
    Ok(counted)
}

/// Whether an item fulfils every condition. One that it surely does not fulfil is enough to know.
pub(crate) fn in_state(keep: &[Condition], item: &RawValue) -> Result<bool, String> {
    let mut unclear = None;
    for condition in keep {
        match holds(condition, item) {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(reason) => unclear = unclear.or(Some(reason)),
        }
    }
    unclear.map_or(Ok(true), Err)
}

/// Whether one condition is fulfilled. What is not there says nothing, unless the condition has a
/// word for that: an article must not go live because a field is missing.
fn holds(condition: &Condition, item: &RawValue) -> Result<bool, String> {
    let pointer = &condition.pointer;
    let Some(value) = follow(item, pointer)? else {
        return match &condition.missing {
            Missing::Counts => Ok(true),
            Missing::CountsBeside(other) if follow(item, other)?.is_some() => Ok(true),
            Missing::CountsBeside(other) => {
                Err(nothing_at(&format!("{pointer}` or `{other}"), "keep"))
            }
            Missing::Unclear => Err(nothing_at(pointer, "keep")),
        };
    };
    match &condition.test {
        Test::Is(values) => Ok(values.contains(&text_of(value, pointer, "keep")?)),
        Test::Not(values) => Ok(!values.contains(&text_of(value, pointer, "keep")?)),
        Test::Empty(wanted) => Ok(is_empty(value)? == *wanted),
    }
}

fn is_empty(value: &RawValue) -> Result<bool, String> {
    Ok(match Json::parse(value)? {
        Json::Null => true,
        Json::Text(text) => text.trim().is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(object) => object.0.is_empty(),
    })
}

/// Whether the list says already that an item does not count, so that it need not be asked for.
pub(crate) fn surely_out(feed: &Feed, item: &RawValue) -> bool {
    let differs = |condition: &Condition| holds(condition, item).is_ok_and(|holds| !holds);
    let elsewhere = || {
        feed.locale.as_ref().is_some_and(|locale| {
            text_at(item, &locale.pointer, "locale_field")
                .is_ok_and(|value| !same_locale(&value, &locale.wanted))
        })
    };
    feed.keep.iter().any(differs) || elsewhere()
}

/// Whether an item is in the one locale that counts.
pub(crate) fn in_locale(feed: &Feed, item: &RawValue) -> Result<bool, String> {
    match &feed.locale {
        None => Ok(true),
        Some(locale) => {
            let value = text_at(item, &locale.pointer, "locale_field")?;
            Ok(same_locale(&value, &locale.wanted))
        }
    }
}

/// Whether an item has begun and is not over. An account that edits is shown what visitors do not see
/// yet, or no longer, as if it were live.
fn is_valid(feed: &Feed, item: &RawValue, now: Millis) -> Result<bool, String> {
    let begins = time_at(item, feed.valid_from.as_deref(), "valid_from", start_of)?;
    let ends = time_at(item, feed.valid_to.as_deref(), "valid_to", end_of)?;
    Ok(begins.is_none_or(|begins| begins <= now) && ends.is_none_or(|ends| ends > now))
}

fn time_at(
    item: &RawValue,
    pointer: Option<&str>,
    key: &str,
    read: fn(&str) -> Option<Millis>,
) -> Result<Option<Millis>, String> {
    let Some(pointer) = pointer else {
        return Ok(None);
    };
    let time = match follow(item, pointer)?.map(Json::parse).transpose()? {
        None | Some(Json::Null) => return Ok(None),
        Some(Json::Text(text)) if text.trim().is_empty() => return Ok(None),
        Some(Json::Text(text)) => read(&text),
        Some(Json::Array(_) | Json::Object(_)) => None,
    };
    let reason = || {
        format!(
            "has something at {key} = \"{pointer}\" that is no time, such as 2026-01-31 or 2026-01-31T12:00:00Z; correct it, or `{key}`"
        )
    };
    time.map(Some).ok_or_else(reason)
}

fn text_at(item: &RawValue, pointer: &str, key: &str) -> Result<String, String> {
    match follow(item, pointer)? {
        Some(value) => text_of(value, pointer, key),
        None => Err(nothing_at(pointer, key)),
    }
}

fn text_of(value: &RawValue, pointer: &str, key: &str) -> Result<String, String> {
    match Json::parse(value)? {
        Json::Text(text) => Ok(text),
        Json::Null => Ok("null".to_owned()),
        Json::Array(_) | Json::Object(_) => Err(format!(
            "has an array or object at `{pointer}`, so that it is unclear whether it counts; point `{key}` at a text, number or flag"
        )),
    }
}

fn nothing_at(pointer: &str, key: &str) -> String {
    format!(
        "has nothing at `{pointer}`, so that it is unclear whether it counts; correct `{key}`, or let the knowledge base send that field"
    )
}

fn same_label(a: &str, b: &str) -> bool {
    a.trim().to_lowercase() == b.trim().to_lowercase()
}

/// `en-us`, `en_US` and `en-US` are one locale.
pub(crate) fn same_locale(a: &str, b: &str) -> bool {
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

    /// Items, and whether they fulfil a condition on `/x`; `None`: that is unclear.
    type Items<'a> = &'a [(&'a str, Option<bool>)];

    fn check(test: Test, missing: Missing, items: Items) {
        let condition = Condition {
            pointer: "/x".to_owned(),
            test,
            missing,
        };
        for (item, expected) in items {
            let found = holds(&condition, serde_json::from_str(item).unwrap());
            assert_eq!(
                found.as_ref().ok(),
                expected.as_ref(),
                "{condition:?} {item}"
            );
        }
    }

    #[test]
    fn every_form_of_a_condition() {
        let texts = |values: &[&str]| values.iter().map(ToString::to_string).collect();
        let (yes, no) = (Some(true), Some(false));
        check(
            Test::Is(texts(&["1", "null"])),
            Missing::Unclear,
            &[
                (r#"{"x": 1}"#, yes),
                (r#"{"x": null}"#, yes),
                (r#"{"x": true}"#, no),
                (r#"{"x": [1]}"#, None),
                (r#"{"y": 1}"#, None),
            ],
        );
        check(Test::Is(texts(&["1"])), Missing::Counts, &[(r"{}", yes)]);
        let not = || Test::Not(texts(&["true"]));
        check(
            not(),
            Missing::Unclear,
            &[
                (r#"{"x": false}"#, yes),
                (r#"{"x": null}"#, yes),
                (r#"{"x": true}"#, no),
                (r#"{"x": {}}"#, None),
                (r"{}", None),
            ],
        );
        check(
            not(),
            Missing::Counts,
            &[(r"{}", yes), (r#"{"x": true}"#, no)],
        );
        check(
            Test::Empty(true),
            Missing::Unclear,
            &[
                (r#"{"x": null}"#, yes),
                (r#"{"x": " "}"#, yes),
                (r#"{"x": []}"#, yes),
                (r#"{"x": {}}"#, yes),
                (r#"{"x": [0]}"#, no),
                (r#"{"x": 0}"#, no),
                (r"{}", None),
            ],
        );
        check(
            Test::Empty(true),
            Missing::CountsBeside("/y".to_owned()),
            &[
                (r#"{"y": null}"#, yes),
                (r#"{"x": 7, "y": null}"#, no),
                (r"{}", None),
            ],
        );
        check(
            Test::Empty(false),
            Missing::Unclear,
            &[(r#"{"x": [1]}"#, yes), (r#"{"x": []}"#, no), (r"{}", None)],
        );
    }

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
