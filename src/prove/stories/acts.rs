//! How each act is done: who acts, where, and with what words.

use super::super::{
    chance::Chance,
    discord::{Discord, What},
};
use super::Act;
use actors::{
    kernel::{
        activity::{Deed, Sign, Signs},
        address::Kind,
        call::{Call, Permissions, Press, ResolvedChannel, Submit, Value},
        command::{CommandOption, OptionKind, Place, Spec},
        custom_id::CustomId,
        ids::{ChannelId, GuildId, InteractionId, MessageId, UserId},
        inbound::{AuditEntry, Inbound, Removal},
        owner::{Order, Said, Unclear, Whose},
    },
    registry,
};
use std::collections::BTreeMap;

const TEXTS: [&str; 14] = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Atlantis/Nowhere",
    "Hello {user}!",
    "Hi {user} || Welcome {user} || Good to see you, {name}",
    "Welcome, {name} || Hello, {name} || {name} is here || Look who came: {name}",
    "Bye {name} || So long, {name} || {name} is gone",
    "Bye {name}",
    "{oops",
    "help",
    "",
    "*bold* @everyone",
];

/// Carries out what members do. Faults and time are the world's.
pub fn act(discord: &mut Discord, act: &Act, chance: &mut Chance) {
    match act {
        Act::Command(n) => call(discord, *n, chance, false),
        Act::Complete(n) => call(discord, *n, chance, true),
        Act::Stream => stream(discord, chance),
        Act::Press => press(discord, chance),
        Act::Submit => submit(discord, chance),
        Act::Write => {
            let user = discord.new_user();
            let known: Vec<UserId> = discord.dms.keys().copied().collect();
            let user = chance
                .pick(&known)
                .copied()
                .filter(|_| chance.one_in(2))
                .unwrap_or(user);
            let channel = discord.dm(user);
            let message = MessageId::new(discord.snowflake()).expect("not zero");
            discord.happened(Inbound::DirectMessage {
                user,
                channel,
                message,
            });
        }
        Act::Invite => {
            discord.new_guild();
        }
        Act::Shut => {
            let known: Vec<UserId> = discord
                .interactions
                .values()
                .map(|known| known.origin.caller.user)
                .collect();
            if let Some(user) = chance.pick(&known)
                && !discord.shut.remove(user)
            {
                discord.shut.insert(*user);
            }
        }
        Act::Pass(_) | Act::Fault(_) => {}
        _ => {
            if let Some(guild) = some_guild(discord, chance, !matches!(act, Act::Remove)) {
                within(discord, guild, act, chance);
            }
        }
    }
}

fn some_guild(discord: &Discord, chance: &mut Chance, inside: bool) -> Option<GuildId> {
    let guilds = discord
        .guilds
        .iter()
        .filter(|(_, guild)| guild.inside || !inside);
    let guilds: Vec<GuildId> = guilds.map(|(id, _)| *id).collect();
    chance.pick(&guilds).copied()
}

/// What members do besides writing, where it is one thing and not a state of theirs.
const DEEDS: [Deed; 5] = [
    Deed::Edited,
    Deed::Reacted,
    Deed::Typed,
    Deed::Threaded,
    Deed::Answered,
];

/// A member writes, reacts, comes or goes in voice, or mutes themselves there.
fn live(discord: &mut Discord, id: GuildId, chance: &mut Chance) {
    let at = discord.now;
    let user = some_member(discord, id, chance);
    let Some((user, guild)) = user.zip(discord.guilds.get_mut(&id)) else {
        return;
    };
    // Of what bots do, only a change of status is not told from what people do.
    let bot = guild.members.get(&user).is_some_and(|member| member.bot);
    let channel = chance.pick(&guild.channels).copied();
    let signs = match chance.below(8) {
        _ if bot => Signs::online(at),
        0 => {
            let to = channel.filter(|_| chance.one_in(2));
            match to {
                Some(channel) => guild.voice.insert(user, channel),
                None => guild.voice.remove(&user),
            };
            Signs::voice(at, to)
        }
        1 => Signs::online(at),
        2..=4 => {
            let deed = chance.pick(&DEEDS).copied().unwrap_or(Deed::Wrote);
            Signs::deed(at, deed, channel.filter(|_| deed != Deed::Answered))
        }
        _ => Signs::deed(at, Deed::Wrote, channel),
    };
    let sign = Sign {
        guild: id,
        user,
        at,
        signs,
    };
    discord.emit(What::Signed(Box::new(sign)));
}

fn some_member(discord: &Discord, guild: GuildId, chance: &mut Chance) -> Option<UserId> {
    let members: Vec<UserId> = discord
        .guilds
        .get(&guild)?
        .members
        .keys()
        .copied()
        .collect();
    chance.pick(&members).copied()
}

