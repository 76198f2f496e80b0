//! The call for one article, where its list does not hold all of it.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ecow::EcoString;
use serde_json::value::RawValue;

use super::binding::ParentValues;
use super::error::{FeedError, place};
use super::http::FeedAnswer;
use super::items::filter;
use super::list::Listed;
use super::memory::Seen;
use super::page::FeedPage;
use super::sweep::Sweep;
use crate::config::{DetailCall, Feed};
use crate::intake::format::{Json, follow};

/// Where so many calls fail before any succeeds, it is not the articles.
const FIRST_FAILURES: usize = 10;

/// The whole of an item of a list.
pub(crate) struct Completed {
    /// Its id, where the list has it.
    pub(crate) id: Option<EcoString>,
    /// The item, or why it could not be asked for.
    pub(crate) item: Result<Box<RawValue>, String>,
}

/// How the calls of one sweep for its articles have gone.
#[derive(Default)]
pub(crate) struct DetailCalls(Mutex<Gone>);

#[derive(Default)]
struct Gone {
    well: bool,
    badly: usize,
    first: Option<FeedError>,
}

impl DetailCalls {
    /// Whether any of them has failed.
    pub(crate) fn any_failed(&self) -> bool {
        self.lock().badly > 0
    }

    fn well(&self) {
        self.lock().well = true;
    }

    /// Takes in a failure. It is one of the whole feed where nothing else comes.
    fn badly(&self, error: FeedError) -> Result<(), FeedError> {
        let mut gone = self.lock();
        gone.badly += 1;
        let first = gone.first.take().unwrap_or(error);
        if !gone.well && gone.badly >= FIRST_FAILURES {
            return Err(first);
        }
        gone.first = Some(first);
        Ok(())
    }

