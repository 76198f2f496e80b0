use super::*;

/// The diagram of `docs/ARCHITECTURE.md`: one line a transition.
fn diagram() -> String {
    let mut lines = vec![
        "stateDiagram-v2".to_owned(),
        "    [*] --> writing".to_owned(),
    ];
    for state in UploadState::ALL {
        for event in UploadEventKind::ALL {
            if let Ok(next) = state.after(event) {
                lines.push(format!(
                    "    {} --> {}: {}",
                    state.name(),
                    next.name(),
                    event.name()
                ));
            }
        }
    }
    lines.push("    succeeded --> [*]".to_owned());
    lines.push("    failed --> [*]".to_owned());
    lines.join("\n")
}

#[test]
fn the_document_draws_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/ARCHITECTURE.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (before, rest) = text.split_once("```mermaid\n").unwrap();
    let (drawn, after) = rest.split_once("\n```").unwrap();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let new = format!("{before}```mermaid\n{}\n```{after}", diagram());
        std::fs::write(path, new).unwrap();
        return;
    }
    assert_eq!(
        drawn,
        diagram(),
        "docs/ARCHITECTURE.md draws another table; accept with UPDATE_DOCS=1 cargo test upload::"
    );
}

#[test]
fn only_an_answer_or_a_person_ends_doubt() {
    let out: Vec<_> = UploadEventKind::ALL
        .into_iter()
        .filter(|event| {
            UploadState::InDoubt
                .after(*event)
                .is_ok_and(|next| next != UploadState::InDoubt)
        })
        .collect();
    assert_eq!(
        out,
        [
            UploadEventKind::TaskGiven,
            UploadEventKind::Refused,
            UploadEventKind::Dropped
        ]
    );
}

#[test]
fn a_restart_loses_nothing() {
    let after: Vec<_> = UploadState::ALL
        .into_iter()
        .map(|state| state.after(UploadEventKind::Restart).unwrap().name())
        .collect();
    assert_eq!(
        after,
        [
            "writing",
            "prepared",
            "in_doubt",
            "accepted",
            "in_doubt",
            "succeeded",
            "failed"
        ]
    );
}

#[test]
fn what_is_settled_stays_so() {
    for state in UploadState::ALL.into_iter().filter(|state| state.settled()) {
        for event in UploadEventKind::ALL {
            let next = state.after(event);
            assert_eq!(
                next.is_ok(),
                event == UploadEventKind::Restart,
                "{state:?} {event:?}"
            );
            assert!(next.is_err() || next == Ok(state));
        }
    }
}

#[test]
fn names_lead_back_to_states() {
    for state in UploadState::ALL {
        assert_eq!(UploadState::from_name(state.name()), Some(state));
    }
    assert_eq!(UploadState::from_name("gone"), None);
}
