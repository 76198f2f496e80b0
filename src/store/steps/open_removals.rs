//! What the last stored plan of a bot left open, read back: changes that are not live yet, and the
//! removals that are held, wait, or are for a person to carry out; and releasing them.

use std::collections::BTreeMap;

use super::as_of::renew_mark;
use super::held_changes::release_changes;
use super::import::{count_by_hand, said_by_hand};
use super::overrides::end_keeping;
use crate::clock::Millis;
use crate::model::{Action, Digest, Purpose, REMOVAL, Step, UploadId};
use crate::store::BATCH;
use crate::store::actions::{ActionRecord, insert_action};
use crate::store::bots::BotId;
use crate::store::database::{Connection, query, query_as};
use crate::store::decode::{Stored, json};
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::versions::{NewVersion, put_versions, supersede};

/// Why a removal has not happened yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RemovalKind {
    /// A guard holds it until a person approves it.
    Held,
    /// Its absence is not confirmed yet.
    Waiting,
    /// A person has to carry it out in Haptik.
    Manual,
}

impl RemovalKind {
    /// The name in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Waiting => "waiting",
            Self::Manual => "manual",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Held, Self::Waiting, Self::Manual]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// A removal that the last stored plan left open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenRemoval {
    /// The live step.
    pub node_name: String,
    /// Why it is open.
    pub kind: RemovalKind,
    /// The same in words.
    pub reason: String,
    /// The first stored plan that had it.
    pub plan: i64,
    /// A person has released it since; the next sync carries it out.
    pub released: bool,
}

/// The rest of what the last stored plan left open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenPlan {
    /// Its number.
    pub plan: i64,
    /// When it was made; `None`: there was none yet.
    pub planned_at: Option<Millis>,
    /// Changes that are not live yet; the first ones, where there are many.
    pub pending: Vec<(String, Action)>,
    /// How many there are.
    pub pending_count: u64,
    /// Steps whose sources could not tell what has become of them.
    pub unread: u64,
    /// Rows and files that were skipped.
    pub rejected: u64,
}

/// What a person lets go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Release {
    /// Held and waiting removals that may go out, and those of steps that were kept until now.
    pub released: Vec<String>,
    /// Held additions and changes that may go out, each with its content.
    pub changes: Vec<(String, Digest)>,
    /// Steps that a person has removed in Haptik: they are live no more.
    pub struck_off: Vec<String>,
}

impl Store {
    /// The removals that the last stored plan left open, in the order of `node_name`. What is not live
    /// any more is not open either.
    pub async fn open_removals(&self, bot: BotId) -> Result<Vec<OpenRemoval>, StoreError> {
        let rows = query(
            "SELECT node_name, kind, reason, plan, EXISTS (SELECT 1 FROM approval WHERE approval.bot_id = ?1 \
               AND approval.node_name = open_removal.node_name) AS released \
             FROM open_removal WHERE bot_id = ?1 AND kind <> 'leaving' AND EXISTS (SELECT 1 FROM step WHERE step.bot_id = ?1 \
               AND step.node_name = open_removal.node_name) ORDER BY node_name",
        )
        .bind(bot.0)
        .fetch_all(&mut *self.hold().await)
        .await
        .map_err(|error| self.error(error))?;
        rows.iter()
            .map(|row| {
                let kind = row.get("kind");
                let unknown = || self.damaged(format!("an open removal of the kind \"{kind}\""));
                Ok(OpenRemoval {
                    node_name: row.get("node_name"),
                    kind: RemovalKind::from_name(kind).ok_or_else(unknown)?,
                    reason: row.get("reason"),
                    plan: row.get("plan"),
                    released: row.get("released"),
                })
            })
            .collect()
    }

