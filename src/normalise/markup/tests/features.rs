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
fn a_value_stands_in_each_cell_that_it_spans() {
    check(
        Body::Html,
        &[
            (
                "<table><tr><th>Plan</th><th>Price</th><th>Term</th></tr><tr><td>Basic</td><td rowspan=2>5</td><td>1</td></tr><tr><td>Pro</td><td>2</td></tr></table>",
                "Plan: Basic; Price: 5; Term: 1\nPlan: Pro; Price: 5; Term: 2",
            ),
            (
                "<table><tr><th rowspan=2>Plan</th><th colspan=2>Price</th></tr><tr><th>monthly</th><th>yearly</th></tr><tr><td>Basic</td><td>5</td><td>50</td></tr><tr><td>Free</td><td colspan=2>0</td></tr></table>",
                "Plan: Basic; Price monthly: 5; Price yearly: 50\nPlan: Free; Price monthly: 0; Price yearly: 0",
            ),
            (
                "<table><thead><tr><td>Plan</td><td>Price</td></tr></thead><tbody><tr><td colspan=2>Europe</td></tr><tr><td>Basic</td><td>5</td></tr></tbody></table>",
                "Europe\nPlan: Basic; Price: 5",
            ),
            (
                "<table><tr><th colspan=2>Fees 2024</th></tr><tr><th>Plan</th><th>Price</th></tr><tr><td>Basic</td><td>5</td></tr></table>",
                "Fees 2024\nPlan: Basic; Price: 5",
            ),
            (
                "<table><tr><th>Plan</th><th>Month</th><th>Year</th></tr><tr><td rowspan=2>Basic</td><td>5</td><td>50</td></tr><tr><td colspan=2>on request</td></tr></table>",
                "Plan: Basic; Month: 5; Year: 50\nPlan: Basic; Month: on request; Year: on request",
            ),
            (
                "<table><tr><td rowspan=0>a</td><td>b</td></tr><tr><td>c</td></tr><tr><td>d</td></tr></table>",
                "a | b\na | c\na | d",
            ),
            (
                "<table><tr><td>a</td><td rowspan=9>b</td></tr><tr><td>c</td></tr></table>",
                "a | b\nc | b",
            ),
            (
                "<table><tr><td colspan=x>a</td><td>b</td></tr></table>",
                "a | b",
            ),
        ],
    );
    check(
        Body::Wikitext,
        &[(
            "{|\n! rowspan=\"2\" | Plan !! colspan=2 | Price\n|-\n! monthly !! yearly\n|-\n| Basic || 5 || 50\n|-\n| Free || colspan = '2' style=\"x\" | 0\n|}",
            "Plan: Basic; Price monthly: 5; Price yearly: 50\nPlan: Free; Price monthly: 0; Price yearly: 0",
        )],
    );
    let wide = "<table><tr><td colspan=1000 rowspan=60000>a</td><td>b</td></tr>".to_owned();
    let wide = wide + &"<tr><td>c".repeat(1000);
    assert!(written(&wide, Body::Html).len() < 20_000);
}

