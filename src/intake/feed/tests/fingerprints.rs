//! Which settings of a feed decide what it yields, so that removals after a change are held.

use super::{Kms, items, page};
use crate::intake::tests::differing;

const BASE: &str = "path = \"/a\"\nlocale = \"en\"\nlocale_field = \"/lang\"\nkeep = { \"/draft\" = false }\nauth = { kind = \"basic\", user = \"bot\", token = TOKEN }\nquery = { q = \"x\" }\npaging = { mode = \"page\" }\nfields = { id = \"/id\" }";

#[tokio::test]
async fn what_decides_and_what_does_not() {
    let kms = Kms::start(|_, _| page(&items([1]))).await;
    let base = kms.source(BASE);
    let changed = |settings: &str| differing(&kms.source(settings), &base);
    for (from, to, part) in [
        ("path = \"/a\"", "path = \"/b\"", "place"),
        ("\"en\"", "\"de\"", "filter"),
        ("\"/lang\"", "\"/locale\"", "filter"),
        ("= false", "= [false, true]", "filter"),
        ("\"bot\"", "\"another\"", "filter"),
        (
            "kind = \"basic\", user = \"bot\"",
            "kind = \"bearer\"",
            "filter",
        ),
        ("q = \"x\"", "q = \"y\"", "filter"),
        ("paging = { mode = \"page\" }", "", "filter"),
        ("\"/id\"", "\"/key\"", "mapping"),
    ] {
        let changed = changed(&BASE.replace(from, to));
        assert_eq!(changed, [part], "{from} to {to}");
    }
    for more in [
        "every = \"1h\"",
        "timeout = \"1s\"",
        "limits = { max_pages = 7 }",
    ] {
        assert_eq!(changed(&format!("{BASE}\n{more}")), [""; 0], "{more}");
    }
    let moved = BASE.replace("TOKEN", "{ env = \"KMS_PASSWORD\" }");
    assert_eq!(changed(&moved), [""; 0]);
}

/// A preset that reads less than before, after an edit or an upgrade, must not remove without a word.
#[tokio::test]
async fn audience_scope_and_conditions_decide() {
    let kms = Kms::start(|_, _| page(&items([1]))).await;
    let changed =
        |settings: &str, before: &str| differing(&kms.source(settings), &kms.source(before));
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
        (own, "keep", "valid_from = \"/f\"\nkeep"),
    ] {
        let changed = changed(&before.replacen(from, to, 1), before);
        assert_eq!(changed, ["filter"], "{from} to {to}");
    }
    let said = base.replace("scope", "audience = \"public\"\nscope");
    assert_eq!(changed(&said, base), [""; 0], "the default, said in words");
}
