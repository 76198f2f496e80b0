//! Turns one JSON item into an article.

use std::sync::Arc;

use serde_json::value::RawValue;

use super::beside::BesideAnswer;
use super::item_text::{
    Lack, configured_texts, flag, one_line, optional_texts, or_else, part_of_id, select,
    select_named, texts, texts_within, usual_texts,
};
use super::value::{Json, Object};
use crate::config::{Fields, Folder, NoAnswerPolicy, SourceHolds};
use crate::intake::article_collector::ArticleCollector;
use crate::intake::bytes::too_long;
use crate::intake::publication::{PublicationColumns, withdrawn};
use crate::intake::read_files::ReadJob;
use crate::intake::selection as kept;
use crate::intake::table::{
    ANSWERS, IDS, NO_ANSWER, NameSearch, QUESTIONS, RoleNames, holds_more_questions, is_among,
    mapping, messages, same_name,
};
use crate::model::{Article, Markup, Place, Reach, Writing};

/// Turns the items of one file into articles. A usual name, once met, holds for the whole file.
pub(crate) struct Items<'a> {
    fields: Option<&'a Fields>,
    file: Arc<str>,
    max_row_bytes: usize,
    folder: Option<&'a Folder>,
    body: Option<Writing>,
    no_answer: NoAnswerPolicy,
    holds: SourceHolds,
    questions_are_ids: bool,
    /// Whether flags such as `draft` take an item out.
    flags_count: bool,
    watch: PublicationColumns,
    beside: BesideAnswer,
    id: Usual,
    question: Usual,
    answer: Usual,
    no_pair: mapping::NoPair,
}

struct Usual {
    names: &'static RoleNames,
    met: Option<String>,
}

impl Usual {
    fn new(names: &'static RoleNames) -> Self {
        Self { names, met: None }
    }

    fn find<'a>(&mut self, item: &Object<'a>) -> Option<(String, &'a RawValue)> {
        if let Some(name) = &self.met {
            return item.get(name).map(|raw| (name.clone(), raw));
        }
        let searches = self.names.searches();
        let found = searches
            .into_iter()
            .find_map(|search| searched(&search, item));
        let is_certain = found.is_some_and(|(name, _)| self.names.is_certain(name));
        let letter = || {
            let mut fields = item.0.iter();
            fields.find(|(name, _)| self.names.is_letter(name))
        };
        let (name, raw) = found.filter(|_| is_certain).or_else(letter).or(found)?;
        self.met = Some(name.clone());
        Some((name.clone(), *raw))
    }
}

/// The field that one step of a search finds; of words in different languages only a single one.
fn searched<'i, 'a>(
    search: &NameSearch,
    item: &'i Object<'a>,
) -> Option<&'i (String, &'a RawValue)> {
    match search {
        NameSearch::Ranked(names) => names
            .iter()
            .find_map(|usual| item.0.iter().find(|(key, _)| same_name(key, usual))),
        NameSearch::Equal(names) => {
            let mut found = item.0.iter().filter(|(key, _)| is_among(names, key));
            found.next().filter(|_| found.next().is_none())
        }
    }
}

/// Why an item is not an article, and its id where that could be read.
struct ItemRefusal {
    id: Option<String>,
    reason: String,
}

/// What an item came to.
enum ItemArticle {
    Article(Article),
    /// It does not count.
    Out,
    /// It does not count, and that is worth a note on the article of this id.
    Noted(Option<String>, String),
}

impl<'a> Items<'a> {
    pub(crate) fn new(job: &'a ReadJob) -> Self {
        let max_row_bytes = job.folder.limits.max_row_bytes;
        Self {
            folder: Some(job.folder),
            no_answer: job.no_answer,
            holds: job.holds,
            // Who names the fields knows the export, and is told of the others.
            flags_count: job.fields.is_none(),
            ..Self::of(job.fields, job.file.clone(), max_row_bytes)
        }
    }

