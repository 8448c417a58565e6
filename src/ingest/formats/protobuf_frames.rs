//! The file exporter's protobuf format: `[u32 big-endian length][message]`, over and over.

use crate::ingest::batch::Batch;
use crate::ingest::blocks::{Block, Cut, Cutter};
use crate::ingest::proto::{
    Frame, decode_message, each_frame, is_export, last_frame_end, starts_export,
};

use super::{Decoding, Format};

pub(super) const FORMAT: Format = Format {
    id: "protobuf-frames",
    title: "length-prefixed OTLP protobuf export requests",
    recognise: |head, whole| sniff(head, whole).then(|| Decoding::new(Frames, decode)),
};

struct Frames;

impl Cutter for Frames {
    fn cut(&mut self, bytes: &[u8], _: usize) -> Cut {
        last_frame_end(bytes, starts_export)
    }
}

/// The first frame that is not empty holds an export.
fn sniff(head: &[u8], whole: bool) -> bool {
    let mut rest = head;
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = u32::from_be_bytes(*length) as usize;
        if length > 0 {
            let payload = &after[..length.min(after.len())];
            let complete = length <= after.len();
            // A tail that was cut off is still a frame.
            return (complete || !whole || payload.len() > 64) && is_export(payload, complete);
        }
        rest = after;
    }
    false
}

fn decode(block: &Block, batch: &mut Batch) {
    each_frame(block, batch, |Frame { payload, .. }, batch| {
        decode_message(payload, batch);
    });
}
