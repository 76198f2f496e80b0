//! `approve`: releases held removals, lets an empty export empty a bot, and strikes off steps that
//! a person has removed by hand.

use serde_json::json;

use super::Exit;
use super::context::{Failure, look, wanted_bots};
use super::view::count;
use super::wish::Reply;
use crate::daemon::Hands;
use crate::flow::plan::Plan;
use crate::haptik::one_line;

/// Characters of a person's name.
const NAME: usize = 80;

pub(super) async fn perform(
    hands: &Hands,
    only: Option<&str>,
    empty: bool,
    who: &str,
) -> Result<Reply, Failure> {
    let (store, clock) = (&hands.engine.courier.store, &hands.engine.courier.clock);
    let mut bots = Vec::new();
    let mut text = String::new();
    for bot in wanted_bots(&hands.config, only)? {
        let id = store.bot(&bot.domain_name).await?;
        if empty {
            store.approve_empty(id, true).await?;
        }
        let plan = look(store, bot, clock).await?.plan;
        let (released, waiting) = released(&plan);
        store.approve(id, &released, clock.now()).await?;
        store.strike_off(id, &plan.manual).await?;
        let name = &bot.domain_name;
        if empty || !released.is_empty() || !plan.manual.is_empty() {
            let who = one_line(who, NAME);
            tracing::info!(
                bot = name,
                who,
                released = released.join(", "),
                struck_off = plan.manual.join(", "),
                empty,
                "approve: {who} released {} held removals and struck off {} steps removed by hand",
                released.len(),
                plan.manual.len()
            );
        }
        text.push_str(&in_words(
            name,
            released.len(),
            waiting.len(),
            plan.manual.len(),
            empty,
        ));
        bots.push(json!({
            "domain_name": name,
            "released": released,
            "still_held": waiting,
            "struck_off": plan.manual,
        }));
    }
    hands.wake();
    Ok(Reply {
        json: json!({ "bots": bots }),
        text,
        exit: Exit::InSync,
    })
}

/// The held removals that a person can release, and those that wait for their source.
fn released(plan: &Plan) -> (Vec<String>, Vec<String>) {
    let (released, waiting): (Vec<_>, Vec<_>) = plan.held.iter().partition(|_| true);
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
