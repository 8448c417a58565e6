//! Walking objects and lists without types, and without failing on surprises.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Something that reads the fields of an object.
pub(in crate::ingest) trait Fields<'de> {
    /// Reads the value of `key`, or skips it with [`skip`].
    fn field<A: MapAccess<'de>>(&mut self, key: Cow<'de, str>, map: &mut A)
    -> Result<(), A::Error>;
}

/// Something that reads the elements of a list.
pub(in crate::ingest) trait Elements<'de> {
    /// Reads the next element; false at the end.
    fn element<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error>;
}

/// Skips the value of a field.
pub(in crate::ingest) fn skip<'de, A: MapAccess<'de>>(map: &mut A) -> Result<(), A::Error> {
    map.next_value::<IgnoredAny>().map(drop)
}

/// The visitor methods of everything that is not wanted: it is skipped.
macro_rules! skip_scalars {
    ($other:expr) => {
        skip_scalars!($other, $other);
    };
    ($other:expr, $null:expr) => {
        fn expecting(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            f.write_str("any JSON value")
        }
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok($other)
        }
        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok($other)
        }
        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok($other)
        }
        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok($other)
        }
        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok($other)
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok($null)
        }
    };
}

macro_rules! skip_seq {
    ($other:expr) => {
        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            while list.next_element::<IgnoredAny>()?.is_some() {}
            Ok($other)
        }
    };
}

macro_rules! skip_map {
    ($other:expr) => {
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok($other)
        }
    };
}

pub(in crate::ingest) use {skip_map, skip_scalars, skip_seq};

/// What a value turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ingest) enum Shape {
    /// What was expected.
    Expected,
    /// Nothing: null.
    Null,
    /// Something else, which was skipped.
    Other,
}

/// Reads an object into `F`.
pub(in crate::ingest) struct Object<'a, F>(pub(in crate::ingest) &'a mut F);

impl<'de, F: Fields<'de>> DeserializeSeed<'de> for Object<'_, F> {
    type Value = Shape;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Shape, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de, F: Fields<'de>> Visitor<'de> for Object<'_, F> {
    type Value = Shape;

    skip_scalars!(Shape::Other, Shape::Null);
    skip_seq!(Shape::Other);

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Shape, A::Error> {
        fields(self.0, &mut map)?;
        Ok(Shape::Expected)
    }
}

/// Reads all fields of an object into `F`.
pub(in crate::ingest) fn fields<'de, F, A>(into: &mut F, map: &mut A) -> Result<(), A::Error>
where
    F: Fields<'de>,
    A: MapAccess<'de>,
{
    while let Some(key) = map.next_key_seed(Name(PhantomData))? {
        into.field(key, map)?;
    }
    Ok(())
}

/// Reads a list into `L`; anything else is skipped.
pub(in crate::ingest) struct List<'a, L>(pub(in crate::ingest) &'a mut L);

impl<'de, L: Elements<'de>> DeserializeSeed<'de> for List<'_, L> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de, L: Elements<'de>> Visitor<'de> for List<'_, L> {
    type Value = ();

    skip_scalars!(());
    skip_map!(());

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while self.0.element(&mut list)? {}
        Ok(())
    }
}

/// A key, borrowed from the input unless it holds escapes.
struct Name<'de>(PhantomData<&'de str>);

impl<'de> DeserializeSeed<'de> for Name<'de> {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name<'de> {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}
