//! Why a call failed, as far as its own span says so.
//!
//! Only terms that protocols, standard libraries and operating systems use: nothing here
//! belongs to one product.

use crate::model::{Cause, SpanKind, StatusCode};

use super::shorten;

/// What a span says about a failure.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::ingest) struct Clues<'a> {
    /// `error.type`.
    pub(in crate::ingest) error_type: &'a str,
    /// The exception event's type.
    pub(in crate::ingest) exception_type: &'a str,
    /// The exception event's message.
    pub(in crate::ingest) exception_message: &'a str,
    /// `status.message`.
    pub(in crate::ingest) message: &'a str,
    /// HTTP or gRPC status.
    pub(in crate::ingest) code: StatusCode,
    /// The span carries an exception event.
    pub(in crate::ingest) exception: bool,
    /// The span's kind.
    pub(in crate::ingest) kind: SpanKind,
}

/// Words in lower case with everything but letters and digits taken out, so that one entry
/// matches `DEADLINE_EXCEEDED`, `DeadlineExceeded` and `deadline exceeded`. The first row that
/// matches decides: a breaker's message may name the timeouts that opened it.
const TERMS: &[(Cause, &[&str])] = &[
    (
        Cause::ShortCircuited,
        &[
            "circuitbreaker",
            "callnotpermitted",
            "brokencircuit",
            "circuitopen",
            "circuitisopen",
            "opencircuit",
            "shortcircuit",
            "breakeropen",
            "breakerisopen",
        ],
    ),
    (
        Cause::Rejected,
        &[
            "resourceexhausted",
            "toomanyrequests",
            "toomanyconnections",
            "rejectedexecution",
            "requestrejected",
            "taskrejected",
            "queuefull",
            "queueisfull",
            "poolexhausted",
            "pooltimeout",
            "connectionpool",
            "overload",
            "bulkheadfull",
            "bulkheadisfull",
            "ratelimit",
            "throttl",
            "loadshed",
        ],
    ),
    (Cause::Timeout, &["timeout", "timedout", "deadlineexceeded", "deadlinehasexpired"]),
    (
        Cause::Unreachable,
        &[
            "connectionrefused",
            "connectionreset",
            "resetbypeer",
            "connectionaborted",
            "connectionclosed",
            "connectionerror",
            "connecterror",
            "connectexception",
            "connectionfailed",
            "connectfailed",
            "connectionfailure",
            "failedtoconnect",
            "couldnotconnect",
            "unabletoconnect",
            "cannotconnect",
            "econnrefused",
            "econnreset",
            "econnaborted",
            "ehostunreach",
            "enetunreach",
            "enotfound",
            "eaiagain",
            "nosuchhost",
            "unknownhost",
            "nameresolution",
            "hostnotfound",
            "noroutetohost",
            "hostunreachable",
            "networkisunreachable",
            "brokenpipe",
            "epipe",
            "certificate",
            "x509",
            "sslhandshake",
            "tlshandshake",
            "sslexception",
            "sslerror",
        ],
    ),
    (
        Cause::Cancelled,
        &[
            "cancelled",
            "canceled",
            "cancellation",
            "clientabort",
            "abortedbyclient",
            "clientclosed",
        ],
    ),
];

/// Reads the cause. Types say what happened here; codes come next; free text is asked last,
/// because it may quote what a callee of the callee said.
pub(in crate::ingest) fn cause(clues: &Clues<'_>) -> Cause {
    let own_503 = |code| code == Some(503) && clues.kind != SpanKind::Unspecified;
    by_terms(clues.error_type)
        .or_else(|| by_terms(clues.exception_type))
        .map(|cause| if cause == Cause::Cancelled { why_cancelled(clues) } else { cause })
        .or_else(|| by_code(clues.code))
        .or_else(|| by_code(numeric(clues.error_type)))
        .or_else(|| by_terms(clues.exception_message))
        .or_else(|| by_terms(clues.message))
        .or_else(|| {
            let code = [clues.code, numeric(clues.error_type)];
            code.iter().any(|code| own_503(code.as_http())).then_some(Cause::Rejected)
        })
        .unwrap_or(if clues.exception || names_a_type(clues.error_type) {
            Cause::Exception
        } else {
            Cause::Unknown
        })
}

/// Some clients (.NET's `HttpClient`) cancel a call of their own when its deadline passes: the
/// type says cancelled, the message why.
fn why_cancelled(clues: &Clues<'_>) -> Cause {
    let by_deadline = |text| by_terms(text) == Some(Cause::Timeout);
    if by_deadline(clues.exception_message) || by_deadline(clues.message) {
        Cause::Timeout
    } else {
        Cause::Cancelled
    }
}

