//! Options of a command: subcommands become part of its name, values get our types.

use crate::discord::wire::{Choice, List, Maybe, Resolved};
use actors::kernel::{
    call::{Permissions, ResolvedChannel, Value},
    ids::{ChannelId, RoleId, UserId},
};
use std::collections::BTreeMap;

/// Subcommands nest at most this deep: `/group sub command`.
const DEPTH: usize = 2;

/// A command as it was filled in.
pub(super) struct Filled {
    /// Its full name.
    pub(super) command: String,
    /// Its options.
    pub(super) options: BTreeMap<String, Value>,
    /// The one being typed.
    pub(super) focused: Option<String>,
}

pub(super) fn read(name: &str, mut options: &List<Maybe<Choice<'_>>>) -> Filled {
    let mut command = name.to_owned();
    for _ in 0..DEPTH {
        let Some(sub) = options.objects().find(|choice| is_subcommand(choice)) else {
            break;
        };
        command.push(' ');
        command.push_str(sub.name.text().unwrap_or_default());
        options = &sub.options;
    }
    let mut filled = Filled {
        command,
        options: BTreeMap::new(),
        focused: None,
    };
    for choice in options.objects() {
        let Some(name) = choice.name.words().filter(|_| !is_subcommand(choice)) else {
            continue;
        };
        if choice.focused.is_true() {
            filled.focused = Some(name.to_owned());
        }
        filled.options.insert(name.to_owned(), value(choice));
    }
    filled
}

fn is_subcommand(choice: &Choice<'_>) -> bool {
    matches!(choice.kind.number(), Some(1 | 2))
}

/// A value of its option's type. What does not fit stays text: kinds we do not know, and what is
/// still being typed.
fn value(choice: &Choice<'_>) -> Value {
    let given = &choice.value;
    let typed = match choice.kind.number() {
        Some(4) => given.integer().map(Value::Integer),
        Some(5) => given.flag().map(Value::Flag),
        Some(6) => given.id(UserId::new).map(Value::User),
        Some(7) => given.id(ChannelId::new).map(Value::Channel),
        Some(8) => given.id(RoleId::new).map(Value::Role),
        _ => None,
    };
    typed.unwrap_or_else(|| Value::Text(given.shown()))
}

pub(super) fn channels(resolved: &Resolved<'_>) -> BTreeMap<ChannelId, ResolvedChannel> {
    let known = resolved.channels.0.iter().filter_map(|(id, channel)| {
        let channel = channel.get()?;
        let name = channel.name.text().unwrap_or_default().to_owned();
        let app_permissions = channel.app_permissions.number().map(Permissions);
        Some((
            id.0.parse().ok()?,
            ResolvedChannel {
                name,
                app_permissions,
            },
        ))
    });
    known.collect()
}
