//! `/presence admin delete`: all that is recorded about a member or a channel, and a fresh start for it.

use crate::{
    kernel::{
        call::Call,
        command::{Command, Place, Spec, Who, opt},
        ids::UserId,
        machine::{Cx, Needs, Reply, RowKey},
        owner::Whose,
    },
    presence::{Member, Presence, Refusal, Row, State, channel_key, channels, own, stages, texts},
};

pub(in crate::presence) const COMMAND: Command<Presence> = Command {
    spec: Spec {
        name: "presence admin delete",
        summary: "Delete all that is recorded about a member or a channel, and begin anew with it",
        who: Who::Owner,
        place: Place::Guild,
        options: &[
            opt::user("user", "The member"),
            opt::place("channel", "The channel"),
        ],
    },
    run: delete,
    complete: None,
};

fn targets(call: &Call) -> impl Iterator<Item = Whose> {
    let member = call.user("user").map(Whose::Member);
    let channel = call.channel("channel").map(Whose::Channel);
    member.into_iter().chain(channel)
}

pub(super) fn needs(call: &Call) -> Needs {
    Needs::Rows(targets(call).map(row_of).collect())
}

/// The row in which what is known about one of them stands.
pub(super) fn row_of(whose: Whose) -> RowKey {
    match whose {
        Whose::Member(user) => RowKey::user(user),
        Whose::Channel(channel) => channel_key(channel),
    }
}

fn delete(cx: &mut Cx<'_, Row>, state: &mut State, call: &Call) -> Result<Reply, Refusal> {
    let done: Vec<String> = targets(call)
        .map(|whose| begin_anew(cx, state, whose))
        .collect();
    if done.is_empty() {
        return Err(Refusal::NoTarget);
    }
    Ok(Reply::text(done.join("\n")))
}

/// Does it, and says what was done.
pub(super) fn begin_anew(cx: &mut Cx<'_, Row>, state: &mut State, whose: Whose) -> String {
    match whose {
        Whose::Member(user) => member(cx, state, user),
        Whose::Channel(channel) => {
            let known = cx.row(&channel_key(channel)).is_some();
            channels::deleted(cx, state, channel);
            texts::deleted_channel(channel, known)
        }
    }
}

fn member(cx: &mut Cx<'_, Row>, state: &mut State, user: UserId) -> String {
    let old = own::member(cx, user);
    // Who is here stays known to be here.
    if let Some(mut old) = old.clone() {
        if old.inactive().is_some() {
            stages::wake(cx, state, user, &mut old);
        }
        let fresh = Member {
            joined: old.joined,
            listed: old.listed,
            left: old.left,
            exempt: old.exempt,
            ..Member::default()
        };
        cx.put(RowKey::user(user), Row::Member(fresh));
        state.forget_seat(user);
    }
    texts::deleted_member(user, old.is_some())
}

#[cfg(test)]
mod tests {
    use crate::{kernel::check::check, presence::Presence};
    use expect_test::expect;

    #[test]
    fn a_target_begins_anew_and_only_the_owner_decides() {
        check::<Presence>(
            r#"
            given told shared owner:owner
            given guild available
            given alice: writes #general
            given bob: writes #mods
            mod /presence admin delete user:alice
            owner /presence admin delete
            owner /presence admin delete user:alice channel:#general
            owner /presence admin delete user:carol channel:#log
            rows
            given alice: writes #general
            bob /seen user:alice
            "#,
            expect![[r#"
                > mod /presence admin delete user:alice
                refuse mod "This is for the server's owner, because it concerns what is stored about everybody here."
                > owner /presence admin delete
                refuse owner "Say what: `user:` for a member, `channel:` for a channel, or both."
                > owner /presence admin delete user:alice channel:#general
                reply owner
                    | All that was recorded about <@alice> is deleted; their record begins anew.
                    | All that was recorded about <#general> is deleted; its record begins anew with what is done there next.
                > owner /presence admin delete user:carol channel:#log
                reply owner
                    | Nothing was recorded about <@carol>.
                    | Nothing was recorded about <#log>.
                > rows
                row alice Member(Member { joined: None, listed: 0, online: None, left: None, deeds: None, exempt: false, case: None })
                row bob Member(Member { joined: None, listed: 0, online: None, left: None, deeds: Some(Deeds { first: Timestamp(1767614400000), last: Some(Last { at: Timestamp(1767614400000), deed: Wrote, channel: Some(ChannelId(504)) }), counts: Counts([1, 0, 0, 0, 0, 0, 0, 0, 0, 0]), hours: {12: 1}, voice: Voice { total: Span(0), sessions: 0, cut_short: 0, open: None } }), exempt: false, case: None })
                row [255, 99, 0, 0, 0, 0, 0, 0, 1, 248] Channel(Channel { first: Timestamp(1767614400000), last: Timestamp(1767614400000), deed: Wrote, minutes: 1 })
                > bob /seen user:alice
                reply bob
                    | <@alice> wrote in <#general> <t:1767614400:R>.
                    | Idle for **0 seconds**.
                    | 1 message, 0 reactions, no time in voice.
                    | First seen <t:1767614400:D>.
            "#]],
        );
    }
}
