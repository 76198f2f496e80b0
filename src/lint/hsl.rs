//! HSL, the vendor's JSON for rich responses, held to what is documented of it. Types that are not
//! documented are left alone.

use serde_json::{Map, Value};
use unicode_segmentation::UnicodeSegmentation;

use super::Said;
use super::rule::Rule;
use super::view::{LintAnswer, View, answer, quoted};

const TYPES: [&str; 3] = ["TEXT", "BUTTON", "CAROUSEL"];
/// The vendor's chat shows this much of a button ...
const BUTTON: usize = 21;
/// ... and this much of a quick reply.
const QUICK_REPLY: usize = 27;

pub(super) fn judge(view: &View, said: &mut Vec<Said>) {
    for (at, one) in view.answers.iter().enumerate() {
        match one {
            LintAnswer::Text(_) => {}
            LintAnswer::Broken(reason) => {
                let what = format!("it looks like HSL and is no JSON: {reason}");
                said.push(Said::new(Rule::Hsl, answer(at), what));
            }
            LintAnswer::Hsl(element) => {
                let mut form = HslForm::default();
                form.element(element);
                let told = form.problems.into_iter();
                said.extend(told.map(|what| Said::new(Rule::Hsl, answer(at), what)));
                for (kind, words, most) in captions(element) {
                    let has = words.graphemes(true).count();
                    if has > most {
                        let what = format!(
                            "the {kind} {} has {has} characters, and {most} are shown",
                            quoted(words)
                        );
                        said.push(Said::new(Rule::ButtonLength, answer(at), what));
                    }
                }
            }
        }
    }
}

/// Every address in an element that is filled in.
pub(super) fn links(element: &Value) -> Vec<&str> {
    let mut links = Vec::new();
    let buttons = list(element, "items").chain(list(element, "quick_replies"));
    for item in buttons {
        for pointer in ["/payload/url", "/payload/link", "/thumbnail/image"] {
            let link = item.pointer(pointer).and_then(Value::as_str);
            links.extend(link.map(str::trim).filter(|link| !link.is_empty()));
        }
    }
    links
}

fn list<'v>(element: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    let found = element.get("data").and_then(|data| data.get(key));
    found.and_then(Value::as_array).into_iter().flatten()
}

/// What stands on buttons and quick replies, and how much of it is shown.
fn captions(element: &Value) -> Vec<(&'static str, &str, usize)> {
    let buttons = list(element, "items").map(|item| ("button", item, BUTTON));
    let replies = list(element, "quick_replies").map(|item| ("quick reply", item, QUICK_REPLY));
    buttons
        .chain(replies)
        .filter_map(|(kind, item, most)| {
            let words = item.get("actionable_text")?.as_str()?;
            Some((kind, words, most))
        })
        .collect()
}

/// What differs from the documented form.
#[derive(Default)]
struct HslForm {
    problems: Vec<String>,
}

impl HslForm {
    fn wants(&mut self, is_so: bool, place: &str, what: &str) {
        if !is_so {
            self.problems.push(format!("`{place}` {what}"));
        }
    }

    fn text(&mut self, object: &Map<String, Value>, place: &str, key: &str) {
        let text = object.get(key).and_then(Value::as_str);
        let filled = text.is_some_and(|text| !text.trim().is_empty());
        self.wants(
            filled,
            &below(place, key),
            "must be a text that is not empty",
        );
    }

    fn one_of(&mut self, object: &Map<String, Value>, place: &str, key: &str, values: &[Value]) {
        let fits = object.get(key).is_some_and(|value| values.contains(value));
        let values: Vec<String> = values.iter().map(Value::to_string).collect();
        let what = format!("must be {}", values.join(" or "));
        self.wants(fits, &below(place, key), &what);
    }

    fn object<'v>(
        &mut self,
        object: &'v Map<String, Value>,
        place: &str,
        key: &str,
    ) -> Option<&'v Map<String, Value>> {
        let found = object.get(key).and_then(Value::as_object);
        self.wants(found.is_some(), &below(place, key), "must be an object");
        found
    }

    fn element(&mut self, element: &Value) {
        let Some(element) = element.as_object() else {
            return;
        };
        let kind = element.get("type").and_then(Value::as_str);
        let Some(kind) = kind else {
            return self.wants(false, "type", "must be a text such as \"TEXT\"");
        };
        if let Some(meant) = TYPES
            .iter()
            .find(|known| **known != kind && strsim::levenshtein(known, &kind.to_uppercase()) <= 1)
        {
            return self.wants(false, "type", &format!("is \"{kind}\"; {meant} is meant"));
        }
        if kind != "CAROUSEL" {
            self.text(element, "", "text");
        }
        let data = match element.get("data") {
            None if kind == "TEXT" => return,
            _ => self.object(element, "", "data"),
        };
        let Some(data) = data else { return };
        match kind {
            "TEXT" if data.contains_key("quick_replies") => {
                self.each(data, "quick_replies", Self::quick_reply);
            }
            "BUTTON" => self.each(data, "items", Self::button),
            "CAROUSEL" => self.each(data, "items", Self::image),
            _ => {}
        }
    }

    fn each(
        &mut self,
        data: &Map<String, Value>,
        key: &str,
        judge: fn(&mut Self, &Map<String, Value>, &str),
    ) {
        let list = data.get(key).and_then(Value::as_array);
        let list = list.filter(|list| !list.is_empty());
        let place = below("data", key);
        self.wants(list.is_some(), &place, "must be a list that is not empty");
        for (at, item) in list.into_iter().flatten().enumerate() {
            let place = format!("{place}[{at}]");
            match item.as_object() {
                Some(item) => judge(self, item, &place),
                None => self.wants(false, &place, "must be an object"),
            }
        }
    }

    fn quick_reply(&mut self, item: &Map<String, Value>, place: &str) {
        self.text(item, place, "actionable_text");
        self.one_of(item, place, "is_default", &[0.into(), 1.into()]);
        self.one_of(item, place, "type", &["TEXT_ONLY".into()]);
        if let Some(payload) = self.object(item, place, "payload") {
            self.text(payload, &below(place, "payload"), "message");
        }
    }

    fn button(&mut self, item: &Map<String, Value>, place: &str) {
        self.text(item, place, "actionable_text");
        self.one_of(item, place, "is_default", &[0.into(), 1.into()]);
        self.one_of(item, place, "type", &["APP_ACTION".into()]);
        self.text(item, place, "uri");
        let payload = self.object(item, place, "payload");
        let is_link = item.get("uri").and_then(Value::as_str) == Some("LINK");
        if let Some(payload) = payload.filter(|_| is_link) {
            self.text(payload, &below(place, "payload"), "url");
        }
    }

    fn image(&mut self, item: &Map<String, Value>, place: &str) {
        if let Some(thumbnail) = self.object(item, place, "thumbnail") {
            self.text(thumbnail, &below(place, "thumbnail"), "image");
        }
        let listed = item.get("actionables").is_some_and(Value::is_array);
        self.wants(listed, &below(place, "actionables"), "must be a list");
    }
}

fn below(place: &str, key: &str) -> String {
    if place.is_empty() {
        key.to_owned()
    } else {
        format!("{place}.{key}")
    }
}
