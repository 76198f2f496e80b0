//! Reads how a sweep asks for what changed alone: the same list without its texts, and the call for an
//! article.

use reqwest::Url;

use super::address::template;
use super::parents::ITEM;
use super::read::query;
use super::{Changes, DetailCall, Feed};
use crate::config::problem::Reported;
use crate::config::section::ConfigSection;
use crate::config::table::source::pointer;

/// Reads what is asked for where only little changed.
pub(crate) fn changes(
    section: &ConfigSection<'_, '_>,
    base: &Url,
    locale: Option<&str>,
    names: &[String],
) -> Result<Option<Changes>, Reported> {
    if !section.has("changes") {
        return Ok(None);
    }
    if section.has("detail") {
        let message = "`changes` cannot be used beside `detail`";
        let hint = "take `changes` out: `unchanged` in `detail` already has only those articles asked for that changed";
        return Err(section.wrong("changes", message, hint));
    }
    let section = section.table("changes")?;
    let known: Vec<String> = names.iter().cloned().chain([ITEM.to_owned()]).collect();
    let query = query(&section, names, locale);
    let path = template(&section, base, "path", locale, &known);
    let item = section.optional("item", pointer);
    let unchanged = pointer(&section, "unchanged");
    Ok(Some(Changes {
        query: query?,
        call: DetailCall {
            path: path?,
            item: item?,
            unchanged: Some(unchanged?),
        },
    }))
}

impl Feed {
    /// The same feed with its list as `changes` has it, and a call for each article; `None` without it.
    pub fn of_changes(&self) -> Option<Self> {
        let Changes { query, call } = self.changes.as_ref()?;
        let is_over = |name: &String| query.iter().any(|(over, _)| over == name);
        let kept = self.query.iter().filter(|(name, _)| !is_over(name));
        let over = query.iter().filter(|(_, value)| !value.is_empty());
        Some(Self {
            query: kept.chain(over).cloned().collect(),
            detail: Some(call.clone()),
            changes: None,
            ..self.clone()
        })
    }
}
