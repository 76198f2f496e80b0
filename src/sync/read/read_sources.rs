//! Stages 1 and 2 over all sources of a bot: reads them off the runtime's threads, and says of each
//! source whether it was read completely.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio_util::sync::CancellationToken;

use super::feed_results::FeedResults;
use super::last_readings::LastReadings;
use super::normalise_source::NormaliseSource;
use super::normalise_workers::{take_all, threads};
use super::read_permits::ReadPermit;
use super::source_results::{SourceRead, SourceResults};
use super::wait_until_quiet::{PATIENCE, Renamed, Sequence, quiet_scan};
use crate::clock::{Clock, Instant, instant};
use crate::config::{Bot, Feed, Folder, Source, SourceKind};
use crate::intake::{
    CacheView, EarlierReading, Hasher, IsLive, ReadContext, Reading, Scan, SourceError,
    SourceThreads, Work, Writers, read, read_feed, time_to_read,
};
use crate::model::Article;
use crate::normalise::NameTemplate;
use crate::spool::{SpillConfig, Spool};
use crate::store::{BotId, Store};
use crate::sync::configuration::bot_fingerprint;
use crate::sync::send::{Activity, ProgressSink};

/// What a reading knows from the one before, and what it caches for the next one.
#[derive(Clone, Debug, Default)]
pub(crate) struct SourceReader {
    /// Makes the digests of rows; `None`: nobody wants them.
    pub(crate) hasher: Option<Hasher>,
    /// What was seen.
    pub(crate) sight: Option<CacheView>,
    /// What the readings before came to, by source.
    pub(crate) earlier: Arc<BTreeMap<Arc<str>, EarlierReading>>,
    /// Whom to ask which articles are live; `None`: none is.
    pub(crate) snapshot: Option<(Store, BotId)>,
}

/// Who reads, and with what at hand.
#[derive(Clone, Copy)]
pub(crate) struct BotReader<'a> {
    pub(crate) clock: &'a Clock,
    pub(crate) tell: &'a ProgressSink,
    pub(crate) renamed: &'a Renamed,
    pub(crate) writers: &'a Writers,
    pub(crate) readings: &'a FeedResults,
    pub(crate) stop: &'a CancellationToken,
    pub(crate) threads: &'a SourceThreads,
    pub(crate) last_readings: &'a LastReadings,
    pub(crate) room: &'a SpillConfig,
    pub(crate) permit: &'a ReadPermit,
}

/// A look at a folder tells of it for so long. Whoever has had to wait since looks again.
const FRESH: Duration = Duration::from_secs(1);

/// A source for which nothing is to be waited any more.
enum QuietFiles<'a> {
    /// The files of this folder are quiet.
    Quiet(&'a Folder, Box<Quiet>),
    /// It was read already.
    Read(Box<SourceRead>),
}

/// A scan of quiet files, the moment before it, and when it was.
struct Quiet {
    scan: Scan,
    before: Sequence,
    at: Instant,
}

impl Quiet {
    async fn wait_for(
        folder: &Folder,
        work: &Work,
        reader: &BotReader<'_>,
    ) -> Result<Self, SourceError> {
        let (scan, before) = quiet_scan(folder, work, reader).await?;
        let at = instant();
        Ok(Self { scan, before, at })
    }
}

/// Reads every source of a bot. What others have to be waited for comes first, so that no turn passes
/// with it.
pub(crate) async fn read_sources(
    bot: &Bot,
    reader: &BotReader<'_>,
    eyes: &SourceReader,
) -> SourceResults {
    let mut results = SourceResults {
        fingerprint: bot_fingerprint(bot),
        ..SourceResults::default()
    };
    let mut ready = Vec::new();
    for source in &bot.sources {
        ready.push(match &source.kind {
            SourceKind::Folder(folder) => {
                let quiet = Quiet::wait_for(folder, &work_of(bot, source), reader).await;
                quiet.map(|quiet| QuietFiles::Quiet(folder, Box::new(quiet)))
            }
            SourceKind::Feed(feed) => {
                let swept = sweep(bot, source, feed, reader, eyes).await;
                swept.map(|read| QuietFiles::Read(Box::new(read)))
            }
        });
    }
    for (source, ready) in bot.sources.iter().zip(ready) {
        let outcome = match ready {
            Ok(QuietFiles::Quiet(folder, quiet)) => {
                // A copy of what it is configured with makes the future a large one.
                Box::pin(read_folder(bot, source, folder, *quiet, reader, eyes)).await
            }
            Ok(QuietFiles::Read(read)) => Ok(*read),
            Err(error) => Err(error),
        };
        results.add(source, outcome);
    }
    results.merge_messages();
    results.rejections.sort();
    results.notes.sort();
    results
}

