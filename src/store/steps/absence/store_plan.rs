//! Writes down what a plan left open, and what of it people are told.

use super::{
    Action, BATCH, BTreeMap, BotId, DepartedSteps, GUARD_REMEMBERS, NAMES, PlanToStore, Store,
    StoreError, Stored, TimePoint, command_for, duration_millis, json, source_of,
};
use crate::store::database::{Connection, query, query_as, query_scalar};
use crate::store::steps::held_changes::{holds_others, write_held_changes};

impl Store {
    /// Stores what a plan leaves open. Says its number: another one than before where it holds other
    /// removals or changes than the last one.
    pub async fn store_plan(&self, bot: BotId, store: PlanToStore<'_>) -> Result<u64, StoreError> {
        let stored = self.transaction(async |transaction| {
            let number = number(transaction, bot, &store).await?;
            write_open(transaction, bot, &store, number).await?;
            write_held_changes(transaction, bot, &store.plan.held_changes, number).await?;
            write_counts(transaction, bot, &store, number).await?;
            forget_departures(transaction, bot, store.now).await?;
            Ok(number)
        });
        stored.await.map(i64::cast_unsigned)
    }
}

/// A step of a plan whose removal is open, or under way.
struct OpenAbsence<'a> {
    name: &'a str,
    kind: &'static str,
    reason: String,
    confirmed: bool,
}

pub(super) fn departure_of(
    row: Stored<'_>,
    departed: &mut DepartedSteps,
) -> Result<(), sqlx::Error> {
    departed.most_live = departed.most_live.max(row.count("live_before")?);
    if !row.flag("approved")? {
        departed.steps.insert(row.get("node_name")?);
    }
    Ok(())
}

fn open<'a>(store: &PlanToStore<'a>, number: u64) -> Vec<OpenAbsence<'a>> {
    let PlanToStore { plan, bot, .. } = *store;
    let entry = |name, kind, reason, confirmed| OpenAbsence {
        name,
        kind,
        reason,
        confirmed,
    };
    let held = plan.held.iter().map(|held| {
        let reason = held.reason.with_remedy(bot, Some(number));
        entry(held.node_name.as_str(), "held", reason, true)
    });
    let waiting = plan.waiting.iter().map(|waiting| {
        let reason = waiting.reason.clone();
        entry(waiting.node_name.as_str(), "waiting", reason, false)
    });
    let manual = plan.manual.iter().map(|name| {
        let reason = format!(
            "remove it in Haptik, then run `{}`",
            command_for("approve", bot, &["--removed"])
        );
        entry(name.as_str(), "manual", reason, true)
    });
    let leaving = plan.of(Action::Remove).map(|change| {
        let name = change.step.node_name.as_str();
        entry(name, "leaving", String::new(), true)
    });
    held.chain(waiting).chain(manual).chain(leaving).collect()
}

/// The number of the plan: the last one's, as long as the same removals are open, and the same changes are
/// held.
async fn number(
    connection: &mut Connection,
    bot: BotId,
    store: &PlanToStore<'_>,
) -> Result<i64, sqlx::Error> {
    let last: i64 = query_scalar("SELECT plan FROM bot WHERE bot_id = ?1")
        .bind(bot.0)
        .fetch_one(&mut *connection)
        .await?;
    let before: Vec<String> = query_scalar(
        "SELECT node_name FROM open_removal WHERE bot_id = ?1 AND kind <> 'leaving' ORDER BY node_name",
    )
    .bind(bot.0)
    .fetch_all(&mut *connection)
    .await?;
    let holds_others = holds_others(connection, bot, &store.plan.held_changes).await?;
    let open = open(store, 0);
    let now = open.iter().filter(|open| open.kind != "leaving");
    let mut now: Vec<&str> = now.map(|open| open.name).collect();
    now.sort_unstable();
    Ok(last + i64::from(before != now || holds_others))
}

