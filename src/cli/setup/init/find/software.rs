//! Software that is known by what it answers, whatever address of it a person has. Pure.

use reqwest::Url;
use serde_json::Value;

use super::discover::{above, folder};
use super::wordpress;

/// What most pages are in Plone.
const PAGE_OF_PLONE: &str = "Document";

/// Where software usually answers that names its API on no page, or whose site has taken that away.
pub(crate) const USUAL: [&str; 3] = ["/api/v2/pages/", "/wp-json/", "/jsonapi"];

/// Software that a preset reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Software {
    pub(crate) preset: &'static str,
    /// Where it is.
    pub(crate) site: Url,
    /// What of it the address speaks for.
    pub(crate) scope: Option<String>,
    /// What that may be, where the address leaves it open.
    pub(crate) choices: Vec<String>,
    /// Lines of the configuration in which it differs from the preset.
    pub(crate) settings: Vec<String>,
}

impl Software {
    pub(crate) fn new(preset: &'static str, site: Url) -> Self {
        Self {
            preset,
            site,
            scope: None,
            choices: Vec::new(),
            settings: Vec::new(),
        }
    }

    pub(crate) fn of(mut self, scope: Option<String>) -> Self {
        self.scope = scope;
        self
    }

    /// Of several that were seen none is what the address speaks for.
    fn one_of(mut self, seen: Vec<String>) -> Self {
        match &seen[..] {
            [only] => self.scope = Some(only.clone()),
            _ => self.choices = seen,
        }
        self
    }
}

/// Software that is known by the shape of its JSON, or by its address.
pub(crate) fn by_shape(url: &Url, page: Option<&Value>) -> Option<Software> {
    if let Some(site) = above(url, "/ghost/api/content") {
        return Some(Software::new("ghost", site));
    }
    let page = page?;
    if is_strapi(page)
        && let Some(site) = above(url, "/api/").or_else(|| above_end(url, "/api"))
    {
        return Some(Software::new("strapi", site).of(part(url, "/api/")));
    }
    if let Some((site, kind)) = plone(url, page) {
        return Some(Software::new("plone", site).of(kind));
    }
    if let Some(wagtail) = wagtail(url, page) {
        return Some(wagtail);
    }
    if page.get("jsonapi").is_some()
        && let Some(drupal) = drupal(url, page)
    {
        return Some(drupal);
    }
    let namespaces = page.get("namespaces").and_then(Value::as_array);
    let is_wordpress = namespaces.is_some_and(|all| all.iter().any(|one| one == "wp/v2"));
    is_wordpress.then(|| wordpress::at_its_api(url)).flatten()
}

/// A list of pages, of the type that was asked for or of those that were seen.
fn wagtail(url: &Url, page: &Value) -> Option<Software> {
    page.pointer("/meta/total_count")?;
    let items = page.get("items")?.as_array()?.iter();
    let mut types: Vec<String> = Vec::new();
    for kind in items.filter_map(|item| item.pointer("/meta/type")?.as_str()) {
        if !types.iter().any(|known| known == kind) {
            types.push(kind.to_owned());
        }
    }
    let found = Software::new("wagtail", above(url, "/api/v2/pages")?);
    let named = url.query_pairs().find(|(key, _)| key == "type");
    match named {
        _ if types.is_empty() => None,
        Some((_, kind)) => Some(found.of(Some(kind.into_owned()))),
        None => Some(found.one_of(types)),
    }
}

/// A list of nodes or one of them, or what the API begins with, which names the content types.
fn drupal(url: &Url, page: &Value) -> Option<Software> {
    const NODES: &str = "/jsonapi/node/";
    if let (Some(site), Some(kind)) = (above(url, NODES), part(url, NODES)) {
        return Some(Software::new("drupal-jsonapi", site).of(Some(kind)));
    }
    let site = above_end(url, "/jsonapi")?;
    let links = page.get("links")?.as_object()?.keys();
    let types = links.filter_map(|name| name.strip_prefix("node--"));
    let types: Vec<String> = types.map(str::to_owned).collect();
    (!types.is_empty()).then(|| Software::new("drupal-jsonapi", site).one_of(types))
}

