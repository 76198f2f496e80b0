//! Archives: there is always an outcome, and never a panic.
#![no_main]

use kms_haptik_sync_fuzz::take;
use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: {
        // A workbook may lie in an archive; see the target for workbooks.
        std::panic::set_hook(Box::new(|_| {}));
    },
    |bytes: &[u8]| {
        take("a.zip", None, bytes);
    }
);
