//! What can be seen of wikitext, feature by feature.

use super::*;

#[test]
fn wikitext() {
    check(
        Body::Wikitext,
        &[
            (
                "'''bold''' ''it'' '''''both''''' don't",
                "bold it both don't",
            ),
            (
                "== Title ==\nText\nmore\n\nnext",
                "Title\n\nText more\n\nnext",
            ),
            (
                "[[Page]] [[Page|text]] [[:Category:A]]",
                "Page text Category:A",
            ),
            (
                "[https://a.example our page] [https://b.example] [1]",
                "our page (https://a.example) https://b.example [1]",
            ),
            ("* a\n** b\n* c\n*: d\n# e", "- a\n - b\n- c\n d\n\n1. e"),
            ("a{{note|{{b}}|c}}d {{{x}}}e", "ad e"),
            ("a<ref name=x>b</ref>c<ref name=x />d<!-- e -->f", "acdf"),
            (
                "<nowiki>'''a''' [[b]] &amp; {{c}}</nowiki>",
                "'''a''' [[b]] & {{c}}",
            ),
            ("<pre>\n* a\n\n'''b'''</pre>", "* a\n\n'''b'''"),
            ("[[File:x.png|thumb|see [[Page]]]]a[[Category:B]]", "a"),
            (
                "{| class=x\n|+ Fees\n! A !! B\n|-\n| 1 || style=\"x\" | [[P|2]]\n|}",
                "Fees\n\nA: 1; B: 2",
            ),
            ("__NOTOC__\na<br>b\n----\nc", "a\nb\n\nc"),
            ("; term\n: text", "term\n\ntext"),
            ("[[unclosed and [[Page|x]]", "[[unclosed and x"),
        ],
    );
}

/// As in the wikis of other languages: their names, in any case, beside the English ones.
#[test]
fn pictures_and_categories_are_not_shown_in_any_language() {
    check(
        Body::Wikitext,
        &[
            ("a[[Datei:x.png|mini|Bild]] b\n[[Kategorie:FAQ]]", "a b"),
            ("a[[Fichier:x.png]][[catégorie:Aide]]", "a"),
            ("a[[Файл:x.png]] [[КАТЕГОРИЯ:FAQ]]", "a"),
            ("a[[ファイル:x.png]][[分类:FAQ]][[Thể_loại:FAQ]]", "a"),
            // Links to them, and to what is called otherwise.
            (
                "[[:Kategorie:FAQ]] [[Hilfe:Start]]",
                "Kategorie:FAQ Hilfe:Start",
            ),
        ],
    );
}

#[test]
fn what_only_the_wiki_can_show_is_told() {
    let is_partial = |text: &str| {
        let blocks = super::blocks(text, Body::Wikitext, &Rich::default());
        blocks.unwrap().unwrap().is_partial
    };
    for (text, expected) in [
        ("Press {{key|Enter}}.", true),
        ("{{#if: a | b }}", true),
        ("a<ref>only now</ref>", true),
        ("<gallery>x.png|The menu</gallery>", true),
        ("[[File:x.png|thumb|200px|The menu of it]]", true),
        ("[[Datei:x.png|mini|Das Menü mit [[Seite|Link]]]]", true),
        ("{{DEFAULTSORT:x}} {{ DISPLAYTITLE:y }}", false),
        ("a<ref name=x />b<!-- {{c}} -->", false),
        ("<nowiki>{{a}}</nowiki>", false),
        (
            "[[File:x.png|thumb|alt=The menu of it]] [[Page|two words]]",
            false,
        ),
        ("[[Category:FAQ]]", false),
    ] {
        assert_eq!(is_partial(text), expected, "{text}");
    }
}
