//! `init`: from an export or a feed to a configuration that works, with and without a person who answers.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use axum::Router;
use axum::extract::Request;
use axum::http::{Response, StatusCode};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use tokio::net::TcpListener;

use crate::support::{World, csv, faq, is_about_files, serve, until};

mod begins;
mod finds;
mod folders;
mod reads;
mod software;

/// A world whose configuration is still to be written.
fn fresh() -> World {
    let world = World::new();
    fs::remove_file(world.path("config.toml")).unwrap();
    world
}

/// The command in the folder itself.
fn command(world: &World, arguments: &[&str]) -> Command {
    let mut command = Command::new(world.command(&[]).get_program());
    command
        .env_clear()
        .env("KMS_HAPTIK_SYNC_CONFIG", "config.toml")
        .current_dir(world.path(""))
        .arg("init")
        .args(arguments);
    command
}

/// Runs `init` as a person would, in the folder itself, with these lines typed.
fn init(world: &World, arguments: &[&str], typed: &str) -> Output {
    let mut child = command(world, arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    // One that asks nothing may end before it has read everything.
    let _ = input.write_all(typed.as_bytes());
    drop(input);
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn with_yes_it_asks_nothing_and_the_sandbox_holds_the_steps_afterwards() {
    let world = fresh();
    world.export(&faq(&["a", "b", "c", "d"]));
    let output = init(&world, &["--yes"], "");
    let (said, asked) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{said}{asked}");
    assert_eq!(asked, "");
    assert!(said.contains("my_bot: 4 to add"), "{said}");
    assert!(
        said.contains("+ c ") && said.contains("1 more to add"),
        "{said}"
    );
    assert!(said.contains("0 wrong"), "{said}");
    world.sync().exits(0);
    let live = world.run(&["export", "--as", "live"]).exits(0).stdout;
    assert_eq!(live.as_bytes(), csv(&faq(&["a", "b", "c", "d"])));

    let written = fs::read(world.path("config.toml")).unwrap();
    let again = init(&world, &["--yes"], "");
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again.stderr).contains("is there already"));
    assert_eq!(fs::read(world.path("config.toml")).unwrap(), written);
}

#[test]
fn a_person_is_asked_for_columns_only_where_their_names_say_nothing() {
    let world = fresh();
    world.write(
        "articles/kb.csv",
        "Nr,Thema,Inhalt\n7,Wann offen?,Ab neun.\n",
    );
    let typed = "articles\nsandbox\nshop\nmaybe\nreplace\nNr\nThema\nInhalt\n";
    let output = init(&world, &[], typed);
    let (said, asked) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{said}{asked}");
    assert!(asked.contains("write merge or replace"), "{asked}");
    assert!(
        said.contains("+ 7 ") && said.contains("Wann offen?"),
        "{said}"
    );
    let bot = world.sync().exits(0).bot();
    assert_eq!(
        (&bot["domain_name"], &bot["added"]),
        (&"shop".into(), &1.into())
    );
}

#[test]
fn nothing_is_guessed_about_a_real_bot() {
    let world = fresh();
    world.export(&faq(&["a"]));
    let account = [
        "--yes",
        "--base-url",
        "https://haptik.example.com",
        "--client-id",
        "acme",
    ];
    let output = init(&world, &account, "");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--domain-name"));
    let bot = [&account[..], &["--domain-name", "shop"]].concat();
    let output = init(&world, &bot, "");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--upload-effect"));
    assert!(!world.path("config.toml").exists());
}

/// A knowledge base: pages of JSON, one with names of its own, a WordPress, and RSS.
fn knowledge_base() -> String {
    serve(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().fallback(|request: Request| async move { answered(&request) });
        tokio::spawn(async move { axum::serve(listener, app).await });
        format!("http://{address}")
    })
}

