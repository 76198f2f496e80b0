//! Content that is altered in the state behind the daemon's back, as a disk does it or a hand.

use std::time::Duration;

use kms_haptik_sync::store::StoreError;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

use super::knowledge::Knowledge;
use super::looks::digest;
use super::loops::{see, still};
use super::run::World;
use super::scenario::{Event, Scenario, moment, random_of};
use super::supervision::Supervision;

/// What becomes of a content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rot {
    /// Its answer says something else.
    Answer,
    /// It has no question.
    Question,
    /// Its answer is no text.
    Bytes,
    /// It is that of another step.
    Exchanged,
}

impl Rot {
    pub(crate) const ALL: [Self; 4] = [Self::Answer, Self::Question, Self::Bytes, Self::Exchanged];

    fn statement(self) -> String {
        let altered = match self {
            Self::Answer => "answer = answer || ', or not'",
            Self::Question => "question = ''",
            Self::Bytes => "answer = CAST(x'6fff65' AS TEXT)",
            Self::Exchanged => {
                "(question, answer) = (SELECT question, answer FROM content AS other \
                 WHERE other.content_id <> content.content_id ORDER BY content_id LIMIT 1)"
            }
        };
        format!(
            "UPDATE OR IGNORE content SET {altered} WHERE content_id = (SELECT content_id FROM step \
             JOIN bot USING (bot_id) WHERE domain_name = ?1 AND node_name = ?2)"
        )
    }
}

impl Scenario {
    /// In a third of the seeds, some of what the state holds is altered there.
    pub(crate) fn rot(&mut self, random: &mut fastrand::Rng, length: Duration) {
        if random.u8(0..3) > 0 {
            return;
        }
        for _ in 0..random.usize(1..5) {
            let bot = random.usize(0..self.bots.len());
            let event = Event::Rot(bot, random.usize(0..40), random_of(random, &Rot::ALL));
            self.put(moment(random, length), event);
        }
    }
}

impl World {
    /// Does something to the state as no daemon does it. Says how many rows that was.
    pub(crate) fn alter_state(
        &self,
        alter: impl AsyncFnOnce(&mut SqliteConnection) -> Result<u64, sqlx::Error>,
    ) -> u64 {
        let file = self.config.state_dir.join("state.db");
        let altering = async {
            let options = SqliteConnectOptions::new().filename(file);
            let mut state = options.connect().await?;
            let altered = alter(&mut state).await?;
            state.close().await?;
            Ok::<_, sqlx::Error>(altered)
        };
        let altered = still(&Supervision::default(), altering).expect("nobody dies of it");
        altered.expect("a state")
    }

    /// Alters the content of a live step that its source has as it is. Not while an upload is under
    /// way: one whose bytes cannot be made again is dropped, and that is no defect.
    pub(crate) fn rot(&mut self, bot: usize, step: usize, rot: Rot) {
        let Some(process) = &self.process else { return };
        let domain_name = self.config.bots[bot].domain_name.clone();
        let Some(id) = see(process.store.find_bot(&domain_name)) else {
            return;
        };
        if see(process.store.under_way(id)).is_some() {
            return;
        }
        let mut as_they_are = see(process.store.snapshot(id));
        as_they_are.retain(|known| {
            let article = self.bases[bot].articles.get(&*known.node_name);
            article.is_some_and(|article| {
                digest(&known.node_name, &Knowledge::content(article)) == known.digest
            })
        });
        if as_they_are.is_empty() {
            return;
        }
        let name = as_they_are[step % as_they_are.len()].node_name.to_string();
        let altered = self.alter_state(async |state| {
            let statement = sqlx::query(sqlx::AssertSqlSafe(rot.statement()));
            let done = statement.bind(&domain_name).bind(&name);
            Ok(done.execute(state).await?.rows_affected())
        });
        if altered == 0 {
            // There is no other one to exchange it with.
            return;
        }
        self.story
            .tell(format_args!("   the content of {name} rots"));
        let article = self.bases[bot].articles[&name].clone();
        self.rotten[bot].insert(name, article);
    }

    /// Where uploads replace, content that rotted and that no source has any more stops them all. So
    /// its article says again what it said.
    pub(crate) fn put_back_what_rotted(&mut self, bot: usize) {
        let Some(process) = &self.process else { return };
        let store = &process.store;
        let id = see(store.bot(&self.config.bots[bot].domain_name));
        for (name, article) in std::mem::take(&mut self.rotten[bot]) {
            let looked = still(
                &Supervision::default(),
                store.contents(id, std::slice::from_ref(&name)),
            );
            if !matches!(looked, Some(Err(StoreError::Rotten { .. }))) {
                continue;
            }
            let base = &mut self.bases[bot];
            if base.articles.get(&name) != Some(&article) {
                self.story.tell(format_args!("{name} is put back"));
                base.put_back(name, article);
            }
        }
    }
}
