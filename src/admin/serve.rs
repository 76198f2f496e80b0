//! Serves the pages until asked to stop, within bounds: so many connections, so many bytes of
//! headers, so long for each.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::door::{Connection, Door};
use super::page::Desk;
use super::pages;
use crate::config::Admin;
use crate::daemon::{Hands, Lookout};

/// Connections at once; who comes then waits.
const CONNECTIONS: usize = 64;
/// Bytes of a request's head, and how many headers.
const HEAD_BYTES: usize = 16 << 10;
const HEADERS: usize = 64;
/// How long a client may take for the head of a request, also between two requests.
const HEAD_TIME: Duration = Duration::from_secs(5);
/// How long one connection lives.
const CONNECTION_TIME: Duration = Duration::from_mins(2);
/// How long an answer under way may take once the connection is to end.
const GRACE: Duration = Duration::from_secs(2);
/// How often to try again where the address is taken.
const AGAIN: Duration = Duration::from_secs(5);

/// Listens until asked to stop. Where that is impossible it says so, and tries on: syncing goes on
/// without it.
pub async fn serve(admin: Admin, lookout: Lookout, hands: Hands, stop: CancellationToken) {
    let Some(door) = open(&admin, &stop).await else {
        return;
    };
    tracing::info!("the admin listener is at {door}");
    let router = pages::router(Desk::new(admin, lookout, hands, stop.clone()));
    let slots = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = accept(&door, &slots) => accepted,
            () = stop.cancelled() => break,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, slot)) => {
                let (router, stop) = (router.clone(), stop.clone());
                connections.spawn(async move {
                    converse(stream, router, &stop).await;
                    drop(slot);
                });
            }
            Err(error) => {
                tracing::warn!("the admin listener cannot take a connection: {error}");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
    while connections.join_next().await.is_some() {}
}

async fn open(admin: &Admin, stop: &CancellationToken) -> Option<Door> {
    let mut told = false;
    loop {
        match Door::open(&admin.listen).await {
            Ok(door) => return Some(door),
            Err(error) if !told => {
                tracing::error!(
                    "the admin listener cannot be opened ({error}); syncing goes on without it, and it is tried again. \
                     Is another process there? `listen` in [admin] chooses another place"
                );
                told = true;
            }
            Err(_) => {}
        }
        tokio::select! {
            () = tokio::time::sleep(AGAIN) => {}
            () = stop.cancelled() => return None,
        }
    }
}

async fn accept(
    door: &Door,
    slots: &Arc<Semaphore>,
) -> std::io::Result<(Box<dyn Connection>, tokio::sync::OwnedSemaphorePermit)> {
    let slot = slots.clone().acquire_owned().await;
    let slot = slot.map_err(std::io::Error::other)?;
    Ok((door.accept().await?, slot))
}

async fn converse(stream: Box<dyn Connection>, router: Router, stop: &CancellationToken) {
    let service = TowerToHyperService::new(router);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_BYTES)
        .max_headers(HEADERS)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        () = tokio::time::sleep(CONNECTION_TIME) => {}
        () = stop.cancelled() => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = timeout(GRACE, connection).await;
}
