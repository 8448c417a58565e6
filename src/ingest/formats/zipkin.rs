//! Zipkin's JSON, version 2: spans in lists, lists of lists (as `/api/v2/traces` answers), or one
//! after the other.

use std::borrow::Cow;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess};

use crate::ingest::batch::{Batch, link};
use crate::ingest::json::{
    Dialect, Elements, Fields, List, Node, Object, Scalar, Tagged, Tags, fields, has_all, outline,
    skip,
};
use crate::ingest::semantics::{
    Attributes, Key, SpanDraft, Value, field_or_attribute, kind_named, span_id, trace_id,
};

use super::{Decoding, Format};

pub(super) const FORMAT: Format = Format {
    id: "zipkin",
    title: "Zipkin JSON, version 2: spans in lists, lists of lists, or one after the other",
    recognise: |head, whole| is_zipkin(head).then(|| Decoding::of_json::<Zipkin>(head, whole)),
};

fn is_zipkin(head: &[u8]) -> bool {
    let found = outline(head);
    let has = |keys: &[&str]| has_all(&found, 1, "", keys);
    let telling =
        [&["localEndpoint"][..], &["remoteEndpoint"], &["shared"], &["timestamp", "duration"]];
    let first_version =
        has(&["binaryAnnotations"]) || has_all(&found, 2, "annotations", &["endpoint"]);
    has(&["traceId", "id"])
        && telling.iter().any(|keys| has(keys))
        && !has(&["spanId"])
        && !first_version
}

struct Zipkin;

impl Dialect for Zipkin {
    const NAME: &'static str = "Zipkin's";

    const DEEPEST: u8 = 8;

    fn object<'de, A: MapAccess<'de>>(mut map: A, node: Node<'_, Self>) -> Result<(), A::Error> {
        let draft = SpanDraft::wanting(&node.batch.asked);
        let mut span = Span { draft, ..Span::default() };
        fields(&mut span, &mut map)?;
        if span.named {
            node.batch.signals.traces = true;
            span.put(node.batch);
        }
        Ok(())
    }
}

#[derive(Default)]
struct Span<'de> {
    draft: SpanDraft<'de>,
    /// It has an id, so it is a span.
    named: bool,
    /// In microseconds, like all times here.
    start: u64,
    duration: Option<u64>,
    local: Endpoint<'de>,
    remote: Endpoint<'de>,
}

impl<'de> Span<'de> {
    fn put(mut self, batch: &mut Batch) {
        let nanos = |micros: u64| micros.saturating_mul(1000);
        let draft = &mut self.draft;
        draft.start = nanos(self.start);
        // No duration means that the span was never finished: its end is not known.
        if let Some(duration) = self.duration.filter(|_| self.start > 0) {
            draft.end = nanos(self.start.saturating_add(duration));
        }
        let attributes = &mut draft.attributes;
        // The collector and some SDKs write resource attributes among the tags.
        attributes.set(Key::ServiceName, self.local.name);
        attributes.set_missing(Key::HostName, self.local.address);
        attributes.set_missing(Key::PeerService, self.remote.name);
        attributes.set_missing(Key::NetworkPeerAddress, self.remote.address);
        let since = batch.counts();
        let resource = batch.resource(attributes);
        batch.span(draft);
        batch.settle(since, resource);
    }
}

impl<'de> Fields<'de> for Span<'de> {
    fn field<A: MapAccess<'de>>(
        &mut self,
        key: Cow<'de, str>,
        map: &mut A,
    ) -> Result<(), A::Error> {
        let mut scalar = || map.next_value::<Scalar<'de>>();
        match &*key {
            "traceId" => self.draft.trace = trace_id(&scalar()?.text()),
            "id" => {
                self.named = true;
                self.draft.id = span_id(&scalar()?.text());
            }
            "parentId" => self.draft.parent = span_id(&scalar()?.text()),
            "name" => self.draft.name = scalar()?.text(),
            "kind" => match scalar()?.text() {
                none if none.is_empty() => {}
                name => match kind_named(&name) {
                    Some(kind) => self.draft.kind = kind,
                    None => self.draft.bad_enum = true,
                },
            },
            "timestamp" => self.start = scalar()?.unsigned(),
            "duration" => self.duration = Some(scalar()?.unsigned()),
            "localEndpoint" => drop(map.next_value_seed(Object(&mut self.local))?),
            "remoteEndpoint" => drop(map.next_value_seed(Object(&mut self.remote))?),
            "annotations" => map.next_value_seed(List(&mut Annotations(&mut self.draft)))?,
            "tags" => map.next_value_seed(Tags(self))?,
            _ => skip(map)?,
        }
        Ok(())
    }
}

