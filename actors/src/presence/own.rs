//! What the tracker knows about a member, and how it forgets them: the row goes, and signs of life of
//! whoever asked for that are dropped before anything is written ([`is_forgotten`]).

use super::{Member, Row, State, catalogue, reset, stages, texts};
use crate::kernel::{
    address::Address,
    ids::UserId,
    machine::{Cx, RowKey},
    own::{self, Known},
};

/// Whether somebody asked not to be recorded here.
pub(super) fn is_forgotten(me: Address, state: &State, user: UserId) -> bool {
    state.forgotten.has(me, user)
}

/// What is recorded about somebody.
pub(super) fn member(cx: &Cx<'_, Row>, user: UserId) -> Option<Member> {
    own::own_row(cx, user).and_then(Row::member).cloned()
}

pub(super) fn about(cx: &Cx<'_, Row>, state: &State, user: UserId) -> Vec<Known> {
    let member = own::own_row(cx, user).and_then(Row::member);
    let known = member.map(|member| {
        let text = texts::all(state, user, member, cx.now);
        Known::new("Signs of life", &text, member)
    });
    let kept = cx.row(&reset::aside(user)).and_then(Row::member);
    let kept = kept.map(|member| {
        let text = "As it was before a reset, which can be undone for a day.";
        Known::new("Signs of life before", text, member)
    });
    let exempt = state.rules.exempt_users.contains(&user).then(|| {
        let text = "A moderator has said that you are never taken for inactive here.";
        Known::new("Exemption", text, &user)
    });
    known.into_iter().chain(kept).chain(exempt).collect()
}

pub(super) fn forget(cx: &mut Cx<'_, Row>, state: &mut State, user: UserId) {
    let key = RowKey::user(user);
    if let Some(mut member) = cx.row(&key).and_then(Row::member).cloned() {
        stages::wake(cx, state, user, &mut member);
    }
    state.watch.acts.retain(|_, act| act.user != user);
    state.rules.exempt_users.remove(&user);
    own::remove_own_row(cx, user);
    if cx.row(&reset::aside(user)).is_some() {
        cx.remove(reset::aside(user));
    }
    if let Some(mending) = &mut state.mending {
        mending.voice.remove(&user);
    }
    state.forgotten.add(cx.me, user);
}

/// They are recorded again. Nobody without a row is taken for a member where all are known, so the list
/// has to name them.
pub(super) fn record_again(cx: &mut Cx<'_, Row>, state: &mut State, user: UserId) {
    let were = state.forgotten.remove(cx.me, user);
    if were && state.records() {
        catalogue::begin(cx, state, None);
    }
}

/// What is said of somebody without a row.
pub(super) fn nobody(me: Address, state: &State, user: UserId) -> String {
    if is_forgotten(me, state, user) {
        texts::not_recorded(user)
    } else {
        texts::nobody(user, state.catalogue.known)
    }
}

#[cfg(test)]
mod tests {
    use crate::{kernel::check::check, presence::Presence};
    use expect_test::expect;

