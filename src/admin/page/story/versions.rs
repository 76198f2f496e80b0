//! What a step has said, version by version, each with what changed to the one before it. Pure.

use serde::Serialize;

use super::texts::{TextPart, compared};
use crate::clock::Millis;
use crate::model::{Digest, Step};
use crate::store::StepVersion;

/// A version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct VersionView {
    upload: i64,
    at: Option<Millis>,
    /// `added`, `changed` or `removed`.
    what: &'static str,
    /// What changed to the version before it.
    parts: Vec<TextPart>,
    /// It is what is live.
    is_live: bool,
    /// A person can put it back.
    is_way_back: bool,
}

/// The versions, newest first as the store gives them. `wanted`: what the article says, which needs nobody
/// to put it back.
pub(super) fn versions(
    kept: &[StepVersion],
    live: Option<&Step>,
    wanted: Option<Digest>,
) -> Vec<VersionView> {
    let mut views = Vec::with_capacity(kept.len());
    for (at, version) in kept.iter().enumerate() {
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
    use crate::model::UploadId;

    fn said(upload: i64, answer: Option<&str>) -> StepVersion {
        StepVersion {
            upload: UploadId(upload),
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
        let kept = [
            said(4, Some("c")),
            said(3, None),
            said(2, Some("b")),
            said(1, Some("a")),
        ];
        let live = kept[0].step.as_ref();
        let views = versions(&kept, live, live.map(Step::digest));
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
        let kept = [said(2, Some("b")), said(1, Some("a"))];
        let wanted = kept[1].step.as_ref().map(Step::digest);
        let views = versions(&kept, kept[0].step.as_ref(), wanted);
        assert!(!views[1].is_way_back);
    }
}
