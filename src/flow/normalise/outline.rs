//! Steps by name and digest, with their content within reach: in memory, or in a spool.

use std::borrow::Cow;
use std::sync::Arc;

use super::step::{Digest, Step};
use crate::spool::{Handle, Spool, SpoolError};

/// A step, whether its content is at hand or has to be fetched.
pub trait AnyStep {
    /// The digest of the content.
    fn digest(&self) -> Digest;

    /// The step with its content.
    fn load(&self) -> Result<Cow<'_, Step>, SpoolError>;
}

impl AnyStep for Step {
    fn digest(&self) -> Digest {
        Self::digest(self)
    }

    fn load(&self) -> Result<Cow<'_, Step>, SpoolError> {
        Ok(Cow::Borrowed(self))
    }
}

/// A step whose content may lie outside of memory.
#[derive(Clone, Debug)]
pub struct Outline {
    /// Unique within the bot.
    pub node_name: String,
    digest: Digest,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Here(Box<(String, String)>),
    /// In the spool: the question cell, and after it the answer cell.
    Spooled(Arc<Spool>, Handle),
}

impl Outline {
    /// Puts the content of a step into the spool. What is too long for that stays in memory.
    pub fn spooled(step: Step, digest: Digest, spool: &Arc<Spool>) -> Self {
        let mut record = Vec::with_capacity(8 + step.question.len() + step.answer.len());
        record.extend_from_slice(&(step.question.len() as u64).to_le_bytes());
        record.extend_from_slice(step.question.as_bytes());
        record.extend_from_slice(step.answer.as_bytes());
        let content = match spool.append(&record) {
            Ok(handle) => Content::Spooled(spool.clone(), handle),
            Err(_) => Content::Here(Box::new((step.question, step.answer))),
        };
        Self {
            node_name: step.node_name,
            digest,
            content,
        }
    }

    /// The digest of the content.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// About how many bytes the content has.
    pub fn size(&self) -> usize {
        match &self.content {
            Content::Here(cells) => cells.0.len() + cells.1.len(),
            Content::Spooled(_, handle) => handle.length(),
        }
    }

    /// The step with its content. What does not have the digest that it had is none.
    pub fn step(&self) -> Result<Step, SpoolError> {
        let (question, answer) = match &self.content {
            Content::Here(cells) => (**cells).clone(),
            Content::Spooled(spool, handle) => {
                cells(spool.read(*handle)?).ok_or_else(|| spool.damaged())?
            }
        };
        let step = Step {
            node_name: self.node_name.clone(),
            question,
            answer,
        };
        match &self.content {
            Content::Spooled(spool, _) if step.digest() != self.digest => Err(spool.damaged()),
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

impl AnyStep for Outline {
    fn digest(&self) -> Digest {
        self.digest
    }

    fn load(&self) -> Result<Cow<'_, Step>, SpoolError> {
        self.step().map(Cow::Owned)
    }
}

impl From<Step> for Outline {
    fn from(step: Step) -> Self {
        Self {
            digest: step.digest(),
            node_name: step.node_name,
            content: Content::Here(Box::new((step.question, step.answer))),
        }
    }
}

impl PartialEq for Outline {
    fn eq(&self, other: &Self) -> bool {
        (&self.node_name, self.digest) == (&other.node_name, other.digest)
    }
}

impl Eq for Outline {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spool::Room;

    fn step(question: &str, answer: &str) -> Step {
        Step {
            node_name: "kb-1".into(),
            question: question.into(),
            answer: answer.into(),
        }
    }

    #[test]
    fn a_step_comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        for room in [Room::MEMORY, Room::beyond(folder.path(), 0)] {
            let spool = Arc::new(Spool::new(&room));
            let steps = [
                step("Wie?|Was?", "So.<m>Öfter so."),
                step("", ""),
                step("q", &"long ".repeat(10_000)),
            ];
            let outlines = steps
                .iter()
                .map(|step| Outline::spooled(step.clone(), step.digest(), &spool));
            let outlines: Vec<_> = outlines.collect();
            for (outline, step) in outlines.iter().zip(&steps) {
                assert_eq!(outline.step().unwrap(), *step);
                assert_eq!(*outline.load().unwrap(), *step);
                assert_eq!(*outline, Outline::from(step.clone()));
                assert_eq!(Outline::from(step.clone()).step().unwrap(), *step);
                assert_eq!(outline.digest(), step.digest());
            }
        }
    }

    #[test]
    fn content_that_is_not_the_digests_is_refused() {
        let spool = Arc::new(Spool::new(&Room::MEMORY));
        let digest = step("q", "another").digest();
        let outline = Outline::spooled(step("q", "a"), digest, &spool);
        assert_eq!(outline.step(), Err(spool.damaged()));
    }
}
