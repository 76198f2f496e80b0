//! What it means that an id stands in several places: more questions for one article, the same
//! article again, a conflict that only a person can settle, or versions of which a feed counts one.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use ecow::EcoString;

use super::article_collector::ArticleCollector;
use super::article_spool::ArticleSpool;
use crate::model::{Article, Markup, Place, Rejection};
use crate::spool::SpoolError;

/// An article that was not taken because of what another place says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Conflict {
    pub(crate) place: Place,
    pub(crate) id: String,
    pub(crate) reason: String,
}

/// Leaves one article to an id on the shelf, and takes down those that do not stand. Only what may
/// share an id with something else is looked at.
pub(crate) fn merge(
    shelf: &mut ArticleSpool,
    rejections: &[Rejection],
) -> Result<Vec<Conflict>, SpoolError> {
    let rejected: HashMap<&str, &Place> = rejections
        .iter()
        .filter_map(|rejection| Some((rejection.id.as_deref()?, &rejection.place)))
        .collect();
    let mut gone = HashSet::new();
    let mut conflicts = Vec::new();
    for group in shelf.may_be_one(rejected.keys().copied()) {
        let mut by_id: BTreeMap<String, (Vec<usize>, Vec<Article>)> = BTreeMap::new();
        for at in group {
            let article = shelf.get(at)?;
            let (positions, found) = by_id.entry(article.id.clone()).or_default();
            positions.push(at);
            found.push(article);
        }
        for (id, (positions, found)) in by_id {
            match rejected.get(id.as_str()) {
                Some(place) => {
                    gone.extend(positions);
                    conflicts.extend(found.into_iter().map(|article| beside(article, place)));
                }
                None if found.len() == 1 => {}
                None => match settle(found) {
                    Ok(article) => {
                        shelf.replace(positions[0], article)?;
                        gone.extend(&positions[1..]);
                    }
                    Err(found) => {
                        gone.extend(positions);
                        conflicts.extend(found);
                    }
                },
            }
        }
    }
    shelf.remove(&gone);
    Ok(conflicts)
}

/// What is said of user messages whose article is not there.
pub(crate) const STRAY: &str = "is a user message for an id that no article has, so it was left out; correct the id, or delete the row";

/// Takes the user messages off the shelf that stand apart from their articles, by id.
pub(crate) fn take_messages(
    shelf: &mut ArticleSpool,
) -> Result<BTreeMap<String, Vec<Article>>, SpoolError> {
    let mut messages: BTreeMap<String, Vec<Article>> = BTreeMap::new();
    let mut gone = HashSet::new();
    for at in 0..shelf.len() {
        let article = shelf.get(at)?;
        if article.is_messages() {
            gone.insert(at);
            messages
                .entry(article.id.clone())
                .or_default()
                .push(article);
        }
    }
    shelf.remove(&gone);
    Ok(messages)
}

/// Gives user messages to the articles of their ids. What comes back belongs to none.
pub(crate) fn give_messages(
    shelf: &mut ArticleSpool,
    mut messages: BTreeMap<String, Vec<Article>>,
) -> Result<Vec<Article>, SpoolError> {
    for at in shelf.of(messages.keys().map(String::as_str)) {
        let mut article = shelf.get(at)?;
        if let Some(found) = messages.remove(&article.id) {
            // Its own row alone does not tell all of it.
            article.row = None;
            let more = found.into_iter().flat_map(|message| message.questions);
            article.questions.extend(more);
            shelf.replace(at, article)?;
        }
    }
    Ok(messages.into_values().flatten().collect())
}

/// One article out of several of one id, which are in the order of their places.
fn settle(found: Vec<Article>) -> Result<Article, Vec<Conflict>> {
    if found.len() > 1
        && let Some(conflicts) = within_files(&found).or_else(|| across_files(&found))
    {
        return Err(conflicts);
    }
    let mut found = found.into_iter();
    let Some(mut first) = found.next() else {
        return Err(Vec::new());
    };
    for more in found {
        // One of its rows alone does not tell all of it.
        first.row = None;
        if more.place.file == first.place.file {
            first.questions.extend(more.questions);
        }
    }
    Ok(first)
}

fn within_files(found: &[Article]) -> Option<Vec<Conflict>> {
    let content: Vec<_> = found.iter().map(answers).collect();
    let mut first_of_file = HashMap::new();
    let (first, odd) = found.iter().enumerate().find_map(|(at, article)| {
        let first = *first_of_file.entry(&article.place.file).or_insert(at);
        (content[first] != content[at]).then_some((first, at))
    })?;
    // Where the question is the id, nobody can give an article another one.
    let is_question = found[odd]
        .questions
        .iter()
        .any(|question| question.trim() == found[odd].id);
    let (what, remedy) = if is_question {
        (
            "the same question with a different answer",
            "delete the row that is out of date, or put what both say into one answer",
        )
    } else {
        (
            "the same id with a different answer",
            "give each article its own id, or delete the row that is out of date",
        )
    };
    Some(conflicts(found, what, remedy, |at| {
        if content[at] == content[first] {
            odd
        } else {
            first
        }
    }))
}

