//! Masking of log messages into templates: what varies becomes `<*>`, words stay.
//!
//! One pass over at most [`LOOK_AT`] bytes, no regular expressions: it runs on every record.

use super::{OPERATION_BYTES, shorten, truncate};

const LOOK_AT: usize = 8 * 1024;
const MASK: &str = "<*>";
/// Bracketed text longer than this is a payload, not part of the message.
const BRACKET: usize = 64;

/// Writes the template of `text` into `out`, at most [`OPERATION_BYTES`] long.
pub(in crate::ingest) fn mask(text: &str, out: &mut String) {
    out.clear();
    let text = shorten(text, LOOK_AT);
    let mut masker = Masker {
        text,
        at: 0,
        out,
        masked_to: None,
        addresses: memchr::memchr(b'@', text.as_bytes()).is_some(),
    };
    while masker.at < text.len() && masker.out.len() < OPERATION_BYTES {
        masker.step();
    }
    out.truncate(truncate(out).len());
    out.truncate(out.trim_end().len());
}

struct Masker<'a> {
    text: &'a str,
    at: usize,
    out: &'a mut String,
    /// The length of `out` after the last mask and what separates it from the next one: a run
    /// of masks (a timestamp, a list of numbers) is written once, however long it is.
    masked_to: Option<usize>,
    /// Whether to look for e-mail addresses at all.
    addresses: bool,
}

impl Masker<'_> {
    fn step(&mut self) {
        let bytes = self.text.as_bytes();
        match bytes[self.at] {
            byte if byte.is_ascii_whitespace() => self.space(),
            b'"' | b'\'' | b'`' if self.quoted() => {}
            b'[' | b'(' | b'{' if self.bracketed() => {}
            b'=' if self.assigned() => {}
            byte if is_word(byte) => self.word(),
            byte => self.punctuation(byte),
        }
    }

    fn space(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        let run = rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
        self.at += run;
        if !self.out.is_empty() && !self.out.ends_with(' ') {
            self.out.push(' ');
        }
    }

    fn punctuation(&mut self, byte: u8) {
        self.out.push(char::from(byte));
        self.at += 1;
        // What may stand between the parts of one value; anything else ends a run of masks.
        if !matches!(byte, b',' | b';' | b':' | b'.' | b'-' | b'/' | b'+' | b'|') {
            self.masked_to = None;
        }
    }

    fn mask(&mut self) {
        if let Some(end) = self.masked_to {
            self.out.truncate(end);
        } else {
            self.out.push_str(MASK);
        }
        self.masked_to = Some(self.out.len());
    }

    fn keep(&mut self, from: usize, to: usize) {
        self.out.push_str(&self.text[from..to]);
        self.masked_to = None;
    }

    /// A quoted string becomes a mask; a quoted key (a colon follows) stays.
    fn quoted(&mut self) -> bool {
        let bytes = self.text.as_bytes();
        let quote = bytes[self.at];
        let apostrophe = self.at > 0 && is_word(bytes[self.at - 1]);
        if apostrophe {
            return false;
        }
        let Some(length) = memchr::memchr(quote, &bytes[self.at + 1..]) else {
            return false;
        };
        let end = self.at + length + 2;
        if bytes.get(end) == Some(&b':') && length <= 40 {
            self.keep(self.at, end);
        } else {
            self.mask();
        }
        self.at = end;
        true
    }

    /// A list or a record in brackets becomes one mask, whatever its length; its leading
    /// label stays. A short remark in brackets is read like the rest.
    fn bracketed(&mut self) -> bool {
        let start = self.at + 1;
        let bytes = self.text.as_bytes();
        let (end, listed) = self.closing();
        if !listed && end - start <= BRACKET {
            return false;
        }
        self.out.push(char::from(bytes[self.at]));
        self.masked_to = None;
        let label = bytes[start..end]
            .iter()
            .take_while(|b| b.is_ascii_alphabetic() || **b == b'_' || **b == b' ')
            .count();
        if bytes.get(start + label) == Some(&b':') && label <= 40 {
            self.keep(start, start + label + 1);
            self.out.push(' ');
        }
        self.mask();
        self.at = end;
        true
    }

    /// The end of the bracket that opens here (or of the text), and whether what it holds is
    /// a list or a record.
    fn closing(&self) -> (usize, bool) {
        let mut depth = 0_u32;
        let mut listed = false;
        for (offset, byte) in self.text.as_bytes()[self.at..].iter().enumerate() {
            match byte {
                b'[' | b'(' | b'{' => depth += 1,
                b']' | b')' | b'}' => {
                    depth -= 1;
                    if depth == 0 {
                        return (self.at + offset, listed);
                    }
                }
                b',' | b'=' => listed = true,
                _ => {}
            }
        }
        (self.text.len(), listed)
    }

    /// `key=value`: the value is masked to its end; `==`, `=>` and `= ` are none.
    fn assigned(&mut self) -> bool {
        let bytes = self.text.as_bytes();
        let start = self.at + 1;
        let key = self.at > 0 && is_word(bytes[self.at - 1]);
        match bytes.get(start) {
            Some(b'"' | b'\'' | b'[' | b'(' | b'{' | b'=' | b'>') | None => return false,
            Some(byte) if !key || byte.is_ascii_whitespace() => return false,
            Some(_) => {}
        }
        let length = bytes[start..]
            .iter()
            .take_while(|b| {
                !b.is_ascii_whitespace() && !matches!(b, b',' | b';' | b'&' | b']' | b')' | b'}')
            })
            .count();
        self.keep(self.at, start);
        if length > 0 {
            self.mask();
        }
        self.at = start + length;
        true
    }

    /// The end of the e-mail address that begins at `start`, if one does.
    fn address(&self, start: usize) -> Option<usize> {
        if !self.addresses {
            return None;
        }
        let run = |from: usize| {
            let rest = &self.text.as_bytes()[from..];
            let part = |b: &&u8| is_word(**b) || matches!(b, b'.' | b'-' | b'+');
            from + rest.iter().take(128).take_while(part).count()
        };
        let at = run(start);
        let host = at + 1;
        (self.text.as_bytes().get(at) == Some(&b'@') && run(host) > host).then(|| run(host))
    }

    fn word(&mut self) {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let length = bytes[start..].iter().take_while(|b| is_word(**b)).count();
        let end = start + length;
        self.at = end;
        if let Some(end) = self.address(start) {
            self.at = end;
            return self.mask();
        }
        let word = &bytes[start..end];
        let digits = word.iter().filter(|b| b.is_ascii_digit()).count();
        if digits == 0 {
            let hex = length >= 16 && word.iter().all(u8::is_ascii_hexdigit);
            return if hex { self.mask() } else { self.keep(start, end) };
        }
        // A digit before a letter (`gfj6q`, `35ms`), or a long word in capitals (`HQTGWGPNH4`).
        let inside =
            word.windows(2).any(|pair| pair[0].is_ascii_digit() && pair[1].is_ascii_alphabetic());
        let capitals = length >= 8 && !word.iter().any(u8::is_ascii_lowercase);
        if digits >= 3 || inside || capitals || word[0].is_ascii_digit() {
            return self.mask();
        }
        // A few digits at the end of a word: a number of a host, a worker, a shard.
        let mut from = start;
        for (offset, byte) in word.iter().enumerate() {
            let index = start + offset;
            if byte.is_ascii_digit() {
                if index > from {
                    self.keep(from, index);
                }
                self.mask();
                from = index + 1;
            }
        }
        if end > from {
            self.keep(from, end);
        }
    }
}

