//! What a preset takes: by default only what the public can read (`audience`), and of many spaces or
//! knowledge bases only those that are named (`scope`). Where something of that would be undone by
//! what a person wrote beside it, it is an error, and no article more.

mod guard;

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Audience, Selection, Total};
use crate::config::preset::PRESETS;
use crate::config::problem::{Report, Reported};
use crate::config::settings::one_of;
use crate::config::tree::{Node, TomlEntry, TomlTable, TomlValue, ValueOrigin};
use crate::config::{ConfigWord, preset};

/// What the places that `scope` fills in call it.
pub(crate) const SCOPE: &str = "scope";
/// How such a place begins.
const PLACE: &str = "{scope.";
/// The word for everything.
const ALL: &str = "*";

/// What a preset takes; `None` without one.
pub(crate) type Laid = Result<Option<Selection>, Reported>;

/// What a preset says of itself, beside what it stands for.
#[derive(Debug, Deserialize)]
struct PresetSelection {
    /// The pointers of `keep` that hold for audience = "public" alone.
    #[serde(default)]
    public: Vec<String>,
    #[serde(default)]
    parents: Vec<ParentAbout>,
    scope: Option<ScopeOf>,
    anonymous: Option<Total>,
}

#[derive(Debug, Deserialize)]
struct ParentAbout {
    name: String,
    #[serde(default)]
    public: Vec<String>,
}

/// What `scope` of a preset means.
#[derive(Clone, Debug, Deserialize)]
pub struct ScopeOf {
    /// What is named, such as `space`.
    pub means: String,
    /// Where a person finds the value.
    pub find: String,
    /// A value.
    pub example: String,
    /// What a value begins with, where a person left that out.
    prefix: Option<String>,
    /// Whether `"*"` can be said: some knowledge bases have no list of everything.
    #[serde(default = "can_be_all")]
    pub everything: bool,
    /// The only values, each with what stands for it in the knowledge base's language.
    #[serde(default)]
    names: BTreeMap<String, String>,
    /// Those that everybody may read, which count where nothing is said.
    #[serde(default)]
    public: Vec<String>,
}

impl ScopeOf {
    /// Whether it has to be named.
    pub fn is_required(&self, audience: Audience) -> bool {
        audience == Audience::Any || self.public.is_empty()
    }

    /// A value as the knowledge base has it.
    pub(crate) fn id(&self, value: &str) -> String {
        if let Some(name) = self.names.get(value) {
            return name.clone();
        }
        match &self.prefix {
            Some(prefix) if !value.to_lowercase().starts_with(&prefix.to_lowercase()) => {
                format!("{prefix}{value}")
            }
            _ => value.to_owned(),
        }
    }
}

fn can_be_all() -> bool {
    true
}

/// Whether one language of this preset can be chosen.
pub fn has_locale(name: &str) -> bool {
    let text = preset::preset(name).unwrap_or_default();
    let mut settings = text.lines().filter(|line| !line.starts_with('#'));
    settings.any(|line| line.starts_with("locale_field") || line.contains("{locale}"))
}

fn about(name: &str) -> PresetSelection {
    let text = preset::preset(name).unwrap_or_default();
    toml::from_str(text).unwrap_or_else(|error| unreachable!("{name}: {error}"))
}

/// What `scope` of this preset means; `None` where it has none.
pub fn preset_scope(name: &str) -> Option<ScopeOf> {
    about(name).scope
}

/// Whether articles of this preset say who may read them.
pub fn has_audience(name: &str) -> bool {
    let about = about(name);
    !about.public.is_empty() || about.parents.iter().any(|parent| !parent.public.is_empty())
}

/// Lays the preset of a feed under what a person wrote, as far as its audience and scope go.
pub(crate) fn with_preset(report: &Report<'_>, mut table: TomlTable) -> (TomlTable, Laid) {
    let named = text(&table, "preset");
    let Some(name) = named.and_then(|name| PRESETS.iter().find(|known| **known == name)) else {
        // A name that is none of them is told where it is read.
        let laid = if table.contains_key("preset") {
            Ok(None)
        } else {
            without_preset(report, &table)
        };
        return (table, laid);
    };
    let laid = lay_under(report, name, &mut table);
    (table, laid.map(Some))
}

fn without_preset(report: &Report<'_>, table: &TomlTable) -> Laid {
    let mut laid = Ok(None);
    for key in ["audience", SCOPE] {
        if let Some(entry) = table.get(key) {
            let message = format!("`{key}` has no meaning without a preset");
            let hint = "only a preset knows which field says who may read an article, or where one belongs; without one say it with `keep`, `query` and `parents`, and take this out";
            laid = Err(report.add(&entry.node.origin, message, hint));
        }
    }
    laid
}