    /// For one file, or one page of a feed.
    pub(crate) fn of(fields: Option<&'a Fields>, file: Arc<str>, max_row_bytes: usize) -> Self {
        Self {
            fields,
            file,
            max_row_bytes,
            folder: None,
            body: None,
            no_answer: NoAnswerPolicy::Reject,
            holds: SourceHolds::Articles,
            questions_are_ids: false,
            flags_count: false,
            watch: PublicationColumns::default(),
            beside: BesideAnswer::default(),
            id: Usual::new(&IDS),
            question: Usual::new(&QUESTIONS),
            answer: Usual::new(&ANSWERS),
            no_pair: mapping::NoPair::default(),
        }
    }

    /// The same, with other names for fields.
    pub(crate) fn with_fields(mut self, fields: Option<&'a Fields>) -> Self {
        self.fields = fields;
        self
    }

    /// The same, for a format whose answers are written in this.
    pub(crate) fn written_in(mut self, body: impl Into<Writing>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// The same, for articles without text that mean this.
    pub(crate) fn without_answer(mut self, no_answer: NoAnswerPolicy) -> Self {
        self.no_answer = no_answer;
        self
    }

    /// The same, for front matter, whose flags mean what they say.
    pub(crate) fn with_flags(mut self) -> Self {
        self.flags_count = true;
        self
    }

    /// The same, for a layout without ids: where an item has none, its first question is the id.
    pub(crate) fn with_questions_as_ids(mut self) -> Self {
        self.questions_are_ids = true;
        self
    }

    /// Takes the item that stands on this line, or rejects it.
    pub(crate) fn take(&mut self, raw: &RawValue, line: u64, collector: &mut ArticleCollector) {
        self.take_asked(raw, Vec::new(), line, collector);
    }

    /// The same, with more questions for it.
    pub(crate) fn take_asked(
        &mut self,
        raw: &RawValue,
        more_questions: Vec<String>,
        line: u64,
        collector: &mut ArticleCollector,
    ) {
        let place = Place {
            file: self.file.clone(),
            line,
        };
        match self.article(raw, &place) {
            Ok(ItemArticle::Article(mut article)) => {
                article.questions.extend(more_questions);
                collector.article(article);
            }
            Ok(ItemArticle::Out) => {}
            Ok(ItemArticle::Noted(id, text)) => collector.note_about(place, id, text),
            // An item ends where it ends, whatever stands in it: all but its id can be wrong.
            Err(refusal) => {
                collector.note_author(refusal.id.as_deref(), self.author_of(raw));
                let hint = texts_within(raw).filter(|_| self.fields.is_none());
                let reason = hint.unwrap_or(refusal.reason);
                collector.reject_as(Reach::Alone, place, refusal.id, reason);
            }
        }
    }

    /// Who wrote a rejected item, where it can be read.
    fn author_of(&self, raw: &RawValue) -> Option<String> {
        match Json::parse(raw) {
            Ok(Json::Object(item)) => self.author(raw, &item),
            _ => None,
        }
    }

    /// The id of an item, where it can be read.
    pub(crate) fn id_of(&mut self, raw: &RawValue) -> Option<String> {
        match Json::parse(raw) {
            Ok(Json::Object(item)) => self.id(raw, &item).ok(),
            _ => None,
        }
    }

    /// Says what is to be said of the file as a whole.
    pub(crate) fn finish(&self, collector: &mut ArticleCollector) {
        let told = self.folder.and_then(|folder| self.watch.told(folder));
        for (line, text) in told.into_iter().chain(self.beside.told()) {
            let file = self.file.clone();
            collector.note(Place { file, line }, text);
        }
    }

    fn article(&mut self, raw: &RawValue, place: &Place) -> Result<ItemArticle, ItemRefusal> {
        let nameless = |reason| ItemRefusal { id: None, reason };
        if raw.get().len() > self.max_row_bytes {
            return Err(nameless(too_long(self.max_row_bytes)));
        }
        let Json::Object(item) = Json::parse(raw).map_err(nameless)? else {
            return Err(nameless(
                "is not an object; every article is an object such as {\"id\": ..., \"question\": ..., \"answer\": ...}".to_owned(),
            ));
        };
        let id = self.id(raw, &item);
        let counts = self.counts(raw, &item).map_err(|reason| ItemRefusal {
            id: id.clone().ok(),
            reason,
        });
        if !counts? {
            return Ok(ItemArticle::Out);
        }
        if let Some(why) = self.withdrawn(&item) {
            return Ok(ItemArticle::Noted(id.ok(), why));
        }
        let id = id.map_err(nameless)?;
        let named = |reason| ItemRefusal {
            id: Some(id.clone()),
            reason,
        };
        let answers = match self.holds {
            SourceHolds::Articles => self.answers(raw, &item),
            SourceHolds::Messages => Ok(Vec::new()),
        };
        if matches!(answers, Err(Lack::Empty(_))) && self.no_answer == NoAnswerPolicy::Unpublished {
            return Ok(ItemArticle::Noted(Some(id), NO_ANSWER.to_owned()));
        }
        let unnamed = |lack: Lack| named(lack.reason());
        let article = Article {
            row: None,
            questions: self.questions(raw, &item).map_err(unnamed)?,
            answers: answers.map_err(unnamed)?,
            url: self.url(raw, &item).map_err(named)?,
            author: self.author(raw, &item).map(Box::new),
            quick_replies: self.quick_replies(raw, &item).map_err(named)?,
            id: id.clone(),
            markup: Markup::Plain,
            body: self.body,
            place: place.clone(),
        };
        self.watch(&item, place.line);
        // Who names the fields knows the others, and a feed says with its preset what counts.
        if self.fields.is_none() && self.folder.is_some() {
            self.beside
                .see(&item, self.answer.met.as_deref(), place.line);
        }
        Ok(ItemArticle::Article(article))
    }

    /// Why the item says of itself that it is not published, if it does.
    fn withdrawn(&mut self, item: &Object) -> Option<String> {
        let folder = self.folder.filter(|_| self.flags_count)?;
        item.0.iter().find_map(|(name, raw)| {
            let column = self.watch.column(name, folder)?;
            let value = flag(raw)?;
            let is_out = self.watch.withdraws(column, &value);
            is_out.then(|| withdrawn(name, &value))
        })
    }

    fn watch(&mut self, item: &Object, line: u64) {
        let Some(folder) = self.folder else {
            return;
        };
        for (name, raw) in &item.0 {
            if let Some(column) = self.watch.column(name, folder)
                && let Some(value) = flag(raw)
            {
                self.watch.see(column, &value, line);
            }
        }
    }

    /// The items of a feed have been asked before.
    fn counts(&self, raw: &RawValue, item: &Object) -> Result<bool, String> {
        let Some(folder) = self.folder else {
            return Ok(true);
        };
        kept::counts(folder, |name| {
            let value = select(raw, item, name)?;
            value.map(|value| texts(name, value)).transpose()
        })
    }

    fn id(&mut self, raw: &RawValue, item: &Object) -> Result<String, String> {
        let configured = self.fields.map_or(&[][..], |fields| &fields.id);
        if configured.is_empty() {
            return match self.id.find(item) {
                Some((name, value)) => part_of_id(&name, Some(value)),
                None if self.holds == SourceHolds::Messages => self.pointer(item),
                None if self.questions_are_ids => {
                    let questions = self.questions(raw, item).map_err(Lack::reason)?;
                    Ok(one_line(&questions[0]))
                }
                None => Err(self.no_pair(item)),
            };
        }
        let part = |name: &String| match select_named(raw, item, self.fields, name)? {
            Some((name, value)) => part_of_id(name, Some(value)),
            None => part_of_id(name, None),
        };
        let parts: Result<Vec<String>, String> = configured.iter().map(part).collect();
        Ok(parts?.join("-"))
    }

    /// Why an item without an id is no question with its answer.
    fn no_pair(&mut self, item: &Object) -> String {
        let question = self.question.find(item).map(|(name, _)| name);
        let answer = self.answer.find(item).map(|(name, _)| name);
        let is_question = question
            .as_deref()
            .is_some_and(|name| QUESTIONS.is_certain_field(name));
        let is_answer = answer
            .as_deref()
            .is_some_and(|name| ANSWERS.is_certain_field(name));
        if let (Some(question), true, true) =
            (&question, answer.is_some(), is_question || is_answer)
        {
            return mapping::lacking_id(question);
        }
        self.no_pair
            .say(question.as_deref(), answer.as_deref(), item.keys())
    }

    /// The id of the article that user messages are for.
    fn pointer(&self, item: &Object) -> Result<String, String> {
        let found = item.0.iter().find(|(key, _)| messages::is_pointer(key));
        match found {
            Some((name, value)) => part_of_id(name, Some(value)),
            None => Err(mapping::missing("id", self.id.names.english, &item.keys())),
        }
    }

    fn questions(&mut self, raw: &RawValue, item: &Object) -> Result<Vec<String>, Lack> {
        let otherwise = self.fields.map_or(&[][..], |fields| &fields.question_else);
        or_else(
            "question",
            otherwise,
            self.fields,
            raw,
            item,
            self.first_questions(raw, item),
        )
    }

    fn first_questions(&mut self, raw: &RawValue, item: &Object) -> Result<Vec<String>, Lack> {
        let configured = self.fields.map_or(&[][..], |fields| &fields.question);
        if !configured.is_empty() {
            return configured_texts("question", configured, self.fields, raw, item);
        }
        if self.holds == SourceHolds::Messages {
            let says = item.0.iter().filter(|(key, _)| messages::says_message(key));
            let says: Vec<_> = says.map(|(key, value)| (key.clone(), *value)).collect();
            if !says.is_empty() {
                return usual_texts("message", &["message"], &says, item);
            }
        }
        let mut found: Vec<(String, &RawValue)> = self.question.find(item).into_iter().collect();
        for (key, value) in &item.0 {
            if holds_more_questions(key) {
                found.push((key.clone(), value));
            }
        }
        usual_texts("question", self.question.names.english, &found, item)
    }

    fn answers(&mut self, raw: &RawValue, item: &Object) -> Result<Vec<String>, Lack> {
        let otherwise = self.fields.map_or(&[][..], |fields| &fields.answer_else);
        or_else(
            "answer",
            otherwise,
            self.fields,
            raw,
            item,
            self.first_answers(raw, item),
        )
    }

    fn first_answers(&mut self, raw: &RawValue, item: &Object) -> Result<Vec<String>, Lack> {
        let configured = self.fields.map_or(&[][..], |fields| &fields.answer);
        if !configured.is_empty() {
            return configured_texts("answer", configured, self.fields, raw, item);
        }
        let found: Vec<_> = self.answer.find(item).into_iter().collect();
        if let Some((name, _)) = found.first()
            && let Some(rival) = ANSWERS.rival(name, &item.keys())
        {
            return Err(Lack::Unclear(mapping::unclear_answer(name, rival)));
        }
        if let Some((name, value)) = found.first()
            && let Ok(Json::Array(several)) = Json::parse(value)
            && several.len() > 1
            && let Some(correct) = mapping::says_correct(&item.keys())
        {
            return Err(Lack::Unclear(mapping::choices(name, correct)));
        }
        usual_texts("answer", self.answer.names.english, &found, item)
    }

    fn url(&self, raw: &RawValue, item: &Object) -> Result<Option<String>, String> {
        let name = self.fields.and_then(|fields| fields.url.as_slice().first());
        let urls = optional_texts(name, self.fields, raw, item)?;
        Ok(urls.into_iter().next())
    }

    /// Whoever wrote it decides nothing about the article, so it may well lack that.
    fn author(&self, raw: &RawValue, item: &Object) -> Option<String> {
        let name = self.fields?.author.as_slice();
        let authors = optional_texts(name, self.fields, raw, item).ok()?;
        authors.into_iter().next()
    }

    fn quick_replies(&self, raw: &RawValue, item: &Object) -> Result<Vec<String>, String> {
        let names = self.fields.map_or(&[][..], |fields| &fields.quick_replies);
        optional_texts(names, self.fields, raw, item)
    }
}
