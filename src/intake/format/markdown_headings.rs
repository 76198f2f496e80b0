//! The headings of a page of Markdown, and what stands in the place of one: a line in bold that asks, a line
//! that is marked as a question, and what opens an answer. Pure.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use scraper::Html;

use super::page::{answer_mark, heading};
use crate::intake::sections::{Heading, OPENING, asks};

/// What is longer is no question.
const LONGEST: usize = 2000;

pub(crate) fn options() -> Options {
    Options::ENABLE_HEADING_ATTRIBUTES
}

/// The headings that stand in no quote and no list.
pub(crate) fn headings(body: &str) -> Vec<Heading> {
    let mut walk = Walk {
        body,
        found: Vec::new(),
        depth: 0,
        level: 0,
        line: FirstLine::default(),
    };
    for (event, range) in Parser::new_ext(body, options()).into_offset_iter() {
        walk.event(&event, range);
    }
    walk.found
}

struct Walk<'b> {
    body: &'b str,
    found: Vec<Heading>,
    depth: usize,
    /// The level of the heading that is open, or 0.
    level: usize,
    line: FirstLine,
}

/// The first line of a heading or paragraph.
#[derive(Default)]
struct FirstLine {
    start: usize,
    /// Where it ended, and what is below it begins.
    end: Option<usize>,
    text: String,
    /// How many bold texts are open, and whether words stand outside of them.
    bold: usize,
    has_plain: bool,
    is_open: bool,
}

impl Walk<'_> {
    fn event(&mut self, event: &Event, range: Range<usize>) {
        match event {
            Event::Start(tag) => {
                if self.depth == 0 {
                    self.begins(tag, range);
                }
                self.depth += 1;
                self.line.bold += usize::from(matches!(tag, Tag::Strong));
            }
            Event::End(tag) => {
                self.depth = self.depth.saturating_sub(1);
                let is_bold = matches!(tag, TagEnd::Strong);
                self.line.bold = self.line.bold.saturating_sub(usize::from(is_bold));
                if self.depth == 0 {
                    self.ends(range);
                }
            }
            Event::Text(text) | Event::Code(text) => self.line.says(text),
            Event::SoftBreak | Event::HardBreak if self.level > 0 => self.line.says(" "),
            Event::SoftBreak | Event::HardBreak if self.line.is_open => {
                self.line.end.get_or_insert(range.end);
            }
            _ => {}
        }
    }

    fn begins(&mut self, tag: &Tag, range: Range<usize>) {
        self.level = match tag {
            Tag::Heading { level, .. } => *level as usize,
            _ => 0,
        };
        self.line = FirstLine {
            start: range.start,
            is_open: matches!(tag, Tag::Heading { .. } | Tag::Paragraph),
            ..FirstLine::default()
        };
        if matches!(tag, Tag::HtmlBlock) {
            self.opened(range);
        }
    }

    fn ends(&mut self, range: Range<usize>) {
        let line = std::mem::take(&mut self.line);
        if !line.is_open {
            return;
        }
        let place = line.start..line.end.unwrap_or(range.end);
        if self.level > 0 {
            self.found.push(heading(self.level, line.text, place));
            return;
        }
        let text = line.text.trim().to_owned();
        let is_bold = !line.has_plain && asks(&text);
        let opening = heading(OPENING, text, place);
        if is_bold || opening.is_marked() {
            self.found.push(opening);
        }
    }

    /// What opens an answer: `<details>` with its `<summary>`.
    fn opened(&mut self, block: Range<usize>) {
        let text = self.body[block.clone()].to_ascii_lowercase();
        let mut at = 0;
        while let Some(found) = text[at..].find("<summary").map(|found| at + found) {
            self.closed(&text[at..found], block.start + at);
            let inner = text[found..].find('>').map(|end| found + end + 1);
            let Some(inner) = inner else {
                return;
            };
            let Some(end) = text[inner..].find("</summary>").map(|end| inner + end) else {
                return;
            };
            let details = text[at..found]
                .rfind("<details")
                .map(|details| at + details);
            let asked = &self.body[block.start + inner..block.start + end];
            let asked = Some(asked).filter(|asked| asked.len() <= LONGEST);
            let asked = asked.map_or_else(String::new, words);
            at = end + "</summary>".len();
            if asks(&asked) {
                let start = block.start + details.unwrap_or(found);
                let place = start..block.start + at;
                self.found.push(heading(OPENING, asked, place));
            }
        }
        self.closed(&text[at..], block.start + at);
    }

    /// What follows an answer that opens is no part of it.
    fn closed(&mut self, text: &str, start: usize) {
        let is_open = self.found.last().is_some_and(|last| {
            last.level == OPENING && self.body[last.start..].starts_with(['<'])
        });
        if let Some(end) = text.find("</details>").filter(|_| is_open) {
            let at = start + end;
            self.found.push(heading(OPENING, String::new(), at..at));
        }
    }
}

