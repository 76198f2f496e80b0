//! An export that is edited at random, with the bot that it feeds.

use super::*;
use crate::store::KeptPast;

pub(super) const FILES: [&str; 3] = ["a.csv", "b.jsonl", "sub/c.csv"];

/// A line of an export: the file, the id, the question, the answer.
pub(super) type Line = (usize, u32, String, String);

pub(super) struct World {
    pub(super) folder: tempfile::TempDir,
    pub(super) config: Config,
    pub(super) engine: Engine,
    pub(super) sandbox: Sandbox,
    pub(super) lines: Vec<Line>,
    pub(super) random: fastrand::Rng,
}

impl World {
    pub(super) async fn new(effect: &str, seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Names by id never clash; these do.
        let name = ["{{ id }}", "{{ title }}"][usize::from(seed % 2 == 1)];
        let text = format!(
            "state_dir = \"state\"\n[haptik]\nbase_url = \"sandbox\"\ncalls_per_minute = 100000\n\
             polling = {{ first = \"1ms\", max = \"2ms\" }}\n\
             [[bot]]\ndomain_name = \"bot\"\nupload_effect = \"{effect}\"\nremovals_after = \"0s\"\nnode_name = \"{name}\"\n\
             [[bot.source]]\nfolder = \"export\"\nsettle = \"0s\"\n"
        );
        fs::create_dir_all(folder.path().join("export/sub")).unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, text).unwrap();
        let config = Config::load(&path, Vec::<(String, String)>::new()).unwrap();
        let clock = Clock::system();
        let sandbox = crate::sync::engine::embedded_sandbox(&config, &clock);
        sandbox.change(sandbox::UploadRule {
            task_time: Some(0),
            bad_content: Some([("forbidden".into(), "it is not allowed".into())].into()),
            ..sandbox::UploadRule::default()
        });
        let mut config = config;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        config.haptik.base_url = crate::config::BaseUrl::Url(format!("http://{address}"));
        tokio::spawn(sandbox.clone().serve(listener, std::future::pending()));
        let stop = CancellationToken::new();
        let mut engine = Engine::open(&config, clock, silent(), stop).await.unwrap();
        if seed.is_multiple_of(3) {
            // What is read goes through a file, however little it is.
            let room = SpillConfig::beyond(&folder.path().join("state"), 0);
            engine.runner.store = engine.runner.store.clone().with_room(room);
        }
        Self {
            folder,
            config,
            engine,
            sandbox,
            lines: Vec::new(),
            random: fastrand::Rng::with_seed(seed),
        }
    }

    pub(super) fn edit(&mut self) {
        let text = |random: &mut fastrand::Rng| {
            let words = [
                "one",
                "two, three",
                "four\nfive",
                "six | seven",
                "",
                "forbidden",
                "ä\u{200b}",
            ];
            // What could be read in two ways, and what the whole source says of it.
            let markup = ["a<br>b", "<p>c</p>", "**d**\ne", "f &amp; g", "<b>h</b>\ni"];
            match random.u32(..16) {
                0 => markup[random.usize(..markup.len())].to_owned(),
                _ => words[random.usize(..words.len())].to_owned(),
            }
        };
        let random = &mut self.random;
        for _ in 0..random.usize(1..6) {
            let count = self.lines.len();
            match random.u32(..9) {
                0 if count > 0 => drop(self.lines.remove(random.usize(..count))),
                1 if count > 0 => self.lines[random.usize(..count)].3 = text(random),
                2 if count > 1 => self
                    .lines
                    .swap(random.usize(..count), random.usize(..count)),
                3 if count > 0 => {
                    // Another row for an id that is there already.
                    let mut line = self.lines[random.usize(..count)].clone();
                    if random.bool() {
                        line.2 = format!("variant {}", random.u32(..3));
                    }
                    line.0 = random.usize(..3);
                    self.lines.push(line);
                }
                4 if count > 0 => self.lines[random.usize(..count)].0 = random.usize(..3),
                _ => {
                    let id = random.u32(..60);
                    let answer = format!("answer {} {}", random.u32(..4), text(random));
                    let question = format!("question {} {}", random.u32(..30), random.u32(..2));
                    let at = random.usize(..=count);
                    self.lines
                        .insert(at, (random.usize(..3), id, question, answer));
                }
            }
        }
    }

    pub(super) fn export(&self) {
        let mut texts = [
            "id,question,answer\n".to_owned(),
            String::new(),
            "id;question;answer\r\n".to_owned(),
        ];
        for (file, id, question, answer) in &self.lines {
            let cell = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
            let text = &mut texts[*file];
            match file {
                0 => writeln!(text, "{id},{},{}", cell(question), cell(answer)),
                1 => writeln!(
                    text,
                    "{}",
                    serde_json::json!({"id": id, "question": question, "answer": answer})
                ),
                _ => write!(text, "{id};{};{}\r\n", cell(question), cell(answer)),
            }
            .unwrap();
        }
        for (file, text) in FILES.iter().zip(&texts) {
            let path = self.folder.path().join("export").join(file);
            if text.is_empty() {
                let _ = fs::remove_file(path);
            } else if fs::read_to_string(&path).ok().as_ref() != Some(text) {
                fs::write(path, text).unwrap();
            }
        }
    }

    pub(super) async fn plan(&self) -> Preview {
        let engine = &self.engine;
        let (store, clock) = (&engine.runner.store, &engine.runner.clock);
        preview(store, &self.config.bots[0], clock, &silent())
            .await
            .map(|mut preview| {
                // Time goes by between two looks.
                let waiting = preview.plan.waiting.iter_mut();
                waiting.for_each(|waiting| waiting.left = std::time::Duration::ZERO);
                // Of a row that was seen, nobody asks again in which file it stands.
                preview.plan.adopted.retain(|adopted| adopted.is_another);
                preview.plan.files_of_absent.clear();
                preview.plan.is_a_file_unknown = false;
                preview
            })
            .unwrap()
    }

    /// The plan with what was seen in mind, and without.
    pub(super) async fn check(&self) -> bool {
        let seen = self.folder.path().join("state/seen");
        let away = self.folder.path().join("state/away");
        let with = self.plan().await;
        let there = seen.exists();
        if there {
            fs::rename(&seen, &away).unwrap();
        }
        let without = self.plan().await;
        if there {
            fs::rename(&away, &seen).unwrap();
        }
        assert_eq!(with.plan, without.plan);
        assert_eq!(contents(&with), contents(&without));
        assert_eq!(with.rejections, without.rejections);
        assert_eq!(with.notes, without.notes);
        assert_eq!(with.errors, without.errors);
        there && with.plan.unchanged > 0
    }

    pub(super) async fn sync(&self) {
        let report = pass(&self.engine, &self.config.bots[0]).await;
        assert_eq!(report.error.filter(|error| !error.contains("empty")), None);
    }

    /// The file of the rows, and the small one.
    pub(super) fn kept(&self) -> [PathBuf; 2] {
        let rows = self.folder.path().join("state/seen/1");
        [rows.clone(), FileStates::path(&rows)]
    }

    /// By what it is seen whether they were written.
    pub(super) fn written(&self) -> [Option<u64>; 2] {
        self.kept()
            .map(|path| fs::metadata(path).ok().map(|data| data.ino()))
    }

    /// Whether the rows were cached earlier than what is told at a glance.
    pub(super) fn rows_are_old(&self) -> bool {
        let [rows, small] = self.kept();
        let reader = reader_fingerprint(&self.config.bots[0]);
        let rows = RowCache::load(&rows, reader).map(|seen| seen.as_of());
        let file_states = FileStates::load(&small, reader);
        file_states.is_some_and(|file_states| {
            rows == Some(file_states.since) && rows != Some(file_states.as_of)
        })
    }

    /// What earlier uploads changed is not known any more.
    pub(super) async fn forget_history(&self) {
        let store = &self.engine.runner.store;
        let id = store.bot("bot").await.unwrap();
        let nothing = KeptPast {
            from: i64::MAX,
            max_bytes: 0,
        };
        store.prune_past(id, nothing).await.unwrap();
    }

    /// A pass after which one of the files is that of before, or gone, as after a crash.
    pub(super) async fn sync_with_a_crash(&mut self) {
        let which = self.random.usize(..2);
        let path = &self.kept()[which];
        let before = fs::read(path);
        self.sync().await;
        match before {
            Ok(before) if self.random.bool() => fs::write(path, before).unwrap(),
            _ => drop(fs::remove_file(path)),
        }
    }
}
