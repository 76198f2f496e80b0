use super::*;
use crate::model::{Action, ArticleKey, HeldChange};

fn removal(name: &str, kind: RemovalKind, plan: i64) -> OpenRemoval {
    OpenRemoval {
        node_name: name.into(),
        kind,
        reason: String::new(),
        plan,
        released: false,
    }
}

fn open() -> OpenOfBot {
    use RemovalKind::{Held, Manual, Waiting};
    let mut released = removal("e", Held, 1);
    released.released = true;
    OpenOfBot {
        name: "acme".into(),
        id: BotId(1),
        plan: 3,
        removals: vec![
            removal("a", Held, 1),
            removal("b", Waiting, 2),
            removal("c", Held, 3),
            removal("d", Manual, 1),
            released,
        ],
        changes: vec![change("x1", 2, false), change("x2", 1, true)],
        kept: vec!["k1".into(), "k2".into()],
    }
}

fn change(name: &str, plan: i64, released: bool) -> OpenChange {
    OpenChange {
        change: HeldChange {
            node_name: name.into(),
            action: Action::Change,
            key: ArticleKey {
                source: "export".into(),
                article: name.into(),
            },
            digest: Digest([7; 16]),
            found: "card in answer 1".into(),
            shown: None,
        },
        plan,
        released,
    }
}

#[test]
fn a_held_change_is_released_by_its_name_alone() {
    let asked = |names: &[&str], plan, what| Approval {
        steps: names.iter().map(|name| (*name).to_owned()).collect(),
        plan,
        what,
        ..Approval::default()
    };
    for (asked, released, held) in [
        (asked(&[], None, Approved::Removals), "", "x1"),
        (asked(&["a"], None, Approved::Removals), "", "x1"),
        (asked(&["x1"], None, Approved::Removals), "x1", ""),
        (asked(&["x1", "a"], Some(2), Approved::Removals), "x1", ""),
        (asked(&["x1"], Some(1), Approved::Removals), "", "x1"),
        (asked(&["x1", "d"], None, Approved::Listed), "x1", ""),
        (asked(&["d"], None, Approved::Removed), "", "x1"),
    ] {
        let choice = choose(&open(), &asked).unwrap();
        let found = (choice.changes.join(" "), choice.held_changes.join(" "));
        assert_eq!(found, (released.to_owned(), held.to_owned()), "{asked:?}");
        let contents = open().contents_of(&choice.changes);
        assert_eq!(contents.len(), choice.changes.len());
    }
    let released = choose(&open(), &asked(&["x2"], None, Approved::Removals));
    let told = released.unwrap_err();
    assert!(told.ends_with("a, b, c. Held changes: x1"), "{told}");
}

#[test]
fn nothing_is_released_but_what_was_told_and_named() {
    let released = |asked: &Approval| {
        let choice = choose(&open(), asked).unwrap();
        (
            choice.released.join(" "),
            choice.still_held.join(" "),
            choice.struck_off.join(" "),
            choice.later.join(" "),
        )
    };
    let named = |names: &[&str]| Approval {
        steps: names.iter().map(|name| (*name).to_owned()).collect(),
        ..Approval::default()
    };
    let table = [
        (Approval::default(), ("a b c", "", "", "")),
        (named(&["b"]), ("b", "a c", "", "")),
        // What is kept is let go by its name alone.
        (named(&["b", "k2"]), ("b k2", "a c", "", "")),
        (
            Approval {
                plan: Some(2),
                ..Approval::default()
            },
            ("a b", "c", "", "c"),
        ),
        (
            Approval {
                plan: Some(3),
                ..Approval::default()
            },
            ("a b c", "", "", ""),
        ),
        (
            Approval {
                plan: Some(1),
                ..named(&["a", "c"])
            },
            ("a", "b c", "", "c"),
        ),
        (
            Approval {
                what: Approved::Removed,
                ..Approval::default()
            },
            ("", "a b c", "d", ""),
        ),
        (
            Approval {
                what: Approved::Removed,
                ..named(&["d"])
            },
            ("", "a b c", "d", ""),
        ),
        (
            Approval {
                what: Approved::Listed,
                ..named(&["a", "d", "e", "gone"])
            },
            ("a", "b c", "d", ""),
        ),
        (
            Approval {
                what: Approved::Listed,
                ..Approval::default()
            },
            ("", "a b c", "", ""),
        ),
    ];
    for (asked, (free, held, struck, later)) in table {
        let found = released(&asked);
        let found = (
            found.0.as_str(),
            found.1.as_str(),
            found.2.as_str(),
            found.3.as_str(),
        );
        assert_eq!(found, (free, held, struck, later), "{asked:?}");
    }
}

#[test]
fn what_is_not_open_releases_nothing() {
    for (asked, words) in [
        (
            Approval {
                steps: vec!["a".into(), "x".into()],
                ..Approval::default()
            },
            "not held or waiting: x; nothing was done. Held or waiting: a, b, c",
        ),
        (
            Approval {
                steps: vec!["d".into()],
                ..Approval::default()
            },
            "`kms-haptik-sync approve acme --removed`",
        ),
        (
            Approval {
                steps: vec!["e".into()],
                ..Approval::default()
            },
            "released already",
        ),
        (
            Approval {
                steps: vec!["a".into()],
                what: Approved::Removed,
                ..Approval::default()
            },
            "not to remove manually: a",
        ),
        (
            Approval {
                plan: Some(4),
                ..Approval::default()
            },
            "there is no plan 4; the last one is plan 3",
        ),
    ] {
        let error = choose(&open(), &asked).unwrap_err();
        assert!(error.contains(words), "{error}");
    }
}
