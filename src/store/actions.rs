//! Who did what: a row for each thing that people changed, kept as long as the history is.

use serde_json::Value;

use super::error::StoreError;
use super::open::Store;
use crate::clock::Millis;
use crate::store::database::{Connection, Row, query, query_scalar};

/// Something that a person did.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionRecord {
    /// When.
    pub at: Millis,
    /// Who, as far as the machine knows.
    pub who: String,
    /// What: the name of the command, or `reload`.
    pub what: String,
    /// The bot that it is about, if it is about one alone.
    pub domain_name: Option<String>,
    /// The plan that was in front of them.
    pub plan: Option<i64>,
    /// What came of it: an object of names, counts and flags.
    pub details: Value,
}

/// Writes an action down, in the transaction that does it.
pub(super) async fn insert_action(
    connection: &mut Connection,
    action: &ActionRecord,
) -> Result<(), sqlx::Error> {
    query(
        "INSERT INTO action (at, who, what, domain_name, plan, details) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )
    .bind(action.at)
    .bind(action.who.clone())
    .bind(action.what.clone())
    .bind(action.domain_name.clone())
    .bind(action.plan)
    .bind(action.details.to_string())
    .execute(connection)
    .await
    .map(drop)
}

impl Store {
    /// Writes down what somebody did.
    pub async fn record_action(&self, action: &ActionRecord) -> Result<(), StoreError> {
        insert_action(&mut *self.hold().await, action)
            .await
            .map_err(|error| self.error(error))
    }

    /// What people did, newest first: all of it, or what is about one bot.
    pub async fn actions(
        &self,
        domain_name: Option<&str>,
        limit: u32,
    ) -> Result<Vec<ActionRecord>, StoreError> {
        let rows = query(
            "SELECT at, who, what, domain_name, plan, details FROM action \
             WHERE ?1 IS NULL OR domain_name = ?1 ORDER BY action_id DESC LIMIT ?2",
        )
        .bind(domain_name.map(str::to_owned))
        .bind(limit)
        .fetch_all(&mut *self.hold().await)
        .await
        .map_err(|error| self.error(error))?;
        rows.iter().map(|row| self.action_of(row)).collect()
    }

    /// What people did that may have to do with one step of a bot, newest first: what names it, and what is about the
    /// whole bot and changes what its steps say.
    pub async fn actions_about(
        &self,
        domain_name: &str,
        step: &str,
        limit: u32,
    ) -> Result<Vec<ActionRecord>, StoreError> {
        // As it stands in the details, which are JSON.
        let name = Value::from(step).to_string();
        let name = name
            .replace('\\', "\\\\")
            .replace('%', "\\%")
            .replace('_', "\\_");
        let rows = query(
            "SELECT at, who, what, domain_name, plan, details FROM action WHERE domain_name = ?1 \
             AND (what IN ('rollback', 'resume', 'import') OR details LIKE ?2 ESCAPE '\\') \
             ORDER BY action_id DESC LIMIT ?3",
        )
        .bind(domain_name.to_owned())
        .bind(format!("%{name}%"))
        .bind(limit)
        .fetch_all(&mut *self.hold().await)
        .await
        .map_err(|error| self.error(error))?;
        rows.iter().map(|row| self.action_of(row)).collect()
    }

    fn action_of(&self, row: &Row) -> Result<ActionRecord, StoreError> {
        let details = serde_json::from_str(row.get("details"));
        Ok(ActionRecord {
            at: row.get("at"),
            who: row.get("who"),
            what: row.get("what"),
            domain_name: row.get("domain_name"),
            plan: row.get("plan"),
            details: details
                .map_err(|error| self.damaged(format!("the details of an action: {error}")))?,
        })
    }

    /// The number of the last action, 0 where there is none: another one tells of something new.
    pub async fn last_action(&self) -> Result<i64, StoreError> {
        query_scalar("SELECT coalesce(max(action_id), 0) FROM action")
            .fetch_one(&mut *self.hold().await)
            .await
            .map_err(|error| self.error(error))
    }

    /// Lets what people did before this time go.
    pub async fn prune_actions(&self, before: Millis) -> Result<(), StoreError> {
        query("DELETE FROM action WHERE at < ?1")
            .bind(before)
            .execute(&mut *self.hold().await)
            .await
            .map(drop)
            .map_err(|error| self.error(error))
    }
}
