//! The rules: their names, why each matters, and what to do. How much each matters by default
//! stands in the table of settings, under the same name.

use crate::model::Sensitive;

/// A rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// A row or file that cannot become a step.
    NotTaken,
    /// A key, a token or a password.
    Secret,
    /// The number of a payment card.
    Card,
    /// A national id number.
    NationalId,
    /// An address that only a private network knows.
    PrivateAddress,
    /// The same user message in two steps.
    SameQuestion,
    /// User messages of two steps that are nearly the same.
    NearDuplicate,
    /// A step with a single user message.
    FewVariants,
    /// A user message that is too long.
    QuestionLength,
    /// More user messages than a bot can tell apart well.
    BotSize,
    /// An answer that is too long.
    AnswerLength,
    /// An answer in which nothing can be read.
    EmptyAnswer,
    /// A note in place of an answer.
    Placeholder,
    /// An answer that is only a link.
    LinkOnly,
    /// A rich response that does not have the form of one.
    Hsl,
    /// Words on a button or a quick reply that are cut off.
    ButtonLength,
    /// A link that leads nowhere.
    BrokenLink,
    /// A link that is not encrypted.
    InsecureLink,
    /// Tags or entities of HTML that a customer would see.
    Html,
    /// Markup that is opened and not closed.
    UnbalancedMarkup,
    /// Signs of Markdown that a customer would see.
    RawMarkdown,
    /// A mark that only a site generator understands.
    GeneratorMark,
    /// Two characters that stand for the end of a line, or for a quotation mark.
    EscapeSequence,
    /// A line that most pages of a source have in common.
    PageFurniture,
    /// A link that leads somewhere only from within its site.
    RelativeLink,
    /// A user message without a letter.
    NoLetter,
    /// A user message that is the name of a page or file.
    PageName,
    /// Characters that cannot be seen.
    InvisibleCharacter,
    /// Letters of two scripts in one word.
    MixedScripts,
    /// Text that was read in the wrong encoding once.
    Mojibake,
    /// A step in another language than the others.
    OtherLanguage,
}

impl Rule {
    /// Every rule, in the order in which findings are told.
    pub const ALL: [Self; 31] = [
        Self::NotTaken,
        Self::Secret,
        Self::Card,
        Self::NationalId,
        Self::PrivateAddress,
        Self::SameQuestion,
        Self::NearDuplicate,
        Self::FewVariants,
        Self::QuestionLength,
        Self::BotSize,
        Self::AnswerLength,
        Self::EmptyAnswer,
        Self::Placeholder,
        Self::LinkOnly,
        Self::Hsl,
        Self::ButtonLength,
        Self::BrokenLink,
        Self::InsecureLink,
        Self::Html,
        Self::UnbalancedMarkup,
        Self::RawMarkdown,
        Self::GeneratorMark,
        Self::EscapeSequence,
        Self::PageFurniture,
        Self::RelativeLink,
        Self::NoLetter,
        Self::PageName,
        Self::InvisibleCharacter,
        Self::MixedScripts,
        Self::Mojibake,
        Self::OtherLanguage,
    ];