/// Software that names itself beside an answer that says nothing else: the page of its administration,
/// or one that is not there.
pub(crate) fn by_header(url: &Url, made_by: &str) -> Option<Software> {
    let preset = match made_by {
        made_by if made_by.starts_with("Strapi") => "strapi",
        made_by if made_by.starts_with("Drupal ") => "drupal-jsonapi",
        _ => return None,
    };
    Some(Software::new(preset, url.join("/").ok()?))
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

/// An address without what its path ends with.
fn above_end(url: &Url, end: &str) -> Option<Url> {
    let is_end = url.path().trim_end_matches('/').ends_with(end);
    above(url, end).filter(|_| is_end)
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

    /// An address, what it answers, and the preset, site and scope that it speaks for.
    type Case<'c> = (
        &'c str,
        &'c str,
        Option<(&'c str, &'c str, Option<&'c str>)>,
    );

    #[track_caller]
    fn check(cases: &[Case]) {
        for (address, body, expected) in cases {
            let page = serde_json::from_str(body).unwrap();
            let found = by_shape(&address.parse().unwrap(), Some(&page));
            let found = found
                .as_ref()
                .map(|found| (found.preset, found.site.as_str(), found.scope.as_deref()));
            assert_eq!(found, *expected, "{address}");
        }
    }

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
                "https://cms.acme.com/api",
                "{\"data\": null, \"error\": {\"status\": 404, \"name\": \"NotFoundError\", \"message\": \"Not Found\", \"details\": {}}}",
                Some(("strapi", "https://cms.acme.com/", None)),
            ),
            (
                "https://www.acme.com/jsonapi/node/faq/3c655cc6",
                "{\"jsonapi\": {}, \"data\": {}}",
                Some(("drupal-jsonapi", "https://www.acme.com/", Some("faq"))),
            ),
            (
                "https://www.acme.com/jsonapi",
                "{\"jsonapi\": {}, \"data\": [], \"links\": {\"node--faq\": {}}}",
                Some(("drupal-jsonapi", "https://www.acme.com/", Some("faq"))),
            ),
            (
                "https://www.acme.com/jsonapi",
                "{\"jsonapi\": {}, \"data\": [], \"links\": {\"articles\": {}}}",
                None,
            ),
            (
                "https://www.acme.com/?rest_route=/",
                "{\"namespaces\": [\"wp/v2\"]}",
                Some(("wordpress", "https://www.acme.com/", None)),
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
        check(&cases);
    }

    #[test]
    fn a_plone_is_known_by_any_page_of_its_api() {
        check(&[
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
        ]);
    }

    #[test]
    fn of_several_types_none_is_proposed() {
        for (address, body, expected) in [
            (
                "https://www.acme.com/api/v2/pages/",
                "{\"meta\": {\"total_count\": 9}, \"items\": [{\"meta\": {\"type\": \"home.HomePage\"}}, {\"meta\": {\"type\": \"faq.FaqPage\"}}, {\"meta\": {\"type\": \"faq.FaqPage\"}}]}",
                ["home.HomePage", "faq.FaqPage"],
            ),
            (
                "https://www.acme.com/de/jsonapi",
                "{\"jsonapi\": {}, \"data\": [], \"links\": {\"self\": {}, \"node--faq\": {}, \"node--page\": {}, \"user--user\": {}}}",
                ["faq", "page"],
            ),
        ] {
            let page = serde_json::from_str(body).unwrap();
            let found = by_shape(&address.parse().unwrap(), Some(&page)).unwrap();
            assert_eq!(
                (found.scope, found.choices),
                (None, expected.map(str::to_owned).to_vec())
            );
        }
    }

    #[test]
    fn some_software_names_itself_in_a_header() {
        let url = Url::parse("https://www.acme.com/faq/password").unwrap();
        for (made_by, expected) in [
            ("Strapi <strapi.io>", Some("strapi")),
            ("Drupal 11 (https://www.drupal.org)", Some("drupal-jsonapi")),
            ("PHP/8.4", None),
        ] {
            let found = by_header(&url, made_by);
            let found = found.map(|found| (found.preset, found.site.to_string()));
            let expected = expected.map(|preset| (preset, "https://www.acme.com/".to_owned()));
            assert_eq!(found, expected, "{made_by}");
        }
    }
}
