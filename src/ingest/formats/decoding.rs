//! How a file is read, once its format is known.

use memchr::memchr;
use serde::de::IgnoredAny;

use crate::ingest::batch::Batch;
use crate::ingest::blocks::{Block, Cutter};
use crate::ingest::json::{Dialect, Objects, decode_lines, decode_values};

use super::json_lines::Lines;

/// How a file is read.
pub(in crate::ingest) struct Decoding {
    /// Finds the ends of its units.
    pub(in crate::ingest) cutter: Box<dyn Cutter>,
    /// Decodes a block of whole units.
    pub(in crate::ingest) decode: fn(&Block, &mut Batch),
    /// It was recognised by the keys of its records, so if none can be read they are broken.
    pub(in crate::ingest) sure: bool,
}

impl Decoding {
    /// Of a file in a format whose framing alone was recognised.
    pub(super) fn new(cutter: impl Cutter + 'static, decode: fn(&Block, &mut Batch)) -> Self {
        Self { cutter: Box::new(cutter), decode, sure: false }
    }

    /// Of a file in JSON whose keys tell what it is: line by line if its first line is a whole
    /// text, so that a broken line costs itself, else object by object.
    pub(super) fn of_json<D: Dialect>(head: &[u8], whole: bool) -> Self {
        let plain = match begins_with_a_text(head, whole) {
            true => Self::new(Lines, decode_lines::<D>),
            false => Self::new(Objects::of::<D>(), decode_values::<D>),
        };
        Self { sure: true, ..plain }
    }
}

fn begins_with_a_text(head: &[u8], whole: bool) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let line = match memchr(b'\n', head) {
        Some(end) => &head[..end],
        None if whole => head,
        None => return false,
    };
    serde_json::from_slice::<IgnoredAny>(line).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_from_a_text_over_several() {
        for text in ["{\"a\":1}\n{", "\u{feff}\n[{},{}]\r\n", "[]\n"] {
            assert!(begins_with_a_text(text.as_bytes(), false), "{text}");
        }
        for text in ["[\n{}\n]", "[{},\n{}]", "{\"a\":1}", ""] {
            assert!(!begins_with_a_text(text.as_bytes(), false), "{text}");
        }
        assert!(begins_with_a_text(b"{\"a\":1}", true));
    }
}
