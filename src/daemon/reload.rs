//! Reading the configuration again at SIGHUP, and whether what was read can be taken into force.

use crate::clock::Clock;
use crate::config::{Config, Problems};
use crate::status::LiveStatus;
use crate::store::{ActionRecord, StoreError};
use crate::sync::{Engine, Refused, in_words, refused_bots};

/// The new configuration, or why there is none. On a standby, that is all: whoever works on the state writes down
/// what is in force.
pub(super) fn read_again(
    config: &Config,
    reload: &impl Fn() -> Result<Config, Problems>,
) -> Result<Config, String> {
    let new = reload().map_err(|problems| format!("it is wrong\n{problems}"))?;
    if new.state_dir != config.state_dir || new.state != config.state {
        return Err(
            "state_dir and state cannot change while the daemon runs; restart it".to_owned(),
        );
    }
    Ok(new)
}

/// The same, for the process that works on the state.
pub(super) async fn read_into_force(
    config: &Config,
    engine: &Engine,
    reload: &impl Fn() -> Result<Config, Problems>,
) -> Result<Config, String> {
    let new = read_again(config, reload)?;
    taken_into_force(config, engine, &new).await?;
    Ok(new)
}

/// Tells how the reading went, and gives what is in force from now on.
pub(super) fn tell_of_reload(
    read: Result<Config, String>,
    live_status: &LiveStatus,
    clock: &Clock,
) -> Option<Config> {
    match &read {
        Ok(_) => tracing::info!("configuration read again"),
        Err(why) => tracing::error!(
            "the new configuration was not loaded and the old one stays in force: {why}"
        ),
    }
    live_status.reloaded(clock.now(), read.as_ref().err().cloned());
    read.ok()
}

/// Writes down that a new configuration is in force from now on; or says why it cannot be: what the
/// state knows of a bot speaks of another Haptik.
async fn taken_into_force(config: &Config, engine: &Engine, new: &Config) -> Result<(), String> {
    let store = &engine.runner.store;
    let refused = async {
        let before = refused_bots(store, config).await?;
        let after = refused_bots(store, new).await?;
        Ok((before, after))
    };
    let said = |error: StoreError| error.to_string();
    let (before, after) = refused.await.map_err(said)?;
    let is_new = |refused: &&Refused| {
        let known = before
            .iter()
            .any(|one| one.domain_name == refused.domain_name);
        !known || after.len() == new.bots.len()
    };
    let refused: Vec<Refused> = after.iter().filter(is_new).cloned().collect();
    if !refused.is_empty() {
        return Err(in_words(&refused));
    }
    let action = ActionRecord {
        at: engine.runner.clock.now(),
        // A signal does not say who sent it.
        who: "SIGHUP".to_owned(),
        what: "reload".to_owned(),
        domain_name: None,
        plan: None,
        details: serde_json::json!({ "configuration": new.path }),
    };
    store.record_action(&action).await.map_err(said)
}
