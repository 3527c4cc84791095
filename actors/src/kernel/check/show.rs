//! What a machine did, as text.

use super::stage::Stage;
use crate::kernel::{
    address::Address,
    chore::Chore,
    effect::{Effect, Instant, OutboxRow, Target},
    fact::Fact,
    ids::{ChannelId, UserId},
    inbound::Input,
    machine::{Machine, RowKey, TimerChange},
    note::{Noted, Size},
    own::Known,
    record::{Snapshot, Space, Write},
    spool::Line,
    text::{Button, ButtonAction, Embed, Message, Modal, Row},
    turn::Turned,
};
use std::collections::BTreeMap;

impl<M: Machine> Stage<M> {
    pub(super) fn show_turn(&mut self, input: &Input, turned: &Turned) {
        let mut lines = Vec::new();
        let mut number = self.asked.len();
        for row in &turned.commit.outbox {
            self.show_effect(row, &mut number, &mut lines);
        }
        for id in &turned.commit.withdrawn {
            let row = self.effects.iter().find(|row| row.id == *id);
            let row = row.expect("what is withdrawn was wanted");
            let user = match &row.effect {
                Effect::ReadMember { user, .. }
                | Effect::ChangeRole { user, .. }
                | Effect::Kick { user, .. } => self.names.of_user(*user),
                _ => String::new(),
            };
            let line = format!("withdraw {} {user}", row.effect.name());
            lines.push(line.trim_end().to_owned());
        }
        if let (Some(instant), Some(origin)) = (&turned.instant, input.what.origin()) {
            let who = self.names.of_user(origin.caller.user);
            let refused = turned.refused.is_some();
            self.show_instant(instant, &who, refused, &mut lines);
        } else if let Some(refusal) = &turned.refused {
            lines.push(format!("refuse \"{}\"", self.names.in_text(refusal)));
        }
        for (key, change) in &turned.commit.timers {
            match change {
                TimerChange::Set { due, .. } => {
                    lines.push(format!("timer {key} in {}", due.since(self.now)));
                }
                TimerChange::Cancel if self.timers.contains_key(key) => {
                    lines.push(format!("timer {key} off"));
                }
                TimerChange::Cancel => {}
            }
        }
        lines.extend(
            turned
                .commit
                .writes
                .iter()
                .filter_map(|write| self.index_line(write)),
        );
        let spooled = turned.commit.spooled.iter();
        lines.extend(spooled.map(|line| self.spool_line(line)));
        match turned.commit.reconciling {
            Some(true) => lines.push("reconciling".to_owned()),
            Some(false) => lines.push("reconciled".to_owned()),
            None => {}
        }
        self.printed.extend(lines);
    }

    /// From now on the machine sees what happens in a channel, to a user, on a message; or no longer.
    fn index_line(&self, write: &Write) -> Option<String> {
        if write.key.space() != Some(Space::Index) {
            return None;
        }
        let id = u64::from_be_bytes(write.key.body().get(1..9)?.try_into().ok()?);
        let what = match write.key.body()[0] {
            b'c' => self.names.of_channel(ChannelId::new(id)?),
            b'u' => self.names.of_user(UserId::new(id)?),
            b'g' => "messages".to_owned(),
            b'r' => "members".to_owned(),
            _ => format!("message {id}"),
        };
        let verb = if write.record.is_some() {
            "watch"
        } else {
            "unwatch"
        };
        Some(format!("{verb} {what}"))
    }

    fn spool_line(&self, line: &Line) -> String {
        let note = match line {
            Line::Forget { user, .. } => {
                return format!("spool forget {}", self.names.of_user(*user));
            }
            Line::Message(note) => note,
        };
        let channel = self.names.of_channel(note.channel);
        let what = match note.what {
            Noted::Written {
                author,
                writer,
                size,
                reply,
            } => {
                let author = self.names.of_user(author);
                format!("written by {author} {writer:?} {} {reply:?}", amount(size))
            }
            Noted::Edited { size } => format!("edited {}", amount(size)),
            Noted::Deleted => "deleted".to_owned(),
        };
        format!("spool {channel} {} {what}", note.message)
    }

