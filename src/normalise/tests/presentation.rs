//! Answers in bubbles: what is converted and cut where, and properties of any markup.

use unicode_segmentation::UnicodeSegmentation;

use super::*;

fn shown(markup: Markup, body: Body, bubble_max_chars: usize, answer: &str) -> Vec<String> {
    let presentation = Presentation {
        body,
        bubble_max_chars,
        ..DEFAULT
    };
    let step = presented(&article(markup, &["q"], &[answer]), &presentation)
        .unwrap()
        .step;
    step.answers().map(str::to_owned).collect()
}

#[test]
fn conversion_follows_the_setting() {
    for (markup, body, answer, expected) in [
        (Markup::Plain, Body::Auto, "<p>a &amp; b</p>", "a & b"),
        (Markup::Variants, Body::Auto, "<p>a</p>", "a"),
        (
            Markup::Faq,
            Body::Auto,
            "<p>a &amp; b</p>",
            "<p>a &amp; b</p>",
        ),
        (Markup::Faq, Body::Html, "<p>a &lt;m&gt; b</p>", "a ‹m› b"),
        (Markup::Plain, Body::Text, "<p>a</p>", "<p>a</p>"),
        (
            Markup::Plain,
            Body::Auto,
            "a < b, press <b",
            "a < b, press <b",
        ),
        (
            Markup::Plain,
            Body::Auto,
            "One  two\n\n - three",
            "One two\n\n - three",
        ),
        (Markup::Plain, Body::Markdown, "*a*", "a"),
        (Markup::Plain, Body::Wikitext, "''a''", "a"),
        (Markup::Plain, Body::Html, "<p>&lt;m&gt;", "‹m›"),
        (
            Markup::Plain,
            Body::Html,
            r#"{"type":"TEXT","text":"<b>a</b>"}"#,
            r#"{"type":"TEXT","text":"<b>a</b>"}"#,
        ),
    ] {
        let found = shown(markup, body, 300, answer);
        assert_eq!(found, [expected], "{markup:?} {body:?} {answer}");
    }
}

#[test]
fn bubbles_end_where_a_reader_would_pause() {
    let cases: &[(usize, Body, &str, &[&str])] = &[
        (
            20,
            Body::Text,
            "One two.\n\nThree.",
            &["One two.\n\nThree."],
        ),
        (
            12,
            Body::Text,
            "One two.\n\nThree.",
            &["One two.", "Three."],
        ),
        (
            12,
            Body::Text,
            "One two. Three four.",
            &["One two.", "Three four."],
        ),
        (
            9,
            Body::Text,
            "One two three four",
            &["One two", "three", "four"],
        ),
        (
            4,
            Body::Text,
            "unsplittable it is",
            &["unsplittable", "it", "is"],
        ),
        (
            10,
            Body::Text,
            "https://a.example/b?c!d. e",
            &["https://a.example/b?c!d.", "e"],
        ),
        (
            6,
            Body::Text,
            "你好。世界很大。再见",
            &["你好。", "世界很大。", "再见"],
        ),
        (5, Body::Text, "👨‍👩‍👧👨‍👩‍👧 👨‍👩‍👧 e\u{301}x", &["👨‍👩‍👧👨‍👩‍👧 👨‍👩‍👧", "éx"]),
        (
            12,
            Body::Html,
            "<p>Do:</p><ul><li>aaa<li>bb</ul><p>c</p>",
            &["Do:\n- aaa", "- bb\n\nc"],
        ),
        (
            16,
            Body::Html,
            "<p>Text</p><ul><li>aaa<li>bbb</ul>",
            &["Text", "- aaa\n- bbb"],
        ),
        (
            12,
            Body::Html,
            "<p>aaaa</p><h2>Head</h2><p>bbb ccc</p>",
            &["aaaa", "Head", "bbb ccc"],
        ),
        (
            16,
            Body::Html,
            "go to <a href='x:/y'>the page</a> now",
            &["go to", "the page (x:/y)", "now"],
        ),
        (
            8,
            Body::Html,
            "go <a href='x:/y'>the page</a> now",
            &["go", "the page (x:/y)", "now"],
        ),
    ];
    for (limit, body, answer, expected) in cases {
        assert_eq!(
            shown(Markup::Plain, *body, *limit, answer),
            *expected,
            "{answer}"
        );
    }
}

#[test]
fn a_line_in_bold_type_goes_with_what_follows() {
    // As a heading does; a bold sentence or word does not.
    let cases: &[(Body, &str, &[&str])] = &[
        (
            Body::Html,
            "<p>One two.</p><p><b>Three</b></p><p>Four five.</p>",
            &["One two.", "Three\n\nFour five."],
        ),
        (
            Body::Markdown,
            "One two.\n\n**Three**\n\nFour five.",
            &["One two.", "Three\n\nFour five."],
        ),
        (
            Body::Html,
            "<p>One two.</p><p><strong>Stop!</strong></p><p>Four five six.</p>",
            &["One two.\n\nStop!", "Four five six."],
        ),
        (
            Body::Html,
            "<p>One two.</p><p><b>Three</b> or</p><p>Four five six.</p>",
            &["One two.\n\nThree or", "Four five six."],
        ),
    ];
    for (body, answer, expected) in cases {
        assert_eq!(
            shown(Markup::Plain, *body, 20, answer),
            *expected,
            "{answer}"
        );
    }
}

