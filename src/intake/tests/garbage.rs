//! Whatever stands in a file of whatever name: there is an outcome, and no panic.

use proptest::prelude::*;

use super::*;

const NAMES: [&str; 11] = [
    "a.csv", "a.tsv", "a.json", "a.jsonl", "a.xlsx", "a.yaml", "a.xml", "a.md", "a.html", "a.txt",
    "a.csv.gz",
];
/// What formats begin with, so that the noise gets past the first check.
const STARTS: [&[u8]; 11] = [
    b"",
    b"id,question,answer\n1,",
    b"[{\"id\":1,\"question\":\"",
    b"PK\x03\x04\x14\0\0\0\x08\0",
    b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
    b"- id: 1\n  question: ",
    b"<articles><article id='1'><title>",
    b"---\nid: 1\n---\n# ",
    b"<html><script type='application/ld+json'>{\"@type\":\"FAQPage\",",
    b"\xff\xfei\0d\0",
    b"\x1f\x8b\x08\0\0\0\0\0\0\xff",
];
const ALPHABET: &str = "[\\x00-\\x7f]{0,200}";

fn any_file() -> Trial {
    let mut trial = Trial::new();
    trial.settings().include = vec!["*".to_owned()];
    trial
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn there_is_always_an_outcome(
        name in prop::sample::select(&NAMES),
        start in prop::sample::select(&STARTS),
        noise in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            ALPHABET.prop_map(String::into_bytes),
        ],
    ) {
        let trial = any_file();
        trial.write(name, [start, &noise].concat());
        let (articles, reading) = trial.read();
        prop_assert_eq!(articles.len(), reading.articles);
    }
}

#[test]
fn damaged_workbooks_are_rejections() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/intake/workbook");
    for (name, padding) in [("title-rows.xlsx", 0), ("biff-named-xlsx.xlsx", 3500)] {
        let good = fs::read(root.join(name)).unwrap();
        for at in (0..good.len() - padding).step_by(good.len() / 60) {
            let mut bad = good.clone();
            bad[at] ^= 0x55;
            let trial = any_file();
            trial.write(name, bad);
            trial.read();
            let trial = any_file();
            trial.write(name, &good[..at]);
            assert!(!trial.read().1.complete(), "{name} cut at {at}");
        }
    }
}
