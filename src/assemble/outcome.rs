//! When a span counts as failed.

use crate::model::{Cause, SpanKind, SpanRecord, SpanStatus};

/// What the user may decide about errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ErrorPolicy {
    /// Count a server's HTTP 4xx as failures of the server.
    pub server_4xx: bool,
    /// Leave a client's HTTP 4xx out, though the conventions call them errors.
    pub ignore_client_4xx: bool,
}

/// gRPC codes that are failures of the server: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED,
/// INTERNAL, UNAVAILABLE, DATA_LOSS (OpenTelemetry semantic conventions 1.44, RPC), and
/// RESOURCE_EXHAUSTED, which leaves the status unset though the server turned work away.
const GRPC_SERVER_FAILURES: [u16; 7] = [2, 4, 8, 12, 13, 14, 15];
const GRPC_CANCELLED: u16 = 1;

/// Whether a span failed, by the semantic conventions: the status if it says "error", else the
/// protocol's code, because servers leave the status unset for codes that matter here.
///
/// Cancellation by the client is nobody's failure. A server's 4xx is the client's mistake; the
/// client's own span calls it an error. A 4xx status is decided by the policy even where the
/// instrumentation set the status, so that one rule holds for all languages.
pub fn span_failed(span: &SpanRecord, policy: ErrorPolicy) -> bool {
    if span.cause == Cause::Cancelled || span.code.as_grpc() == Some(GRPC_CANCELLED) {
        return false;
    }
    let serves = matches!(span.kind, SpanKind::Server | SpanKind::Consumer);
    match span.code.as_http() {
        // 429 is the server saying "too much": load, not a client's mistake.
        Some(429) => true,
        Some(400..=499) if serves => policy.server_4xx,
        Some(400..=499) => !policy.ignore_client_4xx,
        Some(500..) => true,
        _ => match (span.status, span.code.as_grpc()) {
            (SpanStatus::Error, _) => true,
            (SpanStatus::Ok, _) => false,
            (_, Some(code)) if serves => GRPC_SERVER_FAILURES.contains(&code),
            (_, Some(code)) => code != 0,
            _ => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::StatusCode;

    fn failed(kind: SpanKind, status: SpanStatus, code: StatusCode) -> bool {
        let span = SpanRecord { kind, status, code, ..SpanRecord::default() };
        span_failed(&span, ErrorPolicy::default())
    }

    #[test]
    fn http_4xx_is_the_clients_error_and_not_the_servers() {
        let code = StatusCode::http(404);
        assert!(!failed(SpanKind::Server, SpanStatus::Unset, code));
        assert!(!failed(SpanKind::Server, SpanStatus::Error, code));
        assert!(failed(SpanKind::Client, SpanStatus::Unset, code));
        let span = SpanRecord { kind: SpanKind::Server, code, ..SpanRecord::default() };
        assert!(span_failed(&span, ErrorPolicy { server_4xx: true, ..ErrorPolicy::default() }));
    }

    #[test]
    fn http_5xx_fails_both_sides_and_429_accuses_the_server() {
        for kind in [SpanKind::Server, SpanKind::Client] {
            assert!(failed(kind, SpanStatus::Unset, StatusCode::http(503)));
            assert!(failed(kind, SpanStatus::Unset, StatusCode::http(429)));
            assert!(!failed(kind, SpanStatus::Unset, StatusCode::http(200)));
        }
    }

    #[test]
    fn grpc_codes_differ_by_side() {
        let not_found = StatusCode::grpc(5);
        assert!(!failed(SpanKind::Server, SpanStatus::Unset, not_found));
        assert!(failed(SpanKind::Client, SpanStatus::Unset, not_found));
        let exhausted = StatusCode::grpc(8);
        assert!(failed(SpanKind::Server, SpanStatus::Unset, exhausted));
        let cancelled = StatusCode::grpc(1);
        assert!(!failed(SpanKind::Client, SpanStatus::Error, cancelled));
    }

    #[test]
    fn an_explicit_ok_wins_over_silence_and_a_status_alone_suffices() {
        assert!(!failed(SpanKind::Client, SpanStatus::Ok, StatusCode::NONE));
        assert!(failed(SpanKind::Internal, SpanStatus::Error, StatusCode::NONE));
        assert!(!failed(SpanKind::Server, SpanStatus::Unset, StatusCode::NONE));
    }
}
