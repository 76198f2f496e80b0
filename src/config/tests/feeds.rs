//! docs/FEEDS.md, held to the truth.

use super::parse;
use crate::config::preset::PRESETS;

const FEED: &str = "[haptik]\nbase_url = \"sandbox\"\n[[bot]]\ndomain_name = \"b\"\nupload_effect = \"merge\"\n[[bot.source]]\nfeed = \"https://kms.test\"\n";

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
    let rows = DOCUMENT.lines().filter_map(|line| line.strip_prefix("| "));
    let first: Vec<&str> = rows.filter_map(|row| row.split(" | ").next()).collect();
    for name in PRESETS {
        let named = format!("`{name}`");
        let tables = first.iter().filter(|cell| cell.contains(&named)).count();
        // What it reads, who may read that, and what an unchanged poll costs.
        assert_eq!(tables, 3, "{name}");
    }
}

#[test]
fn what_means_nothing_beside_a_grant_a_scope_or_a_mode_is_told() {
    for (settings, told) in [
        (
            "auth = { kind = \"oauth2\", token_url = \"https://a.test\", client_id = \"c\", token = { env = \"T\" }, key_id = \"k\" }",
            "`key_id` has no meaning with grant = \"client_credentials\"",
        ),
        (
            "auth = { kind = \"oauth2\", token_url = \"https://a.test\", client_id = \"c\", token = { env = \"T\" }, grant = \"refresh_token\" }",
            "`refresh_token` is missing",
        ),
        (
            "auth = { kind = \"bearer\", token = { env = \"T\" }, grant = \"jwt_bearer\" }",
            "`grant` has no meaning with kind = \"bearer\"",
        ),
        (
            "auth = { kind = \"oauth2\", token_url = \"https://a.test\", client_id = \"c\", token = { env = \"T\" }, certificate = \"a.crt\" }",
            "`certificate` has no meaning with grant = \"client_credentials\"",
        ),
        (
            "auth = { kind = \"oauth2\", token_url = \"https://a.test\", client_id = \"c\", token = { env = \"T\" }, grant = \"private_key_jwt\", thumbprint = \"x5t\" }",
            "`thumbprint` is not used",
        ),
        (
            "preset = \"strapi\"\nscope = [\"*\"]",
            "cannot read every collection at once",
        ),
        (
            "paging = { mode = \"page\", complete = \"/x\" }",
            "`complete` has no meaning with mode = \"page\"",
        ),
    ] {
        let text = format!("{FEED}{settings}\n");
        let problems = parse(&text).unwrap_err().to_string();
        assert!(problems.contains(told), "{told} in {problems}");
    }
}

#[test]
fn what_means_nothing_is_told() {
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
            "keep = { \"/a\" = { not = [] } }",
            "this is no condition of `keep`",
        ),
        (
            "keep = { \"/a\" = { empty = 1 } }",
            "this is no condition of `keep`",
        ),
        (
            "keep = { \"/a\" = { missing = true } }",
            "this is no condition of `keep`",
        ),
        (
            "keep = { \"/a\" = { empty = true, not = 1 } }",
            "this is no condition of `keep`",
        ),
        (
            "keep = { \"/a\" = { empty = true, else = 1 } }",
            "this is no condition of `keep`",
        ),
        (
            "keep = { \"/a\" = { empty = true, missing = \"b\" } }",
            "this is no condition of `keep`",
        ),
        (
            "scope = [\"11\"]",
            "`scope` has no meaning without a preset",
        ),
        (
            "audience = \"any\"",
            "`audience` has no meaning without a preset",
        ),
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
        let problems = parse(&format!("{FEED}{settings}")).unwrap_err().to_string();
        assert!(problems.contains(told), "{told} in {problems}");
    }
}

/// A source with a preset, and what is wrong with it.
fn problems(settings: &str) -> String {
    let text = format!(
        "[haptik]\nbase_url = \"sandbox\"\n[[bot]]\ndomain_name = \"b\"\nupload_effect = \"merge\"\n[[bot.source]]\nfeed = \"https://kms.test\"\nauth = {{ kind = \"basic\", user = \"a\", token = {{ env = \"T\" }} }}\n{settings}"
    );
    parse(&text).map_or_else(|problems| problems.to_string(), |_| String::new())
}

