//! `?reset`, `?delete`, `?reload` and `?setup` as the application's owner writes them in a server: what
//! `/presence admin` does there, by the same code. The answer goes where they were written; where we may not write, it is
//! done without one.

use super::{delete, reload, reset, setup};
use crate::{
    kernel::{
        machine::Cx,
        owner::{Order, Said},
        text::Message,
    },
    presence::{Row, State},
};

/// Carries it out, and says so.
pub(in crate::presence) fn said(cx: &mut Cx<'_, Row>, state: &mut State, said: &Said) {
    let answer = match &said.order {
        Order::Reset => {
            reset::offer(state).unwrap_or_else(|refusal| Message::text(refusal.to_string()))
        }
        Order::Delete(whose) => Message::text(delete::begin_anew(cx, state, *whose)),
        Order::Reload(only) => Message::text(reload::start_again(cx, *only)),
        Order::Setup => Message::text(setup::set_up_again(cx, state)),
        Order::Unclear(why) => Message::text(why.to_string()),
    };
    cx.say(said.channel, answer);
}

#[cfg(test)]
mod tests {
    use crate::{
        kernel::check::{Stage, check},
        presence::Presence,
    };
    use expect_test::expect;

    #[test]
    fn text_commands_do_what_the_slash_commands_do() {
        check::<Presence>(
            r#"
            given told shared owner:owner log:#log
            given guild available
            given listed alice
            given alice: writes #general
            dev says ?setup
            listed alice
            dev says ?reload
            dev says ?reload welcome
            dev says ?delete member @alice
            dev says ?delete member @bob
            dev says ?delete channel #general
            rows
            "#,
            expect![[r#"
                > dev says ?setup
                tell settings to set up again
                tell welcome to set up again
                [2] request members as presence-2
                tell settings on: records when members were last active; next nothing
                post #general "I read the member list again and tell every feature the settings, as I do when I am invited. `/setup show` shows how everything stands."
                > listed alice
                > dev says ?reload
                reload settings
                reload info
                reload welcome
                reload presence
                reload privacy
                reload messages
                post #general "These start again from what is stored here: settings, info, welcome, presence, privacy, messages. Nothing that waits for them is lost."
                > dev says ?reload welcome
                reload welcome
                post #general "These start again from what is stored here: welcome. Nothing that waits for them is lost."
                > dev says ?delete member @alice
                post #general "All that was recorded about <@alice> is deleted; their record begins anew."
                > dev says ?delete member @bob
                post #general "Nothing was recorded about <@bob>."
                > dev says ?delete channel #general
                post #general "All that was recorded about <#general> is deleted; its record begins anew with what is done there next."
                > rows
                row alice Member(Member { joined: Some(Timestamp(1766750400000)), listed: 2, online: None, left: None, deeds: None, exempt: false, case: None })
            "#]],
        );
    }

    #[test]
    fn what_is_not_clear_is_answered_and_not_done() {
        check::<Presence>(
            r#"
            given told shared owner:owner
            dev says ?delete role 7
            dev says ?delete member somebody
            dev says ?reload tickets
            dev says ?setup everything
            rows
            "#,
            expect![[r#"
                > dev says ?delete role 7
                post #general "I know the types `member` and `channel`: `?delete member 123`, `?delete channel 123`. A mention does as well."
                > dev says ?delete member somebody
                post #general "Say which one, by its id or a mention: `?delete member 123`, `?delete channel 123`."
                > dev says ?reload tickets
                post #general "I have no such feature. `?reload` alone starts all of them again; I have `settings`, `info`, `welcome`, `presence`, `privacy`, `messages`."
                > dev says ?setup everything
                post #general "`?reset` and `?setup` stand alone, so nothing was done."
                > rows
                no rows
            "#]],
        );
    }

    #[test]
    fn a_reset_is_offered_and_only_the_bots_owner_takes_the_offer() {
        check::<Presence>(
            r#"
            given told shared owner:owner log:#log
            given guild available
            given listed alice
            given alice: writes #general
            dev says ?reset
            alice presses reset
            owner presses reset
            dev presses reset
            alice submits reset "name:The Hall"
            dev submits reset "name:Another Hall"
            dev submits reset "name:The Hall"
            listed alice
            alice /seen
            dev presses undo
            alice /seen
            "#,
            expect![[r#"
                > dev says ?reset
                post #general "This forgets what is recorded here of members; for a day it can be undone. I ask for the server's name before I do it."
                    [Reset → reset]
                > alice presses reset
                refuse alice "This button is for whoever owns this bot. The server's owner has `/presence admin reset`."
                > owner presses reset
                refuse owner "This button is for whoever owns this bot. The server's owner has `/presence admin reset`."
                > dev presses reset
                form dev reset "Reset what is recorded here"
                    name: ""
                > alice submits reset "name:The Hall"
                refuse alice "This is for the server's owner, because it concerns what is stored about everybody here."
                > dev submits reset "name:Another Hall"
                refuse dev "That is not this server's name, so nothing was reset."
                > dev submits reset "name:The Hall"
                post #log "**What was recorded here of members begins anew.** What counts and who is recorded stays as it was set, and so do the records of channels. Until <t:1767700800:F> the owner can bring everything back."
                    [Undo → undo]
                reply dev "**What was recorded here of members begins anew.** What counts and who is recorded stays as it was set, and so do the records of channels. Until <t:1767700800:F> the owner can bring everything back."
                    [Undo → undo]
                timer undo in 1 day
                [2] request members as presence-2
                > listed alice
                > alice /seen
                reply alice
                    | I have not seen <@alice> do anything here yet.
                    | Idle for **0 seconds**, since I began to record.
                    | Here since <t:1766750400:D>.
                > dev presses undo
                reply dev "What was recorded before comes back, joined with what was recorded since."
                timer undo off
                [3] request members as presence-3
                > alice /seen
                reply alice
                    | <@alice> wrote in <#general> <t:1767614400:R>.
                    | Idle for **0 seconds**.
                    | 1 message, 0 reactions, no time in voice.
                    | Here since <t:1766750400:D>. First seen <t:1767614400:D>.
            "#]],
        );
    }

    #[test]
    fn where_nothing_is_recorded_there_is_nothing_to_reset() {
        check::<Presence>(
            r#"
            given told shared owner:owner
            given mod /presence settings track:False
            dev says ?reset
            dev presses reset
            "#,
            expect![[r#"
                > dev says ?reset
                post #general "It is not recorded here when members were last active. A moderator can change that: `/presence settings track:True`."
                > dev presses reset
                refuse dev "It is not recorded here when members were last active. A moderator can change that: `/presence settings track:True`."
            "#]],
        );
    }

    #[test]
    fn where_we_may_not_write_it_is_done_all_the_same() {
        let mut stage = Stage::<Presence>::new();
        stage
            .play("told shared owner:owner\nguild available\nlisted alice\nalice: writes #general");
        let played = stage.play("#general refuses 403\ndev says ?delete member @alice");
        assert!(played.contains("is deleted"), "{played}");
        let rows = stage.play("rows");
        assert!(
            rows.contains("deeds: None") && !rows.contains("Some(Deeds"),
            "{rows}"
        );
    }
}