    /// Fails where every call has.
    pub(crate) fn judge(&self) -> Result<(), FeedError> {
        let mut gone = self.lock();
        match gone.first.take() {
            Some(first) if !gone.well => Err(first),
            _ => Ok(()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Gone> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The whole of an item: as the list has it, or with what it was asked for laid over it.
pub(crate) async fn complete(
    sweep: &Sweep<'_>,
    above: &ParentValues,
    listed: Listed,
) -> Result<Completed, FeedError> {
    let Listed { id, item } = listed;
    let item = match &sweep.feed.detail {
        Some(detail) if !filter::surely_out(sweep.feed, &item) => {
            match asked_for(sweep, detail, above, item).await {
                Ok(item) => {
                    sweep.calls.well();
                    Ok(item)
                }
                Err(error) if concerns_one(&error) => {
                    let reason = left_as_it_is(&error);
                    sweep.calls.badly(of_any(sweep.feed, detail, error))?;
                    Err(reason)
                }
                Err(error) => return Err(error),
            }
        }
        _ => Ok(item),
    };
    Ok(Completed { id, item })
}

/// The item with what it was asked for laid over it.
pub(crate) async fn asked_for(
    sweep: &Sweep<'_>,
    detail: &DetailCall,
    above: &ParentValues,
    item: Box<RawValue>,
) -> Result<Box<RawValue>, FeedError> {
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
        let asked = sweep.clock.uptime();
        let answer = sweep.get(&url).await?;
        let found = article(detail.item.as_deref(), "detail.item", &answer).map_err(unusable)?;
        if let Some(mark) = mark {
            let seen = Seen::of(asked, &answer.headers);
            // A copy of the knowledge base may answer that is behind its list, or ahead of it.
            let own = sweep
                .changes
                .as_ref()
                .and_then(|_| self::mark(detail, &found));
            let mark = own.unwrap_or(mark);
            sweep.memory.keep_detail(&url, mark, found.clone(), seen);
        }
        found
    };
    laid_over(&item, &more).map_err(unusable)
}

/// Whether a failed call says nothing of the others.
pub(crate) fn concerns_one(error: &FeedError) -> bool {
    matches!(
        error,
        FeedError::Lost { .. }
            | FeedError::Status { .. }
            | FeedError::Page { .. }
            | FeedError::Next { .. }
    )
}

/// What is said of an article whose own call failed. Its address is left out: where a knowledge base
/// fails under way, all of its articles have one cause, which is told once.
fn left_as_it_is(error: &FeedError) -> String {
    format!("could not be read: {}", of_one(error))
}

/// The same failure where it is one of the whole feed. Which article's call failed first is chance: if it
/// were named, one outage would be told anew at each sweep.
fn of_any(feed: &Feed, detail: &DetailCall, error: FeedError) -> FeedError {
    let path = detail.path.to_string();
    let path = path.split('?').next().unwrap_or_default();
    let place = format!("{}{path}", place(&feed.address).trim_end_matches('/'));
    match error {
        FeedError::Lost { cause, .. } => FeedError::Lost { place, cause },
        FeedError::Status { status, .. } => FeedError::Status { place, status },
        FeedError::Page { cause, .. } => FeedError::Page { place, cause },
        error => error,
    }
}

/// Why one article cannot be had, and whether that can heal by itself.
pub(crate) fn of_one(error: &FeedError) -> String {
    const AGAIN: &str = "It is left as it is on the bot, and asked for again at the next sweep";
    const CORRECT: &str = "Until that is corrected, it is left as it is on the bot";
    match error {
        FeedError::Status { status, .. } => match status.as_u16() {
            404 | 410 => format!(
                "it is in the list, but its own call answered {status}: it was deleted meanwhile, or `detail` does not fit it. {AGAIN}"
            ),
            401 | 403 => format!(
                "its own call answered {status}; check [bot.source.auth] and what that account may read. {CORRECT}"
            ),
            500..=599 => format!("its own call answered {status}. {AGAIN}"),
            _ => format!(
                "its own call answered {status}; check `detail` against its documentation. {CORRECT}"
            ),
        },
        FeedError::Lost { cause, .. } => {
            format!("its own call was not answered ({cause}). {AGAIN}")
        }
        FeedError::Page { cause, .. } | FeedError::Next { cause, .. } => {
            format!("its own answer cannot be used: {cause}. {CORRECT}")
        }
        error => format!("{error}. {AGAIN}"),
    }
}

/// What changes whenever the article does, as the list has it.
pub(crate) fn mark(detail: &DetailCall, item: &RawValue) -> Option<String> {
    let raw = follow(item, detail.unchanged.as_deref()?).ok()??;
    match Json::parse(raw).ok()? {
        Json::Text(text) if !text.is_empty() => Some(text),
        _ => None,
    }
}

/// The article in an answer to a call for one.
pub(crate) fn article(
    pointer: Option<&str>,
    setting: &str,
    answer: &FeedAnswer,
) -> Result<Arc<RawValue>, String> {
    let root = FeedPage::root(&answer.headers, &answer.body)?;
    let found = match pointer {
        None => Some(root),
        Some(pointer) => follow(root, pointer)?,
    };
    match found.map(|raw| (raw, Json::parse(raw))) {
        Some((raw, Ok(Json::Object(_)))) => Ok(Arc::from(raw.to_owned())),
        _ => Err(format!(
            "there is no article at {setting} = \"{}\"; correct it",
            pointer.unwrap_or_default()
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
    use reqwest::StatusCode;

    #[test]
    fn only_what_can_heal_is_said_to_be_asked_for_again() {
        let place = || "http://kms.test/7".to_owned();
        let status = |status| FeedError::Status {
            place: place(),
            status,
        };
        let cause = || "c".to_owned();
        for (error, heals) in [
            (status(StatusCode::NOT_FOUND), true),
            (status(StatusCode::BAD_GATEWAY), true),
            (status(StatusCode::FORBIDDEN), false),
            (status(StatusCode::BAD_REQUEST), false),
            (
                FeedError::Lost {
                    place: place(),
                    cause: cause(),
                },
                true,
            ),
            (
                FeedError::Page {
                    place: place(),
                    cause: cause(),
                },
                false,
            ),
        ] {
            let said = left_as_it_is(&error);
            assert_eq!(said.contains("at the next sweep"), heals, "{said}");
            assert!(said.contains("left as it is on the bot"), "{said}");
            assert!(!said.contains("kms.test"), "one cause, one line: {said}");
        }
    }

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
