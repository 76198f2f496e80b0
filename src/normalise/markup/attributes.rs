//! The attributes of one tag, in memory that the next tag uses again.

/// The attributes of one tag in their order.
#[derive(Default)]
pub(crate) struct Attributes {
    bytes: Vec<u8>,
    starts: Vec<Start>,
}

/// Where an attribute starts.
struct Start {
    name: usize,
    value: Option<usize>,
}

impl Attributes {
    /// Forgets them.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.starts.clear();
    }

    /// The name of another one begins.
    pub(crate) fn begin(&mut self) {
        self.starts.push(Start {
            name: self.bytes.len(),
            value: None,
        });
    }

    /// The value of the last one begins.
    pub(crate) fn begin_value(&mut self) {
        if let Some(last) = self.starts.last_mut() {
            last.value.get_or_insert(self.bytes.len());
        }
    }

    /// More of what has begun.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// The value of the first of this name; empty where it has none.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        let ends = self.starts.iter().skip(1).map(|next| next.name);
        let ends = ends.chain([self.bytes.len()]);
        let (start, end) = self.starts.iter().zip(ends).find(|(start, end)| {
            let end = start.value.unwrap_or(*end);
            self.bytes[start.name..end] == *name.as_bytes()
        })?;
        let value = start.value.map_or(&[][..], |value| &self.bytes[value..end]);
        std::str::from_utf8(value).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_a_name_counts() {
        let mut attributes = Attributes::default();
        assert!(attributes.is_empty());
        for (name, value) in [
            ("href", Some("a")),
            ("hidden", None),
            ("href", Some("b")),
            ("é", Some("ü")),
        ] {
            attributes.begin();
            attributes.push(name.as_bytes());
            if let Some(value) = value {
                attributes.begin_value();
                attributes.push(value.as_bytes());
            }
        }
        for (name, expected) in [
            ("href", Some("a")),
            ("hidden", Some("")),
            ("é", Some("ü")),
            ("hre", None),
            ("b", None),
        ] {
            assert_eq!(attributes.value(name), expected, "{name}");
        }
        attributes.clear();
        assert_eq!(attributes.value("href"), None);
    }
}
