//! `resync`: forgets what is live, so that the next sync uploads everything again.

use serde_json::json;

use super::Exit;
use super::args::WantedBot;
use super::context::{Context, Failure, answer, answer_json, wanted_bots};
use super::view::count;
use crate::daemon::Lock;
use crate::store::Store;

pub(super) fn resync(context: &Context, wanted: &WantedBot) -> Result<Exit, Failure> {
    let config = context.config()?;
    context.block_on(async {
        let _lock = Lock::take(&config.state_dir)?;
        let store = Store::open(&config.state_dir).await?;
        let mut bots = Vec::new();
        for bot in wanted_bots(&config, wanted.bot.as_deref())? {
            let id = store.bot(&bot.domain_name).await?;
            bots.push((&bot.domain_name, store.forget_snapshot(id).await?));
        }
        if context.json {
            let bots: Vec<_> = bots
                .iter()
                .map(|(name, forgotten)| json!({ "domain_name": name, "forgotten": forgotten }))
                .collect();
            answer_json(&json!({ "bots": bots }));
        } else {
            for (name, forgotten) in bots {
                answer(&format!(
                    "{name}: {} forgotten; the next sync uploads everything again\n",
                    count(forgotten, "step", "steps")
                ));
            }
        }
        Ok(Exit::InSync)
    })
}
