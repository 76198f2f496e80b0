//! `manual`: the manual pages, one for each command, made from the definition of the command line.

use std::io;
use std::path::Path;

use clap_mangen::Man;
use serde_json::json;

use crate::cli::context::{Context, answer, answer_json};
use crate::control::{CommandFailure, Exit};
use crate::text::count;

pub(crate) fn manual(
    context: &Context,
    command: clap::Command,
    folder: &Path,
) -> Result<Exit, CommandFailure> {
    let mut command = command.disable_help_subcommand(true);
    command.build();
    let mut pages = Vec::new();
    render(&command, &mut pages).map_err(|error| CommandFailure::System(error.to_string()))?;
    write(folder, &pages)?;
    if context.json {
        let names: Vec<_> = pages.iter().map(|(name, _)| name).collect();
        answer_json(&json!({ "folder": folder, "pages": names }))?;
    } else {
        let pages = count(pages.len() as u64, "page", "pages");
        answer(&format!("{pages} written to {}\n", folder.display()))?;
    }
    Ok(Exit::InSync)
}

/// The pages of a command and of those below it, by file name.
fn render(command: &clap::Command, pages: &mut Vec<(String, String)>) -> io::Result<()> {
    const PRODUCT: &str = concat!("kms-haptik-sync ", env!("CARGO_PKG_VERSION"));
    let page = Man::new(command.clone()).source(PRODUCT);
    let mut text = Vec::new();
    page.render(&mut text)?;
    let text = with_usual_headings(&String::from_utf8_lossy(&text));
    pages.push((page.get_filename(), text));
    for below in command.get_subcommands() {
        render(below, pages)?;
    }
    Ok(())
}

/// What stands below a help text, under the headings where readers of manual pages look for it.
fn with_usual_headings(page: &str) -> String {
    page.replace("\n.SH EXTRA\n", "\n.SH EXAMPLES\n")
        .replace("\nExit codes: ", "\n.SH \"EXIT STATUS\"\n")
}

fn write(folder: &Path, pages: &[(String, String)]) -> Result<(), CommandFailure> {
    let cannot = |path: &Path, error: io::Error| {
        CommandFailure::System(format!(
            "{} cannot be written: {error}, so the manual pages are not complete; name a folder that can be written to and has room",
            path.display()
        ))
    };
    std::fs::create_dir_all(folder).map_err(|error| cannot(folder, error))?;
    for (name, text) in pages {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(|error| cannot(&path, error))?;
    }
    Ok(())
}
