//! Which settings of a feed decide what it yields, so that removals after a change are held.

use super::super::super::tests::differing;
use super::{Kms, items, page};

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
