//! What a page for people, or a description of an API, says of where the articles are. Pure.

use reqwest::Url;
use scraper::{Html, Selector};

use super::software::Software;
use super::wordpress;

/// Where to go on from a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lead {
    /// What a preset reads.
    Software(Software),
    /// The pages of one namespace of a `DokuWiki`, as RSS.
    Namespace { name: String, list: Url },
    /// This address says more.
    Look(Url),
}

impl Lead {
    fn preset(preset: &'static str, site: Url) -> Self {
        Self::Software(Software::new(preset, site))
    }
}

/// So much of a name is told.
const LONGEST_NAME: usize = 60;

/// More pages than a namespace has; `DokuWiki` lists twenty where it is not told.
const PAGES_OF_NAMESPACE: &str = "10000";

/// What a web page says, and the `Link` headers that came with it.
pub(crate) fn of_page(url: &Url, links: &[String], page: &str) -> Option<Lead> {
    let html = Html::parse_document(page);
    let href = |selector: &str| {
        let selector = Selector::parse(selector).ok()?;
        let element = html.select(&selector).next()?;
        url.join(element.value().attr("href")?).ok()
    };
    if ["<urlset", "<sitemapindex"]
        .iter()
        .any(|tag| page.contains(tag))
        && url.path() != "/"
    {
        // A sitemap names pages, and holds no texts.
        return Some(Lead::Look(url.join("/").ok()?));
    }
    if page.contains("<rss")
        && let Some(blog) = of_rss(url, page)
    {
        return Some(blog);
    }
    let generator = generator(&html).unwrap_or_default();
    // An address that leads away is not this knowledge base's.
    let here = |found: &Url| found.host_str() == url.host_str();
    let wiki = href("link[rel=EditURI]").filter(here);
    let wiki = wiki.and_then(|edit| above(&edit, "/api.php"));
    let wiki = wiki.or_else(|| generator.starts_with("MediaWiki ").then(|| folder(url)));
    if let Some(site) = wiki {
        let wiki = Software::new("mediawiki", site).of(category(page));
        return Some(Lead::Software(wiki));
    }
    let api = linked(links, "https://api.w.org/").and_then(|target| url.join(target).ok());
    let api = api.or_else(|| href("link[rel='https://api.w.org/']"));
    if let Some(api) = api.filter(here) {
        return Some(Lead::Software(wordpress::at(&api)));
    }
    if let Some(found) = help_centre(url, &html, page) {
        return Some(Lead::Software(found));
    }
    let feed = href("link[rel=alternate][type='application/rss+xml']").filter(here);
    if generator.starts_with("Ghost ") {
        // The canonical address is that of the post.
        let site = feed.and_then(|feed| above(&feed, "/rss"));
        let site = site.or_else(|| url.join("/").ok())?;
        return Some(Lead::preset("ghost", site));
    }
    if generator.starts_with("Drupal ") {
        let drupal = Software::new("drupal-jsonapi", url.join("/").ok()?);
        return Some(Lead::Software(drupal.of(content_type(&html))));
    }
    if generator.starts_with("Plone") {
        return plone(url, &html).map(Lead::Look);
    }
    if generator == "DokuWiki"
        && let Some(feed) = &feed
    {
        return Some(namespace(feed, page));
    }
    if page.contains("ghost-admin/")
        && let Some(site) = above(url, "/ghost")
    {
        return Some(Lead::preset("ghost", site));
    }
    let described = linked(links, "service-desc").and_then(|target| url.join(target).ok());
    let described = described.or_else(|| href("link[rel=service-desc]"));
    if let Some(described) = described.filter(here) {
        return Some(Lead::Look(described));
    }
    let feeds = ["application/rss+xml", "application/atom+xml"];
    feeds
        .iter()
        .find_map(|kind| href(&format!("link[rel=alternate][type='{kind}']")))
        .filter(here)
        .map(|feed| Lead::preset("rss", feed))
}

