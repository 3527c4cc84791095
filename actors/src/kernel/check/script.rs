//! Script lines as what they mean; the table is in the module docs of [`super`].

use super::{cast::owned, read, stage::Stage};
use crate::kernel::{
    activity::{Activity, Deed, Signs},
    address::Kind,
    call::{Press, Submit},
    custom_id::CustomId,
    effect::{Effect, Failure, Outcome},
    ids::{GuildId, MessageId},
    inbound::{AuditEntry, Inbound, InputId, Member},
    machine::Machine,
    note::{Note, Noted, Notes, Size, Writer},
    owner::{self, Said},
};

impl<M: Machine> Stage<M> {
    /// Plays all lines; what they led to, each under its line.
    pub(crate) fn play(&mut self, script: &str) -> String {
        let mut out = String::new();
        for line in script
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
        {
            let (silent, step) = match line.strip_prefix("given ") {
                Some(step) => (true, step),
                None => (false, line),
            };
            self.step(step.trim());
            let printed = std::mem::take(&mut self.printed);
            if !silent {
                out.push_str(&format!("> {line}\n"));
                out.extend(printed.iter().map(|line| format!("{line}\n")));
            }
        }
        out
    }

    fn step(&mut self, line: &str) {
        let words = read::words(line);
        let parts: Vec<&str> = words.iter().map(String::as_str).collect();
        match parts.as_slice() {
            [span, "pass" | "passes"] => self.pass(read::span(span).expect("a length of time")),
            [span, "asleep"] => self.sleep(read::span(span).expect("a length of time")),
            ["repeat"] => {
                if let Some(event) = self.last_event.clone() {
                    self.deliver(event);
                }
            }
            ["rows"] => self.show_rows(),
            ["guild", rest @ ..] => self.guild(rest),
            ["listed", rest @ ..] => self.listed(rest),
            ["outcome", "of", number, rest @ ..] => self.outcome(number, rest),
            ["told", rest @ ..] => self.told(rest),
            ["log:", by, verb, whom, reason @ ..] => {
                let entry = self.entry(by, verb, whom, reason.first().copied());
                self.logged(entry);
            }
            ["may", names @ ..] => self.may = read::permissions(&names.join(" ")),
            ["missing", "intent", name] => self.process.missing_intents.push((*name).to_owned()),
            ["note", rest @ ..] => self.noted(rest),
            [who, rest @ ..] if who.ends_with(':') => self.sign(who, rest),
            [who, "writes", ..] => {
                let (user, channel) = (self.names.user(who), self.names.channel("general"));
                let message = MessageId::new(1).unwrap();
                self.deliver(Inbound::DirectMessage {
                    user,
                    channel,
                    message,
                });
            }
            [place, rest @ ..] if place.starts_with('#') => self.channel(place, rest),
            [role, "deleted"] if role.starts_with('@') => {
                let role = self.names.role(role);
                self.deliver(Inbound::RoleDeleted {
                    guild: self.guild_id(),
                    role,
                });
            }
            [who, "takes", "no", "messages"] => {
                let user = self.names.user(who);
                self.shut.insert(user);
            }
            [who, "in", "dm", "says", text @ ..] => self.said(who, false, text),
            [who, "says", text @ ..] => self.said(who, true, text),
            [who, "in", "dm", ..] => self.call(who, false, &words[3..]),
            [who, command, ..] if command.starts_with('/') => {
                self.call(who, true, &words[1..]);
            }
            [who, "types", ..] => self.complete(who, &words[2..]),
            [who, "presses", id] => {
                let (origin, id) = (self.origin(who, true), custom_id(M::KIND, id));
                self.deliver(Inbound::Pressed(Press {
                    origin,
                    id,
                    message: None,
                    values: Vec::new(),
                }));
            }
            [who, "submits", id, ..] => {
                let (origin, id) = (self.origin(who, true), custom_id(M::KIND, id));
                let fields = words[3..]
                    .iter()
                    .map(|word| word.split_once(':').expect("field:text"));
                let fields = fields
                    .map(|(name, text)| (name.to_owned(), text.to_owned()))
                    .collect();
                self.deliver(Inbound::Submitted(Submit { origin, id, fields }));
            }
            _ => self.member_step(line, &words),
        }
    }

    pub(super) fn guild_id(&self) -> GuildId {
        self.address.guild_id().expect("scripts play in a guild")
    }

    /// Several signs of life, between commas, gather.
    fn sign(&mut self, who: &str, rest: &[&str]) {
        let line = rest.join(" ");
        let signs: Vec<Signs> = line.split(", ").map(|part| self.one_sign(part)).collect();
        for name in read::people(&[who.trim_end_matches(':').to_owned()]) {
            let user = self.names.user(&name);
            let (first, more) = signs.split_first().expect("a sign of life");
            let mut activity = Activity::of(self.guild_id(), user, first.clone());
            for signs in more {
                assert!(activity.add(user, signs), "too many signs of life");
            }
            self.deliver(Inbound::Activity(activity));
        }
    }

