//! Scalars in whatever form they come: text, number, boolean or null.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

use super::object::{skip_map, skip_seq};

use serde::de::IgnoredAny;

/// Any scalar; lists and maps are skipped and read as [`Scalar::Other`].
#[derive(Clone, Debug, PartialEq)]
pub(in crate::ingest) enum Scalar<'de> {
    /// Null.
    Null,
    /// Text.
    Text(Cow<'de, str>),
    /// A whole number that is not negative.
    Unsigned(u64),
    /// A negative whole number.
    Negative(i64),
    /// A number with a fraction or an exponent, or too large.
    Float(f64),
    /// A truth value.
    Bool(bool),
    /// A list or a map.
    Other,
}

impl<'de> Scalar<'de> {
    /// As text; what is none reads as empty.
    pub(in crate::ingest) fn text(self) -> Cow<'de, str> {
        match self {
            Self::Text(text) => text,
            Self::Unsigned(number) => Cow::Owned(number.to_string()),
            Self::Negative(number) => Cow::Owned(number.to_string()),
            Self::Float(number) => Cow::Owned(number.to_string()),
            Self::Null | Self::Bool(_) | Self::Other => Cow::Borrowed(""),
        }
    }

    /// As a time or a mask of bits; what is none reads as zero.
    pub(in crate::ingest) fn unsigned(&self) -> u64 {
        match self {
            Self::Unsigned(number) => *number,
            // Casts from floats saturate.
            Self::Float(number) => *number as u64,
            Self::Text(text) => {
                let text = text.trim();
                text.parse()
                    .or_else(|_| text.parse::<f64>().map(|number| number as u64))
                    .unwrap_or(0)
            }
            _ => 0,
        }
    }

    /// As a whole number; `None` if it is none.
    pub(in crate::ingest) fn signed(&self) -> Option<i64> {
        match self {
            Self::Unsigned(number) => i64::try_from(*number).ok(),
            Self::Negative(number) => Some(*number),
            Self::Float(number) => Some(*number as i64),
            Self::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// As a floating-point number; proto3 JSON writes NaN and the infinities as text.
    pub(in crate::ingest) fn float(&self) -> Option<f64> {
        match self {
            Self::Float(number) => Some(*number),
            Self::Unsigned(number) => Some(*number as f64),
            Self::Negative(number) => Some(*number as f64),
            Self::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// As a value of an enumeration, from its number or its name: `Ok(None)` if nothing was
    /// given, `Err` if the protocol does not know it.
    pub(in crate::ingest) fn enumerated<T>(
        &self,
        by_number: impl Fn(i64) -> Option<T>,
        by_name: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, UnknownValue> {
        let found = match self {
            Self::Null => return Ok(None),
            Self::Text(text) if text.trim().is_empty() => return Ok(None),
            Self::Text(text) => match text.trim().parse() {
                Ok(number) => by_number(number),
                Err(_) => by_name(text),
            },
            number => number.signed().and_then(by_number),
        };
        found.map(Some).ok_or(UnknownValue)
    }
}

/// A value that an enumeration does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ingest) struct UnknownValue;

impl<'de> Deserialize<'de> for Scalar<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Scalar<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any JSON value")
            }
            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Scalar::Null)
            }
            fn visit_bool<E>(self, truth: bool) -> Result<Self::Value, E> {
                Ok(Scalar::Bool(truth))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
                Ok(Scalar::Unsigned(number))
            }
            fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
                Ok(match u64::try_from(number) {
                    Ok(number) => Scalar::Unsigned(number),
                    Err(_) => Scalar::Negative(number),
                })
            }
            fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
                Ok(Scalar::Float(number))
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Scalar::Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Scalar::Text(Cow::Owned(text.to_owned())))
            }
            skip_seq!(Scalar::Other);
            skip_map!(Scalar::Other);
        }
        from.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::semantics::{kind, kind_named};
    use crate::model::SpanKind;

    fn scalar(json: &str) -> Scalar<'_> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn whole_numbers_as_numbers_text_and_floats() {
        for json in ["17", "\"17\"", "17.0", "1.7e1", "\" 17 \"", "\"1.7e1\""] {
            assert_eq!(scalar(json).unsigned(), 17, "{json}");
        }
        assert_eq!(scalar("18446744073709551615").unsigned(), u64::MAX);
        for json in ["null", "-1", "\"x\"", "true", "[1,2]", "{\"a\":{}}", "\"\""] {
            assert_eq!(scalar(json).unsigned(), 0, "{json}");
        }
        assert_eq!(scalar("-7").signed(), Some(-7));
        assert_eq!(scalar("\"9223372036854775807\"").signed(), Some(i64::MAX));
        assert!(scalar("\"NaN\"").float().unwrap().is_nan());
    }

    #[test]
    fn enumerations_by_number_and_name() {
        let read = |json| scalar(json).enumerated(kind, kind_named);
        for json in ["2", "\"2\"", "\"SERVER\"", "\"SPAN_KIND_SERVER\"", "2.0"] {
            assert_eq!(read(json), Ok(Some(SpanKind::Server)), "{json}");
        }
        assert_eq!(read("null"), Ok(None));
        assert_eq!(read("\"\""), Ok(None));
        for json in ["9", "-1", "\"X\"", "[]"] {
            assert_eq!(read(json), Err(UnknownValue), "{json}");
        }
    }

    #[test]
    fn text_is_borrowed_unless_escaped() {
        assert!(matches!(scalar("\"a\""), Scalar::Text(Cow::Borrowed("a"))));
        assert_eq!(scalar("\"a\\n\"").text(), "a\n");
        assert_eq!(scalar("5").text(), "5");
    }
}