fn across_files(found: &[Article]) -> Option<Vec<Conflict>> {
    let mut by_file: HashMap<_, (Vec<String>, BTreeSet<String>)> = HashMap::new();
    for article in found {
        let content = by_file
            .entry(&article.place.file)
            .or_insert_with(|| (answers(article), BTreeSet::new()));
        content.1.extend(questions(article));
    }
    // Each file once, however many of the articles stand in it.
    let first = &by_file[&found.first()?.place.file];
    let differs: HashMap<_, bool> = by_file
        .iter()
        .map(|(file, content)| (*file, content != first))
        .collect();
    let is_odd = |article: &Article| differs[&article.place.file];
    let odd = found.iter().position(is_odd)?;
    let what = "the same id with different content";
    let remedy = "give each article its own id, delete the file that is out of date, or set read = \"newest\" if every file is a complete export";
    Some(conflicts(found, what, remedy, |at| {
        if is_odd(&found[at]) { 0 } else { odd }
    }))
}

/// One conflict for every place, each naming a place that it disagrees with.
fn conflicts(
    found: &[Article],
    what: &str,
    remedy: &str,
    opponent: impl Fn(usize) -> usize,
) -> Vec<Conflict> {
    let conflict = |(at, article): (usize, &Article)| Conflict {
        place: article.place.clone(),
        id: article.id.clone(),
        reason: format!(
            "{what} is also at {}; neither is taken: {remedy}",
            found[opponent(at)].place
        ),
    };
    found.iter().enumerate().map(conflict).collect()
}

/// Whether two articles ask and answer the same.
pub(crate) fn same_content(a: &Article, b: &Article) -> bool {
    let questions = |article| BTreeSet::from_iter(questions(article));
    answers(a) == answers(b) && questions(a) == questions(b)
}

fn beside(article: Article, place: &Place) -> Conflict {
    Conflict {
        reason: format!(
            "belongs to the same id as {place}, which was rejected; the article is left as it is until that is fixed"
        ),
        place: article.place,
        id: article.id,
    }
}

fn questions(article: &Article) -> Vec<String> {
    let separated = article.markup != Markup::Plain;
    article
        .questions
        .iter()
        .flat_map(|cell| {
            if separated {
                cell.split('|').map(one_line).collect()
            } else {
                vec![one_line(cell)]
            }
        })
        .filter(|question| !question.is_empty())
        .collect()
}

fn answers(article: &Article) -> Vec<String> {
    let separated = article.markup == Markup::Faq;
    article
        .answers
        .iter()
        .flat_map(|cell| {
            if separated {
                cell.split("<m>").map(one_line).collect()
            } else {
                vec![one_line(cell)]
            }
        })
        .filter(|answer| !answer.is_empty())
        .collect()
}

// White space is no content: the same article often differs by its line ends between exports.
fn one_line(cell: &str) -> String {
    cell.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl ArticleCollector {
    /// Those of these ids that stand in different places with different content.
    pub(crate) fn in_versions<'i>(&mut self, ids: impl Iterator<Item = &'i str>) -> Vec<String> {
        let mut first: HashMap<String, Article> = HashMap::new();
        let mut differing = Vec::new();
        for (_, article) in self.articles_of(ids) {
            match first.entry(article.id.clone()) {
                Entry::Vacant(entry) => drop(entry.insert(article)),
                Entry::Occupied(entry) if !same_content(entry.get(), &article) => {
                    differing.push(article.id);
                }
                Entry::Occupied(_) => {}
            }
        }
        differing
    }

    /// Leaves out what stands of these ids in the places that are named, rejected or not.
    pub(crate) fn leave_out<'i>(
        &mut self,
        ids: impl Iterator<Item = &'i str>,
        is_out: impl Fn(&str, &Place) -> bool,
    ) {
        let found = self.articles_of(ids).into_iter();
        let out = found.filter(|(_, article)| is_out(&article.id, &article.place));
        let out = out.map(|(at, _)| at).collect();
        self.articles.remove(&out);
        self.reading.rejections.retain(|rejection| {
            let id = rejection.id.as_deref();
            !id.is_some_and(|id| is_out(id, &rejection.place))
        });
    }

    /// Keeps only the articles of these ids, and what was rejected of them: an addition to another
    /// reading of the same.
    pub(crate) fn keep_only(&mut self, ids: &HashSet<EcoString>) {
        let found = self.articles_of(ids.iter().map(EcoString::as_str));
        let kept: HashSet<usize> = found
            .into_iter()
            .filter(|(_, article)| ids.contains(article.id.as_str()))
            .map(|(at, _)| at)
            .collect();
        let gone = (0..self.articles.len()).filter(|at| !kept.contains(at));
        self.articles.remove(&gone.collect());
        let reading = &mut self.reading;
        reading.rejections.retain(|rejection| {
            let id = rejection.id.as_deref();
            id.is_some_and(|id| ids.contains(id))
        });
        reading.notes.clear();
        (self.notes, self.more_notes) = (0, 0);
        reading.files = 0;
        self.rows = self.articles.len();
    }

    /// Where articles of these ids are, and a few others may be among them.
    fn articles_of<'i>(&mut self, ids: impl Iterator<Item = &'i str>) -> Vec<(usize, Article)> {
        let mut found = Vec::new();
        for at in self.articles.of(ids) {
            match self.articles.get(at) {
                Ok(article) => found.push((at, article)),
                Err(error) => self.lost = Some(error),
            }
        }
        found
    }
}
