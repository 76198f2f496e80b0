//! Presets: what a knowledge base usually needs, as the configuration would say it. They lie under
//! what a person writes, key by key.

use toml::de::DeTable;

use super::table::preset_scope;
use super::tree;
use super::tree::{Node, TomlEntry, TomlTable, TomlValue, ValueOrigin};

macro_rules! presets {
    ($($name:literal),* $(,)?) => {
        /// The names of the presets.
        pub const PRESETS: &[&str] = &[$($name),*];

        const TEXTS: &[&str] = &[$(include_str!(concat!("../../config/presets/", $name, ".toml"))),*];
    };
}

presets![
    "confluence-cloud",
    "confluence-server",
    "document360",
    "drupal-jsonapi",
    "dynamics-365",
    "freshdesk",
    "ghost",
    "google-sheets",
    "guru",
    "helpjuice",
    "hubspot",
    "intercom",
    "mediawiki",
    "plone",
    "rss",
    "salesforce-knowledge",
    "servicenow",
    "sharepoint-file",
    "strapi",
    "wagtail",
    "wordpress",
    "zendesk-guide",
    "zoho-desk",
];

/// The text of a preset, to be read, or pasted below `[[bot.source]]` and changed.
pub(crate) fn preset(name: &str) -> Option<&'static str> {
    let at = PRESETS.iter().position(|known| *known == name)?;
    TEXTS.get(at).copied()
}

/// The kind of credentials that a preset cannot do without.
pub fn preset_auth(name: &str) -> Option<String> {
    let table: toml::Table = preset(name)?.parse().ok()?;
    Some(table.get("auth")?.get("kind")?.as_str()?.to_owned())
}

/// What a preset with access tokens leaves to its owner, as an example.
pub struct OAuthExample {
    token_url: Option<String>,
    scope: Option<String>,
    /// Whether a refresh token is needed.
    pub has_refresh_token: bool,
}

impl OAuthExample {
    /// For a preset at this address.
    pub fn of(preset: &str, address: &str) -> Self {
        let microsoft =
            || Some("https://login.microsoftonline.com/TENANT/oauth2/v2.0/token".to_owned());
        let address = address.trim_end_matches('/');
        let (token_url, scope, has_refresh_token) = match preset {
            "zoho-desk" => (accounts_of_zoho(address), None, true),
            "dynamics-365" => (microsoft(), Some(format!("{address}/.default")), false),
            "sharepoint-file" => (microsoft(), None, false),
            _ => (
                Some(format!("{address}/services/oauth2/token")),
                None,
                false,
            ),
        };
        Self {
            token_url,
            scope,
            has_refresh_token,
        }
    }

    /// The settings, to stand before others.
    pub fn settings(&self, refresh_token_env: &str) -> String {
        let token_url = self.token_url.iter();
        let token_url = token_url.map(|url| format!("token_url = \"{url}\", "));
        let scope = self
            .scope
            .iter()
            .map(|scope| format!("scope = \"{scope}\", "));
        let refresh = self
            .has_refresh_token
            .then(|| format!("refresh_token = {{ env = \"{refresh_token_env}\" }}, "));
        token_url.chain(scope).chain(refresh).collect()
    }
}

/// Where a region of Zoho has its accounts; `None` where that is what the preset says.
fn accounts_of_zoho(address: &str) -> Option<String> {
    let region = address.strip_prefix("https://desk.zoho.")?;
    (region != "com").then(|| format!("https://accounts.zoho.{region}/oauth/v2/token"))
}

/// A preset as it would stand in a configuration file, written out as a source to be changed.
pub fn pasted(name: &str) -> Option<String> {
    let text = preset(name)?;
    // The address that the comment gives as an example.
    let address = text.split('"').find(|part| part.starts_with("https://"))?;
    let is_comment = |line: &&str| line.starts_with('#');
    let mut lines: Vec<String> = text
        .lines()
        .take_while(is_comment)
        .map(str::to_owned)
        .collect();
    lines.push("[[bot.source]]".to_owned());
    lines.push(format!("name = \"{name}\""));
    lines.push(format!("feed = \"{address}\""));
    lines.push("no_answer = \"unpublished\"".to_owned());
    let scope = preset_scope(name);
    let example = scope.map(|scope| scope.id(&scope.example));
    let settings = text.lines().skip_while(is_comment);
    let example = example.as_deref();
    lines.extend(without_about(settings).map(|line| in_source(name, address, &line, example)));
    Some(lines.join("\n") + "\n")
}

