//! Ways to break the product on purpose, so that the simulation can prove that it would notice.
//! Without the feature `sabotage`, which no release has, none of them can be chosen.

/// One broken promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sabotage {
    /// The id of a task is written down only after the first question for it.
    TaskIdAfterPoll,
    /// An upload counts as live as soon as it is accepted.
    LiveWhenAccepted,
    /// An upload in doubt counts as one that never arrived.
    DoubtSkipped,
    /// Where uploads replace, the unchanged steps are left out.
    HalfSet,
    /// Any number of removals goes out.
    GuardOff,
    /// A source that was read incompletely counts as read whole.
    IncompleteIsComplete,
    /// An empty export removes everything that the limits allow.
    EmptyIsMeant,
    /// A status that is neither Success nor failure counts as Success.
    UnknownIsSuccess,
    /// All steps of a failed upload are quarantined.
    AllAreBad,
    /// A refused token counts as refused steps.
    TokenBlamesSteps,
    /// Calls are not counted.
    BudgetOff,
    /// A bot that a failed task left incomplete stays so.
    RecoverySkipped,
    /// What a failed upload may have changed is forgotten.
    UncertainForgotten,
    /// A refused step stays refused when its content changes.
    QuarantineSticks,
    /// A failure of the whole service is put on the steps.
    ServiceBlamesSteps,
    /// A task that is not known any more counts as Success.
    LostIsSuccess,
    /// Rows that were seen count as live, whatever became of their steps.
    SeenIsLive,
    /// What is absent once is gone.
    AbsenceAtOnce,
    /// The guard forgets what left before.
    GuardForgets,
    /// The guard does not count the removals that wait.
    WaitingUncounted,
    /// A file that was just written in place counts as whole.
    YoungIsWhole,
    /// A file that somebody has open for writing is read as it is.
    OpenIsRead,
    /// Removals do not wait for the marker of `complete_when`.
    MarkerIgnored,
    /// An addition does not wait for the removal that it is a rename of.
    RenamesApart,
    /// What a person keeps leaves like anything else.
    KeepIgnored,
    /// What a person keeps is kept for ever.
    KeepSticks,
    /// A state serves every Haptik.
    BindingIgnored,
    /// A configuration that cannot be read back counts as none.
    FingerprintDefaulted,
    /// A reading that never ends is waited for.
    DeadlineOff,
    /// A source that does not answer counts as one that holds nothing.
    LateIsEmpty,
    /// A source whose reader panics counts as one that holds nothing.
    PanicIsEmpty,
    /// What the state holds is not held against its digests.
    RotUnverified,
    /// Whatever the bot answers is what it should answer.
    AlwaysVerified,
    /// An earlier version counts as what the step says now.
    OldIsVerified,
    /// What was answered before and is answered no more is not told.
    DriftIgnored,
    /// A step that is contradicted is uploaded again each time.
    ResendLoop,
    /// Whatever the bot answers to the canary's message, it is what was uploaded last.
    CanaryIgnored,
    /// Calls that ask bots are not counted for the budget of a day.
    AsksUncounted,
    /// A bot that has handed a chat to an agent is asked on.
    AgentForgotten,
    /// Whoever writes is taken for the one that holds the lease.
    EpochUnchecked,
    /// Whether a lease has run out is told by a clock of one's own, which is a day ahead.
    LeaseByLocalClock,
    /// The end of an upload is sent whatever became of the lease.
    EndUnchecked,
    /// What may still arrive from the process before is not waited for.
    RepeatUnwaited,
}

impl Sabotage {
    /// All that a single machine can notice.
    pub const ALL: [Self; 39] = [
        Self::TaskIdAfterPoll,
        Self::LiveWhenAccepted,
        Self::DoubtSkipped,
        Self::HalfSet,
        Self::GuardOff,
        Self::IncompleteIsComplete,
        Self::EmptyIsMeant,
        Self::UnknownIsSuccess,
        Self::AllAreBad,
        Self::TokenBlamesSteps,
        Self::BudgetOff,
        Self::RecoverySkipped,
        Self::UncertainForgotten,
        Self::QuarantineSticks,
        Self::ServiceBlamesSteps,
        Self::LostIsSuccess,
        Self::SeenIsLive,
        Self::AbsenceAtOnce,
        Self::GuardForgets,
        Self::WaitingUncounted,
        Self::YoungIsWhole,
        Self::OpenIsRead,
        Self::MarkerIgnored,
        Self::RenamesApart,
        Self::KeepIgnored,
        Self::KeepSticks,
        Self::BindingIgnored,
        Self::FingerprintDefaulted,
        Self::DeadlineOff,
        Self::LateIsEmpty,
        Self::PanicIsEmpty,
        Self::RotUnverified,
        Self::AlwaysVerified,
        Self::OldIsVerified,
        Self::DriftIgnored,
        Self::ResendLoop,
        Self::CanaryIgnored,
        Self::AsksUncounted,
        Self::AgentForgotten,
    ];

    /// Those of a state that several machines share. The simulation has one machine; tests of the store notice them.
    pub const OF_THE_LEASE: [Self; 4] = [
        Self::EpochUnchecked,
        Self::LeaseByLocalClock,
        Self::EndUnchecked,
        Self::RepeatUnwaited,
    ];
}

#[cfg(feature = "sabotage")]
thread_local! {
    static CHOSEN: std::cell::Cell<Option<Sabotage>> = const { std::cell::Cell::new(None) };
}

/// Breaks everything on this thread in one way, or in none.
#[cfg(feature = "sabotage")]
pub fn choose(sabotage: Option<Sabotage>) {
    CHOSEN.set(sabotage);
}

/// Whether this is broken.
#[cfg(feature = "sabotage")]
pub fn is(sabotage: Sabotage) -> bool {
    CHOSEN.get() == Some(sabotage)
}

/// Whether this is broken: never.
#[cfg(not(feature = "sabotage"))]
pub const fn is(_: Sabotage) -> bool {
    false
}
