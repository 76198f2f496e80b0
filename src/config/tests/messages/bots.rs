//! Mistakes in bots and their sources.

use super::*;

#[test]
fn bots() {
    check(&[
        // One bracket too few.
        Mistake {
            text: r#"[haptik]
base_url = "sandbox"

[bot]
domain_name = "demo"
"#,
            told: r"
/etc/kms/config.toml:4:1: `bot` must be a list of tables
  4 | [bot]
    | ^^^^^
    = write [[bot]], with two brackets: there can be several

1 problem",
        },
        // The same names twice.
        Mistake {
            text: r#"[haptik]
base_url = "sandbox"

[[bot]]
domain_name = "demo"
upload_effect = "merge"

[[bot.source]]
folder = "export"

[[bot.source]]
folder = "export"

[[bot]]
domain_name = "demo"
upload_effect = "merge"

[[bot.source]]
folder = "export"
"#,
            told: r#"
/etc/kms/config.toml:12:10: two sources of this bot have the same name
  12 | folder = "export"
     |          ^^^^^^^^
     = the first is in line 9; give each source a `name` of its own

/etc/kms/config.toml:15:15: two bots have the same `domain_name`
  15 | domain_name = "demo"
     |               ^^^^^^
     = it stands in line 5 already; give that bot a second [[bot.source]]

2 problems"#,
        },
        // Columns of pages.
        Mistake {
            text: r#"[haptik]
base_url = "sandbox"

[[bot]]
domain_name = "demo"
upload_effect = "merge"

[[bot.source]]
folder = "help"
include = ["**/*.md"]
fields = { id = "slug", question = "title", url = "link" }
"#,
            told: r#"
/etc/kms/config.toml:11:10: `id` in [bot.source.fields] has no meaning for pages
  11 | fields = { id = "slug", question = "title", url = "…" }
     |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
     = the question of a page is its title or a heading, and its id is its path or the `id` in its front matter; take it out

/etc/kms/config.toml:11:10: `question` in [bot.source.fields] has no meaning for pages
  11 | fields = { id = "slug", question = "title", url = "…" }
     |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
     = the question of a page is its title or a heading, and its id is its path or the `id` in its front matter; take it out

2 problems"#,
        },
        // A bot with many mistakes.
        Mistake {
            text: r#"[haptik]
base_url = "sandbox"

[[bot]]
domain_name = " demo"
upload_effect = "Merge"
max_removal_percent = 120
node_name = "{{ id"
source = []

[[bot]]
domain_name = ""
upload_effect = "merge"
node_name = "id"
"#,
            told: r#"
/etc/kms/config.toml:5:15: `domain_name` has white space around it or control characters in it
  5 | domain_name = " demo"
    |               ^^^^^^^
    = write it exactly as Haptik does

/etc/kms/config.toml:6:17: `upload_effect` must be "merge" or "replace"
  6 | upload_effect = "Merge"
    |                 ^^^^^^^
    = did you mean "merge"?

/etc/kms/config.toml:7:23: `max_removal_percent` must be from 0 to 100
  7 | max_removal_percent = 120
    |                       ^^^
    = the default is max_removal_percent = 20

/etc/kms/config.toml:8:13: `node_name` is not a template: unexpected end of input, expected end of variable block
  8 | node_name = "{{ id"
    |             ^^^^^^^
    = for example node_name = "{{ id }}"

/etc/kms/config.toml:9:10: there is no [[bot.source]]
  9 | source = []
    |          ^^
    = add [[bot.source]], and its keys below it

/etc/kms/config.toml:11:1: there is no [[bot.source]]
  11 | [[bot]]
     | ^^^^^^^
     = add [[bot.source]], and its keys below it

/etc/kms/config.toml:12:15: `domain_name` is empty
  12 | domain_name = ""
     |               ^^
     = for example domain_name = "acme_support"

/etc/kms/config.toml:14:13: `node_name` gives every article the same name
  14 | node_name = "id"
     |             ^^^^
     = name something that differs, for example node_name = "{{ id }}"

8 problems"#,
        },
    ]);
}

