//! After a failed task: makes a bot whole again where uploads replace, and carries the search for
//! bad steps to its end, upload by upload.

use tracing::{Instrument as _, info_span};

use super::engine::Engine;
use super::report::{PassReport, UploadOutcome, UploadReport};
use super::send::Stopped;
use super::settle::settle;
use crate::clock::duration_millis;
use crate::config::{Bot, UploadEffect};
use crate::model::{
    Action, Change, ChangeCounts, NextTrial, Purpose, TrialRows, UploadId, UploadState,
};
use crate::sabotage;
use crate::sabotage::Sabotage;
use crate::store::{BotId, SnapshotStep, Store, StoreError, UploadRecord};

/// Live steps that are looked at for a control.
const CONTROLS: u32 = 10;

/// Takes an upload to its end and settles it.
pub(crate) async fn deliver(
    engine: &Engine,
    bot: &Bot,
    record: &mut UploadRecord,
    report: &mut PassReport,
) -> Result<(), Stopped> {
    let runner = &engine.runner;
    let (upload, rows) = (record.id.0, record.rows);
    let span = info_span!("deliver", bot = bot.domain_name, upload, rows);
    let end = runner
        .deliver(&bot.domain_name, record)
        .instrument(span)
        .await;
    let settled = match &end {
        Ok(end) => settle(&runner.store, record, end, &runner.clock.point())
            .instrument(info_span!("settle", upload))
            .await
            .map_err(Stopped::from),
        Err(_) => Ok(()),
    };
    report.uploads.push(UploadReport::from(&*record));
    end?;
    settled?;
    let now = runner.clock.now();
    let aged = runner.store.aged(&runner.clock.point()).await?;
    let kept_from = aged - duration_millis(engine.history.keep);
    runner.store.prune_uploads(record.bot, kept_from).await?;
    engine.observer.settled(&bot.domain_name, record, now);
    if record.state == UploadState::Succeeded {
        let counted = matches!(record.purpose, Purpose::Change | Purpose::Trial);
        if counted {
            let ChangeCounts {
                added,
                changed,
                removed,
            } = record.counts;
            report.added += added;
            report.changed += changed;
            report.removed += removed;
        }
    }
    log_end(bot, record);
    Ok(())
}

fn log_end(bot: &Bot, record: &UploadRecord) {
    let words = record.message.as_deref().unwrap_or_default();
    let ChangeCounts {
        added,
        changed,
        removed,
    } = record.counts;
    let bot = bot.domain_name.as_str();
    let upload = record.id.0;
    if record.state == UploadState::Succeeded {
        tracing::info!(
            bot,
            upload,
            "live: {added} added, {changed} changed, {removed} removed; Haptik says: {words}"
        );
    } else {
        tracing::warn!(bot, upload, "upload {upload} failed; Haptik says: {words}");
    }
}

/// Recovers and searches until nothing is left to do. Whether a step that was live was refused meanwhile:
/// then the search that was under way is over, and a new plan goes on.
pub(crate) async fn fix(
    engine: &Engine,
    bot: &Bot,
    id: BotId,
    report: &mut PassReport,
) -> Result<bool, Stopped> {
    let store = &engine.runner.store;
    let mut has_shrunk = false;
    loop {
        let state = store.bot_state(id).await?;
        let incomplete = state.needs_recovery && !sabotage::is(Sabotage::RecoverySkipped);
        if incomplete && store.is_any_live(id).await? {
            has_shrunk |= recover(engine, bot, id, report).await?;
            continue;
        }
        let Some(mut search) = state.isolation else {
            return Ok(has_shrunk);
        };
        if search.service_fails() {
            return match &report.uploads.last() {
                Some(upload) if upload.outcome == UploadOutcome::Failed => Err(
                    Stopped::ServiceFails(upload.message.clone().unwrap_or_default()),
                ),
                _ => Ok(has_shrunk),
            };
        }
        let base = store.upload(UploadId(search.base)).await?;
        match search.next(store.is_any_live(id).await?) {
            NextTrial::Try(rows) => try_rows(engine, bot, &base, &rows, report).await?,
            NextTrial::Control => control(engine, bot, &base, search.round(), report).await?,
            NextTrial::Convict(blamed) => {
                let now = &engine.runner.clock.point();
                store.convict(&base, Some(&search), &blamed, now).await?;
            }
            NextTrial::ServiceFails(text) => {
                let now = &engine.runner.clock.point();
                store.convict(&base, Some(&search), &[], now).await?;
                return Err(Stopped::ServiceFails(text));
            }
            NextTrial::Done => {
                let now = &engine.runner.clock.point();
                store.convict(&base, None, &[], now).await?;
                return Ok(has_shrunk);
            }
        }
    }
}

