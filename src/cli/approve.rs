//! `approve`: releases held removals, lets an empty export empty a bot, and strikes off steps that
//! a person has removed by hand.

use serde_json::json;

use super::Exit;
use super::args::WantedApproval;
use super::context::{Context, Failure, answer, answer_json, wanted_bots};
use super::view::count;
use crate::daemon::Lock;
use crate::flow::plan::Plan;
use crate::store::Store;

pub(super) fn approve(context: &Context, wanted: &WantedApproval) -> Result<Exit, Failure> {
    let config = context.config()?;
    context.block_on(async {
        let _lock = Lock::take(&config.state_dir)?;
        let store = Store::open(&config.state_dir).await?;
        let mut bots = Vec::new();
        for bot in wanted_bots(&config, wanted.bot.as_deref())? {
            let id = store.bot(&bot.domain_name).await?;
            if wanted.empty {
                store.approve_empty(id, true).await?;
            }
            let plan = context.preview(&store, bot).await?.plan;
            let (released, waiting) = released(&plan);
            store.approve(id, &released, context.clock.now()).await?;
            store.strike_off(id, &plan.manual).await?;
            bots.push((bot.domain_name.clone(), released, waiting, plan.manual));
        }
        if context.json {
            let bots: Vec<_> = bots
                .iter()
                .map(|(name, released, waiting, struck)| {
                    json!({ "domain_name": name, "released": released, "still_held": waiting, "struck_off": struck })
                })
                .collect();
            answer_json(&json!({ "bots": bots }));
        } else {
            for (name, released, waiting, struck) in &bots {
                answer(&in_words(name, released.len(), waiting.len(), struck.len(), wanted.empty));
            }
        }
        Ok(Exit::InSync)
    })
}

/// The held removals that a person can release, and those that wait for their source.
fn released(plan: &Plan) -> (Vec<String>, Vec<String>) {
    let (released, waiting): (Vec<_>, Vec<_>) =
        plan.held.iter().partition(|held| held.reason.approvable());
    let names = |held: Vec<&crate::flow::plan::Held>| {
        held.into_iter()
            .map(|held| held.node_name.clone())
            .collect()
    };
    (names(released), names(waiting))
}

fn in_words(name: &str, released: usize, waiting: usize, struck: usize, empty: bool) -> String {
    let mut parts = vec![if released == 0 {
        "no held removal to release".to_owned()
    } else {
        format!(
            "{} released; the next sync carries them out",
            count(released as u64, "removal", "removals")
        )
    }];
    if empty {
        parts.push("an empty export may empty this bot now".to_owned());
    }
    if waiting > 0 {
        parts.push(format!(
            "{} waiting for a complete read of the source",
            count(waiting as u64, "removal is", "removals are")
        ));
    }
    if struck > 0 {
        parts.push(format!(
            "{} struck off as removed by hand",
            count(struck as u64, "step is", "steps are")
        ));
    }
    format!("{name}: {}\n", parts.join("; "))
}
