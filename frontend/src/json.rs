//! JSON as the browser reads it: its own parser, and from there into the protocol's types.
//!
//! A parser of ours would travel to every browser, and with it all that its error messages need,
//! down to the printing of fractions. Here whatever makes no sense is left alone, without a word.

use std::fmt;

use js_sys::{Array, JSON, Object};
use serde::de::value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{self, DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use wasm_bindgen::{JsCast, JsValue};

/// `None` for what is no JSON, or of another shape.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    T::deserialize(Value(JSON::parse(text).ok()?)).ok()
}

struct Value(JsValue);

#[derive(Debug)]
struct Nonsense;

impl Value {
    fn string(self) -> Result<String, Nonsense> {
        self.0.as_string().ok_or(Nonsense)
    }

    /// The protocol knows whole numbers only, and none that a JSON number would not hold.
    fn number(self) -> Result<i64, Nonsense> {
        self.0.as_f64().map(|number| number as i64).ok_or(Nonsense)
    }

    fn items(self) -> Result<std::vec::IntoIter<Self>, Nonsense> {
        let items = self.0.dyn_into::<Array>().map_err(|_| Nonsense)?;
        Ok(items.iter().map(Self).collect::<Vec<_>>().into_iter())
    }

    fn fields(self) -> Result<std::vec::IntoIter<(String, Self)>, Nonsense> {
        let object = self.0.dyn_into::<Object>().map_err(|_| Nonsense)?;
        let field = |entry: JsValue| {
            let entry = entry.unchecked_into::<Array>();
            Some((entry.get(0).as_string()?, Self(entry.get(1))))
        };
        let fields: Vec<_> = Object::entries(&object).iter().filter_map(field).collect();
        Ok(fields.into_iter())
    }
}

/// Only what the protocol is made of.
impl<'de> Deserializer<'de> for Value {
    type Error = Nonsense;

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Nonsense> {
        visitor.visit_bool(self.0.as_bool().ok_or(Nonsense)?)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Nonsense> {
        visitor.visit_i64(self.number()?)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Nonsense> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Nonsense> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Nonsense> {
        visitor.visit_string(self.string()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Nonsense> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Nonsense> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Nonsense> {
        visitor.visit_seq(SeqDeserializer::new(self.items()?))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Nonsense> {
        visitor.visit_map(MapDeserializer::new(self.fields()?))
    }

    /// `"newest"`, or `{"before":120}`.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Nonsense> {
        if self.0.is_string() {
            visitor.visit_enum(self.string()?.into_deserializer())
        } else {
            visitor.visit_enum(MapAccessDeserializer::new(MapDeserializer::new(self.fields()?)))
        }
    }

    /// A field of a newer server.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Nonsense> {
        visitor.visit_unit()
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Nonsense> {
        Err(Nonsense)
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i128 u8 u16 u128 f32 f64 char bytes byte_buf unit unit_struct newtype_struct
        tuple tuple_struct map identifier
    }
}

impl IntoDeserializer<'_, Nonsense> for Value {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl de::Error for Nonsense {
    fn custom<T: fmt::Display>(_message: T) -> Self {
        Self
    }
}

impl std::error::Error for Nonsense {}

impl fmt::Display for Nonsense {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not what was expected")
    }
}
