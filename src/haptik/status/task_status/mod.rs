//! Understands the prose with which Haptik tells how far a task is. What is not understood is
//! never success.
//!
//! Seen on the wire are "all steps have been created successfully" and "all nodes has been created
//! successfully"; documented are the kinds Success, In Progress and Error/Exception (the vendor's
//! pages of 2020 to 2023); a Celery worker also has states of its own.

use super::words::{Word, is_failure, unwrapped, without_negations, words};

/// How far a task is; each with the text that said so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskStatus {
    /// Every row was carried out.
    Succeeded(String),
    /// The worker has not finished.
    InProgress(String),
    /// Execution stopped at a row; those before it were carried out.
    Failed(String),
    /// Not understood: neither success nor failure may be concluded.
    Unknown(String),
}

impl TaskStatus {
    /// Haptik's text.
    pub fn text(&self) -> &str {
        match self {
            Self::Succeeded(text)
            | Self::InProgress(text)
            | Self::Failed(text)
            | Self::Unknown(text) => text,
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Sense {
    Success,
    Progress,
    Failure,
    Unclear,
}

/// Kinds that decide when they open the text and a sign or the end follows.
const KINDS: [(&str, Sense); 23] = [
    ("success", Sense::Success),
    ("succeeded", Sense::Success),
    ("in progress", Sense::Progress),
    ("in-progress", Sense::Progress),
    ("in_progress", Sense::Progress),
    ("inprogress", Sense::Progress),
    ("progress", Sense::Progress),
    ("pending", Sense::Progress),
    ("started", Sense::Progress),
    ("received", Sense::Progress),
    ("retry", Sense::Progress),
    ("queued", Sense::Progress),
    ("processing", Sense::Progress),
    ("running", Sense::Progress),
    ("error", Sense::Failure),
    ("exception", Sense::Failure),
    ("failure", Sense::Failure),
    ("failed", Sense::Failure),
    ("revoked", Sense::Failure),
    ("rejected", Sense::Failure),
    ("aborted", Sense::Failure),
    ("ignored", Sense::Failure),
    ("traceback", Sense::Failure),
];

const PROGRESS: [&str; 19] = [
    "progress",
    "in-progress",
    "in_progress",
    "inprogress",
    "pending",
    "processing",
    "processed",
    "queued",
    "running",
    "started",
    "waiting",
    "executing",
    "ongoing",
    "received",
    "retrying",
    "scheduled",
    "still",
    "being",
    "yet",
];

const SUCCESS: [&str; 4] = ["successfully", "successful", "succeeded", "success"];

/// Words beside which "successfully" does not mean all of it: "no steps were created
/// successfully", "will be created successfully".
const DOUBT: [&str; 18] = [
    "no",
    "none",
    "nothing",
    "never",
    "zero",
    "0",
    "partial",
    "partially",
    "partly",
    "except",
    "only",
    "some",
    "few",
    "skipped",
    "ignored",
    "will",
    "if",
    "should",
];

/// What a status text says.
pub fn understand(text: &str) -> TaskStatus {
    let owned = text.to_owned();
    match sense(text) {
        Sense::Success => TaskStatus::Succeeded(owned),
        Sense::Progress => TaskStatus::InProgress(owned),
        Sense::Failure => TaskStatus::Failed(owned),
        Sense::Unclear => TaskStatus::Unknown(owned),
    }
}

fn sense(text: &str) -> Sense {
    let words = without_negations(&words(text));
    match leading_kind(text) {
        Some(Sense::Success) => prose(&words, Sense::Success),
        Some(kind) => kind,
        None => prose(&words, Sense::Unclear),
    }
}

/// The documented kind that opens the text, if the end or a sign follows it.
fn leading_kind(text: &str) -> Option<Sense> {
    let opening = unwrapped(text).trim_start_matches(['[', '(', '<', '*', ' ']);
    let lower = opening.to_lowercase();
    KINDS.iter().find_map(|(kind, sense)| {
        let rest = lower.strip_prefix(kind)?.trim_start();
        let attached = lower.len() - kind.len() == rest.len();
        let ends = match rest.chars().next() {
            None => true,
            // "error-page was ..." opens with a name, "Error - ..." with a kind.
            Some('-' | '_' | '.' | '\'' | '’') if attached => rest
                .chars()
                .nth(1)
                .is_none_or(|next| !next.is_alphanumeric()),
            Some(sign) => !sign.is_alphanumeric() && !"\"“‘«`".contains(sign),
        };
        ends.then_some(*sense)
    })
}

fn prose(words: &[Word], opened: Sense) -> Sense {
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.text.as_str()));
    if has(&["yet"]) && has(&["not"]) {
        Sense::Progress
    } else if is_failure(words) {
        Sense::Failure
    } else if has(&PROGRESS) {
        Sense::Progress
    } else if has(&DOUBT) || unequal_share(words) {
        Sense::Unclear
    } else if has(&SUCCESS) {
        Sense::Success
    } else {
        opened
    }
}

/// "3 of 5": not all of them.
fn unequal_share(words: &[Word]) -> bool {
    let number = |at: usize| words.get(at)?.text.parse::<u64>().ok();
    (0..words.len()).any(|at| {
        let after = match words.get(at + 1).map(|word| word.text.as_str()) {
            Some("of") => at + 2,
            Some("out") => at + 3,
            _ if words.get(at + 1).is_some_and(|word| word.sign == Some('/')) => at + 1,
            _ => return false,
        };
        matches!((number(at), number(after)), (Some(part), Some(whole)) if part != whole)
    })
}

#[cfg(test)]
mod tests;
