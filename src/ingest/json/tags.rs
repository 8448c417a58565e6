//! Tags: a list of `{"key", "value"}`, or a plain object.

use std::borrow::Cow;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::ingest::semantics::Value;

use super::any_value::{AnyValue, Pair};
use super::object::{Fields, Object, fields, skip_scalars};

/// Something that has tags.
pub(in crate::ingest) trait Tagged<'de> {
    /// Takes note of one.
    fn tag(&mut self, key: &str, value: Value<'de>);
}

/// Reads tags in either form; anything else is skipped.
pub(in crate::ingest) struct Tags<'a, T>(pub(in crate::ingest) &'a mut T);

impl<'de, T: Tagged<'de>> DeserializeSeed<'de> for Tags<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de, T: Tagged<'de>> Visitor<'de> for Tags<'_, T> {
    type Value = ();

    skip_scalars!(());

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        loop {
            let mut pair = Pair::new(|_: &str| Some(()));
            if list.next_element_seed(Object(&mut pair))?.is_none() {
                return Ok(());
            }
            if let Some((key, (), value)) = pair.done() {
                self.0.tag(&key, value);
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        fields(&mut self, &mut map)
    }
}

impl<'de, T: Tagged<'de>> Fields<'de> for Tags<'_, T> {
    fn field<A: MapAccess<'de>>(
        &mut self,
        key: Cow<'de, str>,
        map: &mut A,
    ) -> Result<(), A::Error> {
        let value = map.next_value::<AnyValue>()?.0;
        self.0.tag(&key, value);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Told(Vec<String>);

    impl<'de> Tagged<'de> for Told {
        fn tag(&mut self, key: &str, value: Value<'de>) {
            self.0.push(format!("{key}={}", value.text().unwrap_or_default()));
        }
    }

    #[test]
    fn both_forms() {
        for json in [
            r#"[{"key":"a","type":"string","value":"x"},null,7,{"value":1},{"key":"b","value":2}]"#,
            r#"{"a":"x","b":2}"#,
        ] {
            let mut told = Told::default();
            let mut from = serde_json::Deserializer::from_str(json);
            Tags(&mut told).deserialize(&mut from).unwrap();
            assert_eq!(told.0, ["a=x", "b=2"], "{json}");
        }
    }
}
