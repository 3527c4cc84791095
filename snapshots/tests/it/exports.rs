//! Exports: complete, of one moment, and never believed when damaged.

use crate::kit::{Place, commit, contents, key, put, remove};
use actors::kernel::{erase::Erased, time::Timestamp};
use proptest::prelude::*;
use snapshots::{
    Entry, Reader as _, Store,
    export::{
        Arriving, ExportFault, ExportFile, ExportReader, ExportWriter, Flaw, Keep, Reason, Taken,
        exports, newest, read_header, rewrite, stream, take, verify_export, write,
    },
    memory::Memory,
};
use std::{fs, io::Write as _, path::Path, sync::LazyLock};
use tempfile::TempDir;

fn at(hours: i64) -> Timestamp {
    Timestamp::from_seconds(1_795_000_000 + hours * 3600)
}

fn filled() -> Box<dyn Store> {
    let mut store = Memory::default().open(7).unwrap();
    for n in 0..20 {
        commit(
            &mut *store,
            vec![put(&format!("{n:02}"), vec![n; usize::from(n) * 700])],
        );
    }
    store
}

fn read_all(path: &Path) -> Result<Vec<Entry>, ExportFault> {
    let mut reader = ExportReader::open(path)?;
    let mut entries = Vec::new();
    while let Some(entry) = reader.next()? {
        entries.push(entry);
    }
    Ok(entries)
}

#[test]
fn an_export_holds_each_record_as_it_was_stored() {
    for place in Place::each() {
        let mut store = place.open();
        commit(
            &mut *store,
            vec![put("a", "one"), put("b", vec![2; 30_000]), put("c", "")],
        );
        commit(&mut *store, vec![put("a", "two")]);
        let dir = TempDir::new().unwrap();
        let (path, summary) = write(
            &store.view(),
            dir.path(),
            Reason::Manual,
            at(0),
            &mut |_| {},
        )
        .unwrap();
        assert!(summary.is_complete());
        assert_eq!(read_all(&path).unwrap(), contents(&*store.reader(), 10));
        assert_eq!(summary, verify_export(&path).unwrap());
        assert_eq!(summary.header, read_header(&path).unwrap());
        assert_eq!((summary.header.epoch, summary.header.incarnation), (2, 7));
        assert_eq!(summary.bytes, fs::metadata(&path).unwrap().len());
    }
}

#[test]
fn an_export_is_of_one_moment_though_commits_go_on() {
    let mut store = filled();
    let dir = TempDir::new().unwrap();
    let before = contents(&*store.reader(), 100);
    let view = store.view();
    commit(
        &mut *store,
        (0..20).map(|n| remove(&format!("{n:02}"))).collect(),
    );
    let (path, summary) = write(&view, dir.path(), Reason::Manual, at(0), &mut |_| {}).unwrap();
    assert!(summary.is_complete());
    assert_eq!(read_all(&path).unwrap(), before);
}

#[test]
fn an_export_without_a_damaged_record_says_so() {
    let memory = Memory::default();
    let mut store = memory.open(7).unwrap();
    commit(&mut *store, vec![put("a", "one"), put("b", "two")]);
    memory.tamper(key("a").bytes(), |_| Some(b"rubbish".to_vec()));
    let dir = TempDir::new().unwrap();
    let (path, summary) = write(
        &store.view(),
        dir.path(),
        Reason::Manual,
        at(0),
        &mut |_| {},
    )
    .unwrap();
    assert_eq!((summary.damaged, summary.is_complete()), (1, false));
    assert_eq!(read_all(&path).unwrap().len(), 1);
}

