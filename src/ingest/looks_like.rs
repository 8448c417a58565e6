//! What a file without telemetry looks like, so that the error helps.

use memchr::memmem;

/// How much of a file is looked at.
pub(super) const HEAD: usize = 8 * 1024;

struct Look {
    all_of: &'static [&'static str],
    is: &'static str,
}

/// The first row whose words are all there.
const TEXTS: &[Look] = &[
    Look {
        all_of: &["\"traceID\"", "\"rootTraceName\""],
        is: "a reply of Grafana Tempo's search, which has no whole traces; get each by its id \
             (/api/traces/ID)",
    },
    Look {
        all_of: &["\"traceID\"", "\"rootServiceName\""],
        is: "a reply of Grafana Tempo's search, which has no whole traces; get each by its id \
             (/api/traces/ID)",
    },
    Look {
        all_of: &["\"data\"", "\"errors\"", "\"msg\""],
        is: "an error of Jaeger's query service",
    },
    Look { all_of: &["\"error\"", "\"grpcCode\""], is: "an error of Jaeger's query service" },
    Look {
        all_of: &["\"parent\"", "\"child\"", "\"callCount\""],
        is: "dependencies as Jaeger and Zipkin give them: counts of calls, without spans",
    },
    Look {
        all_of: &["\"data\"", "\"total\"", "\"limit\"", "\"offset\""],
        is: "names of services or operations from Jaeger's query service",
    },
    Look {
        all_of: &["\"traceId\"", "\"binaryAnnotations\""],
        is: "Zipkin JSON of version 1; get version 2 (/api/v2/traces)",
    },
    Look {
        all_of: &["\"traceId\"", "\"annotations\"", "\"endpoint\""],
        is: "Zipkin JSON of version 1; get version 2 (/api/v2/traces)",
    },
    Look { all_of: &["\"Segments\"", "\"Document\""], is: "traces of AWS X-Ray" },
    Look { all_of: &["\"trace_id\"", "\"subsegments\""], is: "segments of AWS X-Ray" },
    Look {
        all_of: &["\"trace_id\"", "\"start_time\"", "\"end_time\"", "\"1-"],
        is: "segments of AWS X-Ray",
    },
    Look { all_of: &["\"segmentId\"", "\"endpointName\""], is: "spans of Apache SkyWalking" },
    Look { all_of: &["\"traceSegmentId\"", "\"spans\""], is: "segments of Apache SkyWalking" },
    Look {
        all_of: &["\"trace_id\"", "\"span_id\"", "\"parent_id\"", "\"resource\""],
        is: "spans of Datadog",
    },
    Look { all_of: &["\"projectId\"", "\"traceId\"", "\"spans\""], is: "Google Cloud Trace JSON" },
    Look {
        all_of: &["\"processor\"", "\"transaction\"", "\"trace\""],
        is: "documents of Elastic APM",
    },
    Look { all_of: &["\"_index\"", "\"_source\""], is: "an Elasticsearch response or dump" },
    Look {
        all_of: &["\"trace_id\"", "\"span_id\"", "\"parent_span_id\""],
        is: "flat spans, one a line, without OTLP's envelope",
    },
    Look {
        all_of: &["\"traceId\"", "\"spanId\""],
        is: "flat spans or log records without OTLP's envelope",
    },
    Look {
        all_of: &["\"context\"", "\"trace_id\""],
        is: "the output of an SDK's console exporter",
    },
];

