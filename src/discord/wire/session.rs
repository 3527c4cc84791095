//! The beginning of a session.

use super::{List, Maybe, Scalar};
use serde::Deserialize;

/// `READY`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Ready<'a> {
    /// Name of the session, for RESUME.
    #[serde(borrow)]
    pub session_id: Scalar<'a>,
    /// Where to resume it.
    #[serde(borrow)]
    pub resume_gateway_url: Scalar<'a>,
    /// The bot.
    #[serde(borrow)]
    pub user: Maybe<Account<'a>>,
    /// The application it belongs to.
    #[serde(borrow)]
    pub application: Maybe<Account<'a>>,
    /// Guilds it is in.
    #[serde(borrow)]
    pub guilds: List<Maybe<Account<'a>>>,
    /// Which shard of how many.
    #[serde(borrow)]
    pub shard: List<Scalar<'a>>,
}

/// Anything with an id.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Account<'a> {
    /// The id.
    #[serde(borrow)]
    pub id: Scalar<'a>,
    /// Flags of an application.
    #[serde(borrow)]
    pub flags: Scalar<'a>,
}
