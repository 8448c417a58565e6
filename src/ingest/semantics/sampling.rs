//! The sampling threshold in a `tracestate`.
//!
//! OpenTelemetry, "TraceState: Probability Sampling": `ot=th:<hex>` holds up to 14 hexadecimal
//! digits of a 56-bit rejection threshold, trailing zeros left out. Before it, `ot=p:<n>` meant
//! a probability of 2^-n.

use crate::model::SamplingThreshold;

/// The threshold of `trace_state`, or unknown.
pub(in crate::ingest) fn threshold(trace_state: &str) -> SamplingThreshold {
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
