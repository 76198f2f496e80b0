//! What an article is asked for by itself, where its list does not hold all of it.

use std::collections::HashSet;
use std::sync::Arc;

use reqwest::{StatusCode, Url};
use serde_json::value::RawValue;

use super::super::json_value::{Json, follow};
use super::binding::Binding;
use super::caller::Answer;
use super::error::{FeedError, place};
use super::filter;
use super::page::Page;
use super::sweep::{Broken, Sweep};
use crate::config::Detail;

/// The whole of an item: as the list has it, or with what it was asked for laid over it.
pub(super) async fn complete(
    sweep: &Sweep<'_>,
    above: &Binding,
    item: Box<RawValue>,
) -> Result<Box<RawValue>, Broken> {
    let Some(detail) = &sweep.feed.detail else {
        return Ok(item);
    };
    if filter::surely_out(sweep.feed, &item) {
        return Ok(item);
    }
    let item: Arc<RawValue> = item.into();
    let binding = above.with("item", item.clone());
    let url = binding.url(sweep.feed, &detail.path)?;
    let unusable = |cause| FeedError::Page {
        place: place(&url),
        cause,
    };
    let mark = mark(detail, &item);
    let before = mark
        .as_ref()
        .and_then(|mark| sweep.memory.detail(&url, mark));
    let more = if let Some(before) = before {
        before
    } else {
        let answer = ask(sweep, &url).await?;
        let found = article(detail, &answer).map_err(unusable)?;
        if let Some(mark) = mark {
            sweep.memory.keep_detail(&url, mark, found.clone());
        }
        found
    };
    Ok(laid_over(&item, &more).map_err(unusable)?)
}

/// What changes whenever the article does, as the list has it.
fn mark(detail: &Detail, item: &RawValue) -> Option<String> {
    let raw = follow(item, detail.unchanged.as_deref()?).ok()??;
    match Json::parse(raw).ok()? {
        Json::Text(text) if !text.is_empty() => Some(text),
        _ => None,
    }
}

/// An article that is not there any more was deleted after its list was read.
async fn ask(sweep: &Sweep<'_>, url: &Url) -> Result<Answer, Broken> {
    sweep.caller.get(url).await.map_err(|error| match error {
        FeedError::Status {
            place,
            status: status @ (StatusCode::NOT_FOUND | StatusCode::GONE),
        } => Broken::Moved {
            place,
            cause: format!("answered {status} for an article that its list has"),
        },
        error => error.into(),
    })
}

fn article(detail: &Detail, answer: &Answer) -> Result<Arc<RawValue>, String> {
    let root = Page::root(&answer.headers, &answer.body)?;
    let found = match &detail.item {
        None => Some(root),
        Some(pointer) => follow(root, pointer)?,
    };
    match found.map(|raw| (raw, Json::parse(raw))) {
        Some((raw, Ok(Json::Object(_)))) => Ok(Arc::from(raw.to_owned())),
        _ => Err(format!(
            "there is no article at detail.item = \"{}\"; correct it",
            detail.item.as_deref().unwrap_or_default()
        )),
    }
}

/// The entries of one object over those of another.
fn laid_over(under: &RawValue, over: &RawValue) -> Result<Box<RawValue>, String> {
    let (Json::Object(under), Json::Object(over)) = (Json::parse(under)?, Json::parse(over)?)
    else {
        return Err("an item of its list is no object".to_owned());
    };
    let replaced: HashSet<&str> = over.0.iter().map(|(key, _)| key.as_str()).collect();
    let kept = under
        .0
        .iter()
        .filter(|(key, _)| !replaced.contains(key.as_str()));
    let mut entries = Vec::new();
    for (key, value) in kept.chain(&over.0) {
        let key = serde_json::to_string(key).map_err(|error| error.to_string())?;
        entries.push(format!("{key}:{}", value.get()));
    }
    let text = format!("{{{}}}", entries.join(","));
    RawValue::from_string(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_lies_over_the_list() {
        let raw = |text: &str| RawValue::from_string(text.to_owned()).unwrap();
        let cases = [
            (
                r#"{"a":1,"b":2}"#,
                r#"{"b":{"x":[]},"c":"d"}"#,
                r#"{"a":1,"b":{"x":[]},"c":"d"}"#,
            ),
            (r#"{"\"q\"":1}"#, "{}", r#"{"\"q\"":1}"#),
            ("{}", "{}", "{}"),
        ];
        for (under, over, expected) in cases {
            let found = laid_over(&raw(under), &raw(over)).unwrap();
            assert_eq!(found.get(), expected);
        }
        assert!(laid_over(&raw("7"), &raw("{}")).is_err());
    }
}
