//! The quick way and the generated types agree, on whatever bytes.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use proptest::prelude::*;
use proptest::sample::Index;
use prost::Message;

use crate::ingest::batch::Batch;
use crate::ingest::fuzzing;
use crate::ingest::proto::fast;

const SPANS: &str = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"cart"}},{"key":"host.id","value":{"intValue":"7"}},{"key":"process.command_args","value":{"arrayValue":{"values":[{"stringValue":"a"},{"intValue":"1"}]}}}]},"scopeSpans":[{"scope":{"name":"lib","version":"1"},"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","parentSpanId":"eee19b7ec3c1b173","traceState":"ot=th:8","flags":769,"name":"GET /a/7","kind":2,"startTimeUnixNano":"1772805811078541426","endTimeUnixNano":"1772805811093551792","attributes":[{"key":"http.route","value":{"stringValue":"/a/{b}"}},{"key":"http.response.status_code","value":{"intValue":"503"}},{"key":"offset","value":{"intValue":"-1"}},{"key":"retry","value":{"boolValue":true}},{"key":"error.type","value":{"doubleValue":-1.5}}],"events":[{"timeUnixNano":"1","name":"exception","attributes":[{"key":"exception.type","value":{"stringValue":"E"}}]},{"timeUnixNano":"1","name":"log"}],"links":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b175","traceState":"","attributes":[],"flags":1}],"status":{"code":2,"message":"deadline exceeded"}}]}],"schemaUrl":"https://x/1"}]}"#;

const LOGS: &str = r#"{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"cart"}}]},"scopeLogs":[{"scope":{"name":"l"},"logRecords":[{"timeUnixNano":"1772805811078541426","observedTimeUnixNano":"5","severityNumber":9,"severityText":"INFO","body":{"stringValue":"order 7 placed"},"attributes":[{"key":"exception.type","value":{"stringValue":"E"}}],"flags":1,"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174"},{"timeUnixNano":"6","severityNumber":10,"body":{"kvlistValue":{"values":[{"key":"msg","value":{"stringValue":"hello"}}]}},"eventName":"e"},{"timeUnixNano":"7","severityNumber":13,"body":{"arrayValue":{"values":[{"intValue":"1"},{"stringValue":"one"},{"stringValue":"two"}]}}}]}]}]}"#;

fn spans() -> Vec<u8> {
    serde_json::from_str::<ExportTraceServiceRequest>(SPANS).unwrap().encode_to_vec()
}

fn logs() -> Vec<u8> {
    serde_json::from_str::<ExportLogsServiceRequest>(LOGS).unwrap().encode_to_vec()
}

fn agree(message: &[u8]) {
    fuzzing::protobuf(message);
}

#[test]
fn what_exporters_write_is_read_the_quick_way() {
    assert!(fast::traces(&spans(), &mut Batch::default()));
    assert!(fast::logs(&logs(), &mut Batch::default()));
    agree(&spans());
    agree(&logs());
}

#[test]
fn every_byte_changed_reads_alike() {
    for message in [spans(), logs()] {
        for at in 0..message.len() {
            agree(&message[..at]);
            for bit in 0..8 {
                let mut changed = message.clone();
                changed[at] ^= 1 << bit;
                agree(&changed);
            }
            for byte in [0, 0x0a, 0x12, 0x42, 0x80, 0xff] {
                let mut changed = message.clone();
                changed[at] = byte;
                agree(&changed);
            }
        }
    }
}

/// A field of a message becomes two, or comes at another place: the lengths around it are kept
/// right, so that only its own message is odd.
#[test]
fn fields_given_twice_read_alike() {
    for message in [spans(), logs()] {
        agree(&[message.clone(), message.clone()].concat());
        for extra in [&[0x08, 1][..], &[0x42, 0], &[0x12, 0], &[0x0a, 0], &[0x7a, 0], &[0x2a, 0]] {
            each_message(&message, &mut |around| agree(&around(extra)));
        }
    }
}

/// The whole message with some bytes more in one of its parts.
type Append<'a> = dyn Fn(&[u8]) -> Vec<u8> + 'a;

/// Calls `see` with a way of appending bytes to each nested message.
fn each_message(message: &[u8], see: &mut dyn FnMut(&Append<'_>)) {
    see(&|extra| [message, extra].concat());
    let mut at = 0;
    while at + 1 < message.len() {
        // Every length that fits is tried as one: what was none gives bytes that are none.
        let length = usize::from(message[at + 1]);
        let end = at + 2 + length;
        if message[at] & 7 == 2 && length < 0x70 && end <= message.len() {
            let (before, rest) = message.split_at(at);
            let (inside, after) = (&rest[2..2 + length], &rest[2 + length..]);
            see(&|extra| {
                let length = [(inside.len() + extra.len()) as u8];
                [before, &rest[..1], &length, inside, extra, after].concat()
            });
        }
        at += 1;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn mutated_messages_read_alike(
        of_logs: bool,
        edits in prop::collection::vec((any::<Index>(), 0..4_usize, prop::collection::vec(any::<u8>(), 0..4)), 1..4),
    ) {
        let mut message = if of_logs { logs() } else { spans() };
        for (place, cut, bytes) in edits {
            let from = place.index(message.len() + 1);
            let to = (from + cut).min(message.len());
            message.splice(from..to, bytes);
        }
        agree(&message);
    }
}