    /// The name in the configuration and in every output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotTaken => "not_taken",
            Self::Secret => Sensitive::Secret.name(),
            Self::Card => Sensitive::Card.name(),
            Self::NationalId => Sensitive::NationalId.name(),
            Self::PrivateAddress => Sensitive::PrivateAddress.name(),
            Self::SameQuestion => "same_question",
            Self::NearDuplicate => "near_duplicate",
            Self::FewVariants => "few_variants",
            Self::QuestionLength => "question_length",
            Self::BotSize => "bot_size",
            Self::AnswerLength => "answer_length",
            Self::EmptyAnswer => "empty_answer",
            Self::Placeholder => Sensitive::Placeholder.name(),
            Self::LinkOnly => "link_only",
            Self::Hsl => "hsl",
            Self::ButtonLength => "button_length",
            Self::BrokenLink => "broken_link",
            Self::InsecureLink => "insecure_link",
            Self::Html => "html",
            Self::UnbalancedMarkup => "unbalanced_markup",
            Self::RawMarkdown => "raw_markdown",
            Self::GeneratorMark => "generator_mark",
            Self::EscapeSequence => "escape_sequence",
            Self::PageFurniture => "page_furniture",
            Self::RelativeLink => "relative_link",
            Self::NoLetter => "no_letter",
            Self::PageName => "page_name",
            Self::InvisibleCharacter => "invisible_character",
            Self::MixedScripts => "mixed_scripts",
            Self::Mojibake => "mojibake",
            Self::OtherLanguage => "other_language",
        }
    }

    /// The rule of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.name() == name)
    }

    /// Why it matters.
    pub const fn why(self) -> &'static str {
        match self {
            Self::NotTaken => {
                "It does not reach the bot, and until it is fixed nothing of its source is removed from the bot."
            }
            Self::Secret => "Whoever asks the bot gets it, and can do with it what its owner can.",
            Self::Card => "It belongs to somebody, and anybody can pay with it.",
            Self::NationalId => {
                "It belongs to somebody, and the law does not let it be shown to everybody."
            }
            Self::PrivateAddress => {
                "Customers cannot reach it, and others learn from it how the network is built."
            }
            Self::SameQuestion => {
                "Two steps answer to the same words, so which answer a customer gets is chance."
            }
            Self::NearDuplicate => {
                "The bot has to guess which of two steps is meant, and guesses wrong now and then."
            }
            Self::FewVariants => {
                "Customers ask in many ways; a step with one user message is missed by most of them."
            }
            Self::QuestionLength => {
                "The vendor advises at most 100 characters or 20 words: customers do not write more, so a longer message matches badly."
            }
            Self::BotSize => {
                "The vendor advises about 250 user messages a bot; with many more it confuses them more often."
            }
            Self::AnswerLength => {
                "The vendor advises at most 300 characters or 40 words: few people read more than that in a chat."
            }
            Self::EmptyAnswer => "The customer would get a bubble with nothing in it.",
            Self::Placeholder => {
                "The customer asked, and gets a note that editors left for themselves."
            }
            Self::LinkOnly => {
                "The customer asked for an answer and gets an address, without a word about what is there."
            }
            Self::Hsl => "The chat shows it wrongly, not at all, or as the JSON itself.",
            Self::ButtonLength => {
                "The chat shows 21 characters of a button and 27 of a quick reply; the rest is cut off."
            }
            Self::BrokenLink => "The customer cannot open it.",
            Self::InsecureLink => {
                "Browsers warn of it, and others on the way can read and change what it shows."
            }
            Self::Html => "The chat shows tags and entities as they are written.",
            Self::UnbalancedMarkup => {
                "The chat shows the signs of the markup, or formats the rest of the text with it."
            }
            Self::RawMarkdown => "The chat shows stars, hashes and brackets as they are written.",
            Self::GeneratorMark => {
                "It means something to the program that makes the site, and nothing to a customer."
            }
            Self::EscapeSequence => {
                "The chat shows the two characters, and the lines run into each other."
            }
            Self::PageFurniture => {
                "It belongs to a page of a web site; in a chat it takes room, and asks for clicks that lead nowhere."
            }
            Self::RelativeLink => {
                "From a chat it leads nowhere, because nothing says which site it begins at."
            }
            Self::NoLetter => {
                "Hardly any customer writes that, and the bot learns nothing from it."
            }
            Self::PageName => {
                "No customer writes the name of a page, so the bot hardly finds the answer."
            }
            Self::InvisibleCharacter => {
                "Words that look the same are different ones to the bot, and texts break at odd places."
            }
            Self::MixedScripts => {
                "The word looks right and is another one to the bot, so it is not found; links made like this deceive."
            }
            Self::Mojibake => {
                "Customers see two or three odd characters in place of one letter, and the bot does not know the word."
            }
            Self::OtherLanguage => {
                "A customer who writes in the bot's language gets an answer that he may not understand."
            }
        }
    }

    /// What to do.
    pub const fn suggestion(self) -> &'static str {
        match self {
            Self::Secret => {
                "Have it revoked where it was made, and take it out; `hold_lint` keeps such content from going live."
            }
            Self::Card | Self::NationalId => {
                "Take it out, or write an invented number that is none; `hold_lint` keeps such content from going live."
            }
            Self::PrivateAddress => {
                "Write the address that customers use, or take it out; if it is meant, set the rule to `off`."
            }
            Self::NotTaken => "Fix it as the reason says, or leave it out of the export.",
            Self::SameQuestion => {
                "Keep the message in the step that fits best and take it out of the other."
            }
            Self::NearDuplicate => {
                "Merge the two steps, or word the messages so that they say what differs."
            }
            Self::FewVariants => "Add two or three more ways in which customers ask this.",
            Self::QuestionLength => "Write it as a customer would type it, in one short sentence.",
            Self::BotSize => {
                "Merge or drop what is hardly asked, or divide the topics among several bots."
            }
            Self::AnswerLength => {
                "Say the main thing first and link to the rest, or divide the article (`split = \"headings\"` makes each of its headings a step)."
            }
            Self::EmptyAnswer => "Write an answer, or leave the article out of the export.",
            Self::Placeholder => {
                "Write the answer, or leave the article out of the export; `hold_lint` keeps such content from going live."
            }
            Self::LinkOnly => "Say in a sentence what the customer finds there.",
            Self::Hsl => {
                "Write the element as the vendor's documentation of HSL has it, or as plain text."
            }
            Self::ButtonLength => "Shorten the words.",
            Self::BrokenLink => "Write the whole address, beginning with https://.",
            Self::InsecureLink => "Write https:// in place of http://, if the site answers to it.",
            Self::Html => "Take the tags out, or let them be read as HTML (`body = \"html\"`).",
            Self::UnbalancedMarkup => "Close what is opened, or take the signs out.",
            Self::RawMarkdown => {
                "Take the signs out, or let them be read as Markdown (`body = \"markdown\"`)."
            }
            Self::GeneratorMark => "Take it out, or export the pages as the generator makes them.",
            Self::EscapeSequence => {
                "Export the text with real line breaks and quotation marks, or correct the answer."
            }
            Self::PageFurniture => {
                "Take the line out of the template that the export uses, or export the articles without it."
            }
            Self::RelativeLink => {
                "Write the whole address, or say where links begin (`link_base`, or `fields.url`)."
            }
            Self::NoLetter => "Write the question in words, or take the message out.",
            Self::PageName => {
                "Give the page a title, or name the field with its title in `fields`; in DokuWiki, switch on `useheading`."
            }
            Self::InvisibleCharacter => "Delete the character, or type the word again.",
            Self::MixedScripts => "Type the word again with one keyboard layout.",
            Self::Mojibake => {
                "Correct it where it is written; if the whole export looks so, say what it is in (`encoding`)."
            }
            Self::OtherLanguage => {
                "Translate it, or export it to a bot of that language (`locale` or `keep` chooses)."
            }
        }
    }
}
