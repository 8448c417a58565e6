//! Jaeger's JSON: what its UI saves and `/api/traces` answers, whole or a trace each, and spans as
//! they are stored in Elasticsearch, each with its process.

use std::borrow::Cow;

use rustc_hash::FxHashMap;
use serde::de::{IgnoredAny, MapAccess, SeqAccess};

use crate::ingest::batch::{Batch, link};
use crate::ingest::json::{
    Dialect, Elements, Fields, List, Node, Object, Scalar, Shape, Tagged, Tags, fields, has_all,
    outline, skip,
};
use crate::ingest::semantics::{
    Attributes, BodyDraft, Dimensions, Found, Key, LogDraft, SpanDraft, Value, field_or_attribute,
    span_id, trace_id,
};
use crate::model::{LossKind, ResourceId, SpanId, TraceId};

use super::{Decoding, Format};

pub(super) const FORMAT: Format = Format {
    id: "jaeger",
    title: "Jaeger JSON: traces as its UI and /api/traces give them, or spans of Elasticsearch",
    recognise: |head, whole| {
        is_jaeger(head, whole).then(|| Decoding::of_json::<Jaeger>(head, whole))
    },
};

fn is_jaeger(head: &[u8], whole: bool) -> bool {
    let found = outline(head);
    let has = |depth, under: &str, keys: &[&str]| has_all(&found, depth, under, keys);
    let trace = |depth, under| {
        has(depth, under, &["spans", "traceID"]) || has(depth, under, &["spans", "processes"])
    };
    let span = |depth, under| has(depth, under, &["traceID", "spanID", "operationName"]);
    // A reply that found nothing cannot be told from that to another question, nor matters it.
    let reply = || has(1, "", &["data", "total", "limit", "offset", "errors"]);
    let nothing = || {
        let reply: Option<Nothing> = serde_json::from_slice(head).ok();
        reply.is_some_and(|reply| reply.data.is_empty() && reply.errors.is_none())
    };
    trace(1, "")
        || trace(2, "data")
        || span(1, "")
        || (2..=4).any(|depth| span(depth, "_source"))
        || whole && reply() && nothing()
}

#[derive(serde::Deserialize)]
struct Nothing {
    data: Vec<IgnoredAny>,
    errors: Option<IgnoredAny>,
}

struct Jaeger;

impl Dialect for Jaeger {
    const NAME: &'static str = "Jaeger's";
    const WRAPPER: Option<&'static str> = Some("data");

    const DEEPEST: u8 = 8;

    fn object<'de, A: MapAccess<'de>>(mut map: A, node: Node<'_, Self>) -> Result<(), A::Error> {
        let span = Span::wanting(&node.batch.asked);
        let mut trace = Trace { node, span, owners: Vec::new(), processes: FxHashMap::default() };
        let outcome = fields(&mut trace, &mut map);
        trace.finish(outcome.is_ok());
        outcome
    }
}

/// A trace, a span with its process, or what either is wrapped in.
struct Trace<'b, 'de> {
    node: Node<'b, Jaeger>,
    /// What it is, if it turns out to be a span.
    span: Span<'de>,
    owners: Vec<Owner<'de>>,
    processes: FxHashMap<Cow<'de, str>, ResourceId>,
}

/// Whose the records between two counts of the batch are. Processes come after the spans.
struct Owner<'de> {
    process: Cow<'de, str>,
    since: (usize, usize),
    until: (usize, usize),
}

impl<'de> Fields<'de> for Trace<'_, 'de> {
    fn field<A: MapAccess<'de>>(
        &mut self,
        key: Cow<'de, str>,
        map: &mut A,
    ) -> Result<(), A::Error> {
        match &*key {
            "spans" => {
                self.node.batch.signals.traces = true;
                let span = Span::wanting(&self.node.batch.asked);
                let spans = &mut Spans { batch: self.node.batch, span, owners: &mut self.owners };
                map.next_value_seed(List(spans))
            }
            "processes" => {
                let processes =
                    &mut Processes { batch: self.node.batch, processes: &mut self.processes };
                map.next_value_seed(Object(processes)).map(drop)
            }
            "data" | "hits" | "_source" => {
                self.node.batch.signals.traces |= key == "data";
                map.next_value_seed(self.node.inner())
            }
            _ => self.span.field(key, map),
        }
    }
}