/// Letters, digits, the underscore and everything beyond ASCII.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    #[track_caller]
    fn masks(text: &str, want: &str) {
        let mut out = String::new();
        super::mask(text, &mut out);
        assert_eq!(out, want, "{text}");
    }

    #[test]
    fn numbers_ids_and_addresses() {
        masks("took 35 ms", "took <*> ms");
        masks("order 8123-ab placed", "order <*>-ab placed");
        masks("trace 3f2504e0-4f89-11d3-9a0c-0305e82c3301 lost", "trace <*> lost");
        masks("from 10.0.0.1:8080.", "from <*>.");
        masks("mail to ann.lee@shop.example failed", "mail to <*> failed");
        masks("worker12 up", "worker<*> up");
        masks("pod gfj6q sold HQTGWGPNH4", "pod <*> sold <*>");
        masks("5b8efff798038103 deadbeefdeadbeef", "<*>");
    }

    #[test]
    fn timestamps_and_lists_of_numbers_have_no_length() {
        masks("2026-01-02T03:04:05.678Z start", "<*> start");
        masks("2026-01-02 03:04:05,678 start", "<*> start");
        masks("ids 1, 2, 3 gone", "ids <*> gone");
        masks("ids 1, 2, 3, 4, 5 gone", "ids <*> gone");
    }

    #[test]
    fn quoted_strings_and_values() {
        masks("user \"ann\" isn't here", "user <*> isn't here");
        masks("user 'ann' can't", "user <*> can't");
        masks("a=b c=d/e, f = g", "a=<*> c=<*>, f = g");
        masks("if a == b", "if a == b");
        masks("\"level\":\"info\"", "\"level\":<*>");
    }

    #[test]
    fn payloads_in_brackets_have_no_length() {
        let want = "t.s.Impl#<*> [get][before basic][trips: <*>]";
        masks("t.s.Impl#343 [get][before basic][trips: [Trip(id=01, b=2)]]", want);
        masks(
            "t.s.Impl#343 [get][before basic][trips: [Trip(id=01, b=2), Trip(id=015f, b=9)]]",
            want,
        );
        masks("cut off [a, b, c", "cut off [<*>");
        masks("call(now) done", "call(now) done");
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        let mut out = String::new();
        super::mask(&"é ".repeat(20_000), &mut out);
        assert!(out.len() <= 200 && out.ends_with('é'));
        super::mask(&"[".repeat(100_000), &mut out);
        assert!(out.len() <= 200);
        super::mask("  \n ", &mut out);
        assert_eq!(out, "");
    }
}
