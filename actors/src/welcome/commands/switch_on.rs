//! What `/welcome join` and `/welcome leave` have in common.
//!
//! Without a text the one set before stays, else ours is used; so a new channel after the old one
//! was deleted is one short command.

use crate::{
    kernel::{
        address::{Address, Kind},
        call::{Call, Permissions},
        fact::Fact,
        machine::{Cx, Reply},
    },
    welcome::{
        Refusal, Row, Side, State,
        desk::{self, Desk, MEMBERS_INTENT},
        editing, placeholders, roll, texts,
    },
};

/// Without these nothing could be posted at all.
const NEEDED: Permissions = Permissions::VIEW_CHANNEL.and(Permissions::SEND_MESSAGES);

pub(super) fn switch_on(
    cx: &mut Cx<'_, Row>,
    state: &mut State,
    call: &Call,
    side: Side,
) -> Result<Reply, Refusal> {
    let Some(channel) = call.channel("channel") else {
        return Ok(Reply::Nothing);
    };
    let granted = call
        .channels
        .get(&channel)
        .and_then(|resolved| resolved.app_permissions);
    let missing = granted.map_or_else(Vec::new, |granted| granted.missing(NEEDED));
    if !missing.is_empty() {
        return Err(Refusal::ChannelClosed(channel, missing));
    }
    let text = call.text("message");
    if let Some(text) = text {
        placeholders::parse(side, text)?;
    }
    let before = state.desk_mut(side).take();
    let missed = before
        .as_ref()
        .and_then(|desk| desk.broken.as_ref())
        .map_or(0, |broken| broken.missed);
    let text = text
        .map(str::to_owned)
        .or(before.and_then(|desk| desk.text));
    *state.desk_mut(side) = Some(Desk::new(channel, text));
    if state.shared.is_none() {
        cx.tell(
            Address::guild(Kind::Settings, cx.guild()),
            Fact::SharedWanted,
        );
    }
    roll::switched_on(cx, state);
    desk::tell_standing(cx, state);
    let blind = call
        .origin
        .process
        .missing_intents
        .iter()
        .any(|name| name == MEMBERS_INTENT);
    let text = texts::switched_on(side, channel, missed, blind);
    Ok(editing::reply(
        state,
        side,
        0,
        &call.origin.caller,
        cx.now,
        text,
    ))
}
