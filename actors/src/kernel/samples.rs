//! One of each of the runtime's own records, for golden files: see [`crate::registry::samples`].

use super::{
    address::{Address, Kind},
    chore::Chore,
    civil::CivilDate,
    effect::{DeadLetter, Effect, Failure, OutboxRow, Target},
    fact::{Fact, Shared},
    ids::{ChannelId, GuildId, MessageId, RoleId, UserId},
    inbound::{EffectId, Gap, Inbound, Input, InputId, Seq},
    note::{Note, Noted, Size, Writer},
    owner::{Order, Said, Unclear, Whose},
    record::{Codec, CodecFault, Record, Snapshot},
    spool::{Cursor, Hole, Line, Place, SpoolRow, SpoolState},
    stored::{GapRow, Mark, Parked, Position, ProcessRecord, TimerRow},
    text::{Embed, Message},
    time::Timestamp,
};

/// Named records: `runtime-outbox`, `runtime-position`, …
///
/// # Errors
/// When the codec cannot encode one.
pub fn samples<C: Codec>(codec: &C) -> Result<Vec<(String, Record)>, CodecFault> {
    let at = Timestamp::from_seconds(1_795_000_000);
    let ids = GuildId::new(201)
        .zip(ChannelId::new(301))
        .zip(UserId::new(101));
    let Some(((guild, channel), user)) = ids else {
        return Ok(Vec::new());
    };
    let named = |name: &str, record: Record| (format!("runtime-{name}"), record);
    let address = Address::guild(Kind::Welcome, guild);
    let seq = Seq {
        session: 2,
        seq: 40,
        part: 1,
    };
    let input = Input {
        id: InputId::Gateway { shard: 1, at: seq },
        at,
        what: Inbound::GuildLeft { guild },
    };
    let message = Message::text("hello").embed(Embed::new("title").field("name", "value", true));
    let say = Effect::Say {
        to: vec![Target::Channel(channel), Target::User(user)],
        message: message.ping_user(user),
    };
    let tell = Effect::Tell {
        to: Address::guild(Kind::Settings, guild),
        fact: Fact::Shared(Shared::default()),
    };
    let look = Effect::ReadMember { guild, user };
    let role = RoleId::new(401).map(|role| Effect::ChangeRole {
        guild,
        user,
        role,
        give: true,
        reason: "inactive".to_owned(),
    });
    let kick = Effect::Kick {
        guild,
        user,
        joined_at: Some(at),
        reason: "inactive".to_owned(),
    };
    let scope = address.scope;
    let house = Effect::House(Chore::Erase { scope, user });
    let roster = CivilDate::new(2026, 11, 21).map(|day| Effect::TakeRoster { guild, day });
    let row = |effect: Effect, id: u64| OutboxRow {
        id: EffectId(id),
        order: id,
        from: address,
        expires_at: at + effect.lifetime(),
        effect,
        made_at: at,
        reports: true,
        origin: None,
    };
    let why = Failure {
        status: 403,
        code: 50_013,
        text: "Missing Permissions".to_owned(),
    };
    let letter = DeadLetter {
        row: row(say.clone(), 9),
        at,
        why,
    };
    let gap = Gap {
        from: at,
        to: at,
        reason: "Discord began a new session".to_owned(),
    };
    let gap = GapRow {
        gap,
        busy: Some([Kind::Settings, Kind::Welcome].into()),
    };
    let position = Position {
        application: 1,
        shard: 1,
        shards: 2,
        gateway: "gateway.discord.gg".to_owned(),
        ordinal: 2,
        session_id: "session".to_owned(),
        resume_url: "wss://resume.discord.gg".to_owned(),
        seq: 39,
        at,
    };
    let parked = Parked {
        address,
        input: input.clone(),
        at,
        why: "its machine panicked three times on it".to_owned(),
    };
    let ordered = orders(guild, channel, user)
        .into_iter()
        .map(|(name, what)| {
            let input = Input {
                what,
                ..input.clone()
            };
            let parked = Parked {
                input,
                ..parked.clone()
            };
            Ok(named(&format!("parked-{name}"), parked.to_record(codec)?))
        });
    let ordered = ordered.collect::<Result<Vec<_>, CodecFault>>()?;
    let process = ProcessRecord {
        commands: "1:00".to_owned(),
        starts_without_progress: 1,
        about_to_handle: Some((address, input)),
        gaps_total: 3,
    };
    let timer = TimerRow {
        due: at,
        punishing: true,
    };
    let mark = Mark { shard: 1, at: seq };
    let spool = spool_row(guild, at, channel, user);
    let state = spool_state(at);
    let role = role
        .map(|role| row(role, 11).to_record(codec))
        .transpose()?;
    let role = role.map(|role| named("outbox-change-role", role));
    let roster = roster
        .map(|roster| row(roster, 13).to_record(codec))
        .transpose()?;
    let roster = roster.map(|roster| named("outbox-roster", roster));
    let mut all = vec![
        named("outbox-say", row(say, 7).to_record(codec)?),
        named("outbox-tell", row(tell, 8).to_record(codec)?),
        named("outbox-house", row(house, 10).to_record(codec)?),
        named("dead-letter", letter.to_record(codec)?),
        named("gap", gap.to_record(codec)?),
        named("position", position.to_record(codec)?),
        named("mark", mark.to_record(codec)?),
        named("timer", timer.to_record(codec)?),
        named("parked", parked.to_record(codec)?),
        named("process", process.to_record(codec)?),
        named("outbox-read-member", row(look, 10).to_record(codec)?),
        named("outbox-kick", row(kick, 12).to_record(codec)?),
        named("spool", spool.to_record(codec)?),
        named("spool-state", state.to_record(codec)?),
    ];
    all.extend(role.into_iter().chain(roster));
    all.extend(ordered);
    Ok(all)
}