    /// What else the last stored plan left open, without what has gone live since.
    pub async fn open_plan(&self, bot: BotId) -> Result<OpenPlan, StoreError> {
        let mut held = self.hold().await;
        let row = query(
            "SELECT plan, planned_at, pending_count, unread_count, rejected_count, \
               json_array_length(pending) AS listed, \
               (SELECT CAST(coalesce(sum(added + changed + removed), 0) AS BIGINT) FROM upload WHERE upload.bot_id = bot.bot_id \
                AND state = 'succeeded' AND purpose IN ('change', 'trial') AND settled_at >= planned_at) AS settled \
             FROM bot WHERE bot_id = ?1",
        )
        .bind(bot.0)
        .fetch_one(&mut held)
        .await
        .map_err(|error| self.error(error))?;
        // An addition or a change is over once its step was confirmed, a removal once its step is gone,
        // and each of them once Haptik refused it.
        let open: Vec<(String, String)> = query_as(
            "SELECT value ->> 0, value ->> 1 FROM bot JOIN json_each(pending) ON TRUE \
             LEFT JOIN step ON step.bot_id = bot.bot_id AND step.node_name = value ->> 0 \
             WHERE bot.bot_id = ?1 \
             AND NOT coalesce(CASE value ->> 1 WHEN 'remove' THEN step.node_name IS NULL ELSE \
               (SELECT settled_at FROM upload WHERE upload.upload_id = step.upload_id) >= planned_at END, FALSE) \
             AND NOT EXISTS (SELECT 1 FROM quarantine WHERE quarantine.bot_id = bot.bot_id \
               AND quarantine.node_name = value ->> 0 AND since >= planned_at) \
             ORDER BY value ->> 0",
        )
        .bind(bot.0)
        .fetch_all(&mut held)
        .await
        .map_err(|error| self.error(error))?;
        let number = |column| u64::try_from(row.get::<i64, _>(column)).unwrap_or(0);
        let (count, listed) = (number("pending_count"), number("listed"));
        let still = open.len() as u64;
        let pending: Result<Vec<_>, StoreError> = open
            .into_iter()
            .map(|(name, action)| {
                let known = Action::from_name(&action);
                let unknown = || self.damaged(format!("a pending change of the kind \"{action}\""));
                known.ok_or_else(unknown).map(|action| (name, action))
            })
            .collect();
        Ok(OpenPlan {
            plan: row.get("plan"),
            planned_at: row.get("planned_at"),
            pending: pending?,
            pending_count: if listed < count {
                // Of those that are not listed, only the uploads since then tell.
                let over = (listed - still).max(number("settled"));
                count.saturating_sub(over).max(still)
            } else {
                still
            },
            unread: number("unread_count"),
            rejected: number("rejected_count"),
        })
    }

    /// The live steps of which the sources could not tell at the last stored plan, by the reason; the
    /// first ones, where there are many.
    pub async fn unread(&self, bot: BotId) -> Result<BTreeMap<String, Vec<String>>, StoreError> {
        let row = query("SELECT unread FROM bot WHERE bot_id = ?1")
            .bind(bot.0)
            .fetch_one(&mut *self.hold().await)
            .await
            .map_err(|error| self.error(error))?;
        let row = Stored::new(&row, "bot", bot);
        let read = || {
            let text: &str = row.get("unread")?;
            serde_json::from_str(text).map_err(|_| row.unreadable("unread"))
        };
        read().map_err(|error| self.error(error))
    }

    /// Lets removals go out, and forgets the steps that a person has removed. What is named must be
    /// open, or live.
    pub async fn release(
        &self,
        bot: BotId,
        release: &Release,
        action: &ActionRecord,
    ) -> Result<(), StoreError> {
        self.transaction(async |transaction| {
            for names in release.released.chunks(BATCH) {
                approve(transaction, bot, names, action.at).await?;
                end_keeping(transaction, bot, names).await?;
            }
            release_changes(transaction, bot, &release.changes, action.at).await?;
            if !release.struck_off.is_empty() {
                renew_mark(transaction, bot).await?;
            }
            strike_off(transaction, bot, &release.struck_off, action.at).await?;
            insert_action(transaction, action).await?;
            Ok(())
        })
        .await
    }

    /// Lets removals go out, with nobody behind it: for simulations.
    pub async fn approve(
        &self,
        bot: BotId,
        names: &[String],
        at: Millis,
    ) -> Result<(), StoreError> {
        let mut held = self.hold().await;
        for names in names.chunks(BATCH) {
            let approved = approve(&mut held, bot, names, at).await;
            approved.map_err(|error| self.error(error))?;
        }
        Ok(())
    }

