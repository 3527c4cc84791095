//! From names to ids, and from verbs to methods.

use super::Verb;
use crate::faults::Fault;
use crate::ids::Id;
use crate::permissions::OverwriteOf;
use crate::simulator::Simulator;
use crate::verbs::{GuildOptions, InteractionHandle, VerbError};
use crate::world::channel::ChannelKind;
use serde_json::{Value, json};
use std::time::Duration;

type Done = Result<Value, VerbError>;

/// For verbs that have nothing to tell.
macro_rules! did {
    ($deed:expr) => {{
        $deed;
        Ok(json!({}))
    }};
}

impl Simulator {
    /// Does it. The answer is an object with the id of what was made, or empty.
    ///
    /// # Errors
    /// When something named does not exist, or the client would not allow it.
    pub fn perform(&self, verb: &Verb) -> Done {
        self.build(verb)
            .or_else(|| self.moderate(verb))
            .or_else(|| self.act(verb))
            .or_else(|| self.interact(verb))
            .or_else(|| self.break_gateway(verb))
            .unwrap_or_else(|| self.break_rest(verb))
    }

    fn build(&self, verb: &Verb) -> Option<Done> {
        Some(match verb {
            Verb::AddUser { name, bot: false } => made(self.add_user(name)),
            Verb::AddUser { name, bot: true } => made(self.add_bot(name)),
            Verb::CreateGuild {
                name,
                owner,
                with_bot,
            } => self.build_guild(name, owner.as_deref(), *with_bot),
            Verb::CreateChannel { guild, name, kind } => {
                self.build_channel(guild.as_deref(), name, kind)
            }
            Verb::CreateRole {
                guild,
                name,
                permissions,
            } => self
                .guild(guild.as_deref())
                .and_then(|guild| made(self.create_role(guild, name, *permissions))),
            Verb::DeleteChannel { guild, channel } => self
                .place_named(guild.as_deref(), channel)
                .and_then(|(_, channel)| did!(self.delete_channel(channel))),
            Verb::RenameChannel {
                guild,
                channel,
                name,
            } => self
                .place_named(guild.as_deref(), channel)
                .and_then(|(_, channel)| did!(self.rename_channel(channel, name))),
            Verb::DeleteRole { guild, role } => {
                self.with_role(guild.as_deref(), role, |guild, role| {
                    self.delete_role(guild, role);
                })
            }
            Verb::SetOverwrite {
                guild,
                channel,
                role,
                user,
                allow,
                deny,
            } => self.overwrite(
                guild.as_deref(),
                channel,
                role.as_deref(),
                user.as_deref(),
                (*allow, *deny),
            ),
            Verb::InviteBot { guild } => self
                .guild(guild.as_deref())
                .and_then(|guild| did!(self.invite_bot(guild))),
            Verb::RemoveBot { guild } => self
                .guild(guild.as_deref())
                .and_then(|guild| did!(self.remove_bot(guild))),
            Verb::SetUnavailable { guild, unavailable } => self
                .guild(guild.as_deref())
                .and_then(|guild| did!(self.set_unavailable(guild, *unavailable))),
            Verb::SetApplicationFlags { flags } => did!(self.set_application_flags(*flags)),
            _ => return None,
        })
    }

    fn moderate(&self, verb: &Verb) -> Option<Done> {
        Some(match verb {
            Verb::GiveRole { guild, user, role } => {
                self.with_member(guild.as_deref(), user, |guild, user| {
                    did!(self.give_role(guild, user, self.role_named(guild, role)?))
                })
            }
            Verb::TakeRole { guild, user, role } => {
                self.with_member(guild.as_deref(), user, |guild, user| {
                    did!(self.take_role(guild, user, self.role_named(guild, role)?))
                })
            }
            Verb::SetNick { guild, user, nick } => {
                self.with_member(guild.as_deref(), user, |guild, user| {
                    did!(self.set_nick(guild, user, nick.as_deref()))
                })
            }
            Verb::Join { guild, user } => self.guild(guild.as_deref()).map(|guild| {
                let user = self
                    .user_named(user)
                    .unwrap_or_else(|_| self.add_user(user));
                json!({"changed": self.join(guild, user), "id": user.to_string()})
            }),
            Verb::Leave { guild, user } => {
                self.with_member(guild.as_deref(), user, |guild, user| {
                    changed(self.leave(guild, user))
                })
            }
            Verb::Kick {
                guild,
                moderator,
                user,
                reason,
            } => self.with_member(guild.as_deref(), user, |guild, user| {
                changed(self.kick(guild, self.user_named(moderator)?, user, reason.as_deref()))
            }),
            Verb::Ban {
                guild,
                moderator,
                user,
                reason,
            } => self.with_member(guild.as_deref(), user, |guild, user| {
                did!(self.ban(guild, self.user_named(moderator)?, user, reason.as_deref()))
            }),
            Verb::Unban {
                guild,
                moderator,
                user,
            } => self.with_member(guild.as_deref(), user, |guild, user| {
                changed(self.unban(guild, self.user_named(moderator)?, user))
            }),
            _ => return None,
        })
    }

