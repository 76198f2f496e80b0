//! Stage 6: the outcome of an upload is known. Snapshot, quarantine, search and history move in
//! one transaction.

use super::send::TaskOutcome;
use crate::clock::{TimePoint, at_length};
use crate::config::UploadEffect;
use crate::haptik::named_step;
use crate::model::{
    AccusedStep, Blame, Isolation, Named, Purpose, RefusedSet, TrialFailure, TrialRows, UploadEnd,
    UploadId, refused_set,
};
use crate::sabotage;
use crate::sabotage::Sabotage;
use crate::store::{Reached, Settlement, Store, StoreError, UploadRecord};

/// What an ended upload means, before it is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
struct FailureVerdict {
    end: UploadEnd,
    message: String,
    reached: Reached,
    isolation: Option<Isolation>,
    convicted: Vec<Blame>,
    accused: Vec<AccusedStep>,
    refused_live: Vec<AccusedStep>,
}

/// Settles an upload that has come to its end.
pub(super) async fn settle(
    store: &Store,
    record: &mut UploadRecord,
    end: &TaskOutcome,
    now: &TimePoint,
) -> Result<(), StoreError> {
    let state = store.bot_state(record.bot).await?;
    let before = state.isolation;
    let rows = match (end, record.purpose) {
        // All of them went through, whatever their names.
        (
            TaskOutcome::Succeeded { .. },
            Purpose::Change | Purpose::Control | Purpose::Recovery | Purpose::Canary,
        ) => Vec::new(),
        _ => store.upload_names(record.id).await?,
    };
    let absent = absent(store, record, &rows, before.as_ref(), end).await?;
    let mut verdict = judge(record, &rows, &absent, before, end);
    match (verdict.end, record.purpose) {
        (UploadEnd::TaskSucceeded, Purpose::Recovery) => verdict.refused_live = state.accused,
        (UploadEnd::TaskFailed, _) if verdict.convicted.is_empty() => {
            let refused = refused(store, record, &state.accused, &verdict.message).await?;
            match refused {
                RefusedSet::ServiceFails => {}
                RefusedSet::Without(accused) => verdict.accused = accused,
                RefusedSet::Convicted(step) => verdict.refused_live = vec![step],
            }
            if !verdict.accused.is_empty() || !verdict.refused_live.is_empty() {
                verdict.isolation = None;
            }
        }
        // Of a set that never arrived, nothing is known.
        (UploadEnd::Refused | UploadEnd::Dropped, Purpose::Recovery) => {
            verdict.accused = state.accused;
        }
        _ => {}
    }
    let settlement = Settlement {
        end: verdict.end,
        message: &verdict.message,
        reached: verdict.reached,
        isolation: verdict.isolation.as_ref(),
        convicted: &verdict.convicted,
        accused: &verdict.accused,
        refused_live: &verdict.refused_live,
        now,
    };
    store.settle(record, settlement).await
}

/// The names of the search that an upload which failed did not carry.
async fn absent(
    store: &Store,
    record: &UploadRecord,
    rows: &[(u32, String)],
    before: Option<&Isolation>,
    end: &TaskOutcome,
) -> Result<Vec<String>, StoreError> {
    let Some(search) = before.filter(|_| record.purpose == Purpose::Trial) else {
        return Ok(Vec::new());
    };
    if matches!(end, TaskOutcome::Succeeded { .. }) {
        return Ok(Vec::new());
    }
    let tried = numbers(rows);
    let all = store.upload_names(UploadId(search.base)).await?;
    let absent = all.into_iter().filter(|(row, _)| !tried.contains(row));
    Ok(absent.map(|(_, name)| name).collect())
}

/// Where the last good set goes up as it is, Haptik may refuse a step that has long been live. In any
/// other upload it is not known whether that step is to blame.
async fn refused(
    store: &Store,
    record: &UploadRecord,
    accused: &[AccusedStep],
    text: &str,
) -> Result<RefusedSet, StoreError> {
    let as_it_was = match record.purpose {
        Purpose::Recovery => true,
        Purpose::Control => record.effect == UploadEffect::Replace,
        Purpose::Change
        | Purpose::Trial
        | Purpose::Canary
        | Purpose::Import
        | Purpose::RemovedByHand => false,
    };
    if !as_it_was {
        return Ok(RefusedSet::ServiceFails);
    }
    let snapshot = store.snapshot(record.bot).await?;
    let names = snapshot.iter().map(|known| known.node_name.as_str());
    let accusation = at_length(|| named_step(text, names)).map(|name| AccusedStep {
        node_name: name.to_owned(),
        reason: text.to_owned(),
    });
    Ok(refused_set(accused, accusation, snapshot.len() as u64))
}

