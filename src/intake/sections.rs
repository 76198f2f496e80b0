//! Which parts of a page are questions with their answers, and which are the page's own text: the same
//! for Markdown and HTML. Pure.

use std::ops::Range;

/// A heading of a page.
#[derive(Debug)]
pub(crate) struct Heading {
    /// 1 is the highest.
    pub(crate) level: usize,
    pub(crate) text: String,
    /// Where it begins.
    pub(crate) start: usize,
    /// Where what it heads begins.
    pub(crate) end: usize,
    /// How much of the text is a mark of a question, such as `Q: `.
    pub(crate) mark: usize,
}

/// The level of what stands in the place of a heading: a line in bold that asks, or what opens an answer.
pub(crate) const OPENING: usize = 7;

impl Heading {
    /// Whether it is a question: it ends like one, or is marked as one.
    pub(crate) fn asks(&self) -> bool {
        self.is_marked() || asks(&self.text)
    }

    /// Whether a mark calls it a question.
    pub(crate) fn is_marked(&self) -> bool {
        self.mark > 0
    }

    /// The text without its mark.
    pub(crate) fn question(&self) -> &str {
        &self.text[self.mark..]
    }
}

/// What a page with questions consists of. Places and lengths are in whatever the headings count in.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct PageSections {
    /// The heading that names the page, if one does.
    pub(crate) title: Option<usize>,
    pub(crate) questions: Vec<QuestionSection>,
    /// What belongs to no question, without the title.
    pub(crate) own: Vec<Range<usize>>,
}

/// A heading that is a question, and what it heads.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct QuestionSection {
    /// Which heading it is.
    pub(crate) heading: usize,
    /// What answers it.
    pub(crate) answer: Range<usize>,
    /// The headings above it that are no questions, from the nearest one on.
    above: Vec<usize>,
}

impl PageSections {
    /// The sections of a page of this length, if at least two of its headings on one level are questions.
    /// A page with one alone is an article that asks itself something.
    pub(crate) fn of(headings: &[Heading], length: usize) -> Option<Self> {
        let level = asking_level(headings)?;
        // What stands deeper belongs to an answer.
        let is_question = |at: usize, heading: &Heading| {
            let is_title = at == 0 && heading.level < level;
            heading.level <= level && heading.asks() && !is_title
        };
        let mut page = Self {
            title: (!is_question(0, &headings[0])).then_some(0),
            ..Self::default()
        };
        let mut above: Vec<usize> = Vec::new();
        let mut done = 0;
        for (at, heading) in headings.iter().enumerate() {
            above.retain(|above| headings[*above].level < heading.level);
            if heading.level > level {
                continue;
            }
            if is_question(at, heading) {
                let next = headings[at + 1..].iter().find(|next| next.level <= level);
                let end = next.map_or(length, |next| next.start);
                page.push_own(done..heading.start, headings);
                page.questions.push(QuestionSection {
                    heading: at,
                    answer: heading.end..end,
                    above: above.iter().rev().copied().collect(),
                });
                done = end;
            } else {
                above.push(at);
            }
        }
        page.push_own(done..length, headings);
        Some(page)
    }

    /// Whether a heading belongs to no question, stands above none, and has words.
    pub(crate) fn has_bare_heading(&self, headings: &[Heading]) -> bool {
        let mut named: Vec<usize> = self.title.into_iter().collect();
        named.extend(self.questions.iter().flat_map(|section| &section.above));
        named.sort_unstable();
        let is_own = |at: usize| {
            let own = self.own.partition_point(|range| range.end <= at);
            self.own.get(own).is_some_and(|range| range.contains(&at))
        };
        headings.iter().enumerate().any(|(at, heading)| {
            is_own(heading.start) && !heading.text.is_empty() && named.binary_search(&at).is_err()
        })
    }

