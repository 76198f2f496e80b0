//! Holds the other documents to the truth.

use std::collections::BTreeSet;

const MANIFEST: &str = include_str!("../Cargo.toml");
const DEPENDENCIES: &str = include_str!("../docs/DEPENDENCIES.md");

#[test]
fn every_dependency_has_its_line_and_no_other_has() {
    let manifest: toml::Table = toml::from_str(MANIFEST).unwrap();
    for (table, heading) in [
        ("dependencies", "## In the program"),
        ("dev-dependencies", "## In tests only"),
    ] {
        let known: BTreeSet<_> = manifest[table].as_table().unwrap().keys().collect();
        let (_, section) = DEPENDENCIES.split_once(heading).unwrap();
        let section = section.split("\n## ").next().unwrap();
        let listed: BTreeSet<String> = section
            .lines()
            .filter_map(|line| line.strip_prefix("| `"))
            .filter_map(|line| line.split('`').next())
            .map(str::to_owned)
            .collect();
        assert!(!known.is_empty());
        assert_eq!(
            listed.iter().collect::<BTreeSet<_>>(),
            known,
            "docs/DEPENDENCIES.md, \"{heading}\", against [{table}] of Cargo.toml"
        );
    }
}
