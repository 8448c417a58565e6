//! `AnyValue` and `KeyValue`.

use crate::ingest::semantics::{Attributes, BodyDraft, Value};

use super::walker::{BYTES, FIXED64, Sure, Surprise, VARINT, Walker, check_text, once};

/// Values nested deeper than this are left to the generated types, which have a limit of their
/// own.
const DEPTH: u32 = 16;

/// Keeps one attribute if it is wanted. Of others no value is made, but they must be whole.
#[inline(always)]
pub(super) fn attribute<'a>(pair: Walker<'a>, into: &mut Attributes<'a>) -> Sure<()> {
    let Some((key, value)) = usual(pair) else {
        let (key, value) = key_value(pair, DEPTH)?;
        if let Some(key) = into.wants(key.as_bytes()) {
            into.set(key, value);
        }
        return Ok(());
    };
    if let Some(key) = into.wants(key) {
        into.set(key, any_value(value, DEPTH)?);
        return Ok(());
    }
    check_text(key)?;
    match value.only_text() {
        Some(text) => check_text(text),
        None => any_value(value, DEPTH).map(drop),
    }
}

/// Key and value of a pair that holds these in this order and nothing else.
#[inline(always)]
fn usual(mut pair: Walker<'_>) -> Option<(&[u8], Walker<'_>)> {
    let (Ok(Some((1, BYTES))), Ok(key)) = (pair.field(), pair.bytes()) else { return None };
    let (Ok(Some((2, BYTES))), Ok(value)) = (pair.field(), pair.message()) else { return None };
    pair.is_empty().then_some((key, value))
}

fn key_value(mut pair: Walker<'_>, depth: u32) -> Sure<(&str, Value<'_>)> {
    let (mut key, mut value) = ("", None);
    while let Some(field) = pair.field()? {
        match field {
            (1, BYTES) => key = pair.text()?,
            (2, BYTES) => once(&mut value, any_value(pair.message()?, depth)?)?,
            _ => return Err(Surprise),
        }
    }
    Ok((key, value.unwrap_or_default()))
}

/// A value as an attribute has it.
pub(super) fn any_value(mut any: Walker<'_>, depth: u32) -> Sure<Value<'_>> {
    let Some(field) = any.field()? else {
        return Ok(Value::Absent);
    };
    let value = match field {
        (1, BYTES) => Value::from(any.text()?),
        (2, VARINT) => Value::Bool(any.varint()? != 0),
        (3, VARINT) => Value::Int(any.varint()? as i64),
        (4, FIXED64) => Value::Double(f64::from_bits(any.fixed64()?)),
        (5, BYTES) if depth > 0 => {
            values(any.message()?, |value| any_value(value, depth - 1).map(drop))?;
            Value::Other
        }
        (6, BYTES) if depth > 0 => {
            values(any.message()?, |pair| key_value(pair, depth - 1).map(drop))?;
            Value::Other
        }
        (7, BYTES) => {
            any.bytes()?;
            Value::Other
        }
        _ => return Err(Surprise),
    };
    match any.field()? {
        None => Ok(value),
        Some(_) => Err(Surprise),
    }
}

/// The elements of a list or the pairs of a map.
fn values<'a>(mut list: Walker<'a>, mut each: impl FnMut(Walker<'a>) -> Sure<()>) -> Sure<()> {
    while let Some(field) = list.field()? {
        match field {
            (1, BYTES) => each(list.message()?)?,
            _ => return Err(Surprise),
        }
    }
    Ok(())
}

/// The body of a log record: maps and lists are looked into.
pub(super) fn body(any: Walker<'_>) -> Sure<BodyDraft<'_>> {
    let mut draft = BodyDraft::default();
    let mut inside = any;
    match inside.field()? {
        Some((5, BYTES)) => values(inside.message()?, |value| {
            let value = any_value(value, DEPTH)?;
            if draft.text.is_absent() && matches!(value, Value::Text(_)) {
                draft.text = value;
            }
            Ok(())
        })?,
        Some((6, BYTES)) => values(inside.message()?, |pair| {
            let (key, value) = key_value(pair, DEPTH)?;
            draft.entry(key.into(), value);
            Ok(())
        })?,
        _ => {
            draft.text = any_value(any, DEPTH)?;
            return Ok(draft);
        }
    }
    match inside.field()? {
        None => Ok(draft),
        Some(_) => Err(Surprise),
    }
}
