//! A span.

use crate::ingest::batch::link;
use crate::ingest::semantics::{
    Attributes, Found, SpanDraft, kind, kind_named, span_id, status, status_named, trace_id,
};

use super::attributes::attributes;
use super::cursor::{Cursor, Sure};

/// Reads a span into a draft that holds nothing yet.
pub(super) fn span<'de>(cursor: &mut Cursor<'de>, draft: &mut SpanDraft<'de>) -> Sure<()> {
    cursor.object(|cursor, key| {
        match key {
            b"traceId" => draft.trace = trace_id(&cursor.string()?),
            b"spanId" => draft.id = span_id(&cursor.string()?),
            b"parentSpanId" => draft.parent = span_id(&cursor.string()?),
            b"traceState" => draft.trace_state = cursor.string()?,
            b"flags" => draft.flags = u32::try_from(cursor.unsigned()?).unwrap_or(0),
            b"name" => draft.name = cursor.string()?,
            b"kind" => match cursor.enumerated(kind, kind_named)? {
                Ok(kind) => draft.kind = kind.unwrap_or_default(),
                Err(_) => draft.bad_enum = true,
            },
            b"startTimeUnixNano" => draft.start = cursor.unsigned()?,
            b"endTimeUnixNano" => draft.end = cursor.unsigned()?,
            b"attributes" => attributes(cursor, &mut draft.attributes)?,
            b"status" => span_status(cursor, draft)?,
            b"events" => cursor.list(|cursor| event(cursor, draft))?,
            b"links" => cursor.list(|cursor| span_link(cursor, draft))?,
            other => cursor.skip_unknown(other)?,
        }
        Ok(())
    })
}

fn span_status<'de>(cursor: &mut Cursor<'de>, draft: &mut SpanDraft<'de>) -> Sure<()> {
    cursor.object(|cursor, key| {
        match key {
            b"code" => match cursor.enumerated(status, status_named)? {
                Ok(status) => draft.status = status.unwrap_or_default(),
                Err(_) => draft.bad_enum = true,
            },
            b"message" => draft.message = cursor.string()?,
            _ => cursor.skip()?,
        }
        Ok(())
    })
}

fn event<'de>(cursor: &mut Cursor<'de>, draft: &mut SpanDraft<'de>) -> Sure<()> {
    let mut name = std::borrow::Cow::Borrowed("");
    let mut found: Option<Box<Attributes<'de>>> = None;
    cursor.object(|cursor, key| {
        match key {
            b"name" => name = cursor.string()?,
            // Few events are of interest, but the name may come last.
            b"attributes" if name.is_empty() || SpanDraft::heeds(&name) => {
                attributes(cursor, found.get_or_insert_default())?;
            }
            _ => cursor.skip()?,
        }
        Ok(())
    })?;
    if SpanDraft::heeds(&name) {
        draft.event(&name, &found.unwrap_or_default());
    }
    Ok(())
}

fn span_link<'de>(cursor: &mut Cursor<'de>, draft: &mut SpanDraft<'de>) -> Sure<()> {
    let (mut trace, mut span) = (Found::Nothing, Found::Nothing);
    cursor.object(|cursor, key| {
        match key {
            b"traceId" => trace = trace_id(&cursor.string()?),
            b"spanId" => span = span_id(&cursor.string()?),
            other => cursor.skip_unknown(other)?,
        }
        Ok(())
    })?;
    draft.links.extend(link(trace, span));
    Ok(())
}
