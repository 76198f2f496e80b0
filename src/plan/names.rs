//! Names: a step keeps the name that it was once given, and no two articles share one.

use std::collections::{BTreeMap, HashMap};

use ecow::EcoString;

use super::PlanInput;
use crate::model::{ArticleKey, CANARY, DesiredRef, LiveStep, Reach, Rejection};
use crate::text::list;

/// Articles of the same name that a rejection names. Each of them has one, so more would add up.
const OTHERS: usize = 3;

/// Gives every article the name it already has, if it has one, and rejects those that would share
/// a name. What comes back is in the order of `node_name`.
pub fn resolve_names(input: &mut PlanInput) -> (Vec<DesiredRef>, Vec<Rejection>) {
    let mut desired = std::mem::take(&mut input.desired);
    let given = given_names(input);
    for entry in &mut desired {
        if let Some(name) = given(&entry.key)
            && entry.step.node_name != *name
        {
            entry.step.node_name = entry.key.step_name(name);
        }
    }
    drop(given);
    desired.sort_by(|a, b| a.step.node_name.cmp(&b.step.node_name));
    let reserved = desired.extract_if(.., |entry| entry.step.node_name == CANARY);
    let mut reserved: Vec<Rejection> = reserved.map(of_canary).collect();
    let (desired, mut rejections) = reject_clashes(desired, input);
    rejections.append(&mut reserved);
    (desired, rejections)
}

/// An article with the name of the canary would be overwritten by it.
fn of_canary(entry: DesiredRef) -> Rejection {
    Rejection {
        source: entry.key.source.to_string(),
        place: entry.place(),
        id: Some(entry.key.article.into()),
        reason: format!(
            "its step would be named \"{CANARY}\", which is the name of the canary (haptik.ask.canary); give the article another id or name"
        ),
        reach: Reach::Alone,
    }
}

/// Names by article. The snapshot's word counts most; it is looked up in a list, because a map of a
/// large one would be nearly as large.
fn given_names<'a>(input: &'a PlanInput) -> impl Fn(&ArticleKey) -> Option<&'a str> {
    let mut doubtful: HashMap<&ArticleKey, &str> = HashMap::new();
    for (name, key) in &input.uncertain {
        doubtful.insert(key, name);
    }
    for (name, (key, _)) in &input.quarantine {
        doubtful.insert(key, name);
    }
    for (name, spoken) in &input.overrides {
        doubtful.insert(&spoken.key, name);
    }
    let mut live: Vec<&LiveStep> = input.snapshot.iter().collect();
    live.sort_by(|a, b| a.key.cmp(&b.key));
    move |key| {
        let end = live.partition_point(|known| known.key <= *key);
        let known = live[..end].last().filter(|known| known.key == *key);
        match known {
            Some(known) => Some(&known.node_name),
            None => doubtful.get(key).copied(),
        }
    }
}

fn reject_clashes(
    desired: Vec<DesiredRef>,
    input: &PlanInput,
) -> (Vec<DesiredRef>, Vec<Rejection>) {
    let same_name = |pair: &[DesiredRef]| pair[0].step.node_name == pair[1].step.node_name;
    if !desired.windows(2).any(same_name) {
        return (desired, Vec::new());
    }
    let mut clashes: BTreeMap<EcoString, Vec<DesiredRef>> = BTreeMap::new();
    let mut single: Vec<DesiredRef> = Vec::with_capacity(desired.len());
    for entry in desired {
        let name = &entry.step.node_name;
        if let Some(together) = clashes.get_mut(name) {
            together.push(entry);
        } else if single
            .last()
            .is_some_and(|last| last.step.node_name == *name)
        {
            let last = single.pop();
            clashes.insert(name.clone(), last.into_iter().chain([entry]).collect());
        } else {
            single.push(entry);
        }
    }
    let mut rejections = Vec::new();
    for (name, together) in clashes {
        settle_clash(&name, together, input, &mut single, &mut rejections);
    }
    single.sort_by(|a, b| a.step.node_name.cmp(&b.step.node_name));
    (single, rejections)
}

/// The article that the name was given to keeps it. Where sources hold the same article, one of them
/// stands for all; otherwise nobody gets the name.
fn settle_clash(
    name: &str,
    together: Vec<DesiredRef>,
    input: &PlanInput,
    single: &mut Vec<DesiredRef>,
    rejections: &mut Vec<Rejection>,
) {
    let owner = input
        .snapshot
        .binary_search_by(|known| known.node_name.as_str().cmp(name))
        .ok()
        .map(|at| input.snapshot[at].key.clone());
    let articles = together.len();
    let across = together
        .iter()
        .any(|entry| entry.key.source != together[0].key.source);
    let first = together.iter().take(OTHERS + 1);
    let first: Vec<String> = first.map(|entry| named(entry, across)).collect();
    let is_one = |entry: &DesiredRef| entry.step.digest() == together[0].step.digest();
    if across && together.iter().all(is_one) {
        let of_owner = together
            .iter()
            .position(|entry| owner.as_ref() == Some(&entry.key));
        single.extend(together.into_iter().nth(of_owner.unwrap_or_default()));
        return;
    }
    let remedy = if across {
        "give the articles different names, or put the source into the template, node_name = \"{{ source }}-{{ id }}\" (names that were given once stay)"
    } else {
        "give the articles different names or put the id into the template, node_name = \"{{ id }}\""
    };
    for (at, entry) in together.into_iter().enumerate() {
        if owner.as_ref() == Some(&entry.key) {
            single.push(entry);
            continue;
        }
        let others = first.iter().enumerate();
        let others = others.filter(|(other, _)| *other != at);
        let others = others.map(|(_, place)| place);
        rejections.push(Rejection {
            source: entry.key.source.to_string(),
            place: entry.place(),
            id: Some(entry.key.article.into()),
            reason: format!(
                "its step would be named \"{name}\", and so would that of {}; a step name is unique within the bot: {remedy}",
                list::first(others, articles - 1, OTHERS)
            ),
            reach: Reach::Alone,
        });
    }
}

/// An article in a message; `across`: there are others of other sources.
fn named(entry: &DesiredRef, across: bool) -> String {
    let ArticleKey { source, article } = &entry.key;
    let place = entry.place();
    if across {
        format!("{place} (id {article}) in source \"{source}\"")
    } else {
        format!("{place} (id {article})")
    }
}
