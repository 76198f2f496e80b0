//! The page in a real Chromium: it looks the same with and without scripts, keeps its own policy,
//! follows along, and axe finds nothing that would keep anybody out.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::admin::{address, get};
use crate::page::{ADMIN_TOKEN, held, refuse};
use crate::page_list::many;
use crate::page_states::{Served, asked, states};
use crate::support::{Running, edit, faq, until};
use kms_haptik_sync::sandbox::UploadRule;

/// Where axe-core and puppeteer-core are installed; `tests/page/prepare.sh` does that.
const TOOLS: &str = "PAGE_TOOLS";
const ADMIN: &str = "[admin]\nlisten = '127.0.0.1:0'\ntoken = { file = 'admin-token' }";

fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut found = std::env::split_paths(&path).flat_map(|folder| {
        ["chromium", "chromium-browser", "google-chrome"].map(|name| folder.join(name))
    });
    named.or_else(|| found.find(|program| program.is_file()))
}

/// Steps of one bot that has many.
const STEPS: usize = 5000;

/// Where the pages of a daemon are, as the script reads it.
fn told(served: &[Served]) -> String {
    let one = |served: &Served| {
        let pages = served.pages.iter();
        let pages: Vec<_> = pages
            .map(|(name, path, words)| serde_json::json!([name, path, words]))
            .collect();
        serde_json::json!({ "address": format!("http://{}", served.address), "pages": pages })
    };
    let all: Vec<_> = served.iter().map(one).collect();
    serde_json::Value::from(all).to_string()
}

/// A daemon with something of everything to show.
fn eventful() -> (crate::support::World, Running, String) {
    let mut world = held(ADMIN);
    world.reconfigure(|settings| {
        settings.haptik("polling = { first = '5ms', max = '100ms', give_up_after = '10m' }");
    });
    let mut wanted = faq(&["d", "e", "f", "g", "h", "i", "j", "opening-hours"]);
    world.export(&wanted);
    refuse(
        &world,
        &[(
            "opening-hours",
            "Length of answer is too long: 20412 characters, at most 20000 are allowed",
        )],
    );
    let daemon = world.daemon();
    let address = address(&daemon);
    let bearer = format!("Authorization: Bearer {ADMIN_TOKEN}\r\n");
    until("the refusal", || {
        get(&address, "/", &bearer).contains("Rejected by Haptik")
    });
    let answer = "You can send it back within 14 days.<m>We pay for the parcel.";
    "How do I return something?|Send it back".clone_into(&mut wanted.get_mut("d").unwrap().0);
    edit(&mut wanted, "d", answer);
    edit(
        &mut wanted,
        "e",
        "It is <script>document.title = 'taken over'</script> here.",
    );
    world.export(&wanted);
    until("the first text", || world.live()["d"].1 == answer);
    world.sandbox.change(UploadRule {
        never_ending: Some(true),
        ..UploadRule::default()
    });
    edit(&mut wanted, "d", &answer.replace("14", "30"));
    world.export(&wanted);
    until("it is under way", || {
        get(&address, "/", &bearer).contains("An upload with 1 row is on its way")
    });
    (world, daemon, address)
}

#[test]
fn it_works_for_everybody() {
    let Some(chromium) = chromium() else {
        eprintln!(
            "skipped: no Chromium; install it (on Debian the package chromium), or set CHROMIUM"
        );
        return;
    };
    let Some(tools) = std::env::var_os(TOOLS).map(PathBuf::from) else {
        eprintln!(
            "skipped: no axe. Get it with `tests/page/prepare.sh target/page`, then set {TOOLS}=target/page"
        );
        return;
    };
    let (world, daemon, address) = eventful();
    let served = [states().settled(), asked()];
    let many = many(300);
    let names: Vec<String> = (0..STEPS).map(|step| format!("kb-{step:04}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    many.export_for("shop_000", &faq(&names));
    let many_daemon = many.daemon();
    let many_address = crate::admin::address(&many_daemon);
    until("all but one are in sync", || {
        get(&many_address, "/", "").contains("300 in sync")
    });
    until("all steps of the largest one", || {
        get(&many_address, "/bots/shop_000", "").contains("5000 live")
    });
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tools = root.join(tools);
    let look = Command::new("node")
        .arg(root.join("tests/page/look.mjs"))
        .arg(&tools)
        .arg(chromium)
        .arg(format!("http://{address}"))
        .arg(ADMIN_TOKEN)
        .arg(format!("http://{many_address}"))
        .arg(told(&served))
        .output()
        .unwrap();
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&look.stdout),
        String::from_utf8_lossy(&look.stderr)
    );
    println!("{said}");
    assert!(look.status.success(), "{said}");
    until("the released steps are gone", || {
        world.heal();
        world.live().len() == 7
    });
    daemon.stop().exits(0);
    many_daemon.stop().exits(0);
    for served in served {
        served.daemon.stop().exits(0);
    }
}
