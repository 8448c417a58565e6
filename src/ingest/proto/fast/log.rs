//! A log record.

use crate::ingest::semantics::{LogDraft, severity, span_id_bytes, trace_id_bytes};

use super::span::enumerated;
use super::value::{attribute, body};
use super::walker::{BYTES, FIXED32, FIXED64, Sure, Surprise, VARINT, Walker, once};

/// Reads a log record into a draft that holds nothing yet.
pub(super) fn log<'a>(mut log: Walker<'a>, draft: &mut LogDraft<'a>) -> Sure<()> {
    let (mut number, mut given) = (0, None);
    while let Some(field) = log.field()? {
        match field {
            (1, FIXED64) => draft.time = log.fixed64()?,
            (2, VARINT) => number = enumerated(log.varint()?),
            (3, BYTES) => draft.severity_text = log.text()?.into(),
            (5, BYTES) => {
                once(&mut given, ())?;
                draft.body = body(log.message()?)?;
            }
            (6, BYTES) => attribute(log.message()?, &mut draft.attributes)?,
            (7, VARINT) => drop(log.varint()?),
            (8, FIXED32) => drop(log.fixed32()?),
            (9, BYTES) => draft.trace = trace_id_bytes(log.bytes()?),
            (10, BYTES) => draft.span = span_id_bytes(log.bytes()?),
            (11, FIXED64) => draft.observed = log.fixed64()?,
            (12, BYTES) => draft.event_name = log.text()?.into(),
            _ => return Err(Surprise),
        }
    }
    let level = severity(number);
    draft.severity = level.unwrap_or(0);
    draft.bad_enum = level.is_none();
    Ok(())
}
