//! Live steps that Haptik names when it refuses the last good set, where uploads replace: whom the next
//! recovery goes without, and who is convicted. A name is an accusation and no proof. Pure; the list is
//! kept in the store.

use serde::{Deserialize, Serialize};

/// So many steps are left out of a recovery on Haptik's word; with more, it is the service that fails.
const MOST: usize = 8;

/// A live step, and what Haptik said of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccusedStep {
    /// The step.
    pub node_name: String,
    /// Haptik's words.
    pub reason: String,
}

/// What comes of a last good set that Haptik has refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefusedSet {
    /// The next recovery goes up without these.
    Without(Vec<AccusedStep>),
    /// This step failed alone: it is live no more.
    Convicted(AccusedStep),
    /// Haptik's words name nobody, or a step that was not in the set: nobody is to blame.
    ServiceFails,
}

/// What comes of a set that Haptik refused: `named` is the live step in its words, `accused` are those
/// that the set went without, and `live` is how many are live with them.
pub fn refused_set(accused: &[AccusedStep], named: Option<AccusedStep>, live: u64) -> RefusedSet {
    let Some(named) = named else {
        return RefusedSet::ServiceFails;
    };
    // Words that name a step which was not there have disproved themselves.
    if accused.iter().any(|one| one.node_name == named.node_name) || accused.len() >= MOST {
        return RefusedSet::ServiceFails;
    }
    if accused.len() as u64 + 1 >= live {
        return if accused.is_empty() {
            RefusedSet::Convicted(named)
        } else {
            RefusedSet::ServiceFails
        };
    }
    let mut without = accused.to_vec();
    without.push(named);
    RefusedSet::Without(without)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(name: &str) -> AccusedStep {
        AccusedStep {
            node_name: name.to_owned(),
            reason: format!("\"{name}\" is not allowed"),
        }
    }

    #[test]
    fn a_name_is_no_proof() {
        let all: Vec<AccusedStep> = (0..9).map(|at| one(&format!("kb-{at}"))).collect();
        let cases = [
            ("nobody is named", vec![], None, 5, RefusedSet::ServiceFails),
            (
                "the first is left out",
                vec![],
                Some(one("a")),
                5,
                RefusedSet::Without(vec![one("a")]),
            ),
            (
                "the next, too",
                vec![one("a")],
                Some(one("b")),
                5,
                RefusedSet::Without(vec![one("a"), one("b")]),
            ),
            (
                "who was not there is innocent",
                vec![one("a"), one("b")],
                Some(one("a")),
                5,
                RefusedSet::ServiceFails,
            ),
            (
                "who failed alone is not",
                vec![],
                Some(one("a")),
                1,
                RefusedSet::Convicted(one("a")),
            ),
            (
                "a set is never emptied on Haptik's word",
                vec![one("a")],
                Some(one("b")),
                2,
                RefusedSet::ServiceFails,
            ),
            (
                "with so many names, it is the service",
                all[..8].to_vec(),
                Some(one("b")),
                100,
                RefusedSet::ServiceFails,
            ),
        ];
        for (why, accused, named, live, expected) in cases {
            assert_eq!(refused_set(&accused, named, live), expected, "{why}");
        }
    }
}