impl Trace<'_, '_> {
    /// Gives every span its process. Where the text was cut off, spans whose process did not come
    /// are left to be dropped.
    fn finish(mut self, whole: bool) {
        for Owner { process, since, until } in &self.owners {
            match self.processes.get(process) {
                Some(resource) => self.node.batch.settle_until(*since, *until, *resource),
                None if whole => {
                    let nobody = self.node.batch.resource(&Attributes::default());
                    self.node.batch.settle_until(*since, *until, nobody);
                }
                None => {}
            }
        }
        if whole && self.span.named {
            self.node.batch.signals.traces = true;
            let since = self.node.batch.counts();
            let process = self.span.process.take().unwrap_or_default();
            let resource = process.resource(self.node.batch);
            self.span.put(self.node.batch);
            self.node.batch.settle(since, resource);
        }
    }
}

struct Spans<'a, 'de> {
    batch: &'a mut Batch,
    span: Span<'de>,
    owners: &'a mut Vec<Owner<'de>>,
}

impl<'de> Elements<'de> for Spans<'_, 'de> {
    fn element<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        self.span.clear();
        match list.next_element_seed(Object(&mut self.span))? {
            None => return Ok(false),
            Some(Shape::Null) => {}
            Some(Shape::Other) => self.batch.lose(LossKind::BadRecord, "a span that is no object"),
            Some(Shape::Expected) => {
                let since = self.batch.counts();
                self.span.put(self.batch);
                match self.span.process.take() {
                    Some(process) => {
                        let resource = process.resource(self.batch);
                        self.batch.settle(since, resource);
                    }
                    None => self.owners.push(Owner {
                        process: std::mem::take(&mut self.span.process_id),
                        since,
                        until: self.batch.counts(),
                    }),
                }
            }
        }
        Ok(true)
    }
}

struct Processes<'a, 'de> {
    batch: &'a mut Batch,
    processes: &'a mut FxHashMap<Cow<'de, str>, ResourceId>,
}

impl<'de> Fields<'de> for Processes<'_, 'de> {
    fn field<A: MapAccess<'de>>(
        &mut self,
        key: Cow<'de, str>,
        map: &mut A,
    ) -> Result<(), A::Error> {
        let mut process = Process::wanting(&self.batch.asked);
        if map.next_value_seed(Object(&mut process))? == Shape::Expected {
            self.processes.insert(key, process.resource(self.batch));
        }
        Ok(())
    }
}

/// Who emitted spans.
#[derive(Default)]
struct Process<'de> {
    attributes: Attributes<'de>,
    ip: Value<'de>,
}

impl Process<'_> {
    fn wanting(asked: &Dimensions) -> Self {
        Self { attributes: Attributes::wanting(asked), ip: Value::Absent }
    }

    fn resource(mut self, batch: &mut Batch) -> ResourceId {
        self.attributes.set_missing(Key::HostName, self.ip);
        batch.resource(&self.attributes)
    }
}

impl<'de> Fields<'de> for Process<'de> {
    fn field<A: MapAccess<'de>>(
        &mut self,
        key: Cow<'de, str>,
        map: &mut A,
    ) -> Result<(), A::Error> {
        match &*key {
            "serviceName" => {
                let name = map.next_value::<Scalar>()?.text();
                self.attributes.set(Key::ServiceName, Value::Text(name));
                Ok(())
            }
            "tags" => map.next_value_seed(Tags(self)),
            "tag" => map.next_value_seed(Tags(&mut Dotted(self))),
            _ => skip(map),
        }
    }
}

impl<'de> Tagged<'de> for Process<'de> {
    fn tag(&mut self, key: &str, value: Value<'de>) {
        if key == "ip" {
            self.ip = value.clone();
        }
        if let Some(key) = self.attributes.wants(key.as_bytes()) {
            self.attributes.set(key, value);
        }
    }
}

