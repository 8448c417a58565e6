//! JSON over several lines: one pretty object, several one after the other, or an array.

use crate::ingest::json::{Objects, Otlp, decode_values};

use super::{Decoding, Format};

pub(super) const FORMAT: Format = Format {
    id: "json",
    title: "OTLP JSON: objects one after the other, pretty-printed or in an array",
    recognise: |head, _| {
        sniff(head).then(|| Decoding::new(Objects::of::<Otlp>(), decode_values::<Otlp>))
    },
};

fn sniff(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let text = head.trim_ascii_start();
    matches!(text.first(), Some(b'{' | b'[')) || text.trim_ascii_end() == b"null"
}