fn within(discord: &mut Discord, id: GuildId, act: &Act, chance: &mut Chance) {
    match act {
        Act::Join(count) => {
            for _ in 0..*count {
                let user = discord.new_user();
                let pending = chance.one_in(6);
                if let Some(member) = discord.enter(id, user, pending) {
                    discord.happened(Inbound::MemberJoined { guild: id, member });
                }
            }
        }
        Act::Leave(how) => leave(discord, id, *how, chance),
        Act::Live(count) => {
            for _ in 0..*count {
                live(discord, id, chance);
            }
        }
        Act::Change => {
            let user = some_member(discord, id, chance);
            let guild = discord.guilds.get_mut(&id);
            if let Some((user, guild)) = user.zip(guild) {
                let role = chance.pick(&guild.roles).copied();
                if let Some(member) = guild.members.get_mut(&user) {
                    member.pending = false;
                    member.roles = role.into_iter().collect();
                    let member = member.clone();
                    discord.happened(Inbound::MemberChanged { guild: id, member });
                }
            }
        }
        Act::Remove => remove(discord, id),
        Act::Strict => strict(discord, id),
        Act::Arm => arm(discord, id),
        Act::Round => moderate(discord, id, "presence run", []),
        Act::Order => order(discord, id, chance),
        _ => alter(discord, id, act, chance),
    }
}

fn alter(discord: &mut Discord, id: GuildId, act: &Act, chance: &mut Chance) {
    let Some(guild) = discord.guilds.get_mut(&id) else {
        return;
    };
    match act {
        Act::DeleteChannel if guild.channels.len() > 1 => {
            let place = usize::try_from(chance.below(guild.channels.len() as u64)).unwrap_or(0);
            let channel = guild.channels.remove(place);
            discord.deleted.insert(channel);
            discord.happened(Inbound::ChannelDeleted { guild: id, channel });
        }
        Act::DeleteRole => {
            if let Some(role) = guild.roles.pop() {
                discord.happened(Inbound::RoleDeleted { guild: id, role });
            }
        }
        Act::Rename => {
            guild.name = format!("Renamed {}", chance.below(9));
            let (name, owner) = (guild.name.clone(), Some(guild.owner));
            discord.happened(Inbound::GuildChanged {
                guild: id,
                name,
                owner,
            });
        }
        Act::Disarm => guild.powers = !guild.powers,
        Act::HideLog => guild.audit_open = !guild.audit_open,
        Act::Close => {
            let channel = chance.pick(&guild.channels).copied();
            if let Some(channel) = channel.and_then(|id| discord.channels.get_mut(&id)) {
                channel.closed = !channel.closed;
            }
        }
        _ => {}
    }
}

fn leave(discord: &mut Discord, id: GuildId, how: Option<Removal>, chance: &mut Chance) {
    let Some(user) = some_member(discord, id, chance) else {
        return;
    };
    let number = discord.snowflake();
    let now = discord.now;
    let Some(guild) = discord
        .guilds
        .get_mut(&id)
        .filter(|guild| guild.owner != user)
    else {
        return;
    };
    let Some(member) = guild.members.remove(&user) else {
        return;
    };
    let left = Inbound::MemberLeft {
        guild: id,
        user,
        name: member.name,
        bot: member.bot,
    };
    let entry = how.map(|action| AuditEntry {
        at: now,
        action,
        target: (action != Removal::Prune).then_some(user),
        by: Some(guild.owner),
        reason: chance.one_in(2).then(|| "spam".to_owned()),
    });
    let open = guild.audit_open;
    guild
        .audit
        .extend(entry.clone().map(|entry| (number, entry)));
    // The line comes a moment before or after the event, or only when asked for.
    let line = entry.filter(|_| open && !chance.one_in(4));
    let line = line.map(|entry| Inbound::RemovalLogged { guild: id, entry });
    let first = chance.one_in(2);
    if first && let Some(line) = &line {
        discord.happened(line.clone());
    }
    discord.happened(left);
    if !first && let Some(line) = line {
        discord.happened(line);
    }
}

fn remove(discord: &mut Discord, id: GuildId) {
    let now = discord.now;
    let Some(guild) = discord.guilds.get_mut(&id) else {
        return;
    };
    guild.inside = !guild.inside;
    if guild.inside {
        guild.joined_at = now;
        let view = discord.view(id);
        discord.happened(Inbound::GuildAvailable(view));
    } else {
        discord.happened(Inbound::GuildLeft { guild: id });
    }
}

