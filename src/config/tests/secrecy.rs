//! No message shows a secret, however the file is mistyped around it.

use super::*;

const SECRET: &str = "s3cr3t/v4lue==";

fn assert_hidden(text: &str) {
    let Err(problems) = parse(text) else { return };
    let shown = format!("{problems}{}{problems:?}", problems.render(true));
    let halves = [&SECRET[..7], &SECRET[7..12]];
    for half in halves {
        assert!(!shown.contains(half), "{text}\n{shown}");
    }
}

#[test]
fn of_any_key_that_could_hold_one() {
    let lines = [
        "token = '@'",
        "tokn = '@'",
        "Token = '@'",
        "haptik_token = '@'",
        "api_key = '@'",
        "password = '@'",
        "client-secret = '@'",
        "authorization = 'Bearer @'",
        "credentials = { user = 'a', pass = '@' }",
        "secrets = ['@', '@']",
        "token.value = '@'",
        "token = { value = '@' }",
        "token = { env = '@' }",
        "token = { credential = '@' }",
        "token = { env = 'A', file = '@' }",
        "token = '''\n@'''",
        "token = [\n'@',\n]",
        "[haptik.token]\nvalue = '@'",
        "[haptik.tokens]\nvalue = '@'",
        "[[haptik.auth]]\nvalue = '@'",
        "base_url = 'https://me:@@haptik.example.com'",
        "base_url = 'https://haptik.example.com?token=@'",
        "base_url = 'https://haptik.example.com/#@'",
        "polling = 3 # token = '@'",
        // Not TOML any more.
        "token = @",
        "token: @",
        "token @",
        "token '@'",
        "token = '@",
        "token = \"@'",
        "token = {@}",
        "token = { env = @ }",
        "token = { env = '@'",
        "token = '''\n@",
        "token =\n'@'",
        "token\n= '@'",
        "\"token\" = @",
        "haptik.token = @",
        "export HAPTIK_TOKEN=@",
        "client_id = 'x' token = '@'",
        "state = 'postgres://me:@@db.example.com/kms'",
        "state = 'postgres://db.example.com/kms?password=@'",
        "base_url = https://me:@@haptik.example.com",
    ];
    for line in lines {
        let line = line
            .replacen('@', SECRET, 1)
            .replace("[@", "[")
            .replace("'@'", "'x'");
        assert_hidden(&format!("[haptik]\n{line}\n"));
        assert_hidden(&format!("[haptik]\nbase_url = oops\n{line}\n= 3\n"));
        assert_hidden(&format!("[haptik]\nclient_idd = 'x'\n{line}"));
    }
}

/// One character too many or too few anywhere but in the key itself: nothing shows, and nothing
/// panics.
#[test]
fn after_any_slip_of_a_finger() {
    let text = format!(
        "[haptik]\nclient_id = 'x' # é\ntoken = \"{SECRET}\"\n[[bot]]\nnode_name = '{{{{'\nbase_url = 'http://x'\n"
    );
    let key = text.find("token").unwrap();
    let value = text.find(SECRET).unwrap();
    let untouched = |at: usize| {
        !(key..=key + "token".len()).contains(&at)
            && !(value + 1..value + SECRET.len()).contains(&at)
    };
    for (at, character) in text.char_indices().filter(|(at, _)| untouched(*at)) {
        let after = at + character.len_utf8();
        if at != value {
            assert_hidden(&format!("{}{}", &text[..at], &text[after..]));
        }
        for extra in [
            "\"", "'", "=", "[", "]", "{", "}", "#", "\n", ",", ".", " ", "\\", "\u{1b}", "é",
        ] {
            assert_hidden(&format!("{}{extra}{}", &text[..at], &text[at..]));
        }
    }
}

/// What is an address, or a part of one, holds a key with many receivers and knowledge bases.
#[test]
fn of_addresses_and_of_keys_that_nobody_knows() {
    let lines = [
        "[notify]\nurl = 'https://hooks.example.com/services/@'",
        "[notify]\nurl = 'hooks.example.com/services/@'",
        "[notify]\nurl = '@'",
        "[notify]\nalive_url = 'hc-ping.example.com/@'",
        "[notify]\nurll = 'hooks.example.com/@'",
        "[notify]\nwebhook = '@'",
        "[notify]\nurl = ['@']",
        "[notify]\nurl.x = '@'",
        "[[notify.receiver]]\nurl = 'https://hooks.example.com/services/@'\nformat = 'slakc'",
        "[[notify.receiver]]\nurl = 'hooks.example.com/@'",
        "[[notify.receiver]]\nurl = 'smtps://me:@@mail.example.com'\nformat = 'email'",
        "[[notify.receiver]]\npassword = '@'\nformat = 'email'",
        "[[notify.receiver]]\ntoken = '@'",
        "[notifi]\nurl = '@'",
        "[[bot]]\n[[bot.source]]\nfeed = 'https://kms.example.com/@/articles'",
        "[[bot]]\n[[bot.source]]\nfeed = 'https://kms.example.com'\npath = '@'",
        "[[bot]]\n[[bot.source]]\nauth_check = '@'",
        "[[bot]]\n[[bot.source]]\nquery = { name = '@', other = ['@'] }",
        "[[bot]]\n[[bot.source]]\nheaders = { X-Acme = '@' }",
        "[[bot]]\n[[bot.source]]\nproxy = 'proxy.example.com:@'",
        "[[bot]]\n[[bot.source]]\nparents = [{ path = '@' }]",
        "[[bot]]\n[[bot.source]]\ndetail = { path = '@' }",
        "[haptik]\nbase_url = 'https://haptik.example.com/@'",
        "[haptik]\nclient_id = 'https://haptik.example.com/@'",
    ];
    for line in lines.map(|line| line.replace('@', SECRET)) {
        assert_hidden(&line);
        assert_hidden(&format!("{line}\nx = oops\n"));
        assert_hidden(&format!("{line}\n[haptik]\nclient_idd = 'x'\n"));
    }
}
