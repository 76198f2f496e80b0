//! Each preset against one page in the vendor's documented shape, with an article that everybody may
//! read (1), a draft (2), one that only some may read (3), an archived one (4) and one without text (5).

mod vendors;

use serde_json::{Value, json};

use super::vendors::{EACH, drupal, dynamics, ghost, plone, sheet, strapi, wagtail, zoho};
use super::{Answer, Call, Kms, answer, page, page_with};
use crate::config::PRESETS;
use vendors::{
    RSS, confluence_cloud, confluence_server, document360, freshdesk, guru, helpjuice, hubspot,
    intercom, mediawiki, salesforce, servicenow, servicenow_article, wordpress, zendesk,
};

const SOME: &str = "audience = \"any\"\n";

/// What is read with which settings.
type Cases = &'static [(&'static str, &'static [&'static str])];

struct Vendor {
    preset: &'static str,
    settings: &'static str,
    answer: fn(&Call) -> Value,
    cases: Cases,
}

const PUBLIC_AND_SOME: Cases = &[("", &["1"]), (SOME, &["1", "3"])];
const BASIC: &str = "auth = { kind = \"basic\", user = \"bot\", token = TOKEN }";

/// Those that answer by themselves, and the settings with which they are read.
type Whole = (&'static str, &'static str, fn(&Call, &str) -> Answer, Cases);

const WHOLE: [Whole; 9] = [
    (
        "drupal-jsonapi",
        "scope = [\"faq\"]",
        |call, here| drupal(call, here, EACH),
        &[("", &["1"])],
    ),
    (
        "dynamics-365",
        "auth = { token_url = \"HERE/token\", client_id = \"c\", token = TOKEN }",
        |call, here| dynamics(call, here, EACH),
        PUBLIC_AND_SOME,
    ),
    (
        "ghost",
        "auth = { token = TOKEN }",
        |call, here| ghost(call, here, EACH),
        // One for members comes without its text.
        &[("", &["1"]), (SOME, &["1"])],
    ),
    (
        "google-sheets",
        "path = \"/pub\"",
        |call, here| sheet(call, here, EACH),
        &[("", &["1"])],
    ),
    (
        "plone",
        "scope = [\"Document\"]",
        |call, here| plone(call, here, EACH),
        &[("", &["1"])],
    ),
    (
        "sharepoint-file",
        "path = \"/pub\"\nformat = \"csv\"\nquery = { output = \"csv\", gid = 0 }\nauth = { token_url = \"HERE/token\", client_id = \"c\", token = TOKEN }",
        |call, here| sheet(call, here, EACH),
        &[("", &["1"])],
    ),
    (
        "strapi",
        "scope = [\"articles\"]\nlocale = \"en\"\nauth = { kind = \"bearer\", token = TOKEN }",
        |call, here| strapi(call, here, EACH),
        &[("", &["1"])],
    ),
    (
        "wagtail",
        "scope = [\"faq.FaqPage\"]",
        |call, here| wagtail(call, here, EACH),
        &[("", &["1"])],
    ),
    (
        "zoho-desk",
        "headers = { orgId = \"7\" }\nauth = { token_url = \"HERE/token\", client_id = \"c\", token = TOKEN, refresh_token = TOKEN }",
        |call, here| zoho(call, here, EACH),
        PUBLIC_AND_SOME,
    ),
];

