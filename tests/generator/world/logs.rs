//! The words of log records: fixed phrases around varying values, as programs write them.

use super::calling::Cause;
use super::rng::Rng;
use super::telemetry::Nanos;

/// Exceptions that services throw: type and message. The first is what a fault throws.
pub const EXCEPTIONS: &[(&str, &str)] = &[
    ("java.lang.NullPointerException", "Cannot read field \"amount\" because \"discount\" is null"),
    ("IllegalStateException", "Unexpected state RELEASED for a reserved item"),
    ("ValidationError", "value is not a valid decimal"),
    ("ConcurrentModificationException", "row was updated by another transaction"),
];

/// `error.type`, exception type and message of a failure.
pub fn describe(cause: Cause) -> (&'static str, &'static str, &'static str) {
    match cause {
        Cause::Timeout => {
            ("timeout", "TimeoutException", "deadline exceeded while awaiting the response")
        }
        Cause::Refused => ("connection_refused", "ConnectException", "Connection refused"),
        Cause::Reset => ("connection_reset", "SocketException", "Connection reset by peer"),
        Cause::CircuitOpen => {
            ("circuit_open", "CallNotPermittedException", "circuit breaker is open")
        }
        Cause::PoolExhausted => {
            ("pool_timeout", "PoolTimeoutException", "no connection became available within 800 ms")
        }
        Cause::Rejected => ("503", "ServiceUnavailable", "upstream is overloaded"),
        Cause::Status(500) => ("500", "UpstreamException", "upstream answered 500"),
        Cause::Status(502) => ("502", "UpstreamException", "upstream answered 502"),
        Cause::Status(503) => ("503", "UpstreamException", "upstream answered 503"),
        Cause::Status(504) => ("504", "UpstreamException", "upstream answered 504"),
        Cause::Status(_) => ("500", "UpstreamException", "upstream answered with an error"),
        Cause::Peer => ("unavailable", "RemoteException", "remaining capacity is reserved"),
        Cause::Exception(number) => {
            let (class, message) = EXCEPTIONS[number % EXCEPTIONS.len()];
            (class, class, message)
        }
        Cause::Stale => {
            ("StaleProjection", "StaleProjectionException", "projection lags behind its topic")
        }
        Cause::NotFound => ("404", "NotFound", "no such item"),
    }
}

/// The ERROR of a request that failed.
pub fn failed(what: &str, took: Nanos, cause: Cause, subject: u32) -> String {
    let (_, class, message) = describe(cause);
    format!("Request {what} for {subject} failed after {took} ms: {class}: {message}")
}

/// The WARN of a caller before its next attempt.
pub fn retrying(callee: &str, next: u32, all: u32, cause: Cause) -> String {
    let (_, _, message) = describe(cause);
    format!("Call to {callee} failed ({message}), attempt {next} of {all}")
}

/// The WARN of a caller that does without.
pub fn falling_back(callee: &str, cause: Cause) -> String {
    let (_, _, message) = describe(cause);
    format!("Serving default content, {callee} is not available: {message}")
}

/// The WARN of a server that turns a request away.
pub fn queue_full(waiting: usize) -> String {
    format!("Worker queue is full ({waiting} waiting), rejecting connection")
}

/// What a new process says first.
pub fn started(rng: &mut Rng) -> String {
    format!("Application started in {:.3} seconds", rng.between(2.0, 11.0))
}

/// What a runtime says about itself now and then.
pub fn housekeeping(pause: f64, rng: &mut Rng) -> String {
    match rng.below(3) {
        0 => format!(
            "GC pause (young) {pause:.1} ms, heap {} MB -> {} MB",
            rng.whole(600, 900),
            rng.whole(200, 500)
        ),
        1 => format!("Refreshed {} feature flags in {pause:.0} ms", rng.whole(20, 60)),
        _ => format!("Evicted {} idle connections, pause {pause:.0} ms", rng.whole(1, 9)),
    }
}

/// Puts values into the `{order}`, `{ms}`, `{small}`, `{amount}` and `{code}` of a template.
pub fn fill(template: &str, subject: u32, took: Nanos, rng: &mut Rng) -> String {
    let mut out = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let (before, tail) = rest.split_at(open);
        out.push_str(before);
        let close = tail.find('}').unwrap_or(tail.len() - 1);
        match &tail[1..close] {
            "order" => out.push_str(&subject.to_string()),
            "ms" => out.push_str(&took.to_string()),
            "small" => out.push_str(&rng.below(12).to_string()),
            "amount" => out.push_str(&format!("{}.{:02}", rng.whole(3, 400), rng.below(100))),
            "code" => out.push_str(&format!("{:08x}", rng.bits() >> 32)),
            other => out.push_str(other),
        }
        rest = &tail[close + 1..];
    }
    out.push_str(rest);
    out
}