fn answered(request: &Request) -> Response<String> {
    let query = request.uri().query().unwrap_or_default();
    let (kind, body) = match request.uri().path() {
        "/faq" if query.contains("page=2") => (
            "application/json",
            r#"{"data": [{"id": 4, "title": "Who?", "body": "We."}], "links": {"next": null}}"#,
        ),
        "/faq" => (
            "application/json",
            r#"{"data": [{"id": 1, "title": "How?", "body": "So."}, {"id": 2, "title": "Why?", "body": "Because."},
                {"id": 3, "title": "When?", "body": "Now."}], "links": {"next": "/faq?page=2"}}"#,
        ),
        "/first-of-two" => (
            "application/json",
            r#"{"items": [{"id": 1, "title": "How?", "body": "So."}], "total": 2}"#,
        ),
        "/odd" => (
            "application/json",
            r#"[{"Nr": 7, "Thema": "Wann offen?", "Inhalt": "Ab neun."}]"#,
        ),
        "/blog/" => (
            "text/html",
            "<html><link rel='https://api.w.org/' href='x'></html>",
        ),
        "/blog/wp-json/wp/v2/posts" => (
            "application/json",
            r#"[{"id": 5, "title": {"rendered": "Where?"}, "content": {"rendered": "<p>Here.</p>", "protected": false}, "status": "publish"}]"#,
        ),
        "/news" => ("application/rss+xml", "<rss><channel></channel></rss>"),
        "/private" => (
            "application/json",
            r#"{"errors": [{"code": "unauthorized"}]}"#,
        ),
        // The last three are where software usually answers that does not say where it does.
        "/gone.csv" | "/api/v2/pages/" | "/wp-json/" | "/jsonapi" => {
            ("text/html", "<html>Not here.</html>")
        }
        "/snow" => ("text/html", "<html></html>"),
        "/snow/api/now/v2/table/kb_knowledge" => {
            let base = if query.contains("kb1") { 1 } else { 2 };
            let offset = query.contains("sysparm_offset=0");
            return page_of_servicenow(base, offset);
        }
        path => panic!("nobody should ask for {path}"),
    };
    let status = match request.uri().path() {
        "/private" => StatusCode::UNAUTHORIZED,
        "/gone.csv" | "/api/v2/pages/" | "/wp-json/" | "/jsonapi" => StatusCode::NOT_FOUND,
        _ => StatusCode::OK,
    };
    Response::builder()
        .status(status)
        .header("content-type", kind)
        .header("X-WP-TotalPages", "1")
        .header("X-WP-Total", "1")
        .body(body.to_owned())
        .unwrap()
}

/// One article for the staff in each knowledge base.
fn page_of_servicenow(base: usize, is_first: bool) -> Response<String> {
    let article = format!(
        r#"{{"number": "KB{base}", "short_description": "Where {base}?", "text": "Here.", "workflow_state": "published",
            "kb_knowledge_base": "kb{base}", "roles": "itil", "can_read_user_criteria": "",
            "sys_created_on": "2026-01-02 03:04:05"}}"#
    );
    let articles = if is_first { article } else { String::new() };
    Response::builder()
        .header("content-type", "application/json")
        .header("X-Total-Count", "1")
        .body(format!("{{\"result\": [{articles}]}}"))
        .unwrap()
}

#[test]
fn pages_of_json_are_recognised_and_read_to_their_end() {
    let world = fresh();
    let address = knowledge_base() + "/faq";
    let output = init(&world, &["--yes", "--feed", &address], "");
    let (said, asked) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{said}{asked}");
    assert!(said.contains("my_bot: 4 to add"), "{said}");
    assert!(said.contains("When?") && !said.contains("Who?"), "{said}");
    assert!(said.contains("4 articles in 2 pages"), "{said}");
    let written = fs::read_to_string(world.path("config.toml")).unwrap();
    assert!(written.contains("items = \"/data\""), "{written}");
    assert!(written.contains("next = \"/links/next\""), "{written}");
    let bot = world.sync().exits(0).bot();
    assert_eq!(bot["added"], 4);
}

