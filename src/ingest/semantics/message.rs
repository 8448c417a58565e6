//! Which text of a log record tells what happened.

use std::borrow::Cow;

use serde_json::Value as Json;

use super::{Key, LogDraft};

/// Text longer than this is never read to its end: a template has at most 200 bytes.
const LOOK_AT: usize = 8 * 1024;

/// How telling an entry of a structured body is by its key; 0 for the rest.
pub(in crate::ingest) fn body_key_rank(key: &str) -> u8 {
    match key {
        "message" => 5,
        "msg" => 4,
        "body" => 3,
        "log" => 2,
        "event" => 1,
        _ => 0,
    }
}

/// The text to mask: the body; the telling entry of a structured one (JSON in text included);
/// else the event's name, the exception, or the keys.
pub(in crate::ingest) fn log_text<'a>(log: &'a LogDraft<'_>) -> Cow<'a, str> {
    if let Some(text) = log.body.text.text() {
        if text.trim_start().starts_with('{')
            && let Some(inner) = inside_json(&text)
        {
            return Cow::Owned(inner);
        }
        if !text.trim().is_empty() {
            return text;
        }
    }
    if !log.event_name.is_empty() {
        return Cow::Borrowed(&log.event_name);
    }
    if let Some(name) = log.attributes.get(Key::EventName).text() {
        return name;
    }
    let kind = log.attributes.get(Key::ExceptionType).text();
    let message = log.attributes.get(Key::ExceptionMessage).text();
    match (kind, message) {
        (Some(kind), Some(message)) => Cow::Owned(format!("{kind}: {message}")),
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => Cow::Owned(log.body.keys.join(" ")),
    }
}

fn inside_json(text: &str) -> Option<String> {
    if text.len() > LOOK_AT {
        return None;
    }
    let Ok(Json::Object(object)) = serde_json::from_str::<Json>(text.trim()) else {
        return None;
    };
    let telling = object
        .iter()
        .filter_map(|(key, value)| {
            let text = value.as_str().filter(|text| !text.trim().is_empty())?;
            Some((body_key_rank(key), text)).filter(|(rank, _)| *rank > 0)
        })
        .max_by_key(|(rank, _)| *rank);
    Some(match telling {
        Some((_, text)) => text.to_owned(),
        None => {
            let mut keys: Vec<&str> = object.keys().map(String::as_str).collect();
            keys.sort_unstable();
            keys.join(" ")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::semantics::Value;

    #[test]
    fn structured_bodies_give_their_message() {
        let mut log = LogDraft::default();
        log.body.entry("level".into(), Value::from("info"));
        log.body.entry("msg".into(), Value::from("short"));
        log.body.entry("message".into(), Value::from("long"));
        assert_eq!(log_text(&log), "long");
        let mut log = LogDraft::default();
        log.body.text = Value::from(r#"{"level":"info","msg":"hello"}"#);
        assert_eq!(log_text(&log), "hello");
        log.body.text = Value::from(r#"{"b":1,"a":2}"#);
        assert_eq!(log_text(&log), "a b");
    }

    #[test]
    fn an_empty_body_falls_back() {
        let mut log = LogDraft::default();
        log.body.entry("url".into(), Value::Int(1));
        assert_eq!(log_text(&log), "url");
        log.attributes.set(Key::ExceptionType, Value::from("E"));
        log.attributes.set(Key::ExceptionMessage, Value::from("gone"));
        assert_eq!(log_text(&log), "E: gone");
        log.event_name = "page.view".into();
        assert_eq!(log_text(&log), "page.view");
    }
}