    fn act(&self, verb: &Verb) -> Option<Done> {
        Some(match verb {
            Verb::Say {
                guild,
                channel,
                user,
                text,
            } => self.at(guild.as_deref(), channel, user, |channel, user| {
                made(self.say(channel, user, text))
            }),
            Verb::SayDm { user, text } => self
                .user_named(user)
                .and_then(|user| made(self.say_dm(user, text))),
            Verb::Edit { message, text } => {
                id(message).and_then(|message| changed(self.edit(message, text)))
            }
            Verb::DeleteMessage { message } => {
                id(message).and_then(|message| changed(self.delete_message(message)))
            }
            Verb::Pin { message, pin } => {
                id(message).and_then(|message| changed(self.pin(message, *pin)))
            }
            Verb::React {
                message,
                user,
                emoji,
            } => id(message)
                .and_then(|message| changed(self.react(message, self.user_named(user)?, emoji))),
            Verb::Unreact {
                message,
                user,
                emoji,
            } => id(message)
                .and_then(|message| changed(self.unreact(message, self.user_named(user)?, emoji))),
            Verb::Typing {
                guild,
                channel,
                user,
            } => self.at(guild.as_deref(), channel, user, |channel, user| {
                did!(self.typing(channel, user))
            }),
            Verb::Presence {
                guild,
                user,
                status,
                playing,
            } => self.with_member(guild.as_deref(), user, |guild, user| {
                did!(self.presence(guild, user, status, playing.as_deref()))
            }),
            Verb::JoinVoice {
                guild,
                channel,
                user,
            } => self.at(guild.as_deref(), channel, user, |channel, user| {
                changed(self.join_voice(channel, user))
            }),
            Verb::LeaveVoice { guild, user } => {
                self.with_member(guild.as_deref(), user, |guild, user| {
                    changed(self.leave_voice(guild, user))
                })
            }
            _ => return self.take_part(verb),
        })
    }

    fn take_part(&self, verb: &Verb) -> Option<Done> {
        Some(match verb {
            Verb::SelfMute {
                guild,
                user,
                mute,
                deaf,
            } => self.with_member(guild.as_deref(), user, |guild, user| {
                changed(self.set_self_mute(guild, user, *mute, *deaf))
            }),
            Verb::Stream { guild, user, on } => {
                self.with_member(guild.as_deref(), user, |guild, user| {
                    changed(self.set_stream(guild, user, *on))
                })
            }
            Verb::CreateThread {
                guild,
                channel,
                user,
                name,
            } => self.at(guild.as_deref(), channel, user, |channel, user| {
                made(self.create_thread(channel, name, user))
            }),
            Verb::JoinThread { thread, user } => self.in_thread(thread, user, true),
            Verb::LeaveThread { thread, user } => self.in_thread(thread, user, false),
            Verb::CreateEvent { guild, user, name } => {
                self.with_member(guild.as_deref(), user, |guild, user| {
                    made(self.create_event(guild, name, user))
                })
            }
            Verb::AnswerEvent {
                event,
                user,
                interested,
            } => id(event).and_then(|event| {
                changed(self.answer_event(event, self.user_named(user)?, *interested))
            }),
            _ => return None,
        })
    }

    fn in_thread(&self, thread: &str, user: &str, join: bool) -> Done {
        changed(self.change_thread(id(thread)?, self.user_named(user)?, join))
    }

    fn interact(&self, verb: &Verb) -> Option<Done> {
        self.begin(verb)
            .map(|begun| begun.and_then(|handle| made(handle.id)))
    }

    /// For verbs that begin an interaction: the handle on which its author waits. `None` for other verbs.
    #[must_use]
    pub fn begin(&self, verb: &Verb) -> Option<Result<InteractionHandle, VerbError>> {
        Some(match verb {
            Verb::Command {
                guild,
                channel,
                user,
                line,
            } => self.at(guild.as_deref(), channel, user, |channel, user| {
                self.command(channel, user, line)
            }),
            Verb::CommandDm { user, line } => self
                .user_named(user)
                .and_then(|user| self.command_dm(user, line)),
            Verb::Autocomplete {
                guild,
                channel,
                user,
                line,
            } => self.at(guild.as_deref(), channel, user, |channel, user| {
                self.autocomplete(channel, user, line)
            }),
            Verb::Click {
                message,
                custom_id,
                user,
            } => id(message)
                .and_then(|message| self.click(message, custom_id, self.user_named(user)?)),
            Verb::Select {
                message,
                custom_id,
                user,
                values,
            } => id(message).and_then(|message| {
                let values: Vec<&str> = values.iter().map(String::as_str).collect();
                self.select(message, custom_id, self.user_named(user)?, &values)
            }),
            Verb::SubmitModal {
                interaction,
                fields,
            } => id(interaction).and_then(|interaction| {
                let fields: Vec<(&str, &str)> = fields
                    .iter()
                    .map(|(k, v)| (k.as_str(), v.as_str()))
                    .collect();
                let opener = self
                    .interaction(interaction)
                    .ok_or_else(|| no_such("interaction", &interaction.to_string()))?;
                self.submit_modal(&opener, &fields)
            }),
            _ => return None,
        })
    }

