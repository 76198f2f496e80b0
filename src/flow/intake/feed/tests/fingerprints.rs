//! Which settings of a feed decide what it yields, so that removals after a change are held.

use super::super::super::{Fingerprint, fingerprint};
use super::{Kms, items, page};

const BASE: &str = "path = \"/a\"\nlocale = \"en\"\nlocale_field = \"/lang\"\nkeep = { \"/draft\" = false }\nauth = { kind = \"basic\", user = \"bot\", token = TOKEN }\nquery = { q = \"x\" }\npaging = { mode = \"page\" }\nfields = { id = \"/id\" }";

#[tokio::test]
async fn what_decides_and_what_does_not() {
    let kms = Kms::start(|_, _| page(&items([1]))).await;
    let print = |settings: &str| -> Fingerprint { fingerprint(&kms.source(settings), "{{ id }}") };
    let base = print(BASE);
    for (from, to, part) in [
        (
            "path = \"/a\"",
            "path = \"/b\"",
            "the source's folder or feed",
        ),
        ("\"en\"", "\"de\"", "the filter"),
        ("\"/lang\"", "\"/locale\"", "the filter"),
        ("= false", "= [false, true]", "the filter"),
        ("\"bot\"", "\"another\"", "the filter"),
        (
            "kind = \"basic\", user = \"bot\"",
            "kind = \"bearer\"",
            "the filter",
        ),
        ("q = \"x\"", "q = \"y\"", "the filter"),
        ("paging = { mode = \"page\" }", "", "the filter"),
        ("\"/id\"", "\"/key\"", "the mapping"),
    ] {
        let changed = print(&BASE.replace(from, to)).changed_since(&base);
        assert_eq!(changed.len(), 1, "{from} to {to}: {changed:?}");
        assert!(changed[0].starts_with(part), "{from} to {to}: {changed:?}");
    }
    for more in [
        "every = \"1h\"",
        "timeout = \"1s\"",
        "limits = { max_pages = 7 }",
    ] {
        assert_eq!(print(&format!("{BASE}\n{more}")), base, "{more}");
    }
    let moved = BASE.replace("TOKEN", "{ env = \"KMS_PASSWORD\" }");
    assert_eq!(print(&moved), base);
}

/// A preset that reads less than before, after an edit or an upgrade, must not remove without a word.
#[tokio::test]
async fn audience_scope_and_conditions_decide() {
    let kms = Kms::start(|_, _| page(&items([1]))).await;
    let print = |settings: &str| -> Fingerprint { fingerprint(&kms.source(settings), "{{ id }}") };
    let base = "preset = \"guru\"\nscope = [\"a\"]\nauth = { user = \"bot\", token = TOKEN }\n";
    let wiki = "preset = \"mediawiki\"\nscope = [\"a\"]\n";
    let rss = "preset = \"rss\"\nlists_all = true\n";
    let own = "keep = { \"/a\" = { empty = true } }\n";
    for (before, from, to) in [
        (base, "scope", "audience = \"any\"\nscope"),
        (base, "[\"a\"]", "[\"b\"]"),
        (base, "[\"a\"]", "[\"a\", \"b\"]"),
        (base, "[\"a\"]", "[\"*\"]"),
        (wiki, "[\"a\"]", "[\"b\"]"),
        (wiki, "[\"a\"]", "[\"*\"]"),
        // It makes no difference to what is read; whoever changes it means one.
        (rss, "lists", "audience = \"any\"\nlists"),
        (own, "empty = true", "empty = false"),
        (own, "empty = true", "not = true"),
        (own, "empty = true", "empty = true, missing = true"),
        (own, "keep", "newest = \"/n\"\nkeep"),
    ] {
        let changed = print(&before.replacen(from, to, 1)).changed_since(&print(before));
        assert_eq!(changed.len(), 1, "{from} to {to}: {changed:?}");
        assert!(changed[0].starts_with("the filter"), "{changed:?}");
    }
    let said = base.replace("scope", "audience = \"public\"\nscope");
    assert_eq!(print(&said), print(base), "the default, said in words");
}
