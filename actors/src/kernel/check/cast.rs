//! Who and what appears in scripts: members, guild views, interactions.

use super::{
    read,
    stage::{BEGIN, Stage},
};
use crate::kernel::{
    activity::{Deed, Last},
    address::{Address, Kind},
    call::{Call, Caller, Origin, Permissions, ResolvedChannel, Ticket, Token, Value},
    effect::{Effect, Granted, MemberView},
    fact::{Fact, LastSeen, Shared, Standing},
    ids::{ApplicationId, ChannelId, InteractionId, UserId, snowflake_at},
    inbound::{AuditEntry, Gap, GuildView, Inbound, InputId, Member, Removal},
    machine::Machine,
    own::Known,
    time::Span,
};
use std::collections::BTreeMap;

impl<M: Machine> Stage<M> {
    /// Somebody who joins now, or whose joining is told only now.
    pub(super) fn newcomer(&self, name: &str, how: &[&str]) -> Member {
        let shown = how
            .iter()
            .position(|word| *word == "named")
            .map(|at| how[at + 1]);
        let roles = how.iter().filter(|word| word.starts_with('@'));
        Member {
            user: self.names.user(name),
            name: shown.unwrap_or(name).to_owned(),
            bot: how.contains(&"bot"),
            joined_at: Some(self.now),
            roles: roles.map(|role| self.names.role(role)).collect(),
            pending: how.contains(&"pending"),
        }
    }

    /// A member known to the script, or one who has been here for ten days.
    pub(super) fn someone(&self, name: &str) -> Member {
        let known = self.members.get(&self.names.user(name)).cloned();
        known.unwrap_or_else(|| Member {
            joined_at: Some(BEGIN - Span::days(10)),
            ..self.newcomer(name, &[])
        })
    }

    pub(super) fn entry(
        &self,
        by: &str,
        verb: &str,
        whom: &str,
        reason: Option<&str>,
    ) -> AuditEntry {
        let action = match verb {
            "kicks" => Removal::Kick,
            "bans" => Removal::Ban,
            "prunes" => Removal::Prune,
            other => panic!("the audit log does not know {other}"),
        };
        let target = (action != Removal::Prune).then(|| self.names.user(whom));
        let by = Some(self.names.user(by));
        AuditEntry {
            at: self.now,
            action,
            target,
            by,
            reason: reason.map(str::to_owned),
        }
    }

    /// The guild as it becomes visible.
    pub(crate) fn view(&self, how: &[&str]) -> GuildView {
        let after = |word: &str| {
            how.iter()
                .position(|known| *known == word)
                .map(|at| how[at + 1])
        };
        let members = how.iter().position(|word| *word == "members");
        let members = members.map_or_else(Vec::new, |at| owned(&how[at + 1..]));
        let members: Vec<Member> = read::people(&members)
            .iter()
            .map(|name| self.someone(name))
            .collect();
        let span = |length| read::span(length).expect("a length of time");
        let to = self.now - after("behind").map_or(Span::ZERO, span);
        let gap = after("gap").map(|length| {
            let from = to - span(length);
            Gap {
                from,
                to,
                reason: "session lost".into(),
            }
        });
        let gone = after("without").filter(|name| name.starts_with('#'));
        let gone = gone.map(|name| self.names.channel(name));
        let age = if how.contains(&"new") {
            Span::minutes(1)
        } else {
            Span::days(30)
        };
        GuildView {
            guild: self.guild_id(),
            name: after("named").unwrap_or("The Hall").to_owned(),
            owner: Some(self.names.user("owner")),
            system_channel: (!how.contains(&"bare")).then(|| self.names.channel("system")),
            joined_at: Some(self.now - age),
            channels: self
                .names
                .channels()
                .into_iter()
                .filter(|c| Some(*c) != gone)
                .collect(),
            roles: self.names.roles(),
            member_count: after("count").map_or(10, |count| count.parse().expect("a number")),
            members,
            voice: self.in_voice(how),
            gap,
        }
    }

    /// `voice alice #lounge bob #general`.
    fn in_voice(&self, how: &[&str]) -> Vec<(UserId, ChannelId)> {
        let begin = how.iter().position(|word| *word == "voice");
        let pairs = begin.map_or(&[][..], |at| &how[at + 1..]).chunks(2);
        pairs
            .take_while(|pair| pair[0] != "members")
            .map(|pair| (self.names.user(pair[0]), self.names.channel(pair[1])))
            .collect()
    }

