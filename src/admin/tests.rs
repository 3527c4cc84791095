use super::*;
use crate::admin::{page::Filter, server::Ask};
use actors::kernel::{
    activity::{Deed, Last},
    address::{Address, Kind},
    fact::{LastSeen, MAX_IMPORTED},
    ids::{ChannelId, GuildId, UserId},
    record::{Key, Snapshot as _, Space, Write},
    stored::{Position, TimerRow, position_key, timer_key},
    time::Timestamp,
};
use serde_json::json;
use snapshots::{
    Batch, Bincode, Reader, Store,
    export::{Arriving, ExportFile},
};
use std::{
    fs,
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    os::unix::{
        fs::PermissionsExt as _,
        net::{UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::sync::mpsc;

fn guild(id: u64) -> Address {
    Address::guild(Kind::Welcome, GuildId::new(id).unwrap())
}

fn timer(id: u64) -> Write {
    let row = TimerRow {
        due: Timestamp::from_seconds(1),
        punishing: false,
    };
    Write {
        key: timer_key(guild(id), "greet"),
        record: Some(row.to_record(&Bincode).unwrap()),
    }
}

fn position() -> Write {
    let position = Position {
        application: 81_384_788_765_712_384,
        shard: 0,
        shards: 1,
        gateway: "gateway.discord.gg".to_owned(),
        ordinal: 1,
        session_id: "a-session-nobody-needs-to-see".to_owned(),
        resume_url: "wss://example".to_owned(),
        seq: 7,
        at: Timestamp::from_seconds(1),
    };
    Write {
        key: position_key(0),
        record: Some(position.to_record(&Bincode).unwrap()),
    }
}

fn store(writes: Vec<Write>) -> Box<dyn Store> {
    let mut store = snapshots::memory::Memory::default().open(1).unwrap();
    store.commit(&Batch { epoch: 1, writes }).unwrap();
    store
}

fn reader(writes: Vec<Write>) -> Arc<dyn Reader> {
    store(writes).reader()
}

/// A data directory of its own for one test.
fn data(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("guildhall-admin-{}-{name}", std::process::id()));
    fs::create_dir_all(&path).unwrap();
    path
}

/// Starts a server that answers as a bot would.
fn serve(data: &Path, mut store: Box<dyn Store>) -> Server {
    let (asks, mut asked) = mpsc::channel::<Ask>(1);
    let server = Server::start(data, store.reader(), asks).unwrap();
    let mode = fs::metadata(server.socket()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    tokio::spawn(async move {
        while let Some(ask) = asked.recv().await {
            match ask {
                Ask::Status(reply) => reply.send(json!({ "gateway": "connected" })).unwrap(),
                Ask::View(reply) => drop(reply.send(store.view())),
                Ask::Decide(key, verdict, reply) => reply
                    .send(match verdict {
                        Verdict::Drop => Ok(format!("dropped {key:?}")),
                        Verdict::Again => Err("no".to_owned()),
                    })
                    .unwrap(),
                Ask::Import(_, brought, reply) => reply
                    .send(match brought.len() {
                        0 => Err("nobody".to_owned()),
                        _ => Ok(()),
                    })
                    .unwrap(),
            }
        }
    });
    server
}

/// Starts a server, and a client of it on another thread, as the command line has it.
async fn with_client<T: Send + 'static>(
    data: &Path,
    store: Box<dyn Store>,
    work: impl FnOnce(Client) -> T + Send + 'static,
) -> T {
    let server = serve(data, store);
    let at = data.to_owned();
    let done = tokio::task::spawn_blocking(move || work(Client::connect(&at).unwrap().unwrap()));
    let done = done.await.unwrap();
    drop(server);
    assert!(
        Client::connect(data).unwrap().is_none(),
        "nobody listens any more"
    );
    done
}

/// Starts a server, asks it, returns the answers.
async fn asked(
    data: &Path,
    store: Box<dyn Store>,
    requests: Vec<Request>,
) -> Vec<Result<Answer, String>> {
    with_client(data, store, move |mut client| {
        requests
            .iter()
            .map(|request| client.ask(request).map_err(|fault| fault.to_string()))
            .collect()
    })
    .await
}

fn records(answer: &Result<Answer, String>) -> &[serde_json::Value] {
    match answer {
        Ok(Answer::Records(page)) => &page.records,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_running_bot_answers_on_its_socket() {
    let data = data("answers");
    let writes = vec![timer(1), timer(2), position()];
    let list = |filter: Filter| Request::List(filter);
    let some = |text: &str| Some(text.to_owned());
    let requests = vec![
        Request::Status,
        list(Filter {
            guild: some("2"),
            ..Filter::default()
        }),
        list(Filter {
            space: some("timer"),
            kind: some("welcome"),
            values: true,
            ..Filter::default()
        }),
        list(Filter {
            kind: some("wellcome"),
            ..Filter::default()
        }),
        list(Filter {
            space: some("position"),
            values: true,
            ..Filter::default()
        }),
        Request::Show {
            key: "zz".to_owned(),
        },
    ];
    let answers = asked(&data, store(writes), requests).await;
    assert_eq!(
        answers[0],
        Ok(Answer::Status(json!({ "gateway": "connected" })))
    );
    assert_eq!(records(&answers[1]).len(), 1);
    assert_eq!(records(&answers[1])[0]["address"], "guild 2/welcome");
    assert_eq!(records(&answers[2]).len(), 2);
    assert_eq!(records(&answers[2])[0]["value"]["punishing"], false);
    assert!(answers[3].as_ref().unwrap_err().contains("welcome"));
    let position = &records(&answers[4])[0]["value"];
    assert_eq!(
        position["application"], "81384788765712384",
        "too large for floating point"
    );
    assert_eq!(position["session_id"], "[secret]");
    assert!(answers[5].is_err());
    fs::remove_dir_all(data).unwrap();
}

#[tokio::test]
async fn a_deep_data_directory_gets_a_socket_elsewhere() {
    let data = data("deep").join("d".repeat(120));
    fs::create_dir_all(&data).unwrap();
    let answers = asked(&data, store(vec![timer(1)]), vec![Request::Status]).await;
    assert!(answers[0].is_ok());
    assert!(!data.join("admin.path").exists());
    fs::remove_dir_all(data.parent().unwrap()).unwrap();
}

#[tokio::test]
async fn what_a_killed_process_left_is_no_hindrance() {
    let data = data("left");
    drop(UnixListener::bind(data.join("admin.sock")).unwrap());
    fs::create_dir(data.join(".admin")).unwrap();
    assert!(Client::connect(&data).unwrap().is_none());
    assert!(asked(&data, store(vec![]), vec![Request::Status]).await[0].is_ok());
    fs::remove_dir_all(data).unwrap();
}

#[test]
fn paging_visits_every_record_once() {
    let reader = reader((1..=1200).map(timer).collect());
    let mut filter = Filter {
        space: Some("timer".to_owned()),
        ..Filter::default()
    };
    let mut seen = std::collections::BTreeSet::new();
    let mut pages = 0;
    loop {
        let page = page::page(&*reader, &filter).unwrap();
        pages += 1;
        for record in page.records {
            assert!(seen.insert(record["key"].as_str().unwrap().to_owned()));
        }
        filter.from = page.next;
        if filter.from.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 1200);
    assert!(pages > 1);
    let key = Key::of(Space::Timer, guild(7), b"greet");
    let name = seen
        .iter()
        .find(|name| name.ends_with("6772656574"))
        .unwrap();
    assert!(
        page::show(&*reader, name).unwrap()["value"]["due"].is_number(),
        "{key:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_comes_whole_over_the_socket_however_large() {
    let data = data("export");
    let store = store((1..=9_000).map(timer).collect());
    let path = data.join("came.guildhall");
    let to = path.clone();
    let bytes = with_client(&data, store, move |mut client| {
        let mut file = Arriving::create(&to).unwrap();
        let bytes = client.export(&mut file, &mut |_| {}).unwrap();
        file.finish(&mut |_| {}).unwrap();
        // The connection is good for more.
        assert!(client.ask(&Request::Status).is_ok());
        bytes
    });
    let bytes = bytes.await;
    assert_eq!(bytes, fs::metadata(&path).unwrap().len());
    assert!(bytes > 2 * CHUNK as u64);
    let file = ExportFile::open(&path, &mut |_| {}).unwrap();
    assert!(file.summary().is_complete());
    assert_eq!(file.summary().totals.records, 9_000);
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "it holds what members did");
    fs::remove_dir_all(data).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_goes_away_in_the_middle_of_an_export_harms_nobody() {
    let data = data("away");
    let server = serve(&data, store((1..=9_000).map(timer).collect()));
    let at = data.clone();
    let work = move || {
        for _ in 0..MOST_AT_ONCE + 2 {
            let mut stream = UnixStream::connect(at.join("admin.sock")).unwrap();
            stream.write_all(b"{\"do\":\"export\"}\n").unwrap();
            stream.read_exact(&mut [0; 100]).unwrap();
        }
        let mut client = Client::connect(&at).unwrap().unwrap();
        client.ask(&Request::Status).unwrap()
    };
    let status = tokio::task::spawn_blocking(work).await.unwrap();
    assert_eq!(status, Answer::Status(json!({ "gateway": "connected" })));
    drop(server);
    fs::remove_dir_all(data).unwrap();
}

#[tokio::test]
async fn a_decision_is_passed_on_and_answered() {
    let data = data("decide");
    let key = page::name(&timer(1).key);
    let decide = |key: &str, verdict| Request::Decide {
        key: key.to_owned(),
        verdict,
    };
    let requests = vec![
        decide(&key, Verdict::Drop),
        decide(&key, Verdict::Again),
        decide("zz", Verdict::Drop),
    ];
    let answers = asked(&data, store(vec![timer(1)]), requests).await;
    let dropped = format!("dropped {:?}", timer(1).key);
    assert_eq!(answers[0], Ok(Answer::Decided(dropped)));
    assert_eq!(answers[1], Err("no".to_owned()));
    assert!(answers[2].as_ref().unwrap_err().contains("not a key"));
    fs::remove_dir_all(data).unwrap();
}

#[tokio::test]
async fn a_timer_without_its_machine_is_found_and_said_whose_it_would_be() {
    let data = data("orphan");
    let answers = asked(&data, store(vec![timer(7)]), vec![Request::Verify]).await;
    let Ok(Answer::Audit(audit)) = &answers[0] else {
        panic!("{answers:?}");
    };
    assert_eq!((audit.records, audit.wrong), (1, 1));
    assert_eq!(audit.findings[0].what, "orphan");
    assert_eq!(
        audit.findings[0].address.as_deref(),
        Some("guild 7/welcome")
    );
    fs::remove_dir_all(data).unwrap();
}

/// A bot of another version, which says `greeting` to whoever greets.
fn other_version(data: &Path, greeting: &'static str) -> std::thread::JoinHandle<()> {
    let listener = UnixListener::bind(data.join("admin.sock")).unwrap();
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        writeln!(stream.get_mut(), "{greeting}").unwrap();
        // Until the other side has read it.
        let _ = io::copy(&mut stream, &mut io::sink());
    })
}

#[test]
fn a_bot_that_speaks_another_version_is_not_guessed_at() {
    let cases = [
        (r#"{"hello":{"protocol":3,"version":"9.9.9"}}"#, "9.9.9", 3),
        (r#"{"error":"this is not a request"}"#, "an older one", 1),
    ];
    for (greeting, bot, version) in cases {
        let data = data(&format!("version-{version}"));
        let other = other_version(&data, greeting);
        match Client::connect(&data) {
            Err(fault @ AskFault::Protocol { theirs, .. }) if theirs == version => {
                let said = fault.to_string();
                assert!(said.contains(bot) && said.contains("restart"), "{said}");
            }
            other => panic!("{other:?}"),
        }
        other.join().unwrap();
        fs::remove_dir_all(data).unwrap();
    }
}

#[tokio::test]
async fn the_largest_request_fits() {
    let data = data("import");
    let largest = LastSeen {
        user: UserId::new(u64::MAX).unwrap(),
        last: Last {
            at: Timestamp::from_millis(9_999_999_999_999),
            deed: Deed::Muted,
            channel: ChannelId::new(u64::MAX),
        },
        first: Some(Timestamp::from_millis(9_999_999_999_999)),
    };
    let import = |count| Request::Import {
        guild: GuildId::new(u64::MAX).unwrap(),
        last_seen: vec![largest; count],
    };
    let answers = asked(&data, store(vec![]), vec![import(0), import(MAX_IMPORTED)]).await;
    assert_eq!(answers, [Err("nobody".to_owned()), Ok(Answer::Imported)]);
}
