use super::*;

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
    }
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
