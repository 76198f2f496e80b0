//! Exports that would need more memory than there is, through the whole program in a process of its
//! own: it ends within its bounds, says what to do, and the other sources go on.

use std::fmt::Write as _;

use crate::support::World;

/// What the unit and the container give.
const LIMIT_KIB: u64 = 256 << 10;

struct Case {
    file: &'static str,
    bytes: Vec<u8>,
    /// Part of what is said of it.
    says: &'static str,
}

fn cases() -> Vec<Case> {
    let mut open = String::from("<h1>How?</h1>");
    for number in 0..400 {
        let _ = write!(open, "<b id={number}><p>x");
    }
    open += &"<p>x".repeat(17_000);
    vec![
        Case {
            file: "objects.json",
            bytes: format!("[{}{{}}]", "{},".repeat(1_500_000)).into_bytes(),
            says: "rows were skipped by then",
        },
        Case {
            file: "scalars.yaml",
            bytes: "- a\n".repeat(300_000).into_bytes(),
            says: "rows were skipped by then",
        },
        Case {
            file: "nested.yaml",
            bytes: "- ".repeat(32_000).into_bytes(),
            says: "recursion limit",
        },
        Case {
            file: "elements.xml",
            bytes: format!("<a>{}</a>", "<b/>".repeat(800_000)).into_bytes(),
            says: "which of its elements are the articles",
        },
        Case {
            file: "items.xml",
            bytes: format!("<a>{}</a>", "<b c=''/>".repeat(500_000)).into_bytes(),
            says: "rows were skipped by then",
        },
        Case {
            file: "open.html",
            bytes: open.into_bytes(),
            says: "of memory to be read",
        },
    ]
}

#[test]
fn no_export_takes_more_memory_than_there_is() {
    for case in cases() {
        let world = World::with(|settings| settings.source("include = ['*']"));
        world.write(&format!("export/{}", case.file), &case.bytes);
        world.write("export/good.csv", "id,question,answer\n1,How?,So.\n");
        let run = world.run(&["plan"]);
        let said = format!("{}{}", run.stdout, run.stderr);
        let start: String = said.chars().take(2000).collect();
        assert!(run.code.is_some(), "{}: {start}", case.file);
        assert!(said.contains(case.says), "{}: {start}", case.file);
        assert!(
            run.peak_kib < LIMIT_KIB,
            "{}: {} MiB",
            case.file,
            run.peak_kib >> 10
        );
    }
}
