//! What a member may do in a guild and in a channel, by the documented algorithm (docs,
//! "Permissions: permission overwrites"): the owner and administrators may do everything; else the
//! roles together, then in a channel the overwrite of `@everyone`, those of the member's roles, and
//! the member's own, each taking away before it gives. Who cannot see a channel can do nothing there.
//!
//! Who is timed out keeps only looking: bots can be, too.

use super::rest::number;
use actors::kernel::{
    call::Permissions,
    ids::{ChannelId, GuildId, RoleId, UserId},
};
use serde_json::Value;

/// Exceptions to the roles in one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overwrite {
    /// A role (`@everyone` has the guild's id) or a member.
    pub id: u64,
    /// Whether it is for a member.
    pub member: bool,
    /// What it gives.
    pub allow: u64,
    /// What it takes.
    pub deny: u64,
}

/// Whose permissions, and the guild's roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The guild.
    pub guild: GuildId,
    /// The member.
    pub user: UserId,
    /// Whether the member owns the guild.
    pub owner: bool,
    /// The member's roles.
    pub roles: Vec<RoleId>,
    /// All roles of the guild with what they allow.
    pub all_roles: Vec<(RoleId, Permissions)>,
    /// Whether the member is timed out now.
    pub timed_out: bool,
}

const ALL: Permissions = Permissions(u64::MAX);
const WHEN_TIMED_OUT: u64 = Permissions::VIEW_CHANNEL.0 | Permissions::READ_MESSAGE_HISTORY.0;

impl Subject {
    /// What the member may do in the guild as a whole.
    #[must_use]
    pub fn in_guild(&self) -> Permissions {
        self.limited(self.base())
    }

    /// What the member may do in a channel with these overwrites.
    #[must_use]
    pub fn in_channel(&self, overwrites: &[Overwrite]) -> Permissions {
        let base = self.base();
        if base == ALL {
            return ALL;
        }
        let mut bits = base.0;
        let mut apply = |wanted: &dyn Fn(&Overwrite) -> bool| {
            let (mut allow, mut deny) = (0, 0);
            for overwrite in overwrites.iter().filter(|overwrite| wanted(overwrite)) {
                allow |= overwrite.allow;
                deny |= overwrite.deny;
            }
            bits = bits & !deny | allow;
        };
        let everyone = self.guild.get();
        let has_role = |id: u64| self.roles.iter().any(|role| role.get() == id);
        apply(&|overwrite| !overwrite.member && overwrite.id == everyone);
        apply(&|overwrite| !overwrite.member && overwrite.id != everyone && has_role(overwrite.id));
        apply(&|overwrite| overwrite.member && overwrite.id == self.user.get());
        if bits & Permissions::VIEW_CHANNEL.0 == 0 {
            return Permissions(0);
        }
        self.limited(Permissions(bits))
    }

    fn base(&self) -> Permissions {
        if self.owner {
            return ALL;
        }
        let everyone = self.guild.get();
        let bits = self
            .all_roles
            .iter()
            .filter(|(role, _)| role.get() == everyone || self.roles.contains(role))
            .fold(0, |bits, (_, role)| bits | role.0);
        if bits & Permissions::ADMINISTRATOR.0 != 0 {
            ALL
        } else {
            Permissions(bits)
        }
    }

    fn limited(&self, permissions: Permissions) -> Permissions {
        if self.timed_out && permissions != ALL {
            return Permissions(permissions.0 & WHEN_TIMED_OUT);
        }
        permissions
    }
}

/// The guild's roles as `GET guilds/{id}` shows them.
#[must_use]
pub fn read_roles(guild: &Value) -> Vec<(RoleId, Permissions)> {
    let roles = guild["roles"].as_array().map_or(&[][..], Vec::as_slice);
    let role = |role: &Value| {
        let id = number(&role["id"]).and_then(RoleId::new)?;
        Some((id, Permissions(number(&role["permissions"]).unwrap_or(0))))
    };
    roles.iter().filter_map(role).collect()
}