/// Tags as fields of Elasticsearch, where a dot would mean something.
struct Dotted<'a, T>(&'a mut T);

impl<'de, T: Tagged<'de>> Tagged<'de> for Dotted<'_, T> {
    fn tag(&mut self, key: &str, value: Value<'de>) {
        self.0.tag(&key.replace('@', "."), value);
    }
}

#[derive(Default)]
struct Span<'de> {
    draft: SpanDraft<'de>,
    asked: Dimensions,
    /// It has an id, so it is a span.
    named: bool,
    /// In microseconds, like all times here.
    start: u64,
    duration: u64,
    parent: Found<SpanId>,
    references: Vec<Reference>,
    logs: Vec<Entry<'de>>,
    process_id: Cow<'de, str>,
    process: Option<Process<'de>>,
}

impl<'de> Span<'de> {
    fn wanting(asked: &Dimensions) -> Self {
        Self { draft: SpanDraft::wanting(asked), asked: asked.clone(), ..Self::default() }
    }

    /// Back to nothing found, keeping the allocations.
    fn clear(&mut self) {
        self.draft.clear();
        self.references.clear();
        self.logs.clear();
        let draft = std::mem::take(&mut self.draft);
        let references = std::mem::take(&mut self.references);
        let logs = std::mem::take(&mut self.logs);
        let asked = std::mem::take(&mut self.asked);
        *self = Self { draft, asked, references, logs, ..Self::default() };
    }

    fn put(&mut self, batch: &mut Batch) {
        let draft = &mut self.draft;
        draft.start = nanos(self.start);
        draft.end =
            if self.start == 0 { 0 } else { nanos(self.start.saturating_add(self.duration)) };
        let is_parent = |r: &Reference| r.child && r.trace == draft.trace;
        let parent = self.references.iter().position(is_parent);
        draft.parent = parent.map_or(self.parent, |at| self.references[at].span);
        let others = self.references.iter().enumerate().filter(|(at, _)| Some(*at) != parent);
        draft.links.extend(others.filter_map(|(_, r)| link(r.trace, r.span)));
        self.logs.iter().for_each(|entry| entry.tell(draft));
        batch.span(draft);
        for log in self.logs.iter().filter_map(|entry| entry.record(draft)) {
            batch.log(&log);
        }
    }
}

fn nanos(micros: u64) -> u64 {
    micros.saturating_mul(1000)
}

impl<'de> Fields<'de> for Span<'de> {
    fn field<A: MapAccess<'de>>(
        &mut self,
        key: Cow<'de, str>,
        map: &mut A,
    ) -> Result<(), A::Error> {
        let mut scalar = || map.next_value::<Scalar<'de>>();
        match &*key {
            "traceID" => self.draft.trace = trace_id(&scalar()?.text()),
            "spanID" => {
                self.named = true;
                self.draft.id = span_id(&scalar()?.text());
            }
            "parentSpanID" => self.parent = span_id(&scalar()?.text()),
            "operationName" => self.draft.name = scalar()?.text(),
            "startTime" => self.start = scalar()?.unsigned(),
            "duration" => self.duration = scalar()?.unsigned(),
            "processID" => self.process_id = scalar()?.text(),
            "tags" => map.next_value_seed(Tags(self))?,
            "tag" => map.next_value_seed(Tags(&mut Dotted(self)))?,
            "references" => map.next_value_seed(List(&mut References(&mut self.references)))?,
            "logs" => map.next_value_seed(List(&mut Logs(&mut self.logs)))?,
            "process" => {
                let mut process = Process::wanting(&self.asked);
                if map.next_value_seed(Object(&mut process))? == Shape::Expected {
                    self.process = Some(process);
                }
            }
            _ => skip(map)?,
        }
        Ok(())
    }
}

impl<'de> Tagged<'de> for Span<'de> {
    fn tag(&mut self, key: &str, value: Value<'de>) {
        field_or_attribute(&mut self.draft, key, value);
    }
}

#[derive(Default)]
struct Reference {
    child: bool,
    trace: Found<TraceId>,
    span: Found<SpanId>,
}

struct References<'a>(&'a mut Vec<Reference>);

