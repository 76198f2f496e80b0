//! Every error that people are told has its heading in docs/OPERATIONS.md, and the document quotes
//! nothing that nobody says.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use crate::config::SecretError;
use crate::control::ConverseError;
use crate::daemon::DaemonError;
use crate::haptik::TransportError;
use crate::intake::SourceError;
use crate::model::{FingerprintPart, GuardLimits, HoldReason};
use crate::normalise::NameError;
use crate::spool::SpoolError;
use crate::store::{CopyError, DatabaseError, HaptikBinding, PastError, StoreError};
use crate::sync::{AskError, EngineError, Refused};
use crate::text::GAP;

const OPERATIONS: &str = include_str!("../docs/OPERATIONS.md");

/// What this thread has had of a processor: a bound of it holds on a busy machine, too.
pub(crate) fn processor_time() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    now.try_into().unwrap()
}

/// Files with what is said of single files and lists, which is no error of its own.
const REASONS: [&str; 13] = [
    "src/cli/inspect/export.rs",
    "src/control/history/forget.rs",
    "src/control/overrule/keep.rs",
    "src/control/overrule/pause.rs",
    "src/control/overrule/resume.rs",
    "src/control/overrule/step.rs",
    "src/intake/archive/pages.rs",
    "src/intake/budget.rs",
    "src/intake/feed/doubt.rs",
    "src/intake/article_collector.rs",
    "src/intake/read_files.rs",
    "src/intake/bytes/stream.rs",
    "src/plan/names.rs",
];

/// What every error says, with gaps for names and numbers.
fn messages() -> Vec<String> {
    fn said<E: ToString>(errors: Vec<E>) -> impl Iterator<Item = String> {
        errors.into_iter().map(|error| error.to_string())
    }
    let binding = || HaptikBinding {
        haptik: GAP.into(),
        client_id: GAP.into(),
    };
    let refused = Refused {
        domain_name: GAP.into(),
        state_dir: GAP.into(),
        bound: binding(),
        configured: binding(),
    };
    let all = said(SecretError::samples())
        .chain(said(EngineError::samples()))
        .chain(said(AskError::samples()))
        .chain(said(conversations()))
        .chain(said(ends_of_the_daemon()))
        .chain(said(SourceError::samples()))
        .chain(said(NameError::samples()))
        .chain(said(TransportError::samples()))
        .chain(said(SpoolError::samples()))
        .chain(said(StoreError::samples()))
        .chain(said(DatabaseError::samples()))
        .chain(said(CopyError::samples()))
        .chain(said(PastError::samples()))
        .chain(said(hold_reasons()))
        .chain([refused.to_string()]);
    all.map(|text| with_gaps(&text)).collect()
}

fn conversations() -> Vec<ConverseError> {
    let stopped = ConverseError::Stopped;
    // A variant that is added says something that is missing above.
    match &stopped {
        ConverseError::Stopped | ConverseError::Fault(_) | ConverseError::Store(_) => {}
    }
    vec![stopped]
}

fn ends_of_the_daemon() -> Vec<DaemonError> {
    let ended = DaemonError::TaskEnded {
        name: GAP.into(),
        how: GAP.into(),
    };
    // As above.
    match &ended {
        DaemonError::Engine(_) | DaemonError::TaskEnded { .. } => {}
    }
    vec![ended]
}

/// Numbers, and what a sample has in place of a name, are gaps.
fn with_gaps(text: &str) -> String {
    let text = text
        .replace("\"…\"", GAP)
        .replace(" I'm a teapot", "")
        .replace(&FingerprintPart::NodeName.in_words(), GAP);
    let mut clean = String::new();
    for letter in text.chars() {
        if !letter.is_ascii_digit() {
            clean.push(letter);
        } else if !clean.ends_with(GAP) {
            clean.push_str(GAP);
        }
    }
    clean
}

/// The messages that the document quotes.
fn quoted() -> BTreeSet<String> {
    OPERATIONS
        .lines()
        .filter_map(|line| line.strip_prefix("> "))
        .map(str::to_owned)
        .collect()
}

/// What a message says before its remedy; `None` where that is no words of its own.
fn cause(message: &str) -> Option<&str> {
    let cause = message.split("; ").next()?;
    let has_words = cause.contains(|found: char| found.is_ascii_alphabetic());
    has_words.then_some(cause)
}

/// Whether a quotation is of this message: the same words, as far as it goes.
fn is_of(quote: &str, cause: &str) -> bool {
    let quote = with_gaps(quote);
    let words = quote.trim_end_matches(GAP).trim_end();
    words.len() >= 8 && (cause.starts_with(words) || cause.ends_with(words))
}

#[test]
fn every_error_has_its_heading() {
    let messages = messages();
    let known: Vec<&str> = messages.iter().filter_map(|text| cause(text)).collect();
    assert!(known.len() > 50, "only {} errors were found", known.len());
    let quoted = quoted();
    let is_quoted = |cause: &&&str| quoted.iter().any(|quote| is_of(quote, cause));
    let missing: Vec<_> = known.iter().filter(|cause| !is_quoted(cause)).collect();
    assert!(
        missing.is_empty(),
        "docs/OPERATIONS.md quotes none of these below a heading: {missing:#?}"
    );
    for quote in &quoted {
        let said = known.iter().any(|cause| is_of(quote, cause));
        let words = quote.trim_end_matches(GAP).trim_end();
        let reason = REASONS.iter().any(|path| is_written_in(&file(path), words));
        assert!(said || reason, "nobody says {quote:?} any more");
    }
}

fn file(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Whether these words stand in a source file in this order, with anything in the gaps.
fn is_written_in(source: &str, words: &str) -> bool {
    let mut rest = source;
    words.split(GAP).map(str::trim).all(|piece| {
        let found = rest.find(piece);
        rest = found.map_or("", |at| &rest[at + piece.len()..]);
        found.is_some()
    })
}

/// Every reason for which a removal is held.
fn hold_reasons() -> Vec<HoldReason> {
    let reasons = vec![
        HoldReason::TooMany {
            removals: 1,
            live: 1,
            limits: GuardLimits {
                max_removals: 1,
                max_removal_percent: 1,
            },
        },
        HoldReason::Configuration {
            parts: vec![FingerprintPart::NodeName],
        },
        HoldReason::Configuration {
            parts: vec![FingerprintPart::Unknown],
        },
        HoldReason::ByHand,
    ];
    for reason in &reasons {
        // A reason that is added here is missing above and in the document.
        match reason {
            HoldReason::TooMany { .. } | HoldReason::Configuration { .. } | HoldReason::ByHand => {}
        }
    }
    reasons
}

#[test]
fn gaps_stand_for_what_is_filled_in() {
    assert_eq!(with_gaps("\"…\" has 70 of 5"), "… has … of …");
    assert_eq!(cause("a … is …; fix it"), Some("a … is …"));
    assert_eq!(cause("…: …"), None);
}
