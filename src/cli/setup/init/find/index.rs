//! What an API says of its lists at the address where it begins: `OpenAPI`, `OData`, JSON:API, HAL, and pages
//! that hold nothing but addresses. Pure.

use reqwest::Url;
use serde_json::{Map, Value};

use super::discover::folder;

/// What lists of articles are called, the likeliest first.
const WORDS: [&str; 8] = [
    "article",
    "faq",
    "knowledge",
    "document",
    "post",
    "page",
    "solution",
    "question",
];

/// Relations that lead from one page of a list to another, and to no other list.
const WITHIN: [&str; 9] = [
    "self", "first", "last", "next", "prev", "previous", "related", "profile", "curies",
];

/// What an API begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ApiIndex {
    /// The list that seems to be one of articles.
    List(Url),
    /// Several lists, by their names, none of which seems to be.
    Unclear(Vec<String>),
}

/// A list, and what it is called.
type Named = (String, Url);

/// The lists that a page names, unless it is a list itself.
pub(crate) fn of_api(url: &Url, page: &Value) -> Option<ApiIndex> {
    let entries = page.as_object()?;
    let lists = of_openapi(url, entries)
        .or_else(|| of_odata(url, entries))
        .or_else(|| of_links(url, entries, "links", "data"))
        .or_else(|| of_links(url, entries, "_links", "_embedded"))
        .or_else(|| of_addresses(url, entries))?;
    let lists: Vec<Named> = lists
        .into_iter()
        .filter(|(_, list)| list.origin() == url.origin())
        .collect();
    match &lists[..] {
        [] => None,
        [(_, only)] => Some(ApiIndex::List(only.clone())),
        several => Some(match likeliest(several) {
            Some(list) => ApiIndex::List(list.clone()),
            None => ApiIndex::Unclear(several.iter().map(|(name, _)| name.clone()).collect()),
        }),
    }
}

fn likeliest(lists: &[Named]) -> Option<&Url> {
    WORDS.iter().find_map(|word| {
        let mut lists = lists.iter();
        let found = lists.find(|(name, _)| name.to_lowercase().contains(word));
        found.map(|(_, list)| list)
    })
}

/// Lists without a parameter in their path; what else there is, is no list.
fn of_openapi(url: &Url, page: &Map<String, Value>) -> Option<Vec<Named>> {
    if !page.contains_key("openapi") && !page.contains_key("swagger") {
        return None;
    }
    let server = page
        .get("servers")
        .and_then(|servers| servers.pointer("/0/url"));
    let server = server.or_else(|| page.get("basePath"));
    let server = server.and_then(Value::as_str).unwrap_or("/");
    let base = url.join(server).ok()?;
    let base = if base.origin() == url.origin() {
        base
    } else {
        folder(url)
    };
    let base = base.as_str().trim_end_matches('/');
    let paths = page.get("paths")?.as_object()?.iter();
    let lists = paths.filter(|(path, actions)| !path.contains('{') && actions.get("get").is_some());
    let lists = lists.filter_map(|(path, _)| {
        let name = path.rsplit('/').next().unwrap_or_default();
        Some((name.to_owned(), Url::parse(&format!("{base}{path}")).ok()?))
    });
    Some(lists.collect())
}

/// The service document: entity sets, and what else has an address.
fn of_odata(url: &Url, page: &Map<String, Value>) -> Option<Vec<Named>> {
    let context = page
        .get("@odata.context")
        .or_else(|| page.get("odata.metadata"));
    let context = url.join(context?.as_str()?).ok()?;
    // That of a list says which one it is.
    if !context.path().ends_with("/$metadata") || context.fragment().is_some() {
        return None;
    }
    let sets = page.get("value")?.as_array()?.iter();
    let is_set = |set: &&Value| set.get("kind").is_none_or(|kind| kind == "EntitySet");
    let sets = sets.filter(is_set).filter_map(|set| {
        let name = set.get("name")?.as_str()?;
        Some((
            name.to_owned(),
            context.join(set.get("url")?.as_str()?).ok()?,
        ))
    });
    Some(sets.collect())
}