impl<'de> Tagged<'de> for Span<'de> {
    fn tag(&mut self, key: &str, value: Value<'de>) {
        if key.starts_with("otlp.link.") {
            // The collector's way: trace id, span id and more, between bars.
            let mut ids = value.str().split('|');
            let trace = trace_id(ids.next().unwrap_or_default());
            self.draft.links.extend(link(trace, span_id(ids.next().unwrap_or_default())));
        } else {
            field_or_attribute(&mut self.draft, key, value);
        }
    }
}

/// One side of a call.
#[derive(Default)]
struct Endpoint<'de> {
    name: Value<'de>,
    address: Value<'de>,
}

impl<'de> Fields<'de> for Endpoint<'de> {
    fn field<A: MapAccess<'de>>(
        &mut self,
        key: Cow<'de, str>,
        map: &mut A,
    ) -> Result<(), A::Error> {
        let mut text = || map.next_value::<Scalar>().map(|scalar| Value::Text(scalar.text()));
        match &*key {
            "serviceName" => self.name = text()?,
            "ipv4" => self.address = text()?,
            "ipv6" if self.address.is_absent() => self.address = text()?,
            _ => skip(map)?,
        }
        Ok(())
    }
}

struct Annotations<'a, 'de>(&'a mut SpanDraft<'de>);

impl<'de> Elements<'de> for Annotations<'_, 'de> {
    fn element<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let mut annotation = Annotation::default();
        let found = list.next_element_seed(Object(&mut annotation))?;
        if let Some((name, attributes)) = event(&annotation.0) {
            self.0.event(name, &attributes);
        }
        Ok(found.is_some())
    }
}

#[derive(Default)]
struct Annotation<'de>(Cow<'de, str>);

impl<'de> Fields<'de> for Annotation<'de> {
    fn field<A: MapAccess<'de>>(
        &mut self,
        key: Cow<'de, str>,
        map: &mut A,
    ) -> Result<(), A::Error> {
        match &*key {
            "value" => self.0 = map.next_value::<Scalar>()?.text(),
            _ => skip(map)?,
        }
        Ok(())
    }
}

/// An event as exporters from OpenTelemetry annotate it, if it tells anything of interest:
/// `"exception":{…}` by the specification, `exception|{…}|0` by the collector.
fn event<'de>(annotation: &str) -> Option<(&str, Attributes<'de>)> {
    let (name, rest) = match annotation.strip_prefix('"') {
        Some(quoted) => quoted.split_once("\":")?,
        None => annotation.split_once('|').unwrap_or((annotation, "")),
    };
    if !SpanDraft::heeds(name) {
        return None;
    }
    let mut told = Event(Attributes::default());
    // What follows the object is no part of it, and a damaged one is an event all the same.
    let mut from = serde_json::Deserializer::from_str(rest);
    let _ = Tags(&mut told).deserialize(&mut from);
    Some((name, told.0))
}

struct Event<'de>(Attributes<'de>);

impl<'text> Tagged<'text> for Event<'_> {
    fn tag(&mut self, key: &str, value: Value<'text>) {
        if let (Some(key), Some(text)) = (Key::of(key.as_bytes()), value.text()) {
            self.0.set(key, Value::Text(Cow::Owned(text.into_owned())));
        }
    }
}

#[cfg(test)]
#[path = "zipkin_tests.rs"]
mod tests;
