//! Buttons, carousels and quick replies: what becomes them, and that all of it is as the vendor's
//! documentation says, whatever goes in.

use serde_json::{Map, Value};

use super::*;

const RICH: Presentation = Presentation {
    body: Body::Html,
    bubble_max_chars: 300,
    split: Split::None,
    rich: Rich {
        buttons: true,
        carousels: true,
        read_more: None,
        link_base: None,
    },
    no_answer: NoAnswerPolicy::Reject,
};

fn with_read_more(presentation: &Presentation) -> Presentation {
    let mut presentation = presentation.clone();
    presentation.rich.read_more = Some("Read more".to_owned());
    presentation
}

fn answers(article: &Article, presentation: &Presentation) -> Vec<String> {
    let step = presented(article, presentation).unwrap().step;
    let answers: Vec<String> = step.answers().map(str::to_owned).collect();
    for answer in &answers {
        check(answer).unwrap_or_else(|wrong| panic!("{wrong}: {answer}"));
    }
    answers
}

/// Whether an answer is text, or an element with exactly what the vendor's documentation lists.
fn check(answer: &str) -> Result<(), String> {
    if !answer.starts_with('{') {
        return Ok(());
    }
    let element: Value = serde_json::from_str(answer).map_err(|error| error.to_string())?;
    let element = keys(&element, &["text", "type", "data"])?;
    let said = text(&element["text"])?;
    let data = &element["data"];
    match text(&element["type"])? {
        "TEXT" => each(&keys(data, &["quick_replies"])?["quick_replies"], |reply| {
            let reply = keys(reply, &["actionable_text", "is_default", "type", "payload"])?;
            let payload = keys(&reply["payload"], &["message", "link", "gogo_message"])?;
            is(&reply["type"], "TEXT_ONLY")?;
            is(&payload["link"], "")?;
            shown(&reply["actionable_text"], 27)?;
            not_empty(text(&payload["message"])?)
        })
        .and_then(|()| not_empty(said)),
        "BUTTON" => each(&keys(data, &["items"])?["items"], |item| {
            let item = keys(
                item,
                &[
                    "actionable_text",
                    "location_required",
                    "is_default",
                    "uri",
                    "type",
                    "payload",
                ],
            )?;
            is(&item["uri"], "LINK")?;
            is(&item["type"], "APP_ACTION")?;
            shown(&item["actionable_text"], 21)?;
            whole_url(&keys(&item["payload"], &["url", "gogo_message"])?["url"])
        })
        .and_then(|()| not_empty(said)),
        "CAROUSEL" => {
            let data = keys(data, &["image_aspect_ratio", "width", "items"])?;
            is(&data["width"], "FAT")?;
            each(&data["items"], |item| {
                let item = keys(item, &["thumbnail", "actionables"])?;
                let thumbnail = keys(&item["thumbnail"], &["image", "type"])?;
                is(&thumbnail["type"], "LANDSCAPE")?;
                whole_url(&thumbnail["image"])
            })
        }
        other => Err(format!("no such type: {other}")),
    }
}

fn keys<'v>(value: &'v Value, wanted: &[&str]) -> Result<&'v Map<String, Value>, String> {
    let object = value.as_object().ok_or("no object")?;
    let mut found: Vec<&str> = object.keys().map(String::as_str).collect();
    let mut wanted = wanted.to_vec();
    found.sort_unstable();
    wanted.sort_unstable();
    if found == wanted {
        Ok(object)
    } else {
        Err(format!("has {found:?}, not {wanted:?}"))
    }
}

fn text(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| format!("no text: {value}"))
}

fn not_empty(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("empty text".to_owned());
    }
    Ok(())
}

fn is(value: &Value, expected: &str) -> Result<(), String> {
    if text(value)? == expected {
        return Ok(());
    }
    Err(format!("{value}, not {expected}"))
}

fn shown(value: &Value, most: usize) -> Result<(), String> {
    use unicode_segmentation::UnicodeSegmentation as _;
    let size = text(value)?.graphemes(true).count();
    if size == 0 || size > most {
        return Err(format!("{size} characters"));
    }
    Ok(())
}

fn whole_url(value: &Value) -> Result<(), String> {
    let url = text(value)?;
    if url.starts_with("http") && !url.contains([' ', '<', '>']) {
        return Ok(());
    }
    Err(format!("no whole URL: {url}"))
}

fn each(list: &Value, check: impl Fn(&Value) -> Result<(), String>) -> Result<(), String> {
    let list = list.as_array().filter(|list| !list.is_empty());
    list.ok_or("no list, or an empty one")?
        .iter()
        .try_for_each(check)
}

