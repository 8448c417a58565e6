//! Damaged files cost what is damaged, never the run.

mod common;

use std::sync::OnceLock;

use common::exports::{Exports, lines};
use common::pipeline::{PARTITIONS, read, report, settings, summary};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use proptest::prelude::*;
use proptest::sample::Index;
use prost::Message;
use tracefall::analysis::summarize;
use tracefall::model::SUMMARY_MAGIC;
use tracefall::summary;

/// So many lines of spans and of log records: few enough to be read hundreds of times.
const LINES: usize = 4;

fn export() -> &'static [u8] {
    static EXPORT: OnceLock<Vec<u8>> = OnceLock::new();
    EXPORT.get_or_init(|| {
        let lines = lines("two-causes");
        let short = |signal| {
            let of_signal = |line: &&String| line.len() < 9_000 && line.contains(signal);
            let short: Vec<&str> =
                lines.iter().filter(of_signal).take(LINES).map(String::as_str).collect();
            assert_eq!(short.len(), LINES, "the fixture has too few short lines of {signal}");
            short.join("\n")
        };
        [short("resourceSpans"), short("resourceLogs")].join("\n").into_bytes()
    })
}

/// The same as Zstandard.
fn packed() -> &'static [u8] {
    static PACKED: OnceLock<Vec<u8>> = OnceLock::new();
    PACKED.get_or_init(|| zstd::encode_all(export(), 3).expect("memory takes every byte"))
}

/// Its spans as protobuf, each request after its length.
fn frames() -> &'static [u8] {
    static FRAMES: OnceLock<Vec<u8>> = OnceLock::new();
    FRAMES.get_or_init(|| {
        let requests = export().split(|byte| *byte == b'\n').filter_map(|line| {
            let request: ExportTraceServiceRequest = serde_json::from_slice(line).ok()?;
            (!request.resource_spans.is_empty()).then_some(request)
        });
        let frame = |request: ExportTraceServiceRequest| {
            let message = request.encode_to_vec();
            [&(message.len() as u32).to_be_bytes()[..], &message].concat()
        };
        requests.flat_map(frame).collect()
    })
}

fn saved() -> &'static [u8] {
    static SAVED: OnceLock<Vec<u8>> = OnceLock::new();
    SAVED.get_or_init(|| {
        let whole = Exports::of_bytes([export().to_vec()]);
        summary::write(&summary(&whole.paths)).expect("memory takes every byte")
    })
}

/// One piece of damage.
#[derive(Clone, Debug)]
enum Damage {
    Flip(Index, u8),
    Cut(Index),
    Remove(Index, usize),
    Insert(Index, Vec<u8>),
    Repeat(Index, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<Index>;
    prop_oneof![
        4 => (at(), any::<u8>()).prop_map(|(at, bits)| Damage::Flip(at, bits | 1)),
        1 => at().prop_map(Damage::Cut),
        2 => (at(), 1..40_usize).prop_map(|(at, length)| Damage::Remove(at, length)),
        2 => (at(), prop::collection::vec(any::<u8>(), 1..12))
            .prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
        1 => (at(), 1..400_usize).prop_map(|(at, length)| Damage::Repeat(at, length)),
    ]
}

fn damaged(bytes: &[u8], damages: &[Damage]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for damage in damages {
        if bytes.is_empty() {
            break;
        }
        let length = bytes.len();
        match damage {
            Damage::Flip(at, bits) => bytes[at.index(length)] ^= bits,
            Damage::Cut(at) => bytes.truncate(at.index(length)),
            Damage::Remove(at, count) => {
                let at = at.index(length);
                bytes.drain(at..(at + count).min(length));
            }
            Damage::Insert(at, new) => {
                let at = at.index(length);
                bytes.splice(at..at, new.iter().copied());
            }
            Damage::Repeat(at, count) => {
                let at = at.index(length);
                let copy = bytes[at..(at + count).min(length)].to_vec();
                bytes.splice(at..at, copy);
            }
        }
    }
    bytes
}

fn damages() -> impl Strategy<Value = Vec<Damage>> {
    prop::collection::vec(damage(), 1..6)
}

/// A summary file around other contents, with a checksum that is right.
fn sealed(contents: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).expect("memory for a compressor");
    encoder.include_checksum(true).expect("a known setting");
    std::io::Write::write_all(&mut encoder, contents).expect("memory takes every byte");
    let frame = encoder.finish().expect("memory takes every byte");
    [&saved()[..SUMMARY_MAGIC.len() + 2], &frame].concat()
}

/// All that would be done with such a file. Whatever it holds, there is a report.
fn run(bytes: Vec<u8>) -> Result<(), TestCaseError> {
    let exports = Exports::of_bytes([bytes]);
    let loaded = read(&exports.paths, PARTITIONS);
    let told = loaded.recognised > 0 || !loaded.named_failures.is_empty();
    prop_assert!(told, "the file is neither used nor refused");
    for (_, stored) in &loaded.summaries {
        if let Ok(saved) = summary::read(stored) {
            prop_assert!(!report(&saved).is_empty());
        }
    }
    let whole = summarize(loaded.telemetry, &settings()).expect("nothing was spilled");
    prop_assert!(!report(&whole).is_empty());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 150,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn damaged_exports_are_survived(damages in damages()) {
        run(damaged(export(), &damages))?;
    }

    #[test]
    fn damaged_compression_is_survived(damages in damages()) {
        run(damaged(packed(), &damages))?;
    }

    #[test]
    fn damaged_frames_are_survived(damages in damages()) {
        run(damaged(frames(), &damages))?;
    }

    #[test]
    fn damaged_summaries_are_refused(damages in damages()) {
        let bytes = damaged(saved(), &damages);
        prop_assume!(bytes != saved());
        prop_assert!(summary::read(&bytes).is_err(), "damage was not noticed");
        run(bytes)?;
    }

    #[test]
    fn forged_summaries_are_survived(damages in damages()) {
        let contents = zstd::decode_all(&saved()[SUMMARY_MAGIC.len() + 2..]).expect("just written");
        run(sealed(&damaged(&contents, &damages)))?;
    }
}

#[test]
fn what_is_damaged_here_is_sound_before() {
    let files = [export(), packed(), frames(), saved()];
    let exports = Exports::of_bytes(files.map(<[u8]>::to_vec));
    let loaded = read(&exports.paths, PARTITIONS);
    assert_eq!((loaded.recognised, loaded.summaries.len()), (4, 1));
    assert_eq!(loaded.telemetry.stats.lost(), 0);
    assert!(loaded.telemetry.stats.spans > 0 && loaded.telemetry.stats.log_records > 0);
    let contents = zstd::decode_all(&saved()[SUMMARY_MAGIC.len() + 2..]).expect("just written");
    assert_eq!(summary::read(&sealed(&contents)).unwrap(), summary::read(saved()).unwrap());
}
