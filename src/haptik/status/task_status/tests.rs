use super::{TaskStatus, understand};

const SUCCEEDED: [&str; 22] = [
    "all steps have been created successfully",
    "all nodes has been created successfully",
    "All steps have been created successfully.",
    "  ALL STEPS HAVE BEEN CREATED SUCCESSFULLY\n",
    "\"all steps have been created successfully\"",
    "12 steps has been created successfully",
    "all faqs have been created and updated successfully",
    "Success",
    "SUCCESS",
    "success.",
    "'Success'",
    "Success: all steps have been created",
    "Success - 12 of 12 steps",
    "Success (12/12)",
    "Successfully created 3 steps",
    "Task succeeded",
    "No errors, all steps have been created successfully",
    "all steps have been created successfully without any errors",
    "Success, errors: 0",
    "no steps failed; all have been created successfully",
    "steps \"error page\" and 'failed payment' have been created successfully",
    "step payment-failed has been created successfully",
];

const IN_PROGRESS: [&str; 20] = [
    "In Progress",
    "in progress",
    "IN_PROGRESS",
    "in-progress: 3 of 5 created successfully",
    "In progress...",
    "PENDING",
    "STARTED",
    "RECEIVED",
    "RETRY",
    "queued",
    "Queued.",
    "Processing",
    "processing rows",
    "Running",
    "task is in progress",
    "steps are being created",
    "The task has not been completed yet",
    "Task started, 3 steps created successfully so far",
    "3 steps created successfully, 2 still queued",
    "Pending: no errors so far",
];

const FAILED: [&str; 36] = [
    "Error",
    "ERROR",
    "Exception",
    "Error/Exception",
    "FAILURE",
    "REVOKED",
    "failed",
    "Error: step \"kb-1\" could not be created: the answer is too long",
    "Error - something",
    "Exception: list index out of range",
    "error while creating step kb-1",
    "Error handling step is created successfully: no",
    "KeyError: 'question'",
    "django.db.utils.IntegrityError: x",
    "Traceback (most recent call last): x",
    "all steps have not been created successfully",
    "all nodes has not been created successfully",
    "steps could not be created",
    "step kb-1 cannot be created",
    "step kb-1 can't be created",
    "step kb-1 couldn’t be created",
    "Unable to create step kb-1",
    "Invalid answer in kb-1",
    "unsuccessful",
    "Task was not successful",
    "Duplicate node name kb-1",
    "node_name missing in row 3",
    "Successfully created 3 steps, 2 failed",
    "Success: 3 created, 2 failed",
    "Success, errors: 2",
    "3 steps created successfully, 1 error",
    "In row 4 the answer is invalid",
    "5 errors: 0 created successfully",
    "created successfully: 0 errors: 5",
    "errors: 0 created successfully: 5",
    "processing failed",
];

const UNKNOWN: [&str; 18] = [
    "",
    "   ",
    "?",
    "done",
    "Completed",
    "OK",
    "all steps have been created",
    "3 of 5 steps have been created successfully",
    "3/5 steps created successfully",
    "3 out of 5 steps created successfully",
    "no steps have been created successfully",
    "none of the steps was created successfully",
    "0 steps created successfully",
    "steps were partially created successfully",
    "all steps will be created successfully",
    "\"success\" \"x\" y",
    "Success: only 3 steps",
    "retry later",
];

type Make = fn(String) -> TaskStatus;

#[test]
fn every_wording_is_understood() {
    let table: [(&[&str], Make); 4] = [
        (&SUCCEEDED, TaskStatus::Succeeded),
        (&IN_PROGRESS, TaskStatus::InProgress),
        (&FAILED, TaskStatus::Failed),
        (&UNKNOWN, TaskStatus::Unknown),
    ];
    let wrong: Vec<String> = table
        .iter()
        .flat_map(|(texts, status)| texts.iter().map(move |text| (*text, status)))
        .filter(|(text, status)| understand(text) != status((*text).to_owned()))
        .map(|(text, _)| format!("{:?}", understand(text)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_cut_of_a_failure_reads_as_success() {
    let texts = FAILED.iter().chain(&UNKNOWN);
    for text in texts.filter(|text| !text.trim().is_empty()) {
        for suffix in ["", ".", " success-page", " \"success\""] {
            let longer = format!("{text}{suffix}");
            assert!(
                !matches!(understand(&longer), TaskStatus::Succeeded(_)),
                "{longer}"
            );
        }
    }
}

/// Of marks that do not close, each was once searched for to the end of the text.
#[test]
fn the_cost_is_that_of_the_length() {
    let began = crate::tests::processor_time();
    for piece in [
        ".'a", "'a ", "\"", "“x ", "0 ", "no ", "errors: ", "3 of 5 ", "a-", "' ",
    ] {
        let text = piece.repeat(400_000);
        let _ = understand(&text);
    }
    // A few seconds; hours with the square of the length.
    let took = crate::tests::processor_time().saturating_sub(began);
    assert!(took.as_secs() < 120, "{took:?}");
}
