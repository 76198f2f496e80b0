//! A text with places that a list fills in: `/folders/{folder.id}/articles`.

use std::fmt;

/// A text with places to fill in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template(Vec<TemplatePiece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum TemplatePiece {
    Text(String),
    /// `{folder.id}`: what stands at `/id` in the item of `folder`.
    Value {
        name: String,
        pointer: String,
    },
}

impl Template {
    /// Everything in braces that is a name and a path counts as a place; other braces are text.
    pub fn parse(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        let mut plain = String::new();
        while let Some((before, after)) = rest.split_once('{') {
            plain.push_str(before);
            let found = after
                .split_once('}')
                .and_then(|(inside, after)| Some((place(inside)?, after)));
            let Some(((name, pointer), after)) = found else {
                plain.push('{');
                rest = after;
                continue;
            };
            if !plain.is_empty() {
                pieces.push(TemplatePiece::Text(std::mem::take(&mut plain)));
            }
            pieces.push(TemplatePiece::Value { name, pointer });
            rest = after;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            pieces.push(TemplatePiece::Text(plain));
        }
        Self(pieces)
    }

    /// Whether there is no text in it and no place.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names of the lists that fill it in.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.places().map(|(name, _)| name)
    }

    /// The places to fill in: a list's name, and the pointer into its item.
    pub fn places(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(|piece| match piece {
            TemplatePiece::Text(_) => None,
            TemplatePiece::Value { name, pointer } => Some((name.as_str(), pointer.as_str())),
        })
    }

    /// The text, each place filled in with what `value` has for its name and pointer.
    pub fn fill<E>(
        &self,
        mut value: impl FnMut(&str, &str) -> Result<String, E>,
    ) -> Result<String, E> {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                TemplatePiece::Text(plain) => text.push_str(plain),
                TemplatePiece::Value { name, pointer } => text.push_str(&value(name, pointer)?),
            }
        }
        Ok(text)
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.0 {
            match piece {
                TemplatePiece::Text(text) => f.write_str(text)?,
                TemplatePiece::Value { name, pointer } => {
                    write!(f, "{{{name}{}}}", pointer.replace('/', "."))?;
                }
            }
        }
        Ok(())
    }
}

fn place(inside: &str) -> Option<(String, String)> {
    let word = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let (name, path) = inside.split_once('.')?;
    (word(name) && path.split('.').all(word))
        .then(|| (name.to_owned(), format!("/{}", path.replace('.', "/"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_in_and_other_braces_are_text() {
        let cases = [
            ("/a/{folder.id}/b", "/a/<folder /id>/b", "folder"),
            ("{x.data.id}{y.0.id}", "<x /data/id><y /0/id>", "x y"),
            ("{\"a\": 1}", "{\"a\": 1}", ""),
            ("{ x.id } {} {x.} {", "{ x.id } {} {x.} {", ""),
            ("{{x.id}", "{<x /id>", "x"),
        ];
        for (text, filled, names) in cases {
            let template = Template::parse(text);
            let found = template.fill(|name, pointer| Ok::<_, ()>(format!("<{name} {pointer}>")));
            assert_eq!(found.unwrap(), filled);
            assert_eq!(template.names().collect::<Vec<_>>().join(" "), names);
            assert_eq!(template.to_string(), text);
        }
    }
}
