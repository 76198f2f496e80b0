//! A step as the bot must hold it, in the form in which the FAQ CSV carries it.

/// Separates user messages in a `question` cell (the vendor's page of April 2023).
pub const QUESTION_SEPARATOR: char = '|';
/// Separates bot responses in an `answer` cell (the vendor's page of April 2023).
pub const ANSWER_SEPARATOR: &str = "<m>";

/// What the bot must hold under one name. The cells are those of the FAQ CSV: the separators in
/// them are separators, never text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Unique within the bot.
    pub node_name: String,
    /// User messages, joined with `|`.
    pub question: String,
    /// Bot responses, joined with `<m>`.
    pub answer: String,
}

/// A digest of a step's content (not of its name) that does not depend on the order of the user
/// messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 16]);

impl Step {
    /// The user messages.
    pub fn questions(&self) -> impl Iterator<Item = &str> {
        self.question.split(QUESTION_SEPARATOR)
    }

    /// The bot responses.
    pub fn answers(&self) -> impl Iterator<Item = &str> {
        self.answer.split(ANSWER_SEPARATOR)
    }

    /// The digest of the content.
    pub fn digest(&self) -> Digest {
        let mut questions: Vec<&str> = self.questions().collect();
        questions.sort_unstable();
        // At once: a step is short, and each call of a hasher has its price.
        let lengths = 8 * questions.len() + self.question.len() + self.answer.len();
        let mut content = Vec::with_capacity(lengths + 6);
        for question in questions {
            content.extend_from_slice(&(question.len() as u64).to_le_bytes());
            content.extend_from_slice(question.as_bytes());
        }
        content.extend_from_slice(b"answer");
        content.extend_from_slice(self.answer.as_bytes());
        let mut digest = [0; 16];
        digest.copy_from_slice(&blake3::hash(&content).as_bytes()[..16]);
        Digest(digest)
    }
}
