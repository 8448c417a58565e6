//! Tags that stand for what OTLP has fields for, as Jaeger, Zipkin and the exporters to them
//! write them.

use crate::model::SpanStatus;

use super::{SpanDraft, Value, kind_named, status_named};

/// Reads a tag of a span, in whatever order tags come.
///
/// `otel.status_code` decides over `error`, as it does in the specification's mappings to both
/// formats.
pub(in crate::ingest) fn field_or_attribute<'a>(
    span: &mut SpanDraft<'a>,
    key: &str,
    value: Value<'a>,
) {
    match key {
        "span.kind" => match value.text().map(|name| kind_named(&name)) {
            Some(Some(kind)) => span.kind = kind,
            Some(None) => span.bad_enum = true,
            None => {}
        },
        "otel.status_code" => match value.text().map(|name| status_named(&name)) {
            Some(Some(SpanStatus::Unset)) | None => {}
            Some(Some(status)) => span.status = status,
            Some(None) => span.bad_enum = true,
        },
        "otel.status_description" => span.message = own(value),
        "error" if tells_a_failure(&value) => {
            if span.status == SpanStatus::Unset {
                span.status = SpanStatus::Error;
            }
            let told = !value.str().is_empty() && !value.str().eq_ignore_ascii_case("true");
            if told && span.message.is_empty() {
                span.message = own(value);
            }
        }
        "w3c.tracestate" => span.trace_state = own(value),
        _ => {
            if let Some(key) = span.attributes.wants(key.as_bytes()) {
                span.attributes.set(key, value);
            }
        }
    }
}

/// Jaeger writes a truth value, Zipkin what went wrong, or nothing but the tag.
fn tells_a_failure(value: &Value<'_>) -> bool {
    match value {
        Value::Absent | Value::Bool(false) => false,
        Value::Text(text) => !text.eq_ignore_ascii_case("false"),
        _ => true,
    }
}

fn own(value: Value<'_>) -> std::borrow::Cow<'_, str> {
    match value {
        Value::Text(text) => text,
        _ => std::borrow::Cow::Borrowed(""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::semantics::Key;
    use crate::model::SpanKind;

    fn of<'a>(tags: &[(&str, Value<'a>)]) -> SpanDraft<'a> {
        let mut span = SpanDraft::default();
        for (key, value) in tags {
            field_or_attribute(&mut span, key, value.clone());
        }
        span
    }

    #[test]
    fn errors_in_every_form() {
        let status = |value| of(&[("error", value)]).status;
        for value in [Value::Bool(true), Value::from("true"), Value::from(""), Value::Int(1)] {
            assert_eq!(status(value), SpanStatus::Error);
        }
        for value in [Value::Bool(false), Value::from("false"), Value::Absent] {
            assert_eq!(status(value), SpanStatus::Unset);
        }
        assert_eq!(of(&[("error", Value::from("timed out"))]).message, "timed out");
        assert_eq!(of(&[("error", Value::from("true"))]).message, "");
    }

    #[test]
    fn the_status_decides_over_the_flag_in_any_order() {
        let flag = ("error", Value::from("boom"));
        for (code, want) in
            [("OK", SpanStatus::Ok), ("ERROR", SpanStatus::Error), ("UNSET", SpanStatus::Error)]
        {
            let code = ("otel.status_code", Value::from(code));
            assert_eq!(of(&[flag.clone(), code.clone()]).status, want);
            assert_eq!(of(&[code, flag.clone()]).status, want);
        }
        let described = ("otel.status_description", Value::from("why"));
        assert_eq!(of(&[flag.clone(), described.clone()]).message, "why");
        assert_eq!(of(&[described, flag]).message, "why");
    }

    #[test]
    fn kinds_attributes_and_what_is_unknown() {
        let span = of(&[
            ("span.kind", Value::from("client")),
            ("http.path", Value::from("/a")),
            ("w3c.tracestate", Value::from("ot=th:8")),
            ("x", Value::Int(1)),
        ]);
        assert_eq!(span.kind, SpanKind::Client);
        assert_eq!(span.attributes.get(Key::UrlPath).str(), "/a");
        assert_eq!(span.trace_state, "ot=th:8");
        assert!(!span.bad_enum);
        assert!(of(&[("span.kind", Value::from("sideways"))]).bad_enum);
        assert!(of(&[("otel.status_code", Value::from("MAYBE"))]).bad_enum);
    }
}
