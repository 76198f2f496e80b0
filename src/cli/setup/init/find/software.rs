//! Software that is known by what it answers, whatever address of it a person has. Pure.

use reqwest::Url;
use serde_json::Value;

use super::discover::{above, folder};

/// What most pages are in Plone.
const PAGE_OF_PLONE: &str = "Document";

/// Software that is known by the shape of its JSON, or by its address: the preset, where it is, and
/// what of it the address speaks for.
pub(crate) fn by_shape(
    url: &Url,
    page: Option<&Value>,
) -> Option<(&'static str, Url, Option<String>)> {
    let after = |part: &str| {
        let (_, rest) = url.path().split_once(part)?;
        let rest = rest.trim_matches('/');
        (!rest.is_empty() && !rest.contains('/')).then(|| rest.to_owned())
    };
    if let Some(site) = above(url, "/ghost/api/content") {
        return Some(("ghost", site, None));
    }
    let page = page?;
    let first = |list: &str, pointer: &str| page.pointer(&format!("/{list}/0{pointer}"));
    if is_strapi(page)
        && let Some(site) = above(url, "/api/")
    {
        return Some(("strapi", site, part(url, "/api/")));
    }
    if let Some((site, kind)) = plone(url, page) {
        return Some(("plone", site, kind));
    }
    if page.pointer("/meta/total_count").is_some()
        && let Some(Value::String(kind)) = first("items", "/meta/type")
        && let Some(site) = above(url, "/api/v2/pages")
    {
        let named = url.query_pairs().find(|(key, _)| key == "type");
        let kind = named.map_or_else(|| kind.clone(), |(_, kind)| kind.into_owned());
        return Some(("wagtail", site, Some(kind)));
    }
    if page.get("jsonapi").is_some()
        && let (Some(site), Some(kind)) = (above(url, "/jsonapi/node/"), after("/jsonapi/node/"))
    {
        return Some(("drupal-jsonapi", site, Some(kind)));
    }
    let namespaces = page.get("namespaces").and_then(Value::as_array);
    if namespaces.is_some_and(|all| all.iter().any(|one| one == "wp/v2"))
        && let Some(site) = above(url, "/wp-json")
    {
        return Some(("wordpress", site, None));
    }
    None
}

/// Software that names itself beside an answer that says nothing else: the page of its administration,
/// or one that is not there.
pub(crate) fn by_header(url: &Url, powered_by: &str) -> Option<(&'static str, Url)> {
    let site = url.join("/").ok()?;
    powered_by.starts_with("Strapi").then_some(("strapi", site))
}

/// A list of Strapi 5, also an empty one, one entry of it, or the refusal of one.
fn is_strapi(page: &Value) -> bool {
    let Some(data) = page.get("data") else {
        return false;
    };
    let is_empty = data.as_array().is_some_and(Vec::is_empty);
    let counted = page.pointer("/meta/pagination/pageCount").is_some();
    let refused = page.pointer("/error/details").is_some()
        && page.pointer("/error/name").is_some_and(Value::is_string);
    data.pointer("/0/documentId").is_some()
        || data.get("documentId").is_some()
        || (is_empty && counted)
        || (data.is_null() && refused)
}

/// What follows in the path, up to the next part.
fn part(url: &Url, before: &str) -> Option<String> {
    let (_, rest) = url.path().split_once(before)?;
    let part = rest.split('/').next().filter(|part| !part.is_empty());
    part.map(str::to_owned)
}

