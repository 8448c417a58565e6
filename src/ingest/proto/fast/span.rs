//! A span.

use crate::ingest::batch::link;
use crate::ingest::semantics::{
    Attributes, Found, SpanDraft, kind, span_id_bytes, status, trace_id_bytes,
};

use super::value::attribute;
use super::walker::{BYTES, FIXED32, FIXED64, Sure, Surprise, VARINT, Walker, once};

/// Reads a span into a draft that holds nothing yet.
pub(super) fn span<'a>(mut span: Walker<'a>, draft: &mut SpanDraft<'a>) -> Sure<()> {
    let (mut number, mut code, mut given) = (0, 0, None);
    while let Some(field) = span.field()? {
        match field {
            (1, BYTES) => draft.trace = trace_id_bytes(span.bytes()?),
            (2, BYTES) => draft.id = span_id_bytes(span.bytes()?),
            (3, BYTES) => draft.trace_state = span.text()?.into(),
            (4, BYTES) => draft.parent = span_id_bytes(span.bytes()?),
            (5, BYTES) => draft.name = span.text()?.into(),
            (6, VARINT) => number = enumerated(span.varint()?),
            (7, FIXED64) => draft.start = span.fixed64()?,
            (8, FIXED64) => draft.end = span.fixed64()?,
            (9, BYTES) => attribute(span.message()?, &mut draft.attributes)?,
            (11, BYTES) => event(span.message()?, draft)?,
            (13, BYTES) => span_link(span.message()?, draft)?,
            (15, BYTES) => {
                once(&mut given, ())?;
                code = span_status(span.message()?, draft)?;
            }
            (16, FIXED32) => draft.flags = span.fixed32()?,
            (10 | 12 | 14, VARINT) => drop(span.varint()?),
            _ => return Err(Surprise),
        }
    }
    let (kind, status) = (kind(number), status(code));
    draft.bad_enum = kind.is_none() || status.is_none();
    draft.kind = kind.unwrap_or_default();
    draft.status = status.unwrap_or_default();
    Ok(())
}

/// Enumerations have 32 bits; what is beyond is cut off.
pub(super) fn enumerated(value: u64) -> i64 {
    i64::from(value as i32)
}

fn span_status<'a>(mut status: Walker<'a>, draft: &mut SpanDraft<'a>) -> Sure<i64> {
    let mut code = 0;
    while let Some(field) = status.field()? {
        match field {
            (2, BYTES) => draft.message = status.text()?.into(),
            (3, VARINT) => code = enumerated(status.varint()?),
            _ => return Err(Surprise),
        }
    }
    Ok(code)
}

fn event<'a>(mut event: Walker<'a>, draft: &mut SpanDraft<'a>) -> Sure<()> {
    let mut name = "";
    let mut attributes = Attributes::default();
    while let Some(field) = event.field()? {
        match field {
            (1, FIXED64) => drop(event.fixed64()?),
            (2, BYTES) => name = event.text()?,
            (3, BYTES) => attribute(event.message()?, &mut attributes)?,
            (4, VARINT) => drop(event.varint()?),
            _ => return Err(Surprise),
        }
    }
    draft.event(name, &attributes);
    Ok(())
}

fn span_link<'a>(mut found: Walker<'a>, draft: &mut SpanDraft<'a>) -> Sure<()> {
    let (mut trace, mut span) = (Found::Nothing, Found::Nothing);
    let mut attributes = Attributes::default();
    while let Some(field) = found.field()? {
        match field {
            (1, BYTES) => trace = trace_id_bytes(found.bytes()?),
            (2, BYTES) => span = span_id_bytes(found.bytes()?),
            (3, BYTES) => found.skip_text()?,
            (4, BYTES) => attribute(found.message()?, &mut attributes)?,
            (5, VARINT) => drop(found.varint()?),
            (6, FIXED32) => drop(found.fixed32()?),
            _ => return Err(Surprise),
        }
    }
    draft.links.extend(link(trace, span));
    Ok(())
}
