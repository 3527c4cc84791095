//! What the tracker knows about a member, and how it forgets them: the row goes, and signs of life of
//! whoever asked for that are dropped before anything is written ([`is_forgotten`]).

use super::{Row, State, texts};
use crate::kernel::{
    address::Address,
    ids::UserId,
    machine::Cx,
    own::{self, Known},
};

/// Whether somebody asked not to be recorded here.
pub(super) fn is_forgotten(me: Address, state: &State, user: UserId) -> bool {
    state.forgotten.has(me, user)
}

pub(super) fn about(cx: &Cx<'_, Row>, user: UserId) -> Vec<Known> {
    let row = own::own_row(cx, user);
    let known = row.map(|row| Known::new("Signs of life", &texts::seen(user, row, cx.now), row));
    known.into_iter().collect()
}

pub(super) fn forget(cx: &mut Cx<'_, Row>, state: &mut State, user: UserId) {
    own::remove_own_row(cx, user);
    if let Some(mending) = &mut state.mending {
        mending.voice.remove(&user);
    }
    state.forgotten.add(cx.me, user);
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
                    | 1 message, 0 reactions, no time in voice.
                    | Recorded since <t:1767614400:D>.
                    {"first":1767614400000,"last":{"at":1767614400000,"deed":"Wrote","channel":502},"online":null,"counts":[1,0,0,0,0,0],"voice":0,"session":null,"left":null}
                > told wanted carol
                tell privacy 0 known
                > told forget alice
                tell privacy 0 known
                > rows
                row bob Row { first: Timestamp(1767614400000), last: Some(Last { at: Timestamp(1767614400000), deed: Wrote, channel: Some(ChannelId(502)) }), online: None, counts: Counts([1, 0, 0, 0, 0, 0]), voice: Span(0), session: None, left: None }
                > rows
                row bob Row { first: Timestamp(1767614400000), last: Some(Last { at: Timestamp(1767614400000), deed: Wrote, channel: Some(ChannelId(502)) }), online: None, counts: Counts([2, 0, 0, 0, 0, 0]), voice: Span(0), session: None, left: None }
                > bob /seen user:alice
                reply bob "<@alice> asked not to be recorded here."
                > bob /seen user:alice
                reply bob
                    | <@alice> wrote in <#general> <t:1767614400:R>.
                    | 1 message, 0 reactions, no time in voice.
                    | Recorded since <t:1767614400:D>.
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
            rows
            "#,
            expect![[r#"
                > rows
                row bob Row { first: Timestamp(1767614400000), last: None, online: None, counts: Counts([0, 0, 0, 0, 0, 0]), voice: Span(0), session: Some(Session { channel: ChannelId(502), since: Timestamp(1767614400000) }), left: None }
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
        assert!(stage.state().mending.is_none(), "{:?}", stage.state());
        assert_eq!(stage.traces_of(stage.names.user("alice")), [""; 0]);
    }
}
