//! Reads `[[bot]]`.

use std::path::Path;

use super::{source, variants};
use crate::config::problem::{Report, Reported};
use crate::config::section::ConfigSection;
use crate::config::settings::nearest;
use crate::config::tree::{TomlTable, TomlValue, ValueOrigin};
use crate::config::{Bot, ConfigWord as _, Haptik, Source, UploadEffect};
use crate::model::Sensitive;

const EFFECT_CHOICE: &str = "\
say what one upload does to the steps that it does not name; Haptik can tell you, or try it on a test bot:
upload_effect = \"merge\"    they stay: uploads hold what changed, and each removal is a row of its own
upload_effect = \"replace\"  they go inactive: every upload holds all steps, and a removal is a step left out";

/// Reads every bot.
pub(crate) fn bots(root: &ConfigSection<'_, '_>, folder: &Path) -> Result<Vec<Bot>, Reported> {
    let mut bots = Vec::new();
    let mut names: Vec<(String, ValueOrigin)> = Vec::new();
    for (origin, table) in root.tables("bot")? {
        let section = ConfigSection::new(root.report, "bot[]", origin, table);
        let name = domain_name(&section, &names);
        if let Ok(name) = &name {
            names.push((name.clone(), section.origin_of("domain_name")));
        }
        bots.push(bot(&section, name, folder));
    }
    bots.into_iter().collect()
}

fn domain_name(
    section: &ConfigSection<'_, '_>,
    before: &[(String, ValueOrigin)],
) -> Result<String, Reported> {
    let name = section.text("domain_name")?;
    if name.trim() != name || name.chars().any(char::is_control) {
        let message = "`domain_name` has white space around it or control characters in it";
        let hint = "write it exactly as Haptik does";
        return Err(section.wrong("domain_name", message, hint));
    }
    if let Some((_, earlier)) = before.iter().find(|(earlier, _)| *earlier == name) {
        let place = section.report.whereabouts(earlier);
        let hint = format!("it stands in {place} already; give that bot a second [[bot.source]]");
        return Err(section.wrong("domain_name", "two bots have the same `domain_name`", hint));
    }
    Ok(name)
}

fn bot(
    section: &ConfigSection<'_, '_>,
    domain_name: Result<String, Reported>,
    folder: &Path,
) -> Result<Bot, Reported> {
    let upload_effect = upload_effect(section);
    let removals = section.word("removals");
    let max_removal_percent = section.number("max_removal_percent");
    let max_removals = section.number("max_removals");
    let removals_after = section.duration("removals_after");
    let max_rows_per_upload = section.number("max_rows_per_upload");
    let hold_lint = hold_lint(section);
    let node_name = node_name(section);
    let business_id = section.optional("business_id", ConfigSection::number);
    let sources = sources(section, folder);
    Ok(Bot {
        domain_name: domain_name?,
        upload_effect: upload_effect?,
        removals: removals?,
        max_removal_percent: max_removal_percent?,
        max_removals: max_removals?,
        removals_after: removals_after?,
        max_rows_per_upload: max_rows_per_upload?,
        hold_lint: hold_lint?,
        node_name: node_name?,
        business_id: business_id?,
        sources: sources?,
    })
}

/// Gives each bot the channel on which it is asked, where bots are asked at all.
pub(crate) fn channels(
    root: &ConfigSection<'_, '_>,
    haptik: &Haptik,
    mut bots: Vec<Bot>,
) -> Result<Vec<Bot>, Reported> {
    let Some(ask) = &haptik.ask else {
        return Ok(bots);
    };
    if let [only] = &mut bots[..] {
        only.business_id = only.business_id.or(ask.business_id);
    }
    let Some(without) = bots.iter().find(|bot| bot.business_id.is_none()) else {
        return Ok(bots);
    };
    let message = format!(
        "bot \"{}\" is to be asked, and has no `business_id`",
        without.domain_name
    );
    let hint = "add business_id to its [[bot]]: the number of the channel on which it answers; with a single bot, below [haptik.ask] will do";
    Err(root.wrong("bot", message, hint))
}

