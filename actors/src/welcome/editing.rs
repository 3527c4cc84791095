//! Preview, its buttons, and the form for a text.
//!
//! A text rejected in the form is kept for a quarter of an hour, so that the button beside the
//! explanation opens the form with it again. That is why a rejected form is no refusal: it changes
//! the state, if only the drafts.

use super::{
    Draft, Refusal, Row, Side, State,
    audit::Cause,
    desk,
    placeholders::{self, Person},
    state::{DRAFT_FOR, MAX_DRAFTS},
    texts,
};
use crate::kernel::{
    address::Kind,
    call::{Caller, Press, Submit},
    custom_id::CustomId,
    ids::UserId,
    machine::{Cx, Reply},
    text::{
        Button, ButtonStyle, Embed, Message, Modal, ModalField, Row as Line, Template, TextStyle,
        width,
    },
    time::{Span, Timestamp},
    turn::is_moderator,
};

const FIELD: &str = "text";

/// The text of a side with `caller` as example, and buttons to change it.
pub(super) fn preview(
    state: &State,
    side: Side,
    index: usize,
    caller: &Caller,
    now: Timestamp,
) -> (Embed, Vec<Button>) {
    let Some(variants) = placeholders::current(state, side) else {
        return (Embed::default(), Vec::new());
    };
    let index = index % variants.len();
    let text = placeholders::render_variant(state, &variants, index, &example(side, caller, now));
    let mut embed = Embed::new(texts::preview_title(side)).description(text);
    let mut buttons = vec![button("edit", &[side.name()], texts::edit_label(side))];
    if variants.len() > 1 {
        embed = embed.footer(texts::variant(index, variants.len()));
        let next = ((index + 1) % variants.len()).to_string();
        buttons.push(button("another", &[side.name(), &next], texts::ANOTHER));
    }
    (embed, buttons)
}

/// A reply of `text` with the preview of one side below.
pub(super) fn reply(
    state: &State,
    side: Side,
    index: usize,
    caller: &Caller,
    now: Timestamp,
    text: String,
) -> Reply {
    let (embed, buttons) = preview(state, side, index, caller, now);
    Reply::Say(Message::text(text).embed(embed).row(Line::Buttons(buttons)))
}

fn button(action: &str, args: &[&str], label: &str) -> Button {
    let id = CustomId::new(Kind::Welcome, action, args).to_string();
    Button::press(id, label, ButtonStyle::Secondary)
}

/// The caller as if they had just come, or just left after a while.
fn example(side: Side, caller: &Caller, now: Timestamp) -> Person {
    let (joined_at, left) = match side {
        Side::Join => (now, None),
        Side::Leave => (now - Span::hours(75), Some((now, Cause::Left))),
    };
    Person {
        user: caller.user,
        name: caller.name.clone(),
        joined_at: Some(joined_at),
        roles: Some(
            caller
                .roles
                .iter()
                .copied()
                .take(super::departures::MAX_ROLES)
                .collect(),
        ),
        more_roles: 0,
        left,
    }
}

pub(super) fn pressed(
    cx: &mut Cx<'_, Row>,
    state: &mut State,
    press: &Press,
) -> Result<Reply, Refusal> {
    let caller = &press.origin.caller;
    let side = allowed(state, caller, &press.id)?;
    match press.id.action.as_str() {
        "edit" => {
            let text = state.desk(side).and_then(|desk| desk.text.as_deref());
            Ok(form(side, text.unwrap_or(texts::default_text(side))))
        }
        "redo" => {
            let own = |draft: &&Draft| draft.by == caller.user && draft.side == side;
            let draft = state
                .drafts
                .iter()
                .find(own)
                .map(|draft| draft.text.as_str());
            let text = state.desk(side).and_then(|desk| desk.text.as_deref());
            Ok(form(
                side,
                draft.or(text).unwrap_or(texts::default_text(side)),
            ))
        }
        "another" => {
            let index = press
                .id
                .arg(1)
                .and_then(|index| index.parse().ok())
                .unwrap_or(0);
            Ok(reply(state, side, index, caller, cx.now, String::new()))
        }
        _ => Err(Refusal::OldButton),
    }
}

pub(super) fn submitted(
    cx: &mut Cx<'_, Row>,
    state: &mut State,
    submit: &Submit,
) -> Result<Reply, Refusal> {
    let caller = &submit.origin.caller;
    let side = allowed(state, caller, &submit.id)?;
    let text = submit
        .fields
        .get(FIELD)
        .filter(|_| submit.id.action == "edit");
    let text = text.ok_or(Refusal::OldButton)?;
    if let Err(mistake) = placeholders::parse(side, text) {
        keep_draft(state, caller.user, side, text, cx.now);
        let again = button("redo", &[side.name()], texts::EDIT_AGAIN);
        let message = Message::text(Refusal::Text(mistake).to_string());
        return Ok(Reply::Say(message.row(Line::Buttons(vec![again]))));
    }
    state
        .drafts
        .retain(|draft| (draft.by, draft.side) != (caller.user, side));
    if let Some(desk) = state.desk_mut(side) {
        desk.text = Some(text.clone());
    }
    desk::tell_standing(cx, state);
    Ok(reply(
        state,
        side,
        0,
        caller,
        cx.now,
        texts::SAVED.to_owned(),
    ))
}

/// The side a button or form is about, if its user may change it.
fn allowed(state: &State, caller: &Caller, id: &CustomId) -> Result<Side, Refusal> {
    let side = id
        .arg(0)
        .and_then(Side::from_name)
        .ok_or(Refusal::OldButton)?;
    if !is_moderator(state.shared.as_ref(), caller) {
        return Err(Refusal::NotModerator);
    }
    state.desk(side).map(|_| side).ok_or(Refusal::SideOff(side))
}

fn form(side: Side, text: &str) -> Reply {
    let id = CustomId::new(Kind::Welcome, "edit", &[side.name()]).to_string();
    let max = u16::try_from(Template::MAX).unwrap_or(u16::MAX);
    let field = ModalField::new(FIELD, texts::FORM_LABEL, TextStyle::Paragraph)
        .between(1, max)
        .placeholder(texts::form_hint(placeholders::allowed(side)))
        .value(text);
    Reply::Modal(Modal::new(id, texts::form_title(side)).field(field))
}

fn keep_draft(state: &mut State, by: UserId, side: Side, text: &str, now: Timestamp) {
    // Discord holds the form to this size; whoever gets around it gets no draft.
    if width(text) > 4 * Template::MAX {
        return;
    }
    let drafts = &mut state.drafts;
    drafts.retain(|draft| (draft.by, draft.side) != (by, side) && now.since(draft.at) < DRAFT_FOR);
    if drafts.len() >= MAX_DRAFTS {
        drafts.remove(0);
    }
    drafts.push(Draft {
        by,
        side,
        text: text.to_owned(),
        at: now,
    });
}
