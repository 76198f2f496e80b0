//! What is written is always a right configuration.

use std::path::Path;

use super::*;
use crate::config::{
    Auth, Config, Counter, PRESETS, PagingMode, SourceKind, preset_auth, preset_scope,
};

fn parsed(answers: &Answers) -> Config {
    let text = render(answers);
    let nothing = Vec::<(String, String)>::new();
    Config::parse(&text, Path::new("config.toml"), nothing)
        .unwrap_or_else(|problems| panic!("{problems}\n{text}"))
}

#[test]
fn what_is_written_is_a_right_configuration() {
    let account = Account {
        base_url: "https://haptik.example.com".to_owned(),
        client_id: "acme".to_owned(),
        token_env: "HAPTIK_TOKEN".to_owned(),
    };
    let columns = InitFields {
        id: "Nr".to_owned(),
        question: "Titel, Auch".to_owned(),
        answer: "Text\\Body".to_owned(),
    };
    for haptik in [None, Some(account)] {
        for fields in [None, Some(columns.clone())] {
            for effect in [UploadEffect::Merge, UploadEffect::Replace] {
                let answers = Answers {
                    source: InitSource::Folder {
                        patterns: Patterns::default(),
                        path: "C:\\export".to_owned(),
                        there: true,
                    },
                    haptik: haptik.clone(),
                    state_dir: haptik.is_some().then(|| "state-2".to_owned()),
                    domain_name: "das \"büro\"".to_owned(),
                    effect,
                    fields: fields.clone(),
                };
                let config = parsed(&answers);
                let state_dir = answers.state_dir.as_deref().unwrap_or("state");
                assert!(config.state_dir.ends_with(state_dir), "{config:?}");
                let bot = &config.bots[0];
                assert_eq!(bot.domain_name, answers.domain_name);
                assert_eq!(bot.upload_effect, effect);
                assert_eq!(bot.sources[0].fields.is_some(), fields.is_some());
            }
        }
    }
}

fn fed(shape: InitShape, known: Option<KnownFeed>) -> Answers {
    Answers {
        source: InitSource::Feed(Box::new(InitFeed {
            address: "https://kb.acme.com".to_owned(),
            query: vec![("x".to_owned(), "fa\"q".to_owned())],
            settings: Vec::new(),
            keep: Vec::new(),
            fields: None,
            shape,
            known,
        })),
        haptik: None,
        state_dir: None,
        domain_name: "acme".to_owned(),
        effect: UploadEffect::Merge,
        fields: None,
    }
}

#[test]
fn every_preset_makes_a_right_configuration() {
    for preset in PRESETS {
        let scope = preset_scope(preset).map(|scope| scope.example);
        for audience in [Audience::Public, Audience::Any] {
            let reads = Reads {
                audience,
                scope: scope.clone().into_iter().collect(),
                locale: has_locale(preset).then(|| "en".to_owned()),
            };
            right(preset, &reads);
        }
    }
}

fn right(preset: &str, reads: &Reads) {
    let shape = || InitShape::Preset {
        preset: preset.to_owned(),
        reads: reads.clone(),
    };
    let kind = preset_auth(preset);
    let user = matches!(kind.as_deref(), None | Some("basic" | "oauth2"));
    let known = KnownFeed {
        kind: kind.clone(),
        user: user.then(|| "you".to_owned()),
        token_env: "KMS_TOKEN".to_owned(),
    };
    let with = parsed(&fed(shape(), Some(known)));
    let SourceKind::Feed(feed) = &with.bots[0].sources[0].kind else {
        panic!("{preset} is no feed");
    };
    assert_ne!(feed.auth, Auth::None, "{preset}");
    let selection = feed.selection.as_ref().unwrap();
    assert_eq!(selection.audience, reads.audience, "{preset}");
    assert_eq!(selection.scope, reads.scope, "{preset}");
    if kind.is_none() {
        let without = fed(shape(), None);
        assert!(!without.has_unknown_columns());
        parsed(&without);
    }
}

#[test]
fn a_feed_without_a_preset_makes_a_right_configuration() {
    let json = |items: Option<&str>, next, total: Option<&str>| InitShape::Json {
        items: items.map(str::to_owned),
        paging: GuessedPaging {
            next,
            total: total.map(str::to_owned),
            warning: Some("57 at `/n`".to_owned()),
        },
    };
    for (shape, expected) in [
        (json(None, None, None), PagingMode::None),
        (json(None, None, Some("/total")), PagingMode::None),
        (
            json(Some("/a~1b"), Some(NextPage::LinkHeader), Some("/total")),
            PagingMode::LinkHeader {
                rel: "next".to_owned(),
            },
        ),
        (
            json(Some("/data"), Some(NextPage::Url("/next".to_owned())), None),
            PagingMode::NextUrl {
                next: "/next".to_owned(),
                more: None,
            },
        ),
        (
            json(
                Some("/data"),
                Some(NextPage::Page {
                    parameter: "pagination[page]".to_owned(),
                    start: 1,
                    pages: Some("/meta/pages".to_owned()),
                }),
                None,
            ),
            PagingMode::Page {
                parameter: "pagination[page]".to_owned(),
                start: 1,
                pages: Counter {
                    pointer: Some("/meta/pages".to_owned()),
                    header: None,
                },
            },
        ),
        (
            json(
                None,
                Some(NextPage::Offset {
                    parameter: "skip".to_owned(),
                }),
                Some("/total"),
            ),
            PagingMode::Offset {
                parameter: "skip".to_owned(),
                start: 0,
            },
        ),
        (InitShape::File("csv"), PagingMode::None),
    ] {
        let answers = fed(shape, None);
        assert!(answers.has_unknown_columns());
        let config = parsed(&answers);
        let SourceKind::Feed(feed) = &config.bots[0].sources[0].kind else {
            panic!("{config:?}");
        };
        assert_eq!(feed.paging.mode, expected);
    }
}
