//! What a complete sweep lacks of what is live is asked for again before it counts as gone: a few
//! articles by their own addresses, many by one further sweep.

use std::collections::HashSet;
use std::sync::Arc;

use ecow::EcoString;
use futures_util::stream::{self, StreamExt};
use reqwest::StatusCode;
use serde_json::value::RawValue;

use super::LiveIds;
use super::binding::ParentValues;
use super::detail::{Completed, article, asked_for, concerns_one, of_one};
use super::error::{FeedError, place};
use super::items::{filter, ids};
use super::sweep::{Sweep, SweepReader, Swept};
use crate::config::{ById, DetailCall, Feed, FeedFormat, Source, Split};

/// So many articles are asked for by their own addresses; more by a further sweep.
const FEW: usize = 50;

/// How one article is asked for.
enum Address<'f> {
    /// What answers there decides: the configuration says so.
    Own(&'f ById),
    /// The call for its text. It may go on answering for an article that has left the list, so that
    /// only the list can say that it is there.
    Text(&'f DetailCall),
}

/// What asking for one article came to.
enum FoundAgain {
    There(Box<RawValue>),
    Gone,
    /// It exists, and the list decides.
    Listed,
    Unclear(String),
}

/// Asks again for what `swept` lacks of the live articles. Returns why that leaves it open whether
/// they are there.
pub(crate) async fn ask_again(
    reader: &SweepReader<'_>,
    swept: &mut Swept,
) -> Result<Option<String>, FeedError> {
    if matches!(reader.feed.format, FeedFormat::File(_)) {
        return Ok(None);
    }
    let known = reader.memory.absent();
    let lacking = lacking(reader, swept);
    let mut open: Vec<EcoString> = lacking.difference(&known).cloned().collect();
    open.sort_unstable();
    if open.len() <= FEW
        && !open.is_empty()
        && let Some(address) = address(reader.source, reader.feed)
    {
        match one_by_one(reader, &address, &open, swept).await {
            Ok(left) => open = left,
            Err(FeedError::Stopped) => return Err(FeedError::Stopped),
            Err(error) => return Ok(Some(unsure(&open, &error.to_string()))),
        }
    }
    if open.is_empty() {
        return Ok(None);
    }
    further(reader, &open, swept).await
}

/// Notes what is absent, so that it is not asked for again each time while it waits for a person.
pub(crate) fn remember(reader: &SweepReader, swept: &Swept, is_certain: bool) {
    let lacking = lacking(reader, swept);
    reader.memory.keep_absent(if is_certain {
        lacking
    } else {
        let known = reader.memory.absent();
        known.intersection(&lacking).cloned().collect()
    });
}

/// The live articles that were not met. A section of an article is there where the article is.
fn lacking(reader: &SweepReader, swept: &Swept) -> LiveIds {
    let is_split = reader.source.presentation.split == Split::Headings;
    let met = |id: &EcoString| {
        let article = id.rsplit_once('#').filter(|_| is_split);
        swept.met.contains(id) || article.is_some_and(|(id, _)| swept.met.contains(id))
    };
    reader.live.iter().filter(|id| !met(id)).cloned().collect()
}

/// Where an article can be asked for of which nothing but the id is known.
fn address<'f>(source: &Source, feed: &'f Feed) -> Option<Address<'f>> {
    // The id of a section is not the id of its article.
    if source.presentation.split == Split::Headings {
        return None;
    }
    if let Some(by_id) = &feed.by_id {
        return Some(Address::Own(by_id));
    }
    let detail = feed.detail.as_ref()?;
    let [id] = source.fields.as_ref()?.id.as_slice() else {
        return None;
    };
    let pointer = pointer(id);
    let by_id_alone = detail
        .path
        .places()
        .all(|(name, place)| name == "item" && place == pointer);
    (by_id_alone && detail.path.places().count() > 0).then_some(Address::Text(detail))
}

fn pointer(field: &str) -> String {
    if field.starts_with('/') {
        field.to_owned()
    } else {
        format!("/{field}")
    }
}

/// Asks for each article. Returns those for which only the list can tell.
async fn one_by_one(
    reader: &SweepReader<'_>,
    address: &Address<'_>,
    open: &[EcoString],
    swept: &mut Swept,
) -> Result<Vec<EcoString>, FeedError> {
    let sweep = Sweep::new(reader, false, HashSet::new());
    let asking = stream::iter(open.to_vec()).map(|id| async {
        let found = ask(reader, &sweep, address, &id).await;
        (id, found)
    });
    let mut asking = std::pin::pin!(asking.buffered(reader.feed.concurrency));
    let mut left = Vec::new();
    while let Some((id, found)) = asking.next().await {
        let item = match found? {
            FoundAgain::Gone => continue,
            FoundAgain::Listed => {
                left.push(id);
                continue;
            }
            FoundAgain::There(item) => Ok(item),
            FoundAgain::Unclear(reason) => Err(format!(
                "is not in the list any more, and it could not be seen whether it is gone: {reason}"
            )),
        };
        let page: Arc<str> = format!("article {id}").into();
        let completed = Completed { id: Some(id), item };
        sweep.take(&page, &[completed], swept)?;
    }
    Ok(left)
}

