//! The guild itself: met, renamed, left; channels and roles that go.

use super::{State, tell_everyone, tell_strangers, texts};
use crate::kernel::{
    address::{Address, Kind},
    effect::{Effect, Target},
    fact::Fact,
    ids::{ChannelId, RoleId, UserId},
    inbound::GuildView,
    machine::{Cx, NoRow},
    time::{Span, Timestamp},
};

/// A bot that joined longer ago than this is no news to the guild.
const NEW_FOR: Span = Span::hours(1);

pub(super) fn available(cx: &mut Cx<'_, NoRow>, state: &mut State, view: &GuildView) {
    state.left_at = None;
    renamed(cx, state, &view.name, view.owner);
    // An empty list means that Discord did not say, not that there are none.
    let gone = state
        .shared
        .log_channel
        .filter(|channel| !view.channels.contains(channel));
    if let Some(channel) = gone.filter(|_| !view.channels.is_empty()) {
        channel_gone(cx, state, channel);
    }
    if !view.roles.is_empty() {
        let exists = |role: &RoleId| view.roles.iter().any(|(known, _)| known == role);
        let moderators = &state.shared.moderators;
        let gone: Vec<_> = moderators
            .iter()
            .filter(|role| !exists(role))
            .copied()
            .collect();
        gone.into_iter().for_each(|role| role_gone(cx, state, role));
    }
    tell_strangers(cx, state);
    if !state.met {
        state.met = true;
        let new = view
            .joined_at
            .is_some_and(|joined| cx.now.since(joined) <= NEW_FOR);
        if new {
            greet(cx, state, view.system_channel);
        }
    }
}

/// The bot was removed at `left_at`, and the time to invite it again is over: nothing stays but that.
pub(super) fn grace_over(cx: &mut Cx<'_, NoRow>, state: &mut State, left_at: Timestamp) {
    if state.left_at != Some(left_at) {
        return;
    }
    for kind in Kind::ALL {
        if kind != Kind::Settings {
            cx.tell(Address::guild(kind, cx.guild()), Fact::GuildForgotten);
        }
    }
    *state = State {
        left_at: Some(left_at),
        ..State::default()
    };
}

pub(super) fn renamed(
    cx: &mut Cx<'_, NoRow>,
    state: &mut State,
    name: &str,
    owner: Option<UserId>,
) {
    let owner = owner.or(state.shared.owner);
    if state.shared.guild_name == name && state.shared.owner == owner {
        return;
    }
    name.clone_into(&mut state.shared.guild_name);
    state.shared.owner = owner;
    tell_everyone(cx, state);
}

/// The log channel's end is told once, where alerts now go: to the owner.
pub(super) fn channel_gone(cx: &mut Cx<'_, NoRow>, state: &mut State, channel: ChannelId) {
    if state.shared.log_channel != Some(channel) {
        return;
    }
    state.shared.log_channel = None;
    let shared = state.shared.clone();
    cx.alert(&shared, texts::log_channel_gone(&shared.guild_name));
    tell_everyone(cx, state);
}

pub(super) fn role_gone(cx: &mut Cx<'_, NoRow>, state: &mut State, role: RoleId) {
    if state.shared.moderators.remove(&role) {
        tell_everyone(cx, state);
    }
}

fn greet(cx: &mut Cx<'_, NoRow>, state: &State, system_channel: Option<ChannelId>) {
    let channel = system_channel.map(Target::Channel);
    let owner = state.shared.owner.map(Target::User);
    let to: Vec<Target> = channel.into_iter().chain(owner).collect();
    if !to.is_empty() {
        let message = texts::hello(&state.shared.guild_name);
        cx.effect(Effect::Say { to, message });
    }
}

#[cfg(test)]
mod tests {
    use crate::{kernel::check::check, settings::Settings};
    use expect_test::expect;

    #[test]
    fn a_new_guild_is_greeted_exactly_once() {
        check::<Settings>(
            r#"
            guild available new
            guild available new
            guild left
            guild available new
            "#,
            expect![[r#"
                > guild available new
                tell info shared
                tell welcome shared
                tell presence shared
                tell messages shared
                post #system "Hello, The Hall! I am Guildhall. I write nothing here until you say so: a moderator runs `/setup show` to see what I do here, what I could do, and what I need for it. `/help` lists my commands."
                > guild available new
                > guild left
                > guild available new
            "#]],
        );
    }

    #[test]
    fn when_the_time_to_come_back_is_over_everything_is_forgotten() {
        check::<Settings>(
            r#"
            given guild available new
            given guild left
            given 1m passes
            given guild available
            told grace 1
            given guild left
            given 2m pass
            told grace 3
            told grace 2
            guild available new
            "#,
            expect![[r#"
                > told grace 1
                > told grace 3
                > told grace 2
                tell info to forget the server
                tell welcome to forget the server
                tell presence to forget the server
                tell privacy to forget the server
                tell messages to forget the server
                > guild available new
                tell info shared
                tell welcome shared
                tell presence shared
                tell messages shared
                post #system "Hello, The Hall! I am Guildhall. I write nothing here until you say so: a moderator runs `/setup show` to see what I do here, what I could do, and what I need for it. `/help` lists my commands."
            "#]],
        );
    }

    #[test]
    fn without_a_place_for_notices_the_owner_is_greeted() {
        check::<Settings>(
            "guild available new bare",
            expect![[r#"
                > guild available new bare
                tell info shared
                tell welcome shared
                tell presence shared
                tell messages shared
                dm owner "Hello, The Hall! I am Guildhall. I write nothing here until you say so: a moderator runs `/setup show` to see what I do here, what I could do, and what I need for it. `/help` lists my commands."
            "#]],
        );
    }

    #[test]
    fn a_closed_place_for_notices_leaves_the_owner() {
        check::<Settings>(
            r#"
            given #system refuses 403
            guild available new named "**Bold** @everyone"
            "#,
            expect![[r#"
                > guild available new named "**Bold** @everyone"
                tell info shared
                tell welcome shared
                tell presence shared
                tell messages shared
                dm owner "Hello, \*\*Bold\*\* @¦everyone! I am Guildhall. I write nothing here until you say so: a moderator runs `/setup show` to see what I do here, what I could do, and what I need for it. `/help` lists my commands."
            "#]],
        );
    }

    #[test]
    fn a_guild_the_bot_has_long_been_in_is_adopted_silently() {
        check::<Settings>(
            "guild available",
            expect![[r#"
                > guild available
                tell info shared
                tell welcome shared
                tell presence shared
                tell messages shared
            "#]],
        );
    }

    #[test]
    fn a_new_name_reaches_every_feature_and_the_same_name_none() {
        check::<Settings>(
            r#"
            given guild available
            guild renamed "The Den"
            guild renamed "The Den"
            guild available named "The Den"
            "#,
            expect![[r#"
                > guild renamed "The Den"
                tell info shared
                tell welcome shared
                tell presence shared
                tell messages shared
                > guild renamed "The Den"
                > guild available named "The Den"
            "#]],
        );
    }

    #[test]
    fn a_feature_that_asks_is_told() {
        check::<Settings>(
            "told wanted",
            expect![[r#"
            > told wanted
            tell welcome shared
        "#]],
        );
    }
}
