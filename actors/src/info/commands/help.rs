//! `/help`: what the caller can use here, from the list of all commands.

use crate::{
    info::{Info, Refusal, State, texts},
    kernel::{
        call::Call,
        command::{Command, Listed, Place, Spec, Who, opt},
        machine::{Cx, NoRow, Reply},
        text::{Choice, nearest},
        turn::{is_moderator, is_owner},
    },
};

pub(super) const COMMAND: Command<Info> = Command {
    spec: Spec {
        name: "help",
        summary: "List what you can do here, or explain one command",
        who: Who::Everyone,
        place: Place::Anywhere,
        options: &[opt::text("command", "The command to explain", 64).completes()],
    },
    run: help,
    complete: Some(complete),
};

fn help(_: &mut Cx<'_, NoRow>, state: &mut State, call: &Call) -> Result<Reply, Refusal> {
    let usable = usable(state, call);
    let Some(wanted) = call.text("command") else {
        let here = call.origin.guild.is_some();
        let ours = call.origin.caller.owns_application();
        return Ok(Reply::Say(texts::command_list(&usable, here, ours)));
    };
    let wanted = wanted.trim().trim_start_matches('/').to_lowercase();
    let names = || usable.iter().map(|listed| listed.spec.name);
    match usable.iter().find(|listed| listed.spec.name == wanted) {
        Some(listed) => Ok(Reply::Say(texts::command_details(&listed.spec))),
        None => Err(Refusal::UnknownCommand {
            nearest: nearest(&wanted, names()),
            name: wanted,
        }),
    }
}

fn complete(state: &State, call: &Call, typed: &str) -> Vec<Choice> {
    let typed = typed.trim().trim_start_matches('/').to_lowercase();
    let usable = usable(state, call).into_iter().map(|listed| listed.spec);
    let matching = usable.filter(|spec| spec.name.contains(&typed));
    matching
        .map(|spec| Choice::new(format!("/{}", spec.name), spec.name))
        .collect()
}

/// What the caller may use in this place.
fn usable(state: &State, call: &Call) -> Vec<Listed> {
    let (shared, caller) = (state.shared.as_ref(), &call.origin.caller);
    let may = |who| match who {
        Who::Everyone => true,
        Who::Moderators => is_moderator(shared, caller),
        Who::Owner => is_owner(shared, caller),
    };
    let in_guild = call.origin.guild.is_some();
    let mut commands = crate::registry::commands();
    commands.retain(|listed| {
        (in_guild || listed.spec.place == Place::Anywhere) && may(listed.spec.who)
    });
    commands
}

#[cfg(test)]
mod tests {
    use crate::{info::Info, kernel::check::check};
    use expect_test::expect;