    /// Forgets steps that were removed by hand, with nobody behind it: for simulations.
    pub async fn strike_off(
        &self,
        bot: BotId,
        names: &[String],
        at: Millis,
    ) -> Result<(), StoreError> {
        self.transaction(async |transaction| {
            renew_mark(transaction, bot).await?;
            strike_off(transaction, bot, names, at).await?;
            Ok(())
        })
        .await
    }

    /// The bots that the state knows and that are not among these, with how many steps are live on
    /// each, where any are.
    pub async fn bots_besides(&self, known: &[&str]) -> Result<Vec<(String, u64)>, StoreError> {
        let rows: Vec<(String, i64)> = query_as(
            "SELECT domain_name, count(*) FROM bot JOIN step USING (bot_id) \
             WHERE domain_name NOT IN (SELECT value FROM json_each(?1)) GROUP BY domain_name ORDER BY domain_name",
        )
        .bind(json(known).map_err(|error| self.error(error))?)
        .fetch_all(&mut *self.hold().await)
        .await
        .map_err(|error| self.error(error))?;
        Ok(rows
            .into_iter()
            .map(|(name, live)| (name, u64::try_from(live).unwrap_or(0)))
            .collect())
    }
}

async fn approve(
    connection: &mut Connection,
    bot: BotId,
    names: &[String],
    at: Millis,
) -> Result<(), sqlx::Error> {
    query(
        "INSERT OR REPLACE INTO approval (bot_id, node_name, approved_at) \
         SELECT DISTINCT ?1, value ->> 0, ?2 FROM json_each(?3)",
    )
    .bind(bot.0)
    .bind(at)
    .bind(json(&names.iter().map(|name| [name]).collect::<Vec<_>>())?)
    .execute(connection)
    .await
    .map(drop)
}

/// Steps that a person has removed are live no more.
async fn strike_off(
    connection: &mut Connection,
    bot: BotId,
    names: &[String],
    at: Millis,
) -> Result<(), sqlx::Error> {
    if names.is_empty() {
        return Ok(());
    }
    let upload = said_by_hand(connection, bot, Purpose::RemovedByHand, at).await?;
    let mut first = 0;
    for names in names.chunks(BATCH) {
        first += remove_by_hand(connection, (bot, upload), names, first).await?;
        for sql in [
            "DELETE FROM uncertain WHERE bot_id = ?1 AND node_name IN (SELECT value FROM json_each(?2))",
            "DELETE FROM approval WHERE bot_id = ?1 AND node_name IN (SELECT value FROM json_each(?2))",
            "DELETE FROM open_removal WHERE bot_id = ?1 AND node_name IN (SELECT value FROM json_each(?2))",
        ] {
            query(sql)
                .bind(bot.0)
                .bind(json(names)?)
                .execute(&mut *connection)
                .await?;
        }
    }
    supersede(connection, (bot, upload)).await?;
    count_by_hand(connection, upload).await
}

/// Writes down that the live ones of these steps are gone. Says how many there were.
async fn remove_by_hand(
    connection: &mut Connection,
    (bot, upload): (BotId, UploadId),
    names: &[String],
    first: u32,
) -> Result<u32, sqlx::Error> {
    let live: Vec<(String, String, String)> = query_as(
        "SELECT node_name, source, article FROM step \
         WHERE bot_id = ?1 AND node_name IN (SELECT value FROM json_each(?2))",
    )
    .bind(bot.0)
    .bind(json(names)?)
    .fetch_all(&mut *connection)
    .await?;
    let said = |(name, ..): &(String, String, String)| Step {
        node_name: name.clone(),
        question: String::new(),
        answer: String::new(),
    };
    let steps: Vec<Step> = live.iter().map(said).collect();
    let versions = (first..).zip(live.iter().zip(&steps));
    let versions = versions.map(|(row, ((_, source, article), step))| NewVersion {
        row,
        action: Action::Remove,
        source,
        article,
        step,
        digest: REMOVAL,
        file: None,
    });
    let versions: Vec<NewVersion> = versions.collect();
    put_versions(connection, (bot, upload), &versions).await?;
    Ok(u32::try_from(versions.len()).unwrap_or(u32::MAX))
}
