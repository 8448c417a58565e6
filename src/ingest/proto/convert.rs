//! From the generated types to drafts.

use opentelemetry_proto::tonic::common::v1::any_value::Value as Proto;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::trace::v1::Span;

use crate::ingest::batch::link;
use crate::ingest::semantics::{
    Attributes, BodyDraft, Dimensions, LogDraft, SpanDraft, Value, kind, severity, span_id_bytes,
    status, trace_id_bytes,
};

/// A span's draft.
pub(super) fn span<'a>(span: &'a Span, asked: &Dimensions) -> SpanDraft<'a> {
    let code = span.status.as_ref().map_or(0, |status| status.code);
    let message = span.status.as_ref().map_or("", |status| &status.message);
    let (kind, status) = (kind(span.kind.into()), status(code.into()));
    let mut draft = SpanDraft {
        trace: trace_id_bytes(&span.trace_id),
        id: span_id_bytes(&span.span_id),
        parent: span_id_bytes(&span.parent_span_id),
        trace_state: span.trace_state.as_str().into(),
        flags: span.flags,
        name: span.name.as_str().into(),
        bad_enum: kind.is_none() || status.is_none(),
        kind: kind.unwrap_or_default(),
        start: span.start_time_unix_nano,
        end: span.end_time_unix_nano,
        status: status.unwrap_or_default(),
        message: message.into(),
        attributes: pick(&span.attributes, asked),
        exception: None,
        evaluated: Vec::new(),
        links: span
            .links
            .iter()
            .filter_map(|to| link(trace_id_bytes(&to.trace_id), span_id_bytes(&to.span_id)))
            .collect(),
    };
    for event in span.events.iter().filter(|event| SpanDraft::heeds(&event.name)) {
        draft.event(&event.name, &pick(&event.attributes, &Dimensions::default()));
    }
    draft
}

/// A log record's draft.
pub(super) fn log(log: &LogRecord) -> LogDraft<'_> {
    let level = severity(log.severity_number.into());
    LogDraft {
        trace: trace_id_bytes(&log.trace_id),
        span: span_id_bytes(&log.span_id),
        time: log.time_unix_nano,
        observed: log.observed_time_unix_nano,
        severity: level.unwrap_or(0),
        severity_text: log.severity_text.as_str().into(),
        bad_enum: level.is_none(),
        body: body(log.body.as_ref()),
        event_name: log.event_name.as_str().into(),
        attributes: pick(&log.attributes, &Dimensions::default()),
    }
}

/// The wanted attributes.
pub(super) fn pick<'a>(attributes: &'a [KeyValue], asked: &Dimensions) -> Attributes<'a> {
    let mut picked = Attributes::wanting(asked);
    for attribute in attributes {
        if let Some(key) = picked.wants(attribute.key.as_bytes()) {
            picked.set(key, value(attribute.value.as_ref()));
        }
    }
    picked
}

fn value(value: Option<&AnyValue>) -> Value<'_> {
    match value.and_then(|any| any.value.as_ref()) {
        None => Value::Absent,
        Some(Proto::StringValue(text)) => Value::from(text.as_str()),
        Some(Proto::IntValue(number)) => Value::Int(*number),
        Some(Proto::DoubleValue(number)) => Value::Double(*number),
        Some(Proto::BoolValue(truth)) => Value::Bool(*truth),
        Some(_) => Value::Other,
    }
}

fn body(any: Option<&AnyValue>) -> BodyDraft<'_> {
    let mut draft = BodyDraft::default();
    match any.and_then(|any| any.value.as_ref()) {
        Some(Proto::KvlistValue(map)) => {
            for entry in &map.values {
                draft.entry(entry.key.as_str().into(), value(entry.value.as_ref()));
            }
        }
        Some(Proto::ArrayValue(list)) => {
            let mut texts = list.values.iter().map(|any| value(Some(any)));
            draft.text = texts.find(|value| matches!(value, Value::Text(_))).unwrap_or_default();
        }
        _ => draft.text = value(any),
    }
    draft
}
