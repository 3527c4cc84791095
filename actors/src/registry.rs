//! The one list of features. Registration, routing, help, `inspect` and golden files derive from it.
//!
//! To add a feature: its folder, its `mod` line in `lib.rs`, its kind in
//! [`Kind`], and its line in `each` below.
//!
//! The registry is no feature: it knows all of them and decides nothing, so features may look things
//! up here without depending on each other.

use crate::{
    info::Info,
    kernel::{
        activity::{Activity, Signs},
        address::{Address, Kind},
        command::{Listed, Spec, registration},
        erase::{self, Erased, Gone},
        ids::{GuildId, UserId},
        inbound::Inbound,
        machine::{IndexKey, Machine},
        record::{Codec, CodecFault, Key, Record, Snapshot, Space},
        redact::{self, Pseudonyms},
        route::{self, Directory, Unroutable},
        turn::{Host, Hosted},
    },
    messages::Messages,
    presence::Presence,
    privacy::Privacy,
    settings::Settings,
    welcome::Welcome,
};
use serde_json::Value;
use std::collections::BTreeMap;

/// Shows every feature to `visitor`, in the order in which people should read about them.
fn each(visitor: &mut impl Visitor) {
    visitor.visit::<Settings>();
    visitor.visit::<Welcome>();
    visitor.visit::<Presence>();
    visitor.visit::<Messages>();
    visitor.visit::<Privacy>();
    visitor.visit::<Info>();
}

/// What is done with each feature.
trait Visitor {
    fn visit<M: Machine>(&mut self);
}

/// Wakes a machine of one feature from its stored head, or as new.
pub type Wake<C> = fn(Address, Option<&Record>, C) -> Result<Box<dyn Hosted>, CodecFault>;

/// A feature without its types, for a store that speaks `C`.
pub struct Feature<C: Codec> {
    /// Which.
    pub kind: Kind,
    /// Whether gateway events of this sort concern it.
    pub wants: fn(&Inbound) -> bool,
    /// Wakes one of its machines from the stored head, or as new.
    pub wake: Wake<C>,
    /// Its commands.
    pub commands: Vec<Spec>,
    /// Descriptions of its command groups.
    pub groups: &'static [(&'static str, &'static str)],
    /// A stored head as JSON, for people.
    pub head_json: fn(&C, &Record) -> Result<Value, CodecFault>,
    /// A stored row as JSON, for people.
    pub row_json: fn(&C, &Record) -> Result<Value, CodecFault>,
    /// A stored head without ids and texts, for bug reports.
    pub head_redacted: Redact<C>,
    /// A stored row without ids and texts, for bug reports.
    pub row_redacted: Redact<C>,
}

/// Gives a record other names: see [`redact`].
pub type Redact<C> = fn(&C, &Record, &dyn Pseudonyms) -> Result<Record, CodecFault>;

/// Every feature.
#[must_use]
pub fn features<C: Codec>() -> Vec<Feature<C>> {
    struct Features<C: Codec>(Vec<Feature<C>>);
    impl<C: Codec> Visitor for Features<C> {
        fn visit<M: Machine>(&mut self) {
            self.0.push(Feature {
                kind: M::KIND,
                wants: M::wants,
                wake: |address, head, codec| {
                    Ok(Box::new(Host::<M, C>::wake(address, head, codec)?))
                },
                commands: M::COMMANDS.iter().map(|command| command.spec).collect(),
                groups: M::GROUPS,
                head_json: json::<M::State, C>,
                row_json: json::<M::Row, C>,
                head_redacted: redact::redacted::<M::State, C>,
                row_redacted: redact::redacted::<M::Row, C>,
            });
        }
    }
    let mut features = Features(Vec::new());
    each(&mut features);
    features.0
}

/// The record under `key` without ids and texts, and the key without them; nothing when it is not known
/// where in them these are.
#[must_use]
pub fn redacted<C: Codec>(
    codec: &C,
    key: &Key,
    record: &Record,
    names: &dyn Pseudonyms,
) -> Option<(Key, Record)> {
    let of = |read: fn(&Feature<C>) -> Redact<C>| {
        let kind = key.address()?.kind;
        let features = features::<C>();
        let feature = features.iter().find(|feature| feature.kind == kind)?;
        read(feature)(codec, record, names).ok()
    };
    let redacted = match key.space()? {
        Space::Head => of(|feature| feature.head_redacted)?,
        Space::Row => of(|feature| feature.row_redacted)?,
        // All that it says is in its key.
        Space::Index if record.payload.is_empty() => record.clone(),
        Space::Index => return None,
        _ => redact::runtime(codec, record, names).ok()?,
    };
    Some((redact::key(key, names)?, redacted))
}

