//! What is remembered of absence: the files that hold live steps, the removals that are open, and what
//! left the bot within the last day. A plan is stored here as a whole, so that every face tells the same.

mod store_plan;

pub(crate) use store_plan::note_departures;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use serde_json::json;

use crate::clock::{Millis, TimePoint, duration_millis};
use crate::model::{Absence, Action, DepartedSteps, FileId, GUARD_REMEMBERS, Marker, Plan};
use crate::store::BATCH;
use crate::store::bots::BotId;
use crate::store::database::{query, query_scalar};
use crate::store::decode::Stored;
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::text::command_for;
use store_plan::departure_of;

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
    /// Whether its text was UTF-8. `None`: there was nothing beyond ASCII in it.
    pub is_utf8: Option<bool>,
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
    /// See [`StoredFile`].
    pub is_utf8: Option<bool>,
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

impl Store {
    /// The files that hold live steps of a bot.
    pub async fn source_files(&self, bot: BotId) -> Result<StoredFiles, StoreError> {
        let rows = query(
            "SELECT file_id, source, relative, inode, modified, held, is_utf8 FROM source_file WHERE bot_id = ?1",
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
        self.transaction(async |transaction| {
            for some in read.chunks(BATCH) {
                let rows: Vec<_> = some
                    .iter()
                    .map(|file| {
                        let inode = file.inode.cast_signed();
                        let NotedFile { held, is_utf8, .. } = *file;
                        let (held, is_utf8) = (i64::from(held), is_utf8.map(i64::from));
                        (&*file.source, &*file.path, inode, file.modified, held, is_utf8)
                    })
                    .collect();
                query(
                    "INSERT INTO source_file (bot_id, source, relative, inode, modified, held, is_utf8) \
                     SELECT ?1, value ->> 0, value ->> 1, CAST(value ->> 2 AS BIGINT), CAST(value ->> 3 AS BIGINT), CAST(value ->> 4 AS BIGINT), \
                       CAST(value ->> 5 AS BIGINT) FROM json_each(?2) WHERE true \
                     ON CONFLICT (bot_id, source, relative) DO UPDATE SET \
                     inode = excluded.inode, modified = excluded.modified, held = excluded.held, is_utf8 = excluded.is_utf8",
                )
                .bind(bot.0)
                .bind(json!(rows).to_string())
                .execute(&mut *transaction)
                .await?;
            }
            let gone: Vec<i64> = gone.iter().map(|file| file.row()).collect();
            query(
                "DELETE FROM source_file WHERE bot_id = ?1 AND file_id IN (SELECT CAST(value AS BIGINT) FROM json_each(?2))",
            )
            .bind(bot.0)
            .bind(json!(gone).to_string())
            .execute(&mut *transaction)
            .await?;
            Ok(())
        })
        .await
    }

    /// Of these articles of a source, those for which a step is live.
    pub async fn live_articles(
        &self,
        bot: BotId,
        source: &str,
        ids: &[String],
    ) -> Result<HashSet<String>, StoreError> {
        let ids: Vec<String> = query_scalar(
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
        let rows = query("SELECT source, marker FROM source_marker WHERE bot_id = ?1")
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
            query(
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
        let rows = query(
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
        let rows = query(
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
}

fn file_of(row: Stored<'_>) -> Result<(&str, &str, StoredFile), sqlx::Error> {
    let id = FileId::of_row(row.get("file_id")?).ok_or_else(|| row.unreadable("file_id"))?;
    let file = StoredFile {
        id,
        inode: row.get::<i64>("inode")?.cast_unsigned(),
        modified: row.get("modified")?,
        held: row.flag("held")?,
        is_utf8: row.optional_flag("is_utf8")?,
    };
    Ok((row.get("source")?, row.get("relative")?, file))
}

/// The marker in a row: JSON, `null` where there was none.
fn marker_of(row: Stored<'_>) -> Result<Option<Marker>, sqlx::Error> {
    let text: Option<&str> = row.optional("marker")?;
    let marker = text.map_or(Ok(None), serde_json::from_str);
    marker.map_err(|_| row.unreadable("marker"))
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

/// Where a step that is absent came from.
fn source_of<'a>(name: &str, store: &PlanToStore<'a>) -> Option<&'a str> {
    store.plan.absent_from.get(name).map(|source| &**source)
}
