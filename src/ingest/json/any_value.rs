//! `AnyValue`: `{"stringValue": …}` and its kin, and bare scalars where exporters write those.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::ingest::semantics::{BodyDraft, Value};

use super::object::{Elements, Fields, List, Object, skip, skip_seq};
use super::scalar::Scalar;

/// A value as an attribute has it: lists, maps and bytes are skipped.
pub(super) struct AnyValue<'de>(pub(super) Value<'de>);

impl<'de> Deserialize<'de> for AnyValue<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = AnyValue<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any JSON value")
            }
            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(AnyValue(Value::Absent))
            }
            fn visit_bool<E>(self, truth: bool) -> Result<Self::Value, E> {
                Ok(AnyValue(Value::Bool(truth)))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
                Ok(AnyValue(bare(Scalar::Unsigned(number))))
            }
            fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
                Ok(AnyValue(Value::Int(number)))
            }
            fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
                Ok(AnyValue(Value::Double(number)))
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(AnyValue(Value::Text(Cow::Borrowed(text))))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(AnyValue(Value::Text(Cow::Owned(text.to_owned()))))
            }
            skip_seq!(AnyValue(Value::Other));

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut value = AnyValue(Value::Absent);
                super::object::fields(&mut value, &mut map)?;
                Ok(value)
            }
        }
        from.deserialize_any(Any)
    }
}

impl<'de> Fields<'de> for AnyValue<'de> {
    fn field<A: MapAccess<'de>>(
        &mut self,
        key: Cow<'de, str>,
        map: &mut A,
    ) -> Result<(), A::Error> {
        let value = match form(&key) {
            Some(Form::Scalar(read)) => read(map.next_value()?),
            Some(Form::Array | Form::Map) => {
                skip(map)?;
                Value::Other
            }
            None => return skip(map),
        };
        if !value.is_absent() {
            self.0 = value;
        }
        Ok(())
    }
}

enum Form<'de> {
    Scalar(fn(Scalar<'de>) -> Value<'de>),
    Array,
    Map,
}

fn form<'de>(key: &str) -> Option<Form<'de>> {
    Some(match key {
        "stringValue" | "string_value" => Form::Scalar(|scalar| match scalar {
            Scalar::Null => Value::Absent,
            Scalar::Other => Value::Other,
            scalar => Value::Text(scalar.text()),
        }),
        "intValue" | "int_value" => Form::Scalar(int),
        "doubleValue" | "double_value" => {
            Form::Scalar(|scalar| scalar.float().map_or(Value::Absent, Value::Double))
        }
        "boolValue" | "bool_value" => Form::Scalar(bare),
        "bytesValue" | "bytes_value" => Form::Scalar(|scalar| match scalar {
            Scalar::Null => Value::Absent,
            _ => Value::Other,
        }),
        "arrayValue" | "array_value" => Form::Array,
        "kvlistValue" | "kvlist_value" => Form::Map,
        _ => return None,
    })
}

/// A whole number, which proto3 JSON writes as text.
pub(super) fn int<'de>(scalar: Scalar<'de>) -> Value<'de> {
    scalar.signed().map_or(Value::Absent, Value::Int)
}

/// A scalar that stands for itself.
fn bare(scalar: Scalar<'_>) -> Value<'_> {
    match scalar {
        Scalar::Null => Value::Absent,
        Scalar::Text(text) => Value::Text(text),
        Scalar::Bool(truth) => Value::Bool(truth),
        Scalar::Negative(number) => Value::Int(number),
        Scalar::Unsigned(number) => match i64::try_from(number) {
            Ok(number) => Value::Int(number),
            Err(_) => Value::Double(number as f64),
        },
        Scalar::Float(number) => Value::Double(number),
        Scalar::Other => Value::Other,
    }
}

/// One `{"key": …, "value": …}`; `wanted` says of a key whether its value is worth decoding.
pub(super) struct Pair<'de, F> {
    wanted: F,
    key: Option<Cow<'de, str>>,
    value: Value<'de>,
}

impl<'de, K, F: Fn(&str) -> Option<K>> Pair<'de, F> {
    /// A pair yet to be read.
    pub(super) fn new(wanted: F) -> Self {
        Self { wanted, key: None, value: Value::Absent }
    }

    /// The key and value, if the key was given and is wanted.
    pub(super) fn done(self) -> Option<(Cow<'de, str>, K, Value<'de>)> {
        let key = self.key?;
        let wanted = (self.wanted)(&key)?;
        Some((key, wanted, self.value))
    }
}

impl<'de, K, F: Fn(&str) -> Option<K>> Fields<'de> for Pair<'de, F> {
    fn field<A: MapAccess<'de>>(
        &mut self,
        key: Cow<'de, str>,
        map: &mut A,
    ) -> Result<(), A::Error> {
        match &*key {
            "key" => {
                self.key = Some(map.next_value::<Scalar>()?.text());
                Ok(())
            }
            "value" => match &self.key {
                Some(key) if (self.wanted)(key).is_none() => skip(map),
                // Wanted, or not known yet because the value comes first.
                _ => {
                    self.value = map.next_value::<AnyValue>()?.0;
                    Ok(())
                }
            },
            _ => skip(map),
        }
    }
}

/// The body of a log record: like [`AnyValue`], but maps are looked into.
pub(super) struct Body<'a, 'de>(pub(super) &'a mut BodyDraft<'de>);

