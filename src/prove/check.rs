//! What must hold in the end, when all faults are over; what must hold on the way is in [`super::book`]
//! and around each turn.

use super::{
    book::{Book, Turn},
    discord::Discord,
    life::Life,
    outside,
    reference::Reference,
    world::{Check, World},
};
use crate::{bot::load, runtime::ground::Reads as _};
use actors::{
    kernel::{
        address::{Address, Kind, Scope},
        effect::{DeadLetter, Effect, OutboxRow, Outcome, Target},
        fact::Fact,
        ids::UserId,
        inbound::{EffectId, Inbound, InputId},
        machine::RowKey,
        own,
        record::{Key, Record, Snapshot as _, Space},
        time::Span,
        turn::head_key,
    },
    presence, settings, welcome,
};
use snapshots::{Bincode, end_of};
use std::collections::{BTreeMap, BTreeSet};

/// Everything has come to rest: how did it end?
///
/// # Errors
/// With the first thing that does not hold.
pub fn finally(world: &mut World) -> Check {
    world.deliver(u64::MAX)?;
    let World {
        life,
        outside,
        book,
        discord,
        ..
    } = world;
    let Some(life) = life else {
        return Err("there is no process".to_owned());
    };
    let received = life.here.core(|core| core.received(0));
    book.contained(discord, received.session, received.seq)?;
    book.signs(discord)?;
    let stored = Stored::read(life)?;
    let reference = Reference::run(&book.log)?;
    reference.compare(&stored.records, &life.here.core(|core| timers(core)))?;
    outside::compare(outside, &reference.spooled)?;
    effects(book, discord, &stored)?;
    let parked: Vec<_> = book.log.iter().filter(|entry| entry.parked).collect();
    let gone = parked.iter().filter(|entry| went(book, entry));
    let (gone, parked) = (gone.count() as u64, parked.len() as u64);
    if !(parked - gone..=parked).contains(&stored.parked) {
        return Err(format!(
            "{parked} inputs were set aside, and {} are kept",
            stored.parked
        ));
    }
    names(book, discord, &stored)?;
    members(book, discord, &stored)?;
    removals(book)?;
    catalogue(book, discord, &stored)
}

/// Whether an input that was set aside may have gone when somebody whom it names was forgotten, or was not kept
/// because they had been.
fn went(book: &Book, entry: &Turn) -> bool {
    let stays = |fact: &Fact| matches!(fact, Fact::Forget { .. } | Fact::RecordAgain { .. });
    if matches!(&entry.input.what, Inbound::Told { fact, .. } if stays(fact)) {
        return false;
    }
    let ids = own::ids_in(&(entry.address, &*entry.input));
    let mut here = forgotten(&book.log).filter(|(scope, _)| *scope == entry.address.scope);
    here.any(|(_, user)| ids.contains(&user.get()))
}

/// Who was forgotten where.
fn forgotten(log: &[Turn]) -> impl Iterator<Item = (Scope, UserId)> {
    log.iter().filter_map(|entry| match &entry.input.what {
        Inbound::Told {
            fact: Fact::Forget { user, .. },
            ..
        } => Some((entry.address.scope, *user)),
        _ => None,
    })
}

type TimerList = BTreeMap<(Address, String), actors::kernel::time::Timestamp>;

fn timers(core: &actors::kernel::core::Core<Bincode>) -> TimerList {
    let timers = core.timers().iter();
    timers
        .map(|(due, address, key)| ((address, key.to_owned()), due))
        .collect()
}

/// What is in the store at the end.
struct Stored {
    records: BTreeMap<Key, Record>,
    dead: BTreeSet<EffectId>,
    parked: u64,
}

impl Stored {
    fn read(life: &Life) -> Result<Self, String> {
        let reader = life.here.reader();
        let loaded = load::read(reader, &*life.store).map_err(|why| why.to_string())?;
        let mut dead = BTreeSet::new();
        for (key, record) in &loaded.core.records {
            match key.space() {
                Some(Space::Outbox) => return Err(format!("an outbox row is left: {key:?}")),
                Some(Space::Mark) => {}
                Some(Space::Gap) => return Err(format!("a gap is left: {key:?}")),
                Some(Space::DeadLetter) => {
                    let letter =
                        DeadLetter::from_record(&Bincode, record).map_err(|why| why.to_string())?;
                    dead.insert(letter.row.id);
                }
                _ => {}
            }
        }
        let mut records = BTreeMap::new();
        for space in [Space::Head, Space::Row] {
            let prefix = Key::new(space, &[]);
            let mut cursor = Some(prefix.clone());
            while let Some(from) = cursor {
                let page = reader
                    .scan(&from, &end_of(&prefix), 500)
                    .map_err(|why| why.to_string())?;
                if !page.damaged.is_empty() {
                    return Err("a record is damaged".to_owned());
                }
                records.extend(
                    page.entries
                        .into_iter()
                        .map(|entry| (entry.key, entry.record)),
                );
                cursor = page.next;
            }
        }
        Ok(Self {
            records,
            dead,
            parked: loaded.parked,
        })
    }
}

