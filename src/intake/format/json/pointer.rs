//! Where a list is in a JSON document. Pure.

use std::fmt;

/// A JSON pointer (RFC 6901), in which one `/*` stands for every key or entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pointer(pub(crate) Vec<Option<String>>);

impl Pointer {
    pub(crate) fn new(text: &str) -> Self {
        let part = |part: &str| part.replace("~1", "/").replace("~0", "~");
        let parts = |text: &str| text.split('/').skip(1).map(part).map(Some).collect();
        match text.split_once("/*") {
            None => Self(parts(text)),
            Some((lists, rest)) => {
                let mut all: Vec<_> = parts(lists);
                all.push(None);
                all.extend(parts(rest));
                Self(all)
            }
        }
    }

    pub(crate) fn of(path: &[String]) -> Self {
        Self(path.iter().cloned().map(Some).collect())
    }

    /// To whatever stands in the object at this path.
    pub(crate) fn below(path: &[String]) -> Self {
        let mut place = Self::of(path);
        place.0.push(None);
        place
    }

    pub(crate) fn has_star(&self) -> bool {
        self.0.contains(&None)
    }

    /// Whether it leads to this path, or over it.
    pub(crate) fn leads_over(&self, path: &[String]) -> bool {
        let mut parts = self.0.iter().zip(path);
        let fits =
            |(part, at): (&Option<String>, &String)| part.as_ref().is_none_or(|part| part == at);
        path.len() <= self.0.len() && parts.all(fits)
    }

    /// Whether it leads to this path.
    pub(crate) fn is(&self, path: &[String]) -> bool {
        path.len() == self.0.len() && self.leads_over(path)
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            None => formatter.write_str("/*"),
            Some(part) => {
                let part = part.replace('~', "~0").replace('/', "~1");
                write!(formatter, "/{part}")
            }
        })
    }
}
