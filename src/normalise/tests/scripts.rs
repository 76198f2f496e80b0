//! Text of any script: from HTML to the bytes of the CSV and back it stays as it was, and it is never
//! cut within a word, a link, or what a reader takes for one character.

use unicode_segmentation::UnicodeSegmentation;

use super::*;
use crate::model::CsvWriter;

const TEXTS: &[&str] = &[
    "שלום \u{200f}עולם\u{200e} (abc) 123",
    "السلام عليكم، كيف الحال؟",
    "می‌خواهم بدانم",
    "اردو میں سوال؟",
    "क्‍ष नमस्ते, आप कैसे हैं?",
    "தமிழ் மொழி",
    "বাংলা ভাষা",
    "తెలుగు క్‌ష",
    "ਪੰਜਾਬੀ ਭਾਸ਼ਾ",
    "ไทย\u{200b}ไทย ที่นี่",
    "မြန်မာ ဘာသာ",
    "ខ្មែរ",
    "你好。世界！很大？",
    "日本語の「質問」です。",
    "한국어 질문",
    "Việt Nam, Größe, façade",
    "Ελληνικά и русский",
    "አማርኛ",
    "𝒳 𐍈 𠮷",
    "👩🏽‍💻 👨‍👩‍👧‍👦 🏳️‍🌈 🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
    "🇩🇪🇫🇷 1️⃣ ❤️ ☎︎",
    "\u{2067}שלום\u{2069} and \u{202b}عربي\u{202c}",
    "a\u{2060}b c\u{ad}d",
];

/// Every character by its number.
fn as_entities(text: &str) -> String {
    let entity = |c: char| format!("&#x{:x};", u32::from(c));
    text.chars().map(entity).collect::<Vec<_>>().concat()
}

/// Question and answer as a strict reader finds them in the CSV.
fn through_csv(question: &str, answer: &str, presentation: &Presentation) -> (String, String) {
    let article = article(Markup::Plain, &[question], &[answer]);
    let step = presented(&article, presentation).unwrap().step;
    let mut writer = CsvWriter::after_header(false);
    writer.row(&step.node_name, &step.question, &step.answer);
    let bytes = writer.finish();
    let mut reader = csv::ReaderBuilder::new()
        .flexible(false)
        .from_reader(&bytes[..]);
    let row = reader.records().next().unwrap().unwrap();
    assert_eq!(&row[0], "42");
    (row[1].to_owned(), row[2].to_owned())
}

#[test]
fn every_script_comes_out_as_it_went_in() {
    for text in TEXTS {
        let expected = ((*text).to_owned(), (*text).to_owned());
        for (body, question, answer) in [
            (Body::Html, (*text).to_owned(), format!("<p>{text}</p>")),
            (
                Body::Html,
                as_entities(text),
                format!("<div>{}</div>", as_entities(text)),
            ),
            (Body::Auto, as_entities(text), format!("<p>{text}</p>")),
            (Body::Text, (*text).to_owned(), (*text).to_owned()),
            (Body::Markdown, (*text).to_owned(), (*text).to_owned()),
            (Body::Wikitext, (*text).to_owned(), (*text).to_owned()),
        ] {
            let presentation = Presentation { body, ..DEFAULT };
            let found = through_csv(&question, &answer, &presentation);
            assert_eq!(found, expected, "{body:?} {answer}");
        }
    }
}

#[test]
fn entities_in_titles_are_decoded_once() {
    for (title, body, expected) in [
        ("Terms &amp; conditions", Body::Auto, "Terms & conditions"),
        (
            "What&#8217;s &#x2018;this&rsquo;?",
            Body::Auto,
            "What’s ‘this’?",
        ),
        ("&lt;b&gt; &amp;amp; &amp;lt;", Body::Auto, "<b> &amp; &lt;"),
        ("a &nbsp; b&hellip;", Body::Html, "a b…"),
        ("1 &lt; 2 &AMP &copy 3", Body::Html, "1 < 2 & © 3"),
        ("R&D, AT&T;", Body::Auto, "R&D, AT&T;"),
        (
            "Terms &amp; conditions",
            Body::Text,
            "Terms &amp; conditions",
        ),
        ("&#1605;&#1585;&#1581;&#1576;&#1575;", Body::Html, "مرحبا"),
    ] {
        let presentation = Presentation { body, ..DEFAULT };
        let found = through_csv(title, "a", &presentation);
        assert_eq!(found.0, expected, "{title}");
    }
}

#[test]
fn a_link_stays_whole_whatever_its_words() {
    for (words, shown) in [
        ("two words", "two words"),
        ("One. Two? Three!", "One. Two? Three!"),
        ("你好。世界、很大！再见", "你好。世界、很大！再见"),
        ("first<br>second", "first second"),
        ("שלום עולם", "שלום עולם"),
    ] {
        let html =
            format!("<p>Before it. <a href='https://a.example/x?y=z.'>{words}</a>。And after.</p>");
        let whole = format!("{shown} (https://a.example/x?y=z.)");
        for limit in 1..60 {
            let presentation = Presentation {
                body: Body::Html,
                bubble_max_chars: limit,
                ..DEFAULT
            };
            let article = article(Markup::Plain, &["q"], &[&html]);
            let step = presented(&article, &presentation).unwrap().step;
            let found = step.answers().any(|bubble| bubble.contains(&whole));
            assert!(found, "{limit}: {}", step.answer);
        }
    }
}

