//! An export request.

use crate::ingest::batch::Batch;
use crate::ingest::semantics::{Attributes, Dimensions, LogDraft, SpanDraft};
use crate::model::ResourceId;

use super::log::log;
use super::span::span;
use super::value::attribute;
use super::walker::{BYTES, Sure, Surprise, VARINT, Walker};

/// Reads the spans of a request into `batch`. If it cannot, what was added must be rolled back.
pub(in crate::ingest::proto) fn traces(request: &[u8], batch: &mut Batch) -> bool {
    let mut draft = SpanDraft::wanting(&batch.asked);
    each_record(request, batch, |record, batch| {
        draft.clear();
        span(record, &mut draft)?;
        batch.span(&draft);
        Ok(())
    })
    .is_ok()
}

/// The same with log records.
pub(in crate::ingest::proto) fn logs(request: &[u8], batch: &mut Batch) -> bool {
    let mut draft = LogDraft::default();
    each_record(request, batch, |record, batch| {
        draft.clear();
        log(record, &mut draft)?;
        batch.log(&draft);
        Ok(())
    })
    .is_ok()
}

/// `ExportXServiceRequest`, which is alike for all signals.
fn each_record<'a>(
    request: &'a [u8],
    batch: &mut Batch,
    mut record: impl FnMut(Walker<'a>, &mut Batch) -> Sure<()>,
) -> Sure<()> {
    let mut request = Walker::new(request);
    while let Some(field) = request.field()? {
        match field {
            (1, BYTES) => resource(request.message()?, batch, &mut record)?,
            _ => return Err(Surprise),
        }
    }
    Ok(())
}

fn resource<'a>(
    mut resource: Walker<'a>,
    batch: &mut Batch,
    record: &mut impl FnMut(Walker<'a>, &mut Batch) -> Sure<()>,
) -> Sure<()> {
    let since = batch.counts();
    let mut emitter = None;
    while let Some(field) = resource.field()? {
        match field {
            (1, BYTES) if emitter.is_none() => {
                emitter = Some(who(resource.bytes()?, batch)?);
            }
            (2, BYTES) => scope(resource.message()?, batch, record)?,
            (3, BYTES) => resource.skip_text()?,
            _ => return Err(Surprise),
        }
    }
    let emitter = emitter.unwrap_or_else(|| batch.resource(&Attributes::default()));
    batch.settle(since, emitter);
    Ok(())
}

/// The emitter, which is looked at only the first time that it is written like this.
fn who(written: &[u8], batch: &mut Batch) -> Sure<ResourceId> {
    if let Some(known) = batch.emitters.find(written) {
        return Ok(known);
    }
    let resource = batch.resource(&emitter(Walker::new(written), &batch.asked)?);
    batch.emitters.keep(written, resource);
    Ok(resource)
}

fn emitter<'a>(mut resource: Walker<'a>, asked: &Dimensions) -> Sure<Attributes<'a>> {
    let mut attributes = Attributes::wanting(asked);
    while let Some(field) = resource.field()? {
        match field {
            (1, BYTES) => attribute(resource.message()?, &mut attributes)?,
            (2, VARINT) => drop(resource.varint()?),
            _ => return Err(Surprise),
        }
    }
    Ok(attributes)
}

fn scope<'a>(
    mut scope: Walker<'a>,
    batch: &mut Batch,
    record: &mut impl FnMut(Walker<'a>, &mut Batch) -> Sure<()>,
) -> Sure<()> {
    while let Some(field) = scope.field()? {
        match field {
            (1, BYTES) => library(scope.message()?)?,
            (2, BYTES) => record(scope.message()?, batch)?,
            (3, BYTES) => scope.skip_text()?,
            _ => return Err(Surprise),
        }
    }
    Ok(())
}

/// The instrumentation, of which nothing is kept; it must be whole all the same.
fn library(mut library: Walker<'_>) -> Sure<()> {
    let mut attributes = Attributes::default();
    while let Some(field) = library.field()? {
        match field {
            (1 | 2, BYTES) => library.skip_text()?,
            (3, BYTES) => attribute(library.message()?, &mut attributes)?,
            (4, VARINT) => drop(library.varint()?),
            _ => return Err(Surprise),
        }
    }
    Ok(())
}
