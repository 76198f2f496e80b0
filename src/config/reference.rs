//! Keeps docs/CONFIGURATION.md in step with the table of settings.

use std::fmt::Write as _;
use std::path::Path;

use super::settings;
use super::settings::{Setting, SettingKind, SettingNeed};

const BEGIN: &str = "<!-- settings: rendered from src/config/settings/table/mod.rs -->\n";
const END: &str = "<!-- end of settings -->";

fn rendered() -> String {
    let mut text = String::new();
    let mut table = None;
    for setting in settings::all() {
        if table != Some(setting.table()) {
            table = Some(setting.table());
            let heading = match setting.table() {
                "" => "At the top of the file".to_owned(),
                table => format!("`{}`", settings::header(table)),
            };
            let _ = writeln!(
                text,
                "\n### {heading}\n\n| key | type | default | meaning |\n| --- | --- | --- | --- |"
            );
        }
        text += &row(setting);
    }
    text.push('\n');
    text
}

fn row(setting: &Setting) -> String {
    let default = match setting.need {
        SettingNeed::Required(_) => "required".to_owned(),
        SettingNeed::Default(text) => format!("`{text}`"),
        SettingNeed::Optional(_) => "none".to_owned(),
    };
    let takes = match setting.kind {
        SettingKind::Duration { .. } => "a duration".to_owned(),
        SettingKind::Size => "a size".to_owned(),
        SettingKind::Choice(_) => {
            let words = setting.kind.words().replace("\"\\t\"", "a tab");
            // It would end the cell of the table.
            words.replace('|', "\\|")
        }
        other => other.words(),
    };
    let name = setting.name();
    format!("| `{name}` | {takes} | {default} | {} |\n", setting.meaning)
}

#[test]
fn the_document_lists_every_setting() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/CONFIGURATION.md");
    let document = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = document
        .split_once(BEGIN)
        .expect("the marker of the settings");
    let (_, after) = rest.split_once(END).expect("the marker of their end");
    let wanted = format!("{before}{BEGIN}{}{END}{after}", rendered());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, wanted).unwrap();
        return;
    }
    assert!(
        document == wanted,
        "docs/CONFIGURATION.md does not match the settings; accept with `UPDATE_DOCS=1 cargo test config::`"
    );
}
