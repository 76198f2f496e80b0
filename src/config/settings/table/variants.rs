//! User messages that are kept beside the articles.

use super::{POSITIVE, setting};
use crate::config::ConfigWord;
use crate::config::settings::{Setting, SettingKind, SettingNeed};
use crate::config::words::Delimiter;
use crate::model::FileFormat;

pub(super) const SETTINGS: &[Setting] = &[
    setting(
        "bot[].variants[].file",
        SettingKind::Text,
        SettingNeed::Required("\"variants.csv\""),
        "A file with further user messages: rows of an article's id (or a step's name) and a message; this or `feed`. No [[bot.source]] reads it as articles. Other columns do not matter.",
    ),
    setting(
        "bot[].variants[].feed",
        SettingKind::Text,
        SettingNeed::Optional("\"https://sheets.example.com/variants.csv\""),
        "The address of such a file; needs `format`.",
    ),
    setting(
        "bot[].variants[].name",
        SettingKind::Text,
        SettingNeed::Optional("\"editors\""),
        "What messages call it; without it the file or feed as it is written here.",
    ),
    setting(
        "bot[].variants[].id",
        SettingKind::TextOrTexts,
        SettingNeed::Optional("\"article_id\""),
        "The column (or JSON pointer) of the article's id; without it the usual names are recognised.",
    ),
    setting(
        "bot[].variants[].message",
        SettingKind::TextOrTexts,
        SettingNeed::Optional("[\"message\", \"question\"]"),
        "The columns (or JSON pointers) with messages; without it `message`, `user says`, `variant` and the usual names of questions are recognised.",
    ),
    setting(
        "bot[].variants[].format",
        SettingKind::Choice(FileFormat::WORDS),
        SettingNeed::Optional("\"csv\""),
        "What the file is; without it its content and name say so.",
    ),
    setting(
        "bot[].variants[].items",
        SettingKind::Text,
        SettingNeed::Optional("\"/variants\""),
        "JSON and YAML: the pointer to the list of rows; without it the one list there is.",
    ),
    setting(
        "bot[].variants[].encoding",
        SettingKind::Text,
        SettingNeed::Optional("\"windows-1252\""),
        "The character encoding, as in [[bot.source]].",
    ),
    setting(
        "bot[].variants[].delimiter",
        SettingKind::Choice(Delimiter::WORDS),
        SettingNeed::Optional("\";\""),
        "What separates the columns, as in [[bot.source]].",
    ),
    setting(
        "bot[].variants[].sheet",
        SettingKind::TextOrTexts,
        SettingNeed::Optional("\"Variants\""),
        "The sheets of a workbook that are read, as in [[bot.source]].",
    ),
    setting(
        "bot[].variants[].every",
        POSITIVE,
        SettingNeed::Default("\"15m\""),
        "How often a feed is asked, and at least a full pass runs.",
    ),
];
