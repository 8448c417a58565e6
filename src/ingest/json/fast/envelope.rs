//! An export request.

use crate::ingest::batch::Batch;
use crate::ingest::semantics::{Attributes, LogDraft, SpanDraft};

use super::attributes::attributes;
use super::cursor::{Cursor, Sure, Surprise};
use super::log::log;
use super::span::span;

/// Reads `text` into `batch` if it is one export request of spans or log records as exporters
/// write it. If not, what was added must be rolled back.
pub(in crate::ingest::json) fn export(text: &str, batch: &mut Batch) -> bool {
    let mut cursor = Cursor::new(text);
    request(&mut cursor, batch).and_then(|()| cursor.end()).is_ok()
}

fn request(cursor: &mut Cursor<'_>, batch: &mut Batch) -> Sure<()> {
    cursor.object(|cursor, key| match key {
        "resourceSpans" => {
            batch.signals.traces = true;
            cursor.list(|cursor| resource(cursor, batch))
        }
        "resourceLogs" => {
            batch.signals.logs = true;
            cursor.list(|cursor| resource(cursor, batch))
        }
        _ => Err(Surprise),
    })
}

fn resource(cursor: &mut Cursor<'_>, batch: &mut Batch) -> Sure<()> {
    let since = batch.counts();
    let (mut emitter, mut scopes) = (None, false);
    cursor.object(|cursor, key| match key {
        "resource" => {
            let mut found = Attributes::default();
            cursor.object(|cursor, key| match key {
                "attributes" => attributes(cursor, &mut found),
                _ => cursor.skip(),
            })?;
            emitter = Some(batch.resource(&found));
            Ok(())
        }
        "scopeSpans" => {
            batch.signals.traces = true;
            scopes = true;
            cursor.list(|cursor| scope(cursor, batch))
        }
        "scopeLogs" => {
            batch.signals.logs = true;
            scopes = true;
            cursor.list(|cursor| scope(cursor, batch))
        }
        "schemaUrl" => cursor.plain().map(drop),
        _ => Err(Surprise),
    })?;
    if scopes {
        let emitter = emitter.unwrap_or_else(|| batch.resource(&Attributes::default()));
        batch.settle(since, emitter);
    }
    Ok(())
}

fn scope(cursor: &mut Cursor<'_>, batch: &mut Batch) -> Sure<()> {
    cursor.object(|cursor, key| match key {
        "spans" => {
            let mut draft = SpanDraft::default();
            cursor.list(|cursor| {
                draft.clear();
                span(cursor, &mut draft)?;
                batch.span(&draft);
                Ok(())
            })
        }
        "logRecords" => {
            let mut draft = LogDraft::default();
            cursor.list(|cursor| {
                draft.clear();
                log(cursor, &mut draft)?;
                batch.log(&draft);
                Ok(())
            })
        }
        "scope" | "schemaUrl" => cursor.skip(),
        _ => Err(Surprise),
    })
}
