//! The table of settings. A default is written down here and nowhere else.

use super::{Kind, Need, Setting};

const POSITIVE: Kind = Kind::Duration { zero: false };

const fn setting(key: &'static str, kind: Kind, need: Need, meaning: &'static str) -> Setting {
    Setting {
        key,
        kind,
        need,
        meaning,
    }
}

/// Every setting, in the order of the reference.
pub(in super::super) const SETTINGS: &[Setting] = &[
    setting(
        "state_dir",
        Kind::Text,
        Need::Default("\"state\""),
        "The folder of the database, the lock and the embedded sandbox.",
    ),
    setting(
        "haptik.base_url",
        Kind::Text,
        Need::Required("\"https://haptik.example.com\""),
        "The URL that Haptik gave you, or \"sandbox\": an embedded Haptik for trying things out.",
    ),
    setting(
        "haptik.client_id",
        Kind::Text,
        Need::Required("\"acme\""),
        "The client id that Haptik gave you; not needed with the sandbox.",
    ),
    setting(
        "haptik.calls_per_minute",
        Kind::Number {
            min: 1,
            max: 100_000,
        },
        Need::Default("100"),
        "Calls to Haptik in any 60 seconds, all bots, commands and restarts together.",
    ),
    setting(
        "haptik.request_timeout",
        POSITIVE,
        Need::Default("\"30s\""),
        "How long one HTTP call may take, from connect to the last byte.",
    ),
    setting(
        "haptik.allow_plain_http",
        Kind::Flag,
        Need::Default("false"),
        "Allows a base_url with plain http to a host other than this one. The token then travels unencrypted.",
    ),
    setting(
        "haptik.token.env",
        Kind::Text,
        Need::Optional("\"HAPTIK_TOKEN\""),
        "The environment variable that holds the token.",
    ),
    setting(
        "haptik.token.file",
        Kind::Text,
        Need::Optional("\"/run/secrets/haptik-token\""),
        "The file that holds the token; white space at its end does not count.",
    ),
    setting(
        "haptik.token.credential",
        Kind::Text,
        Need::Optional("\"haptik-token\""),
        "The systemd credential (`LoadCredential=`) that holds the token.",
    ),
    setting(
        "haptik.retry.first",
        POSITIVE,
        Need::Default("\"1s\""),
        "The wait before an HTTP call is repeated for the first time; it then doubles.",
    ),
    setting(
        "haptik.retry.max",
        POSITIVE,
        Need::Default("\"2m\""),
        "The longest such wait. A `Retry-After` is obeyed beyond it.",
    ),
    setting(
        "haptik.retry.give_up_after",
        POSITIVE,
        Need::Default("\"15m\""),
        "The age at which an HTTP call is given up until the next sync.",
    ),
    setting(
        "haptik.polling.first",
        POSITIVE,
        Need::Default("\"2s\""),
        "The wait before Haptik is first asked how a task went; it then grows.",
    ),
    setting(
        "haptik.polling.max",
        POSITIVE,
        Need::Default("\"60s\""),
        "The longest such wait.",
    ),
    setting(
        "haptik.polling.give_up_after",
        POSITIVE,
        Need::Default("\"6h\""),
        "The age at which a task is no longer waited for; its upload is then in doubt.",
    ),
    setting(
        "bot[].domain_name",
        Kind::Text,
        Need::Required("\"acme_support\""),
        "Haptik's name of the bot.",
    ),
    setting(
        "bot[].upload_effect",
        Kind::Choice(&["merge", "replace"]),
        Need::Required("\"merge\""),
        "What an upload does to the steps that it does not name: \"merge\": they stay; \"replace\": they go inactive.",
    ),
    setting(
        "bot[].removals",
        Kind::Choice(&["blank-row", "manual"]),
        Need::Default("\"blank-row\""),
        "How a step is removed where uploads merge: \"blank-row\": a row with an empty question and answer; \"manual\": listed for a person.",
    ),
    setting(
        "bot[].max_removal_percent",
        Kind::Number { min: 0, max: 100 },
        Need::Default("20"),
        "Removals are held for approval when one plan has more than this share of the live steps, and more than max_removals.",
    ),
    setting(
        "bot[].max_removals",
        Kind::Number {
            min: 0,
            max: 1_000_000_000,
        },
        Need::Default("5"),
        "Up to this many removals in one plan are never held by max_removal_percent.",
    ),
    setting(
        "bot[].max_rows_per_upload",
        Kind::Number {
            min: 1,
            max: 1_000_000,
        },
        Need::Default("5000"),
        "Rows in one upload at the most, where uploads merge.",
    ),
    setting(
        "bot[].node_name",
        Kind::Text,
        Need::Default("\"{{ id }}\""),
        "Template of a step's name. Once given, a name stays with its article.",
    ),
    setting(
        "bot[].source[].name",
        Kind::Text,
        Need::Optional("\"help-centre\""),
        "The source's name, unique within the bot; without it the folder as it is written here. Article ids are kept apart by it.",
    ),
    setting(
        "bot[].source[].folder",
        Kind::Text,
        Need::Required("\"export\""),
        "The folder that the knowledge base exports into.",
    ),
    setting(
        "bot[].source[].include",
        Kind::Texts { empty: false },
        Need::Default(
            "[\"**/*.csv\", \"**/*.tsv\", \"**/*.json\", \"**/*.jsonl\", \"**/*.ndjson\", \"**/*.xlsx\", \"**/*.xls\", \"**/*.yaml\", \"**/*.yml\", \"**/*.xml\", \"**/*.md\", \"**/*.markdown\", \"**/*.html\", \"**/*.htm\", \"**/*.gz\"]",
        ),
        "Globs, relative to the folder: a file counts when one of them matches.",
    ),
    setting(
        "bot[].source[].exclude",
        Kind::Texts { empty: true },
        Need::Default("[]"),
        "Globs, relative to the folder: a file that one of them matches never counts.",
    ),
    setting(
        "bot[].source[].read",
        Kind::Choice(&["all", "newest"]),
        Need::Default("\"all\""),
        "\"all\": the files together are the whole; \"newest\": every file is a complete export and only the newest counts.",
    ),
    setting(
        "bot[].source[].settle",
        Kind::Duration { zero: true },
        Need::Default("\"1s\""),
        "A file counts once it has been quiet this long; a rename into place counts at once.",
    ),
    setting(
        "bot[].source[].items",
        Kind::Text,
        Need::Optional("\"/data/articles\""),
        "JSON and YAML: the pointer to the list of articles; XML: the path of the elements that are articles. Without it the one list that there is.",
    ),
    setting(
        "bot[].source[].format",
        Kind::Choice(&[
            "csv", "tsv", "json", "jsonl", "xlsx", "xls", "yaml", "xml", "markdown", "html",
        ]),
        Need::Optional("\"csv\""),
        "What the files are, whatever their names say; without it each is recognised.",
    ),
    setting(
        "bot[].source[].encoding",
        Kind::Choice(&["auto", "utf-8", "utf-16", "windows-1252"]),
        Need::Default("\"auto\""),
        "How bytes stand for text. \"auto\": by the byte order mark, else UTF-8 or UTF-16; a file without any character in UTF-8 beyond ASCII is read as windows-1252, with a note.",
    ),
    setting(
        "bot[].source[].sheet",
        Kind::Text,
        Need::Optional("\"FAQ\""),
        "Workbooks: the sheet with the articles; without it the first that has a header row.",
    ),
    setting(
        "bot[].source[].header",
        Kind::Flag,
        Need::Optional("false"),
        "Tables: whether a row names the columns. `false`: column 1 is the question, which is also the id, and column 2 the answer; without it, a header row is looked for in the first 20 rows.",
    ),
    setting(
        "bot[].source[].delimiter",
        Kind::Choice(&[",", ";", "\t", "comma", "semicolon", "tab"]),
        Need::Optional("\"semicolon\""),
        "Delimited text: what separates the columns; without it, it is detected.",
    ),
    setting(
        "bot[].source[].bad_rows",
        Kind::Choice(&["skip", "stop"]),
        Need::Default("\"skip\""),
        "\"skip\": a bad row is reported and left as it was on the bot, the rest goes on; \"stop\": the source waits until the row is mended.",
    ),
    setting(
        "bot[].source[].every",
        POSITIVE,
        Need::Default("\"5m\""),
        "The whole folder is read at least this often, besides whenever it changes.",
    ),
    setting(
        "bot[].source[].body",
        Kind::Choice(&["auto", "text", "html", "markdown", "wikitext"]),
        Need::Default("\"auto\""),
        "What answers are written in; they become text that reads well in a chat. \"auto\": HTML where an answer clearly is HTML, else text as it is; files in the FAQ format stay as they are.",
    ),
    setting(
        "bot[].source[].bubble_max_chars",
        Kind::Number {
            min: 0,
            max: 1_000_000,
        },
        Need::Default("300"),
        "An answer longer than this many characters, as a reader counts them, becomes several bubbles: between paragraphs, else lines, else sentences, else words. 0: never. Answers in the FAQ format or in HSL stay as they are.",
    ),
    setting(
        "bot[].source[].fields.id",
        Kind::Text,
        Need::Optional("\"article_id\""),
        "The column (or JSON pointer) of the article's id; without it the usual names are recognised.",
    ),
    setting(
        "bot[].source[].fields.question",
        Kind::TextOrTexts,
        Need::Optional("[\"title\", \"other_questions\"]"),
        "The columns (or JSON pointers) with questions; without it the usual names are recognised.",
    ),
    setting(
        "bot[].source[].fields.answer",
        Kind::TextOrTexts,
        Need::Optional("\"body\""),
        "The columns (or JSON pointers) with answers; without it the usual names are recognised.",
    ),
    setting(
        "bot[].source[].limits.max_files",
        Kind::Number {
            min: 1,
            max: 10_000_000,
        },
        Need::Default("10000"),
        "More files than this in the folder, and the read fails.",
    ),
    setting(
        "bot[].source[].limits.max_file_bytes",
        Kind::Size,
        Need::Default("\"1GiB\""),
        "The largest file that is read.",
    ),
    setting(
        "bot[].source[].limits.max_row_bytes",
        Kind::Size,
        Need::Default("\"1MiB\""),
        "The largest row, or JSON item, that is read.",
    ),
    setting(
        "bot[].source[].limits.max_rows",
        Kind::Number {
            min: 1,
            max: 1_000_000_000,
        },
        Need::Default("2000000"),
        "More rows than this in the source, and the read fails.",
    ),
    setting(
        "history.keep",
        POSITIVE,
        Need::Default("\"30d\""),
        "How long old content is kept for `rollback`.",
    ),
    setting(
        "history.max_bytes",
        Kind::Size,
        Need::Default("\"256MiB\""),
        "How much old content is kept for each bot; the oldest goes first.",
    ),
    setting(
        "admin.listen",
        Kind::Text,
        Need::Default("\"127.0.0.1:9464\""),
        "Where the admin page listens: an address with a port, or \"unix:\" and the path of a socket.",
    ),
    setting(
        "admin.token.env",
        Kind::Text,
        Need::Optional("\"ADMIN_TOKEN\""),
        "The environment variable that holds the token of the admin page.",
    ),
    setting(
        "admin.token.file",
        Kind::Text,
        Need::Optional("\"/run/secrets/admin-token\""),
        "The file that holds it.",
    ),
    setting(
        "admin.token.credential",
        Kind::Text,
        Need::Optional("\"admin-token\""),
        "The systemd credential that holds it.",
    ),
];
