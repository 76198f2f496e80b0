//! Names: a step keeps the name that it was once given, and no two articles share one.

use std::collections::{BTreeMap, HashMap};

use super::{ArticleKey, Desired, Situation};
use crate::flow::intake::Rejection;
use crate::flow::normalise::Outline;

/// Gives every article the name it already has, if it has one, and rejects those that would share
/// a name. What comes back is in the order of `node_name`.
pub fn settle_names(situation: &mut Situation) -> (Vec<Desired<Outline>>, Vec<Rejection>) {
    let mut desired = std::mem::take(&mut situation.desired);
    let given = given_names(situation);
    for entry in &mut desired {
        if let Some(name) = given.get(&entry.key)
            && entry.step.node_name != *name
        {
            (*name).clone_into(&mut entry.step.node_name);
        }
    }
    drop(given);
    desired.sort_by(|a, b| a.step.node_name.cmp(&b.step.node_name));
    reject_clashes(desired, situation)
}

/// Names by article. The snapshot's word counts most.
fn given_names(situation: &Situation) -> HashMap<&ArticleKey, &str> {
    let mut given = HashMap::new();
    for (name, key) in &situation.uncertain {
        given.insert(key, name.as_str());
    }
    for (name, (key, _)) in &situation.quarantine {
        given.insert(key, name.as_str());
    }
    for known in &situation.snapshot {
        given.insert(&known.key, known.node_name.as_str());
    }
    given
}

fn reject_clashes(
    desired: Vec<Desired<Outline>>,
    situation: &Situation,
) -> (Vec<Desired<Outline>>, Vec<Rejection>) {
    let same_name = |pair: &[Desired<Outline>]| pair[0].step.node_name == pair[1].step.node_name;
    if !desired.windows(2).any(same_name) {
        return (desired, Vec::new());
    }
    let mut clashes: BTreeMap<String, Vec<Desired<Outline>>> = BTreeMap::new();
    let mut single: Vec<Desired<Outline>> = Vec::with_capacity(desired.len());
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
        settle_clash(&name, together, situation, &mut single, &mut rejections);
    }
    single.sort_by(|a, b| a.step.node_name.cmp(&b.step.node_name));
    (single, rejections)
}

/// The article that the name was given to keeps it; otherwise nobody gets it.
fn settle_clash(
    name: &str,
    together: Vec<Desired<Outline>>,
    situation: &Situation,
    single: &mut Vec<Desired<Outline>>,
    rejections: &mut Vec<Rejection>,
) {
    let owner = situation
        .snapshot
        .binary_search_by(|known| known.node_name.as_str().cmp(name))
        .ok()
        .map(|at| situation.snapshot[at].key.clone());
    let places: Vec<_> = together
        .iter()
        .map(|entry| format!("{} (id {})", entry.place, entry.key.article))
        .collect();
    for (at, entry) in together.into_iter().enumerate() {
        if owner.as_ref() == Some(&entry.key) {
            single.push(entry);
            continue;
        }
        let others: Vec<_> = places
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != at)
            .map(|(_, place)| place.as_str())
            .collect();
        rejections.push(Rejection {
            source: entry.key.source.to_string(),
            place: entry.place,
            id: Some(entry.key.article),
            reason: format!(
                "its step would be named \"{name}\", and so would that of {}; a step name is unique within the bot: \
                 give the articles different names or put the id into the template, node_name = \"{{{{ id }}}}\"",
                others.join(" and of ")
            ),
        });
    }
}
