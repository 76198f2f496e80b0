//! What the answers of a source are written in, where nobody says so: decided by all of them, since one
//! answer may merely speak of tags or stars. What could be read in two ways is never cached, so that the
//! decision always has all of the source to go by. Pure.

mod wording;

pub(crate) use wording::UNDECIDED;

use std::borrow::Cow;

use crate::model::{Article, Body, BodyDecision, Markup, Place, Writing};
use crate::text::escape_sequences::{EscapeSigns, escape_signs, unescaped};
use crate::text::markup_signs::{TagSigns, markdown_signs, tag_signs};

/// How many answers show what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct BodyTally {
    answers: usize,
    whole: usize,
    used: usize,
    block: usize,
    inline: usize,
    weak: usize,
    markdown: usize,
    links: usize,
    /// Answers with the two characters `\n`, those in which they surely end a line, those in which a
    /// backslash is one, and those with real line breaks.
    escaped: usize,
    ending_lines: usize,
    backslashes: usize,
    broken: usize,
    /// Answers whose tags are written as entities, throughout.
    written_out: usize,
    /// Articles with tags or marks that could be read in two ways, and all that could be.
    marked: usize,
    doubtful: usize,
}

/// What a source shows.
#[derive(Debug, Default)]
pub(crate) struct BodyEvidence {
    tally: BodyTally,
    /// Where the first article stands that could be read in two ways, for its marks and for its escapes.
    first: Option<Place>,
    first_escaped: Option<Place>,
}

impl BodyTally {
    fn add(&mut self, other: &Self) {
        self.answers += other.answers;
        self.whole += other.whole;
        self.used += other.used;
        self.block += other.block;
        self.inline += other.inline;
        self.weak += other.weak;
        self.markdown += other.markdown;
        self.links += other.links;
        self.escaped += other.escaped;
        self.ending_lines += other.ending_lines;
        self.backslashes += other.backslashes;
        self.broken += other.broken;
        self.written_out += other.written_out;
        self.marked += other.marked;
        self.doubtful += other.doubtful;
    }

    fn see(&mut self, answer: &str) {
        if answer.trim().is_empty() {
            return;
        }
        self.answers += 1;
        let answer = &*self.see_lines(answer);
        self.written_out += usize::from(written_out(answer).is_some());
        let count = match tag_signs(answer) {
            TagSigns::None => None,
            TagSigns::Weak => Some(&mut self.weak),
            TagSigns::Inline => Some(&mut self.inline),
            TagSigns::Block => Some(&mut self.block),
            TagSigns::Used => Some(&mut self.used),
            TagSigns::Whole => {
                self.whole += 1;
                return;
            }
        };
        if let Some(count) = count {
            *count += 1;
        }
        let signs = markdown_signs(answer);
        self.markdown += usize::from(signs.marks);
        self.links += usize::from(signs.links);
    }