    #[test]
    fn members_see_what_they_can_use_here() {
        check::<Info>(
            r#"
            alice /help
            "#,
            expect![[r#"
                > alice /help
                reply alice
                    # Commands
                    | `/seen [user:<user>]`
                    | Show when somebody was last active
                    | `/presence me`
                    | Show what is recorded here about you
                    | `/presence top [by:<everything/messages/reactions/voice>]`
                    | List the most active members
                    | `/mydata show`
                    | Show what I have stored about you here
                    | `/mydata export`
                    | Get what I have stored about you here as a file of JSON
                    | `/mydata forget`
                    | Have me forget what I have stored about you here, and not record you again
                    | `/help [command:<text>]`
                    | List what you can do here, or explain one command
                    | `/about`
                    | Show which version runs, since when, and how it is doing
                    | `/ping`
                    | Measure the way to Discord and to the disk
                    (Details of one command: /help command:…)
            "#]],
        );
    }

    #[test]
    fn moderators_see_all() {
        check::<Info>(
            r#"
            mod /help
            "#,
            expect![[r#"
                > mod /help
                reply mod
                    # Commands
                    | `/setup show`
                    | Show what is switched on here, what is missing and what to do next (moderators)
                    | `/setup log channel:<channel>`
                    | Set the channel where moderators are told what they should know (moderators)
                    | `/setup moderators role:<role> [remove:<yes/no>]`
                    | Let a role use moderator commands, or take that back (moderators)
                    | `/setup zone zone:<text>`
                    | Set the server's time zone (moderators)
                    | `/welcome join channel:<channel> [message:<text>]`
                    | Greet new members in a channel (moderators)
                    | `/welcome leave channel:<channel> [message:<text>]`
                    | Tell moderators in a channel who left (moderators)
                    | `/welcome preview`
                    | Show how joins and leaves are announced, and change the texts (moderators)
                    | `/welcome off [which:<text>]`
                    | Stop greeting new members, stop reporting who leaves, or both (moderators)
                    | `/seen [user:<user>]`
                    | Show when somebody was last active
                    | `/presence me`
                    | Show what is recorded here about you
                    | `/presence user user:<user>`
                    | Show all that is recorded here about somebody (moderators)
                    | `/presence top [by:<everything/messages/reactions/voice>]`
                    | List the most active members
                    | `/presence inactive [days:<number>]`
                    | List members who have not been active for long, the longest first (moderators)
                    | `/presence export [format:<csv/json>]`
                    | Get all that is recorded about members as a file (moderators)
                    | `/presence settings [track:<yes/no>] [count:<choice>] [skip:<choice>] [ignore:<channel>] [heed:<channel>] [inactive_after_days:<number>] [role:<role>] [kick:<yes/no>] [kick_after_days:<number>] [warn:<yes/no>] [warn_channel:<channel>] [grace_days:<number>] [exempt_role:<role>] [exempt_user:<user>] [log:<channel>] [per_hour:<number>] [percent:<number>] [remove:<yes/no>]`
                    | Show or set what is recorded of when members were last active (moderators)
                    | `/presence preview`
                    | Show who would be marked, told and removed for inactivity, and switch that on (moderators)
                    | `/presence run`
                    | Look at everybody now and do what the rules about inactive members say (moderators)
                    | `/presence channels`
                    | Show when something was last done in each channel, the quietest first (moderators)
                    | `/messages settings [record:<yes/no>] [stream:<yes/no>] [keep_days:<number>] [ignore:<channel>] [heed:<channel>] [ignore_user:<user>] [heed_user:<user>]`
                    | Show or set what is recorded of messages; never what they say (moderators)
                    | `/messages stats [days:<number>]`
                    | Show how much was written in which channels (moderators)
                    | `/messages roster [daily:<yes/no>] [at:<text>]`
                    | Show or set whether a list of all accounts here is passed on every day (moderators)
                    | `/mydata show`
                    | Show what I have stored about you here
                    | `/mydata export`
                    | Get what I have stored about you here as a file of JSON
                    | `/mydata forget`
                    | Have me forget what I have stored about you here, and not record you again
                    | `/help [command:<text>]`
                    | List what you can do here, or explain one command
                    | `/about`
                    | Show which version runs, since when, and how it is doing
                    | `/ping`
                    | Measure the way to Discord and to the disk
                    | `/modversion`
                    | Show the commit this bot was built from (moderators)
                    (Details of one command: /help command:…)
            "#]],
        );
    }

    #[test]
    fn in_direct_messages_only_what_works_there() {
        check::<Info>(
            r#"
            alice in dm /help
            "#,
            expect![[r#"
                > alice in dm /help
                reply alice
                    # Commands
                    | `/mydata show`
                    | Show what I have stored about you here
                    | `/mydata export`
                    | Get what I have stored about you here as a file of JSON
                    | `/mydata forget`
                    | Have me forget what I have stored about you here, and not record you again
                    | `/help [command:<text>]`
                    | List what you can do here, or explain one command
                    | `/about`
                    | Show which version runs, since when, and how it is doing
                    | `/ping`
                    | Measure the way to Discord and to the disk
                    (In a server I can do more: use /help there.)
            "#]],
        );
    }

    #[test]
    fn who_owns_the_bot_reads_of_text_commands() {
        check::<Info>(
            r#"
            dev in dm /help
            "#,
            expect![[r#"
                > dev in dm /help
                reply dev
                    # Commands
                    | `/mydata show`
                    | Show what I have stored about you here
                    | `/mydata export`
                    | Get what I have stored about you here as a file of JSON
                    | `/mydata forget`
                    | Have me forget what I have stored about you here, and not record you again
                    | `/help [command:<text>]`
                    | List what you can do here, or explain one command
                    | `/about`
                    | Show which version runs, since when, and how it is doing
                    | `/ping`
                    | Measure the way to Discord and to the disk
                    ## Because you own this bot
                    | `?reset`, `?delete <member/channel> <id>`, `?reload [feature]`, `?setup`, written as messages, do in the server they are written in what `/presence admin` does for its owner. Mention me first where I am not shown what messages say.
                    (In a server I can do more: use /help there.)
            "#]],
        );
    }

    #[test]
    fn one_command_is_explained_and_a_misspelt_one_guessed() {
        check::<Info>(
            r#"
            mod /help command:"/welcome join"
            mod /help command:"welcom join"
            alice /help command:"welcome join"
            "#,
            expect![[r#"
                > mod /help command:"/welcome join"
                reply mod
                    # /welcome join
                    | Greet new members in a channel
                    | `/welcome join channel:<channel> [message:<text>]`
                    ## channel (required)
                    | Where new members are greeted
                    ## message (optional)
                    | Such as: Welcome to {server}, {user}!
                    (For moderators)
                > mod /help command:"welcom join"
                refuse mod "There is no command `welcom join`. Did you mean `/welcome join`? `/help` lists them all."
                > alice /help command:"welcome join"
                refuse alice "There is no command `welcome join`. `/help` lists them all."
            "#]],
        );
    }

    #[test]
    fn names_complete() {
        check::<Info>(
            r#"
            mod types /help command:we
            alice types /help command:we
            alice types /help command:/p
            "#,
            expect![[r#"
                > mod types /help command:we
                choices mod /welcome join | /welcome leave | /welcome preview | /welcome off
                > alice types /help command:we
                choices alice 
                > alice types /help command:/p
                choices alice /presence me | /presence top | /mydata export | /help | /ping
            "#]],
        );
    }
}
