//! The forms an object may have in the text, as `serde` hands them over.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{Document, Fields, Json, Scalars};

/// A text that is borrowed where it holds no escapes.
#[derive(Deserialize)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

pub(super) struct Outermost<'k, T>(pub(super) &'k [(&'static str, T)]);

impl<'de, T: Copy> Visitor<'de> for Outermost<'_, T> {
    type Value = Option<Document<'de, T>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(Text(name)) = map.next_key()? {
            let known = self.0.iter().find(|(known, _)| *known == name);
            match known {
                Some((_, what)) if !matches!(found, Some(Document::Known(..))) => {
                    found = Some(Document::Known(*what, map.next_value()?));
                }
                _ => {
                    let value: &RawValue = map.next_value()?;
                    let json =
                        Json { raw: value.get(), element: "message", scalars: Scalars::Strict };
                    found.get_or_insert(Document::Other(name, json));
                }
            }
        }
        Ok(found)
    }
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyForm)
    }
}

/// An object in either form.
struct AnyForm;

impl<'de> Visitor<'de> for AnyForm {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut fields = Fields::default();
        while let Some(keys) = seq.next_element_seed(Entry(&mut fields))? {
            fields.plain |= keys != 1;
        }
        Ok(fields)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Fields { plain: true, ..Fields::default() };
        Entry(&mut fields).visit_map(map)?;
        Ok(fields)
    }

    /// `null` where an object may be: an empty one.
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Fields::default())
    }
}

/// Adds the keys of one object to the fields, and tells how many there were.
struct Entry<'f, 'a>(&'f mut Fields<'a>);

impl<'de> DeserializeSeed<'de> for Entry<'_, 'de> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Entry<'_, 'de> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<usize, A::Error> {
        let before = self.0.list.len();
        while let Some((Text(key), value)) = map.next_entry()? {
            self.0.list.push((key, value));
        }
        Ok(self.0.list.len() - before)
    }
}