/// Where a blog that is known has all of what its RSS has the newest of.
fn of_rss(url: &Url, page: &str) -> Option<Lead> {
    let text = |element: &str| {
        let (_, rest) = page.split_once(&format!("<{element}>"))?;
        let (text, _) = rest.split_once(&format!("</{element}>"))?;
        Some(text.trim())
    };
    let preset = match text("generator")? {
        made if made.starts_with("https://wordpress.org/") => "wordpress",
        made if made.starts_with("Ghost ") => "ghost",
        _ => return None,
    };
    let site = url.join(text("link")?).ok()?;
    (site.host_str() == url.host_str()).then(|| Lead::preset(preset, site))
}

/// What a page says that made it, where nothing of that is known.
pub(crate) fn made_by(page: &str) -> Option<String> {
    let html = Html::parse_document(page);
    let name = generator(&html).map(str::trim);
    let name = name.filter(|name| !name.is_empty())?;
    Some(name.chars().take(LONGEST_NAME).collect())
}

fn generator(html: &Html) -> Option<&str> {
    // Drupal writes it with a capital.
    meta(html, "generator i")
}

fn meta<'p>(html: &'p Html, name: &str) -> Option<&'p str> {
    let meta = Selector::parse(&format!("meta[name={name}]")).ok()?;
    html.select(&meta).next()?.value().attr("content")
}

/// A help centre or wiki on a host of its owner's, by what all of its pages have.
fn help_centre(url: &Url, html: &Html, page: &str) -> Option<Software> {
    if page.contains("static.zdassets.com/hc/") && above(url, "/hc").is_some() {
        return Some(Software::new("zendesk-guide", url.join("/").ok()?));
    }
    let context = meta(html, "confluence-context-path")?;
    let mut site = url.join("/").ok()?;
    site.set_path(context);
    let space = meta(html, "confluence-space-key").filter(|key| !key.is_empty());
    Some(Software::new("confluence-server", site).of(space.map(str::to_owned)))
}

/// The content type that a page of Drupal is of, as its themes write it for their styles.
fn content_type(html: &Html) -> Option<String> {
    let body = Selector::parse("body").ok()?;
    let mut classes = html.select(&body).next()?.value().classes();
    let kind = classes.find_map(|class| class.strip_prefix("page-node-type-"))?;
    Some(kind.replace('-', "_"))
}

/// The category that a page of MediaWiki is about, by what it says to its scripts.
fn category(page: &str) -> Option<String> {
    let is_category = page.contains("\"wgCanonicalNamespace\":\"Category\"");
    let (_, title) = page.split_once("\"wgTitle\":").filter(|_| is_category)?;
    let mut values = serde_json::Deserializer::from_str(title).into_iter::<String>();
    values.next()?.ok()
}

/// Where the API of a Plone says the same as a page.
fn plone(url: &Url, html: &Html) -> Option<Url> {
    let body = Selector::parse("body").ok()?;
    let body = html.select(&body).next();
    let root = body.and_then(|body| body.value().attr("data-portal-url"));
    let root = root.and_then(|root| url.join(root).ok());
    let root = root.filter(|root| root.origin() == url.origin());
    let root = root.map_or_else(String::new, |root| {
        root.path().trim_end_matches('/').to_owned()
    });
    let rest = url.path().strip_prefix(&root)?;
    let mut api = folder(url);
    api.set_path(&format!("{root}/++api++{}", rest.trim_end_matches('/')));
    Some(api)
}

/// The usual feed of a `DokuWiki` has its last changes alone; asked for a namespace, it has every page of it.
fn namespace(feed: &Url, page: &str) -> Lead {
    let name = page.split_once("var NS='").and_then(|(_, rest)| {
        let (name, _) = rest.split_once('\'')?;
        Some(name.to_owned())
    });
    let name = name.unwrap_or_default();
    let mut list = feed.clone();
    list.query_pairs_mut()
        .clear()
        .append_pair("mode", "list")
        .append_pair("ns", &name)
        .append_pair("type", "rss2")
        .append_pair("linkto", "current")
        .append_pair("content", "html")
        .append_pair("num", PAGES_OF_NAMESPACE);
    Lead::Namespace { name, list }
}

/// The target of the first `Link` with this relation.
fn linked<'l>(links: &'l [String], relation: &str) -> Option<&'l str> {
    links
        .iter()
        .flat_map(|line| line.split(", <"))
        .find_map(|link| {
            let (target, about) = link.trim_start_matches('<').split_once('>')?;
            about.contains(relation).then_some(target)
        })
}

