//! Discord's side of REST, as far as the executor asks: what a request does, and what is answered.

mod members;

use super::discord::{APPLICATION, BOT, Discord, NONCES_FOR, Posted, What};
use crate::discord::{
    rest::RestAnswer,
    to_discord::{Method, Request},
};
use actors::kernel::{
    ids::{ChannelId, GuildId, InteractionId, MessageId, UserId},
    inbound::{EffectId, Removal},
    time::Span,
};
use serde_json::{Value, json};

/// Discord takes a first response for this long …
const CALLBACK_FOR: Span = Span::seconds(3);
/// … and edits of it for this long.
const TOKEN_FOR: Span = Span::minutes(15);

/// A request has arrived. `tag` says for which effect; Discord does not look at it.
pub fn handle(discord: &mut Discord, request: &Request, tag: Option<EffectId>) -> RestAnswer {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let parts: Vec<&str> = path.split('/').collect();
    let body = request.body.as_ref().unwrap_or(&Value::Null);
    match (request.method, parts.as_slice()) {
        (Method::Post, ["interactions", id, _, "callback"]) => callback(discord, id, body),
        (Method::Patch, ["webhooks", _, token, "messages", _]) => edit_answer(discord, token, body),
        (Method::Get, ["webhooks", _, token, "messages", _]) => show_answer(discord, token),
        (Method::Post, ["users", "@me", "channels"]) => open_dm(discord, body),
        (Method::Post, ["channels", channel, "messages"]) => post(discord, channel, body, tag),
        (Method::Get, ["channels", channel, "messages"]) => list(discord, channel, query),
        (Method::Patch, ["channels", channel, "messages", id]) => {
            edit(discord, channel, id, Some(body))
        }
        (Method::Delete, ["channels", channel, "messages", id]) => edit(discord, channel, id, None),
        (Method::Get, ["guilds", guild, "audit-logs"]) => audit_log(discord, guild),
        (Method::Get, ["guilds", guild]) => guild_of(discord, guild, members::guild_json),
        (Method::Get, ["guilds", guild, "members", user]) => members::show(discord, guild, user),
        (Method::Delete, ["guilds", guild, "members", user]) => {
            members::kick(discord, guild, user, request.reason.clone())
        }
        (method, ["guilds", guild, "members", user, "roles", role]) => {
            members::change_role(discord, guild, user, role, method == Method::Put)
        }
        (Method::Get, ["guilds", guild, "channels"]) => guild_of(discord, guild, |_, guild| {
            guild
                .channels
                .iter()
                .map(|id| json!({"id": id.to_string()}))
                .collect()
        }),
        _ => refusal(404, 0),
    }
}

fn yes(body: Value) -> RestAnswer {
    RestAnswer {
        body,
        ..RestAnswer::bare(200)
    }
}

fn refusal(status: u16, code: u32) -> RestAnswer {
    RestAnswer {
        code,
        ..RestAnswer::bare(status)
    }
}

fn id<T>(text: &str, make: impl Fn(u64) -> Option<T>) -> Option<T> {
    text.parse().ok().and_then(make)
}

fn titles(body: &Value) -> Vec<String> {
    let embeds = body["embeds"].as_array().map_or(&[][..], Vec::as_slice);
    embeds
        .iter()
        .map(|embed| embed["title"].as_str().unwrap_or_default().to_owned())
        .collect()
}

fn text(body: &Value) -> String {
    body["content"].as_str().unwrap_or_default().to_owned()
}

fn callback(discord: &mut Discord, number: &str, body: &Value) -> RestAnswer {
    let now = discord.now;
    let Some(id) = id(number, InteractionId::new) else {
        return refusal(404, 10062);
    };
    let Some(interaction) = discord.interactions.get_mut(&id) else {
        return refusal(404, 10062);
    };
    if interaction.acknowledged {
        return refusal(400, 40060);
    }
    if now.since(id.created_at()) >= CALLBACK_FOR {
        return refusal(404, 10062);
    }
    interaction.acknowledged = true;
    let data = &body["data"];
    match body["type"].as_u64() {
        Some(4) => {
            interaction.content = Some(text(data));
            shown(discord, id, data);
        }
        Some(9) => {
            let mut fields = Vec::new();
            custom_ids(&data["components"], &mut fields);
            let form = data["custom_id"].as_str().unwrap_or_default().to_owned();
            discord.forms.push((id, form, fields));
        }
        _ => {}
    }
    RestAnswer::bare(204)
}

/// What can be pressed in a message that somebody sees now.
fn shown(discord: &mut Discord, id: InteractionId, message: &Value) {
    let mut ids = Vec::new();
    custom_ids(&message["components"], &mut ids);
    discord
        .buttons
        .extend(ids.into_iter().map(|custom| (id, custom)));
}

fn custom_ids(components: &Value, found: &mut Vec<String>) {
    for component in components.as_array().map_or(&[][..], Vec::as_slice) {
        found.extend(component["custom_id"].as_str().map(str::to_owned));
        custom_ids(&component["components"], found);
    }
}

fn of_token(token: &str) -> Option<InteractionId> {
    id(token.strip_prefix("token-")?, InteractionId::new)
}

fn edit_answer(discord: &mut Discord, token: &str, body: &Value) -> RestAnswer {
    let now = discord.now;
    let Some(id) = of_token(token) else {
        return refusal(401, 50027);
    };
    if now.since(id.created_at()) >= TOKEN_FOR {
        return refusal(401, 50027);
    }
    let Some(interaction) = discord
        .interactions
        .get_mut(&id)
        .filter(|known| known.acknowledged)
    else {
        return refusal(404, 10015);
    };
    interaction.content = Some(text(body));
    let channel = interaction.origin.channel;
    shown(discord, id, body);
    yes(json!({"id": id.to_string(), "channel_id": channel.map(|channel| channel.to_string())}))
}

