//! A real knowledge base: `WordPress` with `MariaDB`, polled over its REST API with the preset. After
//! whatever happens the bot holds exactly what WordPress publishes, or what it held before.

use std::io::Write;

use serde_json::{Value, json};

mod site;

use site::{FOLDER, Site};

use crate::support::{BOT, Faq, Run, World};

/// Three pages of a hundred.
const ARTICLES: usize = 230;

#[test]
fn the_bot_holds_what_wordpress_publishes() {
    let Some((site, password)) = Site::start() else {
        // Past the test harness, which keeps the words of tests that pass to itself.
        let _ = writeln!(
            std::io::stderr(),
            "skipped: no WordPress to test against. Get it with `tests/wordpress/prepare.sh target/wordpress` (on Debian), then set {FOLDER}=target/wordpress"
        );
        return;
    };
    let mut story = Story::begin(site, password);
    story.editing();
    story.deleting();
    story.protecting();
    story.wrong_password();
    story.stopped_in_mid_sweep();
    story.without_its_database();
}

/// One WordPress, the bot that follows it, and what it should answer.
struct Story {
    site: Site,
    password: String,
    world: World,
    /// By position in the order of publishing.
    ids: Vec<String>,
    expected: Faq,
}

impl Story {
    fn begin(site: Site, password: String) -> Self {
        let articles: Vec<Value> = (0..ARTICLES).map(article).collect();
        let ids = site.editor("publish", &Value::Array(articles));
        let ids: Vec<String> = ids
            .as_array()
            .unwrap()
            .iter()
            .map(Value::to_string)
            .collect();
        let expected = ids.iter().cloned().zip((0..ARTICLES).map(step)).collect();
        let world = World::with(|settings| {
            settings.feed(
                &site.url(),
                &[
                    "preset = 'wordpress'",
                    "auth = { kind = 'basic', user = 'editor', token = { file = 'password' } }",
                    "max_wait = '1s'",
                ],
            );
        });
        world.write("password", &password);
        let story = Self {
            site,
            password,
            world,
            ids,
            expected,
        };
        let bot = story.in_step();
        assert_eq!(bot["added"], ARTICLES);
        assert_eq!(story.in_step()["unchanged"], ARTICLES);
        story
    }

    fn editing(&mut self) {
        self.change(150, "Now it is **different**.");
        assert_eq!(self.in_step()["changed"], 1);
    }

    fn deleting(&mut self) {
        for (at, action) in [(2, "trash"), (103, "draft"), (229, "delete")] {
            self.act(at, action);
            let gone = self.expected.remove(&self.ids[at]);
            assert!(gone.is_some());
            assert_eq!(self.in_step()["removed"], 1, "{action}");
        }
        self.act(2, "restore");
        self.expected.insert(self.ids[2].clone(), step(2));
        assert_eq!(self.in_step()["added"], 1);
    }

    /// Behind a password an article is still listed, without its text: not everybody may read it any
    /// more, and so it goes.
    fn protecting(&mut self) {
        let protected = json!({ "id": self.id(10), "password": "open sesame" });
        self.site.editor("protect", &protected);
        self.act(11, "trash");
        self.change(12, "This goes on.");
        for at in [10, 11] {
            self.expected.remove(&self.ids[at]);
        }
        assert_eq!(self.in_step()["removed"], 2);
    }

    /// WordPress answers a wrong password with what everybody may see.
    fn wrong_password(&mut self) {
        self.world.write("password", "wrong");
        let held = self.expected.clone();
        self.change(20, "Not seen yet.");
        self.act(21, "trash");
        self.fails()
            .tells(&["users/me answered 401", "[bot.source.auth]"]);
        assert_eq!(self.world.live(), held);
        self.world.write("password", &self.password);
        self.expected.remove(&self.ids[21]);
        self.in_step();
    }

    fn stopped_in_mid_sweep(&mut self) {
        let held = self.expected.clone();
        self.change(30, "Seen by half a sweep.");
        self.act(31, "trash");
        self.site.dies_at_page(2);
        self.fails();
        assert!(self.site.has_died());
        assert_eq!(self.world.live(), held);
        // Down as a whole.
        self.fails();
        assert_eq!(self.world.live(), held);
        self.site.restart();
        self.expected.remove(&self.ids[31]);
        self.in_step();
    }

    fn without_its_database(&mut self) {
        self.act(40, "trash");
        self.site.stop_database();
        self.fails().tells(&["500"]);
        assert_eq!(self.world.live(), self.expected);
        self.site.restart();
        self.expected.remove(&self.ids[40]);
        self.in_step();
    }

    /// Syncs, and checks that the bot answers with exactly what is expected.
    #[track_caller]
    fn in_step(&self) -> Value {
        let bot = self.world.sync().exits(0).bot();
        assert_eq!(self.world.live(), self.expected);
        bot
    }

    #[track_caller]
    fn fails(&self) -> Run {
        let run = self.world.sync().exits(1);
        assert_eq!(run.bot()["domain_name"], BOT);
        run
    }

    #[track_caller]
    fn act(&self, at: usize, action: &str) {
        self.site.editor(action, &json!({ "id": self.id(at) }));
    }

    /// Gives an article another text, in which nothing is markup.
    #[track_caller]
    fn change(&mut self, at: usize, text: &str) {
        let content = format!("<!-- wp:paragraph --><p>{text}</p><!-- /wp:paragraph -->");
        let input = json!({ "id": self.id(at), "content": content });
        self.site.editor("change", &input);
        let id = &self.ids[at];
        text.clone_into(&mut self.expected.get_mut(id).unwrap().1);
    }

    fn id(&self, at: usize) -> u64 {
        self.ids[at].parse().unwrap()
    }
}

/// As an editor writes it.
fn article(number: usize) -> Value {
    let content = format!(
        "<!-- wp:paragraph -->\n<p>Open <strong>Settings</strong> &gt; <a href=\"https://acme.example/{number}\">Reset {number}</a>. It's easy &amp; quick...</p>\n<!-- /wp:paragraph -->\n\n<!-- wp:list -->\n<ul><li>Say \"yes\"</li><li>Wait -- \u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467} نعم 是的</li></ul>\n<!-- /wp:list -->"
    );
    json!({ "title": format!("What's \"R&D {number}\" <em>for</em>?"), "content": content })
}

/// As the bot has to say it, with the typography that WordPress gives it.
fn step(number: usize) -> (String, String) {
    let answer = format!(
        "Open Settings > Reset {number} (https://acme.example/{number}). It’s easy & quick…\n\n- Say “yes”\n- Wait — \u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467} نعم 是的"
    );
    (format!("What’s “R&D {number}” for?"), answer)
}
