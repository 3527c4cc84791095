//! Records as JSON for people: a feature's through the registry of kinds, the runtime's own through
//! their types.
//!
//! Two changes are made on the way. The secrets of interactions are taken out: whoever has one can
//! answer in the bot's name for 15 minutes. And whole numbers beyond 2^53 become texts, as Discord
//! writes its ids, because many readers of JSON (jq 1.6 among them) round them otherwise.

use actors::{
    kernel::{
        address::{Address, Kind},
        effect::{DeadLetter, OutboxRow},
        ids::GuildId,
        record::{CodecFault, Key, Record, Snapshot, Space},
        spool::{SpoolRow, SpoolState},
        stored::{GapRow, Mark, Parked, Position, ProcessRecord, TimerRow},
        turn::{INDEX_SCHEMA, indexed},
    },
    registry,
};
use serde::Serialize;
use serde_json::{Value, json};
use snapshots::{Bincode, Entry, Identity};

/// Whole numbers up to here survive a reader that keeps them as floating point.
const EXACT: u64 = 1 << 53;

/// What a record is about, as far as its key (and for outbox rows its value) says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Its family; nothing for one of a newer version.
    pub space: Option<Space>,
    /// Its machine.
    pub address: Option<Address>,
    /// Its guild.
    pub guild: Option<GuildId>,
}

impl About {
    /// As far as the key says.
    #[must_use]
    pub fn of_key(key: &Key) -> Self {
        let address = key.address();
        let guild = match key.space() {
            Some(Space::Gap) => key
                .body()
                .try_into()
                .ok()
                .and_then(|id| GuildId::new(u64::from_be_bytes(id))),
            _ => address.and_then(|address| address.guild_id()),
        };
        Self {
            space: key.space(),
            address,
            guild,
        }
    }

    fn of(key: &Key, address: Address) -> Self {
        Self {
            space: key.space(),
            address: Some(address),
            guild: address.guild_id(),
        }
    }

    /// The kind of its machine.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        self.address.map(|address| address.kind)
    }
}

/// What `entry` is about.
#[must_use]
pub fn about(entry: &Entry) -> About {
    let (key, record) = (&entry.key, &entry.record);
    let address = match key.space() {
        Some(Space::Outbox | Space::DeadLetter) => match record.schema.kind {
            DeadLetter::KIND => read::<DeadLetter>(record)
                .ok()
                .map(|letter| letter.row.from),
            _ => read::<OutboxRow>(record).ok().map(|row| row.from),
        },
        Some(Space::Parked) => read::<Parked>(record).ok().map(|parked| parked.address),
        Some(Space::Spool) => {
            let row = read::<SpoolRow>(record).ok();
            row.map(|row| Address::guild(Kind::Messages, row.guild))
        }
        _ => None,
    };
    address.map_or_else(|| About::of_key(key), |address| About::of(key, address))
}

/// The value of `entry`.
///
/// # Errors
/// Why it cannot be shown, in words.
pub fn value(entry: &Entry) -> Result<Value, String> {
    let record = &entry.record;
    let value = match entry.key.space() {
        Some(Space::Head) => feature(&entry.key, |feature| (feature.head_json)(&Bincode, record)),
        Some(Space::Row) => feature(&entry.key, |feature| (feature.row_json)(&Bincode, record)),
        Some(Space::Index) => Ok(json!({ "payload": hex(&record.payload) })),
        _ => runtime(record),
    };
    value.map(|mut value| {
        make_readable(&mut value);
        value
    })
}

/// Whether `entry` is what belongs under its key, of a kind and version that this program knows, and
/// decodes.
///
/// # Errors
/// Why not, in words.
pub fn check(entry: &Entry) -> Result<(), String> {
    let (key, record) = (&entry.key, &entry.record);
    let Some(space) = key.space() else {
        return Err("its key is of a family that this program does not know".to_owned());
    };
    let kind = record.schema.kind;
    let fits: &[u16] = match space {
        Space::Head | Space::Row => return value(entry).map(drop),
        Space::Index => {
            let fits = indexed(key).is_some() && record.schema == INDEX_SCHEMA;
            return if fits {
                Ok(())
            } else {
                Err("it is no index row of a feature of this program".to_owned())
            };
        }
        // Nothing else is known of them, and the store has read its own already.
        Space::Meta | Space::Delivery => return Ok(()),
        Space::Outbox => &[OutboxRow::KIND],
        // A restore puts rows of the outbox here for a person to review.
        Space::DeadLetter => &[DeadLetter::KIND, OutboxRow::KIND],
        Space::Timer => &[TimerRow::KIND],
        Space::Mark => &[Mark::KIND],
        Space::Position => &[Position::KIND],
        Space::Gap => &[GapRow::KIND],
        Space::Parked => &[Parked::KIND],
        Space::Process => &[ProcessRecord::KIND, SpoolState::KIND],
        Space::Spool => &[SpoolRow::KIND],
    };
    if !fits.contains(&kind) {
        return Err(format!("kind {kind} does not belong to {}", space.name()));
    }
    if matches!(space, Space::Timer | Space::Mark) && key.address().is_none() {
        return Err("its key names no machine of this program".to_owned());
    }
    runtime(record).map(drop)
}

fn feature(
    key: &Key,
    read: impl Fn(&registry::Feature<Bincode>) -> Result<Value, CodecFault>,
) -> Result<Value, String> {
    let kind = key
        .address()
        .map(|address| address.kind)
        .ok_or("its key names no machine")?;
    let features = registry::features::<Bincode>();
    let feature = features.iter().find(|feature| feature.kind == kind);
    let feature = feature.ok_or("no feature of this program has this kind")?;
    read(feature).map_err(|fault| fault.to_string())
}

/// The runtime's own records say by their schema what they are.
fn runtime(record: &Record) -> Result<Value, String> {
    match record.schema.kind {
        OutboxRow::KIND => shown::<OutboxRow>(record),
        DeadLetter::KIND => shown::<DeadLetter>(record),
        Position::KIND => shown::<Position>(record),
        Mark::KIND => shown::<Mark>(record),
        TimerRow::KIND => shown::<TimerRow>(record),
        Parked::KIND => shown::<Parked>(record),
        ProcessRecord::KIND => shown::<ProcessRecord>(record),
        SpoolRow::KIND => shown::<SpoolRow>(record),
        SpoolState::KIND => shown::<SpoolState>(record),
        GapRow::KIND => shown::<GapRow>(record),
        Identity::KIND => shown::<Identity>(record),
        _ => Ok(json!({ "payload": hex(&record.payload) })),
    }
}

fn read<T: Snapshot>(record: &Record) -> Result<T, String> {
    T::from_record(&Bincode, record).map_err(|fault| fault.to_string())
}

fn shown<T: Snapshot + Serialize>(record: &Record) -> Result<Value, String> {
    serde_json::to_value(read::<T>(record)?).map_err(|fault| fault.to_string())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn make_readable(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match name.as_str() {
                    "token" | "session_id" => *value = json!("[secret]"),
                    _ => make_readable(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(make_readable),
        Value::Number(number) => {
            let large = number.as_u64().is_some_and(|n| n > EXACT)
                || number.as_i64().is_some_and(|n| n.unsigned_abs() > EXACT);
            if large {
                *value = Value::String(number.to_string());
            }
        }
        _ => {}
    }
}
