//! A WordPress: where its API is, and in what it then differs from the preset. Pure.

use reqwest::Url;

use super::discover::{above, folder};
use super::software::Software;

/// What of a post the preset reads.
const FIELDS: &str = "_fields=id,title,content,status,link,modified_gmt";

/// One whose pages say that its API is here. Where its permalinks are plain, that has no path of its own.
pub(crate) fn at(api: &Url) -> Software {
    if let Some(site) = above(api, "/wp-json") {
        return Software::new("wordpress", site);
    }
    let mut found = Software::new("wordpress", folder(api));
    if is_plain(api) {
        let route = "/index.php?rest_route=/wp/v2";
        found.settings = vec![
            "# Its permalinks are plain, so its API has no path of its own.".to_owned(),
            "path = \"/index.php\"".to_owned(),
            "query = { rest_route = \"/wp/v2/posts\" }".to_owned(),
            format!("auth_check = \"{route}/users/me\""),
            by_id(&format!("{route}/posts/{{article.id}}&{FIELDS}")),
        ];
    }
    found
}

/// One whose API answers here and says what it is.
pub(crate) fn at_its_api(url: &Url) -> Option<Software> {
    let is_its = above(url, "/wp-json").is_some() || is_plain(url);
    is_its.then(|| at(url))
}

/// Posts of a kind, which may be another one than the preset reads.
pub(crate) fn posts(site: Url, kind: &str) -> Software {
    let mut found = Software::new("wordpress", site);
    if kind != "posts" {
        let path = format!("/wp-json/wp/v2/{kind}");
        found.settings = vec![
            "# Posts of another kind than `post`.".to_owned(),
            format!("path = \"{path}\""),
            by_id(&format!("{path}/{{article.id}}?{FIELDS}")),
        ];
    }
    found
}

/// What the preset has for its own path alone.
fn by_id(path: &str) -> String {
    format!("by_id = {{ path = \"{path}\", gone = [\"401\", \"403\"] }}")
}

fn is_plain(url: &Url) -> bool {
    url.query_pairs().any(|(name, _)| name == "rest_route")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wordpress_with_plain_permalinks_is_asked_by_its_query() {
        let site = |api: &str| {
            let found = at(&api.parse().unwrap());
            let is_plain = found
                .settings
                .iter()
                .any(|line| line.contains("rest_route"));
            (found.site.to_string(), is_plain)
        };
        for (api, expected, is_plain) in [
            (
                "https://www.acme.com/wp-json/",
                "https://www.acme.com/",
                false,
            ),
            (
                "https://www.acme.com/blog/index.php/wp-json/",
                "https://www.acme.com/blog/index.php",
                false,
            ),
            (
                "https://www.acme.com/blog/index.php?rest_route=/",
                "https://www.acme.com/blog",
                true,
            ),
            (
                "https://www.acme.com/?rest_route=/",
                "https://www.acme.com/",
                true,
            ),
        ] {
            assert_eq!(site(api), (expected.to_owned(), is_plain), "{api}");
        }
    }
}
