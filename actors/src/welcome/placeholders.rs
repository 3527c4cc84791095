//! The placeholders of both texts, and what they become. Everything a member or moderator wrote is
//! escaped here.

use super::{Row, Side, State, audit::Cause, departures::Leaver, texts};
use crate::kernel::{
    ids::{RoleId, UserId},
    inbound::Member,
    machine::Cx,
    text::{
        Placeholder, TemplateError, TimeStyle, Variants, cut, discord_time, escape_line,
        mention_user,
    },
    time::Timestamp,
};

const fn placeholder(name: &'static str, meaning: &'static str) -> Placeholder {
    Placeholder { name, meaning }
}

const JOIN: &[Placeholder] = &[
    placeholder("user", "mentions and pings the new member"),
    placeholder("name", "their name, without a ping"),
    placeholder("server", "the server's name"),
    placeholder("count", "how many members there are"),
    placeholder("joined", "when they joined"),
    placeholder("created", "how old their account is"),
];

const LEAVE: &[Placeholder] = &[
    placeholder("name", "the name of who left"),
    placeholder(
        "what",
        "what happened: left, was kicked by …, was banned by …",
    ),
    placeholder("stayed", "how long they were a member"),
    placeholder("joined", "when they had joined"),
    placeholder("roles", "the roles they had"),
    placeholder("reason", "the reason a moderator gave"),
    placeholder("by", "the moderator who removed them"),
    placeholder("user", "mentions them, without a ping"),
    placeholder("id", "their id"),
    placeholder("server", "the server's name"),
    placeholder("count", "how many members are left"),
];

/// What can be written in the text of a side, for help and documentation.
#[must_use]
pub const fn allowed(side: Side) -> &'static [Placeholder] {
    match side {
        Side::Join => JOIN,
        Side::Leave => LEAVE,
    }
}

/// Reads a moderator's text.
pub(super) fn parse(side: Side, text: &str) -> Result<Variants, TemplateError> {
    Variants::parse(text, allowed(side))
}

/// The text of a side, ready to be filled in.
pub(super) fn current(state: &State, side: Side) -> Option<Variants> {
    let own = state.desk(side).and_then(|desk| desk.text.as_deref());
    // A text of an older version may hold a placeholder that is gone: ours is better than none.
    own.and_then(|text| parse(side, text).ok())
        .or_else(|| parse(side, texts::default_text(side)).ok())
}

/// Whom a text is about.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) user: UserId,
    pub(super) name: String,
    pub(super) joined_at: Option<Timestamp>,
    pub(super) roles: Option<Vec<RoleId>>,
    pub(super) more_roles: u32,
    /// When and why they left.
    pub(super) left: Option<(Timestamp, Cause)>,
}

impl Person {
    pub(super) fn of_member(member: &Member) -> Self {
        Self {
            user: member.user,
            name: member.name.clone(),
            joined_at: member.joined_at,
            roles: Some(member.roles.clone()),
            more_roles: 0,
            left: None,
        }
    }

    pub(super) fn of_leaver(leaver: &Leaver) -> Self {
        let cause = leaver.cause.clone().unwrap_or(Cause::Unreadable);
        Self {
            user: leaver.user,
            name: leaver.name.clone(),
            joined_at: leaver.joined_at,
            roles: leaver.roles.clone(),
            more_roles: leaver.more_roles,
            left: Some((leaver.at, cause)),
        }
    }

    /// Their name as it may stand in markdown.
    pub(super) fn shown_name(&self) -> String {
        let name = escape_line(&cut(&self.name, 100));
        if name.is_empty() {
            texts::NAMELESS.to_owned()
        } else {
            name
        }
    }

    /// How long they were here.
    pub(super) fn stayed(&self) -> String {
        let (left, joined) = (self.left.as_ref().map(|(at, _)| *at), self.joined_at);
        left.zip(joined).map_or_else(
            || texts::UNKNOWN_TIME.to_owned(),
            |(left, joined)| left.since(joined).to_string(),
        )
    }
}

/// The text of a side about `person`, one of its variants by chance.
pub(super) fn render(cx: &mut Cx<'_, Row>, state: &State, side: Side, person: &Person) -> String {
    let Some(variants) = current(state, side) else {
        return String::new();
    };
    let chosen = cx.random_below(variants.len() as u64);
    render_variant(
        state,
        &variants,
        usize::try_from(chosen).unwrap_or(0),
        person,
    )
}

/// One variant about `person`.
pub(super) fn render_variant(
    state: &State,
    variants: &Variants,
    index: usize,
    person: &Person,
) -> String {
    variants
        .pick(index)
        .render(&|name| value(state, person, name))
}

fn value(state: &State, person: &Person, name: &str) -> String {
    match name {
        "user" => mention_user(person.user),
        "name" => person.shown_name(),
        "id" => person.user.to_string(),
        "server" => texts::server(state.guild_name()),
        "count" => state
            .members
            .map_or_else(|| "?".to_owned(), |count| count.to_string()),
        "joined" => person.joined_at.map_or_else(
            || texts::UNKNOWN_TIME.to_owned(),
            |at| discord_time(at, TimeStyle::LongDate),
        ),
        "created" => discord_time(person.user.created_at(), TimeStyle::Relative),
        "roles" => texts::roles(person.roles.as_deref(), person.more_roles),
        "stayed" => person.stayed(),
        "what" => person
            .left
            .as_ref()
            .map_or_else(String::new, |(_, cause)| texts::what(cause)),
        "reason" => texts::reason(person.left.as_ref().map(|(_, cause)| cause)),
        "by" => match &person.left {
            Some((_, Cause::Removed { by: Some(by), .. })) => mention_user(*by),
            _ => texts::NOBODY.to_owned(),
        },
        _ => String::new(),
    }
}
