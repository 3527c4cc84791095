//! All routes, by resource. To add one: a function in its file and a line in that file's `ROUTES`.

mod applications;
mod callbacks;
mod channels;
mod commands;
mod empties;
mod followups;
mod guilds;
mod invites;
mod members;
mod messages;
mod overwrites;
mod pins;
mod reactions;
mod roles;
mod scheduled;
mod threads;
mod users;
mod webhooks;

use super::router::Route;

pub(crate) fn all() -> impl Iterator<Item = &'static Route> {
    [
        applications::ROUTES,
        callbacks::ROUTES,
        channels::ROUTES,
        commands::ROUTES,
        empties::ROUTES,
        guilds::ROUTES,
        invites::ROUTES,
        members::ROUTES,
        messages::ROUTES,
        overwrites::ROUTES,
        pins::ROUTES,
        reactions::ROUTES,
        roles::ROUTES,
        scheduled::ROUTES,
        threads::ROUTES,
        users::ROUTES,
        webhooks::ROUTES,
    ]
    .into_iter()
    .flatten()
}
