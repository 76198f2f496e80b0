//! The rules of `lint`, each with the level that it has.

use super::setting;
use crate::config::settings::{Setting, SettingKind, SettingNeed};
use crate::config::{ConfigWord, Level};

const LEVEL: SettingKind = SettingKind::Choice(Level::WORDS);
const ERROR: SettingNeed = SettingNeed::Default("\"error\"");
const WARNING: SettingNeed = SettingNeed::Default("\"warning\"");
const NOTE: SettingNeed = SettingNeed::Default("\"note\"");

pub(super) const SETTINGS: &[Setting] = &[
    setting(
        "lint.not_taken",
        LEVEL,
        ERROR,
        "A row or file that cannot become a step.",
    ),
    setting("lint.secret", LEVEL, ERROR, "A key, a token or a password."),
    setting("lint.card", LEVEL, ERROR, "The number of a payment card."),
    setting(
        "lint.national_id",
        LEVEL,
        ERROR,
        "A national id number that has a check digit.",
    ),
    setting(
        "lint.private_address",
        LEVEL,
        WARNING,
        "An address that only a private network knows.",
    ),
    setting(
        "lint.same_question",
        LEVEL,
        ERROR,
        "The same user message in two steps.",
    ),
    setting(
        "lint.near_duplicate",
        LEVEL,
        WARNING,
        "User messages of two steps that are nearly the same.",
    ),
    setting(
        "lint.few_variants",
        LEVEL,
        NOTE,
        "A step with a single user message.",
    ),
    setting(
        "lint.question_length",
        LEVEL,
        WARNING,
        "A user message of more than 100 characters or 20 words.",
    ),
    setting(
        "lint.bot_size",
        LEVEL,
        NOTE,
        "More than 250 user messages in a bot.",
    ),
    setting(
        "lint.answer_length",
        LEVEL,
        WARNING,
        "An answer of more than 300 characters or 40 words.",
    ),
    setting(
        "lint.empty_answer",
        LEVEL,
        ERROR,
        "An answer, or a bubble of it, in which nothing can be read.",
    ),
    setting(
        "lint.placeholder",
        LEVEL,
        WARNING,
        "A note in place of an answer, such as `TBD` or `Coming soon`.",
    ),
    setting(
        "lint.link_only",
        LEVEL,
        WARNING,
        "An answer that is only a link.",
    ),
    setting(
        "lint.hsl",
        LEVEL,
        ERROR,
        "A rich response (HSL) that does not have the documented form.",
    ),
    setting(
        "lint.button_length",
        LEVEL,
        WARNING,
        "A button of more than 21 characters, or a quick reply of more than 27.",
    ),
    setting(
        "lint.broken_link",
        LEVEL,
        ERROR,
        "A link that by its form leads nowhere.",
    ),
    setting(
        "lint.insecure_link",
        LEVEL,
        WARNING,
        "A link to http:// in place of https://.",
    ),
    setting(
        "lint.html",
        LEVEL,
        WARNING,
        "Tags or entities of HTML that a customer would see.",
    ),
    setting(
        "lint.unbalanced_markup",
        LEVEL,
        WARNING,
        "Markup that is opened and not closed.",
    ),
    setting(
        "lint.raw_markdown",
        LEVEL,
        WARNING,
        "Signs of Markdown that a customer would see.",
    ),
    setting(
        "lint.generator_mark",
        LEVEL,
        WARNING,
        "A mark that only a site generator understands, such as `{% ... %}` or `[[toc]]`.",
    ),
    setting(
        "lint.escape_sequence",
        LEVEL,
        WARNING,
        "Two characters such as `\\n` that stand for the end of a line.",
    ),
    setting(
        "lint.page_furniture",
        LEVEL,
        NOTE,
        "A first or last line that most articles of a source have in common.",
    ),
    setting(
        "lint.relative_link",
        LEVEL,
        WARNING,
        "A link that leads somewhere only from within its site.",
    ),
    setting(
        "lint.no_letter",
        LEVEL,
        WARNING,
        "A user message without a letter.",
    ),
    setting(
        "lint.page_name",
        LEVEL,
        WARNING,
        "A user message that is the name of a page or file, such as `faq:paying_by_card`.",
    ),
    setting(
        "lint.invisible_character",
        LEVEL,
        WARNING,
        "A character that cannot be seen, where no script or emoji needs it.",
    ),
    setting(
        "lint.mixed_scripts",
        LEVEL,
        WARNING,
        "A word with letters of two scripts that look alike.",
    ),
    setting(
        "lint.mojibake",
        LEVEL,
        WARNING,
        "Text in UTF-8 that was read as windows-1252 once, such as `Ã¼` for `ü`.",
    ),
    setting(
        "lint.other_language",
        LEVEL,
        WARNING,
        "A step that is certainly in another language than most of the bot.",
    ),
];
