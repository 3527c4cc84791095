//! Everything the bot says: building it, making foreign text harmless, keeping it within limits.
//!
//! - [`Message`], [`Modal`] and [`Choice`] are what a rule returns; `fit` applies every limit of
//!   Discord to them, once, before they are stored or sent.
//! - [`escape`], [`escape_line`], [`plain`] and [`code`] are the only doors for text that a member
//!   wrote. Cut first, then escape: cutting afterwards can tear a wrapped link open.
//! - [`Template`] and [`Variants`] are texts that moderators write, with placeholders.
//! - [`to_json`] writes Discord's request shape. Nothing here sends anything.
//!
//! The stored types use no serde attribute, so that bincode reads what it wrote; a new field or
//! variant is a new schema version of whatever stores them.
//!
//! [`Attachment`] is a file that goes with a message.
//!
//! A new limit goes into [`limits`] with its source and into the `fit` of the type it concerns.

pub mod limits;
pub mod to_json;

mod attachment;
mod cut;
mod embed;
mod escape;
mod fit;
mod message;
mod modal;
mod nearest;
mod row;
mod template;
mod words;

pub use attachment::Attachment;
pub use cut::{cut, split, width};
pub use embed::{Embed, Field};
pub use escape::{code, escape, escape_line, plain};
pub use message::{Mentions, Message};
pub use modal::{Choice, Modal, ModalField, TextStyle};
pub use nearest::{distance, nearest};
pub use row::{Button, ButtonAction, ButtonStyle, Row, Select, SelectKind, SelectOption};
pub use template::{Placeholder, Template, TemplateError, Variants};
pub use words::{TimeStyle, discord_time, mention_channel, mention_role, mention_user, plural};
