//! A real headless CMS: Wagtail with `SQLite`, polled over its API with the preset. After whatever happens the bot
//! holds exactly the pages that are live for everybody, or what it held before.

use std::io::Write;

use serde_json::{Value, json};

mod site;

use site::{FOLDER, Site};

use crate::support::{Faq, World};

/// Seven answers of twenty pages at the most.
const PAGES: usize = 130;
const TYPE: &str = "faq.FaqPage";

#[test]
fn the_bot_holds_the_pages_that_are_live() {
    let Some(site) = Site::start() else {
        // Past the test harness, which keeps the words of tests that pass to itself.
        let _ = writeln!(
            std::io::stderr(),
            "skipped: no Wagtail to test against. Get it with `tests/wagtail/prepare.sh target/wagtail`, then set {FOLDER}=target/wagtail"
        );
        return;
    };
    let mut story = Story::begin(site);
    story.found_by_init();
    story.editing();
    story.leaving_and_coming_back();
    story.in_mid_sweep();
}

/// One site, the bot that follows it, and what it should answer.
struct Story {
    site: Site,
    world: World,
    /// By the number in their titles.
    ids: Vec<u64>,
    expected: Faq,
}

fn title(number: usize) -> String {
    format!("How do I reset item {number}?")
}

fn text(number: usize) -> String {
    format!("Open the menu of item {number}, and choose to reset it.")
}

fn write(title: &str, text: &str) -> Value {
    json!({"do": "write", "title": title, "text": format!("<p>{text}</p>")})
}

fn rewrite(id: u64, title: &str, text: &str) -> Value {
    json!({"do": "write", "id": id, "title": title, "text": format!("<p>{text}</p>")})
}

impl Story {
    fn begin(site: Site) -> Self {
        let mut acts: Vec<Value> = (0..PAGES)
            .map(|number| write(&title(number), &text(number)))
            .collect();
        acts.push(json!({"do": "draft", "title": "Is this finished?", "text": "Not yet."}));
        acts.push(write("Who may read this?", "People who have signed in."));
        let mut ids = site.editor(&acts);
        let restricted = ids[PAGES + 1];
        site.editor(&[json!({"do": "restrict", "id": restricted})]);
        ids.truncate(PAGES);
        let numbered = ids.iter().enumerate();
        let expected = numbered.map(|(at, id)| (id.to_string(), (title(at), text(at))));
        let expected = expected.collect();
        let world = World::with(|settings| {
            let scope = format!("scope = ['{TYPE}']");
            settings.feed(site.url(), &["preset = 'wagtail'", &scope]);
        });
        let story = Self {
            site,
            world,
            ids,
            expected,
        };
        assert_eq!(story.in_step()["added"], PAGES);
        assert_eq!(story.in_step()["unchanged"], PAGES);
        story
    }

    /// From the address of the API, as a developer hands it over.
    fn found_by_init(&self) {
        let world = World::new();
        std::fs::remove_file(world.path("config.toml")).unwrap();
        let address = format!("{}/api/v2/pages/", self.site.url());
        let flags = ["init", "--yes", "--feed", &address, "--scope", TYPE];
        world.run(&flags).exits(0).tells(&["130 articles"]);
        let written = std::fs::read_to_string(world.path("config.toml")).unwrap();
        assert!(written.contains("preset = \"wagtail\""), "{written}");
    }

    fn editing(&mut self) {
        let new = "How do I start over?";
        self.site.editor(&[
            rewrite(self.ids[70], &title(70), "This has become simpler."),
            rewrite(self.ids[71], new, &text(71)),
        ]);
        self.set(70, title(70), "This has become simpler.");
        self.set(71, new.to_owned(), &text(71));
        assert_eq!(self.in_step()["changed"], 2);
    }

    fn leaving_and_coming_back(&mut self) {
        let of = |what: &str, id: u64| json!({"do": what, "id": id});
        self.site.editor(&[
            of("delete", self.ids[3]),
            of("unpublish", self.ids[4]),
            of("restrict", self.ids[5]),
        ]);
        for at in 3..=5 {
            self.expected.remove(&self.ids[at].to_string());
        }
        assert_eq!(self.in_step()["removed"], 3);
        self.site
            .editor(&[rewrite(self.ids[4], &title(4), "It is back.")]);
        self.set(4, title(4), "It is back.");
        assert_eq!(self.in_step()["added"], 1);
    }

    /// Between two answers one page of the first goes, so that one of the second would slip past; one
    /// comes and one is changed.
    fn in_mid_sweep(&mut self) {
        let new = "A question that comes last?";
        self.site.does_in_mid_sweep(&[
            json!({"do": "delete", "id": self.ids[1]}),
            write(new, "It is here now."),
            rewrite(self.ids[129], &title(129), "Changed meanwhile."),
        ]);
        let run = self.world.sync();
        assert!(matches!(run.code, Some(0 | 3)), "{run:?}");
        let live = self.world.live();
        for at in 6..PAGES {
            let id = self.ids[at].to_string();
            assert!(live.contains_key(&id), "{id} was lost: {run:?}");
        }
        self.expected.remove(&self.ids[1].to_string());
        self.set(129, title(129), "Changed meanwhile.");
        self.world.sync().exits(0);
        let live = self.world.live();
        let (id, step) = live
            .iter()
            .find(|(_, (question, _))| question == new)
            .unwrap();
        self.expected.insert(id.clone(), step.clone());
        self.in_step();
    }

    fn set(&mut self, at: usize, title: String, text: &str) {
        self.expected
            .insert(self.ids[at].to_string(), (title, text.to_owned()));
    }

    /// Syncs, and checks that the bot answers with exactly what is expected.
    #[track_caller]
    fn in_step(&self) -> Value {
        let bot = self.world.sync().exits(0).bot();
        assert_eq!(self.world.live(), self.expected);
        bot
    }
}
