//! Whether bots are asked what they answer.

use super::{POSITIVE, setting};
use crate::config::settings::{Setting, SettingKind, SettingNeed};
use crate::config::{AskMode, ConfigWord, Repair};

const ID: SettingKind = SettingKind::Number {
    min: 1,
    max: 1_000_000_000_000,
};

pub(super) const SETTINGS: &[Setting] = &[
    setting(
        "haptik.ask.mode",
        SettingKind::Choice(AskMode::WORDS),
        SettingNeed::Default("\"off\""),
        "Whether bots are asked what they answer, see [LIVE.md](LIVE.md): \"webhook\": in one call, whose answer is the reply; \"conversation\": by a message, and the reply stands in the conversation. Seen on emulators only.",
    ),
    setting(
        "haptik.ask.base_url",
        SettingKind::Text,
        SettingNeed::Optional("\"https://haptik.example.com\""),
        "Where these calls are, if not at `haptik.base_url`. The token goes there, too.",
    ),
    setting(
        "haptik.ask.business_id",
        ID,
        SettingNeed::Optional("1001"),
        "The number of the channel on which the bot answers; with several bots, each needs its own `business_id`.",
    ),
    setting(
        "haptik.ask.user",
        SettingKind::Text,
        SettingNeed::Default("\"kms-haptik-sync\""),
        "The user (`auth_id`) who asks; no customer's, since it appears in Haptik's reports.",
    ),
    setting(
        "haptik.ask.webhook_path",
        SettingKind::Text,
        SettingNeed::Default("\"/v1.0/synchronous_webhook/\""),
        "The path of the webhook. The vendor documents the shape of this call and not its path: ask Haptik. `/v1.0/webhook/` is another call, which switches a webhook on.",
    ),
    setting(
        "haptik.ask.user_path",
        SettingKind::Text,
        SettingNeed::Default("\"/v1.0/user/\""),
        "The path of the call that makes the user who asks.",
    ),
    setting(
        "haptik.ask.message_path",
        SettingKind::Text,
        SettingNeed::Default("\"/v1.0/log_message_from_user/\""),
        "The path of the call that says something to a bot.",
    ),
    setting(
        "haptik.ask.reply",
        SettingKind::Text,
        SettingNeed::Optional("\"/0/bot_messages\""),
        "Where the reply stands in the webhook's answer, as a JSON pointer; without it, all bubbles of the answer are the reply.",
    ),
    setting(
        "haptik.ask.conversation_no",
        ID,
        SettingNeed::Default("1"),
        "The number of the user's conversation in which the replies stand.",
    ),
    setting(
        "haptik.ask.reply_within",
        POSITIVE,
        SettingNeed::Default("\"30s\""),
        "How long a reply is waited for in a conversation.",
    ),
    setting(
        "haptik.ask.calls_per_day",
        SettingKind::Number {
            min: 1,
            max: 100_000,
        },
        SettingNeed::Default("500"),
        "Calls that ask bots in any 24 hours, all bots, commands and restarts together. A question is one call, in a conversation three or more. They count for `calls_per_minute` as well, and take at most half of it.",
    ),
    setting(
        "haptik.ask.quiet",
        SettingKind::Text,
        SettingNeed::Optional("\"22:00-07:00\""),
        "Hours in which the daemon asks nothing.",
    ),
    setting(
        "haptik.ask.time_zone",
        SettingKind::Text,
        SettingNeed::Default("\"UTC\""),
        "The time zone of `quiet`.",
    ),
    setting(
        "haptik.ask.first",
        POSITIVE,
        SettingNeed::Default("\"10s\""),
        "How long after Success a changed step is asked for first. Where the bot does not answer it, it is asked again after 6 times this, 24 times, and so on, up to a day.",
    ),
    setting(
        "haptik.ask.changed_steps",
        SettingKind::Number {
            min: 0,
            max: 10_000,
        },
        SettingNeed::Default("20"),
        "How many of the changed steps are asked for after uploads; the others when their turn comes.",
    ),
    setting(
        "haptik.ask.sweep",
        POSITIVE,
        SettingNeed::Default("\"7d\""),
        "Within this time every live step is asked for, as far as half of `calls_per_day` allows.",
    ),
    setting(
        "haptik.ask.repair",
        SettingKind::Choice(Repair::WORDS),
        SettingNeed::Default("\"tell\""),
        "What is done about a step that the bot no longer answers: \"tell\": people are told; \"resend\": it is uploaded once more as well, and never a second time.",
    ),
    setting(
        "haptik.ask.resends_per_day",
        SettingKind::Number {
            min: 1,
            max: 10_000,
        },
        SettingNeed::Default("5"),
        "How many steps of a bot are uploaded once more in 24 hours.",
    ),
    setting(
        "haptik.ask.canary",
        SettingKind::Flag,
        SettingNeed::Default("false"),
        "Whether each bot gets one more step, \"kms-haptik-sync-canary\", by which a second service that uploads to the same bot is found, and an older version of the bot that was published; see [LIVE.md](LIVE.md). With it, `repair = \"resend\"` uploads a step once more only while the canary is answered as it was uploaded last.",
    ),
    setting(
        "haptik.ask.fallback",
        SettingKind::Texts { empty: true },
        SettingNeed::Default("[]"),
        "Parts of what the bot says where it understands nothing. Without them, every reply that no step has counts as not understood.",
    ),
    setting(
        "haptik.ask.hand_over",
        SettingKind::Texts { empty: true },
        SettingNeed::Default(
            "[\"connecting you\", \"connect you\", \"transferring you\", \"transfer you\"]",
        ),
        "Parts of answers that hand a chat over to people. Steps with such an answer are never asked for.",
    ),
];
