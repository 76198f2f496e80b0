//! One pass over one bot: what is under way is finished, what failed is fixed, and then the six
//! stages follow in order.

use tracing::{Instrument as _, info_span};

use std::collections::BTreeMap;

use super::binding::bind;
use super::canary::{bring, is_as_wished};
use super::configuration::bot_fingerprint;
use super::corrupt_content::make_way;
use super::engine::Engine;
use super::overruled::{in_force, only_asks, settle_overrides, spare_kept, withdraw_approvals};
use super::plan_preview::{Preview, preview_or_way_back};
use super::read::{
    BotReader, Notes, ReadPermit, Remembered, incremental_read, keep, keep_authors, note,
};
use super::recovery::{deliver, fix};
use super::report::PassReport;
use super::send::{Stopped, UploadRunner};
use super::unchanged::at_rest;
use crate::config::{Bot, UploadEffect};
use crate::haptik::FaultClass;
use crate::intake::{FolderReading, OpenFile};
use crate::memory::drain;
use crate::model::{Change, Held, HoldReason, Plan, Purpose, StepRef, Unread, UploadState};
use crate::plan::{Draft, drafts};
use crate::store::{
    BotId, BotState, KeptPast, PlanToStore, Store, StoreError, UploadRecord, WrittenUpload,
};

/// So many articles, once parsed, leave memory behind that is worth giving back.
const MANY: usize = 1000;

/// How often a pass plans again when Haptik refuses steps that are live already.
const PLANS: usize = 100;

/// Runs one pass. Whatever goes wrong is in the report, and the state is kept.
pub async fn pass(engine: &Engine, bot: &Bot) -> PassReport {
    let mut report = PassReport::new(&bot.domain_name);
    engine.observer.began(&bot.domain_name);
    let span = info_span!("pass", bot = bot.domain_name);
    let halted = run(engine, bot, &mut report).instrument(span).await.err();
    if let Some(stopped) = halted {
        if matches!(&stopped, Stopped::Store(StoreError::Spool(_))) {
            engine.readings.forget(&bot.domain_name);
        }
        report.halted = true;
        report.stopped =
            matches!(&stopped, Stopped::Fault(fault) if fault.class == FaultClass::StopAndTell);
        report.credential_refused =
            matches!(&stopped, Stopped::Fault(fault) if fault.refuses_credential());
        report.was_stopped = matches!(&stopped, Stopped::ByRequest);
        report.refused = matches!(&stopped, Stopped::OtherHaptik(_));
        report.error = Some(match report.error.take() {
            Some(error) => format!("{stopped}; {error}"),
            None => stopped.to_string(),
        });
    }
    report.conclude();
    report
}

/// The same, for something that a person has changed in the state: what feeds said last still counts,
/// and none is asked.
pub async fn replan(engine: &Engine, bot: &Bot) -> PassReport {
    let mut engine = engine.clone();
    engine.readings = engine.readings.of_any_age();
    pass(&engine, bot).await
}