    /// The same permissions everywhere; channels that refuse with 404 are gone.
    pub(super) fn granted(&self, names: &str, asked: &Effect) -> Granted {
        let guild = match names {
            "all" => Permissions::ADMINISTRATOR,
            "nothing" => Permissions::default(),
            names => read::permissions(names),
        };
        let Effect::ReadPermissions { channels, .. } = asked else {
            panic!("permissions were not asked for")
        };
        let there = channels
            .iter()
            .filter(|channel| self.refusing.get(channel) != Some(&404));
        Granted {
            guild,
            channels: there.map(|channel| (*channel, guild)).collect(),
        }
    }

    /// A member as they are when they are looked at: as the script knows them.
    pub(super) fn looked_at(&self, asked: &Effect, how: &[&str]) -> MemberView {
        let Effect::ReadMember { user, .. } = asked else {
            panic!("nobody was to be looked at")
        };
        let member = self.someone(&self.names.of_user(*user));
        let granted = if how.contains(&"powerless") {
            Permissions::VIEW_CHANNEL
        } else {
            Permissions::KICK_MEMBERS.and(Permissions::MANAGE_ROLES)
        };
        MemberView {
            owner: how.contains(&"owner"),
            outranked: !how.contains(&"above"),
            granted,
            assignable: member.roles.clone(),
            member,
        }
    }

    /// A fact somebody tells the machine.
    pub(super) fn told(&mut self, rest: &[&str]) {
        let value = |name: &str| {
            rest.iter()
                .find_map(|word| word.strip_prefix(name)?.strip_prefix(':'))
        };
        let mut from = Address::guild(Kind::Settings, self.guild_id());
        let fact = match rest[0] {
            "shared" => Fact::Shared(Shared {
                zone: value("zone").map_or_else(Default::default, |zone| zone.parse().unwrap()),
                moderators: value("moderators")
                    .map(|role| self.names.role(role))
                    .into_iter()
                    .collect(),
                log_channel: value("log").map(|channel| self.names.channel(channel)),
                owner: value("owner").map(|owner| self.names.user(owner)),
                guild_name: value("name").unwrap_or("The Hall").to_owned(),
            }),
            "imported" => {
                Fact::Imported(rest[1..].iter().map(|seen| self.last_seen(seen)).collect())
            }
            kind => {
                let own =
                    ["forget", "record"].contains(&kind) || rest.len() == 2 && kind == "wanted";
                from.kind = if own { Kind::Privacy } else { Kind::Welcome };
                match kind {
                    "wanted" if rest.len() > 1 => Fact::KnowledgeWanted {
                        user: self.names.user(rest[1]),
                        ask: 1,
                    },
                    "forget" => Fact::Forget {
                        user: self.names.user(rest[1]),
                        ask: 1,
                    },
                    "record" => Fact::RecordAgain {
                        user: self.names.user(rest[1]),
                    },
                    "knowledge" => {
                        from.kind = Kind::from_name(rest[1]).expect("a feature");
                        self.knowledge(&rest[2..])
                    }
                    "wanted" => Fact::SharedWanted,
                    "grace" => {
                        let minutes = rest[1].parse().expect("minutes");
                        let left_at = self.now - Span::minutes(minutes);
                        Fact::GraceOver { left_at }
                    }
                    "guild" => Fact::GuildForgotten,
                    "setup" => Fact::SetupAgain,
                    _ => Fact::Standing(self.standing(value("in"))),
                }
            }
        };
        let id = self.fresh();
        self.deliver_local(InputId::Fact(id), Inbound::Told { from, fact });
    }

    /// `alice:3d`: she wrote something in #general three days ago.
    fn last_seen(&mut self, seen: &str) -> LastSeen {
        let (who, ago) = seen.split_once(':').expect("who, and how long ago");
        LastSeen {
            user: self.names.user(who),
            last: Last {
                at: self.now - read::span(ago).expect("how long ago"),
                deed: Deed::Wrote,
                channel: Some(self.names.channel("general")),
            },
            first: None,
        }
    }

