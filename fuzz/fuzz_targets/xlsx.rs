//! Workbooks, XLSX and XLS: there is always an outcome. A panic of the library that reads them is
//! caught by the program; one that is not ends the target.
#![no_main]

use kms_haptik_sync::model::FileFormat;
use kms_haptik_sync_fuzz::take;
use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: {
        // The hook of libFuzzer would also end the process at a panic that is caught.
        std::panic::set_hook(Box::new(|_| {}));
    },
    |bytes: &[u8]| {
        take("a.xlsx", Some(FileFormat::Workbook), bytes);
    }
);
