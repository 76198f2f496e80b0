use super::*;

fn article(question: &str, answer: &str) -> Article {
    Article {
        id: "7".to_owned(),
        questions: vec![question.to_owned()],
        answers: vec![answer.to_owned()],
        markup: Markup::Plain,
        url: None,
        author: None,
        quick_replies: Vec::new(),
        body: None,
        place: Place {
            file: "a.json".into(),
            line: 3,
        },
        row: None,
    }
}

/// What each answer is read as in a source of all of them, and whether that is told.
fn settled(answers: &[&str]) -> (Vec<Option<Writing>>, bool) {
    let mut evidence = BodyEvidence::default();
    let articles: Vec<Article> = answers.iter().map(|answer| article("q", answer)).collect();
    for article in &articles {
        evidence.see(article);
    }
    let (decision, told) = evidence.decide(None);
    let body = |mut article: Article| {
        decision.settle(&mut article);
        article.body
    };
    (articles.into_iter().map(body).collect(), told.is_some())
}

const PLAIN: &str = "Just text.\nIn two lines, with a < b & c.";
const WHOLE: &str = "<p>One</p><p>two</p>";
const BREAK: &str = "One<br>two";
const SPOKEN: &str = "Mark it\nwith <b>bold</b>\nto stress it.";
const LINK: &str = "See <a href=\"https://a.example\">here</a>.";
const STARS: &str = "**Note**\nand so on";

#[test]
fn one_answer_is_read_as_its_source_is() {
    let html = Some(Writing::with_lines(Body::Html));
    let text = Some(Body::Text.into());
    let markdown = Some(Writing::with_lines(Body::Markdown));
    // The last answer of each source is the one in question.
    for (others, answer, expected) in [
        (&[PLAIN; 9][..], SPOKEN, text),
        (&[PLAIN; 9], BREAK, text),
        (&[PLAIN; 2], BREAK, html),
        (&[PLAIN; 9], LINK, html),
        (&[WHOLE; 2], SPOKEN, html),
        (&[WHOLE; 2], "Tom &amp; Jerry", html),
        (&[PLAIN; 2], "Tom &amp; Jerry", text),
        (&[], "Use <b>this</b>", html),
        (&[], SPOKEN, text),
        (&[PLAIN; 9], "Use <b>this</b>", text),
        (&[PLAIN; 9], STARS, markdown),
        (&[PLAIN; 20], STARS, None),
        (&[PLAIN; 20], "See [here](https://a.example).", markdown),
        (&[WHOLE; 2], PLAIN, None),
        (&[STARS; 2], PLAIN, None),
        (&[PLAIN; 2], WHOLE, None),
    ] {
        let all: Vec<&str> = others.iter().copied().chain([answer]).collect();
        let (found, told) = settled(&all);
        assert_eq!(found.last(), Some(&expected), "{answer} among {others:?}");
        let is_doubtful = expected.is_some() || all.contains(&STARS);
        assert_eq!(told, is_doubtful, "{answer} among {others:?}");
    }
}

#[test]
fn a_small_edit_does_not_turn_a_source_over() {
    // A few answers that speak of tags come to a source of HTML, and the other way round.
    let mut html = vec![WHOLE; 10];
    html.extend([BREAK; 4]);
    let before = settled(&html).0;
    html.extend([SPOKEN, SPOKEN]);
    assert_eq!(settled(&html).0[..14], before);
    let mut text = vec![PLAIN; 20];
    text.extend([SPOKEN; 2]);
    let before = settled(&text).0;
    text.extend([SPOKEN, BREAK]);
    assert_eq!(settled(&text).0[..22], before);
}

