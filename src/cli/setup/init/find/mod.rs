//! Finds the way from the address that a person has to where the articles are: looks a few times,
//! without credentials, on the same host alone.

pub(crate) mod address;
pub(crate) mod discover;
pub(crate) mod fields;
mod index;
mod look;
pub(crate) mod paging;
mod problem;
pub(crate) mod recognise;
pub(crate) mod software;
pub(crate) mod states;
mod wordpress;

use std::time::Duration;

use reqwest::header::{HeaderName, LINK, LOCATION};
use reqwest::{Client, Url};
use serde_json::Value;

use crate::haptik::{causes, is_loopback};
use crate::text::few_shown;
use address::first_page;
use discover::{Lead, made_by, of_page};
use index::{ApiIndex, of_api};
pub(crate) use look::UrlLook;
use paging::NextPage;
use problem::{no_answer, problem, unfit};
use recognise::{FeedShape, UrlAnswer, by_answer, by_host, home};
use software::{Software, USUAL, by_header, by_shape};

const PATIENCE: Duration = Duration::from_secs(15);
/// A page that is longer says nothing more of what it is.
const LONGEST: usize = 16 << 20;
/// So many times one goes on from page to page.
const STEPS: usize = 4;
const HOPS: usize = 5;
/// Where software names itself.
const MADE_BY: [HeaderName; 2] = [
    HeaderName::from_static("x-powered-by"),
    HeaderName::from_static("x-generator"),
];

/// Asks nobody where the host already says whose it is.
pub(crate) async fn look(address: &str) -> UrlLook {
    let Ok(url) = Url::parse(address) else {
        return UrlLook::of_no_url(address);
    };
    if let Some(preset) = by_host(&url) {
        let Some(home) = home(preset, &url) else {
            return UrlLook::preset(&url, preset).with_problem(unfit(preset, &url));
        };
        let mut look = UrlLook::preset(&home, preset);
        look.locale = address::locale(preset, &url);
        look.told.push(format!("it is asked at {home}"));
        return look;
    }
    let client = match client(&url) {
        Ok(client) => client,
        Err(error) => {
            let problem = causes(&error.without_url());
            return UrlLook::at(&url, FeedShape::Unknown).with_problem(Some(problem));
        }
    };
    let mut way = Way {
        client,
        told: Vec::new(),
    };
    let mut look = way.go(first_page(&url)).await;
    if let FeedShape::Preset(preset) = look.shape {
        look.locale = address::locale(preset, &url);
    }
    look.told.splice(0..0, way.told);
    look
}

/// The way from page to page.
struct Way {
    client: Client,
    told: Vec<String>,
}

impl Way {
    async fn go(&mut self, url: Url) -> UrlLook {
        let mut url = url;
        for _ in 0..STEPS {
            let (answer, at) = match self.asked(&url).await {
                Ok(found) => found,
                Err(error) => {
                    let problem = no_answer(&url, &causes(&error.without_url()));
                    return UrlLook::at(&url, FeedShape::Unknown).with_problem(Some(problem));
                }
            };
            url = at;
            let page = answer.json();
            if let Some(wordpress) = list_of_wordpress(&url, &answer) {
                return wordpress;
            }
            if let Some(found) = by_shape(&url, page.as_ref()) {
                return UrlLook::software(found);
            }
            let index = page.as_ref().and_then(|page| of_api(&url, page));
            let lead = match index {
                Some(ApiIndex::List(list)) => Some(Lead::Look(list)),
                Some(ApiIndex::Unclear(lists)) => {
                    let lists = few_shown(&lists);
                    let problem = format!(
                        "it names several lists ({lists}); give the address of the one with the articles"
                    );
                    return UrlLook::at(&url, FeedShape::Unknown).with_problem(Some(problem));
                }
                None if page.is_some() => None,
                None => of_page(&url, &answer.links, &answer.head()),
            };
            match lead {
                Some(Lead::Software(found)) => {
                    if found.site != url {
                        self.told.push(format!("its API is at {}", found.site));
                    }
                    return UrlLook::software(found);
                }
                Some(Lead::Namespace { name, list }) => {
                    self.told.push(of_namespace(&name));
                    return UrlLook::preset(&list, "rss");
                }
                Some(Lead::Look(next)) => {
                    self.told.push(format!("it leads to {next}"));
                    url = next;
                }
                None => {
                    if let Some(found) = self.unnamed(&url, &answer, page.as_ref()).await {
                        self.told.push(format!("its API is at {}", found.site));
                        return UrlLook::software(found);
                    }
                    if let Some(name) = made_by(&answer.head()).filter(|_| page.is_none()) {
                        self.told.push(format!(
                            "the page is made by {name}, of which no preset is known; docs/FEEDS.md (Custom feeds) says how to read what has a list of articles in JSON"
                        ));
                    }
                    return self.list(&url, &answer, page.as_ref()).await;
                }
            }
        }
        UrlLook::at(&url, FeedShape::Unknown)
    }

