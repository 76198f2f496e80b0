//! Commands that are handed to the process that works on the state by one that does not, as rows of `wish`. Any
//! process writes one down; only who holds the lease takes it up, once.

use crate::store::database::{query, query_as, query_scalar};
use crate::store::error::StoreError;
use crate::store::open::Store;

/// A command that another process asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Its number.
    pub id: i64,
    /// Who asks.
    pub who: String,
    /// The command, as it was written down.
    pub command: String,
}

/// How far a wish is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WishState {
    /// Nobody has taken it up.
    Waits,
    /// It is carried out.
    Begun,
    /// It was carried out.
    Answered(String),
    /// It is not there any more.
    Gone,
}

impl Store {
    /// Writes a command down for the process that works on the state.
    pub async fn make_wish(&self, who: &str, command: String) -> Result<i64, StoreError> {
        query_scalar(
            "INSERT INTO wish (at, who, command) VALUES (lease_clock(), ?1, ?2) RETURNING wish_id",
        )
        .bind(who.to_owned())
        .bind(command)
        .fetch_one(&mut *self.hold().await)
        .await
        .map_err(|error| self.error(error))
    }

    /// How far it is.
    pub async fn wish_state(&self, id: i64) -> Result<WishState, StoreError> {
        let found: Option<(Option<i64>, Option<String>)> =
            query_as("SELECT epoch, answer FROM wish WHERE wish_id = ?1")
                .bind(id)
                .fetch_optional(&mut *self.hold().await)
                .await
                .map_err(|error| self.error(error))?;
        Ok(match found {
            None => WishState::Gone,
            Some((_, Some(answer))) => WishState::Answered(answer),
            Some((Some(_), None)) => WishState::Begun,
            Some((None, None)) => WishState::Waits,
        })
    }

    /// Takes a wish back that nobody has taken up. `false`: somebody has.
    pub async fn withdraw_wish(&self, id: i64) -> Result<bool, StoreError> {
        let withdrawn = query("DELETE FROM wish WHERE wish_id = ?1 AND epoch IS NULL")
            .bind(id)
            .execute(&mut *self.hold().await)
            .await
            .map_err(|error| self.error(error))?;
        Ok(withdrawn.rows_affected() > 0)
    }

    /// Takes the oldest wish up. What nobody waits for any more is not carried out.
    pub async fn next_wish(&self) -> Result<Option<Wish>, StoreError> {
        let mut held = self.hold().await;
        let next: Option<(i64, String, String)> = query_as(
            "UPDATE wish SET epoch = (SELECT epoch FROM lease) WHERE wish_id = \
             (SELECT min(wish_id) FROM wish WHERE epoch IS NULL AND at > lease_clock() - 60000) \
             AND epoch IS NULL RETURNING wish_id, who, command",
        )
        .fetch_optional(&mut held)
        .await
        .map_err(|error| self.error(error))?;
        Ok(next.map(|(id, who, command)| Wish { id, who, command }))
    }

    /// Writes down what came of a wish.
    pub async fn answer_wish(&self, id: i64, answer: String) -> Result<(), StoreError> {
        query("UPDATE wish SET answer = ?2 WHERE wish_id = ?1")
            .bind(id)
            .bind(answer)
            .execute(&mut *self.hold().await)
            .await
            .map(drop)
            .map_err(|error| self.error(error))
    }

    /// Answers what another process took up and did not finish, and deletes what was answered long ago.
    pub async fn answer_what_was_begun(&self, answer: String) -> Result<(), StoreError> {
        let mut held = self.hold().await;
        let old = query(
            "DELETE FROM wish WHERE at < lease_clock() - 3600000 AND (epoch IS NULL OR answer IS NOT NULL)",
        );
        let old = old.execute(&mut held).await;
        old.map_err(|error| self.error(error))?;
        query(
            "UPDATE wish SET answer = ?1 WHERE answer IS NULL AND epoch <> (SELECT epoch FROM lease)",
        )
        .bind(answer)
        .execute(&mut held)
        .await
        .map(drop)
        .map_err(|error| self.error(error))
    }
}
