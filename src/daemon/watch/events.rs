//! What an event of the watcher says: whether the folder has changed, and who writes a file. Pure.

use std::path::PathBuf;

use notify::event::{AccessKind, AccessMode, CreateKind, ModifyKind, RenameMode};
use notify::{Event, EventKind};

/// What an event asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Hint {
    /// The folder is another one than before.
    pub(crate) wake: bool,
    /// Files that were renamed into place.
    pub(crate) renamed: Vec<PathBuf>,
    /// What it says of the writers of files.
    pub(crate) writing: Vec<(PathBuf, Write)>,
}

/// What an event says of a file's writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    Created,
    Wrote,
    Closed,
    Gone,
}

impl Hint {
    fn of(wake: bool, paths: &[PathBuf], write: Write) -> Self {
        Self {
            wake,
            renamed: Vec::new(),
            writing: paths.iter().map(|path| (path.clone(), write)).collect(),
        }
    }

    /// A file that was renamed into place is whole, and nobody writes it.
    fn renamed(from: &[PathBuf], to: &[PathBuf]) -> Self {
        let gone = from.iter().map(|path| (path.clone(), Write::Gone));
        let closed = to.iter().map(|path| (path.clone(), Write::Closed));
        Self {
            wake: true,
            renamed: to.to_vec(),
            writing: gone.chain(closed).collect(),
        }
    }
}

/// Our own reading opens and closes files too: only what changes a folder counts.
pub(crate) fn hint(event: &Event) -> Hint {
    let paths = &event.paths[..];
    match event.kind {
        EventKind::Modify(ModifyKind::Name(RenameMode::To)) => Hint::renamed(&[], paths),
        EventKind::Modify(ModifyKind::Name(RenameMode::Both)) => {
            let (from, to) = paths.split_at(paths.len().min(1));
            Hint::renamed(from, to)
        }
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => {
            Hint::of(true, paths, Write::Closed)
        }
        EventKind::Create(CreateKind::Folder) => Hint::of(true, &[], Write::Created),
        EventKind::Create(_) => Hint::of(true, paths, Write::Created),
        EventKind::Modify(ModifyKind::Data(_)) => Hint::of(false, paths, Write::Wrote),
        EventKind::Modify(ModifyKind::Name(_)) | EventKind::Remove(_) => {
            Hint::of(true, paths, Write::Gone)
        }
        _ => Hint::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use notify::event::{DataChange, RemoveKind};

    #[test]
    fn only_what_changes_a_folder_wakes_and_each_event_tells_of_the_writer() {
        let name = |mode| EventKind::Modify(ModifyKind::Name(mode));
        let cases = [
            (
                EventKind::Access(AccessKind::Open(AccessMode::Any)),
                false,
                None,
            ),
            (
                EventKind::Access(AccessKind::Close(AccessMode::Read)),
                false,
                None,
            ),
            (
                EventKind::Modify(ModifyKind::Data(DataChange::Any)),
                false,
                Some(Write::Wrote),
            ),
            (
                EventKind::Access(AccessKind::Close(AccessMode::Write)),
                true,
                Some(Write::Closed),
            ),
            (
                EventKind::Create(CreateKind::File),
                true,
                Some(Write::Created),
            ),
            (EventKind::Create(CreateKind::Folder), true, None),
            (EventKind::Remove(RemoveKind::File), true, Some(Write::Gone)),
            (name(RenameMode::From), true, Some(Write::Gone)),
            (name(RenameMode::To), true, Some(Write::Closed)),
        ];
        for (kind, wakes, write) in cases {
            let hint = hint(&Event::new(kind).add_path("/export/a.csv".into()));
            let writing = hint.writing.first().map(|(_, write)| *write);
            assert_eq!((hint.wake, writing), (wakes, write), "{kind:?}");
        }
    }

    #[test]
    fn a_rename_into_place_is_told_with_its_path() {
        let (from, to) = (
            PathBuf::from("/export/a.tmp"),
            PathBuf::from("/export/a.csv"),
        );
        let kind = EventKind::Modify(ModifyKind::Name(RenameMode::Both));
        let both = Event::new(kind).add_path(from.clone()).add_path(to.clone());
        let hint = hint(&both);
        assert_eq!(hint.renamed, std::slice::from_ref(&to));
        assert_eq!(hint.writing, [(from, Write::Gone), (to, Write::Closed)]);
    }
}
