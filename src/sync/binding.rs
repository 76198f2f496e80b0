//! A state belongs to one Haptik: what is said where the configuration names another one.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::config::{BaseUrl, Config};
use crate::sabotage;
use crate::sabotage::Sabotage;
use crate::store::{BotId, HaptikBinding, Store, StoreError};
use crate::text::command_for;

/// The Haptik of a configuration.
pub fn binding_of(config: &Config) -> HaptikBinding {
    HaptikBinding {
        haptik: match &config.haptik.base_url {
            BaseUrl::Sandbox => "sandbox".to_owned(),
            // It has been read as a URL: its host is lower case, it has no default port, and neither
            // query nor fragment.
            BaseUrl::Url(url) => url.trim_end_matches('/').to_owned(),
        },
        client_id: config.haptik.client_id.clone(),
    }
}

/// The state speaks of another Haptik than the configuration.
#[derive(Clone, Debug, Error, PartialEq, Eq, Serialize, Deserialize)]
#[error(
    "{domain_name}: what {state_dir} knows of this bot is of another Haptik, {bound}; the configuration has {configured}. \
     Nothing is sent, and every live answer stays as it is. Either give this configuration a state of its own \
     (state_dir = \"state-2\"), or run `{}`, which forgets what is known of the bot and uploads everything to the configured Haptik",
    command_for("rebind", domain_name, &[])
)]
pub struct Refused {
    /// The bot.
    pub domain_name: String,
    /// The state folder.
    pub state_dir: String,
    /// The Haptik that the state speaks of.
    pub bound: HaptikBinding,
    /// That of the configuration.
    pub configured: HaptikBinding,
}

impl Refused {
    fn new(
        store: &Store,
        domain_name: &str,
        bound: HaptikBinding,
        configured: &HaptikBinding,
    ) -> Self {
        Self {
            domain_name: domain_name.to_owned(),
            state_dir: store.folder().display().to_string(),
            bound,
            configured: configured.clone(),
        }
    }
}

/// Whether the state of a bot may be told of under this configuration. Changes nothing.
pub async fn refused(
    store: &Store,
    domain_name: &str,
    configured: &HaptikBinding,
) -> Result<Option<Refused>, StoreError> {
    let Some(id) = store.find_bot(domain_name).await? else {
        return Ok(None);
    };
    let bound = store.bound_elsewhere(id, configured).await?;
    Ok(bound.map(|bound| Refused::new(store, domain_name, bound, configured)))
}

/// Whether the state of a bot may be acted on under this configuration. A bot of which nothing is known
/// yet belongs to the configured Haptik from now on.
pub async fn bind(
    store: &Store,
    id: BotId,
    domain_name: &str,
    configured: &HaptikBinding,
) -> Result<Option<Refused>, StoreError> {
    let bound = store.bind(id, configured).await?;
    let bound = bound.filter(|_| !sabotage::is(Sabotage::BindingIgnored));
    Ok(bound.map(|bound| Refused::new(store, domain_name, bound, configured)))
}

/// Those bots of a configuration that are refused.
pub async fn refused_bots(store: &Store, config: &Config) -> Result<Vec<Refused>, StoreError> {
    let configured = binding_of(config);
    let mut all = Vec::new();
    for bot in &config.bots {
        all.extend(refused(store, &bot.domain_name, &configured).await?);
    }
    Ok(all)
}

/// A bot that has live steps and is not in the configuration any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DepartedBot {
    /// The bot.
    pub domain_name: String,
    /// Its live steps.
    pub live: u64,
}

/// The bots that the state knows and the configuration does not.
pub async fn departed(store: &Store, config: &Config) -> Result<Vec<DepartedBot>, StoreError> {
    let names: Vec<_> = config.bots.iter().map(|bot| &*bot.domain_name).collect();
    let besides = store.bots_besides(&names).await?.into_iter();
    let departed = besides.map(|(domain_name, live)| DepartedBot { domain_name, live });
    Ok(departed.collect())
}

/// All of them in words, one a line.
pub fn in_words(refused: &[Refused]) -> String {
    let lines: Vec<_> = refused.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_the_same_however_it_is_written() {
        let of = |base_url: &str| {
            let text = format!(
                "[haptik]\nbase_url = \"{base_url}\"\nclient_id = \"acme\"\ntoken = {{ env = \"T\" }}\n\
                 [[bot]]\ndomain_name = \"a\"\nupload_effect = \"merge\"\n[[bot.source]]\nfolder = \"export\"\n"
            );
            let nothing = Vec::<(String, String)>::new();
            let config = Config::parse(&text, std::path::Path::new("config.toml"), nothing);
            binding_of(&config.unwrap()).haptik
        };
        let plain = of("https://haptik.example.com");
        for same in [
            "https://haptik.example.com/",
            "https://HAPTIK.example.com:443",
        ] {
            assert_eq!(of(same), plain, "{same}");
        }
        for other in [
            "https://haptik.example.com/v2",
            "https://haptik.example.com:8443",
            "https://haptik.example.org",
            "sandbox",
        ] {
            assert_ne!(of(other), plain, "{other}");
        }
    }
}