#[test]
fn where_only_a_scope_keeps_the_rest_away_it_is_required() {
    for (preset, means, example) in [
        ("confluence-cloud", "space", "11"),
        ("confluence-server", "space", "KB"),
        ("document360", "workspace", "23ff5ba3"),
        ("guru", "collection", "3c655cc6"),
        ("hubspot", "knowledge base", "123456789"),
        ("mediawiki", "category", "FAQ"),
        ("servicenow", "knowledge base", "a7e8a78b"),
    ] {
        let told = problems(&format!("preset = \"{preset}\""));
        for part in [
            "`scope` is missing",
            &format!("the preset {preset} reads the {means} that you name"),
            &format!("add scope = [\"{example}"),
            &format!("scope = [\"*\"] reads every {means}"),
        ] {
            assert!(told.contains(part), "{part} in {told}");
        }
        for scope in ["[\"x\"]", "[\"x\", \"y\"]", "[\"*\"]"] {
            let told = problems(&format!("preset = \"{preset}\"\nscope = {scope}"));
            assert_eq!(told, "", "{preset} {scope}");
        }
    }
}

#[test]
fn a_scope_that_would_not_hold_is_told() {
    for (settings, told) in [
        (
            "preset = \"zendesk-guide\"\nscope = [\"11\"]",
            "`scope` has no meaning for the preset zendesk-guide",
        ),
        (
            "preset = \"guru\"\nscope = [\"*\", \"a\"]",
            "`scope` holds \"*\" beside others",
        ),
        ("preset = \"guru\"\nscope = []", "`scope` is an empty list"),
        (
            "preset = \"guru\"\nscope = [11]",
            "`scope` must hold texts, not a whole number",
        ),
        (
            "preset = \"guru\"\nscope = \"a\"",
            "`scope` must be a list of strings",
        ),
        (
            "preset = \"guru\"\nscope = [\"a\"]\nkeep = { \"/collection/id\" = \"b\" }",
            "`keep` has another \"/collection/id\" than the preset, which `scope` decides",
        ),
        (
            "preset = \"confluence-cloud\"\nscope = [\"11\"]\nquery = { space-id = \"12\" }",
            "`query.space-id` is written here without {scope.id}",
        ),
        (
            "preset = \"confluence-cloud\"\nscope = [\"*\"]\nquery = { space-id = \"{scope.id}\" }",
            "nothing fills in {scope.…} in `query`",
        ),
        (
            "preset = \"document360\"\nscope = [\"a\"]\nparents = [{ name = \"v\", path = \"/v\" }]",
            "`parents` has no list named \"version\", whose `/id` `scope` decides",
        ),
        (
            "preset = \"salesforce-knowledge\"\nquery = { q = \"SELECT x FROM y\" }",
            "write {scope.id} in it as the preset does: SELECT KnowledgeArticleId",
        ),
        (
            "preset = \"salesforce-knowledge\"\nscope = [\"Pkb\"]",
            "must hold \"app\", \"csp\", \"pkb\", \"prm\" or \"*\"",
        ),
        (
            "preset = \"salesforce-knowledge\"\nscope = [\"csp\"]",
            "scope = [\"csp\"] is more than what the public can read",
        ),
        (
            "preset = \"salesforce-knowledge\"\nscope = [\"*\"]",
            "scope = [\"*\"] is more than what the public can read",
        ),
        (
            "preset = \"salesforce-knowledge\"\naudience = \"any\"",
            "`scope` is missing",
        ),
    ] {
        let problems = problems(settings);
        assert!(problems.contains(told), "{told} in {problems}");
    }
}

