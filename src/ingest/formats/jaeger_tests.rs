use super::*;
use crate::ingest::blocks::Block;
use crate::ingest::told::{decoded, one_line, told};
use crate::model::{Cause, Place, SpanFlags, SpanKind, SpanStatus, StatusCode, Sym};

const SPAN: &str = r#"{"traceID":"ab01","spanID":"0c","flags":1,"operationName":"GET /cart",
"references":[{"refType":"FOLLOWS_FROM","traceID":"ab01","spanID":"0e"},
{"refType":"CHILD_OF","traceID":"ff","spanID":"0d"},{"refType":"CHILD_OF","traceID":"00ab01","spanID":"0b"}],
"startTime":1700000000000001,"duration":250,
"tags":[{"key":"span.kind","type":"string","value":"client"},{"key":"error","type":"bool","value":true},
{"key":"http.status_code","type":"int64","value":503},{"key":"peer.service","type":"string","value":"stock"},
{"key":"otel.status_description","type":"string","value":"gave up"}],
"logs":[{"timestamp":1700000000000002,"fields":[{"key":"event","value":"exception"},
{"key":"exception.type","value":"java.net.SocketTimeoutException"}]},
{"timestamp":1700000000000003,"fields":[{"key":"level","value":"warn"},{"key":"message","value":"no answer in 20 ms"}]}],
"processID":"p1","warnings":null}"#;

const PROCESS: &str = r#"{"serviceName":"cart","tags":[{"key":"hostname","type":"string","value":"h1"},
{"key":"ip","type":"string","value":"10.0.0.1"},{"key":"service.namespace","value":"shop"},
{"key":"service.version","value":"1.2"},{"key":"client-uuid","value":"u1"}]}"#;

fn trace() -> String {
    format!(
        r#"{{"traceID":"ab01","spans":[{SPAN}],"processes":{{"p1":{PROCESS}}},"warnings":null}}"#
    )
}

