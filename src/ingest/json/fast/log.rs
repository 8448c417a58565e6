//! A log record.

use serde::de::DeserializeSeed;

use crate::ingest::json::any_value::AnyBody;
use crate::ingest::semantics::{
    BodyDraft, LogDraft, Value, severity, severity_named, span_id, trace_id,
};

use super::attributes::attributes;
use super::cursor::{Cursor, Sure, Surprise};

/// Reads a log record into a draft that holds nothing yet.
pub(super) fn log<'de>(cursor: &mut Cursor<'de>, draft: &mut LogDraft<'de>) -> Sure<()> {
    cursor.object(|cursor, key| {
        match key {
            b"traceId" => draft.trace = trace_id(&cursor.string()?),
            b"spanId" => draft.span = span_id(&cursor.string()?),
            b"timeUnixNano" => draft.time = cursor.unsigned()?,
            b"observedTimeUnixNano" => draft.observed = cursor.unsigned()?,
            b"severityNumber" => match cursor.enumerated(severity, severity_named)? {
                Ok(severity) => draft.severity = severity.unwrap_or(0),
                Err(_) => draft.bad_enum = true,
            },
            b"severityText" => draft.severity_text = cursor.string()?,
            b"eventName" | b"name" => draft.event_name = cursor.string()?,
            b"body" => body(cursor, &mut draft.body)?,
            b"attributes" => attributes(cursor, &mut draft.attributes)?,
            other => cursor.skip_unknown(other)?,
        }
        Ok(())
    })
}

fn body<'de>(cursor: &mut Cursor<'de>, draft: &mut BodyDraft<'de>) -> Sure<()> {
    if cursor.eat(br#"{"stringValue":""#) {
        draft.text = Value::Text(cursor.string_rest()?);
        return cursor.expect(b'}');
    }
    let mut from = serde_json::Deserializer::from_str(cursor.raw()?);
    AnyBody(draft).deserialize(&mut from).map_err(|_| Surprise)
}
