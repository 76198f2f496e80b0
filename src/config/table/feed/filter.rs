//! Reads which items of a feed count by their labels and locale.

use super::Labels;
use crate::config::problem::Reported;
use crate::config::section::ConfigSection;
use crate::config::table::source::pointer;
use crate::config::tree::{Node, TomlValue};

const USES: [&str; 3] = ["with_labels", "without_labels", "labels_as_questions"];

/// Reads where labels are and what they are for.
pub(crate) fn labels(section: &ConfigSection<'_, '_>) -> Result<Option<Labels>, Reported> {
    let place = section.optional("labels", pointer);
    let any = |key| section.optional(key, |section, key| section.texts(key, |_| Ok(())));
    let with = any("with_labels");
    let without = any("without_labels");
    let as_questions = section.flag("labels_as_questions");
    let Some(pointer) = place? else {
        return match USES.into_iter().find(|key| section.has(key)) {
            None => Ok(None),
            Some(key) => Err(section.wrong(
                key,
                format!("`{key}` is not used"),
                "say where an item has its labels, for example labels = \"/label_names\"",
            )),
        };
    };
    let labels = Labels {
        pointer,
        with: with?.unwrap_or_default(),
        without: without?.unwrap_or_default(),
        as_questions: as_questions?,
    };
    let used = labels.as_questions || !labels.with.is_empty() || !labels.without.is_empty();
    Ok(used.then_some(labels))
}

/// A locale that nothing uses would be a setting that silently does nothing.
pub(crate) fn idle_locale(section: &ConfigSection<'_, '_>) -> Result<(), Reported> {
    let fills = |text: &str| text.contains("{locale}");
    if !section.has("locale") || section.has("locale_field") || written(section, &fills) {
        return Ok(());
    }
    let message = "`locale` is not used";
    let hint = "say where an item has its locale, for example locale_field = \"/locale\", or write {locale} in `path` or `query`";
    Err(section.wrong("locale", message, hint))
}

/// Whether a path or parameter is written in such a way.
fn written(section: &ConfigSection<'_, '_>, so: &dyn Fn(&str) -> bool) -> bool {
    fn any(node: &Node, so: &dyn Fn(&str) -> bool) -> bool {
        match &node.value {
            TomlValue::Text(text) => so(text),
            TomlValue::List(items) => items.iter().any(|item| any(item, so)),
            TomlValue::Table(table) => table.values().any(|entry| any(&entry.node, so)),
            _ => false,
        }
    }
    ["path", "query", "parents", "detail", "by_id", "changes"]
        .into_iter()
        .filter_map(|key| section.given(key))
        .any(|node| any(node, so))
}