fn lay_under(
    report: &Report<'_>,
    name: &'static str,
    table: &mut TomlTable,
) -> Result<Selection, Reported> {
    let about = about(name);
    let (mut under, everything) = preset::parsed(name);
    // A word that is none of them is told where it is read.
    let audience = text(table, "audience").and_then(Audience::from_word);
    let audience = audience.unwrap_or(Audience::Public);
    if audience == Audience::Any {
        drop_public(&mut under, &about);
    }
    let chosen = chosen(report, name, about.scope.as_ref(), table, audience);
    let ids = chosen.as_ref().ok().and_then(|(_, ids)| ids.clone());
    match (&ids, &chosen) {
        (Some(ids), _) => name_scope(&mut under, ids),
        (None, Ok(_)) => take_everything(&mut under, everything),
        (None, Err(_)) => {}
    }
    let mut guarded = Ok(());
    if audience == Audience::Public {
        guarded = guard::audience(report, table, &under, &about);
    }
    if ids.is_some() {
        guarded = guard::scope(report, table, &under, name).and(guarded);
    }
    if asks_otherwise(table) {
        under.remove("by_id");
        under.remove("changes");
    }
    // Whoever has each article asked for says by what a change is seen.
    if table.contains_key("detail") {
        under.remove("changes");
    }
    preset::fill(table, &under);
    let (scope, _) = chosen?;
    guarded?;
    let has_place = ["path", "query", "parents", "detail"]
        .iter()
        .filter_map(|key| table.get(*key))
        .any(|entry| holds_place(&entry.node));
    Ok(Selection {
        preset: name,
        audience,
        told_by: told_by(&about),
        scope,
        lists: ids.filter(|_| has_place).unwrap_or_default(),
        anonymous: about.anonymous,
    })
}

/// Whether other articles are listed, or under other ids, than the preset's own: then an address
/// that answers does not say that the list has the article, or answers with other fields.
fn asks_otherwise(given: &TomlTable) -> bool {
    let fields = given.get("fields").map(|entry| &entry.node.value);
    let has_id = matches!(fields, Some(TomlValue::Table(fields)) if fields.contains_key("id"));
    let listed = ["path", "query", "parents"];
    has_id || listed.iter().any(|key| given.contains_key(*key))
}

fn told_by(about: &PresetSelection) -> Vec<String> {
    let own = about.public.iter().map(|pointer| format!("`{pointer}`"));
    let above = about.parents.iter().flat_map(|parent| {
        let of = move |pointer: &String| format!("`{pointer}` of its {}", parent.name);
        parent.public.iter().map(of)
    });
    own.chain(above).collect()
}

/// The scope as it counts, and what stands for it in the knowledge base's language; `None` there:
/// everything.
type Chosen = (Vec<String>, Option<Vec<String>>);

fn chosen(
    report: &Report<'_>,
    name: &str,
    scope: Option<&ScopeOf>,
    table: &TomlTable,
    audience: Audience,
) -> Result<Chosen, Reported> {
    let given = table.get(SCOPE);
    let Some(scope) = scope else {
        return match given {
            None => Ok((Vec::new(), None)),
            Some(entry) => {
                let message = format!("`scope` has no meaning for the preset {name}");
                let hint = "it reads the whole of what its address answers with; take it out, and choose with `keep`, `with_labels` or `locale`";
                Err(report.add(&entry.node.origin, message, hint))
            }
        };
    };
    let Some(entry) = given else {
        if scope.is_required(audience) {
            return Err(missing(report, name, scope, table));
        }
        let ids = scope.public.iter().map(|value| scope.id(value)).collect();
        return Ok((scope.public.clone(), Some(ids)));
    };
    let Some(values) = texts(&entry.node) else {
        // What is wrong with it is told where the list is read.
        return Ok((Vec::new(), Some(Vec::new())));
    };
    check(report, name, scope, &values, audience, &entry.node.origin)?;
    let ids = values.iter().map(|value| scope.id(value.trim())).collect();
    let all = values.iter().any(|value| value == ALL);
    Ok((values, (!all).then_some(ids)))
}

fn missing(report: &Report<'_>, name: &str, scope: &ScopeOf, table: &TomlTable) -> Reported {
    let ScopeOf {
        means,
        find,
        example,
        ..
    } = scope;
    let origin = table.get("preset").map(|entry| entry.node.origin.clone());
    let message = format!(
        "`scope` is missing: the preset {name} reads the {means} that you name, and not whatever its account can see"
    );
    let mut hint = format!("add scope = [\"{example}\"], or a list of several; {find}");
    if scope.everything {
        hint.push_str("\nscope = [\"*\"] reads every ");
        hint.push_str(means);
        hint.push_str(" that the account can see");
    }
    report.add(&origin.unwrap_or(ValueOrigin::Absent), message, hint)
}

