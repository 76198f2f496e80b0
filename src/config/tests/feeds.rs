//! docs/FEEDS.md, held to the truth.

use super::super::PRESETS;
use super::parse;

const DOCUMENT: &str = include_str!("../../../docs/FEEDS.md");

#[test]
fn every_example_loads() {
    let blocks: Vec<&str> = DOCUMENT
        .split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert!(blocks.len() > 5, "{}", blocks.len());
    for block in blocks {
        let head = if block.contains("[[bot.source]]") {
            ""
        } else if block.lines().any(|line| line.starts_with("feed = ")) {
            "[[bot.source]]\n"
        } else {
            "[[bot.source]]\nfeed = \"https://kms.test\"\n"
        };
        let text = format!(
            "[haptik]\nbase_url = \"sandbox\"\n[[bot]]\ndomain_name = \"b\"\nupload_effect = \"merge\"\n{head}{block}"
        );
        if let Err(problems) = parse(&text) {
            panic!("{problems}\n{block}");
        }
    }
}

#[test]
fn every_preset_is_listed() {
    for name in PRESETS {
        assert!(DOCUMENT.contains(&format!("| `{name}` |")), "{name}");
    }
}

#[test]
fn what_means_nothing_is_told() {
    let feed = "[haptik]\nbase_url = \"sandbox\"\n[[bot]]\ndomain_name = \"b\"\nupload_effect = \"merge\"\n[[bot.source]]\nfeed = \"https://kms.test\"\n";
    for (settings, told) in [
        (
            "path = \"/{folder.id}\"",
            "nothing fills in {folder.…} in `path`",
        ),
        (
            "query = { in = \"{folder.id}\" }",
            "nothing fills in {folder.…} in `query`",
        ),
        ("detail = { path = \"/{items.id}\" }", "known here: item"),
        ("detail = { item = \"/data\" }", "`path` is missing"),
        (
            "parents = [{ name = \"item\", path = \"/a\" }]",
            "`name` must be a word of its own",
        ),
        (
            "parents = [{ name = \"a\", path = \"/a\" }, { name = \"a\", path = \"/b\" }]",
            "`name` must be a word of its own",
        ),
        (
            "parents = [{ name = \"a\", path = \"/{a.id}\" }]",
            "nothing fills in {a.…}",
        ),
        (
            "parents = [{ name = \"a\", path = \"a\" }]",
            "`path` is not a path",
        ),
        ("parents = []", "there is no [[bot.source.parents]]"),
        ("with_labels = [\"a\"]", "`with_labels` is not used"),
        (
            "format = \"csv\"\nkeep = { \"/a\" = 1 }",
            "`keep` has no meaning for a file",
        ),
        (
            "encoding = \"utf-8\"",
            "`encoding` has no meaning for pages of JSON",
        ),
        (
            "format = \"rss\"\nlists_all = true\ndetail = { path = \"/{item.id}\" }",
            "`detail` has no meaning for RSS and Atom",
        ),
        ("format = \"rss\"", "`lists_all` is missing"),
        ("lists_all = true", "`lists_all` has no meaning"),
        (
            "headers = { X-Key = { env = \"A\", file = \"b\" } }",
            "names two places",
        ),
        (
            "headers = { Authorization = \"x\" }",
            "must not hold credentials",
        ),
        ("proxy = \"socks5://x\"", "`proxy` must begin with"),
        (
            "proxy = \"http://me:x@proxy\"",
            "must not hold a user name or password",
        ),
        ("concurrency = 0", "`concurrency` must be from 1 to 32"),
    ] {
        let problems = parse(&format!("{feed}{settings}")).unwrap_err().to_string();
        assert!(problems.contains(told), "{told} in {problems}");
    }
}
