//! A running bot: looked into while it works, and decided about what was set aside.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_bot_is_looked_into_and_backed_up_while_it_works() {
    let town = Town::new().await;
    let dir = town.data.path();
    let process = Process::start(&town.sim, dir);
    town.ready().await;
    town.moderate("/welcome join channel:#welcome").await;
    ends_with(&run(dir, "inspect verify").await, Exit::Good);
    ends_with(&run(dir, "backup before.guildhall").await, Exit::Good);
    ends_with(
        &run(dir, "inspect --from before.guildhall verify").await,
        Exit::Good,
    );
    town.moderate("/welcome join channel:#general").await;
    let said = out(&run(dir, "inspect diff before.guildhall").await);
    let moved = format!("join.channel: {} → {}", town.welcome, town.general);
    assert!(said.contains(&moved), "{said}");
    for line in [
        "inspect list",
        "inspect timers",
        "inspect outbox",
        "inspect position",
        "inspect stats",
        "inspect status",
    ] {
        let output = run(dir, line).await;
        ends_with(&output, Exit::Good);
        assert!(err(&output).contains("asking the bot"), "{}", err(&output));
    }
    let status = &json(dir, "inspect status").await[0];
    assert_eq!(status["about"]["guilds"], 1);
    let position = out(&run(dir, "inspect position").await);
    assert!(position.contains("shard 0 of 1"), "{position}");

    ends_with(
        &run(dir, "inspect redact redacted.guildhall").await,
        Exit::Good,
    );
    let output = run(dir, "inspect --from redacted.guildhall verify").await;
    ends_with(&output, Exit::Good);
    let shown = out(&run(dir, "inspect --from redacted.guildhall show --json").await);
    assert!(
        shown.contains("\"welcome\"") || shown.contains("/welcome"),
        "{shown}"
    );
    for id in [town.guild, town.welcome, town.general, town.moderator] {
        assert!(!shown.contains(&id.to_string()), "{id} is in {shown}");
    }
    assert!(!shown.contains("Townsville"), "{shown}");
    assert!(process.terminate().await.success());
}

/// The key of the greeting among what is listed: the message to #welcome.
fn greeting(town: &Town, listed: &[Value]) -> Option<String> {
    let channel = town.welcome.to_string();
    let say = listed.iter().find(|record| {
        let target = &record["value"]["effect"]["Say"]["to"][0]["Channel"];
        target.to_string().trim_matches('"') == channel
    });
    say.map(|record| record["key"].as_str().unwrap().to_owned())
}

