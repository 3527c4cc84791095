//! From a decoded event to the ledger: who must see it, and what the core must know besides.

use super::{
    from_discord::{Decoded, Ready},
    shard::ShardOptions,
};
use crate::runtime::{ground::Ground, hub::MAX_WAITING_FOR_ONE};
use actors::{
    kernel::{
        activity::Sign,
        address::{Address, Kind, Scope},
        answers::{CALLBACK_MARGIN, CALLBACK_WINDOW},
        call::{Origin, Ticket},
        core::{Core, Resumed},
        effect::Instant,
        epoch::Haste,
        ids::{ApplicationId, GuildId},
        inbound::{Gap, Inbound, Input, InputId, Seq},
        note::Notes,
        stored::Position,
        text::Message,
        time::{Span, Timestamp},
    },
    registry,
};
use snapshots::Bincode;
use std::sync::Arc;

/// Discord replays minutes, not hours: an event time further from its arrival is not to be trusted
/// (a server whose ids carry no time), and the arrival counts instead.
const PLAUSIBLE: Span = Span::hours(1);

/// A replayed interaction this young can still be answered.
const FRESH: Span = Span::millis(CALLBACK_WINDOW.as_millis() - CALLBACK_MARGIN.as_millis());

/// An interaction on its way in: whose it is, which, how to answer, and whether its author may have
/// seen it fail.
type Asked = (Address, InputId, Ticket, bool);

/// Reads what a frame says of messages; called only where somebody wants to hear of it.
pub type Noting<'a> = &'a dyn Fn() -> Option<Notes>;

/// See the module docs.
pub struct Intake<G> {
    place: Place,
    ground: G,
    /// Features that want to hear of signs of life.
    watching: Vec<Kind>,
}

/// Which shard of which application.
#[derive(Clone, Debug)]
pub struct Place {
    /// The shard …
    pub shard: u32,
    /// … of how many.
    pub shards: u32,
    /// Where its gateway is.
    pub gateway: String,
    /// Our application.
    pub application: ApplicationId,
}

impl From<&ShardOptions> for Place {
    fn from(options: &ShardOptions) -> Self {
        Self {
            shard: options.shard,
            shards: options.shards,
            gateway: options.gateway.clone(),
            application: options.application,
        }
    }
}

impl<G: Ground> Intake<G> {
    /// The intake of one shard.
    pub fn new(place: Place, ground: G) -> Self {
        Self {
            place,
            ground,
            watching: registry::watching(),
        }
    }

    /// The store's incarnation, to recognise our own nonces.
    pub fn incarnation(&self) -> u32 {
        self.ground.incarnation()
    }

    /// The event at `at` needs nothing done.
    pub fn contained(&self, at: Seq, now: Timestamp) {
        self.ground
            .core(|core| core.frame(self.place.shard, at, Vec::new(), now));
    }

    /// What most events are, in one go: a sign of life, if it is the next event; else its place.
    pub fn sign(&self, seq: u64, sign: &Sign, now: Timestamp, noting: Noting<'_>) -> Resumed {
        let shard = self.place.shard;
        let addresses = self.watchers(sign.guild);
        self.ground.core(|core| {
            let place = core.check(shard, seq);
            if let Resumed::Next(at) = place {
                core.sign(shard, at, &addresses, sign, now);
                self.note(core, at, Some(sign.guild), now, noting);
            }
            place
        })
    }

    /// What the frame says of messages, for those who asked for it: a guild where nobody did costs a look
    /// into the index.
    fn note(
        &self,
        core: &mut Core<Bincode>,
        at: Seq,
        guild: Option<GuildId>,
        now: Timestamp,
        noting: Noting<'_>,
    ) {
        let asked = guild.map_or_else(|| core.reads_notes(), |guild| core.reads_notes_of(guild));
        if let Some(notes) = asked.then(noting).flatten() {
            core.note(self.place.shard, at, &notes, now);
        }
    }

