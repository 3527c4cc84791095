//! The world around the machine: messages arrive or are refused, questions wait for the script.

use super::stage::Stage;
use crate::kernel::{
    effect::{Effect, Failure, Outcome, Target},
    fact::Fact,
    ids::{ChannelId, MessageId},
    inbound::{EffectId, Inbound, Input, InputId},
    machine::Machine,
    turn::Turned,
};

impl<M: Machine> Stage<M> {
    /// What the world does with the effects: messages arrive, questions wait for the script.
    pub(super) fn carry_out(&mut self, turned: Turned) {
        for row in turned.commit.outbox {
            self.effects.push(row.clone());
            match &row.effect {
                Effect::Tell { to, fact } if *to == self.address => {
                    self.tell_itself(row.id, fact.clone());
                }
                Effect::Say { to, .. } if row.reports => {
                    let outcome = self.sent(to);
                    let what = Inbound::Done {
                        effect: row.id,
                        outcome,
                        origin: row.origin,
                    };
                    let id = InputId::Outcome(row.id);
                    self.local.push_back(Input {
                        id,
                        at: self.now,
                        what,
                    });
                }
                Effect::House(_) if row.reports => {
                    let what = Inbound::Done {
                        effect: row.id,
                        outcome: Outcome::Done,
                        origin: row.origin,
                    };
                    let id = InputId::Outcome(row.id);
                    self.local.push_back(Input {
                        id,
                        at: self.now,
                        what,
                    });
                }
                _ if row.reports => self.asked.push(row),
                _ => {}
            }
        }
    }

    fn tell_itself(&mut self, id: EffectId, fact: Fact) {
        let what = Inbound::Told {
            from: self.address,
            fact,
        };
        self.local.push_back(Input {
            id: InputId::Fact(id),
            at: self.now,
            what,
        });
    }

    /// The outcome of a message.
    fn sent(&mut self, to: &[Target]) -> Outcome {
        self.messages += 1;
        let (taken, target) = self.taken_by(to);
        match taken {
            Ok(channel) => Outcome::Sent {
                message_id: MessageId::new(900_000 + self.messages).unwrap(),
                channel: channel.unwrap_or_else(|| ChannelId::new(999).unwrap()),
                target: u8::try_from(target).unwrap(),
            },
            Err(status) => Outcome::Failed(Failure {
                status,
                code: 0,
                text: "refused".into(),
            }),
        }
    }

    /// Which target takes a message: its channel, or the status of the last refusal.
    pub(super) fn taken_by(&self, to: &[Target]) -> (Result<Option<ChannelId>, u16>, usize) {
        let mut status = 404;
        for (n, target) in to.iter().enumerate() {
            let channel = match target {
                Target::Channel(channel) => channel,
                Target::User(user) if self.shut.contains(user) => {
                    status = 403;
                    continue;
                }
                _ => return (Ok(None), n),
            };
            match self.refusing.get(channel) {
                None => return (Ok(Some(*channel)), n),
                Some(refused) => status = *refused,
            }
        }
        (Err(status), to.len().saturating_sub(1))
    }
}
