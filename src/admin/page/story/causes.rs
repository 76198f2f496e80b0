//! Why a step came to say something else: who withdrew it, put it back, released it, or took the bot back; nobody,
//! where it only followed its article. Pure.

use serde::Serialize;

use crate::clock::Millis;
use crate::model::{Purpose, Step};
use crate::store::{ActionRecord, StepVersion};
use crate::text::one_line;

/// Characters of a reason that somebody gave.
const REASON: usize = 300;

/// What somebody did that a version comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Cause {
    /// With who it was.
    pub(super) words: String,
    /// When they did it.
    pub(super) at: Millis,
    /// Why, as they put it.
    pub(super) reason: String,
    #[serde(skip)]
    kind: CauseKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CauseKind {
    /// One step no longer follows its article.
    OfStep,
    /// The whole bot no longer follows its sources.
    OfBot,
    /// Anything else.
    Other,
}

/// What an action has to do with a version.
enum Bearing {
    /// Nothing.
    None,
    /// It decided what the step is to say, and the version says something else.
    Contradicts,
    /// The version comes from it.
    Explains(CauseKind, String),
}

/// The cause of each version, in the order of the versions: newest first. `actions`, newest first, too, are those that
/// may have to do with the step.
pub(super) fn causes(
    kept: &[StepVersion],
    actions: &[ActionRecord],
    name: &str,
) -> Vec<Option<Cause>> {
    let mut causes: Vec<Option<Cause>> = Vec::with_capacity(kept.len());
    for (at, version) in kept.iter().enumerate().rev() {
        let older = kept.get(at + 1..).unwrap_or_default();
        let before = causes.last().and_then(Option::as_ref);
        let before = before.map(|before| before.kind);
        causes.push(cause(version, older, before, actions, name));
    }
    causes.reverse();
    causes
}

/// `older`: the versions before it, newest first; `before`: what the one before it comes from.
fn cause(
    version: &StepVersion,
    older: &[StepVersion],
    before: Option<CauseKind>,
    actions: &[ActionRecord],
    name: &str,
) -> Option<Cause> {
    if version.purpose == Purpose::Import {
        // It is written down once it is done.
        let mut imports = actions.iter().rev();
        let import =
            imports.find(|action| action.what == "import" && action.at >= version.prepared_at)?;
        let words = format!("taken over by {}", import.who);
        return Some(told(import, CauseKind::Other, words));
    }
    let since = older
        .first()
        .map_or(Millis::MIN, |before| before.prepared_at);
    let between = actions
        .iter()
        .filter(|action| since < action.at && action.at <= version.prepared_at);
    for action in between {
        match bearing(action, version, older, before, name) {
            Bearing::None => {}
            Bearing::Contradicts => return None,
            Bearing::Explains(kind, words) => return Some(told(action, kind, words)),
        }
    }
    None
}

fn told(action: &ActionRecord, kind: CauseKind, words: String) -> Cause {
    let reason = action.details["reason"].as_str().unwrap_or_default();
    Cause {
        words,
        at: action.at,
        reason: one_line(reason, REASON),
        kind,
    }
}