/// Commands of the application's owner, with the last variant of each enum in them.
fn orders(guild: GuildId, channel: ChannelId, user: UserId) -> [(&'static str, Inbound); 4] {
    let said = |order| {
        Inbound::OwnerSaid(Said {
            user,
            guild: Some(guild),
            channel,
            order,
        })
    };
    [
        ("delete-member", said(Order::Delete(Whose::Member(user)))),
        (
            "delete-channel",
            said(Order::Delete(Whose::Channel(channel))),
        ),
        ("reload", said(Order::Reload(Some(Kind::Messages)))),
        ("unclear", said(Order::Unclear(Unclear::Alone))),
    ]
}

fn spool_row(guild: GuildId, at: Timestamp, channel: ChannelId, user: UserId) -> SpoolRow {
    let size = Some(Size {
        length: 12,
        files: 1,
    });
    let written = Noted::Written {
        author: user,
        writer: Writer::Webhook,
        size,
        reply: MessageId::new(401),
    };
    let unknown = Noted::Written {
        author: user,
        writer: Writer::Person,
        size: None,
        reply: None,
    };
    let what = [written, unknown, Noted::Edited { size }, Noted::Deleted];
    let notes = what.into_iter().zip(402..).filter_map(|(what, id)| {
        let message = MessageId::new(id)?;
        Some(Line::Message(Note {
            at,
            channel,
            message,
            what,
        }))
    });
    SpoolRow {
        guild,
        made_at: at,
        before: place(40),
        lines: notes.chain([Line::Forget { user, at }]).collect(),
    }
}

const fn place(row: u64) -> Place {
    Place {
        row,
        lines: row * 3,
        bytes: row * 200,
    }
}

fn spool_state(at: Timestamp) -> SpoolState {
    let lines = Cursor {
        at: place(38),
        incarnation: 7,
        file: "messages-2026-11-19.jsonl".to_owned(),
        offset: 12_345,
        lost: 9,
        hole: Some(Hole {
            lines: 9,
            from: at,
            to: at,
        }),
    };
    let table = Cursor {
        at: place(41),
        ..Cursor::default()
    };
    SpoolState {
        first: 38,
        end: place(41),
        cursors: [("lines".to_owned(), lines), ("postgres".to_owned(), table)].into(),
    }
}

/// Reads a record of the runtime and encodes it again in its newest version: what an old file must
/// go through without a fault.
///
/// # Errors
/// When it cannot be read, or its kind is not one of the runtime's.
pub fn renew<C: Codec>(codec: &C, record: &Record) -> Result<Record, CodecFault> {
    fn again<T: Snapshot, C: Codec>(codec: &C, record: &Record) -> Result<Record, CodecFault> {
        T::from_record(codec, record)?.to_record(codec)
    }
    match record.schema.kind {
        OutboxRow::KIND => again::<OutboxRow, C>(codec, record),
        DeadLetter::KIND => again::<DeadLetter, C>(codec, record),
        GapRow::KIND => again::<GapRow, C>(codec, record),
        Position::KIND => again::<Position, C>(codec, record),
        Mark::KIND => again::<Mark, C>(codec, record),
        TimerRow::KIND => again::<TimerRow, C>(codec, record),
        Parked::KIND => again::<Parked, C>(codec, record),
        ProcessRecord::KIND => again::<ProcessRecord, C>(codec, record),
        SpoolRow::KIND => again::<SpoolRow, C>(codec, record),
        SpoolState::KIND => again::<SpoolState, C>(codec, record),
        other => Err(CodecFault::Malformed(format!(
            "kind {other} is not the runtime's"
        ))),
    }
}