    /// Looks at how its lines end; what it says, if its escapes are what they surely look like.
    fn see_lines<'a>(&mut self, answer: &'a str) -> Cow<'a, str> {
        self.broken += usize::from(answer.trim().contains('\n'));
        let signs = escape_signs(answer);
        match signs {
            EscapeSigns::None => {}
            EscapeSigns::Other => self.backslashes += 1,
            EscapeSigns::Possible | EscapeSigns::Certain => self.escaped += 1,
        }
        if signs == EscapeSigns::Certain {
            self.ending_lines += 1;
            return unescaped(answer).into();
        }
        answer.into()
    }

    /// Answers with tags or entities among their text.
    fn tagged(&self) -> usize {
        self.weak + self.inline + self.block + self.used
    }

    /// Whether its marks can be read in two ways.
    fn is_marked(&self) -> bool {
        self.tagged() + self.markdown > 0
    }

    /// What the answers are read as that leave a choice. Once that is decided, it takes twice the proof
    /// to decide otherwise: one more article must not change how all the others read.
    fn decide(&self, earlier: Option<BodyDecision>) -> BodyDecision {
        let bar = |was: Option<bool>| match was {
            None => ProofBar::First,
            Some(true) => ProofBar::Stays,
            Some(false) => ProofBar::Turns,
        };
        BodyDecision {
            html: self.is_html(bar(earlier.map(|earlier| earlier.html))),
            markdown: self.is_markdown(bar(earlier.map(|earlier| earlier.markdown))),
            escapes: self.are_escapes(earlier.is_some_and(|earlier| earlier.escapes)),
            written_out: self.are_written_out(earlier.is_some_and(|earlier| earlier.written_out)),
        }
    }

    /// An export that writes `\n` has no line breaks, and one that has them means the characters. One answer
    /// alone may speak of them.
    fn are_escapes(&self, were_so: bool) -> bool {
        let against = self.broken + self.backslashes;
        if were_so {
            return self.ending_lines > 0 && against * 4 <= self.escaped;
        }
        self.ending_lines >= 2 && self.ending_lines * 2 >= self.escaped && against == 0
    }

    /// An export that writes tags as entities has no other tags. One answer alone may speak of them.
    fn are_written_out(&self, were_so: bool) -> bool {
        let real = self.tagged() - self.weak + self.whole;
        if were_so {
            return self.written_out > 0 && real * 4 <= self.written_out;
        }
        self.written_out >= 2 && self.written_out * 2 >= self.weak && real == 0
    }

    /// A quarter of a source is no accident, nor are tags with addresses in them; what a single inline
    /// tag says depends on the others.
    fn is_html(&self, bar: ProofBar) -> bool {
        let plain = self.whole + self.used;
        let proof = plain + self.block;
        // One answer with an address in it does not speak for many without.
        let speaks = bar != ProofBar::Turns || plain * 2 >= self.tagged();
        let is_mostly_inline = match bar {
            ProofBar::First => self.inline * 2 > self.answers,
            ProofBar::Stays => self.inline * 4 > self.answers,
            ProofBar::Turns => self.inline > 0 && self.inline == self.answers,
        };
        proof > 0 && (bar.share(proof * 4, self.answers) || speaks && bar.share(plain, self.block))
            || is_mostly_inline
    }

    fn is_markdown(&self, bar: ProofBar) -> bool {
        self.markdown > 0
            && (bar.share(self.markdown * 10, self.answers)
                || bar.share(self.links * 2, self.markdown))
    }
}

/// How much proof it takes that marks are markup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ProofBar {
    /// Nothing was decided before.
    First,
    /// It was decided that they are.
    Stays,
    /// It was decided that they are not.
    Turns,
}

impl ProofBar {
    /// Whether the proof is as much as it has to be.
    fn share(self, proof: usize, of: usize) -> bool {
        match self {
            Self::First => proof >= of,
            Self::Stays => proof * 2 >= of,
            Self::Turns => proof >= of * 2,
        }
    }
}

/// What one article shows, its questions included.
fn shows(article: &Article) -> Option<BodyTally> {
    if article.body.is_some() || article.markup == Markup::Faq {
        return None;
    }
    let mut tally = BodyTally::default();
    for answer in &article.answers {
        tally.see(answer);
    }
    let asks =
        |question: &String| markdown_signs(question).marks || tag_signs(question) > TagSigns::Weak;
    let asks = article.questions.iter().any(asks);
    tally.marked = usize::from(tally.is_marked() || asks);
    tally.doubtful = usize::from(tally.marked > 0 || tally.escaped > 0);
    Some(tally)
}

impl BodyEvidence {
    /// Looks at an article. `true`: it could be read in two ways.
    pub(crate) fn see(&mut self, article: &Article) -> bool {
        let Some(tally) = shows(article) else {
            return false;
        };
        self.tally.add(&tally);
        let is_doubtful = tally.doubtful > 0;
        if tally.marked > 0 && self.tally.marked == 1 {
            self.first = Some(article.place.clone());
        }
        if tally.ending_lines > 0 && self.tally.ending_lines == tally.ending_lines {
            self.first_escaped = Some(article.place.clone());
        }
        is_doubtful
    }