/// Type, text, and the URLs or replies of an element; text as it is.
fn told(answer: &str) -> String {
    let Ok(element) = serde_json::from_str::<Value>(answer) else {
        return answer.to_owned();
    };
    let data = &element["data"];
    let items = ["quick_replies", "items"]
        .iter()
        .find_map(|key| data[key].as_array());
    let items = items.unwrap().iter().map(|item| {
        let url = item["payload"]["url"]
            .as_str()
            .or(item["thumbnail"]["image"].as_str());
        let label = item["actionable_text"].as_str();
        [label, url]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join("→")
    });
    let items: Vec<String> = items.collect();
    format!(
        "{} {} [{}]",
        element["type"].as_str().unwrap(),
        element["text"].as_str().unwrap(),
        items.join(" ")
    )
}

fn all_told(article: &Article, presentation: &Presentation) -> Vec<String> {
    answers(article, presentation)
        .iter()
        .map(|answer| told(answer))
        .collect()
}

#[test]
fn links_and_images_become_what_was_asked_for() {
    let cases: &[(&str, &[&str])] = &[
        ("<p>Plain.</p>", &["Plain."]),
        (
            "<p>See <a href='https://a.example/x'>the guide to it all, in full</a> or <a href='/here'>here</a>.</p>",
            &[
                "BUTTON See the guide to it all, in full or here. [the guide to it all,…→https://a.example/x]",
            ],
        ),
        (
            "<p><a href='https://a.example'>One</a> <a href='https://b.example'>Two</a> <a href='https://a.example'>again</a></p>",
            &["BUTTON One Two again [One→https://a.example Two→https://b.example]"],
        ),
        (
            "<p><a href='https://a.example/'>a.example</a></p>",
            &["https://a.example/"],
        ),
        (
            "<p><a href='mailto:a@b.example'>Write</a></p>",
            &["Write (a@b.example)"],
        ),
        (
            "<p>Look: <img src='https://a.example/1.png' alt='a map'> there</p><p><img src='https://a.example/2.png'></p>",
            &[
                "Look: there",
                "CAROUSEL a map [https://a.example/1.png https://a.example/2.png]",
            ],
        ),
        ("<img src='/1.png' alt='a map'>", &["a map"]),
        (
            "<img src='https://a.example/1.png'>",
            &["CAROUSEL  [https://a.example/1.png]"],
        ),
        (
            "<p><a href='https://a.example'><img src='https://a.example/1.png' alt='x'></a></p>",
            &["CAROUSEL x [https://a.example/1.png]"],
        ),
        (
            "<ul><li><a href='https://a.example'>A <b>b</b></a><li>c</ul>",
            &["BUTTON - A b\n- c [A b→https://a.example]"],
        ),
        (
            "<table><tr><th>k<th>v<tr><td>x<td><a href='https://a.example'>y</a></table>",
            &["BUTTON k: x; v: y [y→https://a.example]"],
        ),
        (
            "<p>&lt;m&gt; <a href='https://a.example/%3cm%3e?&lt;m&gt;'>&lt;m&gt;</a></p>",
            &["BUTTON ‹m› ‹m› [<m>→https://a.example/%3cm%3e?%3Cm%3E]"],
        ),
    ];
    for (html, expected) in cases {
        let found = all_told(&article(Markup::Plain, &["q"], &[html]), &RICH);
        assert_eq!(found, *expected, "{html}");
    }
}

#[test]
fn a_button_always_has_words_that_can_be_seen() {
    let body = "See <a href='https://a.example/b c'>\u{feff}</a> for more.";
    let told = answers(&article(Markup::Plain, &["q"], &[body]), &RICH);
    assert!(
        told[0].contains("\"actionable_text\":\"https://a.example"),
        "{told:?}"
    );
}

#[test]
fn a_button_stands_below_the_bubble_of_its_link() {
    let small = Presentation {
        bubble_max_chars: 24,
        ..RICH
    };
    let html = "<p>First of all this. Then <a href='https://a.example'>the long guide</a>. And the end of it.</p>";
    assert_eq!(
        all_told(&article(Markup::Plain, &["q"], &[html]), &small),
        [
            "First of all this.",
            "BUTTON Then the long guide. [the long guide→https://a.example]",
            "And the end of it."
        ]
    );
}

#[test]
fn nothing_of_it_comes_unasked() {
    let html =
        "<p><a href='https://a.example'>x</a> <img src='https://a.example/1.png' alt='y'></p>";
    let mut plain = article(Markup::Plain, &["q"], &[html]);
    plain.url = Some("https://a.example/article".to_owned());
    assert_eq!(answers(&plain, &DEFAULT), ["x (https://a.example) y"]);
}

