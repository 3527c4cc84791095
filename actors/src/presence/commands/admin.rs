//! `/presence admin`: operations on what is recorded here, for the server's owner. None of them reaches another
//! server. To add one: a file in `admin/`, a `mod` line, and its place in the list of commands.
//!
//! `said`: the same as text commands, for the application's owner ([`crate::kernel::owner`]).

pub(super) mod delete;
pub(super) mod reload;
pub(super) mod reset;
pub(super) mod said;
pub(super) mod setup;

use crate::{
    kernel::{
        inbound::Inbound,
        machine::Needs,
        owner::{Order, Said},
    },
    presence::reset::before_key,
};

/// What they are for, where Discord shows the group.
pub(in crate::presence) const GROUP: (&str, &str) = (
    "presence admin",
    "Deletes, reloads or sets up anew what is recorded here",
);

/// The rows one of these commands needs.
pub(super) fn needs(what: &Inbound) -> Option<Needs> {
    match what {
        Inbound::Called(call) if call.command == delete::COMMAND.spec.name => {
            Some(delete::needs(call))
        }
        Inbound::OwnerSaid(Said {
            order: Order::Delete(whose),
            ..
        }) => Some(Needs::Rows(vec![delete::row_of(*whose)])),
        Inbound::Submitted(_) => Some(Needs::Rows(vec![before_key()])),
        Inbound::Pressed(press) if press.id.action == reset::UNDO => {
            Some(Needs::Rows(vec![before_key()]))
        }
        _ => None,
    }
}
