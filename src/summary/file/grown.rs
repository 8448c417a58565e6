//! Values of structs that had fewer fields when they were written.
//!
//! postcard writes fields one behind the other and no names, so that a reader that expects one
//! more would take the next value for it. [`Grown`] lends every struct only as many fields as
//! were written; the rest are at their defaults.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, Visitor,
};

use super::shapes::Shapes;

/// A deserializer that heeds how many fields were written. What stands in variants of enums is
/// read as it is now.
#[derive(Clone, Copy)]
pub struct Grown<'a, D> {
    inner: D,
    written: &'a Shapes,
}

impl<'a, D> Grown<'a, D> {
    /// Reads from `inner` what was written with structs of these shapes.
    pub const fn new(inner: D, written: &'a Shapes) -> Self {
        Self { inner, written }
    }
}

/// Values without structs in them pass as they are.
macro_rules! pass {
    ($($name:ident)*) => {$(
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.inner.$name(visitor)
        }
    )*};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Grown<'_, D> {
    type Error = D::Error;

    pass! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32
        deserialize_i64 deserialize_i128 deserialize_u8 deserialize_u16 deserialize_u32
        deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64 deserialize_char
        deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf
        deserialize_unit deserialize_identifier deserialize_ignored_any
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_option(Grown::new(visitor, self.written))
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_unit_struct(name, visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_newtype_struct(name, Grown::new(visitor, self.written))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_seq(Grown::new(visitor, self.written))
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_tuple(length, Grown::new(visitor, self.written))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_tuple_struct(name, length, Grown::new(visitor, self.written))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_map(Grown::new(visitor, self.written))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let written = self.written.get(name);
        let written = written.ok_or_else(|| D::Error::custom(format!("it has no {name}")))?.len();
        // More were written only where what follows may be left unread.
        let length = written.min(fields.len());
        self.inner.deserialize_tuple(length, Grown::new(visitor, self.written))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_enum(name, variants, visitor)
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Grown<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<V::Value, E> {
        self.inner.visit_none()
    }

    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        self.inner.visit_some(Grown::new(value, self.written))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        self.inner.visit_newtype_struct(Grown::new(value, self.written))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, values: A) -> Result<V::Value, A::Error> {
        self.inner.visit_seq(Grown::new(values, self.written))
    }

    fn visit_map<A: MapAccess<'de>>(self, values: A) -> Result<V::Value, A::Error> {
        self.inner.visit_map(Grown::new(values, self.written))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, value: A) -> Result<V::Value, A::Error> {
        self.inner.visit_enum(value)
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Grown<'_, A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.inner.next_element_seed(Grown::new(seed, self.written))
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Grown<'_, A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.inner.next_key_seed(Grown::new(seed, self.written))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.next_value_seed(Grown::new(seed, self.written))
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Grown<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<S::Value, D::Error> {
        self.inner.deserialize(Grown::new(value, self.written))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Serialize};

    use super::super::shapes::listed;
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Row {
        total: u64,
        #[serde(default)]
        late: u64,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Whole {
        rows: Vec<(u8, Row)>,
        named: BTreeMap<String, Row>,
        one: Option<Row>,
        end: u8,
    }

    /// The same before rows had a second field.
    #[derive(Serialize)]
    struct Earlier {
        rows: Vec<(u8, u64)>,
        named: BTreeMap<String, u64>,
        one: Option<u64>,
        end: u8,
    }

    #[test]
    fn a_struct_that_grew_is_read_wherever_it_stands() {
        let earlier = Earlier {
            rows: vec![(1, 300), (2, 5)],
            named: [("x".to_owned(), 7)].into(),
            one: Some(9),
            end: 42,
        };
        let bytes = postcard::to_stdvec(&earlier).unwrap();
        let written = listed(&[("Whole", &["rows", "named", "one", "end"]), ("Row", &["total"])]);
        let mut values = postcard::Deserializer::from_bytes(&bytes);
        let whole = Whole::deserialize(Grown::new(&mut values, &written)).unwrap();
        let row = |total| Row { total, late: 0 };
        assert_eq!(
            whole,
            Whole {
                rows: vec![(1, row(300)), (2, row(5))],
                named: [("x".to_owned(), row(7))].into(),
                one: Some(row(9)),
                end: 42,
            }
        );
        assert!(values.finalize().unwrap().is_empty());
    }

    #[test]
    fn a_struct_that_the_file_does_not_know_is_no_part_of_it() {
        let mut values = postcard::Deserializer::from_bytes(&[1, 2]);
        let written = Shapes::new();
        assert!(Row::deserialize(Grown::new(&mut values, &written)).is_err());
    }
}