    /// Who hears of a sign of life. A machine that fails all the time does not: of signs of life
    /// none is worth setting aside.
    fn watchers(&self, guild: GuildId) -> Vec<Address> {
        let at = |kind: &Kind| Address::guild(*kind, guild);
        let machines = self.watching.iter().map(at);
        machines
            .filter(|address| !self.ground.circuit_is_open(*address))
            .collect()
    }

    /// A decoded event. `replaying`: it comes from the replay of a RESUME.
    pub fn take(
        &self,
        at: Seq,
        decoded: Decoded,
        replaying: bool,
        now: Timestamp,
        noting: Noting<'_>,
    ) {
        match decoded {
            Decoded::Sign(sign) => {
                let addresses = self.watchers(sign.guild);
                self.ground.core(|core| {
                    core.sign(self.place.shard, at, &addresses, &sign, now);
                    self.note(core, at, Some(sign.guild), now, noting);
                });
            }
            Decoded::Inputs(events) => self.inputs(at, events, replaying, noting),
            Decoded::Own {
                effect,
                message,
                channel,
            } => {
                self.ground.core(|core| {
                    core.observed(effect, message, channel, now);
                    core.frame(self.place.shard, at, Vec::new(), now);
                    self.note(core, at, None, now, noting);
                });
            }
            Decoded::ForeignPress { origin, why } => {
                tracing::info!(%why, "a button of another version was pressed");
                let text =
                    "This button belongs to another version of me. Please use the command again.";
                if !replaying {
                    self.ground
                        .answer(origin.ticket.clone(), Instant::Message(Message::text(text)));
                }
                self.contained(at, now);
            }
            Decoded::MembersTooSoon { guild, nonce, wait } => {
                tracing::info!(%guild, ?wait, "asked for a member list too soon; asking again later");
                self.ground.ask_again(guild, nonce, wait);
                self.contained(at, now);
            }
            Decoded::Unavailable(guild) => {
                tracing::info!(%guild, "guild is unavailable");
                let what = Inbound::GuildUnavailable { guild };
                self.inputs(at, vec![(now, what)], replaying, noting);
            }
            Decoded::Ignored => self.ground.core(|core| {
                core.frame(self.place.shard, at, Vec::new(), now);
                self.note(core, at, None, now, noting);
            }),
            Decoded::Ready(_) | Decoded::Resumed => self.contained(at, now),
        }
    }

    fn inputs(
        &self,
        at: Seq,
        events: Vec<(Timestamp, Inbound)>,
        replaying: bool,
        noting: Noting<'_>,
    ) {
        let shard = self.place.shard;
        let (mut inputs, mut asked) = (Vec::new(), Vec::new());
        let mut last = at;
        for (part, (happened, what)) in events.into_iter().enumerate() {
            last.part = u16::try_from(part).unwrap_or(u16::MAX);
            if let Inbound::GuildLeft { guild } = &what {
                self.left(*guild);
            }
            let what = self.with_gap(what);
            let addresses = self.addresses(&what);
            let id = InputId::Gateway { shard, at: last };
            if let Some(Origin { ticket, .. }) = what.origin() {
                let late = replaying && self.age(ticket) > FRESH;
                let completing = matches!(what, Inbound::Completing(_));
                if late && completing {
                    continue;
                }
                let asks = |address: &Address| (*address, id.clone(), ticket.clone(), late);
                asked.extend(addresses.first().map(asks));
            }
            let input = Arc::new(Input {
                id,
                at: plausible(happened, self.ground.now()),
                what,
            });
            inputs.extend(
                addresses
                    .into_iter()
                    .map(|address| (address, Arc::clone(&input))),
            );
        }
        self.hand_in((at, last), inputs, asked, noting);
    }