#[test]
fn a_page_that_tells_of_more_than_it_holds_is_no_source() {
    let world = fresh();
    let address = knowledge_base() + "/first-of-two";
    let output = init(&world, &["--yes", "--feed", &address], "");
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("tells of 2 items"), "{said}");
    let written = fs::read_to_string(world.path("config.toml")).unwrap();
    assert!(written.contains("say how they\n# follow"), "{written}");
}

#[test]
fn a_page_about_an_error_is_not_taken_for_the_feed() {
    for (path, said) in [
        ("/private", "it answers 401 Unauthorized; say who reads it"),
        ("/gone.csv", "it answers 404 Not Found"),
    ] {
        let world = fresh();
        let address = knowledge_base() + path;
        let output = init(&world, &["--yes", "--feed", &address], "");
        let asked = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{asked}");
        assert!(asked.contains(said), "{asked}");
        let written = fs::read_to_string(world.path("config.toml")).unwrap();
        assert!(!written.contains("/errors"), "{written}");
        assert!(!written.contains("format ="), "{written}");
    }
}

#[test]
fn what_flags_say_is_never_dropped() {
    let address = knowledge_base() + "/faq";
    let cases: [(&[&str], &str); 4] = [
        (
            &["--feed", "acme.zendesk.com"],
            "write --feed https://acme.zendesk.com",
        ),
        (
            &["--feed", "ftp://kb.acme.com"],
            "write --feed https://kb.acme.com",
        ),
        (
            &["--feed", &address, "--feed-token-env", "KB"],
            "nothing would use KB; say with --feed-user",
        ),
        (
            &["--folder", "export", "--feed-token-env", "KB"],
            "nothing would use KB; a folder needs none",
        ),
    ];
    for (flags, said) in cases {
        let world = fresh();
        world.export(&faq(&["a"]));
        let output = init(&world, &[&["--yes"], flags].concat(), "");
        let asked = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{flags:?}: {asked}");
        assert!(asked.contains(said), "{flags:?}: {asked}");
        assert!(!world.path("config.toml").exists(), "{flags:?}");
    }
}

#[test]
fn names_of_its_own_are_asked_for_as_those_of_a_folder_are() {
    let world = fresh();
    let address = knowledge_base() + "/odd";
    let typed = format!("{address}\n\n\n\nNr\nThema\nInhalt\n");
    let output = init(&world, &[], &typed);
    let (said, asked) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{said}{asked}");
    assert!(!asked.contains("Which knowledge base"), "{asked}");
    assert!(said.contains("Wann offen?"), "{said}");
    assert_eq!(world.sync().exits(0).bot()["added"], 1);
}

#[test]
fn a_wordpress_is_known_by_its_front_page() {
    let world = fresh();
    let address = knowledge_base() + "/blog/";
    let typed = format!("{address}\n\n\n\n\n\n");
    let output = init(&world, &[], &typed);
    let (said, asked) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{said}{asked}");
    assert!(asked.contains("or none) [wordpress]: "), "{asked}");
    assert!(
        asked.contains("nothing for what everybody may read: "),
        "{asked}"
    );
    assert!(said.contains("Where?") && said.contains("Here."), "{said}");
}

