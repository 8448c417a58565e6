//! The quick way and the tolerant one agree, on whatever text.

use proptest::prelude::*;
use proptest::sample::Index;

use crate::ingest::batch::Batch;
use crate::ingest::fuzzing;
use crate::ingest::json::fast::export;

const SPANS: &str = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"cart"}},{"key":"host.id","value":{"intValue":"7"}},{"key":"process.command_args","value":{"arrayValue":{"values":[{"stringValue":"a\"b"},{"intValue":"1"}]}}}]},"scopeSpans":[{"scope":{"name":"lib","version":"1"},"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","parentSpanId":"eee19b7ec3c1b173","traceState":"ot=th:8","flags":769,"name":"GET /a/7","kind":2,"startTimeUnixNano":"1772805811078541426","endTimeUnixNano":1772805811093551792,"attributes":[{"key":"http.route","value":{"stringValue":"/a/{b}"}},{"key":"http.response.status_code","value":{"intValue":"503"}},{"key":"url.full","value":{"stringValue":"http:\/\/x\u00e9"}},{"key":"retry","value":{"boolValue":true}},{"key":"error.type","value":{"doubleValue":-1.5e3}}],"events":[{"timeUnixNano":"1","name":"exception","attributes":[{"key":"exception.type","value":{"stringValue":"E"}},{"key":"exception.message","value":{"stringValue":"no\n\"é\""}}]},{"name":"log"}],"links":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b175","attributes":[]}],"status":{"code":2,"message":"deadline exceeded"}},{"traceId":"W47/95gDgQPSabYzgT/GDA==","spanId":"7uGbfsPBsXY=","name":"call","kind":"SPAN_KIND_CLIENT","startTimeUnixNano":"5","endTimeUnixNano":"9","attributes":[{"key":"peer.service","value":{"stringValue":"stock"}},{"key":"db.system","value":{"stringValue":"redis"}}],"droppedAttributesCount":0,"status":{}}]}],"schemaUrl":"https://x/1"}]}"#;

const LOGS: &str = r#"{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"cart"}}],"droppedAttributesCount":0},"scopeLogs":[{"scope":{},"logRecords":[{"timeUnixNano":"1772805811078541426","observedTimeUnixNano":"0","severityNumber":9,"severityText":"INFO","body":{"stringValue":"order 7 \"placed\""},"attributes":[{"key":"exception.type","value":{"stringValue":"E"}}],"flags":1,"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174"},{"severityNumber":"SEVERITY_NUMBER_WARN2","body":{"kvlistValue":{"values":[{"key":"msg","value":{"stringValue":"hello"}}]}},"eventName":"e"},{"timeUnixNano":5,"body":"bare"}]}]}]}"#;

/// What is put into the texts: forms that matter, valid and not.
const PIECES: [&str; 44] = [
    "\"",
    "\\",
    "\\u00e9",
    "\\ud800",
    "\\x",
    "\n",
    "\u{1}",
    "é",
    " ",
    "\t",
    ",",
    ":",
    "{",
    "}",
    "[",
    "]",
    "null",
    "true",
    "0",
    "-",
    "17",
    "01",
    "1.5",
    "1e9",
    "\"\"",
    "{}",
    "[]",
    "\"7\"",
    "\" 7 \"",
    "\"kind\":3,",
    "\"kind\":\"X\",",
    "\"trace_id\":\"ab\",",
    "\"name\":null,",
    "\"spans\":[],",
    "\"logs\":[{}],",
    "\"metrics\":[{}],",
    "\"key\":\"http.route\",",
    "\"stringValue\":\"x\",",
    "\"attributes\":{\"http.route\":\"/z\"},",
    "\"resourceSpans\":[{}],",
    "\"wrap\":{\"scopeSpans\":[]},",
    "{\"resourceLogs\":[]}",
    "99999999999999999999",
    "\"99999999999999999999\"",
];

fn agree(text: &str) {
    fuzzing::json(text.as_bytes());
}

fn is_quick(text: &str) -> bool {
    export(text, &mut Batch::default())
}

/// Cuts and insertions at any places between characters.
fn mutated(text: &str, edits: &[(Index, usize, Index)]) -> String {
    let mut text = text.to_owned();
    for (place, cut, piece) in edits {
        let boundary = |at: &usize| text.is_char_boundary(*at);
        let from = (0..=place.index(text.len() + 1)).rev().find(boundary).unwrap_or(0);
        let to = (from + cut..text.len()).find(boundary).unwrap_or(text.len());
        text.replace_range(from..to, PIECES[piece.index(PIECES.len())]);
    }
    text
}

#[test]
fn what_exporters_write_is_read_the_quick_way() {
    for text in [SPANS, LOGS, "{\"resourceSpans\":[]}"] {
        assert!(is_quick(text));
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        assert!(is_quick(&serde_json::to_string_pretty(&value).unwrap()));
    }
    for text in ["", "null", "[]", "{\"batches\":[]}", "{\"resourceMetrics\":[]}"] {
        assert!(!is_quick(text), "{text}");
    }
}

#[test]
fn every_piece_at_every_place_reads_alike() {
    for text in [SPANS, LOGS] {
        agree(text);
        for at in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
            // A place where a value or a key begins is the only one where most can matter.
            let begins = text[..at].ends_with([':', ',', '{', '[']);
            let pieces = if begins { &PIECES[..] } else { &PIECES[..3] };
            for piece in pieces {
                agree(&format!("{}{piece}{}", &text[..at], &text[at..]));
            }
            agree(&text[..at]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn mutated_texts_read_alike(
        logs: bool,
        edits in prop::collection::vec((any::<Index>(), 0..12_usize, any::<Index>()), 1..4),
    ) {
        agree(&mutated(if logs { LOGS } else { SPANS }, &edits));
    }
}