/// An address up to where its path has this.
pub(crate) fn above(url: &Url, part: &str) -> Option<Url> {
    let at = url.path().find(part)?;
    let mut above = url.clone();
    above.set_path(&url.path()[..at]);
    above.set_query(None);
    above.set_fragment(None);
    Some(above)
}

/// The folder that a page lies in.
pub(crate) fn folder(url: &Url) -> Url {
    let mut folder = url.clone();
    folder.set_query(None);
    folder.set_fragment(None);
    let path = url.path();
    let end = path.rfind('/').unwrap_or(0);
    folder.set_path(&path[..end]);
    folder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_name_their_api() {
        let url = Url::parse("https://kb.acme.com/wiki/Main_Page").unwrap();
        let preset = |name, at: &str| Some(Lead::preset(name, at.parse().unwrap()));
        let of = |name, at: &str, scope: &str| {
            let found = Software::new(name, at.parse().unwrap());
            Some(Lead::Software(found.of(Some(scope.to_owned()))))
        };
        let cases = [
            (
                "<link rel=\"EditURI\" href=\"//kb.acme.com/w/api.php?action=rsd\">",
                preset("mediawiki", "https://kb.acme.com/w"),
            ),
            (
                "<meta name=generator content=\"MediaWiki 1.43\">",
                preset("mediawiki", "https://kb.acme.com/wiki"),
            ),
            (
                "<link rel='https://api.w.org/' href='https://kb.acme.com/blog/wp-json/'>",
                preset("wordpress", "https://kb.acme.com/blog"),
            ),
            (
                "<meta name=\"generator\" content=\"Ghost 5.80\"><link rel=canonical href=\"https://kb.acme.com/\">",
                preset("ghost", "https://kb.acme.com/"),
            ),
            (
                "<meta name=\"generator\" content=\"Ghost 5.80\"><link rel=canonical href=\"https://kb.acme.com/news/a-post/\"><link rel=alternate type=\"application/rss+xml\" href=\"https://kb.acme.com/news/rss/\">",
                preset("ghost", "https://kb.acme.com/news"),
            ),
            (
                "<link rel=alternate type=\"application/rss+xml\" href=\"/feed.php\">",
                preset("rss", "https://kb.acme.com/feed.php"),
            ),
            (
                "<link rel=service-desc href=\"/openapi.json\">",
                Some(Lead::Look(
                    "https://kb.acme.com/openapi.json".parse().unwrap(),
                )),
            ),
            (
                "<link rel=alternate type=\"application/rss+xml\" href=\"https://evil.example/feed\">",
                None,
            ),
            (
                "<meta name=\"Generator\" content=\"Drupal 10 (https://www.drupal.org)\" />",
                preset("drupal-jsonapi", "https://kb.acme.com/"),
            ),
            (
                "<meta name=\"Generator\" content=\"Drupal 11 (https://www.drupal.org)\" /><body class=\"path-node page-node-type-help-text\">",
                of("drupal-jsonapi", "https://kb.acme.com/", "help_text"),
            ),
            (
                "<meta name=generator content=\"MediaWiki 1.43\"><script>RLCONF={\"wgCanonicalNamespace\":\"Category\",\"wgTitle\":\"How-to \\u0026 FAQ\",\"wgArticleId\":7};</script>",
                of("mediawiki", "https://kb.acme.com/wiki", "How-to & FAQ"),
            ),
            (
                "<meta name=generator content=\"Plone - https://plone.org/\"><body data-portal-url=\"https://kb.acme.com\">",
                Some(Lead::Look(
                    "https://kb.acme.com/++api++/wiki/Main_Page".parse().unwrap(),
                )),
            ),
            (
                "<meta name=generator content=\"Plone 6 - https://plone.org\"><body data-portal-url=\"https://kb.acme.com/wiki/\">",
                Some(Lead::Look(
                    "https://kb.acme.com/wiki/++api++/Main_Page".parse().unwrap(),
                )),
            ),
            (
                "<meta name=generator content=DokuWiki><link rel=alternate type=\"application/rss+xml\" href=\"/feed.php\"><script>/*<![CDATA[*/var NS='faq:billing';var JSINFO={};</script>",
                Some(Lead::Namespace {
                    name: "faq:billing".to_owned(),
                    list: "https://kb.acme.com/feed.php?mode=list&ns=faq%3Abilling&type=rss2&linkto=current&content=html&num=10000".parse().unwrap(),
                }),
            ),
            (
                "<meta name=\"ghost-admin/config/environment\" content=\"%7B%7D\">",
                None,
            ),
            (
                "<?xml version='1.0'?><sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>",
                Some(Lead::Look("https://kb.acme.com/".parse().unwrap())),
            ),
            ("<p>Nothing.", None),
        ];
        for (page, expected) in cases {
            assert_eq!(of_page(&url, &[], page), expected, "{page}");
        }
        let admin = Url::parse("https://kb.acme.com/news/ghost/").unwrap();
        let found = of_page(
            &admin,
            &[],
            "<meta name=\"ghost-admin/config/environment\">",
        );
        assert_eq!(found, preset("ghost", "https://kb.acme.com/news"));
        let link = "<https://kb.acme.com/wp-json/>; rel=\"https://api.w.org/\"".to_owned();
        let found = of_page(&url, &[link], "");
        assert_eq!(found, preset("wordpress", "https://kb.acme.com/"));
    }

    #[test]
    fn a_help_centre_is_known_on_any_host() {
        let url = Url::parse("https://kb.acme.com/wiki/Main_Page").unwrap();
        let preset = |name, at: &str| Some(Lead::preset(name, at.parse().unwrap()));
        let of = |name, at: &str, scope: &str| {
            let found = Software::new(name, at.parse().unwrap());
            Some(Lead::Software(found.of(Some(scope.to_owned()))))
        };
        for (page, expected) in [
            (
                "<meta name=\"confluence-context-path\" content=\"/wiki\"><meta name=\"confluence-space-key\" content=\"KB\">",
                of("confluence-server", "https://kb.acme.com/wiki", "KB"),
            ),
            (
                "<meta name=\"confluence-context-path\" content=\"\">",
                preset("confluence-server", "https://kb.acme.com/"),
            ),
            // It says only where its styles come from, and is no help centre.
            (
                "<link rel=stylesheet href=\"//static.zdassets.com/hc/assets/application.css\">",
                None,
            ),
        ] {
            assert_eq!(of_page(&url, &[], page), expected, "{page}");
        }
        let centre = Url::parse("https://kb.acme.com/hc/en-us/articles/17-Password").unwrap();
        let page = "<link rel=stylesheet href=\"//static.zdassets.com/hc/assets/application.css\">";
        let found = of_page(&centre, &[], page);
        assert_eq!(found, preset("zendesk-guide", "https://kb.acme.com/"));
    }

    #[test]
    fn a_page_says_what_made_it() {
        for (page, expected) in [
            (
                "<meta name=\"generator\" content=\"TiddlyWiki\" />",
                Some("TiddlyWiki"),
            ),
            ("<meta name=generator content=\" \">", None),
            ("<rss><channel><generator>Hugo</generator>", None),
        ] {
            assert_eq!(made_by(page).as_deref(), expected, "{page}");
        }
    }

    #[test]
    fn the_newest_posts_lead_to_all_of_them() {
        let url = Url::parse("https://kb.acme.com/news/feed/").unwrap();
        for (page, expected) in [
            (
                "<rss version=\"2.0\"><channel><title>Acme</title><link>https://kb.acme.com</link><generator>https://wordpress.org/?v=6.8.3</generator><item>",
                Some(("wordpress", "https://kb.acme.com/")),
            ),
            (
                "<rss><channel><link>https://kb.acme.com/news/</link><generator>Ghost 5.130</generator>",
                Some(("ghost", "https://kb.acme.com/news/")),
            ),
            (
                "<rss><channel><link>https://elsewhere.com/</link><generator>Ghost 5.130</generator>",
                None,
            ),
            (
                "<rss><channel><link>https://kb.acme.com/</link><generator>Hugo</generator>",
                None,
            ),
        ] {
            let expected = expected.map(|(name, at)| Lead::preset(name, at.parse().unwrap()));
            assert_eq!(of_page(&url, &[], page), expected, "{page}");
        }
    }
}
