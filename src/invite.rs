//! What to ask for when the bot is invited: exactly the permissions it uses, each with its reason.

use actors::kernel::call::Permissions;

/// The scopes of the invite link.
pub const SCOPES: &str = "bot applications.commands";

/// Each permission the bot asks for, and why.
pub const REASONS: [(Permissions, &str); 7] = [
    (
        Permissions::VIEW_CHANNEL,
        "to see the channels it should write in",
    ),
    (
        Permissions::SEND_MESSAGES,
        "to welcome people, and to tell moderators what happened",
    ),
    (
        Permissions::EMBED_LINKS,
        "help and previews, which have a frame",
    ),
    (
        Permissions::READ_MESSAGE_HISTORY,
        "after a lost connection, to see whether a message arrived before sending it again",
    ),
    (
        Permissions::VIEW_AUDIT_LOG,
        "to tell a kick or a ban from a member leaving",
    ),
    (
        Permissions::MANAGE_ROLES,
        "to give and take the role of inactive members, if you choose one",
    ),
    (
        Permissions::KICK_MEMBERS,
        "to remove members who have been inactive for long, if you switch that on",
    ),
];

/// All of them together.
pub const PERMISSIONS: Permissions = {
    let mut all = Permissions(0);
    let mut at = 0;
    while at < REASONS.len() {
        all = all.and(REASONS[at].0);
        at += 1;
    }
    all
};

/// The link that invites the bot of this application.
#[must_use]
pub fn link(application: &str) -> String {
    let scopes = SCOPES.replace(' ', "+");
    let permissions = PERMISSIONS.0;
    format!(
        "https://discord.com/oauth2/authorize?client_id={application}&scope={scopes}&permissions={permissions}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_we_ask_for_has_the_name_people_see() {
        for (permission, _) in REASONS {
            assert_eq!(Permissions(0).missing(permission).len(), 1);
        }
        assert_eq!(Permissions(0).missing(PERMISSIONS).len(), REASONS.len());
    }
}
