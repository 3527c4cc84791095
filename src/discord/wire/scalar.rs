//! One field that should be a text, a number or a flag.

use super::shapes::{skip_map, skip_seq};
use actors::kernel::time::Timestamp;
use chrono::DateTime;
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use std::{borrow::Cow, fmt};

/// A field that should be a text, number or flag.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Scalar<'a> {
    /// Absent, `null`, or an object or list where none belongs.
    #[default]
    Nothing,
    /// Yes or no.
    Flag(bool),
    /// A whole number that is not negative.
    Natural(u64),
    /// A whole number below zero.
    Negative(i64),
    /// Any other number.
    Real(f64),
    /// A text.
    Text(Cow<'a, str>),
}

impl<'a> Scalar<'a> {
    /// What a value that was read already holds.
    #[must_use]
    pub fn from_value(value: &'a serde_json::Value) -> Self {
        Self::deserialize(value).unwrap_or_default()
    }

    /// The text, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text, unless it is empty.
    #[must_use]
    pub fn words(&self) -> Option<&str> {
        self.text().filter(|text| !text.is_empty())
    }

    /// The number, also where it is written as a text: ids, permission sets, counts.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        match self {
            Self::Natural(number) => Some(*number),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The whole number with its sign.
    #[must_use]
    pub fn integer(&self) -> Option<i64> {
        match self {
            Self::Natural(number) => i64::try_from(*number).ok(),
            Self::Negative(number) => Some(*number),
            Self::Text(text) => text.parse().ok(),
            // 5.0 is how some servers write 5; the bound keeps the cast exact.
            #[allow(clippy::cast_possible_truncation)]
            Self::Real(number) if number.fract() == 0.0 && number.abs() < 9.0e15 => {
                Some(*number as i64)
            }
            _ => None,
        }
    }

    /// The number with its fraction.
    #[must_use]
    pub fn real(&self) -> Option<f64> {
        match self {
            Self::Real(number) => Some(*number),
            _ => u32::try_from(self.number()?).ok().map(f64::from),
        }
    }

    /// Yes or no; `None` when it is neither.
    #[must_use]
    pub const fn flag(&self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(*flag),
            _ => None,
        }
    }

    /// Whether it says yes.
    #[must_use]
    pub const fn is_true(&self) -> bool {
        matches!(self, Self::Flag(true))
    }

    /// The instant it names, ISO 8601 with `Z` or an offset.
    #[must_use]
    pub fn instant(&self) -> Option<Timestamp> {
        let at = DateTime::parse_from_rfc3339(self.text()?).ok()?;
        Some(Timestamp::from_millis(at.timestamp_millis()))
    }

    /// Whether anything usable is there.
    #[must_use]
    pub const fn is_some(&self) -> bool {
        !matches!(self, Self::Nothing)
    }

    /// How it reads as text; nothing for nothing.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Flag(flag) => flag.to_string(),
            Self::Natural(number) => number.to_string(),
            Self::Negative(number) => number.to_string(),
            Self::Real(number) => number.to_string(),
            Self::Text(text) => text.clone().into_owned(),
        }
    }

    /// An id of the given kind.
    #[must_use]
    pub fn id<T>(&self, make: impl Fn(u64) -> Option<T>) -> Option<T> {
        self.number().and_then(make)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyScalar;

        impl<'de> Visitor<'de> for AnyScalar {
            type Value = Scalar<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }

            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(Scalar::Nothing)
            }

            fn visit_bool<E: Error>(self, flag: bool) -> Result<Self::Value, E> {
                Ok(Scalar::Flag(flag))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
                Ok(Scalar::Natural(number))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
                Ok(u64::try_from(number).map_or(Scalar::Negative(number), Scalar::Natural))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
                Ok(Scalar::Real(number))
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Scalar::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Scalar::Text(Cow::Owned(text.to_owned())))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                skip_seq(seq).map(|()| Scalar::Nothing)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                skip_map(map).map(|()| Scalar::Nothing)
            }
        }

        deserializer.deserialize_any(AnyScalar)
    }
}
