//! What a step has said, version by version, each with what changed to the one before it, and with who it comes
//! from. Pure.

use serde::Serialize;

use super::causes::{Cause, causes};
use super::facts::Facts;
use super::texts::{TextPart, compared};
use crate::clock::Millis;
use crate::model::{Digest, Step};

/// A version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct VersionView {
    upload: i64,
    at: Option<Millis>,
    /// `added`, `changed` or `removed`.
    what: &'static str,
    /// What a person did that it comes from.
    cause: Option<Cause>,
    /// What changed to the version before it.
    parts: Vec<TextPart>,
    /// It is what is live.
    is_live: bool,
    /// A person can put it back.
    is_way_back: bool,
}

/// The versions, newest first as the store gives them. `wanted`: what the article says, which needs nobody
/// to put it back.
pub(super) fn versions(facts: &Facts, wanted: Option<Digest>) -> Vec<VersionView> {
    let (kept, live) = (&facts.versions, facts.live.as_ref().map(|live| &live.step));
    let causes = causes(kept, &facts.actions, &facts.name);
    let mut views = Vec::with_capacity(kept.len());
    for ((at, version), cause) in kept.iter().enumerate().zip(causes) {
        let before = kept.get(at + 1).and_then(|before| before.step.as_ref());
        let digest = version.step.as_ref().map(Step::digest);
        let is_live = at == 0 && live.is_some_and(|live| Some(live.digest()) == digest);
        views.push(VersionView {
            upload: version.upload.0,
            at: version.at,
            what: match (&version.step, before) {
                (None, _) => "removed",
                (Some(_), None) => "added",
                (Some(_), Some(_)) => "changed",
            },
            cause,
            parts: version
                .step
                .as_ref()
                .map(|step| compared(before, step))
                .unwrap_or_default(),
            is_live,
            is_way_back: !is_live && digest.is_some() && digest != wanted,
        });
    }
    views
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ArticleKey, Purpose, UploadId};
    use crate::store::{SnapshotStep, StepVersion};

    /// A step of which this is kept, and whose first version is live.
    fn facts(versions: Vec<StepVersion>) -> Facts {
        Facts {
            name: "kb-1".into(),
            live: versions[0].step.clone().map(|step| SnapshotStep {
                key: ArticleKey {
                    source: "export".into(),
                    article: "1".into(),
                },
                step,
                confirmed_at: 1,
            }),
            versions,
            ..Facts::default()
        }
    }

    fn said(upload: i64, answer: Option<&str>) -> StepVersion {
        StepVersion {
            upload: UploadId(upload),
            purpose: Purpose::Change,
            prepared_at: upload * 10,
            at: Some(upload * 10),
            step: answer.map(|answer| Step {
                node_name: "kb-1".into(),
                question: "When?".into(),
                answer: answer.into(),
            }),
        }
    }

    #[test]
    fn each_version_says_what_became_of_the_step() {
        let kept = vec![
            said(4, Some("c")),
            said(3, None),
            said(2, Some("b")),
            said(1, Some("a")),
        ];
        let wanted = kept[0].step.as_ref().map(Step::digest);
        let views = versions(&facts(kept), wanted);
        let told: Vec<_> = views
            .iter()
            .map(|view| (view.what, view.is_live, view.is_way_back))
            .collect();
        assert_eq!(
            told,
            [
                ("added", true, false),
                ("removed", false, false),
                ("changed", false, true),
                ("added", false, true),
            ]
        );
    }

    #[test]
    fn what_the_article_says_needs_nobody_to_put_it_back() {
        let kept = vec![said(2, Some("b")), said(1, Some("a"))];
        let wanted = kept[1].step.as_ref().map(Step::digest);
        let views = versions(&facts(kept), wanted);
        assert!(!views[1].is_way_back);
    }
}
