//! Verbs as data: what stories, load generators and the HTTP control interface speak.
//!
//! A [`Verb`] names things as people do (`#general`, `@Ada`, `Town`) or by id; `guild` may be left out where there is
//! only one or where a channel tells. Each is one line of JSON:
//!
//! ```json
//! {"verb": "say", "channel": "#general", "user": "Ada", "text": "hello"}
//! {"verb": "command", "channel": "#general", "user": "Mo", "line": "/welcome join channel:#welcome"}
//! {"verb": "fail_next", "method": "POST", "route": "/channels/{id}/messages", "n": 2, "fault": {"status": 503}}
//! ```
//!
//! To add one: a variant here, an arm in `perform`, a line in the table of its test.

mod perform;
#[cfg(test)]
mod tests;

use crate::faults::FaultKind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Something that a person, a moderator or misfortune does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case", deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "the fields are named after what they are; the module says how they are read"
)]
pub enum Verb {
    /// A new person (or somebody else's bot); answers its id.
    AddUser {
        name: String,
        #[serde(default)]
        bot: bool,
    },
    /// A new guild; answers its id.
    CreateGuild {
        name: String,
        owner: Option<String>,
        #[serde(default = "yes")]
        with_bot: bool,
    },
    /// A new channel; `kind` is `text`, `voice`, `category`, `announcement`, `forum` or `stage`.
    CreateChannel {
        guild: Option<String>,
        name: String,
        #[serde(default = "text")]
        kind: String,
    },
    /// A new role with these permission bits.
    CreateRole {
        guild: Option<String>,
        name: String,
        #[serde(default)]
        permissions: u64,
    },
    /// A channel is deleted.
    DeleteChannel {
        guild: Option<String>,
        channel: String,
    },
    /// A channel gets another name.
    RenameChannel {
        guild: Option<String>,
        channel: String,
        name: String,
    },
    /// A role is deleted.
    DeleteRole { guild: Option<String>, role: String },
    /// An overwrite of a channel for a role or a member.
    SetOverwrite {
        guild: Option<String>,
        channel: String,
        role: Option<String>,
        user: Option<String>,
        #[serde(default)]
        allow: u64,
        #[serde(default)]
        deny: u64,
    },
    /// A member gets a role.
    GiveRole {
        guild: Option<String>,
        user: String,
        role: String,
    },
    /// A member loses a role.
    TakeRole {
        guild: Option<String>,
        user: String,
        role: String,
    },
    /// A member gets (or loses) a nickname.
    SetNick {
        guild: Option<String>,
        user: String,
        nick: Option<String>,
    },
    /// Somebody becomes a member; made up if unknown.
    Join { guild: Option<String>, user: String },
    /// Somebody leaves.
    Leave { guild: Option<String>, user: String },
    /// A moderator kicks.
    Kick {
        guild: Option<String>,
        moderator: String,
        user: String,
        reason: Option<String>,
    },
    /// A moderator bans.
    Ban {
        guild: Option<String>,
        moderator: String,
        user: String,
        reason: Option<String>,
    },
    /// A moderator lifts a ban.
    Unban {
        guild: Option<String>,
        moderator: String,
        user: String,
    },
    /// The bot is invited.
    InviteBot { guild: Option<String> },
    /// The bot is thrown out.
    RemoveBot { guild: Option<String> },
    /// An outage of a guild begins or ends.
    SetUnavailable {
        guild: Option<String>,
        unavailable: bool,
    },
    /// Which privileged intents are granted.
    SetApplicationFlags { flags: u64 },
    /// Somebody writes; answers the message's id.
    Say {
        guild: Option<String>,
        channel: String,
        user: String,
        text: String,
    },
    /// Somebody writes to the bot directly.
    SayDm { user: String, text: String },
    /// A message is changed.
    Edit { message: String, text: String },
    /// A message is deleted.
    DeleteMessage { message: String },
    /// A message is pinned or unpinned.
    Pin {
        message: String,
        #[serde(default = "yes")]
        pin: bool,
    },
    /// An emoji is put under a message.
    React {
        message: String,
        user: String,
        emoji: String,
    },
    /// An emoji is taken away.
    Unreact {
        message: String,
        user: String,
        emoji: String,
    },
    /// Somebody begins to type.
    Typing {
        guild: Option<String>,
        channel: String,
        user: String,
    },
    /// `online`, `idle`, `dnd` or `offline`, and perhaps a game.
    Presence {
        guild: Option<String>,
        user: String,
        status: String,
        playing: Option<String>,
    },
    /// Somebody enters or changes to a voice channel.
    JoinVoice {
        guild: Option<String>,
        channel: String,
        user: String,
    },
    /// Somebody leaves voice.
    LeaveVoice { guild: Option<String>, user: String },
    /// Somebody in voice mutes or deafens themselves.
    SelfMute {
        guild: Option<String>,
        user: String,
        mute: bool,
        #[serde(default)]
        deaf: bool,
    },
    /// Somebody in voice begins or ends a stream.
    Stream {
        guild: Option<String>,
        user: String,
        on: bool,
    },
    /// Somebody begins a thread; answers its id.
    CreateThread {
        guild: Option<String>,
        channel: String,
        user: String,
        name: String,
    },
    /// Somebody joins a thread, by its id.
    JoinThread { thread: String, user: String },
    /// Somebody leaves a thread.
    LeaveThread { thread: String, user: String },
    /// Somebody plans an event for tomorrow; answers its id.
    CreateEvent {
        guild: Option<String>,
        user: String,
        name: String,
    },
    /// Somebody is interested in an event, or no longer.
    AnswerEvent {
        event: String,
        user: String,
        #[serde(default = "yes")]
        interested: bool,
    },
    /// Somebody runs a command; answers the interaction's id.
    Command {
        guild: Option<String>,
        channel: String,
        user: String,
        line: String,
    },
    /// Somebody runs a command in a direct message.
    CommandDm { user: String, line: String },
    /// Somebody is typing an option.
    Autocomplete {
        guild: Option<String>,
        channel: String,
        user: String,
        line: String,
    },
    /// Somebody presses a button.
    Click {
        message: String,
        custom_id: String,
        user: String,
    },
    /// Somebody chooses from a menu.
    Select {
        message: String,
        custom_id: String,
        user: String,
        values: Vec<String>,
    },
    /// Somebody sends the form that an interaction opened.
    SubmitModal {
        interaction: String,
        fields: BTreeMap<String, String>,
    },
    /// All connections drop.
    CutGateway {},
    /// All connections are closed with a code.
    CloseGateway { code: u16 },
    /// Clients are asked to reconnect.
    ReconnectOp {},
    /// Clients are told that their session is invalid.
    InvalidSession { resumable: bool },
    /// The next RESUMEs are refused.
    RefuseResumeNext { n: u64 },
    /// The next RESUME finds only what was not confirmed by heartbeat.
    TrimReplay {},
    /// The gateway refuses connections.
    GatewayDown { down: bool },
    /// The gateway accepts and closes at once; without a code no more.
    GatewayAcceptAndClose { code: Option<u16> },
    /// The next events are sent twice.
    DuplicateNextEvent { n: u64 },
    /// The next matching requests go wrong.
    FailNext {
        #[serde(default = "any")]
        method: String,
        #[serde(default)]
        route: String,
        #[serde(default = "one")]
        n: u64,
        fault: FaultKind,
    },
    /// All requests go wrong.
    FailAll { fault: FaultKind },
    /// All faults end.
    Heal {},
    /// Time passes at once.
    Advance { ms: u64 },
}

fn yes() -> bool {
    true
}

fn text() -> String {
    "text".to_owned()
}

fn any() -> String {
    "*".to_owned()
}

fn one() -> u64 {
    1
}
