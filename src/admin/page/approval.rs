//! Which removals and changes a person can release on the page, and what stands for exactly those that they saw.
//! Pure.

use crate::sync::LastPlan;

/// The held removals that a person can release.
pub(super) fn releasable(plan: &LastPlan) -> impl Iterator<Item = &str> {
    plan.held.iter().map(|held| held.node_name.as_str())
}

/// The removals that are meant: the picked ones of those that are held, or all of them where nobody could
/// pick, and those that a person has carried out by hand.
pub(super) fn chosen(plan: &LastPlan, picked: Option<&[&str]>) -> Vec<String> {
    let is_picked = |name: &&str| picked.is_none_or(|picked| picked.contains(name));
    let held = releasable(plan).filter(is_picked);
    let manual = plan.manual.iter().map(String::as_str);
    held.chain(manual).map(str::to_owned).collect()
}

/// The held changes that are meant: only those that were picked, one by one.
pub(super) fn chosen_changes(plan: &LastPlan, picked: &[&str]) -> Vec<String> {
    let held = plan.held_changes.iter().map(|held| &held.node_name);
    held.filter(|name| picked.contains(&name.as_str()))
        .cloned()
        .collect()
}

/// What stands for exactly what a person sees and can release.
pub(super) fn approval(plan: &LastPlan) -> String {
    let mut hasher = blake3::Hasher::new();
    for names in [
        releasable(plan).collect::<Vec<_>>(),
        plan.manual.iter().map(String::as_str).collect(),
    ] {
        for name in names {
            hasher.update(&(name.len() as u64).to_le_bytes());
            hasher.update(name.as_bytes());
        }
        hasher.update(b"end");
    }
    for held in &plan.held_changes {
        hasher.update(&(held.node_name.len() as u64).to_le_bytes());
        hasher.update(held.node_name.as_bytes());
        hasher.update(&held.digest.0);
    }
    hasher.finalize().to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Action, ArticleKey, Digest, Held, HeldChange, HoldReason};

    fn plan(held: &[&str], manual: &[&str]) -> LastPlan {
        let held = held.iter().map(|name| Held {
            node_name: (*name).into(),
            renamed_to: None,
            reason: HoldReason::ByHand,
        });
        LastPlan {
            held: held.collect(),
            manual: manual.iter().map(|name| (*name).into()).collect(),
            ..LastPlan::default()
        }
    }

    #[test]
    fn an_approval_stands_for_what_is_seen() {
        let all = [
            plan(&[], &[]),
            plan(&["a"], &[]),
            plan(&["a", "b"], &[]),
            plan(&["ab"], &[]),
            plan(&["a"], &["b"]),
            plan(&[], &["a"]),
        ];
        let all: Vec<String> = all.iter().map(approval).collect();
        for (at, one) in all.iter().enumerate() {
            assert!(!all[..at].contains(one), "{at}");
        }
    }

    fn holding(name: &str, content: u8) -> LastPlan {
        let held = HeldChange {
            node_name: name.into(),
            action: Action::Change,
            key: ArticleKey {
                source: "export".into(),
                article: name.into(),
            },
            digest: Digest([content; 16]),
            found: "card in answer 1".into(),
            shown: None,
        };
        LastPlan {
            held_changes: vec![held],
            ..LastPlan::default()
        }
    }

    #[test]
    fn changes_are_picked_one_by_one_and_stand_for_their_content() {
        let plan = holding("a", 1);
        for (picked, expected) in [(&["a", "b"][..], &["a"][..]), (&["b"], &[]), (&[], &[])] {
            assert_eq!(chosen_changes(&plan, picked), expected);
        }
        assert_ne!(approval(&plan), approval(&holding("a", 2)));
        assert_ne!(approval(&plan), approval(&LastPlan::default()));
    }

    #[test]
    fn only_what_is_held_can_be_picked() {
        let plan = plan(&["a", "b"], &["m"]);
        for (picked, expected) in [
            (None, &["a", "b", "m"][..]),
            (Some(&["b", "x"][..]), &["b", "m"]),
            (Some(&[]), &["m"]),
        ] {
            assert_eq!(chosen(&plan, picked), expected);
        }
    }
}