#[test]
fn what_was_decided_stays_until_there_is_twice_the_proof() {
    let decided = |html, markdown| BodyDecision {
        html,
        markdown,
        ..BodyDecision::default()
    };
    let (text, html, markdown) = (
        decided(false, false),
        decided(true, false),
        decided(false, true),
    );
    let mixed = |parts: &[(&'static str, usize)]| -> Vec<&'static str> {
        let parts = parts.iter();
        let repeated = parts.flat_map(|(answer, times)| std::iter::repeat_n(*answer, *times));
        repeated.collect()
    };
    // (answers, what they say by themselves, what was decided before, what is decided now)
    for (answers, alone, earlier, expected) in [
        // Tags with line breaks are a quarter of the source, or nearly.
        (
            mixed(&[(PLAIN, 7), (BREAK, 2), (WHOLE, 1)]),
            html,
            text,
            text,
        ),
        (
            mixed(&[(PLAIN, 4), (BREAK, 2), (WHOLE, 4)]),
            html,
            text,
            html,
        ),
        (mixed(&[(PLAIN, 9), (BREAK, 1)]), text, html, text),
        (mixed(&[(PLAIN, 6), (BREAK, 1)]), text, html, html),
        // One link among many that merely speak of tags.
        (
            mixed(&[(PLAIN, 90), (SPOKEN, 9), (LINK, 1)]),
            html,
            text,
            text,
        ),
        (
            mixed(&[(PLAIN, 90), (SPOKEN, 1), (LINK, 3)]),
            html,
            text,
            html,
        ),
        // Stars in a tenth of the source.
        (mixed(&[(PLAIN, 9), (STARS, 1)]), markdown, text, text),
        (mixed(&[(PLAIN, 8), (STARS, 2)]), markdown, text, markdown),
        (mixed(&[(PLAIN, 15), (STARS, 1)]), text, markdown, markdown),
        (mixed(&[(PLAIN, 30), (STARS, 1)]), text, markdown, text),
    ] {
        let mut evidence = BodyEvidence::default();
        for answer in &answers {
            evidence.see(&article("q", answer));
        }
        assert_eq!(evidence.decide(None).0, alone, "{answers:?}");
        let (decision, told) = evidence.decide(Some(earlier));
        assert_eq!(decision, expected, "{answers:?} after {earlier:?}");
        let told = told.unwrap().1;
        let turned = told.contains("At the reading before, they were read as by body = ");
        assert_eq!(turned, decision != earlier, "{told}");
    }
}

#[test]
fn questions_are_read_as_their_source_is() {
    let read = |question: &str, others: &str| {
        let mut evidence = BodyEvidence::default();
        let mut asked = article(question, "Just so.");
        for _ in 0..3 {
            evidence.see(&article("q", others));
        }
        assert!(evidence.see(&asked), "{question}");
        evidence.decide(None).0.settle(&mut asked);
        asked.body
    };
    assert_eq!(
        read("What is **this**?", STARS),
        Some(Writing::with_lines(Body::Markdown))
    );
    assert_eq!(read("What is **this**?", PLAIN), None);
    assert_eq!(read("How to use <b>x</b>?", PLAIN), Some(Body::Text.into()));
    assert_eq!(read("How to use <b>x</b>?", WHOLE), None);
}

#[test]
fn what_the_format_says_is_no_evidence() {
    let mut evidence = BodyEvidence::default();
    let mut known = article("q", BREAK);
    known.body = Some(Body::Markdown.into());
    let mut faq = article("q", BREAK);
    faq.markup = Markup::Faq;
    assert!(!evidence.see(&known) && !evidence.see(&faq));
    assert_eq!(evidence.decide(None), (BodyDecision::default(), None));
}

#[test]
fn how_many_were_read_as_what_is_told_with_the_line_that_settles_it() {
    let mut evidence = BodyEvidence::default();
    for answer in [PLAIN, PLAIN, PLAIN, WHOLE, BREAK, STARS] {
        evidence.see(&article("q", answer));
    }
    let (place, told) = evidence.decide(None).1.unwrap();
    assert_eq!(place.line, 3);
    for part in [
        "Of 6 answers",
        "1 that are HTML throughout as HTML",
        "1 with tags among the text as HTML",
        "1 with marks of Markdown as Markdown",
        "body = \"markdown\"",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[test]
fn escapes_are_line_breaks_where_the_whole_source_says_so() {
    const ESCAPED: &str = r"First.\nSecond.";
    const SHORT: &str = r"one\ntwo";
    const CODE: &str = "Write \"\\n\" there.";
    const PATH: &str = r"Open C:\new. Now.";
    let was = BodyDecision {
        escapes: true,
        ..BodyDecision::default()
    };
    for (answers, earlier, expected) in [
        (&[ESCAPED, ESCAPED, "So."][..], None, true),
        (&[ESCAPED, ESCAPED, SHORT, SHORT], None, true),
        (&[ESCAPED, "So."], None, false),
        (&[ESCAPED, ESCAPED, SHORT, SHORT, SHORT], None, false),
        (&[ESCAPED, ESCAPED, PLAIN], None, false),
        (&[ESCAPED, ESCAPED, PATH], None, false),
        (&[CODE, CODE, CODE], None, false),
        // One more answer does not change how the others are read.
        (
            &[ESCAPED, ESCAPED, ESCAPED, ESCAPED, PLAIN],
            Some(was),
            true,
        ),
        (&[ESCAPED, PLAIN], Some(was), false),
        (&[ESCAPED, "So."], Some(was), true),
    ] {
        let mut evidence = BodyEvidence::default();
        for answer in answers {
            evidence.see(&article("q", answer));
        }
        let (decision, told) = evidence.decide(earlier);
        assert_eq!(decision.escapes, expected, "{answers:?}");
        assert_eq!(told, None, "{answers:?}");
        let mut first = article("q", answers[0]);
        decision.settle(&mut first);
        let is_escaped = answers[0] == ESCAPED;
        assert_eq!(
            first.answers[0] == "First.\nSecond.",
            expected,
            "{answers:?}"
        );
        let told = evidence.escapes_told(decision);
        assert_eq!(told.is_some(), is_escaped, "{answers:?}: {told:?}");
        if let Some((_, told)) = told {
            assert_eq!(told.contains("body = \"text\""), expected, "{told}");
        }
    }
}

#[test]
fn tags_written_as_entities_are_tags_where_the_whole_source_writes_them_so() {
    const WRITTEN: &str = "&lt;p&gt;By &lt;b&gt;card&lt;/b&gt; &amp;amp; so.&lt;/p&gt;";
    const SPOKEN_OF: &str = "&lt;b&gt; makes it bold.";
    for (answers, expected) in [
        (&[WRITTEN, WRITTEN, "So."][..], true),
        (&[WRITTEN, "So."], false),
        (&[WRITTEN, WRITTEN, WHOLE], false),
        (&[WRITTEN, WRITTEN, SPOKEN_OF, SPOKEN_OF, SPOKEN_OF], false),
        (&[SPOKEN_OF, SPOKEN_OF], false),
    ] {
        let mut evidence = BodyEvidence::default();
        for answer in answers {
            evidence.see(&article("q", answer));
        }
        let (decision, told) = evidence.decide(None);
        assert_eq!(decision.written_out, expected, "{answers:?}");
        let told = told.unwrap().1;
        assert_eq!(told.contains("written as entities"), expected, "{told}");
        let mut first = article("q", answers[0]);
        decision.settle(&mut first);
        let html = "<p>By <b>card</b> &amp; so.</p>";
        assert_eq!(first.answers[0] == html, expected, "{answers:?}");
        let is_html = first.body == Some(Writing::with_lines(Body::Html));
        assert!(is_html || !expected, "{answers:?}");
    }
}