/// Permissions that give power over others: a role with one of them is given by people only.
const POWERS: u64 = Permissions::KICK_MEMBERS.0
    | Permissions::BAN_MEMBERS.0
    | Permissions::ADMINISTRATOR.0
    | Permissions::MANAGE_GUILD.0
    | Permissions::MANAGE_ROLES.0;

/// Where a role stands; of two at the same position the older one stands higher.
pub type Rank = (i64, std::cmp::Reverse<RoleId>);

/// How a guild's roles stand to each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ranks(Vec<(RoleId, Rank, bool)>);

impl Ranks {
    /// The highest of these roles; `None` is `@everyone`, below all.
    #[must_use]
    pub fn highest(&self, roles: &[RoleId]) -> Option<Rank> {
        let of = self.0.iter().filter(|(role, ..)| roles.contains(role));
        of.map(|(_, rank, _)| *rank).max()
    }

    /// Whether somebody whose highest role is `top`, or who owns the guild, may give this role, and it
    /// gives no power over others.
    #[must_use]
    pub fn may_be_given(&self, role: RoleId, top: Option<Rank>, owner: bool) -> bool {
        let known = self.0.iter().find(|(known, ..)| *known == role);
        known.is_some_and(|(_, rank, harmless)| *harmless && (owner || Some(*rank) < top))
    }
}

/// How the roles of `GET guilds/{id}` stand; those that belong to a bot or an integration are nobody's
/// to give.
#[must_use]
pub fn read_ranks(guild: &Value) -> Ranks {
    let roles = guild["roles"].as_array().map_or(&[][..], Vec::as_slice);
    let role = |role: &Value| {
        let id = number(&role["id"]).and_then(RoleId::new)?;
        let rank = (
            role["position"].as_i64().unwrap_or(0),
            std::cmp::Reverse(id),
        );
        let power = number(&role["permissions"]).unwrap_or(u64::MAX) & POWERS != 0;
        let managed = role["managed"].as_bool().unwrap_or(false);
        Some((id, rank, !power && !managed))
    };
    Ranks(roles.iter().filter_map(role).collect())
}