#[test]
fn signs_that_are_raised_lowered_or_struck_out_keep_their_meaning() {
    check(
        Body::Html,
        &[
            ("10<sup>5</sup>", "10⁵"),
            ("20<sup>1</sup> EUR", "20¹ EUR"),
            ("H<sub>2</sub>O, x<sub>max</sub>", "H₂O, x_(max)"),
            ("the 1<sup>st</sup>, Acme<sup>TM</sup>", "the 1st, Acme™"),
            ("a<sup>b", "ab"),
            ("a</sup>b", "ab"),
            ("<p>a<sup>2<p>b</sup>3", "a2\n\nb3"),
            ("5 <del>10</del> <ins>12</ins> EUR", "5 12 EUR"),
            ("<s>No.</s> Yes. <strike>x</strike>", "Yes."),
            (
                "10<span style='font-size: 60%; vertical-align: super'>5</span> m",
                "10⁵ m",
            ),
            (
                "H<font style=\"VERTICAL-ALIGN:sub\">2</font>O, 10<span style='vertical-align:super'><span>2</span>3</span>4",
                "H₂O, 10²³4",
            ),
            (
                "10<a href='#n' style='vertical-align:super'>3</a> <div style='vertical-align:sub'>2</div>",
                "10³\n\n2",
            ),
            ("a <span style='vertical-align:super'>b", "a b"),
            (
                "<span class='x strikethrough'>No.</span> <i class=text-decoration-line-through>No.</i>Yes. <b class=strike>Or</b>",
                "Yes. Or",
            ),
            (
                "<span style='text-decoration: underline line-through'>No.</span>Yes.",
                "Yes.",
            ),
            ("<u style='text-decoration: underline'>Yes.</u>", "Yes."),
        ],
    );
    check(Body::Wikitext, &[("<s>No.</s> 10<sup>5</sup>", "10⁵")]);
}

#[test]
fn what_a_click_opens_is_content() {
    check(
        Body::Html,
        &[
            ("<details><summary>a</summary>b</details>c", "a\n\nb\n\nc"),
            (
                "<button aria-controls=\"x\">a</button><div id=\"x\" hidden>b</div>",
                "a\n\nb",
            ),
            (
                "<div class='accordion-body' style='display:none'>b</div>",
                "b",
            ),
            ("<div role=region hidden>b</div>", "b"),
            ("<div id=y hidden>b</div>c", "c"),
        ],
    );
}

#[test]
fn line_breaks_count_where_no_block_stands() {
    use crate::model::Writing;
    for (body, markup, expected) in [
        (Body::Html, "One\ntwo <b>three</b>", "One\ntwo three"),
        (Body::Html, "One\r\n\r\ntwo", "One\n\ntwo"),
        (
            Body::Html,
            "One\ntwo\n<ul>\n<li>a\nb</li>\n</ul>\nc\nd",
            "One\ntwo\n\n- a b\n\nc\nd",
        ),
        (Body::Html, "One<br>\ntwo\nthree", "One\ntwo three"),
        (Body::Html, "<p>One\ntwo</p>", "One two"),
        (Body::Markdown, "**One**\ntwo", "One\ntwo"),
    ] {
        let blocks = super::blocks(markup, Writing::with_lines(body), &Rich::default());
        let bubbles = bubbles::of_blocks(&blocks.unwrap().unwrap(), 0).into_iter();
        let texts: Vec<String> = bubbles.map(|bubble| bubble.text).collect();
        assert_eq!(texts.join("<m>"), expected, "{markup}");
    }
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
            (r#"<a href="/hc/1">Here</a>"#, "Here"),
            (r##"<a href="#top">Up</a> <a name="x">b</a>"##, "Up b"),
            (
                r#"<a href="//x.example"><p>a</p><p>b</p></a>"#,
                "a (https://x.example/)\n\nb",
            ),
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
            ("![alt](x.png) ~~gone~~", "alt"),
            ("## How? {#how}\n\nSo.", "How?\n\nSo."),
            ("x <b>y</b> &amp; <script>z</script>", "x y &"),
            ("---\ntitle: x\n---\nText", "Text"),
            ("> quoted", "quoted"),
        ],
    );
}

#[test]
fn boxes_of_markdown_are_what_they_show() {
    check(
        Body::Markdown,
        &[
            (
                ":::info\nCall before **noon**.\n:::\n\nThen wait.",
                "Info: Call before noon.\n\nThen wait.",
            ),
            (
                "!!! note \"Opening\"\n    We open at nine.",
                "Opening\n\nWe open at nine.",
            ),
            (
                "> [!WARNING]\n> Never share your PIN.",
                "Warning: Never share your PIN.",
            ),
            ("::: details How?\n- a\n- b\n:::", "How?\n\n- a\n- b"),
        ],
    );
}
