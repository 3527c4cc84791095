//! `/welcome join`: greet new members in a channel.

use super::switch_on::switch_on;
use crate::{
    kernel::{
        call::Call,
        command::{Command, Place, Spec, Who, opt},
        machine::{Cx, Reply},
    },
    welcome::{Refusal, Row, Side, State, Welcome},
};

pub(super) const COMMAND: Command<Welcome> = Command {
    spec: Spec {
        name: "welcome join",
        summary: "Greet new members in a channel",
        who: Who::Moderators,
        place: Place::Guild,
        options: &[
            opt::channel("channel", "Where new members are greeted").required(),
            opt::text("message", "Such as: Welcome to {server}, {user}!", 1000),
        ],
    },
    run: join,
    complete: None,
};

fn join(cx: &mut Cx<'_, Row>, state: &mut State, call: &Call) -> Result<Reply, Refusal> {
    switch_on(cx, state, call, Side::Join)
}

#[cfg(test)]
mod tests {
    use crate::{
        kernel::check::{Stage, check},
        welcome::Welcome,
    };
    use expect_test::expect;

    #[test]
    fn the_first_side_asks_for_the_member_list_and_shows_a_preview() {
        check::<Welcome>(
            r#"
            given told shared log:#log
            mod /welcome join channel:#welcome
            "#,
            expect![[r#"
                > mod /welcome join channel:#welcome
                [1] request members as welcome-1
                tell settings on: greets in <#welcome>; next `/welcome leave channel:…`
                reply mod "New members are greeted in <#welcome>. So it will look:"
                    # When somebody joins
                    | Welcome to The Hall, <@mod>!
                    [Edit greeting → edit:join]
            "#]],
        );
    }

    #[test]
    fn a_new_channel_keeps_the_text_that_was_set() {
        check::<Welcome>(
            r#"
            given told shared log:#log
            given mod /welcome join channel:#welcome message:"Hi {user} || Hello {user}"
            mod /welcome join channel:#general
            mod /welcome join channel:#general message:"Hey {user}"
            "#,
            expect![[r#"
                > mod /welcome join channel:#general
                tell settings on: greets in <#general>; next `/welcome leave channel:…`
                reply mod "New members are greeted in <#general>. So it will look:"
                    # When somebody joins
                    | Hi <@mod>
                    (Variant 1 of 2)
                    [Edit greeting → edit:join] [Another variant → another:join:1]
                > mod /welcome join channel:#general message:"Hey {user}"
                tell settings on: greets in <#general>; next `/welcome leave channel:…`
                reply mod "New members are greeted in <#general>. So it will look:"
                    # When somebody joins
                    | Hey <@mod>
                    [Edit greeting → edit:join]
            "#]],
        );
    }

    #[test]
    fn a_text_that_cannot_be_used_changes_nothing() {
        check::<Welcome>(
            r#"
            mod /welcome join channel:#welcome message:"Hi {usr}"
            mod /welcome join channel:#welcome message:"Hi {user"
            mod /welcome join channel:#welcome message:"a || || b"
            "#,
            expect![[r#"
                > mod /welcome join channel:#welcome message:"Hi {usr}"
                refuse mod "There is no placeholder `{usr}`. Did you mean `{user}`? You can use `{user}`, `{name}`, `{server}`, `{count}`, `{joined}`, `{created}`. Nothing was changed."
                > mod /welcome join channel:#welcome message:"Hi {user"
                refuse mod "The { at character 4 is never closed. Write {{ for a brace itself. Nothing was changed."
                > mod /welcome join channel:#welcome message:"a || || b"
                refuse mod "Variant 2 is empty: || between spaces separates variants. Nothing was changed."
            "#]],
        );
    }

    #[test]
    fn a_text_that_is_too_long_is_refused_with_its_length() {
        let mut stage = Stage::<Welcome>::new();
        let text = "x".repeat(1001);
        let shown = stage.play(&format!(
            "mod /welcome join channel:#welcome message:\"{text}\""
        ));
        assert!(
            shown.contains("The text is 1001 characters long; at most 1000"),
            "{shown}"
        );
    }

    #[test]
    fn a_channel_that_would_refuse_is_refused() {
        check::<Welcome>(
            r#"
            given #welcome refuses 403
            mod /welcome join channel:#welcome
            "#,
            expect![[r#"
                > mod /welcome join channel:#welcome
                refuse mod "I could not write in <#welcome>: I lack Send Messages there. Allow me that in the channel's settings, or choose another channel."
            "#]],
        );
    }

    #[test]
    fn it_is_for_moderators_and_for_servers() {
        check::<Welcome>(
            r#"
            alice /welcome join channel:#welcome
            mod in dm /welcome join channel:#welcome
            "#,
            expect![[r#"
                > alice /welcome join channel:#welcome
                refuse alice "This is for moderators: you need the permission *Manage Server*, or a role that a moderator has set with `/setup moderators`."
                > mod in dm /welcome join channel:#welcome
                refuse mod "`/welcome join` works in a server. Use it there; `/help` lists what works here."
            "#]],
        );
    }

    #[test]
    fn a_moderator_role_is_enough() {
        check::<Welcome>(
            r#"
            given told shared moderators:@staff
            given alice joins with @staff
            alice /welcome join channel:#welcome
            "#,
            expect![[r#"
                > alice /welcome join channel:#welcome
                [1] request members as welcome-1
                tell settings on: greets in <#welcome>; next `/welcome leave channel:…`
                reply alice "New members are greeted in <#welcome>. So it will look:"
                    # When somebody joins
                    | Welcome to The Hall, <@alice>!
                    [Edit greeting → edit:join]
            "#]],
        );
    }

    #[test]
    fn it_says_when_joins_cannot_be_seen() {
        check::<Welcome>(
            r#"
            given told shared log:#log
            missing intent "Server Members"
            mod /welcome join channel:#welcome
            "#,
            expect![[r#"
                > missing intent "Server Members"
                > mod /welcome join channel:#welcome
                [1] request members as welcome-1
                tell settings on: greets in <#welcome>; next `/welcome leave channel:…`
                reply mod
                    | New members are greeted in <#welcome>. So it will look:
                    | ⚠️ Discord does not tell me about members yet: the bot's operator must switch on the intent Server Members.
                    # When somebody joins
                    | Welcome to The Hall, <@mod>!
                    [Edit greeting → edit:join]
            "#]],
        );
    }

    #[test]
    fn it_asks_for_the_settings_when_it_does_not_know_them() {
        check::<Welcome>(
            r#"
            mod /welcome join channel:#welcome
            "#,
            expect![[r#"
                > mod /welcome join channel:#welcome
                tell settings shared wanted
                [1] request members as welcome-1
                tell settings on: greets in <#welcome>; next `/welcome leave channel:…`
                reply mod "New members are greeted in <#welcome>. So it will look:"
                    # When somebody joins
                    | Welcome to the server, <@mod>!
                    [Edit greeting → edit:join]
            "#]],
        );
    }
}
