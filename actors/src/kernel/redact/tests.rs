use super::*;
use crate::{kernel::stored::timer_key, registry};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::{cell::RefCell, collections::BTreeSet};

#[derive(Clone, Debug)]
struct Json;

impl Codec for Json {
    fn encode<T: Serialize>(&self, value: &T) -> Result<Vec<u8>, CodecFault> {
        serde_json::to_vec(value).map_err(|why| CodecFault::Malformed(why.to_string()))
    }
    fn decode<T: DeserializeOwned>(&self, payload: &[u8]) -> Result<T, CodecFault> {
        serde_json::from_slice(payload).map_err(|why| CodecFault::Malformed(why.to_string()))
    }
}

/// Adds to ids, wraps texts, and remembers what it was asked for.
#[derive(Default)]
struct Asked {
    ids: RefCell<BTreeSet<u64>>,
    texts: RefCell<BTreeSet<String>>,
}

impl Pseudonyms for Asked {
    fn id(&self, id: u64) -> u64 {
        self.ids.borrow_mut().insert(id);
        id + 5_000_000
    }

    fn text(&self, text: &str) -> String {
        self.texts.borrow_mut().insert(text.to_owned());
        format!("[{}]", text.len())
    }
}

fn redact(names: &Asked, name: &str, record: &Record) -> Record {
    let features = registry::features::<Json>();
    let (kind, rest) = name.split_once('-').unwrap();
    let redacted = match features.iter().find(|feature| feature.kind.name() == kind) {
        Some(feature) if rest.starts_with("head") => (feature.head_redacted)(&Json, record, names),
        Some(feature) => (feature.row_redacted)(&Json, record, names),
        None => runtime(&Json, record, names),
    };
    redacted.unwrap_or_else(|why| panic!("{name}: {why}"))
}

/// Texts and numbers of a value, wherever they stand.
fn leaves(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                // Names of fields are ours; numbers are keys of a map.
                into.extend(name.parse::<u64>().is_ok().then(|| name.clone()));
                leaves(value, into);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| leaves(value, into)),
        Value::String(text) => into.push(text.clone()),
        other => into.push(other.to_string()),
    }
}

#[test]
fn every_stored_type_still_decodes_and_has_no_id_or_text_of_before() {
    for (name, record) in registry::samples(&Json).unwrap() {
        let names = Asked::default();
        let redacted = redact(&names, &name, &record);
        assert_eq!(redacted.schema, record.schema, "{name}");
        let (mut before, mut after) = (Vec::new(), Vec::new());
        leaves(
            &serde_json::from_slice(&record.payload).unwrap(),
            &mut before,
        );
        leaves(
            &serde_json::from_slice(&redacted.payload).unwrap(),
            &mut after,
        );
        assert_eq!(before.len(), after.len(), "{name}: the same shape");
        for id in names.ids.borrow().iter().filter(|id| **id > 100) {
            assert!(
                !after.contains(&id.to_string()),
                "{name}: {id} is in {after:?}"
            );
        }
        for text in names.texts.borrow().iter() {
            assert!(!after.contains(text), "{name}: {text:?} is in {after:?}");
        }
        // The ids of the samples, wherever they are: a new one must be noticed here.
        for id in ["101", "102", "201", "301", "401", "900"] {
            assert!(
                !after.contains(&id.to_string()),
                "{name}: {id} is in {after:?}"
            );
        }
        for said in ["hello", "The Hall", "Missing Permissions", "session"] {
            assert!(
                !after.iter().any(|text| text.contains(said)),
                "{name}: {said:?} is in {after:?}"
            );
        }
    }
}

#[test]
fn keys_keep_what_they_are_and_lose_whose_they_are() {
    let names = Asked::default();
    let guild = GuildId::new(201).unwrap();
    let of = |guild| {
        Address::guild(
            crate::kernel::address::Kind::Welcome,
            GuildId::new(guild).unwrap(),
        )
    };
    let (before, after) = (of(201), of(5_000_201));
    let be = |id: u64| id.to_be_bytes();
    let cases = [
        (
            Key::of(Space::Head, before, b""),
            Some(Key::of(Space::Head, after, b"")),
        ),
        (
            Key::of(Space::Row, before, &be(101)),
            Some(Key::of(Space::Row, after, &be(5_000_101))),
        ),
        (
            Key::of(Space::Row, before, &[&[0xff, b'c'][..], &be(301)].concat()),
            Some(Key::of(
                Space::Row,
                after,
                &[&[0xff, b'c'][..], &be(5_000_301)].concat(),
            )),
        ),
        (Key::of(Space::Row, before, b"something else"), None),
        (timer_key(before, "greet"), Some(timer_key(after, "greet"))),
        (
            timer_key(before, "kick:123456789012345678"),
            Some(timer_key(after, "kick:123456789017345678")),
        ),
        (
            crate::kernel::stored::gap_key(guild),
            Some(Key::new(Space::Gap, &be(5_000_201))),
        ),
        (
            Key::new(Space::DeadLetter, &[&be(7)[..], b"+"].concat()),
            Some(Key::new(
                Space::DeadLetter,
                &[&be(5_000_007)[..], b"+"].concat(),
            )),
        ),
        (Key::new(Space::Delivery, b"shop:42"), None),
    ];
    for (given, wanted) in cases {
        assert_eq!(key(&given, &names), wanted, "{given:?}");
    }
}