/// What becomes of the record under `key` when those who are gone are forgotten. One that cannot be read
/// stays as it is: the store protects it, and says so.
#[must_use]
pub fn erased<C: Codec>(codec: &C, key: &Key, record: &Record, gone: &dyn Gone) -> Erased {
    struct Erase<'a, C> {
        codec: &'a C,
        address: Address,
        key: &'a Key,
        record: &'a Record,
        gone: &'a dyn Gone,
        erased: Option<Result<Erased, CodecFault>>,
    }
    impl<C: Codec> Visitor for Erase<'_, C> {
        fn visit<M: Machine>(&mut self) {
            let Self {
                codec,
                address,
                key,
                record,
                gone,
                ..
            } = *self;
            if M::KIND != address.kind {
                return;
            }
            self.erased = match key.space() {
                Some(Space::Head) => Some(erase::head::<M, C>(codec, address, record, gone)),
                Some(Space::Row) => {
                    let row = erase::row::<M::Row, C>(codec, address, key.tail(), record, gone);
                    Some(row)
                }
                _ => None,
            };
        }
    }
    let of_machine = key.address().and_then(|address| {
        let mut erase = Erase {
            codec,
            address,
            key,
            record,
            gone,
            erased: None,
        };
        each(&mut erase);
        erase.erased
    });
    let erased = of_machine.unwrap_or_else(|| erase::runtime(codec, key, record, gone));
    erased.unwrap_or(Erased::Same)
}

/// Every command, in the order in which people should read about them.
#[must_use]
pub fn commands() -> Vec<Listed> {
    struct Commands(Vec<Listed>);
    impl Visitor for Commands {
        fn visit<M: Machine>(&mut self) {
            let listed = |spec| Listed {
                kind: M::KIND,
                spec,
            };
            self.0
                .extend(M::COMMANDS.iter().map(|command| listed(command.spec)));
        }
    }
    let mut commands = Commands(Vec::new());
    each(&mut commands);
    commands.0
}

/// What the first word of two-word commands stands for.
#[must_use]
pub fn groups() -> BTreeMap<&'static str, &'static str> {
    struct Groups(BTreeMap<&'static str, &'static str>);
    impl Visitor for Groups {
        fn visit<M: Machine>(&mut self) {
            self.0.extend(M::GROUPS.iter().copied());
        }
    }
    let mut groups = Groups(BTreeMap::new());
    each(&mut groups);
    groups.0
}

/// All commands as Discord's bulk overwrite wants them.
#[must_use]
pub fn registration_json() -> Value {
    registration(&commands(), &groups())
}

/// The feature that runs the command of this full name; a bare group means its `show` command.
#[must_use]
pub fn home(command: &str) -> Option<Kind> {
    let commands = commands();
    let named = |wanted: &str| commands.iter().find(|listed| listed.spec.name == wanted);
    let listed = named(command).or_else(|| named(&format!("{command} show")))?;
    Some(listed.kind)
}

/// Wakes the machine at `address` from its stored head, or as new.
///
/// # Errors
/// When the head cannot be read.
pub fn open<C: Codec>(
    address: Address,
    head: Option<&Record>,
    codec: C,
) -> Result<Box<dyn Hosted>, CodecFault> {
    struct Open<'a, C> {
        address: Address,
        head: Option<&'a Record>,
        codec: Option<C>,
        opened: Option<Result<Box<dyn Hosted>, CodecFault>>,
    }
    impl<C: Codec> Visitor for Open<'_, C> {
        fn visit<M: Machine>(&mut self) {
            if M::KIND != self.address.kind {
                return;
            }
            if let Some(codec) = self.codec.take() {
                let host = Host::<M, C>::wake(self.address, self.head, codec);
                self.opened = Some(host.map(|host| Box::new(host) as Box<dyn Hosted>));
            }
        }
    }
    let mut open = Open {
        address,
        head,
        codec: Some(codec),
        opened: None,
    };
    each(&mut open);
    open.opened
        .expect("every kind has its feature: a test checks it")
}

