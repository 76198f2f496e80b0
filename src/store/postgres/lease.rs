//! Which process works on a state in PostgreSQL: the one that holds the lease. The database decides, by its own
//! clock, and refuses what others write; see `lease_check` in the migration.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::error::DatabaseError;
use crate::clock::{Clock, Millis, duration_millis, local, millis_duration};
use crate::config::Config;
use crate::sabotage::{self, Sabotage};
use crate::store::database::{Connection, PATIENCE, query, query_as, query_scalar};
use crate::store::error::StoreError;
use crate::store::open::Store;

/// How often a lease is renewed while it lasts.
const RENEWALS: u32 = 4;

/// This part of a lease before it may run out, nothing is sent under it: two clocks do not run alike.
const MARGIN_PART: Millis = 10;

/// Takes the lease where nobody has it, or nobody has renewed it.
const TAKE: &str = "UPDATE lease SET epoch = epoch + 1, host = ?1, pid = ?2, since = lease_clock(), until = lease_clock() + ?3 \
     WHERE host IS NULL OR until < lease_clock() RETURNING epoch";

/// What [`Sabotage::LeaseByLocalClock`] does instead.
const TAKE_BY_LOCAL_CLOCK: &str = "UPDATE lease SET epoch = epoch + 1, host = ?1, pid = ?2, since = lease_clock(), until = lease_clock() + ?3 \
     WHERE until < lease_clock() + 86400000 RETURNING epoch";

/// A lease that this process holds. Dropped, it is renewed no more, and runs out.
#[derive(Debug)]
pub(in crate::store) struct Lease {
    epoch: i64,
    lost: CancellationToken,
    renewing: JoinHandle<()>,
    /// Until when it surely lasts, by the clock that runs on while the machine sleeps.
    until: Arc<AtomicI64>,
    /// How long it lasts that is not renewed.
    lasts: Millis,
    /// Whether the process before had not given it back.
    is_taken_over: bool,
    /// When it was taken over from a process that may have been sending.
    may_arrive_since: OnceLock<Millis>,
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.renewing.abort();
    }
}

impl Store {
    /// Takes the lease, or says who has it.
    pub(super) async fn take_lease(
        &mut self,
        beside: Connection,
        lasts: Duration,
    ) -> Result<(), StoreError> {
        let lasts = duration_millis(lasts);
        let mut held = self.hold().await;
        let before: Option<String> = query_scalar("SELECT host FROM lease")
            .fetch_one(&mut held)
            .await
            .map_err(|error| self.error(error))?;
        let asked = uptime();
        let take = if sabotage::is(Sabotage::LeaseByLocalClock) {
            TAKE_BY_LOCAL_CLOCK
        } else {
            TAKE
        };
        let taken: Option<i64> = query_scalar(take)
            .bind(this_host())
            .bind(i64::from(std::process::id()))
            .bind(lasts)
            .fetch_optional(&mut held)
            .await
            .map_err(|error| self.error(error))?;
        let Some(epoch) = taken else {
            let holder: Holding = query_as("SELECT host, pid, since FROM lease")
                .fetch_one(&mut held)
                .await
                .map_err(|error| self.error(error))?;
            drop(held);
            return Err(self.held_by(holder).into());
        };
        let writes = held.write_under(epoch).await;
        drop(held);
        writes.map_err(|error| self.error(error))?;
        let lost = CancellationToken::new();
        let until = Arc::new(AtomicI64::new(asked + lasts));
        let renewing = tokio::spawn(renew(beside, (epoch, lasts), lost.clone(), until.clone()));
        self.lease = Some(Arc::new(Lease {
            epoch,
            lost,
            renewing,
            until,
            lasts,
            is_taken_over: before.is_some(),
            may_arrive_since: OnceLock::new(),
        }));
        Ok(())
    }

    /// Whether the process before may have been ended while it was sending an upload: its bytes may still
    /// arrive.
    pub(super) async fn note_what_may_arrive(&self) -> Result<(), StoreError> {
        let Some(lease) = self.lease.as_ref().filter(|lease| lease.is_taken_over) else {
            return Ok(());
        };
        let may_arrive: bool = query_scalar(
            "SELECT EXISTS (SELECT 1 FROM upload WHERE state = 'sent' OR state = 'in_doubt')",
        )
        .fetch_one(&mut *self.hold().await)
        .await
        .map_err(|error| self.error(error))?;
        if may_arrive {
            lease.may_arrive_since.get_or_init(uptime);
        }
        Ok(())
    }

    /// Asked before the end of an upload is handed over: whether it is surely still for this process to send.
    /// No database is asked, since another process may take over while it answers.
    pub fn check_may_send(&self) -> Result<(), StoreError> {
        match &self.lease {
            _ if sabotage::is(Sabotage::EndUnchecked) => Ok(()),
            Some(lease)
                if lease.until.load(Ordering::Relaxed) - lease.lasts / MARGIN_PART <= uptime() =>
            {
                let place = self.place();
                Err(DatabaseError::Overslept { place }.into())
            }
            _ => Ok(()),
        }
    }

