//! Reads the lists above the articles, and the calls for each article.

use reqwest::Url;

use super::address::template;
use super::condition::keep;
use super::{ById, DetailCall, Parent};
use crate::config::problem::Reported;
use crate::config::section::ConfigSection;
use crate::config::table::source::pointer;
use crate::config::tree::TomlValue;

/// What an article's own list calls it.
pub(crate) const ITEM: &str = "item";

/// What `by_id` calls an article of which nothing but the id is known.
const ARTICLE: &str = "article";

/// Reads the lists above the articles, and the names that they give besides those that are there.
pub(crate) fn parents(
    section: &ConfigSection<'_, '_>,
    base: &Url,
    locale: Option<&str>,
    mut names: Vec<String>,
) -> Result<(Vec<Parent>, Vec<String>), Reported> {
    let mut parents = Vec::new();
    if !section.has("parents") {
        return Ok((parents, names));
    }
    let mut outcome = Ok(());
    for (origin, table) in section.tables("parents")? {
        let pattern = section.below("parents[]");
        let section = ConfigSection::new(section.report, pattern, origin, table);
        match parent(&section, base, locale, &mut names) {
            Ok(parent) => parents.push(parent),
            Err(reported) => outcome = Err(reported),
        }
    }
    outcome.map(|()| (parents, names))
}

fn parent(
    section: &ConfigSection<'_, '_>,
    base: &Url,
    locale: Option<&str>,
    names: &mut Vec<String>,
) -> Result<Parent, Reported> {
    let name = name(section, names);
    let path = template(section, base, "path", locale, names);
    if let Ok(name) = &name {
        names.push(name.clone());
    }
    let below = section.optional("below", |section, key| {
        template(section, base, key, locale, names)
    });
    let items = section.optional("items", pointer);
    let keep = keep(section);
    let paged = section.flag("paged");
    Ok(Parent {
        name: name?,
        path: path?,
        below: below?,
        items: items?,
        keep: keep?,
        paged: paged?,
    })
}

fn name(section: &ConfigSection<'_, '_>, taken: &[String]) -> Result<String, Reported> {
    let name = section.text("name")?;
    let is_word = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if is_word && name != ITEM && !taken.contains(&name) {
        return Ok(name);
    }
    let message = format!("`name` must be a word of its own, and not \"{ITEM}\"");
    let hint = "for example name = \"folder\", which {folder.id} in a path then means";
    Err(section.wrong("name", message, hint))
}

/// Reads the calls for each article.
pub(crate) fn detail(
    section: &ConfigSection<'_, '_>,
    base: &Url,
    locale: Option<&str>,
    names: &[String],
) -> Result<Option<DetailCall>, Reported> {
    if !section.has("detail") {
        return Ok(None);
    }
    let section = section.table("detail")?;
    let known: Vec<String> = names.iter().cloned().chain([ITEM.to_owned()]).collect();
    let path = template(&section, base, "path", locale, &known);
    let item = section.optional("item", pointer);
    let unchanged = section.optional("unchanged", pointer);
    Ok(Some(DetailCall {
        path: path?,
        item: item?,
        unchanged: unchanged?,
    }))
}

/// Reads how one article is asked for whose list lacks it.
pub(crate) fn by_id(
    section: &ConfigSection<'_, '_>,
    base: &Url,
    locale: Option<&str>,
) -> Result<Option<ById>, Reported> {
    if !section.has("by_id") {
        return Ok(None);
    }
    if has_id_of_parts(section) {
        let message = "`by_id` cannot be used with an id of several parts";
        let hint =
            "take `by_id` out: what a list lacks is then looked for by reading the list again";
        return Err(section.wrong("by_id", message, hint));
    }
    let section = section.table("by_id")?;
    let path = template(&section, base, "path", locale, &[ARTICLE.to_owned()]);
    let item = section.optional("item", pointer);
    let gone = gone(&section);
    Ok(Some(ById {
        path: path?,
        item: item?,
        gone: gone?,
    }))
}

fn has_id_of_parts(section: &ConfigSection<'_, '_>) -> bool {
    let Some(TomlValue::Table(fields)) = section.given("fields").map(|node| &node.value) else {
        return false;
    };
    let id = fields.get("id").map(|entry| &entry.node.value);
    matches!(id, Some(TomlValue::List(parts)) if parts.len() > 1)
}

fn gone(section: &ConfigSection<'_, '_>) -> Result<Vec<u16>, Reported> {
    // Whoever asks for patience says nothing of the article.
    let status = |text: &str| match text.parse() {
        Ok(status @ (400..=407u16 | 409..=428 | 430..=499)) => Some(status),
        _ => None,
    };
    let texts = section.optional("gone", |section, key| {
        section.texts(key, |text| {
            if status(&text.text).is_some() {
                return Ok(());
            }
            let message = format!("`{key}` holds something else than a status that refuses");
            let hint = "for example gone = [\"401\"]";
            Err(section.report.add(&text.origin, message, hint))
        })
    })?;
    let texts = texts.unwrap_or_default();
    Ok(texts.iter().filter_map(|text| status(text)).collect())
}