/// Each effect was seen as often as it may be. A message with several targets is counted per target:
/// where one closes between two tries, the next is the only way left.
fn effects(book: &Book, discord: &Discord, stored: &Stored) -> Check {
    let mut shown: BTreeMap<EffectId, u32> = BTreeMap::new();
    for channel in discord.channels.values() {
        let mut here: BTreeMap<EffectId, u32> = BTreeMap::new();
        for id in channel.messages.iter().filter_map(|posted| posted.tag) {
            *here.entry(id).or_default() += 1;
        }
        for (id, times) in here {
            let most = shown.entry(id).or_default();
            *most = times.max(*most);
        }
    }
    let mut failed = stored.dead.clone();
    for (scope, user) in forgotten(&book.log) {
        // It may have been given up, and gone since.
        let named = book
            .effects
            .iter()
            .filter(|(_, row)| row.from.scope == scope && own::ids_in(row).contains(&user.get()));
        failed.extend(named.map(|(id, _)| *id));
    }
    for entry in &book.log {
        if let Inbound::Done {
            effect,
            outcome: Outcome::Failed(_) | Outcome::Expired,
            ..
        } = &entry.input.what
        {
            failed.insert(*effect);
        }
    }
    let withdrawn = book.log.iter().flat_map(|entry| &entry.withdrawn);
    let withdrawn: BTreeSet<EffectId> = withdrawn.copied().collect();
    for (id, row) in &book.effects {
        let posted = shown.get(id).copied().unwrap_or(0);
        if posted > 1 {
            return Err(format!(
                "{} {id} was seen {posted} times: {:?}",
                row.effect.name(),
                row.effect
            ));
        }
        let heard = |to: &Address, input: InputId| book.handled.contains(&(*to, input));
        if row.reports && !withdrawn.contains(id) && !heard(&row.from, InputId::Outcome(*id)) {
            return Err(format!("{} never heard what became of {id}", row.from));
        }
        let done = failed.contains(id)
            || match &row.effect {
                // What was wanted no more may have happened, or not.
                _ if withdrawn.contains(id) => true,
                Effect::Tell { to, .. } => heard(to, InputId::Fact(*id)),
                Effect::Say { to, message } => {
                    posted == 1 || answered(discord, to, &message.content)
                }
                // A gateway command; its outcome is what its machine hears. A chore has no trace here.
                Effect::RequestMembers { .. } | Effect::House(_) => true,
                Effect::ReadMember { .. }
                | Effect::ChangeRole { .. }
                | Effect::Kick { .. }
                | Effect::TakeRoster { .. } => book.reached.get(id).copied().unwrap_or(0) > 0,
                // At least once: the same twice.
                Effect::Edit { .. }
                | Effect::Delete { .. }
                | Effect::ReadAuditLog { .. }
                | Effect::ReadPermissions { .. } => book.reached.get(id).copied().unwrap_or(0) > 0,
            };
        if !done {
            return Err(format!(
                "{} {id} of {} never happened: {:?}",
                row.effect.name(),
                row.from,
                row.effect
            ));
        }
    }
    Ok(())
}

fn answered(discord: &Discord, to: &[Target], content: &str) -> bool {
    to.iter().any(|target| match target {
        Target::Answer(ticket) => discord
            .interactions
            .get(&ticket.interaction)
            .is_some_and(|interaction| interaction.content.as_deref() == Some(content)),
        _ => false,
    })
}

/// What the bot was told of a guild it is in is so: its name, unless that was set aside.
fn names(book: &Book, discord: &Discord, stored: &Stored) -> Check {
    let named = |address: Address| -> Option<String> {
        let record = stored.records.get(&head_key(address))?;
        let state = settings::State::from_record(&Bincode, record).ok()?;
        Some(state.shared.guild_name)
    };
    for (id, guild) in discord.guilds.iter().filter(|(_, guild)| guild.inside) {
        let address = Address::guild(Kind::Settings, *id);
        let missed = book
            .log
            .iter()
            .any(|entry| entry.parked && entry.address == address);
        if let Some(name) = named(address).filter(|name| !missed && *name != guild.name) {
            return Err(format!(
                "guild {id} is called {}, and the bot thinks {name}",
                guild.name
            ));
        }
    }
    Ok(())
}

