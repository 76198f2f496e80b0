//! What of a bot's configuration decides which steps it has, as it is kept in the state.

use serde_json::json;

use crate::config::{Bot, SourceHolds, SourceKind};
use crate::intake::{digest, source_digests};
use crate::model::{Aspect, Fingerprint, FingerprintPart};

/// The fingerprint of a bot's configuration.
pub(crate) fn bot_fingerprint(bot: &Bot) -> Fingerprint {
    let template = (FingerprintPart::NodeName, digest(json!(bot.node_name)));
    // User messages beside the articles add no step and take none away.
    let sources = bot.sources.iter();
    let sources = sources.filter(|source| source.holds == SourceHolds::Articles);
    let sources = sources.flat_map(|source| {
        let digests = source_digests(source);
        let place = match source.kind {
            SourceKind::Folder(_) => Aspect::Folder,
            SourceKind::Feed(_) => Aspect::Feed,
        };
        let reading = digests
            .reading
            .map(|reading| (Aspect::Reading, reading.to_owned()));
        let parts = [
            (place, digests.place),
            (Aspect::Filter, digests.filter),
            (Aspect::Mapping, digests.mapping),
        ];
        let parts = parts.into_iter().chain(reading);
        parts.map(|(aspect, digest)| (FingerprintPart::Source(source.name.clone(), aspect), digest))
    });
    Fingerprint::new(std::iter::once(template).chain(sources).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    const CONFIGURATION: &str = r#"
[haptik]
base_url = "sandbox"
client_id = "acme"

[[bot]]
domain_name = "acme_support"
upload_effect = "merge"
node_name = "kb-{{ id }}"

[[bot.source]]
name = "files"
folder = "/kms/export"
include = ["**/*.csv"]
exclude = ["old/**"]
read = "newest"
items = "/articles"
format = "csv"
encoding = "windows-1252"
sheet = "FAQ"
header = true
delimiter = ";"
keep = { state = ["live", "old"] }
locale = "en"
locale_field = "language"
body = "html"
bubble_max_chars = 200
split = "headings"
[bot.source.fields]
id = ["nr", "part"]
question = "title"
question_else = "name"
answer = "body"
answer_else = "summary"

[[bot.source]]
name = "files as they come"
folder = "/kms/other"

[[bot.source]]
name = "pages"
feed = "https://kms.example.com"
path = "/folders/{folder.id}/articles"
query = { status = "live" }
headers = { Accept = "application/json", X-Key = { env = "KMS_KEY" } }
auth = { kind = "basic", user = "bot", token = { env = "KMS_TOKEN" } }
items = "/articles"
keep = { "/draft" = false }
locale = "en"
locale_field = "/lang"
valid_to = "/until"
labels = "/labels/*/name"
with_labels = ["public"]
without_labels = ["internal"]
labels_as_questions = true
paging = { mode = "page", pages = "/pages" }
detail = { path = "/articles/{item.id}", item = "/article", unchanged = "/updated" }
fields = { id = "/id", question = "/title", answer = "/body" }
[[bot.source.parents]]
name = "folder"
path = "/folders"
below = "/folders/{folder.id}/folders"
items = "/folders"
keep = { "/public" = true }
paged = true

[[bot.source]]
name = "one file"
feed = "https://kms.example.com/faq.csv"
format = "csv"

[[bot.source]]
name = "news"
feed = "https://kms.example.com/rss"
format = "rss"
lists_all = true
"#;

    /// Where this fails, every bot in the field would have its removals held once, because the state says
    /// something else of the same configuration. If that is meant, raise the version of the form
    /// (`model/configuration_fingerprint.rs`), and then accept what is printed.
    #[test]
    fn the_same_configuration_has_the_same_fingerprint_in_every_release() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kms-haptik-sync.toml");
        std::fs::write(&path, CONFIGURATION).unwrap();
        let config =
            Config::load(&path, Vec::<(String, String)>::new()).unwrap_or_else(|problems| {
                panic!("{}", problems.render(false));
            });
        let fingerprint = bot_fingerprint(&config.bots[0]);
        let stored = serde_json::to_string_pretty(&fingerprint).unwrap();
        assert_eq!(stored, GOLDEN, "{stored}");
    }

    /// A version of this program that reads pages in another way has other steps for them.
    #[test]
    fn how_pages_are_read_is_part_of_it_where_a_source_may_have_some() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kms-haptik-sync.toml");
        let fingerprint = |include: &str| {
            let text = CONFIGURATION.replacen(r#"include = ["**/*.csv"]"#, include, 1);
            let text = text.replacen("format = \"csv\"\nencoding", "encoding", 1);
            let text = text.replacen("split = \"headings\"\n", "", 1);
            std::fs::write(&path, text).unwrap();
            let config = Config::load(&path, Vec::<(String, String)>::new());
            let config = config.unwrap_or_else(|problems| panic!("{}", problems.render(false)));
            bot_fingerprint(&config.bots[0])
        };
        let pages = fingerprint(r#"include = ["**/*.{csv,md}"]"#);
        let reading = FingerprintPart::Source("files".to_owned(), Aspect::Reading);
        let filter = FingerprintPart::Source("files".to_owned(), Aspect::Filter);
        let differing = pages.differing(&fingerprint(r#"include = ["**/*.csv"]"#));
        assert_eq!(differing, [filter, reading.clone()]);
        assert!(reading.in_words().contains("pages"));
    }

    const GOLDEN: &str = r#"{
  "version": 1,
  "parts": {
    "node_name": "c0d6314a2c43ec3d",
    "source.files.folder": "11032a2ab6cea1f2",
    "source.files.filter": "bd1ee8fa0292bfa6",
    "source.files.mapping": "d72104f9037f4094",
    "source.files.reading": "2",
    "source.files as they come.folder": "bbd65acb2ad95b70",
    "source.files as they come.filter": "2f5d1abb90f7a6ac",
    "source.files as they come.mapping": "80c1331f9abdbf78",
    "source.news.feed": "5e1e858475dbb959",
    "source.news.filter": "2d2f0d5c49fde12c",
    "source.news.mapping": "80c1331f9abdbf78",
    "source.one file.feed": "33787805458e3d2a",
    "source.one file.filter": "977392e7b47742bd",
    "source.one file.mapping": "80c1331f9abdbf78",
    "source.pages.feed": "0aa41b8c112de70e",
    "source.pages.filter": "82e03e875b7cee28",
    "source.pages.mapping": "f0ac983d14af6649"
  }
}"#;
}
