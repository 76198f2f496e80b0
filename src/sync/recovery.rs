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
    AccusedStep, Action, Change, ChangeCounts, LiveStep, NextTrial, Purpose, Step, TrialRows,
    UploadId, UploadState,
};
use crate::sabotage;
use crate::sabotage::Sabotage;
use crate::store::{BotId, SnapshotStep, Store, StoreError, UploadRecord};
use crate::text::few;

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
            has_shrunk |= recover(engine, bot, id, &state.accused, report).await?;
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

/// The bot is incomplete: the last good set goes up at once, without the steps that Haptik has named when
/// it refused it. Whether some of them are live no more.
async fn recover(
    engine: &Engine,
    bot: &Bot,
    id: BotId,
    accused: &[AccusedStep],
    report: &mut PassReport,
) -> Result<bool, Stopped> {
    let store = &engine.runner.store;
    let without = left_out(store, id, accused).await?;
    if without.is_empty() {
        tracing::warn!(
            bot = bot.domain_name,
            "a failed task left steps of this bot inactive; the last good set is uploaded at once"
        );
    } else {
        let names = without.iter().map(|(_, one)| &one.step.node_name);
        tracing::warn!(
            bot = bot.domain_name,
            "Haptik refused the last good set and names {}; to learn whether they are to blame, the set goes up without them",
            few(&names.collect::<Vec<_>>())
        );
    }
    let now = engine.runner.clock.now();
    let effect = UploadEffect::Replace;
    let mut record = store
        .prepare(id, Purpose::Recovery, effect, &without, now)
        .await?;
    deliver(engine, bot, &mut record, report).await?;
    if record.state == UploadState::Succeeded {
        return Ok(!without.is_empty());
    }
    // Another set is tried at once only where it is another one: what is refused at the door stays so.
    let goes_on = store.bot_state(id).await?.accused.len() > accused.len();
    // One that failed alone is live no more.
    if goes_on || !store.is_any_live(id).await? {
        return Ok(!goes_on);
    }
    Err(Stopped::ServiceFails(record.message.unwrap_or_default()))
}

/// The removals of the accused steps.
async fn left_out(
    store: &Store,
    id: BotId,
    accused: &[AccusedStep],
) -> Result<Vec<(u32, Change)>, StoreError> {
    let names: Vec<&str> = accused.iter().map(|one| one.node_name.as_str()).collect();
    let live = store.known(id, &names).await?;
    let removal = |known: LiveStep| Change {
        action: Action::Remove,
        step: Step {
            node_name: known.node_name.into(),
            question: String::new(),
            answer: String::new(),
        },
        key: known.key,
        line: 0,
    };
    Ok((0..).zip(live.into_iter().map(removal)).collect())
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