/// What a feed says, or what it said a moment ago.
async fn sweep(
    bot: &Bot,
    source: &Source,
    feed: &Feed,
    reader: &BotReader<'_>,
    eyes: &SourceReader,
) -> Result<SourceRead, SourceError> {
    let BotReader {
        clock, readings, ..
    } = *reader;
    if let Some(last) = readings.last(bot, source, clock) {
        return last;
    }
    let began = (clock.now(), readings.news(bot, source));
    let read = ask(bot, source, feed, reader, eyes).await;
    let memory = readings.memory(bot, source, clock);
    let (kept, owner, of) = (readings.clone(), bot.clone(), source.clone());
    clock
        .run_blocking(move || kept.save(&owner, &of, &memory))
        .await;
    let read = read.map_err(|error| readings.failed(bot, source, error))?;
    reader.last_readings.completed(bot, source, clock.point());
    readings.keep(bot, source, began, &read);
    Ok(read)
}

async fn ask(
    bot: &Bot,
    source: &Source,
    feed: &Feed,
    reader: &BotReader<'_>,
    eyes: &SourceReader,
) -> Result<SourceRead, SourceError> {
    let BotReader {
        clock, stop, room, ..
    } = *reader;
    let memory = reader.readings.memory(bot, source, clock);
    let nothing = EarlierReading::default();
    let earlier = eyes.earlier.get(source.name.as_str()).unwrap_or(&nothing);
    let sweep = read_feed(source, feed, &memory, earlier, clock, stop, room);
    let swept = AssertUnwindSafe(sweep).catch_unwind().await;
    let (articles, reading) = swept.unwrap_or_else(|panic| Err(SourceError::defect(&*panic)))?;
    let read = |sink: &mut dyn FnMut(Article)| {
        articles.each(sink)?;
        Ok(reading)
    };
    let read = clock.run_blocking(taking(bot, source, reader, None, read));
    read.await
}

async fn read_folder(
    bot: &Bot,
    source: &Source,
    folder: &Folder,
    mut quiet: Quiet,
    reader: &BotReader<'_>,
    eyes: &SourceReader,
) -> Result<SourceRead, SourceError> {
    let BotReader {
        clock,
        renamed,
        stop,
        permit,
        ..
    } = *reader;
    let work = work_of(bot, source);
    tokio::select! {
        biased;
        () = stop.cancelled() => return Err(SourceError::Stopped),
        () = permit.begin() => {}
    }
    let began = instant();
    if quiet.at.elapsed() > FRESH {
        quiet = Quiet::wait_for(folder, &work, reader).await?;
    }
    let mut swallowed = Swallowed::default();
    loop {
        let Quiet { scan, before, .. } = quiet;
        let (owner, files) = (source.clone(), scan.clone());
        let limits = folder.clone();
        let (used, now, room) = (eyes.clone(), clock.now(), reader.room.clone());
        let asked = swallowed.clone();
        let reading = move |sink: &mut dyn FnMut(Article)| {
            let is_live = |id: &str| asked.ask(id);
            let glance = ReadContext {
                hasher: used.hasher.as_ref(),
                sight: used.sight.as_ref(),
                now,
                room: &room,
                earlier: used.earlier.get(owner.name.as_str()),
                live: Some(IsLive(&is_live)),
            };
            read(&owner, &limits, &files, glance, sink)
        };
        let job = taking(bot, source, reader, eyes.hasher.clone(), reading);
        let within = time_to_read(&scan.files);
        let taken = reader.threads.run(clock, work.clone(), within, job);
        // Nobody waits for a long read at a stop; it changes nothing, and ends with the process.
        let outcome = tokio::select! {
            biased;
            outcome = taken => outcome.map_err(|unfinished| unfinished.of(&folder.path)).flatten(),
            () = stop.cancelled() => Err(SourceError::Stopped),
        };
        if outcome.is_ok() && swallowed.learn(eyes.snapshot.as_ref(), &source.name).await {
            quiet = Quiet {
                at: instant(),
                scan,
                before,
            };
            continue;
        }
        match outcome {
            Err(SourceError::Changed { .. }) if began.elapsed() < PATIENCE => {
                quiet = Quiet::wait_for(folder, &work, reader).await?;
            }
            outcome => {
                renamed.forget(&scan, before);
                let known: HashSet<&Path> = scan.files.iter().map(|file| &*file.path).collect();
                if let Some(root) = scan.folders.first() {
                    let is_known = |path: &Path| known.contains(path);
                    reader.writers.keep_only(&root.path, is_known);
                }
                if outcome.is_ok() {
                    let completed = reader.last_readings;
                    completed.completed(bot, source, clock.point());
                }
                return outcome;
            }
        }
    }
}

