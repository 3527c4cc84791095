//! A gateway frame, parsed once and borrowed: opcode, sequence number, event name, and the event's
//! data still as text (Discord gateway reference, "Gateway events: payload structure").
//!
//! The data is decoded only by whoever needs it, and only as far as needed: more than half of a
//! busy bot's frames are events that nobody reads.

use super::wire::Text;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// Opcode of an event.
pub const DISPATCH: u8 = 0;

/// See the module docs.
#[derive(Debug)]
pub struct Frame<'a> {
    /// What sort of frame it is; events are [`DISPATCH`].
    pub op: u8,
    /// Its place in the session, for events.
    pub seq: Option<u64>,
    /// The event's name, such as `GUILD_CREATE`.
    pub name: Option<Cow<'a, str>>,
    /// The event's data, unparsed; `None` also for `null`.
    pub data: Option<&'a RawValue>,
}

/// A frame that is not even an envelope.
#[derive(Debug, thiserror::Error)]
#[error("read a gateway frame of {length} bytes")]
pub struct FrameFault {
    length: usize,
    source: serde_json::Error,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    op: u8,
    #[serde(default)]
    s: Option<u64>,
    #[serde(default, borrow)]
    t: Option<Text<'a>>,
    #[serde(default, borrow)]
    d: Option<&'a RawValue>,
}

impl<'a> Frame<'a> {
    /// Reads the envelope of `text`.
    ///
    /// # Errors
    /// When it is not JSON, or has no opcode.
    pub fn parse(text: &'a str) -> Result<Self, FrameFault> {
        let envelope: Envelope<'a> = serde_json::from_str(text).map_err(|source| FrameFault {
            length: text.len(),
            source,
        })?;
        let Envelope { op, s, t, d } = envelope;
        Ok(Self {
            op,
            seq: s,
            name: t.map(|name| name.0),
            data: d,
        })
    }

    /// The name of the event, if it is one.
    #[must_use]
    pub fn event(&self) -> Option<&str> {
        if self.op == DISPATCH {
            self.name.as_deref()
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_borrowed_and_its_data_left_alone() {
        let text = r#"{"t":"TYPING_START","s":42,"op":0,"d":{"user_id": "7"},"later":[1]}"#;
        let frame = Frame::parse(text).unwrap();
        assert_eq!(
            (frame.op, frame.seq, frame.event()),
            (0, Some(42), Some("TYPING_START"))
        );
        assert!(matches!(frame.name, Some(Cow::Borrowed(_))));
        assert_eq!(frame.data.unwrap().get(), r#"{"user_id": "7"}"#);
    }

    #[test]
    fn control_frames_have_neither_place_nor_name() {
        let frame = Frame::parse(r#"{"op":11,"s":null,"t":null,"d":null}"#).unwrap();
        assert_eq!((frame.op, frame.seq, frame.event()), (11, None, None));
        assert!(frame.data.is_none());
        let hello = Frame::parse(r#"{"op":10,"d":{"heartbeat_interval":41250}}"#).unwrap();
        assert_eq!(hello.op, 10);
        assert!(hello.data.is_some());
    }

    #[test]
    fn what_is_no_frame_is_a_fault() {
        for text in [
            "",
            "{}",
            "[]",
            "null",
            r#"{"op":"0"}"#,
            r#"{"op":0,"d":{"#,
            r#"{"op":999}"#,
        ] {
            let fault = Frame::parse(text).unwrap_err();
            assert_eq!(
                fault.to_string(),
                format!("read a gateway frame of {} bytes", text.len())
            );
        }
    }
}
