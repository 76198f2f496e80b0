//! Holds additions and changes back that hold what customers should not see, until a person releases them.

use std::collections::{BTreeMap, HashSet};

use super::{holds, without_secrets};
use crate::model::{Action, Change, Digest, HeldChange, Plan, Sensitive, Step, StepRef};
use crate::spool::SpoolError;

/// Bytes of held contents that are kept to be shown.
const SHOWN: usize = 256 << 10;

/// Contents that go out whatever they hold.
#[derive(Clone, Debug, Default)]
pub struct Admitted {
    /// Live already, or put back by a person: nothing is gained by holding them.
    pub known: HashSet<Digest>,
    /// Released by a person, by the name of the step.
    pub released: BTreeMap<String, Digest>,
}

/// Takes the additions and changes out of a plan in which one of these was found.
pub fn hold_changes(
    plan: &mut Plan,
    rules: &[Sensitive],
    admitted: &Admitted,
) -> Result<(), SpoolError> {
    if rules.is_empty() {
        return Ok(());
    }
    let mut failed = None;
    let mut room = SHOWN;
    let held = &mut plan.held_changes;
    plan.changes
        .retain(|change| match found(change, rules, admitted) {
            Ok(Some((found, step))) => {
                held.push(HeldChange {
                    node_name: change.step.node_name.to_string(),
                    action: change.action,
                    key: change.key.clone(),
                    digest: change.digest(),
                    found,
                    shown: shown(&step, &mut room),
                });
                false
            }
            Ok(None) => true,
            Err(error) => {
                failed = Some(error);
                true
            }
        });
    held.sort_by(|a, b| a.node_name.cmp(&b.node_name));
    failed.map_or(Ok(()), Err)
}

/// What people may see of it, as long as there is room.
fn shown(step: &Step, room: &mut usize) -> Option<Step> {
    *room = room.checked_sub(step.question.len() + step.answer.len())?;
    Some(without_secrets(step))
}

/// What was found in it, and where; `None`: it goes out.
fn found(
    change: &Change<StepRef>,
    rules: &[Sensitive],
    admitted: &Admitted,
) -> Result<Option<(String, Step)>, SpoolError> {
    if change.action == Action::Remove {
        return Ok(None);
    }
    let digest = change.digest();
    let released = admitted.released.get(change.step.node_name.as_str());
    if released == Some(&digest) || admitted.known.contains(&digest) {
        return Ok(None);
    }
    let step = change.step.step()?;
    Ok(holds(&step, rules).map(|found| (found, step)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ArticleKey, Step};

    const CARD: &str = "4539 5787 6362 1486";

    fn change(action: Action, name: &str, answer: &str) -> Change<StepRef> {
        Change {
            action,
            key: ArticleKey {
                source: "export".into(),
                article: name.into(),
            },
            step: Step {
                node_name: name.into(),
                question: "How?".into(),
                answer: answer.into(),
            }
            .into(),
            line: 2,
        }
    }

    /// The names that go out, and those that are held.
    fn decided(rules: &[Sensitive], admitted: &Admitted) -> (String, String) {
        let mut plan = Plan {
            changes: vec![
                change(Action::Change, "edited", CARD),
                change(Action::Change, "fine", "Fine."),
                change(Action::Add, "new", CARD),
                Change {
                    step: StepRef::without_content("gone".into()),
                    ..change(Action::Remove, "gone", "")
                },
            ],
            ..Plan::default()
        };
        hold_changes(&mut plan, rules, admitted).unwrap();
        let out = plan.changes.iter();
        let out: Vec<&str> = out.map(|change| &*change.step.node_name).collect();
        let held = plan.held_changes.iter();
        let held: Vec<String> = held
            .map(|held| format!("{} ({})", held.node_name, held.found))
            .collect();
        (out.join(" "), held.join(" "))
    }

    #[test]
    fn what_is_neither_live_nor_released_is_held() {
        let digest = |answer: &str| change(Action::Add, "x", answer).digest();
        let nobody = Admitted::default();
        let live = Admitted {
            known: [digest(CARD)].into(),
            ..Admitted::default()
        };
        let released = |name: &str, answer: &str| Admitted {
            released: [(name.to_owned(), digest(answer))].into(),
            ..Admitted::default()
        };
        let both = "edited (card in answer 1) new (card in answer 1)";
        for (rules, admitted, out, held) in [
            (&[Sensitive::Card][..], &nobody, "fine gone", both),
            (&[Sensitive::Secret], &nobody, "edited fine new gone", ""),
            (&[], &nobody, "edited fine new gone", ""),
            (&[Sensitive::Card], &live, "edited fine new gone", ""),
            (
                &[Sensitive::Card],
                &released("new", CARD),
                "fine new gone",
                "edited (card in answer 1)",
            ),
            // What was released was another text.
            (
                &[Sensitive::Card],
                &released("new", "4539578763621486"),
                "fine gone",
                both,
            ),
        ] {
            let found = decided(rules, admitted);
            assert_eq!(found, (out.to_owned(), held.to_owned()), "{rules:?}");
        }
    }

    #[test]
    fn what_is_shown_of_it_is_bounded() {
        let long = format!("{CARD} {}", "x".repeat(SHOWN / 2));
        let mut plan = Plan {
            changes: vec![
                change(Action::Add, "a", &long),
                change(Action::Add, "b", &long),
                change(Action::Add, "c", CARD),
            ],
            ..Plan::default()
        };
        hold_changes(&mut plan, &[Sensitive::Card], &Admitted::default()).unwrap();
        let shown = |at: usize| plan.held_changes[at].shown.as_ref();
        assert!(shown(0).unwrap().answer.starts_with("••• x"));
        assert_eq!(shown(1), None);
        assert_eq!(shown(2).unwrap().answer, "•••");
    }
}