/// Leaves out what a preset says of itself.
fn without_about<'t>(lines: impl Iterator<Item = &'t str>) -> impl Iterator<Item = String> {
    let mut is_about = false;
    lines.filter_map(move |line| {
        if line.starts_with('[') {
            is_about = ["[scope", "[anonymous"]
                .iter()
                .any(|head| line.starts_with(head));
        }
        (!is_about && !line.starts_with("public = ")).then(|| line.to_owned())
    })
}

/// A line of a preset as it stands in a source, what only the owner knows filled in.
fn in_source(preset: &str, address: &str, line: &str, scope: Option<&str>) -> String {
    let line = &match scope {
        Some(scope) => line.replace("{scope.id}", scope),
        None => line.to_owned(),
    };
    if let Some(auth) = line
        .strip_prefix("auth = { ")
        .and_then(|rest| rest.strip_suffix(" }"))
    {
        let known = match auth {
            "kind = \"basic\"" => "user = \"you@acme.com\", ".to_owned(),
            _ if auth.starts_with("kind = \"oauth2\"") => {
                let about = OAuthExample::of(preset, address);
                format!(
                    "{}client_id = \"...\", ",
                    about.settings("KMS_REFRESH_TOKEN")
                )
            }
            _ => String::new(),
        };
        return format!("auth = {{ {auth}, {known}token = {{ env = \"KMS_TOKEN\" }} }}");
    }
    let head = ["[[", "["].into_iter().find(|head| line.starts_with(head));
    head.map_or_else(
        || line.to_owned(),
        |head| line.replacen(head, &format!("{head}bot.source."), 1),
    )
}

/// A preset, and what stands in place of some of its keys where everything is read (`[scope.all]`).
/// What it says of itself is left out, and so are the positions in its text, which mean nothing in
/// the file.
pub(crate) fn parsed(name: &str) -> (TomlTable, TomlTable) {
    let text = preset(name).unwrap_or_default();
    let parsed = DeTable::parse(text).unwrap_or_else(|error| unreachable!("{name}: {error}"));
    let parsed = tree::table(parsed.get_ref());
    let mut table: TomlTable = parsed
        .iter()
        .map(|(key, entry)| (key.clone(), unwritten(entry)))
        .collect();
    table.remove("public");
    table.remove("anonymous");
    if let Some(TomlValue::List(parents)) =
        table.get_mut("parents").map(|entry| &mut entry.node.value)
    {
        for parent in parents {
            if let TomlValue::Table(parent) = &mut parent.value {
                parent.remove("public");
            }
        }
    }
    let everything = match table.remove("scope").map(|entry| entry.node.value) {
        Some(TomlValue::Table(mut scope)) => scope.remove("all").map(|entry| entry.node.value),
        _ => None,
    };
    match everything {
        Some(TomlValue::Table(everything)) => (table, everything),
        _ => (table, TomlTable::new()),
    }
}

/// Lays a preset under what a person wrote.
pub(crate) fn fill(table: &mut TomlTable, under: &TomlTable) {
    for (key, entry) in under {
        match (table.get_mut(key), &entry.node.value) {
            (None, _) => {
                table.insert(key.clone(), entry.clone());
            }
            (Some(given), TomlValue::Table(under)) => {
                if let TomlValue::Table(given) = &mut given.node.value
                    && !differs(given, under)
                {
                    fill(given, under);
                }
            }
            _ => {}
        }
    }
}

/// Another way of paging, or of making oneself known, has no use for the rest of the preset's.
fn differs(given: &TomlTable, under: &TomlTable) -> bool {
    ["mode", "kind"].iter().any(|key| {
        let text = |table: &TomlTable| match table.get(*key).map(|entry| &entry.node.value) {
            Some(TomlValue::Text(text)) => Some(text.clone()),
            _ => None,
        };
        text(given).is_some_and(|given| Some(given) != text(under))
    })
}

fn unwritten(entry: &TomlEntry) -> TomlEntry {
    TomlEntry {
        key: ValueOrigin::Absent,
        node: unwritten_node(&entry.node),
    }
}