    fn show_effect(&self, row: &OutboxRow, number: &mut usize, lines: &mut Vec<String>) {
        let mut numbered = || {
            *number += usize::from(row.reports);
            format!("[{number}]")
        };
        match &row.effect {
            Effect::Say { to, message } => {
                let head = self.say_head(to);
                self.show_message(&head, message, lines);
            }
            Effect::Edit {
                channel, message, ..
            } => {
                let head = format!("edit {}", self.names.of_channel(*channel));
                self.show_message(&head, message, lines);
            }
            Effect::Delete {
                channel,
                message_id,
            } => {
                lines.push(format!(
                    "delete {} {message_id}",
                    self.names.of_channel(*channel)
                ));
            }
            Effect::ReadAuditLog { since, .. } => {
                let ago = self.now.since(*since);
                lines.push(format!("{} read audit log of the last {ago}", numbered()));
            }
            Effect::ReadPermissions { channels, .. } => {
                let names = channels
                    .iter()
                    .map(|channel| self.names.of_channel(*channel));
                let names: Vec<String> = names.collect();
                lines.push(format!(
                    "{} read permissions {}",
                    numbered(),
                    names.join(" ")
                ));
            }
            Effect::RequestMembers { nonce, .. } => {
                lines.push(format!("{} request members as {nonce}", numbered()));
            }
            Effect::ReadMember { user, .. } => {
                lines.push(format!(
                    "{} look at {}",
                    numbered(),
                    self.names.of_user(*user)
                ));
            }
            Effect::ChangeRole {
                user,
                role,
                give,
                reason,
                ..
            } => {
                let (verb, to) = if *give {
                    ("give", "to")
                } else {
                    ("take", "from")
                };
                let (role, user) = (self.names.of_role(*role), self.names.of_user(*user));
                lines.push(format!(
                    "{} {verb} {role} {to} {user} \"{reason}\"",
                    numbered()
                ));
            }
            Effect::Kick { user, reason, .. } => {
                let user = self.names.of_user(*user);
                lines.push(format!("{} kick {user} \"{reason}\"", numbered()));
            }
            Effect::House(chore) => lines.push(self.chore_line(*chore)),
            Effect::TakeRoster { day, .. } => {
                lines.push(format!("{} take the roster of {day}", numbered()));
            }
            Effect::Tell { to, .. } if *to == self.address => {}
            Effect::Tell { to, fact } => lines.push(self.tell_line(*to, fact)),
        }
    }

    fn chore_line(&self, chore: Chore) -> String {
        match chore {
            Chore::Erase { user, .. } => format!("erase {}", self.names.of_user(user)),
            Chore::Record { user, .. } => format!("record {} again", self.names.of_user(user)),
            Chore::Reload { machine } => format!("reload {}", machine.kind.name()),
        }
    }

    fn say_head(&self, to: &[Target]) -> String {
        let (taken, n) = self.taken_by(to);
        let head = match &to[n] {
            Target::Answer(_) => "reply".to_owned(),
            Target::Channel(channel) => format!("post {}", self.names.of_channel(*channel)),
            Target::User(user) => format!("dm {}", self.names.of_user(*user)),
            Target::Notice { user, .. } => format!("notice {}", self.names.of_user(*user)),
        };
        // Answers name their person; that is always the second target.
        let head = match (&to[n], to.get(1)) {
            (Target::Answer(_), Some(Target::User(user))) => {
                format!("{head} {}", self.names.of_user(*user))
            }
            _ => head,
        };
        match taken {
            Ok(_) => head,
            Err(status) => format!("{head} (refused: {status})"),
        }
    }

    fn show_instant(&self, instant: &Instant, who: &str, refused: bool, lines: &mut Vec<String>) {
        match instant {
            Instant::Message(message) => {
                let verb = if refused { "refuse" } else { "reply" };
                self.show_message(&format!("{verb} {who}"), message, lines);
            }
            Instant::Choices(choices) => {
                let names: Vec<&str> = choices.iter().map(|choice| choice.name.as_str()).collect();
                lines.push(format!("choices {who} {}", names.join(" | ")));
            }
            Instant::Modal(modal) => self.show_modal(modal, who, lines),
            Instant::Defer => lines.push(format!("defer {who}")),
            Instant::Replace(message) => {
                self.show_message(&format!("replace {who}"), message, lines);
            }
            Instant::Files(message, files) => {
                self.show_message(&format!("reply {who}"), message, lines);
                for file in files {
                    lines.push(format!("    file {} \"{}\"", file.name, file.description));
                    let text = String::from_utf8_lossy(&file.bytes);
                    lines.extend(text.lines().map(|line| format!("    > {line}")));
                }
            }
        }
    }

    fn show_modal(&self, modal: &Modal, who: &str, lines: &mut Vec<String>) {
        lines.push(format!(
            "form {who} {} \"{}\"",
            short_id(&modal.custom_id),
            modal.title
        ));
        for field in &modal.fields {
            let value = self.names.in_text(&field.value);
            lines.push(format!("    {}: {value:?}", field.custom_id));
        }
    }

    fn show_message(&self, head: &str, message: &Message, lines: &mut Vec<String>) {
        let mut head = head.to_owned();
        let content = self.names.in_text(&message.content);
        let short = !content.is_empty() && !content.contains('\n');
        if short {
            head.push_str(&format!(" \"{content}\""));
        }
        let users = message
            .mentions
            .users
            .iter()
            .map(|user| self.names.of_user(*user));
        let roles = message.mentions.roles.iter().map(|role| format!("@{role}"));
        let everyone = message.mentions.everyone.then(|| "everyone".to_owned());
        let pings: Vec<String> = users.chain(roles).chain(everyone).collect();
        if !pings.is_empty() {
            head.push_str(&format!(" pings {}", pings.join(" ")));
        }
        lines.push(head);
        if !short && !content.is_empty() {
            lines.extend(content.lines().map(|line| format!("    | {line}")));
        }
        for embed in &message.embeds {
            self.show_embed(embed, lines);
        }
        for row in &message.rows {
            lines.push(format!("    {}", row_line(row)));
        }
    }

