//! The person at the terminal: hears what happens, answers what is asked, and may stop the probe
//! while it waits for either.

use std::io::{self, BufRead as _, BufReader, Cursor, Read, Write as _};
use std::sync::mpsc::{Receiver, Sender, channel};

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::cli::ask::{Dialogue, Question};
use crate::cli::context::print_error;
use crate::cli::output::StopSignals;

/// The person.
pub(crate) struct ProbePerson {
    dialogue: Dialogue<BufReader<Typed>, anstream::AutoStream<io::Stderr>>,
}

/// The ways to stop.
pub(crate) struct Stops {
    /// Asked for once: clean up first.
    pub(crate) stop: CancellationToken,
    /// Asked for twice: at once.
    pub(crate) leave: CancellationToken,
    listening: JoinHandle<()>,
}

impl Stops {
    /// Nothing is left to stop.
    pub(crate) fn done(self) {
        self.listening.abort();
    }
}

impl ProbePerson {
    /// Begins to listen, also for signals; within a runtime.
    pub(crate) fn listening() -> (Self, Stops) {
        let (typed, input) = Typed::listening();
        let stop = CancellationToken::new();
        let leave = CancellationToken::new();
        let (first, second) = (stop.clone(), leave.clone());
        // From here on, so that the second one cannot come too soon.
        let mut signals = StopSignals::listening();
        let listening = tokio::spawn(async move {
            signals.asked().await;
            print_error(
                "\nStopping. An upload under way comes to its end first, and what was uploaded is taken away; ask once more to leave at once.",
            );
            first.cancel();
            let _ = typed.send(None);
            signals.asked().await;
            second.cancel();
        });
        let dialogue = Dialogue {
            input: BufReader::new(input),
            output: anstream::stderr(),
            yes: false,
        };
        let stops = Stops {
            stop,
            leave,
            listening,
        };
        (Self { dialogue }, stops)
    }

    /// Tells it something.
    pub(crate) fn hears(&mut self, words: &str) {
        let _ = writeln!(self.dialogue.output, "{words}");
    }

    /// What is typed in answer; `None` where nobody answers.
    pub(crate) fn types(&mut self, words: &str) -> Option<String> {
        self.answers(words, |_| None)
    }

    /// Whether the answer is yes; `None` where nobody answers.
    pub(crate) fn says_yes(&mut self, words: &str) -> Option<bool> {
        let answer = self.answers(words, |answer| {
            understood(answer).is_none().then_some("write yes or no")
        })?;
        understood(&answer)
    }

    fn answers(
        &mut self,
        words: &str,
        problem: fn(&str) -> Option<&'static str>,
    ) -> Option<String> {
        let question = Question {
            flag: "probe",
            words,
            default: None,
            problem,
        };
        self.dialogue.ask(&question, None).ok()
    }
}

fn understood(answer: &str) -> Option<bool> {
    match &*answer.trim().to_lowercase() {
        "yes" | "y" => Some(true),
        "no" | "n" => Some(false),
        _ => None,
    }
}

/// Standard input, read by a thread of its own, so that a stop can end the wait for it.
struct Typed {
    heard: Receiver<Option<Vec<u8>>>,
    line: Cursor<Vec<u8>>,
}

impl Typed {
    /// Begins to read; `None` on the sender ends it.
    fn listening() -> (Sender<Option<Vec<u8>>>, Self) {
        let (tell, heard) = channel();
        let typed = tell.clone();
        std::thread::spawn(move || {
            let mut input = io::stdin().lock();
            loop {
                let mut line = Vec::new();
                let read = input.read_until(b'\n', &mut line);
                let line = matches!(read, Ok(1..)).then_some(line);
                let last = line.is_none();
                if typed.send(line).is_err() || last {
                    return;
                }
            }
        });
        let line = Cursor::default();
        (tell, Self { heard, line })
    }
}

impl Read for Typed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.line.fill_buf()?.is_empty() {
            match self.heard.recv() {
                Ok(Some(line)) => self.line = Cursor::new(line),
                Ok(None) | Err(_) => return Ok(0),
            }
        }
        self.line.read(into)
    }
}
