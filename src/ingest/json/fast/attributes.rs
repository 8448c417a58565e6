//! The wanted attributes: keys are matched before values are touched.

use crate::ingest::json::any_value::{AnyValue, int};
use crate::ingest::json::scalar::Scalar;
use crate::ingest::semantics::{Attributes, Value};

use super::cursor::{Cursor, Sure, Surprise};

/// Reads a list of `{"key": …, "value": …}`.
pub(super) fn attributes<'de>(cursor: &mut Cursor<'de>, into: &mut Attributes<'de>) -> Sure<()> {
    cursor.list(|cursor| attribute(cursor, into))
}

#[inline(always)]
fn attribute<'de>(cursor: &mut Cursor<'de>, into: &mut Attributes<'de>) -> Sure<()> {
    let key = if cursor.eat(br#"{"key":""#) {
        cursor.plain_rest()?
    } else {
        cursor.expect(b'{')?;
        if cursor.key()? != b"key" {
            return Err(Surprise);
        }
        cursor.plain()?
    };
    let wanted = into.wants(key);
    if cursor.eat(br#","value":{"stringValue":""#) {
        match wanted {
            Some(key) => into.set(key, Value::Text(cursor.string_rest()?)),
            None => cursor.skip_string_rest()?,
        }
        return close(cursor);
    }
    if cursor.eat(br#","value":{"intValue":""#) {
        match wanted {
            Some(key) => into.set(key, int(Scalar::Text(cursor.string_rest()?))),
            None => cursor.skip_string_rest()?,
        }
        return close(cursor);
    }
    cursor.expect(b',')?;
    if cursor.key()? != b"value" {
        return Err(Surprise);
    }
    match wanted {
        Some(key) => into.set(key, any_value(cursor)?),
        None => cursor.skip()?,
    }
    cursor.expect(b'}')
}

/// Ends a value and its pair.
#[inline(always)]
fn close(cursor: &mut Cursor<'_>) -> Sure<()> {
    if cursor.eat(b"}}") {
        return Ok(());
    }
    cursor.expect(b'}')?;
    cursor.expect(b'}')
}

/// An `AnyValue`; the usual form has one field.
pub(super) fn any_value<'de>(cursor: &mut Cursor<'de>) -> Sure<Value<'de>> {
    if cursor.eat(br#"{"stringValue":""#) {
        let text = cursor.string_rest()?;
        cursor.expect(b'}')?;
        return Ok(Value::Text(text));
    }
    Ok(cursor.value::<AnyValue<'de>>()?.0)
}
