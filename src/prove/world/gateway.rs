//! The shard: connecting, taking in frames, asking for member lists; as `discord::shard` does it.

use super::super::{
    discord::{APPLICATION, BOT, Event, What},
    life::Link,
    outside,
};
use super::{Check, World};
use crate::{
    discord::from_discord::{Decoded, Ready},
    runtime::ground::{Ground as _, Reads as _},
};
use actors::kernel::{
    activity::{Activity, Sign},
    core::Resumed,
    ids::{ApplicationId, GuildId, UserId},
    inbound::{Inbound, Seq},
    outbox::parse_nonce,
    time::Span,
};

impl World {
    /// The shard connects: RESUME where there is something to resume, else IDENTIFY.
    pub(super) fn connect(&mut self) {
        let Some(life) = &mut self.life else { return };
        let place = life.here.core(|core| {
            let position = core.positions.current(0)?;
            let received = core.received(0);
            (!position.session_id.is_empty() && received.session == position.ordinal).then(|| {
                (
                    position.session_id.clone(),
                    usize::try_from(received.seq).unwrap_or(usize::MAX),
                )
            })
        });
        let last = self.discord.sessions.len().saturating_sub(1);
        let resumable = place.filter(|(id, seq)| {
            self.discord.sessions.last().is_some_and(|session| {
                session.id == *id && !session.dead && *seq <= session.events.len()
            })
        });
        let link = match resumable {
            Some((_, seq)) => {
                let session = &self.discord.sessions[last];
                Link {
                    session: last,
                    next: seq.max(session.trimmed),
                    until: session.events.len(),
                    replaying: true,
                    continued: false,
                }
            }
            None => {
                self.discord.identify();
                Link {
                    session: self.discord.sessions.len() - 1,
                    next: 0,
                    until: usize::MAX,
                    replaying: true,
                    continued: false,
                }
            }
        };
        let line = format!(
            "connected to session {} before frame {}",
            link.session + 1,
            link.next + 1
        );
        life.link = Some(link);
        self.note(line);
    }

    /// The next frame arrives; as `discord::shard` takes it in.
    pub(super) fn frame(&mut self) -> Check {
        self.take_frame()?;
        // Frames travel here for as long as they like: only with none on the way is nothing missing.
        let now = self.now();
        let sessions = &self.discord.sessions;
        let link = self
            .life
            .as_ref()
            .and_then(|life| Some((life, life.link.as_ref()?)));
        if let Some((life, link)) = link
            && !link.replaying
            && link.next >= sessions[link.session].events.len()
        {
            life.here.core(|core| core.in_step(0, now));
        }
        Ok(())
    }

    fn take_frame(&mut self) -> Check {
        let (now, offset) = (self.now(), self.offset());
        let Some(life) = &mut self.life else {
            return Ok(());
        };
        let Some(link) = &mut life.link else {
            return Ok(());
        };
        if link.replaying && link.next >= link.until {
            // RESUMED has a number too, which shows that a replay was cut short at its very end.
            let seq = link.until as u64 + 1;
            if let Resumed::Hole { expected } = life.here.core(|core| core.check(0, seq))
                && !link.continued
            {
                self.hole(seq, expected);
                return Ok(());
            }
            (link.replaying, life.behind_since) = (false, None);
            life.here.aside().connected = true;
            self.note("resumed");
            return Ok(());
        }
        let session = &mut self.discord.sessions[link.session];
        let event = session.events[link.next].clone();
        let seq = link.next as u64 + 1;
        link.next += 1;
        session.delivered = session.delivered.max(link.next);
        let session = (session.id.clone(), link.session);
        if let What::Ready(guilds) = &event.what {
            (link.continued, link.replaying) = (true, false);
            return self.ready(&session, guilds, seq);
        }
        let at = match life.here.core(|core| core.check(0, seq)) {
            Resumed::Next(at) => at,
            Resumed::Seen => return Ok(()),
            Resumed::Hole { .. } if link.continued => Seq {
                session: life.here.core(|core| core.received(0)).session,
                seq,
                part: 0,
            },
            Resumed::Hole { expected } => {
                self.hole(seq, expected);
                return Ok(());
            }
        };
        link.continued = true;
        let replaying = link.replaying;
        let decoded = decode(&event, offset, life.here.incarnation());
        let noting = || outside::notes(&event, session.1, seq);
        life.intake.take(at, decoded, replaying, now, &noting);
        let name = match &event.what {
            What::Happened(what) => what.name(),
            What::Signed(_) => "a sign of life",
            What::Own(..) => "our own message",
            _ => "something",
        };
        self.note(format_args!("frame {seq}: {name}"));
        Ok(())
    }

