//! One JSON text a line, as the collector's file exporter writes it.

use memchr::{memchr, memmem, memrchr};

use crate::ingest::blocks::{Cut, Cutter};
use crate::ingest::json::{Otlp, decode_lines, is_one_object};

use super::{Decoding, Format};

pub(super) const FORMAT: Format = Format {
    id: "json-lines",
    title: "OTLP JSON, one export a line",
    recognise: |head, whole| sniff(head, whole).then(|| Decoding::new(Lines, decode_lines::<Otlp>)),
};

/// Cuts after lines.
pub(super) struct Lines;

impl Cutter for Lines {
    fn cut(&mut self, bytes: &[u8], seen: usize) -> Cut {
        Cut::After(memrchr(b'\n', &bytes[seen..]).map_or(0, |at| seen + at + 1))
    }
}

/// Lines that are looked at before the text is taken for something else.
const LOOK_AT: usize = 200;

/// The first line that could be an object is a whole one, or one of the next is and has an
/// envelope's key: the first may be what log rotation left of it. Text before is passed over.
fn sniff(head: &[u8], whole: bool) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    if head.trim_ascii_start().first() == Some(&b'[') {
        return false;
    }
    let mut rest = head;
    let mut objects = 0;
    for _ in 0..LOOK_AT {
        let end = memchr(b'\n', rest);
        let line = &rest[..end.unwrap_or(rest.len())];
        let line = line.strip_prefix(b"\x1e").unwrap_or(line);
        if line.first() == Some(&b'{') {
            objects += 1;
            // Without its end in sight a long line is taken for a line.
            let cut_off = end.is_none() && !whole;
            if cut_off || (is_one_object(line) && (objects == 1 || has_envelope(line))) {
                return true;
            }
        }
        match end {
            Some(end) => rest = &rest[end + 1..],
            None => break,
        }
    }
    false
}

fn has_envelope(line: &[u8]) -> bool {
    let start = &line[..line.len().min(64)];
    memmem::find(start, b"\"resource").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_from_pretty_text() {
        for text in [
            &b"{\"resourceSpans\":[]}\n{}\n"[..],
            b"\xef\xbb\xbf{}\r\n",
            b"collector started\n{\"resourceLogs\":[]}",
            b"{\"cut off\n{\"resourceSpans\":[]}\n",
            b"{}{}",
        ] {
            assert!(sniff(text, true), "{}", String::from_utf8_lossy(text));
        }
        for text in [
            &b"{\n \"resourceSpans\":[\n{}\n]}"[..],
            b"[{\"resourceSpans\":[]}]",
            b"[\n{\"resourceSpans\":[]}\n]",
            b"hello\n",
            b"",
        ] {
            assert!(!sniff(text, true), "{}", String::from_utf8_lossy(text));
        }
        assert!(sniff(b"{\"resourceSpans\":[{", false));
    }

    #[test]
    fn a_cut_is_after_the_last_line_feed() {
        assert_eq!(Lines.cut(b"a\nb\nc", 0), Cut::After(4));
        assert_eq!(Lines.cut(b"abc", 0), Cut::After(0));
    }
}
