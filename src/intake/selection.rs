//! Whether an article of a folder counts: by what stands in its fields, and by its locale. What does
//! not count is as good as gone. Pure.

use super::feed::same_locale;
use super::table::mapping;
use crate::config::{Folder, Keep};

const SEPARATORS: [char; 3] = [',', ';', '|'];

/// The columns of a table that decide which of its rows count.
#[derive(Default)]
pub(crate) struct Deciding {
    keep: Vec<usize>,
    locale: Option<usize>,
}

impl Deciding {
    /// Finds the columns, or says which is missing.
    pub(crate) fn find(folder: &Folder, header: &[String]) -> Result<Self, String> {
        let keep = folder.filter.keep.iter();
        let keep = keep.map(|keep| mapping::column(&keep.pointer, header));
        let locale = folder.filter.locale.as_ref();
        let locale = locale.map(|locale| mapping::column(&locale.pointer, header));
        Ok(Self {
            keep: keep.collect::<Result<_, _>>()?,
            locale: locale.transpose()?,
        })
    }

    /// Whether a row counts, its cells by position.
    pub(crate) fn counts<'c>(
        &self,
        folder: &Folder,
        cell: impl Fn(usize) -> Result<&'c str, String>,
    ) -> Result<bool, String> {
        for (keep, column) in folder.filter.keep.iter().zip(&self.keep) {
            if !holds(keep, [cell(*column)?]) {
                return Ok(false);
            }
        }
        match (&folder.filter.locale, self.locale) {
            (Some(locale), Some(column)) => Ok(same_locale(cell(column)?, &locale.wanted)),
            _ => Ok(true),
        }
    }

    /// The last column that decides.
    pub(crate) fn last(&self) -> Option<usize> {
        self.keep.iter().copied().chain(self.locale).max()
    }

    /// Whether a cell of this column decides.
    pub(crate) fn uses(&self, column: usize) -> bool {
        self.keep.contains(&column) || self.locale == Some(column)
    }
}

/// Whether every row of a folder counts, whatever it holds.
pub(crate) fn all(folder: &Folder) -> bool {
    folder.filter.keep.is_empty() && folder.filter.locale.is_none()
}

/// Whether an item counts, its texts by the name of the field. Where a field is not there at all,
/// it cannot be told, and so it is an item to fix.
pub(crate) fn counts(
    folder: &Folder,
    texts: impl Fn(&str) -> Result<Option<Vec<String>>, String>,
) -> Result<bool, String> {
    let texts = |name: &str, key: &str| {
        texts(name)?.ok_or_else(|| {
            format!(
                "has no `{name}`, so that it is unclear whether it counts; correct `{key}`, or let the knowledge base export that field"
            )
        })
    };
    for keep in &folder.filter.keep {
        let found = texts(&keep.pointer, "keep")?;
        if !holds(keep, found.iter().map(String::as_str)) {
            return Ok(false);
        }
    }
    let Some(locale) = &folder.filter.locale else {
        return Ok(true);
    };
    let found = texts(&locale.pointer, "locale_field")?;
    Ok(found.iter().any(|text| same_locale(text, &locale.wanted)))
}

/// Whether one of the texts, or a part of one, is a value that counts.
fn holds<'t>(keep: &Keep, texts: impl IntoIterator<Item = &'t str>) -> bool {
    let wanted = |text: &str| {
        keep.values
            .iter()
            .any(|value| same_value(value, text.trim()))
    };
    texts
        .into_iter()
        .any(|text| wanted(text) || text.split(SEPARATORS).any(wanted))
}

/// Whether a cell says this value. A truth value is the same however a program writes it.
fn same_value(value: &str, text: &str) -> bool {
    let is_truth = ["true", "false"]
        .iter()
        .any(|word| value.eq_ignore_ascii_case(word));
    value == text || is_truth && value.eq_ignore_ascii_case(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truth_is_the_same_in_whatever_case() {
        for (value, text, expected) in [
            ("true", "TRUE", true),
            ("FALSE", "False", true),
            ("true", "yes", false),
            ("Published", "published", false),
        ] {
            assert_eq!(same_value(value, text), expected, "{value} {text}");
        }
    }

    #[test]
    fn values_count_alone_and_among_others() {
        let keep = Keep {
            pointer: "labels".to_owned(),
            values: vec!["billing".to_owned(), "a, b".to_owned()],
        };
        for (texts, expected) in [
            (&["billing"][..], true),
            (&[" billing "], true),
            (&["account, billing"], true),
            (&["account|billing;x"], true),
            (&["account", "billing"], true),
            (&["a, b"], true),
            (&["a"], false),
            (&["Billing"], false),
            (&["billing-old"], false),
            (&[""], false),
            (&[], false),
        ] {
            assert_eq!(holds(&keep, texts.iter().copied()), expected, "{texts:?}");
        }
    }
}
