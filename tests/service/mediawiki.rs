//! A real wiki: `MediaWiki` with `SQLite`, polled over its API with the preset. After whatever happens the bot
//! holds exactly what stands in the category, or what it held before.

use std::io::Write;

use serde_json::{Value, json};

mod wiki;

use wiki::{FOLDER, Wiki};

use crate::support::{Faq, World};

/// Three answers of fifty pages.
const PAGES: usize = 130;
/// More than one answer of redirects alone, which come before all else.
const REDIRECTS: usize = 60;
/// The page that has a template in it.
const WITH_TEMPLATE: usize = 5;

#[test]
fn the_bot_holds_what_stands_in_the_category() {
    let Some(wiki) = Wiki::start() else {
        // Past the test harness, which keeps the words of tests that pass to itself.
        let _ = writeln!(
            std::io::stderr(),
            "skipped: no MediaWiki to test against. Get it with `tests/mediawiki/prepare.sh target/mediawiki` (on Debian), then set {FOLDER}=target/mediawiki"
        );
        return;
    };
    let mut story = Story::begin(wiki);
    story.found_by_init();
    story.told_of_templates();
    story.all_of_the_wiki();
    story.beside_an_empty_category();
    story.editing();
    story.leaving();
    story.in_mid_sweep();
}

/// One wiki, the bot that follows it, and what it should answer.
struct Story {
    wiki: Wiki,
    world: World,
    /// By the number in their titles.
    ids: Vec<String>,
    expected: Faq,
}

fn title(number: usize) -> String {
    format!("How do I reset item {number}?")
}

fn text(number: usize) -> String {
    format!("Open the menu of item {number}, and choose to reset it.")
}

fn write(title: &str, text: &str) -> Value {
    json!({"do": "write", "title": title, "text": format!("{text}\n\n[[Category:FAQ]]")})
}

impl Story {
    fn begin(wiki: Wiki) -> Self {
        let mut acts = vec![
            json!({"do": "write", "title": "Not a question", "text": "This is in no category."}),
            json!({"do": "write", "title": "Template:Note", "text": "Please note."}),
        ];
        acts.extend((0..PAGES).map(|number| match number {
            WITH_TEMPLATE => write(&title(number), &format!("{{{{Note}}}} {}", text(number))),
            _ => write(&title(number), &text(number)),
        }));
        // A redirect is in the category itself, and is no article.
        acts.push(write("Resetting", &format!("#REDIRECT [[{}]]", title(0))));
        acts.extend((0..REDIRECTS).map(|number| {
            let text = format!("#REDIRECT [[{}]]", title(0));
            json!({"do": "write", "title": format!("Again {number:02}"), "text": text})
        }));
        let ids = wiki.editor(&acts);
        let ids: Vec<String> = ids[2..2 + PAGES].to_vec();
        let numbered = ids.iter().enumerate();
        let expected = numbered.map(|(at, id)| (id.clone(), (title(at), text(at))));
        let expected = expected.collect();
        let world = World::with(|settings| {
            settings.feed(&wiki.url(), &["preset = 'mediawiki'", "scope = ['FAQ']"]);
        });
        let story = Self {
            wiki,
            world,
            ids,
            expected,
        };
        assert_eq!(story.in_step()["added"], PAGES);
        assert_eq!(story.in_step()["unchanged"], PAGES);
        story
    }

    /// From the address that a person has: that of a page, which leads to the API.
    fn found_by_init(&self) {
        let world = World::new();
        std::fs::remove_file(world.path("config.toml")).unwrap();
        let address = self.wiki.url();
        let flags = ["init", "--yes", "--feed", &address, "--scope", "FAQ"];
        world.run(&flags).exits(0).tells(&["130 articles"]);
        let written = std::fs::read_to_string(world.path("config.toml")).unwrap();
        assert!(written.contains("preset = \"mediawiki\""), "{written}");
        assert!(written.contains("scope = [\"FAQ\"]"), "{written}");
    }

    /// What only the wiki can fill in is left out, and told of.
    fn told_of_templates(&self) {
        let plan = self.world.run(&["plan", "--json"]).exits(0).json();
        let notes = plan["bots"][0]["notes"].as_array().unwrap();
        let [note] = &notes[..] else {
            panic!("{notes:?}");
        };
        assert_eq!(note["id"], self.ids[WITH_TEMPLATE].as_str());
        assert!(
            note["text"]
                .as_str()
                .unwrap()
                .contains("only its wiki can show")
        );
    }

    /// The wiki looks at fifty pages for an answer and leaves out redirects, so that one may be empty.
    fn all_of_the_wiki(&self) {
        let world = World::with(|settings| {
            settings.feed(&self.wiki.url(), &["preset = 'mediawiki'", "scope = ['*']"]);
        });
        // Beside those of the category, its main page and one more.
        assert_eq!(world.sync().exits(0).bot()["added"], PAGES + 2);
        assert_eq!(world.sync().exits(0).bot()["unchanged"], PAGES + 2);
    }

    fn beside_an_empty_category(&self) {
        let world = World::with(|settings| {
            let scope = "scope = ['FAQ', 'Nothing in it']";
            settings.feed(&self.wiki.url(), &["preset = 'mediawiki'", scope]);
        });
        assert_eq!(world.sync().exits(0).bot()["added"], PAGES);
        let told = world.run(&["plan"]).exits(0).stdout;
        assert!(told.contains("Category:Nothing in it"), "{told}");
    }

    fn editing(&mut self) {
        self.wiki
            .editor(&[write(&title(70), "This has become simpler.")]);
        self.set(70, title(70), "This has become simpler.");
        assert_eq!(self.in_step()["changed"], 1);
        // A page keeps its id, and leaves a redirect behind.
        let new = "How do I start over?";
        self.wiki
            .editor(&[json!({"do": "move", "title": title(71), "to": new})]);
        self.set(71, new.to_owned(), &text(71));
        assert_eq!(self.in_step()["changed"], 1);
    }

    fn leaving(&mut self) {
        self.wiki
            .editor(&[json!({"do": "delete", "title": title(3)})]);
        self.expected.remove(&self.ids[3]);
        assert_eq!(self.in_step()["removed"], 1);
        let outside = json!({"do": "write", "title": title(4), "text": text(4)});
        self.wiki.editor(&[outside]);
        self.expected.remove(&self.ids[4]);
        assert_eq!(self.in_step()["removed"], 1);
    }

    /// Between two answers one page goes, one comes and one is changed.
    fn in_mid_sweep(&mut self) {
        let new = "A question that comes first?";
        // With what is known, its list is one answer, and there is nothing in between.
        std::fs::remove_dir_all(self.world.path("state/feeds")).unwrap();
        self.wiki.does_in_mid_sweep(&[
            json!({"do": "delete", "title": title(1)}),
            write(new, "It is here now."),
            write(&title(129), "Changed meanwhile."),
        ]);
        let run = self.world.sync();
        assert!(matches!(run.code, Some(0 | 3)), "{run:?}");
        self.expected.remove(&self.ids[1]);
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
            .insert(self.ids[at].clone(), (title, text.to_owned()));
    }

    /// Syncs, and checks that the bot answers with exactly what is expected.
    #[track_caller]
    fn in_step(&self) -> Value {
        let bot = self.world.sync().exits(0).bot();
        assert_eq!(self.world.live(), self.expected);
        bot
    }
}
