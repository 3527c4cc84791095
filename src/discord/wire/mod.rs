//! Discord's JSON as it comes over the wire: borrowed structs of only the fields we use.
//!
//! Discord-compatible servers, and Discord itself on a bad day, leave fields out, send `null`, send
//! ids as numbers. A strict model loses the whole event for one such field. So nothing here fails
//! over a field's type: a [`Scalar`] that does not fit reads as absent, a [`Maybe`] that is not an
//! object is empty, a [`List`] that is not a list has no items. What the program cannot do without
//! is demanded later, in `from_discord`, which then names the field.
//!
//! Only broken JSON fails to decode (and a key that comes twice in one object).

mod activity;
mod guild;
mod interaction;
mod message;
mod scalar;
mod session;
mod shapes;

pub use activity::{
    MessageUpdated, PresenceUpdate, Sign, ThreadCreated, ThreadMembers, VoiceStates,
};
pub use guild::{
    Audited, Banned, Channel, ChannelGone, Guild, GuildGone, Member, MemberGone, MembersChunk,
    RateLimited, Role, RoleGone, User,
};
pub use interaction::{Asked, AskedData, Choice, Component, Named, Resolved};
pub use message::{MessageCreated, MessageMeasured, MessagesGone};
pub use session::{Account, Ready};

pub use scalar::Scalar;
pub use shapes::{List, Maybe, Table};

use serde::Deserialize;
use std::borrow::Cow;

/// A text, borrowed from the frame where it needs no unescaping.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(transparent)]
pub struct Text<'a>(#[serde(borrow)] pub Cow<'a, str>);

#[cfg(test)]
mod tests;
