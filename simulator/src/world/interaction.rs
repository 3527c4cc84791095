//! One press, command or form of a member, and how far the bot's answer has come.

use crate::ids::Id;
use serde_json::Value;

/// A member who gets no callback within this sees "The application did not respond".
pub(crate) const ANSWER_WITHIN_MS: i64 = 3_000;
/// So long the token is good for follow-ups.
pub(crate) const TOKEN_LIVES_MS: i64 = 15 * 60 * 1_000;

/// What a member did, by Discord's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InteractionKind {
    /// Ran a slash, user or message command.
    Command = 2,
    /// Pressed a button or chose from a menu.
    Component = 3,
    /// Is typing an option.
    Autocomplete = 4,
    /// Sent a form.
    ModalSubmit = 5,
}

/// What the bot's first answer was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerKind {
    /// A message at once (type 4).
    Reply,
    /// "Thinking ..." (type 5).
    Deferred,
    /// The press is taken note of, nothing shown (type 6).
    DeferredUpdate,
    /// The message that carried the button was changed (type 7).
    Update,
    /// Suggestions (type 8).
    Autocomplete,
    /// A form was opened (type 9).
    Modal,
}

impl AnswerKind {
    pub(crate) fn from_type(number: u64) -> Option<Self> {
        match number {
            4 => Some(Self::Reply),
            5 => Some(Self::Deferred),
            6 => Some(Self::DeferredUpdate),
            7 => Some(Self::Update),
            8 => Some(Self::Autocomplete),
            9 => Some(Self::Modal),
            _ => None,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Interaction {
    pub(crate) id: Id,
    pub(crate) token: String,
    pub(crate) kind: InteractionKind,
    pub(crate) user: Id,
    pub(crate) channel: Id,
    pub(crate) guild: Option<Id>,
    pub(crate) created_ms: i64,
    /// For the transcript: `/welcome join`, a custom id.
    pub(crate) label: String,
    /// The message that carried the pressed component.
    pub(crate) source: Option<Id>,
    pub(crate) acked: Option<AnswerKind>,
    pub(crate) acked_ms: Option<i64>,
    /// What `@original` means.
    pub(crate) original: Option<Id>,
    /// A deferred answer that has not been filled yet.
    pub(crate) thinking: bool,
    pub(crate) ephemeral: bool,
    pub(crate) followups: Vec<Id>,
    /// Choices or form, as the bot sent them.
    pub(crate) callback_data: Value,
    /// The member has seen it fail.
    pub(crate) failed: bool,
}

impl Interaction {
    /// Whether the 3 seconds passed without any answer.
    pub(crate) fn is_too_late(&self, now_ms: i64) -> bool {
        self.acked.is_none() && now_ms >= self.created_ms + ANSWER_WITHIN_MS
    }

    pub(crate) fn token_is_good(&self, now_ms: i64) -> bool {
        now_ms < self.created_ms + TOKEN_LIVES_MS
    }
}