fn bearing(
    action: &ActionRecord,
    version: &StepVersion,
    older: &[StepVersion],
    before: Option<CauseKind>,
    name: &str,
) -> Bearing {
    let (who, details) = (&action.who, &action.details);
    let is_about = |key: &str| details[key].as_str() == Some(name);
    let lists = |key: &str| {
        let mut names = details[key].as_array().into_iter().flatten();
        names.any(|one| one.as_str() == Some(name))
    };
    let explains = |is_so: bool, kind, words: String| {
        if is_so {
            Bearing::Explains(kind, words)
        } else {
            Bearing::Contradicts
        }
    };
    let upload = details["upload"].as_i64();
    let is_gone = version.step.is_none();
    match (&*action.what, upload) {
        ("withdraw", _) if is_about("step") => {
            explains(is_gone, CauseKind::OfStep, format!("withdrawn by {who}"))
        }
        ("put_back", Some(upload)) if is_about("step") => explains(
            version.step.as_ref() == said_after(older, upload) && !is_gone,
            CauseKind::OfStep,
            format!("put back by {who} to what upload {upload} brought"),
        ),
        ("keep", _) if lists("kept") => Bearing::Contradicts,
        ("approve", _) if lists("released") => explains(
            is_gone,
            CauseKind::Other,
            format!("its removal was released by {who}"),
        ),
        ("approve", _) if lists("struck_off") => explains(
            is_gone,
            CauseKind::Other,
            format!("removed manually in Haptik, as {who} said"),
        ),
        ("approve", _) if lists("changes") => explains(
            !is_gone,
            CauseKind::Other,
            format!("its text was released by {who}"),
        ),
        ("rollback", Some(upload)) => explains(
            version.step.as_ref() == said_after(older, upload),
            CauseKind::OfBot,
            format!("the bot was rolled back to upload {upload} by {who}"),
        ),
        ("resume", _) if is_about("step") => explains(
            details["kept"] == true || before == Some(CauseKind::OfStep),
            CauseKind::Other,
            format!("it follows its article again, as {who} said"),
        ),
        ("resume", Some(_)) if before == Some(CauseKind::OfBot) => Bearing::Explains(
            CauseKind::Other,
            format!("the bot follows its sources again, as {who} said"),
        ),
        _ => Bearing::None,
    }
}

