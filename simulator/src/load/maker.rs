//! Frames, made before they are needed: numbered, wrapped and compressed, so that sending them costs next to
//! nothing beside what the client does with them.

use super::town::{Event, Probe, Town};
use super::{Ask, Options};
use crate::gateway::compress::Encoder;
use crate::ids::Id;
use crate::play::Dice;
use crate::play::traffic::{Act, mix};
use std::collections::VecDeque;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio_websockets::Message;

/// Frames kept for a RESUME; an older place in the stream is refused.
const KEPT: usize = 200_000;
/// Of the members this many are asked about in an audit, those who wrote most first.
const AUDITED: usize = 50;

/// A frame ready to be sent.
pub(super) struct Frame {
    pub(super) message: Message,
    pub(super) ask: Option<(Id, Ask)>,
}

/// What the frames of a chunk are.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// The mix, with its interactions as probes.
    Mix,
    /// The mix, and a change after every so many events.
    Changes { every: usize },
}

/// Makes the frames of one session.
pub(super) struct Maker {
    town: Town,
    acts: Box<dyn Iterator<Item = Act> + Send>,
    dice: Dice,
    encoder: Encoder,
    zstd: bool,
    seq: u64,
    changes: usize,
    /// Texts since the session began, as far as they are kept.
    log: VecDeque<(u64, String)>,
    /// Bytes of JSON so far.
    pub(super) bytes: u64,
}

impl Maker {
    pub(super) fn new(options: &Options) -> Self {
        Self {
            town: Town::new(options.guilds, options.members, options.probe),
            acts: Box::new(mix(options.seed)),
            dice: Dice::new(!options.seed),
            encoder: encoder(options.zstd),
            zstd: options.zstd,
            seq: 0,
            changes: 0,
            log: VecDeque::new(),
            bytes: 0,
        }
    }

    /// The place of the last event made.
    pub(super) const fn seq(&self) -> u64 {
        self.seq
    }

    /// A new connection: compression begins anew.
    pub(super) fn reconnected(&mut self) {
        self.encoder = encoder(self.zstd);
    }

    /// A frame that is no event.
    pub(super) fn control(&mut self, text: &str) -> Message {
        self.encoder.frame(text.to_owned())
    }

    fn frame(&mut self, event: Event, ask: Option<Ask>) -> Frame {
        self.seq += 1;
        let Event { name, data, asked } = event;
        let text = format!(r#"{{"t":"{name}","s":{},"op":0,"d":{data}}}"#, self.seq);
        self.bytes += text.len() as u64;
        self.log.push_back((self.seq, text.clone()));
        if self.log.len() > KEPT {
            self.log.pop_front();
        }
        let ask = asked.map(|(id, expected)| {
            let by_kind = ask.unwrap_or(Ask::Read { expected });
            (id, by_kind)
        });
        Frame {
            message: self.encoder.frame(text),
            ask,
        }
    }

    /// The frames of a new session: READY with a question behind it, every guild, and a question.
    pub(super) fn beginning(&mut self, gateway: &str) -> Vec<Frame> {
        self.now();
        (self.seq, self.bytes) = (0, 0);
        self.log.clear();
        let ready = self.town.ready(gateway);
        let first = self.town.first();
        let mut frames = vec![
            self.frame(ready, None),
            self.frame(first, Some(Ask::Milestone)),
        ];
        for guild in 0..self.town.guilds {
            let event = self.town.guild_create(guild);
            frames.push(self.frame(event, None));
        }
        frames.push(self.milestone());
        frames
    }

    /// A question that only marks a place.
    fn milestone(&mut self) -> Frame {
        let event = self.town.probe(self.town.guilds - 1, 0);
        self.frame(event, Some(Ask::Milestone))
    }

    /// What followed `seq`, RESUMED, and a question; `None` if that is no longer known.
    pub(super) fn replay(&mut self, seq: u64) -> Option<Vec<Frame>> {
        self.now();
        let oldest = self.log.front().map_or(1, |(seq, _)| *seq);
        if seq > self.seq || seq + 1 < oldest {
            return None;
        }
        let missed = self.log.iter().filter(|(at, _)| *at > seq);
        let texts: Vec<String> = missed.map(|(_, text)| text.clone()).collect();
        let mut frames: Vec<Frame> = texts
            .into_iter()
            .map(|text| Frame {
                message: self.encoder.frame(text),
                ask: None,
            })
            .collect();
        let resumed = Event {
            name: "RESUMED",
            data: r#"{"_trace":[]}"#.to_owned(),
            asked: None,
        };
        frames.push(self.frame(resumed, None));
        frames.push(self.milestone());
        Some(frames)
    }

    /// The next `count` events of the mix.
    pub(super) fn chunk(&mut self, count: usize, kind: Kind) -> Vec<Frame> {
        self.now();
        let mut frames = Vec::with_capacity(count);
        for n in 1..=count {
            let act = self.acts.next().expect("the mix has no end");
            let event = self.town.act(&act);
            frames.push(self.frame(event, None));
            if let Kind::Changes { every } = kind
                && n.is_multiple_of(every)
            {
                frames.push(self.change());
            }
        }
        frames
    }

    /// A change that is answered when it is durable.
    pub(super) fn change(&mut self) -> Frame {
        // Each guild is changed to the other zone whenever its turn comes.
        let guild = self.changes % self.town.guilds;
        let odd = (self.changes / self.town.guilds).is_multiple_of(2);
        self.changes += 1;
        let event = self.town.change(guild, odd);
        self.frame(event, Some(Ask::Change))
    }

    /// See [`super::samples`].
    pub(super) fn samples(&mut self) -> Vec<(&'static str, String)> {
        self.now();
        let mut events = vec![self.town.guild_create(0)];
        for act in self.acts.by_ref().take(1_000) {
            let event = self.town.act(&act);
            if events.iter().all(|one| one.name != event.name) {
                events.push(event);
            }
        }
        let frame = |event: Event| {
            let Event { name, data, .. } = event;
            (name, format!(r#"{{"t":"{name}","s":1,"op":0,"d":{data}}}"#))
        };
        events.into_iter().map(frame).collect()
    }

    /// Questions whose answers must name exactly what was sent; none where answers name nothing.
    pub(super) fn audit(&mut self) -> Vec<Frame> {
        self.now();
        if self.town.probe == Probe::Ping {
            return Vec::new();
        }
        let mut frames = Vec::new();
        for n in 0..AUDITED {
            // The noisiest first, then anybody.
            let (guild, member) = if n < AUDITED / 2 {
                (n % self.town.guilds, 0)
            } else {
                let (guilds, members) = (self.town.guilds, self.town.members);
                (self.dice.below(guilds), self.dice.below(members))
            };
            let expected = self.town.wrote(guild, member);
            let event = self.town.probe(guild, member);
            frames.push(self.frame(event, Some(Ask::Exact { expected })));
        }
        frames
    }

    fn now(&mut self) {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        self.town.now_ms = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
    }
}

fn encoder(zstd: bool) -> Encoder {
    Encoder::named(zstd.then_some("zstd-stream")).expect("both exist")
}