    /// Software whose page does not say where its API is.
    async fn unnamed(
        &self,
        url: &Url,
        answer: &UrlAnswer,
        page: Option<&Value>,
    ) -> Option<Software> {
        let is_list = page.is_some() && answer.status.is_success();
        if let Some(found) = by_header(url, &answer.made_by).filter(|_| !is_list) {
            return Some(found);
        }
        if !answer.is_web_page() {
            return None;
        }
        for usual in USUAL {
            let at = url.join(usual).ok()?;
            let Ok((answer, _)) = self.once(&at).await else {
                continue;
            };
            let page = answer.json().filter(|_| answer.status.is_success());
            if let Some(found) = by_shape(&at, page.as_ref()) {
                return Some(found);
            }
        }
        None
    }

    /// A list that no preset reads.
    async fn list(&self, url: &Url, answer: &UrlAnswer, page: Option<&Value>) -> UrlLook {
        let shape = by_answer(url, answer);
        let mut look = UrlLook::at(url, shape);
        look.problem = problem(answer.status).filter(|_| look.shape == FeedShape::Unknown);
        let (Some(page), FeedShape::Json { items: at, paging }) = (page, &mut look.shape) else {
            return look;
        };
        let at = at.clone().unwrap_or_default();
        let list = page.pointer(&at).and_then(Value::as_array);
        let list = list.map_or(&[][..], Vec::as_slice);
        look.fields = list.first().and_then(fields::guess);
        look.states = states::guess(list);
        look.told.extend(look.states.told.iter().cloned());
        let pages = paging::pages(page);
        let many = list.len() as u64;
        let total = paging.total.as_ref().and_then(|total| page.pointer(total));
        let has_more = total
            .and_then(Value::as_u64)
            .is_some_and(|total| total > many);
        if paging.next.is_none() && (has_more || pages.is_some() || paging.warning.is_some()) {
            paging.next = self.try_pages(url, &at, list, pages).await;
        }
        if paging.next.is_some() {
            paging.warning = None;
        }
        if let Some(warning) = &paging.warning {
            look.told.push(warning.clone());
        }
        look
    }

    /// Asks for a second page in the usual ways, and takes the one that brings other articles.
    async fn try_pages(
        &self,
        url: &Url,
        at: &str,
        first: &[Value],
        pages: Option<String>,
    ) -> Option<NextPage> {
        for parameter in ["page", "pagination[page]", "page[number]"] {
            if !self.brings_others(url, at, first, parameter, 2).await {
                continue;
            }
            // Where the second page is called 1, the first is 0.
            let from_zero = self.brings_others(url, at, first, parameter, 1).await;
            return Some(NextPage::Page {
                parameter: parameter.to_owned(),
                start: u64::from(!from_zero),
                pages,
            });
        }
        for parameter in ["offset", "start", "skip", "$skip", "page[offset]"] {
            if self
                .brings_others(url, at, first, parameter, first.len())
                .await
            {
                return Some(NextPage::Offset {
                    parameter: parameter.to_owned(),
                });
            }
        }
        None
    }

