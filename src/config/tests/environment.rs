//! The environment over the file, and alone.

use super::*;
use crate::config::problem::Problems;
use crate::config::secret::SecretSource;

fn parse_with(text: &str, variables: &[(&str, &str)]) -> Result<Config, Problems> {
    let variables = variables
        .iter()
        .map(|(name, value)| (format!("KMS_HAPTIK_SYNC__{name}"), (*value).to_owned()));
    Config::parse(text, Path::new("/etc/kms/config.toml"), variables)
}

#[test]
fn variables_win_over_the_file() {
    let config = parse_with(
        MINIMAL,
        &[
            ("HAPTIK__CLIENT_ID", "acme"),
            ("HAPTIK__CALLS_PER_MINUTE", "7"),
            ("HAPTIK__ALLOW_PLAIN_HTTP", "true"),
            ("HAPTIK__BASE_URL", "http://haptik.internal"),
            ("HAPTIK__TOKEN__ENV", "T"),
            ("HAPTIK__RETRY__FIRST", "5s"),
            ("BOT__0__DOMAIN_NAME", "other"),
            ("BOT__0__SOURCE__0__FOLDER", "/data"),
            ("BOT__0__SOURCE__0__INCLUDE__0", "**/*.json"),
            ("BOT__0__SOURCE__0__FIELDS__ID", "key"),
            ("BOT__0__SOURCE__0__FIELDS__QUESTION", "title"),
            ("BOT__0__SOURCE__0__LIMITS__MAX_FILE_BYTES", "1024"),
            ("ADMIN__LISTEN", "localhost:1"),
        ],
    )
    .unwrap();
    assert_eq!(config.haptik.client_id, "acme");
    assert_eq!(config.haptik.calls_per_minute, 7);
    assert_eq!(config.haptik.token, Some(SecretSource::Env("T".into())));
    assert_eq!(config.haptik.retry.first, Duration::from_secs(5));
    assert_eq!(config.bots[0].domain_name, "other");
    assert_eq!(folder(&config).path, Path::new("/data"));
    assert_eq!(folder(&config).include, ["**/*.json"]);
    assert_eq!(folder(&config).limits.max_file_bytes, 1024);
    let fields = config.bots[0].sources[0].fields.clone().unwrap();
    assert_eq!(fields.question, ["title"]);
    let address = "127.0.0.1:1".parse().unwrap();
    assert_eq!(config.admin.unwrap().listen, Listen::Tcp(address));
}

#[test]
fn the_environment_alone_is_enough() {
    let mut variables = vec![("HAPTIK__BASE_URL".to_owned(), "sandbox".to_owned())];
    for bot in 0..11 {
        let name = format!("bot_{bot}");
        variables.push((format!("BOT__{bot}__DOMAIN_NAME"), name));
        variables.push((format!("BOT__{bot}__UPLOAD_EFFECT"), "merge".into()));
        variables.push((format!("BOT__{bot}__SOURCE__0__FOLDER"), "export".into()));
    }
    let variables: Vec<(&str, &str)> = variables
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let config = parse_with("", &variables).unwrap();
    assert_eq!(config.bots[10].domain_name, "bot_10");
}

#[test]
fn a_place_of_the_token_replaces_that_of_the_file() {
    let text = MINIMAL.replace("[haptik]", "[haptik]\ntoken = { file = \"t\" }");
    let config = parse_with(&text, &[("HAPTIK__TOKEN__ENV", "T")]).unwrap();
    assert_eq!(config.haptik.token, Some(SecretSource::Env("T".into())));
}

#[test]
fn other_variables_are_left_alone() {
    let variables = [
        ("KMS_HAPTIK_SYNC_CONFIG", "x"),
        ("KMS_HAPTIK_SYNC_LOG", "debug"),
        ("KMS_HAPTIK_SYNC_PORT_9464_TCP", "set by Kubernetes"),
        ("HAPTIK_TOKEN", "s3cr3t"),
    ];
    Config::parse(MINIMAL, Path::new("config.toml"), variables).unwrap();
}

#[test]
fn problems_name_the_variable() {
    let problems = parse_with(
        MINIMAL,
        &[
            ("HAPTIK__CALLS_PER_MINUTE", "many"),
            ("HAPTIK__CLINT_ID", "acme"),
            ("HAPTIK__REQUEST_TIMEOUT", "30"),
            ("HAPTIK__RETRY", "5s"),
            ("HAPTIK__TOKEN", "s3cr3t"),
            ("BOT__2__DOMAIN_NAME", "x"),
            ("BOT__0__REMOVALS", ""),
        ],
    )
    .unwrap_err();
    assert_eq!(
        problems.to_string(),
        "\
KMS_HAPTIK_SYNC__BOT__0__REMOVALS: `removals` must be \"blank-row\" or \"manual\"
    = How a step is removed where uploads merge: \"blank-row\": a row with an empty question and answer; \"manual\": listed for a person.

KMS_HAPTIK_SYNC__BOT__2__DOMAIN_NAME: there is no entry 1 for 2 to follow
    = positions begin at 0; the next free one is 1

KMS_HAPTIK_SYNC__HAPTIK__CALLS_PER_MINUTE: the value must be a whole number from 1 to 100000
    = for example KMS_HAPTIK_SYNC__HAPTIK__CALLS_PER_MINUTE=100

KMS_HAPTIK_SYNC__HAPTIK__CLINT_ID: no setting has this name
    = did you mean `KMS_HAPTIK_SYNC__HAPTIK__CLIENT_ID`?

KMS_HAPTIK_SYNC__HAPTIK__REQUEST_TIMEOUT: `request_timeout` is not a duration
    = write a whole number and a unit: \"250ms\", \"2s\", \"5m\", \"6h\" or \"7d\"

KMS_HAPTIK_SYNC__HAPTIK__RETRY: this is a table or a list
    = set one value at a time, for example KMS_HAPTIK_SYNC__HAPTIK__RETRY__FIRST

KMS_HAPTIK_SYNC__HAPTIK__TOKEN: a token does not belong in the configuration
    = name the place where it is kept: set KMS_HAPTIK_SYNC__HAPTIK__TOKEN__ENV, KMS_HAPTIK_SYNC__HAPTIK__TOKEN__FILE or KMS_HAPTIK_SYNC__HAPTIK__TOKEN__CREDENTIAL

7 problems"
    );
}
