//! Files of every format through the whole of the room.

use std::io::Write;
use std::path::PathBuf;

use flate2::write::GzEncoder;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use proptest::prelude::*;
use proptest::sample::Index;
use prost::Message;
use tempfile::TempDir;

use crate::model::{LossKind, SUMMARY_MAGIC};

use super::blocks::Sizes;
use super::load::{Loaded, Reading, load_with};
use super::store::Store;
use super::told::records;

const RESOURCE: &str =
    r#""resource":{"attributes":[{"key":"service.name","value":{"stringValue":"cart"}}]}"#;

fn span(id: u64) -> String {
    format!(
        r#"{{"traceId":"{:032x}","spanId":"{:016x}","name":"a{{\"b\\","kind":2,"startTimeUnixNano":"5","endTimeUnixNano":"9","links":[{{"traceId":"{:032x}","spanId":"{:016x}"}}]}}"#,
        id + 1,
        id + 2,
        id + 3,
        id + 4,
    )
}

fn resource_spans(ids: std::ops::Range<u64>) -> String {
    let spans: Vec<String> = ids.map(span).collect();
    let spans = spans.join(",");
    format!(r#"{{{RESOURCE},"scopeSpans":[{{"spans":[{spans}]}}]}}"#)
}

fn export(ids: std::ops::Range<u64>) -> String {
    format!(r#"{{"resourceSpans":[{}]}}"#, resource_spans(ids))
}

/// A reply with a trace for each id.
fn jaeger(ids: std::ops::Range<u64>) -> String {
    let traces: Vec<String> = ids.map(|id| {
        format!(
            r#"{{"traceID":"{id:x}1","spans":[{{"traceID":"{id:x}1","spanID":"{id:x}2","operationName":"a{{\"b\\","references":[{{"refType":"FOLLOWS_FROM","traceID":"9","spanID":"8"}}],"startTime":5,"duration":4,"logs":[{{"timestamp":5,"fields":[{{"key":"level","value":"info"}},{{"key":"event","value":"x"}}]}}],"processID":"p1"}}],"processes":{{"p1":{{"serviceName":"cart"}}}}}}"#
        )
    }).collect();
    let traces = traces.join(",");
    format!(r#"{{"data":[{traces}],"total":0,"limit":0,"offset":0,"errors":null}}"#)
}

fn zipkin(ids: std::ops::Range<u64>) -> String {
    let spans: Vec<String> = ids.map(|id| {
        format!(
            r#"{{"traceId":"{id:x}1","id":"{id:x}2","name":"a{{\"b\\","timestamp":5,"duration":4,"localEndpoint":{{"serviceName":"cart"}},"tags":{{"otlp.link.0":"9|8"}}}}"#
        )
    }).collect();
    format!("[{}]", spans.join(","))
}

fn logs(text: &str) -> String {
    format!(
        r#"{{"resourceLogs":[{{{RESOURCE},"scopeLogs":[{{"logRecords":[{{"timeUnixNano":"7","severityText":"WARN","body":{{"stringValue":"{text}"}}}}]}}]}}]}}"#
    )
}

fn pretty(json: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    serde_json::to_string_pretty(&value).unwrap()
}

fn pretty_bytes(json: &[u8]) -> Vec<u8> {
    pretty(std::str::from_utf8(json).unwrap()).into_bytes()
}

fn protobuf(ids: std::ops::Range<u64>) -> Vec<u8> {
    let request: ExportTraceServiceRequest = serde_json::from_str(&export(ids)).unwrap();
    request.encode_to_vec()
}

fn frame(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap();
    [&length.to_be_bytes(), message].concat()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

struct Input(TempDir);

impl Input {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

fn read(paths: &[PathBuf], threads: usize, block: usize) -> Loaded {
    let sizes = Sizes { block, unit: 1 << 20 };
    load_with(paths, Store::new(3, None), &(), threads, sizes, &Reading::default()).unwrap()
}

fn one(bytes: impl AsRef<[u8]>) -> Loaded {
    let input = Input::new();
    read(&[input.file("x", bytes)], 1, 1 << 16)
}

#[track_caller]
fn expect(loaded: &Loaded, spans: u64, logs: u64, losses: &[(LossKind, u64)]) {
    let stats = &loaded.telemetry.stats;
    assert_eq!((stats.spans, stats.log_records), (spans, logs), "{stats:?}");
    let want = losses.iter().copied().collect();
    assert_eq!(stats.losses, want, "{:?}", stats.examples);
}

#[test]
fn every_envelope() {
    let bare = resource_spans(0..2);
    let old = export(0..2).replace("scopeSpans", "instrumentationLibrarySpans");
    let snake = export(0..2)
        .replace("resourceSpans", "resource_spans")
        .replace("scopeSpans", "scope_spans")
        .replace("traceId", "trace_id")
        .replace("spanId", "span_id");
    for text in [
        export(0..2),
        bare.clone(),
        old,
        snake,
        format!(r#"{{"batches":[{bare}]}}"#),
        format!(r#"{{"result":{}}}"#, export(0..2)),
        format!(r#"{{"v":"1","rs":{}}}"#, export(0..2)),
        format!("[{},{}]", export(0..1), export(1..2)),
        format!("{}{}", export(0..1), export(1..2)),
        format!("{}\n\n{}", export(0..1), export(1..2)),
        format!("\u{feff}{}\r\n{{}}\r\nnull\r\n[]\r\n", export(0..2)),
        pretty(&export(0..2)),
    ] {
        let loaded = one(&text);
        expect(&loaded, 2, 0, &[]);
        assert_eq!(loaded.telemetry.tables.resources.len(), 1, "{text}");
        assert_eq!(records(&loaded).1.len(), 2);
    }
}

#[test]
fn a_resource_after_its_scopes_is_theirs_all_the_same() {
    let text =
        format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}],{RESOURCE}}}]}}"#, span(1));
    let loaded = one(text);
    assert!(records(&loaded).0[0].ends_with("cart"));
}

#[test]
fn every_framing_and_compression_gives_the_same_records() {
    let lines = format!("{}\n{}\n", export(0..3), export(3..5));
    let want = records(&one(&lines));
    assert_eq!(want.0.len(), 5);
    let messages = [protobuf(0..3), protobuf(3..5)];
    let json = [export(0..3), export(3..5)];
    let broken_frames = [&lines[..100], &lines[100..]].map(|part| zstd(part.as_bytes()));
    let files = [
        gzip(lines.as_bytes()),
        [gzip(json[0].as_bytes()), gzip(b"\n"), gzip(json[1].as_bytes())].concat(),
        zstd(lines.as_bytes()),
        broken_frames.concat(),
        gzip(&zstd(lines.as_bytes())),
        messages.concat(),
        gzip(&messages.concat()),
        zstd(&messages.concat()),
        messages.iter().flat_map(|m| frame(m)).collect(),
        zstd(&messages.iter().flat_map(|m| frame(m)).collect::<Vec<u8>>()),
        json.iter().flat_map(|m| frame(&zstd(m.as_bytes()))).collect(),
        messages.iter().flat_map(|m| frame(&zstd(m))).collect(),
    ];
    for (index, file) in files.iter().enumerate() {
        let loaded = one(file);
        expect(&loaded, 5, 0, &[]);
        assert_eq!(records(&loaded), want, "file {index}");
    }
}

#[test]
fn one_bad_line_costs_that_line() {
    let text = format!("{}\n{{\"resourceSpans\":[{{\n{}\nhello\n", export(0..2), logs("x"));
    let loaded = one(text);
    expect(&loaded, 2, 1, &[(LossKind::BadLine, 2)]);
    let loaded = one(format!("{}\n{{\"a\":1}}\n", export(0..2)));
    expect(&loaded, 2, 0, &[(LossKind::BadLine, 1)]);
}

#[test]
fn bytes_and_escapes_that_are_no_text_are_replaced() {
    let mut bytes = logs("ab").into_bytes();
    let at = bytes.windows(2).position(|pair| pair == b"ab").unwrap();
    bytes[at] = 0xff;
    expect(&one(&bytes), 0, 1, &[(LossKind::InvalidUtf8, 1)]);
    let loaded = one(logs(r"a \ud83d\ude00 \ud83d b"));
    expect(&loaded, 0, 1, &[(LossKind::InvalidUtf8, 1)]);
}

#[test]
fn a_truncated_tail_is_counted_once_and_what_came_before_is_kept() {
    let tail = [(LossKind::TruncatedTail, 1)];
    let lines = format!("{}\n{}", export(0..2), export(2..4));
    expect(&one(&lines[..lines.len() - 1]), 4, 0, &tail);
    expect(&one(&lines[..lines.len() - 20]), 3, 0, &tail);
    let framed = [frame(&protobuf(0..2)), frame(&protobuf(2..4))].concat();
    expect(&one(&framed[..framed.len() - 1]), 2, 0, &tail);
    let raw = [protobuf(0..2), protobuf(2..4)].concat();
    expect(&one(&raw[..raw.len() - 1]), 2, 0, &tail);
    let text: Vec<u8> = format!("{}\n", export(0..2)).into_bytes();
    let packed = gzip(&text);
    expect(&one(&packed[..packed.len() - 5]), 2, 0, &tail);
}

#[test]
fn what_is_not_telemetry_is_named() {
    for (bytes, want) in [
        (&br#"{"data":["cart"],"total":1,"limit":0,"offset":0,"errors":null}"#[..], "Jaeger's"),
        (br#"{"traces":[{"traceID":"1","rootServiceName":"a"}]}"#, "Tempo's search"),
        (br#"[{"traceId":"1","id":"2","binaryAnnotations":[]}]"#, "Zipkin JSON of version 1"),
        (br#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"x"}]}]}]}"#, "metrics"),
        (b"hello there\n", "plain text"),
        (b"\x00\x01\x02\x03\x04\x05", "binary"),
    ] {
        let loaded = one(bytes);
        assert_eq!(loaded.recognised, 0);
        assert_eq!(loaded.named_failures.len(), 1);
        assert_eq!(loaded.named_failures[0].kind, LossKind::NotTelemetry);
        let reason = &loaded.named_failures[0].reason;
        assert!(reason.contains(want), "{reason}");
    }
}

#[test]
fn other_formats_in_every_compression_and_size_of_block() {
    let input = Input::new();
    for (text, logs) in [(jaeger(0..40), 40), (zipkin(0..40), 0)] {
        let text = text.into_bytes();
        for bytes in [text.clone(), gzip(&text), pretty_bytes(&text)] {
            let path = input.file("x", bytes);
            for block in [1, 100, 1000, 1 << 20] {
                let loaded = read(std::slice::from_ref(&path), 2, block);
                expect(&loaded, 40, logs, &[]);
                assert_eq!(records(&loaded).1.len(), 40);
            }
        }
    }
}

/// A reply of many traces is never held at once.
#[test]
fn a_reply_is_read_trace_by_trace() {
    let input = Input::new();
    let path = input.file("x", jaeger(0..1000));
    let sizes = Sizes { block: 1 << 10, unit: 1 << 13 };
    let loaded =
        load_with(&[path], Store::new(1, None), &(), 1, sizes, &Reading::default()).unwrap();
    expect(&loaded, 1000, 1000, &[]);
}

#[test]
fn what_is_broken_in_a_recognised_file_keeps_its_own_reason() {
    let loaded = one(r#"[{"traceId":"1","id":"2","localEndpoint":{},"timestamp":5,"#);
    expect(&loaded, 0, 0, &[(LossKind::TruncatedTail, 1)]);
    assert_eq!(loaded.named_failures[0].kind, LossKind::TruncatedTail);
    let loaded = one("{\"traceID\":\"1\",\"spans\":[}\n{\"traceID\":\"1\",\"spans\":[}\n");
    assert!(loaded.named_failures[0].reason.contains("not JSON"), "{:?}", loaded.named_failures);
}

#[test]
fn broken_otlp_keeps_its_own_reason() {
    let loaded = one("{\n\"resourceSpans\": [ // a comment\n]}\n");
    expect(&loaded, 0, 0, &[(LossKind::BadLine, 1)]);
    assert_eq!(loaded.named_failures[0].kind, LossKind::BadLine);
    assert_eq!(loaded.recognised, 0);
}

#[test]
fn metrics_in_protobuf_are_not_taken_for_spans() {
    let text = r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"sixteen.letters_","unit":"8letters","gauge":{"dataPoints":[{"timeUnixNano":"5","asDouble":1.0}]}}]}]}]}"#;
    let request: ExportMetricsServiceRequest = serde_json::from_str(text).unwrap();
    let loaded = one(request.encode_to_vec());
    assert_eq!(loaded.telemetry.stats.spans, 0);
    assert_eq!(loaded.telemetry.stats.metrics, 1);
    assert_eq!(loaded.recognised, 0);
}

