//! How a bot is doing, for `status` and for `/status.json` alike.

use serde_json::{Value, json};

use super::vitals::Vital;
use crate::clock::{Millis, rfc3339};
use crate::config::Bot;
use crate::store::{BotState, Store, StoreError, UploadId, UploadRecord};

/// How a bot is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BotStatus {
    /// The bot.
    pub domain_name: String,
    /// Steps that are live.
    pub live: u64,
    /// Changes that are not live yet; `None` while nobody has looked since the start.
    pub pending: Option<u64>,
    /// Steps that Haptik refused.
    pub quarantined: u64,
    /// Removals that a guard holds.
    pub held_removals: u64,
    /// Removals that a person must carry out.
    pub manual_removals: u64,
    /// Rows and files that were not taken.
    pub rejected: u64,
    /// The upload under way.
    pub in_flight: Option<UploadRecord>,
    /// When everything was last live as it should be.
    pub last_success: Option<Millis>,
    /// The failure that stands.
    pub last_error: Option<String>,
    /// The upload that a person went back to.
    pub pinned_to: Option<UploadId>,
}

impl BotStatus {
    /// What the state alone says about a bot.
    pub async fn kept(store: &Store, bot: &Bot) -> Result<Self, StoreError> {
        let mut status = Self {
            domain_name: bot.domain_name.clone(),
            ..Self::default()
        };
        if let Some(id) = store.find_bot(&bot.domain_name).await? {
            let BotState {
                last_success,
                last_error,
                ..
            } = store.bot_state(id).await?;
            status.last_success = last_success;
            status.last_error = last_error;
            status.live = store.live(id).await?;
            status.quarantined = store.quarantined(id).await?;
            status.in_flight = store.under_way(id).await?;
        }
        Ok(status)
    }

    /// With what the daemon saw last.
    pub(super) fn seen(mut self, vital: &Vital) -> Self {
        self.pending = vital.pending;
        self.held_removals = vital.held_removals;
        self.manual_removals = vital.manual_removals;
        self.rejected = vital.rejected;
        self.pinned_to = vital.pinned_to;
        self
    }

    /// What there is to say first.
    pub fn state(&self) -> &'static str {
        if self.last_error.is_some() {
            "failing"
        } else if self.in_flight.is_some() {
            "syncing"
        } else if self.wants_a_person() {
            "attention"
        } else if self.pending == Some(0) {
            "in_sync"
        } else {
            "syncing"
        }
    }

    /// Whether something waits for a person.
    pub fn wants_a_person(&self) -> bool {
        self.quarantined + self.held_removals + self.manual_removals + self.rejected > 0
            || self.pinned_to.is_some()
    }

    /// As `--json` and `/status.json` show it.
    pub fn as_json(&self) -> Value {
        json!({
            "domain_name": self.domain_name,
            "state": self.state(),
            "live": self.live,
            "pending": self.pending.unwrap_or(0),
            "quarantined": self.quarantined,
            "held_removals": self.held_removals,
            "manual_removals": self.manual_removals,
            "in_flight": self.in_flight.as_ref().map(|upload| json!({
                "task_id": upload.task_id,
                "rows": upload.rows,
                "since": rfc3339(upload.sent_at.unwrap_or(upload.prepared_at)),
                "state": upload.state.name(),
            })),
            "last_success": self.last_success.map(rfc3339),
            "last_error": self.last_error,
            "pinned_to": self.pinned_to.map(|upload| upload.0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_is_said_first() {
        let fine = BotStatus {
            pending: Some(0),
            ..BotStatus::default()
        };
        let held = BotStatus {
            held_removals: 1,
            ..fine.clone()
        };
        let pending = BotStatus {
            pending: Some(2),
            ..fine.clone()
        };
        let failing = BotStatus {
            last_error: Some("Haptik is down".into()),
            ..held.clone()
        };
        let unseen = BotStatus::default();
        for (status, expected) in [
            (fine, "in_sync"),
            (pending, "syncing"),
            (unseen, "syncing"),
            (held, "attention"),
            (failing, "failing"),
        ] {
            assert_eq!(status.state(), expected, "{status:?}");
        }
    }
}