    fn show_embed(&self, embed: &Embed, lines: &mut Vec<String>) {
        let shown = |text: &str| self.names.in_text(text);
        if !embed.title.is_empty() {
            lines.push(format!("    # {}", shown(&embed.title)));
        }
        lines.extend(
            shown(&embed.description)
                .lines()
                .map(|line| format!("    | {line}")),
        );
        for field in &embed.fields {
            lines.push(format!("    ## {}", shown(&field.name)));
            lines.extend(
                shown(&field.value)
                    .lines()
                    .map(|line| format!("    | {line}")),
            );
        }
        if !embed.footer.is_empty() {
            lines.push(format!("    ({})", shown(&embed.footer)));
        }
    }

    fn tell_line(&self, to: Address, fact: &Fact) -> String {
        let to = to.kind.name();
        match fact {
            Fact::Shared(_) => format!("tell {to} shared"),
            Fact::SharedWanted => format!("tell {to} shared wanted"),
            Fact::Standing(standing) => {
                let state = if standing.on { "on" } else { "off" };
                let next = standing.next_step.as_deref().unwrap_or("nothing");
                let summary = self.names.in_text(&standing.summary);
                format!("tell {to} {state}: {summary}; next {next}")
            }
            Fact::Sweep { tag, .. } => format!("tell {to} sweep {tag}"),
            Fact::KnowledgeWanted { user, .. } => {
                format!(
                    "tell {to} to say what it knows about {}",
                    self.names.of_user(*user)
                )
            }
            Fact::Forget { user, .. } => {
                format!("tell {to} to forget {}", self.names.of_user(*user))
            }
            Fact::Imported(brought) => format!("tell {to} {} imported", brought.len()),
            Fact::Knowledge { known, .. } => self.known_line(to, known),
            Fact::GraceOver { .. } => format!("tell {to} that the grace is over"),
            Fact::SetupAgain => format!("tell {to} to set up again"),
            Fact::GuildForgotten => format!("tell {to} to forget the server"),
            Fact::RecordAgain { user } => {
                format!(
                    "tell {to} that {} may be recorded",
                    self.names.of_user(*user)
                )
            }
        }
    }

    /// The stored rows.
    pub(crate) fn stored_rows(&self) -> BTreeMap<RowKey, M::Row> {
        let read = |record| M::Row::from_record(&super::codec::Json, record);
        let rows = self.rows.iter();
        rows.map(|(key, record)| (key.clone(), read(record).expect("it was read before")))
            .collect()
    }

    fn known_line(&self, to: &str, known: &[Known]) -> String {
        let mut line = format!("tell {to} {} known", known.len());
        for known in known {
            let (text, data) = (self.names.in_text(&known.text), &known.data);
            line.push_str(&format!("\n    # {}\n", known.topic));
            line.extend(text.lines().map(|text| format!("    | {text}\n")));
            line.push_str(&format!("    {data}"));
            if let Some(why) = &known.stays {
                line.push_str(&format!("\n    stays: {why}"));
            }
        }
        line
    }

    /// The stored rows, one line each.
    pub(super) fn show_rows(&mut self) {
        for (key, row) in self.stored_rows() {
            let name = key.as_user().map(|user| self.names.of_user(user));
            let name = name.unwrap_or_else(|| format!("{:?}", key.0));
            self.printed.push(format!("row {name} {row:?}"));
        }
        if self.rows.is_empty() {
            self.printed.push("no rows".to_owned());
        }
    }
}

fn row_line(row: &Row) -> String {
    match row {
        Row::Buttons(buttons) => {
            let buttons: Vec<String> = buttons.iter().map(button_text).collect();
            buttons.join(" ")
        }
        Row::Select(select) => format!("<{}: {}>", short_id(&select.custom_id), select.placeholder),
    }
}

fn button_text(button: &Button) -> String {
    match &button.action {
        ButtonAction::Press { custom_id, .. } => {
            format!("[{} → {}]", button.label, short_id(custom_id))
        }
        ButtonAction::Open { url } => format!("[{} → {url}]", button.label),
    }
}

/// `g1:welcome:edit:join` without version and feature, as scripts press it.
fn short_id(custom_id: &str) -> &str {
    custom_id.splitn(3, ':').nth(2).unwrap_or(custom_id)
}

fn amount(size: Option<Size>) -> String {
    size.map_or("?".to_owned(), |size| {
        format!("{} characters, {} files", size.length, size.files)
    })
}