async fn run(engine: &Engine, bot: &Bot, report: &mut PassReport) -> Result<(), Stopped> {
    let store = &engine.runner.store;
    let (id, state) = store.bot_with_state(&bot.domain_name).await?;
    if state.binding.as_ref() != Some(&engine.binding)
        && let Some(refused) = bind(store, id, &bot.domain_name, &engine.binding).await?
    {
        return Err(Stopped::OtherHaptik(refused.to_string()));
    }
    report.paused = in_force(engine, bot, id, state.pause).await?;
    let permit = engine.permits.permit();
    let kept = kept_past(engine).await?;
    if is_as_wished(engine, bot, id, state.has_canary).await?
        && let Some((preview, has_old)) =
            at_rest(store, bot, id, &reader(engine, &permit), kept).await?
    {
        let now = engine.runner.clock.now();
        engine.observer.planned(&bot.domain_name, &preview, now);
        report.unchanged = preview.plan.unchanged;
        if has_old {
            store.prune_past(id, kept).await?;
        }
        return Ok(());
    }
    let finished = finish(engine, bot, id, report).await;
    let rotten = match finished {
        Err(stopped) if is_rotten(&stopped) => {
            make_way(engine, bot, id).await?;
            Some(stopped)
        }
        finished => finished.map(|()| None)?,
    };
    let mut articles = 0;
    for _ in 0..PLANS {
        let span = info_span!("read and plan");
        // Apart: a bot that rests need not keep room for what only work takes.
        let preparing = Box::pin(prepare(engine, bot, id, &permit, &mut articles));
        let (preview, notes) = preparing.instrument(span).await?;
        let mut sent = Box::pin(carry_out(engine, bot, id, &permit, preview, report)).await;
        if sent.as_ref().is_err_and(is_rotten) && make_way(engine, bot, id).await? {
            sent = Ok(false);
        }
        report_quarantine(store, id, report).await?;
        store.prune_past(id, kept_past(engine).await?).await?;
        if sent? {
            if articles >= MANY {
                // The memory that the plan has left must not add to that of saving the cache.
                crate::memory::trim_memory();
            }
            keep(store, bot, id, &engine.runner.clock, notes).await?;
            break;
        }
    }
    if articles >= MANY {
        store.trim_memory().await;
        crate::memory::trim_memory();
    }
    match rotten {
        // No plan has made the bot whole in place of what could not be sent.
        Some(stopped) if store.bot_state(id).await?.needs_recovery => Err(stopped),
        _ => Ok(()),
    }
}

/// Takes what is under way to its end, and what failed before.
async fn finish(
    engine: &Engine,
    bot: &Bot,
    id: BotId,
    report: &mut PassReport,
) -> Result<(), Stopped> {
    let store = &engine.runner.store;
    let is_paused = report.paused.is_some();
    if let Some(mut record) = store.under_way(id).await?
        && !gives_way(&record, &store.bot_state(id).await?)
        && (!is_paused || only_asks(&record))
    {
        deliver(engine, bot, &mut record, report).await?;
    }
    if is_paused {
        return Ok(());
    }
    fix(engine, bot, id, report).await.map(drop)
}

fn is_rotten(stopped: &Stopped) -> bool {
    matches!(stopped, Stopped::Store(StoreError::Rotten { .. }))
}

/// Whether an upload that was written down gives way to a newer plan: nothing of it has arrived
/// anywhere, and nothing goes on from it.
fn gives_way(record: &UploadRecord, state: &BotState) -> bool {
    let is_open = state.needs_recovery || state.isolation.is_some();
    record.state == UploadState::Prepared && record.purpose == Purpose::Change && !is_open
}

fn reader<'a>(engine: &'a Engine, permit: &'a ReadPermit) -> BotReader<'a> {
    BotReader {
        clock: &engine.runner.clock,
        tell: &engine.runner.tell,
        renamed: &engine.renamed,
        writers: &engine.writers,
        readings: &engine.readings,
        threads: &engine.threads,
        last_readings: &engine.last_readings,
        stop: &engine.runner.stop,
        room: engine.runner.store.room(),
        permit,
    }
}

/// What is kept of the past by now.
async fn kept_past(engine: &Engine) -> Result<KeptPast, StoreError> {
    let now = engine
        .runner
        .store
        .aged(&engine.runner.clock.point())
        .await?;
    Ok(KeptPast {
        from: now - crate::clock::duration_millis(engine.history.keep),
        max_bytes: engine.history.max_bytes,
    })
}

