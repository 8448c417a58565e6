//! With what probability a trace was kept.
//!
//! OpenTelemetry, "TraceState: Probability Sampling": `ot=th:<hex>` holds up to 14 hexadecimal
//! digits of a 56-bit rejection threshold, trailing zeros left out. Before it, `ot=p:<n>` meant
//! a probability of 2^-n.
//!
//! Jaeger's clients tag the first span of a trace with `sampler.type` and `sampler.param` (Jaeger,
//! "Sampling", client-side sampling): a share for `probabilistic`, yes or no for `const`. What
//! `ratelimiting`, `lowerbound` or `remote` let through has no known probability.

use crate::model::SamplingThreshold;

use super::{Key, SpanDraft, Value};

/// With what threshold a span was kept, or unknown.
pub(in crate::ingest) fn sampling(span: &SpanDraft<'_>) -> SamplingThreshold {
    let sampler = span.attributes.get(Key::SamplerType);
    if sampler.is_absent() {
        return threshold(&span.trace_state);
    }
    match threshold(&span.trace_state) {
        SamplingThreshold::UNKNOWN => tagged(sampler, span.attributes.get(Key::SamplerParam)),
        known => known,
    }
}

#[cold]
fn tagged(sampler: &Value<'_>, param: &Value<'_>) -> SamplingThreshold {
    let param = param.text().unwrap_or_default();
    let share = match sampler.str() {
        "probabilistic" => param.parse::<f64>().ok().filter(|share| *share > 0.0 && *share <= 1.0),
        // What was not kept is not here.
        "const" if !matches!(&*param, "false" | "0") => Some(1.0),
        _ => None,
    };
    share.map_or(SamplingThreshold::UNKNOWN, |share| {
        // The largest value is taken by "unknown"; casts from floats saturate.
        let rejected = ((1.0 - share) * 2_f64.powi(32)).round();
        SamplingThreshold((rejected as u32).min(u32::MAX - 1))
    })
}

/// The threshold of `trace_state`, or unknown.
fn threshold(trace_state: &str) -> SamplingThreshold {
    let Some(members) = trace_state.split(',').find_map(|member| member.trim().strip_prefix("ot="))
    else {
        return SamplingThreshold::UNKNOWN;
    };
    let value = |key: &str| {
        members.split(';').find_map(|pair| pair.trim().strip_prefix(key)?.strip_prefix(':'))
    };
    if let Some(hex) = value("th") {
        return from_hex(hex);
    }
    match value("p").and_then(|n| n.parse::<u32>().ok()) {
        Some(n) if n < 32 => SamplingThreshold(((1_u64 << 32) - (1_u64 << (32 - n))) as u32),
        _ => SamplingThreshold::UNKNOWN,
    }
}

fn from_hex(hex: &str) -> SamplingThreshold {
    if hex.is_empty() || hex.len() > 14 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return SamplingThreshold::UNKNOWN;
    }
    match u64::from_str_radix(hex, 16) {
        Ok(digits) => {
            let threshold = digits << (4 * (14 - hex.len()));
            // The largest value is taken by "unknown".
            SamplingThreshold(((threshold >> 24) as u32).min(u32::MAX - 1))
        }
        Err(_) => SamplingThreshold::UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told<'a>(state: &'a str, sampler: &'a str, param: Value<'a>) -> Option<f64> {
        let mut span = SpanDraft { trace_state: state.into(), ..SpanDraft::default() };
        span.attributes.set(Key::SamplerType, Value::from(sampler));
        span.attributes.set(Key::SamplerParam, param);
        sampling(&span).adjusted_count()
    }

    #[test]
    fn a_sampler_of_jaeger_tells_a_probability_or_nothing() {
        assert_eq!(told("", "probabilistic", Value::Double(0.25)), Some(4.0));
        assert_eq!(told("", "probabilistic", Value::from("0.5")), Some(2.0));
        assert_eq!(told("", "probabilistic", Value::Int(1)), Some(1.0));
        assert!(told("", "probabilistic", Value::Double(1e-12)).is_some());
        assert_eq!(told("", "const", Value::Bool(true)), Some(1.0));
        assert_eq!(told("", "const", Value::Int(1)), Some(1.0));
        for param in [Value::Double(0.0), Value::Double(1.5), Value::from("x"), Value::Absent] {
            assert_eq!(told("", "probabilistic", param), None);
        }
        assert_eq!(told("", "const", Value::Bool(false)), None);
        for sampler in ["ratelimiting", "lowerbound", "remote", ""] {
            assert_eq!(told("", sampler, Value::Double(0.5)), None, "{sampler}");
        }
        assert_eq!(told("ot=th:8", "probabilistic", Value::Double(0.25)), Some(2.0));
    }

    #[test]
    fn thresholds_are_padded_on_the_right() {
        assert_eq!(threshold("ot=th:8").adjusted_count(), Some(2.0));
        assert_eq!(threshold("vendor=x, ot=rv:abcdef;th:c").adjusted_count(), Some(4.0));
        assert_eq!(threshold("ot=th:0").adjusted_count(), Some(1.0));
        assert_eq!(threshold("ot=p:3").adjusted_count(), Some(8.0));
        assert_eq!(threshold("ot=p:0").adjusted_count(), Some(1.0));
    }

    #[test]
    fn everything_else_is_unknown() {
        for text in ["", "vendor=th:8", "ot=th:", "ot=th:xyz", "ot=p:63", "ot=th:+8"] {
            assert_eq!(threshold(text), SamplingThreshold::UNKNOWN, "{text}");
        }
        assert!(threshold("ot=th:ffffffffffffff").adjusted_count().is_some());
    }
}
