//! Spans as OTLP protobuf.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1 as trace;
use prost::Message;

use crate::world::otlp::{Exporter, exception_attributes};
use crate::world::simulate::World;
use crate::world::telemetry::{Attributes, Span, Value};

/// A request with these spans, after its length in four bytes.
pub fn frame(spans: &[Span<'_>], world: &World<'_>, exporter: &Exporter) -> Vec<u8> {
    let mut order: Vec<&Span<'_>> = spans.iter().collect();
    order.sort_by_key(|span| (span.resource, span.scope));
    let resources = order.chunk_by(|a, b| a.resource == b.resource).map(|group| {
        let scopes = group.chunk_by(|a, b| a.scope == b.scope).map(|scoped| trace::ScopeSpans {
            scope: Some(InstrumentationScope {
                name: scoped[0].scope.into(),
                ..Default::default()
            }),
            spans: scoped.iter().map(|span| convert(span, exporter)).collect(),
            ..Default::default()
        });
        trace::ResourceSpans {
            resource: Some(resource(group[0].resource, world)),
            scope_spans: scopes.collect(),
            ..Default::default()
        }
    });
    let request = ExportTraceServiceRequest { resource_spans: resources.collect() };
    let body = request.encode_to_vec();
    let mut out = Vec::with_capacity(body.len() + 4);
    out.extend_from_slice(&(body.len() as u32).to_be_bytes());
    out.extend_from_slice(&body);
    out
}

fn resource(index: usize, world: &World<'_>) -> Resource {
    Resource {
        attributes: key_values(&world.fleet.attributes(index, world.landscape)),
        ..Default::default()
    }
}

fn convert(span: &Span<'_>, exporter: &Exporter) -> trace::Span {
    let clock = |at| exporter.clock(span.resource, at) as u64;
    let remote = span.parent.is_some() && span.remote_parent;
    let events = span.exception.iter().map(|exception| trace::span::Event {
        time_unix_nano: clock(exception.at),
        name: "exception".into(),
        attributes: key_values(&exception_attributes(exception)),
        dropped_attributes_count: 0,
    });
    let links = span.link.iter().map(|link| trace::span::Link {
        trace_id: link.trace.to_be_bytes().to_vec(),
        span_id: link.span.to_be_bytes().to_vec(),
        ..Default::default()
    });
    trace::Span {
        trace_id: span.context.trace.to_be_bytes().to_vec(),
        span_id: span.context.span.to_be_bytes().to_vec(),
        trace_state: exporter.tracestate.clone(),
        parent_span_id: span.parent.map_or_else(Vec::new, |parent| parent.to_be_bytes().to_vec()),
        flags: if remote { 0x301 } else { 0x101 },
        name: span.name.to_string(),
        kind: span.kind as i32,
        start_time_unix_nano: clock(span.start),
        end_time_unix_nano: clock(span.end),
        attributes: key_values(&span.attributes),
        events: events.collect(),
        links: links.collect(),
        status: Some(trace::Status {
            message: span.error.unwrap_or_default().into(),
            code: if span.error.is_some() { 2 } else { 0 },
        }),
        ..Default::default()
    }
}

fn key_values(attributes: &Attributes<'_>) -> Vec<KeyValue> {
    let convert = |(key, value): &(&'static str, Value<'_>)| KeyValue {
        key: (*key).into(),
        value: Some(AnyValue {
            value: Some(match value {
                Value::Text(text) => any_value::Value::StringValue(text.to_string()),
                Value::Int(number) => any_value::Value::IntValue(*number),
            }),
        }),
        ..Default::default()
    };
    attributes.iter().map(convert).collect()
}