    /// What is left of a range without the title.
    fn push_own(&mut self, range: Range<usize>, headings: &[Heading]) {
        let title = self
            .title
            .map(|title| headings[title].start..headings[title].end);
        let title = title.filter(|title| title.start >= range.start && title.end <= range.end);
        let (before, after) = match title {
            Some(title) => (range.start..title.start, title.end..range.end),
            None => (range, 0..0),
        };
        let own = [before, after]
            .into_iter()
            .filter(|range| !range.is_empty());
        self.own.extend(own);
    }
}

impl QuestionSection {
    /// What may be asked for it: its heading, alone and with what stands above it.
    pub(crate) fn messages(&self, headings: &[Heading], title: Option<&str>) -> Vec<String> {
        let question = headings[self.heading].question();
        let above = self.above.iter().map(|at| headings[*at].text.as_str());
        let mut messages = vec![question.to_owned()];
        for above in above.chain(title) {
            let message = format!("{}: {question}", above.trim_end_matches([':', ' ']));
            if !above.is_empty() && above != question && !messages.contains(&message) {
                messages.push(message);
            }
        }
        messages
    }
}

/// The highest level on which at least two headings are questions. Others may stand beside them.
fn asking_level(headings: &[Heading]) -> Option<usize> {
    let mut asking = [0_usize; OPENING + 1];
    for heading in headings.iter().filter(|heading| heading.asks()) {
        asking[heading.level.min(OPENING)] += 1;
    }
    (1..=OPENING).find(|level| asking[*level] >= 2)
}

/// Whether a text ends with a question mark, of whatever script. Quotes, brackets and pictures may stand behind it.
pub(crate) fn asks(text: &str) -> bool {
    const MARKS: [char; 4] = ['?', '\u{ff1f}', '\u{61f}', '\u{37e}'];
    let decorates = |c: char| !c.is_alphanumeric() && !MARKS.contains(&c);
    text.trim_end_matches(decorates).ends_with(MARKS)
}

/// A heading as the last part of an address, as GitHub makes it.
pub(crate) fn slug(text: &str) -> String {
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join("-")
}

/// A file's path without its extension: what the article in it is known by.
pub(crate) fn stem(file: &str) -> &str {
    let name = file.rsplit('/').next().unwrap_or(file);
    match name.rfind('.') {
        Some(dot) if dot > 0 => &file[..file.len() - name.len() + dot],
        _ => file,
    }
}

