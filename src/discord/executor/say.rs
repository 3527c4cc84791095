//! Messages to channels and people.

use super::{Executor, World, look::look_from};
use crate::discord::{
    rest::{CALL_WITHIN, classify, number},
    to_discord,
};
use actors::kernel::{
    effect::{Outcome, Target},
    ids::{ChannelId, UserId},
    outbox::{Job, Sent, nonce},
    text::Message,
};
use std::sync::PoisonError;

impl Executor {
    pub(super) async fn say(
        &self,
        job: &Job,
        target: &Target,
        message: &Message,
        world: &dyn World,
    ) -> Sent {
        match target {
            Target::Answer(ticket) => self.answer(job, ticket, message, world).await,
            Target::Channel(channel) => self.post(*channel, message, job, world).await,
            Target::User(user) => self.whisper(*user, message, job, world).await,
            Target::Notice { channel, user } => {
                self.post(*channel, &to_discord::notice(*user), job, world)
                    .await
            }
        }
    }

    /// Posts in a channel, unless it is there already.
    async fn post(
        &self,
        channel: ChannelId,
        message: &Message,
        job: &Job,
        world: &dyn World,
    ) -> Sent {
        let target = target_number(job);
        let nonce = world
            .nonces()
            .then(|| nonce(world.incarnation(), job.row.id));
        if let Some(since) = look_from(job, world) {
            match self
                .look(channel, message, nonce.as_deref(), since, world)
                .await
            {
                Ok(Some(message_id)) => {
                    return Sent::Done(Outcome::Sent {
                        message_id,
                        channel,
                        target,
                    });
                }
                Ok(None) => {}
                Err(sent) => return sent,
            }
        }
        let request = to_discord::create_message(channel, message, nonce.as_deref());
        classify(self.wire.call(&request, CALL_WITHIN).await, |answer| {
            let (message_id, channel) = answer.message()?;
            Some(Outcome::Sent {
                message_id,
                channel,
                target,
            })
        })
    }

    /// Posts in the direct messages with a user. A conversation we remember may be gone.
    async fn whisper(&self, user: UserId, message: &Message, job: &Job, world: &dyn World) -> Sent {
        let known = self
            .dms
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(user);
        if let Some(channel) = known {
            match self.post(channel, message, job, world).await {
                Sent::Refused(failure) if failure.is_gone() => {
                    self.dms
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .forget(user);
                }
                sent => return sent,
            }
        }
        let opened = match self.ask(&to_discord::open_dm(user)).await {
            Ok(answer) => number(&answer.body["id"]).and_then(ChannelId::new),
            Err(sent) => return sent,
        };
        let Some(channel) = opened else {
            return Sent::Unclear;
        };
        self.dms
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remember(user, channel);
        self.post(channel, message, job, world).await
    }
}

/// Which of its targets a job tries, as outcomes tell it.
pub(super) fn target_number(job: &Job) -> u8 {
    u8::try_from(job.stage).unwrap_or(u8::MAX)
}