#[test]
fn an_unchanged_store_is_not_exported_again() {
    let mut store = filled();
    let dir = TempDir::new().unwrap();
    let exported = |store: &mut dyn Store, reason, hours| match take(
        &store.view(),
        dir.path(),
        reason,
        at(hours),
        Keep::default(),
    )
    .unwrap()
    {
        Taken::Written { .. } => true,
        Taken::Unchanged(_) => false,
    };
    assert!(exported(&mut *store, Reason::Hourly, 0));
    assert!(!exported(&mut *store, Reason::Hourly, 1));
    assert!(!exported(&mut *store, Reason::Shutdown, 2));
    assert!(exported(&mut *store, Reason::Manual, 3));
    commit(&mut *store, vec![put("new", "")]);
    assert!(exported(&mut *store, Reason::Shutdown, 4));

    let newest = newest(dir.path()).unwrap().unwrap();
    let mut bytes = fs::read(&newest).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&newest, bytes).unwrap();
    assert!(
        exported(&mut *store, Reason::Hourly, 5),
        "the newest one is damaged"
    );
}

#[test]
fn old_exports_and_leftovers_go_when_a_new_one_is_written() {
    let mut store = filled();
    let dir = TempDir::new().unwrap();
    fs::write(
        dir.path()
            .join("guildhall-20200101T000000Z-e1-hourly.partial"),
        "half",
    )
    .unwrap();
    fs::write(dir.path().join("notes.txt"), "mine").unwrap();
    for hour in 0..48 {
        commit(&mut *store, vec![put("hour", hour.to_string())]);
        take(
            &store.view(),
            dir.path(),
            Reason::Hourly,
            at(hour),
            Keep::default(),
        )
        .unwrap();
    }
    let kept = exports(dir.path()).unwrap();
    assert_eq!(kept.len(), 5, "three hourly, two of days before: {kept:?}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 6);
}

#[test]
fn a_damaged_export_is_refused_with_the_position() {
    let mut store = filled();
    let dir = TempDir::new().unwrap();
    let (path, _) = write(
        &store.view(),
        dir.path(),
        Reason::Manual,
        at(0),
        &mut |_| {},
    )
    .unwrap();
    let good = fs::read(&path).unwrap();
    let refused = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        fs::write(&path, bytes).unwrap();
        match verify_export(&path).unwrap_err() {
            ExportFault::Damaged { offset, flaw, .. } => (offset, flaw),
            other => panic!("{other:?}"),
        }
    };
    let first_frame = 7 + 3 + 32 + 4;
    assert_eq!(refused(&|b| b[0] = b'X'), (0, Flaw::NotAnExport));
    assert_eq!(refused(&|b| b.truncate(5)), (0, Flaw::NotAnExport));
    assert_eq!(refused(&|b| b[20] ^= 1), (0, Flaw::Crc));
    assert_eq!(refused(&|b| b[64 + 20] ^= 1), (64, Flaw::Crc));
    assert_eq!(
        refused(&|b| b[64 + first_frame + 20] ^= 1),
        (64 + first_frame as u64, Flaw::Crc)
    );
    assert_eq!(refused(&|b| b.truncate(64 + 20)), (64, Flaw::Truncated));
    assert_eq!(
        refused(&|b| drop(b.drain(64..64 + first_frame))),
        (64, Flaw::Crc)
    );
    assert_eq!(refused(&|b| b.push(0)), (good.len() as u64, Flaw::Trailing));
    let newer = |bytes: &mut Vec<u8>| bytes[8] = 2;
    let mut bytes = good.clone();
    newer(&mut bytes);
    fs::write(&path, bytes).unwrap();
    assert!(matches!(
        verify_export(&path),
        Err(ExportFault::Newer { found: 2, .. })
    ));
}

