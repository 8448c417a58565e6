//! A log record in JSON.

use std::borrow::Cow;

use serde::de::MapAccess;

use crate::ingest::semantics::{LogDraft, severity, severity_named, span_id, trace_id};

use super::any_value::AnyBody;
use super::attributes::Pick;
use super::object::{Fields, skip};
use super::scalar::Scalar;

impl<'de> Fields<'de> for LogDraft<'de> {
    fn field<A: MapAccess<'de>>(
        &mut self,
        key: Cow<'de, str>,
        map: &mut A,
    ) -> Result<(), A::Error> {
        let mut scalar = || map.next_value::<Scalar<'de>>();
        match &*key {
            "traceId" | "trace_id" => self.trace = trace_id(&scalar()?.text()),
            "spanId" | "span_id" => self.span = span_id(&scalar()?.text()),
            "timeUnixNano" | "time_unix_nano" => self.time = scalar()?.unsigned(),
            "observedTimeUnixNano" | "observed_time_unix_nano" => {
                self.observed = scalar()?.unsigned();
            }
            "severityNumber" | "severity_number" => {
                match scalar()?.enumerated(severity, severity_named) {
                    Ok(severity) => self.severity = severity.unwrap_or(0),
                    Err(_) => self.bad_enum = true,
                }
            }
            "severityText" | "severity_text" => self.severity_text = scalar()?.text(),
            // `name` was the event's name before OTLP 0.20.
            "eventName" | "event_name" | "name" => self.event_name = scalar()?.text(),
            "body" => map.next_value_seed(AnyBody(&mut self.body))?,
            "attributes" => map.next_value_seed(Pick(&mut self.attributes))?,
            _ => skip(map)?,
        }
        Ok(())
    }
}
