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