    /// `2 "Topic" "text" stays "why"`, or nothing known about question 2.
    fn knowledge(&self, words: &[&str]) -> Fact {
        let number: usize = words[0].parse().expect("the number of a question");
        let asks = self.effects.iter().filter_map(|row| match &row.effect {
            Effect::Tell {
                fact: Fact::KnowledgeWanted { ask, .. } | Fact::Forget { ask, .. },
                ..
            } => Some(*ask),
            _ => None,
        });
        let mut asks: Vec<u64> = asks.collect();
        asks.dedup();
        let ask = asks[number - 1];
        let known = words.get(1..3);
        let known = known.map(|words| Known::new(words[0], words[1], &words[1]));
        let known = match words.get(3..5) {
            Some(["stays", why]) => known.map(|known| known.stays(why)),
            _ => known,
        };
        Fact::Knowledge {
            ask,
            known: known.into_iter().collect(),
        }
    }

    fn standing(&self, channel: Option<&str>) -> Standing {
        let channel = channel.map(|channel| self.names.channel(channel));
        let posting = Permissions::VIEW_CHANNEL.and(Permissions::SEND_MESSAGES);
        let needs = channel.map(|channel| (Some(channel), posting));
        Standing {
            kind: Kind::Welcome,
            on: channel.is_some(),
            summary: "as it says itself".into(),
            next_step: Some("`/welcome join`".into()),
            needs: needs
                .into_iter()
                .chain([(None, Permissions::VIEW_AUDIT_LOG)])
                .collect(),
            intents: vec![("Server Members".into(), "joins are not seen".into())],
        }
    }

    /// A slash command as `who` runs it.
    pub(crate) fn called(&mut self, who: &str, in_guild: bool, words: &[String]) -> Call {
        let end = words.iter().position(|word| word.contains(':'));
        let end = end.unwrap_or(words.len());
        let command = words[..end].join(" ").trim_start_matches('/').to_owned();
        let spec = M::COMMANDS.iter().find(|known| known.spec.name == command);
        let known = spec.map_or(&[][..], |known| known.spec.options);
        let options = read::options(&self.names, &words[end..], known);
        let resolved = |value: &Value| match value {
            Value::Channel(channel) => {
                let may = Permissions::VIEW_CHANNEL.and(Permissions::SEND_MESSAGES);
                let closed = self.refusing.contains_key(channel);
                let app_permissions = Some(if closed {
                    Permissions::VIEW_CHANNEL
                } else {
                    may
                });
                let name = self.names.of_channel(*channel);
                Some((
                    *channel,
                    ResolvedChannel {
                        name,
                        app_permissions,
                    },
                ))
            }
            _ => None,
        };
        let channels: BTreeMap<_, _> = options.values().filter_map(resolved).collect();
        let origin = self.origin(who, in_guild);
        Call {
            origin,
            command,
            options,
            focused: None,
            channels,
        }
    }

    pub(super) fn origin(&mut self, who: &str, in_guild: bool) -> Origin {
        let user = self.names.user(who);
        let moderator = in_guild && matches!(who, "mod" | "owner");
        let permissions = match who {
            _ if moderator => Permissions::MANAGE_GUILD.and(Permissions::MANAGE_ROLES),
            "dev" => Permissions::OWNS_APPLICATION,
            _ => Permissions::default(),
        };
        let serial = self.fresh().0;
        let interaction = InteractionId::new(snowflake_at(self.now) + serial).unwrap();
        let ticket = Ticket {
            interaction,
            application: ApplicationId::new(7).unwrap(),
            token: Token("secret".into()),
        };
        Origin {
            ticket,
            guild: in_guild.then(|| self.guild_id()),
            channel: Some(self.names.channel("general")),
            caller: self.caller(user, who, permissions),
            app_permissions: self.may,
            process: self.process.clone(),
        }
    }

    pub(super) fn caller(&self, user: UserId, name: &str, permissions: Permissions) -> Caller {
        let roles = self
            .members
            .get(&user)
            .map_or_else(Vec::new, |member| member.roles.clone());
        Caller {
            user,
            name: name.to_owned(),
            roles,
            permissions,
            locale: "en-GB".into(),
        }
    }
}

pub(super) fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
