//! `/setup show`: how every feature stands here, what it lacks, and the next step.
//!
//! Permissions are asked for at that moment and not kept: what Discord's roles and overwrites say
//! would be stale before anybody looked.

use crate::{
    kernel::{
        call::Call,
        command::{Command, Place, Spec, Who},
        effect::Effect,
        machine::{Cx, NoRow, Reply},
    },
    settings::{Refusal, Settings, State, health},
};

pub(super) const COMMAND: Command<Settings> = Command {
    spec: Spec {
        name: "setup show",
        summary: "Show what is switched on here, what is missing and what to do next",
        who: Who::Moderators,
        place: Place::Guild,
        options: &[],
    },
    run: show,
    complete: None,
};

fn show(cx: &mut Cx<'_, NoRow>, state: &mut State, call: &Call) -> Result<Reply, Refusal> {
    let guild = cx.guild();
    let channels = health::channels(state);
    cx.ask_for(Effect::ReadPermissions { guild, channels }, &call.origin);
    Ok(Reply::Later)
}

#[cfg(test)]
mod tests {
    use crate::{kernel::check::check, settings::Settings};
    use expect_test::expect;

    #[test]
    fn it_reads_permissions_and_says_what_is_missing_and_what_is_next() {
        check::<Settings>(
            r#"
            given guild available
            given told standing in:#welcome
            given mod /setup log channel:#log
            mod /setup show
            outcome of 1: may "View Channels"
            "#,
            expect![[r#"
                > mod /setup show
                [1] read permissions #welcome #log
                defer mod
                > outcome of 1: may "View Channels"
                reply mod
                    # Guildhall in The Hall
                    | **3 things need attention.**
                    ## Welcome: on
                    | as it says itself
                    | ⚠️ Missing in <#welcome>: Send Messages
                    | ⚠️ Missing in the server: View Audit Log (Server Settings → Roles)
                    | Next: `/welcome join`
                    ## Server settings
                    | Time zone: UTC (`/setup zone`)
                    | Moderators: who may manage the server; add roles with `/setup moderators`
                    | Log channel: <#log>
                    | ⚠️ Missing in <#log>: Send Messages
            "#]],
        );
    }

    #[test]
    fn a_bare_setup_means_the_same() {
        check::<Settings>(
            r#"
            given guild available
            mod /setup
            outcome of 1: may all
            "#,
            expect![[r#"
                > mod /setup
                [1] read permissions 
                defer mod
                > outcome of 1: may all
                reply mod
                    # Guildhall in The Hall
                    | Everything that is switched on can work.
                    ## Server settings
                    | Time zone: UTC (`/setup zone`)
                    | Moderators: who may manage the server; add roles with `/setup moderators`
                    | Log channel: none, so <@owner> is told by direct message; set one with `/setup log`
            "#]],
        );
    }

    #[test]
    fn with_everything_in_order_it_says_so() {
        check::<Settings>(
            r#"
            given guild available
            given told standing in:#welcome
            given mod /setup show
            outcome of 1: may all
            "#,
            expect![[r#"
                > outcome of 1: may all
                reply mod
                    # Guildhall in The Hall
                    | Everything that is switched on can work.
                    ## Welcome: on
                    | as it says itself
                    | Next: `/welcome join`
                    ## Server settings
                    | Time zone: UTC (`/setup zone`)
                    | Moderators: who may manage the server; add roles with `/setup moderators`
                    | Log channel: none, so <@owner> is told by direct message; set one with `/setup log`
            "#]],
        );
    }

    #[test]
    fn a_missing_intent_and_a_channel_that_is_gone_are_named() {
        check::<Settings>(
            r#"
            given guild available
            given told standing in:#welcome
            given #welcome refuses 404
            given missing intent "Server Members"
            mod /setup show
            outcome of 1: may all
            "#,
            expect![[r#"
                > mod /setup show
                [1] read permissions #welcome
                defer mod
                > outcome of 1: may all
                reply mod
                    # Guildhall in The Hall
                    | **2 things need attention.**
                    ## Welcome: on
                    | as it says itself
                    | ⚠️ <#welcome> is gone or hidden from me
                    | ⚠️ The bot was not granted the intent Server Members, so joins are not seen. Its operator switches it on in Discord's developer portal
                    | Next: `/welcome join`
                    ## Server settings
                    | Time zone: UTC (`/setup zone`)
                    | Moderators: who may manage the server; add roles with `/setup moderators`
                    | Log channel: none, so <@owner> is told by direct message; set one with `/setup log`
            "#]],
        );
    }

    #[test]
    fn when_permissions_cannot_be_read_the_rest_is_shown() {
        check::<Settings>(
            r#"
            given guild available
            given told standing
            mod /setup show
            outcome of 1: fails 500
            "#,
            expect![[r#"
                > mod /setup show
                [1] read permissions 
                defer mod
                > outcome of 1: fails 500
                reply mod
                    # Guildhall in The Hall
                    | Nothing is known to be wrong.
                    | My permissions could not be read just now, so they are not checked here; try again in a minute.
                    ## Welcome: off
                    | as it says itself
                    | Next: `/welcome join`
                    ## Server settings
                    | Time zone: UTC (`/setup zone`)
                    | Moderators: who may manage the server; add roles with `/setup moderators`
                    | Log channel: none, so <@owner> is told by direct message; set one with `/setup log`
            "#]],
        );
    }

    #[test]
    fn it_is_for_moderators() {
        check::<Settings>(
            r#"
            given guild available
            alice /setup show
            mod in dm /setup show
            "#,
            expect![[r#"
                > alice /setup show
                refuse alice "This is for moderators: you need the permission *Manage Server*, or a role that a moderator has set with `/setup moderators`."
                > mod in dm /setup show
                refuse mod "`/setup show` works in a server. Use it there; `/help` lists what works here."
            "#]],
        );
    }
}