/// Links, where nothing stands beside them that would be a list.
fn of_links(url: &Url, page: &Map<String, Value>, links: &str, list: &str) -> Option<Vec<Named>> {
    let is_empty = |list: &Value| {
        list.is_null() || list.as_array().is_some_and(Vec::is_empty) || *list == Value::Bool(false)
    };
    if !page.get(list).is_none_or(is_empty) {
        return None;
    }
    let links = page.get(links)?.as_object()?.iter();
    let links = links.filter(|(name, _)| !WITHIN.contains(&name.as_str()));
    let links = links.filter_map(|(name, link)| {
        let target = link.as_str().or_else(|| link.get("href")?.as_str())?;
        // What can be added to it stands in braces.
        let target = target.split('{').next()?;
        Some((name.clone(), url.join(target).ok()?))
    });
    Some(links.collect())
}

/// A page in which every value is an address, as the one where the API of a Django begins.
fn of_addresses(url: &Url, page: &Map<String, Value>) -> Option<Vec<Named>> {
    let addresses = page.iter().map(|(name, value)| {
        let target = value.as_str()?;
        let is_address = target.starts_with("http") || target.starts_with('/');
        Some((name.clone(), url.join(target).ok().filter(|_| is_address)?))
    });
    addresses.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_api_names_its_lists() {
        let list = |at: &str| Some(ApiIndex::List(at.parse().unwrap()));
        let cases = [
            (
                json!({"openapi": "3.1.0", "servers": [{"url": "/api/v1"}], "paths": {"/users": {"get": {}},
                    "/articles/{id}": {"get": {}}, "/kb-articles": {"get": {}, "post": {}}, "/articles": {"post": {}}}}),
                list("https://kb.acme.com/api/v1/kb-articles"),
            ),
            (json!({"openapi": "3.1.0", "paths": {}}), None),
            (
                json!({"@odata.context": "https://kb.acme.com/odata/$metadata", "value": [
                    {"name": "Users", "kind": "EntitySet", "url": "Users"}, {"name": "KbArticles", "kind": "EntitySet", "url": "KbArticles"},
                    {"name": "ArticleOfTheDay", "kind": "Singleton", "url": "Today"}]}),
                list("https://kb.acme.com/odata/KbArticles"),
            ),
            (
                json!({"@odata.context": "$metadata#Articles", "value": [{"name": "x", "url": "y"}]}),
                None,
            ),
            (
                json!({"jsonapi": {"version": "1.1"}, "links": {"self": "/api", "faqs": {"href": "/api/faqs"}, "people": "/api/people"}}),
                list("https://kb.acme.com/api/faqs"),
            ),
            (
                json!({"_links": {"articles": {"href": "https://kb.acme.com/api/articles{?page,size}", "templated": true}, "profile": {"href": "/api/profile"}}}),
                list("https://kb.acme.com/api/articles"),
            ),
            (
                json!({"users": "https://kb.acme.com/api/users/", "help/articles": "https://kb.acme.com/api/help/articles/"}),
                list("https://kb.acme.com/api/help/articles/"),
            ),
            (
                json!({"a": "https://kb.acme.com/a", "b": "/b"}),
                Some(ApiIndex::Unclear(vec!["a".to_owned(), "b".to_owned()])),
            ),
            // Lists, an article, and what leads away.
            (
                json!({"data": [{"id": 1}], "links": {"articles": "/api/articles"}}),
                None,
            ),
            (
                json!({"data": [], "links": {"self": "/api/faqs", "first": "/api/faqs?page=1"}}),
                None,
            ),
            (
                json!({"url": "https://kb.acme.com/faq/1", "title": "q"}),
                None,
            ),
            (
                json!({"articles": "https://elsewhere.example/articles"}),
                None,
            ),
            (json!({}), None),
            (json!([]), None),
        ];
        let url = Url::parse("https://kb.acme.com/api").unwrap();
        for (page, expected) in cases {
            assert_eq!(of_api(&url, &page), expected, "{page}");
        }
    }
}