/// Where somebody is who acts: in a guild, or in direct messages.
fn place(
    discord: &mut Discord,
    chance: &mut Chance,
    anywhere: bool,
) -> Option<(Option<GuildId>, ChannelId, UserId)> {
    if anywhere && chance.one_in(5) {
        let user = discord.new_user();
        return Some((None, discord.dm(user), user));
    }
    let guild = some_guild(discord, chance, true)?;
    let user = some_member(discord, guild, chance)?;
    let channel = chance
        .pick(&discord.guilds.get(&guild)?.channels)
        .copied()?;
    Some((Some(guild), channel, user))
}

/// The owner uses a command.
fn moderate<const N: usize>(
    discord: &mut Discord,
    id: GuildId,
    command: &str,
    options: [(&str, Value); N],
) {
    let Some(guild) = discord.guilds.get(&id) else {
        return;
    };
    let (owner, channel) = (guild.owner, guild.channels.first().copied());
    let Some(channel) = channel else { return };
    let origin = discord.ask(Some(id), channel, owner, true);
    let options = options.map(|(name, value)| (name.to_owned(), value));
    discord.happened(Inbound::Called(Call {
        origin,
        command: command.to_owned(),
        options: options.into(),
        focused: None,
        channels: BTreeMap::new(),
    }));
}

/// Whoever owns the application is a member here; they write, press or submit what belongs to a text command.
fn order(discord: &mut Discord, id: GuildId, chance: &mut Chance) {
    let user = some_member(discord, id, chance);
    let target = some_member(discord, id, chance);
    let Some((user, target)) = user.zip(target) else {
        return;
    };
    let Some(guild) = discord.guilds.get(&id) else {
        return;
    };
    let Some(channel) = chance.pick(&guild.channels).copied() else {
        return;
    };
    let name = guild.name.clone();
    let order = match chance.below(10) {
        0 => Order::Reset,
        1 | 2 => Order::Delete(Whose::Member(target)),
        3 => Order::Delete(Whose::Channel(channel)),
        4 => Order::Reload(
            chance
                .pick(&Kind::ALL)
                .copied()
                .filter(|_| chance.one_in(2)),
        ),
        5 => Order::Setup,
        6 => Order::Unclear(Unclear::Type),
        more => {
            let mut origin = discord.ask(Some(id), channel, user, false);
            let permissions = &mut origin.caller.permissions;
            *permissions = permissions.and(Permissions::OWNS_APPLICATION);
            let action = if more == 9 { "undo" } else { "reset" };
            let form = CustomId::new(Kind::Presence, action, &[]);
            discord.happened(match more {
                7 => Inbound::Submitted(Submit {
                    origin,
                    id: form,
                    fields: [("name".to_owned(), name)].into(),
                }),
                _ => Inbound::Pressed(Press {
                    origin,
                    id: form,
                    message: None,
                    values: Vec::new(),
                }),
            });
            return;
        }
    };
    discord.happened(Inbound::OwnerSaid(Said {
        user,
        guild: Some(id),
        channel,
        order,
    }));
}

fn strict(discord: &mut Discord, id: GuildId) {
    let role = discord
        .guilds
        .get(&id)
        .and_then(|guild| guild.roles.first().copied());
    let day = || Value::Integer(1);
    let options = [
        ("inactive_after_days", day()),
        ("kick", Value::Flag(true)),
        ("kick_after_days", day()),
        ("grace_days", day()),
        ("percent", Value::Integer(50)),
    ];
    moderate(discord, id, "presence settings", options);
    if let Some(role) = role {
        moderate(
            discord,
            id,
            "presence settings",
            [("role", Value::Role(role))],
        );
    }
}

/// The newest button of a preview is pressed, and there is a new one.
fn arm(discord: &mut Discord, id: GuildId) {
    let here = |from: &InteractionId, discord: &Discord| {
        let known = discord.interactions.get(from);
        known.is_some_and(|known| known.origin.guild == Some(id))
    };
    let shown = discord.buttons.iter().rev();
    let mut arming =
        shown.filter(|(from, custom)| custom.contains(":presence:arm:") && here(from, discord));
    if let Some((from, custom)) = arming.next().cloned() {
        press_one(discord, from, &custom, true);
    }
    moderate(discord, id, "presence preview", []);
}

