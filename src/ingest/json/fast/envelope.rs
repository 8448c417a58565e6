//! An export request.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::ingest::batch::Batch;
use crate::ingest::semantics::{Attributes, LogDraft, SpanDraft};
use crate::model::ResourceId;

use super::attributes::attributes;
use super::cursor::{Cursor, Sure, Surprise};
use super::log::log;
use super::span::span;

/// What follows a resource as exporters write it, by which its end is found …
static END: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"]},\"scope"));
/// … and how much of that is not its own.
const MORE: usize = b",\"scope".len();

/// Reads `text` into `batch` if it is one export request of spans or log records as exporters
/// write it. If not, what was added must be rolled back.
pub(in crate::ingest::json) fn export(text: &str, batch: &mut Batch) -> bool {
    let mut cursor = Cursor::new(text);
    request(&mut cursor, batch).and_then(|()| cursor.end()).is_ok()
}

fn request(cursor: &mut Cursor<'_>, batch: &mut Batch) -> Sure<()> {
    cursor.object(|cursor, key| match key {
        b"resourceSpans" => {
            batch.signals.traces = true;
            cursor.list(|cursor| resource(cursor, batch))
        }
        b"resourceLogs" => {
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
        b"resource" => {
            emitter = Some(who(cursor, batch)?);
            Ok(())
        }
        b"scopeSpans" => {
            batch.signals.traces = true;
            scopes = true;
            cursor.list(|cursor| scope(cursor, batch))
        }
        b"scopeLogs" => {
            batch.signals.logs = true;
            scopes = true;
            cursor.list(|cursor| scope(cursor, batch))
        }
        b"schemaUrl" => cursor.plain().map(drop),
        _ => Err(Surprise),
    })?;
    if scopes {
        let emitter = emitter.unwrap_or_else(|| batch.resource(&Attributes::default()));
        batch.settle(since, emitter);
    }
    Ok(())
}

/// The emitter, which is looked at only the first time that it is written like this.
fn who(cursor: &mut Cursor<'_>, batch: &mut Batch) -> Sure<ResourceId> {
    if let Some(text) = cursor.ahead(&END)
        && let likely = &text[..text.len() - MORE]
        && let Some(known) = batch.emitters.find(likely)
    {
        cursor.step(likely.len());
        return Ok(known);
    }
    let from = cursor.place();
    let mut found = Attributes::wanting(&batch.asked);
    cursor.object(|cursor, key| match key {
        b"attributes" => attributes(cursor, &mut found),
        _ => cursor.skip(),
    })?;
    let resource = batch.resource(&found);
    batch.emitters.keep(cursor.since(from), resource);
    Ok(resource)
}

fn scope(cursor: &mut Cursor<'_>, batch: &mut Batch) -> Sure<()> {
    cursor.object(|cursor, key| match key {
        b"spans" => {
            let mut draft = SpanDraft::wanting(&batch.asked);
            cursor.list(|cursor| {
                draft.clear();
                span(cursor, &mut draft)?;
                batch.span(&draft);
                Ok(())
            })
        }
        b"logRecords" => {
            let mut draft = LogDraft::default();
            cursor.list(|cursor| {
                draft.clear();
                log(cursor, &mut draft)?;
                batch.log(&draft);
                Ok(())
            })
        }
        b"scope" | b"schemaUrl" => cursor.skip(),
        _ => Err(Surprise),
    })
}
