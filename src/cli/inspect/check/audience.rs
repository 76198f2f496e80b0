//! Whose articles a feed reads, and how many of those that the credentials see an anonymous reader
//! does not.

use super::{Check, CheckVerdict};
use crate::clock::Clock;
use crate::config::{Audience, Auth, Bot, Feed, FixedHeader, Selection, Source};
use crate::intake::{Anonymous, ask_anonymously};
use crate::text::count;

/// What a reading with credentials met.
#[derive(Clone, Copy)]
pub(crate) struct AudienceCount {
    /// All items.
    pub(crate) items: u64,
    /// Those that would go live.
    pub(crate) articles: u64,
}

pub(crate) async fn audience(
    bot: &Bot,
    source: &Source,
    feed: &Feed,
    met: AudienceCount,
    clock: &Clock,
) -> Check {
    let seen = if is_anonymous(feed) {
        None
    } else {
        Some(ask_anonymously(feed, clock).await)
    };
    judged(
        format!("audience {}/{}", bot.domain_name, source.name),
        feed.selection.as_ref(),
        met,
        seen.as_ref(),
    )
}

fn is_anonymous(feed: &Feed) -> bool {
    let secret = |(_, value): &(_, FixedHeader)| matches!(value, FixedHeader::Secret(_));
    feed.auth == Auth::None && !feed.headers.iter().any(secret)
}

/// `seen`: what an anonymous reader sees, where there are credentials.
fn judged(
    name: String,
    selection: Option<&Selection>,
    met: AudienceCount,
    seen: Option<&Anonymous>,
) -> Check {
    let read = reads(selection);
    let visible = match seen {
        None => return Check::ok(name, format!("{read}; read without credentials")),
        Some(Anonymous::Unclear(why)) => {
            return Check::ok(
                name,
                format!("{read}; what an anonymous reader sees cannot be told: {why}"),
            );
        }
        Some(Anonymous::Sees(visible)) => *visible,
    };
    let hidden = met.items.saturating_sub(visible);
    let more = match hidden {
        0 => "nothing".to_owned(),
        hidden => count(hidden, "article", "articles"),
    };
    let evidence =
        format!("{read}; the credentials see {more} that an anonymous reader does not see");
    let is_public = selection.is_some_and(|one| one.audience == Audience::Public);
    let leaked = met.articles.saturating_sub(visible);
    if !is_public || leaked == 0 {
        return Check::ok(name, evidence);
    }
    let leaked = count(leaked, "article that is", "articles that are");
    Check::found(
        name,
        CheckVerdict::Warning,
        format!("{evidence}; {leaked} read would be told to everybody"),
        "see who may read them, and leave them out with `keep`; if they are to go live, say so with audience = \"any\"",
    )
}

fn reads(selection: Option<&Selection>) -> String {
    let Some(selection) = selection else {
        return "without a preset nothing says who may read an article: all that the feed gives and `keep` lets through is read".to_owned();
    };
    let who = match (selection.audience, &*selection.told_by) {
        (Audience::Any, _) => "also what only some readers may see (audience = \"any\")".to_owned(),
        (Audience::Public, []) => format!(
            "{} does not say who may read an article: all that is seen there is read",
            selection.preset
        ),
        (Audience::Public, told_by) => {
            format!("only what everybody may read, by {}", told_by.join(" and "))
        }
    };
    match &*selection.scope {
        [] => who,
        scope => {
            let scope: Vec<String> = scope.iter().map(|value| format!("{value:?}")).collect();
            format!("{who}; scope {}", scope.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selection(audience: Audience, told_by: &[&str], scope: &[&str]) -> Selection {
        let owned = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
        Selection {
            preset: "wiki",
            audience,
            told_by: owned(told_by),
            scope: owned(scope),
            lists: Vec::new(),
            anonymous: None,
        }
    }

    #[test]
    fn what_is_read_and_what_only_the_credentials_see() {
        let met = AudienceCount {
            items: 12,
            articles: 10,
        };
        let public = selection(Audience::Public, &["`/a`", "`/b`"], &[]);
        let any = selection(Audience::Any, &["`/a`"], &["11", "12"]);
        let silent = selection(Audience::Public, &[], &["*"]);
        let sees = Anonymous::Sees;
        let unclear = Anonymous::Unclear("it answers 401".to_owned());
        for (selection, seen, verdict, parts) in [
            (
                Some(&public),
                Some(&sees(10)),
                CheckVerdict::Ok,
                "only what everybody may read, by `/a` and `/b`; the credentials see 2 articles that an anonymous reader does not see",
            ),
            (
                Some(&public),
                Some(&sees(20)),
                CheckVerdict::Ok,
                "the credentials see nothing that",
            ),
            (
                Some(&public),
                Some(&sees(9)),
                CheckVerdict::Warning,
                "see 3 articles that an anonymous reader does not see; 1 article that is read would be told",
            ),
            (
                Some(&any),
                Some(&sees(0)),
                CheckVerdict::Ok,
                "(audience = \"any\"); scope \"11\", \"12\"; the credentials see 12 articles that",
            ),
            (
                Some(&silent),
                Some(&sees(9)),
                CheckVerdict::Warning,
                "wiki does not say who may read an article: all that is seen there is read; scope \"*\"; the",
            ),
            (
                Some(&public),
                Some(&unclear),
                CheckVerdict::Ok,
                "cannot be told: it answers 401",
            ),
            (
                Some(&public),
                None,
                CheckVerdict::Ok,
                "`/b`; read without credentials",
            ),
            (
                None,
                Some(&sees(9)),
                CheckVerdict::Ok,
                "without a preset nothing says",
            ),
        ] {
            let check = judged("audience".to_owned(), selection, met, seen);
            assert_eq!(check.verdict, verdict, "{}", check.evidence);
            assert!(check.evidence.contains(parts), "{}", check.evidence);
        }
    }
}
