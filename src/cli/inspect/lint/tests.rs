//! What the findings look like to people, editors and pipelines.

use super::*;
use crate::clock::Clock;

const EXPORT: &str = "node_name,question,answer\n\
    kb-1,When open?|Opening times,From nine to five.\n\
    kb-2,When open?|Are you open,=See http://a.example/b\n";

fn judged(export: &str) -> (Vec<Judged>, Lint) {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("export");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("faq.csv"), export).unwrap();
    let path = folder.to_string_lossy().into_owned();
    let config = of_path(&path).unwrap();
    let bot = &config.bots[0];
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let content = runtime.block_on(content(bot, &Clock::system()));
    let mut judged = judge_bot(bot, content, &config.lint, Some("export"));
    judged.places = ShownPlaces::below(place.path(), &judged.places);
    (vec![judged], config.lint)
}

#[test]
fn people_read_them_by_rule() {
    let (judged, _) = judged(EXPORT);
    let text = anstream::adapter::strip_str(&text::text(&judged, false)).to_string();
    assert_eq!(
        text,
        "error same_question: Two steps answer to the same words, so which answer a customer gets is chance.
  export/faq.csv:3 kb-2, question 1: \"When open?\" is a user message of both (the other: export/faq.csv:2 kb-1)
  → Keep the message in the step that fits best and take it out of the other.

warning insecure_link: Browsers warn of it, and others on the way can read and change what it shows.
  export/faq.csv:3 kb-2, answer 1: http://a.example/b
  → Write https:// in place of http://, if the site answers to it.

export: 2 steps, 1 error, 1 warning
"
    );
    assert_eq!(exit(&judged), Exit::Attention);
}

#[test]
fn a_clean_folder_takes_one_line() {
    let (judged, _) =
        judged("node_name,question,answer\nkb-1,When open?|Opening times,From nine.\n");
    let text = anstream::adapter::strip_str(&text::text(&judged, false)).to_string();
    assert_eq!(text, "export: 1 step, nothing to fix\n");
    assert_eq!(exit(&judged), Exit::InSync);
}

#[test]
fn a_note_alone_wants_nobody() {
    let (judged, _) = judged("node_name,question,answer\nkb-1,When open?,From nine.\n");
    assert_eq!(judged[0].count(Level::Note), 1);
    assert_eq!(exit(&judged), Exit::InSync);
}

#[test]
fn what_cannot_be_read_is_a_failure() {
    let (judged, _) = judged("node_name,question,answer\n");
    assert_eq!(judged[0].errors.len(), 1, "{:?}", judged[0].errors);
    assert_eq!(exit(&judged), Exit::Failed);
}

#[test]
fn spreadsheets_open_the_table() {
    let (judged, _) = judged(EXPORT);
    let bytes = table::bytes(&judged);
    let text = String::from_utf8(bytes).unwrap();
    let text = text.strip_prefix('\u{feff}').unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 2);
    let cells: Vec<&str> = rows[0].iter().take(10).collect();
    assert_eq!(
        cells,
        [
            "error",
            "same_question",
            "",
            "export/faq.csv",
            "3",
            "kb-2",
            "kb-2",
            "question 1",
            "\"When open?\" is a user message of both",
            "kb-1"
        ]
    );
}

#[test]
fn sarif_has_the_form_that_its_readers_require() {
    let (judged, levels) = judged(EXPORT);
    let log = sarif::sarif(&judged, &levels);
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let driver = &run["tool"]["driver"];
    assert!(driver["name"].is_string());
    let rules = driver["rules"].as_array().unwrap();
    assert_eq!(rules.len(), Rule::ALL.len());
    let known = ["none", "note", "warning", "error"];
    for rule in rules {
        assert!(rule["id"].is_string() && rule["shortDescription"]["text"].is_string());
        assert!(known.contains(&rule["defaultConfiguration"]["level"].as_str().unwrap()));
    }
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    for result in results {
        assert!(known.contains(&result["level"].as_str().unwrap()));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "export/faq.csv");
        assert!(place["region"]["startLine"].as_u64().unwrap() >= 1);
    }
    let other = &results[0]["relatedLocations"][0];
    assert_eq!(other["physicalLocation"]["region"]["startLine"], 2);
}

#[test]
fn the_document_lists_every_rule() {
    const BEGIN: &str = "<!-- rules: rendered from src/lint/rule.rs -->\n";
    const END: &str = "<!-- end of rules -->";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/LINT.md");
    let document = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = document.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let rows = Rule::ALL.map(|rule| {
        format!(
            "| `{}` | {} | {} |\n",
            rule.name(),
            rule.why(),
            rule.suggestion()
        )
    });
    let table = format!(
        "| rule | why it matters | what to do |\n| --- | --- | --- |\n{}",
        rows.concat()
    );
    let wanted = format!("{before}{BEGIN}{table}{END}{after}");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, wanted).unwrap();
        return;
    }
    assert!(
        document == wanted,
        "docs/LINT.md does not match the rules; accept with `UPDATE_DOCS=1 cargo test cli::lint`"
    );
}

#[test]
fn levels_are_given_by_name() {
    assert_eq!(
        level("near_duplicate=off"),
        Ok((Rule::NearDuplicate, Level::Off))
    );
    let nearest = level("near_duplicates=off").unwrap_err();
    assert!(
        nearest.ends_with("did you mean near_duplicate?"),
        "{nearest}"
    );
    for wrong in ["near_duplicate", "near_duplicate=loud", "xyz=off"] {
        assert!(level(wrong).is_err(), "{wrong}");
    }
}