#[test]
fn an_article_can_be_read_in_full() {
    let rich = with_read_more(&RICH);
    let hsl = r#"{"text":"x","type":"TEXT","data":{"quick_replies":[{"actionable_text":"y","is_default":0,"type":"TEXT_ONLY","payload":{"message":"y","link":"","gogo_message":""}}]}}"#;
    let url = "https://a.example/1";
    for (markup, answer, url, expected) in [
        (
            Markup::Plain,
            "a",
            Some(url),
            &["BUTTON a [Read more→https://a.example/1]"][..],
        ),
        (
            Markup::Plain,
            "<a href='https://b.example'>b</a>",
            Some(url),
            &["BUTTON b [b→https://b.example Read more→https://a.example/1]"],
        ),
        (
            Markup::Plain,
            hsl,
            Some(url),
            &[
                "TEXT x [y]",
                "BUTTON Read more [Read more→https://a.example/1]",
            ],
        ),
        (
            Markup::Faq,
            "a<m>b",
            Some(url),
            &["a", "BUTTON b [Read more→https://a.example/1]"],
        ),
        (Markup::Plain, "a", None, &["a"]),
        (Markup::Plain, "a", Some("/relative"), &["a"]),
    ] {
        let presentation = Presentation {
            body: Body::Auto,
            ..rich.clone()
        };
        let mut article = article(markup, &["q"], &[answer]);
        article.url = url.map(str::to_owned);
        assert_eq!(all_told(&article, &presentation), expected, "{answer}");
    }
    let mut relative = article(Markup::Plain, &["q"], &["a"]);
    relative.url = Some("/relative".to_owned());
    let notes = presented(&relative, &rich).unwrap().notes;
    assert!(notes[0].reason.contains("fields.url"), "{notes:?}");
}

#[test]
fn quick_replies_stand_below_the_last_text() {
    let cases: &[(&str, &[&str], &[&str])] = &[
        ("a", &["Yes | No", "Yes", " "], &["TEXT a [Yes No]"]),
        (
            "<p>a</p><img src='https://a.example/1.png'>",
            &["Yes"],
            &["CAROUSEL  [https://a.example/1.png]", "TEXT a [Yes]"],
        ),
        (
            "<a href='https://a.example'>b</a>",
            &["A reply that is much too long to show"],
            &["TEXT b (https://a.example) [A reply that is much too l…]"],
        ),
        (
            "<img src='https://a.example/1.png'>",
            &["Yes"],
            &["CAROUSEL  [https://a.example/1.png]"],
        ),
    ];
    for (answer, replies, expected) in cases {
        let mut article = article(Markup::Plain, &["q"], &[answer]);
        article.quick_replies = replies.iter().map(|reply| (*reply).to_owned()).collect();
        assert_eq!(all_told(&article, &RICH), *expected, "{answer}");
    }
    let mut both = article(Markup::Plain, &["q"], &["a"]);
    both.quick_replies = vec!["Yes".to_owned()];
    both.url = Some("https://a.example/1".to_owned());
    assert_eq!(
        all_told(&both, &with_read_more(&RICH)),
        ["TEXT a\n\nRead more (https://a.example/1) [Yes]"]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn whatever_goes_in_what_comes_out_is_sound(
        answer in presentation::soup(),
        images in prop::collection::vec("(<p>)?<img src='https?://[a-z<>&'\" ]{0,8}' alt='[a-z<]{0,4}'>", 0..3),
        replies in prop::collection::vec("[a-z|{}\" ]{0,40}", 0..3),
        url in prop::option::of("(https?://)?[a-z<m>\" ]{0,9}"),
        limit in 1_usize..80,
    ) {
        let mut article = article(Markup::Plain, &["q"], &[&(answer + &images.concat())]);
        article.quick_replies = replies;
        article.url = url;
        let presentation = Presentation { bubble_max_chars: limit, ..with_read_more(&RICH) };
        if let Ok(found) = presented(&article, &presentation) {
            for answer in found.step.answers() {
                let own = answer.starts_with('{') && crate::normalise::hsl::trimmed(answer).is_none();
                if !own {
                    let checked = check(answer);
                    prop_assert!(checked.is_ok(), "{checked:?} {answer}");
                }
                prop_assert!(!answer.chars().any(|c| c.is_control() && c != '\n'), "{answer:?}");
            }
            let again = super::article(Markup::Faq, &[&found.step.question], &[&found.step.answer]);
            let text = Presentation { body: Body::Text, ..DEFAULT };
            prop_assert_eq!(presented(&again, &text).unwrap().step, found.step);
        }
    }
}
