//! Steps by name and digest, with their content within reach: in memory, or in a spool.

use std::borrow::Cow;
use std::sync::Arc;

use ecow::EcoString;

use super::step::{Digest, Step};
use crate::spool::{Handle, Spool, SpoolError};

/// A step, whether its content is at hand or has to be fetched.
pub trait AnyStep {
    /// The digest of the content.
    fn digest(&self) -> Digest;

    /// Its name.
    fn node_name(&self) -> &str;

    /// The step with its content.
    fn load(&self) -> Result<Cow<'_, Step>, SpoolError>;

    /// The file that it comes from, where that is known.
    fn file(&self) -> Option<&Arc<str>> {
        None
    }
}

impl AnyStep for Step {
    fn digest(&self) -> Digest {
        Self::digest(self)
    }

    fn node_name(&self) -> &str {
        &self.node_name
    }

    fn load(&self) -> Result<Cow<'_, Step>, SpoolError> {
        Ok(Cow::Borrowed(self))
    }
}

/// A step whose content may lie outside of memory.
#[derive(Clone, Debug)]
pub struct StepRef {
    /// Unique within the bot.
    pub node_name: EcoString,
    digest: Digest,
    content: StepContent,
}

#[derive(Clone, Debug)]
enum StepContent {
    /// `None`: there is none, and there never was.
    Here(Option<Box<Here>>),
    /// In the spool: the question cell, and after it the answer cell.
    Spooled(Arc<StepOrigin>, Handle),
}

#[derive(Clone, Debug)]
struct Here {
    file: Option<Arc<str>>,
    question: String,
    answer: String,
}

/// What the steps of one file share, so that each of them needs only one pointer to it.
#[derive(Debug)]
pub struct StepOrigin {
    /// The file, relative to the source's folder.
    pub file: Arc<str>,
    /// Where their content goes.
    pub spool: Arc<Spool>,
}

impl StepRef {
    /// Puts the content of a step into the spool. What is too long for that stays in memory.
    pub fn spooled(step: Step, digest: Digest, origin: &Arc<StepOrigin>) -> Self {
        let mut record = Vec::with_capacity(8 + step.question.len() + step.answer.len());
        record.extend_from_slice(&(step.question.len() as u64).to_le_bytes());
        record.extend_from_slice(step.question.as_bytes());
        record.extend_from_slice(step.answer.as_bytes());
        match origin.spool.append(&record) {
            Ok(handle) => Self {
                node_name: step.node_name.into(),
                digest,
                content: StepContent::Spooled(origin.clone(), handle),
            },
            Err(_) => Self::here(step, digest, Some(origin.file.clone())),
        }
    }

    /// Keeps the content of a step of this file in memory.
    pub fn of_file(step: Step, file: &Arc<str>) -> Self {
        let digest = step.digest();
        Self::here(step, digest, Some(file.clone()))
    }

    /// A step of which nothing is left but the name.
    pub fn without_content(node_name: EcoString) -> Self {
        let empty = Step {
            node_name: String::new(),
            question: String::new(),
            answer: String::new(),
        };
        Self {
            node_name,
            digest: empty.digest(),
            content: StepContent::Here(None),
        }
    }

    fn here(step: Step, digest: Digest, file: Option<Arc<str>>) -> Self {
        Self {
            node_name: step.node_name.into(),
            digest,
            content: StepContent::Here(Some(Box::new(Here {
                file,
                question: step.question,
                answer: step.answer,
            }))),
        }
    }

    /// The same step with other content, which lies where that of this one does.
    #[must_use]
    pub fn with_content(&self, step: Step) -> Self {
        let digest = step.digest();
        match &self.content {
            StepContent::Spooled(origin, _) => Self::spooled(step, digest, origin),
            StepContent::Here(_) => Self::here(step, digest, self.file().cloned()),
        }
    }

    /// The file that the step comes from, where it comes from one.
    pub fn file(&self) -> Option<&Arc<str>> {
        match &self.content {
            StepContent::Here(here) => here.as_ref()?.file.as_ref(),
            StepContent::Spooled(origin, _) => Some(&origin.file),
        }
    }

