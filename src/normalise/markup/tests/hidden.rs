//! What is not seen of a page, and where it ends.

use super::*;

#[test]
fn what_is_not_shown_is_dropped() {
    check(
        Body::Html,
        &[
            ("a<script>if (a<b) '</p>'</script>b", "ab"),
            (
                "a<style>p > b {}</style>b<!-- c --><!-- wp:paragraph -->",
                "ab",
            ),
            (
                "<p style='color:red; DISPLAY : none !important'>x</p>y",
                "y",
            ),
            ("<p hidden>x<p>y", "y"),
            ("<div hidden>a<div>b</div>c</div>d", "d"),
            ("<ul><li hidden>a<ul><li>b</li></ul><li>c</ul>", "- c"),
            ("<ul><li>x<li hidden>a</ul>y", "- x\n\ny"),
            ("<input hidden>a<br hidden>b<img hidden alt=x>", "ab"),
            ("<select><option>a</select>b", "b"),
            (
                "<html><head><title>a</title></head><body>b</body></html>",
                "b",
            ),
            (
                "<h2>a<span class=\"mw-editsection\">[<a href=x>edit</a>]</span></h2>",
                "a",
            ),
            (
                "a<sup class=\"reference\"><a href=\"#1\">[1]</a></sup> m<sup>2</sup>",
                "a m²",
            ),
            ("a\u{1}\u{0}b&#1;c", "abc"),
        ],
    );
}

#[test]
fn confluence_macros() {
    check(
        Body::Html,
        &[
            (
                r#"<ac:structured-macro ac:name="info"><ac:parameter ac:name="title">T</ac:parameter><ac:rich-text-body><p>Note</p></ac:rich-text-body></ac:structured-macro><p>x</p>"#,
                "T\n\nNote\n\nx",
            ),
            (
                r#"<p>Run</p><ac:structured-macro ac:name="code"><ac:plain-text-body><![CDATA[a <b> &amp;
c]]></ac:plain-text-body></ac:structured-macro>"#,
                "Run\n\na <b> &amp;\nc",
            ),
            (
                r#"<ac:structured-macro ac:name="html"><ac:plain-text-body><![CDATA[<p>x</p>]]></ac:plain-text-body></ac:structured-macro>y"#,
                "y",
            ),
            (
                r#"See <ac:link><ri:page ri:content-title="Reset" /><ac:plain-text-link-body><![CDATA[Reset & co]]></ac:plain-text-link-body></ac:link>."#,
                "See Reset & co.",
            ),
            (
                r"<ac:task-list><ac:task><ac:task-id>1</ac:task-id><ac:task-status>incomplete</ac:task-status><ac:task-body>Do it</ac:task-body></ac:task></ac:task-list>",
                "- Do it",
            ),
            (
                r#"<ac:image ac:alt="A door"><ri:attachment ri:filename="x.png"/></ac:image> <ac:emoticon ac:name="smile" ac:emoji-fallback="🙂"/>"#,
                "A door 🙂",
            ),
            (r#"<ac:structured-macro ac:name="toc"/><p>x</p>"#, "x"),
        ],
    );
}