    /// Events are missing for good: the next connection identifies.
    fn hole(&mut self, seq: u64, expected: u64) {
        if let Some(life) = &mut self.life {
            life.intake.lost("a hole in the replay");
            life.here.core(|core| core.positions.forget(0));
            life.lost = true;
            life.link = None;
        }
        self.note(format_args!("frame {seq} where {expected} was next: a gap"));
    }

    pub(super) fn ready(
        &mut self,
        (id, number): &(String, usize),
        guilds: &[GuildId],
        seq: u64,
    ) -> Check {
        let Some(life) = &mut self.life else {
            return Ok(());
        };
        let known = life.here.guilds();
        let ready = Ready {
            session_id: id.clone(),
            resume_url: None,
            bot: UserId::new(BOT).expect("not zero"),
            application: ApplicationId::new(APPLICATION).expect("not zero"),
            application_flags: None,
            shard: Some((0, 1)),
            guilds: guilds.to_vec(),
        };
        life.intake.ready(ready, seq, life.lost);
        life.lost = false;
        life.behind_since = None;
        life.here.aside().connected = true;
        let ordinal = life.here.core(|core| {
            core.positions
                .current(0)
                .map_or(0, |position| position.ordinal)
        });
        let unnoticed = life.here.core(|core| {
            known
                .iter()
                .any(|guild| guilds.contains(guild) && core.gaps.open_since(*guild).is_none())
        });
        self.book.session(ordinal, *number);
        self.note(format_args!("ready: session {ordinal}"));
        if unnoticed {
            return Err("a new session began, and a guild has no gap".to_owned());
        }
        Ok(())
    }

    /// A request for a member list reaches Discord.
    pub(super) fn ask(&mut self) {
        let Some(life) = &self.life else { return };
        let asked = life.here.aside().asked.pop();
        let connected = life.link.is_some();
        if let Some((guild, nonce)) = asked.filter(|_| connected) {
            if std::mem::take(&mut self.too_soon) {
                self.discord.emit(What::TooSoon(guild, nonce));
            } else {
                self.discord.list_members(guild, &nonce);
            }
        }
    }

    pub(super) fn again(&mut self) {
        let now = self.now();
        let Some(life) = &self.life else { return };
        let mut aside = life.here.aside();
        if let Some(place) = aside.again.iter().position(|(due, ..)| *due <= now) {
            let (_, guild, nonce) = aside.again.remove(place);
            aside.asked.push((guild, nonce));
        }
    }
}

/// A frame as `from_discord` reads it.
fn decode(event: &Event, offset: Span, incarnation: u32) -> Decoded {
    match &event.what {
        What::Happened(what) => {
            let mut what = (**what).clone();
            if let Inbound::RemovalLogged { entry, .. } = &mut what {
                entry.at = entry.at - offset;
            }
            Decoded::Inputs(Activity::with_stay(event.at - offset, what).collect())
        }
        What::Signed(sign) => Decoded::Sign(sign_at(sign, offset)),
        What::Own(nonce, message, channel) => {
            let effect = nonce
                .as_deref()
                .and_then(|nonce| parse_nonce(incarnation, nonce));
            effect.map_or(Decoded::Ignored, |effect| Decoded::Own {
                effect,
                message: *message,
                channel: *channel,
            })
        }
        What::TooSoon(guild, nonce) => Decoded::MembersTooSoon {
            guild: *guild,
            nonce: nonce.clone(),
            wait: Span::seconds(30),
        },
        What::Ready(_) | What::Noise => Decoded::Ignored,
    }
}

/// A sign of life on our clock.
fn sign_at(sign: &Sign, offset: Span) -> Sign {
    let mut sign = sign.clone();
    sign.at = sign.at - offset;
    if let Some(last) = &mut sign.signs.newest {
        last.at = sign.at;
    }
    for moved in &mut sign.signs.moves {
        moved.at = sign.at;
    }
    sign
}