#[test]
fn rss_is_taken_only_on_a_persons_word() {
    let world = fresh();
    let address = knowledge_base() + "/news";
    let output = init(&world, &["--yes", "--feed", &address], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--lists-all"));
    let typed = format!("{address}\nrss\nperhaps\nno\n");
    let output = init(&world, &[], &typed);
    let asked = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{asked}");
    assert!(asked.contains("write yes or no"), "{asked}");
    assert!(asked.contains("would be removed from the bot"), "{asked}");
    assert!(!world.path("config.toml").exists());
}

#[test]
fn a_vendors_address_is_known_and_nothing_is_asked_of_it_before_its_user_is_named() {
    let world = fresh();
    let flags = ["--yes", "--feed", "https://acme.my.salesforce.com"];
    let output = init(&world, &flags, "");
    assert_eq!(output.status.code(), Some(2));
    let asked = text(&output.stderr);
    assert!(asked.contains("--feed-user: it has no default"), "{asked}");
    assert!(!world.path("config.toml").exists());
}

/// A program that runs in a terminal of its own.
struct Terminal {
    child: Child,
    keyboard: File,
    screen: Arc<Mutex<Vec<u8>>>,
    /// How much stood there when something was typed: the same question may be asked twice.
    typed_at: usize,
}

impl Terminal {
    fn start(mut command: Command) -> Self {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&keyboard).unwrap();
        unlockpt(&keyboard).unwrap();
        let name = ptsname(&keyboard, Vec::new()).unwrap();
        let path = OsStr::from_bytes(name.as_bytes());
        let inner = || File::options().read(true).write(true).open(path).unwrap();
        let child = command
            .env("TERM", "xterm-256color")
            .stdin(inner())
            .stdout(inner())
            .stderr(inner())
            .spawn()
            .unwrap();
        // Its copies of the inner end would keep the terminal open.
        drop(command);
        let keyboard = File::from(keyboard);
        let screen = Arc::<Mutex<Vec<u8>>>::default();
        let (mut sight, seen) = (keyboard.try_clone().unwrap(), screen.clone());
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(length @ 1..) = sight.read(&mut bytes) {
                seen.lock().unwrap().extend_from_slice(&bytes[..length]);
            }
        });
        Self {
            child,
            keyboard,
            screen,
            typed_at: 0,
        }
    }

    fn shown(&self) -> String {
        String::from_utf8_lossy(&self.screen.lock().unwrap()).into_owned()
    }

    /// Waits for a question, and types the answer.
    #[track_caller]
    fn types(&mut self, question: &str, answer: &str) {
        until(question, || {
            let shown = self.shown();
            shown.len() > self.typed_at && shown.ends_with(question)
        });
        self.typed_at = self.shown().len();
        writeln!(self.keyboard, "{answer}").unwrap();
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn in_a_terminal_it_asks_one_thing_after_the_other() {
    let world = fresh();
    world.write("kb/articles.csv", "id,title,body\n1,Wann offen?,Ab neun.\n");
    let mut terminal = Terminal::start(command(&world, &[]));
    terminal.types("or the URL where it answers [export]: ", "kb");
    terminal.types("try things out without Haptik [sandbox]: ", "");
    terminal.types("The bot (its domain_name) [my_bot]: ", "shop");
    terminal.types("(they go inactive) [merge]: ", "both");
    terminal.types("(they go inactive) [merge]: ", "replace");
    until("the last line", || terminal.shown().contains(" wrong\r\n"));
    let status = terminal.child.wait().unwrap();
    let shown = terminal.shown();
    assert_eq!(status.code(), Some(0), "{shown}");
    assert!(shown.contains("  write merge or replace"), "{shown}");
    assert!(shown.contains("Wann offen?"), "{shown}");
    // On a terminal, the checks have their colours.
    assert!(shown.contains("\u{1b}[32mok"), "{shown}");
    let written = fs::read_to_string(world.path("config.toml")).unwrap();
    assert!(written.contains("folder = \"kb\""), "{written}");
    assert!(written.contains("upload_effect = \"replace\""), "{written}");
}

#[test]
fn beside_the_state_of_another_haptik_it_takes_a_folder_of_its_own() {
    if is_about_files("beside_the_state_of_another_haptik_it_takes_a_folder_of_its_own") {
        return;
    }
    let world = World::new();
    world.export(&faq(&["a", "b"]));
    world.sync().exits(0);
    fs::remove_file(world.path("config.toml")).unwrap();
    let output = init(&world, &["--yes", "--domain-name", crate::support::BOT], "");
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("acme_support: 2 to add"), "{said}");
    let written = fs::read_to_string(world.path("config.toml")).unwrap();
    assert!(written.contains("\nstate_dir = \"state-2\"\n"), "{written}");
    assert_eq!(world.sync().exits(0).bot()["added"], 2);
}