/// Reads the sources and plans, and writes down what the plan says about the state itself.
async fn prepare(
    engine: &Engine,
    bot: &Bot,
    id: BotId,
    permit: &ReadPermit,
    articles: &mut usize,
) -> Result<(Preview, Notes), Stopped> {
    let store = &engine.runner.store;
    let state = store.bot_state(id).await?;
    let mut incremental = incremental_read(store, bot, id, &state, &reader(engine, permit)).await?;
    if state.empty_approved && incremental.results.nothing_is_empty() {
        store.approve_empty(id, false).await?;
    }
    *articles += incremental.results.desired.len();
    let notes = incremental.notes();
    keep_authors(store, bot, id, &incremental.results).await?;
    let now = engine.runner.clock.point();
    let remembered = Remembered::of(store, id, &now).await?;
    let planned = preview_or_way_back(
        store,
        bot,
        id,
        &state,
        incremental,
        &remembered,
        now.clone(),
    );
    let mut preview = planned.await?;
    note(store, id, &preview, &remembered).await?;
    let stored = PlanToStore {
        plan: &preview.plan,
        before: &remembered.absences,
        markers: &remembered.markers,
        rejected: preview.rejections.len(),
        bot: &bot.domain_name,
        now: &now,
    };
    preview.number = Some(store.store_plan(id, stored).await?);
    if preview.pinned.is_none() {
        spare_kept(store, id, &mut preview.plan).await?;
    }
    let settled = preview.plan.held.is_empty() && preview.plan.waiting.is_empty();
    if state.incomplete_approved && settled {
        store.approve_incomplete(id, false).await?;
    }
    withdraw_approvals(store, id, &preview).await?;
    settle_overrides(engine, bot, id, &preview.plan).await?;
    store.adopt(id, &preview.plan.adopted).await?;
    if !preview.plan.obsolete.is_empty() {
        store
            .release_quarantine(id, Some(&preview.plan.obsolete))
            .await?;
    }
    Ok((preview, notes))
}

/// Carries the plan out. `false`: plan again.
async fn carry_out(
    engine: &Engine,
    bot: &Bot,
    id: BotId,
    permit: &ReadPermit,
    mut preview: Preview,
    report: &mut PassReport,
) -> Result<bool, Stopped> {
    let store = &engine.runner.store;
    let now = engine.runner.clock.now();
    engine.observer.planned(&bot.domain_name, &preview, now);
    let fingerprint = bot_fingerprint(bot);
    let is_judged = configuration_is_judged(&preview.plan);
    let open = open_files(&preview.folders);
    let most = engine.freshness.max_age;
    let too_long = open.iter().filter(|file| file.open_for > most);
    report.open_too_long = too_long.map(|file| file.relative.to_string()).collect();
    report.open_files = open;
    report.unchanged = preview.plan.unchanged;
    report.pinned = preview.pinned;
    report.incomplete = std::mem::take(&mut preview.incomplete);
    report.plan = preview.number;
    report.waiting = std::mem::take(&mut preview.plan.waiting);
    report.unread = std::mem::take(&mut preview.plan.unread);
    report.held = std::mem::take(&mut preview.plan.held);
    let held_changes = preview.plan.held_changes.drain(..);
    report.held_changes = held_changes
        .map(|held| (held.node_name, held.found))
        .collect();
    report.manual = std::mem::take(&mut preview.plan.manual);
    report.keep_rejections(preview.rejections);
    report.failed_sources = preview.failed_sources;
    if !preview.errors.is_empty() {
        report.error = Some(preview.errors.join("; "));
    }
    if report.paused.is_some() {
        report.pending = preview.plan.changes.len() as u64;
        return Ok(true);
    }
    let replaces_unknown = bot.upload_effect == UploadEffect::Replace
        && !preview.plan.changes.is_empty()
        && !store.is_any_live(id).await?;
    if replaces_unknown {
        report.switches_off_by_hand = true;
        tracing::warn!(
            bot = bot.domain_name,
            "the first upload in `replace`: every step of this bot that was made by hand goes inactive"
        );
    }
    let drafts = drafts(
        &mut preview.plan,
        bot.upload_effect,
        bot.max_rows_per_upload,
    );
    // Apart: what only sending needs is no part of every pass.
    if !Box::pin(send_all(engine, bot, id, permit, drafts, report)).await? {
        return Ok(false);
    }
    Box::pin(bring(engine, bot, id, report)).await?;
    if report.error.is_none() && report.pinned.is_none() && is_judged {
        store.accept_configuration(id, &fingerprint).await?;
    }
    Ok(true)
}