/// As Confluence stores it, and as its readers see it.
#[test]
fn what_confluence_stores_beside_text() {
    check(
        Body::Html,
        &[
            (
                r#"<p>It is <ac:structured-macro ac:name="status"><ac:parameter ac:name="title">DONE</ac:parameter><ac:parameter ac:name="colour">Green</ac:parameter></ac:structured-macro> now</p>"#,
                "It is DONE now",
            ),
            (
                r#"<p>Until <time datetime="2026-01-31" />, or <time datetime="2026-02-01"></time>, or <time datetime="x">soon</time>.</p>"#,
                "Until 2026-01-31, or 2026-02-01, or soon.",
            ),
            (
                r#"<p>See <ac:link><ri:page ri:content-title="Reset" /></ac:link>, <ac:link><ri:page ri:content-title="P"/><ac:link-body>the <b>other</b></ac:link-body></ac:link> and <ac:link><ri:attachment ri:filename="a.pdf"/></ac:link>.</p>"#,
                "See Reset, the other and a.pdf.",
            ),
            (
                r#"<ac:emoticon ac:name="blue-star" ac:emoji-shortname=":grinning:" ac:emoji-id="1f600" ac:emoji-fallback="\uD83D\uDE00"/> <ac:emoticon ac:name="x" ac:emoji-id="atlassian-x" ac:emoji-fallback="\uD83D\uDE42"/> <ac:emoticon ac:name="tick"/>"#,
                "😀 🙂 ✔",
            ),
            (
                r#"<ac:adf-extension><ac:adf-node type="panel"><ac:adf-attribute key="panel-type">custom</ac:adf-attribute><ac:adf-content><p>Panel</p></ac:adf-content></ac:adf-node><ac:adf-fallback><div class="panel"><p>Panel</p></div></ac:adf-fallback></ac:adf-extension><p>x</p>"#,
                "Panel\n\nx",
            ),
            (
                r#"<ac:adf-extension><ac:adf-node type="x"></ac:adf-node><ac:adf-fallback><p>Panel</p></ac:adf-fallback></ac:adf-extension>"#,
                "Panel",
            ),
            (
                r#"<ac:structured-macro ac:name="expand"><ac:parameter ac:name="title">How long?</ac:parameter><ac:rich-text-body><p>An hour.</p></ac:rich-text-body></ac:structured-macro>"#,
                "How long?\n\nAn hour.",
            ),
            (
                r#"<ac:structured-macro ac:name="info"><ac:rich-text-body><ac:structured-macro ac:name="toc"/><p>a</p></ac:rich-text-body></ac:structured-macro><p>b</p>"#,
                "a\n\nb",
            ),
        ],
    );
}

#[test]
fn what_only_confluence_can_show_is_told() {
    for (body, expected) in [
        (
            r#"<p>Prices:</p><ac:structured-macro ac:name="include"><ac:parameter ac:name=""><ac:link><ri:page ri:content-title="Prices"/></ac:link></ac:parameter></ac:structured-macro>"#,
            true,
        ),
        (
            r#"<p>a</p><ac:structured-macro ac:name="excerpt-include"/>"#,
            true,
        ),
        (
            r#"<p>a</p><ac:structured-macro ac:name="html"><ac:plain-text-body><![CDATA[<p>x</p>]]></ac:plain-text-body></ac:structured-macro>"#,
            true,
        ),
        (
            r#"<p>Ask <ac:link><ri:user ri:account-id="7"/></ac:link></p>"#,
            true,
        ),
        (r#"<p>a</p><ac:structured-macro ac:name="toc"/>"#, false),
        (
            r#"<ac:structured-macro ac:name="info"><ac:rich-text-body><p>a</p></ac:rich-text-body></ac:structured-macro>"#,
            false,
        ),
        ("<p>a</p>", false),
    ] {
        let blocks = super::blocks(body, Body::Html, &Rich::default());
        assert_eq!(blocks.unwrap().unwrap().is_partial, expected, "{body}");
    }
}

#[test]
fn titles_lose_tags_and_entities() {
    for (body, title, expected) in [
        (Body::Auto, "Terms &amp; conditions", "Terms & conditions"),
        (Body::Auto, "Is a<b &gt; c?", "Is a<b > c?"),
        (Body::Auto, "How <em>do</em> I?", "How do I?"),
        (Body::Auto, "a <b", "a <b"),
        (Body::Html, "a<wbr>b <a href=x>c</a>", "ab c"),
        (Body::Html, "<p>a</p><p>b</p>", "a b"),
        (Body::Text, "a &amp; <b>b</b>", "a &amp; <b>b</b>"),
        (Body::Markdown, "a *b*", "a *b*"),
        (Body::Markdown, "What is **this**?", "What is this?"),
        (
            Body::Auto,
            "for (i=0; i<b.length; i++)",
            "for (i=0; i<b.length; i++)",
        ),
    ] {
        assert_eq!(
            crate::normalise::markup::title(title, body).unwrap().text,
            expected,
            "{title}"
        );
    }
}

#[test]
fn the_name_of_an_icon_is_no_text() {
    check(
        Body::Html,
        &[
            (
                "<p>Open<mat-icon>expand_more</mat-icon><i class=\"material-icons\">expand_more</i> it</p>",
                "Open it",
            ),
            (
                "<p><span class='icon material-symbols-outlined'>home</span>Start</p>",
                "Start",
            ),
            ("<p><i class='material'>steel</i></p>", "steel"),
        ],
    );
}
