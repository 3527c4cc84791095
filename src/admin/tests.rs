use super::*;
use crate::admin::{page::Filter, server::Ask};
use actors::kernel::{
    address::{Address, Kind},
    ids::GuildId,
    record::{Key, Snapshot as _, Space, Write},
    stored::{Position, TimerRow, position_key, timer_key},
    time::Timestamp,
};
use serde_json::json;
use snapshots::{Batch, Bincode, Reader};
use std::{fs, os::unix::fs::PermissionsExt as _, sync::Arc};
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

fn reader(writes: Vec<Write>) -> Arc<dyn Reader> {
    let mut store = snapshots::memory::Memory::default().open(1).unwrap();
    store.commit(&Batch { epoch: 1, writes }).unwrap();
    store.reader()
}

/// A data directory of its own for one test.
fn data(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("guildhall-admin-{}-{name}", std::process::id()));
    fs::create_dir_all(&path).unwrap();
    path
}

/// Starts a server, asks it from another thread as the command line does, returns the answers.
async fn asked(
    data: &Path,
    reader: Arc<dyn Reader>,
    requests: Vec<Request>,
) -> Vec<Result<Answer, String>> {
    let (asks, mut asked) = mpsc::channel::<Ask>(1);
    let server = Server::start(data, reader, asks).unwrap();
    let mode = fs::metadata(server.socket()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    tokio::spawn(async move {
        while let Some(ask) = asked.recv().await {
            match ask {
                Ask::Status(reply) => reply.send(json!({ "gateway": "connected" })).unwrap(),
                Ask::View(_) => {}
            }
        }
    });
    let at = data.to_owned();
    let answers = tokio::task::spawn_blocking(move || {
        let mut client = Client::connect(&at).unwrap().unwrap();
        requests
            .iter()
            .map(|request| client.ask(request).map_err(|fault| fault.to_string()))
            .collect()
    });
    let answers = answers.await.unwrap();
    drop(server);
    assert!(
        Client::connect(data).unwrap().is_none(),
        "nobody listens any more"
    );
    answers
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
    let answers = asked(&data, reader(writes), requests).await;
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
    let answers = asked(&data, reader(vec![timer(1)]), vec![Request::Status]).await;
    assert!(answers[0].is_ok());
    assert!(!data.join("admin.path").exists());
    fs::remove_dir_all(data.parent().unwrap()).unwrap();
}

#[tokio::test]
async fn what_a_killed_process_left_is_no_hindrance() {
    let data = data("left");
    drop(std::os::unix::net::UnixListener::bind(data.join("admin.sock")).unwrap());
    fs::create_dir(data.join(".admin")).unwrap();
    assert!(Client::connect(&data).unwrap().is_none());
    assert!(asked(&data, reader(vec![]), vec![Request::Status]).await[0].is_ok());
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
