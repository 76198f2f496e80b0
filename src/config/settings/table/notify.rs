//! The settings of messages to people: who gets them, and about what.

use super::{POSITIVE, setting};
use crate::config::settings::{Setting, SettingKind, SettingNeed};
use crate::config::{ConfigWord, NotifyFormat};

pub(super) const SETTINGS: &[Setting] = &[
    setting(
        "notify.url",
        SettingKind::Text,
        SettingNeed::Optional("\"https://hooks.acme.com/kms\""),
        "Where a message is sent when something begins to need attention, and when it is over.",
    ),
    setting(
        "notify.format",
        SettingKind::Choice(NotifyFormat::WORDS),
        SettingNeed::Default("\"json\""),
        "The form of the messages to `url`: see docs/NOTIFICATIONS.md.",
    ),
    setting(
        "notify.installation",
        SettingKind::Text,
        SettingNeed::Optional("\"acme production\""),
        "What this installation is called in messages; by default, by the path of its configuration file.",
    ),
    setting(
        "notify.alive_url",
        SettingKind::Text,
        SettingNeed::Optional("\"https://hc.acme.com/kms\""),
        "Called after a sync in which every source was read, while no bot is failing: the address of a monitoring service that alerts when the calls stop.",
    ),
    setting(
        "notify.alive_every",
        POSITIVE,
        SettingNeed::Default("\"60s\""),
        "`alive_url` is called no more often than this.",
    ),
    setting(
        "notify.allow_plain_http",
        SettingKind::Flag,
        SettingNeed::Default("false"),
        "Allows a url or alive_url with plain http to a host other than this one. Messages, and a key in the address, then travel unencrypted.",
    ),
    setting(
        "notify.token.env",
        SettingKind::Text,
        SettingNeed::Optional("\"NOTIFY_TOKEN\""),
        "The environment variable that holds what messages are signed with.",
    ),
    setting(
        "notify.token.file",
        SettingKind::Text,
        SettingNeed::Optional("\"/run/secrets/notify-token\""),
        "The file that holds it.",
    ),
    setting(
        "notify.token.credential",
        SettingKind::Text,
        SettingNeed::Optional("\"notify-token\""),
        "The systemd credential that holds it.",
    ),
    setting(
        "notify.receiver[].name",
        SettingKind::Text,
        SettingNeed::Optional("\"editors\""),
        "What it is called in the log and for `notify test`; by default the host of its address.",
    ),
    setting(
        "notify.receiver[].url",
        SettingKind::Text,
        SettingNeed::Required("\"https://hooks.acme.com/editors\""),
        "Where its messages go; for email the server, `smtps://` or, with STARTTLS, `smtp://`.",
    ),
    setting(
        "notify.receiver[].format",
        SettingKind::Choice(NotifyFormat::WORDS),
        SettingNeed::Default("\"json\""),
        "The form of its messages.",
    ),
    setting(
        "notify.receiver[].bots",
        SettingKind::Texts { empty: false },
        SettingNeed::Optional("[\"acme_support\"]"),
        "The bots whose messages it gets; by default all, and the service.",
    ),
    setting(
        "notify.receiver[].events",
        SettingKind::Texts { empty: false },
        SettingNeed::Optional("[\"quarantined\", \"rejected\"]"),
        "The events whose messages it gets; by default all.",
    ),
    setting(
        "notify.receiver[].user",
        SettingKind::Text,
        SettingNeed::Optional("\"kms@acme.com\""),
        "Email: as whom to sign in at the server; `token` then says where the password is kept.",
    ),
    setting(
        "notify.receiver[].from",
        SettingKind::Text,
        SettingNeed::Optional("\"kms@acme.com\""),
        "Email: who writes.",
    ),
    setting(
        "notify.receiver[].to",
        SettingKind::Texts { empty: false },
        SettingNeed::Optional("[\"ops@acme.com\"]"),
        "Email: to whom.",
    ),
    setting(
        "notify.receiver[].digest",
        POSITIVE,
        SettingNeed::Optional("\"1d\""),
        "Email, in place of `to`: each author of articles (`fields.author`) gets a mail about their own, no more often than this.",
    ),
    setting(
        "notify.receiver[].domains",
        SettingKind::Texts { empty: false },
        SettingNeed::Optional("[\"acme.com\"]"),
        "Required with `digest`: the domains of authors who get it. Nobody else is written to, whatever a source says.",
    ),
    setting(
        "notify.receiver[].token.env",
        SettingKind::Text,
        SettingNeed::Optional("\"EDITORS_TOKEN\""),
        "The environment variable that holds what its messages are signed with, or the password for email.",
    ),
    setting(
        "notify.receiver[].token.file",
        SettingKind::Text,
        SettingNeed::Optional("\"/run/secrets/editors-token\""),
        "The file that holds it.",
    ),
    setting(
        "notify.receiver[].token.credential",
        SettingKind::Text,
        SettingNeed::Optional("\"editors-token\""),
        "The systemd credential that holds it.",
    ),
];
