//! The file exporter's compressed format before it wrote plain Zstandard streams:
//! `[u32 big-endian length][Zstandard frame of one message]`, over and over.

use std::io::Read;

use crate::ingest::batch::Batch;
use crate::ingest::blocks::{Block, Cut, Cutter};
use crate::ingest::compression::is_zstd;
use crate::ingest::json::{Otlp, decode_values};
use crate::ingest::proto::{Frame, decode_message, each_frame, last_frame_end};
use crate::model::LossKind;

use super::{Decoding, Format};

pub(super) const FORMAT: Format = Format {
    id: "zstd-frames",
    title: "length-prefixed Zstandard frames of OTLP JSON or protobuf",
    recognise: |head, _| head.get(4..).is_some_and(is_zstd).then(|| Decoding::new(Frames, decode)),
};

/// A message that unpacks to more than this is an attack.
const MESSAGE: u64 = 1 << 30;

struct Frames;

impl Cutter for Frames {
    fn cut(&mut self, bytes: &[u8], _: usize) -> Cut {
        last_frame_end(bytes, is_zstd)
    }
}

fn decode(block: &Block, batch: &mut Batch) {
    each_frame(block, batch, |Frame { payload, offset }, batch| {
        match unpack(payload) {
            // The exporter writes protobuf or JSON under the same framing.
            Ok(message) if message.trim_ascii_start().first() == Some(&b'{') => {
                let block = Block { bytes: message, offset, line: 1, last: false };
                decode_values::<Otlp>(&block, batch);
            }
            Ok(message) => decode_message(&message, batch),
            Err(error) => {
                batch.lose(LossKind::BadFrame, format!("damaged compressed data: {error}"))
            }
        }
    });
}

fn unpack(payload: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut message = Vec::new();
    zstd::Decoder::with_buffer(payload)?.take(MESSAGE).read_to_end(&mut message)?;
    Ok(message)
}
