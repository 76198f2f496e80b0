//! Where a person has spoken against an article: its answer is withdrawn from the bot, or an earlier
//! one is put back. Either holds until the article says something else. Or the answer is kept although the article is
//! gone, until it is back.

use super::article::ArticleKey;
use super::plan::REMOVAL;
use super::step::{Digest, Step};
use super::upload::UploadId;
use crate::clock::Millis;

/// What a person wants of a step in place of what its article says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OverrideKind {
    /// The step leaves the bot.
    Withdrawn,
    /// The step says what it said before.
    PutBack,
    /// The step stays as it is, although its article is gone.
    Kept,
}

impl OverrideKind {
    /// The name in the store and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Withdrawn => "withdrawn",
            Self::PutBack => "put_back",
            Self::Kept => "kept",
        }
    }
}

/// A step that does not follow its article for now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepOverride {
    /// The article.
    pub key: ArticleKey,
    /// What the article said when the person spoke; [`REMOVAL`]: it was gone, and the step is kept.
    pub of: Digest,
    /// What the step says instead, and the upload that brought it; `None`: it is withdrawn or kept.
    pub put_back: Option<(Step, UploadId)>,
    /// Since when.
    pub since: Millis,
    /// Who said so.
    pub who: String,
    /// Why, in their words; may be empty.
    pub reason: String,
}

/// What becomes of an override, now that the article says this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverrideVerdict {
    /// The article says what it said: the person's word stands.
    Holds,
    /// Only the configuration has changed what the article comes out as: the word stands, for this.
    HoldsFor(Digest),
    /// The article was changed: it counts again.
    Over,
}

impl StepOverride {
    /// Which of the three.
    pub fn kind(&self) -> OverrideKind {
        match self.put_back {
            Some(_) => OverrideKind::PutBack,
            None if self.of == REMOVAL => OverrideKind::Kept,
            None => OverrideKind::Withdrawn,
        }
    }

    /// Whether it stands, where the article says `now`. A new configuration may render the same article in
    /// another way, and must not bring back what a person took away.
    pub fn judge(&self, now: Digest, is_configuration_new: bool) -> OverrideVerdict {
        if self.kind() == OverrideKind::Kept {
            // The article is back, whatever it says.
            OverrideVerdict::Over
        } else if now == self.of {
            OverrideVerdict::Holds
        } else if is_configuration_new {
            OverrideVerdict::HoldsFor(now)
        } else {
            OverrideVerdict::Over
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stands_until_the_article_was_changed_by_its_author() {
        let of = |of| StepOverride {
            key: ArticleKey {
                source: "export".into(),
                article: "kb-1".into(),
            },
            of,
            put_back: None,
            since: 0,
            who: "anna".into(),
            reason: String::new(),
        };
        let (one, two) = (Digest([1; 16]), Digest([2; 16]));
        for (now, is_new, expected) in [
            (one, false, OverrideVerdict::Holds),
            (one, true, OverrideVerdict::Holds),
            (two, true, OverrideVerdict::HoldsFor(two)),
            (two, false, OverrideVerdict::Over),
        ] {
            assert_eq!(of(one).judge(now, is_new), expected, "{now:?} {is_new}");
        }
        // What is kept waits for nothing but its article.
        for is_new in [false, true] {
            assert_eq!(of(REMOVAL).judge(one, is_new), OverrideVerdict::Over);
        }
    }
}
