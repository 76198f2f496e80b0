//! Steps as a plan compares them: what the sources say should be live, and what is known to be live.

use std::sync::Arc;

use ecow::EcoString;

use super::absence::FileId;
use super::article::{ArticleKey, Place};
use super::step::{Digest, Step};
use super::step_ref::StepRef;
use crate::spool::SpoolError;

/// A step that a source says should be live, with its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desired {
    /// The article behind it.
    pub key: ArticleKey,
    /// The step, under the name that the template gives.
    pub step: Step,
    /// Where the article stands.
    pub place: Place,
}

/// The same, with its content out of memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredRef {
    /// The article behind it.
    pub key: ArticleKey,
    /// The step, under the name that the template gives.
    pub step: StepRef,
    /// The line on which the article stands; the file is the step's.
    pub line: u32,
}

impl DesiredRef {
    /// Where the article stands.
    pub fn place(&self) -> Place {
        place(&self.step, self.line).unwrap_or_else(|| Place {
            file: Arc::default(),
            line: self.line.into(),
        })
    }

    /// The same with its content.
    pub fn load(self) -> Result<Desired, SpoolError> {
        Ok(Desired {
            step: self.step.step()?,
            place: self.place(),
            key: self.key,
        })
    }
}

pub(crate) fn place(step: &StepRef, line: u32) -> Option<Place> {
    Some(Place {
        file: step.file()?.clone(),
        line: line.into(),
    })
}

/// A step of the snapshot, without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveStep {
    /// Its name.
    pub node_name: EcoString,
    /// The article behind it.
    pub key: ArticleKey,
    /// The digest of the live content.
    pub digest: Digest,
    /// The file that its article was last read in, where that is known.
    pub file: Option<FileId>,
}
