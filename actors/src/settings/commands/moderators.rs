//! `/setup moderators`: roles whose members may use moderator commands.

use crate::{
    kernel::{
        call::Call,
        command::{Command, Place, Spec, Who, opt},
        machine::{Cx, NoRow, Reply},
    },
    settings::{MAX_MODERATOR_ROLES, Refusal, Settings, State, tell_everyone, texts},
};

pub(super) const COMMAND: Command<Settings> = Command {
    spec: Spec {
        name: "setup moderators",
        summary: "Let a role use moderator commands, or take that back",
        who: Who::Moderators,
        place: Place::Guild,
        options: &[
            opt::role("role", "The role").required(),
            opt::flag("remove", "True takes the role out again"),
        ],
    },
    run: moderators,
    complete: None,
};

fn moderators(cx: &mut Cx<'_, NoRow>, state: &mut State, call: &Call) -> Result<Reply, Refusal> {
    let Some(role) = call.role("role") else {
        return Ok(Reply::Nothing);
    };
    let moderators = &mut state.shared.moderators;
    if call.flag("remove") {
        if !moderators.remove(&role) {
            return Err(Refusal::NotSet(role));
        }
        tell_everyone(cx, state);
        return Ok(Reply::text(texts::moderator_removed(role)));
    }
    // The role `@everyone` has the guild's own id.
    if role.get() == cx.guild().get() {
        return Err(Refusal::EveryoneRole);
    }
    if moderators.contains(&role) {
        return Err(Refusal::AlreadySet(role));
    }
    if moderators.len() >= MAX_MODERATOR_ROLES {
        return Err(Refusal::TooManyRoles);
    }
    moderators.insert(role);
    tell_everyone(cx, state);
    Ok(Reply::text(texts::moderator_added(role)))
}

#[cfg(test)]
mod tests {
    use crate::{kernel::check::check, settings::Settings};
    use expect_test::expect;

    #[test]
    fn a_role_is_added_and_taken_out_again() {
        check::<Settings>(
            r#"
            given guild available
            mod /setup moderators role:@staff
            mod /setup moderators role:@staff
            mod /setup moderators role:@staff remove:True
            mod /setup moderators role:@staff remove:True
            "#,
            expect![[r#"
                > mod /setup moderators role:@staff
                tell info shared
                tell welcome shared
                tell presence shared
                tell messages shared
                reply mod "Members with <@&staff> may now use moderator commands."
                > mod /setup moderators role:@staff
                refuse mod "Members with <@&staff> are moderators already."
                > mod /setup moderators role:@staff remove:True
                tell info shared
                tell welcome shared
                tell presence shared
                tell messages shared
                reply mod "<@&staff> no longer makes anybody a moderator."
                > mod /setup moderators role:@staff remove:True
                refuse mod "<@&staff> is not a moderator role. `/setup show` lists them."
            "#]],
        );
    }

    #[test]
    fn everyone_is_no_moderator() {
        check::<Settings>(
            r#"
            given guild available
            mod /setup moderators role:@everyone
            "#,
            expect![[r#"
                > mod /setup moderators role:@everyone
                refuse mod "With that role every member would be a moderator. Choose another role."
            "#]],
        );
    }

    #[test]
    fn a_moderator_by_role_may_set_up_too() {
        check::<Settings>(
            r#"
            given guild available
            given mod /setup moderators role:@staff
            given alice joins with @staff
            alice /setup zone zone:UTC
            "#,
            expect![[r#"
                > alice /setup zone zone:UTC
                reply alice "The server's time zone is UTC; clocks there show 2026-01-05 12:00."
            "#]],
        );
    }

    #[test]
    fn a_role_that_is_deleted_makes_nobody_a_moderator() {
        check::<Settings>(
            r#"
            given guild available
            given mod /setup moderators role:@staff
            @vip deleted
            @staff deleted
            "#,
            expect![[r#"
                > @vip deleted
                > @staff deleted
                tell info shared
                tell welcome shared
                tell presence shared
                tell messages shared
            "#]],
        );
    }
}
