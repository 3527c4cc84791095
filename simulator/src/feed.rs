//! What a person would see in the channels, as it happens: the source of transcripts.

use crate::ids::Id;
use std::fmt;
use tokio::sync::broadcast;

/// What kind of thing was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A message appeared.
    Posted,
    /// A message changed.
    Edited,
    /// A message vanished.
    Deleted,
    /// An answer that only one member sees.
    Whispered,
    /// Somebody ran a command.
    Command,
    /// Somebody pressed a button or chose from a menu.
    Pressed,
    /// A form opened.
    Form,
    /// "The application did not respond".
    NoAnswer,
    /// Somebody came.
    Joined,
    /// Somebody went.
    Left,
    /// Somebody was kicked.
    Kicked,
    /// Somebody was banned.
    Banned,
    /// A reaction was added.
    Reacted,
    /// Somebody entered, left or changed a voice channel.
    Voice,
    /// A channel came, went or was renamed.
    Channel,
    /// The narrator of a story.
    Told,
}

/// One line of a transcript.
#[derive(Clone, Debug)]
pub struct FeedItem {
    /// When, in the simulator's time (Unix milliseconds).
    pub at_ms: i64,
    /// What kind of thing it was.
    pub seen: Seen,
    /// The guild, if any.
    pub guild: Option<Id>,
    /// The channel, if any.
    pub channel: Option<Id>,
    /// The message, if any.
    pub message: Option<Id>,
    /// `#general`, or `@name` for direct messages; empty when the whole guild is meant.
    pub place: String,
    /// Who did it, by the name that others see.
    pub who: String,
    /// Whether that was the bot.
    pub by_bot: bool,
    /// What was said or done.
    pub text: String,
}

impl fmt::Display for FeedItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.seen == Seen::Told {
            return write!(f, "-- {}", self.text);
        }
        let mark = match self.seen {
            Seen::Posted => "",
            Seen::Edited => "(edits) ",
            Seen::Deleted => "(deletes) ",
            Seen::Whispered => "(only to you) ",
            Seen::Command | Seen::Pressed => "» ",
            Seen::Form => "(form) ",
            Seen::NoAnswer => "(!) ",
            _ => "· ",
        };
        write!(f, "{:<12} {:<14} {mark}", self.place, self.who)?;
        let mut lines = self.text.lines();
        write!(f, "{}", lines.next().unwrap_or(""))?;
        for line in lines {
            write!(f, "\n{:<12} {:<14} {line}", "", "")?;
        }
        Ok(())
    }
}

/// A subscription; a reader that falls far behind skips ahead rather than hold up the world.
#[derive(Debug)]
pub struct Feed {
    receiver: broadcast::Receiver<FeedItem>,
}

impl Feed {
    pub(crate) fn new(receiver: broadcast::Receiver<FeedItem>) -> Self {
        Self { receiver }
    }

    /// The next line, or nothing when the simulator is gone.
    pub async fn next(&mut self) -> Option<FeedItem> {
        loop {
            match self.receiver.recv().await {
                Ok(item) => return Some(item),
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }

    /// The next line if there is one already.
    pub fn try_next(&mut self) -> Option<FeedItem> {
        loop {
            match self.receiver.try_recv() {
                Ok(item) => return Some(item),
                Err(broadcast::error::TryRecvError::Lagged(_)) => {}
                Err(_) => return None,
            }
        }
    }
}
