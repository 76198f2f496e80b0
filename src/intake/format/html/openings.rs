//! What stands in the place of a heading above an answer on a web page: a line in bold that asks, a button
//! that opens the answer, or an element that is called a question. Pure.

use scraper::ElementRef;

use crate::intake::format::page::answer_mark;
use crate::intake::sections::asks;

/// Elements that may stand within a line.
const INLINE: [&str; 14] = [
    "a", "b", "br", "em", "font", "i", "mark", "path", "small", "span", "strong", "svg", "sup", "u",
];

/// So many texts and tags a question has at most.
const MOST_PARTS: usize = 40;

/// Whether an element is a question of one line above its answer.
pub(crate) fn is_opening(element: ElementRef) -> bool {
    let may_be = || match element.value().name() {
        "button" => true,
        "p" => is_bold(element),
        "a" => opens(element),
        "div" | "span" | "label" => opens(element) || is_called_question(element),
        _ => false,
    };
    is_short(element) && may_be() && is_line(element) && asks(&element.text().collect::<String>())
}

/// A question in bold at the beginning of a paragraph, on a line of its own, and what stands below it.
pub(crate) fn opened_line(paragraph: ElementRef) -> Option<(ElementRef, String)> {
    if paragraph.value().name() != "p" {
        return None;
    }
    let mut children = paragraph.children().skip_while(|child| {
        let text = child.value().as_text();
        text.is_some_and(|text| text.trim().is_empty())
    });
    let line = children.next().and_then(ElementRef::wrap)?;
    let ends = children.next().and_then(ElementRef::wrap)?;
    let is_bold = matches!(line.value().name(), "b" | "strong");
    let asks = is_short(line) && asks(&line.text().collect::<String>());
    if !is_bold || !asks || ends.value().name() != "br" {
        return None;
    }
    let rest: String = children
        .map(|child| match ElementRef::wrap(child) {
            Some(element) => element.html(),
            None => child.value().as_text().map_or_else(String::new, |text| {
                text.replace('&', "&amp;").replace('<', "&lt;")
            }),
        })
        .collect();
    (!rest.trim().is_empty()).then(|| (line, format!("<p>{rest}</p>")))
}

/// Whether its class says so. Of links it may say that they lead to other questions.
fn is_called_question(element: ElementRef) -> bool {
    let class = element.value().attr("class").unwrap_or_default();
    class.to_ascii_lowercase().contains("question")
}

/// Whether it says that it opens something.
fn opens(element: ElementRef) -> bool {
    let has = |name: &str| element.value().attr(name).is_some();
    has("aria-controls") || has("aria-expanded")
}

/// Whether all of its words are bold.
fn is_bold(element: ElementRef) -> bool {
    let mut words = element.descendants().filter_map(|node| {
        let text = node.value().as_text()?;
        (!text.trim().is_empty()).then_some(node)
    });
    words.all(|node| {
        let around = node.ancestors().filter_map(ElementRef::wrap);
        let mut around = around.take_while(|holder| *holder != element);
        around.any(|holder| matches!(holder.value().name(), "b" | "strong"))
    })
}

/// A question has few words, and few tags among them.
fn is_short(element: ElementRef) -> bool {
    element.descendants().take(MOST_PARTS + 1).count() <= MOST_PARTS
}

fn is_line(element: ElementRef) -> bool {
    let inner = element.descendants().skip(1).filter_map(ElementRef::wrap);
    let mut names = inner.map(|inner| inner.value().name());
    names.all(|name| INLINE.contains(&name))
}

/// An answer without the mark that calls it one, whatever tags stand before it.
pub(crate) fn without_mark(mut answer: String) -> String {
    let mut at = 0;
    while answer[at..].starts_with(|c: char| c == '<' || c.is_whitespace()) {
        let is_tag = answer[at..].starts_with('<');
        let end = answer[at..].find(|c: char| if is_tag { c == '>' } else { !c.is_whitespace() });
        at = end.map_or(answer.len(), |end| at + end + usize::from(is_tag));
    }
    if let Some(mark) = answer_mark(&answer[at..]) {
        answer.replace_range(at..at + mark, "");
    }
    answer
}
