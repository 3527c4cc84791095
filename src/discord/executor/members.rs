//! Looking at members, their roles, and removing them.
//!
//! A role that is given or taken twice is given or taken once. A kick is never sent blindly: each try,
//! also the first, looks at the member before. Who is gone is gone; who joined again since is another
//! stay, and is left alone. So a kick whose answer was lost cannot end a second stay: between look
//! and kick are milliseconds.

use super::{Executor, World, grants::role_ids, refused};
use crate::discord::{
    from_discord::read_member,
    permissions::{Subject, read_ranks, read_roles},
    rest::number,
    to_discord,
};
use actors::kernel::{
    effect::{Failure, MemberView, Outcome},
    ids::{GuildId, UserId},
    inbound::Member,
    outbox::Sent,
    time::Timestamp,
};
use serde_json::Value;

impl Executor {
    /// The member, our rank against theirs, and what we may do.
    pub(super) async fn read_member(
        &self,
        guild: GuildId,
        user: UserId,
        world: &dyn World,
    ) -> Sent {
        let Some(bot) = world.bot() else {
            return refused("our own account is not known yet");
        };
        match self.view(guild, user, bot).await {
            Ok(view) => Sent::Done(Outcome::Member(view)),
            Err(sent) => sent,
        }
    }

    async fn view(&self, guild: GuildId, user: UserId, bot: UserId) -> Result<MemberView, Sent> {
        let shown = self.ask(&to_discord::guild(guild)).await?.body;
        let ours = self.ask(&to_discord::member(guild, bot)).await?.body;
        let theirs = self.ask(&to_discord::member(guild, user)).await?.body;
        let Some(member) = member_of(&theirs, user) else {
            return Err(Sent::Unclear);
        };
        let owner = number(&shown["owner_id"]);
        let subject = Subject {
            guild,
            user: bot,
            owner: owner == Some(bot.get()),
            roles: role_ids(&ours["roles"]),
            all_roles: read_roles(&shown),
            timed_out: false,
        };
        let ranks = read_ranks(&shown);
        let top = ranks.highest(&subject.roles);
        let assignable = member.roles.iter().copied();
        Ok(MemberView {
            owner: owner == Some(user.get()),
            outranked: subject.owner || top > ranks.highest(&member.roles),
            granted: subject.in_guild(),
            assignable: assignable
                .filter(|role| ranks.may_be_given(*role, top, subject.owner))
                .collect(),
            member,
        })
    }

    /// Ends the stay that began at `joined_at`, if it goes on.
    pub(super) async fn kick(
        &self,
        guild: GuildId,
        user: UserId,
        joined_at: Option<Timestamp>,
        why: &str,
    ) -> Sent {
        let shown = match self.ask(&to_discord::member(guild, user)).await {
            Ok(answer) => answer.body,
            Err(Sent::Refused(failure)) if is_no_member(&failure) => {
                return Sent::Done(Outcome::Done);
            }
            Err(sent) => return sent,
        };
        let Some(member) = member_of(&shown, user) else {
            return Sent::Unclear;
        };
        if member.joined_at != joined_at {
            return refused("they joined again since");
        }
        match self.plain(&to_discord::kick(guild, user, why)).await {
            Sent::Refused(failure) if is_no_member(&failure) => Sent::Done(Outcome::Done),
            sent => sent,
        }
    }
}

/// A member as REST shows them, if it is the one asked for.
fn member_of(shown: &Value, user: UserId) -> Option<Member> {
    read_member(shown).filter(|member| member.user == user)
}

/// "Unknown member", or "unknown user" where the account is gone altogether.
const fn is_no_member(failure: &Failure) -> bool {
    matches!(failure.code, 10_007 | 10_013)
}
