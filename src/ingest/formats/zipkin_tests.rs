use super::*;
use crate::ingest::told::{decoded, one_line, told};
use crate::model::{
    Cause, LossKind, PeerKind, SpanFlags, SpanId, SpanKind, SpanStatus, StatusCode, Sym,
};

const CALL: &str = r#"{"traceId":"00000000000000ab","parentId":"000000000000000b","id":"000000000000000c",
"kind":"CLIENT","name":"get /stock","timestamp":1700000000000001,"duration":250,
"localEndpoint":{"serviceName":"cart","ipv4":"10.0.0.1","port":8080},
"remoteEndpoint":{"serviceName":"stock","ipv4":"10.0.0.2"},
"annotations":[{"timestamp":1700000000000002,"value":"ws"},
{"timestamp":1700000000000003,"value":"\"exception\":{\"exception.type\":\"java.net.SocketTimeoutException\"}"}],
"tags":{"http.status_code":"503","error":"gave up","service.namespace":"shop","otlp.link.0":"ab|0e|||0"}}"#;

const SERVED: &str = r#"{"traceId":"00000000000000ab","parentId":"000000000000000b","id":"000000000000000c",
"kind":"SERVER","name":"get","shared":true,"timestamp":1700000000000100,"duration":50,
"localEndpoint":{"serviceName":"stock"},"tags":{"http.path":"/stock/7"}}"#;

fn read(text: &str) -> Batch {
    decoded(&FORMAT, text)
}

#[test]
fn every_field_of_a_span() {
    let batch = read(&format!("[{CALL}]"));
    assert_eq!(batch.stats.losses, [].into(), "{:?}", batch.stats.examples);
    let [span] = batch.spans[..] else { panic!("{:?}", batch.spans) };
    let text = |sym: Sym| batch.tables.symbols.get(sym);
    assert_eq!(span.trace.to_string(), "000000000000000000000000000000ab");
    assert_eq!((span.id, span.parent), (SpanId::new(0xc), SpanId::new(0xb)));
    assert_eq!((span.start.0, span.end.0), (1_700_000_000_000_001_000, 1_700_000_000_000_251_000));
    assert_eq!((span.kind, span.status), (SpanKind::Client, SpanStatus::Error));
    assert_eq!((span.code, span.cause), (StatusCode::http(503), Cause::Timeout));
    assert_eq!(text(span.name), "get /stock");
    assert_eq!(text(span.error), "java.net.SocketTimeoutException");
    assert!(span.flags.has(SpanFlags::EXCEPTION));
    let peer = batch.tables.peers.get(span.peer.0);
    assert_eq!((peer.kind, text(peer.name)), (PeerKind::Service, "stock"));
    assert_eq!(batch.links[0].to_span, SpanId::new(0xe));
    let who = batch.tables.resources.get(span.resource.0);
    let names = [who.namespace, who.name, who.instance, who.clock].map(text);
    assert_eq!(names, ["shop", "cart", "10.0.0.1", "10.0.0.1"]);
}

#[test]
fn every_wrapping_holds_the_same() {
    let want = told(&read(&format!("[{CALL},{SERVED}]")));
    assert_eq!(want.len(), 3);
    let (call, served) = (one_line(CALL), one_line(SERVED));
    for text in [
        format!("[[{CALL}],[{SERVED}]]"),
        format!("[[{call}],[{served}]]\n"),
        format!("[{call}]\n[{served}]\n"),
        format!("{call}\n{served}\n"),
        format!("{CALL}\n{SERVED}"),
        format!("\u{feff}[\n[\n{CALL},\n{SERVED}\n]\n]\n"),
    ] {
        assert_eq!(told(&read(&text)), want, "{text}");
    }
}

