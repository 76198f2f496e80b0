//! The content of an article as bytes for the spool, and back.

use crate::model::{Article, Body, Markup, Place, RowDigest, Writing};

/// Set beside a markup whose line breaks count.
const LINES: u8 = 0x80;

/// Writes down what an article says; where it stands is kept beside it.
pub(crate) fn write(article: &Article, record: &mut Vec<u8>) {
    record.clear();
    record.push(match article.markup {
        Markup::Faq => 0,
        Markup::Variants => 1,
        Markup::Plain => 2,
    });
    record.push(match article.body {
        None => 0,
        Some(Writing { body, lines }) => {
            let body = match body {
                Body::Auto => 1,
                Body::Text => 2,
                Body::Html => 3,
                Body::Markdown => 4,
                Body::Wikitext => 5,
            };
            if lines { body | LINES } else { body }
        }
    });
    text(record, &article.id);
    list(record, article.url.as_slice());
    number(record, usize::from(article.author.is_some()));
    if let Some(author) = &article.author {
        text(record, author);
    }
    list(record, &article.questions);
    list(record, &article.answers);
    list(record, &article.quick_replies);
}

fn list(record: &mut Vec<u8>, texts: &[String]) {
    number(record, texts.len());
    for entry in texts {
        text(record, entry);
    }
}

fn text(record: &mut Vec<u8>, text: &str) {
    number(record, text.len());
    record.extend_from_slice(text.as_bytes());
}

fn number(record: &mut Vec<u8>, number: usize) {
    record.extend_from_slice(&(number as u64).to_le_bytes());
}

/// The article of a record; `None` where the bytes are none.
pub(crate) fn read(record: &[u8], place: Place, row: Option<RowDigest>) -> Option<Article> {
    let (&[markup, body], rest) = record.split_first_chunk::<2>()?;
    let mut rest = Rest(rest);
    let article = Article {
        markup: match markup {
            0 => Markup::Faq,
            1 => Markup::Variants,
            2 => Markup::Plain,
            _ => return None,
        },
        body: match body & !LINES {
            0 => None,
            known => Some(Writing {
                body: match known {
                    1 => Body::Auto,
                    2 => Body::Text,
                    3 => Body::Html,
                    4 => Body::Markdown,
                    5 => Body::Wikitext,
                    _ => return None,
                },
                lines: body & LINES != 0,
            }),
        },
        id: rest.text()?,
        url: rest.list()?.pop(),
        author: rest.list()?.pop().map(Box::new),
        questions: rest.list()?,
        answers: rest.list()?,
        quick_replies: rest.list()?,
        place,
        row,
    };
    rest.0.is_empty().then_some(article)
}

struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn number(&mut self) -> Option<usize> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        usize::try_from(u64::from_le_bytes(*number)).ok()
    }

    fn text(&mut self) -> Option<String> {
        let length = self.number()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        String::from_utf8(text.to_vec()).ok()
    }

    fn list(&mut self) -> Option<Vec<String>> {
        (0..self.number()?).map(|_| self.text()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn article(markup: Markup, body: Option<Writing>, many: usize) -> Article {
        let texts = |what: &str| (0..many).map(|at| format!("{what} {at} ä")).collect();
        Article {
            id: format!("kb-{many}"),
            questions: texts("question"),
            answers: texts(""),
            markup,
            url: (many > 1).then(|| "https://kms.example/1".to_owned()),
            author: (many > 2).then(|| Box::new("anna@acme.com".to_owned())),
            quick_replies: texts("reply"),
            body,
            place: Place {
                file: "a.csv".into(),
                line: 7,
            },
            row: Some(9),
        }
    }

    #[test]
    fn an_article_comes_back_as_it_was() {
        let mut record = Vec::new();
        for markup in [Markup::Faq, Markup::Variants, Markup::Plain] {
            let bodies = [
                Body::Auto,
                Body::Text,
                Body::Html,
                Body::Markdown,
                Body::Wikitext,
            ];
            let known = bodies.into_iter().map(Writing::from);
            let known = known.chain(bodies.map(Writing::with_lines)).map(Some);
            for body in known.chain([None]) {
                for many in 0..4 {
                    let article = article(markup, body, many);
                    write(&article, &mut record);
                    let place = article.place.clone();
                    assert_eq!(read(&record, place, article.row), Some(article));
                }
            }
        }
    }

    #[test]
    fn what_is_cut_off_is_no_article() {
        let mut record = Vec::new();
        let article = article(Markup::Plain, None, 2);
        write(&article, &mut record);
        for length in 0..record.len() {
            assert_eq!(read(&record[..length], article.place.clone(), None), None);
        }
        record.push(0);
        assert_eq!(read(&record, article.place.clone(), None), None);
    }
}
