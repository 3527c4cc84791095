//! `/presence settings`: whether members are tracked.

use crate::{
    kernel::{
        call::Call,
        command::{Command, Place, Spec, Who, opt},
        machine::{Cx, Reply},
    },
    presence::{Presence, Refusal, Row, State, sweep, texts},
};

pub(in crate::presence) const COMMAND: Command<Presence> = Command {
    spec: Spec {
        name: "presence settings",
        summary: "Show or set whether it is recorded when members were last active",
        who: Who::Moderators,
        place: Place::Guild,
        options: &[opt::flag(
            "track",
            "False forgets everything recorded so far",
        )],
    },
    run: settings,
    complete: None,
};

fn settings(cx: &mut Cx<'_, Row>, state: &mut State, call: &Call) -> Result<Reply, Refusal> {
    if let Some(on) = call.yes_or_no("track").filter(|on| *on != state.tracks()) {
        sweep::switch(cx, state, on);
    }
    Ok(Reply::text(texts::settings(state.tracks())))
}

#[cfg(test)]
mod tests {
    use crate::{kernel::check::check, presence::Presence};
    use expect_test::expect;

    #[test]
    fn switching_off_forgets_and_switching_on_begins_anew() {
        check::<Presence>(
            r#"
            given told shared log:#log
            given guild available
            given alice: writes #general
            mod /presence settings
            mod /presence settings track:false
            rows
            given alice: writes #general
            rows
            mod /presence settings track:true
            given alice: writes #general
            rows
            alice /presence settings track:false
            "#,
            expect![[r#"
                > mod /presence settings
                reply mod "I record when members were last active and how often: `/seen` shows it. `track:False` ends that and forgets everything."
                > mod /presence settings track:false
                tell settings off: records nothing; next `/presence settings track:True`
                reply mod "I do not record when members were last active. What I had recorded is being deleted. `track:True` begins anew."
                > rows
                no rows
                > rows
                no rows
                > mod /presence settings track:true
                [2] request members as presence-2
                tell settings on: records when members were last active; next nothing
                reply mod "I record when members were last active and how often: `/seen` shows it. `track:False` ends that and forgets everything."
                > rows
                row alice Member(Member { joined: None, listed: 0, online: None, left: None, deeds: Some(Deeds { first: Timestamp(1767614400000), last: Some(Last { at: Timestamp(1767614400000), deed: Wrote, channel: Some(ChannelId(502)) }), counts: Counts([1, 0, 0, 0, 0, 0]), hours: {12: 1}, voice: Voice { total: Span(0), sessions: 0, cut_short: 0, open: None } }) })
                row [255, 99, 0, 0, 0, 0, 0, 0, 1, 246] Channel(Channel { first: Timestamp(1767614400000), last: Timestamp(1767614400000), deed: Wrote, minutes: 1 })
                > alice /presence settings track:false
                refuse alice "This is for moderators: you need the permission *Manage Server*, or a role that a moderator has set with `/setup moderators`."
            "#]],
        );
    }
}
