//! Has many articles taken on several threads at once. What comes of them stands in the order of the
//! articles, as if one thread had taken them all.

use std::io;
use std::num::NonZero;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, Scope, available_parallelism};

use super::normalise_source::NormaliseSource;
use super::source_results::SourceRead;
use crate::model::Article;
use crate::spool::SpoolError;

/// Articles that a thread gets at a time.
const BATCH: usize = 64;
/// A source of fewer batches needs no other thread.
const FEW: usize = 32;
/// Fewer of them, if they have so many bytes: what waits for the threads is in memory.
const BATCH_BYTES: usize = 256 << 10;
const TEXT: usize = 56;
/// More threads than this would wait for the one that reads.
const MOST_THREADS: usize = 4;
/// Batches that wait for each thread, so that it never waits for the reader.
const WAITING: usize = 2;

/// One thread, and what is on its way to it and back.
struct NormaliseWorker {
    jobs: SyncSender<Vec<Article>>,
    done: Receiver<SourceRead>,
}

impl NormaliseWorker {
    fn start<'scope, 'taking>(
        scope: &'scope Scope<'scope, '_>,
        begin: &'scope (impl Fn() -> NormaliseSource<'taking> + Sync),
    ) -> io::Result<Self> {
        let (jobs, todo) = sync_channel::<Vec<Article>>(WAITING);
        let (report, done) = sync_channel(WAITING);
        Builder::new().spawn_scoped(scope, move || {
            let mut taking = begin();
            for articles in todo {
                if report.send(take(&mut taking, &articles)).is_err() {
                    break;
                }
            }
        })?;
        Ok(Self { jobs, done })
    }
}

fn take(taking: &mut NormaliseSource<'_>, articles: &[Article]) -> SourceRead {
    for article in articles {
        taking.take(article);
    }
    std::mem::take(&mut taking.read)
}

/// Takers at work. They are asked by turns, so the turn says where the next answer comes from.
#[derive(Default)]
struct NormaliseWorkers {
    crew: Vec<NormaliseWorker>,
    /// Batches given out, and taken back.
    given: usize,
    back: usize,
    /// Batches that were taken without another thread.
    own: usize,
    read: SourceRead,
}

impl NormaliseWorkers {
    /// `own` takes them where there is nobody else.
    fn give(
        &mut self,
        articles: Vec<Article>,
        own: &mut NormaliseSource<'_>,
    ) -> Result<(), SpoolError> {
        if self.crew.is_empty() {
            self.own += 1;
            return self.read.append(take(own, &articles));
        }
        if self.given - self.back >= self.crew.len() * WAITING {
            self.take_back()?;
        }
        let taker = &self.crew[self.given % self.crew.len()];
        // One that has gone has panicked, which the scope passes on.
        let _ = taker.jobs.send(articles);
        self.given += 1;
        Ok(())
    }

    fn all_back(&mut self) -> Result<(), SpoolError> {
        while self.back < self.given {
            self.take_back()?;
        }
        Ok(())
    }

    fn take_back(&mut self) -> Result<(), SpoolError> {
        let taker = &self.crew[self.back % self.crew.len()];
        self.back += 1;
        match taker.done.recv() {
            Ok(read) => self.read.append(read),
            Err(_) => Ok(()),
        }
    }
}

/// About how much memory an article takes.
fn bytes_of(article: &Article) -> usize {
    let texts = [&article.questions, &article.answers, &article.quick_replies];
    // A text takes room even where there is little in it.
    texts
        .into_iter()
        .flatten()
        .map(|text| TEXT + text.len())
        .sum()
}

/// How many threads take articles.
pub(crate) fn threads() -> usize {
    available_parallelism()
        .map_or(1, NonZero::get)
        .min(MOST_THREADS)
}

