//! `retry`: takes refused steps out of quarantine, so that the next sync tries them again.

use serde_json::json;

use super::Exit;
use super::args::WantedRetry;
use super::context::{Context, Failure, answer, answer_json, wanted_bots};
use super::view::count;
use crate::daemon::Lock;
use crate::store::Store;

pub(super) fn retry(context: &Context, wanted: &WantedRetry) -> Result<Exit, Failure> {
    let config = context.config()?;
    context.block_on(async {
        let _lock = Lock::take(&config.state_dir)?;
        let store = Store::open(&config.state_dir).await?;
        let names = (!wanted.steps.is_empty()).then_some(wanted.steps.as_slice());
        let mut bots = Vec::new();
        for bot in wanted_bots(&config, wanted.bot.as_deref())? {
            let id = store.bot(&bot.domain_name).await?;
            bots.push((&bot.domain_name, store.release_quarantine(id, names).await?));
        }
        if context.json {
            let bots: Vec<_> = bots
                .iter()
                .map(|(name, released)| json!({ "domain_name": name, "released": released }))
                .collect();
            answer_json(&json!({ "bots": bots }));
        } else {
            for (name, released) in bots {
                answer(&format!(
                    "{name}: {} out of quarantine; the next sync tries again\n",
                    count(released, "step", "steps")
                ));
            }
        }
        Ok(Exit::InSync)
    })
}
