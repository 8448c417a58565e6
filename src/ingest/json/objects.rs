//! Cutting between JSON objects that follow each other or are the elements of an array.

use memchr::{memchr, memchr3};

use crate::ingest::blocks::{Cut, Cutter};

use super::document::Dialect;
use super::scanner::Scanner;

/// Cuts after whole objects. An object around all of them is looked into, so that a reply of
/// gigabytes is read record by record.
pub(in crate::ingest) struct Objects {
    wrapper: Option<&'static str>,
    scanner: Scanner,
    /// How far the bytes since the last cut have been followed.
    at: usize,
}

impl Objects {
    /// For what a dialect writes.
    pub(in crate::ingest) fn of<D: Dialect>() -> Self {
        Self { wrapper: D::WRAPPER, scanner: Scanner::default(), at: 0 }
    }

    /// Follows what stands between objects up to the next one; false if it is not in sight.
    fn find_object(&mut self, bytes: &[u8]) -> bool {
        while let Some(start) = memchr(b'{', &bytes[self.at..]) {
            self.at += start;
            match opening(&bytes[self.at..], self.wrapper) {
                Opening::Object => return true,
                Opening::Unknown => return false,
                Opening::Wrapper(length) => self.at += length,
            }
        }
        self.at = bytes.len();
        false
    }
}

/// What stands between objects is cut only where it is longer than anybody writes it.
const BETWEEN: usize = 4096;

impl Cutter for Objects {
    fn cut(&mut self, bytes: &[u8], seen: usize) -> Cut {
        if seen == 0 {
            // A block ends where an object does, so the next begins outside of any.
            self.scanner = Scanner::default();
            self.at = 0;
        }
        let mut end = 0;
        while self.scanner.is_inside() || self.find_object(bytes) {
            let Some(next) = self.scanner.next_end(&bytes[self.at..]) else {
                self.at = bytes.len();
                break;
            };
            self.at += next;
            end = self.at;
        }
        if end == 0 && !self.scanner.is_inside() && self.at >= BETWEEN {
            end = self.at;
        }
        Cut::After(end)
    }
}

/// What a brace outside of all objects opens.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Opening {
    /// An object to be read whole.
    Object,
    /// A wrapper; so many bytes later its list has begun.
    Wrapper(usize),
    /// Not to be told from so few bytes.
    Unknown,
}

/// Scalars before the list that a wrapper may hold, and how long one may be.
const BEFORE: usize = 16;
const LONGEST: usize = 256;

/// Looks at the text from a brace on.
pub(super) fn opening(text: &[u8], wrapper: Option<&str>) -> Opening {
    let Some(wrapper) = wrapper else { return Opening::Object };
    let mut look = Look { rest: &text[1..] };
    for _ in 0..BEFORE {
        match look.field(wrapper) {
            Ok(true) => return Opening::Wrapper(text.len() - look.rest.len()),
            Ok(false) => {}
            Err(opening) => return opening,
        }
    }
    Opening::Object
}

struct Look<'a> {
    rest: &'a [u8],
}

impl<'a> Look<'a> {
    /// Passes over a field with a scalar and the comma after it, or over the beginning of the
    /// wrapper's list, and says whether it was that.
    fn field(&mut self, wrapper: &str) -> Result<bool, Opening> {
        let key = self.string()?;
        self.byte(b':')?;
        if key == wrapper.as_bytes() {
            return self.byte(b'[').map(|()| true);
        }
        match self.next()? {
            b'"' => drop(self.string()?),
            b'{' | b'[' => return Err(Opening::Object),
            _ => {
                let scalar = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.');
                let length = self.rest.iter().take(LONGEST).take_while(|b| scalar(b)).count();
                self.rest = &self.rest[length..];
            }
        }
        self.byte(b',').map(|()| false)
    }

    fn next(&mut self) -> Result<u8, Opening> {
        self.rest = self.rest.trim_ascii_start();
        self.rest.first().copied().ok_or(Opening::Unknown)
    }

    fn byte(&mut self, wanted: u8) -> Result<(), Opening> {
        if self.next()? != wanted {
            return Err(Opening::Object);
        }
        self.rest = &self.rest[1..];
        Ok(())
    }

    /// A string without escapes.
    fn string(&mut self) -> Result<&'a [u8], Opening> {
        self.byte(b'"')?;
        let shown = &self.rest[..self.rest.len().min(LONGEST)];
        match memchr3(b'"', b'\\', b'\n', shown) {
            Some(end) if shown[end] == b'"' => {
                self.rest = &self.rest[end + 1..];
                Ok(&shown[..end])
            }
            None if shown.len() < LONGEST => Err(Opening::Unknown),
            _ => Err(Opening::Object),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objects(wrapper: Option<&'static str>) -> Objects {
        Objects { wrapper, scanner: Scanner::default(), at: 0 }
    }

    #[test]
    fn a_cut_is_after_the_last_whole_object() {
        let mut cutter = objects(None);
        assert_eq!(cutter.cut(b"[{\"a\":1},{\"b\"", 0), Cut::After(8));
        assert_eq!(cutter.cut(b",{\"b\":{}", 0), Cut::After(0));
        assert_eq!(cutter.cut(b",{\"b\":{}}, ", 8), Cut::After(9));
        assert_eq!(cutter.cut(b"\n]\n", 0), Cut::After(0));
        assert_eq!(cutter.cut(&[b'\n'; 5000], 3), Cut::After(5000));
    }

    #[test]
    fn a_wrapper_is_looked_into() {
        let mut cutter = objects(Some("data"));
        let text = b"{ \"total\": 0, \"data\": [ {\"data\":1}, {\"b\":2}";
        for seen in 1..34 {
            assert_eq!(cutter.cut(&text[..seen], seen - 1), Cut::After(0), "{seen}");
        }
        assert_eq!(cutter.cut(text, 33), Cut::After(text.len()));
        let rest = b"],\"errors\":null}\n {\"data\":[{\"c\":3}";
        assert_eq!(cutter.cut(rest, 0), Cut::After(rest.len()));
    }

    #[test]
    fn what_a_brace_opens() {
        let of = |text: &str| opening(text.as_bytes(), Some("data"));
        assert_eq!(of("{\"data\":[{"), Opening::Wrapper(9));
        assert_eq!(of("{\"a\":\"x\",\"b\":-1.5,\"data\" : [ "), Opening::Wrapper(28));
        for text in ["{\"dat", "{", "{\"data\"", "{\"data\":", "{\"a\":1", "{\"a\":nul"] {
            assert_eq!(of(text), Opening::Unknown, "{text}");
        }
        for text in ["{}", "{\"data\":null}", "{\"a\":[],\"data\":[]}", "{\"\\u0064\":[]}", "{x"] {
            assert_eq!(of(text), Opening::Object, "{text}");
        }
        assert_eq!(opening(b"{\"data\":[", None), Opening::Object);
    }
}