#[test]
fn what_says_who_may_read_is_not_written_over_by_the_way() {
    for (settings, told) in [
        (
            "preset = \"zendesk-guide\"\nkeep = { \"/user_segment_id\" = [\"null\", 7] }",
            "`keep` has another \"/user_segment_id\" than the preset, which audience = \"public\" goes by",
        ),
        (
            "preset = \"zendesk-guide\"\nkeep = { \"/user_segment_id\" = { empty = true, missing = true } }",
            "`keep` has another \"/user_segment_id\"",
        ),
        (
            "preset = \"freshdesk\"\nparents = [{ name = \"f\", path = \"/f\" }]\npath = \"/{f.id}\"",
            "`parents` has no list named \"folder\", whose `/visibility` says who may read",
        ),
        (
            "preset = \"freshdesk\"\nparents = [{ name = \"folder\", path = \"/f\", keep = { \"/visibility\" = [1, 2] } }]",
            "`keep` has another \"/visibility\" than the preset",
        ),
        (
            "preset = \"guru\"\nscope = [\"a\"]\naudience = \"all\"",
            "`audience` must be \"public\" or \"any\"",
        ),
    ] {
        let problems = problems(settings);
        assert!(problems.contains(told), "{told} in {problems}");
    }
    for settings in [
        "preset = \"zendesk-guide\"\nkeep = { \"/draft\" = [false, true] }",
        "preset = \"zendesk-guide\"\naudience = \"any\"\nkeep = { \"/user_segment_id\" = [\"null\", 7] }",
        "preset = \"wordpress\"\nkeep = { \"/content/protected\" = false }",
        "preset = \"freshdesk\"\naudience = \"any\"\nparents = [{ name = \"f\", path = \"/f\" }]\npath = \"/{f.id}\"",
    ] {
        assert_eq!(problems(settings), "", "{settings}");
    }
    // Whoever writes the lists above the articles need not repeat it.
    let text = "[haptik]\nbase_url = \"sandbox\"\n[[bot]]\ndomain_name = \"b\"\nupload_effect = \"merge\"\n[[bot.source]]\nfeed = \"https://kms.test\"\npreset = \"freshdesk\"\nauth = { token = { env = \"T\" } }\n[[bot.source.parents]]\nname = \"folder\"\npath = \"/folders\"\n";
    let config = parse(text).unwrap();
    let crate::config::SourceKind::Feed(feed) = &config.bots[0].sources[0].kind else {
        panic!("a feed");
    };
    assert_eq!(feed.parents[0].keep[0].pointer, "/visibility");
}

#[test]
fn what_changes_cannot_mean_is_told() {
    for (settings, told) in [
        (
            "changes = { path = \"/{item.id}\" }",
            "`unchanged` is missing",
        ),
        (
            "changes = { path = \"/{one.id}\", unchanged = \"/at\" }",
            "known here: item",
        ),
        (
            "changes = { path = \"/{item.id}\", unchanged = \"/at\" }\ndetail = { path = \"/{item.id}\" }",
            "`changes` cannot be used beside `detail`",
        ),
        (
            "format = \"csv\"\nchanges = { path = \"/{item.id}\", unchanged = \"/at\" }",
            "`changes` has no meaning for a file",
        ),
    ] {
        let problems = problems(settings);
        assert!(problems.contains(told), "{told} in {problems}");
    }
}

/// The parameters of the list as `changes` has it, and the path of its call; `None` where there is none.
fn short(settings: &str) -> Option<(Vec<String>, String)> {
    let text = format!("{FEED}{settings}\n");
    let config = parse(&text).unwrap_or_else(|problems| panic!("{problems}"));
    let crate::config::SourceKind::Feed(feed) = &config.bots[0].sources[0].kind else {
        panic!("a feed");
    };
    let feed = feed.of_changes()?;
    let query = feed.query.iter();
    let query = query.map(|(name, value)| format!("{name}={value}"));
    Some((query.collect(), feed.detail.unwrap().path.to_string()))
}

#[test]
fn what_changed_is_asked_for_as_its_settings_say() {
    let settings = "query = { a = 1, b = 2, c = 3 }\nchanges = { query = { b = \"\", c = 4, d = 5 }, path = \"/{item.id}\", unchanged = \"/at\" }";
    let (mut query, path) = short(settings).unwrap();
    query.sort();
    assert_eq!(
        (query, path.as_str()),
        (
            ["a=1", "c=4", "d=5"].map(str::to_owned).to_vec(),
            "/{item.id}"
        )
    );
    assert_eq!(short("query = { a = 1 }"), None);
    let strapi = "preset = \"strapi\"\nscope = [\"faqs\"]\n";
    for (more, path) in [
        ("", "/api/{scope.id}/{item.documentId}?status=published"),
        (
            "locale = \"de\"\n",
            "/api/{scope.id}/{item.documentId}?status=published&locale=de",
        ),
    ] {
        assert_eq!(short(&format!("{strapi}{more}")).unwrap().1, path);
    }
}

/// Another list, or other fields, may come without the stamp of the preset.
#[test]
fn what_a_preset_asks_for_is_not_asked_of_another_list() {
    let strapi = "preset = \"strapi\"\nscope = [\"faqs\"]\n";
    for more in [
        "path = \"/api/{scope.id}/x\"",
        "query = { populate = \"*\" }",
        "fields = { id = \"/slug\" }",
        "detail = { path = \"/api/{scope.id}/{item.documentId}\" }",
    ] {
        assert_eq!(short(&format!("{strapi}{more}")), None, "{more}");
    }
    for more in [
        "",
        "fields = { answer = \"/text\" }",
        "keep = { \"/x\" = 1 }",
    ] {
        assert!(short(&format!("{strapi}{more}")).is_some(), "{more}");
    }
}