async fn write_open(
    connection: &mut Connection,
    bot: BotId,
    store: &PlanToStore<'_>,
    number: i64,
) -> Result<(), sqlx::Error> {
    let open = open(store, number.cast_unsigned());
    if open.is_empty() && store.before.is_empty() {
        return Ok(());
    }
    query("DELETE FROM open_removal WHERE bot_id = ?1")
        .bind(bot.0)
        .execute(&mut *connection)
        .await?;
    for some in open.chunks(BATCH) {
        let rows: Vec<_> = some.iter().map(|open| row(open, store, number)).collect();
        query(
            "INSERT INTO open_removal (bot_id, node_name, kind, reason, since, since_up, boot, reads, confirmed, marker, plan) \
             SELECT ?1, value ->> 0, value ->> 1, value ->> 2, CAST(value ->> 3 AS BIGINT), CAST(value ->> 4 AS BIGINT), value ->> 5, \
               CAST(value ->> 6 AS BIGINT), CAST(value ->> 7 AS BIGINT), value ->> 8, CAST(value ->> 9 AS BIGINT) FROM json_each(?2)",
        )
        .bind(bot.0)
        .bind(json!(rows).to_string())
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

fn row(open: &OpenAbsence, store: &PlanToStore<'_>, number: i64) -> serde_json::Value {
    let PlanToStore { before, now, .. } = *store;
    let before = before.get(open.name);
    let since = before.map_or(now, |before| &before.since);
    let marker = match before {
        Some(before) => before.marker,
        None => source_of(open.name, store).and_then(|source| {
            let marker = store.markers.get(source)?;
            *marker
        }),
    };
    json!([
        open.name,
        open.kind,
        open.reason,
        since.wall,
        since.uptime,
        &*since.boot,
        before.map_or(0, |before| before.reads) + 1,
        i64::from(open.confirmed || before.is_some_and(|before| before.confirmed)),
        marker.map(|marker| json!(marker).to_string()),
        before.map_or(number, |before| before.plan.cast_signed()),
    ])
}

async fn write_counts(
    connection: &mut Connection,
    bot: BotId,
    store: &PlanToStore<'_>,
    number: i64,
) -> Result<(), sqlx::Error> {
    let PlanToStore { plan, now, .. } = *store;
    let pending: Vec<_> = plan
        .changes
        .iter()
        .take(NAMES)
        .map(|change| (change.step.node_name.as_str(), change.action.name()))
        .collect();
    let mut unread: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for step in plan.unread.iter().take(NAMES) {
        let names = unread.entry(&step.reason).or_default();
        names.push(&step.node_name);
    }
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    query(
        "UPDATE bot SET plan = ?2, planned_at = ?3, pending = ?4, pending_count = ?5, unread = ?6, \
         unread_count = ?7, rejected_count = ?8, moved_at = NULL WHERE bot_id = ?1",
    )
    .bind(bot.0)
    .bind(number)
    .bind(now.wall)
    .bind(json!(pending).to_string())
    .bind(count(plan.changes.len()))
    .bind(json!(unread).to_string())
    .bind(count(plan.unread.len()))
    .bind(count(store.rejected))
    .execute(connection)
    .await
    .map(drop)
}

/// What is too old for the guard, by the clock that can be trusted.
async fn forget_departures(
    connection: &mut Connection,
    bot: BotId,
    now: &TimePoint,
) -> Result<(), sqlx::Error> {
    let remembers = duration_millis(GUARD_REMEMBERS);
    query(
        "DELETE FROM departure WHERE bot_id = ?1 \
         AND CASE WHEN boot = ?2 THEN up <= ?3 ELSE at <= ?4 END",
    )
    .bind(bot.0)
    .bind(now.boot.to_string())
    .bind(now.uptime - remembers)
    .bind(now.wall - remembers)
    .execute(connection)
    .await
    .map(drop)
}

/// Notes down what an upload that succeeded removes, before it does, and forgets what it brings back.
pub(crate) async fn note_departures(
    connection: &mut Connection,
    bot: BotId,
    upload: i64,
    now: &TimePoint,
) -> Result<(), sqlx::Error> {
    let (departed, removes, open): (bool, bool, bool) = query_as(
        "SELECT EXISTS (SELECT 1 FROM departure WHERE bot_id = ?1), \
         EXISTS (SELECT 1 FROM upload WHERE upload_id = ?2 AND removed > 0), \
         EXISTS (SELECT 1 FROM open_removal WHERE bot_id = ?1)",
    )
    .bind(bot.0)
    .bind(upload)
    .fetch_one(&mut *connection)
    .await?;
    if !departed && !removes && !open {
        return Ok(());
    }
    query(
        "DELETE FROM departure WHERE bot_id = ?1 AND node_name IN \
         (SELECT node_name FROM upload_row WHERE upload_id = ?2 AND action <> 'remove')",
    )
    .bind(bot.0)
    .bind(upload)
    .execute(&mut *connection)
    .await?;
    query(
        "INSERT OR REPLACE INTO departure (bot_id, node_name, at, up, boot, approved, live_before) \
         SELECT ?1, node_name, ?3, ?4, ?5, \
           CASE WHEN EXISTS (SELECT 1 FROM approval WHERE approval.bot_id = ?1 AND approval.node_name = upload_row.node_name) \
           OR (SELECT pinned_to IS NOT NULL OR empty_approved <> 0 FROM bot WHERE bot.bot_id = ?1) THEN 1 ELSE 0 END, \
           (SELECT count(*) FROM step WHERE step.bot_id = ?1) \
         FROM upload_row WHERE upload_id = ?2 AND action = 'remove'",
    )
    .bind(bot.0)
    .bind(upload)
    .bind(now.wall)
    .bind(now.uptime)
    .bind(now.boot.to_string())
    .execute(&mut *connection)
    .await?;
    query(
        "DELETE FROM open_removal WHERE bot_id = ?1 AND node_name IN \
         (SELECT node_name FROM upload_row WHERE upload_id = ?2)",
    )
    .bind(bot.0)
    .bind(upload)
    .execute(connection)
    .await
    .map(drop)
}
