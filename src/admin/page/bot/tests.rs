//! What the page of a bot says first.

use super::*;

#[test]
fn one_plain_sentence() {
    let fine = BotStatus {
        pending: Some(0),
        ..BotStatus::default()
    };
    let table = [
        (
            fine.clone(),
            "In sync",
            "The bot answers as the knowledge base says.",
        ),
        (
            BotStatus {
                pending: None,
                ..fine.clone()
            },
            "Syncing",
            "The knowledge base is being read",
        ),
        (
            BotStatus {
                pending: Some(3),
                ..fine.clone()
            },
            "Syncing",
            "3 changes wait",
        ),
        (
            BotStatus {
                quarantined: 1,
                ..fine.clone()
            },
            "Needs attention",
            "Everything else is up to date, but",
        ),
        (
            BotStatus {
                planned_at: Some(1_700_000_000_000),
                ..fine.clone()
            },
            "In sync",
            "The bot answers as the knowledge base says, as read at 2023-11-14T22:13:20Z.",
        ),
        (
            BotStatus {
                unread: 1,
                waiting_removals: 2,
                ..fine.clone()
            },
            "In sync",
            "Everything that could be read is live. Of 3 steps it is not certain",
        ),
        (
            BotStatus {
                quarantined: 1,
                pending: Some(2),
                ..fine.clone()
            },
            "Needs attention",
            "2 changes wait to go live, and something below",
        ),
        (
            BotStatus {
                last_error: Some("x".into()),
                is_incomplete: true,
                ..fine.clone()
            },
            "Failing",
            "New changes do not go live, and the last upload failed half-way",
        ),
        (
            BotStatus {
                last_error: Some("x".into()),
                ..fine
            },
            "Failing",
            "New changes do not go live.",
        ),
    ];
    for (status, expected, sentence) in table {
        assert_eq!(word(status.state()), expected);
        assert!(headline(&status).starts_with(sentence), "{status:?}");
    }
}
