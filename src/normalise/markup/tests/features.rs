//! What can be seen of HTML and Markdown, feature by feature.

use super::*;

#[test]
fn paragraphs_and_white_space() {
    check(
        Body::Html,
        &[
            ("<p>One\n  two</p><p>three</p>", "One two\n\nthree"),
            ("One<br>two<br/>three", "One\ntwo\nthree"),
            ("a<b> b</b> <i>c</i>d", "a b cd"),
            (
                "a&nbsp;&amp;&#8217;&lt;b&gt; &copy; &unknown;",
                "a &’<b> © &unknown;",
            ),
            ("<div>a<div>b</div>c</div>", "a\n\nb\n\nc"),
            ("<h2>Title</h2><p>Text</p>", "Title\n\nText"),
            ("<p>a<p>b", "a\n\nb"),
            ("a < b & c", "a < b & c"),
            ("<dl><dt>a</dt><dd>b</dd></dl>", "a\n\nb"),
        ],
    );
}

#[test]
fn lists() {
    check(
        Body::Html,
        &[
            ("<p>Do:</p><ul><li>a</li><li>b</ul>", "Do:\n- a\n- b"),
            (
                "<ol start=3><li>a<li>b<li value=9>c<li>d</ol>",
                "3. a\n4. b\n9. c\n10. d",
            ),
            (
                "<ul><li>a<ol><li>b</li><li>c</li></ol></li><li>d</li></ul>",
                "- a\n 1. b\n 2. c\n- d",
            ),
            ("<ul><li><p>a</p><p>b</p></li></ul>", "- a\n b"),
            ("<ul><li>a<br>b</li></ul>", "- a\n b"),
            ("<ul><li></li><li> </li></ul>", ""),
            ("<li>a</li><li>b</li>", "- a\n- b"),
            ("<ul><li>a</ul><p>x</p><ul><li>b</ul>", "- a\n\nx\n\n- b"),
        ],
    );
}

#[test]
fn tables() {
    check(
        Body::Html,
        &[
            (
                "<table><thead><tr><th>Plan</th><th>Price:</th></tr></thead><tbody><tr><td>Basic</td><td>5</td></tr><tr><td>Pro</td><td></td></tr></tbody></table>",
                "Plan: Basic; Price: 5\nPlan: Pro",
            ),
            (
                "<table><tr><th>Phone</th><td>123</td></tr><tr><th>Mail</th><td>a@b</td></tr></table>",
                "Phone: 123\nMail: a@b",
            ),
            (
                "<table><caption>Fees</caption><tr><td>a</td><td>b<p>c</p></td></tr></table>",
                "Fees\n\na | b c",
            ),
            (
                "<table><tr><td><p>All of it</p><ul><li>a</li></ul></td></tr></table>",
                "All of it\n\n- a",
            ),
            (
                "<table><tr><td>a</td><td><table><tr><td>b</td><td>c</td></tr></table></td></tr></table>d",
                "a | b | c\n\nd",
            ),
            ("<table><tr><td>a<td>b<tr><td>c<td>d", "a | b\nc | d"),
            ("<tr><td>a</td></tr>", "a"),
        ],
    );
}

#[test]
fn links_and_images() {
    check(
        Body::Html,
        &[
            (
                r#"See <a href="https://a.example/x">our page</a>."#,
                "See our page (https://a.example/x).",
            ),
            (
                r#"<a href="https://a.example/">https://a.example</a>"#,
                "https://a.example/",
            ),
            (
                r#"at<a href="https://a.example"> a.example </a>now"#,
                "at https://a.example now",
            ),
            (
                r#"<a href="mailto:x@a.example">Mail us</a>"#,
                "Mail us (x@a.example)",
            ),
            (
                r#"<a href="mailto:x@a.example">x@a.example</a>"#,
                "x@a.example",
            ),
            (r#"<a href="tel:+491">Call</a>"#, "Call (+491)"),
            (r#"<a href="/hc/1">Here</a>"#, "Here (/hc/1)"),
            (r##"<a href="#top">Up</a> <a name="x">b</a>"##, "Up b"),
            (r#"<a href="/x"><p>a</p><p>b</p></a>"#, "a (/x)\n\nb"),
            (r#"<a href="/x"></a>y"#, "y"),
            (r#"<img src="x.png" alt="A door">"#, "A door"),
            (r#"<img src="x.png">y"#, "y"),
        ],
    );
}

#[test]
fn code_keeps_its_lines() {
    check(
        Body::Html,
        &[
            ("Run <code>a  &lt;b&gt;</code>", "Run a <b>"),
            ("<pre>\none\n  two\n\nthree\n</pre>", "one\n two\n\nthree"),
            ("<ul><li>a<pre>b\nc</pre></li></ul>", "- a\n b\n c"),
        ],
    );
}

#[test]
fn markdown() {
    check(
        Body::Markdown,
        &[
            (
                "# Title\n\nSome *text* and **more**\nhere.",
                "Title\n\nSome text and more here.",
            ),
            ("- a\n- b\n  1. c\n  2. d", "- a\n- b\n 1. c\n 2. d"),
            ("4. a\n5. b", "4. a\n5. b"),
            (
                "[here](https://a.example) <https://b.example>",
                "here (https://a.example) https://b.example",
            ),
            ("```sh\nls -l\ncd\n```", "ls -l\ncd"),
            ("|A|B|\n|-|-|\n|1|2|", "A: 1; B: 2"),
            ("a  \nb\\\nc", "a\nb\nc"),
            ("![alt](x.png) ~~gone~~", "alt gone"),
            ("x <b>y</b> &amp; <script>z</script>", "x y &"),
            ("---\ntitle: x\n---\nText", "Text"),
            ("> quoted", "quoted"),
        ],
    );
}