#[test]
fn empty_exports_are_valid() {
    for text in
        ["", "\n", "{}", "[]", "null", r#"{"resourceLogs":[]}"#, r#"{"resourceSpans":null}"#]
    {
        let loaded = one(text);
        assert_eq!(loaded.recognised, 1, "{text}");
        assert!(loaded.named_failures.is_empty());
        expect(&loaded, 0, 0, &[]);
        assert_eq!(loaded.telemetry.stats.files, 1);
    }
}

#[test]
fn folders_are_walked_and_what_is_none_of_ours_is_passed_over() {
    let input = Input::new();
    input.file("README.md", r#"holds {"resourceSpans": […]}"#);
    input.file("b.jsonl", export(0..2));
    input.file("saved", [&SUMMARY_MAGIC[..], b"rest"].concat());
    let missing = input.0.path().join("missing");
    let loaded = read(&[input.0.path().to_owned(), missing], 2, 64);
    expect(&loaded, 2, 0, &[(LossKind::UnreadableFile, 1)]);
    assert_eq!(loaded.telemetry.stats.files_skipped, 1);
    assert_eq!(loaded.recognised, 2);
    assert_eq!(loaded.named_failures.len(), 1);
    assert_eq!(loaded.summaries.len(), 1);
    assert!(loaded.summaries[0].1.ends_with(b"rest"));
}

#[test]
fn threads_blocks_and_order_do_not_change_the_result() {
    let input = Input::new();
    let mut lines = String::new();
    for id in 0..200 {
        lines.push_str(&export(id * 2..id * 2 + 2));
        lines.push_str(if id % 50 == 7 { "\nbroken\n" } else { "\n" });
        lines.push_str(&logs("took 5 ms"));
        lines.push('\n');
    }
    let paths = [
        input.file("a", &lines),
        input.file("b", protobuf(500..600)),
        input.file("c", frame(&protobuf(700..720)).repeat(20)),
        input.file("d", format!("[{}]", [export(900..910), export(910..920)].join(","))),
    ];
    let want = read(&paths, 1, 1 << 20);
    let reversed: Vec<PathBuf> = paths.iter().rev().cloned().collect();
    for (paths, threads, block) in
        [(&paths[..], 4, 1 << 20), (&paths, 3, 1000), (&paths, 1, 1), (&reversed, 2, 300)]
    {
        let got = read(paths, threads, block);
        let same = records(&got) == records(&want);
        assert!(same, "{threads} threads, {block} bytes");
        assert_eq!(got.telemetry.stats, want.telemetry.stats);
    }
}

#[test]
fn a_unit_beyond_the_limit_is_a_loss() {
    let input = Input::new();
    let long = format!("{}\n{}", export(0..1), logs(&"x".repeat(5000)));
    let sizes = Sizes { block: 512, unit: 2048 };
    let loaded = load_with(
        &[input.file("x", long)],
        Store::new(1, None),
        &(),
        1,
        sizes,
        &Reading::default(),
    )
    .unwrap();
    expect(&loaded, 1, 0, &[(LossKind::BadLine, 1)]);
}

fn samples() -> Vec<Vec<u8>> {
    let lines = format!("{}\n{}\n", export(0..2), logs("it's a=b [c, d]"));
    let text = pretty(&export(0..2)) + &pretty(&logs("x"));
    vec![
        lines.clone().into_bytes(),
        text.into_bytes(),
        protobuf(0..3),
        [frame(&protobuf(0..2)), frame(&protobuf(2..3))].concat(),
        gzip(lines.as_bytes()),
        zstd(lines.as_bytes()),
        frame(&zstd(lines.as_bytes())),
        pretty(&jaeger(0..3)).into_bytes(),
        format!("{}\n{}\n", jaeger(0..1), jaeger(1..3)).into_bytes(),
        zipkin(0..3).into_bytes(),
        format!("{}\n{}\n", zipkin(0..2), zipkin(2..3)).into_bytes(),
    ]
}

/// What is left of a line where damage stops reading is not what a writer left unfinished,
/// whether the damage was told with an earlier block or not.
#[test]
fn damage_told_with_an_earlier_block_still_counts() {
    let whole = samples().swap_remove(4);
    let input = Input::new();
    for at in 0..whole.len() - 2 {
        let mut file = whole.clone();
        file.drain(at..at + 2);
        let path = input.file("x", &file);
        let want = read(std::slice::from_ref(&path), 1, 1 << 20);
        let got = read(&[path], 2, 3);
        assert_eq!(records(&got), records(&want), "without the two bytes at {at}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn damaged_files_never_panic(
        which in 0..11_usize,
        edits in prop::collection::vec((any::<Index>(), any::<u8>()), 0..8),
        cut in any::<Index>(),
        cuts in any::<bool>(),
        block in 1..200_usize,
    ) {
        let mut bytes = samples().swap_remove(which);
        for (at, byte) in edits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if cuts {
            bytes.truncate(cut.index(bytes.len()));
        }
        let input = Input::new();
        let loaded = read(&[input.file("x", &bytes)], 1, block);
        let stats = &loaded.telemetry.stats;
        prop_assert!(stats.bytes <= bytes.len() as u64);
    }

    /// Of sound files and of damaged ones.
    #[test]
    fn any_block_size_gives_the_same_records(
        which in 0..11_usize,
        edits in prop::collection::vec(
            (any::<Index>(), 0..20_usize, prop::collection::vec(any::<u8>(), 0..6)),
            0..4,
        ),
        block in 1..300_usize,
    ) {
        let mut bytes = samples().swap_remove(which);
        for (place, cut, put) in edits {
            let from = place.index(bytes.len() + 1);
            bytes.splice(from..(from + cut).min(bytes.len()), put);
        }
        let input = Input::new();
        let path = input.file("x", &bytes);
        let want = read(std::slice::from_ref(&path), 1, 1 << 20);
        let got = read(&[path], 1, block);
        prop_assert_eq!(records(&got), records(&want));
        prop_assert_eq!(got.telemetry.stats, want.telemetry.stats);
    }
}

/// Grafana Tempo's API, version 2, says of a trace that there is more of it than it answers with.
#[test]
fn a_reply_that_is_partial_is_counted() {
    let span = r#"{"traceId":"00000000000000000000000000000001","spanId":"0000000000000002",
        "startTimeUnixNano":"1","endTimeUnixNano":"2"}"#;
    let trace = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span}]}}]}}]}}"#);
    let partial = |reply: &str| {
        let loaded = one(reply);
        assert_eq!(loaded.telemetry.stats.spans, 1, "{reply}");
        loaded.telemetry.stats.losses.get(&LossKind::PartialTrace).copied().unwrap_or(0)
    };
    let message = r#""message":"trace exceeds max size""#;
    let whole = format!(r#"{{"trace":{trace},"metrics":{{}}}}"#);
    assert_eq!(partial(&whole), 0);
    assert_eq!(partial(&whole.replace("\"metrics\"", "\"status\":\"COMPLETE\",\"metrics\"")), 0);
    assert_eq!(partial(&format!(r#"{{"trace":{trace},"status":"PARTIAL",{message}}}"#)), 1);
    assert_eq!(partial(&format!(r#"{{"status":1,{message},"trace":{trace}}}"#)), 1);
    // Elsewhere the words mean something else.
    assert_eq!(partial(&format!(r#"{{"status":"PARTIAL","result":{trace}}}"#)), 0);
}

/// What a gzip decoder unpacked before it met damage at the end, it gave only to those who asked in
/// small pieces.
#[test]
fn damaged_compression_loses_the_same_whatever_the_blocks() {
    let input = Input::new();
    let text = format!("{}\n{}\n", export(0..2), logs("x"));
    for packed in [gzip(text.as_bytes()), zstd(text.as_bytes())] {
        for at in 10..packed.len() {
            let mut damaged = packed.clone();
            damaged[at] ^= 5;
            let path = input.file("x", &damaged);
            let want = read(std::slice::from_ref(&path), 1, 1 << 20);
            let got = read(&[path], 1, 3);
            assert_eq!(records(&got), records(&want), "{at}");
        }
    }
}
