//! A serializer that stands before another one and passes everything on, but ids and texts under other
//! names.

use super::{ID_FIELDS, IDS, KNOWN_TEXTS, Pseudonyms, known};
use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// What is known of a value from where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    /// Nothing.
    Any,
    /// Its numbers are ids.
    Id,
    /// Its texts are our own words.
    Known,
}

/// `value` under other names.
pub(super) struct Redacted<'a, T: ?Sized> {
    value: &'a T,
    to: To<'a>,
}

#[derive(Clone, Copy)]
struct To<'a> {
    names: &'a dyn Pseudonyms,
    sort: Sort,
    /// It is an element of a list.
    listed: bool,
}

impl<'a, T: ?Sized> Redacted<'a, T> {
    pub(super) fn new(value: &'a T, names: &'a dyn Pseudonyms) -> Self {
        let to = To {
            names,
            sort: Sort::Any,
            listed: false,
        };
        Self { value, to }
    }
}

impl<'a> To<'a> {
    fn of<T: ?Sized>(self, value: &'a T) -> Redacted<'a, T> {
        Redacted { value, to: self }
    }

    /// As the type of this name is.
    fn named(self, name: &str) -> Self {
        let sort = if IDS.contains(&name) {
            Sort::Id
        } else {
            self.sort
        };
        Self { sort, ..self }
    }

    /// As an element of a list is.
    fn element(self) -> Self {
        Self {
            listed: true,
            ..self
        }
    }

    /// As a part of a tuple is, such as a date: bytes in it are numbers.
    fn part(self) -> Self {
        Self {
            listed: false,
            ..self
        }
    }

    /// As the field of this name is.
    fn field(self, name: &str) -> Self {
        let sort = if ID_FIELDS.contains(&name) {
            Sort::Id
        } else if KNOWN_TEXTS.contains(&name) {
            Sort::Known
        } else {
            Sort::Any
        };
        Self {
            sort,
            listed: false,
            ..self
        }
    }
}

impl<T: Serialize + ?Sized> Serialize for Redacted<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(Redacting {
            inner: serializer,
            to: self.to,
        })
    }
}

/// Before another serializer, or before a part of one.
struct Redacting<'a, S> {
    inner: S,
    to: To<'a>,
}

/// Passes plain values on as they are.
macro_rules! plain {
    ($($method:ident: $type:ty),* $(,)?) => {$(
        fn $method(self, value: $type) -> Result<S::Ok, S::Error> {
            self.inner.$method(value)
        }
    )*};
}

/// Begins a part of the other serializer.
macro_rules! begin {
    ($self:ident, $begun:expr) => {{
        let to = $self.to;
        Ok(Redacting { inner: $begun, to })
    }};
}

impl<'a, S: Serializer> Serializer for Redacting<'a, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Redacting<'a, S::SerializeSeq>;
    type SerializeTuple = Redacting<'a, S::SerializeTuple>;
    type SerializeTupleStruct = Redacting<'a, S::SerializeTupleStruct>;
    type SerializeTupleVariant = Redacting<'a, S::SerializeTupleVariant>;
    type SerializeMap = Redacting<'a, S::SerializeMap>;
    type SerializeStruct = Redacting<'a, S::SerializeStruct>;
    type SerializeStructVariant = Redacting<'a, S::SerializeStructVariant>;

    plain! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32,
        serialize_i64: i64, serialize_i128: i128, serialize_u16: u16,
        serialize_u32: u32, serialize_u128: u128, serialize_f32: f32, serialize_f64: f64,
    }

    fn serialize_u8(self, value: u8) -> Result<S::Ok, S::Error> {
        let value = if self.to.listed {
            self.to.names.byte(value)
        } else {
            value
        };
        self.inner.serialize_u8(value)
    }

    fn serialize_u64(self, value: u64) -> Result<S::Ok, S::Error> {
        let id = self.to.sort == Sort::Id && value != 0;
        let value = if id { self.to.names.id(value) } else { value };
        self.inner.serialize_u64(value)
    }

    fn serialize_char(self, value: char) -> Result<S::Ok, S::Error> {
        self.inner.serialize_char(self.to.names.letter(value))
    }

    fn serialize_str(self, text: &str) -> Result<S::Ok, S::Error> {
        let names = self.to.names;
        let text = match self.to.sort {
            _ if text.is_empty() => String::new(),
            Sort::Known => known(text, names),
            _ => names.text(text),
        };
        self.inner.serialize_str(&text)
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<S::Ok, S::Error> {
        let names = self.to.names;
        let bytes: Vec<u8> = bytes.iter().map(|byte| names.byte(*byte)).collect();
        self.inner.serialize_bytes(&bytes)
    }

    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.inner.serialize_none()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.serialize_some(&self.to.of(value))
    }

    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.inner.serialize_unit()
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<S::Ok, S::Error> {
        self.inner.serialize_unit_struct(name)
    }

    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<S::Ok, S::Error> {
        self.inner.serialize_unit_variant(name, index, variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let value = self.to.named(name).of(value);
        self.inner.serialize_newtype_struct(name, &value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let value = self.to.of(value);
        self.inner
            .serialize_newtype_variant(name, index, variant, &value)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        begin!(self, self.inner.serialize_seq(length)?)
    }

    fn serialize_tuple(self, length: usize) -> Result<Self::SerializeTuple, S::Error> {
        begin!(self, self.inner.serialize_tuple(length)?)
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleStruct, S::Error> {
        begin!(self, self.inner.serialize_tuple_struct(name, length)?)
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        begin!(
            self,
            self.inner
                .serialize_tuple_variant(name, index, variant, length)?
        )
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        begin!(self, self.inner.serialize_map(length)?)
    }

    fn serialize_struct(
        self,
        name: &'static str,
        length: usize,
    ) -> Result<Self::SerializeStruct, S::Error> {
        begin!(self, self.inner.serialize_struct(name, length)?)
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        begin!(
            self,
            self.inner
                .serialize_struct_variant(name, index, variant, length)?
        )
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

/// Parts whose values have no names.
macro_rules! parts {
    ($($part:ident::$method:ident as $place:ident),* $(,)?) => {$(
        impl<'a, P: $part> $part for Redacting<'a, P> {
            type Ok = P::Ok;
            type Error = P::Error;
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), P::Error> {
                self.inner.$method(&self.to.$place().of(value))
            }
            fn end(self) -> Result<P::Ok, P::Error> {
                self.inner.end()
            }
        }
    )*};
}

parts! {
    SerializeSeq::serialize_element as element,
    SerializeTuple::serialize_element as part,
    SerializeTupleStruct::serialize_field as element,
    SerializeTupleVariant::serialize_field as element,
}

/// Parts whose values have names.
macro_rules! named_parts {
    ($($part:ident),* $(,)?) => {$(
        impl<'a, P: $part> $part for Redacting<'a, P> {
            type Ok = P::Ok;
            type Error = P::Error;
            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), P::Error> {
                self.inner.serialize_field(name, &self.to.field(name).of(value))
            }
            fn end(self) -> Result<P::Ok, P::Error> {
                self.inner.end()
            }
        }
    )*};
}

named_parts!(SerializeStruct, SerializeStructVariant);

impl<P: SerializeMap> SerializeMap for Redacting<'_, P> {
    type Ok = P::Ok;
    type Error = P::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), P::Error> {
        self.inner.serialize_key(&self.to.of(key))
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), P::Error> {
        self.inner.serialize_value(&self.to.of(value))
    }

    fn end(self) -> Result<P::Ok, P::Error> {
        self.inner.end()
    }
}
