//! The list of checks, and what a source looks like in it.

use super::*;

#[test]
fn the_list_is_aligned_and_summed_up() {
    let checks = [
        Check::ok("state file", "opens"),
        Check::found(
            "source acme/faq",
            CheckVerdict::Warning,
            "2 articles\nrow 7",
            "fix it",
        ),
        Check::from_message("token", CheckVerdict::Wrong, "X is not set; set it; or not"),
    ];
    assert_eq!(
        anstream::adapter::strip_str(&text(&checks)).to_string(),
        "ok       state file       opens
warning  source acme/faq  2 articles
                          row 7
                          → fix it
wrong    token            X is not set
                          → set it; or not
1 ok, 1 warning, 1 wrong
"
    );
    assert_eq!(exit(&checks), Exit::Failed);
    assert_eq!(exit(&checks[..2]), Exit::InSync);
}

/// A configuration beside a folder with this export.
async fn check_of(export: &str) -> Vec<Check> {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("kms.toml");
    let folder = place.path().join("export");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("faq.csv"), export).unwrap();
    std::fs::write(
        &file,
        "state_dir = \"state\"\n[haptik]\nbase_url = \"sandbox\"\n[[bot]]\ndomain_name = \"acme\"\n\
         upload_effect = \"merge\"\nremovals = \"blank-row\"\n[[bot.source]]\nfolder = \"export\"\n",
    )
    .unwrap();
    let config = Config::load(&file, std::iter::empty::<(&str, &str)>()).unwrap();
    let checks = all(&config, &Clock::system(), false, None).await;
    assert!(
        !place.path().join("state").exists(),
        "a check makes nothing"
    );
    checks
}

#[tokio::test]
async fn a_good_export() {
    let checks = check_of("node_name,question,answer\nkb-1,How?|Why?,So.\n").await;
    let names: Vec<_> = checks.iter().map(|check| check.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "configuration",
            "state folder",
            "state file",
            "daemon",
            "source acme/export",
            "watches",
            "token",
            "connection"
        ]
    );
    let source = &checks[4];
    assert_eq!(source.verdict, CheckVerdict::Ok, "{source:?}");
    for part in [
        "1 article in 1 file, last written ",
        "\nread as delimited text, by its name: faq.csv\n",
        ", fields recognised by their usual names; FAQ format: `|` separates questions, `<m>` answers",
        "\nthe first: id kb-1, question How?|Why?",
    ] {
        assert!(source.evidence.contains(part), "{part} in {source:?}");
    }
}

#[tokio::test]
async fn exports_that_need_attention() {
    let rows = "id,title,body\n1,How?,So.\n2,,\n3,,\n4,,\n5,,\n";
    let cases = [
        (
            rows,
            CheckVerdict::Warning,
            "; 4 rejected\nexport: faq.csv:3 (id 2): ",
        ),
        (rows, CheckVerdict::Warning, "(and 3 more like it)"),
        (
            "id,title,body\n",
            CheckVerdict::Warning,
            "waiting for its first export: 0 articles in 1 file",
        ),
    ];
    for (export, verdict, part) in cases {
        let source = check_of(export).await.remove(4);
        assert_eq!(source.verdict, verdict, "{source:?}");
        assert!(source.evidence.contains(part), "{part} in {source:?}");
        assert!(source.remedy.is_some(), "{source:?}");
    }
}