/// The machines that `what` concerns: see [`crate::kernel::route`].
///
/// # Errors
/// As [`route::route`].
pub fn route(
    what: &Inbound,
    index: &dyn Fn(IndexKey) -> Vec<Address>,
) -> Result<Vec<Address>, Unroutable> {
    route::route(what, &Everything, index)
}

/// The kinds that want to see this gateway event.
#[must_use]
pub fn wanting(what: &Inbound) -> Vec<Kind> {
    struct Wanting<'a>(&'a Inbound, Vec<Kind>);
    impl Visitor for Wanting<'_> {
        fn visit<M: Machine>(&mut self) {
            if M::wants(self.0) {
                self.1.push(M::KIND);
            }
        }
    }
    let mut wanting = Wanting(what, Vec::new());
    each(&mut wanting);
    wanting.1
}

/// Whom an input asks the feature about, if it changes nothing: see [`Machine::asks_about`].
#[must_use]
pub fn asks_about(kind: Kind, what: &Inbound) -> Option<UserId> {
    struct About<'a>(Kind, &'a Inbound, Option<UserId>);
    impl Visitor for About<'_> {
        fn visit<M: Machine>(&mut self) {
            if M::KIND == self.0 {
                self.2 = M::asks_about(self.1);
            }
        }
    }
    let mut about = About(kind, what, None);
    each(&mut about);
    about.2
}

/// The kinds that want to hear of signs of life, in the order of their addresses.
#[must_use]
pub fn watching() -> Vec<Kind> {
    let Some((guild, user)) = GuildId::new(1).zip(UserId::new(1)) else {
        return Vec::new();
    };
    let sign = Activity::of(guild, user, Signs::default());
    let mut kinds = wanting(&Inbound::Activity(sign));
    kinds.sort_unstable();
    kinds
}

struct Everything;

impl Directory for Everything {
    fn wanting(&self, what: &Inbound) -> Vec<Kind> {
        wanting(what)
    }

    fn home(&self, command: &str) -> Option<Kind> {
        home(command)
    }
}

/// Named records of the runtime and of every feature as they could be in a store, for golden files:
/// `runtime-outbox`, `welcome-head-full`, `welcome-row-greeted`.
///
/// # Errors
/// When the codec cannot encode one.
pub fn samples<C: Codec>(codec: &C) -> Result<Vec<(String, Record)>, CodecFault> {
    struct Samples<'a, C>(&'a C, Vec<(String, Result<Record, CodecFault>)>);
    impl<C: Codec> Visitor for Samples<'_, C> {
        fn visit<M: Machine>(&mut self) {
            let samples = M::samples();
            let kind = M::KIND.name();
            for (name, head) in samples.heads {
                self.1
                    .push((format!("{kind}-head-{name}"), head.to_record(self.0)));
            }
            for (name, row) in samples.rows {
                self.1
                    .push((format!("{kind}-row-{name}"), row.to_record(self.0)));
            }
        }
    }
    let mut samples = Samples(codec, Vec::new());
    each(&mut samples);
    let mut named = crate::kernel::samples::samples(codec)?;
    for (name, record) in samples.1 {
        named.push((name, record?));
    }
    Ok(named)
}

/// Reads a record, whoever's it is, and encodes it again in its newest version.
///
/// # Errors
/// When it cannot be read, or its kind is nobody's.
pub fn renew<C: Codec>(codec: &C, record: &Record) -> Result<Record, CodecFault> {
    struct Renew<'a, C>(&'a C, &'a Record, Option<Result<Record, CodecFault>>);
    impl<C: Codec> Renew<'_, C> {
        fn of<T: Snapshot>(&mut self) {
            if self.1.schema.kind == T::KIND {
                let read = T::from_record(self.0, self.1);
                self.2 = Some(read.and_then(|value| value.to_record(self.0)));
            }
        }
    }
    impl<C: Codec> Visitor for Renew<'_, C> {
        fn visit<M: Machine>(&mut self) {
            self.of::<M::State>();
            self.of::<M::Row>();
        }
    }
    let mut renew = Renew(codec, record, None);
    each(&mut renew);
    renew
        .2
        .unwrap_or_else(|| crate::kernel::samples::renew(codec, record))
}

fn json<T: Snapshot, C: Codec>(codec: &C, record: &Record) -> Result<Value, CodecFault> {
    let value = T::from_record(codec, record)?;
    serde_json::to_value(&value).map_err(|fault| CodecFault::Malformed(fault.to_string()))
}

#[cfg(test)]
mod tests;
