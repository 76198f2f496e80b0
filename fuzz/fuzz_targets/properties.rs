//! Properties: there is always an outcome, and never a panic.
#![no_main]

use kms_haptik_sync::model::FileFormat;
use kms_haptik_sync_fuzz::take;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    take("a.properties", Some(FileFormat::Properties), bytes);
});
