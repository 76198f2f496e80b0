//! A feed: lists of lists, credentials, pages; and the limits of every source.

use super::super::{Kind, Need, Setting};
use super::setting;

pub(super) const SETTINGS: &[Setting] = &[
    setting(
        "bot[].source[].parents[].name",
        Kind::Text,
        Need::Required("\"folder\""),
        "What the paths below call an item of this list: `{folder.id}`.",
    ),
    setting(
        "bot[].source[].parents[].path",
        Kind::Text,
        Need::Required("\"/api/folders\""),
        "What follows the address; parents above fill it in.",
    ),
    setting(
        "bot[].source[].parents[].below",
        Kind::Text,
        Need::Optional("\"/api/folders/{folder.id}/folders\""),
        "The path of the same kind of list below each of its items, as deep as it goes.",
    ),
    setting(
        "bot[].source[].parents[].items",
        Kind::Text,
        Need::Optional("\"/folders\""),
        "The JSON pointer to the list, or to an object whose values are its items; without it the page is the list.",
    ),
    setting(
        "bot[].source[].parents[].keep",
        Kind::Entries,
        Need::Optional("{ \"/visibility\" = 1 }"),
        "As `keep` of the source, for the items of this list.",
    ),
    setting(
        "bot[].source[].parents[].paged",
        Kind::Flag,
        Need::Default("true"),
        "Whether this list has pages as `paging` says, or one page alone.",
    ),
    setting(
        "bot[].source[].detail.path",
        Kind::Text,
        Need::Required("\"/api/articles/{item.id}\""),
        "What follows the address in the call for one article; `{item.id}` stands for what is at `/id` in the list, and parents fill it in too.",
    ),
    setting(
        "bot[].source[].detail.item",
        Kind::Text,
        Need::Optional("\"/data\""),
        "The JSON pointer to the article in the answer; without it the answer is the article. Its keys are laid over those that the list had.",
    ),
    setting(
        "bot[].source[].detail.unchanged",
        Kind::Text,
        Need::Optional("\"/updated_at\""),
        "The JSON pointer, in the list, to what changes whenever the article does; while it is the same, the article is not asked for again.",
    ),
    setting(
        "bot[].source[].auth.kind",
        Kind::Choice(&[
            "none",
            "basic",
            "basic_key",
            "bearer",
            "header",
            "query",
            "oauth2",
        ]),
        Need::Default("\"none\""),
        "Feed: how it knows us. \"basic_key\" sends the token as the user, \"header\" and \"query\" send the token under `name`, \"oauth2\" fetches tokens with client credentials.",
    ),
    setting(
        "bot[].source[].auth.user",
        Kind::Text,
        Need::Optional("\"bot@acme.com/token\""),
        "Basic: the user; the token is the password.",
    ),
    setting(
        "bot[].source[].auth.name",
        Kind::Text,
        Need::Optional("\"api_token\""),
        "Header and query: the name of the header or parameter.",
    ),
    setting(
        "bot[].source[].auth.token_url",
        Kind::Text,
        Need::Optional("\"https://acme.my.salesforce.com/services/oauth2/token\""),
        "OAuth2: where tokens are fetched.",
    ),
    setting(
        "bot[].source[].auth.client_id",
        Kind::Text,
        Need::Optional("\"acme-sync\""),
        "OAuth2: the client id; the token is the client secret.",
    ),
    setting(
        "bot[].source[].auth.scope",
        Kind::Text,
        Need::Optional("\"articles.read\""),
        "OAuth2: the scope to ask for.",
    ),
    setting(
        "bot[].source[].auth.token.env",
        Kind::Text,
        Need::Optional("\"KMS_TOKEN\""),
        "The environment variable that holds the password, token, key or client secret.",
    ),
    setting(
        "bot[].source[].auth.token.file",
        Kind::Text,
        Need::Optional("\"/run/secrets/kms-token\""),
        "The file that holds it.",
    ),
    setting(
        "bot[].source[].auth.token.credential",
        Kind::Text,
        Need::Optional("\"kms-token\""),
        "The systemd credential that holds it.",
    ),
    setting(
        "bot[].source[].paging.mode",
        Kind::Choice(&[
            "none",
            "link_header",
            "next_url",
            "cursor",
            "merge_object",
            "page",
            "offset",
        ]),
        Need::Default("\"none\""),
        "Feed: how the next page is found; docs/FEEDS.md has one line on each.",
    ),
    setting(
        "bot[].source[].paging.rel",
        Kind::Text,
        Need::Default("\"next\""),
        "link_header: the relation of the link to the next page.",
    ),
    setting(
        "bot[].source[].paging.next",
        Kind::Text,
        Need::Optional("\"/links/next\""),
        "next_url, cursor and merge_object: the JSON pointer to the URL, cursor or object; the last page has none.",
    ),
    setting(
        "bot[].source[].paging.more",
        Kind::Text,
        Need::Optional("\"/meta/has_more\""),
        "next_url and cursor: the JSON pointer to what is false on the last page.",
    ),
    setting(
        "bot[].source[].paging.parameter",
        Kind::Text,
        Need::Optional("\"after\""),
        "cursor, page and offset: the query parameter; without it \"cursor\", \"page\" or \"offset\".",
    ),
    setting(
        "bot[].source[].paging.start",
        Kind::Number {
            min: 0,
            max: 1_000_000_000,
        },
        Need::Optional("1"),
        "page and offset: where counting begins; without it 1 or 0.",
    ),
    setting(
        "bot[].source[].paging.pages",
        Kind::Text,
        Need::Optional("\"/meta/total_pages\""),
        "page: the JSON pointer to the number of pages.",
    ),
    setting(
        "bot[].source[].paging.pages_header",
        Kind::Text,
        Need::Optional("\"X-WP-TotalPages\""),
        "page: the header with the number of pages.",
    ),
    setting(
        "bot[].source[].paging.total",
        Kind::Text,
        Need::Optional("\"/meta/total_count\""),
        "The JSON pointer to the number of items on all pages; a sweep that comes to another number is not complete.",
    ),
    setting(
        "bot[].source[].paging.total_header",
        Kind::Text,
        Need::Optional("\"X-Total-Count\""),
        "The header with that number.",
    ),
    setting(
        "bot[].source[].limits.max_files",
        Kind::Number {
            min: 1,
            max: 10_000_000,
        },
        Need::Default("10000"),
        "More files than this in the folder, and the read fails.",
    ),
    setting(
        "bot[].source[].limits.max_file_bytes",
        Kind::Size,
        Need::Default("\"1GiB\""),
        "The largest file that is read; also what a packed file or an archive may unpack to.",
    ),
    setting(
        "bot[].source[].limits.max_row_bytes",
        Kind::Size,
        Need::Default("\"1MiB\""),
        "The largest row, or JSON item, that is read.",
    ),
    setting(
        "bot[].source[].limits.max_rows",
        Kind::Number {
            min: 1,
            max: 1_000_000_000,
        },
        Need::Default("2000000"),
        "More rows or items than this in the source, and the read fails.",
    ),
    setting(
        "bot[].source[].limits.max_pages",
        Kind::Number {
            min: 1,
            max: 10_000_000,
        },
        Need::Default("10000"),
        "Feed: more pages than this, and the read fails.",
    ),
    setting(
        "bot[].source[].limits.max_page_bytes",
        Kind::Size,
        Need::Default("\"32MiB\""),
        "Feed: the largest page that is read.",
    ),
];
