//! What articles of files say of themselves beside question and answer: flags such as `draft: true`
//! take an article out, and a column such as `status` with drafts in it is told, with the line for
//! `keep`. Pure.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::table::same_name;
use crate::config::Folder;

/// Flags that take an article out where they are set.
const OFF_WHERE_TRUE: [&str; 8] = [
    "draft",
    "hidden",
    "unpublished",
    "archived",
    "private",
    "internal",
    "deleted",
    "disabled",
];
/// Flags that take an article out where they are not set.
const OFF_WHERE_FALSE: [&str; 5] = ["published", "enabled", "visible", "public", "active"];
/// Columns in words, in the languages that exports are in most.
const IN_WORDS: &str = "\
    status state visibility workflow workflow_state workflow_status publication \
    publication_status publication_state publish_status published_status publishing_status \
    article_status article_state review_status approval_status lifecycle lifecycle_status access \
    access_level audience confidentiality classification zustand sichtbarkeit zugriff statut \
    état visibilité accès estado visibilidad acceso situação visibilidade stato visibilità \
    accesso zichtbaarheid статус";
const TRUE: &str = "\
    true yes y 1 on wahr ja oui vrai sí sim verdadero";
const FALSE: &str = "\
    false no n 0 off falsch nein non faux não falso nee";
/// Words of a value that says that an article is not for everybody, or not any more, or not yet.
const WORDS: &str = "\
    draft drafts archive archived internal private unpublished pending retired hidden obsolete \
    deprecated expired inactive disabled deleted trash trashed confidential restricted secret \
    review rejected withdrawn wip unlisted offline staff employees entwurf entwürfe \
    archiviert intern interne privat unveröffentlicht ausstehend zurückgezogen versteckt \
    verborgen inaktiv deaktiviert gelöscht abgelaufen vertraulich gesperrt veraltet brouillon \
    archivé archivée privé privée masqué caché inactif désactivé supprimé expiré confidentiel \
    retiré obsolète borrador archivado interno interna privado privada pendiente retirado oculto \
    inactivo desactivado eliminado caducado confidencial rascunho arquivado inativo pendente \
    bozza archiviato privato nascosto disattivato concept gearchiveerd ongepubliceerd szkic \
    черновик архив скрыто";
/// Values in scripts that do not part words, and values of several words.
const PARTS: [&str; 16] = [
    "not published",
    "nicht veröffentlicht",
    "non publié",
    "no publicado",
    "non pubblicato",
    "não publicado",
    "niet gepubliceerd",
    "in progress",
    "en attente",
    "in attesa",
    "下書き",
    "非公開",
    "草稿",
    "未发布",
    "归档",
    "内部",
];
/// With more than this many values a column is no status, or cannot be told of in one line.
const MOST_VALUES: usize = 20;
/// A longer value is text.
const LONGEST: usize = 60;
/// How the note begins, by which it is known again.
const TOLD: &str = "has rows that look unpublished, and they go live like all others: ";

fn words(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.split_ascii_whitespace()
}

/// Whether this flag of an article says that it is not published.
pub(crate) fn withdraws(name: &str, value: &str) -> bool {
    is_out(flag(name), value)
}

fn is_out(flag: Option<bool>, value: &str) -> bool {
    let value = value.trim().to_lowercase();
    match flag {
        Some(true) => words(TRUE).any(|word| word == value),
        Some(false) => words(FALSE).any(|word| word == value),
        None => false,
    }
}

/// Why an article with this flag is left out.
pub(crate) fn withdrawn(name: &str, value: &str) -> String {
    format!(
        "is not published (`{name}: {}`), so it does not count; take that out to let it count",
        value.trim()
    )
}

/// Whether the configuration says itself what this field means.
pub(crate) fn is_decided(folder: &Folder, name: &str) -> bool {
    let last = |pointer: &str| pointer.rsplit('/').next().unwrap_or(pointer).to_owned();
    let keep = folder.filter.keep.iter();
    keep.map(|keep| last(&keep.pointer))
        .any(|decided| same_name(&decided, name))
}

/// Whether a note is that of a [`PublicationColumns`].
pub(crate) fn is_told(note: &str) -> bool {
    note.starts_with(TOLD)
}

/// What a flag has to be for the article to be out.
fn flag(name: &str) -> Option<bool> {
    let is = |names: &[&str]| {
        let mut names = names.iter();
        names.any(|flag| same_name(name, flag) || same_name(name, &format!("is_{flag}")))
    };
    match (is(&OFF_WHERE_TRUE), is(&OFF_WHERE_FALSE)) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}

/// Whether a column of this name is one to watch.
pub(crate) fn is_telling(name: &str) -> bool {
    flag(name).is_some() || words(IN_WORDS).any(|usual| same_name(name, usual))
}

/// Whether a value of such a column looks like that of an article that should not be live.
fn looks_unpublished(flag: Option<bool>, value: &str) -> bool {
    if is_out(flag, value) {
        return true;
    }
    let value = value.to_lowercase().replace(['_', '-'], " ");
    let mut parts = value.split(|letter: char| !letter.is_alphanumeric());
    parts.any(|part| words(WORDS).any(|word| word == part))
        || PARTS.iter().any(|part| value.contains(part))
}