    /// The application's owner writes a command; people and channels in it are mentioned.
    fn said(&mut self, who: &str, in_guild: bool, words: &[&str]) {
        let words: Vec<String> = words
            .iter()
            .map(|word| self.names.mentioned(word))
            .collect();
        let bot = self.names.user("robot");
        let order =
            owner::order(&words.join(" "), bot).expect("a command of the application's owner");
        self.deliver(Inbound::OwnerSaid(Said {
            user: self.names.user(who),
            guild: in_guild.then(|| self.guild_id()),
            channel: self.names.channel("general"),
            order,
        }));
    }

    /// `401 #general written alice 12 2, 401 #general edited ?, 401 #general deleted`; what is between
    /// commas gathers. `webhook` and `bot` stand before whoever is none of the people.
    fn noted(&mut self, rest: &[&str]) {
        let line = rest.join(" ");
        let notes = line.split(", ").map(|note| self.note(note)).collect();
        let notes = Notes::of(self.guild_id(), notes);
        self.deliver(Inbound::Noted(notes));
    }

    fn note(&self, words: &str) -> Note {
        let words: Vec<&str> = words.split(' ').collect();
        let size = |words: &[&str]| match words {
            [length, files] => Some(Size {
                length: length.parse().expect("a length"),
                files: files.parse().expect("a number of files"),
            }),
            _ => None,
        };
        let what = match &words[2..] {
            ["written", "bot", rest @ ..] => self.written(Writer::Bot, rest[0], size(&rest[1..])),
            ["written", "webhook", rest @ ..] => {
                self.written(Writer::Webhook, rest[0], size(&rest[1..]))
            }
            ["written", rest @ ..] => self.written(Writer::Person, rest[0], size(&rest[1..])),
            ["edited", rest @ ..] => Noted::Edited { size: size(rest) },
            ["deleted"] => Noted::Deleted,
            other => panic!("no such note: {other:?}"),
        };
        Note {
            at: self.now,
            channel: self.names.channel(words[1]),
            message: MessageId::new(words[0].parse().expect("a number")).expect("not zero"),
            what,
        }
    }

    fn written(&self, writer: Writer, author: &str, size: Option<Size>) -> Noted {
        Noted::Written {
            author: self.names.user(author),
            writer,
            size,
            reply: None,
        }
    }

    fn one_sign(&self, words: &str) -> Signs {
        let (deed, place) = words.split_once(' ').unwrap_or((words, ""));
        let channel = place.starts_with('#').then(|| self.names.channel(place));
        let now = self.now;
        match deed {
            "writes" => Signs::deed(now, Deed::Wrote, channel),
            "edits" => Signs::deed(now, Deed::Edited, channel),
            "reacts" => Signs::deed(now, Deed::Reacted, channel),
            "types" => Signs::deed(now, Deed::Typed, channel),
            "joins" => Signs::deed(now, Deed::Threaded, channel),
            "answers" => Signs::deed(now, Deed::Answered, channel),
            "speaks" | "mutes" | "leaves" => Signs::voice(now, channel),
            "online" => Signs::online(now),
            _ => panic!("no such sign of life: {deed}"),
        }
    }

    fn member_step(&mut self, line: &str, words: &[String]) {
        const VERBS: [&str; 9] = [
            "join", "joins", "leave", "leaves", "kicked", "banned", "passes", "gets", "loses",
        ];
        let verb = words.iter().position(|word| VERBS.contains(&word.as_str()));
        let verb = verb.unwrap_or_else(|| panic!("not understood: {line}"));
        let rest: Vec<&str> = words[verb + 1..].iter().map(String::as_str).collect();
        for name in read::people(&words[..verb]) {
            self.member(&name, &words[verb], &rest);
        }
    }

    fn member(&mut self, name: &str, verb: &str, rest: &[&str]) {
        let (guild, user) = (self.guild_id(), self.names.user(name));
        match (verb, rest) {
            ("join" | "joins", how) => {
                let known = self.members.get(&user).cloned();
                let member = known.unwrap_or_else(|| self.newcomer(name, how));
                self.members.insert(user, member.clone());
                self.deliver(Inbound::MemberJoined { guild, member });
            }
            ("leave" | "leaves", _) => self.leave(name),
            ("kicked" | "banned", ["by", by, reason @ ..]) => {
                let verb = if verb == "kicked" { "kicks" } else { "bans" };
                let by = by.trim_end_matches(':');
                let entry = self.entry(by, verb, name, reason.first().copied());
                self.leave(name);
                self.logged(entry);
            }
            _ => {
                let mut member = self.someone(name);
                member.pending &= verb != "passes";
                let roles = rest.iter().filter(|word| word.starts_with('@'));
                let roles: Vec<_> = roles.map(|role| self.names.role(role)).collect();
                member.roles.retain(|role| !roles.contains(role));
                if verb != "loses" {
                    member.roles.extend(roles);
                }
                self.members.insert(user, member.clone());
                self.deliver(Inbound::MemberChanged { guild, member });
            }
        }
    }