/// The bot is incomplete: the last good set goes up at once. Whether a step of it was refused.
async fn recover(
    engine: &Engine,
    bot: &Bot,
    id: BotId,
    report: &mut PassReport,
) -> Result<bool, Stopped> {
    tracing::warn!(
        bot = bot.domain_name,
        "a failed task left steps of this bot inactive; the last good set is uploaded at once"
    );
    let store = &engine.runner.store;
    let now = engine.runner.clock.now();
    let effect = UploadEffect::Replace;
    let nothing: [(u32, Change); 0] = [];
    let mut record = store
        .prepare(id, Purpose::Recovery, effect, &nothing, now)
        .await?;
    deliver(engine, bot, &mut record, report).await?;
    fail_unless_shrunk(engine, id, &record).await?;
    Ok(record.state == UploadState::Failed)
}

/// A recovery that fails although no step could be taken out of it must wait.
async fn fail_unless_shrunk(
    engine: &Engine,
    id: BotId,
    record: &UploadRecord,
) -> Result<(), Stopped> {
    let live = engine.runner.store.live(id).await?;
    if record.state == UploadState::Failed && live >= record.rows {
        return Err(Stopped::ServiceFails(
            record.message.clone().unwrap_or_default(),
        ));
    }
    Ok(())
}

async fn try_rows(
    engine: &Engine,
    bot: &Bot,
    base: &UploadRecord,
    rows: &TrialRows,
    report: &mut PassReport,
) -> Result<(), Stopped> {
    let store = &engine.runner.store;
    let mut changes = store.upload_rows(base).await?;
    changes.retain(|(row, _)| rows.contains(row));
    let now = engine.runner.clock.now();
    let mut record = store
        .prepare(base.bot, Purpose::Trial, base.effect, &changes, now)
        .await?;
    deliver(engine, bot, &mut record, report).await
}

/// A live step goes up again as it is: if even that fails, it is the service.
async fn control(
    engine: &Engine,
    bot: &Bot,
    base: &UploadRecord,
    round: u32,
    report: &mut PassReport,
) -> Result<(), Stopped> {
    let store = &engine.runner.store;
    let Some(live) = control_step(store, base, round).await? else {
        return Ok(());
    };
    let change = Change {
        action: Action::Change,
        key: live.key,
        step: live.step,
        line: 0,
    };
    let now = engine.runner.clock.now();
    let mut record = store
        .prepare(
            base.bot,
            Purpose::Control,
            bot.upload_effect,
            &[(0, change)],
            now,
        )
        .await?;
    deliver(engine, bot, &mut record, report).await
}

/// The live step of this round. One whose content was altered proves nothing, so another one serves.
async fn control_step(
    store: &Store,
    base: &UploadRecord,
    round: u32,
) -> Result<Option<SnapshotStep>, StoreError> {
    let mut found = store.any_live_step(base.bot, base.id, round).await;
    for further in 1..CONTROLS {
        if !matches!(found, Err(StoreError::Rotten { .. })) {
            break;
        }
        let turn = round.wrapping_add(further);
        found = store.any_live_step(base.bot, base.id, turn).await;
    }
    found
}
