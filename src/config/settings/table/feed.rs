//! A feed: lists of lists, credentials, pages; and the limits of every source.

use super::setting;
use crate::config::settings::{Setting, SettingKind, SettingNeed};
use crate::config::{AuthKind, ConfigWord, PagingWord};

pub(super) const SETTINGS: &[Setting] = &[
    setting(
        "bot[].source[].parents[].name",
        SettingKind::Text,
        SettingNeed::Required("\"folder\""),
        "What the paths below call an item of this list: `{folder.id}`.",
    ),
    setting(
        "bot[].source[].parents[].path",
        SettingKind::Text,
        SettingNeed::Required("\"/api/folders\""),
        "What follows the address; parents above fill it in.",
    ),
    setting(
        "bot[].source[].parents[].below",
        SettingKind::Text,
        SettingNeed::Optional("\"/api/folders/{folder.id}/folders\""),
        "The path of the same kind of list below each of its items, as deep as it goes.",
    ),
    setting(
        "bot[].source[].parents[].items",
        SettingKind::Text,
        SettingNeed::Optional("\"/folders\""),
        "The JSON pointer to the list, or to an object whose values are its items; without it the page is the list.",
    ),
    setting(
        "bot[].source[].parents[].keep",
        SettingKind::Entries,
        SettingNeed::Optional("{ \"/visibility\" = 1 }"),
        "As `keep` of the source, for the items of this list.",
    ),
    setting(
        "bot[].source[].parents[].paged",
        SettingKind::Flag,
        SettingNeed::Default("true"),
        "Whether this list has pages as `paging` says, or one page alone.",
    ),
    setting(
        "bot[].source[].detail.path",
        SettingKind::Text,
        SettingNeed::Required("\"/api/articles/{item.id}\""),
        "What follows the address in the call for one article; `{item.id}` stands for what is at `/id` in the list, and parents fill it in too.",
    ),
    setting(
        "bot[].source[].detail.item",
        SettingKind::Text,
        SettingNeed::Optional("\"/data\""),
        "The JSON pointer to the article in the answer; without it the answer is the article. Its keys are laid over those that the list had.",
    ),
    setting(
        "bot[].source[].detail.unchanged",
        SettingKind::Text,
        SettingNeed::Optional("\"/updated_at\""),
        "The JSON pointer, in the list, to what changes whenever the article does; while it is the same, the article is not asked for again.",
    ),
    setting(
        "bot[].source[].by_id.path",
        SettingKind::Text,
        SettingNeed::Required("\"/api/articles/{article.id}\""),
        "What follows the address in the call for an article that is live and that the list lacks; `{article.id}` stands for its id. It must answer only for articles that the list would have.",
    ),
    setting(
        "bot[].source[].by_id.item",
        SettingKind::Text,
        SettingNeed::Optional("\"/article\""),
        "The JSON pointer to the article in the answer; without it the answer is the article.",
    ),
    setting(
        "bot[].source[].by_id.gone",
        SettingKind::Texts { empty: false },
        SettingNeed::Optional("[\"401\"]"),
        "Statuses that mean that the article is not published any more, besides 404 and 410.",
    ),
    setting(
        "bot[].source[].auth.kind",
        SettingKind::Choice(AuthKind::WORDS),
        SettingNeed::Default("\"none\""),
        "Feed: how it knows us. \"basic_key\" sends the token as the user, \"header\" and \"query\" send the token under `name`, \"oauth2\" fetches tokens with client credentials.",
    ),
    setting(
        "bot[].source[].auth.user",
        SettingKind::Text,
        SettingNeed::Optional("\"bot@acme.com/token\""),
        "Basic: the user; the token is the password.",
    ),
    setting(
        "bot[].source[].auth.name",
        SettingKind::Text,
        SettingNeed::Optional("\"api_token\""),
        "Header and query: the name of the header or parameter.",
    ),
    setting(
        "bot[].source[].auth.token_url",
        SettingKind::Text,
        SettingNeed::Optional("\"https://acme.my.salesforce.com/services/oauth2/token\""),
        "OAuth2: where tokens are fetched.",
    ),
    setting(
        "bot[].source[].auth.client_id",
        SettingKind::Text,
        SettingNeed::Optional("\"acme-sync\""),
        "OAuth2: the client id; the token is the client secret.",
    ),
    setting(
        "bot[].source[].auth.scope",
        SettingKind::Text,
        SettingNeed::Optional("\"articles.read\""),
        "OAuth2: the scope to ask for.",
    ),
    setting(
        "bot[].source[].auth.token.env",
        SettingKind::Text,
        SettingNeed::Optional("\"KMS_TOKEN\""),
        "The environment variable that holds the password, token, key or client secret.",
    ),
    setting(
        "bot[].source[].auth.token.file",
        SettingKind::Text,
        SettingNeed::Optional("\"/run/secrets/kms-token\""),
        "The file that holds it.",
    ),
    setting(
        "bot[].source[].auth.token.credential",
        SettingKind::Text,
        SettingNeed::Optional("\"kms-token\""),
        "The systemd credential that holds it.",
    ),
    setting(
        "bot[].source[].paging.mode",
        SettingKind::Choice(PagingWord::WORDS),
        SettingNeed::Default("\"none\""),
        "Feed: how the next page is found; docs/FEEDS.md has one line on each.",
    ),
    setting(
        "bot[].source[].paging.rel",
        SettingKind::Text,
        SettingNeed::Default("\"next\""),
        "link_header: the relation of the link to the next page.",
    ),
    setting(
        "bot[].source[].paging.next",
        SettingKind::Text,
        SettingNeed::Optional("\"/links/next\""),
        "next_url, cursor and merge_object: the JSON pointer to the URL, cursor or object; the last page has none. page and offset: the pointer to whatever is there while there are more pages; without it the usual places are looked at, and with \"\" none.",
    ),
    setting(
        "bot[].source[].paging.more",
        SettingKind::Text,
        SettingNeed::Optional("\"/meta/has_more\""),
        "next_url, cursor, page and offset: the JSON pointer to what is false on the last page; \"\" switches off that of a preset.",
    ),
    setting(
        "bot[].source[].paging.parameter",
        SettingKind::Text,
        SettingNeed::Optional("\"after\""),
        "cursor, page and offset: the query parameter; without it \"cursor\", \"page\" or \"offset\".",
    ),
    setting(
        "bot[].source[].paging.start",
        SettingKind::Number {
            min: 0,
            max: 1_000_000_000,
        },
        SettingNeed::Optional("1"),
        "page and offset: where counting begins; without it 1 or 0.",
    ),
    setting(
        "bot[].source[].paging.pages",
        SettingKind::Text,
        SettingNeed::Optional("\"/meta/total_pages\""),
        "The JSON pointer to the number of pages; \"\" switches off that of a preset.",
    ),
    setting(
        "bot[].source[].paging.pages_header",
        SettingKind::Text,
        SettingNeed::Optional("\"X-WP-TotalPages\""),
        "The header with the number of pages; \"\" switches off that of a preset.",
    ),
    setting(
        "bot[].source[].paging.total",
        SettingKind::Text,
        SettingNeed::Optional("\"/meta/total_count\""),
        "The JSON pointer to the number of items on all pages; a sweep that comes to another number is not complete. \"\" switches off that of a preset.",
    ),
    setting(
        "bot[].source[].paging.total_header",
        SettingKind::Text,
        SettingNeed::Optional("\"X-Total-Count\""),
        "The header with that number; \"\" switches off that of a preset.",
    ),
    setting(
        "bot[].source[].limits.max_files",
        SettingKind::Number {
            min: 1,
            max: 10_000_000,
        },
        SettingNeed::Default("10000"),
        "More files than this in the folder, and the read fails.",
    ),
    setting(
        "bot[].source[].limits.max_file_bytes",
        SettingKind::Size,
        SettingNeed::Default("\"1GiB\""),
        "The largest file that is read; also what a packed file or an archive may unpack to.",
    ),
    setting(
        "bot[].source[].limits.max_row_bytes",
        SettingKind::Size,
        SettingNeed::Default("\"1MiB\""),
        "The largest row, or JSON item, that is read.",
    ),
    setting(
        "bot[].source[].limits.max_rows",
        SettingKind::Number {
            min: 1,
            max: 1_000_000_000,
        },
        SettingNeed::Default("2000000"),
        "More rows or items than this in the source, and the read fails.",
    ),
    setting(
        "bot[].source[].limits.max_pages",
        SettingKind::Number {
            min: 1,
            max: 10_000_000,
        },
        SettingNeed::Default("10000"),
        "Feed: more pages than this, and the read fails.",
    ),
    setting(
        "bot[].source[].limits.max_page_bytes",
        SettingKind::Size,
        SettingNeed::Default("\"32MiB\""),
        "Feed: the largest page that is read. The pages and articles of one sweep may come to 64 times as much.",
    ),
];