    /// Gives the core a frame's inputs, and what it says of messages. An interaction whose author may have seen it fail is held
    /// back until that is known; one that was contained before is left alone.
    fn hand_in(
        &self,
        (at, last): (Seq, Seq),
        mut inputs: Vec<(Address, Arc<Input>)>,
        asked: Vec<Asked>,
        noting: Noting<'_>,
    ) {
        let now = self.ground.now();
        let (mut judged, mut refused) = (Vec::new(), Vec::new());
        self.ground.core(|core| {
            inputs.retain(|(address, input)| {
                let why = if self.ground.circuit_is_open(*address) {
                    "its machine fails all the time"
                } else if core.waiting_for(*address) >= MAX_WAITING_FOR_ONE {
                    "too many inputs wait for its machine"
                } else {
                    return true;
                };
                core.spool(*address, input, why, now);
                refused.extend(input.what.origin().map(|origin| origin.ticket.clone()));
                false
            });
            core.frame(self.place.shard, last, inputs, now);
            self.note(core, at, None, now, noting);
            for (address, id, ticket, late) in asked {
                if !core.is_waiting(address, &id) {
                    continue;
                }
                if late {
                    core.hold(address, &id);
                    judged.push((address, id, ticket));
                } else {
                    core.interaction_arrived(&ticket, now);
                }
            }
        });
        for (address, id, ticket) in judged {
            self.ground.judge(address, id, ticket);
        }
        for ticket in refused {
            let text =
                "I cannot take this at the moment and have set it aside. Please try again later.";
            self.ground
                .answer(ticket, Instant::Message(Message::text(text)));
        }
    }

    fn age(&self, ticket: &Ticket) -> Span {
        let now = self.ground.now() + self.ground.offset();
        now.since(ticket.interaction.created_at())
    }

    /// The bot is no longer there: nothing is to be caught up with.
    fn left(&self, guild: GuildId) {
        self.ground.forget_guild(guild);
        let now = self.ground.now();
        self.ground.core(|core| {
            let closed = core.gaps.close(guild);
            core.write(closed.into_iter().collect(), now, Haste::Soon);
        });
    }

    fn addresses(&self, what: &Inbound) -> Vec<Address> {
        match registry::route(what, &|key| self.ground.core(|core| core.indexed(key))) {
            Ok(addresses) => addresses,
            Err(why) => {
                if let Some(origin) = what.origin() {
                    let text = Message::text(why.to_string());
                    self.ground
                        .answer(origin.ticket.clone(), Instant::Message(text));
                }
                Vec::new()
            }
        }
    }

    /// A guild that becomes visible after a gap is told so, and its machines count as reconciling.
    fn with_gap(&self, mut what: Inbound) -> Inbound {
        if !matches!(what, Inbound::GuildAvailable(_)) {
            return what;
        }
        let addresses = self.addresses(&what);
        let Inbound::GuildAvailable(view) = &mut what else {
            return what;
        };
        let guild = view.guild;
        self.ground.know_guild(guild);
        let kinds: Vec<Kind> = addresses.iter().map(|address| address.kind).collect();
        view.gap = self.ground.core(|core| {
            let (gap, write) = core.gaps.reconcile(guild, &kinds, &Bincode)?;
            core.write(vec![write], self.ground.now(), Haste::Soon);
            let offset = self.ground.offset();
            Some(Gap {
                from: gap.from + offset,
                to: self.ground.now() + offset,
                ..gap
            })
        });
        what
    }

    /// A new session. Whatever happened since the old one is lost; `known_lost`: that was noted when
    /// the old one was given up.
    pub fn ready(&self, ready: Ready, seq: u64, known_lost: bool) {
        let shard = self.place.shard;
        let known: Vec<GuildId> = self.known_guilds();
        let before = self
            .ground
            .core(|core| core.positions.current(shard).cloned());
        if !known_lost && (before.is_some() || !known.is_empty()) {
            self.lost("Discord began a new session");
        }
        let position = Position {
            application: self.place.application.get(),
            shard,
            shards: self.place.shards,
            gateway: host(&self.place.gateway).to_owned(),
            ordinal: 0,
            session_id: ready.session_id,
            resume_url: ready
                .resume_url
                .unwrap_or_else(|| self.place.gateway.clone()),
            seq: 0,
            at: self.ground.now(),
        };
        let now = position.at;
        let ordinal = self.ground.core(|core| {
            core.in_step(shard, now);
            core.began(position)
        });
        let gone: Vec<_> = known
            .into_iter()
            .filter(|guild| !ready.guilds.contains(guild))
            .collect();
        let now = self.ground.now();
        let events: Vec<_> = gone
            .iter()
            .map(|guild| (now, Inbound::GuildLeft { guild: *guild }))
            .collect();
        self.inputs(
            Seq {
                session: ordinal,
                seq,
                part: 0,
            },
            events,
            false,
            &|| None,
        );
        tracing::info!(shard, guilds = ready.guilds.len(), "ready");
    }

