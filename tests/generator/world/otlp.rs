//! OTLP/JSON lines as the collector's file exporter writes them: one batch a line,
//! spans grouped by resource and scope, ids in hex, 64-bit integers as strings.

use std::fmt::Write;

use super::fleet::Fleet;
use super::landscape::Landscape;
use super::telemetry::{Attributes, Exception, Log, Nanos, Severity, Span, Value};

/// Turns spans and log records into lines of JSON.
#[derive(Debug)]
pub struct Exporter {
    /// Resources, ready to be written.
    resources: Vec<String>,
    /// Host of each resource.
    hosts: Vec<usize>,
    /// Start of the simulation in nanoseconds since 1970.
    pub epoch: i64,
    /// How wrong each host's clock is, in nanoseconds.
    pub skew: Vec<i64>,
    /// `tracestate` of every span, empty when nothing was sampled.
    pub tracestate: String,
}

impl Exporter {
    /// An exporter for a fleet whose clocks are right.
    pub fn new(landscape: &Landscape, fleet: &Fleet, epoch: i64) -> Self {
        let json = (0..fleet.resources.len()).map(|resource| {
            let mut out = String::from("{\"attributes\":");
            write_attributes(&mut out, &fleet.attributes(resource, landscape));
            out.push('}');
            out
        });
        Self {
            resources: json.collect(),
            hosts: fleet.resources.iter().map(|resource| resource.host).collect(),
            epoch,
            skew: vec![0; fleet.hosts.len()],
            tracestate: String::new(),
        }
    }

    /// A time as a resource's clock shows it.
    pub fn clock(&self, resource: usize, at: Nanos) -> i64 {
        self.epoch + at as i64 + self.skew[self.hosts[resource]]
    }

