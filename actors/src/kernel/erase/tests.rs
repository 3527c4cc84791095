use super::*;
use crate::{
    kernel::{
        address::Kind,
        call::{Ticket, Token},
        chore::Chore,
        effect::Failure,
        fact::Fact,
        ids::{ApplicationId, ChannelId, GuildId, InteractionId, MessageId},
        inbound::{Inbound, Input},
        note::{Note, Noted, Writer},
        record::Schema,
        spool::{Line, Place, spool_key},
        time::Span,
    },
    registry,
};
use serde::{Serialize, de::DeserializeOwned};

const ALICE: u64 = 350_000_000_000_000_101;
const BOB: u64 = 350_000_000_000_000_102;

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

fn user(id: u64) -> UserId {
    UserId::new(id).unwrap()
}

fn guild(id: u64) -> Scope {
    Scope::Guild(GuildId::new(id).unwrap())
}

/// Alice is gone from guild 1, and from her direct messages.
struct Alice;

impl Gone for Alice {
    fn has(&self, scope: Scope, user: UserId) -> bool {
        user.get() == ALICE && (scope == guild(1) || scope == Scope::User(user))
    }

    fn all(&self, scope: Scope) -> Vec<Veiled> {
        let there = scope == guild(1);
        there
            .then(|| Veiled::of(scope, user(ALICE)))
            .into_iter()
            .collect()
    }
}

fn row(of: Scope, effect: Effect) -> OutboxRow {
    let at = Timestamp::from_seconds(1_767_614_400);
    OutboxRow {
        id: EffectId(7),
        order: 1,
        from: Address {
            scope: of,
            kind: Kind::Welcome,
            number: 0,
        },
        effect,
        made_at: at,
        expires_at: at + Span::hours(1),
        reports: false,
        origin: None,
    }
}

fn say(to: Vec<Target>, text: &str) -> Effect {
    let message = Message::text(text)
        .ping_user(user(ALICE))
        .ping_user(user(BOB));
    Effect::Say { to, message }
}

fn channel() -> Target {
    Target::Channel(ChannelId::new(350_000_000_000_000_301).unwrap())
}

fn answer() -> Target {
    Target::Answer(Ticket {
        interaction: InteractionId::new(350_000_000_000_000_701).unwrap(),
        application: ApplicationId::new(350_000_000_000_000_801).unwrap(),
        token: Token("token".to_owned()),
    })
}

fn in_outbox(row: &OutboxRow) -> Erased {
    let key = Key::new(Space::Outbox, &7_u64.to_be_bytes());
    registry::erased(&Json, &key, &row.to_record(&Json).unwrap(), &Alice)
}

#[test]
fn a_message_about_several_is_said_without_them() {
    let text = format!("Welcome, <@{ALICE}>, <@{BOB}> and {ALICE}!");
    let Erased::Changed(record) = in_outbox(&row(guild(1), say(vec![channel()], &text))) else {
        panic!("it is said in other words");
    };
    let row = OutboxRow::from_record(&Json, &record).unwrap();
    let Effect::Say { message, .. } = &row.effect else {
        panic!("it is still said");
    };
    let expected = format!("Welcome, a former member, <@{BOB}> and a former member!");
    assert_eq!(message.content, expected);
    assert_eq!(message.mentions.users, [user(BOB)]);
    assert_eq!((row.id, row.order), (EffectId(7), 1));
}

#[test]
fn elsewhere_and_about_others_nothing_changes() {
    let text = format!("Welcome, <@{BOB}>!");
    let message = Message::text(&*text).ping_user(user(BOB));
    let to = vec![channel(), Target::User(user(BOB))];
    assert_eq!(
        in_outbox(&row(guild(1), Effect::Say { to, message })),
        Erased::Same
    );
    let text = format!("Welcome, <@{ALICE}>!");
    assert_eq!(
        in_outbox(&row(guild(2), say(vec![channel()], &text))),
        Erased::Same
    );
}