#[test]
fn sources() {
    check(&[
        // Filters of a folder that would do nothing.
        Mistake {
            text: r#"[haptik]
base_url = "sandbox"

[[bot]]
domain_name = "demo"
upload_effect = "merge"

[[bot.source]]
folder = "export"
locale = "en"
keep = { labels = [] }
"#,
            told: r#"
/etc/kms/config.toml:10:10: `locale` is not used
  10 | locale = "en"
     |          ^^^^
     = say where an article has its locale, for example locale_field = "language"

/etc/kms/config.toml:11:19: `keep` must hold columns (or JSON pointers), and the values that count
  11 | keep = { labels = [] }
     |                   ^^
     = for example keep = { status = ["published", "live"] }

2 problems"#,
        },
        // A button that could lead nowhere.
        Mistake {
            text: r#"[haptik]
base_url = "sandbox"

[[bot]]
domain_name = "demo"
upload_effect = "merge"

[[bot.source]]
folder = "export"
read_more = "Read more"
fields = { answer = "body" }
"#,
            told: r#"
/etc/kms/config.toml:10:13: `read_more` is not used
  10 | read_more = "Read more"
     |             ^^^^^^^^^^^
     = say where an article has its address, for example url = "html_url" in [bot.source.fields]

1 problem"#,
        },
        // A source with many mistakes.
        Mistake {
            text: r#"[haptik]
base_url = "sandbox"

[[bot]]
domain_name = "demo"
upload_effect = "merge"

[[bot.source]]
folder = "~/export"
include = []
exclude = ["a[", "/tmp/*", "x", "x"]
delimiter = "^"
items = "data"
every = "0s"
fields = { id = 12345, question = ["/a~b", 3] }
limits = { max_files = -1, max_file_bytes = "1TB" }
"#,
            told: r#"
/etc/kms/config.toml:9:10: `folder` begins with ~, which only a shell understands
  9 | folder = "~/export"
    |          ^^^^^^^^^^
    = write the whole path

/etc/kms/config.toml:10:11: `include` is an empty list
  10 | include = []
     |           ^^
     = leave `include` out instead

/etc/kms/config.toml:11:12: `exclude` holds a bad glob: unclosed character class; missing ']'
  11 | exclude = ["a[", "/tmp/*", "x", "x"]
     |            ^^^^
     = for example "**/*.csv"; write [*] for a real *

/etc/kms/config.toml:11:18: `exclude` holds a glob that cannot match inside the folder
  11 | exclude = ["a[", "/tmp/*", "x", "x"]
     |                  ^^^^^^^^
     = globs are relative to the folder, for example "**/*.csv"

/etc/kms/config.toml:11:33: `exclude` holds the same text twice
  11 | exclude = ["a[", "/tmp/*", "x", "x"]
     |                                 ^^^
     = take one out

/etc/kms/config.toml:12:13: `delimiter` must be ",", ";", "\t", "|", "comma", "semicolon", "tab" or "pipe"
  12 | delimiter = "^"
     |             ^^^
     = Delimited text: what separates the columns; without it, it is detected.

/etc/kms/config.toml:13:9: `items` is not a JSON pointer
  13 | items = "data"
     |         ^^^^^^
     = a JSON pointer begins with /, for example "/data/articles"

/etc/kms/config.toml:14:9: `every` must be longer than zero
  14 | every = "0s"
     |         ^^^^
     = the default is every = "5m"

/etc/kms/config.toml:15:17: `id` must be a string, or a list of strings, not a whole number
  15 | fields = { id = 12345, question = ["/a~b", 3] }
     |                 ^^^^^
     = for example id = "article_id"

/etc/kms/config.toml:15:36: `question` holds a bad JSON pointer
  15 | fields = { id = 12345, question = ["/a~b", 3] }
     |                                    ^^^^^^
     = in a JSON pointer, write ~0 for ~ and ~1 for /

/etc/kms/config.toml:15:44: `question` must hold texts, not a whole number
  15 | fields = { id = 12345, question = ["/a~b", 3] }
     |                                            ^
     = for example question = ["title", "other_questions"]

/etc/kms/config.toml:16:24: `max_files` must be from 1 to 10000000
  16 | limits = { max_files = -1, max_file_bytes = "1TB" }
     |                        ^^
     = the default is max_files = 10000

/etc/kms/config.toml:16:45: `max_file_bytes` is not a size
  16 | limits = { max_files = -1, max_file_bytes = "1TB" }
     |                                             ^^^^^
     = write a number of bytes, or text such as "64KiB", "512MiB" or "1GiB"

13 problems"#,
        },
        // Feeds.
        Mistake {
            text: r#"[haptik]
base_url = "sandbox"

[[bot]]
domain_name = "demo"
upload_effect = "merge"

[[bot.source]]
feed = "http://kms.acme.com"
preset = "zendesk"
include = ["*.csv"]
auth = "Bearer s3cr3t"
path = "articles"
keep = { draft = false }
headers = { Authorization = "s3cr3t" }

[bot.source.paging]
mode = "next_url"
rel = "next"

[[bot.source]]
feed = "https://bot:s3cr3t@kms.acme.com/?key=s3cr3t"
auth = { kind = "basic", token = "s3cr3t" }
paging = { mode = "next_url" }

[[bot.source]]
folder = "export"
query = { a = 1 }
"#,
            told: r#"
/etc/kms/config.toml:9:8: `feed` is plain http, which would send credentials unencrypted
  9 | feed = "http://kms.acme.com"
    |        ^^^^^^^^^^^^^^^^^^^^^
    = write https://, or allow_plain_http = true in [[bot.source]] if you must

/etc/kms/config.toml:10:10: `preset` must be "confluence-cloud", "confluence-server", "document360", "drupal-jsonapi", "dynamics-365", "freshdesk", "ghost", "google-sheets", "guru", "helpjuice", "hubspot", "intercom", "mediawiki", "plone", "rss", "salesforce-knowledge", "servicenow", "sharepoint-file", "strapi", "wagtail", "wordpress", "zendesk-guide" or "zoho-desk"
  10 | preset = "zendesk"
     |          ^^^^^^^^^
     = did you mean "zendesk-guide"?

/etc/kms/config.toml:11:11: `include` has no meaning for a feed
  11 | include = ["*.csv"]
     |           ^^^^^^^^^
     = a source is either a folder or a feed; take it out

/etc/kms/config.toml:12:8: `auth` must be a table, not text
  12 | auth = "…"
     |        ^^^
     = write [bot.source.auth], and its keys below it

/etc/kms/config.toml:14:18: `keep` must hold JSON pointers, and the values that count
  14 | keep = { draft = false }
     |                  ^^^^^
     = for example keep = { "/status" = ["published", "live"] }

/etc/kms/config.toml:15:29: `headers` must not hold credentials
  15 | headers = { Authorization = "…" }
     |                             ^^^
     = write auth = { kind = "header", name = "Authorization", token = { env = "KMS_TOKEN" } }

/etc/kms/config.toml:19:7: `rel` has no meaning with mode = "next_url"
  19 | rel = "next"
     |       ^^^^^^
     = take `rel` out

/etc/kms/config.toml:22:8: `feed` must not hold a user name or password
  22 | feed = "…"
     |        ^^^
     = take out what stands before the @, and write it in [bot.source.auth]

/etc/kms/config.toml:23:8: `user` is missing in [bot.source.auth]
  23 | auth = { kind = "…", token = "…" }
     |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^
     = add user = "bot@acme.com/token"
     = Basic: the user; the token is the password. OAuth2 with "jwt_bearer": as whom it asks; without it as the client.

/etc/kms/config.toml:24:10: `next` is missing in [bot.source.paging]
  24 | paging = { mode = "next_url" }
     |          ^^^^^^^^^^^^^^^^^^^^^
     = add next = "/links/next"
     = next_url, cursor and merge_object: the JSON pointer to the URL, cursor or object; the last page has none. page and offset: the pointer to a value that is there while there are more pages; without it the usual places are used, and with "" none.

/etc/kms/config.toml:28:9: `query` has no meaning for a folder
  28 | query = { a = 1 }
     |         ^^^^^^^^^
     = a source is either a folder or a feed; take it out

11 problems"#,
        },
        // What is asked for by itself, and what is switched off.
        Mistake {
            text: r#"[haptik]
base_url = "sandbox"

[[bot]]
domain_name = "demo"
upload_effect = "merge"

[[bot.source]]
feed = "https://kms.acme.com"
fields = { id = ["/id", "/locale"] }
by_id = { path = "/articles/{article.id}" }

[[bot.source]]
feed = "https://kb.acme.com"
by_id = { path = "/articles/{item.id}", gone = ["401", "429"] }
paging = { mode = "none", next = "/next", total = "" }
"#,
            told: r#"
/etc/kms/config.toml:11:9: `by_id` cannot be used with an id of several parts
  11 | by_id = { path = "…" }
     |         ^^^^^^^^^^^^^^
     = take `by_id` out: what a list lacks is then looked for by reading the list again

/etc/kms/config.toml:15:18: nothing fills in {item.…} in `path`
  15 | by_id = { path = "…", gone = ["401", "429"] }
     |                  ^^^
     = known here: article

/etc/kms/config.toml:15:56: `gone` holds something else than a status that refuses
  15 | by_id = { path = "…", gone = ["401", "429"] }
     |                                      ^^^^^
     = for example gone = ["401"]

/etc/kms/config.toml:16:34: `next` has no meaning with mode = "none"
  16 | paging = { mode = "none", next = "/next", total = "" }
     |                                  ^^^^^^^
     = take `next` out

4 problems"#,
        },
    ]);
}
