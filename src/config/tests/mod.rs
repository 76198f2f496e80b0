//! The configuration as a person meets it: what is taken, and what each mistake is told.

mod environment;
mod feeds;
mod messages;
mod no_answer;
mod secrecy;

use std::path::Path;
use std::time::Duration;

use super::problem::Problems;
use super::secret::SecretSource;
use super::*;

const MINIMAL: &str = r#"
[haptik]
base_url = "sandbox"

[[bot]]
domain_name = "demo"
upload_effect = "merge"

[[bot.source]]
folder = "export"
"#;

const NO_VARIABLES: [(&str, &str); 0] = [];

fn parse(text: &str) -> Result<Config, Problems> {
    Config::parse(text, Path::new("/etc/kms/config.toml"), NO_VARIABLES)
}

fn folder(config: &Config) -> &Folder {
    let SourceKind::Folder(folder) = &config.bots[0].sources[0].kind else {
        panic!("a folder")
    };
    folder
}

#[test]
fn the_defaults() {
    let config = parse(MINIMAL).unwrap();
    assert_eq!(config.path, Path::new("/etc/kms/config.toml"));
    assert_eq!(config.state_dir, Path::new("/etc/kms/state"));
    assert!(config.admin.is_none());
    let haptik = &config.haptik;
    assert_eq!(haptik.base_url, BaseUrl::Sandbox);
    assert_eq!(haptik.token, None);
    assert_eq!(haptik.calls_per_minute, 100);
    assert_eq!(haptik.request_timeout, Duration::from_secs(30));
    assert_eq!(haptik.retry.first, Duration::from_secs(1));
    assert_eq!(haptik.retry.give_up_after, Duration::from_mins(15));
    assert_eq!(haptik.polling.max, Duration::from_mins(1));
    let bot = &config.bots[0];
    assert_eq!(bot.removals, Removals::BlankRow);
    assert_eq!((bot.max_removal_percent, bot.max_removals), (20, 5));
    assert_eq!(bot.max_rows_per_upload, 5000);
    assert_eq!(bot.node_name, "{{ id }}");
    assert_eq!(bot.sources[0].name, "export");
    assert_eq!(bot.sources[0].fields, None);
    assert_eq!(bot.sources[0].every, Duration::from_mins(5));
    let folder = folder(&config);
    assert_eq!(folder.path, Path::new("/etc/kms/export"));
    assert_eq!(folder.include.len(), 12);
    assert_eq!(folder.settle, Duration::from_secs(1));
    assert_eq!(folder.limits.max_file_bytes, 1 << 30);
    assert_eq!(folder.limits.max_rows, 2_000_000);
}

#[test]
fn what_is_given_counts() {
    let config = parse(
        r#"
state_dir = "/var/lib/kms"
haptik.base_url = "http://[::1]:8900/api/"
haptik.client_id = "acme"
haptik.token.file = "token"
haptik.retry.first = "250ms"

[[bot]]
domain_name = "demo"
upload_effect = "replace"
node_name = "kb-{{ id }}"

[[bot.source]]
name = "help"
folder = "export"
exclude = ["drafts/**"]
read = "newest"
settle = "0s"
items = "/data"
delimiter = "tab"
bad_rows = "stop"
fields = { id = "/key", question = "title", answer = ["body", "more"] }
limits = { max_file_bytes = "512MiB", max_row_bytes = 4096 }

[admin]
listen = "unix:admin.sock"
"#,
    )
    .unwrap();
    let haptik = &config.haptik;
    let base_url = BaseUrl::Url("http://[::1]:8900/api".into());
    assert_eq!(haptik.base_url, base_url);
    let token = SecretSource::File("/etc/kms/token".into());
    assert_eq!(haptik.token, Some(token));
    assert_eq!(haptik.retry.first, Duration::from_millis(250));
    assert_eq!(haptik.retry.max, Duration::from_mins(2));
    let source = &config.bots[0].sources[0];
    let fields = source.fields.as_ref().unwrap();
    assert_eq!(fields.question, ["title"]);
    assert_eq!(fields.answer, ["body", "more"]);
    assert_eq!(source.bad_rows, BadRows::Stop);
    let folder = folder(&config);
    assert_eq!(folder.delimiter, Some(b'\t'));
    assert_eq!((folder.read, folder.settle), (Read::Newest, Duration::ZERO));
    assert_eq!(folder.limits.max_file_bytes, 512 << 20);
    assert_eq!(folder.limits.max_row_bytes, 4096);
    let admin = config.admin.unwrap();
    assert_eq!(admin.listen, Listen::Unix("/etc/kms/admin.sock".into()));
}

#[test]
fn the_example_is_taken() {
    let config = parse(EXAMPLE).unwrap();
    assert_eq!(config.bots[0].domain_name, "acme_support");
    assert!(config.admin.is_some());
}

/// What the example shows commented out has to be right as well.
#[test]
fn the_example_with_everything_commented_in_is_taken() {
    let is_setting =
        |line: &&str| line.starts_with("[[") || line.contains(" = ") && !line.contains("token = {");
    let mut text = String::new();
    for line in EXAMPLE.lines() {
        let commented = line.strip_prefix("# ").filter(is_setting);
        text += commented.unwrap_or(line);
        text.push('\n');
    }
    assert!(text.contains("\nremovals = ") && text.contains("\nexclude = "));
    parse(&text).unwrap();
}

#[test]
fn files_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    let shown = |file: &Path| {
        let problems = Config::load(file, NO_VARIABLES).unwrap_err().to_string();
        problems.replace(folder.path().to_str().unwrap(), "FOLDER")
    };
    assert_eq!(
        shown(&file),
        "\
FOLDER/config.toml: there is no configuration file here
    = looked for by --config PATH, else KMS_HAPTIK_SYNC_CONFIG, else /etc/kms-haptik-sync/config.toml, else ./kms-haptik-sync.toml
    = `kms-haptik-sync init` writes a commented configuration to begin with

1 problem"
    );
    std::fs::write(&file, b"a = 1\nb = \"\xff\"\n").unwrap();
    assert_eq!(
        shown(&file),
        "\
FOLDER/config.toml: the file is not text in UTF-8, from line 2 on
    = save it as UTF-8

1 problem"
    );
    assert!(shown(folder.path()).starts_with("FOLDER: the configuration file cannot be read: "));
    std::fs::write(&file, MINIMAL).unwrap();
    assert!(Config::load(&file, NO_VARIABLES).is_ok());
}

#[test]
fn colours_change_nothing_but_colour() {
    let problems = parse("[haptik]\nbase = 1").unwrap_err();
    let colored = problems.render(true);
    assert!(colored.contains("\u{1b}["));
    assert_eq!(
        anstream::adapter::strip_str(&colored).to_string(),
        problems.to_string()
    );
}