fn call(discord: &mut Discord, n: usize, chance: &mut Chance, typing: bool) {
    let commands = registry::commands();
    let spec: Spec = commands[n % commands.len()].spec;
    let Some((guild, channel, user)) = place(discord, chance, spec.place == Place::Anywhere) else {
        return;
    };
    let origin = discord.ask(guild, channel, user, !chance.one_in(5));
    let mut call = Call {
        origin,
        command: spec.name.to_owned(),
        options: BTreeMap::new(),
        focused: None,
        channels: BTreeMap::new(),
    };
    for option in spec.options {
        if option.required || chance.one_in(2) {
            give(discord, &mut call, option, chance);
        }
    }
    let completes = spec.options.iter().find(|option| option.completes);
    match completes.filter(|_| typing) {
        Some(option) => {
            let typed = chance
                .pick(&TEXTS)
                .map_or("", |text| &text[..text.len().min(3)]);
            call.options
                .insert(option.name.to_owned(), Value::Text(typed.to_owned()));
            call.focused = Some(option.name.to_owned());
            discord.happened(Inbound::Completing(call));
        }
        None => discord.happened(Inbound::Called(call)),
    }
}

fn stream(discord: &mut Discord, chance: &mut Chance) {
    let Some((guild, channel, user)) = place(discord, chance, false) else {
        return;
    };
    let on = ("stream".to_owned(), Value::Flag(true));
    let call = Call {
        origin: discord.ask(guild, channel, user, true),
        command: "messages settings".to_owned(),
        options: [on].into(),
        focused: None,
        channels: BTreeMap::new(),
    };
    discord.happened(Inbound::Called(call));
}

fn give(discord: &Discord, call: &mut Call, option: &CommandOption, chance: &mut Chance) {
    let guild = call
        .origin
        .guild
        .and_then(|guild| discord.guilds.get(&guild));
    let value = match option.kind {
        OptionKind::Text { max } => {
            let text = chance.pick(&TEXTS).copied().unwrap_or_default();
            Some(Value::Text(text.chars().take(usize::from(max)).collect()))
        }
        OptionKind::Integer { min, max } => Some(Value::Integer(match chance.below(3) {
            0 => min,
            1 => max,
            _ => chance.between(min, max.min(min.saturating_add(1_000)).max(min + 1)),
        })),
        OptionKind::Choice(choices) => chance
            .pick(choices)
            .map(|(_, value)| Value::Text((*value).to_owned())),
        OptionKind::Flag => Some(Value::Flag(chance.one_in(2))),
        OptionKind::User => guild.and_then(|guild| {
            let members: Vec<UserId> = guild.members.keys().copied().collect();
            chance.pick(&members).copied().map(Value::User)
        }),
        OptionKind::TextChannel | OptionKind::Place => guild.and_then(|guild| {
            let channel = *chance.pick(&guild.channels)?;
            let closed = discord
                .channels
                .get(&channel)
                .is_some_and(|known| known.closed);
            let resolved = ResolvedChannel {
                name: "channel".to_owned(),
                app_permissions: Some(Permissions(if closed { 0 } else { u64::MAX })),
            };
            call.channels.insert(channel, resolved);
            Some(Value::Channel(channel))
        }),
        OptionKind::Role => {
            guild.and_then(|guild| chance.pick(&guild.roles).copied().map(Value::Role))
        }
    };
    if let Some(value) = value {
        call.options.insert(option.name.to_owned(), value);
    }
}

/// Whoever saw a button presses it; sometimes somebody has one of long ago.
fn press(discord: &mut Discord, chance: &mut Chance) {
    let Some((from, custom)) = chance.pick(&discord.buttons).cloned() else {
        return;
    };
    let moderator = !chance.one_in(8);
    press_one(discord, from, &custom, moderator);
}

fn press_one(discord: &mut Discord, from: InteractionId, custom: &str, moderator: bool) {
    let Some(seen) = discord
        .interactions
        .get(&from)
        .map(|known| known.origin.clone())
    else {
        return;
    };
    let channel = seen.channel.expect("interactions have a place");
    let origin = discord.ask(seen.guild, channel, seen.caller.user, moderator);
    if let Ok(id) = CustomId::parse(custom) {
        discord.happened(Inbound::Pressed(Press {
            origin,
            id,
            message: None,
            values: Vec::new(),
        }));
    }
}

fn submit(discord: &mut Discord, chance: &mut Chance) {
    let Some((from, custom, fields)) = chance.pick(&discord.forms).cloned() else {
        press(discord, chance);
        return;
    };
    let Some(seen) = discord
        .interactions
        .get(&from)
        .map(|known| known.origin.clone())
    else {
        return;
    };
    let channel = seen.channel.expect("interactions have a place");
    let origin = discord.ask(seen.guild, channel, seen.caller.user, true);
    let fields = fields.into_iter().map(|field| {
        let text = chance.pick(&TEXTS).copied().unwrap_or_default();
        (field, text.to_owned())
    });
    let fields = fields.collect();
    match CustomId::parse(&custom) {
        Ok(id) => discord.happened(Inbound::Submitted(Submit { origin, id, fields })),
        Err(_) => discord.emit(What::Noise),
    }
}