impl FirstLine {
    fn says(&mut self, text: &str) {
        if self.is_open && self.end.is_none() {
            self.text.push_str(text);
            self.has_plain |= self.bold == 0 && text.chars().any(char::is_alphanumeric);
        }
    }
}

fn words(html: &str) -> String {
    let text: String = Html::parse_fragment(html).root_element().text().collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An answer without the mark that calls it one, in bold or not: `A: `, `**A:** `.
pub(crate) fn without_mark(answer: &str) -> String {
    let (bold, rest) = match answer.strip_prefix("**") {
        Some(rest) => ("**", rest),
        None => ("", answer),
    };
    // The bold text may end before the colon, after it, or behind the answer.
    if let Some((word, behind)) = rest.split_once("**:").filter(|_| !bold.is_empty())
        && answer_mark(&format!("{word}:")).is_some()
    {
        return behind.trim_start().to_owned();
    }
    let Some(mark) = answer_mark(rest) else {
        return answer.to_owned();
    };
    let behind = &rest[mark..];
    match behind.strip_prefix("**").filter(|_| !bold.is_empty()) {
        Some(behind) => behind.trim_start().to_owned(),
        None => format!("{bold}{behind}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(body: &str) -> Vec<(usize, String, String)> {
        let found = headings(body);
        let said = |heading: &Heading| {
            let place = body[heading.start..heading.end].trim().to_owned();
            (heading.level, heading.text.clone(), place)
        };
        found.iter().map(said).collect()
    }

    #[test]
    fn a_bold_line_that_asks_and_a_marked_one_stand_in_the_place_of_headings() {
        for (body, expected) in [
            ("**How?**\n\nSo.", Some(("How?", "**How?**"))),
            ("**How?**\nSo.", Some(("How?", "**How?**"))),
            ("**Q: How?**  \nA: So.", Some(("Q: How?", "**Q: How?**"))),
            (
                "**Q:** How?\n\n**A:** So.",
                Some(("Q: How?", "**Q:** How?")),
            ),
            ("Q: Parcels\nA: So.", Some(("Q: Parcels", "Q: Parcels"))),
            ("**How?** Like this.", None),
            ("**Note**\n\nSo.", None),
            ("How?\n\nSo.", None),
            ("> **How?**\n\nSo.", None),
            ("- **How?**\n  So.", None),
        ] {
            let found = texts(body);
            let found = found.first();
            let found = found.map(|(level, text, place)| (*level, &**text, &**place));
            let expected = expected.map(|(text, place)| (OPENING, text, place));
            assert_eq!(found, expected, "{body}");
        }
    }

    #[test]
    fn what_opens_an_answer_ends_with_it() {
        let body =
            "<details>\n<summary><b>How &amp; why?</b></summary>\n\nSo.\n\n</details>\n\nMore.";
        let found = texts(body);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].0, &*found[0].1), (OPENING, "How & why?"));
        assert!(found[0].2.starts_with("<details>") && found[0].2.ends_with("</summary>"));
        assert_eq!((found[1].0, &*found[1].1), (OPENING, ""));
        assert_eq!(
            texts("<details><summary>More</summary>\n\nSo.\n\n</details>"),
            []
        );
    }

    #[test]
    fn marks_of_answers_are_left_out_and_the_bold_stays_whole() {
        for (answer, expected) in [
            ("A: So.", "So."),
            ("**A:** So.", "So."),
            ("**A**: So.", "So."),
            ("**A: So.**", "**So.**"),
            ("Answer: So.", "So."),
            ("**Careful:** so.", "**Careful:** so."),
            ("So: A.", "So: A."),
        ] {
            assert_eq!(without_mark(answer), expected);
        }
    }
}