    /// Writes one line with these spans.
    pub fn traces_line(&self, out: &mut String, spans: &[Span<'_>]) {
        let mut order: Vec<&Span<'_>> = spans.iter().collect();
        order.sort_by_key(|span| (span.resource, span.scope));
        out.push_str("{\"resourceSpans\":[");
        for (index, group) in order.chunk_by(|a, b| a.resource == b.resource).enumerate() {
            separate(out, index);
            self.open_resource(out, group[0].resource);
            out.push_str(",\"scopeSpans\":[");
            for (index, scoped) in group.chunk_by(|a, b| a.scope == b.scope).enumerate() {
                separate(out, index);
                let _ = write!(out, "{{\"scope\":{{\"name\":\"{}\"}},\"spans\":[", scoped[0].scope);
                for (index, span) in scoped.iter().enumerate() {
                    separate(out, index);
                    self.write_span(out, span);
                }
                out.push_str("]}");
            }
            out.push_str("]}");
        }
        out.push_str("]}\n");
    }

    /// Writes one line with these log records.
    pub fn logs_line(&self, out: &mut String, logs: &[Log]) {
        let mut order: Vec<&Log> = logs.iter().collect();
        order.sort_by_key(|log| log.resource);
        out.push_str("{\"resourceLogs\":[");
        for (index, group) in order.chunk_by(|a, b| a.resource == b.resource).enumerate() {
            separate(out, index);
            self.open_resource(out, group[0].resource);
            out.push_str(",\"scopeLogs\":[{\"scope\":{\"name\":\"app\"},\"logRecords\":[");
            for (index, log) in group.iter().enumerate() {
                separate(out, index);
                self.write_log(out, log);
            }
            out.push_str("]}]}");
        }
        out.push_str("]}\n");
    }

    fn open_resource(&self, out: &mut String, resource: usize) {
        out.push_str("{\"resource\":");
        out.push_str(&self.resources[resource]);
    }

    fn write_span(&self, out: &mut String, span: &Span<'_>) {
        let context = span.context;
        let _ = write!(
            out,
            "{{\"traceId\":\"{:032x}\",\"spanId\":\"{:016x}\"",
            context.trace, context.span
        );
        if !self.tracestate.is_empty() {
            let _ = write!(out, ",\"traceState\":\"{}\"", self.tracestate);
        }
        if let Some(parent) = span.parent {
            let _ = write!(out, ",\"parentSpanId\":\"{parent:016x}\"");
        }
        // Sampled, and whether it is known that the parent is remote, and that it is.
        let flags = if span.parent.is_some() && span.remote_parent { 0x301 } else { 0x101 };
        let _ = write!(out, ",\"flags\":{flags},\"name\":");
        write_string(out, &span.name);
        let _ = write!(
            out,
            ",\"kind\":{},\"startTimeUnixNano\":\"{}\",\"endTimeUnixNano\":\"{}\",\"attributes\":",
            span.kind as u8,
            self.clock(span.resource, span.start),
            self.clock(span.resource, span.end)
        );
        write_attributes(out, &span.attributes);
        if let Some(exception) = &span.exception {
            let _ = write!(
                out,
                ",\"events\":[{{\"timeUnixNano\":\"{}\",\"name\":\"exception\",\"attributes\":",
                self.clock(span.resource, exception.at)
            );
            write_attributes(out, &exception_attributes(exception));
            out.push_str("}]");
        }
        if let Some(link) = span.link {
            let _ = write!(
                out,
                ",\"links\":[{{\"traceId\":\"{:032x}\",\"spanId\":\"{:016x}\",\"flags\":769}}]",
                link.trace, link.span
            );
        }
        match span.error {
            None => out.push_str(",\"status\":{}}"),
            Some("") => out.push_str(",\"status\":{\"code\":2}}"),
            Some(message) => {
                out.push_str(",\"status\":{\"message\":");
                write_string(out, message);
                out.push_str(",\"code\":2}}");
            }
        }
    }

    fn write_log(&self, out: &mut String, log: &Log) {
        let at = self.clock(log.resource, log.at);
        let text = match log.severity {
            Severity::Info => "INFO",
            Severity::Warn => "WARN",
            Severity::Error => "ERROR",
        };
        let _ = write!(
            out,
            "{{\"timeUnixNano\":\"{at}\",\"observedTimeUnixNano\":\"{}\",\"severityNumber\":{},\
             \"severityText\":\"{text}\",\"body\":{{\"stringValue\":",
            at + 90_000_000,
            log.severity as u8
        );
        write_string(out, &log.body);
        out.push_str("},\"attributes\":[]");
        match log.context {
            Some(context) => {
                let _ = write!(
                    out,
                    ",\"flags\":1,\"traceId\":\"{:032x}\",\"spanId\":\"{:016x}\"}}",
                    context.trace, context.span
                );
            }
            None => out.push_str(",\"traceId\":\"\",\"spanId\":\"\"}"),
        }
    }
}

/// The attributes of an exception event.
pub fn exception_attributes<'a>(exception: &'a Exception<'_>) -> Attributes<'a> {
    let message = exception.message.as_ref();
    let trace = format!(
        "{}: {message}\n\tat shop.handlers.Dispatch.invoke(Dispatch.java:88)",
        exception.class
    );
    vec![
        ("exception.type", exception.class.into()),
        ("exception.message", message.into()),
        ("exception.stacktrace", trace.into()),
    ]
}

fn separate(out: &mut String, index: usize) {
    if index > 0 {
        out.push(',');
    }
}

fn write_attributes(out: &mut String, attributes: &[(&'static str, Value<'_>)]) {
    out.push('[');
    for (index, (key, value)) in attributes.iter().enumerate() {
        separate(out, index);
        let _ = write!(out, "{{\"key\":\"{key}\",\"value\":{{");
        match value {
            Value::Text(text) => {
                out.push_str("\"stringValue\":");
                write_string(out, text);
            }
            Value::Int(number) => {
                let _ = write!(out, "\"intValue\":\"{number}\"");
            }
        }
        out.push_str("}}");
    }
    out.push(']');
}

fn write_string(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            other => out.push(other),
        }
    }
    out.push('"');
}
