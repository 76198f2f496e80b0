//! The product's nouns: article, step, plan, upload, search for bad steps, notice, what the bot answers. Plain values and
//! pure decisions about them; nothing here reads, asks or waits.

mod absence;
mod article;
mod call_budget;
mod change_counts;
mod configuration_fingerprint;
mod desired;
mod faq_csv;
mod file_format;
mod guards;
mod held_change;
mod isolation;
mod notice;
mod plan;
mod rejection;
mod step;
mod step_override;
mod step_ref;
mod upload;
mod verification;

pub use absence::{Absence, FileId, Marker, stored_path};
pub use article::{
    Article, ArticleKey, BY_HAND, Body, BodyDecision, IN_ARCHIVE, Markup, Place, RowDigest, Writing,
};
pub use call_budget::{CallKind, DAY, WINDOW, wait_for, wait_for_day};
pub use change_counts::ChangeCounts;
pub use configuration_fingerprint::{
    Accepted, Aspect, Configuration, Fingerprint, FingerprintPart,
};
pub use desired::{Desired, DesiredRef, LiveStep};
pub use faq_csv::{CsvWriter, HEADER};
pub use file_format::FileFormat;
pub use guards::{DepartedSteps, GUARD_REMEMBERS, GuardLimits, HoldReason};
pub use held_change::{HeldChange, Sensitive};
pub use isolation::{
    AccusedStep, Blame, Isolation, KeptSearch, Named, NextTrial, RefusedSet, TrialFailure,
    TrialRows, refused_set,
};
pub use notice::{Cause, CauseKind, Causes, Message, OngoingCause, Severity};
pub(crate) use notice::{Certainty, News, compare};
pub use plan::{Action, Adopted, Change, Held, Plan, REMOVAL, Unread, Waiting};
pub use rejection::{Reach, Rejection};
pub use step::{ANSWER_SEPARATOR, Digest, QUESTION_SEPARATOR, Step};
pub use step_override::{OverrideKind, OverrideVerdict, StepOverride};
pub use step_ref::{AnyStep, StepOrigin, StepRef};
pub use upload::{
    IllegalTransition, Purpose, UploadEnd, UploadEvent, UploadEventKind, UploadId, UploadState,
};
pub use verification::{
    AskMessage, AskReason, AskedStep, BotReply, Bubble, CANARY, CANARY_MESSAGE, Canary,
    CanaryErrand, CanaryFinding, CanaryReading, CanaryWish, Finding, ReplyWords, STEADY, Stand,
    Verdict, canary_interval, canary_step, hands_over, message_for, next_question, resends, says,
    sweep_interval, verify,
};
