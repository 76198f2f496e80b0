//! A real WordPress with its database, polled over its REST API. The folder of the scripts that
//! start one is named by `WORDPRESS_SCRIPTS`; without it, the test says that it was skipped.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::support::{World, serve, until};

/// What the scripts made, and its processes.
struct WordPress {
    folder: TempDir,
    scripts: PathBuf,
    address: String,
}

impl WordPress {
    /// Starts one, if this machine has the scripts.
    fn start() -> Option<Self> {
        let Some(scripts) = std::env::var_os("WORDPRESS_SCRIPTS") else {
            eprintln!("skipped: WORDPRESS_SCRIPTS names no folder with wordpress-setup.sh");
            return None;
        };
        let scripts = PathBuf::from(scripts);
        let folder = TempDir::new().unwrap();
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        // Its output goes to a file, because its servers would hold a pipe open.
        let log = fs::File::create(folder.path().join("setup.log")).unwrap();
        let status = Command::new(scripts.join("wordpress-setup.sh"))
            .arg(folder.path())
            .arg(port.to_string())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .status()
            .unwrap();
        let started = Self {
            folder,
            scripts,
            address: format!("http://127.0.0.1:{port}"),
        };
        let log = || fs::read_to_string(started.path("setup.log")).unwrap();
        assert!(status.success(), "{}", log());
        Some(started)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Edits one item, and trashes, unpublishes, deletes and protects one each: their ids.
    fn mutate(&self) -> Vec<String> {
        let root = self.path("root");
        let libraries = ["usr/lib", "lib"].map(|lib| {
            let path = root.join(lib).join("x86_64-linux-gnu");
            path.to_str().unwrap().to_owned()
        });
        let output = Command::new(root.join("usr/bin/php8.2"))
            .env("LD_LIBRARY_PATH", libraries.join(":"))
            .args(["-n", "-c"])
            .arg(self.path("ini/php.ini"))
            .arg(self.scripts.join("wordpress-mutate.php"))
            .arg(self.path("wp"))
            .output()
            .unwrap();
        let ids = String::from_utf8(output.stdout).unwrap();
        let ids: Vec<String> = ids.split_whitespace().map(str::to_owned).collect();
        assert_eq!(ids.len(), 5, "{ids:?}");
        ids
    }

    /// The ids of what everybody can read.
    fn published(&self) -> BTreeSet<String> {
        let url = format!("{}/wp-json/wp/v2/faq?per_page=100", self.address);
        let body = serve(async move {
            let client = reqwest::Client::builder().tls_certs_only([]).no_proxy();
            let client = client.build().unwrap();
            client.get(url).send().await.unwrap().bytes().await.unwrap()
        });
        let items: Vec<serde_json::Value> = serde_json::from_slice(&body).unwrap();
        let open = items
            .iter()
            .filter(|item| item["content"]["protected"] == false);
        open.map(|item| item["id"].to_string()).collect()
    }

    fn stop(&self, file: &str) {
        let pid = fs::read_to_string(self.path(file)).ok();
        let pid = pid.and_then(|pid| Pid::from_raw(pid.trim().parse().ok()?));
        if let Some(pid) = pid {
            let _ = kill_process(pid, Signal::TERM);
        }
    }
}

impl Drop for WordPress {
    fn drop(&mut self) {
        self.stop("pid");
        self.stop("dbpid");
    }
}

fn world(wordpress: &WordPress, more: &[&str]) -> World {
    let mut lines = vec![
        "preset = 'wordpress'",
        "path = '/wp-json/wp/v2/faq'",
        "query = { per_page = 3 }",
        "auth = { kind = 'basic', user = 'admin', token = { file = 'kms-password' } }",
        "max_wait = '0s'",
    ];
    lines.extend(more);
    let world = World::with(|settings| settings.feed(&wordpress.address, &lines));
    world.write("kms-password", password(&wordpress.path("apppw")));
    world
}

fn password(file: &Path) -> String {
    fs::read_to_string(file).unwrap().replace(' ', "")
}

fn names(world: &World) -> BTreeSet<String> {
    world.live().into_keys().collect()
}

#[test]
fn the_bot_holds_what_wordpress_publishes_or_what_it_held_before() {
    let Some(wordpress) = WordPress::start() else {
        return;
    };
    let open = world(&wordpress, &["keep = { '/content/protected' = false }"]);
    let held = world(&wordpress, &[]);
    for world in [&open, &held] {
        world.sync().exits(0);
        assert_eq!(names(world), wordpress.published());
        assert_eq!(names(world).len(), 19);
    }
    let before = names(&held);

    let ids = wordpress.mutate();
    open.sync().exits(0);
    assert_eq!(names(&open), wordpress.published());
    assert_eq!(names(&open).len(), 15);
    assert_eq!(open.live()[&ids[0]].1, "Changed answer");
    // A post behind a password has no text: an empty answer is no deletion, and holds others back.
    held.sync().exits(3);
    assert_eq!(names(&held), before);
    assert_eq!(held.live()[&ids[0]].1, "Changed answer");

    let before = open.live();
    open.write("kms-password", "wrong");
    open.sync()
        .exits(1)
        .tells(&["/wp-json/wp/v2/users/me answered 401"]);
    assert_eq!(open.live(), before);
    open.write("kms-password", password(&wordpress.path("apppw")));

    stopped_in_mid_sweep(&wordpress);
}

fn stopped_in_mid_sweep(wordpress: &WordPress) {
    let world = world(
        wordpress,
        &[
            "keep = { '/content/protected' = false }",
            "min_interval = '300ms'",
        ],
    );
    world.sync().exits(0);
    let before = world.live();
    let log = || fs::read_to_string(wordpress.path("server.log")).unwrap();
    let asked = log().len();
    let run = world.start(&["--sync-now", "--json"]);
    // The credentials are probed, and then comes page after page, each over its own connection.
    until("the third page is asked for", || {
        log()[asked..].matches(" Accepted").count() > 3
    });
    wordpress.stop("pid");
    run.wait().exits(1).tells(&["did not answer"]);
    assert_eq!(world.live(), before);
}
