//! Mistakes in what leads to Haptik, and in the admin page.

use super::*;

#[test]
fn the_url() {
    check(&[
        // Nothing but a URL.
        Mistake {
            text: r#"[haptik]
base_url = "https://haptik.example.com"

[[bot]]
domain_name = "demo"
upload_effect = "merge"

[[bot.source]]
folder = "export"
"#,
            told: r#"
/etc/kms/config.toml:1:1: `client_id` is missing in [haptik]
  1 | [haptik]
    | ^^^^^^^^
    = add client_id = "acme"
    = The client id that Haptik gave you; not needed with the sandbox.

/etc/kms/config.toml:1:1: `token` is missing in [haptik]
  1 | [haptik]
    | ^^^^^^^^
    = say where it is kept:
    = token = { env = "HAPTIK_TOKEN" }  (an environment variable)
    = token = { file = "/run/secrets/haptik-token" }  (a file)
    = token = { credential = "haptik-token" }  (a systemd credential)

2 problems"#,
        },
        // Plain http.
        Mistake {
            text: r#"[haptik]
base_url = "http://haptik.example.com"
client_id = "acme"
token = { env = "T" }

[[bot]]
domain_name = "demo"
upload_effect = "merge"

[[bot.source]]
folder = "export"
"#,
            told: r#"
/etc/kms/config.toml:2:12: `base_url` is plain http, which would send the token unencrypted
  2 | base_url = "http://haptik.example.com"
    |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^
    = write https://, or allow_plain_http = true in [haptik] if you must

1 problem"#,
        },
        // A login in the URL.
        Mistake {
            text: r#"[haptik]
base_url = "https://me:pw@haptik.example.com"
client_id = "acme"
token = { env = "T" }

[[bot]]
domain_name = "demo"
upload_effect = "merge"

[[bot.source]]
folder = "export"
"#,
            told: r#"
/etc/kms/config.toml:2:12: `base_url` must not hold a user name or password
  2 | base_url = "…"
    |            ^^^
    = take out what stands before the @; Haptik is told client_id and token

1 problem"#,
        },
    ]);
}

#[test]
fn values() {
    check(&[
        // Bad durations.
        Mistake {
            text: r#"[haptik]
base_url = "sandbox"
request_timeout = 30
retry = { first = "5m", max = "1.5h" }
polling = { first = "5m" }

[[bot]]
domain_name = "demo"
upload_effect = "merge"

[[bot.source]]
folder = "export"
"#,
            told: r#"
/etc/kms/config.toml:3:19: `request_timeout` must be a duration in quotes, not a whole number
  3 | request_timeout = 30
    |                   ^^
    = write a whole number and a unit: "250ms", "2s", "5m", "6h" or "7d"

/etc/kms/config.toml:4:31: `max` is not a duration
  4 | retry = { first = "5m", max = "1.5h" }
    |                               ^^^^^^
    = write a whole number and a unit: "250ms", "2s", "5m", "6h" or "7d"

/etc/kms/config.toml:5:21: `first` (5m) is longer than `max` (1m)
  5 | polling = { first = "5m" }
    |                     ^^^^
    = 1m is the default of `max`; give `max` too

3 problems"#,
        },
        // Wrong types and bounds.
        Mistake {
            text: r#"state_dir = 3

[haptik]
base_url = "sandbox"
calls_per_minute = 0
allow_plain_http = "no"

[[bot]]
domain_name = "demo"
upload_effect = "merge"

[[bot.source]]
folder = "export"
"#,
            told: r#"
/etc/kms/config.toml:1:13: `state_dir` must be a string, not a whole number
  1 | state_dir = 3
    |             ^
    = for example state_dir = "state"

/etc/kms/config.toml:5:20: `calls_per_minute` must be from 1 to 100000
  5 | calls_per_minute = 0
    |                    ^
    = the default is calls_per_minute = 100

/etc/kms/config.toml:6:20: `allow_plain_http` must be true or false, not text
  6 | allow_plain_http = "no"
    |                    ^^^^
    = for example allow_plain_http = false

3 problems"#,
        },
        // An open admin page.
        Mistake {
            text: r#"[haptik]
base_url = "sandbox"

[[bot]]
domain_name = "demo"
upload_effect = "merge"

[[bot.source]]
folder = "export"

[admin]
listen = "0.0.0.0:9464"
"#,
            told: r#"
/etc/kms/config.toml:12:10: the admin page would be open to other hosts without a `token`
  12 | listen = "0.0.0.0:9464"
     |          ^^^^^^^^^^^^^^
     = add token = { env = "ADMIN_TOKEN" }, or listen on 127.0.0.1 or a unix socket

1 problem"#,
        },
    ]);
}

