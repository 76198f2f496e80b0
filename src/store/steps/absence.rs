//! What is remembered of absence: the files that hold live steps, the removals that are open, and what
//! left the bot within the last day. A plan is stored here as a whole, so that every face tells the same.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use serde_json::json;
use sqlx::{Connection as _, SqliteConnection};

use crate::clock::{Millis, TimePoint, duration_millis};
use crate::model::{Absence, Action, DepartedSteps, FileId, GUARD_REMEMBERS, Marker, Plan};
use crate::store::BATCH;
use crate::store::bots::BotId;
use crate::store::decode::Stored;
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::text::command_for;

/// Names of pending and unread steps that are stored with a plan; their numbers are stored whole.
const NAMES: usize = 1000;

/// A file that holds live steps, as it was at the last reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// Its number.
    pub id: FileId,
    /// Tells it from one that is renamed into its place.
    pub inode: u64,
    /// When it was last written.
    pub modified: Millis,
    /// Whether it held articles.
    pub held: bool,
}

/// A file as a reading found it.
#[derive(Clone, Debug)]
pub struct NotedFile {
    /// The source's name.
    pub source: Arc<str>,
    /// Its path, as it is stored.
    pub path: Arc<str>,
    /// See [`StoredFile`].
    pub inode: u64,
    /// See [`StoredFile`].
    pub modified: Millis,
    /// See [`StoredFile`].
    pub held: bool,
}

/// The files of a bot by source and path.
pub type StoredFiles = HashMap<(Arc<str>, Arc<str>), StoredFile>;

/// A plan as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct PlanToStore<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// What was remembered before it.
    pub before: &'a BTreeMap<String, Absence>,
    /// The marker of each source with `complete_when` as it was at the reading before.
    pub markers: &'a BTreeMap<String, Option<Marker>>,
    /// Rows and files that were rejected.
    pub rejected: usize,
    /// Its own words for a held removal, a waiting one, and one that a person has to carry out.
    pub bot: &'a str,
    /// Now.
    pub now: &'a TimePoint,
}

/// A step of a plan whose removal is open, or under way.
struct OpenAbsence<'a> {
    name: &'a str,
    kind: &'static str,
    reason: String,
    confirmed: bool,
}

impl Store {
    /// The files that hold live steps of a bot.
    pub async fn source_files(&self, bot: BotId) -> Result<StoredFiles, StoreError> {
        let rows = sqlx::query(
            "SELECT file_id, source, relative, inode, modified, held FROM source_file WHERE bot_id = ?1",
        )
        .bind(bot.0)
        .fetch_all(&mut *self.hold().await)
        .await
        .map_err(|error| self.error(error))?;
        let mut names: HashSet<Arc<str>> = HashSet::new();
        let mut files = StoredFiles::with_capacity(rows.len());
        for row in &rows {
            let row = Stored::new(row, "source_file", bot);
            let (source, path, file) = file_of(row).map_err(|error| self.error(error))?;
            let source = names.get(source).cloned().unwrap_or_else(|| {
                let source: Arc<str> = source.into();
                names.insert(source.clone());
                source
            });
            files.insert((source, path.into()), file);
        }
        Ok(files)
    }

    /// Notes down what a reading says of files: those that were read, and those that are no more.
    pub async fn note_files(
        &self,
        bot: BotId,
        read: &[NotedFile],
        gone: &[FileId],
    ) -> Result<(), StoreError> {
        if read.is_empty() && gone.is_empty() {
            return Ok(());
        }
        let mut held = self.hold().await;
        let done: Result<(), sqlx::Error> = async {
            let mut transaction = held.begin_with("BEGIN IMMEDIATE").await?;
            for some in read.chunks(BATCH) {
                let rows: Vec<_> = some
                    .iter()
                    .map(|file| {
                        let inode = file.inode.cast_signed();
                        (&*file.source, &*file.path, inode, file.modified, file.held)
                    })
                    .collect();
                sqlx::query(
                    "INSERT INTO source_file (bot_id, source, relative, inode, modified, held) \
                     SELECT ?1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(?2) WHERE true \
                     ON CONFLICT (bot_id, source, relative) DO UPDATE SET \
                     inode = excluded.inode, modified = excluded.modified, held = excluded.held",
                )
                .bind(bot.0)
                .bind(json!(rows).to_string())
                .execute(&mut *transaction)
                .await?;
            }
            let gone: Vec<i64> = gone.iter().map(|file| file.row()).collect();
            sqlx::query(
                "DELETE FROM source_file WHERE bot_id = ?1 AND file_id IN (SELECT value FROM json_each(?2))",
            )
            .bind(bot.0)
            .bind(json!(gone).to_string())
            .execute(&mut *transaction)
            .await?;
            transaction.commit().await
        }
        .await;
        done.map_err(|error| self.error(error))
    }