/// Where members are recorded and nothing was set aside, those recorded are those who are there and did
/// not ask to be forgotten: reconciliation found everybody who came or went unseen.
fn members(book: &Book, discord: &Discord, stored: &Stored) -> Check {
    for (id, guild) in discord.guilds.iter().filter(|(_, guild)| guild.inside) {
        let address = Address::guild(Kind::Welcome, *id);
        let missed = book
            .log
            .iter()
            .any(|entry| entry.parked && entry.address == address);
        let record = stored.records.get(&head_key(address));
        let state = record.and_then(|record| welcome::State::from_record(&Bincode, record).ok());
        let known =
            |state: &welcome::State| state.on() && state.roll.known && state.roll.call.is_none();
        let Some(state) = state.filter(|state| !missed && known(state)) else {
            continue;
        };
        let prefix = Key::of(Space::Row, address, &[]);
        let rows = stored.records.range(prefix.clone()..end_of(&prefix));
        let recorded: BTreeSet<UserId> = rows
            .filter_map(|(key, _)| RowKey::new(key.tail()).as_user())
            .collect();
        let there = guild.members.keys().copied();
        let there: BTreeSet<UserId> = there
            .filter(|user| !state.forgotten.has(address, *user))
            .collect();
        if recorded != there {
            let ghosts: Vec<_> = recorded.difference(&there).collect();
            let missing: Vec<_> = there.difference(&recorded).collect();
            return Err(format!(
                "guild {id}: {ghosts:?} are recorded and gone, {missing:?} are there and not recorded"
            ));
        }
    }
    Ok(())
}

/// Whoever was to be removed had been told before, and had a day from then on (less what the clock was
/// set), unless a moderator wanted nobody told.
fn removals(book: &Book) -> Check {
    const GRACE: Span = Span::hours(20);
    let silent = |guild| {
        let mut inputs = book.log.iter().map(|entry| &entry.input.what);
        inputs.any(|what| {
            matches!(what, Inbound::Called(call) if call.origin.guild == Some(guild)
                && call.yes_or_no("warn") == Some(false))
        })
    };
    let tracker = |row: &&OutboxRow| row.from.kind == Kind::Presence;
    let kicks = book
        .effects
        .values()
        .filter(tracker)
        .filter_map(|row| match &row.effect {
            Effect::Kick { guild, user, .. } => Some((*guild, *user, row.made_at)),
            _ => None,
        });
    for (guild, user, at) in kicks {
        let told = book.effects.values().filter(tracker).filter(|row| {
            let to = matches!(&row.effect, Effect::Say { to, .. } if to.first() == Some(&Target::User(user)));
            to && row.reports && row.from.scope == Scope::Guild(guild)
        });
        let told = told.map(|row| row.made_at).filter(|told| *told < at).max();
        if !silent(guild) && told.is_none_or(|told| at.since(told) < GRACE) {
            return Err(format!(
                "{user} of guild {guild} was removed at {at:?}, and told at {told:?}"
            ));
        }
    }
    Ok(())
}

/// Where the tracker knows the member list and nothing was set aside, there is a row for each member
/// who is there, for no bot, and whoever else has one is known to have left.
fn catalogue(book: &Book, discord: &Discord, stored: &Stored) -> Check {
    for (id, guild) in discord.guilds.iter().filter(|(_, guild)| guild.inside) {
        let address = Address::guild(Kind::Presence, *id);
        let missed = book
            .log
            .iter()
            .any(|entry| entry.parked && entry.address == address);
        let record = stored.records.get(&head_key(address));
        let state = record.and_then(|record| presence::State::from_record(&Bincode, record).ok());
        let known = |state: &presence::State| {
            state.records() && state.catalogue.known && state.catalogue.call.is_none()
        };
        let Some(state) = state.filter(|state| !missed && known(state)) else {
            continue;
        };
        let prefix = Key::of(Space::Row, address, &[]);
        let rows = stored.records.range(prefix.clone()..end_of(&prefix));
        let mut recorded = BTreeSet::new();
        let mut left = BTreeSet::new();
        for (key, record) in rows {
            let row =
                presence::Row::from_record(&Bincode, record).map_err(|why| why.to_string())?;
            let user = RowKey::new(key.tail()).as_user();
            if let Some((user, member)) = user.zip(row.member()) {
                let set = if member.left.is_some() {
                    &mut left
                } else {
                    &mut recorded
                };
                set.insert(user);
            }
        }
        let there = guild.members.values().filter(|member| !member.bot);
        let there: BTreeSet<UserId> = there
            .map(|member| member.user)
            .filter(|user| !state.forgotten.has(address, *user))
            .collect();
        if recorded != there {
            let ghosts: Vec<_> = recorded.difference(&there).collect();
            let missing: Vec<_> = there.difference(&recorded).collect();
            return Err(format!(
                "guild {id}: {ghosts:?} are tracked and gone, {missing:?} are there and not tracked ({} left)",
                left.len()
            ));
        }
    }
    Ok(())
}
