//! A gateway frame, borrowed: opcode, sequence number, event name, and the event's data still as text
//! (Discord gateway reference, "Gateway events: payload structure").
//!
//! The data is decoded only by whoever needs it, and only as far as needed. Discord writes it last, so
//! that it can be found without a look into it; a frame in another order is read properly, and so is
//! one whose data does not decode.

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
    pub data: Option<&'a str>,
    /// The whole text, where only its beginning was read.
    hasty: Option<&'a str>,
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
    /// Reads the envelope of `text`. That the data is whole shows only when it is decoded.
    ///
    /// # Errors
    /// When it is not JSON, or has no opcode.
    pub fn parse(text: &'a str) -> Result<Self, FrameFault> {
        Self::hastily(text).map_or_else(|| Self::properly(text), Ok)
    }

    /// The same frame, read to its end; `None` when it was.
    ///
    /// # Errors
    /// As [`Frame::parse`].
    pub fn again(&self) -> Option<Result<Self, FrameFault>> {
        self.hasty.map(Self::properly)
    }

    fn properly(text: &'a str) -> Result<Self, FrameFault> {
        let envelope: Envelope<'a> = serde_json::from_str(text).map_err(|source| FrameFault {
            length: text.len(),
            source,
        })?;
        let Envelope { op, s, t, d } = envelope;
        Ok(Self {
            op,
            seq: s,
            name: t.map(|name| name.0),
            data: d.map(RawValue::get),
            hasty: None,
        })
    }

    /// Reads up to the data, which is taken for the rest. `None`: not how Discord writes an event.
    fn hastily(text: &'a str) -> Option<Self> {
        let (mut op, mut seq, mut name) = (None, None, None);
        let mut rest = text.strip_prefix('{')?;
        loop {
            let (key, value) = rest.strip_prefix('"')?.split_once("\":")?;
            if key == "d" {
                break rest = value;
            }
            let end = value.find(',')?;
            let (scalar, more) = value.split_at(end);
            match key {
                "op" => op = Some(scalar.parse().ok()?),
                "s" => seq = Some(scalar.parse().ok()?),
                "t" => name = Some(scalar.strip_prefix('"')?.strip_suffix('"')?),
                _ => return None,
            }
            rest = &more[1..];
        }
        let name = name.filter(|name| !name.contains(['\\', '"']))?;
        let data = rest.strip_suffix('}')?;
        (op == Some(DISPATCH) && data.starts_with('{')).then_some(Self {
            op: DISPATCH,
            seq: Some(seq?),
            name: Some(Cow::Borrowed(name)),
            data: Some(data),
            hasty: Some(text),
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
    fn what_follows_the_data_shows_when_the_frame_is_read_again() {
        let text = r#"{"t":"TYPING_START","s":42,"op":0,"d":{"user_id": "7"},"later":[1]}"#;
        let hasty = Frame::parse(text).unwrap();
        let frame = hasty.again().unwrap().unwrap();
        assert_eq!(
            (frame.op, frame.seq, frame.event()),
            (0, Some(42), Some("TYPING_START"))
        );
        assert!(matches!(frame.name, Some(Cow::Borrowed(_))));
        assert_eq!(frame.data.unwrap(), r#"{"user_id": "7"}"#);
    }

    #[test]
    fn discords_own_order_is_read_without_a_look_into_the_data() {
        let data = r#"{"user":{"id":"7"},"text":"\"}{"}"#;
        let text = format!(r#"{{"t":"TYPING_START","s":42,"op":0,"d":{data}}}"#);
        let frame = Frame::parse(&text).unwrap();
        assert!(frame.hasty.is_some());
        assert_eq!(
            (frame.op, frame.seq, frame.event()),
            (0, Some(42), Some("TYPING_START"))
        );
        assert_eq!(frame.data, Some(data));
        let again = frame.again().unwrap().unwrap();
        assert_eq!(
            (again.seq, again.event(), again.data),
            (Some(42), Some("TYPING_START"), Some(data))
        );
        assert!(again.again().is_none());
        for other in [
            r#"{"t":"X","s":42,"d":{},"op":0}"#,
            r#"{"t":"X","s":42,"op":0,"d":[1]}"#,
            r#"{"t":null,"s":null,"op":7,"d":null}"#,
            r#"{ "t":"X","s":42,"op":0,"d":{}}"#,
            r#"{"t":"X\u0041","s":42,"op":0,"d":{}}"#,
        ] {
            assert!(Frame::parse(other).unwrap().hasty.is_none(), "{other}");
        }
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
