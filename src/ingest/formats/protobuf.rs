//! One export request in protobuf, without framing, as sent over HTTP.

use crate::ingest::batch::Batch;
use crate::ingest::blocks::{Block, Cut, Cutter};
use crate::ingest::proto::{decode_message, is_export, last_field_end};
use crate::model::{LossKind, Place};

use super::{Decoding, Format};

pub(super) const FORMAT: Format = Format {
    id: "protobuf",
    title: "one OTLP protobuf export request",
    recognise: |head, whole| is_export(head, whole).then(|| Decoding::new(Resources, decode)),
};

/// A request is a run of one repeated field, and any part of that run is a request too: so a
/// large one is cut between its `ResourceSpans` or `ResourceLogs`.
struct Resources;

impl Cutter for Resources {
    fn cut(&mut self, bytes: &[u8], _: usize) -> Cut {
        last_field_end(bytes)
    }
}

fn decode(block: &Block, batch: &mut Batch) {
    batch.place = Place::Byte(block.offset);
    let whole = match last_field_end(&block.bytes) {
        Cut::After(end) | Cut::Lost(end, _) => end,
    };
    decode_message(&block.bytes[..whole], batch);
    if block.last && whole < block.bytes.len() {
        batch.place = Place::Byte(block.offset + whole as u64);
        batch.lose(LossKind::TruncatedTail, "the input ends inside a protobuf message");
    }
}