#[test]
fn a_server_span_that_shares_its_id_keeps_its_own_name_and_emitter() {
    let batch = read(&format!("[{CALL},{SERVED}]"));
    let served = batch.spans[1];
    assert_eq!((served.id, served.kind), (batch.spans[0].id, SpanKind::Server));
    assert_eq!(served.parent, batch.spans[0].parent);
    assert_eq!(batch.tables.symbols.get(served.name), "GET /stock/{id}");
    let who = batch.tables.resources.get(served.resource.0).name;
    assert_eq!(batch.tables.symbols.get(who), "stock");
}

#[test]
fn messages_go_by_their_topic() {
    let batch = read(
        r#"[{"traceId":"1","id":"2","kind":"PRODUCER","timestamp":5,"duration":1,
        "localEndpoint":{"serviceName":"orders"},"remoteEndpoint":{"serviceName":"kafka"},
        "tags":{"kafka.topic":"paid"}}]"#,
    );
    let peer = batch.tables.peers.get(batch.spans[0].peer.0);
    assert_eq!(peer.kind, PeerKind::Messaging);
    assert_eq!(batch.tables.symbols.get(peer.name), "paid");
}

#[test]
fn events_by_every_exporter_and_no_others() {
    for annotation in [
        r#""exception":{"exception.type":"A","exception.message":"b"}"#,
        r#"exception|{"exception.type":"A","exception.message":"b"}|0"#,
    ] {
        let (name, found) = event(annotation).unwrap();
        assert_eq!(name, "exception");
        assert_eq!(found.get(Key::ExceptionType).str(), "A");
        assert_eq!(found.get(Key::ExceptionMessage).str(), "b");
    }
    assert!(event("exception").is_some());
    assert!(event(r#""exception":{"exc"#).is_some());
    assert!(event(r#""feature_flag":{"feature_flag.key":"x"}"#).is_some());
    for annotation in ["", "ws", "exceptional", "\"exception", r#""exceptions":{}"#] {
        assert!(event(annotation).is_none(), "{annotation}");
    }
}

#[test]
fn surprises_cost_themselves_only() {
    let batch = read(
        r#"[{"traceId":"1","id":"2","kind":null,"timestamp":"5","duration":1.0,"tags":7,
        "localEndpoint":null,"remoteEndpoint":[],"annotations":[null,{"value":{}}]},
        {"traceId":"1","id":"3","kind":"SIDE","timestamp":5,"duration":2},
        {"traceId":"1","id":"4","timestamp":5},{"id":"5"},{},null]"#,
    );
    assert_eq!((batch.spans.len(), batch.stats.spans), (3, 4));
    let losses =
        [(LossKind::InvalidEnum, 1), (LossKind::InvalidIds, 1), (LossKind::InvalidTime, 1)];
    assert_eq!(batch.stats.losses, losses.into(), "{:?}", batch.stats.examples);
    assert!(batch.tables.resources.get(batch.spans[0].resource.0).unnamed);
}

#[test]
fn of_a_text_that_is_cut_off_what_came_whole_is_kept() {
    let whole = format!("[{CALL},{SERVED}]");
    let batch = read(&whole[..whole.len() - 9]);
    assert_eq!((batch.spans.len(), batch.stats.spans), (1, 1));
    assert_eq!(batch.stats.losses, [(LossKind::TruncatedTail, 1)].into());
}

#[test]
fn only_the_second_version_is_taken_for_it() {
    for text in [
        r#"[{"traceId":"1","id":"2","name":"a","timestamp":1,"duration":2,"binaryAnnotations":[]}]"#,
        r#"[{"traceId":"1","id":"2","timestamp":1,"duration":2,
            "annotations":[{"value":"sr","endpoint":{"serviceName":"a"}}]}]"#,
        r#"{"traceId":"1","spanId":"2","id":"3","timestamp":1,"duration":5}"#,
        r#"{"traceId":"1","id":"2","message":"a log line"}"#,
        r#"{"resourceSpans":[{"traceId":"1","id":"2","localEndpoint":{}}]}"#,
        "hello",
    ] {
        assert!((FORMAT.recognise)(text.as_bytes(), true).is_none(), "{text}");
    }
}
