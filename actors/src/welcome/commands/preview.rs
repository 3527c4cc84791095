//! `/welcome preview`: both texts as they would look, with the caller as example. Pings nobody.

use crate::{
    kernel::{
        call::Call,
        command::{Command, Place, Spec, Who},
        machine::{Cx, Reply},
        text::{Message, Row as Line},
    },
    welcome::{Refusal, Row, Side, State, Welcome, editing, placeholders, texts},
};

pub(super) const COMMAND: Command<Welcome> = Command {
    spec: Spec {
        name: "welcome preview",
        summary: "Show how joins and leaves are announced, and change the texts",
        who: Who::Moderators,
        place: Place::Guild,
        options: &[],
    },
    run: preview,
    complete: None,
};

fn preview(cx: &mut Cx<'_, Row>, state: &mut State, call: &Call) -> Result<Reply, Refusal> {
    if !state.on() {
        return Err(Refusal::AllOff);
    }
    let mut message = Message::default();
    let mut hints = Vec::new();
    for side in Side::ALL {
        if state.desk(side).is_none() {
            continue;
        }
        let (embed, buttons) = editing::preview(state, side, 0, &call.origin.caller, cx.now);
        message = message.embed(embed).row(Line::Buttons(buttons));
        hints.push(texts::placeholder_list(side, placeholders::allowed(side)));
    }
    message.content = hints.join("\n");
    Ok(Reply::Say(message))
}

#[cfg(test)]
mod tests {
    use crate::{kernel::check::check, welcome::Welcome};
    use expect_test::expect;

    #[test]
    fn both_sides_are_shown_with_their_placeholders_and_nobody_is_pinged() {
        check::<Welcome>(
            r#"
            given told shared log:#log
            given mod /welcome join channel:#welcome message:"Hi {user} @everyone || Hello {name}"
            given mod /welcome leave channel:#mods
            mod /welcome preview
            "#,
            expect![[r#"
                > mod /welcome preview
                reply mod
                    | Placeholders for join: `{user}` mentions and pings the new member · `{name}` their name, without a ping · `{server}` the server's name · `{count}` how many members there are · `{joined}` when they joined · `{created}` how old their account is
                    | Placeholders for leave: `{name}` the name of who left · `{what}` what happened: left, was kicked by …, was banned by … · `{stayed}` how long they were a member · `{joined}` when they had joined · `{roles}` the roles they had · `{reason}` the reason a moderator gave · `{by}` the moderator who removed them · `{user}` mentions them, without a ping · `{id}` their id · `{server}` the server's name · `{count}` how many members are left
                    # When somebody joins
                    | Hi <@mod> @everyone
                    (Variant 1 of 2)
                    # When somebody leaves
                    | **mod** left.
                    | Member for: 3 days 3 hours · Roles: none
                    [Edit greeting → edit:join] [Another variant → another:join:1]
                    [Edit report → edit:leave]
            "#]],
        );
    }

    #[test]
    fn with_nothing_switched_on_it_says_how_to() {
        check::<Welcome>(
            r#"
            mod /welcome preview
            "#,
            expect![[r#"
                > mod /welcome preview
                refuse mod "The welcome desk is off. `/welcome join channel:…` or `/welcome leave channel:…` switches it on."
            "#]],
        );
    }
}