fn check(
    report: &Report<'_>,
    name: &str,
    scope: &ScopeOf,
    values: &[String],
    audience: Audience,
    origin: &ValueOrigin,
) -> Result<(), Reported> {
    let means = &scope.means;
    if values.len() > 1 && values.iter().any(|value| value == ALL) {
        let message = "`scope` holds \"*\" beside others";
        let hint =
            format!("write scope = [\"*\"] for every {means}, or name those that are wanted");
        return Err(report.add(origin, message, hint));
    }
    if !scope.everything && values.iter().any(|value| value == ALL) {
        let message = format!("the preset {name} cannot read every {means} at once");
        let hint = format!("name those that are wanted; {}", scope.find);
        return Err(report.add(origin, message, hint));
    }
    let unknown = |value: &&String| !scope.names.is_empty() && !scope.names.contains_key(*value);
    let unknown = values.iter().filter(|value| *value != ALL).find(unknown);
    if unknown.is_some() {
        let known = scope.names.keys().map(String::as_str).chain([ALL]);
        let known: Vec<String> = known.map(|name| format!("{name:?}")).collect();
        let message = format!("`scope` of the preset {name} must hold {}", one_of(&known));
        return Err(report.add(origin, message, &*scope.find));
    }
    let hidden = |value: &&String| !scope.public.is_empty() && !scope.public.contains(*value);
    if audience == Audience::Public
        && let Some(value) = values.iter().find(hidden)
    {
        let message = format!("scope = [\"{value}\"] is more than what the public can read");
        let hint = "add audience = \"any\" if what only some readers may see is to go live";
        return Err(report.add(origin, message, hint));
    }
    Ok(())
}

/// Takes out what holds for the public alone.
fn drop_public(under: &mut TomlTable, about: &PresetSelection) {
    if let Some(keep) = table_in(under, "keep") {
        keep.retain(|pointer, _| !about.public.contains(pointer));
    }
    for parent in &about.parents {
        if let Some(keep) = parent_in(under, &parent.name).and_then(|found| table_in(found, "keep"))
        {
            keep.retain(|pointer, _| !parent.public.contains(pointer));
        }
    }
}

/// Writes what was named into `keep`.
fn name_scope(under: &mut TomlTable, ids: &[String]) {
    each_keep(under, |keep| {
        for entry in keep.values_mut().filter(|entry| holds_place(&entry.node)) {
            let item = |id: &String| written(TomlValue::Text(id.clone()));
            entry.node = written(TomlValue::List(ids.iter().map(item).collect()));
        }
    });
}

/// Takes out what only names would fill in, and lays in what stands in its place.
fn take_everything(under: &mut TomlTable, everything: TomlTable) {
    under.extend(everything);
    let named = |_: &String, entry: &mut TomlEntry| !holds_place(&entry.node);
    if let Some(query) = table_in(under, "query") {
        query.retain(named);
    }
    each_keep(under, |keep| keep.retain(named));
}

fn each_keep(under: &mut TomlTable, mut change: impl FnMut(&mut TomlTable)) {
    if let Some(keep) = table_in(under, "keep") {
        change(keep);
    }
    if let Some(TomlValue::List(parents)) =
        under.get_mut("parents").map(|entry| &mut entry.node.value)
    {
        for parent in parents {
            if let TomlValue::Table(parent) = &mut parent.value
                && let Some(keep) = table_in(parent, "keep")
            {
                change(keep);
            }
        }
    }
}

fn table_in<'t>(table: &'t mut TomlTable, key: &str) -> Option<&'t mut TomlTable> {
    match &mut table.get_mut(key)?.node.value {
        TomlValue::Table(table) => Some(table),
        _ => None,
    }
}

/// The list of this name above the articles.
fn parent_in<'t>(table: &'t mut TomlTable, name: &str) -> Option<&'t mut TomlTable> {
    let TomlValue::List(parents) = &mut table.get_mut("parents")?.node.value else {
        return None;
    };
    parents
        .iter_mut()
        .find_map(|parent| match &mut parent.value {
            TomlValue::Table(parent) if text(parent, "name") == Some(name) => Some(parent),
            _ => None,
        })
}

fn text<'t>(table: &'t TomlTable, key: &str) -> Option<&'t str> {
    match &table.get(key)?.node.value {
        TomlValue::Text(text) => Some(text),
        _ => None,
    }
}

fn texts(node: &Node) -> Option<Vec<String>> {
    let TomlValue::List(items) = &node.value else {
        return None;
    };
    let text = |item: &Node| match &item.value {
        TomlValue::Text(text) => Some(text.clone()),
        _ => None,
    };
    items.iter().map(text).collect()
}

/// Whether there is a place that `scope` fills in.
fn holds_place(node: &Node) -> bool {
    match &node.value {
        TomlValue::Text(text) => text.contains(PLACE),
        TomlValue::List(items) => items.iter().any(holds_place),
        TomlValue::Table(table) => table.values().any(|entry| holds_place(&entry.node)),
        _ => false,
    }
}

/// A value that nobody wrote.
fn written(value: TomlValue) -> Node {
    Node {
        origin: ValueOrigin::Absent,
        value,
    }
}
