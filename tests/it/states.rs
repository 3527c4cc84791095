//! Comparing what two lives of the bot remember.

use actors::{
    kernel::{
        address::Kind,
        machine::RowKey,
        record::{Key, Record, Space},
    },
    registry,
};
use serde_json::Value;
use snapshots::{Bincode, DataDir};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// Heads and rows in the store of a stopped bot.
pub(crate) fn of_store(data: &Path) -> BTreeMap<Key, Record> {
    let now = actors::kernel::time::Timestamp::EPOCH;
    let mut options = snapshots::Options::new(1, now);
    options.incarnation = None;
    let opened = snapshots::open(&DataDir::new(data), &options).expect("the store opens");
    let reader = opened.store.reader();
    let mut states = BTreeMap::new();
    for space in [Space::Head, Space::Row] {
        let prefix = Key::new(space, &[]);
        let mut from = Some(prefix.clone());
        while let Some(cursor) = from {
            let page = reader
                .scan_prefix(&prefix, &cursor, 1_000)
                .expect("the store reads");
            assert!(page.damaged.is_empty(), "{:?}", page.damaged);
            states.extend(
                page.entries
                    .into_iter()
                    .map(|entry| (entry.key, entry.record)),
            );
            from = page.next;
        }
    }
    states
}

/// What stamps an arrival or tells of the member list, which only the client that asks for it gets.
const STAMPS: [&str; 4] = ["times", "seen", "members", "roll"];

/// What stamps an arrival in a row of the presence tracker, or tells of the member list. What is counted
/// there must be exact.
const ARRIVALS: [&str; 13] = [
    "first",
    "at",
    "online",
    "since",
    "voice",
    "mending",
    "hours",
    "joined",
    "listed",
    "catalogue",
    "generation",
    "away",
    "tidies_at",
];

/// Where `found` is not as `expected`, in words. Rows count only for `users`.
pub(crate) fn differences(
    expected: &BTreeMap<Key, Record>,
    found: &BTreeMap<Key, Record>,
    users: &BTreeSet<u64>,
) -> Vec<String> {
    let mut differences = Vec::new();
    let keys: BTreeSet<&Key> = expected.keys().chain(found.keys()).collect();
    for key in keys {
        if key
            .address()
            .is_none_or(|address| address.kind == Kind::Info)
        {
            continue;
        }
        let row = key.space() == Some(Space::Row);
        let user = RowKey::new(key.tail()).as_user();
        if row && user.is_none_or(|user| !users.contains(&user.get())) {
            continue;
        }
        let (expected, found) = (json(key, expected.get(key)), json(key, found.get(key)));
        if expected != found {
            differences.push(format!("{key:?}: expected {expected}, found {found}"));
        }
    }
    differences
}

/// A record as JSON, without what may differ.
pub(crate) fn json(key: &Key, record: Option<&Record>) -> Value {
    let Some(record) = record else {
        return Value::Null;
    };
    let kind = key.address().expect("heads and rows have addresses").kind;
    let feature = registry::features::<Bincode>()
        .into_iter()
        .find(|feature| feature.kind == kind);
    let feature = feature.expect("every kind has a feature");
    let decode = if key.space() == Some(Space::Head) {
        feature.head_json
    } else {
        feature.row_json
    };
    let mut value = decode(&Bincode, record).expect("records decode");
    strip(&mut value, &STAMPS);
    if kind == Kind::Presence {
        strip(&mut value, &ARRIVALS);
        // Of somebody who left without having done anything, that is noted only while a list is awaited.
        let member = &value["Member"];
        if member["left"].is_object() && member["deeds"].is_null() {
            return Value::Null;
        }
    }
    value
}

fn strip(value: &mut Value, stamps: &[&str]) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !stamps.contains(&name.as_str()));
            fields.values_mut().for_each(|value| strip(value, stamps));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| strip(item, stamps)),
        _ => {}
    }
}
