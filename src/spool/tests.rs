use super::*;

const MANY: usize = 3000;

fn record(at: usize) -> Vec<u8> {
    format!("{at} ").repeat(at % 300).into_bytes()
}

fn filled(room: &SpillConfig) -> (Spool, Vec<Handle>) {
    let spool = Spool::new(room);
    let handles = (0..MANY).map(|at| spool.append(&record(at)).unwrap());
    let handles = handles.collect();
    (spool, handles)
}

fn holds_all(spool: &Spool, handles: &[Handle]) {
    let holds = |at: usize| {
        assert_eq!(spool.read(handles[at]).unwrap(), record(at));
        assert_eq!(handles[at].length(), record(at).len());
    };
    (0..handles.len()).rev().for_each(holds);
    // One after the other, they are read ahead; also where one of them comes from elsewhere.
    (0..handles.len()).for_each(holds);
    for at in 0..handles.len() {
        holds(at);
        holds(at * 7 % handles.len());
    }
}

#[test]
fn every_record_comes_back_from_memory_and_from_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    for (room, on_disk) in [
        (SpillConfig::MEMORY, false),
        (SpillConfig::within(folder.path()), false),
        (SpillConfig::beyond(folder.path(), 0), true),
        (SpillConfig::beyond(folder.path(), 100_000), true),
    ] {
        let (spool, handles) = filled(&room);
        assert_eq!(spool.lock().written > 0, on_disk);
        holds_all(&spool, &handles);
        let entries = std::fs::read_dir(folder.path()).unwrap();
        assert_eq!(entries.count(), 0, "the file has no name");
    }
}

#[test]
fn where_no_file_can_be_made_everything_stays_in_memory() {
    let (spool, handles) = filled(&SpillConfig::beyond("/proc/self".as_ref(), 10));
    assert!(spool.lock().stuck);
    holds_all(&spool, &handles);
}

#[test]
fn nor_does_it_take_all_memory_where_no_file_can_be_written() {
    let mut room = SpillConfig::beyond("/proc/self".as_ref(), 10);
    room.without_file = 1000;
    let spool = Spool::new(&room);
    let record = [b'x'; 100];
    for _ in 0..10 {
        spool.append(&record).unwrap();
    }
    let error = spool.append(&record).unwrap_err();
    assert!(matches!(error, SpoolError::Full { .. }), "{error}");
    assert!(error.to_string().contains("/proc/self"), "{error}");
    // One record that is longer than what stays in memory fits a file.
    let folder = tempfile::tempdir().unwrap();
    let mut room = SpillConfig::beyond(folder.path(), 10);
    room.without_file = 10;
    assert!(Spool::new(&room).append(&record).is_ok());
}

#[test]
fn the_disk_is_not_filled() {
    let folder = tempfile::tempdir().unwrap();
    let mut room = SpillConfig::beyond(folder.path(), 10);
    room.left_to_others = u64::MAX;
    let (spool, handles) = filled(&room);
    {
        let records = spool.lock();
        assert_eq!((records.stuck, records.written), (true, 0));
    }
    holds_all(&spool, &handles);
}

#[test]
fn where_the_file_takes_no_more_the_rest_stays_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let (spool, mut handles) = filled(&SpillConfig::beyond(folder.path(), 0));
    {
        let mut records = spool.lock();
        let path = folder.path().join("read-only");
        std::fs::write(&path, "").unwrap();
        let mut whole = vec![0; usize::try_from(records.written).unwrap()];
        let file = records.file.as_ref().unwrap();
        file.read_exact_at(&mut whole, 0).unwrap();
        std::fs::write(&path, whole).unwrap();
        records.file = Some(File::open(&path).unwrap());
    }
    handles.extend((MANY..2 * MANY).map(|at| spool.append(&record(at)).unwrap()));
    assert!(spool.lock().stuck);
    holds_all(&spool, &handles);
}

#[test]
fn a_record_that_is_not_what_was_written_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (spool, handles) = filled(&SpillConfig::beyond(folder.path(), 0));
    let (first, last) = (handles[250], handles[MANY - 1]);
    {
        let mut records = spool.lock();
        let file = records.file.as_ref().unwrap();
        file.write_all_at(b"x", first.offset + 7).unwrap();
        let end = records.tail.len() - 1;
        records.tail[end] ^= 1;
    }
    assert_eq!(spool.read(first), Err(spool.damaged()));
    assert_eq!(spool.read(last), Err(spool.damaged()));
    assert_eq!(spool.read(handles[251]).unwrap(), record(251));

    let elsewhere = Handle {
        offset: handles[500].offset,
        ..handles[200]
    };
    assert_eq!(spool.read(elsewhere), Err(spool.damaged()));

    spool.lock().file.as_ref().unwrap().set_len(10).unwrap();
    let cut_off = spool.read(handles[2000]);
    assert!(matches!(cut_off, Err(SpoolError::Unreadable { .. })));
    let message = cut_off.unwrap_err().to_string();
    assert!(message.contains(&folder.path().display().to_string()));
}

#[test]
fn the_same_record_elsewhere_has_another_checksum() {
    let spool = Spool::new(&SpillConfig::MEMORY);
    let (one, other) = (spool.append(b"same"), spool.append(b"same"));
    let moved = Handle {
        offset: other.unwrap().offset,
        ..one.unwrap()
    };
    assert_eq!(spool.read(moved), Err(spool.damaged()));
}