/// Prepares a bot that was restored from a backup made while a greeting could not be sent; returns the
/// directory of its life.
async fn restored(town: &Town) -> PathBuf {
    let dir = town.data.path();
    let process = Process::start(&town.sim, dir);
    town.ready().await;
    town.moderate("/welcome join channel:#welcome").await;
    town.sim.fail_next(
        Fault::on("POST", "/channels/{id}/messages"),
        u64::MAX,
        FaultKind::Status(503),
    );
    let ada = town.sim.add_user("Ada");
    town.sim.join(town.guild, ada);
    while greeting(town, &json(dir, "inspect outbox").await).is_none() {}
    ends_with(&run(dir, "backup mid.guildhall").await, Exit::Good);
    process.kill();
    let life = dir.join("life");
    fs::create_dir(&life).unwrap();
    ends_with(
        &run(dir, "restore mid.guildhall --data life/data").await,
        Exit::Good,
    );
    life
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_that_was_answered_survives_kill_9_and_is_sent_once() {
    let town = Town::new().await;
    let life = restored(&town).await;
    let process = Process::start(&town.sim, &life);
    // The admin socket is there once the bot has started.
    while !life.join("data/admin.sock").exists() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let letters = json(&life, "inspect dead-letters").await;
    let key = greeting(&town, &letters).expect("the greeting is up for review");
    assert!(letters.iter().all(|letter| letter["for_review"] == true));
    assert_eq!(town.sim.message_count(town.welcome), 0);

    let retried = run(&life, &format!("inspect dead-letters retry {key}")).await;
    process.kill();
    ends_with(&retried, Exit::Good);
    assert!(
        out(&retried).contains("put into the outbox again"),
        "{}",
        out(&retried)
    );
    assert_eq!(
        town.sim.message_count(town.welcome),
        0,
        "Discord took nothing yet"
    );
    // What was answered holds: it is in the outbox of the killed bot, and no longer set aside.
    assert_eq!(
        greeting(&town, &json(&life, "inspect dead-letters").await),
        None
    );
    assert!(greeting(&town, &json(&life, "inspect outbox").await).is_some());

    town.sim.heal();
    let process = Process::start(&town.sim, &life);
    town.messages(town.welcome, 1).await;
    let again = run(&life, &format!("inspect dead-letters retry {key}")).await;
    ends_with(&again, Exit::Failed);
    assert!(
        out(&again).contains("nothing that was set aside"),
        "{}",
        out(&again)
    );
    ends_with(
        &run(&life, "inspect dead-letters drop --all").await,
        Exit::Good,
    );
    process.kill();
    assert_eq!(
        json(&life, "inspect dead-letters").await,
        Vec::<Value>::new()
    );
    assert_eq!(
        town.texts(town.welcome).len(),
        1,
        "{:?}",
        town.texts(town.welcome)
    );
    ends_with(&run(&life, "inspect verify").await, Exit::Good);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parked_input_is_released_to_its_machine_and_handled_once() {
    let town = Town::new().await;
    let dir = town.data.path();
    let process = Process::start(&town.sim, dir);
    town.ready().await;
    town.moderate("/welcome join channel:#welcome").await;
    assert!(process.terminate().await.success());
    // Somebody joined, and the bot of then could not take it.
    let ada = town.sim.add_user("Ada");
    town.sim.join(town.guild, ada);
    let id: u64 = town.guild.to_string().parse().unwrap();
    let guild = GuildId::new(id).unwrap();
    let now = Timestamp::from_millis(
        i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap(),
    );
    let parked = |n: u64, what: Inbound| {
        let at = Seq {
            session: 1,
            seq: n,
            part: 9,
        };
        let parked = Parked {
            address: Address::guild(Kind::Welcome, guild),
            input: Input {
                id: InputId::Gateway { shard: 0, at },
                at: now,
                what,
            },
            at: now,
            why: "a test".to_owned(),
        };
        let body = [&n.to_be_bytes()[..], &[0; 8], &parked.address.to_bytes()].concat();
        put(
            Key::new(Space::Parked, &body),
            parked.to_record(&Bincode).unwrap(),
        )
    };
    let bob = actors::kernel::ids::UserId::new(4_242).unwrap();
    let member = Member {
        user: bob,
        name: "Bob".to_owned(),
        bot: false,
        joined_at: Some(now),
        roles: Vec::new(),
        pending: false,
    };
    let joined = Inbound::MemberJoined { guild, member };
    let channel = actors::kernel::ids::ChannelId::new(1).unwrap();
    let writes = vec![
        parked(1, joined),
        parked(2, Inbound::ChannelDeleted { guild, channel }),
    ];
    commit(&dir.join("data"), writes);

    let process = Process::start(&town.sim, dir);
    // Ada, whom the resumed session brings.
    town.messages(town.welcome, 1).await;
    let listed = json(dir, "inspect parked").await;
    assert_eq!(listed.len(), 2);
    let key = listed[0]["key"].as_str().unwrap();
    let released = run(dir, &format!("inspect parked release {key}")).await;
    ends_with(&released, Exit::Good);
    assert!(out(&released).contains("handled"), "{}", out(&released));
    ends_with(&run(dir, "inspect parked drop --all").await, Exit::Good);
    process.kill();
    assert_eq!(json(dir, "inspect parked").await, Vec::<Value>::new());
    let rows = json(dir, "inspect list --space row").await;
    assert!(rows.iter().any(|row| row["row"] == "4242"), "{rows:?}");
    // Neither is it there again in the next life.
    let process = Process::start(&town.sim, dir);
    town.everybody_once().await;
    let texts = town.texts(town.welcome);
    let of_bob = texts.iter().filter(|text| text.contains("4242")).count();
    assert_eq!(of_bob, 1, "{texts:?}");
    assert!(process.terminate().await.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_bot_finds_damage_in_its_own_store_and_goes_on() {
    let town = Town::new().await;
    let dir = town.data.path();
    let process = Process::start(&town.sim, dir);
    town.ready().await;
    town.furnish_by_command().await;
    assert!(process.terminate().await.success());
    // One nobody reads until somebody looks: the row of a member who went long ago.
    let guild = GuildId::new(town.guild.to_string().parse().unwrap()).unwrap();
    let desk = Address::guild(Kind::Welcome, guild);
    let key = row_key(desk, &RowKey::new(&4_242_u64.to_be_bytes()));
    commit(
        &dir.join("data"),
        vec![put(key.clone(), sample("welcome-row-greeted"))],
    );
    let db = raw(dir);
    let mut bytes = db.get(key.bytes()).unwrap().unwrap().to_vec();
    bytes[33] ^= 4;
    db.insert(key.bytes(), bytes).unwrap();
    db.flush().unwrap();
    drop(db);

    let process = Process::start(&town.sim, dir);
    town.everybody_once().await;
    let output = run(dir, "inspect verify").await;
    ends_with(&output, Exit::Damaged);
    assert!(err(&output).contains("asking the bot"), "{}", err(&output));
    let found = format!("damaged    guild {}/welcome: crc is", town.guild);
    assert!(out(&output).contains(&found), "{}", out(&output));
    assert!(process.terminate().await.success());
}
