//! A span in JSON.

use std::borrow::Cow;

use serde::de::{MapAccess, SeqAccess};

use crate::ingest::batch::link;
use crate::ingest::semantics::{
    Attributes, Found, SpanDraft, kind, kind_named, span_id, status, status_named, trace_id,
};
use crate::model::{SpanId, TraceId};

use super::attributes::Pick;
use super::object::{Elements, Fields, List, Object, skip};
use super::scalar::Scalar;

impl<'de> Fields<'de> for SpanDraft<'de> {
    fn field<A: MapAccess<'de>>(
        &mut self,
        key: Cow<'de, str>,
        map: &mut A,
    ) -> Result<(), A::Error> {
        let mut scalar = || map.next_value::<Scalar<'de>>();
        match &*key {
            "traceId" | "trace_id" => self.trace = trace_id(&scalar()?.text()),
            "spanId" | "span_id" => self.id = span_id(&scalar()?.text()),
            "parentSpanId" | "parent_span_id" => self.parent = span_id(&scalar()?.text()),
            "traceState" | "trace_state" => self.trace_state = scalar()?.text(),
            "flags" => self.flags = u32::try_from(scalar()?.unsigned()).unwrap_or(0),
            "name" => self.name = scalar()?.text(),
            "kind" => match scalar()?.enumerated(kind, kind_named) {
                Ok(kind) => self.kind = kind.unwrap_or_default(),
                Err(_) => self.bad_enum = true,
            },
            "startTimeUnixNano" | "start_time_unix_nano" => self.start = scalar()?.unsigned(),
            "endTimeUnixNano" | "end_time_unix_nano" => self.end = scalar()?.unsigned(),
            "attributes" => map.next_value_seed(Pick(&mut self.attributes))?,
            "status" => drop(map.next_value_seed(Object(&mut Status(self)))?),
            "events" => map.next_value_seed(List(&mut Events(self)))?,
            "links" => map.next_value_seed(List(&mut Links(self)))?,
            _ => skip(map)?,
        }
        Ok(())
    }
}

struct Status<'a, 'de>(&'a mut SpanDraft<'de>);

impl<'de> Fields<'de> for Status<'_, 'de> {
    fn field<A: MapAccess<'de>>(
        &mut self,
        key: Cow<'de, str>,
        map: &mut A,
    ) -> Result<(), A::Error> {
        match &*key {
            "code" => match map.next_value::<Scalar>()?.enumerated(status, status_named) {
                Ok(status) => self.0.status = status.unwrap_or_default(),
                Err(_) => self.0.bad_enum = true,
            },
            "message" => self.0.message = map.next_value::<Scalar>()?.text(),
            _ => skip(map)?,
        }
        Ok(())
    }
}

struct Events<'a, 'de>(&'a mut SpanDraft<'de>);

impl<'de> Elements<'de> for Events<'_, 'de> {
    fn element<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let mut event = Event::default();
        if list.next_element_seed(Object(&mut event))?.is_none() {
            return Ok(false);
        }
        if SpanDraft::heeds(&event.name) {
            self.0.event(&event.name, &event.attributes.unwrap_or_default());
        }
        Ok(true)
    }
}

#[derive(Default)]
struct Event<'de> {
    name: Cow<'de, str>,
    attributes: Option<Box<Attributes<'de>>>,
}

impl<'de> Fields<'de> for Event<'de> {
    fn field<A: MapAccess<'de>>(
        &mut self,
        key: Cow<'de, str>,
        map: &mut A,
    ) -> Result<(), A::Error> {
        match &*key {
            "name" => self.name = map.next_value::<Scalar>()?.text(),
            // Few events are of interest, but the name may come last.
            "attributes" if self.name.is_empty() || SpanDraft::heeds(&self.name) => {
                let attributes = self.attributes.get_or_insert_default();
                map.next_value_seed(Pick(attributes))?;
            }
            _ => skip(map)?,
        }
        Ok(())
    }
}

struct Links<'a, 'de>(&'a mut SpanDraft<'de>);

impl<'de> Elements<'de> for Links<'_, 'de> {
    fn element<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let mut found = Link::default();
        if list.next_element_seed(Object(&mut found))?.is_none() {
            return Ok(false);
        }
        self.0.links.extend(link(found.trace, found.span));
        Ok(true)
    }
}

#[derive(Default)]
struct Link {
    trace: Found<TraceId>,
    span: Found<SpanId>,
}

impl<'de> Fields<'de> for Link {
    fn field<A: MapAccess<'de>>(
        &mut self,
        key: Cow<'de, str>,
        map: &mut A,
    ) -> Result<(), A::Error> {
        match &*key {
            "traceId" | "trace_id" => self.trace = trace_id(&map.next_value::<Scalar>()?.text()),
            "spanId" | "span_id" => self.span = span_id(&map.next_value::<Scalar>()?.text()),
            _ => skip(map)?,
        }
        Ok(())
    }
}
