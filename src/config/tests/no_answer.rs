//! What an article without text means, by source.

use super::*;

#[test]
fn a_preset_takes_it_for_unpublished_and_everything_else_for_a_bad_row() {
    let folder = "folder = \"export\"";
    let feed = "feed = \"https://kms.test\"";
    let preset = "feed = \"https://acme.zendesk.com\"\npreset = \"zendesk-guide\"";
    for (source, said, expected) in [
        (folder, "", NoAnswerPolicy::Reject),
        (feed, "", NoAnswerPolicy::Reject),
        (preset, "", NoAnswerPolicy::Unpublished),
        (folder, "unpublished", NoAnswerPolicy::Unpublished),
        (feed, "unpublished", NoAnswerPolicy::Unpublished),
        (preset, "reject", NoAnswerPolicy::Reject),
    ] {
        let said = match said {
            "" => String::new(),
            word => format!("no_answer = \"{word}\""),
        };
        let text = MINIMAL.replace("folder = \"export\"", &format!("{source}\n{said}"));
        let config = parse(&text).unwrap_or_else(|problems| panic!("{problems}"));
        let found = config.bots[0].sources[0].presentation.no_answer;
        assert_eq!(found, expected, "{source} {said}");
    }
    let text = MINIMAL.replace("\"export\"", "\"export\"\nno_answer = \"skip\"");
    let problems = parse(&text).unwrap_err().to_string();
    assert!(
        problems.contains("`no_answer` must be \"unpublished\" or \"reject\""),
        "{problems}"
    );
}