#[test]
fn records_that_do_not_add_up_are_refused() {
    let mut store = filled();
    let dir = TempDir::new().unwrap();
    let (path, _) = write(
        &store.view(),
        dir.path(),
        Reason::Manual,
        at(0),
        &mut |_| {},
    )
    .unwrap();
    let mut bytes = fs::read(&path).unwrap();
    // A trailer with one record more and a correct crc, which begins with the number of the part.
    let trailer = bytes.len() - 37;
    bytes[trailer + 1] += 1;
    let part = [&20_u64.to_le_bytes(), &bytes[trailer..trailer + 33]].concat();
    bytes[trailer + 33..].copy_from_slice(&crc32fast::hash(&part).to_le_bytes());
    fs::write(&path, bytes).unwrap();
    match verify_export(&path).unwrap_err() {
        ExportFault::Damaged { offset, flaw, .. } => {
            assert_eq!((offset, flaw), (trailer as u64, Flaw::Totals));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_failed_export_leaves_nothing_behind() {
    let mut store = filled();
    let dir = TempDir::new().unwrap();
    let view = store.view();
    let mut wrong = contents(&view, 1).remove(0);
    wrong.crc ^= 1;
    let header = {
        let (path, summary) = write(&view, dir.path(), Reason::Manual, at(0), &mut |_| {}).unwrap();
        fs::remove_file(path).unwrap();
        summary.header
    };
    let mut writer = ExportWriter::create(dir.path(), header).unwrap();
    assert!(writer.push(&wrong).is_err());
    drop(writer);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

static GOOD: LazyLock<(Vec<u8>, Vec<Entry>)> = LazyLock::new(|| {
    let mut store = filled();
    let dir = TempDir::new().unwrap();
    let (path, _) = write(
        &store.view(),
        dir.path(),
        Reason::Manual,
        at(0),
        &mut |_| {},
    )
    .unwrap();
    (fs::read(&path).unwrap(), read_all(&path).unwrap())
});

proptest! {
    #[test]
    fn any_flipped_bit_or_truncation_is_refused_and_records_before_it_are_right(
        at: prop::sample::Index,
        truncate: bool,
    ) {
        let (good, entries) = &*GOOD;
        let mut bytes = good.clone();
        if truncate {
            bytes.truncate(at.index(bytes.len()));
        } else {
            let bit = at.index(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("damaged");
        fs::write(&path, bytes).unwrap();
        prop_assert!(verify_export(&path).is_err());
        let Ok(mut reader) = ExportReader::open(&path) else { return Ok(()) };
        let mut expected = entries.iter();
        while let Ok(Some(entry)) = reader.next() {
            prop_assert_eq!(Some(&entry), expected.next());
        }
    }
}

#[test]
fn an_export_reads_like_the_store_it_came_from() {
    let mut store = Memory::default().open(7).unwrap();
    // More than are remembered with their place, so that reading begins in the middle too.
    for n in 0..3 {
        let some = (0..700).map(|m| put(&format!("{:04}", n * 700 + m), vec![n as u8; 20]));
        commit(&mut *store, some.collect());
    }
    let dir = TempDir::new().unwrap();
    let view = store.view();
    let (path, summary) = write(&view, dir.path(), Reason::Manual, at(0), &mut |_| {}).unwrap();
    let file = ExportFile::open(&path, &mut |_| {}).unwrap();
    assert_eq!(*file.summary(), summary);
    for page in [1, 7, 600, 5_000] {
        assert_eq!(contents(&file, page), contents(&view, 256), "{page}");
    }
    for name in ["0000", "0511", "0512", "0513", "2099"] {
        assert_eq!(
            file.get(&key(name)).unwrap(),
            store.reader().get(&key(name)).unwrap()
        );
    }
    for nothing in ["", "00000", "2100", "9"] {
        assert_eq!(file.get(&key(nothing)).unwrap(), None);
    }
    let some = file.scan(&key("1000"), &key("1003"), 100).unwrap();
    assert_eq!((some.entries.len(), some.next), (3, None));

    // A file that changes while it is looked into gives a fault.
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).unwrap();
    let all = || {
        let (mut from, to) = snapshots::all();
        while let Some(next) = file.scan(&from, &to, 100)?.next {
            from = next;
        }
        Ok::<(), snapshots::ReadFault>(())
    };
    assert!(all().is_err());
    assert!(ExportFile::open(&path, &mut |_| {}).is_err());
}

#[test]
fn an_empty_export_can_be_looked_into() {
    let dir = TempDir::new().unwrap();
    let view = Memory::default().open(7).unwrap().view();
    let (path, _) = write(&view, dir.path(), Reason::Manual, at(0), &mut |_| {}).unwrap();
    let file = ExportFile::open(&path, &mut |_| {}).unwrap();
    assert_eq!(contents(&file, 10), []);
    assert_eq!(file.get(&key("a")).unwrap(), None);
}

#[test]
fn a_stream_is_the_same_as_a_file_and_arrives_whole_or_not_at_all() {
    let mut store = filled();
    let dir = TempDir::new().unwrap();
    let view = store.view();
    let (path, _) = write(&view, dir.path(), Reason::Manual, at(0), &mut |_| {}).unwrap();
    let mut bytes = Vec::new();
    stream(&view, Reason::Manual, at(0), &mut bytes, &mut |_| {}).unwrap();
    assert_eq!(bytes, fs::read(path).unwrap());

    let target = dir.path().join("arrived.guildhall");
    let partial = dir.path().join("arrived.guildhall.partial");
    for (sent, whole) in [(&bytes[..bytes.len() - 1], false), (&bytes[..], true)] {
        let mut arriving = Arriving::create(&target).unwrap();
        arriving.write_all(sent).unwrap();
        assert!(partial.exists());
        assert_eq!(arriving.finish(&mut |_| {}).is_ok(), whole);
        drop(arriving);
        assert_eq!((target.exists(), partial.exists()), (whole, false));
    }
    assert_eq!(fs::read(&target).unwrap(), bytes);
}

#[test]
fn records_out_of_order_are_no_export_to_look_into() {
    let mut store = filled();
    let header = {
        let mut bytes = Vec::new();
        stream(
            &store.view(),
            Reason::Manual,
            at(0),
            &mut bytes,
            &mut |_| {},
        )
        .unwrap();
        let dir = TempDir::new().unwrap();
        fs::write(dir.path().join("e"), bytes).unwrap();
        read_header(&dir.path().join("e")).unwrap()
    };
    let dir = TempDir::new().unwrap();
    let mut writer = ExportWriter::create(dir.path(), header).unwrap();
    for entry in contents(&*store.reader(), 100).iter().rev() {
        writer.push(entry).unwrap();
    }
    let (path, _) = writer.finish().unwrap();
    assert!(matches!(
        ExportFile::open(&path, &mut |_| {}).map(|_| ()),
        Err(ExportFault::Damaged {
            flaw: Flaw::Nonsense(_),
            ..
        })
    ));
}

#[test]
fn an_export_is_written_anew_without_some_records_and_only_if_that_changes_it() {
    let place = Place::disk();
    let mut store = place.open();
    commit(
        &mut *store,
        vec![put("a", "one"), put("b", "two"), put("c", "three")],
    );
    let dir = place.data().exports();
    let at = Timestamp::from_seconds(1_795_158_459);
    let (path, _) = write(&store.view(), &dir, Reason::Hourly, at, &mut |_| {}).unwrap();
    let before = fs::read(&path).unwrap();
    assert!(!rewrite(&path, &|_| Erased::Same).unwrap());
    assert_eq!(fs::read(&path).unwrap(), before);
    let without = |entry: &snapshots::Entry| match &*entry.record.payload {
        b"one" => Erased::Removed,
        b"two" => Erased::Changed(crate::kit::record("2")),
        _ => Erased::Same,
    };
    assert!(rewrite(&path, &without).unwrap());
    let summary = verify_export(&path).unwrap();
    assert!(summary.is_complete());
    assert_eq!(summary.totals.records, 2);
    let bytes = fs::read(&path).unwrap();
    for gone in [&b"one"[..], b"two"] {
        assert!(!bytes.windows(gone.len()).any(|part| part == gone));
    }
    assert!(bytes.windows(5).any(|part| part == b"three"));
    assert!(!rewrite(&path, &without).unwrap(), "twice does no harm");
    assert_eq!(
        fs::read_dir(&dir).unwrap().count(),
        1,
        "nothing is left beside it"
    );
}
