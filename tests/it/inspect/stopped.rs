//! What a stopped bot left: looked into, never changed.

use super::*;

#[tokio::test]
async fn looking_into_a_stopped_bot_changes_no_byte_of_it() {
    let dir = stopped();
    let at = dir.path();
    fs::create_dir(at.join("data/quarantine")).unwrap();
    let before = files(&at.join("data"));
    assert!(before.len() > 5);
    for line in [
        "inspect list",
        "inspect list --sort size --limit 3",
        "inspect list --sort age --json",
        "inspect show",
        "inspect show --json",
        "inspect verify",
        "inspect timers",
        "inspect outbox",
        "inspect dead-letters",
        "inspect parked",
        "inspect position",
        "inspect stats",
        "inspect export one.guildhall",
        "inspect redact redacted.guildhall",
        "backup two.guildhall",
        "inspect diff one.guildhall",
    ] {
        let output = run(at, line).await;
        ends_with(&output, Exit::Good);
        assert!(!out(&output).is_empty(), "{line} says nothing");
        assert_eq!(files(&at.join("data")), before, "{line}");
    }
    // What would change something is refused, and says why and what to do.
    for line in [
        "inspect dead-letters retry --all",
        "inspect dead-letters drop --all",
        "inspect parked release --all",
        "inspect parked drop --all",
    ] {
        let output = run(at, line).await;
        ends_with(&output, Exit::NotNow);
        let said = err(&output);
        assert!(
            said.contains("only a running bot") && said.contains("Start the bot"),
            "{said}"
        );
        assert_eq!(files(&at.join("data")), before, "{line}");
    }
    // Nor does a lock file come into being where there is none.
    fs::remove_file(at.join("data/lock")).unwrap();
    let before = files(&at.join("data"));
    ends_with(&run(at, "inspect verify").await, Exit::Good);
    assert_eq!(files(&at.join("data")), before);
}

#[tokio::test]
async fn what_is_listed_can_be_chosen_sorted_and_shown() {
    let dir = stopped();
    let at = dir.path();
    let rows = json(at, "inspect list --kind welcome --space row").await;
    assert_eq!(rows.len(), 20);
    assert_eq!(rows[0]["row"], "1000");
    assert_eq!(rows[0]["guild"], GUILD.to_string());
    assert_eq!(
        json(at, "inspect list --guild 1").await,
        Vec::<Value>::new()
    );
    let sizes = json(at, "inspect list --sort size --limit 5").await;
    let sizes: Vec<u64> = sizes
        .iter()
        .map(|record| record["bytes"].as_u64().unwrap())
        .collect();
    assert_eq!(sizes.len(), 5);
    assert!(
        sizes.is_sorted_by(|a, b| a >= b) && sizes[0] > sizes[4],
        "{sizes:?}"
    );
    let oldest = json(at, "inspect list --sort age --limit 1").await;
    assert_eq!(
        oldest[0]["epoch"].as_u64(),
        Some(0),
        "the identity is as old as the store"
    );
    assert_eq!(
        json(at, "inspect list --kind settings --since 1")
            .await
            .len(),
        0
    );
    assert_eq!(
        json(at, "inspect list --kind settings --since 0")
            .await
            .len(),
        1
    );
    let large = json(at, "inspect list --larger 100").await;
    assert!(
        large
            .iter()
            .all(|record| record["bytes"].as_u64() >= Some(100))
    );

    let timers = json(at, "inspect timers").await;
    assert_eq!(
        (timers.len(), &timers[0]["timer"]),
        (1, &Value::from("greet"))
    );
    let timer = out(&run(at, "inspect timers").await);
    assert!(
        timer.contains("greet") && timer.contains(" UTC ") && timer.contains("takes something"),
        "{timer}"
    );
    let key = timers[0]["key"].as_str().unwrap();
    let shown = json(at, &format!("inspect show {key}")).await;
    assert_eq!(shown, timers);
    let human = out(&run(at, &format!("inspect show {key}")).await);
    assert!(
        human.contains("punishing: yes") && human.contains("UTC"),
        "{human}"
    );
    ends_with(&run(at, "inspect show 68aa").await, Exit::Failed);
    ends_with(&run(at, "inspect show --kind wellcome").await, Exit::Usage);

    let letters = out(&run(at, "inspect dead-letters").await);
    assert!(
        letters.contains("say to channel 301") && letters.contains("given up"),
        "{letters}"
    );
    assert!(
        letters.contains("Missing Permissions (HTTP 403, code 50013)"),
        "{letters}"
    );
    let parked = out(&run(at, "inspect parked").await);
    assert!(
        parked.contains("guild left") && parked.contains("panicked three times"),
        "{parked}"
    );
    let outbox = out(&run(at, "inspect outbox").await);
    assert!(outbox.contains("say to channel 301"), "{outbox}");
    let position = out(&run(at, "inspect position").await);
    assert!(
        position.contains("last change: epoch 2") && position.contains("no gap"),
        "{position}"
    );
    let stats = json(at, "inspect stats").await;
    let of = |space: &str| stats.iter().find(|line| line["space"] == space).unwrap();
    assert_eq!(of("row")["records"], 20);
    assert_eq!(of("row")["kind"], "welcome");
    assert_eq!(of("all")["records"], 26);
}