    /// Whether there is something to decide.
    pub(crate) fn is_needed(&self) -> bool {
        self.tally.doubtful > 0
    }

    /// How much was seen, to go back to.
    pub(crate) fn tally(&self) -> BodyTally {
        self.tally
    }

    /// Forgets what was seen after this.
    pub(crate) fn back_to(&mut self, tally: BodyTally) {
        self.tally = tally;
    }

    /// Takes over what was seen beside it.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.tally.add(&other.tally);
        self.first = self.first.take().or(other.first);
        self.first_escaped = self.first_escaped.take().or(other.first_escaped);
    }

    /// What follows from all of it and from what was decided before, and what a person should know of that.
    pub(crate) fn decide(
        &self,
        earlier: Option<BodyDecision>,
    ) -> (BodyDecision, Option<(Place, String)>) {
        let decision = self.tally.decide(earlier);
        let first = self.first.clone().filter(|_| self.tally.marked > 0);
        let told = first.map(|place| (place, wording::told(&self.tally, decision, earlier)));
        (decision, told)
    }

    /// What a person should know of the answers that have `\n` in them.
    pub(crate) fn escapes_told(&self, decision: BodyDecision) -> Option<(Place, String)> {
        let first = self.first_escaped.clone();
        let place = first.filter(|_| self.tally.ending_lines > 0)?;
        Some((place, wording::escapes_told(&self.tally, decision)))
    }
}

/// Whether an article could be read in two ways.
pub(crate) fn is_doubtful(article: &Article) -> bool {
    shows(article).is_some_and(|tally| tally.doubtful > 0)
}

impl BodyDecision {
    /// Says of an article what it is to be read as, if it leaves a choice.
    pub(crate) fn settle(self, article: &mut Article) {
        let Some(tally) = shows(article).filter(|tally| tally.doubtful > 0) else {
            return;
        };
        let tally = if self.rewrites(article) {
            shows(article).unwrap_or_default()
        } else {
            tally
        };
        let marked = |question: &String| markdown_signs(question).marks;
        let is_marked = tally.markdown > 0 || article.questions.iter().any(marked);
        let tagged = tally.tagged();
        let tagged_question = |question: &String| tag_signs(question) > TagSigns::Weak;
        article.body = if self.markdown && is_marked && tally.whole == 0 {
            Some(Writing::with_lines(Body::Markdown))
        } else if tally.whole > 0 || self.html && tagged > 0 {
            Some(Writing::with_lines(Body::Html))
        } else if tagged > 0 || !self.html && article.questions.iter().any(tagged_question) {
            Some(Body::Text.into())
        } else {
            None
        };
    }
}

impl BodyDecision {
    /// Puts into the answers what their escapes and entities stand for, if that was decided. Says whether
    /// anything changed.
    fn rewrites(self, article: &mut Article) -> bool {
        let mut has_changed = false;
        for answer in &mut article.answers {
            if self.escapes && escape_signs(answer) >= EscapeSigns::Possible {
                *answer = unescaped(answer);
                has_changed = true;
            }
            if let Some(html) = written_out(answer).filter(|_| self.written_out) {
                *answer = html;
                has_changed = true;
            }
        }
        has_changed
    }
}

/// The HTML of an answer that has nothing but entities in place of its tags: `&lt;p&gt;So.&lt;/p&gt;`.
fn written_out(answer: &str) -> Option<String> {
    let text = answer.trim();
    if !text.starts_with("&lt;") || !text.ends_with("&gt;") || text.contains('<') {
        return None;
    }
    let html = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |html, (entity, sign)| {
        html.replace(entity, sign)
    });
    (tag_signs(&html) == TagSigns::Whole).then_some(html)
}

#[cfg(test)]
mod tests;