impl<'de> Elements<'de> for References<'_> {
    fn element<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let mut reference = Reference::default();
        let found = list.next_element_seed(Object(&mut reference))?;
        self.0.extend(found.filter(|shape| *shape == Shape::Expected).map(|_| reference));
        Ok(found.is_some())
    }
}

impl<'de> Fields<'de> for Reference {
    fn field<A: MapAccess<'de>>(
        &mut self,
        key: Cow<'de, str>,
        map: &mut A,
    ) -> Result<(), A::Error> {
        match &*key {
            "refType" => self.child = map.next_value::<Scalar>()?.text() == "CHILD_OF",
            "traceID" => self.trace = trace_id(&map.next_value::<Scalar>()?.text()),
            "spanID" => self.span = span_id(&map.next_value::<Scalar>()?.text()),
            _ => skip(map)?,
        }
        Ok(())
    }
}

struct Logs<'a, 'de>(&'a mut Vec<Entry<'de>>);

impl<'de> Elements<'de> for Logs<'_, 'de> {
    fn element<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let mut entry = Entry::default();
        let found = list.next_element_seed(Object(&mut entry))?;
        self.0.extend(found.filter(|shape| *shape == Shape::Expected).map(|_| entry));
        Ok(found.is_some())
    }
}

/// Something that happened in a span: by OpenTelemetry an event, by OpenTracing also what a logger
/// wrote.
#[derive(Default)]
struct Entry<'de> {
    time: u64,
    event: Value<'de>,
    message: Value<'de>,
    level: Value<'de>,
    error: Value<'de>,
    error_kind: Value<'de>,
    attributes: Attributes<'de>,
}

impl<'de> Fields<'de> for Entry<'de> {
    fn field<A: MapAccess<'de>>(
        &mut self,
        key: Cow<'de, str>,
        map: &mut A,
    ) -> Result<(), A::Error> {
        match &*key {
            "timestamp" => self.time = map.next_value::<Scalar>()?.unsigned(),
            "fields" => map.next_value_seed(Tags(self))?,
            _ => skip(map)?,
        }
        Ok(())
    }
}

impl<'de> Tagged<'de> for Entry<'de> {
    fn tag(&mut self, key: &str, value: Value<'de>) {
        let place = match key {
            "event" => &mut self.event,
            "message" => &mut self.message,
            "level" => &mut self.level,
            "error" | "error.object" => &mut self.error,
            "error.kind" => &mut self.error_kind,
            _ => {
                if let Some(key) = Key::of(key.as_bytes()) {
                    self.attributes.set(key, value);
                }
                return;
            }
        };
        *place = value;
    }
}

impl<'de> Entry<'de> {
    /// Tells the span of it. OpenTracing calls an exception an error.
    fn tell(&self, span: &mut SpanDraft<'de>) {
        let of_a_type = [self.attributes.get(Key::ExceptionType), &self.error_kind];
        let typed = of_a_type.iter().any(|value| value.text().is_some());
        if typed || matches!(self.event.str(), "exception" | "error") {
            let mut attributes = self.attributes.clone();
            attributes.set_missing(Key::ExceptionType, self.error_kind.clone());
            attributes.set_missing(Key::ExceptionMessage, self.message.clone());
            attributes.set_missing(Key::ExceptionMessage, self.error.clone());
            span.event("exception", &attributes);
        } else {
            span.event(self.event.str(), &self.attributes);
        }
    }

    /// As a log record, if it has a level as loggers give it.
    fn record(&self, span: &SpanDraft<'de>) -> Option<LogDraft<'de>> {
        let level = self.level.text()?.into_owned();
        let text = [&self.message, &self.event].into_iter().find(|v| v.text().is_some())?;
        Some(LogDraft {
            trace: span.trace,
            span: span.id,
            time: nanos(self.time),
            severity_text: Cow::Owned(level),
            body: BodyDraft { text: text.clone(), ..BodyDraft::default() },
            attributes: self.attributes.clone(),
            ..LogDraft::default()
        })
    }
}

#[cfg(test)]
#[path = "jaeger_tests.rs"]
mod tests;