/// A folder of Plone, or the one that a page of it lies in, and the type of what is read.
fn plone(url: &Url, page: &Value) -> Option<(Url, Option<String>)> {
    let is_api = url.path().contains("/++api++");
    if !is_api && page.get("@components").is_none() {
        return None;
    }
    let kind = page.get("@type").and_then(Value::as_str);
    let is_page = page.get("is_folderish") == Some(&Value::Bool(false));
    let site = match above(url, "/@search") {
        Some(site) => site,
        None if is_page => folder(url),
        None => url.clone(),
    };
    let kind = kind.filter(|_| is_page).unwrap_or(PAGE_OF_PLONE);
    Some((site, Some(kind.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn software_is_known_by_the_shape_of_its_answers() {
        let cases = [
            (
                "https://cms.acme.com/api/faqs?populate=*",
                "{\"data\": [{\"documentId\": \"a\"}]}",
                Some(("strapi", "https://cms.acme.com/", Some("faqs"))),
            ),
            (
                "https://www.acme.com/api/v2/pages/",
                "{\"meta\": {\"total_count\": 9}, \"items\": [{\"meta\": {\"type\": \"faq.FaqPage\"}}]}",
                Some(("wagtail", "https://www.acme.com/", Some("faq.FaqPage"))),
            ),
            (
                "https://www.acme.com/cms/jsonapi/node/faq",
                "{\"jsonapi\": {}, \"data\": []}",
                Some(("drupal-jsonapi", "https://www.acme.com/cms", Some("faq"))),
            ),
            (
                "https://blog.acme.com/ghost/api/content/posts/",
                "{}",
                Some(("ghost", "https://blog.acme.com/", None)),
            ),
            (
                "https://www.acme.com/wp-json/",
                "{\"namespaces\": [\"wp/v2\"]}",
                Some(("wordpress", "https://www.acme.com/", None)),
            ),
            (
                "https://cms.acme.com/api/faqs/vuovjqyilzjmk8idnpkzs5uh?locale=de",
                "{\"data\": {\"id\": 2, \"documentId\": \"vuovjqyilzjmk8idnpkzs5uh\"}, \"meta\": {}}",
                Some(("strapi", "https://cms.acme.com/", Some("faqs"))),
            ),
            (
                "https://cms.acme.com/api/articles",
                "{\"data\": [], \"meta\": {\"pagination\": {\"page\": 1, \"pageSize\": 25, \"pageCount\": 0, \"total\": 0}}}",
                Some(("strapi", "https://cms.acme.com/", Some("articles"))),
            ),
            (
                "https://cms.acme.com/api/articles",
                "{\"data\": null, \"error\": {\"status\": 403, \"name\": \"ForbiddenError\", \"message\": \"Forbidden\", \"details\": {}}}",
                Some(("strapi", "https://cms.acme.com/", Some("articles"))),
            ),
            (
                "https://www.acme.com/++api++/faq",
                "{\"@components\": {}, \"@id\": \"x\", \"@type\": \"Folder\", \"is_folderish\": true, \"items\": []}",
                Some((
                    "plone",
                    "https://www.acme.com/++api++/faq",
                    Some("Document"),
                )),
            ),
            (
                "https://www.acme.com/++api++/faq/offers",
                "{\"@components\": {}, \"@id\": \"x\", \"@type\": \"News Item\", \"is_folderish\": false}",
                Some((
                    "plone",
                    "https://www.acme.com/++api++/faq",
                    Some("News Item"),
                )),
            ),
            (
                "https://www.acme.com/++api++/faq/@search",
                "{\"@id\": \"x\", \"items\": [], \"items_total\": 0}",
                Some((
                    "plone",
                    "https://www.acme.com/++api++/faq",
                    Some("Document"),
                )),
            ),
            (
                "https://www.acme.com/++api++",
                "{\"message\": \"Missing permission\", \"type\": \"Unauthorized\"}",
                Some(("plone", "https://www.acme.com/++api++", Some("Document"))),
            ),
            (
                "https://www.acme.com/api/articles",
                "{\"data\": [{}]}",
                None,
            ),
            (
                "https://www.acme.com/api/articles",
                "{\"data\": null, \"error\": {\"code\": 403}}",
                None,
            ),
        ];
        for (address, body, expected) in cases {
            let page = serde_json::from_str(body).unwrap();
            let found = by_shape(&address.parse().unwrap(), Some(&page));
            let found = found
                .as_ref()
                .map(|(preset, site, scope)| (*preset, site.as_str(), scope.as_deref()));
            assert_eq!(found, expected, "{address}");
        }
    }
}
