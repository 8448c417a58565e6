//! Where a trace can be opened.

/// The address of a trace in a tracing backend, with a place for the id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceUrl(String);

/// The place of the id.
const PLACE: &str = "{trace_id}";

impl TraceUrl {
    /// Reads a template such as `https://jaeger.example/trace/{trace_id}`.
    ///
    /// # Errors
    /// If it is no web address, has no place for the id, or holds what could end a link early.
    pub fn parse(text: &str) -> Result<Self, String> {
        if !(text.starts_with("https://") || text.starts_with("http://")) {
            return Err("an address that begins with https:// or http:// is expected".to_owned());
        }
        if !text.contains(PLACE) {
            return Err(format!("{PLACE} is expected where the id of the trace belongs"));
        }
        // Other characters have to be percent-encoded in an address anyway.
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#@!$&*+,;=%{}".contains(c);
        match text.chars().find(|c| !allowed(*c)) {
            Some(c) => Err(format!("{} does not belong in an address", c.escape_default())),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// The template as it was given.
    pub fn template(&self) -> &str {
        &self.0
    }

    /// The address of one trace; `None` for what is no id, lest telemetry chooses where links go.
    pub fn of(&self, id: &str) -> Option<String> {
        let hex = !id.is_empty() && id.len() <= 32 && id.bytes().all(|b| b.is_ascii_hexdigit());
        hex.then(|| self.0.replace(PLACE, id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_are_put_into_web_addresses() {
        let url = TraceUrl::parse("https://jaeger.example/trace/{trace_id}?tz=a").unwrap();
        assert_eq!(url.of("0af7").unwrap(), "https://jaeger.example/trace/0af7?tz=a");
        assert_eq!(url.of("../evil"), None);
        assert_eq!(url.of(""), None);
        for wrong in [
            "javascript:alert({trace_id})",
            "https://a.b/",
            "https://a.b/{trace_id}\u{1b}\\",
            "https://a.b/{trace_id}\" onclick",
            "https://a.b/({trace_id})",
        ] {
            assert!(TraceUrl::parse(wrong).is_err(), "{wrong}");
        }
    }
}