fn unwritten_node(node: &Node) -> Node {
    let value = match &node.value {
        TomlValue::Table(table) => TomlValue::Table(
            table
                .iter()
                .map(|(key, entry)| (key.clone(), unwritten(entry)))
                .collect(),
        ),
        TomlValue::List(items) => TomlValue::List(items.iter().map(unwritten_node).collect()),
        other => other.clone(),
    };
    Node {
        origin: ValueOrigin::Absent,
        value,
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::config::table::Template;
    use crate::config::{Config, SourceKind};

    fn load(name: &str, text: &str) -> Result<Config, String> {
        let text = format!(
            "[haptik]\nbase_url = \"sandbox\"\n[[bot]]\ndomain_name = \"b\"\nupload_effect = \"merge\"\n{text}"
        );
        let none: [(&str, &str); 0] = [];
        Config::parse(&text, "/c.toml".as_ref(), none)
            .map_err(|problems| format!("{name}: {problems}"))
    }

    /// Everything of the source, the places of `scope` filled in.
    fn shown(config: &Config) -> String {
        let mut source = config.bots[0].sources[0].clone();
        if let SourceKind::Feed(feed) = &mut source.kind
            && let Some(selection) = feed.selection.take()
        {
            let queries = feed.query.iter_mut().map(|(_, value)| value);
            let calls = feed.changes.iter_mut();
            let calls = calls.map(|changes| &mut changes.call.path);
            for value in queries.chain(calls).chain([&mut feed.path]) {
                let filled = value.fill(|name, pointer| {
                    let scope = selection.lists.first().filter(|_| name == "scope");
                    let kept = || format!("{{{name}{}}}", pointer.replace('/', "."));
                    Ok::<_, Infallible>(scope.cloned().unwrap_or_else(kept))
                });
                let Ok(text) = filled;
                *value = Template::parse(&text);
            }
        }
        format!("{source:?}")
    }

    #[test]
    fn an_example_of_tokens_follows_the_address() {
        for (preset, address, expected) in [
            (
                "salesforce-knowledge",
                "https://acme.my.salesforce.com/",
                "token_url = \"https://acme.my.salesforce.com/services/oauth2/token\", ",
            ),
            (
                "dynamics-365",
                "https://acme.crm4.dynamics.com",
                "token_url = \"https://login.microsoftonline.com/TENANT/oauth2/v2.0/token\", scope = \"https://acme.crm4.dynamics.com/.default\", ",
            ),
            (
                "zoho-desk",
                "https://desk.zoho.com",
                "refresh_token = { env = \"R\" }, ",
            ),
            (
                "zoho-desk",
                "https://desk.zoho.com.au/",
                "token_url = \"https://accounts.zoho.com.au/oauth/v2/token\", refresh_token = { env = \"R\" }, ",
            ),
        ] {
            let settings = OAuthExample::of(preset, address).settings("R");
            assert_eq!(settings, expected, "{preset} {address}");
        }
    }

    #[test]
    fn what_is_pasted_loads_and_is_the_preset() {
        for name in PRESETS {
            let text = pasted(name).unwrap();
            let text = match *name {
                // Only its owner can say so.
                "rss" => {
                    let problem = load(name, &text).unwrap_err();
                    assert!(problem.contains("lists_all = true"), "{problem}");
                    text + "lists_all = true\n"
                }
                _ => text,
            };
            let written = load(name, &text).unwrap();
            let auth = text.lines().find(|line| line.starts_with("auth = "));
            let head: Vec<&str> = text
                .lines()
                .filter(|line| line.starts_with("feed = "))
                .collect();
            let all = if *name == "rss" {
                "lists_all = true"
            } else {
                ""
            };
            let scope = preset_scope(name).map_or_else(String::new, |scope| {
                format!("scope = [{:?}]", scope.example)
            });
            let short = format!(
                "[[bot.source]]\nname = \"{name}\"\n{}\n{}\n{all}\n{scope}\npreset = \"{name}\"",
                head[0],
                auth.unwrap_or_default()
            );
            let named = load(name, &short).unwrap();
            assert_eq!(shown(&written), shown(&named), "{name}");
        }
    }
}
