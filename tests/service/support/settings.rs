//! The configuration file of a test. It begins with short intervals; a test adds or replaces lines.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::world::BOT;
use kms_haptik_sync::config::UploadEffect;

/// Lines of TOML by key.
type Lines = BTreeMap<String, String>;

/// A configuration file.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    haptik: Lines,
    tables: String,
    /// What stands below the first bot and its source.
    variants: String,
    bots: Vec<BotSettings>,
}

#[derive(Clone, Debug)]
struct BotSettings {
    domain_name: String,
    effect: UploadEffect,
    lines: Lines,
    source: Lines,
}

impl Settings {
    /// One bot in `merge` whose source is the folder `export`.
    pub(super) fn new() -> Self {
        let mut settings = Self {
            haptik: Lines::new(),
            tables: String::new(),
            variants: String::new(),
            bots: Vec::new(),
        };
        for line in [
            "client_id = 'acme'",
            "token = { file = 'token' }",
            "calls_per_minute = 100000",
            "request_timeout = '5s'",
            "retry = { first = '5ms', max = '20ms', give_up_after = '600ms' }",
            "polling = { first = '5ms', max = '20ms', give_up_after = '20s' }",
        ] {
            settings.haptik(line);
        }
        settings.add_bot(BOT, UploadEffect::Merge);
        settings.source("folder = 'export'");
        settings
    }

    /// A line of `[haptik]`.
    pub(crate) fn haptik(&mut self, line: &str) {
        set(&mut self.haptik, line);
    }

    /// Further tables, such as `[admin]`.
    pub(crate) fn tables(&mut self, toml: &str) {
        toml.clone_into(&mut self.tables);
    }

    /// A line of the first bot.
    pub(crate) fn bot(&mut self, line: &str) {
        set(&mut self.bots[0].lines, line);
    }

    /// A line of the first bot's source.
    pub(crate) fn source(&mut self, line: &str) {
        set(&mut self.bots[0].source, line);
    }

    /// Lines of the first bot's `[[bot.variants]]`.
    pub(crate) fn variants(&mut self, lines: &str) {
        lines.clone_into(&mut self.variants);
    }

    /// Makes the first bot's source a feed.
    pub(crate) fn feed(&mut self, address: &str, lines: &[&str]) {
        self.bots[0].source.clear();
        self.source(&format!("feed = '{address}'"));
        self.source("name = 'kms'");
        for line in lines {
            self.source(line);
        }
    }

    /// The first bot's `upload_effect`.
    pub(crate) fn effect(&mut self, effect: UploadEffect) {
        self.bots[0].effect = effect;
    }

    /// Another bot, whose source is the folder of its name.
    pub(crate) fn add_bot(&mut self, domain_name: &str, effect: UploadEffect) {
        let mut source = Lines::new();
        set(&mut source, &format!("folder = '{domain_name}'"));
        set(&mut source, "settle = '0s'");
        self.bots.push(BotSettings {
            domain_name: domain_name.to_owned(),
            effect,
            lines: Lines::new(),
            source,
        });
    }

    /// A line of a bot that `add_bot` added.
    pub(crate) fn line_of(&mut self, domain_name: &str, line: &str) {
        let mut bots = self.bots.iter_mut();
        let bot = bots.find(|bot| bot.domain_name == domain_name).unwrap();
        set(&mut bot.lines, line);
    }

    /// The bots and what an upload does to each.
    pub(super) fn effects(&self) -> BTreeMap<String, UploadEffect> {
        self.bots
            .iter()
            .map(|bot| (bot.domain_name.clone(), bot.effect))
            .collect()
    }

    /// The file.
    pub(super) fn toml(&self) -> String {
        let mut text = format!(
            "state_dir = 'state'\n[haptik]\n{}\n{}\n",
            joined(&self.haptik),
            self.tables
        );
        for (bot, variants) in self
            .bots
            .iter()
            .zip([&*self.variants].into_iter().chain(std::iter::repeat("")))
        {
            let effect = match bot.effect {
                UploadEffect::Merge => "merge",
                UploadEffect::Replace => "replace",
            };
            let _ = write!(
                text,
                "\n[[bot]]\ndomain_name = '{}'\nupload_effect = '{effect}'\n{}\n[[bot.source]]\n{}\n{variants}",
                bot.domain_name,
                joined(&bot.lines),
                joined(&bot.source)
            );
        }
        text
    }
}

fn set(lines: &mut Lines, line: &str) {
    let key = line.split('=').next().unwrap().trim();
    lines.insert(key.to_owned(), line.to_owned());
}

fn joined(lines: &Lines) -> String {
    lines.values().flat_map(|line| [line, "\n"]).collect()
}
