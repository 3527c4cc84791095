//! One side's channel: posting there, noticing that it is gone or closed, and mending.
//!
//! To hear of a closed channel it is enough to ask about one message at a time: the *probe*. So the
//! state stays small however many messages are on their way.

use super::{Row, Side, State, texts};
use crate::kernel::{
    address::{Address, Kind},
    call::Permissions,
    effect::Outcome,
    fact::{Fact, Standing},
    ids::ChannelId,
    inbound::EffectId,
    machine::Cx,
    text::Message,
    time::{Span, Timestamp},
};
use serde::{Deserialize, Serialize};

/// A closed channel is tried again after this long, in case somebody has opened it.
pub(super) const RETRY_AFTER: Span = Span::hours(1);
/// What posting needs. A message of unknown fate is looked up in the channel before it is sent
/// again, hence the history.
pub(super) const NEEDED: Permissions = Permissions::VIEW_CHANNEL
    .and(Permissions::SEND_MESSAGES)
    .and(Permissions::READ_MESSAGE_HISTORY);
/// The intent without which there are no joins and leaves, as Discord's developer portal calls it.
pub(super) const MEMBERS_INTENT: &str = "Server Members";

/// Where one side posts, and what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desk {
    /// The channel.
    pub channel: ChannelId,
    /// The moderators' text; `None` stands for ours.
    pub text: Option<String>,
    /// Why nothing is posted, if nothing can be.
    pub broken: Option<Broken>,
    /// The message whose outcome is awaited.
    pub probe: Option<EffectId>,
}

/// A channel that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Broken {
    /// What is wrong.
    pub why: Why,
    /// Since when.
    pub since: Timestamp,
    /// When it was tried last.
    pub tried_at: Timestamp,
    /// How many arrivals or departures went unsaid.
    pub missed: u32,
    /// Moderators know.
    pub told: bool,
}

/// What is wrong with a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Why {
    /// It does not exist any more.
    Gone,
    /// We may not write there.
    Forbidden,
}

impl Desk {
    /// A desk that works.
    #[must_use]
    pub const fn new(channel: ChannelId, text: Option<String>) -> Self {
        Self {
            channel,
            text,
            broken: None,
            probe: None,
        }
    }

    fn closed(&self, now: Timestamp) -> bool {
        self.broken.as_ref().is_some_and(|broken| {
            broken.why == Why::Gone || now.since(broken.tried_at) < RETRY_AFTER
        })
    }
}

/// Whether `side` can post for `count` members now; if not, they are counted as missed.
pub(super) fn open(cx: &Cx<'_, Row>, state: &mut State, side: Side, count: usize) -> bool {
    let Some(desk) = state.desk_mut(side) else {
        return false;
    };
    let closed = desk.closed(cx.now);
    if let Some(broken) = desk.broken.as_mut().filter(|_| closed) {
        broken.missed = broken
            .missed
            .saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
    }
    !closed
}

/// Posts for a side that is [`open`].
pub(super) fn post(cx: &mut Cx<'_, Row>, state: &mut State, side: Side, message: Message) {
    let Some(desk) = state.desk_mut(side) else {
        return;
    };
    if let Some(broken) = &mut desk.broken {
        broken.tried_at = cx.now;
    }
    if desk.probe.is_some() {
        cx.say(desk.channel, message);
    } else {
        desk.probe = Some(cx.say_and_hear(desk.channel, message));
    }
}

/// The outcome of a probe.
pub(super) fn heard(cx: &mut Cx<'_, Row>, state: &mut State, effect: EffectId, outcome: &Outcome) {
    let probing = |side: &Side| {
        state
            .desk(*side)
            .is_some_and(|desk| desk.probe == Some(effect))
    };
    let Some(side) = Side::ALL.into_iter().find(probing) else {
        return;
    };
    let Some(desk) = state.desk_mut(side) else {
        return;
    };
    desk.probe = None;
    match outcome {
        Outcome::Sent { .. } if desk.broken.take().is_some() => {
            let message = texts::works_again(side, desk.channel);
            alert(cx, state, message);
            tell_standing(cx, state);
        }
        Outcome::Failed(failure) if failure.is_gone() => closed(cx, state, side, Why::Gone),
        Outcome::Failed(failure) if failure.status == 403 => {
            closed(cx, state, side, Why::Forbidden);
        }
        _ => {}
    }
}

/// A channel of the guild was deleted.
pub(super) fn channel_gone(cx: &mut Cx<'_, Row>, state: &mut State, channel: ChannelId) {
    for side in Side::ALL {
        if let Some(desk) = state
            .desk_mut(side)
            .as_mut()
            .filter(|desk| desk.channel == channel)
        {
            // What was on its way there may still be reported as sent; it does not mend anything.
            desk.probe = None;
            closed(cx, state, side, Why::Gone);
        }
    }
}

fn closed(cx: &mut Cx<'_, Row>, state: &mut State, side: Side, why: Why) {
    let waiting = match side {
        Side::Join => std::mem::take(&mut state.arrivals.gathered).len(),
        Side::Leave => 0,
    };
    let Some(desk) = state.desk_mut(side) else {
        return;
    };
    let first = desk.broken.is_none();
    let now = cx.now;
    let fresh = Broken {
        why,
        since: now,
        tried_at: now,
        missed: 0,
        told: false,
    };
    let broken = desk.broken.get_or_insert(fresh);
    broken.why = why;
    broken.missed = broken
        .missed
        .saturating_add(u32::try_from(waiting).unwrap_or(u32::MAX));
    if first {
        alert_what_is_owed(cx, state);
        tell_standing(cx, state);
    }
}

/// Tells moderators of what broke, once it is known how to reach them.
pub(super) fn alert_what_is_owed(cx: &mut Cx<'_, Row>, state: &mut State) {
    if state.shared.is_none() {
        let settings = Address::guild(Kind::Settings, cx.guild());
        cx.tell(settings, Fact::SharedWanted);
        return;
    }
    for side in Side::ALL {
        let Some(desk) = state.desk_mut(side) else {
            continue;
        };
        let channel = desk.channel;
        let Some(broken) = desk.broken.as_mut().filter(|broken| !broken.told) else {
            continue;
        };
        broken.told = true;
        let message = texts::broken(side, channel, broken.why);
        alert(cx, state, message);
    }
}

/// Tells moderators, where they can be reached.
pub(super) fn alert(cx: &mut Cx<'_, Row>, state: &State, message: Message) {
    if let Some(shared) = &state.shared {
        cx.alert(shared, message);
    }
}

/// Tells the settings how the welcome desk stands.
pub(super) fn tell_standing(cx: &mut Cx<'_, Row>, state: &State) {
    let sides = || {
        Side::ALL
            .into_iter()
            .filter_map(|side| Some((side, state.desk(side)?)))
    };
    let mut needs: Vec<_> = sides()
        .map(|(_, desk)| (Some(desk.channel), NEEDED))
        .collect();
    if state.leave.is_some() {
        needs.push((None, Permissions::VIEW_AUDIT_LOG));
    }
    let intent = || (MEMBERS_INTENT.to_owned(), texts::INTENT_LOSS.to_owned());
    let standing = Standing {
        kind: Kind::Welcome,
        on: state.on(),
        summary: texts::summary(sides()),
        next_step: texts::next_step(state),
        needs,
        intents: state.on().then(intent).into_iter().collect(),
    };
    let settings = Address::guild(Kind::Settings, cx.guild());
    cx.tell(settings, Fact::Standing(standing));
}