/// Codes that leave no doubt. 503 is none of them: it is the wrapper of everything.
fn by_code(code: StatusCode) -> Option<Cause> {
    match (code.as_http(), code.as_grpc()) {
        (Some(408 | 504), _) | (_, Some(4)) => Some(Cause::Timeout),
        (Some(429), _) | (_, Some(8)) => Some(Cause::Rejected),
        (Some(499), _) | (_, Some(1)) => Some(Cause::Cancelled),
        _ => None,
    }
}

/// `error.type` holds the status code as text where nothing better is known.
fn numeric(error_type: &str) -> StatusCode {
    error_type.parse().map_or(StatusCode::NONE, StatusCode::http)
}

/// `_OTHER` and codes are placeholders, not errors of the application.
fn names_a_type(error_type: &str) -> bool {
    !error_type.is_empty()
        && error_type != "_OTHER"
        && error_type.bytes().any(|b| b.is_ascii_lowercase())
}

fn by_terms(text: &str) -> Option<Cause> {
    /// Causes are said at the beginning; stack traces and payloads follow.
    const LOOK_AT: usize = 512;
    if text.is_empty() {
        return None;
    }
    let plain: String = shorten(text, LOOK_AT)
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    TERMS
        .iter()
        .find(|(_, terms)| terms.iter().any(|term| plain.contains(term)))
        .map(|(cause, _)| *cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_in_types_and_messages() {
        for (text, want) in [
            ("java.net.SocketTimeoutException", Cause::Timeout),
            ("ETIMEDOUT", Cause::Timeout),
            ("context deadline exceeded", Cause::Timeout),
            ("dial tcp 10.0.0.1:80: connect: connection refused", Cause::Unreachable),
            ("java.net.UnknownHostException", Cause::Unreachable),
            ("x509: certificate has expired", Cause::Unreachable),
            (
                "io.github.resilience4j.circuitbreaker.CallNotPermittedException",
                Cause::ShortCircuited,
            ),
            ("RejectedExecutionException", Cause::Rejected),
            ("RESOURCE_EXHAUSTED", Cause::Rejected),
            ("context canceled", Cause::Cancelled),
        ] {
            let as_type = Clues { error_type: text, ..Clues::default() };
            assert_eq!(cause(&as_type), want, "{text}");
            let as_message = Clues { message: text, ..Clues::default() };
            assert_eq!(cause(&as_message), want, "{text}");
        }
    }

    #[test]
    fn types_before_codes_before_text() {
        let clues = Clues {
            error_type: "ConnectionRefusedError",
            message: "timeout",
            code: StatusCode::http(504),
            ..Clues::default()
        };
        assert_eq!(cause(&clues), Cause::Unreachable);
        let clues = Clues { error_type: "", ..clues };
        assert_eq!(cause(&clues), Cause::Timeout);
    }

    #[test]
    fn a_cancellation_by_the_clients_own_deadline_is_a_timeout() {
        let cancelled = Clues {
            error_type: "System.Threading.Tasks.TaskCanceledException",
            ..Clues::default()
        };
        assert_eq!(cause(&cancelled), Cause::Cancelled);
        let message = "The request was canceled due to the configured HttpClient.Timeout of 8 \
                       seconds elapsing.";
        assert_eq!(cause(&Clues { message, ..cancelled }), Cause::Timeout);
        assert_eq!(cause(&Clues { exception_message: message, ..cancelled }), Cause::Timeout);
    }

    #[test]
    fn a_503_is_a_rejection_only_without_more() {
        let bare =
            Clues { code: StatusCode::http(503), kind: SpanKind::Server, ..Clues::default() };
        assert_eq!(cause(&bare), Cause::Rejected);
        let explained = Clues { message: "connection refused", ..bare };
        assert_eq!(cause(&explained), Cause::Unreachable);
        let as_type = Clues { error_type: "503", code: StatusCode::NONE, ..bare };
        assert_eq!(cause(&as_type), Cause::Rejected);
    }

    #[test]
    fn other_exceptions_and_nothing_at_all() {
        let thrown = Clues { exception: true, ..Clues::default() };
        assert_eq!(cause(&thrown), Cause::Exception);
        let typed = Clues { error_type: "java.lang.NullPointerException", ..Clues::default() };
        assert_eq!(cause(&typed), Cause::Exception);
        for error_type in ["", "500", "_OTHER"] {
            let clues = Clues { error_type, ..Clues::default() };
            assert_eq!(cause(&clues), Cause::Unknown);
        }
    }
}
