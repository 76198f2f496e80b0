//! Each mistake, and what a person reads about it, byte for byte.

mod bots;
mod connection;

use super::*;

struct Mistake {
    text: &'static str,
    told: &'static str,
}

fn check(mistakes: &[Mistake]) {
    for mistake in mistakes {
        let problems = parse(mistake.text).unwrap_err();
        let told = problems.to_string();
        assert_eq!(told, mistake.told.trim_start(), "\n{told}\n");
    }
}

#[test]
fn keys() {
    check(&[
        // An unknown key, with the nearest.
        Mistake {
            text: r#"[haptik]
base_url = "sandbox"
calls_per_minut = 60

[[bot]]
domain_name = "demo"
upload_effect = "merge"

[[bot.source]]
folder = "export"
"#,
            told: r"
/etc/kms/config.toml:3:1: unknown key `calls_per_minut` in [haptik]
  3 | calls_per_minut = 60
    | ^^^^^^^^^^^^^^^
    = did you mean `calls_per_minute`?

1 problem",
        },
        // A key of another table.
        Mistake {
            text: r#"[haptik]
base_url = "sandbox"
settle = "1s"

[[bot]]
domain_name = "demo"
upload_effect = "merge"

[[bot.source]]
folder = "export"
"#,
            told: r#"
/etc/kms/config.toml:3:1: unknown key `settle` in [haptik]
  3 | settle = "1s"
    | ^^^^^^
    = `settle` belongs in [[bot.source]]

1 problem"#,
        },
        // A key below the wrong table.
        Mistake {
            text: r#"[haptik]
base_url = "sandbox"
state_dir = "state"

[[bot]]
domain_name = "demo"
upload_effect = "merge"

[[bot.source]]
folder = "export"
"#,
            told: r#"
/etc/kms/config.toml:3:1: unknown key `state_dir` in [haptik]
  3 | state_dir = "state"
    | ^^^^^^^^^
    = `state_dir` belongs at the top of the file, above the first [table]

1 problem"#,
        },
        // No upload_effect.
        Mistake {
            text: r#"[haptik]
base_url = "sandbox"

[[bot]]
domain_name = "demo"

[[bot.source]]
folder = "export"
"#,
            told: r#"
/etc/kms/config.toml:4:1: `upload_effect` is missing in [[bot]], and there is no default
  4 | [[bot]]
    | ^^^^^^^
    = say what one upload does to the steps that it does not name; Haptik can tell you, or try it on a test bot:
    = upload_effect = "merge"    they stay: uploads hold what changed, and each removal is a row of its own
    = upload_effect = "replace"  they go inactive: every upload holds all steps, and a removal is a step left out

1 problem"#,
        },
        // An empty file.
        Mistake {
            text: "",
            told: r#"
/etc/kms/config.toml: there is no [haptik]
    = add [haptik] with base_url, client_id and token, or base_url = "sandbox" alone

/etc/kms/config.toml: there is no [[bot]]
    = add [[bot]], and its keys below it

2 problems"#,
        },
    ]);
}

#[test]
fn the_text_itself() {
    check(&[
        // Not TOML.
        Mistake {
            text: r#"[haptik]
base_url = sandbox
calls_per_minute = 60
token = s3cr3t
client_id "acme"
"#,
            told: r#"
/etc/kms/config.toml:2:12: string values must be quoted, expected literal string
  2 | base_url = sandbox
    |            ^^^^^^^
    = write a string: key = "text"

/etc/kms/config.toml:4:9: string values must be quoted, expected literal string
  4 | token = "…"
    |         ^^^
    = write a string: key = "text"

/etc/kms/config.toml:5:11: key with no value, expected `=`
  5 | client_id "acme"
    |           ^
    = write key = value

3 problems"#,
        },
        // Tabs, wide letters and control characters.
        Mistake {
            text: r#"[haptik]
base_url = "sandbox"
	retry = { "grüße" = 1, first	= "5" }

[[bot]]
domain_name = "demo"
upload_effect = "merge"

[[bot.source]]
folder = "export"
"#,
            told: r#"
/etc/kms/config.toml:3:12: unknown key `grüße` in [haptik.retry]
  3 |  retry = { "grüße" = 1, first = "5" }
    |            ^^^^^^^
    = known here: first, max, give_up_after

/etc/kms/config.toml:3:33: `first` is not a duration
  3 |  retry = { "grüße" = 1, first = "5" }
    |                                 ^^^
    = write a whole number and a unit: "250ms", "2s", "5m", "6h" or "7d"

2 problems"#,
        },
    ]);
}
