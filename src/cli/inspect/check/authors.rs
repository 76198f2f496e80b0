//! Whether the authors of articles hear of them: how many of a source's articles say who wrote them, and whether
//! somebody there may be written to.

use std::collections::BTreeMap;

use super::{Check, CheckVerdict};
use crate::config::{Bot, Notify, Source};
use crate::model::Article;
use crate::text::{count, few, is_in_domains, mail_address};

/// The authors of a source's articles.
#[derive(Debug, Default)]
pub(super) struct AuthorCount {
    /// Articles by the domain of their author's address.
    domains: BTreeMap<String, u64>,
    /// Articles whose author is no address.
    nobody: u64,
}

impl AuthorCount {
    pub(super) fn add(&mut self, article: &Article) {
        let author = article.author.as_deref();
        let author = author.and_then(|author| mail_address(author));
        match author
            .as_deref()
            .and_then(|address| address.rsplit_once('@'))
        {
            Some((_, domain)) => *self.domains.entry(domain.to_owned()).or_default() += 1,
            None => self.nobody += 1,
        }
    }
}

/// Who of the authors gets a digest; `None`: the source does not say who wrote its articles.
pub(super) fn authors(
    bot: &Bot,
    source: &Source,
    found: &AuthorCount,
    notify: Option<&Notify>,
) -> Option<Check> {
    let column = source.fields.as_ref()?.author.as_ref()?;
    let name = format!("authors of {}/{}", bot.domain_name, source.name);
    let receivers = notify.into_iter().flat_map(|notify| &notify.receivers);
    let digests = receivers
        .filter(|receiver| receiver.bots.is_empty() || receiver.bots.contains(&bot.domain_name));
    let digests = digests.filter_map(|receiver| receiver.mail.as_ref()?.digest.as_ref());
    let allowed: Vec<&Vec<String>> = digests.map(|digest| &digest.domains).collect();
    if allowed.is_empty() {
        return Some(Check::found(
            name,
            CheckVerdict::Warning,
            format!("`author = \"{column}\"` is set, and nobody is written to"),
            "add a [[notify.receiver]] with a digest (docs/NOTIFICATIONS.md), or take author out",
        ));
    }
    let is_allowed = |domain: &str| {
        let address = format!("a@{domain}");
        allowed
            .iter()
            .any(|domains| is_in_domains(&address, domains))
    };
    let (inside, outside): (Vec<_>, Vec<_>) = found
        .domains
        .iter()
        .partition(|(domain, _)| is_allowed(domain));
    let sum = |some: &[(&String, &u64)]| some.iter().map(|(_, articles)| **articles).sum();
    let evidence = format!(
        "{} with an author who gets a digest",
        count(sum(&inside), "article", "articles")
    );
    if found.nobody == 0 && outside.is_empty() {
        return Some(Check::ok(name, evidence));
    }
    let mut others = Vec::new();
    if found.nobody > 0 {
        others.push(format!(
            "{} without an email address in {column}",
            found.nobody
        ));
    }
    if !outside.is_empty() {
        let domains: Vec<&String> = outside.iter().map(|(domain, _)| *domain).collect();
        others.push(format!(
            "{} with one in another domain ({})",
            sum(&outside),
            few(&domains)
        ));
    }
    Some(Check::found(
        name,
        CheckVerdict::Warning,
        format!("{evidence}, {}", others.join(", ")),
        "these authors are not written to; give the articles an address, or add its domain to `domains` of the receiver",
    ))
}

/// Receivers whose authors nobody names.
pub(super) fn without_authors(bots: &[Bot], notify: Option<&Notify>) -> Vec<Check> {
    let receivers = notify.into_iter().flat_map(|notify| &notify.receivers);
    let has_digest = receivers.filter(|receiver| {
        let mail = receiver.mail.as_ref();
        mail.is_some_and(|mail| mail.digest.is_some())
    });
    let names_author = |source: &Source| {
        let fields = source.fields.as_ref();
        fields.is_some_and(|fields| fields.author.is_some())
    };
    let reaches_nobody = has_digest.filter(|receiver| {
        let mut of_receiver = bots
            .iter()
            .filter(|bot| receiver.bots.is_empty() || receiver.bots.contains(&bot.domain_name));
        !of_receiver.any(|bot| bot.sources.iter().any(names_author))
    });
    let check = |name: &str| {
        Check::found(
            format!("digest of {name}"),
            CheckVerdict::Warning,
            "no source of its bots says who wrote its articles, so nobody gets it",
            "say where that is, for example author = \"author_email\" in [bot.source.fields]",
        )
    };
    reaches_nobody
        .map(|receiver| check(&receiver.name))
        .collect()
}
