//! Finds where JSON objects end, without decoding them.

use memchr::{memchr2, memchr3};

/// So many bytes are looked at one by one before they are searched: keys, values and what stands
/// between them are short, and setting up a search takes longer.
const NEAR: usize = 24;

/// Where the first byte is that is `wanted`; `search` finds it where it is far.
#[inline(always)]
fn find(
    bytes: &[u8],
    wanted: impl Fn(u8) -> bool,
    search: impl Fn(&[u8]) -> Option<usize>,
) -> Option<usize> {
    let near = &bytes[..bytes.len().min(NEAR)];
    let found = near.iter().position(|byte| wanted(*byte));
    found.or_else(|| Some(near.len() + search(&bytes[near.len()..])?))
}

/// Follows braces and strings across the pieces of a text. What stands between objects at the
/// top (commas, brackets of an array, white space, nulls) belongs to no object.
#[derive(Clone, Debug, Default)]
pub(in crate::ingest) struct Scanner {
    depth: u32,
    in_string: bool,
    /// The last byte was a backslash that escapes the next one.
    escaped: bool,
}

impl Scanner {
    /// Reads on through `bytes`; the offset after the first object that ends in them, or
    /// `None` if there is none. Continue with what follows that offset.
    pub(in crate::ingest) fn next_end(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        while at < bytes.len() {
            if self.escaped {
                self.escaped = false;
                at += 1;
                continue;
            }
            let rest = &bytes[at..];
            if self.in_string {
                // A raw line feed is not allowed in a string: one that is open there was
                // broken, and must not swallow the rest of the file.
                let ends = |byte| matches!(byte, b'"' | b'\\' | b'\n');
                at += find(rest, ends, |far| memchr3(b'"', b'\\', b'\n', far))?;
                match bytes[at] {
                    b'\\' => self.escaped = true,
                    _ => self.in_string = false,
                }
                at += 1;
                continue;
            }
            // Between objects quotes mean nothing: only a brace begins one.
            at += if self.depth == 0 {
                memchr2(b'{', b'{', rest)?
            } else {
                let telling = |byte| matches!(byte, b'"' | b'{' | b'}');
                find(rest, telling, |far| memchr3(b'"', b'{', b'}', far))?
            };
            match bytes[at] {
                b'"' => self.in_string = true,
                b'{' => self.depth = self.depth.saturating_add(1),
                _ => self.depth -= 1,
            }
            at += 1;
            if self.depth == 0 {
                return Some(at);
            }
        }
        None
    }

    /// Whether an object is open.
    pub(in crate::ingest) fn is_inside(&self) -> bool {
        self.depth > 0
    }
}

/// Whether `line` is one whole object, or several, with nothing but white space after.
pub(in crate::ingest) fn is_one_object(line: &[u8]) -> bool {
    let mut scanner = Scanner::default();
    let mut rest = line.trim_ascii();
    if rest.first() != Some(&b'{') {
        return false;
    }
    while rest.first() == Some(&b'{') {
        match scanner.next_end(rest) {
            Some(end) => rest = rest[end..].trim_ascii_start(),
            None => return false,
        }
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_found_wherever_the_text_is_cut() {
        let text = br#"[{"a":"}\"{"},{"b":{"c":[{}]}} {"d\\":1}]"#;
        let ends = |cut: usize| {
            let mut scanner = Scanner::default();
            let mut ends = Vec::new();
            for (base, piece) in [(0, &text[..cut]), (cut, &text[cut..])] {
                let mut at = 0;
                while let Some(end) = scanner.next_end(&piece[at..]) {
                    at += end;
                    ends.push(base + at);
                }
            }
            ends
        };
        let whole = ends(0);
        assert_eq!(whole.len(), 3);
        for cut in 1..text.len() {
            assert_eq!(ends(cut), whole, "cut at {cut}");
        }
    }

    /// However far the next byte that tells something is.
    #[test]
    fn ends_are_found_near_and_far() {
        for length in 0..3 * NEAR {
            let (text, gap) = ("x}".repeat(length), " ".repeat(length));
            for inner in [format!("\"{text}\""), format!("\"{text}\\\"{text}\""), gap.clone()] {
                let object = format!("{{{gap}\"a\":{inner}{gap}}}");
                let whole = format!("{object}{gap},{object}");
                assert_eq!(Scanner::default().next_end(whole.as_bytes()), Some(object.len()));
                let open = &object[..object.len() - 1];
                assert_eq!(Scanner::default().next_end(open.as_bytes()), None, "{open}");
            }
        }
    }

    #[test]
    fn one_object_or_not() {
        assert!(is_one_object(br#" {"a":"{"} "#));
        assert!(is_one_object(b"{}{}"));
        assert!(!is_one_object(b"{"));
        assert!(!is_one_object(br#"{"a":1},"#));
        assert!(!is_one_object(b"x"));
    }
}
