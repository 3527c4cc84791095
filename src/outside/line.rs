//! A line of the spool as JSON. Ids are texts, because many readers round large numbers.
//!
//! | `kind` | what it says |
//! |---|---|
//! | `written` | a message, with `author`, `by` (`person`, `bot`, `webhook`), `length` in characters, `files`, `reply` |
//! | `edited` | how much is in it now |
//! | `deleted` | it is gone |
//! | `forget` | whatever is about messages of `author` in this guild, and their account, is to be deleted; files do not have it, because they are written anew without it |
//! | `lost` | so many `lines`, made between `from` and `to`, will never come |
//!
//! Lines of the daily list of accounts are in `sheet`.
//!
//! `length` and `files` are `null` where Discord does not show them to the bot. `(message, kind, at)` names a
//! line: one that comes twice is the same in all of it.

use actors::kernel::{
    ids::GuildId,
    note::{Note, Noted, Size, Writer},
    spool::{Hole, Line},
    time::Timestamp,
};
use chrono::{DateTime, SecondsFormat};
use serde::{Serialize, Serializer};

/// A line as people outside read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// Which version of this.
    v: u8,
    /// What happened.
    pub kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    guild: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "instant")]
    at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<String>,
    #[serde(flatten)]
    rest: Rest,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
enum Rest {
    Written {
        by: &'static str,
        length: Option<u32>,
        files: Option<u16>,
        reply: Option<String>,
    },
    Edited {
        length: Option<u32>,
        files: Option<u16>,
    },
    Lost {
        lines: u64,
        #[serde(serialize_with = "instant")]
        from: Option<Timestamp>,
        #[serde(serialize_with = "instant")]
        to: Option<Timestamp>,
    },
    Nothing {},
}

impl Shown {
    /// A line of a guild.
    #[must_use]
    pub fn line(guild: GuildId, line: &Line) -> Self {
        match line {
            Line::Message(note) => Self::note(guild, note),
            Line::Forget { user, at } => Self {
                guild: Some(guild.to_string()),
                at: Some(*at),
                author: Some(user.to_string()),
                ..Self::new("forget", Rest::Nothing {})
            },
        }
    }

    /// Lines that will never come.
    #[must_use]
    pub fn hole(hole: &Hole) -> Self {
        let rest = Rest::Lost {
            lines: hole.lines,
            from: Some(hole.from),
            to: Some(hole.to),
        };
        Self::new("lost", rest)
    }

    const fn new(kind: &'static str, rest: Rest) -> Self {
        Self {
            v: 1,
            kind,
            guild: None,
            channel: None,
            message: None,
            at: None,
            author: None,
            rest,
        }
    }

    fn note(guild: GuildId, note: &Note) -> Self {
        let split =
            |size: Option<Size>| (size.map(|size| size.length), size.map(|size| size.files));
        let (author, rest) = match note.what {
            Noted::Written {
                author,
                writer,
                size,
                reply,
            } => {
                let by = match writer {
                    Writer::Person => "person",
                    Writer::Bot => "bot",
                    Writer::Webhook => "webhook",
                };
                let (length, files) = split(size);
                let reply = reply.map(|reply| reply.to_string());
                let written = Rest::Written {
                    by,
                    length,
                    files,
                    reply,
                };
                (Some(author.to_string()), written)
            }
            Noted::Edited { size } => {
                let (length, files) = split(size);
                (None, Rest::Edited { length, files })
            }
            Noted::Deleted => (None, Rest::Nothing {}),
        };
        Self {
            guild: Some(guild.to_string()),
            channel: Some(note.channel.to_string()),
            message: Some(note.message.to_string()),
            at: Some(note.at),
            author,
            ..Self::new(kind(note), rest)
        }
    }

    /// As one line of JSON, without an end.
    #[must_use]
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers become JSON")
    }
}

/// What a note says happened, in a word.
#[must_use]
pub(super) const fn kind(note: &Note) -> &'static str {
    match note.what {
        Noted::Written { .. } => "written",
        Noted::Edited { .. } => "edited",
        Noted::Deleted => "deleted",
    }
}

pub(super) fn instant<S: Serializer>(
    at: &Option<Timestamp>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let at = at.and_then(|at| DateTime::from_timestamp_millis(at.millis()));
    match at {
        Some(at) => serializer.serialize_str(&at.to_rfc3339_opts(SecondsFormat::Millis, true)),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actors::kernel::ids::{ChannelId, MessageId, UserId};
    use expect_test::expect;

    #[test]
    fn lines_read_as_they_are_documented() {
        let at = Timestamp::from_millis(1_700_000_000_123);
        let size = Some(Size {
            length: 12,
            files: 2,
        });
        let user = UserId::new(10).unwrap();
        let written = |size, reply| Noted::Written {
            author: user,
            writer: Writer::Person,
            size,
            reply,
        };
        let note = |what| {
            Line::Message(Note {
                at,
                channel: ChannelId::new(30).unwrap(),
                message: MessageId::new(40).unwrap(),
                what,
            })
        };
        let lines = [
            note(written(size, MessageId::new(39))),
            note(written(None, None)),
            note(Noted::Edited { size }),
            note(Noted::Deleted),
            Line::Forget { user, at },
        ];
        let guild = GuildId::new(1).unwrap();
        let mut shown: Vec<String> = lines
            .iter()
            .map(|line| Shown::line(guild, line).json())
            .collect();
        let hole = Hole {
            lines: 7,
            from: at,
            to: at,
        };
        shown.push(Shown::hole(&hole).json());
        expect![[r#"
            {"v":1,"kind":"written","guild":"1","channel":"30","message":"40","at":"2023-11-14T22:13:20.123Z","author":"10","by":"person","length":12,"files":2,"reply":"39"}
            {"v":1,"kind":"written","guild":"1","channel":"30","message":"40","at":"2023-11-14T22:13:20.123Z","author":"10","by":"person","length":null,"files":null,"reply":null}
            {"v":1,"kind":"edited","guild":"1","channel":"30","message":"40","at":"2023-11-14T22:13:20.123Z","length":12,"files":2}
            {"v":1,"kind":"deleted","guild":"1","channel":"30","message":"40","at":"2023-11-14T22:13:20.123Z"}
            {"v":1,"kind":"forget","guild":"1","at":"2023-11-14T22:13:20.123Z","author":"10"}
            {"v":1,"kind":"lost","lines":7,"from":"2023-11-14T22:13:20.123Z","to":"2023-11-14T22:13:20.123Z"}
        "#]].assert_eq(&(shown.join("\n") + "\n"));
    }
}
