//! What a person asked for: commands, clicks, forms.

use super::{List, Maybe, Member, Scalar, Table, User, guild::Channel};
use serde::Deserialize;

/// `INTERACTION_CREATE`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked<'a> {
    /// The interaction; its snowflake says when.
    #[serde(borrow)]
    pub id: Scalar<'a>,
    /// The application it is for.
    #[serde(borrow)]
    pub application_id: Scalar<'a>,
    /// 1 ping, 2 command, 3 component, 4 autocomplete, 5 form.
    #[serde(borrow, rename = "type")]
    pub kind: Scalar<'a>,
    /// What was asked.
    #[serde(borrow)]
    pub data: Maybe<AskedData<'a>>,
    /// The guild; nothing in direct messages.
    #[serde(borrow)]
    pub guild_id: Scalar<'a>,
    /// The channel, in its old place …
    #[serde(borrow)]
    pub channel_id: Scalar<'a>,
    /// … and its new one.
    #[serde(borrow)]
    pub channel: Maybe<Channel<'a>>,
    /// Who asked, in a guild.
    #[serde(borrow)]
    pub member: Maybe<Member<'a>>,
    /// Who asked, in direct messages.
    #[serde(borrow)]
    pub user: Maybe<User<'a>>,
    /// The secret that lets us answer.
    #[serde(borrow)]
    pub token: Scalar<'a>,
    /// The language of the asker's client.
    #[serde(borrow)]
    pub locale: Scalar<'a>,
    /// What we may do where it was asked.
    #[serde(borrow)]
    pub app_permissions: Scalar<'a>,
    /// The message whose component was used.
    #[serde(borrow)]
    pub message: Maybe<Channel<'a>>,
}

/// What was asked: the fields of all kinds together.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AskedData<'a> {
    /// A command's first word.
    #[serde(borrow)]
    pub name: Scalar<'a>,
    /// Its options, or its subcommand.
    #[serde(borrow)]
    pub options: List<Maybe<Choice<'a>>>,
    /// What ids in the options stand for.
    #[serde(borrow)]
    pub resolved: Maybe<Resolved<'a>>,
    /// The component or form.
    #[serde(borrow)]
    pub custom_id: Scalar<'a>,
    /// What was selected.
    #[serde(borrow)]
    pub values: List<Scalar<'a>>,
    /// What a form holds.
    #[serde(borrow)]
    pub components: List<Maybe<Component<'a>>>,
}

/// An option as it was filled in, or a subcommand with its own.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Choice<'a> {
    /// Its name.
    #[serde(borrow)]
    pub name: Scalar<'a>,
    /// 1 subcommand, 2 group, 3 text and so on.
    #[serde(borrow, rename = "type")]
    pub kind: Scalar<'a>,
    /// What was put there.
    #[serde(borrow)]
    pub value: Scalar<'a>,
    /// It is being typed.
    #[serde(borrow)]
    pub focused: Scalar<'a>,
    /// The options of a subcommand.
    #[serde(borrow)]
    pub options: List<Maybe<Choice<'a>>>,
}

/// What ids in options stand for; only channels are read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Resolved<'a> {
    /// Channels by id.
    #[serde(borrow)]
    pub channels: Table<'a, Maybe<Named<'a>>>,
}

/// A channel that an option names.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Named<'a> {
    /// Its name.
    #[serde(borrow)]
    pub name: Scalar<'a>,
    /// What we may do there (since 2026-07-16).
    #[serde(borrow)]
    pub app_permissions: Scalar<'a>,
}

/// A component of a submitted form: a row, a label, or an input.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Component<'a> {
    /// Names an input.
    #[serde(borrow)]
    pub custom_id: Scalar<'a>,
    /// What was written.
    #[serde(borrow)]
    pub value: Scalar<'a>,
    /// What was selected.
    #[serde(borrow)]
    pub values: List<Scalar<'a>>,
    /// What a row holds.
    #[serde(borrow)]
    pub components: List<Maybe<Component<'a>>>,
    /// What a label holds.
    #[serde(borrow)]
    pub component: Box<Maybe<Component<'a>>>,
}
