//! An attribute's value, borrowed from the input.

use std::borrow::Cow;

/// The forms of OTLP's `AnyValue` that attributes of interest can take.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::ingest) enum Value<'a> {
    /// Not given, or empty.
    #[default]
    Absent,
    /// Text.
    Text(Cow<'a, str>),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Double(f64),
    /// A truth value.
    Bool(bool),
    /// Bytes, a list or a map: nothing that a name or a code is read from.
    Other,
}

impl<'a> Value<'a> {
    /// The value as text; `None` if it is absent, empty or not a scalar.
    pub(in crate::ingest) fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(Cow::Borrowed(text)),
            Self::Int(number) => Some(Cow::Owned(number.to_string())),
            Self::Double(number) => Some(Cow::Owned(number.to_string())),
            Self::Bool(truth) => Some(Cow::Borrowed(if *truth { "true" } else { "false" })),
            Self::Absent | Self::Other | Self::Text(_) => None,
        }
    }

    /// The value where it is text already; never allocates.
    pub(in crate::ingest) fn str(&self) -> &str {
        match self {
            Self::Text(text) => text,
            _ => "",
        }
    }

    /// The value as a whole number; numeric text counts, as many SDKs write codes as text.
    pub(in crate::ingest) fn int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            Self::Double(number) => Some(*number as i64),
            Self::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// Whether nothing was given.
    pub(in crate::ingest) fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_read_as_text_and_as_numbers() {
        assert_eq!(Value::from("x").text().as_deref(), Some("x"));
        assert_eq!(Value::from("").text(), None);
        assert_eq!(Value::Int(7).text().as_deref(), Some("7"));
        assert_eq!(Value::from(" 503 ").int(), Some(503));
        assert_eq!(Value::Double(200.0).int(), Some(200));
        assert_eq!(Value::Bool(true).int(), None);
        assert!(Value::Absent.is_absent());
    }
}
