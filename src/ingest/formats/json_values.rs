//! JSON over several lines: one pretty object, several one after the other, or an array.

use crate::ingest::blocks::{Cut, Cutter};
use crate::ingest::json::{Scanner, decode_values};

use super::Format;

pub(super) const FORMAT: Format = Format {
    id: "json",
    title: "OTLP JSON: objects one after the other, pretty-printed or in an array",
    sniff,
    cutter: || Box::new(Objects::default()),
    decode: decode_values,
};

#[derive(Default)]
struct Objects {
    scanner: Scanner,
}

impl Cutter for Objects {
    fn cut(&mut self, bytes: &[u8], seen: usize) -> Cut {
        if seen == 0 {
            // A block ends where an object does, so the next begins outside of any.
            self.scanner = Scanner::default();
        }
        let mut at = seen;
        let mut end = 0;
        while let Some(next) = self.scanner.next_end(&bytes[at..]) {
            at += next;
            end = at;
        }
        if end == 0 && !self.scanner.is_inside() {
            // Nothing but what stands between objects.
            end = bytes.len();
        }
        Cut::After(end)
    }
}

fn sniff(head: &[u8], _: bool) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let text = head.trim_ascii_start();
    matches!(text.first(), Some(b'{' | b'[')) || text.trim_ascii_end() == b"null"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_is_after_the_last_whole_object() {
        let mut cutter = Objects::default();
        assert_eq!(cutter.cut(b"[{\"a\":1},{\"b\"", 0), Cut::After(8));
        assert_eq!(cutter.cut(b",{\"b\":{}", 0), Cut::After(0));
        assert_eq!(cutter.cut(b",{\"b\":{}}, ", 8), Cut::After(9));
        assert_eq!(cutter.cut(b"\n]\n", 0), Cut::After(3));
    }
}
