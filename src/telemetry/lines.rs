//! Where events are written: each one line, so that nothing that reads lines takes one event for
//! several; and with its priority in front where the journal of systemd reads along.

use std::io::{self, Write};

use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

/// Standard error, for events.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogLines {
    /// Whether the journal reads it.
    pub(super) journal: bool,
    /// Whether a person reads it, who is better served by several lines.
    pub(super) terminal: bool,
}

/// Takes one event.
#[derive(Debug)]
pub(super) struct LogLine {
    priority: &'static str,
    whole: bool,
}

impl LogLines {
    fn line(self, level: Level) -> LogLine {
        LogLine {
            priority: if self.journal { priority(level) } else { "" },
            whole: !self.terminal,
        }
    }
}

impl MakeWriter<'_> for LogLines {
    type Writer = LogLine;

    fn make_writer(&self) -> LogLine {
        self.line(Level::INFO)
    }

    fn make_writer_for(&self, about: &Metadata<'_>) -> LogLine {
        self.line(*about.level())
    }
}

impl Write for LogLine {
    /// Every event comes in one piece.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        io::stderr().lock().write_all(&self.written(event))?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

impl LogLine {
    fn written(&self, event: &[u8]) -> Vec<u8> {
        let text = event.strip_suffix(b"\n").unwrap_or(event);
        let mut line = Vec::with_capacity(event.len() + 4);
        line.extend_from_slice(self.priority.as_bytes());
        line.extend(text.iter().map(|byte| match byte {
            b'\n' | b'\r' if self.whole => b' ',
            byte => *byte,
        }));
        line.push(b'\n');
        line
    }
}

/// As the journal reads it, and takes it out again: `man sd-daemon`.
const fn priority(level: Level) -> &'static str {
    match level {
        Level::ERROR => "<3>",
        Level::WARN => "<4>",
        Level::INFO => "<6>",
        Level::DEBUG | Level::TRACE => "<7>",
    }
}

/// Whether it is really standard error that leads into the journal: what a service starts inherits
/// the variable, and may write elsewhere.
pub(super) fn stderr_is_the_journal() -> bool {
    let Ok(found) = rustix::fs::fstat(io::stderr()) else {
        return false;
    };
    std::env::var("JOURNAL_STREAM")
        .is_ok_and(|stream| stream == format!("{}:{}", found.st_dev, found.st_ino))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_with_its_priority_where_the_journal_reads() {
        let table = [
            (true, false, Level::WARN, "<4>a b\n"),
            (true, false, Level::ERROR, "<3>a b\n"),
            (true, false, Level::TRACE, "<7>a b\n"),
            (false, false, Level::INFO, "a b\n"),
            (false, true, Level::INFO, "a\nb\n"),
        ];
        for (journal, terminal, level, expected) in table {
            let line = LogLines { journal, terminal }.line(level);
            let written = String::from_utf8(line.written(b"a\nb\n")).unwrap();
            assert_eq!(written, expected);
        }
    }
}
