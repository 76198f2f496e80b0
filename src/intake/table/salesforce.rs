//! The columns of a table that Salesforce exports or imports articles with: a title, custom fields
//! that end with `__c`, and rows with translations below the row of their article.

use super::mapping;
use super::mapping::Columns;
use super::usual_names::{ANSWER, ID, same_name};
use crate::config::Fields;
use crate::model::Markup;

const IS_MASTER: &str = "isMasterLanguage";
const TITLE: &str = "Title";
const CUSTOM: &str = "__c";

/// The columns, if this is the header of such a table.
pub(crate) fn columns(
    fields: Option<&Fields>,
    header: &[String],
) -> Option<Result<Columns, String>> {
    let at = |name: &str| header.iter().position(|column| same_name(column, name));
    let (is_master, _) = (at(IS_MASTER)?, at(TITLE)?);
    let mut fields = fields.cloned().unwrap_or_default();
    if fields.id.is_empty() && !ID.iter().any(|name| at(name).is_some()) {
        fields.id = vec![TITLE.to_owned()];
    }
    if fields.question.is_empty() {
        fields.question = vec![TITLE.to_owned()];
    }
    if fields.answer.is_empty() {
        let usual = ANSWER.iter().find_map(|name| {
            let custom = format!("{name}{CUSTOM}");
            at(name).or_else(|| at(&custom))
        });
        match usual {
            Some(at) => fields.answer = vec![header[at].clone()],
            None => return Some(Err(mapping::missing("answer", &ANSWER, header))),
        }
    }
    let columns = mapping::columns(Some(&fields), header);
    Some(columns.map(|columns| Columns {
        markup: Markup::Plain,
        is_master: Some(is_master),
        ..columns
    }))
}

/// Whether the cell says that the row is a translation.
pub(crate) fn is_translation(cell: &str) -> bool {
    matches!(cell.to_ascii_lowercase().as_str(), "0" | "false" | "no")
}

/// What is said once of the rows that are passed over.
pub(crate) const TRANSLATION: &str = "is a translation; these are passed over, here and in the rows below, because a bot speaks one language";