/// Ids that stand in cells of several lines, and may be those of rows that a quote has swallowed. A
/// reading asks for few or none of them, so nobody looks up what is live before one does.
#[derive(Clone, Default)]
struct Swallowed {
    asked: Arc<Mutex<BTreeSet<String>>>,
    live: Arc<HashSet<String>>,
    is_answered: bool,
}

impl Swallowed {
    fn ask(&self, id: &str) -> bool {
        if !self.is_answered {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            asked.insert(id.to_owned());
        }
        self.live.contains(id)
    }

    /// Whether some of the ids that were asked for are live: then the folder is to be read again.
    async fn learn(&mut self, snapshot: Option<&(Store, BotId)>, source: &str) -> bool {
        let asked = {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *asked)
        };
        let (Some((store, bot)), false) = (snapshot, asked.is_empty()) else {
            return false;
        };
        let asked: Vec<String> = asked.into_iter().collect();
        let Ok(live) = store.live_articles(*bot, source, &asked).await else {
            // The same error meets the pass a moment later.
            return false;
        };
        self.is_answered = true;
        self.live = Arc::new(live);
        !self.live.is_empty()
    }
}

/// What a thread works for that lists or reads a source.
pub(crate) fn work_of(bot: &Bot, source: &Source) -> Work {
    Work::Source(bot.domain_name.clone(), source.name.clone())
}

/// Turns what a read yields into steps. It blocks, and so has to run off the runtime's threads.
fn taking(
    bot: &Bot,
    source: &Source,
    reader: &BotReader<'_>,
    hasher: Option<Hasher>,
    read: impl FnOnce(&mut dyn FnMut(Article)) -> Result<Reading, SourceError> + Send + 'static,
) -> impl FnOnce() -> Result<SourceRead, SourceError> + Send + 'static {
    let source = source.clone();
    let template = bot.node_name.clone();
    let domain_name = bot.domain_name.clone();
    let tell = reader.tell.clone();
    let room = reader.room.clone();
    let work = move || {
        let names = NameTemplate::new(&template).map_err(|error| SourceError::Template {
            cause: error.to_string(),
        })?;
        // Each thread has a spool of its own, so that none waits for another.
        let room = room.shared_by(threads());
        let name: Arc<str> = source.name.as_str().into();
        let begin = || NormaliseSource {
            source: &source,
            name: name.clone(),
            names: &names,
            hasher: hasher.as_ref(),
            spool: Arc::new(Spool::new(&room)),
            origin: None,
            read: SourceRead::default(),
        };
        let mut articles = 0;
        let (reading, taken) = take_all(&begin, |sink| {
            read(&mut |article| {
                articles += 1;
                if articles % 1000 == 0 {
                    tell(&domain_name, Activity::Reading { articles });
                }
                sink(article);
            })
        })?;
        if source.bad_rows == crate::config::BadRows::Stop && !taken.rejections.is_empty() {
            return Err(SourceError::BadRows {
                rejections: taken.rejections,
            });
        }
        Ok(SourceRead { reading, ..taken })
    };
    // A defect that one source meets is its failure alone.
    move || {
        let outcome = catch_unwind(AssertUnwindSafe(work));
        outcome.unwrap_or_else(|panic| Err(SourceError::defect(&*panic)))
    }
}
