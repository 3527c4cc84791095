//! The list of a guild's accounts, read page after page and handed on to whoever takes it.
//!
//! Discord gives members in the order of their ids, each page beginning behind the last one's highest. Whoever
//! joins or leaves meanwhile shifts nothing; an account that comes twice all the same is taken once, because
//! ids only go up. A page that fails is read again a few times before the whole list is.

use super::{Executor, World, refused};
use crate::{
    discord::{
        rest::{RestAnswer, number},
        to_discord::{self, MEMBERS_LIMIT, Request},
    },
    outside::{Account, Roster, Sheet, Takes},
};
use actors::kernel::{
    civil::CivilDate,
    ids::{GuildId, UserId},
    inbound::EffectId,
    outbox::Sent,
};
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};

/// How often a page is asked for.
const TRIES: u32 = 4;
/// Where pictures are (docs, "Image formatting").
const CDN: &str = "https://cdn.discordapp.com";
const NO_INTENT: &str = "Discord does not grant me the *Server Members* intent any more. Whoever runs me can \
    switch it on in Discord's developer portal.";
const NOWHERE: &str = "Whoever runs me has not set up anywhere it could go. Ask them for `[lines]`, \
    `[postgres]` or `[sqs]` in my settings.";

/// Roles of a guild: where each stands, and its name.
type Roles = BTreeMap<u64, (i64, String)>;

impl Executor {
    /// Takes the list of a guild's accounts to whoever does not have that of this effect yet.
    pub(super) async fn take_roster(
        &self,
        effect: EffectId,
        guild: GuildId,
        day: CivilDate,
        world: &dyn World,
    ) -> Sent {
        if !world.may_list_members() {
            return refused(NO_INTENT);
        }
        let Some(rosters) = world.rosters() else {
            return refused(NOWHERE);
        };
        let mut run = match rosters.begin(guild, effect) {
            Ok(run) => run,
            Err(later) => return later,
        };
        let read = self.read_roster(&mut run, guild, day, world).await;
        run.end(read).await
    }

    pub(super) async fn read_roster(
        &self,
        run: &mut impl Takes,
        guild: GuildId,
        day: CivilDate,
        world: &dyn World,
    ) -> Result<(), Sent> {
        let shown = self.patiently(&to_discord::guild(guild)).await?.body;
        let roles = roles(&shown);
        let roster = Roster {
            guild,
            guild_name: text(&shown["name"]),
            day,
            at: world.now() + world.offset(),
        };
        let (mut after, mut total) = (0, 0);
        while run.is_wanted() {
            let page = self.patiently(&to_discord::members(guild, after)).await?;
            let Some(members) = page.body.as_array() else {
                return Err(Sent::Unclear);
            };
            let accounts: BTreeMap<u64, Account> = members
                .iter()
                .filter_map(|member| account(member, guild, &roles))
                .map(|account| (account.user.get(), account))
                .filter(|(id, _)| *id > after)
                .collect();
            let highest = accounts.last_key_value().map(|(id, _)| *id);
            let last = members.len() < MEMBERS_LIMIT;
            total += accounts.len() as u64;
            let sheet = Sheet {
                roster: roster.clone(),
                accounts: accounts.into_values().collect(),
                first: after == 0,
                total: last.then_some(total),
            };
            run.hand_on(&sheet).await;
            if last {
                return Ok(());
            }
            after = highest.ok_or_else(|| refused("Discord's list of members does not end."))?;
        }
        Ok(())
    }

    /// The answer to a question, asked again while that may help.
    async fn patiently(&self, request: &Request) -> Result<RestAnswer, Sent> {
        let mut tries = 1;
        loop {
            let sent = match self.ask(request).await {
                Ok(answer) => return Ok(answer),
                Err(sent) => sent,
            };
            let pause = match &sent {
                Sent::Slow(pause) | Sent::Later(pause) => {
                    Duration::from_millis(pause.as_millis().unsigned_abs())
                }
                Sent::Unclear => Duration::from_secs(1 << (tries - 1)),
                Sent::Done(_) | Sent::Refused(_) => return Err(sent),
            };
            if tries == TRIES {
                return Err(sent);
            }
            tries += 1;
            self.wire.pause(pause).await;
        }
    }
}

fn roles(guild: &Value) -> Roles {
    let roles = guild["roles"].as_array().into_iter().flatten();
    let role = |role: &Value| {
        let place = role["position"].as_i64().unwrap_or(0);
        Some((number(&role["id"])?, (place, text(&role["name"]))))
    };
    roles.filter_map(role).collect()
}

/// A text as it is, without what no database takes.
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().replace('\0', "")
}

fn account(member: &Value, guild: GuildId, roles: &Roles) -> Option<Account> {
    let user = &member["user"];
    let id = number(&user["id"]).and_then(UserId::new)?;
    let names = [&member["nick"], &user["global_name"], &user["username"]];
    let display_name = names.map(text).into_iter().find(|name| !name.is_empty());
    let theirs = member["roles"].as_array().into_iter().flatten();
    let theirs = theirs.filter_map(number).chain([guild.get()]);
    let mut theirs: Vec<_> = theirs
        .filter_map(|role| Some((role != guild.get(), roles.get(&role)?, role)))
        .collect();
    theirs.sort_unstable();
    theirs.dedup();
    Some(Account {
        user: id,
        name: text(&user["username"]),
        display_name: display_name.unwrap_or_default(),
        bot: user["bot"] == true || user["system"] == true,
        avatar_url: avatar(user, id),
        roles: theirs
            .into_iter()
            .map(|(_, (_, name), _)| name.clone())
            .collect(),
    })
}

fn avatar(user: &Value, id: UserId) -> String {
    let picture = text(&user["avatar"]);
    if !picture.is_empty() {
        return format!("{CDN}/avatars/{id}/{picture}.png");
    }
    let number = match number(&user["discriminator"]) {
        None | Some(0) => (id.get() >> 22) % 6,
        Some(discriminator) => discriminator % 5,
    };
    format!("{CDN}/embed/avatars/{number}.png")
}
