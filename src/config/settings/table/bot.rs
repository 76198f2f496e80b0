//! The settings of a bot.

use super::setting;
use crate::config::settings::{Setting, SettingKind, SettingNeed};
use crate::config::{ConfigWord, Removals, UploadEffect};

pub(super) const SETTINGS: &[Setting] = &[
    setting(
        "bot[].domain_name",
        SettingKind::Text,
        SettingNeed::Required("\"acme_support\""),
        "Haptik's name of the bot.",
    ),
    setting(
        "bot[].upload_effect",
        SettingKind::Choice(UploadEffect::WORDS),
        SettingNeed::Required("\"merge\""),
        "What an upload does to the steps that it does not name: \"merge\": they stay; \"replace\": they go inactive.",
    ),
    setting(
        "bot[].removals",
        SettingKind::Choice(Removals::WORDS),
        SettingNeed::Default("\"blank-row\""),
        "How a step is removed where uploads merge: \"blank-row\": a row with an empty question and answer; \"manual\": listed for a person.",
    ),
    setting(
        "bot[].max_removal_percent",
        SettingKind::Number { min: 0, max: 100 },
        SettingNeed::Default("20"),
        "Removals are held for approval when those of 24 hours are more than this share of the live steps, and more than max_removals.",
    ),
    setting(
        "bot[].max_removals",
        SettingKind::Number {
            min: 0,
            max: 1_000_000_000,
        },
        SettingNeed::Default("5"),
        "Up to this many removals in 24 hours are not held by max_removal_percent, as long as they are at most half of the bot; more than half only where max_removal_percent is 50 or more.",
    ),
    setting(
        "bot[].removals_after",
        SettingKind::Duration { zero: true },
        SettingNeed::Default("\"2m\""),
        "How long a file that vanished must stay away, and in two reads, before its articles count as gone; also a row, where a writer that only pauses cannot be excluded, or `complete_when` waits for its marker.",
    ),
    setting(
        "bot[].hold_lint",
        SettingKind::Texts { empty: false },
        SettingNeed::Optional("[\"secret\", \"card\"]"),
        "An addition or a change in which one of these rules of `lint` finds something is held until `approve BOT NAME`: \"secret\", \"card\", \"national_id\", \"private_address\", \"placeholder\". Without it nothing is.",
    ),
    setting(
        "bot[].max_rows_per_upload",
        SettingKind::Number {
            min: 1,
            max: 1_000_000,
        },
        SettingNeed::Default("5000"),
        "Rows in one upload at the most, where uploads merge.",
    ),
    setting(
        "bot[].node_name",
        SettingKind::Text,
        SettingNeed::Default("\"{{ id }}\""),
        "Template of a step's name. Once given, a name stays with its article.",
    ),
    setting(
        "bot[].business_id",
        SettingKind::Number {
            min: 1,
            max: 1_000_000_000_000,
        },
        SettingNeed::Optional("1001"),
        "The number of the channel on which the bot is asked what it answers (`[haptik.ask]`). With a single bot, `haptik.ask.business_id` will do.",
    ),
];