const BINARIES: &[(&[u8], &str)] = &[
    (b"PAR1", "a Parquet file"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"ARROW1", "an Arrow file"),
    (b"BZh", "bzip2-compressed data"),
    (b"\xfd7zXZ\0", "xz-compressed data"),
    (b"\x04\x22\x4d\x18", "LZ4-compressed data"),
    (b"\xff\xfe", "text in UTF-16"),
    (b"\xfe\xff", "text in UTF-16"),
    (b"\x7fELF", "a program"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture"),
];

/// In words, what the beginning of a file looks like.
pub(super) fn looks_like(head: &[u8]) -> &'static str {
    if let Some((_, is)) = BINARIES.iter().find(|(magic, _)| head.starts_with(magic)) {
        return is;
    }
    if head.get(257..262) == Some(b"ustar") {
        return "a tar archive";
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let text = text.trim_ascii_start();
    match text.first() {
        Some(b'{' | b'[') => TEXTS
            .iter()
            .find(|look| look.all_of.iter().all(|word| has(text, word)))
            .map_or("JSON of another kind", |look| look.is),
        Some(_) if is_text(text) => "plain text",
        Some(_) => "binary data of an unknown kind",
        None => "blank",
    }
}

/// Whether OTLP's own keys are there, so that a file is broken OTLP rather than something else.
pub(super) fn mentions_otlp(head: &[u8]) -> bool {
    const KEYS: [&str; 8] = [
        "\"resourceSpans\"",
        "\"resourceLogs\"",
        "\"resource_spans\"",
        "\"resource_logs\"",
        "\"scopeSpans\"",
        "\"scopeLogs\"",
        "\"instrumentationLibrarySpans\"",
        "\"instrumentationLibraryLogs\"",
    ];
    KEYS.iter().any(|key| has(head, key))
}

fn has(text: &[u8], word: &str) -> bool {
    memmem::find(text, word.as_bytes()).is_some()
}

fn is_text(bytes: &[u8]) -> bool {
    let control = |b: &&u8| **b < 0x20 && !matches!(b, b'\n' | b'\r' | b'\t' | 0x1b | 0x0c);
    bytes.iter().filter(control).count() == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_suspects() {
        for (head, want) in [
            (
                &br#"{"traces":[{"traceID":"1","rootServiceName":"a","durationMs":3}]}"#[..],
                "Grafana Tempo's search",
            ),
            (br#"{"traces":[{"traceID":"1","rootTraceName":"a"}],"metrics":{}}"#, "Tempo's search"),
            (
                br#"{"data":["a"],"total":1,"limit":0,"offset":0,"errors":null}"#,
                "names of services",
            ),
            (
                br#"{"data":[{"name":"a","spanKind":"server"}],"total":1,"limit":0,"offset":0}"#,
                "operations",
            ),
            (br#"{"data":[{"parent":"a","child":"b","callCount":3}],"total":1}"#, "dependencies"),
            (br#"[{"parent":"a","child":"b","callCount":3}]"#, "dependencies"),
            (br#"{"data":null,"errors":[{"code":404,"msg":"trace not found"}]}"#, "an error of"),
            (br#"{"error":{"grpcCode":5,"httpCode":404}}"#, "an error of Jaeger's"),
            (br#"[{"traceId":"1","id":"2","binaryAnnotations":[]}]"#, "version 1"),
            (br#"[{"traceId":"1","annotations":[{"value":"sr","endpoint":{}}]}]"#, "version 1"),
            (br#"{"Traces":[{"Id":"1-a","Segments":[{"Document":"{}"}]}]}"#, "X-Ray"),
            (br#"{"trace_id":"1-5","id":"7","start_time":1.0,"end_time":2.0}"#, "X-Ray"),
            (br#"{"trace_id":"1-5","id":"7","subsegments":[]}"#, "X-Ray"),
            (
                br#"{"data":{"trace":{"spans":[{"segmentId":"1","endpointName":"a"}]}}}"#,
                "SkyWalking",
            ),
            (br#"[{"traceId":"1","traceSegmentId":"2","spans":[]}]"#, "SkyWalking"),
            (
                br#"[[{"trace_id":1,"span_id":2,"parent_id":0,"resource":"GET /","meta":{}}]]"#,
                "Datadog",
            ),
            (br#"{"traces":[{"projectId":"p","traceId":"1","spans":[]}]}"#, "Google Cloud Trace"),
            (
                br#"{"_index":"apm","_source":{"processor":{},"transaction":{},"trace":{}}}"#,
                "Elastic APM",
            ),
            (br#"{"_index":"logs","_source":{"message":"x"}}"#, "Elasticsearch"),
            (br#"{"trace_id":"1","span_id":"2","parent_span_id":null}"#, "flat spans"),
            (br#"{"a":1}"#, "JSON of another kind"),
            (b"2026-01-01 INFO hello\n", "plain text"),
            (b"PAR1....", "Parquet"),
            (b"\0\x01\x02", "binary"),
            (b" \n", "blank"),
        ] {
            assert!(looks_like(head).contains(want), "{want}: {}", looks_like(head));
        }
    }
}
