//! What a look at an address came to. Pure.

use reqwest::Url;

use super::address::apart;
use super::fields::InitFields;
use super::recognise::FeedShape;
use super::software::Software;
use super::states::ArticleStates;
use crate::config::preset_scope;
use crate::text::few;

/// What a look came to.
pub(crate) struct UrlLook {
    pub(crate) shape: FeedShape,
    /// The address to write down, without its query.
    pub(crate) address: String,
    /// What of the query says what is read.
    pub(crate) query: Vec<(String, String)>,
    /// What of the knowledge base the address speaks for.
    pub(crate) scope: Option<String>,
    /// The language that the address is in.
    pub(crate) locale: Option<String>,
    /// Lines of the configuration in which this knowledge base differs from its preset.
    pub(crate) settings: Vec<String>,
    /// What the articles say of whether they are live, where no preset knows it.
    pub(crate) states: ArticleStates,
    /// The fields, where they lie deeper than usual.
    pub(crate) fields: Option<InitFields>,
    /// What a person should know of the way there.
    pub(crate) told: Vec<String>,
    /// Why there was nothing to see.
    pub(crate) problem: Option<String>,
}

impl UrlLook {
    pub(crate) fn at(url: &Url, shape: FeedShape) -> Self {
        let mut told = Vec::new();
        let (address, query) = apart(url, &mut told);
        Self {
            address,
            query,
            told,
            ..Self::unseen(shape)
        }
    }

    /// What is no address.
    pub(crate) fn of_no_url(address: &str) -> Self {
        Self {
            address: address.to_owned(),
            problem: Some("it is not a URL".to_owned()),
            ..Self::unseen(FeedShape::Unknown)
        }
    }

    fn unseen(shape: FeedShape) -> Self {
        Self {
            shape,
            address: String::new(),
            query: Vec::new(),
            scope: None,
            locale: None,
            settings: Vec::new(),
            states: ArticleStates::default(),
            fields: None,
            told: Vec::new(),
            problem: None,
        }
    }

    /// What a preset reads at an address; parameters of other pages say nothing of it.
    pub(crate) fn preset(url: &Url, preset: &'static str) -> Self {
        let mut look = Self::at(url, FeedShape::Preset(preset));
        if !matches!(preset, "google-sheets" | "rss") {
            look.query.clear();
        }
        look
    }

    /// The same, where it was seen what it is.
    pub(crate) fn software(found: Software) -> Self {
        let mut look = Self::preset(&found.site, found.preset);
        look.scope = found.scope;
        look.settings = found.settings;
        if let Some(scope) = preset_scope(found.preset)
            && !found.choices.is_empty()
        {
            let (means, choices) = (scope.means, few(&found.choices));
            look.told
                .push(format!("each {means} that was seen there: {choices}"));
        }
        look
    }

    pub(crate) fn with_problem(mut self, problem: Option<String>) -> Self {
        self.problem = problem;
        self
    }
}