#[test]
fn some_answers_are_never_cut() {
    let long = "Some words. ".repeat(100);
    let long = long.trim();
    assert_eq!(shown(Markup::Faq, Body::Auto, 300, long), [long]);
    assert_eq!(shown(Markup::Plain, Body::Auto, 0, long), [long]);
    let hsl = format!(r#"{{"type":"TEXT","text":"{long}"}}"#);
    assert_eq!(shown(Markup::Plain, Body::Auto, 300, &hsl), [hsl.as_str()]);
    assert_eq!(shown(Markup::Plain, Body::Auto, 300, long).len(), 4);
}

pub(crate) fn soup() -> impl Strategy<Value = String> {
    let tags = prop::sample::select(vec![
        "<p>",
        "</p>",
        "<ul>",
        "</ul>",
        "<ol start=7>",
        "<li>",
        "</li>",
        "<table>",
        "</table>",
        "<tr>",
        "<td>",
        "<th>",
        "</td>",
        "<a href=\"https://a.example/b c\">",
        "</a>",
        "<br>",
        "<pre>",
        "</pre>",
        "<h1>",
        "</h1>",
        "<div hidden>",
        "</div>",
        "<script>",
        "</script>",
        "<!--",
        "-->",
        "<",
        ">",
        "&lt;m&gt;",
        "&#1;",
        "&nbsp;",
        "&#x338;",
        "<m>",
        "<![CDATA[",
        "]]>",
        "<ac:plain-text-body>",
        "\n\n",
        "\n",
        " ",
        "\t",
        "* ",
        "# ",
        "- ",
        "1. ",
        "**",
        "'''",
        "==",
        "[[",
        "]]",
        "|",
        "||",
        "{|",
        "|}",
        "|-",
        "!",
        "{{",
        "}}",
        "<ref>",
        "</ref>",
        "<nowiki>",
        "](",
        "[",
        ")",
        "```",
        "Sentence. ",
        "why? ",
        "word ",
        "。",
        "👨‍👩‍👧",
        "e\u{301}",
        "\u{1}",
        "\u{338}",
        "🇩",
    ]);
    let piece = prop_oneof![
        6 => tags.prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => "[a-z]{1,9}",
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn any_body() -> impl Strategy<Value = Body> {
    prop::sample::select(vec![
        Body::Auto,
        Body::Text,
        Body::Html,
        Body::Markdown,
        Body::Wikitext,
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_markup_gives_sound_bubbles(
        question in soup(), answer in soup(), body in any_body(), limit in 1_usize..60
    ) {
        is_sound(&question, &answer, body, limit)?;
    }

    #[test]
    fn plain_words_are_never_lost(words in prop::collection::vec("[a-zäß。]{1,12}", 1..40), limit in 1_usize..80) {
        let answer = words.join(" ");
        let found = shown(Markup::Plain, Body::Auto, limit, &answer);
        let letters = |text: &str| text.split_whitespace().collect::<String>();
        prop_assert_eq!(letters(&found.concat()), letters(&answer));
    }
}

/// That every bubble is whole, short and clean, and reads the same when it is read again.
fn is_sound(question: &str, answer: &str, body: Body, limit: usize) -> Result<(), TestCaseError> {
    let presentation = Presentation {
        body,
        bubble_max_chars: limit,
        ..DEFAULT
    };
    let plain = article(Markup::Plain, &[question], &[answer]);
    if let Ok(found) = presented(&plain, &presentation) {
        let step = found.step;
        prop_assert_eq!(step.questions().count(), 1);
        for bubble in step.answers() {
            let size = bubble.graphemes(true).count();
            // A link stays whole, with its address, and the mark of an item stays with its first word.
            let marked = bubble
                .split_once(' ')
                .filter(|(mark, _)| is_item_mark(mark));
            let space = marked
                .map_or(bubble, |(_, item)| item)
                .graphemes(true)
                .any(|grapheme| grapheme.trim().is_empty());
            let may_be_cut = space && !bubble.contains('(');
            prop_assert!(size <= limit || !may_be_cut, "{bubble:?}");
            prop_assert!(
                !bubble.chars().any(|c| c.is_control() && c != '\n'),
                "{bubble:?}"
            );
        }
        prop_assert!(step.answer.len() <= 64 * (answer.len() + 1));
        let again = article(Markup::Faq, &[&step.question], &[&step.answer]);
        let again = presented(
            &again,
            &Presentation {
                body: Body::Text,
                ..presentation
            },
        );
        prop_assert_eq!(again.unwrap().step, step);
    }
    Ok(())
}

fn is_item_mark(text: &str) -> bool {
    let number = text.strip_suffix(['.', ')']);
    "-*+–—•◦▪·".contains(text) && text.chars().count() == 1
        || number
            .is_some_and(|digits| !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit()))
}

#[test]
fn soups_that_were_once_not_sound() {
    let soup = "<a href=\"https://a.example/b c\">aaa-->\n\n* 。";
    for body in [
        Body::Auto,
        Body::Html,
        Body::Markdown,
        Body::Wikitext,
        Body::Text,
    ] {
        for limit in 1..60 {
            is_sound("Why?", soup, body, limit)
                .unwrap_or_else(|error| panic!("{body:?} {limit}: {error}"));
        }
    }
}
