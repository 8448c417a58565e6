//! What spans and log records are wrapped in.
//!
//! One reader takes every level, because every level is found at the top of some file: the
//! export request, API replies around it, a bare `ResourceSpans`, and the spellings of old
//! versions.

use std::borrow::Cow;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::ingest::batch::Batch;
use crate::ingest::semantics::{Attributes, LogDraft, SpanDraft};
use crate::model::{LossKind, ResourceId};

use super::attributes::Pick;
use super::document::Dialect;
use super::fast;
use super::object::{Elements, Fields, List, Object, Shape, fields, skip, skip_scalars};

/// OpenTelemetry's own JSON.
pub(in crate::ingest) struct Otlp;

impl Dialect for Otlp {
    const NAME: &'static str = "OTLP";

    fn read_quickly(text: &str, batch: &mut Batch) -> bool {
        fast::export(text, batch)
    }

    fn read<'de, D: Deserializer<'de>>(from: D, batch: &mut Batch) -> Result<(), D::Error> {
        Envelope { batch, depth: 0 }.deserialize(from)
    }
}

/// How deep an envelope is looked for inside wrappers of unknown names.
const WRAPPERS: u8 = 16;

/// Reads an envelope, or a list of them, at any level.
struct Envelope<'b> {
    batch: &'b mut Batch,
    depth: u8,
}

impl<'de> DeserializeSeed<'de> for Envelope<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        if self.depth > WRAPPERS {
            return from.deserialize_ignored_any(IgnoredAny).map(drop);
        }
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Envelope<'_> {
    type Value = ();

    skip_scalars!(());

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        loop {
            let element = Envelope { batch: &mut *self.batch, depth: self.depth + 1 };
            if list.next_element_seed(element)?.is_none() {
                return Ok(());
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let since = self.batch.counts();
        let mut node = Node { batch: self.batch, depth: self.depth, resource: None, scopes: false };
        let outcome = fields(&mut node, &mut map);
        if node.scopes {
            // Without a resource, what a cut-off envelope held is dropped by the caller.
            let resource = match (node.resource, &outcome) {
                (Some(resource), _) => Some(resource),
                (None, Ok(())) => Some(node.batch.resource(&Attributes::default())),
                (None, Err(_)) => None,
            };
            if let Some(resource) = resource {
                node.batch.settle(since, resource);
            }
        }
        outcome
    }
}

struct Node<'b> {
    batch: &'b mut Batch,
    depth: u8,
    resource: Option<ResourceId>,
    scopes: bool,
}

impl<'de> Fields<'de> for Node<'_> {
    fn field<A: MapAccess<'de>>(
        &mut self,
        key: Cow<'de, str>,
        map: &mut A,
    ) -> Result<(), A::Error> {
        match &*key {
            // `batches` is Grafana Tempo's name for resourceSpans.
            "resourceSpans" | "resource_spans" | "batches" => self.batch.signals.traces = true,
            "resourceLogs" | "resource_logs" => self.batch.signals.logs = true,
            "resourceMetrics" | "resource_metrics" => self.batch.signals.metrics = true,
            "resource" => {
                let mut attributes = Attributes::wanting(&self.batch.asked);
                let mut resource = Resource(&mut attributes);
                let shape = map.next_value_seed(Object(&mut resource))?;
                if shape == Shape::Expected {
                    self.resource = Some(self.batch.resource(&attributes));
                }
                return Ok(());
            }
            "scopeSpans"
            | "scope_spans"
            | "instrumentationLibrarySpans"
            | "instrumentation_library_spans" => {
                self.batch.signals.traces = true;
                return self.scopes(map);
            }
            "scopeLogs"
            | "scope_logs"
            | "instrumentationLibraryLogs"
            | "instrumentation_library_logs" => {
                self.batch.signals.logs = true;
                return self.scopes(map);
            }
            "scopeMetrics"
            | "scope_metrics"
            | "instrumentationLibraryMetrics"
            | "instrumentation_library_metrics" => {
                self.batch.signals.metrics = true;
                return self.scopes(map);
            }
            _ => {}
        }
        map.next_value_seed(Envelope { batch: self.batch, depth: self.depth + 1 })
    }
}

impl Node<'_> {
    fn scopes<'de, A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<(), A::Error> {
        self.scopes = true;
        map.next_value_seed(List(&mut Scopes(self.batch)))
    }
}

struct Resource<'a, 'de>(&'a mut Attributes<'de>);

impl<'de> Fields<'de> for Resource<'_, 'de> {
    fn field<A: MapAccess<'de>>(
        &mut self,
        key: Cow<'de, str>,
        map: &mut A,
    ) -> Result<(), A::Error> {
        match &*key {
            "attributes" => map.next_value_seed(Pick(self.0)),
            _ => skip(map),
        }
    }
}

/// The list of scopes; a scope's own name is not kept.
struct Scopes<'b>(&'b mut Batch);

impl<'de> Elements<'de> for Scopes<'_> {
    fn element<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        Ok(list.next_element_seed(Object(self))?.is_some())
    }
}

impl<'de> Fields<'de> for Scopes<'_> {
    fn field<A: MapAccess<'de>>(
        &mut self,
        key: Cow<'de, str>,
        map: &mut A,
    ) -> Result<(), A::Error> {
        match &*key {
            "spans" => {
                let draft = SpanDraft::wanting(&self.0.asked);
                map.next_value_seed(List(&mut Spans { batch: self.0, draft }))
            }
            // `logs` is the name before OTLP 0.15.
            "logRecords" | "log_records" | "logs" => {
                map.next_value_seed(List(&mut Logs { batch: self.0, draft: LogDraft::default() }))
            }
            "metrics" => map.next_value_seed(List(&mut Metrics(self.0))),
            _ => skip(map),
        }
    }
}

struct Spans<'b, 'de> {
    batch: &'b mut Batch,
    draft: SpanDraft<'de>,
}

impl<'de> Elements<'de> for Spans<'_, 'de> {
    fn element<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        self.draft.clear();
        match list.next_element_seed(Object(&mut self.draft))? {
            Some(Shape::Expected) => self.batch.span(&self.draft),
            Some(Shape::Null) => {}
            Some(Shape::Other) => self.batch.lose(LossKind::BadRecord, "a span that is no object"),
            None => return Ok(false),
        }
        Ok(true)
    }
}

struct Logs<'b, 'de> {
    batch: &'b mut Batch,
    draft: LogDraft<'de>,
}

impl<'de> Elements<'de> for Logs<'_, 'de> {
    fn element<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        self.draft.clear();
        match list.next_element_seed(Object(&mut self.draft))? {
            Some(Shape::Expected) => self.batch.log(&self.draft),
            Some(Shape::Null) => {}
            Some(Shape::Other) => {
                self.batch.lose(LossKind::BadRecord, "a log record that is no object");
            }
            None => return Ok(false),
        }
        Ok(true)
    }
}

struct Metrics<'b>(&'b mut Batch);

impl<'de> Elements<'de> for Metrics<'_> {
    fn element<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let metric = list.next_element::<IgnoredAny>()?.is_some();
        self.0.stats.metrics += u64::from(metric);
        Ok(metric)
    }
}