/// Watches the columns of one file of which the configuration says nothing.
#[derive(Debug, Default)]
pub(crate) struct PublicationColumns {
    columns: Vec<PublicationColumn>,
    /// For each name that was met, which of the columns it is.
    known: HashMap<String, Option<usize>>,
}

#[derive(Debug)]
struct PublicationColumn {
    name: String,
    flag: Option<bool>,
    values: Vec<FlagValue>,
    /// The value that was met last.
    last: usize,
    /// There are more values than are kept.
    more: bool,
    /// The line of the first that looks unpublished.
    first: u64,
}

#[derive(Debug)]
struct FlagValue {
    text: String,
    looks_unpublished: bool,
    rows: u64,
}

impl PublicationColumns {
    /// Where a column of this name is watched, if it is one to watch.
    pub(crate) fn column(&mut self, name: &str, folder: &Folder) -> Option<usize> {
        if let Some(known) = self.known.get(name) {
            return *known;
        }
        let wanted = is_telling(name) && !is_decided(folder, name);
        let at = wanted.then(|| {
            self.columns.push(PublicationColumn {
                name: name.to_owned(),
                flag: flag(name),
                values: Vec::new(),
                last: 0,
                more: false,
                first: 0,
            });
            self.columns.len() - 1
        });
        self.known.insert(name.to_owned(), at);
        at
    }

    /// Whether what an article has in that column says that it is not published.
    pub(crate) fn withdraws(&self, column: usize, value: &str) -> bool {
        is_out(self.columns[column].flag, value)
    }

    /// Takes what an article that counts has in that column.
    pub(crate) fn see(&mut self, column: usize, value: &str, line: u64) {
        self.columns[column].see(value.trim(), line);
    }

    /// What is to be said of the file, and the line of the first row that it is said of.
    pub(crate) fn told(&self, folder: &Folder) -> Option<(u64, String)> {
        let told: Vec<&PublicationColumn> =
            self.columns.iter().filter(|one| one.first > 0).collect();
        let first = told.iter().map(|column| column.first).min()?;
        let seen: Vec<String> = told.iter().map(|column| column.shown()).collect();
        let mut keep: Vec<String> = folder
            .filter
            .keep
            .iter()
            .map(|keep| entry(&keep.pointer, keep.values.iter().map(String::as_str)))
            .collect();
        keep.extend(told.iter().map(|column| column.kept()));
        let mut text = format!(
            "{TOLD}{}. If they should not, write what counts to the source: keep = {{ {} }}",
            seen.join(", "),
            keep.join(", ")
        );
        if told.iter().any(|column| column.more) {
            text.push_str(", and every other value there that counts");
        }
        Some((first, text))
    }
}

impl PublicationColumn {
    fn see(&mut self, value: &str, line: u64) {
        let at = if self
            .values
            .get(self.last)
            .is_some_and(|last| last.text == value)
        {
            Some(self.last)
        } else {
            self.values.iter().position(|known| known.text == value)
        };
        let at = match at {
            Some(at) => at,
            None if self.values.len() < MOST_VALUES && value.len() <= LONGEST => {
                self.values.push(FlagValue {
                    text: value.to_owned(),
                    looks_unpublished: looks_unpublished(self.flag, value),
                    rows: 0,
                });
                self.values.len() - 1
            }
            None => {
                self.more = true;
                return;
            }
        };
        self.last = at;
        self.values[at].rows += 1;
        if self.values[at].looks_unpublished && self.first == 0 {
            self.first = line;
        }
    }

    fn shown(&self) -> String {
        let mut shown = String::new();
        for value in self.values.iter().filter(|value| value.looks_unpublished) {
            let separator = if shown.is_empty() { "" } else { ", " };
            let rows = match value.rows {
                1 => "1 row".to_owned(),
                rows => format!("{rows} rows"),
            };
            let _ = write!(
                shown,
                "{separator}{rows} with `{}` = {}",
                self.name,
                quoted(&value.text)
            );
        }
        shown
    }

    /// What to write for `keep`: the values that do not look unpublished.
    fn kept(&self) -> String {
        let others = self.values.iter().filter(|value| !value.looks_unpublished);
        let others: Vec<&str> = others.map(|value| value.text.as_str()).collect();
        let otherwise = match self.flag {
            Some(true) => "false",
            Some(false) => "true",
            None => "published",
        };
        if others.is_empty() {
            entry(&self.name, [otherwise])
        } else {
            entry(&self.name, others)
        }
    }
}

fn entry<'v>(name: &str, values: impl IntoIterator<Item = &'v str>) -> String {
    let values: Vec<String> = values.into_iter().map(quoted).collect();
    format!("{} = [{}]", quoted(name), values.join(", "))
}

/// A text as TOML has it, where the escapes are those of JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