    /// The digest of the content.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// About how many bytes the content has.
    pub fn size(&self) -> usize {
        match &self.content {
            StepContent::Here(None) => 0,
            StepContent::Here(Some(here)) => here.question.len() + here.answer.len(),
            StepContent::Spooled(_, handle) => handle.length(),
        }
    }

    /// The step with its content. What does not have the digest that it had is none.
    pub fn step(&self) -> Result<Step, SpoolError> {
        let (question, answer) = match &self.content {
            StepContent::Here(None) => Default::default(),
            StepContent::Here(Some(here)) => (here.question.clone(), here.answer.clone()),
            StepContent::Spooled(origin, handle) => {
                let spool = &origin.spool;
                cells(spool.read(*handle)?).ok_or_else(|| spool.damaged())?
            }
        };
        let step = Step {
            node_name: self.node_name.to_string(),
            question,
            answer,
        };
        match &self.content {
            StepContent::Spooled(origin, _) if step.digest() != self.digest => {
                Err(origin.spool.damaged())
            }
            _ => Ok(step),
        }
    }
}

fn cells(mut record: Vec<u8>) -> Option<(String, String)> {
    let length = u64::from_le_bytes(*record.first_chunk()?);
    let end = usize::try_from(length).ok()?.checked_add(8)?;
    if end > record.len() {
        return None;
    }
    let answer = record.split_off(end);
    let question = record.split_off(8);
    Some((
        String::from_utf8(question).ok()?,
        String::from_utf8(answer).ok()?,
    ))
}

impl AnyStep for StepRef {
    fn digest(&self) -> Digest {
        self.digest
    }

    fn node_name(&self) -> &str {
        &self.node_name
    }

    fn load(&self) -> Result<Cow<'_, Step>, SpoolError> {
        self.step().map(Cow::Owned)
    }

    fn file(&self) -> Option<&Arc<str>> {
        self.file()
    }
}

impl From<Step> for StepRef {
    fn from(step: Step) -> Self {
        let digest = step.digest();
        Self::here(step, digest, None)
    }
}

impl PartialEq for StepRef {
    fn eq(&self, other: &Self) -> bool {
        (&self.node_name, self.digest) == (&other.node_name, other.digest)
    }
}

impl Eq for StepRef {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spool::SpillConfig;

    fn step(question: &str, answer: &str) -> Step {
        Step {
            node_name: "kb-1".into(),
            question: question.into(),
            answer: answer.into(),
        }
    }

    fn origin(room: &SpillConfig) -> Arc<StepOrigin> {
        Arc::new(StepOrigin {
            file: "a.csv".into(),
            spool: Arc::new(Spool::new(room)),
        })
    }

    #[test]
    fn a_step_comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        for room in [SpillConfig::MEMORY, SpillConfig::beyond(folder.path(), 0)] {
            let origin = origin(&room);
            let steps = [
                step("Wie?|Was?", "So.<m>Öfter so."),
                step("", ""),
                step("q", &"long ".repeat(10_000)),
            ];
            let outlines = steps
                .iter()
                .map(|step| StepRef::spooled(step.clone(), step.digest(), &origin));
            let outlines: Vec<_> = outlines.collect();
            for (outline, step) in outlines.iter().zip(&steps) {
                assert_eq!(outline.step().unwrap(), *step);
                assert_eq!(*outline.load().unwrap(), *step);
                assert_eq!(*outline, StepRef::from(step.clone()));
                assert_eq!(StepRef::from(step.clone()).step().unwrap(), *step);
                assert_eq!(outline.file().map(|file| &**file), Some("a.csv"));
                assert_eq!(outline.digest(), step.digest());
            }
        }
    }

    #[test]
    fn content_that_is_not_the_digests_is_refused() {
        let origin = origin(&SpillConfig::MEMORY);
        let digest = step("q", "another").digest();
        let outline = StepRef::spooled(step("q", "a"), digest, &origin);
        assert_eq!(outline.step(), Err(origin.spool.damaged()));
    }

    #[test]
    fn a_step_without_content_is_one_with_empty_cells() {
        let empty = step("", "");
        let outline = StepRef::without_content("kb-1".into());
        assert_eq!(outline.step().unwrap(), empty);
        assert_eq!((outline.size(), outline.file()), (0, None));
        assert_eq!(outline, StepRef::from(empty));
    }
}