#[test]
fn what_is_for_them_goes_and_its_machine_hears_if_it_wants_to() {
    let mut direct = row(guild(1), say(vec![Target::User(user(ALICE))], "hello"));
    assert_eq!(in_outbox(&direct), Erased::Removed);
    direct.reports = true;
    let Erased::Changed(record) = in_outbox(&direct) else {
        panic!("its machine waits");
    };
    let text = String::from_utf8(record.payload).unwrap();
    assert!(!text.contains(&ALICE.to_string()), "{text}");
    assert!(text.contains("\"to\":[]"), "{text}");
    let both = say(vec![Target::User(user(ALICE)), channel()], "hello");
    let Erased::Changed(record) = in_outbox(&row(guild(1), both)) else {
        panic!("there is another place");
    };
    assert!(String::from_utf8(record.payload).unwrap().contains("301"));
    let answered = say(vec![answer(), Target::User(user(ALICE))], "hello");
    assert_eq!(in_outbox(&row(guild(1), answered)), Erased::Removed);
    let (scope, user) = (guild(1), user(ALICE));
    let tell = Effect::Tell {
        to: Address::guild(Kind::Presence, GuildId::new(1).unwrap()),
        fact: Fact::RecordAgain { user },
    };
    assert_eq!(in_outbox(&row(guild(1), tell)), Erased::Removed);
    let chore = Effect::House(Chore::Erase { scope, user });
    assert_eq!(in_outbox(&row(guild(1), chore)), Erased::Removed);
}

#[test]
fn what_was_set_aside_goes() {
    let why = Failure {
        status: 403,
        code: 0,
        text: "no".to_owned(),
    };
    let letter = DeadLetter {
        row: row(guild(1), say(vec![channel()], "hello")),
        at: Timestamp::EPOCH,
        why,
    };
    let key = Key::new(Space::DeadLetter, &7_u64.to_be_bytes());
    let erased = registry::erased(&Json, &key, &letter.to_record(&Json).unwrap(), &Alice);
    assert_eq!(erased, Erased::Removed);
    let address = Address::guild(Kind::Welcome, GuildId::new(1).unwrap());
    let guild = GuildId::new(1).unwrap();
    let parked = |id| Parked {
        address,
        input: Input {
            id: InputId::Fact(EffectId(1)),
            at: Timestamp::EPOCH,
            what: Inbound::MemberLeft {
                guild,
                user: user(id),
                name: "a".to_owned(),
                bot: false,
            },
        },
        at: Timestamp::EPOCH,
        why: String::new(),
    };
    let key = Key::new(Space::Parked, &[&[0; 16][..], &address.to_bytes()].concat());
    let of = |id| registry::erased(&Json, &key, &parked(id).to_record(&Json).unwrap(), &Alice);
    assert_eq!(of(ALICE), Erased::Removed);
    assert_eq!(of(BOB), Erased::Same);
}

#[test]
fn rows_and_heads_forget_them_and_know_that_they_must_not_be_recorded() {
    let address = Address::guild(Kind::Welcome, GuildId::new(1).unwrap());
    let samples = registry::samples(&Json).unwrap();
    let mut samples_of_rows = samples.iter();
    let row = samples_of_rows.find(|(name, _)| name.starts_with("welcome-row"));
    let (_, record) = row.unwrap();
    let of = |id: u64| {
        let key = Key::of(Space::Row, address, &id.to_be_bytes());
        registry::erased(&Json, &key, record, &Alice)
    };
    assert_eq!(of(ALICE), Erased::Removed);
    assert_eq!(of(BOB), Erased::Same);
    for kind in [Kind::Welcome, Kind::Presence, Kind::Privacy] {
        let address = Address { kind, ..address };
        let name = format!("{}-head-fresh", kind.name());
        let (_, head) = samples.iter().find(|(of, _)| *of == name).unwrap();
        let key = Key::of(Space::Head, address, &[]);
        let Erased::Changed(after) = registry::erased(&Json, &key, head, &Alice) else {
            panic!("{name} learns who is gone");
        };
        let veiled = Veiled::of(guild(1), user(ALICE)).number().to_string();
        let text = String::from_utf8(after.payload.clone()).unwrap();
        assert!(text.contains(&veiled), "{text}");
        assert_eq!(registry::erased(&Json, &key, &after, &Alice), Erased::Same);
    }
}