async fn ask(
    reader: &SweepReader<'_>,
    sweep: &Sweep<'_>,
    address: &Address<'_>,
    id: &EcoString,
) -> Result<FoundAgain, FeedError> {
    let item = match address {
        Address::Own(by_id) => answered(reader, by_id, id).await,
        Address::Text(detail) => {
            let field = &reader.source.fields.as_ref().map(|fields| &fields.id[0]);
            let field = pointer(field.map_or("id", String::as_str));
            let item = with_id(&field, id);
            asked_for(sweep, detail, &ParentValues::default(), item).await
        }
    };
    let item = match (item, &reader.feed.detail, address) {
        (Ok(item), Some(detail), Address::Own(_)) if !filter::surely_out(reader.feed, &item) => {
            asked_for(sweep, detail, &ParentValues::default(), item).await
        }
        (item, ..) => item,
    };
    let item = match item {
        Ok(item) => item,
        Err(error) if is_gone(&error, address) => return Ok(FoundAgain::Gone),
        Err(error) if concerns_one(&error) => return Ok(FoundAgain::Unclear(of_one(&error))),
        Err(error) => return Err(error),
    };
    if let Address::Text(_) = address {
        return Ok(FoundAgain::Listed);
    }
    if ids(reader.source, reader.feed).id_of(&item).as_deref() != Some(id.as_str()) {
        let reason = "its own address answered with another article; correct `by_id`. Until then it stays on the bot as it is";
        return Ok(FoundAgain::Unclear(reason.to_owned()));
    }
    Ok(
        match filter::counts(reader.feed, &item, reader.clock.now()) {
            Ok(counted) if counted.questions.is_some() => FoundAgain::There(item),
            Ok(_) => FoundAgain::Gone,
            Err(reason) => {
                FoundAgain::Unclear(format!("it {reason}. It stays on the bot as it is"))
            }
        },
    )
}

async fn answered(
    reader: &SweepReader<'_>,
    by_id: &ById,
    id: &EcoString,
) -> Result<Box<RawValue>, FeedError> {
    let item = Arc::from(with_id("/id", id));
    let binding = ParentValues::default().with("article", item);
    let url = binding.url(reader.feed, &by_id.path)?;
    let answer = reader.caller.get(&url).await?;
    let found = article(by_id.item.as_deref(), "by_id.item", &answer);
    let found = found.map_err(|cause| FeedError::Page {
        place: place(&url),
        cause,
    })?;
    Ok((*found).to_owned())
}

fn is_gone(error: &FeedError, address: &Address) -> bool {
    let FeedError::Status { status, .. } = error else {
        return false;
    };
    let known = match address {
        Address::Own(by_id) => by_id.gone.contains(&status.as_u16()),
        Address::Text(_) => false,
    };
    known || matches!(*status, StatusCode::NOT_FOUND | StatusCode::GONE)
}

/// An item that has nothing but its id.
fn with_id(pointer: &str, id: &str) -> Box<RawValue> {
    let value = pointer.split('/').skip(1).collect::<Vec<_>>();
    let value =
        value
            .into_iter()
            .rev()
            .fold(serde_json::Value::String(id.to_owned()), |inner, key| {
                let key = key.replace("~1", "/").replace("~0", "~");
                serde_json::Value::Object([(key, inner)].into_iter().collect())
            });
    serde_json::value::to_raw_value(&value).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// Reads everything once more. What is in either sweep is there.
async fn further(
    reader: &SweepReader<'_>,
    open: &[EcoString],
    swept: &mut Swept,
) -> Result<Option<String>, FeedError> {
    let sweep = Sweep::new(reader, true, std::mem::take(&mut swept.versions));
    let again = match sweep.run().await {
        Ok(again) => again,
        Err(FeedError::Stopped) => return Err(FeedError::Stopped),
        Err(error) => return Ok(Some(unsure(open, &error.to_string()))),
    };
    let doubt = again.doubt.clone();
    let only_before: LiveIds = swept
        .met
        .iter()
        .filter(|id| reader.live.contains(*id) && !again.met.contains(*id))
        .cloned()
        .collect();
    let before = std::mem::replace(swept, again);
    let mut collector = before.collector;
    collector.keep_only(&only_before);
    let limit = reader.feed.limits.max_items;
    let absorbed = swept.collector.absorb(collector);
    absorbed.map_err(|_| FeedError::TooManyItems { limit })?;
    swept.met.extend(only_before);
    let still = open.iter().filter(|id| !swept.met.contains(*id));
    let still: Vec<EcoString> = still.cloned().collect();
    let doubt = doubt.filter(|_| !still.is_empty());
    Ok(doubt.map(|doubt| unsure(&still, &format!("{} {}", doubt.place, doubt.cause()))))
}

fn unsure(open: &[EcoString], cause: &str) -> String {
    let mut named: Vec<&str> = open.iter().take(10).map(EcoString::as_str).collect();
    if open.len() > named.len() {
        named.push("...");
    }
    format!(
        "{} live articles were not in the list, and it could not be seen whether they are gone, because it was read again and {cause}. What was read goes out, and no answer of this source is removed until that can be seen ({})",
        open.len(),
        named.join(", ")
    )
}
