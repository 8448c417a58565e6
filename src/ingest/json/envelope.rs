//! What spans and log records are wrapped in.
//!
//! One reader takes every level, because every level is found at the top of some file: the
//! export request, API replies around it, a bare `ResourceSpans`, and the spellings of old
//! versions.

use std::borrow::Cow;

use serde::de::{IgnoredAny, MapAccess, SeqAccess};

use crate::ingest::batch::Batch;
use crate::ingest::semantics::{Attributes, LogDraft, SpanDraft};
use crate::model::{LossKind, ResourceId};

use super::attributes::Pick;
use super::document::{Dialect, Node};
use super::fast;
use super::object::{Elements, Fields, List, Object, Shape, fields, skip};
use super::scalar::Scalar;

/// OpenTelemetry's own JSON.
pub(in crate::ingest) struct Otlp;

impl Dialect for Otlp {
    const NAME: &'static str = "OTLP";

    fn read_quickly(text: &str, batch: &mut Batch) -> bool {
        fast::export(text, batch)
    }

    const DEEPEST: u8 = 16;

    fn object<'de, A: MapAccess<'de>>(mut map: A, node: Node<'_, Self>) -> Result<(), A::Error> {
        let since = node.batch.counts();
        let mut envelope =
            Envelope { node, resource: None, scopes: false, reply: Reply::default() };
        let outcome = fields(&mut envelope, &mut map);
        let Envelope { node, resource, scopes, reply } = envelope;
        if scopes {
            // Without a resource, what a cut-off envelope held is dropped by the caller.
            let resource = match (resource, &outcome) {
                (Some(resource), _) => Some(resource),
                (None, Ok(())) => Some(node.batch.resource(&Attributes::default())),
                (None, Err(_)) => None,
            };
            if let Some(resource) = resource {
                node.batch.settle(since, resource);
            }
        }
        if reply.trace && reply.partial {
            node.batch
                .lose(LossKind::PartialTrace, "a trace of which Tempo says that it is partial");
        }
        outcome
    }
}

/// An envelope, at any level.
struct Envelope<'b> {
    node: Node<'b, Otlp>,
    resource: Option<ResourceId>,
    scopes: bool,
    reply: Reply,
}

/// What Grafana Tempo's API (version 2) says of the trace that it answers with.
#[derive(Default)]
struct Reply {
    trace: bool,
    partial: bool,
}

impl<'de> Fields<'de> for Envelope<'_> {
    fn field<A: MapAccess<'de>>(
        &mut self,
        key: Cow<'de, str>,
        map: &mut A,
    ) -> Result<(), A::Error> {
        match &*key {
            // `batches` is Grafana Tempo's name for resourceSpans.
            "resourceSpans" | "resource_spans" | "batches" => self.node.batch.signals.traces = true,
            "resourceLogs" | "resource_logs" => self.node.batch.signals.logs = true,
            "resourceMetrics" | "resource_metrics" => self.node.batch.signals.metrics = true,
            "resource" => {
                let mut attributes = Attributes::wanting(&self.node.batch.asked);
                let mut resource = Resource(&mut attributes);
                let shape = map.next_value_seed(Object(&mut resource))?;
                if shape == Shape::Expected {
                    self.resource = Some(self.node.batch.resource(&attributes));
                }
                return Ok(());
            }
            "scopeSpans"
            | "scope_spans"
            | "instrumentationLibrarySpans"
            | "instrumentation_library_spans" => {
                self.node.batch.signals.traces = true;
                return self.scopes(map);
            }
            "scopeLogs"
            | "scope_logs"
            | "instrumentationLibraryLogs"
            | "instrumentation_library_logs" => {
                self.node.batch.signals.logs = true;
                return self.scopes(map);
            }
            "scopeMetrics"
            | "scope_metrics"
            | "instrumentationLibraryMetrics"
            | "instrumentation_library_metrics" => {
                self.node.batch.signals.metrics = true;
                return self.scopes(map);
            }
            "trace" => self.reply.trace = true,
            "status" => {
                let status = map.next_value::<Scalar>()?.text();
                self.reply.partial = matches!(&*status, "PARTIAL" | "1");
                return Ok(());
            }
            _ => {}
        }
        map.next_value_seed(self.node.inner())
    }
}

impl Envelope<'_> {
    fn scopes<'de, A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<(), A::Error> {
        self.scopes = true;
        map.next_value_seed(List(&mut Scopes(self.node.batch)))
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
