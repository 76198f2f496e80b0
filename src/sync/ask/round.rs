//! What is asked next of one bot, and what comes of it: changed steps at growing intervals, then one live
//! step after the other, within the budget and outside of quiet hours.

use std::sync::Arc;
use std::time::Duration;

use super::{AskError, Asker, ask, canary};
use crate::clock::{Millis, duration_millis, millis_duration, rfc3339, span};
use crate::config::{AskMode, Bot, Repair};
use crate::model::{
    AskReason, AskedStep, BotReply, DAY, Finding, Step, Verdict, hands_over, message_for, resends,
    says, sweep_interval, verify,
};
use crate::sabotage;
use crate::sabotage::Sabotage;
use crate::store::{BotId, SnapshotStep, StoreError};
use crate::sync::engine::Engine;

/// How long nothing is asked of a bot that has handed a chat to an agent.
pub const AGENT_PAUSE: Duration = Duration::from_hours(24);
/// The longest rest: what changes without a pass is found after it.
const REST: Duration = Duration::from_mins(10);
/// How long a question waits that could not be asked, in waits before a first question.
const AFTER_FAULT: u32 = 90;
/// Earlier versions of a step that a reply is held against.
const EARLIER: u32 = 20;

/// What follows a turn.
pub(super) enum Next {
    /// Another one, after this.
    After(Duration),
    /// The same, where the budget has room again after this.
    Room(Duration),
    /// A step is to be uploaded once more.
    Upload,
}

/// Asks what is due of a bot, one step after the other, until it is dropped. It ends when a step is to be
/// uploaded once more.
pub async fn keep_asking(engine: &Engine, bot: &Bot) {
    let Some(asker) = &engine.asker else {
        return std::future::pending().await;
    };
    loop {
        let wait = match ask_next(engine, asker, bot).await {
            Ok(Next::Upload) => return,
            Ok(Next::After(wait) | Next::Room(wait)) => wait.min(REST),
            Err(error) => {
                tracing::debug!(bot = bot.domain_name, "nothing could be asked: {error}");
                REST
            }
        };
        engine.runner.clock.sleep(wait).await;
    }
}

/// Until when nothing is asked of a bot, because it handed a chat to an agent.
pub async fn handed_over_until(engine: &Engine, id: BotId) -> Result<Option<Millis>, StoreError> {
    let runner = &engine.runner;
    let not_before = runner.store.asking_state(id).await?.not_before;
    let is_ahead = |time: &Millis| *time > runner.clock.now();
    let is_kept = !sabotage::is(Sabotage::AgentForgotten);
    Ok(not_before.filter(|time| is_kept && is_ahead(time)))
}

async fn ask_next(engine: &Engine, asker: &Arc<Asker>, bot: &Bot) -> Result<Next, StoreError> {
    let (store, clock) = (&engine.runner.store, &engine.runner.clock);
    let now = clock.now();
    let Some(id) = store.find_bot(&bot.domain_name).await? else {
        return Ok(Next::After(REST));
    };
    // What is under way goes first, and may change what is asked.
    if store.under_way(id).await?.is_some() {
        return Ok(Next::After(REST));
    }
    let first_at = now + duration_millis(asker.settings.first);
    let changed = asker.settings.changed_steps;
    store.list_changed(id, changed, first_at).await?;
    if let Some(until) = handed_over_until(engine, id).await? {
        return Ok(Next::After(REST.min(millis_duration(until - now))));
    }
    if let Some(left) = asker
        .settings
        .quiet
        .as_ref()
        .and_then(|quiet| quiet.left(now))
    {
        return Ok(Next::After(REST.min(left)));
    }
    if let Some(left) = asker.silences.left(&bot.domain_name, now) {
        return Ok(Next::After(REST.min(left)));
    }
    let watched = canary::due(engine, asker, id).await?;
    let watched_at = watched.as_ref().map(|(_, at)| *at);
    // Before any step: what it says decides what is done about the others.
    if let Some((canary, _)) = watched.filter(|(_, at)| *at <= now) {
        return canary::asked(engine, asker, (bot, id), canary).await;
    }
    let next = store.next_asked(id).await?;
    let due = next.as_ref().and_then(|next| next.next_at);
    if let Some(next) = next.filter(|_| due <= Some(now)) {
        return asked(engine, asker, (bot, id), next).await;
    }
    let live = store.live(id).await?;
    let every = sweep_interval(asker.settings.sweep, live, questions_per_day(asker));
    let swept_at = store.asking_state(id).await?.swept_at;
    let sweep_at = swept_at.map_or(now, |at| at + duration_millis(every));
    if live > 0 && sweep_at <= now {
        store.note_swept(id, now).await?;
        if let Some(name) = store.next_swept(id).await? {
            let known = store.asked_step(id, &name).await?;
            let step = known.unwrap_or_else(|| AskedStep::unasked(&name, now));
            let next = asked(engine, asker, (bot, id), step).await?;
            if matches!(next, Next::Room(_)) {
                // It was not asked, so its turn is still to come.
                store.note_swept(id, swept_at.unwrap_or_default()).await?;
            }
            return Ok(next);
        }
    }
    let times = due.into_iter().chain(watched_at);
    let next = times.chain((live > 0).then_some(sweep_at)).min();
    let wait = next.map_or(REST, |at| millis_duration(at - now));
    Ok(Next::After(wait.clamp(Duration::from_millis(1), REST)))
}