#[test]
fn the_receiver_of_messages() {
    const REST: &str = r#"[haptik]
base_url = "sandbox"
[[bot]]
domain_name = "demo"
upload_effect = "merge"
[[bot.source]]
folder = "export"
[notify]
"#;
    check(&[Mistake {
        text: r#"[notify]
url = "http://hooks.acme.com/s3cr3t"
alive_url = "http://hc.acme.com"
[haptik]
base_url = "sandbox"
[[bot]]
domain_name = "demo"
upload_effect = "merge"
[[bot.source]]
folder = "export"
"#,
        told: r#"
/etc/kms/config.toml:2:7: `url` is plain http, which anybody on the way can read
  2 | url = "…"
    |       ^^^
    = write https://, or allow_plain_http = true in [notify] if you must

/etc/kms/config.toml:3:13: `alive_url` is plain http, which anybody on the way can read
  3 | alive_url = "http://hc.acme.com"
    |             ^^^^^^^^^^^^^^^^^^^^
    = write https://, or allow_plain_http = true in [notify] if you must

2 problems"#,
    }]);
    for notify in [
        "url = \"https://hooks.acme.com/s3cr3t\"",
        "url = \"http://127.0.0.1:8080/s3cr3t\"",
        "url = \"http://hooks.acme.com/s3cr3t\"\nallow_plain_http = true",
    ] {
        assert!(parse(&format!("{REST}{notify}\n")).is_ok(), "{notify}");
    }
}

#[test]
fn the_token() {
    check(&[
        // A token in the file.
        Mistake {
            text: r#"[haptik]
base_url = "sandbox"
token = "s3cr3t"

[[bot]]
domain_name = "demo"
upload_effect = "merge"

[[bot.source]]
folder = "export"
"#,
            told: r#"
/etc/kms/config.toml:3:9: a token does not belong in the file
  3 | token = "…"
    |         ^^^
    = say where it is kept:
    = token = { env = "HAPTIK_TOKEN" }  (an environment variable)
    = token = { file = "/run/secrets/haptik-token" }  (a file)
    = token = { credential = "haptik-token" }  (a systemd credential)

1 problem"#,
        },
        // A token in the file under a mistyped key.
        Mistake {
            text: r#"[haptik]
base_url = "sandbox"
tokn = "s3cr3t"

[[bot]]
domain_name = "demo"
upload_effect = "merge"

[[bot.source]]
folder = "export"
"#,
            told: r#"
/etc/kms/config.toml:3:1: unknown key `tokn` in [haptik]
  3 | tokn = "…"
    | ^^^^
    = did you mean `token`?

1 problem"#,
        },
        // A token kept in two places.
        Mistake {
            text: r#"[haptik]
base_url = "sandbox"
token = { env = "T", file = "t" }

[[bot]]
domain_name = "demo"
upload_effect = "merge"

[[bot.source]]
folder = "export"
"#,
            told: r#"
/etc/kms/config.toml:3:29: `token` names two places, `env` and `file`
  3 | token = { env = "…", file = "…" }
    |                             ^^^
    = keep one of env, file and credential

1 problem"#,
        },
    ]);
}
