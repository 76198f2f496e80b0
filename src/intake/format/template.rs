//! Pages that are no pages yet: templates, from which a website is built. What they repeat for each question
//! comes from elsewhere, so that nobody could read the answers here. Pure.

use scraper::node::Element;
use scraper::{Html, Node};

/// How templates of Jekyll, Jinja, Hugo, Handlebars and Svelte repeat something.
const LOOPS: [(&str, &str); 8] = [
    ("{% for ", "%}"),
    ("{%- for ", "%}"),
    ("{%for ", "%}"),
    ("{{ range ", "}}"),
    ("{{- range ", "}}"),
    ("{{range ", "}}"),
    ("{{#each ", "}}"),
    ("{#each ", "}"),
];
/// The attributes by which those of Vue, Angular and Alpine do.
const REPEATING: [&str; 4] = ["v-for", "*ngfor", "x-for", "ng-repeat"];
/// So much of a mark is shown.
const SHOWN: usize = 80;

/// Why a page with this mark is none.
pub(super) fn is_template(mark: &str) -> String {
    format!(
        "is a template, and no page yet: `{mark}` is filled in when the website is built. Export the pages of the finished website, or leave the file out with `exclude`"
    )
}

/// The first mark in a text by which a template repeats something.
pub(super) fn repeats(text: &str) -> Option<String> {
    let found = LOOPS.iter().filter_map(|(open, close)| {
        let start = text.find(open)?;
        let end = start + text[start..].find(close)? + close.len();
        Some((start, &text[start..end]))
    });
    let (_, mark) = found.min()?;
    Some(mark.chars().take(SHOWN).collect())
}

/// The same in a page. Code may speak of it.
pub(super) fn page_repeats(page: &Html) -> Option<String> {
    let nodes = page.tree.nodes();
    nodes.into_iter().find_map(|node| match node.value() {
        Node::Text(text) => {
            let is_code = node.ancestors().any(|outer| {
                let name = outer.value().as_element().map(Element::name);
                matches!(name, Some("code" | "pre" | "script" | "style"))
            });
            (!is_code).then(|| repeats(text)).flatten()
        }
        Node::Element(element) => {
            let mut attributes = element.attrs();
            let found = attributes.find(|(name, _)| REPEATING.contains(name));
            found.map(|(name, value)| {
                let mark = format!("{name}=\"{value}\"");
                mark.chars().take(SHOWN).collect()
            })
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_repeats_something_makes_a_template_of_a_page() {
        for (page, mark) in [
            (
                "<p>{% for q in faq %}<b>{{ q }}</b>",
                Some("{% for q in faq %}"),
            ),
            (
                "{{#each faqs}}<p>{{q}}</p>{{/each}}",
                Some("{{#each faqs}}"),
            ),
            (
                "<li v-for='q in faq'>{{ q }}</li>",
                Some("v-for=\"q in faq\""),
            ),
            ("<p>{{ range .faq }}", Some("{{ range .faq }}")),
            ("<p>Write <code>{% for q in faq %}</code>.", None),
            ("<p>{{ name }}, wait {% for", None),
            ("<p>We stay open for you.", None),
        ] {
            let found = page_repeats(&Html::parse_document(page));
            assert_eq!(found.as_deref(), mark, "{page}");
        }
    }
}
