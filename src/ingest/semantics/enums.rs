//! The protocol's enumerations, as numbers and as names.

use crate::model::{SpanKind, SpanStatus, StatusCode};

/// A span kind from its number; `None` if the protocol does not know it.
pub(in crate::ingest) fn kind(number: i64) -> Option<SpanKind> {
    Some(match number {
        0 => SpanKind::Unspecified,
        1 => SpanKind::Internal,
        2 => SpanKind::Server,
        3 => SpanKind::Client,
        4 => SpanKind::Producer,
        5 => SpanKind::Consumer,
        _ => return None,
    })
}

/// A span kind from its name, with or without the prefix.
pub(in crate::ingest) fn kind_named(name: &str) -> Option<SpanKind> {
    const NAMES: [&str; 6] =
        ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"];
    kind(position(&NAMES, strip(name, "SPAN_KIND_"))?)
}

/// A status code from its number.
pub(in crate::ingest) fn status(number: i64) -> Option<SpanStatus> {
    Some(match number {
        0 => SpanStatus::Unset,
        1 => SpanStatus::Ok,
        2 => SpanStatus::Error,
        _ => return None,
    })
}

/// A status code from its name, with or without the prefix.
pub(in crate::ingest) fn status_named(name: &str) -> Option<SpanStatus> {
    status(position(&["UNSET", "OK", "ERROR"], strip(name, "STATUS_CODE_"))?)
}

/// A severity number, 0 (not given) to 24.
pub(in crate::ingest) fn severity(number: i64) -> Option<u8> {
    u8::try_from(number).ok().filter(|n| *n <= 24)
}

/// A severity number from the protocol's name of it: `SEVERITY_NUMBER_WARN2`.
pub(in crate::ingest) fn severity_named(name: &str) -> Option<u8> {
    let name = strip(name, "SEVERITY_NUMBER_");
    if name.eq_ignore_ascii_case("UNSPECIFIED") {
        return Some(0);
    }
    let (level, step) = match name.as_bytes().last() {
        Some(digit @ b'2'..=b'4') => (&name[..name.len() - 1], digit - b'1'),
        _ => (name, 0),
    };
    severity_text(level).map(|first| first + step)
}

/// The first severity number of the range that a level's usual name means.
pub(in crate::ingest) fn severity_text(text: &str) -> Option<u8> {
    const LEVELS: [(&str, u8); 17] = [
        ("TRACE", 1),
        ("VERBOSE", 1),
        ("FINEST", 1),
        ("DEBUG", 5),
        ("FINE", 5),
        ("INFO", 9),
        ("INFORMATION", 9),
        ("NOTICE", 10),
        ("WARN", 13),
        ("WARNING", 13),
        ("ERROR", 17),
        ("ERR", 17),
        ("SEVERE", 17),
        ("FATAL", 21),
        ("CRITICAL", 21),
        ("EMERGENCY", 21),
        ("PANIC", 21),
    ];
    let text = text.trim();
    LEVELS.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, number)| *number)
}

/// A gRPC status from its name: `DEADLINE_EXCEEDED`, `DeadlineExceeded`.
pub(in crate::ingest) fn grpc_named(name: &str) -> StatusCode {
    // Letters only, and without a copy: this is asked of every span that names a status.
    let letters = || name.bytes().filter(u8::is_ascii_alphabetic).map(|b| b.to_ascii_uppercase());
    let same = |known: &&str| letters().eq(known.bytes().filter(|b| *b != b'_'));
    let known = StatusCode::GRPC_NAMES.iter().position(same);
    let known = known.or_else(|| letters().eq(*b"CANCELED").then_some(1));
    known.and_then(|number| u16::try_from(number).ok()).map_or(StatusCode::NONE, StatusCode::grpc)
}

fn strip<'a>(name: &'a str, prefix: &str) -> &'a str {
    let name = name.trim();
    match name.get(..prefix.len()) {
        Some(head) if head.eq_ignore_ascii_case(prefix) => &name[prefix.len()..],
        _ => name,
    }
}

fn position(names: &[&str], name: &str) -> Option<i64> {
    names
        .iter()
        .position(|known| known.eq_ignore_ascii_case(name))
        .and_then(|index| i64::try_from(index).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_statuses_by_number_and_name() {
        assert_eq!(kind(2), Some(SpanKind::Server));
        assert_eq!(kind(6), None);
        assert_eq!(kind_named("SPAN_KIND_CLIENT"), Some(SpanKind::Client));
        assert_eq!(kind_named("Consumer"), Some(SpanKind::Consumer));
        assert_eq!(kind_named("SPAN_KIND_NEW"), None);
        assert_eq!(status_named("STATUS_CODE_ERROR"), Some(SpanStatus::Error));
        assert_eq!(status(3), None);
    }

    #[test]
    fn severities_by_number_name_and_text() {
        assert_eq!(severity(24), Some(24));
        assert_eq!(severity(25), None);
        assert_eq!(severity(-1), None);
        assert_eq!(severity_named("SEVERITY_NUMBER_INFO"), Some(9));
        assert_eq!(severity_named("SEVERITY_NUMBER_WARN3"), Some(15));
        assert_eq!(severity_named("SEVERITY_NUMBER_UNSPECIFIED"), Some(0));
        assert_eq!(severity_named("SEVERITY_NUMBER_É2"), None);
        assert_eq!(severity_text("Warning"), Some(13));
        assert_eq!(severity_text("loud"), None);
    }

    #[test]
    fn grpc_statuses_by_name() {
        assert_eq!(grpc_named("DEADLINE_EXCEEDED"), StatusCode::grpc(4));
        assert_eq!(grpc_named("Canceled"), StatusCode::grpc(1));
        assert_eq!(grpc_named("teapot"), StatusCode::NONE);
    }
}