impl<'de> Fields<'de> for Body<'_, 'de> {
    fn field<A: MapAccess<'de>>(
        &mut self,
        key: Cow<'de, str>,
        map: &mut A,
    ) -> Result<(), A::Error> {
        match form(&key) {
            Some(Form::Scalar(read)) => {
                let value = read(map.next_value()?);
                if !value.is_absent() {
                    self.0.text = value;
                }
                Ok(())
            }
            Some(Form::Map) => map.next_value_seed(Object(&mut Values(Entries(self.0)))).map(drop),
            Some(Form::Array) => map.next_value_seed(Object(&mut Values(Texts(self.0)))).map(drop),
            None => {
                // A bare map as a body: its entries stand for themselves.
                let AnyValue(value) = map.next_value()?;
                self.0.entry(key, value);
                Ok(())
            }
        }
    }
}

/// The `values` of a map or of an array.
struct Values<L>(L);

impl<'de, L: Elements<'de>> Fields<'de> for Values<L> {
    fn field<A: MapAccess<'de>>(
        &mut self,
        key: Cow<'de, str>,
        map: &mut A,
    ) -> Result<(), A::Error> {
        match &*key {
            "values" => map.next_value_seed(List(&mut self.0)),
            _ => skip(map),
        }
    }
}

/// The entries of a map.
struct Entries<'a, 'de>(&'a mut BodyDraft<'de>);

impl<'de> Elements<'de> for Entries<'_, 'de> {
    fn element<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let mut pair = Pair::new(|_| Some(()));
        let Some(_) = list.next_element_seed(Object(&mut pair))? else {
            return Ok(false);
        };
        if let Some((key, (), value)) = pair.done() {
            self.0.entry(key, value);
        }
        Ok(true)
    }
}

/// The elements of an array: its first text stands for it.
struct Texts<'a, 'de>(&'a mut BodyDraft<'de>);

impl<'de> Elements<'de> for Texts<'_, 'de> {
    fn element<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let Some(AnyValue(value)) = list.next_element()? else {
            return Ok(false);
        };
        if self.0.text.is_absent() && matches!(value, Value::Text(_)) {
            self.0.text = value;
        }
        Ok(true)
    }
}

/// A body in any form: an `AnyValue`, a bare scalar or a bare map.
pub(super) struct AnyBody<'a, 'de>(pub(super) &'a mut BodyDraft<'de>);

impl<'de> serde::de::DeserializeSeed<'de> for AnyBody<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AnyBody<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_bool<E>(self, truth: bool) -> Result<(), E> {
        self.0.text = Value::Bool(truth);
        Ok(())
    }
    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.0.text = bare(Scalar::Unsigned(number));
        Ok(())
    }
    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.0.text = Value::Int(number);
        Ok(())
    }
    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.0.text = Value::Double(number);
        Ok(())
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<(), E> {
        self.0.text = Value::Text(Cow::Borrowed(text));
        Ok(())
    }
    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.0.text = Value::Text(Cow::Owned(text.to_owned()));
        Ok(())
    }
    skip_seq!(());

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        super::object::fields(&mut Body(self.0), &mut map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: &str) -> Value<'_> {
        serde_json::from_str::<AnyValue<'_>>(json).unwrap().0
    }

    #[test]
    fn every_form_of_a_value() {
        assert_eq!(value(r#"{"stringValue":"x"}"#), Value::from("x"));
        assert_eq!(value(r#"{"string_value":"x"}"#), Value::from("x"));
        assert_eq!(value(r#"{"intValue":"-5"}"#), Value::Int(-5));
        assert_eq!(value(r#"{"intValue":5}"#), Value::Int(5));
        assert_eq!(value(r#"{"boolValue":true}"#), Value::Bool(true));
        assert_eq!(value(r#"{"doubleValue":1}"#), Value::Double(1.0));
        assert!(matches!(value(r#"{"doubleValue":"NaN"}"#), Value::Double(n) if n.is_nan()));
        assert_eq!(value(r#"{"bytesValue":"AQID"}"#), Value::Other);
        assert_eq!(value(r#"{"arrayValue":{"values":[{}]}}"#), Value::Other);
        assert_eq!(value(r#"{"kvlistValue":{}}"#), Value::Other);
        for empty in ["{}", "null", r#"{"stringValue":null}"#, r#"{"new":1}"#] {
            assert_eq!(value(empty), Value::Absent, "{empty}");
        }
        assert_eq!(value("\"bare\""), Value::from("bare"));
        assert_eq!(value("200"), Value::Int(200));
        assert_eq!(value("[1]"), Value::Other);
    }

    #[test]
    fn bodies_of_every_form() {
        let text = |json: &str| {
            let mut draft = BodyDraft::default();
            let mut from = serde_json::Deserializer::from_str(json);
            serde::de::DeserializeSeed::deserialize(AnyBody(&mut draft), &mut from).unwrap();
            draft.text.text().map(Cow::into_owned)
        };
        let hello = Some("hello".to_owned());
        assert_eq!(text(r#"{"stringValue":"hello"}"#), hello);
        assert_eq!(text("\"hello\""), hello);
        let map = r#"{"kvlistValue":{"values":[{"key":"a","value":{"intValue":1}},{"key":"msg","value":{"stringValue":"hello"}}]}}"#;
        assert_eq!(text(map), hello);
        assert_eq!(text(r#"{"a":1,"msg":"hello"}"#), hello);
        let array = r#"{"arrayValue":{"values":[{"intValue":1},{"stringValue":"hello"}]}}"#;
        assert_eq!(text(array), hello);
        assert_eq!(text("null"), None);
    }
}