    /// Events are lost: every guild of this shard has a gap, from the last moment that is sure.
    pub fn lost(&self, reason: &str) {
        let now = self.ground.now();
        let shard = self.place.shard;
        let guilds = self.known_guilds();
        self.ground.core(|core| {
            let from = core
                .positions
                .current(shard)
                .map_or(now, |_| core.received_until(shard));
            let gap = Gap {
                from,
                to: now,
                reason: reason.to_owned(),
            };
            let mut process = core.process().clone();
            process.gaps_total += 1;
            core.set_process(process, now);
            for guild in guilds {
                let write = core.gaps.open(guild, gap.clone(), &Bincode);
                core.write(vec![write], now, Haste::Soon);
            }
        });
    }

    fn known_guilds(&self) -> Vec<GuildId> {
        let guilds = self.ground.guilds();
        let of = |core: &Core<Bincode>| {
            let here = |guild: &GuildId| core.positions.shard_of(*guild) == self.place.shard;
            guilds.into_iter().filter(here).collect()
        };
        self.ground.core(|core| of(core))
    }
}

fn plausible(happened: Timestamp, now: Timestamp) -> Timestamp {
    let distance = now.since(happened).as_millis().saturating_abs();
    if distance <= PLAUSIBLE.as_millis() {
        happened
    } else {
        now
    }
}

/// The host of a gateway address, which stays while query and path may change.
#[must_use]
pub fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or(rest)
}

/// A gateway address as twilight wants it, who appends `/?v=10&…`: without query and closing slash.
#[must_use]
pub fn base(url: &str) -> &str {
    let base = url.split(['?', '#']).next().unwrap_or(url);
    base.trim_end_matches('/')
}

/// Guilds whose settings machine has a head: those the bot knows.
#[must_use]
pub fn guild_of(address: Address) -> Option<GuildId> {
    match address.scope {
        Scope::Guild(guild) if address.kind == Kind::Settings => Some(guild),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_time_that_cannot_be_gives_way_to_the_arrival() {
        let now = Timestamp::from_seconds(1_795_000_000);
        let replayed = now - Span::minutes(5);
        assert_eq!(plausible(replayed, now), replayed);
        // An id that is only a number is a snowflake of 2015.
        let odd = actors::kernel::ids::snowflake_time(1_001);
        assert_eq!(plausible(odd, now), now);
        assert_eq!(plausible(now + Span::days(2), now), now);
    }

    #[test]
    fn a_gateway_address_is_cut_to_what_a_query_can_follow() {
        for (url, expected) in [
            ("wss://gateway.discord.gg", "wss://gateway.discord.gg"),
            ("wss://gateway.discord.gg/", "wss://gateway.discord.gg"),
            ("ws://[::1]:9000/?v=9&encoding=json", "ws://[::1]:9000"),
            ("ws://a:1/gateway/?v=9#x", "ws://a:1/gateway"),
        ] {
            assert_eq!(base(url), expected);
        }
    }

    #[test]
    fn the_host_of_a_gateway_stays_when_path_and_query_change() {
        assert_eq!(host("wss://gateway.discord.gg/?v=10"), "gateway.discord.gg");
        assert_eq!(host("ws://127.0.0.1:9000"), "127.0.0.1:9000");
    }
}
