//! The page of a step, and of a bot, in each state that there is. The test in Chromium looks at the same ones.

use std::fs;

use crate::admin::{address, get as fetch};
use crate::page::{ADMIN_TOKEN, WITH_TOKEN, get, refuse};
use crate::support::{BOT, Faq, Running, World, csv, edit, faq, until};
use kms_haptik_sync::config::UploadEffect::Merge;
use kms_haptik_sync::sandbox::{AnswerRule, UploadRule};

/// What a page is called, where it is, and what it says first.
pub(crate) type StatePage = (&'static str, &'static str, &'static str);

/// A daemon that serves pages with the token of the administrator.
pub(crate) struct Served {
    pub(crate) world: World,
    pub(crate) daemon: Running,
    pub(crate) address: String,
    pub(crate) pages: &'static [StatePage],
}

impl Served {
    fn new(world: World, pages: &'static [StatePage]) -> Self {
        let daemon = world.daemon();
        let address = address(&daemon);
        Self {
            world,
            daemon,
            address,
            pages,
        }
    }

    /// Waits until each page says what it is there for.
    #[track_caller]
    pub(crate) fn settled(self) -> Self {
        let bearer = format!("Authorization: Bearer {ADMIN_TOKEN}\r\n");
        for (name, path, words) in self.pages {
            until(name, || get(&self.address, path, &bearer).contains(words));
        }
        self
    }
}

/// Articles of a shop: name, question and answer.
const ARTICLES: [(&str, &str, &str); 10] = [
    (
        LIVE,
        "When do you open?|Opening hours",
        "We are open from 9 to 18 h, Monday to Friday.",
    ),
    (
        WITHDRAWN,
        "What does express delivery cost?|Price of express",
        "Express delivery costs 4.90 EUR.",
    ),
    (
        PUT_BACK,
        "How do I return something?|Send it back",
        "Print the label from your account and bring the parcel to any post office.",
    ),
    (
        KEPT,
        "Do you still sell gift cards?|Gift card",
        "Yes. You find them at the till of each shop.",
    ),
    (
        HELD,
        "Is there a summer sale?|Sale",
        "Yes, until the end of August.",
    ),
    (
        "kb-22",
        "Is there a discount for students?|Student discount",
        "Show your card at the till: it is 10 %.",
    ),
    (
        "kb-23",
        "Can I win anything?|Prize draw",
        "We draw a prize each week in July.",
    ),
    (CHANGED, "How can I pay?|Payment", "By card or by invoice."),
    (
        SKIPPED,
        "Do you ship abroad?|Shipping to other countries",
        "Yes, to all countries of the European Union.",
    ),
    (
        "kb-19",
        "Where is my order?|Track my parcel",
        "The link in your email shows where your parcel is.",
    ),
];
const LIVE: &str = "kb-11";
const WITHDRAWN: &str = "kb-12";
const PUT_BACK: &str = "kb-13";
const KEPT: &str = "kb-14";
const CHANGED: &str = "kb-15";
const NEW: &str = "kb-16";
const REFUSED: &str = "kb-17";
const SKIPPED: &str = "kb-18";
const WAITING: &str = "kb-20";
const HELD: &str = "kb-21";

fn articles(some: &[(&str, &str, &str)]) -> Faq {
    let entry = |(name, question, answer): &(&str, &str, &str)| {
        let said = ((*question).to_owned(), (*answer).to_owned());
        ((*name).to_owned(), said)
    };
    some.iter().map(entry).collect()
}

/// A row that is not taken stands below the others.
fn export_with_a_bad_row(world: &World, steps: &Faq) {
    let mut rows = csv(steps);
    rows.extend(format!("{SKIPPED},Do you ship abroad?,\n").bytes());
    world.write("export/faq.csv", rows);
}

/// Each state of a step, and those of a bot.
const STATES: [StatePage; 24] = [
    (
        "step-live",
        "/steps/acme_support/kb-11",
        "Live, as the knowledge base has it",
    ),
    (
        "step-withdrawn",
        "/steps/acme_support/kb-12",
        "Not live: it was withdrawn.",
    ),
    (
        "step-put-back",
        "/steps/acme_support/kb-13",
        "Live, in an earlier version that was put back.",
    ),
    (
        "step-kept",
        "/steps/acme_support/kb-14",
        "somebody keeps it on the bot",
    ),
    (
        "step-held-removal",
        "/steps/acme_support/kb-21",
        "its removal is held back",
    ),
    (
        "step-held-change",
        "/steps/acme_support/kb-15",
        "The earlier text stays live",
    ),
    (
        "step-held-addition",
        "/steps/acme_support/kb-16",
        "Not live: its text holds something",
    ),
    (
        "step-quarantined",
        "/steps/acme_support/kb-17",
        "Not live: Haptik rejected it.",
    ),
    (
        "step-unread",
        "/steps/acme_support/kb-18",
        "Its article in the knowledge base cannot be read now",
    ),
    (
        "step-waiting-removal",
        "/steps/acme_support/kb-20",
        "its removal waits",
    ),
    (
        "step-manual-removal",
        "/steps/by_hand/c",
        "a person must remove it in Haptik",
    ),
    (
        "step-pending",
        "/steps/paused/a",
        "The new text is not live yet and waits",
    ),
    (
        "step-pinned",
        "/steps/rolled_back/a",
        "Live, in the version that a person went back to.",
    ),
    (
        "step-of-failing",
        "/steps/failing/a",
        "Live, as last read. Its article in the knowledge base cannot be read now.",
    ),
    ("step-gone", "/steps/in_sync/c", "What it said last"),
    (
        "steps-of-all-states",
        "/bots/acme_support/steps",
        "1 rejected by Haptik",
    ),
    (
        "steps-of-a-state",
        "/bots/acme_support/steps?state=held_removal",
        "Is there a summer sale?",
    ),
    ("bot-attention", "/bots/acme_support", "Held changes"),
    ("bot-manual", "/bots/by_hand", "Remove manually"),
    ("bot-failing", "/bots/failing", "<strong>Failing</strong>"),
    ("bot-paused", "/bots/paused", "Nothing is uploaded."),
    ("bot-pinned", "/bots/rolled_back", "Rolled back"),
    ("bot-in-sync", "/bots/in_sync", "<strong>In sync</strong>"),
    ("overview-of-all", "/", "1 failing"),
];

/// Bots on which everything is live.
fn all_live(wanted: &Faq) -> World {
    let world = World::with(|settings| {
        settings.tables(WITH_TOKEN);
        for line in [
            "max_removals = 2",
            "removals_after = '1h'",
            "hold_lint = ['card']",
        ] {
            settings.bot(line);
        }
        for bot in ["by_hand", "failing", "paused", "rolled_back", "in_sync"] {
            settings.add_bot(bot, Merge);
        }
        settings.line_of("by_hand", "removals = 'manual'");
    });
    world.write("admin-token", ADMIN_TOKEN);
    world.export(wanted);
    world.write(
        "export/other.csv",
        csv(&articles(&[(
            WAITING,
            "Is there a newsletter?|Newsletter",
            "Yes. Give us your address below.",
        )])),
    );
    for bot in ["by_hand", "failing", "paused", "rolled_back", "in_sync"] {
        world.export_for(bot, &faq(&["a", "b", "c"]));
    }
    world.sync().exits(0);
    world
}

/// A daemon with all of them.
pub(crate) fn states() -> Served {
    let mut wanted = articles(&ARTICLES);
    let world = all_live(&wanted);
    edit(&mut wanted, PUT_BACK, "Ask in a shop.");
    world.export(&wanted);
    let mut other = faq(&["a", "b", "c"]);
    edit(&mut other, "a", "Another text.");
    for bot in ["paused", "rolled_back"] {
        world.export_for(bot, &other);
    }
    world
        .run(&["pause", "paused", "--reason", "new flow for returns"])
        .exits(0);
    world.sync();
    let uploads = world
        .run(&["history", "rolled_back", "--json"])
        .exits(0)
        .json();
    let first = uploads[1]["upload"].to_string();
    world
        .run(&["rollback", "rolled_back", "--to", &first])
        .exits(0);
    world
        .run(&["withdraw", BOT, WITHDRAWN, "--reason", "the price is wrong"])
        .exits(0);
    let uploads = world.run(&["history", BOT, "--json"]).exits(0).json();
    let first = uploads[1]["upload"].to_string();
    world
        .run(&["put-back", BOT, PUT_BACK, "--to", &first])
        .exits(0);

    wanted.retain(|name, _| !name.starts_with("kb-2") && !matches!(&**name, KEPT | SKIPPED));
    edit(
        &mut wanted,
        CHANGED,
        "By card (such as 4539 5787 6362 1486) or by invoice.",
    );
    wanted.extend(articles(&[
        (
            NEW,
            "Can I pay by phone?|Pay on the phone",
            "Yes. Tell us the number of your card, such as 5555 5555 5555 4444.",
        ),
        (
            REFUSED,
            "What are your terms?|Terms and conditions",
            "They are on our web site.",
        ),
    ]));
    refuse(
        &world,
        &[(
            REFUSED,
            "Length of answer is too long: 20412 characters, at most 20000 are allowed",
        )],
    );
    export_with_a_bad_row(&world, &wanted);
    fs::remove_file(world.path("export/other.csv")).unwrap();
    for bot in ["by_hand", "in_sync"] {
        world.export_for(bot, &faq(&["a", "b"]));
    }
    fs::remove_dir_all(world.path("failing")).unwrap();
    world.sync();
    world
        .run(&["keep", BOT, KEPT, "--reason", "still asked for"])
        .exits(0);
    Served::new(world, &STATES)
}

/// The steps that the bot is asked for, by what that comes to.
const VERIFIED: &str = "kb-11";
const UNTRAINED: &str = "kb-19";
const OLD: &str = "kb-15";
const ELSEWHERE: &str = "kb-18";
const AGENT: &str = "kb-21";

/// What asking comes to; the last two only after everything else was asked for.
const ASKED: [StatePage; 6] = [
    (
        "asked-verified",
        "/steps/acme_support/kb-11",
        "the bot answers it",
    ),
    (
        "asked-untrained",
        "/steps/acme_support/kb-19",
        "the bot does not understand it until it is trained",
    ),
    (
        "asked-old-version",
        "/steps/acme_support/kb-15",
        "the bot answers with an earlier version",
    ),
    (
        "asked-other-step",
        "/steps/acme_support/kb-18",
        "something else answers",
    ),
    (
        "asked-agent",
        "/steps/acme_support/kb-21",
        "hands the chat over to an agent",
    ),
    ("bot-asked", "/bots/acme_support", "Waiting for training"),
];

/// What the bot says when it is asked: one step for each verdict.
pub(crate) fn asked() -> Served {
    let world = World::with(|settings| {
        settings.tables(WITH_TOKEN);
        settings.haptik(
            "ask = { mode = 'webhook', business_id = 1001, first = '10ms', fallback = ['did not understand'] }",
        );
    });
    world.write("admin-token", ADMIN_TOKEN);
    let mut wanted = articles(&ARTICLES);
    wanted.retain(|name, _| matches!(&**name, VERIFIED | UNTRAINED | OLD | ELSEWHERE | AGENT));
    // It is asked for only once everything else was: after an agent nothing is.
    let later = wanted.remove(AGENT).unwrap();
    world.export(&wanted);
    world.sync().exits(0);
    edit(&mut wanted, OLD, "By card, by invoice, or at the till.");
    let untrained = wanted.get_mut(UNTRAINED).unwrap();
    "Where is my order?|When does my parcel arrive?".clone_into(&mut untrained.0);
    let ahead = [
        ("Do you ship abroad?", "Have a look at our offers!"),
        ("Shipping to other countries", "Have a look at our offers!"),
        ("Is there a summer sale?", "Connecting you to Asha."),
        ("Sale", "Connecting you to Asha."),
    ];
    world.sandbox.change(UploadRule {
        answers: Some(AnswerRule {
            training: true,
            ahead: ahead
                .map(|(asked, said)| (asked.to_owned(), said.to_owned()))
                .into(),
            ..AnswerRule::default()
        }),
        ..UploadRule::default()
    });
    world.export(&wanted);
    world.sync().exits(0);
    world.sandbox.change(UploadRule {
        publish_old: vec![OLD.into()],
        ..UploadRule::default()
    });
    let served = Served::new(world, &ASKED[..4]).settled();
    wanted.insert(AGENT.to_owned(), later);
    served.world.export(&wanted);
    let served = Served {
        pages: &ASKED,
        ..served
    };
    served.settled()
}

#[test]
fn the_steps_of_a_bot_are_listed_by_their_states() {
    let served = states().settled();
    let bearer = format!("Authorization: Bearer {ADMIN_TOKEN}\r\n");
    let list = |query: &str| {
        let page = get(
            &served.address,
            &format!("/bots/acme_support/steps{query}"),
            &bearer,
        );
        let rows = page.split("href=\"/steps/acme_support/").skip(1);
        let names: Vec<String> = rows
            .map(|row| row.split('"').next().unwrap().to_owned())
            .collect();
        (names, page)
    };
    for (state, expected) in [
        ("quarantined", &[REFUSED][..]),
        ("held_removal", &[HELD, "kb-22", "kb-23"]),
        ("waiting_removal", &[WAITING]),
        ("withdrawn", &[WITHDRAWN]),
        ("pending", &[CHANGED, NEW]),
        ("manual_removal", &[]),
        ("live", &[LIVE, PUT_BACK, KEPT, SKIPPED, "kb-19"]),
        (
            "no-such-state",
            &[
                LIVE, WITHDRAWN, PUT_BACK, KEPT, CHANGED, NEW, REFUSED, SKIPPED, "kb-19", WAITING,
                HELD, "kb-22", "kb-23",
            ],
        ),
    ] {
        let (names, page) = list(&format!("?state={state}"));
        assert_eq!(names, expected, "{state}");
        for words in ["13 in all", "3 removals held", "5 live", "1 withdrawn"] {
            assert!(page.contains(words), "{words} in {page}");
        }
    }
    let (names, page) = list("?after=kb-22");
    assert_eq!(names, ["kb-23"]);
    assert!(page.contains("From the beginning"), "{page}");
    let (_, page) = list("?state=quarantined");
    for words in ["Length of answer is too long", "What are your terms?"] {
        assert!(page.contains(words), "{words} in {page}");
    }
    served.daemon.stop().exits(0);
}

#[test]
fn each_state_has_its_page_and_says_so() {
    for served in [states().settled(), asked()] {
        let bearer = format!("Authorization: Bearer {ADMIN_TOKEN}\r\n");
        for (name, path, _) in served.pages {
            let page = fetch(&served.address, path, &bearer);
            for number in ["4539 5", "5787 6", "6362 1", "5555 5", "5555 4"] {
                assert!(!page.contains(number), "{name}: {page}");
            }
        }
        served.daemon.stop().exits(0);
    }
}
