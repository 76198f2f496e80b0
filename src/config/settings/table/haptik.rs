//! The state folder, and the calls to Haptik.

use super::{POSITIVE, setting};
use crate::config::settings::{Setting, SettingKind, SettingNeed};

pub(super) const SETTINGS: &[Setting] = &[
    setting(
        "state_dir",
        SettingKind::Text,
        SettingNeed::Default("\"state\""),
        "The folder of the database, the lock and the embedded sandbox. What it knows of a bot belongs to one Haptik (`base_url` and `client_id`); another one needs another folder, or `rebind`.",
    ),
    setting(
        "state",
        SettingKind::Text,
        SettingNeed::Optional("\"postgres://kms@db.example.com/kms\""),
        "A database of PostgreSQL that holds the state instead of `state_dir`; caches, the lock and the socket stay there. The certificate of the database is verified, unless it is on this machine. `?sslrootcert=/path` names an authority of your own.",
    ),
    setting(
        "state_lease",
        SettingKind::Duration { zero: false },
        SettingNeed::Default("\"10s\""),
        "How long the process that works on `state` may be silent before a standby takes over; at least 1 s. The database measures it.",
    ),
    setting(
        "state_password.env",
        SettingKind::Text,
        SettingNeed::Optional("\"KMS_DATABASE_PASSWORD\""),
        "The environment variable that holds the password for `state`.",
    ),
    setting(
        "state_password.file",
        SettingKind::Text,
        SettingNeed::Optional("\"/run/secrets/database-password\""),
        "The file that holds it; white space at its end does not count.",
    ),
    setting(
        "state_password.credential",
        SettingKind::Text,
        SettingNeed::Optional("\"database-password\""),
        "The systemd credential that holds it.",
    ),
    setting(
        "haptik.base_url",
        SettingKind::Text,
        SettingNeed::Required("\"https://haptik.example.com\""),
        "The URL that Haptik gave you, or \"sandbox\": an embedded Haptik for trying things out.",
    ),
    setting(
        "haptik.client_id",
        SettingKind::Text,
        SettingNeed::Required("\"acme\""),
        "The client id that Haptik gave you; not needed with the sandbox.",
    ),
    setting(
        "haptik.calls_per_minute",
        SettingKind::Number {
            min: 1,
            max: 100_000,
        },
        SettingNeed::Default("100"),
        "Calls to Haptik in any 60 seconds, all bots, commands and restarts together.",
    ),
    setting(
        "haptik.request_timeout",
        POSITIVE,
        SettingNeed::Default("\"30s\""),
        "How long one HTTP call may take, from connect to the last byte.",
    ),
    setting(
        "haptik.allow_plain_http",
        SettingKind::Flag,
        SettingNeed::Default("false"),
        "Allows a base_url with plain http to a host other than this one. The token then travels unencrypted.",
    ),
    setting(
        "haptik.token.env",
        SettingKind::Text,
        SettingNeed::Optional("\"HAPTIK_TOKEN\""),
        "The environment variable that holds the token.",
    ),
    setting(
        "haptik.token.file",
        SettingKind::Text,
        SettingNeed::Optional("\"/run/secrets/haptik-token\""),
        "The file that holds the token; white space at its end does not count.",
    ),
    setting(
        "haptik.token.credential",
        SettingKind::Text,
        SettingNeed::Optional("\"haptik-token\""),
        "The systemd credential (`LoadCredential=`) that holds the token.",
    ),
    setting(
        "haptik.retry.first",
        POSITIVE,
        SettingNeed::Default("\"1s\""),
        "The wait before an HTTP call is repeated for the first time; it then doubles.",
    ),
    setting(
        "haptik.retry.max",
        POSITIVE,
        SettingNeed::Default("\"2m\""),
        "The longest such wait. A `Retry-After` is obeyed beyond it.",
    ),
    setting(
        "haptik.retry.give_up_after",
        POSITIVE,
        SettingNeed::Default("\"15m\""),
        "The age at which an HTTP call is given up until the next sync.",
    ),
    setting(
        "haptik.polling.first",
        POSITIVE,
        SettingNeed::Default("\"2s\""),
        "The wait before Haptik is first asked how a task went; it then grows.",
    ),
    setting(
        "haptik.polling.max",
        POSITIVE,
        SettingNeed::Default("\"60s\""),
        "The longest such wait.",
    ),
    setting(
        "haptik.polling.give_up_after",
        POSITIVE,
        SettingNeed::Default("\"6h\""),
        "The age at which a task is no longer waited for; its upload is then in doubt.",
    ),
];
