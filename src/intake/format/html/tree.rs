//! A web page as a tree, made tag by tag: an element that is left open comes again in each paragraph
//! that follows it, so that a short page can ask for more than the memory.

use html5ever::driver::{ParseOpts, Parser, parse_document};
use html5ever::tendril::{StrTendril, TendrilSink};
use scraper::{Html, HtmlTreeSink, Node};

use crate::intake::budget::Budget;
use crate::intake::bytes::TextProblem;
use crate::text::markup_signs::shows_icon;

/// As deep as browsers go.
const MAX_DEPTH: usize = 512;
/// What a node and an attribute take. As many nodes as there are may be made again by one tag, before
/// anybody can count them.
const NODE: usize = 400;
const ATTRIBUTE: usize = 100;

/// The tree of a page.
pub(crate) fn parse(html: &str, budget: &mut Budget) -> Result<Html, TextProblem> {
    let sink = HtmlTreeSink::new(Html::new_document());
    let mut parser = parse_document(sink, ParseOpts::default());
    let mut counted = 0;
    let mut from = 0;
    while from < html.len() {
        let next = memchr::memchr(b'<', &html.as_bytes()[from + 1..]);
        let next = next.map_or(html.len(), |at| from + 1 + at);
        parser.process(StrTendril::from_slice(&html[from..next]));
        from = next;
        counted = count(&parser, counted, budget)?;
    }
    let mut page = parser.finish();
    take_icons_out(&mut page);
    Ok(page)
}

/// What only a font makes an icon of is no text, in a heading neither.
fn take_icons_out(page: &mut Html) {
    let icons = page.tree.nodes().filter(|node| match node.value() {
        Node::Element(element) => {
            shows_icon(element.name(), element.attr("class").unwrap_or_default())
        }
        _ => false,
    });
    let icons: Vec<_> = icons.map(|node| node.id()).collect();
    for icon in icons {
        if let Some(mut node) = page.tree.get_mut(icon) {
            node.detach();
        }
    }
}

/// Counts the nodes that have come.
fn count(
    parser: &Parser<HtmlTreeSink>,
    counted: usize,
    budget: &mut Budget,
) -> Result<usize, TextProblem> {
    let html = parser.tokenizer.sink.sink.0.borrow();
    let nodes = html.tree.values().len();
    if nodes == counted {
        return Ok(counted);
    }
    let made = html.tree.values().rev().take(nodes - counted);
    let attributes = made.map(|node| match node {
        Node::Element(element) => element.attrs.len(),
        _ => 0,
    });
    budget.take((nodes - counted) * NODE + attributes.sum::<usize>() * ATTRIBUTE)?;
    let last = html.tree.nodes().next_back();
    if last.is_some_and(|last| last.ancestors().nth(MAX_DEPTH).is_some()) {
        return Err(TextProblem::whole_file(format!(
            "has elements more than {MAX_DEPTH} deep within each other; fix the page"
        )));
    }
    Ok(nodes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_the_same_however_it_comes() {
        for page in [
            "",
            "x",
            "<",
            "ä < b <b>c",
            "<!doctype html><title>t</title><p>a<b>b<p>c</b>d",
            "<table><tr><td>a<table><td>b</table>c",
            "<script>if (a < b) {}</script><textarea><b></textarea>",
            "<p title='<b>'>ä<!-- <i> -->€</p",
        ] {
            let tree = parse(page, &mut Budget::default()).unwrap();
            assert_eq!(tree.html(), Html::parse_document(page).html(), "{page}");
        }
    }

    #[test]
    fn real_pages_pass_and_traps_do_not() {
        let list = format!("<ul>{}</ul>", "<li><p>one".repeat(20_000));
        let closed = "<div class='a > b'>x</div>".repeat(20_000);
        let broken = "</div>".repeat(3000) + "a < b";
        let deep = "<div>".repeat(600);
        let hidden = "<div></x>".repeat(600);
        let number = |at: usize| format!("<b id={at}><p>x");
        let open = (0..500).map(number).collect::<String>() + &"<p>x".repeat(10_000);
        for (page, part) in [
            (&list, ""),
            (&closed, ""),
            (&broken, ""),
            (&deep, "512 deep"),
            (&hidden, "512 deep"),
            (&open, "memory"),
        ] {
            match parse(page, &mut Budget::default()) {
                Ok(_) => assert_eq!(part, ""),
                Err(why) => assert!(!part.is_empty() && why.reason.contains(part), "{why:?}"),
            }
        }
    }
}
