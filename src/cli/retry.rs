//! `retry`: takes refused steps out of quarantine, so that the next sync tries them again.

use std::fmt::Write as _;

use serde_json::json;

use super::Exit;
use super::context::{Failure, wanted_bots};
use super::view::count;
use super::wish::Reply;
use crate::daemon::Hands;

pub(super) async fn perform(
    hands: &Hands,
    only: Option<&str>,
    steps: &[String],
) -> Result<Reply, Failure> {
    let store = &hands.engine.courier.store;
    let names = (!steps.is_empty()).then_some(steps);
    let mut bots = Vec::new();
    let mut text = String::new();
    for bot in wanted_bots(&hands.config, only)? {
        let id = store.bot(&bot.domain_name).await?;
        let released = store.release_quarantine(id, names).await?;
        let name = &bot.domain_name;
        let steps = count(released, "step", "steps");
        let _ = writeln!(
            text,
            "{name}: {steps} out of quarantine; the next sync tries again"
        );
        bots.push(json!({ "domain_name": name, "released": released }));
    }
    hands.wake();
    Ok(Reply {
        json: json!({ "bots": bots }),
        text,
        exit: Exit::InSync,
    })
}