    fn break_gateway(&self, verb: &Verb) -> Option<Done> {
        Some(did!(match verb {
            Verb::CutGateway {} => self.cut_gateway(),
            Verb::CloseGateway { code } => self.close_gateway(*code),
            Verb::ReconnectOp {} => self.reconnect_op(),
            Verb::InvalidSession { resumable } => self.invalid_session(*resumable),
            Verb::RefuseResumeNext { n } => self.refuse_resume_next(*n),
            Verb::TrimReplay {} => self.trim_replay_to_last_heartbeat(),
            Verb::GatewayDown { down } => self.gateway_down(*down),
            Verb::GatewayAcceptAndClose { code } => self.gateway_accept_and_close(*code),
            Verb::DuplicateNextEvent { n } => self.duplicate_next_event(*n),
            _ => return None,
        }))
    }

    fn break_rest(&self, verb: &Verb) -> Done {
        did!(match verb {
            Verb::FailNext {
                method,
                route,
                n,
                fault,
            } => self.fail_next(Fault::on(method, route), *n, fault.clone()),
            Verb::FailAll { fault } => self.fail_all(fault.clone()),
            Verb::Heal {} => self.heal(),
            Verb::Advance { ms } => self.advance(Duration::from_millis(*ms)),
            _ => return Err(VerbError::NoSuch("verb".to_owned())),
        })
    }

    fn build_guild(&self, name: &str, owner: Option<&str>, with_bot: bool) -> Done {
        let owner = owner.map(|owner| self.user_named(owner)).transpose()?;
        made(self.create_guild(
            name,
            &GuildOptions {
                owner,
                with_bot,
                ..GuildOptions::default()
            },
        ))
    }

    fn build_channel(&self, guild: Option<&str>, name: &str, kind: &str) -> Done {
        let kind = match kind {
            "text" => ChannelKind::Text,
            "voice" => ChannelKind::Voice,
            "category" => ChannelKind::Category,
            "announcement" => ChannelKind::Announcement,
            "forum" => ChannelKind::Forum,
            "stage" => ChannelKind::Stage,
            other => return Err(no_such("kind of channel", other)),
        };
        made(self.create_channel(self.guild(guild)?, name.trim_start_matches('#'), kind))
    }

    fn overwrite(
        &self,
        guild: Option<&str>,
        channel: &str,
        role: Option<&str>,
        user: Option<&str>,
        bits: (u64, u64),
    ) -> Done {
        let (guild, channel) = self.place_named(guild, channel)?;
        let (of, id) = match (role, user) {
            (Some(role), _) => (OverwriteOf::Role, self.role_named(guild, role)?),
            (None, Some(user)) => (OverwriteOf::Member, self.user_named(user)?),
            (None, None) => return Err(no_such("target", "set_overwrite needs a role or a user")),
        };
        did!(self.set_overwrite(channel, of, id, bits.0, bits.1))
    }

    /// The guild that is meant; without a name the only one.
    fn guild(&self, name: Option<&str>) -> Result<Id, VerbError> {
        match name {
            Some(name) => self.guild_named(name),
            None => {
                let world = self.world();
                world
                    .guilds
                    .keys()
                    .next()
                    .copied()
                    .ok_or_else(|| no_such("guild", "there is none yet"))
            }
        }
    }

    /// A channel by id anywhere, or by name in the guild that is meant.
    fn place_named(&self, guild: Option<&str>, channel: &str) -> Result<(Id, Id), VerbError> {
        let by_id = channel
            .parse::<Id>()
            .ok()
            .and_then(|id| Some((self.world().channels.get(&id)?.guild.unwrap_or(0), id)));
        if let Some(found) = by_id {
            return Ok(found);
        }
        let guild = self.guild(guild)?;
        Ok((guild, self.channel_named(guild, channel)?))
    }

    fn at<T>(
        &self,
        guild: Option<&str>,
        channel: &str,
        user: &str,
        then: impl FnOnce(Id, Id) -> Result<T, VerbError>,
    ) -> Result<T, VerbError> {
        let (_, channel) = self.place_named(guild, channel)?;
        then(channel, self.user_named(user)?)
    }

    fn with_member(
        &self,
        guild: Option<&str>,
        user: &str,
        then: impl FnOnce(Id, Id) -> Done,
    ) -> Done {
        then(self.guild(guild)?, self.user_named(user)?)
    }

    fn with_role(&self, guild: Option<&str>, role: &str, then: impl FnOnce(Id, Id)) -> Done {
        let guild = self.guild(guild)?;
        let role = self.role_named(guild, role)?;
        did!(then(guild, role))
    }
}

fn made(id: Id) -> Done {
    Ok(json!({"id": id.to_string()}))
}

fn changed(changed: bool) -> Done {
    Ok(json!({"changed": changed}))
}

fn id(text: &str) -> Result<Id, VerbError> {
    text.parse().map_err(|_| no_such("id", text))
}

fn no_such(what: &str, name: &str) -> VerbError {
    VerbError::NoSuch(format!("{what}: {name}"))
}
