//! `resync`: forgets what is live, so that the next sync uploads everything again.

use std::fmt::Write as _;

use serde_json::json;

use super::Exit;
use super::context::{Failure, wanted_bots};
use super::view::count;
use super::wish::Reply;
use crate::daemon::Hands;

pub(super) async fn perform(hands: &Hands, only: Option<&str>) -> Result<Reply, Failure> {
    let store = &hands.engine.courier.store;
    let mut bots = Vec::new();
    let mut text = String::new();
    for bot in wanted_bots(&hands.config, only)? {
        let id = store.bot(&bot.domain_name).await?;
        let doubted = store.doubt_snapshot(id).await?;
        let name = &bot.domain_name;
        let steps = count(doubted, "step", "steps");
        let _ = writeln!(
            text,
            "{name}: {steps} forgotten; the next sync uploads everything again"
        );
        bots.push(json!({ "domain_name": name, "forgotten": doubted }));
    }
    hands.wake();
    Ok(Reply {
        json: json!({ "bots": bots }),
        text,
        exit: Exit::InSync,
    })
}