    /// Of these articles of a source, those for which a step is live.
    pub async fn live_articles(
        &self,
        bot: BotId,
        source: &str,
        ids: &[String],
    ) -> Result<HashSet<String>, StoreError> {
        let ids: Vec<String> = sqlx::query_scalar(
            "SELECT article FROM step WHERE bot_id = ?1 AND source = ?2 \
             AND article IN (SELECT value FROM json_each(?3))",
        )
        .bind(bot.0)
        .bind(source.to_owned())
        .bind(json!(ids).to_string())
        .fetch_all(&mut *self.hold().await)
        .await
        .map_err(|error| self.error(error))?;
        Ok(ids.into_iter().collect())
    }

    /// The markers of `complete_when` as they were at the last reading, by source.
    pub async fn markers(
        &self,
        bot: BotId,
    ) -> Result<BTreeMap<String, Option<Marker>>, StoreError> {
        let rows = sqlx::query("SELECT source, marker FROM source_marker WHERE bot_id = ?1")
            .bind(bot.0)
            .fetch_all(&mut *self.hold().await)
            .await
            .map_err(|error| self.error(error))?;
        let marker = |row| {
            let row = Stored::new(row, "source_marker", bot);
            Ok((row.get("source")?, marker_of(row)?))
        };
        rows.iter()
            .map(marker)
            .collect::<Result<_, _>>()
            .map_err(|error| self.error(error))
    }

    /// Notes down the markers of this reading.
    pub async fn note_markers(
        &self,
        bot: BotId,
        markers: &BTreeMap<String, Option<Marker>>,
    ) -> Result<(), StoreError> {
        for (source, marker) in markers {
            sqlx::query(
                "INSERT INTO source_marker (bot_id, source, marker) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (bot_id, source) DO UPDATE SET marker = excluded.marker",
            )
            .bind(bot.0)
            .bind(source.clone())
            .bind(json!(marker).to_string())
            .execute(&mut *self.hold().await)
            .await
            .map_err(|error| self.error(error))?;
        }
        Ok(())
    }

    /// What is remembered of absent steps, by name.
    pub async fn absences(&self, bot: BotId) -> Result<BTreeMap<String, Absence>, StoreError> {
        let rows = sqlx::query(
            "SELECT node_name, since, since_up, boot, reads, confirmed, marker, plan \
             FROM open_removal WHERE bot_id = ?1",
        )
        .bind(bot.0)
        .fetch_all(&mut *self.hold().await)
        .await
        .map_err(|error| self.error(error))?;
        rows.iter()
            .map(|row| absence_of(Stored::new(row, "open_removal", bot)))
            .collect::<Result<_, _>>()
            .map_err(|error| self.error(error))
    }

    /// What left within the time that the guard remembers.
    pub async fn departed(&self, bot: BotId, now: &TimePoint) -> Result<DepartedSteps, StoreError> {
        let remembers = duration_millis(GUARD_REMEMBERS);
        let rows = sqlx::query(
            "SELECT node_name, approved, live_before FROM departure WHERE bot_id = ?1 \
             AND CASE WHEN boot = ?2 THEN up > ?3 ELSE at > ?4 END",
        )
        .bind(bot.0)
        .bind(now.boot.to_string())
        .bind(now.uptime - remembers)
        .bind(now.wall - remembers)
        .fetch_all(&mut *self.hold().await)
        .await
        .map_err(|error| self.error(error))?;
        let mut departed = DepartedSteps::default();
        for row in &rows {
            let row = Stored::new(row, "departure", bot);
            departure_of(row, &mut departed).map_err(|error| self.error(error))?;
        }
        Ok(departed)
    }

    /// Stores what a plan leaves open. Says its number: another one than before where it holds other
    /// removals than the last one.
    pub async fn store_plan(&self, bot: BotId, store: PlanToStore<'_>) -> Result<u64, StoreError> {
        let mut held = self.hold().await;
        let stored: Result<i64, sqlx::Error> = async {
            let mut transaction = held.begin_with("BEGIN IMMEDIATE").await?;
            let number = number(&mut transaction, bot, &store).await?;
            write_open(&mut transaction, bot, &store, number).await?;
            write_counts(&mut transaction, bot, &store, number).await?;
            forget_departures(&mut transaction, bot, store.now).await?;
            transaction.commit().await?;
            Ok(number)
        }
        .await;
        stored
            .map(i64::cast_unsigned)
            .map_err(|error| self.error(error))
    }
}

fn file_of(row: Stored<'_>) -> Result<(&str, &str, StoredFile), sqlx::Error> {
    let id = FileId::of_row(row.get("file_id")?).ok_or_else(|| row.unreadable("file_id"))?;
    let file = StoredFile {
        id,
        inode: row.get::<i64>("inode")?.cast_unsigned(),
        modified: row.get("modified")?,
        held: row.flag("held")?,
    };
    Ok((row.get("source")?, row.get("relative")?, file))
}