/// Has all articles taken that `read` hands over. `begin` makes what takes them.
pub(crate) fn take_all<'t, R, E: From<SpoolError>>(
    begin: &(impl Fn() -> NormaliseSource<'t> + Sync),
    read: impl FnOnce(&mut dyn FnMut(Article)) -> Result<R, E>,
) -> Result<(R, SourceRead), E> {
    let threads = threads();
    std::thread::scope(|scope| {
        let mut workers = NormaliseWorkers::default();
        let mut own = begin();
        let (mut batch, mut bytes, mut lost) = (Vec::new(), 0, Ok(()));
        let outcome = read(&mut |article| {
            bytes += bytes_of(&article);
            batch.push(article);
            if batch.len() < BATCH && bytes < BATCH_BYTES {
                return;
            }
            bytes = 0;
            let articles = std::mem::take(&mut batch);
            if workers.own == FEW && workers.crew.is_empty() {
                // Where the system gives fewer threads, those are enough; where it gives none, this one is.
                workers.crew = (0..threads)
                    .map_while(|_| NormaliseWorker::start(scope, begin).ok())
                    .collect();
            }
            if lost.is_ok() {
                lost = workers.give(articles, &mut own);
            }
        })?;
        lost?;
        workers.all_back()?;
        workers.read.append(take(&mut own, &batch))?;
        Ok((outcome, workers.read))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::Config;
    use crate::intake::{Hasher, MissedRow};
    use crate::model::{Markup, Place};
    use crate::normalise::NameTemplate;
    use crate::spool::{SpillConfig, Spool};

    fn article(number: usize) -> Article {
        Article {
            id: format!("kb-{number}"),
            questions: vec![format!("How {number}?")],
            // Every seventh says nothing, and is rejected.
            answers: vec!["So.".repeat((number % 7).min(1))],
            markup: Markup::Plain,
            url: None,
            author: None,
            quick_replies: Vec::new(),
            body: None,
            place: Place {
                file: format!("{}.csv", number / 50).into(),
                line: number as u64,
            },
            row: Some(number as u128),
        }
    }

    #[test]
    fn many_threads_come_to_what_one_comes_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        let text = "[haptik]\nbase_url = \"sandbox\"\n[[bot]]\ndomain_name = \"bot\"\n\
             upload_effect = \"merge\"\n[[bot.source]]\nfolder = \"kms\"\n";
        std::fs::write(&path, text).unwrap();
        let config = Config::load(&path, Vec::<(String, String)>::new()).unwrap();
        let source = &config.bots[0].sources[0];
        let names = NameTemplate::new("{{ id }}").unwrap();
        let hasher = Hasher::new(7);
        let spool = Arc::new(Spool::new(&SpillConfig::MEMORY));
        let begin = || NormaliseSource {
            source,
            name: "kms".into(),
            names: &names,
            hasher: Some(&hasher),
            spool: spool.clone(),
            origin: None,
            read: SourceRead::default(),
        };
        for count in [0, 1, BATCH, FEW * BATCH - 1, FEW * BATCH, 70 * BATCH + 3] {
            let articles: Vec<_> = (0..count).map(article).collect();
            let alone = take(&mut begin(), &articles);
            let (seven, read) = take_all(&begin, |sink| {
                articles.iter().cloned().for_each(sink);
                Ok::<_, SpoolError>(7)
            })
            .unwrap();
            assert_eq!(seven, 7);
            assert_eq!(read.desired, alone.desired);
            assert_eq!(read.rejections, alone.rejections);
            assert_eq!(read.rejections.len(), count.div_ceil(7));
            assert_eq!(read.ids, alone.ids);
            let files = |read: &SourceRead| -> Vec<_> {
                let mut rows = Vec::new();
                if let Some(fresh) = &read.fresh {
                    let note = |row: MissedRow| {
                        rows.push((read.fresh_files[row.file].clone(), row.digest));
                    };
                    fresh.each(note).unwrap();
                }
                rows
            };
            assert_eq!(files(&read), files(&alone));
        }
        let mut alone = NormaliseWorkers::default();
        let mut own = begin();
        let articles: Vec<_> = (0..100).map(article).collect();
        alone.give(articles.clone(), &mut own).unwrap();
        alone.all_back().unwrap();
        assert_eq!(alone.read.ids, take(&mut begin(), &articles).ids);
        let failed: Result<((), _), _> = take_all(&begin, |sink| {
            (0..5000).map(article).for_each(sink);
            Err(SpoolError::TooLong)
        });
        assert_eq!(failed.unwrap_err(), SpoolError::TooLong);
    }
}
