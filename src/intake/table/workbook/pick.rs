//! Which sheets of a workbook are read: those that the configuration names, or else all that a person
//! sees. Pure.

use calamine::SheetVisible;

use crate::intake::bytes::TextProblem;
use crate::intake::table::same_name;

/// All sheets, those that are hidden too.
const ALL: &str = "*";

/// A sheet, before it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SheetName {
    pub(crate) name: String,
    pub(crate) is_visible: bool,
}

impl SheetName {
    /// As the workbook lists it.
    pub(crate) fn of(sheet: &calamine::Sheet) -> Self {
        Self {
            name: sheet.name.clone(),
            is_visible: sheet.visible == SheetVisible::Visible,
        }
    }
}

/// The sheets to read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SheetChoice {
    pub(crate) wanted: Vec<String>,
    /// Hidden ones, which are not.
    pub(crate) hidden: Vec<String>,
    /// Whether the configuration names each.
    pub(crate) is_chosen: bool,
}

impl SheetChoice {
    /// Of all sheets, in their order; or why one that is named is not there.
    pub(crate) fn of(named: &[String], sheets: Vec<SheetName>) -> Result<Self, TextProblem> {
        let is_all = named.iter().any(|name| name == ALL);
        if named.is_empty() || is_all {
            let (wanted, hidden): (Vec<_>, Vec<_>) = sheets
                .into_iter()
                .partition(|sheet| is_all || sheet.is_visible);
            let bare = |sheets: Vec<SheetName>| sheets.into_iter().map(|sheet| sheet.name);
            return Ok(Self {
                wanted: bare(wanted).collect(),
                hidden: bare(hidden).collect(),
                is_chosen: false,
            });
        }
        let is = |sheet: &SheetName, name: &str| sheet.name.trim() == name.trim();
        let missing = named
            .iter()
            .find(|name| !sheets.iter().any(|sheet| is(sheet, name)));
        if let Some(missing) = missing {
            let there: Vec<&String> = sheets.iter().map(|sheet| &sheet.name).collect();
            return Err(TextProblem::whole_file(format!(
                "has no sheet named {missing:?}; it has {there:?}, so write one of these to the source as `sheet`"
            )));
        }
        let wanted = sheets
            .into_iter()
            .filter(|sheet| named.iter().any(|name| is(sheet, name)));
        Ok(Self {
            wanted: wanted.map(|sheet| sheet.name).collect(),
            hidden: Vec::new(),
            is_chosen: true,
        })
    }
}

/// Whether two sheets hold the same, by the names of the columns that are used.
pub(crate) fn same_columns(one: &[String], other: &[String]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(a, b)| same_name(a, b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheets_that_are_named_or_seen_are_read() {
        let sheets = || {
            [("FAQ", true), ("Old", false), ("More ", true)].map(|(name, is_visible)| SheetName {
                name: name.to_owned(),
                is_visible,
            })
        };
        let choice = |named: &[&str]| {
            let named: Vec<String> = named.iter().map(|name| (*name).to_owned()).collect();
            let choice = SheetChoice::of(&named, sheets().to_vec())?;
            Ok::<_, TextProblem>((
                choice.wanted.join(","),
                choice.hidden.join(","),
                choice.is_chosen,
            ))
        };
        for (named, expected) in [
            (&[][..], ("FAQ,More ", "Old", false)),
            (&["*"], ("FAQ,Old,More ", "", false)),
            (&["Old"], ("Old", "", true)),
            (&["More", " FAQ"], ("FAQ,More ", "", true)),
        ] {
            let found = choice(named).unwrap();
            assert_eq!((&*found.0, &*found.1, found.2), expected, "{named:?}");
        }
        let problem = choice(&["FAQ", "faq"]).unwrap_err();
        assert!(
            problem.reason.contains("no sheet named \"faq\""),
            "{problem:?}"
        );
    }
}
