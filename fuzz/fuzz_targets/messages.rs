//! User messages beside the articles, as a table or as JSON: there is always an outcome, and each message
//! is one.
#![no_main]

use kms_haptik_sync_fuzz::take_messages;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    take_messages("a", bytes);
});