    async fn brings_others(
        &self,
        url: &Url,
        at: &str,
        first: &[Value],
        parameter: &str,
        value: usize,
    ) -> bool {
        let kept = url.query_pairs().filter(|(name, _)| name != parameter);
        let kept: Vec<(String, String)> = kept.map(|(a, b)| (a.into(), b.into())).collect();
        let mut asked = url.clone();
        asked
            .query_pairs_mut()
            .clear()
            .extend_pairs(kept)
            .append_pair(parameter, &value.to_string());
        let Ok((answer, _)) = self.once(&asked).await else {
            return false;
        };
        let Some(page) = answer.json().filter(|_| answer.status.is_success()) else {
            return false;
        };
        let list = page.pointer(at).and_then(Value::as_array);
        let key = |item: &Value| item.get("id").unwrap_or(item).clone();
        let known: Vec<Value> = first.iter().map(key).collect();
        list.is_some_and(|list| {
            !list.is_empty() && list.iter().all(|item| !known.contains(&key(item)))
        })
    }

    /// Asks, and follows where it leads on the same host.
    async fn asked(&mut self, url: &Url) -> Result<(UrlAnswer, Url), reqwest::Error> {
        let mut url = url.clone();
        for _ in 0..HOPS {
            let (answer, location) = self.once(&url).await?;
            let next = location.and_then(|to| url.join(&to).ok());
            let next = next.filter(|next| {
                let is_safe = next.scheme() == "https" || next.scheme() == url.scheme();
                answer.status.is_redirection() && next.host_str() == url.host_str() && is_safe
            });
            let Some(next) = next else {
                return Ok((answer, url));
            };
            self.told.push(format!("it leads to {next}"));
            url = next;
        }
        let (answer, _) = self.once(&url).await?;
        Ok((answer, url))
    }

    async fn once(&self, url: &Url) -> Result<(UrlAnswer, Option<String>), reqwest::Error> {
        let mut response = self.client.get(url.clone()).send().await?;
        let links = response.headers().get_all(LINK).iter();
        let location = response.headers().get(LOCATION);
        let location = location.and_then(|to| Some(to.to_str().ok()?.to_owned()));
        let made_by = MADE_BY
            .iter()
            .find_map(|name| response.headers().get(name)?.to_str().ok())
            .map(str::to_owned);
        let mut answer = UrlAnswer {
            status: response.status(),
            links: links
                .filter_map(|link| Some(link.to_str().ok()?.to_owned()))
                .collect(),
            made_by: made_by.unwrap_or_default(),
            body: Vec::new(),
        };
        while let Some(chunk) = response.chunk().await? {
            answer.body.extend_from_slice(&chunk);
            if answer.body.len() > LONGEST {
                break;
            }
        }
        Ok((answer, location))
    }
}

/// What to know of the feed of a namespace.
fn of_namespace(name: &str) -> String {
    let of_what = if name.is_empty() {
        "outside of all namespaces (for those of a namespace give the address of a page in it)"
            .to_owned()
    } else {
        format!("of the namespace {name}, without those below it")
    };
    format!(
        "it is a DokuWiki, whose feed has the last changes only. In its place all pages are listed {of_what}. Questions are the names of pages, unless its setting `useheading` takes the headings"
    )
}

/// A list of WordPress itself: that of the preset, or of another kind of posts.
fn list_of_wordpress(url: &Url, answer: &UrlAnswer) -> Option<UrlLook> {
    let is_its = answer
        .links
        .iter()
        .any(|link| link.contains("https://api.w.org/"));
    let site = discover::above(url, "/wp-json/wp/v2/").filter(|_| is_its)?;
    let kind = url.path().rsplit('/').find(|part| !part.is_empty())?;
    let list = answer.json()?;
    let is_of_posts = kind == "posts" || list.pointer("/0/content/protected").is_some();
    is_of_posts.then(|| UrlLook::software(wordpress::posts(site, kind)))
}

fn client(url: &Url) -> Result<Client, reqwest::Error> {
    let mut builder = crate::tls::client_builder()
        .user_agent(concat!("kms-haptik-sync/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE);
    if is_loopback(url.as_str()) {
        builder = builder.no_proxy();
    }
    if url.scheme() == "http" {
        // A machine without CA certificates must get along here, too.
        builder = builder.tls_certs_only([]);
    }
    builder.build()
}
