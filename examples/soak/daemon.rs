//! The daemon under test. It is this very program, started again with the daemon's arguments, so that it
//! can be killed and nothing else has to be built.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use kms_haptik_sync::config::UploadEffect;

use crate::feed;
use crate::knowledge::{Bot, Way};

/// Set for the children: they are the program, and not the soak.
pub(crate) const PROGRAM: &str = "SOAK_PROGRAM";

pub(crate) struct Addresses {
    pub(crate) haptik: String,
    pub(crate) feed: String,
    /// Where the daemon shall listen.
    pub(crate) page: String,
}

pub(crate) fn write_config(folder: &Path, addresses: &Addresses, bots: &[&Bot]) {
    let Addresses { haptik, feed, page } = addresses;
    let mut config = format!(
        "[haptik]\nbase_url = \"{haptik}\"\nclient_id = \"soak\"\ntoken = {{ env = \"SOAK_TOKEN\" }}\n\
         calls_per_minute = 100000\nrequest_timeout = \"2s\"\n\
         retry = {{ first = \"20ms\", max = \"500ms\", give_up_after = \"5s\" }}\n\
         polling = {{ first = \"20ms\", max = \"200ms\", give_up_after = \"5s\" }}\n\
         [admin]\nlisten = \"{page}\"\n"
    );
    for bot in bots {
        let name = bot.name;
        std::fs::create_dir_all(folder.join(name)).expect("a temporary folder");
        let effect = match bot.effect {
            UploadEffect::Merge => "merge",
            UploadEffect::Replace => "replace",
        };
        let _ = write!(
            config,
            "[[bot]]\ndomain_name = \"{name}\"\nupload_effect = \"{effect}\"\n\
             max_removals = 1000000\nmax_removal_percent = 100\n[[bot.source]]\n"
        );
        let _ = match bot.way {
            Way::Feed => write!(config, "feed = \"{feed}\"\n{}", feed::LINES),
            Way::File | Way::Files => write!(config, "folder = \"{name}\"\nsettle = \"50ms\"\n"),
        };
    }
    std::fs::write(folder.join("config.toml"), config).expect("the configuration");
}

pub(crate) fn start(folder: &Path) -> Child {
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(folder.join("daemon.log"))
        .expect("the log");
    program(folder, "run")
        .stderr(log)
        .spawn()
        .expect("the daemon")
}

/// One of the program's commands, run to its end.
pub(crate) fn run(folder: &Path, command: &str) {
    let _ = program(folder, command).stderr(Stdio::null()).status();
}

fn program(folder: &Path, command: &str) -> Command {
    let mut program = Command::new(std::env::current_exe().expect("this program"));
    program
        .args([command, "--config"])
        .arg(folder.join("config.toml"))
        .env(PROGRAM, "1")
        .env("SOAK_TOKEN", "soak")
        .stdout(Stdio::null());
    program
}