/// Whether a plan has shown what the configuration removes: nothing of it is held, waits, or could not
/// be read.
fn configuration_is_judged(plan: &Plan) -> bool {
    let is_held = |held: &Held| matches!(held.reason, HoldReason::Configuration { .. });
    let is_hidden = |unread: &Unread| !unread.is_rejected;
    !plan.held.iter().any(is_held) && plan.waiting.is_empty() && !plan.unread.iter().any(is_hidden)
}

fn open_files(folders: &BTreeMap<String, FolderReading>) -> Vec<OpenFile> {
    let open = folders.values().flat_map(|folder| &folder.open);
    open.cloned().collect()
}

/// An upload that is written down, with what it was written from.
struct NextStep {
    changes: Vec<(u32, Change<StepRef>)>,
    written: WrittenUpload,
}

/// Sends one upload after the other. While one is on its way, the next one is written down.
async fn send_all(
    engine: &Engine,
    bot: &Bot,
    id: BotId,
    permit: &ReadPermit,
    mut drafts: impl Iterator<Item = Draft>,
    report: &mut PassReport,
) -> Result<bool, Stopped> {
    let store = &engine.runner.store;
    let mut first = drafts.next();
    if let Some(mut unsent) = store.under_way(id).await? {
        if store
            .carries(
                &unsent,
                first.as_ref().map_or(&[][..], |draft| &draft.changes),
            )
            .await?
        {
            permit.end();
            let sent = send(engine, bot, id, &mut unsent, report).await;
            if !matches!(sent, Ok(true)) {
                return sent;
            }
            first = drafts.next();
        } else {
            tracing::info!(
                bot = bot.domain_name,
                upload = unsent.id.0,
                "upload {} was never sent, and gives way to a newer plan",
                unsent.id.0
            );
            store.abandon(&unsent).await?;
        }
    }
    let Some(first) = first else {
        return Ok(true);
    };
    store.sweep(id).await?;
    let mut next = write_down(engine, bot, id, Some(first)).await?;
    permit.end();
    while let Some(NextStep { changes, written }) = next {
        let now = engine.runner.clock.now();
        let mut record = store.begin(written, &changes, now).await?;
        drop(changes);
        let (sent, following) = tokio::join!(
            send(engine, bot, id, &mut record, report),
            write_down(engine, bot, id, drafts.next())
        );
        if !matches!(sent, Ok(true)) {
            if let Ok(Some(following)) = following {
                store.give_up(&following.written).await;
            }
            return sent;
        }
        next = following?;
    }
    Ok(true)
}

async fn write_down(
    engine: &Engine,
    bot: &Bot,
    id: BotId,
    draft: Option<Draft>,
) -> Result<Option<NextStep>, StoreError> {
    let Some(draft) = draft else { return Ok(None) };
    let UploadRunner { store, clock, .. } = &engine.runner;
    let changes: Vec<_> = (0..).zip(drain(draft.changes)).collect();
    let (purpose, effect) = (draft.purpose, bot.upload_effect);
    let written = store
        .write_down(id, purpose, effect, &changes, clock.now())
        .await?;
    Ok(Some(NextStep { changes, written }))
}

/// Takes an upload to its end, and fixes what it may have broken. `false`: plan again.
async fn send(
    engine: &Engine,
    bot: &Bot,
    id: BotId,
    record: &mut UploadRecord,
    report: &mut PassReport,
) -> Result<bool, Stopped> {
    let store = &engine.runner.store;
    let _first = store.go_first();
    deliver(engine, bot, record, report).await?;
    let searching = store.bot_state(id).await?.isolation.is_some();
    let has_shrunk = fix(engine, bot, id, report).await?;
    Ok(record.state == UploadState::Succeeded || (searching && !has_shrunk))
}

async fn report_quarantine(
    store: &Store,
    id: BotId,
    report: &mut PassReport,
) -> Result<(), StoreError> {
    report.quarantined = store
        .quarantine(id)
        .await?
        .into_iter()
        .map(|(name, refused)| (name, refused.reason))
        .collect();
    Ok(())
}
