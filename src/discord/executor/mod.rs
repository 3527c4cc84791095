//! Carries out what the outbox hands out, and says what became of it.
//!
//! Effects are sent at least once; here they are made harmless to repeat. A message carries the nonce
//! of its effect, and one whose fate is older than Discord's memory of nonces is looked up in its
//! channel first. An answer goes by whichever route is still open. Edits and deletes are the same
//! twice. A deletion of what is gone is done. Who is to be kicked is looked at first, every time (`members`).
//!
//! Nothing here decides when to try again: [`Sent`] tells the outbox, which knows the row's age, its
//! other targets and everybody else's place in the lane. Only answers to a person who waits are tried
//! again on the spot ([`Executor::send_instant`]).
//!
//! To add an effect: its arm in [`Executor::run`], and a request in `to_discord`.

mod acknowledged;
mod answer;
mod audit;
mod dms;
mod grants;
mod instant;
mod look;
mod members;
mod roster;
mod say;

pub use acknowledged::Acknowledged;

use super::{
    rest::{CALL_WITHIN, RestAnswer, Wire, classify},
    to_discord::{self, Request},
};
use crate::outside::Rosters;
use actors::kernel::{
    answers::Route,
    call::Ticket,
    chore::Chore,
    effect::{Effect, Failure, Outcome},
    ids::{ApplicationId, GuildId, UserId},
    outbox::{Job, Sent},
    time::{Span, Timestamp},
};
use dms::Dms;
use std::{
    pin::Pin,
    sync::{Arc, Mutex},
};

/// How soon to ask again for a member list that the shard cannot request now.
const SHARD_BUSY: Span = Span::seconds(5);

/// What the executor must know of the running process, and asks of it.
pub trait World: Send + Sync {
    /// The store's incarnation, for nonces.
    fn incarnation(&self) -> u32;
    /// Our account, once known.
    fn bot(&self) -> Option<UserId>;
    /// Our application, once known.
    fn application(&self) -> Option<ApplicationId>;
    /// Now, on our time line.
    fn now(&self) -> Timestamp;
    /// Discord's clock minus ours.
    fn offset(&self) -> Span;
    /// By which route to answer now; from here on the interaction counts as acknowledged.
    fn answer_route(&self, ticket: &Ticket) -> Route;
    /// Whether Discord would give us a whole member list: it takes the intent Server Members (docs,
    /// "Request guild members").
    fn may_list_members(&self) -> bool {
        true
    }
    /// Asks the guild's shard for the whole member list; `false` when it cannot now.
    fn request_members(&self, guild: GuildId, nonce: &str) -> bool;
    /// Carries out a chore; without a house there is none.
    fn chore(&self, chore: Chore) -> Pin<Box<dyn Future<Output = Sent> + Send + '_>> {
        let _ = chore;
        Box::pin(async { Sent::Done(Outcome::Done) })
    }
    /// Who takes lists of accounts on; nobody, where nothing is set up for it.
    fn rosters(&self) -> Option<&Rosters> {
        None
    }
    /// Whether messages carry nonces: they do, but for the test that shows what happens otherwise.
    fn nonces(&self) -> bool {
        true
    }
}

/// See the module docs.
#[derive(Debug)]
pub struct Executor {
    wire: Arc<dyn Wire>,
    dms: Mutex<Dms>,
}

impl Executor {
    /// An executor that speaks through `wire`.
    #[must_use]
    pub fn new(wire: Arc<dyn Wire>) -> Self {
        Self {
            wire,
            dms: Mutex::default(),
        }
    }

    /// Whether Discord has refused the bot's token for good: time to end the process.
    #[must_use]
    pub fn token_is_bad(&self) -> bool {
        self.wire.token_is_bad()
    }

    /// Carries out one job.
    pub async fn run(&self, job: &Job, world: &dyn World) -> Sent {
        match &job.row.effect {
            Effect::Say { to, message } => match to.get(job.stage) {
                Some(target) => self.say(job, target, message, world).await,
                None => refused("there is nowhere left to say it"),
            },
            Effect::Edit {
                channel,
                message_id,
                message,
            } => {
                self.plain(&to_discord::edit_message(*channel, *message_id, message))
                    .await
            }
            Effect::Delete {
                channel,
                message_id,
            } => {
                match self
                    .plain(&to_discord::delete_message(*channel, *message_id))
                    .await
                {
                    Sent::Refused(failure) if failure.is_gone() => Sent::Done(Outcome::Done),
                    other => other,
                }
            }
            Effect::ReadAuditLog { guild, since } => {
                self.read_audit_log(*guild, *since, world).await
            }
            Effect::ReadPermissions { guild, channels } => {
                self.read_permissions(*guild, channels, world).await
            }
            Effect::RequestMembers { .. } if !world.may_list_members() => {
                refused("the intent Server Members is not granted")
            }
            Effect::RequestMembers { guild, nonce } => {
                if world.request_members(*guild, nonce) {
                    Sent::Done(Outcome::Done)
                } else {
                    Sent::Later(SHARD_BUSY)
                }
            }
            Effect::ReadMember { guild, user } => self.read_member(*guild, *user, world).await,
            Effect::ChangeRole {
                guild,
                user,
                role,
                give,
                reason,
            } => {
                self.plain(&to_discord::change_role(
                    *guild, *user, *role, *give, reason,
                ))
                .await
            }
            Effect::Kick {
                guild,
                user,
                joined_at,
                reason,
            } => self.kick(*guild, *user, *joined_at, reason).await,
            Effect::Tell { .. } => refused("facts do not leave the process"),
            Effect::House(chore) => world.chore(*chore).await,
            Effect::TakeRoster { guild, day } => {
                self.take_roster(job.row.id, *guild, *day, world).await
            }
        }
    }

    /// A request of which only the success matters.
    async fn plain(&self, request: &Request) -> Sent {
        classify(self.wire.call(request, CALL_WITHIN).await, |_| {
            Some(Outcome::Done)
        })
    }

    /// The answer to a question, if there is one now.
    async fn ask(&self, request: &Request) -> Result<RestAnswer, Sent> {
        match self.wire.call(request, CALL_WITHIN).await {
            Ok(answer) if answer.is_success() => Ok(answer),
            result => Err(classify(result, |_| None)),
        }
    }
}

/// What nobody sent, because it cannot be sent.
fn refused(why: &str) -> Sent {
    Sent::Refused(Failure {
        status: 0,
        code: 0,
        text: why.to_owned(),
    })
}

#[cfg(test)]
mod tests;
