//! Why the welcome desk says no.

use super::{Side, texts};
use crate::kernel::{ids::ChannelId, text::TemplateError, turn::FOR_MODERATORS};

/// Why the welcome desk stays as it is. The text is for the moderator, with the way out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The text cannot be used.
    #[error("{0} Nothing was changed.")]
    Text(#[from] TemplateError),
    /// We could not write in the channel.
    #[error("{}", texts::channel_closed(*.0, .1))]
    ChannelClosed(ChannelId, Vec<&'static str>),
    /// Both sides are off.
    #[error(
        "The welcome desk is off. `/welcome join channel:…` or `/welcome leave channel:…` switches it on."
    )]
    AllOff,
    /// This side is off.
    #[error("{}", texts::side_off(*.0))]
    SideOff(Side),
    /// No such side.
    #[error("Choose `join` or `leave`, or leave `which` out to switch both off.")]
    UnknownSide,
    /// Only for moderators.
    #[error("{FOR_MODERATORS}")]
    NotModerator,
    /// A button or form that this version does not know.
    #[error("This button does nothing any more. `/welcome preview` has new ones.")]
    OldButton,
}