    fn leave(&mut self, name: &str) {
        let member = self.someone(name);
        self.members.remove(&member.user);
        let Member {
            user, name, bot, ..
        } = member;
        self.deliver(Inbound::MemberLeft {
            guild: self.guild_id(),
            user,
            name,
            bot,
        });
    }

    fn logged(&mut self, entry: AuditEntry) {
        self.deliver(Inbound::RemovalLogged {
            guild: self.guild_id(),
            entry,
        });
    }

    fn channel(&mut self, place: &str, rest: &[&str]) {
        let channel = self.names.channel(place);
        match rest {
            ["deleted"] => {
                self.refusing.insert(channel, 404);
                self.deliver(Inbound::ChannelDeleted {
                    guild: self.guild_id(),
                    channel,
                });
            }
            ["refuses", status] => {
                self.refusing
                    .insert(channel, status.parse().expect("a status"));
            }
            ["heals"] => {
                self.refusing.remove(&channel);
            }
            _ => panic!("channels are deleted, refuse or heal"),
        }
    }

    fn guild(&mut self, rest: &[&str]) {
        let guild = self.guild_id();
        let owner = Some(self.names.user("owner"));
        match rest {
            ["left"] => self.deliver(Inbound::GuildLeft { guild }),
            ["unavailable"] => self.deliver(Inbound::GuildUnavailable { guild }),
            ["renamed", name] => {
                self.deliver(Inbound::GuildChanged {
                    guild,
                    name: (*name).to_owned(),
                    owner,
                });
            }
            ["available", how @ ..] => {
                let view = self.view(how);
                self.deliver(Inbound::GuildAvailable(view));
            }
            _ => panic!("guilds are available, unavailable, renamed or left"),
        }
    }

    fn listed(&mut self, rest: &[&str]) {
        let last = rest.last() != Some(&"…");
        let words = owned(rest.strip_suffix(&["…"]).unwrap_or(rest));
        let members = read::people(&words)
            .iter()
            .map(|name| self.someone(name))
            .collect();
        let requested = self.effects.iter().rev().find_map(|row| match &row.effect {
            Effect::RequestMembers { nonce, .. } => Some(nonce.clone()),
            _ => None,
        });
        let nonce = requested.expect("the list was requested");
        self.deliver(Inbound::MembersListed {
            guild: self.guild_id(),
            members,
            last,
            nonce,
        });
    }

    fn outcome(&mut self, number: &str, rest: &[&str]) {
        let number: usize = number.trim_end_matches(':').parse().expect("a number");
        let row = self.asked[number - 1].clone();
        let outcome = match rest {
            ["done"] => Outcome::Done,
            ["expires"] => Outcome::Expired,
            ["listed", accounts] => Outcome::Listed {
                accounts: accounts.parse().expect("how many"),
            },
            ["fails", status] => {
                let status = status.parse().expect("a status");
                Outcome::Failed(Failure {
                    status,
                    code: 0,
                    text: "refused".into(),
                })
            }
            ["log"] => Outcome::AuditLog(Vec::new()),
            ["log", by, verb, whom, reason @ ..] => {
                Outcome::AuditLog(vec![self.entry(by, verb, whom, reason.first().copied())])
            }
            ["here", how @ ..] => Outcome::Member(self.looked_at(&row.effect, how)),
            ["may", names @ ..] => {
                Outcome::Permissions(self.granted(&names.join(" "), &row.effect))
            }
            other => panic!("no such outcome: {other:?}"),
        };
        let what = Inbound::Done {
            effect: row.id,
            outcome,
            origin: row.origin,
        };
        self.deliver_local(InputId::Outcome(row.id), what);
    }

    fn call(&mut self, who: &str, in_guild: bool, words: &[String]) {
        let call = self.called(who, in_guild, words);
        self.deliver(Inbound::Called(call));
    }

    fn complete(&mut self, who: &str, words: &[String]) {
        let mut call = self.called(who, true, words);
        let last = words.last().and_then(|word| word.split_once(':'));
        call.focused = last.map(|(name, _)| name.to_owned());
        self.deliver(Inbound::Completing(call));
    }
}

fn custom_id(kind: Kind, short: &str) -> CustomId {
    CustomId::parse(&format!("g1:{}:{short}", kind.name())).expect("an action and its arguments")
}
