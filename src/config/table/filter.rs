//! Reads which articles of a folder count: by state, label or category, and by locale.

use super::feed;
use super::feed::{Keep, Locale};
use super::source::check_pointer;
use crate::config::Filter;
use crate::config::problem::Reported;
use crate::config::section::ConfigSection;
use crate::config::tree::{Node, TomlValue};

/// Reads the filter of a folder.
pub(crate) fn filter(section: &ConfigSection<'_, '_>) -> Result<Filter, Reported> {
    let keep = keep(section);
    let locale = locale(section);
    Ok(Filter {
        keep: keep?,
        locale: locale?,
    })
}

fn keep(section: &ConfigSection<'_, '_>) -> Result<Vec<Keep>, Reported> {
    let entry = |(field, node): (String, Node)| {
        check_pointer(section, "keep", &field, &node.origin)?;
        let values: Option<Vec<String>> = match &node.value {
            TomlValue::List(items) => items.iter().map(feed::scalar).collect(),
            _ => feed::scalar(&node).map(|value| vec![value]),
        };
        match values {
            Some(values) if !(values.is_empty() || field.trim().is_empty()) => Ok(Keep {
                pointer: field,
                values,
            }),
            _ => {
                let message =
                    "`keep` must hold columns (or JSON pointers), and the values that count";
                let hint = "for example keep = { status = [\"published\", \"live\"] }";
                Err(section.report.add(&node.origin, message, hint))
            }
        }
    };
    section.entries("keep")?.into_iter().map(entry).collect()
}

fn locale(section: &ConfigSection<'_, '_>) -> Result<Option<Locale>, Reported> {
    let wanted = section.optional("locale", ConfigSection::text);
    let field = section.optional("locale_field", |section, key| {
        let text = section.text(key)?;
        check_pointer(section, key, &text, &section.origin_of(key))?;
        Ok(text)
    });
    match (wanted?, field?) {
        (Some(wanted), Some(pointer)) => Ok(Some(Locale { pointer, wanted })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(section.wrong(
            "locale",
            "`locale` is not used",
            "say where an article has its locale, for example locale_field = \"language\"",
        )),
        (None, Some(_)) => Err(section.wrong(
            "locale_field",
            "`locale_field` is not used",
            "say which locale counts, for example locale = \"en-us\"",
        )),
    }
}
