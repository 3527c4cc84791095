use super::*;
use crate::kernel::{
    address::Kind,
    fact::Fact,
    ids::{ChannelId, GuildId, MessageId, UserId},
    inbound::{EffectId, Inbound, InputId},
    own::Known,
    record::{Snapshot, Space},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

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

/// Sets a timer and changes nothing of its state.
struct Sleeper;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Nothing;

impl Snapshot for Nothing {
    const KIND: u16 = 1;
    const VERSION: u16 = 1;
}

impl Machine for Sleeper {
    const KIND: Kind = Kind::Info;
    const COMMANDS: &'static [Command<Self>] = &[];
    type State = Nothing;
    type Row = Nothing;
    type Refusal = String;

    fn wants(_: &Inbound) -> bool {
        true
    }

    fn on(cx: &mut Cx<'_, Nothing>, _: &mut Nothing, what: &Inbound) -> Result<Reply, String> {
        if matches!(what, Inbound::GuildLeft { .. }) {
            cx.wake_at("later", cx.now);
        }
        Ok(Reply::Nothing)
    }

    fn shared(_: &Nothing) -> Option<&crate::kernel::fact::Shared> {
        None
    }

    fn rows_about(_: UserId) -> Vec<RowKey> {
        Vec::new()
    }

    fn about(_: &Cx<'_, Nothing>, _: &Nothing, _: UserId) -> Vec<Known> {
        Vec::new()
    }

    fn forget(_: &mut Cx<'_, Nothing>, _: &mut Nothing, _: UserId) {}

    fn forgotten(_: &mut Self::State) -> Option<&mut own::Forgotten> {
        None
    }

    fn record_again(_: &mut Cx<'_, Nothing>, _: &mut Nothing, _: UserId) {}
}

#[test]
fn what_a_machine_owns_never_lies_without_its_head() {
    let guild = GuildId::new(1).unwrap();
    let mut host =
        Host::<Sleeper, Json>::wake(Address::guild(Kind::Info, guild), None, Json).unwrap();
    let mut heads = |what: Inbound| {
        let at = Timestamp::from_seconds(1);
        let id = InputId::Timer {
            key: "x".to_owned(),
            due: at,
        };
        let turned = host.turn(&Input { id, at, what }, &[], at).unwrap();
        let writes = turned.commit.writes.into_iter();
        writes
            .filter(|write| write.key.space() == Some(Space::Head))
            .count()
    };
    let name = String::new();
    let changed = Inbound::GuildChanged {
        guild,
        name,
        owner: None,
    };
    assert_eq!(heads(changed), 0, "it owns nothing yet");
    assert_eq!(heads(Inbound::GuildLeft { guild }), 1);
    assert_eq!(heads(Inbound::GuildLeft { guild }), 0, "it has one");
}

/// Sums up its rows when somebody reads, and writes one when a guild changes.
struct Summer;

impl Snapshot for u64 {
    const KIND: u16 = 2;
    const VERSION: u16 = 1;
}

impl Machine for Summer {
    const KIND: Kind = Kind::Info;
    const COMMANDS: &'static [Command<Self>] = &[];
    type State = Nothing;
    type Row = u64;
    type Refusal = String;

    fn wants(_: &Inbound) -> bool {
        true
    }

    fn needs(_: &Self::State, what: &Inbound) -> Needs {
        match what {
            Inbound::GuildLeft { .. } => Needs::Nothing,
            _ => Needs::Every {
                rows: vec![RowKey::new(&[9])],
                from: RowKey::new(&[1]),
                to: RowKey::new(&[9]),
            },
        }
    }

    fn scan(_: &Nothing, _: &Input, into: &mut Scanned, _: &RowKey, row: &u64) {
        into.gathered::<Vec<u64>>().push(*row);
    }

    /// Refuses with what it was shown.
    fn on(cx: &mut Cx<'_, u64>, _: &mut Nothing, _: &Inbound) -> Result<Reply, String> {
        let rows: Vec<u64> = cx.scanned();
        let other: String = cx.scanned();
        let loaded: Vec<u64> = cx.loaded().map(|(_, row)| *row).collect();
        Err(format!("{rows:?} {loaded:?} {other:?}"))
    }

    fn shared(_: &Nothing) -> Option<&crate::kernel::fact::Shared> {
        None
    }

    fn rows_about(_: UserId) -> Vec<RowKey> {
        Vec::new()
    }

    fn about(_: &Cx<'_, u64>, _: &Nothing, _: UserId) -> Vec<Known> {
        Vec::new()
    }

    fn forget(_: &mut Cx<'_, u64>, _: &mut Nothing, _: UserId) {}

    fn forgotten(_: &mut Self::State) -> Option<&mut own::Forgotten> {
        None
    }

    fn record_again(_: &mut Cx<'_, u64>, _: &mut Nothing, _: UserId) {}
}

#[test]
fn a_turn_gets_what_was_gathered_for_it_and_nothing_else() {
    let guild = GuildId::new(1).unwrap();
    let mut host =
        Host::<Summer, Json>::wake(Address::guild(Kind::Info, guild), None, Json).unwrap();
    let at = Timestamp::from_seconds(1);
    let id = InputId::Timer {
        key: "x".to_owned(),
        due: at,
    };
    let input = Input {
        id,
        at,
        what: Inbound::GuildLeft { guild },
    };
    let row = |n: u8| (RowKey::new(&[n]), u64::from(n).to_record(&Json).unwrap());
    let refusal = |host: &mut Host<Summer, Json>, rows: &[(RowKey, Record)]| {
        host.turn(&input, rows, at).unwrap().refused.unwrap()
    };
    let nine = [row(9)];
    host.scan(&input, true, &[row(1), row(2)]).unwrap();
    host.scan(&input, false, &[row(3)]).unwrap();
    assert_eq!(refusal(&mut host, &nine), "[1, 2, 3] [9] \"\"");
    assert_eq!(refusal(&mut host, &[]), "[] [] \"\"", "it is gone");
    host.scan(&input, true, &[row(1)]).unwrap();
    host.scan(&input, true, &[row(4)]).unwrap();
    assert_eq!(refusal(&mut host, &nine), "[4] [9] \"\"", "it began anew");
    let (key, mut broken) = row(5);
    broken.payload = b"?".to_vec();
    assert!(host.scan(&input, true, &[(key, broken)]).is_err());
}

#[test]
fn a_person_s_machine_that_knows_nothing_any_more_leaves_nothing() {
    let user = UserId::new(7).unwrap();
    let address = Address::user(Kind::Info, user);
    let mut host = Host::<crate::info::Info, Json>::wake(address, None, Json).unwrap();
    let mut head = |what: Inbound| {
        let at = Timestamp::from_seconds(1);
        let id = InputId::Fact(EffectId(1));
        let turned = host.turn(&Input { id, at, what }, &[], at).unwrap();
        let writes = turned.commit.writes.into_iter();
        writes
            .map(|write| write.record.is_some())
            .collect::<Vec<_>>()
    };
    let from = Address::user(Kind::Privacy, user);
    let forget = || Inbound::Told {
        from,
        fact: Fact::Forget { user, ask: 1 },
    };
    let wrote = Inbound::DirectMessage {
        user,
        channel: ChannelId::new(5).unwrap(),
        message: MessageId::new(6).unwrap(),
    };
    assert_eq!(head(forget()), [true; 0], "there is none");
    assert_eq!(head(wrote), [true]);
    assert_eq!(head(forget()), [false]);
    assert_eq!(head(forget()), [true; 0]);
}
