//! Picks the wanted attributes from a list of pairs, or from a plain object.

use std::borrow::Cow;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::ingest::semantics::Attributes;

use super::any_value::{AnyValue, Pair};
use super::object::{Fields, Object, fields, skip, skip_scalars};

/// Reads attributes in either form; anything else is skipped.
pub(super) struct Pick<'a, 'de>(pub(super) &'a mut Attributes<'de>);

impl<'de> DeserializeSeed<'de> for Pick<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Pick<'_, 'de> {
    type Value = ();

    skip_scalars!(());

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        loop {
            let wanted = &*self.0;
            let mut pair = Pair::new(|key: &str| wanted.wants(key.as_bytes()));
            if list.next_element_seed(Object(&mut pair))?.is_none() {
                return Ok(());
            }
            if let Some((_, key, value)) = pair.done() {
                self.0.set(key, value);
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        fields(&mut self, &mut map)
    }
}

impl<'de> Fields<'de> for Pick<'_, 'de> {
    fn field<A: MapAccess<'de>>(
        &mut self,
        key: Cow<'de, str>,
        map: &mut A,
    ) -> Result<(), A::Error> {
        match self.0.wants(key.as_bytes()) {
            Some(key) => {
                self.0.set(key, map.next_value::<AnyValue>()?.0);
                Ok(())
            }
            None => skip(map),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::semantics::Key;

    #[test]
    fn both_forms_and_both_orders() {
        for json in [
            r#"[{"key":"http.route","value":{"stringValue":"/a"}},{"key":"x","value":{"arrayValue":{}}},null,7]"#,
            r#"[{"value":{"stringValue":"/a"},"key":"http.route"}]"#,
            r#"{"http.route":"/a","x":[1]}"#,
        ] {
            let mut attributes = Attributes::default();
            let mut from = serde_json::Deserializer::from_str(json);
            Pick(&mut attributes).deserialize(&mut from).unwrap();
            assert_eq!(attributes.get(Key::HttpRoute).str(), "/a", "{json}");
        }
    }
}