fn show_answer(discord: &Discord, token: &str) -> RestAnswer {
    let known = of_token(token).and_then(|id| Some((id, discord.interactions.get(&id)?)));
    match known {
        Some((id, _)) if discord.now.since(id.created_at()) >= TOKEN_FOR => refusal(401, 50027),
        Some((id, interaction)) if interaction.acknowledged => yes(json!({"id": id.to_string()})),
        _ => refusal(404, 10015),
    }
}

fn open_dm(discord: &mut Discord, body: &Value) -> RestAnswer {
    let user = body["recipient_id"]
        .as_str()
        .and_then(|text| id(text, UserId::new));
    match user {
        Some(user) => yes(json!({"id": discord.dm(user).to_string()})),
        None => refusal(400, 50035),
    }
}

fn post(discord: &mut Discord, channel: &str, body: &Value, tag: Option<EffectId>) -> RestAnswer {
    let Some(channel) = id(channel, ChannelId::new) else {
        return refusal(404, 10003);
    };
    let partner = discord
        .dms
        .iter()
        .find(|(_, dm)| **dm == channel)
        .map(|(user, _)| *user);
    if partner.is_some_and(|user| discord.shut.contains(&user)) {
        return refusal(403, 50007);
    }
    if discord.deleted.contains(&channel) || !discord.channels.contains_key(&channel) {
        return refusal(404, 10003);
    }
    let (now, message) = (
        discord.now,
        MessageId::new(discord.snowflake()).expect("not zero"),
    );
    let nonce = body["nonce"].as_str().map(str::to_owned);
    let Some(there) = discord.channels.get_mut(&channel) else {
        return refusal(404, 10003);
    };
    if there.closed {
        return refusal(403, 50013);
    }
    let same =
        |posted: &&Posted| posted.nonce == nonce && now.since(posted.id.created_at()) < NONCES_FOR;
    if nonce.is_some()
        && let Some(posted) = there.messages.iter().rev().find(same)
    {
        return yes(message_json(channel, posted));
    }
    let posted = Posted {
        id: message,
        nonce: nonce.clone(),
        content: text(body),
        titles: titles(body),
        tag,
    };
    let answer = yes(message_json(channel, &posted));
    there.messages.push(posted);
    discord.emit(What::Own(nonce, message, channel));
    answer
}

fn message_json(channel: ChannelId, posted: &Posted) -> Value {
    let embeds: Vec<Value> = posted
        .titles
        .iter()
        .map(|title| json!({"title": title}))
        .collect();
    json!({
        "id": posted.id.to_string(),
        "channel_id": channel.to_string(),
        "author": {"id": BOT.to_string()},
        "application_id": APPLICATION.to_string(),
        "content": posted.content,
        "embeds": embeds,
        "nonce": posted.nonce,
    })
}

fn list(discord: &Discord, channel: &str, query: &str) -> RestAnswer {
    let after = query
        .split('&')
        .find_map(|part| part.strip_prefix("after="));
    let after: u64 = after.and_then(|after| after.parse().ok()).unwrap_or(0);
    let there = id(channel, ChannelId::new).filter(|channel| !discord.deleted.contains(channel));
    let Some((channel, there)) = there.and_then(|id| Some((id, discord.channels.get(&id)?))) else {
        return refusal(404, 10003);
    };
    let later = there
        .messages
        .iter()
        .filter(|posted| posted.id.get() > after)
        .take(100);
    let mut page: Vec<Value> = later.map(|posted| message_json(channel, posted)).collect();
    page.reverse();
    yes(page.into())
}

fn edit(discord: &mut Discord, channel: &str, message: &str, body: Option<&Value>) -> RestAnswer {
    let channel =
        id(channel, ChannelId::new).and_then(|channel| discord.channels.get_mut(&channel));
    let found = channel.and_then(|channel| {
        let wanted = id(message, MessageId::new)?;
        channel
            .messages
            .iter_mut()
            .find(|posted| posted.id == wanted)
    });
    match (found, body) {
        (None, _) => refusal(404, 10008),
        (Some(posted), Some(body)) => {
            posted.content = text(body);
            yes(json!({"id": message}))
        }
        (Some(_), None) => RestAnswer::bare(204),
    }
}

fn guild_of(
    discord: &Discord,
    guild: &str,
    show: impl Fn(GuildId, &super::discord::Guild) -> Value,
) -> RestAnswer {
    let found = id(guild, GuildId::new).and_then(|id| Some((id, discord.guilds.get(&id)?)));
    match found {
        Some((id, guild)) if guild.inside => yes(show(id, guild)),
        _ => refusal(403, 50001),
    }
}

fn audit_log(discord: &Discord, guild: &str) -> RestAnswer {
    let found = id(guild, GuildId::new).and_then(|id| discord.guilds.get(&id));
    let Some(guild) = found.filter(|guild| guild.inside && guild.audit_open) else {
        return refusal(403, 50013);
    };
    let line = |(id, entry): &(u64, actors::kernel::inbound::AuditEntry)| {
        let action = match entry.action {
            Removal::Kick => 20,
            Removal::Prune => 21,
            Removal::Ban => 22,
        };
        json!({
            "id": id.to_string(),
            "action_type": action,
            "target_id": entry.target.map(|user| user.to_string()),
            "user_id": entry.by.map(|user| user.to_string()),
            "reason": entry.reason,
        })
    };
    let lines: Vec<Value> = guild.audit.iter().rev().take(50).map(line).collect();
    yes(json!({"audit_log_entries": lines}))
}