    /// How long nothing newer may be sent than what may still arrive from the process before. `patience` is how
    /// long that may take.
    pub fn until_older_arrived(&self, patience: Duration) -> Option<Duration> {
        if sabotage::is(Sabotage::RepeatUnwaited) {
            return None;
        }
        let since = *self.lease.as_ref()?.may_arrive_since.get()?;
        let left = since + duration_millis(patience) - uptime();
        (left > 0).then(|| millis_duration(left))
    }

    /// As if this process had been paused for longer than its lease lasts.
    #[cfg(test)]
    pub(in crate::store) fn oversleep(&self) {
        if let Some(lease) = &self.lease {
            lease.until.store(0, Ordering::Relaxed);
        }
    }

    /// As if this process were paused, or its machine gone.
    #[cfg(test)]
    pub(in crate::store) fn fall_silent(&self) {
        if let Some(lease) = &self.lease {
            lease.renewing.abort();
        }
    }

    /// The same state through a connection of its own, under the same lease.
    pub async fn beside(&self, config: &Config) -> Result<Self, StoreError> {
        let mut beside = Self::open_to_stand_by(config).await?;
        if let Some(lease) = &self.lease {
            let writes = beside.hold().await.write_under(lease.epoch).await;
            writes.map_err(|error| self.error(error))?;
            beside.lease = Some(lease.clone());
        }
        Ok(beside)
    }

    /// Who works on the state, if anybody does.
    pub async fn worked_on_by(&self) -> Option<DatabaseError> {
        self.holding().await.map(|holder| self.held_by(holder))
    }

    /// Which process on which machine works on the state, and since when. `None`: nobody does, or it is in a file.
    pub async fn worker(&self) -> Option<(String, Millis)> {
        self.place.as_ref()?;
        let (host, pid, since) = self.holding().await?;
        Some((in_words(host, pid), since))
    }

    async fn holding(&self) -> Option<Holding> {
        let holder = query_as(
            "SELECT host, pid, since FROM lease WHERE host IS NOT NULL AND until >= lease_clock()",
        )
        .fetch_optional(&mut *self.hold().await)
        .await;
        holder.ok().flatten()
    }

    fn held_by(&self, (host, pid, since): Holding) -> DatabaseError {
        DatabaseError::Held {
            place: self.place(),
            holder: in_words(host, pid),
            since: local(since),
        }
    }

    /// Waits until another process works on this state; with a state of its own, for ever.
    pub async fn deposed(&self) -> StoreError {
        match &self.lease {
            Some(lease) => lease.lost.cancelled().await,
            None => std::future::pending().await,
        }
        let place = self.place();
        DatabaseError::Deposed { place }.into()
    }

    /// Gives the lease back, so that nobody has to wait until it runs out.
    pub(in crate::store) async fn give_lease_back(&self) {
        let Some(lease) = &self.lease else { return };
        lease.renewing.abort();
        let given = query("UPDATE lease SET host = NULL, pid = NULL WHERE epoch = ?1")
            .bind(lease.epoch)
            .execute(&mut *self.hold().await)
            .await;
        if let Err(error) = given {
            tracing::debug!("the lease is not given back, and runs out: {error}");
        }
    }
}

/// The host and the process that hold a lease, and since when.
type Holding = (Option<String>, Option<i64>, i64);

fn in_words(host: Option<String>, pid: Option<i64>) -> String {
    let host = host.unwrap_or_else(|| "another machine".to_owned());
    let process = pid.map_or_else(|| "a process".to_owned(), |pid| format!("process {pid}"));
    format!("{process} on {host}")
}

/// Renews a lease until it is lost. While the database is away, nobody can take it.
async fn renew(
    mut connection: Connection,
    (epoch, lasts): (i64, Millis),
    lost: CancellationToken,
    until: Arc<AtomicI64>,
) {
    let often = millis_duration(lasts) / RENEWALS;
    // Not much longer, as another connection may renew it. It waits for what this process is writing, too.
    connection.wait_at_most(millis_duration(lasts).max(PATIENCE));
    loop {
        tokio::time::sleep(often).await;
        connection.wake().await;
        let asked = uptime();
        let renewed = query("UPDATE lease SET until = lease_clock() + ?2 WHERE epoch = ?1")
            .bind(epoch)
            .bind(lasts)
            .execute(&mut connection)
            .await;
        match renewed {
            Ok(done) if done.rows_affected() == 0 => return lost.cancel(),
            Ok(_) => until.store(asked + lasts, Ordering::Relaxed),
            Err(error) => tracing::debug!("the lease is not renewed: {error}"),
        }
    }
}

/// Now, by the clock that runs on while the machine sleeps.
fn uptime() -> Millis {
    Clock::system().uptime()
}

/// What this machine is called.
fn this_host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    match name.trim() {
        "" => "an unnamed machine".to_owned(),
        name => name.to_owned(),
    }
}