/// The words of a file's name, or of its folder's where the file is the folder's page.
pub(crate) fn words_of_name(file: &str) -> String {
    let mut parts = stem(file).rsplit('/');
    let name = parts.next().unwrap_or_default();
    let is_folders = matches!(name.to_lowercase().as_str(), "index" | "readme" | "_index");
    let name = parts.next().filter(|_| is_folders).unwrap_or(name);
    let words = name.split(|c: char| c.is_whitespace() || matches!(c, '-' | '_' | '.'));
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_mark_may_have_signs_behind_it() {
        for (text, expected) in [
            ("Why?", true),
            ("Why? \u{1f914}", true),
            ("\u{201e}Warum?\u{201c}", true),
            ("(Why?)", true),
            ("Why?!", true),
            ("なぜ？", true),
            ("Why? Because", false),
            ("Why? 2", false),
            ("Why", false),
            ("\u{1f914}", false),
            ("", false),
        ] {
            assert_eq!(asks(text), expected, "{text}");
        }
    }

    #[test]
    fn slugs_and_stems() {
        assert_eq!(slug("How do I pay, by `card`?"), "how-do-i-pay-by-card");
        assert_eq!(slug("Größe?"), "größe");
        assert_eq!(stem("a.b/how-to.pay.md"), "a.b/how-to.pay");
        assert_eq!(stem("a.b/.md"), "a.b/.md");
        assert_eq!(words_of_name("help/refund-policy_2.md"), "refund policy 2");
        assert_eq!(words_of_name("help/refunds/index.html"), "refunds");
        assert_eq!(words_of_name("README.md"), "README");
    }

    /// Headings that stand ten apart, each five long.
    fn headings(texts: &[(usize, &str)]) -> Vec<Heading> {
        let heading = |(at, (level, text)): (usize, &(usize, &str))| Heading {
            level: *level,
            text: (*text).to_owned(),
            start: at * 10,
            end: at * 10 + 5,
            mark: 0,
        };
        texts.iter().enumerate().map(heading).collect()
    }

    /// The title, each question with its answer and messages, and the page's own places.
    type Found = (Option<usize>, Vec<String>, Vec<Range<usize>>);

    fn sections(texts: &[(usize, &str)]) -> Option<Found> {
        let headings = headings(texts);
        let page = PageSections::of(&headings, texts.len() * 10)?;
        let title = page.title.map(|title| headings[title].text.as_str());
        let said = |section: &QuestionSection| {
            let messages = section.messages(&headings, title).join("|");
            format!("{:?} {messages}", section.answer)
        };
        let questions = page.questions.iter().map(said).collect();
        Some((page.title, questions, page.own))
    }

    #[test]
    fn a_page_is_its_own_text_and_the_questions_beside_it() {
        let found = sections(&[(1, "Refunds"), (2, "How long?"), (2, "Terms"), (2, "Cash?")]);
        let (title, questions, own) = found.unwrap();
        assert_eq!(title, Some(0));
        assert_eq!(
            questions,
            [
                "15..20 How long?|Refunds: How long?",
                "35..40 Cash?|Refunds: Cash?"
            ]
        );
        assert_eq!(own, [5..10, 20..30]);
    }

    #[test]
    fn what_is_deeper_is_part_of_an_answer_and_what_is_above_names_it() {
        let found = sections(&[
            (1, "FAQ"),
            (2, "Basic:"),
            (3, "Price?"),
            (4, "Really?"),
            (2, "Pro"),
            (3, "Price?"),
            (2, "Why us?"),
        ]);
        let (_, questions, own) = found.unwrap();
        assert_eq!(
            questions,
            [
                "25..40 Price?|Basic: Price?|FAQ: Price?",
                "55..60 Price?|Pro: Price?|FAQ: Price?",
                "65..70 Why us?|FAQ: Why us?"
            ]
        );
        assert_eq!(own, [5..20, 40..50]);
    }

    #[test]
    fn a_heading_above_questions_is_told_with_them_and_another_is_bare() {
        let bare = |texts: &[(usize, &str)]| {
            let headings = headings(texts);
            let page = PageSections::of(&headings, texts.len() * 10).unwrap();
            page.has_bare_heading(&headings)
        };
        assert!(!bare(&[(1, "FAQ"), (2, "Basic"), (3, "How?"), (3, "Why?")]));
        assert!(bare(&[(1, "FAQ"), (2, "About"), (2, "How?"), (2, "Why?")]));
        assert!(!bare(&[(2, "How?"), (2, "Why?"), (3, "Details")]));
    }

    #[test]
    fn a_page_need_not_have_a_title() {
        let (title, _, own) = sections(&[(2, "How?"), (2, "Why?")]).unwrap();
        assert_eq!((title, own), (None, Vec::new()));
        let (title, questions, _) = sections(&[(1, "How?"), (2, "When?"), (2, "Why?")]).unwrap();
        assert_eq!((title, questions.len()), (Some(0), 2));
    }

    #[test]
    fn one_question_alone_is_a_chapter() {
        assert_eq!(
            sections(&[(1, "How?"), (2, "By card"), (2, "What if?"), (2, "Cash")]),
            None
        );
        assert_eq!(sections(&[]), None);
        // However many chapters there are, the second one counts: no chapter that comes takes a step away.
        let mut many = vec![(2, "What?"), (2, "Why?")];
        many.extend([(2, "Chapter"); 9]);
        assert_eq!(sections(&many).unwrap().1.len(), 2);
    }
}