/// The marker in a row: JSON, `null` where there was none.
fn marker_of(row: Stored<'_>) -> Result<Option<Marker>, sqlx::Error> {
    let text: Option<&str> = row.optional("marker")?;
    let marker = text.map_or(Ok(None), serde_json::from_str);
    marker.map_err(|_| row.unreadable("marker"))
}

fn departure_of(row: Stored<'_>, departed: &mut DepartedSteps) -> Result<(), sqlx::Error> {
    departed.most_live = departed.most_live.max(row.count("live_before")?);
    if !row.flag("approved")? {
        departed.steps.insert(row.get("node_name")?);
    }
    Ok(())
}

fn absence_of(row: Stored<'_>) -> Result<(String, Absence), sqlx::Error> {
    let absence = Absence {
        since: TimePoint {
            wall: row.get("since")?,
            uptime: row.get("since_up")?,
            boot: row.get::<&str>("boot")?.into(),
        },
        reads: u32::try_from(row.count("reads")?).map_err(|_| row.unreadable("reads"))?,
        confirmed: row.flag("confirmed")?,
        marker: marker_of(row)?,
        plan: row.count("plan")?,
    };
    Ok((row.get("node_name")?, absence))
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

/// The number of the plan: the last one's, as long as the same removals are open.
async fn number(
    connection: &mut SqliteConnection,
    bot: BotId,
    store: &PlanToStore<'_>,
) -> Result<i64, sqlx::Error> {
    let last: i64 = sqlx::query_scalar("SELECT plan FROM bot WHERE bot_id = ?1")
        .bind(bot.0)
        .fetch_one(&mut *connection)
        .await?;
    let before: Vec<String> = sqlx::query_scalar(
        "SELECT node_name FROM open_removal WHERE bot_id = ?1 AND kind <> 'leaving' ORDER BY node_name",
    )
    .bind(bot.0)
    .fetch_all(connection)
    .await?;
    let open = open(store, 0);
    let now = open.iter().filter(|open| open.kind != "leaving");
    let mut now: Vec<&str> = now.map(|open| open.name).collect();
    now.sort_unstable();
    Ok(last + i64::from(before != now))
}

async fn write_open(
    connection: &mut SqliteConnection,
    bot: BotId,
    store: &PlanToStore<'_>,
    number: i64,
) -> Result<(), sqlx::Error> {
    let open = open(store, number.cast_unsigned());
    if open.is_empty() && store.before.is_empty() {
        return Ok(());
    }
    sqlx::query("DELETE FROM open_removal WHERE bot_id = ?1")
        .bind(bot.0)
        .execute(&mut *connection)
        .await?;
    for some in open.chunks(BATCH) {
        let rows: Vec<_> = some.iter().map(|open| row(open, store, number)).collect();
        sqlx::query(
            "INSERT INTO open_removal (bot_id, node_name, kind, reason, since, since_up, boot, reads, confirmed, marker, plan) \
             SELECT ?1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, \
               value ->> 6, value ->> 7, value ->> 8, value ->> 9 FROM json_each(?2)",
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
        open.confirmed || before.is_some_and(|before| before.confirmed),
        marker.map(|marker| json!(marker).to_string()),
        before.map_or(number, |before| before.plan.cast_signed()),
    ])
}

/// Where a step that is absent came from.
fn source_of<'a>(name: &str, store: &PlanToStore<'a>) -> Option<&'a str> {
    store.plan.absent_from.get(name).map(|source| &**source)
}

async fn write_counts(
    connection: &mut SqliteConnection,
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
    sqlx::query(
        "UPDATE bot SET plan = ?2, planned_at = ?3, pending = ?4, pending_count = ?5, unread = ?6, \
         unread_count = ?7, rejected_count = ?8 WHERE bot_id = ?1",
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
    connection: &mut SqliteConnection,
    bot: BotId,
    now: &TimePoint,
) -> Result<(), sqlx::Error> {
    let remembers = duration_millis(GUARD_REMEMBERS);
    sqlx::query(
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
    connection: &mut SqliteConnection,
    bot: BotId,
    upload: i64,
    now: &TimePoint,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "DELETE FROM departure WHERE bot_id = ?1 AND node_name IN \
         (SELECT node_name FROM upload_row WHERE upload_id = ?2 AND action <> 'remove')",
    )
    .bind(bot.0)
    .bind(upload)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT OR REPLACE INTO departure (bot_id, node_name, at, up, boot, approved, live_before) \
         SELECT ?1, node_name, ?3, ?4, ?5, \
           EXISTS (SELECT 1 FROM approval WHERE approval.bot_id = ?1 AND approval.node_name = upload_row.node_name) \
           OR (SELECT pinned_to IS NOT NULL OR empty_approved FROM bot WHERE bot.bot_id = ?1), \
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
    sqlx::query(
        "DELETE FROM open_removal WHERE bot_id = ?1 AND node_name IN \
         (SELECT node_name FROM upload_row WHERE upload_id = ?2)",
    )
    .bind(bot.0)
    .bind(upload)
    .execute(connection)
    .await
    .map(drop)
}