fn reply(traces: &[String]) -> String {
    let traces = traces.join(",");
    format!(r#"{{"data":[{traces}],"total":0,"limit":0,"offset":0,"errors":null}}"#)
}

fn read(text: &str) -> Batch {
    decoded(&FORMAT, text)
}

#[test]
fn every_field_of_a_span() {
    let batch = read(&reply(&[trace()]));
    assert_eq!(batch.stats.losses, [].into(), "{:?}", batch.stats.examples);
    let [span] = batch.spans[..] else { panic!("{:?}", batch.spans) };
    let text = |sym: Sym| batch.tables.symbols.get(sym);
    assert_eq!(span.trace.to_string(), "0000000000000000000000000000ab01");
    assert_eq!((span.id, span.parent), (SpanId::new(0xc), SpanId::new(0xb)));
    assert_eq!((span.start.0, span.end.0), (1_700_000_000_000_001_000, 1_700_000_000_000_251_000));
    assert_eq!((span.kind, span.status), (SpanKind::Client, SpanStatus::Error));
    assert_eq!((span.code, span.cause), (StatusCode::http(503), Cause::Timeout));
    assert_eq!(text(span.name), "GET /cart");
    assert_eq!(text(span.error), "java.net.SocketTimeoutException");
    assert!(span.flags.has(SpanFlags::EXCEPTION));
    assert_eq!(text(batch.tables.peers.get(span.peer.0).name), "stock");
    let links: Vec<u64> = batch.links.iter().map(|link| link.to_span.get()).collect();
    assert_eq!(links, [0xe, 0xd]);
    let who = batch.tables.resources.get(span.resource.0);
    let names = [who.namespace, who.name, who.instance, who.version, who.clock].map(text);
    assert_eq!(names, ["shop", "cart", "u1", "1.2", "h1"]);
    let [log] = batch.logs[..] else { panic!("{:?}", batch.logs) };
    assert_eq!((log.trace, log.span, log.severity), (span.trace, span.id, 13));
    assert_eq!((log.time.0, log.resource), (1_700_000_000_000_003_000, span.resource));
    assert_eq!(text(log.body), "no answer in <*> ms");
}

#[test]
fn every_wrapping_holds_the_same() {
    let want = told(&read(&reply(&[trace()])));
    let stored = SPAN.replace(r#""processID":"p1""#, &format!(r#""process":{PROCESS}"#));
    let sorted = format!(r#"{{"processes":{{"p1":{PROCESS}}},"spans":[{SPAN}],"traceID":"ab01"}}"#);
    let hit = format!(r#"{{"_index":"jaeger-span","_source":{stored}}}"#);
    for text in [
        trace(),
        sorted.clone(),
        one_line(&trace()),
        one_line(&reply(&[trace()])),
        format!("[{}]", trace()),
        format!("{{\"errors\":null,\"limit\":0,\"data\":[{sorted}],\"total\":0}}\n"),
        stored,
        one_line(&hit),
        format!(r#"{{"took":1,"hits":{{"total":{{"value":1}},"hits":[{hit}]}}}}"#),
    ] {
        let batch = read(&text);
        assert_eq!(told(&batch), want, "{text}");
        assert!(batch.spans[0].resource.0 < 9, "{text}");
    }
}

#[test]
fn many_traces_in_lines_and_in_one_text() {
    let other = trace().replace("ab01", "ab02");
    let two = [trace(), other.clone()];
    let lines = two.iter().map(|trace| one_line(trace) + "\n").collect::<String>();
    let replies =
        two.iter().map(|t| one_line(&reply(std::slice::from_ref(t))) + "\n").collect::<String>();
    for text in [reply(&two), two.concat(), lines.clone(), replies] {
        assert_eq!(read(&text).spans.len(), 2, "{text}");
    }
    let broken = read(&lines.replace("0c", "\u{7}"));
    assert_eq!((broken.spans.len(), broken.stats.losses), (0, [(LossKind::BadLine, 2)].into()));
    let broken = read(&format!("{}\n{{\"data\":[{{\n{lines}", one_line(&trace())));
    assert_eq!((broken.spans.len(), broken.stats.losses), (3, [(LossKind::BadLine, 1)].into()));
    assert_eq!(broken.stats.examples[0].place, Place::Line(2));
}

#[test]
fn tags_as_fields_of_elasticsearch() {
    let text = r#"{"traceID":"1","spanID":"2","operationName":"a","startTime":5,"duration":1,
        "tag":{"span@kind":"server","http@status_code":"500"},
        "process":{"serviceName":"cart","tag":{"host@name":"h1"}}}"#;
    let batch = read(text);
    assert_eq!(batch.spans[0].kind, SpanKind::Server);
    assert_eq!(batch.spans[0].code, StatusCode::http(500));
    let clock = batch.tables.resources.get(batch.spans[0].resource.0).clock;
    assert_eq!(batch.tables.symbols.get(clock), "h1");
}

#[test]
fn what_opentracing_wrote() {
    let text = r#"{"traceID":"1","spans":[{"traceID":"1","spanID":"2","parentSpanID":"3",
        "operationName":"a","startTime":5,"duration":0,"processID":"gone",
        "tags":[{"key":"error","value":"true"},{"key":"db.type","value":"redis"},
        {"key":"span.kind","value":"client"},{"key":"peer.hostname","value":"r1"}],
        "logs":[{"timestamp":6,"fields":[{"key":"event","value":"error"},{"key":"level","value":"error"},
        {"key":"error.object","value":"redis timeout"}]}]}]}"#;
    let batch = read(text);
    let span = &batch.spans[0];
    assert_eq!((span.parent.get(), span.start, span.end), (3, span.end, span.start));
    assert_eq!((span.status, span.cause), (SpanStatus::Error, Cause::Timeout));
    assert!(batch.tables.resources.get(span.resource.0).unnamed);
    assert_eq!(batch.tables.peers.get(span.peer.0).kind, crate::model::PeerKind::Cache);
    assert_eq!((batch.logs.len(), batch.logs[0].severity), (1, 17));
}

#[test]
fn surprises_cost_themselves_only() {
    let text = r#"{"data":[{"traceID":7,"spans":[null,3,{"traceID":"1","spanID":"2","references":"x",
        "operationName":null,"startTime":"5","duration":1e0,"tags":{"span.kind":"up"},"logs":[1,{"fields":7}]},
        {"traceID":"zz","spanID":"2"},{"traceID":"1","spanID":"3"}],"processes":[]},
        {"spans":{}},{},7]}"#;
    let batch = read(text);
    assert_eq!((batch.spans.len(), batch.stats.spans), (2, 3));
    let losses = [
        (LossKind::BadRecord, 1),
        (LossKind::InvalidEnum, 1),
        (LossKind::InvalidIds, 1),
        (LossKind::InvalidTime, 1),
    ];
    assert_eq!(batch.stats.losses, losses.into(), "{:?}", batch.stats.examples);
}

