//! The operation's name before folding.

use std::borrow::Cow;

use crate::model::SpanKind;

use super::{Key, SpanDraft};

/// Operation names and log templates are cut at this many bytes.
pub(in crate::ingest) const OPERATION_BYTES: usize = 200;

const METHODS: [&str; 10] =
    ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"];

/// The span's name, or "METHOD route" where a server span is named by its method only: that
/// would put everything the service does into one operation. Client spans are named by their
/// method by convention and stay so; the peer tells them apart.
pub(in crate::ingest) fn operation<'a>(span: &'a SpanDraft<'_>) -> Cow<'a, str> {
    let name = span.name.trim();
    // Zipkin stores names in lower case.
    let method = METHODS.iter().find(|method| method.eq_ignore_ascii_case(name));
    if span.kind == SpanKind::Server
        && let Some(name) = method
        && let Some(route) = span.attributes.first(&[Key::HttpRoute, Key::UrlPath])
    {
        return Cow::Owned(format!("{name} {route}"));
    }
    Cow::Borrowed(name)
}

/// `text` cut at [`OPERATION_BYTES`], between characters.
pub(in crate::ingest) fn truncate(text: &str) -> &str {
    shorten(text, OPERATION_BYTES)
}

/// `text` cut at so many bytes, between characters.
pub(in crate::ingest) fn shorten(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    let boundary = (0..=bytes).rev().find(|at| text.is_char_boundary(*at));
    &text[..boundary.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::semantics::Value;

    #[test]
    fn a_server_span_named_by_its_method_takes_the_route() {
        let mut span =
            SpanDraft { name: "GET".into(), kind: SpanKind::Server, ..SpanDraft::default() };
        assert_eq!(operation(&span), "GET");
        span.attributes.set(Key::UrlPath, Value::from("/a/17"));
        assert_eq!(operation(&span), "GET /a/17");
        span.attributes.set(Key::HttpRoute, Value::from("/a/{b}"));
        assert_eq!(operation(&span), "GET /a/{b}");
        span.name = "get".into();
        assert_eq!(operation(&span), "GET /a/{b}");
        span.kind = SpanKind::Client;
        assert_eq!(operation(&span), "get");
    }

    #[test]
    fn names_are_cut_between_characters() {
        let long = format!("x{}", "é".repeat(150));
        assert_eq!(truncate(&long).len(), 199);
        assert_eq!(truncate("short"), "short");
    }
}
