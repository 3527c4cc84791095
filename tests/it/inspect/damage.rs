//! Whatever is damaged, `verify` finds it; and what cannot be opened is left as it is.

use super::*;

/// One way to damage a store.
type Damage = (&'static str, fn(&sled::Db), &'static [&'static str]);

fn change(db: &sled::Db, key: &Key, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = db.get(key.bytes()).unwrap().expect("it is there").to_vec();
    change(&mut bytes);
    db.insert(key.bytes(), bytes).unwrap();
}

fn reseal(db: &sled::Db, key: &Key, epoch: u64, record: &Record) {
    db.insert(key.bytes(), seal(key, epoch, record)).unwrap();
}

fn with_schema(kind: u16, version: u16) -> Record {
    Record {
        schema: Schema { kind, version },
        ..sample("welcome-row-greeted")
    }
}

/// Every way to damage a record or the set of them, and what is found of it.
const DAMAGES: &[Damage] = &[
    (
        "a flipped bit in a payload",
        |db| change(db, &row(3), |bytes| bytes[33] ^= 4),
        &["damaged"],
    ),
    (
        "a flipped bit in a header",
        |db| change(db, &row(3), |bytes| bytes[13] ^= 1),
        &["damaged"],
    ),
    (
        "a truncated record",
        |db| change(db, &row(3), |bytes| bytes.truncate(20)),
        &["damaged"],
    ),
    (
        "a record under a foreign key",
        |db| {
            let bytes = db.get(row(4).bytes()).unwrap().unwrap();
            db.insert(row(3).bytes(), bytes).unwrap();
        },
        &["damaged"],
    ),
    (
        "a damaged head does not make its rows orphans",
        |db| {
            change(db, &head_key(welcome()), |bytes| bytes[0] = 0);
        },
        &["damaged"],
    ),
    (
        "a vanished record",
        |db| drop(db.remove(row(3).bytes()).unwrap()),
        &["digest"],
    ),
    (
        "a record from nowhere",
        |db| reseal(db, &row(77), 2, &sample("welcome-row-due")),
        &["digest"],
    ),
    (
        "a value that became an older one",
        |db| {
            reseal(db, &head_key(welcome()), 1, &sample("welcome-head-fresh"));
        },
        &["digest"],
    ),
    (
        "a record of the future",
        |db| reseal(db, &row(3), 99, &sample("welcome-row-due")),
        &["digest", "future"],
    ),
    (
        "a vanished head leaves orphans",
        |db| {
            db.remove(head_key(welcome()).bytes()).unwrap();
        },
        &["digest", "orphan"],
    ),
    (
        "an index row to nobody",
        |db| {
            let nobody = Address::guild(Kind::Welcome, GuildId::new(9).unwrap());
            let key = index_key(
                IndexKey::User(actors::kernel::ids::UserId::new(5).unwrap()),
                Some(nobody),
            );
            let record = Record {
                schema: actors::kernel::turn::INDEX_SCHEMA,
                payload: Vec::new(),
            };
            reseal(db, &key, 2, &record);
        },
        &["digest", "orphan"],
    ),
    (
        "a newer schema",
        |db| reseal(db, &row(3), 2, &with_schema(0x4003, 99)),
        &["digest", "unreadable"],
    ),
    (
        "another kind",
        |db| reseal(db, &row(3), 2, &with_schema(0x4002, 1)),
        &["digest", "unreadable"],
    ),
    (
        "a timer that is none",
        |db| {
            reseal(
                db,
                &timer_key(welcome(), "greet"),
                2,
                &sample("runtime-mark"),
            );
        },
        &["digest", "unreadable"],
    ),
    (
        "an undecodable payload",
        |db| {
            let record = Record {
                payload: vec![0xff; 3],
                ..sample("welcome-head-full")
            };
            reseal(db, &head_key(welcome()), 2, &record);
        },
        &["digest", "unreadable"],
    ),
    (
        "a piece of nothing",
        |db| {
            let key = [b"~", row(3).bytes(), &[0, 1]].concat();
            db.insert(key, "piece").unwrap();
        },
        &["stray"],
    ),
    (
        "a damaged note of the progress",
        |db| {
            change(db, &Key::new(Space::Meta, b"progress"), |bytes| {
                bytes[40] ^= 1;
            });
        },
        &["damaged"],
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verify_finds_every_planted_damage() {
    let dir = stopped();
    let at = dir.path();
    ends_with(&run(at, "inspect verify").await, Exit::Good);
    let good = files(&at.join("data"));
    for (name, damage, wanted) in DAMAGES {
        let db = raw(at);
        damage(&db);
        db.flush().unwrap();
        drop(db);
        let output = run(at, "inspect verify --json").await;
        ends_with(&output, Exit::Damaged);
        let text = out(&output);
        let lines: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let (summary, findings) = lines.split_last().unwrap();
        assert_eq!(summary["good"], false, "{name}");
        let mut found: Vec<&str> = findings
            .iter()
            .map(|line| line["what"].as_str().unwrap())
            .collect();
        found.sort_unstable();
        found.dedup();
        assert_eq!(found, *wanted, "{name}: {text}");
        // For people it says the same.
        let output = run(at, "inspect verify").await;
        ends_with(&output, Exit::Damaged);
        for what in *wanted {
            assert!(out(&output).contains(what), "{name}: {}", out(&output));
        }
        for (path, (bytes, _)) in &good {
            if path.is_file() {
                fs::write(path, bytes).unwrap();
            }
        }
        for path in files(&at.join("data"))
            .keys()
            .filter(|path| !good.contains_key(*path))
        {
            fs::remove_file(path).unwrap();
        }
    }
    ends_with(&run(at, "inspect verify").await, Exit::Good);
}

#[tokio::test]
async fn a_store_that_does_not_open_is_left_as_it_is_and_the_way_out_is_said() {
    let dir = stopped();
    let at = dir.path();
    ends_with(&run(at, "backup").await, Exit::Good);
    let db = at.join("data/store/db");
    let bytes = fs::read(&db).unwrap();
    fs::write(&db, &bytes[..600]).unwrap();
    for entry in fs::read_dir(at.join("data/store"))
        .unwrap()
        .map(Result::unwrap)
    {
        if entry.file_name().to_string_lossy().starts_with("snap.") {
            fs::remove_file(entry.path()).unwrap();
        }
    }
    let before = files(&at.join("data"));
    let output = run(at, "inspect verify").await;
    ends_with(&output, Exit::Damaged);
    assert_eq!(files(&at.join("data")), before);
    assert!(
        !err(&output).contains("guildhall-inspect-"),
        "{}",
        err(&output)
    );

    // A newer one is not damaged, and is said to be newer.
    let dir = stopped();
    let at = dir.path();
    let identity = Identity {
        data_format: DATA_FORMAT + 1,
        ..Identity::new(7)
    };
    let db = raw(at);
    reseal(
        &db,
        &Identity::key(),
        2,
        &identity.to_record(&Bincode).unwrap(),
    );
    db.flush().unwrap();
    drop(db);
    let output = run(at, "inspect stats").await;
    ends_with(&output, Exit::Failed);
    let said = err(&output);
    assert!(
        said.contains(&format!("format {}", DATA_FORMAT + 1)) && said.contains("another version"),
        "{said}"
    );

    // One that is in use by a process that does not answer.
    let lock = fs::File::options()
        .write(true)
        .open(at.join("data/lock"))
        .unwrap();
    lock.lock().unwrap();
    let output = run(at, "inspect list").await;
    ends_with(&output, Exit::NotNow);
    assert!(err(&output).contains("does not answer"), "{}", err(&output));
}

#[tokio::test]
async fn a_backup_of_a_damaged_store_is_made_and_says_what_is_missing() {
    let dir = stopped();
    let at = dir.path();
    let db = raw(at);
    change(&db, &row(3), |bytes| bytes[33] ^= 4);
    db.flush().unwrap();
    drop(db);
    let output = run(at, "backup rest.guildhall").await;
    ends_with(&output, Exit::Damaged);
    assert!(
        err(&output).contains("1 damaged records"),
        "{}",
        err(&output)
    );
    let output = run(at, "inspect --from rest.guildhall verify").await;
    ends_with(&output, Exit::Damaged);
    assert!(out(&output).contains("missing"), "{}", out(&output));
    let output = run(at, "restore rest.guildhall --data new").await;
    ends_with(&output, Exit::Damaged);
    assert!(
        err(&output).contains("--accept-incomplete"),
        "{}",
        err(&output)
    );
    ends_with(
        &run(at, "restore rest.guildhall --data new --accept-incomplete").await,
        Exit::Good,
    );
    ends_with(&run(at, "inspect --data new verify").await, Exit::Good);
}