#[test]
fn a_head_that_names_them_does_not_any_more() {
    let address = Address::guild(Kind::Welcome, GuildId::new(1).unwrap());
    let mut state = crate::welcome::State::default();
    state.arrivals.gathered = vec![user(BOB), user(ALICE)].into_iter().collect();
    let key = Key::of(Space::Head, address, &[]);
    let record = state.to_record(&Json).unwrap();
    let Erased::Changed(after) = registry::erased(&Json, &key, &record, &Alice) else {
        panic!("she was named");
    };
    let text = String::from_utf8(after.payload).unwrap();
    assert!(
        !text.contains(&ALICE.to_string()) && text.contains(&BOB.to_string()),
        "{text}"
    );
}

#[test]
fn everything_of_a_person_goes_with_them() {
    let address = Address::user(Kind::Info, user(ALICE));
    let record = Record {
        schema: Schema {
            kind: Kind::Info.number(),
            version: 1,
        },
        payload: b"what nobody can read".to_vec(),
    };
    for space in [Space::Head, Space::Timer, Space::Mark] {
        let key = Key::of(space, address, &[]);
        assert_eq!(
            registry::erased(&Json, &key, &record, &Alice),
            Erased::Removed
        );
    }
    let bob = Key::of(Space::Head, Address::user(Kind::Info, user(BOB)), &[]);
    assert_eq!(registry::erased(&Json, &bob, &record, &Alice), Erased::Same);
}

#[test]
fn the_other_number_is_nobodys() {
    let (one, two) = (former(guild(1), user(ALICE)), former(guild(2), user(ALICE)));
    assert!(one.get() < 1 << 40 && one != two);
    assert_eq!(one, former(guild(1), user(ALICE)));
}

#[test]
fn lines_on_their_way_outside_name_somebody_else_in_copies() {
    let line = |id| {
        Line::Message(Note {
            at: Timestamp::EPOCH,
            channel: ChannelId::new(ALICE + 7).unwrap(),
            message: MessageId::new(ALICE + 9).unwrap(),
            what: Noted::Written {
                author: user(id),
                writer: Writer::Person,
                size: None,
                reply: None,
            },
        })
    };
    let waiting = |lines| SpoolRow {
        guild: GuildId::new(1).unwrap(),
        made_at: Timestamp::EPOCH,
        before: Place::default(),
        lines,
    };
    let erased = |row: &SpoolRow| {
        let record = row.to_record(&Json).unwrap();
        runtime(&Json, &spool_key(3), &record, &Alice).unwrap()
    };
    assert_eq!(erased(&waiting(vec![line(BOB)])), Erased::Same);
    let former = former(guild(1), user(ALICE)).get();
    let after = waiting(vec![line(former), line(BOB)]);
    assert_eq!(
        erased(&waiting(vec![line(ALICE), line(BOB)])),
        Erased::Changed(after.to_record(&Json).unwrap())
    );

    // Where they wait, it must stay known who is to be forgotten.
    let forget = Line::Forget {
        user: user(ALICE),
        at: Timestamp::EPOCH,
    };
    let lives = |lines| {
        let record = waiting(lines).to_record(&Json).unwrap();
        super::waiting(&Json, &record, &Alice).unwrap()
    };
    assert_eq!(lives(vec![line(BOB)]), Erased::Same);
    assert_eq!(lives(vec![forget]), Erased::Same);
    let after = waiting(vec![line(former), forget, line(BOB)]);
    assert_eq!(
        lives(vec![line(ALICE), forget, line(BOB)]),
        Erased::Changed(after.to_record(&Json).unwrap())
    );
}
