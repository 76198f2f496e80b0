//! Commands as messages print them, ready to be pasted: with the bot's name in them, quoted for a
//! shell where it needs to be.

use std::borrow::Cow;

/// A word as a shell takes it.
fn quoted(word: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:@%+=,".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        Cow::Borrowed(word)
    } else {
        Cow::Owned(format!("'{}'", word.replace('\'', "'\\''")))
    }
}

/// `kms-haptik-sync COMMAND BOT`, with further words behind it. Flags go into `flags`, in front of a
/// name that would pass for one itself.
pub fn command_for(command: &str, bot: &str, flags: &[&str]) -> String {
    let flags = flags
        .iter()
        .fold(String::new(), |flags, word| flags + " " + &quoted(word));
    let name = quoted(bot);
    if bot.starts_with('-') {
        format!("kms-haptik-sync {command}{flags} -- {name}")
    } else {
        format!("kms-haptik-sync {command} {name}{flags}")
    }
}

/// What releases the removals that a plan had held or waiting, and none that came later; without a
/// plan, those of the last one.
pub fn approve(bot: &str, plan: Option<u64>) -> String {
    match plan {
        Some(plan) => command_for("approve", bot, &["--plan", &plan.to_string()]),
        None => command_for("approve", bot, &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_can_be_pasted() {
        for (bot, expected) in [
            (
                "acme_support",
                "kms-haptik-sync approve acme_support --plan 7",
            ),
            (
                "acme support",
                "kms-haptik-sync approve 'acme support' --plan 7",
            ),
            ("o'neill", r"kms-haptik-sync approve 'o'\''neill' --plan 7"),
            (
                "a$(id)`id`;&",
                "kms-haptik-sync approve 'a$(id)`id`;&' --plan 7",
            ),
            ("", "kms-haptik-sync approve '' --plan 7"),
            (
                "hilfe-köln",
                "kms-haptik-sync approve 'hilfe-köln' --plan 7",
            ),
            ("-x", "kms-haptik-sync approve --plan 7 -- -x"),
            ("~acme", "kms-haptik-sync approve '~acme' --plan 7"),
        ] {
            assert_eq!(approve(bot, Some(7)), expected);
            let words = std::process::Command::new("sh")
                .args([
                    "-c",
                    &format!(
                        "set -- {}; for w; do printf '[%s]' \"$w\"; done",
                        command_for("retry", bot, &[])
                    ),
                ])
                .output()
                .unwrap();
            let words = String::from_utf8(words.stdout).unwrap();
            assert!(words.ends_with(&format!("[{bot}]")), "{words}");
        }
    }
}
