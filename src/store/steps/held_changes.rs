//! Additions and changes that the last stored plan held for what they hold, and the contents that a person
//! has released.

use std::collections::BTreeMap;

use serde_json::json;

use crate::clock::Millis;
use crate::model::{Action, Digest, HeldChange};
use crate::store::BATCH;
use crate::store::bots::BotId;
use crate::store::database::{Connection, query, query_as};
use crate::store::decode::Stored;
use crate::store::error::StoreError;
use crate::store::open::Store;

/// A held addition or change, as the last stored plan has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenChange {
    /// What is held.
    pub change: HeldChange,
    /// The first stored plan that held this content.
    pub plan: i64,
    /// A person has released it since; the next sync carries it out.
    pub released: bool,
}

fn open_change(row: Stored<'_>) -> Result<OpenChange, sqlx::Error> {
    Ok(OpenChange {
        change: HeldChange {
            node_name: row.get("node_name")?,
            action: row.word("action", Action::from_name)?,
            key: row.key()?,
            digest: row.digest("digest")?,
            found: row.get("found")?,
            shown: None,
        },
        plan: row.get("plan")?,
        released: row.flag("released")?,
    })
}

impl Store {
    /// The additions and changes that the last stored plan held, in the order of `node_name`.
    pub async fn held_changes(&self, bot: BotId) -> Result<Vec<OpenChange>, StoreError> {
        let rows = query(
            "SELECT node_name, action, source, article, digest, found, plan, \
               EXISTS (SELECT 1 FROM released_change AS released WHERE released.bot_id = held_change.bot_id \
                 AND released.node_name = held_change.node_name AND released.digest = held_change.digest) AS released \
             FROM held_change WHERE bot_id = ?1 ORDER BY node_name",
        )
        .bind(bot.0)
        .fetch_all(&mut *self.hold().await)
        .await
        .map_err(|error| self.error(error))?;
        rows.iter()
            .map(|row| open_change(Stored::new(row, "held_change", bot)))
            .collect::<Result<_, _>>()
            .map_err(|error| self.error(error))
    }

    /// The contents that a person has released, by the name of the step.
    pub async fn released_changes(
        &self,
        bot: BotId,
    ) -> Result<BTreeMap<String, Digest>, StoreError> {
        let rows = query("SELECT node_name, digest FROM released_change WHERE bot_id = ?1")
            .bind(bot.0)
            .fetch_all(&mut *self.hold().await)
            .await
            .map_err(|error| self.error(error))?;
        rows.iter()
            .map(|row| {
                let row = Stored::new(row, "released_change", bot);
                Ok((row.get("node_name")?, row.digest("digest")?))
            })
            .collect::<Result<_, _>>()
            .map_err(|error| self.error(error))
    }
}

/// Writes down what a plan holds. What was held before keeps the plan that first held it.
pub(super) async fn write_held_changes(
    connection: &mut Connection,
    bot: BotId,
    held: &[HeldChange],
    number: i64,
) -> Result<(), sqlx::Error> {
    let before = plans_of(connection, bot).await?;
    if held.is_empty() && before.is_empty() {
        return Ok(());
    }
    query("DELETE FROM held_change WHERE bot_id = ?1")
        .bind(bot.0)
        .execute(&mut *connection)
        .await?;
    for some in held.chunks(BATCH) {
        let row = |held: &HeldChange| {
            let digest = hex(&held.digest);
            let known = before.get(&(held.node_name.clone(), digest.clone()));
            json!([
                held.node_name,
                held.action.name(),
                &*held.key.source,
                held.key.article.as_str(),
                digest,
                held.found,
                known.copied().unwrap_or(number),
            ])
        };
        let rows: Vec<_> = some.iter().map(row).collect();
        query(
            "INSERT INTO held_change (bot_id, node_name, action, source, article, digest, found, plan) \
             SELECT ?1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, unhex(value ->> 4), value ->> 5, CAST(value ->> 6 AS BIGINT) \
             FROM json_each(?2)",
        )
        .bind(bot.0)
        .bind(json!(rows).to_string())
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Whether a plan holds other changes than the last stored one.
pub(super) async fn holds_others(
    connection: &mut Connection,
    bot: BotId,
    held: &[HeldChange],
) -> Result<bool, sqlx::Error> {
    let before = plans_of(connection, bot).await?;
    let now = held
        .iter()
        .map(|held| (held.node_name.clone(), hex(&held.digest)));
    Ok(!before.keys().cloned().eq(now))
}

/// The first plan that held each of the contents, by name and digest.
async fn plans_of(
    connection: &mut Connection,
    bot: BotId,
) -> Result<BTreeMap<(String, String), i64>, sqlx::Error> {
    let rows: Vec<(String, String, i64)> =
        query_as("SELECT node_name, lower(hex(digest)), plan FROM held_change WHERE bot_id = ?1")
            .bind(bot.0)
            .fetch_all(connection)
            .await?;
    let rows = rows.into_iter();
    Ok(rows
        .map(|(name, digest, plan)| ((name, digest), plan))
        .collect())
}

/// Lets these contents go out, under these names.
pub(super) async fn release_changes(
    connection: &mut Connection,
    bot: BotId,
    changes: &[(String, Digest)],
    at: Millis,
) -> Result<(), sqlx::Error> {
    for some in changes.chunks(BATCH) {
        let rows: Vec<_> = some
            .iter()
            .map(|(name, digest)| json!([name, hex(digest)]))
            .collect();
        query(
            "INSERT OR REPLACE INTO released_change (bot_id, node_name, digest, released_at) \
             SELECT ?1, value ->> 0, unhex(value ->> 1), ?2 FROM json_each(?3)",
        )
        .bind(bot.0)
        .bind(at)
        .bind(json!(rows).to_string())
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

fn hex(digest: &Digest) -> String {
    use std::fmt::Write as _;

    digest.0.iter().fold(String::new(), |mut text, byte| {
        // Writing to memory cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
