//! A page of a feed: its items, or the reason why it is none.
#![no_main]

use kms_haptik_sync::intake::read_page;
use kms_haptik_sync_fuzz::normalised;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for items in [None, Some("/articles"), Some("/query/pages")] {
        if let Ok((articles, _)) = read_page(bytes, items) {
            for article in articles {
                let _ = normalised(article);
            }
        }
    }
});
