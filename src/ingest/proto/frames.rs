//! `[u32 big-endian length][payload]`, over and over.

use crate::ingest::batch::Batch;
use crate::ingest::blocks::{Block, Cut};
use crate::model::{LossKind, Place};

/// One frame of a block.
pub(in crate::ingest) struct Frame<'a> {
    /// What is in it.
    pub(in crate::ingest) payload: &'a [u8],
    /// Where in the stream the frame begins.
    pub(in crate::ingest) offset: u64,
}

/// The end of the last whole frame. `plausible` looks at the first bytes of a payload: without
/// it, one wrong length would send the reader anywhere.
pub(in crate::ingest) fn last_frame_end(bytes: &[u8], plausible: impl Fn(&[u8]) -> bool) -> Cut {
    let mut at = 0;
    loop {
        let rest = &bytes[at..];
        let Some((length, after)) = rest.split_first_chunk::<4>() else {
            return Cut::After(at);
        };
        let length = u32::from_be_bytes(*length) as usize;
        let payload = &after[..length.min(after.len())];
        if length > 0 && payload.len() >= 4.min(length) && !plausible(payload) {
            return Cut::Lost(at, "a frame with no message in it");
        }
        if payload.len() < length {
            return Cut::After(at);
        }
        at += 4 + length;
    }
}

/// Hands every whole frame on, and counts one that is cut off at the very end.
pub(in crate::ingest) fn each_frame(
    block: &Block,
    batch: &mut Batch,
    mut decode: impl FnMut(Frame<'_>, &mut Batch),
) {
    let mut at = 0;
    while at < block.bytes.len() {
        let offset = block.offset + at as u64;
        batch.place = Place::Byte(offset);
        let rest = &block.bytes[at..];
        let frame = rest.split_first_chunk::<4>().and_then(|(length, after)| {
            let length = u32::from_be_bytes(*length) as usize;
            after.get(..length)
        });
        let Some(payload) = frame else {
            if block.last {
                batch.lose(LossKind::TruncatedTail, "the input ends inside a frame");
            }
            return;
        };
        decode(Frame { payload, offset }, batch);
        at += 4 + payload.len();
    }
}