const VENDORS: [Vendor; 14] = [
    Vendor {
        preset: "confluence-cloud",
        settings: BASIC,
        answer: confluence_cloud,
        // Who may read a page is not in the answer: only the space tells them apart.
        cases: &[
            ("scope = [\"11\"]\n", &["1"]),
            ("scope = [\"11\", \"12\"]\n", &["1", "3"]),
            ("scope = [\"*\"]\n", &["1", "3"]),
        ],
    },
    Vendor {
        preset: "confluence-server",
        settings: BASIC,
        answer: confluence_server,
        cases: &[
            ("scope = [\"KB\"]\n", &["1"]),
            ("scope = [\"KB\", \"HR\"]\n", &["1", "3"]),
            ("scope = [\"*\"]\n", &["1", "3"]),
        ],
    },
    Vendor {
        preset: "document360",
        settings: "auth = { token = TOKEN }",
        answer: document360,
        cases: &[
            ("scope = [\"v1\", \"v2\"]\n", &["1"]),
            (
                "scope = [\"v1\", \"v2\"]\naudience = \"any\"\n",
                &["1", "3"],
            ),
            ("scope = [\"v1\"]\naudience = \"any\"\n", &["1"]),
            ("scope = [\"*\"]\n", &["1"]),
            ("scope = [\"*\"]\naudience = \"any\"\n", &["1", "3"]),
        ],
    },
    Vendor {
        preset: "freshdesk",
        settings: "auth = { token = TOKEN }",
        answer: freshdesk,
        cases: PUBLIC_AND_SOME,
    },
    Vendor {
        preset: "guru",
        settings: "auth = { user = \"bot\", token = TOKEN }",
        answer: guru,
        cases: &[
            ("scope = [\"col1\"]\n", &["1"]),
            ("scope = [\"col1\"]\naudience = \"any\"\n", &["1", "3"]),
            ("scope = [\"*\"]\naudience = \"any\"\n", &["1", "3", "6"]),
        ],
    },
    Vendor {
        preset: "helpjuice",
        settings: "auth = { token = TOKEN }",
        answer: helpjuice,
        cases: PUBLIC_AND_SOME,
    },
    Vendor {
        preset: "hubspot",
        settings: "auth = { token = TOKEN }",
        answer: hubspot,
        cases: &[
            ("scope = [\"7\"]\n", &["1"]),
            ("scope = [\"7\"]\naudience = \"any\"\n", &["1", "3"]),
            ("scope = [\"*\"]\n", &["1", "6"]),
        ],
    },
    Vendor {
        preset: "intercom",
        settings: "auth = { token = TOKEN }",
        answer: intercom,
        cases: PUBLIC_AND_SOME,
    },
    Vendor {
        preset: "mediawiki",
        settings: "",
        answer: mediawiki,
        cases: &[
            ("scope = [\"FAQ\"]\n", &["1"]),
            ("scope = [\"category:FAQ\"]\n", &["1"]),
            ("scope = [\"FAQ\", \"Help\"]\n", &["1", "6"]),
            ("scope = [\"*\"]\n", &["1", "6"]),
        ],
    },
    Vendor {
        preset: "rss",
        settings: "lists_all = true",
        answer: |_| Value::Null,
        cases: &[("", &["1"])],
    },
    Vendor {
        preset: "salesforce-knowledge",
        settings: "auth = { token_url = \"HERE/token\", client_id = \"c\", token = TOKEN }",
        answer: salesforce,
        cases: &[
            ("", &["1"]),
            (
                "audience = \"any\"\nscope = [\"pkb\", \"csp\"]\n",
                &["1", "3"],
            ),
            ("audience = \"any\"\nscope = [\"*\"]\n", &["1", "3"]),
        ],
    },
    Vendor {
        preset: "servicenow",
        settings: BASIC,
        answer: servicenow,
        cases: &[
            ("scope = [\"kb1\"]\n", &["1", "8"]),
            (
                "scope = [\"kb1\"]\naudience = \"any\"\n",
                &["1", "3", "6", "8", "9"],
            ),
            ("scope = [\"kb1\", \"it\"]\n", &["1", "7", "8"]),
            ("scope = [\"*\"]\n", &["1", "7", "8"]),
        ],
    },
    Vendor {
        preset: "wordpress",
        settings: BASIC,
        answer: wordpress,
        cases: PUBLIC_AND_SOME,
    },
    Vendor {
        preset: "zendesk-guide",
        settings: BASIC,
        answer: zendesk,
        cases: &[("", &["1", "6"]), (SOME, &["1", "3", "6", "7"])],
    },
];

/// Serves it, without a field where one is named.
async fn served(vendor: &Vendor, lost: Option<&'static str>) -> Kms {
    let (preset, answer_of) = (vendor.preset, vendor.answer);
    let answered = move |call: &Call| match lost {
        None => answer_of(call),
        Some(field) => without(answer_of(call), field),
    };
    Kms::start(move |call, _| match call.path.as_str() {
        "/token" => page(&json!({"access_token": "granted"})),
        path if path.ends_with("/users/me") => page(&json!({})),
        _ if preset == "rss" => answer(200, "application/rss+xml", &[], RSS.to_owned()),
        _ if preset == "wordpress" => page_with(
            &answered(call),
            &[("x-wp-total", "5"), ("x-wp-totalpages", "1")],
        ),
        _ => page(&answered(call)),
    })
    .await
}

#[tokio::test]
async fn only_what_everybody_may_read_is_an_article_unless_any_is_said() {
    let known = VENDORS.iter().map(|vendor| vendor.preset);
    let mut known: Vec<&str> = known.chain(WHOLE.iter().map(|whole| whole.0)).collect();
    known.sort_unstable();
    assert_eq!(known, PRESETS, "each preset has its vendor");
    for vendor in &VENDORS {
        let kms = served(vendor, None).await;
        reads(&kms, vendor.preset, vendor.settings, vendor.cases).await;
    }
    for (preset, settings, answer, cases) in WHOLE {
        let kms = Kms::start(move |call, here| match call.path.as_str() {
            "/token" if preset != "zoho-desk" => page(&json!({"access_token": "granted"})),
            _ => answer(call, here),
        })
        .await;
        reads(&kms, preset, settings, cases).await;
    }
}