#[test]
fn of_a_text_that_is_cut_off_what_came_whole_is_kept() {
    let whole = reply(&[trace(), trace()]);
    let tail = [(LossKind::TruncatedTail, 1)].into();
    for cut in [60, whole.len() / 2 + 40, whole.len() - 120] {
        let batch = read(&whole[..cut]);
        let kept = usize::from(cut > whole.len() / 2 + 20);
        assert_eq!((batch.spans.len(), batch.stats.spans as usize), (kept, kept), "{cut}");
        assert_eq!(batch.stats.losses, tail);
    }
    let sorted = format!(r#"{{"processes":{{"p1":{PROCESS}}},"spans":[{SPAN},{{"traceID""#);
    assert_eq!(read(&sorted).spans.len(), 1);
}

#[test]
fn only_jaeger_is_taken_for_it() {
    for text in [
        r#"{"data":["cart","stock"],"total":2,"limit":0,"offset":0,"errors":null}"#,
        r#"{"data":[{"parent":"a","child":"b","callCount":3}],"total":0}"#,
        r#"{"data":null,"total":0,"limit":0,"offset":0,"errors":[{"code":404,"msg":"x"}]}"#,
        r#"{"traces":[{"traceID":"1","spanSets":[{"spans":[{"spanID":"2"}]}]}]}"#,
        r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"1","traceID":"2"}]}]}]}"#,
        r#"[{"traceId":"1","id":"2"}]"#,
        "hello",
    ] {
        assert!((FORMAT.recognise)(text.as_bytes(), true).is_none(), "{text}");
    }
    let nothing = r#"{"data":[],"total":0,"limit":0,"offset":0,"errors":null}"#;
    assert_eq!(read(nothing).stats, Default::default());
}

#[test]
fn attributes_that_are_asked_for_and_flags_are_kept() {
    let flagged = SPAN.replace(
        r#""logs":["#,
        r#""logs":[{"fields":[{"key":"event","value":"feature_flag.evaluation"},
        {"key":"feature_flag.key","value":"new-cart"},{"key":"feature_flag.result.variant","value":"on"}]},"#,
    );
    let flagged = flagged.replace(r#""tags":["#, r#""tags":[{"key":"shelf","value":"7"},"#);
    let text = trace().replace(SPAN, &flagged);
    let asked = crate::ingest::Dimensions::new(&["shelf".to_owned()]).unwrap();
    let mut batch = Batch::wanting(&asked, &Default::default());
    let block = Block { bytes: text.into_bytes(), offset: 0, line: 1, last: true };
    crate::ingest::json::decode_values::<Jaeger>(&block, &mut batch);
    let told = told(&batch).join("\n");
    assert!(told.contains("shelf") && told.contains("new-cart"), "{told}");
}
