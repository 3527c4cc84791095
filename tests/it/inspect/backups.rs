//! Backups: verified, compared, restored, never overwritten.

use super::*;

#[tokio::test]
async fn backups_are_verified_compared_and_restored_and_never_overwrite() {
    let dir = stopped();
    let at = dir.path();
    let output = run(at, "backup monday.guildhall").await;
    ends_with(&output, Exit::Good);
    assert_eq!(out(&output).trim(), "monday.guildhall");
    assert!(
        err(&output).contains("read back and good: 26 records"),
        "{}",
        err(&output)
    );
    ends_with(&run(at, "backup monday.guildhall").await, Exit::Failed);
    ends_with(
        &run(at, "backup monday.guildhall --replace").await,
        Exit::Good,
    );
    fs::create_dir(at.join("usb")).unwrap();
    for _ in 0..2 {
        ends_with(&run(at, "backup usb").await, Exit::Good);
    }
    ends_with(&run(at, "export").await, Exit::Good);
    assert!(fs::read_dir(at.join("data/exports")).unwrap().count() == 1);
    for name in ["usb", "data/exports"] {
        for entry in fs::read_dir(at.join(name)).unwrap().map(Result::unwrap) {
            let name = entry.file_name().into_string().unwrap();
            assert!(
                name.starts_with("guildhall-") && name.ends_with("-manual.guildhall"),
                "{name}"
            );
        }
    }

    // Everything that can be asked of a store can be asked of a backup.
    ends_with(
        &run(at, "inspect --from monday.guildhall verify").await,
        Exit::Good,
    );
    for what in [
        "list --kind welcome",
        "show --space row",
        "timers",
        "stats",
        "dead-letters",
    ] {
        let mut live = json(at, &format!("inspect {what}")).await;
        live.retain(|record| record["space"] != "meta");
        let kept = json(at, &format!("inspect --from monday.guildhall {what}")).await;
        assert_eq!(kept, live, "{what}");
    }
    assert_eq!(
        json(at, "inspect diff monday.guildhall").await,
        Vec::<Value>::new()
    );

    let key = Key::new(Space::Parked, &[1; 31]);
    let writes = vec![
        put(head_key(welcome()), sample("welcome-head-fresh")),
        put(row(500), sample("welcome-row-due")),
        Write { key, record: None },
    ];
    commit(&at.join("data"), writes);
    let said = out(&run(at, "inspect diff monday.guildhall").await);
    for part in [
        "~ head guild 81384788765712384/welcome",
        "+ row guild 81384788765712384/welcome row 1500",
        "- parked",
        "1 came, 1 went, 1 changed.",
    ] {
        assert!(said.contains(part), "{part} is missing in:\n{said}");
    }
    ends_with(
        &run(at, "inspect export tuesday.guildhall").await,
        Exit::Good,
    );
    let between = out(&run(at, "inspect diff monday.guildhall tuesday.guildhall").await);
    assert_eq!(between, said);

    // A damaged backup is refused with the place, and nothing is restored of it.
    let good = fs::read(at.join("monday.guildhall")).unwrap();
    let mut bytes = good.clone();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 16;
    fs::write(at.join("flipped.guildhall"), &bytes).unwrap();
    fs::write(at.join("cut.guildhall"), &good[..middle]).unwrap();
    for name in ["flipped", "cut"] {
        for line in [
            format!("inspect --from {name}.guildhall verify"),
            format!("inspect diff {name}.guildhall"),
            format!("restore {name}.guildhall --data new"),
        ] {
            let output = run(at, &line).await;
            ends_with(&output, Exit::Damaged);
            assert!(
                err(&output).contains("is damaged at byte"),
                "{}",
                err(&output)
            );
        }
    }
    assert!(!at.join("new/store").exists());
    // So is a newer one.
    let mut bytes = good;
    bytes[12..16].copy_from_slice(&(DATA_FORMAT + 1).to_le_bytes());
    let crc = crc32(&bytes[..60]);
    bytes[60..64].copy_from_slice(&crc.to_le_bytes());
    fs::write(at.join("newer.guildhall"), &bytes).unwrap();
    for line in [
        "inspect --from newer.guildhall list",
        "restore newer.guildhall --data new",
    ] {
        let output = run(at, line).await;
        ends_with(&output, Exit::Failed);
        assert!(err(&output).contains("this program"), "{}", err(&output));
    }

    ends_with(
        &run(at, "restore monday.guildhall --data new").await,
        Exit::Good,
    );
    assert_eq!(
        json(at, "inspect --data new show --kind welcome --space head").await[0]["value"],
        json(
            at,
            "inspect --from monday.guildhall show --kind welcome --space head"
        )
        .await[0]["value"]
    );
    ends_with(
        &run(at, "inspect import monday.guildhall --data new").await,
        Exit::Failed,
    );
    let review = out(&run(at, "inspect --data new dead-letters").await);
    assert!(
        review.contains("for review") && review.contains("given up"),
        "{review}"
    );
}

/// CRC-32 as in zip, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| {
        if crc & 1 == 1 {
            crc >> 1 ^ 0xedb8_8320
        } else {
            crc >> 1
        }
    };
    !bytes
        .iter()
        .fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}