#[test]
fn marks_stay_on_what_they_stand_on() {
    let cut = |text: &str| {
        let presentation = Presentation {
            body: Body::Text,
            bubble_max_chars: 1,
            ..DEFAULT
        };
        let step = presented(&article(Markup::Plain, &["q"], &[text]), &presentation);
        step.unwrap().step.answer
    };
    for (text, expected) in [
        ("你。\u{301}好。再", "你。\u{301}好。<m>再"),
        ("位， \u{11d90}A b", "位， \u{11d90}A<m>b"),
        ("a \u{301}b c", "a \u{301}b<m>c"),
    ] {
        assert_eq!(cut(text), expected, "{text:?}");
    }
}

#[test]
fn the_address_of_a_link_follows_its_words_at_once() {
    let html = "<a href='https://a.example'>one<br></a>two";
    let article = article(Markup::Plain, &["q"], &[html]);
    let step = presented(&article, &DEFAULT).unwrap().step;
    assert_eq!(step.answer, "one (https://a.example)\ntwo");
}

fn any_word() -> impl Strategy<Value = String> {
    let known = TEXTS.iter().flat_map(|text| text.split_whitespace());
    let known: Vec<&str> = known.collect();
    prop_oneof![
        4 => prop::sample::select(known).prop_map(str::to_owned),
        1 => prop::sample::select(vec!["。\u{301}", "。\u{fe00}", "e\u{301}\u{327}", "Sentence.", "why?", "各位，"]).prop_map(str::to_owned),
        1 => "\\PC{1,6}".prop_filter("no markup, no separator", |word| {
            !word.contains(['<', '>', '&', '|', '{']) && !word.chars().any(char::is_whitespace) && !crate::normalise::text::is_blank(word)
        }),
        1 => "[a-z0-9./:?#-]{1,20}",
    ]
}

/// Where a text may be cut: after white space, or the punctuation of scripts that go without it.
fn may_part(before: &str, after: &str) -> bool {
    before.ends_with(char::is_whitespace)
        || after.starts_with(char::is_whitespace)
        || before.ends_with(['、', '。', '，', '；', '：', '！', '？', '｡'])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn text_is_cut_between_words_only(words in prop::collection::vec(any_word(), 1..40), limit in 1_usize..60) {
        let whole = crate::normalise::text::block(&words.join(" "));
        let presentation = Presentation { body: Body::Text, bubble_max_chars: limit, ..DEFAULT };
        let article = article(Markup::Plain, &["q"], &[&whole]);
        let Ok(found) = presented(&article, &presentation) else { return Ok(()) };
        let starts: Vec<usize> = whole.grapheme_indices(true).map(|(at, _)| at).chain([whole.len()]).collect();
        let mut at = 0;
        for bubble in found.step.answers() {
            let rest = &whole[at..];
            let skipped = rest.len() - rest.trim_start().len();
            at += skipped;
            prop_assert!(whole[at..].starts_with(bubble), "{:?} is not next in {:?}", bubble, &whole[at..]);
            prop_assert!(at == 0 || may_part(&whole[..at], &whole[at..]), "cut at {} of {:?}", at, whole);
            prop_assert!(starts.binary_search(&at).is_ok(), "cut within a character at {} of {:?}", at, whole);
            at += bubble.len();
        }
        prop_assert_eq!(whole[at..].trim(), "");
    }

    #[test]
    fn links_are_never_cut(
        pieces in prop::collection::vec((any_word(), prop::option::of("[a-z/]{1,12}")), 1..20),
        limit in 1_usize..60,
    ) {
        let link = |word: &str, path: &str| format!("<a href='https://a.example/{path}'>x {word} y</a>");
        let html: Vec<String> = pieces.iter().map(|(word, path)| match path {
            Some(path) => link(word, path),
            None => word.clone(),
        }).collect();
        let html = format!("<p>{}</p>", html.join(" "));
        let links = pieces.iter().filter_map(|(word, path)| {
            Some(format!("x {word} y (https://a.example/{})", path.as_ref()?))
        });
        let presentation = Presentation { body: Body::Html, bubble_max_chars: limit, ..DEFAULT };
        let article = article(Markup::Plain, &["q"], &[&html]);
        let Ok(found) = presented(&article, &presentation) else { return Ok(()) };
        for link in links {
            let link = crate::normalise::text::block(&link);
            let whole = found.step.answers().any(|bubble| bubble.contains(&link));
            prop_assert!(whole, "{:?} is cut in {:?}", link, found.step.answer);
        }
    }

    #[test]
    fn any_text_survives_html_and_csv(words in prop::collection::vec(any_word(), 1..12)) {
        let text = words.join(" ");
        let clean = crate::normalise::text::block(&text);
        prop_assume!(clean == text && crate::normalise::text::line(&text) == text);
        let presentation = Presentation { body: Body::Html, bubble_max_chars: 0, ..DEFAULT };
        let html = format!("<p>{}</p>", as_entities(&text));
        let found = through_csv(&as_entities(&text), &html, &presentation);
        prop_assert_eq!(found, (text.clone(), text));
    }
}
