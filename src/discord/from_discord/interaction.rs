//! Interactions: commands, completions, clicks, forms. Pings are for webhooks and are ignored.

use super::{Context, Decoded, Found, Frame, Trouble, member, need, options, read};
use crate::discord::wire::{self, Component};
use actors::kernel::{
    activity::{Activity, Deed, Signs},
    call::{Call, Caller, Origin, Permissions, Press, Submit, Ticket, Token},
    custom_id::CustomId,
    ids::{ApplicationId, ChannelId, GuildId, InteractionId, MessageId, UserId},
    inbound::Inbound,
    time::Timestamp,
};
use std::collections::BTreeMap;

/// The language assumed where Discord names none.
const DEFAULT_LOCALE: &str = "en-US";

pub(super) fn created(frame: &Frame<'_>, cx: &Context) -> Found {
    let wire: wire::Asked<'_> = read(frame)?;
    let kind = need(wire.kind.number(), "type")?;
    if !(2..=5).contains(&kind) {
        return Ok(Decoded::Ignored);
    }
    let origin = origin(&wire, cx)?;
    let at = cx.ours(origin.ticket.interaction.created_at());
    let data = need(wire.data.get(), "data")?;
    match kind {
        2 => Ok(asked(at, Inbound::Called(call(origin, data)?))),
        4 => Ok(Decoded::one(at, Inbound::Completing(call(origin, data)?))),
        3 => pressed(&wire, origin, data, at),
        _ => submitted(origin, data, at),
    }
}

/// Whoever uses the bot gives a sign of life; it comes second, so that somebody who asks when they
/// were last active does not read that they have just asked.
fn asked(at: Timestamp, what: Inbound) -> Decoded {
    let origin = what.origin();
    let sign = origin.and_then(|origin| {
        let signs = Signs::deed(at, Deed::Used, origin.channel);
        let activity = Activity::of(origin.guild?, origin.caller.user, signs);
        Some((at, Inbound::Activity(activity)))
    });
    Decoded::Inputs([(at, what)].into_iter().chain(sign).collect())
}

fn origin(wire: &wire::Asked<'_>, cx: &Context) -> Result<Origin, Trouble> {
    let application = wire
        .application_id
        .id(ApplicationId::new)
        .or(cx.application);
    let ticket = Ticket {
        interaction: need(wire.id.id(InteractionId::new), "id")?,
        application: need(application, "application_id")?,
        token: Token(need(wire.token.words(), "token")?.to_owned()),
    };
    let channel = wire
        .channel
        .get()
        .and_then(|channel| channel.id.id(ChannelId::new));
    Ok(Origin {
        ticket,
        guild: wire.guild_id.id(GuildId::new),
        channel: wire.channel_id.id(ChannelId::new).or(channel),
        caller: caller(wire, cx)?,
        app_permissions: Permissions(wire.app_permissions.number().unwrap_or(0)),
        process: cx.process.clone(),
    })
}

fn caller(wire: &wire::Asked<'_>, cx: &Context) -> Result<Caller, Trouble> {
    let member = wire.member.get();
    let user = member
        .and_then(|member| member.user.get())
        .or(wire.user.get());
    let user = need(user, "member.user")?;
    let id = need(user.id.id(UserId::new), "member.user.id")?;
    let permissions = member.and_then(|member| member.permissions.number());
    // Only we say who owns the application.
    let permissions = Permissions(permissions.unwrap_or(0) & !Permissions::OWNS_APPLICATION.0);
    let permissions = if cx.owners.contains(&id) {
        permissions.and(Permissions::OWNS_APPLICATION)
    } else {
        permissions
    };
    Ok(Caller {
        user: id,
        name: member::shown_name(member, user),
        roles: member.map_or_else(Vec::new, member::roles),
        permissions,
        locale: wire.locale.words().unwrap_or(DEFAULT_LOCALE).to_owned(),
    })
}

fn call(origin: Origin, data: &wire::AskedData<'_>) -> Result<Call, Trouble> {
    let name = need(data.name.words(), "data.name")?;
    let options::Filled {
        command,
        options,
        focused,
    } = options::read(name, &data.options);
    let channels = data
        .resolved
        .get()
        .map(options::channels)
        .unwrap_or_default();
    Ok(Call {
        origin,
        command,
        options,
        focused,
        channels,
    })
}

fn pressed(
    wire: &wire::Asked<'_>,
    origin: Origin,
    data: &wire::AskedData<'_>,
    at: Timestamp,
) -> Found {
    let id = match CustomId::parse(data.custom_id.text().unwrap_or_default()) {
        Ok(id) => id,
        Err(why) => {
            return Ok(Decoded::ForeignPress {
                origin: Box::new(origin),
                why,
            });
        }
    };
    let message = wire
        .message
        .get()
        .and_then(|message| message.id.id(MessageId::new));
    let values = data.values.0.iter().map(wire::Scalar::shown).collect();
    Ok(asked(
        at,
        Inbound::Pressed(Press {
            origin,
            id,
            message,
            values,
        }),
    ))
}

fn submitted(origin: Origin, data: &wire::AskedData<'_>, at: Timestamp) -> Found {
    let id = match CustomId::parse(data.custom_id.text().unwrap_or_default()) {
        Ok(id) => id,
        Err(why) => {
            return Ok(Decoded::ForeignPress {
                origin: Box::new(origin),
                why,
            });
        }
    };
    let mut fields = BTreeMap::new();
    for component in data.components.objects() {
        collect(component, &mut fields);
    }
    Ok(asked(at, Inbound::Submitted(Submit { origin, id, fields })))
}

/// Inputs stand in rows (the older layout) or in labels (since 2025); selections are joined by commas,
/// which ids never contain.
fn collect(component: &Component<'_>, fields: &mut BTreeMap<String, String>) {
    if let Some(id) = component.custom_id.words() {
        let selected: Vec<_> = component.values.0.iter().map(wire::Scalar::shown).collect();
        let written = component.value.is_some().then(|| component.value.shown());
        fields.insert(id.to_owned(), written.unwrap_or_else(|| selected.join(",")));
    }
    let inner = component
        .components
        .objects()
        .chain(component.component.get());
    for component in inner {
        collect(component, fields);
    }
}