    #[test]
    fn a_member_sees_what_is_stored_and_who_asks_to_be_forgotten_is_not_recorded_again() {
        check::<Presence>(
            r#"
            given guild available
            given alice: writes #general
            given bob: writes #general
            told wanted alice
            told wanted carol
            told forget alice
            rows
            given alice: writes #general
            given bob: writes #general
            given alice: speaks #general
            rows
            bob /seen user:alice
            given told record alice
            given alice: writes #general
            bob /seen user:alice
            "#,
            expect![[r#"
                > told wanted alice
                tell privacy 1 known
                    # Signs of life
                    | <@alice> wrote in <#general> <t:1767614400:R>.
                    | Idle for **0 seconds**.
                    | 1 message, 0 reactions, no time in voice.
                    | First seen <t:1767614400:D>.
                    | Also counted: 0 edits, typed 0 times, 0 changes in voice, 0 changes of microphone, camera or stream, 0 commands and buttons of mine, 0 threads, 0 answers to events, 0 changes of status.
                    | Hours of the day, from 0 to 23 UTC: `············█···········`
                    {"joined":null,"listed":0,"online":null,"left":null,"deeds":{"first":1767614400000,"last":{"at":1767614400000,"deed":"Wrote","channel":502},"counts":[1,0,0,0,0,0,0,0,0,0],"hours":[0,0,0,0,0,0,0,0,0,0,0,0,1,0,0,0,0,0,0,0,0,0,0,0],"voice":{"total":0,"sessions":0,"cut_short":0,"open":null}},"exempt":false,"case":null}
                > told wanted carol
                tell privacy 0 known
                > told forget alice
                tell privacy 0 known
                > rows
                row bob Member(Member { joined: None, listed: 0, online: None, left: None, deeds: Some(Deeds { first: Timestamp(1767614400000), last: Some(Last { at: Timestamp(1767614400000), deed: Wrote, channel: Some(ChannelId(502)) }), counts: Counts([1, 0, 0, 0, 0, 0, 0, 0, 0, 0]), hours: {12: 1}, voice: Voice { total: Span(0), sessions: 0, cut_short: 0, open: None } }), exempt: false, case: None })
                row [255, 99, 0, 0, 0, 0, 0, 0, 1, 246] Channel(Channel { first: Timestamp(1767614400000), last: Timestamp(1767614400000), deed: Wrote, minutes: 1 })
                > rows
                row bob Member(Member { joined: None, listed: 0, online: None, left: None, deeds: Some(Deeds { first: Timestamp(1767614400000), last: Some(Last { at: Timestamp(1767614400000), deed: Wrote, channel: Some(ChannelId(502)) }), counts: Counts([2, 0, 0, 0, 0, 0, 0, 0, 0, 0]), hours: {12: 2}, voice: Voice { total: Span(0), sessions: 0, cut_short: 0, open: None } }), exempt: false, case: None })
                row [255, 99, 0, 0, 0, 0, 0, 0, 1, 246] Channel(Channel { first: Timestamp(1767614400000), last: Timestamp(1767614400000), deed: Wrote, minutes: 1 })
                > bob /seen user:alice
                reply bob "<@alice> asked not to be recorded here."
                > bob /seen user:alice
                reply bob
                    | <@alice> wrote in <#general> <t:1767614400:R>.
                    | Idle for **0 seconds**.
                    | 1 message, 0 reactions, no time in voice.
                    | First seen <t:1767614400:D>.
            "#]],
        );
    }

    #[test]
    fn a_gap_does_not_bring_somebody_back_who_is_in_voice() {
        check::<Presence>(
            r#"
            given guild available
            given alice: writes #general
            given told forget alice
            given guild available gap 10m voice alice #general bob #general
            given outcome of 1: done
            given listed alice, bob
            rows
            "#,
            expect![[r#"
                > rows
                row bob Member(Member { joined: Some(Timestamp(1766750400000)), listed: 2, online: None, left: None, deeds: Some(Deeds { first: Timestamp(1767614400000), last: None, counts: Counts([0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), hours: {}, voice: Voice { total: Span(0), sessions: 0, cut_short: 0, open: Some(Session { channel: ChannelId(502), since: Timestamp(1767614400000) }) } }), exempt: false, case: None })
                row [255, 99, 0, 0, 0, 0, 0, 0, 1, 246] Channel(Channel { first: Timestamp(1767614400000), last: Timestamp(1767614400000), deed: Wrote, minutes: 1 })
            "#]],
        );
    }

    #[test]
    fn the_comparison_under_way_forgets_them_too() {
        let mut stage = crate::kernel::check::Stage::<Presence>::new();
        stage.play("guild available");
        stage.hold_facts(0);
        stage.play("guild available gap 10m voice alice #general\ntold forget alice");
        stage.play("bob: writes #general\nrows");
        assert!(stage.state().mending.is_some(), "the list is on its way");
        assert_eq!(stage.traces_of(stage.names.user("alice")), [""; 0]);
    }
}