/// How many questions a bot may be asked in a day, of those that all bots share.
pub(super) fn questions_per_day(asker: &Asker) -> u32 {
    asker.settings.calls_per_day / asker.bots / calls_of_question(asker.settings.mode)
}

/// How many calls a question takes, mostly.
fn calls_of_question(mode: AskMode) -> u32 {
    match mode {
        AskMode::Conversation => 4,
        AskMode::Webhook | AskMode::Off => 1,
    }
}

/// Asks for one step, and keeps what it came to.
async fn asked(
    engine: &Engine,
    asker: &Asker,
    (bot, id): (&Bot, BotId),
    before: AskedStep,
) -> Result<Next, StoreError> {
    let (store, clock) = (&engine.runner.store, &engine.runner.clock);
    let name = before.node_name.clone();
    let Some(live) = store
        .contents(id, std::slice::from_ref(&name))
        .await?
        .remove(&name)
    else {
        return Ok(Next::After(Duration::from_millis(1)));
    };
    let digest = live.step.digest();
    if hands_over(&live.step, &asker.settings.words) {
        let step = before.passed_over(clock.now());
        store.keep_asked(id, digest, &step).await?;
        return Ok(Next::After(Duration::from_millis(1)));
    }
    let reason = before.reason;
    match compared(engine, asker, (bot, id), &live, &before).await {
        Ok((finding, is_untrained)) => {
            asker.has_answered(bot);
            let now = clock.now();
            let (since, verdict) = (before.since, finding.verdict);
            let step = before.heard(finding, is_untrained, now, asker.settings.first);
            store.keep_asked(id, digest, &step).await?;
            let is_verified = reason == AskReason::Change && verdict == Verdict::Verified;
            let verified_after = is_verified.then(|| millis_duration(now - since));
            engine.observer.asked(&bot.domain_name, verified_after);
            concluded(engine, asker, (bot, id), step, &live).await
        }
        Err(AskError::Store(error)) => Err(error),
        Err(AskError::NoRoom { wait }) => Ok(Next::Room(wait)),
        Err(error) => {
            let first = asker.settings.first;
            asker.could_not_ask(bot, &error);
            let again = AskedStep {
                next_at: Some(clock.now() + duration_millis(first * AFTER_FAULT)),
                ..before
            };
            store.keep_asked(id, digest, &again).await?;
            let left = asker.silences.failed(&bot.domain_name, clock.now(), first);
            Ok(Next::After(left))
        }
    }
}