fn upload_effect(section: &ConfigSection<'_, '_>) -> Result<UploadEffect, Reported> {
    if !section.has("upload_effect") {
        let reason = ", and there is no default";
        return Err(section.missing_because("upload_effect", reason, EFFECT_CHOICE));
    }
    section.word("upload_effect")
}

fn hold_lint(section: &ConfigSection<'_, '_>) -> Result<Vec<Sensitive>, Reported> {
    let rules = section.optional("hold_lint", |section, key| {
        section.texts(key, |rule| {
            if Sensitive::from_word(&rule.text).is_some() {
                return Ok(());
            }
            let name = rule.text.escape_debug();
            let message = format!("no change can be held by the rule \"{name}\"");
            let hint = match nearest(&rule.text, Sensitive::WORDS) {
                Some(word) => format!("did you mean {word:?}?"),
                None => format!("these can: {}", Sensitive::WORDS.join(", ")),
            };
            Err(section.report.add(&rule.origin, message, hint))
        })
    })?;
    let rules = rules.unwrap_or_default();
    let rules = rules.iter().filter_map(|rule| Sensitive::from_word(rule));
    Ok(rules.collect())
}

fn node_name(section: &ConfigSection<'_, '_>) -> Result<String, Reported> {
    let text = section.text("node_name")?;
    let environment = minijinja::Environment::new();
    let template = match environment.template_from_str(&text) {
        Ok(template) => template,
        Err(error) => {
            let message = format!("`node_name` is not a template: {}", reason(&error));
            let hint = "for example node_name = \"{{ id }}\"";
            return Err(section.wrong("node_name", message, hint));
        }
    };
    if template.undeclared_variables(false).is_empty() {
        let message = "`node_name` gives every article the same name";
        let hint = "name something that differs, for example node_name = \"{{ id }}\"";
        return Err(section.wrong("node_name", message, hint));
    }
    Ok(text)
}

fn reason(error: &minijinja::Error) -> String {
    let detail = error.detail().map(str::to_owned);
    detail.unwrap_or_else(|| error.kind().to_string())
}

fn sources(section: &ConfigSection<'_, '_>, folder: &Path) -> Result<Vec<Source>, Reported> {
    let mut names: Vec<(String, ValueOrigin)> = Vec::new();
    let mut is_new = |table: &TomlTable| {
        if let Some((name, origin)) = name(table) {
            report_same_name(section.report, &name, &origin, &names);
            names.push((name, origin));
        }
    };
    let mut sources = Vec::new();
    for (origin, table) in section.tables("source")? {
        is_new(&table);
        sources.push(source::source(section.report, origin, table, folder));
    }
    let mut messages = Vec::new();
    if section.has("variants") {
        for (origin, table) in section.tables("variants")? {
            is_new(&table);
            messages.push(variants::variants(section.report, origin, &table, folder));
        }
    }
    let sources: Result<Vec<Source>, Reported> = sources.into_iter().collect();
    let messages: Result<Vec<Source>, Reported> = messages.into_iter().collect();
    let (mut sources, messages) = (sources?, messages?);
    variants::keep_apart(&mut sources, &messages);
    sources.extend(messages);
    Ok(sources)
}

/// A source's name, and where it stands, whatever else is wrong with the source.
fn name(table: &TomlTable) -> Option<(String, ValueOrigin)> {
    let entry = ["name", "feed", "folder", "file"]
        .iter()
        .find_map(|key| table.get(*key))?;
    match &entry.node.value {
        TomlValue::Text(text) => Some((text.clone(), entry.node.origin.clone())),
        _ => None,
    }
}

fn report_same_name(
    report: &Report<'_>,
    name: &str,
    origin: &ValueOrigin,
    before: &[(String, ValueOrigin)],
) {
    if let Some((_, earlier)) = before.iter().find(|(earlier, _)| earlier == name) {
        let place = report.whereabouts(earlier);
        let hint = format!("the first is in {place}; give each source a `name` of its own");
        report.add(origin, "two sources of this bot have the same name", hint);
    }
}