/// What the step said when an upload had succeeded, as far as that is kept.
fn said_after(older: &[StepVersion], upload: i64) -> Option<&Step> {
    let version = older.iter().find(|version| version.upload.0 <= upload)?;
    version.step.as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::UploadId;
    use serde_json::{Value, json};

    /// A version that was written down at ten times the number of its upload.
    fn said(upload: i64, answer: Option<&str>) -> StepVersion {
        StepVersion {
            upload: UploadId(upload),
            purpose: Purpose::Change,
            prepared_at: upload * 10,
            at: Some(upload * 10 + 1),
            step: answer.map(|answer| Step {
                node_name: "kb-1".into(),
                question: "When?".into(),
                answer: answer.into(),
            }),
        }
    }

    fn did(at: Millis, what: &str, details: Value) -> ActionRecord {
        ActionRecord {
            at,
            who: "Ada".into(),
            what: what.into(),
            domain_name: Some("acme".into()),
            plan: None,
            details,
        }
    }

    /// What is said of each version; `kept` and `actions` are given oldest first.
    fn words(kept: &[(i64, Option<&str>)], actions: &[ActionRecord]) -> Vec<String> {
        let kept: Vec<_> = kept
            .iter()
            .rev()
            .map(|(at, text)| said(*at, *text))
            .collect();
        let actions: Vec<_> = actions.iter().rev().cloned().collect();
        let mut words: Vec<_> = causes(&kept, &actions, "kb-1")
            .into_iter()
            .map(|cause| cause.map_or_else(String::new, |cause| cause.words))
            .collect();
        words.reverse();
        words
    }

    #[test]
    fn a_version_says_who_it_comes_from() {
        let (one, two) = ((1, Some("a")), (2, Some("b")));
        let gone = (3, None);
        let reason = json!({ "step": "kb-1", "upload": null, "reason": "the price\nis wrong" });
        for (kept, actions, expected) in [
            (vec![one, two], vec![], vec!["", ""]),
            (
                vec![one, gone],
                vec![did(25, "withdraw", reason.clone())],
                vec!["", "withdrawn by Ada"],
            ),
            (
                vec![one, gone],
                vec![did(25, "approve", json!({ "released": ["kb-0", "kb-1"] }))],
                vec!["", "its removal was released by Ada"],
            ),
            (
                vec![one, gone],
                vec![did(30, "approve", json!({ "struck_off": ["kb-1"] }))],
                vec!["", "removed manually in Haptik, as Ada said"],
            ),
            (
                vec![one, two],
                vec![did(15, "approve", json!({ "changes": ["kb-1"] }))],
                vec!["", "its text was released by Ada"],
            ),
            (
                vec![one, two, (3, Some("a"))],
                vec![did(25, "put_back", json!({ "step": "kb-1", "upload": 1 }))],
                vec!["", "", "put back by Ada to what upload 1 brought"],
            ),
            (
                vec![one, two, (3, Some("a")), (4, Some("b"))],
                vec![
                    did(25, "rollback", json!({ "upload": 1 })),
                    did(35, "resume", json!({ "upload": 1 })),
                ],
                vec![
                    "",
                    "",
                    "the bot was rolled back to upload 1 by Ada",
                    "the bot follows its sources again, as Ada said",
                ],
            ),
            (
                vec![two, gone],
                vec![did(25, "rollback", json!({ "upload": 1 }))],
                vec!["", "the bot was rolled back to upload 1 by Ada"],
            ),
            (
                vec![one, gone, (4, Some("a"))],
                vec![
                    did(25, "withdraw", reason.clone()),
                    did(35, "resume", json!({ "step": "kb-1", "withdrawn": true })),
                ],
                vec![
                    "",
                    "withdrawn by Ada",
                    "it follows its article again, as Ada said",
                ],
            ),
            (
                vec![one, gone],
                vec![
                    did(15, "keep", json!({ "kept": ["kb-1"] })),
                    did(25, "resume", json!({ "step": "kb-1", "kept": true })),
                ],
                vec!["", "it follows its article again, as Ada said"],
            ),
        ] {
            assert_eq!(words(&kept, &actions), expected, "{actions:?}");
        }
        let kept = [said(3, None), said(1, Some("a"))];
        let told = causes(&kept, &[did(25, "withdraw", reason)], "kb-1");
        let told = told[0].as_ref().unwrap();
        assert_eq!((told.at, &*told.reason), (25, "the price is wrong"));
    }

    #[test]
    fn what_explains_nothing_is_blamed_for_nothing() {
        let (one, two) = ((1, Some("a")), (2, Some("b")));
        for (kept, action) in [
            // After it.
            (
                vec![one, two],
                did(25, "approve", json!({ "changes": ["kb-1"] })),
            ),
            // Of another step.
            (
                vec![one, (3, None)],
                did(15, "withdraw", json!({ "step": "kb-10" })),
            ),
            (
                vec![one, (3, None)],
                did(15, "approve", json!({ "released": ["kb-10"] })),
            ),
            // The article was changed before it was carried out.
            (
                vec![one, two],
                did(15, "withdraw", json!({ "step": "kb-1" })),
            ),
            (
                vec![one, two, (3, Some("c"))],
                did(25, "put_back", json!({ "step": "kb-1", "upload": 1 })),
            ),
            // The bot has followed its sources all the time, as far as this step is concerned.
            (vec![one, two], did(15, "resume", json!({ "upload": 1 }))),
            (
                vec![one, two],
                did(15, "resume", json!({ "paused_by": "Ada" })),
            ),
            (
                vec![one, two],
                did(15, "retry", json!({ "steps": ["kb-1"] })),
            ),
        ] {
            let words = words(&kept, std::slice::from_ref(&action));
            assert!(words.iter().all(String::is_empty), "{action:?}: {words:?}");
        }
    }

    #[test]
    fn what_explains_one_version_does_not_explain_the_next() {
        let released = did(5, "approve", json!({ "changes": ["kb-1"] }));
        let kept = [(1, Some("a")), (2, Some("b"))];
        assert_eq!(
            words(&kept, &[released]),
            ["its text was released by Ada", ""]
        );
    }

    #[test]
    fn the_last_word_counts() {
        let withdrawn = did(15, "withdraw", json!({ "step": "kb-1" }));
        let back = did(20, "resume", json!({ "step": "kb-1", "withdrawn": true }));
        let kept = [(1, Some("a")), (3, None)];
        assert_eq!(words(&kept, &[withdrawn, back]), ["", ""]);
    }

    #[test]
    fn what_was_taken_over_says_by_whom() {
        let mut version = said(1, Some("a"));
        version.purpose = Purpose::Import;
        let actions = [did(90, "import", json!({})), did(11, "import", json!({}))];
        let told = causes(&[version], &actions, "kb-1");
        assert_eq!(told[0].as_ref().unwrap().at, 11);
    }
}
