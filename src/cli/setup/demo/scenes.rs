//! The story as a table: what happens to the export in each scene, and what the bot is asked.

/// One scene.
pub(crate) struct Scene {
    pub(crate) title: &'static str,
    /// What happens, for the reader.
    pub(crate) what: &'static str,
    pub(crate) edits: &'static [Edit],
    /// The user messages that the bot is asked before and after the sync.
    pub(crate) asks: &'static [&'static str],
    /// A new user message, which the bot understands only after training, and the step that has it.
    pub(crate) learns: Option<(&'static str, &'static str)>,
}

/// What the knowledge base does to its export.
pub(crate) enum Edit {
    /// Other words in a file.
    Reword {
        file: &'static str,
        from: &'static str,
        to: &'static str,
    },
    /// More rows at the end of a file.
    Append {
        file: &'static str,
        rows: &'static str,
    },
    /// One article less.
    Drop {
        file: &'static str,
        id: &'static str,
    },
    /// A whole file is gone.
    Lose { file: &'static str },
    /// A whole file is there as the sample has it.
    Bring { file: &'static str },
}

/// The export as it is when the story begins.
pub(crate) const EXPORT: [(&str, &str); 3] = [
    (
        "account.csv",
        include_str!("../../../../samples/export/account.csv"),
    ),
    (
        "billing.csv",
        include_str!("../../../../samples/export/billing.csv"),
    ),
    (
        "mobile.csv",
        include_str!("../../../../samples/export/mobile.csv"),
    ),
];

/// What the sandbox refuses wherever it stands in a step, and its reason.
pub(crate) const REFUSED: (&str, &str) = (
    "http://intranet",
    "the answer links to a page that users cannot open",
);

/// The story.
pub(crate) const SCENES: &[Scene] = &[
    Scene {
        title: "The first sync",
        what: "Nothing is live yet: every article goes up in one upload.",
        edits: &[],
        asks: &["Where is my refund?"],
        learns: None,
    },
    Scene {
        title: "An editor rewrites an answer",
        what: "Refunds have become faster. Only the step that changed goes up.",
        edits: &[Edit::Reword {
            file: "billing.csv",
            from: "within 10 working days",
            to: "within 3 working days",
        }],
        asks: &["Where is my refund?"],
        learns: None,
    },
    Scene {
        title: "An article is withdrawn",
        what: "The 3G network is history, and so is its article.",
        edits: &[Edit::Drop {
            file: "mobile.csv",
            id: "kb-208",
        }],
        asks: &["Is 3G switched off?"],
        learns: None,
    },
    Scene {
        title: "Two new articles, and Haptik refuses one of them",
        what: "kb-212 links to a page inside the company. It is set aside with Haptik's reason, and kb-213 goes live without it.",
        edits: &[Edit::Append {
            file: "mobile.csv",
            rows: "kb-212,Is there an outage?,Network is down|No signal at all,\
                   See http://intranet/outages for the list of outages.,2025-10-01\n\
                   kb-213,Does Wi-Fi calling cost extra?,Wi-Fi calls|Calls over Wi-Fi,\
                   \"No. Within the country, calls over Wi-Fi are part of your plan.\",2025-10-01\n",
        }],
        asks: &["Is there an outage?", "Does Wi-Fi calling cost extra?"],
        learns: None,
    },
    Scene {
        title: "The editor fixes it",
        what: "A step whose content changed leaves the quarantine automatically.",
        edits: &[Edit::Reword {
            file: "mobile.csv",
            from: "http://intranet/outages",
            to: "https://larkfield.example/network",
        }],
        asks: &["Is there an outage?"],
        learns: None,
    },
    Scene {
        title: "An editor changes a question",
        what: "Haptik confirms it. But the bot understands the new words only after it was trained, so it is asked.",
        edits: &[Edit::Reword {
            file: "billing.csv",
            from: "Can I pay by card?",
            to: "Do you accept credit cards?",
        }],
        asks: &[],
        learns: Some(("Do you accept credit cards?", "kb-102")),
    },
    Scene {
        title: "A third of the export goes missing",
        what: "account.csv is not there. It may only be on its way to another place, so nothing is removed yet.",
        edits: &[Edit::Lose {
            file: "account.csv",
        }],
        asks: &["Forgot password"],
        learns: None,
    },
    Scene {
        title: "The file is back",
        what: "Nothing has changed after all, and Haptik is not called.",
        edits: &[Edit::Bring {
            file: "account.csv",
        }],
        asks: &[],
        learns: None,
    },
];
