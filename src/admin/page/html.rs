//! The templates, and how values become text in them. Every value is escaped, unless a filter here
//! made it.

use std::fmt::Write as _;

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Response};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, HtmlEscape, UndefinedBehavior, Value};

use crate::clock::{Millis, millis_duration, rfc3339, span};

/// All templates. They are part of the program, and a test renders each.
pub(super) fn templates() -> Environment<'static> {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    if let Ok(syntax) = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build()
    {
        templates.set_syntax(syntax);
    }
    templates.add_filter("time", time);
    templates.add_filter("seconds", seconds);
    templates.add_filter("encoded", |text: &str| encoded(text));
    templates.add_filter("said", |words: &str| said(words));
    templates.add_filter("span", |millis: Millis| span(millis_duration(millis)));
    for (name, source) in [
        ("frame.html", include_str!("html/frame.html")),
        ("parts.html", include_str!("html/parts.html")),
        ("forms.html", include_str!("html/forms.html")),
        ("overview.html", include_str!("html/overview.html")),
        ("rows.html", include_str!("html/rows.html")),
        ("rows-body.html", include_str!("html/rows-body.html")),
        ("rows-strip.html", include_str!("html/rows-strip.html")),
        ("bot.html", include_str!("html/bot.html")),
        ("steps.html", include_str!("html/steps.html")),
        ("upload.html", include_str!("html/upload.html")),
        ("uploads.html", include_str!("html/uploads.html")),
        ("search.html", include_str!("html/search.html")),
        ("step.html", include_str!("html/step.html")),
        ("sign-in.html", include_str!("html/sign-in.html")),
        ("message.html", include_str!("html/message.html")),
    ] {
        if let Err(error) = templates.add_template(name, source) {
            tracing::error!("the page's template {name} is broken: {error:#}");
        }
    }
    templates
}

/// A rendered page.
pub(super) fn respond(
    templates: &Environment<'static>,
    status: StatusCode,
    template: &str,
    frame: &Value,
) -> Response {
    let rendered = templates
        .get_template(template)
        .and_then(|template| template.render(frame));
    match rendered {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => {
            tracing::error!("the page {template} cannot be made: {error:#}");
            let words = "this page cannot be made; the log says why\n";
            (StatusCode::INTERNAL_SERVER_ERROR, words).into_response()
        }
    }
}

/// Anything, as the templates take it.
pub(super) fn value(of: impl serde::Serialize) -> Value {
    Value::from(Serde(of))
}

/// A moment: for machines in full, for people to the minute. The script turns it into local time.
fn time(at: Millis) -> Value {
    let words = jiff::Timestamp::from_millisecond(at).map_or_else(
        |_| rfc3339(at),
        |at| at.strftime("%-d %b %Y, %H:%M UTC").to_string(),
    );
    let exact = rfc3339(at);
    Value::from_safe_string(format!("<time datetime=\"{exact}\">{words}</time>"))
}

/// A moment to the second, for what happens within a minute.
fn seconds(at: Millis) -> Value {
    let words = jiff::Timestamp::from_millisecond(at).map_or_else(
        |_| rfc3339(at),
        |at| at.strftime("%-d %b %Y, %H:%M:%S UTC").to_string(),
    );
    let exact = rfc3339(at);
    Value::from_safe_string(format!(
        "<time datetime=\"{exact}\" data-seconds>{words}</time>"
    ))
}

/// What this program says: escaped, what stands in backticks is code, and moments are told as others are.
fn said(words: &str) -> Value {
    let mut text = String::with_capacity(words.len());
    let is_paired = words.matches('`').count().is_multiple_of(2);
    for (at, part) in words.split('`').enumerate() {
        let _ = match (is_paired, at) {
            (true, at) if at % 2 == 1 => write!(text, "<code>{}</code>", HtmlEscape(part)),
            (false, 1..) => write!(text, "`{}", with_moments(part)),
            _ => write!(text, "{}", with_moments(part)),
        };
    }
    Value::from_safe_string(text)
}

/// Escaped, with moments for the script to turn into local time.
fn with_moments(words: &str) -> String {
    let mut text = String::with_capacity(words.len());
    for word in words.split_inclusive(' ') {
        let end = word.rfind('Z').map_or(0, |end| end + 1);
        let (moment, rest) = word.split_at(end);
        match moment.parse::<jiff::Timestamp>() {
            Ok(at) if moment.len() >= "2023-11-14T22:13:20Z".len() => {
                let _ = write!(text, "{}{}", time(at.as_millisecond()), HtmlEscape(rest));
            }
            _ => {
                let _ = write!(text, "{}", HtmlEscape(word));
            }
        }
    }
    text
}

/// The address of a step's story. Slashes and dots in a name are part of the name.
pub(super) fn address(bot: &str, name: &str) -> String {
    format!("/steps/{}/{}", encoded(bot), encoded(name))
}

/// Text as a part of a path.
pub(super) fn encoded(text: &str) -> String {
    let mut part = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            part.push(char::from(byte));
        } else {
            let _ = write!(part, "%{byte:02X}");
        }
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_sound() {
        let templates = templates();
        assert_eq!(templates.templates().count(), 15);
    }

    #[test]
    fn names_are_one_part_of_the_path() {
        let expected = "/steps/acme/a%2F..%2Fb%20%C3%BC%3Cx%3E%22%3F%23";
        assert_eq!(address("acme", "a/../b ü<x>\"?#"), expected);
    }

    #[test]
    fn times_are_told_twice() {
        let told = time(1_700_000_000_000).to_string();
        let expected = "<time datetime=\"2023-11-14T22:13:20Z\">14 Nov 2023, 22:13 UTC</time>";
        assert_eq!(told, expected);
    }

    #[test]
    fn commands_stand_out_and_nothing_else_is_markup() {
        for (words, expected) in [
            ("run `a b`", "run <code>a b</code>"),
            ("<b> `<i>`", "&lt;b&gt; <code>&lt;i&gt;</code>"),
            ("one ` only", "one ` only"),
            (
                "since 2023-11-14T22:13:20Z, <b>",
                "since <time datetime=\"2023-11-14T22:13:20Z\">14 Nov 2023, 22:13 UTC</time>, &lt;b&gt;",
            ),
            (
                "`2023-11-14T22:13:20Z` in 2023 Z",
                "<code>2023-11-14T22:13:20Z</code> in 2023 Z",
            ),
        ] {
            assert_eq!(said(words).to_string(), expected);
        }
    }
}
