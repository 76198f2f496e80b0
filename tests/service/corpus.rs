//! The corpus by somebody who writes no line by hand: `init --yes` on a folder with one export in it,
//! and a sync. Nine in ten come out complete and right; of the others, what is to be written is said.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use crate::support::{World, side_by_side};
use serde_json::Value;

/// Every export of the corpus.
fn exports() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/intake");
    let files = walkdir::WalkDir::new(root).min_depth(2).sort_by_file_name();
    let files = files.into_iter().map(|entry| entry.unwrap().into_path());
    files
        .filter(|path| path.extension().is_none_or(|ending| ending != "expected"))
        .collect()
}

/// What the golden file of an export says is in it, and whether something of it is to be fixed.
fn expected(export: &Path) -> (usize, bool) {
    let golden = format!("{}.expected", export.display());
    let golden: Value = serde_json::from_str(&fs::read_to_string(golden).unwrap()).unwrap();
    let many = |key: &str| golden[key].as_array().unwrap().len();
    (many("articles"), many("rejections") > 0)
}

/// What `init --yes` says of a folder with this export in it, and what is live after a sync.
fn tried(export: &Path) -> (String, usize) {
    let world = World::new();
    fs::remove_file(world.path("config.toml")).unwrap();
    let name = export.file_name().unwrap().to_str().unwrap();
    world.write(&format!("export/{name}"), fs::read(export).unwrap());
    let program = world.command(&[]).get_program().to_owned();
    let mut init = Command::new(program);
    init.env_clear()
        .current_dir(world.path(""))
        .args(["init", "--yes", "--config", "config.toml"])
        .stdin(Stdio::null());
    let said = init.output().unwrap();
    let said = [said.stdout, said.stderr].concat();
    let said = String::from_utf8(said).unwrap();
    if !world.path("config.toml").exists() {
        return (said, 0);
    }
    let run = world.run(&["--sync-now", "--json"]);
    (
        said,
        run.bot()["added"]
            .as_u64()
            .unwrap_or_default()
            .try_into()
            .unwrap(),
    )
}

#[test]
fn nine_in_ten_exports_are_right_without_a_line_written_by_hand() {
    let exports = exports();
    let wrong = Mutex::new(Vec::new());
    let all = exports.len();
    side_by_side(exports, |export| {
        let (many, is_flawed) = expected(&export);
        let (said, live) = tried(&export);
        // What has a flaw of its own is right where it is refused, or told.
        let is_right = live == many && (many > 0 || is_flawed || said.contains("waiting for"));
        if !is_right {
            let is_told = said.contains("write ") || said.contains("[bot.source");
            let name = export.display().to_string();
            wrong
                .lock()
                .unwrap()
                .push((name, live, many, is_told, said));
        }
    });
    let wrong = wrong.into_inner().unwrap();
    let silent: Vec<_> = wrong
        .iter()
        .filter(|(_, _, _, is_told, _)| !is_told)
        .collect();
    assert!(
        silent.is_empty(),
        "nothing to write is said of these: {silent:#?}"
    );
    assert!(all >= 120, "only {all} exports");
    assert!(
        wrong.len() * 10 <= all,
        "{} of {all}: {wrong:#?}",
        wrong.len()
    );
}