/// What the end of this upload means. Pure.
fn judge(
    record: &UploadRecord,
    rows: &[(u32, String)],
    absent: &[String],
    before: Option<Isolation>,
    end: &TaskOutcome,
) -> FailureVerdict {
    match end {
        TaskOutcome::Succeeded { text } => succeeded(record, rows, before, text),
        TaskOutcome::TaskFailed { text } => {
            failed(record, (rows, absent), before, text, UploadEnd::TaskFailed)
        }
        TaskOutcome::Refused { text } => {
            failed(record, (rows, absent), before, text, UploadEnd::Refused)
        }
    }
}

fn succeeded(
    record: &UploadRecord,
    rows: &[(u32, String)],
    before: Option<Isolation>,
    text: &str,
) -> FailureVerdict {
    let isolation = match record.purpose {
        // A whole plan went through: an old search that found nobody has lost its meaning.
        Purpose::Change | Purpose::Import | Purpose::RemovedByHand => None,
        Purpose::Trial => before.map(|mut search| {
            search.succeeded(&numbers(rows));
            search
        }),
        Purpose::Control | Purpose::Recovery => before.map(|mut search| {
            search.control_succeeded();
            search
        }),
        Purpose::Canary => before,
    };
    FailureVerdict {
        end: UploadEnd::TaskSucceeded,
        message: text.to_owned(),
        reached: Reached::Nothing,
        isolation,
        convicted: Vec::new(),
        accused: Vec::new(),
        refused_live: Vec::new(),
    }
}

fn failed(
    record: &UploadRecord,
    (rows, absent): (&[(u32, String)], &[String]),
    before: Option<Isolation>,
    text: &str,
    end: UploadEnd,
) -> FailureVerdict {
    let named = at_length(|| named(rows, absent, text));
    // Sent more than once, an earlier copy may have been executed although this one was refused.
    let executed = end == UploadEnd::TaskFailed || record.submissions > 1;
    // Where a name stands in the text, it may be the wrong one.
    let reached = if executed {
        Reached::AnyRow
    } else {
        Reached::Nothing
    };
    let (isolation, blamed) = match (record.purpose, before) {
        (Purpose::Trial, Some(mut search)) => {
            let blamed = search.failed(TrialFailure {
                tried: &numbers(rows),
                named,
                text,
            });
            (Some(search), blamed)
        }
        (Purpose::Control | Purpose::Recovery, before) => {
            let search = before.map(|mut search| {
                search.control_failed(text);
                search
            });
            (search, None)
        }
        // It says nothing of steps.
        (Purpose::Canary, before) => (before, None),
        (Purpose::Change | Purpose::Trial | Purpose::Import | Purpose::RemovedByHand, before) => {
            let (search, blamed) =
                Isolation::begin(record.id.0, rows.len(), before.as_ref(), named, text);
            (Some(search), blamed)
        }
    };
    let mut convicted: Vec<Blame> = blamed.into_iter().collect();
    if sabotage::is(Sabotage::AllAreBad) && isolation.is_some() {
        convicted = rows.iter().map(|(row, _)| blame(*row, text)).collect();
    }
    FailureVerdict {
        end,
        message: text.to_owned(),
        reached,
        isolation,
        convicted,
        accused: Vec::new(),
        refused_live: Vec::new(),
    }
}

fn blame(row: u32, text: &str) -> Blame {
    Blame {
        row,
        reason: text.to_owned(),
    }
}

fn numbers(rows: &[(u32, String)]) -> TrialRows {
    rows.iter().map(|(row, _)| *row).collect()
}

/// Whom Haptik's words name: a row of the upload, or one that was left out of it.
fn named(rows: &[(u32, String)], absent: &[String], text: &str) -> Named {
    let names = rows.iter().map(|(_, name)| name.as_str());
    if let Some(name) = named_step(text, names) {
        let row = rows.iter().find(|(_, other)| other == name);
        return row.map_or(Named::Nobody, |(row, _)| Named::Row(*row));
    }
    match named_step(text, absent.iter().map(String::as_str)) {
        Some(_) => Named::Absent,
        None => Named::Nobody,
    }
}
