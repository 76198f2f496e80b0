//! As what the answers of a source were read that could be read in two ways, so that one more article
//! does not change how the others read.

use std::collections::BTreeMap;

use serde_json::json;

use crate::model::BodyDecision;
use crate::store::bots::BotId;
use crate::store::database::query;
use crate::store::decode::Stored;
use crate::store::error::StoreError;
use crate::store::open::Store;

impl Store {
    /// What was decided at the last readings, by source.
    pub async fn body_decisions(
        &self,
        bot: BotId,
    ) -> Result<BTreeMap<String, BodyDecision>, StoreError> {
        let rows = query("SELECT source, body FROM source_body WHERE bot_id = ?1")
            .bind(bot.0)
            .fetch_all(&mut *self.hold().await)
            .await
            .map_err(|error| self.error(error))?;
        let decision = |row| {
            let row = Stored::new(row, "source_body", bot);
            let body = row.word("body", |text| serde_json::from_str(text).ok())?;
            Ok((row.get("source")?, body))
        };
        rows.iter()
            .map(decision)
            .collect::<Result<_, _>>()
            .map_err(|error| self.error(error))
    }

    /// Notes down what was decided at this reading.
    pub async fn note_body_decisions(
        &self,
        bot: BotId,
        decided: &BTreeMap<String, BodyDecision>,
    ) -> Result<(), StoreError> {
        for (source, body) in decided {
            query(
                "INSERT INTO source_body (bot_id, source, body) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (bot_id, source) DO UPDATE SET body = excluded.body \
                 WHERE source_body.body <> excluded.body",
            )
            .bind(bot.0)
            .bind(source.clone())
            .bind(json!(body).to_string())
            .execute(&mut *self.hold().await)
            .await
            .map_err(|error| self.error(error))?;
        }
        Ok(())
    }
}