async fn reads(kms: &Kms, preset: &str, always: &str, cases: Cases) {
    for (settings, expected) in cases {
        let told = format!("{preset} {settings}");
        let settings = format!("preset = \"{preset}\"\n{settings}{always}");
        let outcome = kms.read(&settings).await;
        let outcome = outcome.unwrap_or_else(|error| panic!("{told}: {error}"));
        assert_eq!(outcome.ids(), *expected, "{told}");
        // An article without text is none, or is rejected alone.
        let others = outcome.rejections.iter();
        let others: Vec<_> = others
            .filter(|rejection| !rejection.contains("has no answer"))
            .collect();
        assert!(others.is_empty(), "{told}: {others:?}");
    }
}

/// A field that always comes says nothing when it is missing: that is no "public".
#[tokio::test]
async fn without_the_field_that_says_so_nothing_is_public() {
    for (preset, field) in [
        ("freshdesk", "visibility"),
        ("guru", "shareStatus"),
        ("helpjuice", "accessibility"),
        ("hubspot", "accessType"),
        ("intercom", "parent_ids"),
        ("salesforce-knowledge", "IsVisibleInPkb"),
        ("servicenow", "roles"),
        ("servicenow", "can_read_user_criteria"),
        ("servicenow", "kb_knowledge_base"),
        ("confluence-cloud", "spaceId"),
        ("document360", "is_public"),
        ("wordpress", "protected"),
    ] {
        let vendor = VENDORS.iter().find(|vendor| vendor.preset == preset);
        let vendor = vendor.unwrap();
        let kms = served(vendor, Some(field)).await;
        let (settings, _) = vendor.cases[0];
        let settings = format!("preset = \"{preset}\"\n{settings}{}", vendor.settings);
        match kms.read(&settings).await {
            // A list above the articles cannot be left out.
            Err(error) => assert!(error.contains(field), "{preset}: {error}"),
            Ok(outcome) => {
                assert_eq!(outcome.articles, [""; 0], "{preset} without {field}");
                let told = outcome.rejections.iter().any(|text| text.contains(field));
                assert!(told, "{preset} without {field}: {:?}", outcome.rejections);
            }
        }
    }
}

fn without(value: Value, field: &str) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(|item| without(item, field)).collect(),
        Value::Object(entries) => entries
            .into_iter()
            .filter(|(key, _)| key != field)
            .map(|(key, value)| (key, without(value, field)))
            .collect(),
        other => other,
    }
}

/// Zendesk has two fields, and neither is "public" where both are missing.
#[tokio::test]
async fn one_of_two_fields_is_enough() {
    let kms = Kms::start(|_, _| {
        page(&json!({"articles": [
            {"id": 1, "draft": false, "title": "q", "body": "a"},
            {"id": 2, "draft": false, "title": "q", "body": "a", "user_segment_ids": []},
            {"id": 3, "draft": false, "title": "q", "body": "a", "user_segment_ids": [8]},
            {"id": 4, "draft": false, "title": "q", "body": "a", "user_segment_id": null, "user_segment_ids": [8]},
        ], "meta": {"has_more": false}}))
    })
    .await;
    let outcome = kms.read("preset = \"zendesk-guide\"").await.unwrap();
    assert_eq!(outcome.ids(), ["2"]);
    assert_eq!(outcome.rejections.len(), 1, "{:?}", outcome.rejections);
    assert!(outcome.rejections[0].contains("`/user_segment_id` or `/user_segment_ids`"));
}

/// ServiceNow may have two published versions of one number.
#[tokio::test]
async fn the_newest_version_counts_also_where_it_is_not_public() {
    let article = |number: &str, created: &str, roles: &str, text: &str| {
        let mut article = servicenow_article(number, "published", "kb1", roles, text);
        article["sys_created_on"] = json!(created);
        article
    };
    let read = async |articles: Vec<Value>| {
        let kms = Kms::start(move |call, _| {
            let from = call.number_in("sysparm_offset");
            let on_page: Vec<_> = articles.iter().skip(from).take(3).collect();
            page(&json!({"result": on_page}))
        })
        .await;
        let settings = format!("preset = \"servicenow\"\nscope = [\"kb1\"]\n{BASIC}");
        kms.read(&settings).await.unwrap()
    };
    let (new, old) = ("2026-05-01 10:00:00", "2025-01-01 10:00:00");
    let outcome = read(vec![
        article("KB1", new, "", "new"),
        article("KB1", old, "", "old"),
        article("KB2", new, "itil", "for IT"),
        article("KB2", old, "", "what it was before"),
    ])
    .await;
    assert_eq!(outcome.ids(), ["KB1"]);
    assert_eq!(outcome.answers, ["new"]);
    assert_eq!(outcome.rejections, [""; 0]);
    let outcome = read(vec![
        article("KB1", old, "", "old"),
        article("KB1", new, "", "new"),
    ])
    .await;
    assert_eq!(outcome.ids(), [""; 0], "neither stands for the other");
    let told = outcome.rejections.join("\n");
    assert!(told.contains("is a newer version"), "{told}");
}