/// The bot handed the chat to an agent: it is left alone for a day.
pub(super) async fn handed_over(
    engine: &Engine,
    bot: &Bot,
    id: BotId,
    what: &str,
) -> Result<(), StoreError> {
    let until = engine.runner.clock.now() + duration_millis(AGENT_PAUSE);
    tracing::warn!(
        bot = bot.domain_name,
        "asked for {what}, the bot handed the chat to an agent; nothing is asked of it until {}",
        rfc3339(until)
    );
    engine.runner.store.ask_not_before(id, until).await
}

/// What follows from what a bot answered.
async fn concluded(
    engine: &Engine,
    asker: &Asker,
    (bot, id): (&Bot, BotId),
    step: AskedStep,
    live: &SnapshotStep,
) -> Result<Next, StoreError> {
    let store = &engine.runner.store;
    let now = engine.runner.clock.now();
    if step.verdict == Some(Verdict::Agent) {
        handed_over(engine, bot, id, &format!("step \"{}\"", step.node_name)).await?;
    }
    let resent = store.resent_since(id, now - DAY).await?;
    let limit = asker.settings.resends_per_day;
    if asker.settings.repair == Repair::Resend
        && resends(&step, resent, limit)
        && canary::allows_repairs(engine, asker, (bot, id)).await?
    {
        // First that it was sent once more: what is told of twice must not go out twice.
        let step = AskedStep {
            resent_at: Some(now),
            ..step
        };
        store.keep_asked(id, live.step.digest(), &step).await?;
        store.doubt_step(id, &step.node_name).await?;
        let answered = step.verified_at.map(|at| span(millis_duration(now - at)));
        tracing::warn!(
            bot = bot.domain_name,
            "step \"{}\" is uploaded once more: the bot no longer answers it (last answered: {})",
            step.node_name,
            answered.map_or("never".to_owned(), |ago| format!("{ago} ago"))
        );
        return Ok(Next::Upload);
    }
    Ok(Next::After(Duration::from_millis(1)))
}

/// Asks with one of a step's own messages, and holds the reply against the step, its earlier versions and
/// the other live steps. Also whether only its new messages are not understood.
async fn compared(
    engine: &Engine,
    asker: &Asker,
    (bot, id): (&Bot, BotId),
    live: &SnapshotStep,
    before: &AskedStep,
) -> Result<(Finding, bool), AskError> {
    let (store, step) = (&engine.runner.store, &live.step);
    let versions = store.versions_of(id, &step.node_name, EARLIER).await?;
    let earlier: Vec<Step> = versions
        .into_iter()
        .filter_map(|version| version.step)
        .filter(|earlier| earlier.digest() != step.digest())
        .collect();
    let rotation = engine.runner.clock.now();
    let message = message_for(step, earlier.first(), before, rotation);
    let channel = bot.business_id.unwrap_or_default();
    let reply = ask(engine, asker, channel, message.text).await?;
    let mut finding = verify(&reply, step, &earlier, [], &asker.settings.words);
    if matches!(finding.verdict, Verdict::NotUnderstood | Verdict::OtherStep) {
        finding = among_others(engine, asker, id, step, &reply, finding).await?;
    }
    let is_open = finding.verdict == Verdict::NotUnderstood && before.reason == AskReason::Change;
    let is_untrained = match message.known {
        _ if !is_open || !message.is_new => false,
        _ if before.is_untrained => true,
        None => true,
        // One that it had before: where that is answered, only the new ones are not understood.
        Some(known) => says(&ask(engine, asker, channel, known).await?, step),
    };
    Ok((finding, is_untrained))
}

/// Looks for the live step whose answer it is.
async fn among_others(
    engine: &Engine,
    asker: &Asker,
    id: BotId,
    step: &Step,
    reply: &BotReply,
    mut finding: Finding,
) -> Result<Finding, StoreError> {
    let mut after: Option<String> = None;
    loop {
        let page = engine.runner.store.live_page(id, after.as_deref()).await?;
        let Some(last) = page.last() else {
            return Ok(finding);
        };
        finding = verify(reply, step, &[], &page, &asker.settings.words);
        if finding.other.is_some() {
            return Ok(finding);
        }
        after = Some(last.node_name.clone());
    }
}
