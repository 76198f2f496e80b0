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
            "Everything else",
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