/// One channel of `GET guilds/{id}/channels` with its overwrites.
#[must_use]
pub fn read_channel(channel: &Value) -> Option<(ChannelId, Vec<Overwrite>)> {
    let id = number(&channel["id"]).and_then(ChannelId::new)?;
    let list = channel["permission_overwrites"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let overwrite = |overwrite: &Value| {
        let kind = &overwrite["type"];
        Some(Overwrite {
            id: number(&overwrite["id"])?,
            member: number(kind) == Some(1) || kind == "member",
            allow: number(&overwrite["allow"]).unwrap_or(0),
            deny: number(&overwrite["deny"]).unwrap_or(0),
        })
    };
    Some((id, list.iter().filter_map(overwrite).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SEE: u64 = Permissions::VIEW_CHANNEL.0;
    const SEND: u64 = Permissions::SEND_MESSAGES.0;
    const EMBED: u64 = Permissions::EMBED_LINKS.0;
    const KICK: u64 = Permissions::KICK_MEMBERS.0;
    const READ: u64 = Permissions::READ_MESSAGE_HISTORY.0;

    fn subject() -> Subject {
        Subject {
            guild: GuildId::new(1).unwrap(),
            user: UserId::new(9).unwrap(),
            owner: false,
            roles: vec![RoleId::new(2).unwrap()],
            all_roles: [(1, SEE | SEND | READ), (2, KICK), (3, EMBED)]
                .map(|(id, bits)| (RoleId::new(id).unwrap(), Permissions(bits)))
                .to_vec(),
            timed_out: false,
        }
    }

    fn of(id: u64, member: bool, allow: u64, deny: u64) -> Overwrite {
        Overwrite {
            id,
            member,
            allow,
            deny,
        }
    }

    #[test]
    fn roles_add_up_and_other_roles_do_not_count() {
        assert_eq!(subject().in_guild(), Permissions(SEE | SEND | READ | KICK));
    }

    #[test]
    fn overwrites_go_from_everyone_over_roles_to_the_member() {
        let all = SEE | SEND | READ | KICK;
        let cases = [
            ("none", vec![], all),
            (
                "everyone loses sending",
                vec![of(1, false, 0, SEND)],
                all & !SEND,
            ),
            (
                "a role gives it back",
                vec![of(2, false, SEND, 0), of(1, false, 0, SEND)],
                all,
            ),
            (
                "a role the member lacks",
                vec![of(3, false, EMBED, SEND)],
                all,
            ),
            (
                "a role takes, the member gets",
                vec![of(9, true, SEND, 0), of(2, false, 0, SEND)],
                all,
            ),
            (
                "the member loses what a role gives",
                vec![of(2, false, EMBED, 0), of(9, true, 0, EMBED)],
                all,
            ),
            ("another member", vec![of(8, true, EMBED, SEND)], all),
            (
                "a member id is no role id",
                vec![of(2, true, EMBED, SEND)],
                all,
            ),
            (
                "within one level giving wins",
                vec![of(2, false, EMBED, EMBED)],
                all | EMBED,
            ),
            (
                "who cannot see can do nothing",
                vec![of(1, false, EMBED, SEE)],
                0,
            ),
        ];
        for (name, overwrites, expected) in cases {
            assert_eq!(
                subject().in_channel(&overwrites),
                Permissions(expected),
                "{name}"
            );
        }
    }

    #[test]
    fn owners_and_administrators_may_do_everything_everywhere() {
        let hidden = [of(1, false, 0, SEE), of(9, true, 0, u64::MAX)];
        let owner = Subject {
            owner: true,
            timed_out: true,
            ..subject()
        };
        assert_eq!((owner.in_guild(), owner.in_channel(&hidden)), (ALL, ALL));
        let mut administrator = subject();
        administrator
            .all_roles
            .push((RoleId::new(7).unwrap(), Permissions::ADMINISTRATOR));
        assert_eq!(
            administrator.in_guild(),
            Permissions(SEE | SEND | READ | KICK)
        );
        administrator.roles.push(RoleId::new(7).unwrap());
        assert_eq!(
            (administrator.in_guild(), administrator.in_channel(&hidden)),
            (ALL, ALL)
        );
    }

    #[test]
    fn who_is_timed_out_only_looks() {
        let quiet = Subject {
            timed_out: true,
            ..subject()
        };
        assert_eq!(quiet.in_guild(), Permissions(SEE | READ));
        assert_eq!(
            quiet.in_channel(&[of(9, true, EMBED, 0)]),
            Permissions(SEE | READ)
        );
    }

    #[test]
    fn bit_sets_and_ids_are_read_as_texts_and_numbers() {
        let guild = json!({"roles": [{"id": "1", "permissions": "8"}, {"id": 2}, {}, "x"]});
        let roles =
            [(1, 8), (2, 0)].map(|(id, bits)| (RoleId::new(id).unwrap(), Permissions(bits)));
        assert_eq!(read_roles(&guild), roles);
        let channel = json!({"id": "5", "permission_overwrites": [
            {"id": "1", "type": 0, "allow": "1024", "deny": 2048},
            {"id": 9, "type": "member"}, {"type": 1},
        ]});
        let (id, overwrites) = read_channel(&channel).unwrap();
        assert_eq!(id.get(), 5);
        assert_eq!(overwrites, [of(1, false, 1024, 2048), of(9, true, 0, 0)]);
        assert_eq!(read_channel(&json!({"id": null})), None);
        assert!(read_roles(&Value::Null).is_empty());
    }
}
